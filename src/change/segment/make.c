/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment.h"

#include "adding.h"
#include "escape.h"
#include "initramfs/walk.h"
#include "limits.h"
#include "text.h"

/* What can be read is asked of the kernel's configuration, and how large a RAM disk is.
 */
static const char *const configs[] = {"CONFIG_RD_GZIP", "CONFIG_RD_XZ", "CONFIG_RD_ZSTD",
				      "CONFIG_BLK_DEV_RAM_SIZE"};

/* Text files that may be changed. */
static const char *const lists[] = {
	"conf/modules",
	"etc/modules",
	"config",
	"config/start.sh",
	"etc/cmdline",
	"etc/cmdline.d/90-paravet.conf",
	"etc/modules-load.d/paravet.conf",
	"init",
	"linuxrc",
	"run_all.sh",
};

/* A module of interest, or a file of firmware that one asks for. */
static bool is_chosen(const struct adding *g, struct slice path)
{
	struct arena_mark mark = arena_mark(g->a);
	const char *name = module_name_of(path, g->a);
	bool found = name && chosen_find(g, name);

	arena_rewind(g->a, mark);
	if (!slice_starts(path, "lib/firmware/"))
		return found;
	for (size_t i = 0; i < g->modules.n; i++) {
		const strs *firmware = &g->modules.v[i].module->info.firmware;

		for (size_t n = 0; n < firmware->n; n++)
			if (slice_search(path, firmware->v[n],
					 slice_str(firmware->v[n]).n) < path.n)
				return true;
	}
	return false;
}

/* A file of modprobe.d with a line that goes. */
static bool is_forbidding(const struct adding *g, struct slice path)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;

	for (size_t i = 0; i < list->n; i++) {
		const char *there = list->v[i].source.path;
		struct slice bare = path_without_usr(slice_str(there ? there : ""));

		if (is_to_go(g, &list->v[i]) && slice_same(path, bare))
			return true;
	}
	return false;
}

static bool wants(const void *ctx, struct slice path)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (slice_eq(path, lists[i]))
			return true;
	return (slice_starts(path, "lib/modules/") &&
		slice_search(path, "/modules.", 9) < path.n) ||
	       is_forbidding(ctx, path) || is_edited(ctx, path) || is_chosen(ctx, path);
}

/* Can something be added to this initramfs at all? */
static int check_state(const struct facts *facts, const struct kernel_fact *k,
		       const struct generator **ret, struct err *e)
{
	const struct initramfs_fact *i = &k->initramfs;

	if (!i->path || text_same(i->state, "absent"))
		return err_set(e, ERR_UNSUPPORTED, "there is none");
	if (!text_same(i->state, "read") && !text_same(i->state, "partly"))
		return err_set(e, ERR_UNSUPPORTED, "it cannot be used%s%s",
			       i->problem ? ": " : "", i->problem ? i->problem : "");
	if (boot_is_mapped(&facts->boot))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s loads it by a list of its blocks: make it anew in the "
			       "guest, then run %s there",
			       facts->boot.loader_name, facts->boot.loader);
	if (kernel_is_unified(k))
		return err_set(e, ERR_UNSUPPORTED,
			       "it is part of a unified kernel image, which is made and "
			       "signed as a whole: make that anew in the guest");
	if (!k->release || !k->modules_dir)
		return err_set(e, ERR_UNSUPPORTED, "its kernel has no modules");
	if (i->kernel && !text_same(i->kernel, k->release))
		return err_set(e, ERR_UNSUPPORTED,
			       "it holds modules of %s, not of this kernel: rebuild it",
			       escape_short(slice_str(i->kernel)).text);
	*ret = generator_find(i->generator);
	if (!*ret && text_same(i->generator, "unknown"))
		return err_set(e, ERR_UNSUPPORTED,
			       "which program made it is not known, nor how it loads "
			       "drivers: rebuild it in the guest");
	if (!*ret)
		return err_set(e, ERR_UNSUPPORTED,
			       "how an initramfs of %s loads drivers is not known here: "
			       "rebuild it in the guest",
			       escape_short(slice_str(i->generator ? i->generator
								   : "no program"))
				       .text);
	return 0;
}

int adding_open(struct adding *g, struct err *e)
{
	struct kernel_fact k = *g->kernel;
	int r;

	g->by_name = strmap_new(g->a);
	g->folders = strmap_new(g->a);
	if (!g->by_name || !g->folders)
		return arena_full(g->a, e);
	k.configs = (strs){0};
	r = module_store_open(&g->guest, &k, &g->store, e);
	g->configs = k.configs;
	return r;
}

static int read_old(struct adding *g, struct err *e)
{
	const struct initramfs_fact *i = &g->kernel->initramfs;
	int r = tree_find(g->guest.tree, i->source.path ? i->source.path : i->path,
			  &g->file, e);

	if (r >= 0)
		r = old_archive_read(&g->file, wants, g, g->a, &g->old, e);
	if (r < 0)
		return r;
	g->dir = g->flat ? "lib"
			 : arena_printf(g->a, "%slib/modules/%s", g->old.usr,
					g->kernel->release);
	return g->dir ? 0 : arena_full(g->a, e);
}

static int fill(struct adding *g, const struct generator *generator,
		const struct initramfs_wish *wish, struct err *e)
{
	int r;

	for (size_t i = 0; i < ARRAY_LEN(configs); i++)
		if (!vec_push(g->a, &g->guest.facts->asked_configs, configs[i]))
			return arena_full(g->a, e);
	r = adding_open(g, e);
	g->flat = generator->flat;
	if (r >= 0)
		r = drivers_find(g, &wish->drivers, !g->flat, e);
	if (r < 0 || (g->modules.n == 0 && g->allowed->n == 0 && g->edits->n == 0))
		return r;
	r = read_old(g, e);
	if (r >= 0)
		r = add_allowed(g, e);
	if (r >= 0)
		r = add_edited(g, e);
	if (r < 0 || g->modules.n == 0)
		return r;
	r = add_modules(g, e);
	if (r >= 0 && !g->flat)
		r = add_indexes(g, e);
	return r < 0 ? r : generator->add_list(g, e);
}

static int make(struct adding *g, const struct initramfs_wish *wish,
		struct initramfs_segment *ret, struct err *e)
{
	const struct generator *generator;
	int r = check_state(g->facts, g->kernel, &generator, e);

	if (r >= 0)
		r = fill(g, generator, wish, e);
	if (r < 0)
		return r;
	if (g->out.members.n && g->old.image.n)
		return image_pack(g, ret, e);
	if (g->out.members.n) {
		r = segment_pack(g, ret, e);
		if (r >= 0 && wish->room && g->old.size + ret->bytes.n > wish->room)
			r = segment_repack(g, wish->room, ret, e);
		return r;
	}
	*ret = (struct initramfs_segment){.codec = CODEC_NONE};
	return 0;
}

int change_initramfs_segment(struct guest *guest, const struct kernel_fact *kernel,
			     const struct initramfs_wish *wish, struct arena *a,
			     struct initramfs_segment *ret, struct err *e)
{
	const char *path =
		kernel->initramfs.path ? kernel->initramfs.path : "the initramfs";
	struct facts facts = {0};
	struct adding g = {
		.guest = *guest,
		.facts = guest->facts,
		.kernel = kernel,
		.a = a,
		.allowed = &wish->allowed,
		.edits = &wish->edits,
	};
	int r;

	g.guest.facts = &facts;
	g.guest.arena = g.guest.scratch = a;
	r = make(&g, wish, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(path)).text) : 0;
}
