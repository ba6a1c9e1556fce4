/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of the formats share. */
#pragma once

#include <string.h>
#include <strings.h>

#include "limits.h"
#include "network/config.h"
#include "text.h"

/* A copy in the arena; an empty slice leaves *ret as it is. */
static inline int keep(struct arena *a, struct slice s, const char **ret, struct err *e)
{
	if (s.n == 0)
		return 0;
	*ret = arena_strndup(a, s);
	return *ret ? 0 : arena_full(a, e);
}

/* Without its first `n` bytes. */
static inline struct slice behind(struct slice s, size_t n)
{
	return n < s.n ? slice_of(s.p + n, s.n - n) : SLICE_NONE;
}

static inline bool is_one_of(struct slice s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (slice_same_folded(s, slice_str(words[i])))
			return true;
	return false;
}

/* What configuration files take for yes. */
static inline bool is_yes(struct slice s)
{
	static const char *const words[] = {"yes", "y", "true", "t", "1", "on", NULL};

	return is_one_of(s, words);
}

/* A file may not name more cards than a guest may have. */
static inline int add_card(struct arena *a, nic_list *list, struct nic_fact nic,
			   struct err *e)
{
	if (list->n == LIMIT_NICS)
		return err_set(e, ERR_LIMIT, "more than %d network cards", LIMIT_NICS);
	return vec_push(a, list, nic) ? 0 : arena_full(a, e);
}

static inline int refuse_binary(struct slice text, struct err *e)
{
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	return 0;
}
