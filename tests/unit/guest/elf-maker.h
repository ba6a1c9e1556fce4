/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes small ELF objects, in both classes and byte orders, for tests of modules. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "slice.h"

struct elf_maker {
	bool wide, big;
	uint16_t type, machine;
	struct {
		const char *name;
		struct slice content;
		uint32_t link;
	} sections[8];
	unsigned n;
	uint8_t out[16384];
	size_t used;
};

static inline void maker_add(struct elf_maker *m, const char *name, const void *p,
			     size_t n)
{
	m->sections[m->n].name = name;
	m->sections[m->n++].content = slice_of(p, n);
}

static inline void maker_number(struct elf_maker *m, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) {
		unsigned shift = m->big ? 8 * (bytes - 1 - i) : 8 * i;

		m->out[m->used++] = (uint8_t)(v >> shift);
	}
}

static inline void maker_header(struct elf_maker *m, const uint32_t *f, uint64_t off,
				uint64_t size)
{
	unsigned w = m->wide ? 8 : 4;

	maker_number(m, f[0], 4);
	maker_number(m, f[1], 4);
	maker_number(m, 0, w);
	maker_number(m, 0, w);
	maker_number(m, off, w);
	maker_number(m, size, w);
	maker_number(m, f[2], 4);
	maker_number(m, 0, 4);
	maker_number(m, 1, w);
	maker_number(m, 0, w);
}

/* The whole object; sections are numbered from 1 in the order they were added. */
static inline struct slice maker_finish(struct elf_maker *m)
{
	unsigned w = m->wide ? 8 : 4, header = m->wide ? 64 : 52;
	uint64_t offs[9], table, names_size = 1;
	uint32_t name_at[9];
	static const char names_name[] = ".shstrtab";

	m->used = header;
	for (unsigned i = 0; i < m->n; i++) {
		offs[i] = m->used;
		memcpy(m->out + m->used, m->sections[i].content.p,
		       m->sections[i].content.n);
		m->used += m->sections[i].content.n;
	}
	offs[m->n] = m->used;
	m->out[m->used++] = 0;
	for (unsigned i = 0; i <= m->n; i++) {
		const char *name = i < m->n ? m->sections[i].name : names_name;

		name_at[i] = (uint32_t)names_size;
		memcpy(m->out + m->used, name, strlen(name) + 1);
		m->used += strlen(name) + 1;
		names_size += strlen(name) + 1;
	}
	table = m->used;
	maker_header(m, (uint32_t[]){0, 0, 0}, 0, 0);
	for (unsigned i = 0; i < m->n; i++)
		maker_header(m, (uint32_t[]){name_at[i], 1, m->sections[i].link}, offs[i],
			     m->sections[i].content.n);
	maker_header(m, (uint32_t[]){name_at[m->n], 3, 0}, offs[m->n], names_size);
	names_size = m->used;
	m->used = 0;
	memcpy(m->out, "\177ELF", 4);
	m->out[4] = m->wide ? 2 : 1;
	m->out[5] = m->big ? 2 : 1;
	m->out[6] = 1;
	memset(m->out + 7, 0, 9);
	m->used = 16;
	maker_number(m, m->type, 2);
	maker_number(m, m->machine, 2);
	maker_number(m, 1, 4);
	maker_number(m, 0, w);
	maker_number(m, 0, w);
	maker_number(m, table, w);
	maker_number(m, 0, 4);
	maker_number(m, header, 2);
	maker_number(m, 0, 2);
	maker_number(m, 0, 2);
	maker_number(m, m->wide ? 64 : 40, 2);
	maker_number(m, m->n + 2, 2);
	maker_number(m, m->n + 1, 2);
	m->used = (size_t)names_size;
	return slice_of(m->out, m->used);
}

/* One entry of __versions at `to` (64 bytes). */
static inline void maker_version(const struct elf_maker *m, uint8_t *to, uint32_t crc,
				 const char *symbol)
{
	struct elf_maker one = {.wide = m->wide, .big = m->big};

	memset(to, 0, 64);
	maker_number(&one, crc, m->wide ? 8 : 4);
	memcpy(to, one.out, one.used);
	memcpy(to + one.used, symbol, strlen(symbol));
}
