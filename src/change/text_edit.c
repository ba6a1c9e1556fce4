/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text_edit.h"

#include <string.h>

#include "escape.h"
#include "text.h"

static struct slice text_of_edit(const char *text)
{
	return slice_str(text ? text : "");
}

/* Where `part`, which text_word() took off `line`, begins and ends. */
struct span {
	size_t from, to;
};

static struct slice slice_between(struct slice s, size_t from, size_t to)
{
	struct slice part = SLICE_NONE;

	return slice_sub(s, from, to - from, &part) ? part : SLICE_NONE;
}

/* Do the words of `wanted` stand at the beginning of `at`? How many bytes they take. */
static bool starts_with_words(struct slice at, const char *wanted, size_t *ret_length)
{
	struct slice left = at, want = text_of_edit(wanted), a, b;

	*ret_length = 0;
	while (text_word(&want, &b)) {
		if (!text_word(&left, &a) || !slice_same(a, b))
			return false;
		*ret_length = slice_offset(at, a) + a.n;
	}
	return *ret_length > 0;
}

/* The next place at or behind `from` where these words stand. */
static bool find_words(struct slice line, size_t from, const char *wanted,
		       struct span *ret)
{
	struct slice left = slice_between(line, from, line.n), word;

	while (text_word(&left, &word)) {
		size_t start = slice_offset(line, word), length;

		if (starts_with_words(slice_between(line, start, line.n), wanted,
				      &length)) {
			*ret = (struct span){start, start + length};
			return true;
		}
	}
	return false;
}

/* Words that go away take the blank before them along. */
static size_t end_before(struct slice line, size_t from, const struct span *at,
			 const char *after)
{
	size_t end = at->from;

	if (*after)
		return end;
	while (end > from && text_is_blank(slice_at(line, end - 1)))
		end--;
	return end;
}

static int replace_words(struct slice line, const struct plan_edit *edit,
			 struct strbuf *out, struct err *e)
{
	const char *after = edit->after ? edit->after : "";
	struct span at;
	size_t from = 0;

	while (find_words(line, from, edit->before, &at)) {
		struct slice kept =
			slice_between(line, from, end_before(line, from, &at, after));

		strbuf_add(out, kept.p, kept.n);
		strbuf_str(out, after);
		from = at.to;
	}
	if (from == 0)
		return err_set(e, ERR_REFUSED, "line %llu of %s has no word %s",
			       (unsigned long long)edit->line,
			       escape_short(slice_str(edit->file)).text,
			       escape_short(text_of_edit(edit->before)).text);
	line = slice_between(line, from, line.n);
	strbuf_add(out, line.p, line.n);
	return 0;
}

/* Are they the same, blanks aside? */
static bool same_words(struct slice a, struct slice b)
{
	struct slice x, y;

	while (text_word(&a, &x))
		if (!text_word(&b, &y) || !slice_same(x, y))
			return false;
	return !text_word(&b, &y);
}

static void add_line(struct strbuf *out, struct slice line)
{
	strbuf_add(out, line.p, line.n);
	strbuf_char(out, '\n');
}

/* Takes as many lines off `t` as `edit` has before; the first of them is `line`. */
static int replace_lines(struct text *t, struct slice line, const struct plan_edit *edit,
			 struct strbuf *out, struct err *e)
{
	struct text before = text_of(text_of_edit(edit->before));
	struct text after = text_of(text_of_edit(edit->after));
	struct slice want;
	bool same = text_line(&before, &want) && same_words(line, want);

	while (same && text_line(&before, &want))
		same = text_line(t, &line) && same_words(line, want);
	if (!same)
		return err_set(e, ERR_REFUSED, "line %u of %s is not what it was",
			       t->line, escape_short(slice_str(edit->file)).text);
	while (text_line(&after, &line))
		add_line(out, line);
	return 0;
}

static bool same_edit(const struct plan_edit *a, const struct plan_edit *b)
{
	return a->line == b->line && a->whole == b->whole &&
	       strcmp(a->before ? a->before : "", b->before ? b->before : "") == 0 &&
	       strcmp(a->after ? a->after : "", b->after ? b->after : "") == 0;
}

/* Two steps may ask for the same. */
static bool was_before(const edit_refs *edits, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (same_edit(edits->v[i], edits->v[at]))
			return true;
	return false;
}

/* The line behind the last one that an edit changes. */
static uint64_t end_of_edit(const struct plan_edit *edit)
{
	struct text before = text_of(text_of_edit(edit->before));
	struct slice line;

	while (edit->whole && text_line(&before, &line))
		;
	return edit->line + (before.line ? before.line : 1);
}

/* Lines that go as a whole are no other edit's as well: it would not be made. */
static int check_apart(const edit_refs *edits, struct err *e)
{
	for (size_t i = 0; i < edits->n; i++)
		for (size_t k = 0; edits->v[i]->whole && k < edits->n; k++) {
			const struct plan_edit *a = edits->v[i], *b = edits->v[k];
			uint64_t line = a->line > b->line ? a->line : b->line;

			if (a->line && b->line && line < end_of_edit(a) &&
			    line < end_of_edit(b) && !same_edit(a, b))
				return err_set(e, ERR_REFUSED,
					       "two changes of line %llu of %s do not "
					       "go together",
					       (unsigned long long)line,
					       escape_short(slice_str(a->file)).text);
		}
	return 0;
}

static const struct plan_edit *edit_of_line(const edit_refs *edits, uint64_t line)
{
	for (size_t i = 0; i < edits->n; i++)
		if (edits->v[i]->line == line)
			return edits->v[i];
	return NULL;
}

/* Several edits of words may share a line: each works on what the one before left. */
static int edit_words(struct slice line, const edit_refs *edits, uint64_t number,
		      struct strbuf *out, struct err *e)
{
	_cleanup_strbuf_ struct strbuf now = STRBUF_INIT(out->max);
	int r = 0;

	strbuf_add(&now, line.p, line.n);
	for (size_t i = 0; r >= 0 && i < edits->n; i++) {
		_cleanup_strbuf_ struct strbuf next = STRBUF_INIT(out->max);
		struct strbuf swap;

		if (edits->v[i]->line != number || was_before(edits, i))
			continue;
		r = replace_words(slice_of(now.s, now.n), edits->v[i], &next, e);
		swap = now;
		now = next;
		next = swap;
	}
	if (r < 0)
		return r;
	strbuf_add(out, now.s, now.n);
	strbuf_char(out, '\n');
	return 0;
}

static bool has_line(struct slice text, struct slice wanted)
{
	struct text t = text_of(text);
	struct slice line;

	while (text_line(&t, &line))
		if (same_words(line, wanted))
			return true;
	return false;
}

static void add_last_lines(const edit_refs *edits, struct strbuf *out)
{
	for (size_t i = 0; i < edits->n; i++) {
		struct text after = text_of(
			text_of_edit(edits->v[i]->line ? NULL : edits->v[i]->after));
		struct slice line;

		while (text_line(&after, &line))
			if (!has_line(slice_of(out->s, out->n), line))
				add_line(out, line);
	}
}

static bool ends_in_line(struct slice text)
{
	return text.n && slice_at(text, text.n - 1) != '\n';
}

/* text_line() takes a carriage return away: it comes back where every line has one, and
 * there is no other. */
static int check_form(struct slice text, const struct plan_edit *first, bool *ret_dos,
		      struct err *e)
{
	struct escaped file = escape_short(slice_str(first->file));
	size_t returns = 0, ends = 0, both = 0;

	if (slice_find(text, 0, 0) < text.n)
		return err_set(e, ERR_REFUSED, "%s is no plain text: it has NUL bytes",
			       file.text);
	for (size_t i = 0; i < text.n; i++) {
		returns += slice_at(text, i) == '\r';
		ends += slice_at(text, i) == '\n';
		both += slice_has(text, i, "\r\n", 2);
	}
	*ret_dos = returns > 0;
	return !returns || (returns == both && ends == both)
		       ? 0
		       : err_set(e, ERR_REFUSED,
				 "%s has carriage returns that are no line ends like the "
				 "others: change it inside the guest",
				 file.text);
}

static void add_lines(struct strbuf *out, struct slice lines, bool dos)
{
	struct text t = text_of(lines);
	struct slice line;

	if (!dos)
		strbuf_add(out, lines.p, lines.n);
	while (dos && text_line(&t, &line)) {
		strbuf_add(out, line.p, line.n);
		strbuf_str(out, t.pos < lines.n || !ends_in_line(lines) ? "\r\n" : "");
	}
}

static int check_all_made(const edit_refs *edits, uint64_t lines, struct err *e)
{
	for (size_t i = 0; i < edits->n; i++)
		if (edits->v[i]->line > lines)
			return err_set(e, ERR_REFUSED, "%s has no line %llu",
				       escape_short(slice_str(edits->v[i]->file)).text,
				       (unsigned long long)edits->v[i]->line);
	return 0;
}

static int edit_lines(struct slice text, const edit_refs *edits, struct strbuf *out,
		      struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	int r = 0;

	while (r >= 0 && text_line(&t, &line)) {
		const struct plan_edit *edit = edit_of_line(edits, t.line);

		if (!edit)
			add_line(out, line);
		else if (edit->whole)
			r = replace_lines(&t, line, edit, out, e);
		else
			r = edit_words(line, edits, t.line, out, e);
	}
	return r < 0 ? r : check_all_made(edits, t.line, e);
}

int text_edit(struct slice text, const edit_refs *edits, struct strbuf *out,
	      struct err *e)
{
	_cleanup_strbuf_ struct strbuf now = STRBUF_INIT(out->max);
	bool dos = false;
	int r = edits->n ? check_form(text, edits->v[0], &dos, e) : 0;
	size_t n;

	if (r >= 0)
		r = check_apart(edits, e);
	if (r >= 0)
		r = edit_lines(text, edits, &now, e);
	if (r < 0)
		return r;
	n = now.n;
	add_last_lines(edits, &now);
	/* A last line without a newline stays one, unless others follow. */
	n = now.n == n && n && ends_in_line(text) ? n - 1 : now.n;
	add_lines(out, slice_of(now.s, n), dos);
	return strbuf_ok(&now) && strbuf_ok(out)
		       ? 0
		       : err_set(e, ERR_LIMIT, "the new text is too long");
}
