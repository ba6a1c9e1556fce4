/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the initramfs of every kernel and has it read. Two kernels that name the same
 * file share one reading.
 */
#include "guest.h"

#include "initramfs/pieces.h"
#include "limits.h"
#include "module_neighbours.h"
#include "names.h"
#include "text.h"
#include "tolerate.h"
#include "unified.h"

/* What has to be looked for inside: the drivers asked for and everything they need. */
static int wanted_modules(struct guest *g, const struct kernel_fact *k, strs *ret,
			  struct err *e)
{
	for (size_t i = 0; i < g->facts->asked.n; i++)
		if (!strs_add_once(g->scratch, ret, g->facts->asked.v[i]))
			return arena_full(g->scratch, e);
	for (size_t i = 0; i < k->modules.n; i++)
		if (!strs_add_once(g->scratch, ret, k->modules.v[i].name))
			return arena_full(g->scratch, e);
	return 0;
}

/* Were its modules held against those of its kernel? Then that holds of this one only. */
static bool was_compared(const struct initramfs_fact *f)
{
	for (size_t i = 0; i < f->wanted.n; i++)
		if (f->wanted.v[i].crc_agrees != KNOWN_NOT)
			return true;
	return false;
}

static const struct initramfs_fact *read_before(const struct guest *g, size_t kernel,
						const struct source *source)
{
	for (size_t i = 0; i < kernel; i++) {
		const struct kernel_fact *k = &g->facts->kernels.v[i];
		const struct initramfs_fact *other = &k->initramfs;

		if (was_compared(other) &&
		    !text_same(k->modules_dir, g->facts->kernels.v[kernel].modules_dir))
			continue;
		if (other->source.path && strcmp(other->source.path, source->path) == 0 &&
		    strcmp(other->state, "absent") != 0)
			return other;
	}
	return NULL;
}

static int read_file(struct guest *g, struct kernel_fact *k, const struct file *file,
		     struct err *e)
{
	struct initramfs_fact *f = &k->initramfs;
	struct foreign_copies foreign = {0};
	struct file_pieces pieces;
	struct codec_input input;
	const char *path = f->path;
	strs wanted = {0};
	/* The programs that put / together come behind the modules. */
	struct initramfs_order order = {&wanted, g->complete, &g->packed};
	volume_refs stack;
	int r = wanted_modules(g, k, &wanted, e);

	if (!facts_stack_of(g->facts, facts_root_volume(g->facts), g->scratch, &stack))
		return arena_full(g->scratch, e);
	for (size_t i = 0; i < stack.n; i++)
		order.complete |= stack.v[i]->on.n > 0;
	if (r >= 0)
		r = file_pieces_open(file, g->scratch, &pieces, &input, e);
	if (r >= 0)
		r = initramfs_read(input, file->node.size, &order, g->arena, g->scratch,
				   f, &foreign, e);
	f->path = path;
	if (r >= 0)
		r = names_inside(g, &f->names, e);
	if (r < 0 || foreign.list.n == 0)
		return r;
	r = module_neighbours_judge(g, k, &foreign, e);
	return r < 0 ? tolerate(g, "modules", path, e) : r;
}

static int read_one(struct guest *g, size_t kernel, struct err *e)
{
	struct kernel_fact *k = &g->facts->kernels.v[kernel];
	struct initramfs_fact *f = &k->initramfs;
	const struct initramfs_fact *before;
	struct err why = ERR_INIT;
	struct source source;
	struct file file;
	int r;

	f->state = "absent";
	f->size = 0;
	if (!f->path)
		return 0;
	r = tree_find(g->tree, f->path, &file, &why);
	if (r < 0) {
		f->state = why.code == ERR_ABSENT ? "absent" : "broken";
		f->problem = arena_strdup(g->arena, why.text);
		return f->problem ? 0 : arena_full(g->arena, e);
	}
	source = guest_source(g, &file, 0, 0);
	r = unified_part(&file, UNIFIED_INITRAMFS, g->scratch, NULL, &why);
	if (r < 0) {
		f->state = why.code == ERR_ABSENT ? "absent" : "broken";
		f->problem = arena_strdup(g->arena, why.text);
		return f->problem ? 0 : arena_full(g->arena, e);
	}
	before = read_before(g, kernel, &source);
	if (before) {
		const char *path = f->path;

		*f = *before;
		f->path = path;
		return 0;
	}
	r = read_file(g, k, &file, &why);
	f->size = file.node.size;
	f->source = source;
	if (r < 0 && why.code != ERR_IO) {
		*e = why;
		return r;
	}
	if (r < 0) {
		f->state = "broken";
		f->problem = arena_strdup(g->arena, why.text);
	}
	return 0;
}

static int read_all(struct guest *g, struct err *e)
{
	for (size_t i = 0; i < g->facts->kernels.n; i++) {
		struct arena_mark mark = arena_mark(g->scratch);
		int r = read_one(g, i, e);

		arena_rewind(g->scratch, mark);
		if (r < 0)
			return r;
	}
	return 0;
}

const struct guest_reader read_initramfs = {
	.name = "initramfs",
	.doc = "initramfs of every kernel: generator, modules, what it loads and how",
	.read = read_all,
};
