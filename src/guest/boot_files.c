/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the files lie on the disks that the default kernel's start reads: the boot
 * loader's configuration, the kernel's image, its initramfs, and the first program of the
 * root file system. Whoever watches the disks can then tell how far a boot came,
 * whatever the guest prints.
 */
#include "assembly.h"

#include "escape.h"
#include "limits.h"
#include "text.h"
#include "tolerate.h"

static int add_piece(struct guest *g, const struct file_place *p,
		     struct boot_file_fact *f, struct err *e)
{
	struct piece_fact piece = {.offset = p->off, .length = p->len};

	for (size_t i = 0; i < g->disk_count; i++)
		if (g->disks[i].blocks == p->blocks)
			piece.disk = g->disks[i].name;
	if (!piece.disk)
		return err_set(e, ERR_UNSUPPORTED, "it lies on no disk of the guest");
	return vec_push(g->arena, &f->pieces, piece) ? 0 : arena_full(g->arena, e);
}

/* Adds a file; ERR_ABSENT when the path leads to none. */
static int place_file(struct guest *g, const char *what, const char *path, struct err *e)
{
	struct boot_file_fact fact = {.what = what};
	file_places pieces = {0};
	struct file f;
	int r = tree_find(g->tree, path, &f, e);

	if (r >= 0 && f.node.type != NODE_FILE)
		r = err_set(e, ERR_ABSENT, "no regular file");
	if (r >= 0)
		r = file_where_list(&f, LIMIT_BOOT_FILE_PIECES, g->scratch, &pieces, e);
	for (size_t i = 0; r >= 0 && i < pieces.n; i++)
		r = add_piece(g, &pieces.v[i], &fact, e);
	if (r < 0)
		return r;
	fact.name = arena_strdup(g->arena, path);
	fact.path = arena_strdup(g->arena, f.path);
	fact.size = f.node.size;
	return fact.name && fact.path && vec_push(g->arena, &g->facts->boot_files, fact)
		       ? 0
		       : arena_full(g->arena, e);
}

static int try_file(struct guest *g, const char *what, const char *path, struct err *e)
{
	return path && place_file(g, what, path, e) < 0 ? tolerate(g, what, path, e) : 0;
}

/* The last init= of a command line, as the kernel takes it; NULL: none. */
static const char *init_of(struct guest *g, const char *cmdline)
{
	static const char word[] = "init=";
	struct slice rest = slice_str(cmdline ? cmdline : ""), item, found = SLICE_NONE;

	while (text_word(&rest, &item))
		if (slice_starts(item, word))
			found = slice_of(item.p + strlen(word), item.n - strlen(word));
	return found.n ? arena_strndup(g->scratch, found) : NULL;
}

/* In the order in which Linux tries them, kernel_init() of init/main.c. */
static int place_init(struct guest *g, const char *asked, struct err *e)
{
	const char *const paths[] = {asked, "/sbin/init", "/etc/init", "/bin/init",
				     "/bin/sh"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!paths[i])
			continue;
		if (place_file(g, "init", paths[i], e) >= 0)
			return 0;
		if (e->code != ERR_ABSENT)
			return tolerate(g, "init", paths[i], e);
		err_clear(e);
	}
	return 0;
}

static int read_places(struct guest *g, struct err *e)
{
	const struct kernel_fact *k = facts_default_kernel(g->facts);
	const struct entry_fact *entry = facts_default_entry(g->facts);
	int r;

	if (!k)
		k = facts_only_kernel(g->facts);
	if (!g->boot_files || !k)
		return 0;
	r = try_file(g, "config", g->facts->boot.config, e);
	if (r >= 0)
		r = try_file(g, "kernel", k->image, e);
	if (r >= 0 && !entry)
		r = try_file(g, "initramfs", k->initramfs.path, e);
	for (size_t i = 0; r >= 0 && entry && i < entry->initramfs.n; i++)
		r = try_file(g, "initramfs", entry->initramfs.v[i], e);
	return r < 0 ? r : place_init(g, init_of(g, entry ? entry->cmdline : NULL), e);
}

const struct guest_reader read_boot_files = {
	.name = "boot",
	.doc = "where the files lie that are read at the start, when asked for",
	.read = read_places,
};
