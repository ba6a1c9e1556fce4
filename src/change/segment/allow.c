/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What forbids modules inside the initramfs goes away: lines of modprobe.d become
 * comments, and words of dracut's part of the command line, which has no comments, lose
 * the names.
 */
#include "adding.h"

#include "escape.h"
#include "fits.h"
#include "limits.h"
#include "text.h"

bool is_to_go(const struct adding *g, const struct modprobe_fact *line)
{
	for (size_t i = 0; line->source.path && line->source.line && i < g->allowed->n;
	     i++)
		if (modprobe_forbids(line, g->allowed->v[i], false))
			return true;
	return false;
}

/* What is to go from this line; NULL: nothing. */
static const struct modprobe_fact *goes_at(const struct adding *g, const char *path,
					   unsigned line)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].source.line == line &&
		    text_same(list->v[i].source.path, path) && is_to_go(g, &list->v[i]))
			return &list->v[i];
	return NULL;
}

static bool is_allowed(const struct adding *g, struct slice name)
{
	const char *module = arena_strndup(g->a, name);

	for (size_t i = 0; module && i < g->allowed->n; i++)
		if (module_name_eq(module, g->allowed->v[i]))
			return true;
	return false;
}

/* "rd.driver.blacklist=a,b": the names that stay forbidden; none: no word is left. */
static void keep_names(const struct adding *g, struct slice word, struct strbuf *out)
{
	struct slice key, names, one;
	bool any = false, more = text_split(text_unquote(word), '=', &key, &names);

	while (more) {
		more = text_split(names, ',', &one, &names);
		if (!more)
			one = names;
		if (!one.n || is_allowed(g, one))
			continue;
		if (!any) {
			strbuf_add(out, key.p, key.n);
			strbuf_char(out, '=');
		}
		strbuf_str(out, any ? "," : "");
		strbuf_add(out, one.p, one.n);
		any = true;
	}
}

/* Every word that is told as one that forbids. */
static bool forbids_here(const struct adding *g, const char *path, unsigned line,
			 struct slice word)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].source.line == line &&
		    text_same(list->v[i].source.path, path) &&
		    modprobe_is_word(&list->v[i]) && is_to_go(g, &list->v[i]) &&
		    slice_eq(text_unquote(word), list->v[i].argument))
			return true;
	return false;
}

static void edit_words(const struct adding *g, const char *path, unsigned number,
		       struct slice line, struct strbuf *out)
{
	struct slice left = line, word, kept;
	size_t done = 0;

	while (text_word(&left, &word)) {
		size_t at = slice_offset(line, word);

		if (!forbids_here(g, path, number, word))
			continue;
		if (slice_sub(line, done, at - done, &kept))
			strbuf_add(out, kept.p, kept.n);
		keep_names(g, word, out);
		done = at + word.n;
	}
	if (slice_sub(line, done, line.n - done, &kept))
		strbuf_add(out, kept.p, kept.n);
}

/* All other bytes stay. A line that goes on behind a backslash is a comment as a whole:
 * modprobe.d(5) joins the lines first. */
static int edit_file(struct adding *g, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice body, line, kept;
	struct text t;
	size_t done = 0;
	const void *copy;

	if (!old_archive_file(&g->old, path, &body))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s in it cannot be changed: rebuild it",
			       escape_short(slice_str(path)).text);
	for (t = text_of(body); text_line(&t, &line); done = t.pos) {
		const struct modprobe_fact *f = goes_at(g, path, t.line);

		if (!slice_sub(body, done, t.pos - done, &kept))
			break;
		if (f && modprobe_is_word(f)) {
			edit_words(g, path, t.line, kept, &out);
			continue;
		}
		strbuf_str(&out, f ? "# " : "");
		strbuf_add(&out, kept.p, kept.n);
	}
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "%s has more than %zu bytes",
			       escape_short(slice_str(path)).text, LIMIT_CONFIG_FILE);
	copy = arena_memdup(g->a, out.s, out.n);
	return copy ? add_file(g, path, 0644, slice_of(copy, out.n), e)
		    : arena_full(g->a, e);
}

int add_allowed(struct adding *g, struct err *e)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;
	strs done = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		const char *path = list->v[i].source.path;

		if (!is_to_go(g, &list->v[i]) || strs_has(&done, path))
			continue;
		if (!vec_push(g->a, &done, path))
			return arena_full(g->a, e);
		r = edit_file(g, path, e);
	}
	return r;
}
