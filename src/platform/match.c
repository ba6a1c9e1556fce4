/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Comparing: patterns as modules.alias has them, and versions of distributions. Patterns
 * come from guests, so matching takes at most length times length steps.
 */
#include "platform.h"

#include <string.h>

#include "text.h"

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* The class at `p` ("[0-9a]"): does it hold `c`, and where does it end? NULL: it is not
 * closed. */
static const char *match_class(const char *p, char c, bool *ret_in)
{
	bool negated = p[1] == '!' || p[1] == '^', in = false;
	const char *first = p + (negated ? 2 : 1), *at = first;

	for (; *at && (*at != ']' || at == first); at++) {
		if (at[1] == '-' && at[2] && at[2] != ']') {
			in = in || (*at <= c && c <= at[2]);
			at += 2;
		} else if (*at == c) {
			in = true;
		}
	}
	*ret_in = in != negated;
	return *at ? at + 1 : NULL;
}

/* Matches one element of the pattern other than *; NULL when it does not match. */
static const char *match_one(const char *p, char c)
{
	const char *end;
	bool in;

	if (!*p || !c)
		return NULL;
	if (*p == '?')
		return p + 1;
	if (*p == '[') {
		end = match_class(p, c, &in);
		if (end)
			return in ? end : NULL;
	}
	return fold(*p) == fold(c) ? p + 1 : NULL;
}

bool platform_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL, *next;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
		} else if (!*pattern && !*text) {
			return true;
		} else if ((next = match_one(pattern, *text))) {
			pattern = next;
			text++;
		} else if (star && *retry) {
			pattern = star;
			text = ++retry;
		} else {
			return false;
		}
	}
}

/* Takes the number before the next dot off *s; false when there is none. */
static bool next_part(struct slice *s, uint64_t *ret)
{
	struct slice left = *s, right = SLICE_NONE;

	text_split(*s, '.', &left, &right);
	*s = right;
	return text_u64(left, UINT32_MAX, ret);
}

/* < 0, 0, > 0; *ret_ok is false when one of them is no version. Missing parts are 0, or,
 * with `by_prefix`, only as many parts count as `b` has. */
static int compare(const char *a, const char *b, bool by_prefix, bool *ret_ok)
{
	struct slice sa = slice_str(a), sb = slice_str(b);
	int order = 0;

	*ret_ok = sa.n && sb.n;
	while (*ret_ok && (sb.n || (sa.n && !by_prefix))) {
		uint64_t x = 0, y = 0;

		if ((sa.n && !next_part(&sa, &x)) || (sb.n && !next_part(&sb, &y)))
			*ret_ok = false;
		if (!order)
			order = x < y ? -1 : x > y;
	}
	return order;
}

bool platform_version_in(const char *version, const char *from, const char *to)
{
	bool ok;

	if (!version)
		return false;
	if (from && (compare(version, from, false, &ok) < 0 || !ok))
		return false;
	if (to && (compare(version, to, true, &ok) > 0 || !ok))
		return false;
	return true;
}

/* Is the value in the list? An empty list takes in all. */
static bool in_list(const strs *list, const char *value)
{
	return list->n == 0 || (value && strs_has(list, value));
}

const struct platform_guest *platform_guest_for(const struct platform *p,
						const char *release, const char *arch,
						const char *flavour)
{
	for (size_t i = 0; i < p->guests.n; i++) {
		const struct platform_guest *g = &p->guests.v[i];

		if (platform_version_in(release, g->from, g->to) &&
		    in_list(&g->archs, arch) && in_list(&g->flavours, flavour))
			return g;
	}
	return NULL;
}

bool platform_step_for(const struct platform_step *s, const char *release,
		       const char *arch, const char *flavour)
{
	return (platform_version_in(release, s->from, s->to) || (!s->from && !s->to)) &&
	       in_list(&s->archs, arch) && in_list(&s->flavours, flavour);
}
