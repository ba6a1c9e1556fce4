/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * include/linux/vermagic.h puts the words together: the release; SMP; preempt or
 * preempt_rt; mod_unload; modversions; what the architecture adds (on 32-bit x86 the
 * processor family, REGPARM, 4KSTACKS); and up to Linux 2.6.2x the compiler, gcc-X.Y.
 */
#include "vermagic.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "text.h"

static const char *const families[] = {
	"386",       "486",        "586",      "586TSC",   "586MMX",   "686",
	"PENTIUMII", "PENTIUMIII", "PENTIUMM", "PENTIUM4", "CORE2",    "ATOM",
	"K6",        "K7",         "K8",       "CRUSOE",   "EFFICEON", "WINCHIPC6",
	"WINCHIP2",  "WINCHIP3D",  "CYRIXIII", "VIAC3-2",  "VIAC7",    "ELAN",
	"GEODEGX1",  "GEODE",      NULL,
};

static const struct {
	const char *word, *kind;
} words[] = {
	{"SMP", "SMP"},
	{"preempt", "preemption"},
	{"preempt_rt", "preemption"},
	{"mod_unload", "module unloading"},
	{"modversions", "symbol versions"},
	{"REGPARM", "calling convention"},
	{"4KSTACKS", "stack size"},
	{"retpoline", "retpoline"},
};

static const char *kind_of(struct slice word, bool first)
{
	if (first)
		return "version";
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_eq(word, words[i].word))
			return words[i].kind;
	for (size_t i = 0; families[i]; i++)
		if (slice_eq(word, families[i]))
			return "processor family";
	if (slice_starts(word, "gcc-"))
		return "compiler";
	if (slice_starts(word, "RANDSTRUCT"))
		return "structure layout";
	return NULL;
}

int magic_split(const char *vermagic, struct arena *a, magic_words *ret, struct err *e)
{
	struct slice rest = slice_str(vermagic), word;

	while (text_word(&rest, &word)) {
		const char *copy = escape_dup(a, word),
			   *kind = kind_of(word, ret->n == 0);

		if (ret->n == LIMIT_VERMAGIC_WORDS)
			return err_set(e, ERR_LIMIT, "vermagic has more than %d words",
				       LIMIT_VERMAGIC_WORDS);
		/* A word that is not known is its own kind. */
		if (!copy ||
		    !vec_push(a, ret, ((struct magic_word){kind ? kind : copy, copy})))
			return arena_full(a, e);
	}
	return 0;
}

const char *magic_word(const magic_words *list, const char *kind)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].kind, kind) == 0)
			return list->v[i].word;
	return NULL;
}
