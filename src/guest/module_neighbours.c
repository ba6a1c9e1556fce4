/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module_neighbours.h"

#include "limits.h"
#include "text.h"

int module_neighbours_read(struct module_store *s, struct err *e)
{
	size_t n = s->index.lines.n, read = 0;
	size_t step = n / LIMIT_MODULE_NEIGHBOURS + 1;

	for (size_t start = 0; start < step && read < LIMIT_MODULE_NEIGHBOURS; start++)
		for (size_t i = start; i < n && read < LIMIT_MODULE_NEIGHBOURS;
		     i += step) {
			const struct module_line *line = &s->index.lines.v[i];
			struct stored_module *m;
			int r;

			if (slice_search(line->path, "kernel/", 7) == line->path.n ||
			    !*line->name || strmap_get(s->stored, slice_str(line->name)))
				continue;
			r = module_store_get(s, line->name, &m, e);
			if (r < 0)
				return r;
			read++;
		}
	return 0;
}

static bool is_of_another(const struct stored_module *m, const struct kernel_fact *k)
{
	struct slice words = slice_str(m->info.vermagic ? m->info.vermagic : ""), first;

	return k->release && text_word(&words, &first) && !slice_eq(first, k->release);
}

int module_neighbours_vote(struct module_store *s, const struct kernel_fact *k,
			   struct module_votes *ret, struct err *e)
{
	int r = module_neighbours_read(s, e);

	if (r >= 0)
		r = module_votes_new(s->g->scratch, ret, e);
	for (size_t i = 0; r >= 0 && i < s->all.n; i++)
		if (stored_is_file(s->all.v[i]) && !is_of_another(s->all.v[i], k))
			r = module_votes_add(ret, s->all.v[i]->name, &s->all.v[i]->info,
					     s->g->scratch, e);
	return r;
}

/* The kernel's own files of the modules asked for are witnesses, too. */
static int open_store(struct guest *g, struct kernel_fact *k, struct module_store *ret,
		      struct err *e)
{
	struct stored_module *m;
	int r = module_store_open(g, k, ret, e);

	for (size_t i = 0; r >= 0 && i < k->modules.n; i++)
		r = module_store_get(ret, k->modules.v[i].name, &m, e);
	return r;
}

int module_neighbours_judge(struct guest *g, struct kernel_fact *k,
			    const struct foreign_copies *copies, struct err *e)
{
	struct module_store store;
	struct module_votes votes;
	int r = open_store(g, k, &store, e);

	if (r >= 0)
		r = module_neighbours_vote(&store, k, &votes, e);
	for (size_t i = 0; r >= 0 && i < copies->list.n; i++) {
		const struct foreign_copy *copy = &copies->list.v[i];
		struct module_fact *fact = &k->initramfs.wanted.v[copy->wanted];

		if (copy->info.crcs.n)
			fact->crc_agrees = module_votes_judge(
				&votes, &copy->info, g->arena, &fact->crc_problem);
	}
	return r;
}
