/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which evidence counts. A file that is given together with the others comes first; then
 * Module.symvers, which is the kernel's own list; then the module that exports the
 * symbol; then the kernel's other modules: what they were built against is what it has.
 */
#include "symbol_wants.h"

#include <string.h>

#include "limits.h"
#include "path.h"
#include "text.h"

int wants_new(struct arena *a, struct wants *ret, struct err *e)
{
	struct wants w = {.arena = a, .by_name = strmap_new(a)};

	if (!w.by_name)
		return arena_full(a, e);
	*ret = w;
	return 0;
}

struct want *wants_get(const struct wants *w, struct slice name)
{
	return strmap_get(w->by_name, name);
}

static int add(struct wants *w, struct slice name, struct err *e)
{
	struct want *want = wants_get(w, name);

	if (want)
		return 0;
	want = arena_new_of(w->arena, struct want);
	if (!want || !strmap_set(w->by_name, name, want) ||
	    !vec_push(w->arena, &w->all, want))
		return arena_full(w->arena, e);
	want->name = name;
	return 0;
}

int wants_add(struct wants *w, const struct module_info *info,
	      const struct module_symbols *symbols, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < info->crcs.n; i++)
		r = add(w, slice_str(info->crcs.v[i].symbol), e);
	for (size_t i = 0; r >= 0 && i < symbols->needs.n; i++)
		r = add(w, symbols->needs.v[i], e);
	return r;
}

static void take_listed(void *ctx, const struct listed_symbol *s)
{
	struct wants_list *list = ctx;
	struct want *want = wants_get(list->wants, s->name);
	struct slice base = path_last_part(s->module);
	struct sighting *to;
	char *name;

	if (!want)
		return;
	to = list->source == WANTS_SYMVERS ? &want->list : &want->index;
	name = arena_strndup(list->wants->arena, base);
	list->wants->full = list->wants->full || !name;
	for (char *c = name; c && *c; c++)
		if (*c == '-')
			*c = '_';
	if (!to->exporter)
		*to = (struct sighting){name, list->where, s->has_crc, s->crc};
}

struct symbol_taker wants_taker(struct wants_list *list)
{
	return (struct symbol_taker){take_listed, list};
}

int wants_exports(struct wants *w, const struct module_symbols *symbols, bool given,
		  const char *module, struct err *e)
{
	const char *where = arena_printf(w->arena, "module %s", module);

	if (!where)
		return arena_full(w->arena, e);
	for (size_t i = 0; i < symbols->exports.n; i++) {
		const struct module_export *x = &symbols->exports.v[i];
		struct want *want = wants_get(w, x->name);
		struct sighting *to;

		if (!want)
			continue;
		to = given ? &want->given : &want->exporter;
		if (!to->exporter)
			*to = (struct sighting){module, where, x->has_crc, x->crc};
	}
	return 0;
}

void wants_uses(struct wants *w, const struct module_info *info,
		const struct module_symbols *symbols, const char *module)
{
	for (size_t i = 0; i < info->crcs.n; i++) {
		struct want *want = wants_get(w, slice_str(info->crcs.v[i].symbol));

		if (!want)
			continue;
		want->used = true;
		crc_votes_count(&want->votes, info->crcs.v[i].crc, module);
	}
	for (size_t i = 0; symbols && i < symbols->needs.n; i++) {
		struct want *want = wants_get(w, symbols->needs.v[i]);

		if (want)
			want->used = true;
	}
}

bool wants_satisfied(const struct wants *w)
{
	for (size_t i = 0; i < w->all.n; i++) {
		const struct want *want = w->all.v[i];

		if (!want->given.exporter && !want->list.exporter && !want->used)
			return false;
	}
	return true;
}

void wants_settle(struct wants *w)
{
	for (size_t i = 0; i < w->all.n; i++) {
		const struct want *want = w->all.v[i];
		int best = crc_votes_winner(&want->votes);

		if (best >= 0 && want->list.has_crc &&
		    want->list.crc != want->votes.values[best].crc)
			w->list_differs = true;
	}
}

bool wants_complete(const struct wants *w)
{
	return (w->list_read && !w->list_differs) || (w->map_read && w->modules_read);
}

/* The sightings that count, the strongest first. */
static const struct sighting *sighting_at(const struct wants *w, const struct want *want,
					  unsigned i)
{
	static const struct sighting none;
	const struct sighting *const order[] = {&want->given,
						w->list_differs ? &none : &want->list,
						&want->exporter, &want->index};

	return i < ARRAY_LEN(order) ? order[i] : NULL;
}

const char *want_exporter(const struct wants *w, const struct want *want)
{
	const struct sighting *s;

	for (unsigned i = 0; (s = sighting_at(w, want, i)); i++)
		if (s->exporter)
			return strcmp(s->exporter, "vmlinux") == 0 ? NULL : s->exporter;
	return NULL;
}

/* What is known of the CRC. A single module that states another one may itself be the
 * one that is wrong; a single one that states the same is agreement. */
static bool find_crc(const struct wants *w, const struct want *want, uint32_t wanted,
		     uint32_t *ret_crc, const char **ret_where)
{
	const struct sighting *s;
	int best = crc_votes_winner(&want->votes);

	for (unsigned i = 0; (s = sighting_at(w, want, i)); i++)
		if (s->exporter && s->has_crc) {
			*ret_crc = s->crc;
			*ret_where = s->where;
			return true;
		}
	if (best < 0 && want->votes.n == 1 && want->votes.values[0].crc == wanted)
		best = 0;
	if (best < 0)
		return false;
	*ret_crc = want->votes.values[best].crc;
	*ret_where = want->votes.values[best].from;
	return true;
}

static bool is_there(const struct wants *w, const struct want *want)
{
	const struct sighting *s;

	for (unsigned i = 0; (s = sighting_at(w, want, i)); i++)
		if (s->exporter)
			return true;
	return want->used;
}

/* One symbol of a module. */
struct checked {
	struct slice name;
	bool has_crc;
	uint32_t crc;
};

static int list_symbol(struct arena *a, const struct checked *c, const char *state,
		       const uint32_t *found, const char *where, struct loading_fact *to,
		       struct err *e)
{
	struct symbol_fact *s;

	if (to->listed.n == LIMIT_SYMBOLS_LISTED)
		return 0;
	s = vec_add(a, &to->listed);
	if (!s)
		return arena_full(a, e);
	s->name = arena_strndup(a, c->name);
	s->state = state;
	s->wanted = c->has_crc ? arena_printf(a, "0x%08x", c->crc) : NULL;
	s->found = found ? arena_printf(a, "0x%08x", *found) : NULL;
	s->where = where ? arena_strdup(a, where) : NULL;
	return s->name && (s->wanted || !c->has_crc) && (s->found || !found) &&
			       (s->where || !where)
		       ? 0
		       : arena_full(a, e);
}

static int judge_one(const struct wants *w, const struct checked *c,
		     enum known states_crcs, struct arena *a, struct loading_fact *to,
		     struct err *e)
{
	const struct want *want = wants_get(w, c->name);
	const char *where = NULL;
	uint32_t crc;

	to->symbols++;
	if (!want || !is_there(w, want)) {
		bool sure = wants_complete(w);

		if (sure)
			to->unresolved++;
		else
			to->unknown++;
		return list_symbol(a, c, sure ? "unresolved" : "unknown", NULL, NULL, to,
				   e);
	}
	if (!c->has_crc || states_crcs == KNOWN_NO) {
		to->fitting++;
		return 0;
	}
	if (!find_crc(w, want, c->crc, &crc, &where)) {
		to->uncompared++;
		return list_symbol(a, c, "not compared", NULL, NULL, to, e);
	}
	if (crc == c->crc) {
		to->fitting++;
		return 0;
	}
	to->differing++;
	return list_symbol(a, c, "differs", &crc, where, to, e);
}

/* The kernel names module_layout first (struct_module before Linux 2.6.29): so do we. */
static bool is_layout(struct slice name)
{
	return slice_eq(name, "module_layout") || slice_eq(name, "struct_module");
}

static int add_all(struct strmap *to, const struct module_symbols *symbols,
		   const struct arena *room, struct err *e)
{
	for (size_t i = 0; i < symbols->needs.n; i++)
		if (!strmap_set(to, symbols->needs.v[i], to))
			return arena_full(room, e);
	return 0;
}

/* The CRCs stated. That of a symbol which the module can do without (a weak one, or one
 * it no longer names) only counts where the symbol is there. */
static int judge_stated(const struct wants *w, const struct module_info *info,
			const struct strmap *needed, enum known states_crcs, bool layout,
			struct arena *a, struct loading_fact *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < info->crcs.n; i++) {
		struct checked c = {slice_str(info->crcs.v[i].symbol), true,
				    info->crcs.v[i].crc};
		const struct want *want = wants_get(w, c.name);

		if (is_layout(c.name) == layout &&
		    (layout || strmap_get(needed, c.name) || (want && is_there(w, want))))
			r = judge_one(w, &c, states_crcs, a, ret, e);
	}
	return r;
}

int wants_judge(const struct wants *w, const struct module_info *info,
		const struct module_symbols *symbols, enum known states_crcs,
		struct arena *a, struct loading_fact *ret, struct err *e)
{
	_cleanup_arena_ struct arena *room = arena_new(LIMIT_SCRATCH);
	struct strmap *needed = room ? strmap_new(room) : NULL;
	struct strmap *stated = room ? strmap_new(room) : NULL;
	int r;

	if (!needed || !stated)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = add_all(needed, symbols, room, e);
	if (r >= 0)
		r = judge_stated(w, info, needed, states_crcs, true, a, ret, e);
	if (r >= 0)
		r = judge_stated(w, info, needed, states_crcs, false, a, ret, e);
	for (size_t i = 0; r >= 0 && i < info->crcs.n; i++)
		if (!strmap_set(stated, slice_str(info->crcs.v[i].symbol), stated))
			return arena_full(room, e);
	for (size_t i = 0; r >= 0 && i < symbols->needs.n; i++) {
		struct checked c = {.name = symbols->needs.v[i]};

		if (!strmap_get(stated, c.name))
			r = judge_one(w, &c, states_crcs, a, ret, e);
	}
	return r;
}
