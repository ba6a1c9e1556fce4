/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpio_write.h"

#include <string.h>

#include "escape.h"
#include "initramfs/cpio.h"

/* Numbers of files, above those of dracut and initramfs-tools. Linux compares them where
 * a file has several names, which none has here. */
enum { FIRST_INO = 900001 };

/* Names and bodies end at a multiple of 4, counted from the start of the archive. */
static void align(struct strbuf *out, size_t start)
{
	while ((out->n - start) % 4 && !out->bad)
		strbuf_char(out, '\0');
}

/* The fields behind the magic: ino, mode, uid, gid, nlink, mtime, size, the device's two
 * numbers, rdev's two, the name's length, the sum. */
static void write_member(struct strbuf *out, size_t start, uint32_t ino, uint32_t links,
			 const struct new_member *m)
{
	size_t name = strlen(m->path) + 1;

	strbuf_printf(out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		      ino, m->mode, 0u, 0u, links, 0u, (unsigned)m->body.n, 0u, 0u, 0u,
		      0u, (unsigned)name, 0u);
	strbuf_add(out, m->path, name);
	align(out, start);
	strbuf_add(out, m->body.p, m->body.n);
	align(out, start);
}

int cpio_write(const new_members *list, struct strbuf *out, struct err *e)
{
	static const struct new_member trailer = {.path = "TRAILER!!!"};
	size_t start = out->n;

	for (size_t i = 0; i < list->n; i++) {
		const struct new_member *m = &list->v[i];
		bool folder = (m->mode & CPIO_TYPE) == CPIO_DIR;

		if (m->body.n > UINT32_MAX)
			return err_set(e, ERR_LIMIT, "%s has 4 GiB or more",
				       escape_short(slice_str(m->path)).text);
		write_member(out, start, FIRST_INO + (uint32_t)i, folder ? 2 : 1, m);
	}
	write_member(out, start, 0, 1, &trailer);
	return strbuf_ok(out)
		       ? 0
		       : err_set(e, ERR_LIMIT, "what is added has more than %zu bytes",
				 out->max);
}
