/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Boot Loader Specification entries: "key value" lines, "#" comments, and the orders in
 * which GRUB's blscfg and systemd-boot show them.
 */
#include "bls.h"

#include <stdlib.h>

#include "limits.h"
#include "strbuf.h"
#include "text.h"

static int set_text(struct arena *a, const char **field, struct slice value,
		    struct err *e)
{
	*field = arena_strndup(a, value);
	return *field ? 0 : arena_full(a, e);
}

/* One line; a key given twice is the last one, but options and initrd add up. */
static int set_field(struct bls_entry *b, struct strbuf *options, struct slice key,
		     struct slice value, struct arena *a, struct err *e)
{
	const struct {
		const char *key;
		const char **field;
	} fields[] = {
		{"title", &b->title},           {"version", &b->version},
		{"machine-id", &b->machine_id}, {"sort-key", &b->sort_key},
		{"linux", &b->kernel},          {"efi", &b->program},
		{"uki", &b->program},
	};
	const char *initrd;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (slice_eq(key, fields[i].key))
			return set_text(a, fields[i].field, value, e);
	if (slice_eq(key, "initrd")) {
		int r = set_text(a, &initrd, value, e);

		if (r < 0)
			return r;
		return vec_push(a, &b->initrds, initrd) ? 0 : arena_full(a, e);
	}
	if (slice_eq(key, "options")) {
		if (options->n)
			strbuf_char(options, ' ');
		strbuf_add(options, value.p, value.n);
	}
	return 0;
}

static int parse_lines(struct slice text, struct bls_entry *b, struct strbuf *options,
		       struct arena *a, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key;
	int r = 0;

	while (r == 0 && text_line(&t, &line)) {
		if (slice_find(line, 0, 0) < line.n)
			return err_set(e, ERR_CORRUPT, "line %u holds a NUL byte",
				       t.line);
		line = text_trim(line);
		if (slice_starts(line, "#") || !text_word(&line, &key))
			continue;
		if (slice_eq(key, "options"))
			b->options_line = options->n ? 0 : t.line;
		r = set_field(b, options, key, text_trim(line), a, e);
	}
	return r;
}

int bls_parse(struct slice text, const char *file_name, struct arena *a,
	      struct bls_entry *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT(LIMIT_TEXT);
	struct slice id = slice_str(file_name);
	struct bls_entry b = {0};
	int r = parse_lines(text, &b, &options, a, e);

	if (r < 0)
		return r;
	if ((!b.kernel || !*b.kernel) && (!b.program || !*b.program))
		return err_set(e, ERR_ABSENT, "this boot entry starts no Linux kernel");
	if (!strbuf_ok(&options))
		return err_set(e, ERR_LIMIT, "options of more than %zu bytes",
			       LIMIT_TEXT);
	if (options.n) {
		r = set_text(a, &b.options, slice_str(options.s), e);
		if (r < 0)
			return r;
	}
	if (slice_ends(id, ".conf"))
		id.n -= strlen(".conf");
	r = set_text(a, &b.id, id, e);
	if (r < 0)
		return r;
	if (!b.title)
		b.title = b.id;
	*ret = b;
	return 0;
}

/* --- Order --- */

/* Takes the run of digits (or of letters) off the front. */
static struct slice take_run(struct slice *s, bool digits)
{
	size_t n = 0;
	struct slice run;

	while (n < s->n && text_is_alnum(slice_at(*s, n)) &&
	       text_is_digit(slice_at(*s, n)) == digits)
		n++;
	run = slice_of(s->p, n);
	*s = slice_of(s->p + n, s->n - n);
	return run;
}

static int compare_bytes(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_digits(struct slice a, struct slice b)
{
	while (slice_at(a, 0) == '0')
		a = slice_of(a.p + 1, a.n - 1);
	while (slice_at(b, 0) == '0')
		b = slice_of(b.p + 1, b.n - 1);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return compare_bytes(a, b);
}

static void skip_separators(struct slice *s)
{
	for (int c = slice_at(*s, 0); c >= 0; c = slice_at(*s, 0)) {
		if (text_is_alnum(c) || c == '~' || c == '^')
			return;
		*s = slice_of(s->p + 1, s->n - 1);
	}
}

/* "~" sorts before everything, even the end; "^" after the end but before anything else.
 * 2 when neither decides. Both are taken off when both have it. */
static int compare_marks(struct slice *a, struct slice *b)
{
	int ca = slice_at(*a, 0), cb = slice_at(*b, 0);

	if (ca == '~' || cb == '~') {
		if (ca != cb)
			return ca == '~' ? -1 : 1;
	} else if (ca == '^' || cb == '^') {
		if (ca < 0 || cb < 0)
			return ca < 0 ? -1 : 1;
		if (ca != cb)
			return ca == '^' ? -1 : 1;
	} else {
		return 2;
	}
	*a = slice_of(a->p + 1, a->n - 1);
	*b = slice_of(b->p + 1, b->n - 1);
	return 0;
}

int bls_version_cmp(struct slice a, struct slice b)
{
	while (a.n || b.n) {
		struct slice run_a, run_b;
		bool digits;
		int order;

		skip_separators(&a);
		skip_separators(&b);
		order = compare_marks(&a, &b);
		if (order == 0)
			continue;
		if (order != 2)
			return order;
		if (!a.n || !b.n)
			break;
		digits = text_is_digit(slice_at(a, 0));
		run_a = take_run(&a, digits);
		run_b = take_run(&b, digits);
		if (!run_b.n) /* a number is newer than letters */
			return digits ? 1 : -1;
		order = digits ? compare_digits(run_a, run_b)
			       : compare_bytes(run_a, run_b);
		if (order)
			return order;
	}
	return (a.n > 0) - (b.n > 0);
}

/* Takes what follows the last "-" off the end; the whole when there is none. */
static struct slice take_last(struct slice *s)
{
	struct slice last = *s;

	for (size_t i = s->n; i > 0; i--) {
		if (slice_at(*s, i - 1) != '-')
			continue;
		last = slice_of(s->p + i, s->n - i);
		s->n = i - 1;
		return last;
	}
	s->n = 0;
	return last;
}

static int compare_grub(const void *left, const void *right)
{
	struct slice a = slice_str(((const struct bls_entry *)left)->id);
	struct slice b = slice_str(((const struct bls_entry *)right)->id);
	struct slice release_a = take_last(&a), release_b = take_last(&b);
	struct slice version_a = take_last(&a), version_b = take_last(&b);
	int order = bls_version_cmp(b, a);

	if (order == 0)
		order = bls_version_cmp(version_b, version_a);
	return order ? order : bls_version_cmp(release_b, release_a);
}

void bls_sort_grub(bls_list *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare_grub);
}

static int compare_optional(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_systemd(const void *left, const void *right)
{
	const struct bls_entry *a = left, *b = right;
	int order;

	if (!a->sort_key != !b->sort_key)
		return a->sort_key ? -1 : 1;
	if (a->sort_key) {
		order = strcmp(a->sort_key, b->sort_key);
		if (order == 0)
			order = compare_optional(a->machine_id, b->machine_id);
		if (order == 0)
			order = bls_version_cmp(slice_str(b->version ? b->version : ""),
						slice_str(a->version ? a->version : ""));
		if (order)
			return order;
	}
	return bls_version_cmp(slice_str(b->id), slice_str(a->id));
}

void bls_sort_systemd(bls_list *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), compare_systemd);
}
