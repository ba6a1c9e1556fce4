/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 2 in a guest's tree: gives the script evaluator its files and file systems, and
 * takes the entries over into the facts.
 */
#include "grub.h"

#include "boot.h"
#include "escape.h"
#include "limits.h"
#include "memdisk.h"
#include "text.h"
#include "volumes.h"

/* What GRUB's evaluator sees of the guest. */
struct seen {
	struct guest *g;
	const char *boot; /* where the device it was started from is mounted, or NULL */
	const struct memdisk *memdisk; /* of its image, or NULL */
};

static int candidates_of(const struct seen *s, const char *device, const char *path,
			 strs *ret, struct err *e)
{
	const char *below;

	if (!s->boot || strcmp(device, GRUB_BOOT) != 0)
		return boot_candidates(s->g, device, path, ret, e);
	below = arena_printf(s->g->scratch, "%s%s%s", s->boot, *path == '/' ? "" : "/",
			     path);
	return below && vec_push(s->g->scratch, ret, below)
		       ? 0
		       : arena_full(s->g->scratch, e);
}

/* The file, and the tree that it is in. */
static int host_find(const struct seen *s, const char *device, const char *path,
		     struct file *ret, struct tree **ret_tree, struct err *e)
{
	strs candidates = {0};
	int r;

	*ret_tree = s->g->tree;
	if (strcmp(device, GRUB_MEMDISK) == 0) {
		if (!s->memdisk)
			return err_set(e, ERR_ABSENT, "GRUB has no memdisk");
		*ret_tree = s->memdisk->tree;
		return memdisk_find(s->memdisk, path, ret, e);
	}
	r = candidates_of(s, device, path, &candidates, e);
	return r < 0 ? r : boot_find(s->g, &candidates, ret, e);
}

static int host_read(void *ctx, const char *device, const char *path, struct slice *ret,
		     const struct source **ret_where, struct err *e)
{
	const struct seen *s = ctx;
	struct source *where = arena_new_of(s->g->scratch, struct source);
	struct tree *tree;
	struct file file;
	int r;

	if (!where)
		return arena_full(s->g->scratch, e);
	r = host_find(s, device, path, &file, &tree, e);
	if (r >= 0)
		r = file_read_all(&file, LIMIT_CONFIG_FILE, s->g->scratch, ret, e);
	if (r < 0)
		return r;
	*where = guest_source(s->g, &file, 0, 0);
	*ret_where = where;
	return 0;
}

static int host_stat(void *ctx, const char *device, const char *path,
		     struct grub_stat *ret, struct err *e)
{
	struct tree *tree;
	struct file file;
	int r = host_find(ctx, device, path, &file, &tree, e);

	if (r < 0)
		return r;
	*ret = (struct grub_stat){file.node.type == NODE_DIR, file.node.size};
	return 0;
}

static int host_list(void *ctx, const char *device, const char *path, strs *ret,
		     struct err *e)
{
	const struct seen *s = ctx;
	dir_list entries = {0};
	struct tree *tree;
	struct file dir;
	strs names = {0};
	int r = host_find(s, device, path, &dir, &tree, e);

	if (r >= 0)
		r = tree_list(tree, dir.path, &entries, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < entries.n; i++)
		if (!vec_push(s->g->scratch, &names, entries.v[i].name))
			return arena_full(s->g->scratch, e);
	*ret = names;
	return 0;
}

/* In a host's directory no file system can be told by its UUID: what is searched is taken
 * to be there, since this very system boots with it. */
static bool in_directory(const struct guest *g)
{
	return g->facts->disks.n == 0 || facts_is_folder(g->facts);
}

/* Which device a search takes that finds a file on several depends on the order in which
 * GRUB knows them, and on hints. */
static int check_memdisk(const struct seen *s, const char *path, struct err *e)
{
	struct file file;
	int r = s->memdisk ? memdisk_find(s->memdisk, path, &file, e) : -ERR_ABSENT;

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	return r < 0 ? r
		     : err_set(e, ERR_UNSUPPORTED,
			       "a search for %s finds it inside of GRUB, too: which one "
			       "counts is not known",
			       escape_short(slice_str(path)).text);
}

static int host_search(void *ctx, const char *kind, const char *value, struct err *e)
{
	const struct seen *s = ctx;
	struct guest *g = s->g;
	struct tree *tree;
	struct file file;
	const char *spec;
	size_t index;
	int r;

	if (strcmp(kind, "FILE") == 0) {
		r = check_memdisk(s, value, e);
		if (r < 0)
			return r;
		r = host_find(s, "any", value, &file, &tree, e);
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
	const struct seen *s = ctx;
	strs candidates = {0};
	struct err why = ERR_INIT;
	struct file file;
	int r = candidates_of(s, device, path, &candidates, e);

	if (r < 0)
		return r;
	*ret = candidates.n ? candidates.v[0] : NULL;
	r = boot_find(s->g, &candidates, &file, &why);
	if (r >= 0) {
		*ret = file.path;
	} else if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
		*e = why;
		return r;
	}
	return 0; /* a kernel that is not there, or broken, is told where kernels are */
}

/* Where the EFI system partition is that holds this file; NULL: it lies elsewhere. */
static const char *esp_of(const char *path)
{
	static const char *const dirs[] = {"/boot/efi", "/efi"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		size_t n = strlen(dirs[i]);

		if (slice_starts(slice_str(path), dirs[i]) && path[n] == '/')
			return dirs[i];
	}
	return NULL;
}

static int read_menu(struct seen *s, const struct grub_start *start, struct err *e)
{
	const struct grub_host host = {
		.ctx = s,
		.read = host_read,
		.stat = host_stat,
		.list = host_list,
		.search = host_search,
		.locate = host_locate,
	};
	struct guest *g = s->g;
	struct boot_fact *b = &g->facts->boot;
	struct grub_result result;
	int r = grub_read(&host, start, g->scratch, g->arena, &result, e);

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

int boot_read_grub2(struct guest *g, const char *config, struct err *e)
{
	const struct boot_fact *b = &g->facts->boot;
	struct seen s = {.g = g, .boot = esp_of(config)};
	/* That it lies on the EFI system partition says that UEFI starts it; otherwise an
	 * MBR with GRUB's code says that the BIOS does. */
	const struct grub_start start = {.path = config,
					 .efi = s.boot || (b->esp_disk && !b->mbr_disk)};

	return read_menu(&s, &start, e);
}

/* --- From GRUB's image for UEFI --- */

/* "(,gpt2)/boot/grub" is on the disk that GRUB was started from, "/EFI/debian" on the
 * same partition. */
static int prefix_of(struct guest *g, const char *stored, const char **ret, struct err *e)
{
	struct slice s = slice_str(stored), device, path, number;
	const struct boot_fact *b = &g->facts->boot;
	uint64_t wanted;

	*ret = slice_starts(s, "(")
		       ? stored
		       : arena_printf(g->scratch, "(%s)%s", GRUB_BOOT, stored);
	if (!*ret)
		return arena_full(g->scratch, e);
	if (!slice_starts(s, "(,") || !text_split(s, ')', &device, &path))
		return 0;
	number = slice_of(device.p + 2, device.n - 2);
	while (number.n && !text_is_digit(slice_at(number, 0)))
		number = slice_of(number.p + 1, number.n - 1);
	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		if (!text_u64(number, UINT32_MAX, &wanted) || v->number != wanted ||
		    !v->partuuid || !text_same(v->disk, b->esp_disk))
			continue;
		*ret = arena_printf(g->scratch, "(PARTUUID=%s)%.*s", v->partuuid,
				    (int)path.n, (const char *)path.p);
		return *ret ? 0 : arena_full(g->scratch, e);
	}
	return 0;
}

int boot_read_grub_image(struct guest *g, struct err *e)
{
	const struct efi_start *efi = g->efi;
	_cleanup_(memdisk_done) struct memdisk memdisk = {0};
	struct source where = guest_source(g, &efi->file, 0, 0);
	struct seen s = {.g = g, .boot = efi->esp, .memdisk = &memdisk};
	struct grub_start start = {
		.script = efi->image.script, .where = &where, .efi = true};
	size_t n = strlen(efi->esp);
	int r = memdisk_open(g, efi, &memdisk, e);

	if (r >= 0)
		r = prefix_of(g, efi->image.prefix ? efi->image.prefix : "",
			      &start.prefix, e);
	if (r < 0)
		return r;
	start.cmdpath = arena_printf(g->scratch, "(%s)%s", GRUB_BOOT, efi->dir + n);
	if (!start.cmdpath)
		return arena_full(g->scratch, e);
	return read_menu(&s, &start, e);
}
