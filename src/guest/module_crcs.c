/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module_crcs.h"

int module_votes_new(struct arena *a, struct module_votes *ret, struct err *e)
{
	struct strmap *symbols = strmap_new(a);

	if (!symbols)
		return arena_full(a, e);
	*ret = (struct module_votes){.symbols = symbols};
	return 0;
}

void crc_votes_count(struct crc_votes *v, uint32_t crc, const char *module)
{
	unsigned i = 0;

	v->total++;
	while (i < v->n && v->values[i].crc != crc)
		i++;
	if (i == CRC_VALUES)
		return;
	if (i == v->n) {
		v->values[i].crc = crc;
		v->values[i].from = module;
		v->n++;
	}
	v->values[i].count++;
}

int module_votes_add(struct module_votes *votes, const char *module,
		     const struct module_info *info, struct arena *a, struct err *e)
{
	if (info->crcs.n == 0)
		votes->without++;
	else
		votes->with++;
	for (size_t i = 0; i < info->crcs.n; i++) {
		struct slice symbol = slice_str(info->crcs.v[i].symbol);
		struct crc_votes *v = strmap_get(votes->symbols, symbol);

		if (!v) {
			v = arena_new_of(a, struct crc_votes);
			if (!v || !strmap_set(votes->symbols, symbol, v))
				return arena_full(a, e);
		}
		crc_votes_count(v, info->crcs.v[i].crc, module);
	}
	return 0;
}

int crc_votes_winner(const struct crc_votes *v)
{
	for (unsigned i = 0; i < v->n; i++)
		if (v->values[i].count >= 2 && v->values[i].count * 2 > v->total)
			return (int)i;
	return -1;
}

static enum known judge_one(const struct module_votes *votes, const struct module_crc *c,
			    struct arena *a, const char **ret_problem)
{
	const struct crc_votes *v = strmap_get(votes->symbols, slice_str(c->symbol));
	int best = v ? crc_votes_winner(v) : -1;

	if (best < 0)
		return KNOWN_NOT;
	if (v->values[best].crc == c->crc)
		return KNOWN_YES;
	*ret_problem = arena_printf(a, "symbol %s has CRC 0x%08x here, but 0x%08x in %s",
				    c->symbol, c->crc, v->values[best].crc,
				    v->values[best].from);
	return KNOWN_NO;
}

enum known module_votes_judge(const struct module_votes *votes,
			      const struct module_info *info, struct arena *a,
			      const char **ret_problem)
{
	enum known answer = KNOWN_NOT;

	if (info->crcs.n == 0 && votes->with >= 2 && votes->with > votes->without) {
		*ret_problem = arena_strdup(a, "it states no symbol CRCs; other modules "
					       "of this kernel do");
		return KNOWN_NO;
	}
	/* module_layout first: it is the one that the kernel checks and names first. */
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < info->crcs.n; i++) {
			const struct module_crc *c = &info->crcs.v[i];
			enum known one;

			if (slice_eq(slice_str(c->symbol), "module_layout") != first)
				continue;
			one = judge_one(votes, c, a, ret_problem);
			if (one == KNOWN_NO)
				return one;
			if (one == KNOWN_YES)
				answer = one;
		}
	return answer;
}
