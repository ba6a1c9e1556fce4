/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "form.h"

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		int c = slice_at(s, i);

		if ((c < 'a' || c > 'z') && c != '-')
			return false;
	}
	return s.n > 0;
}

/* Is there a hole at `at`? */
static bool hole_at(struct slice s, size_t at, struct slice *ret_name)
{
	size_t end = slice_find(s, at, '}');

	return end < s.n && slice_sub(s, at + 1, end - at - 1, ret_name) &&
	       is_name(*ret_name);
}

bool form_next(struct slice *rest, struct slice *ret_before, struct slice *ret_hole)
{
	struct slice s = *rest, name = SLICE_NONE;
	size_t at = slice_find(s, 0, '{'), end;

	while (at < s.n && !hole_at(s, at, &name))
		at = slice_find(s, at + 1, '{');
	end = at < s.n ? at + name.n + 2 : at; /* with both braces */
	*ret_hole = at < s.n ? name : SLICE_NONE;
	return s.n && slice_sub(s, 0, at, ret_before) &&
	       slice_sub(s, end, s.n - end, rest);
}

bool form_has(const char *form, const char *hole)
{
	struct slice rest = slice_str(form ? form : ""), before, found;

	while (form_next(&rest, &before, &found))
		if (slice_eq(found, hole))
			return true;
	return false;
}

static const char *value_of(const struct fill *fills, struct slice hole)
{
	while (fills->hole && !slice_eq(hole, fills->hole))
		fills++;
	return fills->hole ? fills->value : NULL;
}

void form_fill(struct strbuf *b, const char *form, const struct fill *fills,
	       void (*put)(struct strbuf *, struct slice))
{
	struct slice rest = slice_str(form), before, hole;

	while (form_next(&rest, &before, &hole)) {
		const char *value = hole.n ? value_of(fills, hole) : NULL;

		strbuf_add(b, before.p, before.n);
		if (value) {
			put(b, slice_str(value));
		} else if (hole.n) {
			strbuf_char(b, '{');
			strbuf_add(b, hole.p, hole.n);
			strbuf_char(b, '}');
		}
	}
}
