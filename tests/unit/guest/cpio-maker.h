/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes newc archives in memory, for tests of the initramfs reader. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slice.h"

struct cpio_maker {
	uint8_t *out;
	size_t n;
	unsigned ino;
};

static inline void cpio_raw(struct cpio_maker *m, const void *p, size_t n)
{
	m->out = realloc(m->out, m->n + n + 1);
	if (!m->out)
		abort();
	if (n)
		memcpy(m->out + m->n, p, n);
	m->n += n;
}

static inline void cpio_align(struct cpio_maker *m, size_t to)
{
	while (m->n % to)
		cpio_raw(m, "", 1);
}

struct cpio_entry {
	const char *name;
	uint32_t mode, nlink, ino;
	struct slice body;
	size_t name_size; /* 0: that of the name with its zero */
	const char *magic;
};

static inline void cpio_entry(struct cpio_maker *m, struct cpio_entry en)
{
	size_t name_size = en.name_size ? en.name_size : strlen(en.name) + 1;
	char head[111];

	snprintf(head, sizeof(head),
		 "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 en.magic ? en.magic : "070701", en.ino ? en.ino : ++m->ino + 1000,
		 en.mode, 0, 0, en.nlink ? en.nlink : 1, 0, (unsigned)en.body.n, 0, 8, 0,
		 0, (unsigned)name_size, 0);
	cpio_raw(m, head, 110);
	cpio_raw(m, en.name, strlen(en.name) + 1);
	cpio_align(m, 4);
	cpio_raw(m, en.body.p, en.body.n);
	cpio_align(m, 4);
}

static inline void cpio_file(struct cpio_maker *m, const char *name, struct slice body)
{
	cpio_entry(m, (struct cpio_entry){name, 0100644, .body = body});
}

static inline void cpio_text(struct cpio_maker *m, const char *name, const char *text)
{
	cpio_file(m, name, slice_str(text));
}

static inline void cpio_dir(struct cpio_maker *m, const char *name)
{
	cpio_entry(m, (struct cpio_entry){name, 0040755});
}

static inline void cpio_symlink(struct cpio_maker *m, const char *name,
				const char *target)
{
	cpio_entry(m, (struct cpio_entry){name, 0120777, .body = slice_str(target)});
}

static inline void cpio_end(struct cpio_maker *m)
{
	cpio_entry(m, (struct cpio_entry){"TRAILER!!!", 0});
}

static inline struct slice cpio_slice(const struct cpio_maker *m)
{
	return slice_of(m->out, m->n);
}

static inline void cpio_free(struct cpio_maker *m)
{
	free(m->out);
	*m = (struct cpio_maker){0};
}
