/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 2 in a guest's tree: gives the script evaluator its files and file systems, and
 * takes the entries over into the facts.
 */
#include "grub.h"

#include "boot.h"
#include "escape.h"
#include "limits.h"
#include "volumes.h"

static int host_find(struct guest *g, const char *device, const char *path,
		     struct file *ret, struct err *e)
{
	strs candidates = {0};
	int r = boot_candidates(g, device, path, &candidates, e);

	return r < 0 ? r : boot_find(g, &candidates, ret, e);
}

static int host_read(void *ctx, const char *device, const char *path, struct slice *ret,
		     const struct source **ret_where, struct err *e)
{
	struct guest *g = ctx;
	struct source *where = arena_new_of(g->scratch, struct source);
	struct file file;
	int r;

	if (!where)
		return arena_full(g->scratch, e);
	r = host_find(g, device, path, &file, e);
	if (r < 0)
		return r;
	r = file_read_all(&file, LIMIT_CONFIG_FILE, g->scratch, ret, e);
	if (r < 0)
		return r;
	*where = guest_source(g, &file, 0, 0);
	*ret_where = where;
	return 0;
}

static int host_stat(void *ctx, const char *device, const char *path,
		     struct grub_stat *ret, struct err *e)
{
	struct file file;
	int r = host_find(ctx, device, path, &file, e);

	if (r < 0)
		return r;
	*ret = (struct grub_stat){file.node.type == NODE_DIR, file.node.size};
	return 0;
}

static int host_list(void *ctx, const char *device, const char *path, strs *ret,
		     struct err *e)
{
	struct guest *g = ctx;
	dir_list entries = {0};
	struct file dir;
	strs names = {0};
	int r = host_find(g, device, path, &dir, e);

	if (r >= 0)
		r = tree_list(g->tree, dir.path, &entries, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < entries.n; i++)
		if (!vec_push(g->scratch, &names, entries.v[i].name))
			return arena_full(g->scratch, e);
	*ret = names;
	return 0;
}

/* In a host's directory no file system can be told by its UUID: what is searched is taken
 * to be there, since this very system boots with it. */
static bool in_directory(const struct guest *g)
{
	for (size_t i = 0; i < g->facts->disks.n; i++) {
		const char *format = g->facts->disks.v[i].format;

		if (format && strcmp(format, "directory") == 0)
			return true;
	}
	return g->facts->disks.n == 0;
}

static int host_search(void *ctx, const char *kind, const char *value, struct err *e)
{
	struct guest *g = ctx;
	struct file file;
	const char *spec;
	size_t index;
	int r;

	if (strcmp(kind, "FILE") == 0) {
		r = host_find(g, GRUB_BOOT, value, &file, e);
		if (r == -ERR_ABSENT)
			err_clear(e);
		return r == -ERR_ABSENT ? 0 : r < 0 ? r : 1;
	}
	if (in_directory(g))
		return 1;
	spec = arena_printf(g->scratch, "%s=%s", kind, value);
	if (!spec)
		return arena_full(g->scratch, e);
	return volume_by_spec(g->facts, spec, &index) != SPEC_NONE;
}

static int host_locate(void *ctx, const char *device, const char *path, const char **ret,
		       struct err *e)
{
	struct guest *g = ctx;
	strs candidates = {0};
	struct err why = ERR_INIT;
	struct file file;
	int r = boot_candidates(g, device, path, &candidates, e);

	if (r < 0)
		return r;
	*ret = candidates.n ? candidates.v[0] : NULL;
	r = boot_find(g, &candidates, &file, &why);
	if (r >= 0) {
		*ret = file.path;
	} else if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
		*e = why;
		return r;
	}
	return 0; /* a kernel that is not there, or broken, is told where kernels are */
}

/* Does UEFI start it? That it lies on the EFI system partition says so; otherwise an MBR
 * with GRUB's code says that the BIOS does. */
static bool started_by_uefi(const struct guest *g, const char *config)
{
	if (slice_starts(slice_str(config), "/boot/efi/") ||
	    slice_starts(slice_str(config), "/efi/"))
		return true;
	return g->facts->boot.esp_disk && !g->facts->boot.mbr_disk;
}

int boot_read_grub2(struct guest *g, const char *config, struct err *e)
{
	const struct grub_host host = {
		.ctx = g,
		.read = host_read,
		.stat = host_stat,
		.list = host_list,
		.search = host_search,
		.locate = host_locate,
	};
	struct boot_fact *b = &g->facts->boot;
	struct grub_result result;
	int r = grub_read(&host, config, started_by_uefi(g, config), g->scratch, g->arena,
			  &result, e);

	if (r < 0)
		return r;
	b->default_how = result.default_how;
	for (size_t i = 0; i < result.entries.n; i++)
		if (!vec_push(g->arena, &b->entries, result.entries.v[i]))
			return arena_full(g->arena, e);
	if (result.config)
		b->config = result.config;
	for (size_t i = 0; i < result.remarks.n; i++)
		if (guest_remark(g, "bootloader", b->source, "%s", result.remarks.v[i]) <
		    0)
			return arena_full(g->arena, e);
	return 0;
}
