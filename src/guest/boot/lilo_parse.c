/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lilo.conf: words, each with "=" and a value behind it or not. What stands before the
 * first "image" or "other" is for all of them.
 */
#include "boot/mapped.h"
#include "limits.h"
#include "path.h"
#include "strbuf.h"
#include "text.h"

/* Of one image, or of all. */
struct options {
	struct slice label, alias, kernel, root, initrd, append, added, literal;
	struct slice access; /* "ro", "rw" */
	unsigned line;
	bool any;
};

struct parsing {
	struct slice text;
	size_t at;
	unsigned line;
	struct arena *a;
	struct options all, one;
	struct slice chosen;
	struct mapped_menu *menu;
	struct strbuf word;
};

/* --- Words --- */

static void skip_blanks(struct parsing *p)
{
	for (int c; (c = slice_at(p->text, p->at)) >= 0; p->at++) {
		if (c == '#')
			p->at = slice_find(p->text, p->at, '\n');
		if (c == '\n' || c == '#')
			p->line++;
		else if (!text_is_blank(c))
			return;
	}
}

/* One byte of a word; false where it ends. A backslash takes the meaning of the next. */
static bool take_byte(struct parsing *p, bool quoted)
{
	int c = slice_at(p->text, p->at);

	if (c < 0 || (quoted ? c == '"' : text_is_blank(c) || c == '\n' || c == '='))
		return false;
	if (c == '\\' && slice_at(p->text, p->at + 1) >= 0) {
		c = slice_at(p->text, ++p->at);
		p->line += c == '\n';
		c = c == '\n' ? ' ' : c;
	} else {
		p->line += c == '\n';
	}
	strbuf_char(&p->word, (char)c);
	p->at++;
	return true;
}

/* A word, or what stands between quotes. ERR_ABSENT at the end of the text. */
static int next_word(struct parsing *p, struct slice *ret, struct err *e)
{
	bool quoted;
	const char *copy;

	skip_blanks(p);
	if (p->at >= p->text.n)
		return err_set(e, ERR_ABSENT, "the end");
	quoted = slice_at(p->text, p->at) == '"';
	p->at += quoted;
	p->word.n = 0;
	while (take_byte(p, quoted))
		;
	if (quoted && p->at >= p->text.n)
		return err_set(e, ERR_CORRUPT, "line %u: a quote is not closed", p->line);
	p->at += quoted;
	if (!strbuf_ok(&p->word))
		return err_set(e, ERR_LIMIT, "line %u: more than %zu bytes", p->line,
			       LIMIT_TEXT);
	copy = arena_strndup(p->a, slice_of(p->word.s, p->word.n));
	if (!copy)
		return arena_full(p->a, e);
	*ret = slice_of(copy, p->word.n);
	return 0;
}

/* --- Entries --- */

static struct slice first_of(struct slice own, struct slice of_all)
{
	return own.p ? own : of_all;
}

static const char *cmdline_of(struct parsing *p)
{
	const struct options *one = &p->one, *all = &p->all;
	struct slice root = first_of(one->root, all->root);
	struct slice access = first_of(one->access, all->access);
	struct slice append = first_of(one->append, all->append);
	struct slice added = first_of(one->added, all->added);

	if (one->literal.p || all->literal.p)
		return arena_strndup(p->a,
				     text_trim(first_of(one->literal, all->literal)));
	append = text_trim(append);
	added = text_trim(added);
	return arena_printf(
		p->a, "%s%.*s%s%.*s%s%.*s%s%.*s", root.n ? "root=" : "", (int)root.n,
		(const char *)root.p, root.n && access.n ? " " : "", (int)access.n,
		(const char *)access.p, (root.n || access.n) && append.n ? " " : "",
		(int)append.n, (const char *)append.p, added.n ? " " : "", (int)added.n,
		(const char *)added.p);
}

static bool is_chosen(const struct parsing *p, struct slice name)
{
	return p->chosen.n && slice_same(p->chosen, name);
}

static int end_entry(struct parsing *p, struct err *e)
{
	const struct options *one = &p->one;
	struct slice initrd = first_of(one->initrd, p->all.initrd);
	struct mapped_entry entry = {.line = one->line};

	if (!one->any)
		return 0;
	if (p->menu->entries.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	entry.label = arena_strndup(p->a, one->label.n ? one->label
						       : path_last_part(one->kernel));
	entry.cmdline = cmdline_of(p);
	if (one->kernel.n)
		entry.kernel = arena_strndup(p->a, one->kernel);
	if (one->kernel.n && initrd.n)
		entry.initrd = arena_strndup(p->a, initrd);
	if (is_chosen(p, one->alias))
		p->menu->chosen = entry.label;
	if (!entry.label || !entry.cmdline || (one->kernel.n && !entry.kernel) ||
	    (one->kernel.n && initrd.n && !entry.initrd) ||
	    !vec_push(p->a, &p->menu->entries, entry))
		return arena_full(p->a, e);
	p->one = (struct options){0};
	return 0;
}

static int begin_entry(struct parsing *p, bool kernel, struct slice value, struct err *e)
{
	int r = end_entry(p, e);

	p->one.any = true;
	p->one.line = p->line;
	if (kernel)
		p->one.kernel = value;
	else
		p->one.label = path_last_part(value);
	return r;
}

static int take(struct parsing *p, struct slice key, struct slice value, struct err *e)
{
	struct options *to = p->one.any ? &p->one : &p->all;
	const struct {
		const char *key;
		struct slice *field;
	} fields[] = {{"label", &to->label},     {"alias", &to->alias},
		      {"root", &to->root},       {"initrd", &to->initrd},
		      {"append", &to->append},   {"addappend", &to->added},
		      {"literal", &to->literal}, {"default", &p->chosen}};

	if (slice_eq(key, "image") || slice_eq(key, "other"))
		return begin_entry(p, slice_eq(key, "image"), value, e);
	if (slice_eq(key, "read-only"))
		to->access = slice_str("ro");
	if (slice_eq(key, "read-write"))
		to->access = slice_str("rw");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (slice_eq(key, fields[i].key))
			*fields[i].field = value;
	return 0;
}

static int parse_words(struct parsing *p, struct err *e)
{
	struct slice key, value;
	int r;

	while ((r = next_word(p, &key, e)) >= 0) {
		value = SLICE_NONE;
		skip_blanks(p);
		if (slice_at(p->text, p->at) == '=') {
			p->at++;
			r = next_word(p, &value, e);
			if (r == -ERR_ABSENT)
				r = err_set(e, ERR_CORRUPT, "line %u: a value is missing",
					    p->line);
		}
		if (r >= 0)
			r = take(p, key, value, e);
		if (r < 0)
			return r;
	}
	if (r != -ERR_ABSENT)
		return r;
	err_clear(e);
	return end_entry(p, e);
}

int lilo_parse(struct slice text, struct arena *a, struct mapped_menu *ret, struct err *e)
{
	struct mapped_menu menu = {0};
	struct parsing p = {.text = text,
			    .line = 1,
			    .a = a,
			    .menu = &menu,
			    .word = STRBUF_INIT(LIMIT_TEXT)};
	int r;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	r = parse_words(&p, e);
	strbuf_done(&p.word);
	if (r >= 0 && p.chosen.n && !menu.chosen) {
		menu.chosen = arena_strndup(a, p.chosen);
		if (!menu.chosen)
			return arena_full(a, e);
	}
	if (r >= 0)
		*ret = menu;
	return r;
}
