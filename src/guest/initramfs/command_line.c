/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the kernel's command line that dracut keeps in its image, before what the
 * boot loader gives (dracut.cmdline(7)).
 */
#include "reading.h"
#include "text.h"

/* Its argument is the word. */
static int blacklist(struct reading *g, struct word_fact from, struct slice module,
		     struct err *e)
{
	struct modprobe_fact fact = {.kind = "blacklist",
				     .module = arena_strndup(g->arena, module),
				     .argument = from.text,
				     .source = from.source};

	if (!fact.module || !vec_push(g->arena, &g->out->modprobe, fact))
		return arena_full(g->arena, e);
	return 0;
}

/* "rd.driver.pre=a,b" loads, others forbid. */
static int add_drivers(struct reading *g, struct word_fact from, struct slice key,
		       struct slice value, struct err *e)
{
	bool loads = slice_eq(key, "rd.driver.pre") || slice_eq(key, "rd.driver.post") ||
		     slice_eq(key, "rdloaddriver") || slice_eq(key, "rd_LOADDRIVER") ||
		     slice_eq(key, "modules_load") || slice_eq(key, "modules-load") ||
		     slice_eq(key, "rd.modules_load");
	bool forbids = slice_eq(key, "rd.driver.blacklist") ||
		       slice_eq(key, "rdblacklist") || slice_eq(key, "module_blacklist");
	bool more = true;
	struct slice one;
	int r = 0;

	while ((loads || forbids) && more && r >= 0) {
		more = text_split(value, ',', &one, &value);
		if (!more)
			one = value;
		if (one.n)
			r = loads ? list_module(g, one, e) : blacklist(g, from, one, e);
	}
	return r;
}

static int add_word(struct reading *g, const struct source *source, struct slice word,
		    struct err *e)
{
	struct word_fact from = {arena_strndup(g->arena, word), *source};
	struct slice key, value;

	if (!from.text)
		return arena_full(g->arena, e);
	if ((slice_starts(word, "rd.") || slice_starts(word, "rd_")) &&
	    !vec_push(g->arena, &g->out->words, from))
		return arena_full(g->arena, e);
	return text_split(word, '=', &key, &value) ? add_drivers(g, from, key, value, e)
						   : 0;
}

static void forget_words(word_list *list, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!text_same(list->v[i].source.path, path))
			list->v[kept++] = list->v[i];
	list->n = kept;
}

int read_command_line(struct reading *g, struct slice path, struct slice body,
		      struct err *e)
{
	struct source source = {.path = arena_strndup(g->arena, path)};
	struct text t = text_of(body);
	struct slice line, word;
	int r = 0;

	if (!source.path)
		return arena_full(g->arena, e);
	forget_lines(&g->out->modprobe, source.path);
	forget_words(&g->out->words, source.path);
	while (r >= 0 && text_line(&t, &line)) {
		source.line = t.line;
		while (r >= 0 && text_word(&line, &word))
			r = add_word(g, &source, text_unquote(word), e);
	}
	return r < 0 ? r : read_words(g, path, body, e);
}
