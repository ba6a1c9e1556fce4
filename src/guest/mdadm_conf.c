/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mdadm_conf.h"

#include "limits.h"

bool mdadm_is_continued(struct slice line)
{
	return text_is_blank(slice_at(line, 0));
}

bool mdadm_is_keyword(struct slice word, const char *keyword)
{
	struct slice whole = slice_str(keyword);

	return word.n >= 3 && word.n <= whole.n &&
	       slice_same_folded(word, slice_of(whole.p, word.n));
}

/* The next hexadecimal digit from `at` on; 0: there is none. */
static int next_digit(struct slice s, size_t *at)
{
	while (*at < s.n) {
		struct slice digit = slice_of(s.p + (*at)++, 1);
		uint64_t value;

		if (text_hex(digit, 15, &value))
			return (int)value + 1;
		if (!slice_eq(digit, ":") && !slice_eq(digit, "-") &&
		    !slice_eq(digit, "."))
			return -1;
	}
	return 0;
}

bool mdadm_same_uuid(struct slice a, const char *b)
{
	size_t i = 0, k = 0;
	int one, other, digits = 0;

	do {
		one = next_digit(a, &i);
		other = next_digit(slice_str(b), &k);
		digits += one > 0;
	} while (one == other && one > 0);
	return one == 0 && other == 0 && digits == 32;
}

/* "name=web01:root", where the value may be in quotes. */
static int take_value(struct slice word, const char *key, struct arena *a,
		      const char **to, struct err *e)
{
	struct slice whole = slice_str(key);

	if (word.n <= whole.n || !slice_same_folded(slice_of(word.p, whole.n), whole))
		return 0;
	*to = arena_strndup(a,
			    text_unquote(slice_of(word.p + whole.n, word.n - whole.n)));
	return *to ? 0 : arena_full(a, e);
}

static int take_word(struct slice word, struct arena *a, struct mdadm_array *to,
		     struct err *e)
{
	struct slice left, right;
	int r;

	if (!text_split(word, '=', &left, &right)) {
		if (to->device || slice_starts(word, "<"))
			return 0;
		to->device = arena_printf(a, "%s%.*s",
					  slice_starts(word, "/") ? "" : "/dev/md/",
					  (int)word.n, (const char *)word.p);
		return to->device ? 0 : arena_full(a, e);
	}
	r = take_value(word, "uuid=", a, &to->uuid, e);
	return r == 0 ? take_value(word, "name=", a, &to->set_name, e) : r;
}

/* The line that the words to come belong to, if it is of an array. `before`: how many are
 * there of other texts. */
static int take_keyword(struct slice *line, struct arena *a, size_t before,
			mdadm_arrays *to, struct mdadm_array **ret, struct err *e)
{
	struct slice word;

	*ret = NULL;
	if (!text_word(line, &word) || !mdadm_is_keyword(word, "ARRAY"))
		return 0;
	if (to->n - before == LIMIT_MD_LINES)
		return err_set(e, ERR_LIMIT, "more than %d ARRAY lines", LIMIT_MD_LINES);
	*ret = vec_add(a, to);
	if (!*ret)
		return arena_full(a, e);
	**ret = (struct mdadm_array){0};
	return 0;
}

int mdadm_conf_arrays(struct slice text, struct arena *a, mdadm_arrays *ret,
		      struct err *e)
{
	struct text t = text_of(text);
	struct mdadm_array *now = NULL;
	mdadm_arrays all = *ret;
	struct slice line, word;
	int r = 0;

	while (r == 0 && text_line(&t, &line)) {
		if (slice_starts(text_trim(line), "#") || !text_trim(line).n)
			continue;
		if (!mdadm_is_continued(line))
			r = take_keyword(&line, a, ret->n, &all, &now, e);
		while (r == 0 && now && text_word(&line, &word)) {
			if (slice_starts(word, "#"))
				break;
			r = take_word(word, a, now, e);
		}
	}
	if (r == 0)
		*ret = all;
	return r;
}
