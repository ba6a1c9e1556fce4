/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The binary indexes that depmod(8) makes of modules.dep and modules.alias, and that kmod
 * reads instead of them: a trie over the keys, numbers in network order. The format is
 * that of kmod's libkmod/libkmod-index.h, version 2.1.
 */
#pragma once

#include "arena.h"
#include "err.h"
#include "slice.h"

struct kmod_index {
	struct slice bytes; /* borrowed */
	uint32_t root;
};

/* ERR_CORRUPT when these bytes are no such index, or one of another version. */
int kmod_index_open(struct slice bytes, struct kmod_index *ret, struct err *e);

/* The first value of exactly this key, borrowed: 1, or 0 when there is none. */
int kmod_index_find(const struct kmod_index *x, const char *key, struct slice *ret,
		    struct err *e);

/* Has the key this value, among others? 1 or 0. */
int kmod_index_has(const struct kmod_index *x, const char *key, const char *value,
		   struct err *e);

/* Tells every value of every key, keys in bytewise order; an error of `fn` ends it.
 * `priority`: as depmod orders the values of one key. ERR_LIMIT where the index is larger
 * than any, or winds itself. */
typedef int (*kmod_index_fn)(void *ctx, struct slice key, uint32_t priority,
			     struct slice value, struct err *e);
int kmod_index_each(const struct kmod_index *x, kmod_index_fn fn, void *ctx,
		    struct err *e);

/* As depmod writes an alias: dashes are underscores, but for those in brackets. NULL when
 * the arena is full. */
const char *kmod_alias_key(const char *alias, struct arena *a);
