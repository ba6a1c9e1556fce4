/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of the kernel's command line that dracut keeps in its image, before what the
 * boot loader gives (dracut.cmdline(7)).
 */
#include <string.h>

#include "limits.h"
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

/* What a word does with the drivers that it lists. */
enum use { NO_DRIVERS, LOADS, FORBIDS };

static enum use use_of(struct slice key)
{
	static const struct {
		const char *key;
		enum use use;
	} rows[] = {
		{"rd.driver.pre", LOADS},   {"rd.driver.post", LOADS},
		{"rdloaddriver", LOADS},    {"rd_LOADDRIVER", LOADS},
		{"modules_load", LOADS},    {"modules-load", LOADS},
		{"rd.modules_load", LOADS}, {"rd.driver.blacklist", FORBIDS},
		{"rdblacklist", FORBIDS},   {"module_blacklist", FORBIDS},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (slice_eq(key, rows[i].key))
			return rows[i].use;
	return NO_DRIVERS;
}

/* "rd.driver.pre=a,b". */
static int add_drivers(struct reading *g, struct word_fact from, enum use use,
		       struct slice value, struct err *e)
{
	struct slice one;
	bool more = true;
	int r = 0;

	while (more && r >= 0) {
		more = text_split(value, ',', &one, &value);
		if (!more)
			one = value;
		if (one.n)
			r = use == LOADS ? list_module(g, one, e)
					 : blacklist(g, from, one, e);
	}
	return r;
}

/* dracut reads etc/cmdline.d by the names of its files, then etc/cmdline; archives have
 * them in any order. */
static bool comes_before(const char *a, const char *b)
{
	bool in_a = slice_starts(slice_str(a), "etc/cmdline.d/");
	bool in_b = slice_starts(slice_str(b), "etc/cmdline.d/");

	return in_a == in_b ? strcmp(a, b) < 0 : in_a;
}

static int keep_word(struct reading *g, struct word_fact word, struct err *e)
{
	word_list *list = &g->out->words;
	size_t at = list->n;

	if (at == LIMIT_INITRAMFS_WORDS)
		return err_set(e, ERR_LIMIT, "more than %d words for dracut",
			       LIMIT_INITRAMFS_WORDS);
	if (!vec_push(g->arena, list, word))
		return arena_full(g->arena, e);
	for (; at > 0 && comes_before(word.source.path, list->v[at - 1].source.path);
	     at--)
		list->v[at] = list->v[at - 1];
	list->v[at] = word;
	return 0;
}

/* A word as written; it lasts only where it is wanted. */
static int add_word(struct reading *g, const struct source *source, struct slice word,
		    struct err *e)
{
	struct slice bare = text_unquote(word), key = bare, value = SLICE_NONE;
	bool own = slice_starts(bare, "rd.") || slice_starts(bare, "rd_");
	struct word_fact from = {.source = *source};
	enum use use;
	int r = 0;

	(void)text_split(bare, '=', &key, &value);
	use = use_of(key);
	if (!own && use == NO_DRIVERS)
		return 0;
	from.text = arena_strndup(g->arena, word);
	if (!from.text)
		return arena_full(g->arena, e);
	if (own)
		r = keep_word(g, from, e);
	if (r >= 0 && use != NO_DRIVERS)
		r = add_drivers(g, from, use, text_unquote(value), e);
	return r;
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
		while (r >= 0 && text_argument(&line, &word))
			r = add_word(g, &source, word, e);
	}
	return r < 0 ? r : read_words(g, path, body, e);
}
