/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the boot loader finds where a journal was replayed: Linux replays it when it
 * mounts the file system, but the boot loader comes before, and none replays one (GRUB 2
 * and GRUB Legacy in ext2.c and xfs.c, SYSLINUX in ext2.c and xfs.c). A file that was
 * written last may not be there for it, or may be the one of before.
 */
#include <string.h>

#include "guest.h"
#include "limits.h"
#include "text.h"
#include "tolerate.h"

/* Small files are compared by their bytes, large ones by where they lie. */
enum { SMALL = 65536, CHUNK = 65536 };

/* 1 the same, 0 not; ERR_UNSUPPORTED, ERR_LIMIT: that is not known. */
static int same_places(struct guest *g, const struct file *a, const struct file *b,
		       struct err *e)
{
	file_places of_a = {0}, of_b = {0};
	int r = file_where_list(a, LIMIT_BOOT_FILE_PIECES, g->scratch, &of_a, e);

	if (r >= 0)
		r = file_where_list(b, LIMIT_BOOT_FILE_PIECES, g->scratch, &of_b, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < of_a.n && i < of_b.n; i++)
		if (of_a.v[i].blocks != of_b.v[i].blocks ||
		    of_a.v[i].off != of_b.v[i].off || of_a.v[i].len != of_b.v[i].len)
			return 0;
	return of_a.n == of_b.n;
}

static int same_bytes(struct guest *g, const struct file *a, const struct file *b,
		      struct err *e)
{
	uint8_t *of_a = arena_alloc(g->scratch, CHUNK);
	uint8_t *of_b = arena_alloc(g->scratch, CHUNK);
	uint64_t size = a->node.size;

	if (!of_a || !of_b)
		return arena_full(g->scratch, e);
	for (uint64_t off = 0; off < size; off += CHUNK) {
		size_t n = size - off < CHUNK ? (size_t)(size - off) : CHUNK;
		int r = file_read(a, off, of_a, n, e);

		if (r >= 0)
			r = file_read(b, off, of_b, n, e);
		if (r < 0 || memcmp(of_a, of_b, n) != 0)
			return r < 0 ? r : 0;
	}
	return 1;
}

static int is_same(struct guest *g, const struct file *a, const struct file *b,
		   struct err *e)
{
	int r;

	if (a->node.size != b->node.size || b->node.type != NODE_FILE)
		return 0;
	if (a->node.size <= SMALL)
		return same_bytes(g, a, b, e);
	r = same_places(g, a, b, e);
	if (r >= 0 || (e->code != ERR_UNSUPPORTED && e->code != ERR_LIMIT))
		return r;
	err_clear(e);
	return same_bytes(g, a, b, e);
}

/* Whatever cannot be read as it is stored is not what the guest has there. */
static int look_at(struct guest *g, struct tree *stored, const char *path, struct err *e)
{
	struct file now, before;
	bool same = false;
	const char *kept;

	if (!path)
		return 0;
	if (tree_find(g->tree, path, &now, e) < 0)
		return tolerate(g, "boot", path, e);
	if (now.node.type != NODE_FILE)
		return 0;
	if (stored && tree_find(stored, path, &before, e) >= 0)
		same = is_same(g, &now, &before, e) > 0;
	if (e->code == ERR_NOMEM || e->code == ERR_BUG)
		return -(int)e->code;
	err_clear(e);
	if (same || strs_has(&g->facts->boot.unreplayed, path))
		return 0;
	kept = arena_strdup(g->arena, path);
	return kept && vec_push(g->arena, &g->facts->boot.unreplayed, kept)
		       ? 0
		       : arena_full(g->arena, e);
}

/* GRUB's saved choice lies beside its configuration. */
static const char *environment_of(struct guest *g, const char *config)
{
	const char *slash = config ? strrchr(config, '/') : NULL;

	return slash ? arena_printf(g->scratch, "%.*s/grubenv", (int)(slash - config),
				    config)
		     : NULL;
}

static int read_stored(struct guest *g, struct err *e)
{
	const struct kernel_fact *k = facts_default_kernel(g->facts);
	const struct entry_fact *entry = facts_default_entry(g->facts);
	const struct boot_fact *boot = &g->facts->boot;
	const char *paths[] = {boot->config, environment_of(g, boot->config),
			       entry ? entry->source.path : NULL, k ? k->image : NULL,
			       k ? k->initramfs.path : NULL};
	struct tree *stored = NULL;
	int r = 0;

	/* What LILO and zipl load is found by a list of blocks. */
	if (!boot->loader || boot_is_mapped(boot) || !tree_is_replayed(g->tree))
		return 0;
	if (tree_as_stored(g->tree, &stored, e) < 0) {
		stored = NULL;
		r = e->code == ERR_NOMEM || e->code == ERR_BUG ? -(int)e->code : 0;
	}
	if (r >= 0)
		err_clear(e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(paths); i++)
		r = look_at(g, stored, paths[i], e);
	return r;
}

const struct guest_reader read_stored_files = {
	.name = "boot",
	.doc = "which files of the start a boot loader does not see, as it replays no "
	       "journal",
	.read = read_stored,
};
