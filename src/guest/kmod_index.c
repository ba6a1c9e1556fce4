/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kmod_index.h"

#include <string.h>

#include "limits.h"

enum { MAGIC = 0xb007f457u, VERSION = 0x00020001u };
/* What a node has, in the top bits of the number that says where it is. */
enum {
	HAS_PREFIX = 0x80000000u,
	HAS_VALUES = 0x40000000u,
	HAS_CHILDREN = 0x20000000u,
	PLACE = 0x0fffffffu,
};

struct node {
	struct slice prefix; /* what all keys below go on with */
	uint8_t first;       /* of the characters that follow it */
	struct slice children;
	uint32_t value_count;
	struct reader values;
};

/* A string up to its zero byte. */
static struct slice read_string(struct reader *r)
{
	size_t end = slice_find(r->s, r->pos, '\0');
	struct slice s = rd_bytes(r, end - r->pos);

	rd_skip(r, 1);
	return s;
}

static int corrupt(uint32_t at, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the node at byte %u makes no sense", at & PLACE);
}

static int node_read(const struct kmod_index *x, uint32_t at, struct node *ret,
		     struct err *e)
{
	struct node n = {.values = reader_of(x->bytes)};
	struct reader *r = &n.values;

	rd_seek(r, at & PLACE);
	if (at & HAS_PREFIX)
		n.prefix = read_string(r);
	if (at & HAS_CHILDREN) {
		uint8_t last;

		n.first = rd_u8(r);
		last = rd_u8(r);
		if (last < n.first)
			return corrupt(at, e);
		n.children = rd_bytes(r, ((uint64_t)last - n.first + 1) * 4);
	}
	if (at & HAS_VALUES)
		n.value_count = rd_u32be(r);
	if (!rd_ok(r))
		return corrupt(at, e);
	*ret = n;
	return 0;
}

/* Where the child number `i` is; 0: there is none. */
static uint32_t child_at(const struct node *n, size_t i)
{
	struct reader r = reader_of(n->children);
	uint32_t at;

	rd_seek(&r, (uint64_t)i * 4);
	at = rd_u32be(&r);
	return rd_ok(&r) && (at & PLACE) ? at : 0;
}

int kmod_index_open(struct slice bytes, struct kmod_index *ret, struct err *e)
{
	struct reader r = reader_of(bytes);
	uint32_t magic = rd_u32be(&r), version = rd_u32be(&r), root = rd_u32be(&r);

	if (!rd_ok(&r) || magic != MAGIC)
		return err_set(e, ERR_CORRUPT, "not an index of depmod");
	if (version != VERSION)
		return err_set(e, ERR_CORRUPT, "an index of version %u.%u, not 2.1",
			       version >> 16, version & 0xffff);
	*ret = (struct kmod_index){bytes, root};
	return 0;
}

/* One step down a trie: takes the node's prefix off the key. */
static bool take_prefix(struct slice *key, struct slice prefix)
{
	return slice_has(*key, 0, prefix.p, prefix.n) &&
	       slice_sub(*key, prefix.n, key->n - prefix.n, key);
}

/* Goes down to the node where the key ends: 1, or 0 when there is none. */
static int node_find(const struct kmod_index *x, const char *key, struct node *ret,
		     struct err *e)
{
	struct slice left = slice_str(key);
	uint32_t at = x->root & PLACE ? x->root : 0;

	while (at) {
		int r = node_read(x, at, ret, e);
		int c;

		if (r < 0)
			return r;
		if (ret->prefix.n && !take_prefix(&left, ret->prefix))
			return 0;
		c = slice_at(left, 0);
		if (c < 0)
			return 1;
		at = c >= ret->first ? child_at(ret, (size_t)(c - ret->first)) : 0;
		left = slice_of(left.p + 1, left.n - 1);
	}
	return 0;
}

/* The next of the node's values, and its priority among those of one key: 1, or 0 behind
 * the last. */
static int next_value(struct node *n, uint32_t *ret_priority, struct slice *ret,
		      struct err *e)
{
	if (n->value_count == 0)
		return 0;
	n->value_count--;
	*ret_priority = rd_u32be(&n->values);
	*ret = read_string(&n->values);
	return rd_ok(&n->values)
		       ? 1
		       : err_set(e, ERR_CORRUPT, "a value goes on past the end");
}

int kmod_index_find(const struct kmod_index *x, const char *key, struct slice *ret,
		    struct err *e)
{
	struct node n;
	uint32_t priority;
	int r = node_find(x, key, &n, e);

	return r > 0 ? next_value(&n, &priority, ret, e) : r;
}

int kmod_index_has(const struct kmod_index *x, const char *key, const char *value,
		   struct err *e)
{
	struct slice one = SLICE_NONE;
	struct node n;
	uint32_t priority;
	int r = node_find(x, key, &n, e);

	while (r > 0) {
		r = next_value(&n, &priority, &one, e);
		if (r > 0 && slice_eq(one, value))
			return 1;
	}
	return r;
}

/* Going through all nodes; `key` is that of the node. */
struct tour {
	const struct kmod_index *x;
	kmod_index_fn fn;
	void *ctx;
	size_t nodes, values; /* told so far; a node may be reached on several ways */
	size_t n;
	uint8_t key[LIMIT_INDEX_KEY];
};

static int add_to_key(struct tour *t, struct slice part, struct err *e)
{
	if (part.n > sizeof(t->key) - t->n)
		return err_set(e, ERR_LIMIT, "a key has more than %d bytes",
			       LIMIT_INDEX_KEY);
	if (part.n)
		memcpy(t->key + t->n, part.p, part.n);
	t->n += part.n;
	return 0;
}

static int tell_values(struct tour *t, struct node *n, struct err *e)
{
	struct slice value = SLICE_NONE;
	uint32_t priority = 0;
	int r;

	for (;;) {
		r = next_value(n, &priority, &value, e);
		if (r > 0 && ++t->values > LIMIT_INDEX_VALUES)
			return err_set(e, ERR_LIMIT, "more than %d values",
				       LIMIT_INDEX_VALUES);
		if (r > 0)
			r = t->fn(t->ctx, slice_of(t->key, t->n), priority, value, e);
		else
			return r;
		if (r < 0)
			return r;
	}
}

/* As deep as a key is long: each step down takes a character. */
static int tour_node(struct tour *t, uint32_t at, struct err *e)
{
	size_t kept = t->n;
	struct node n;
	int r = node_read(t->x, at, &n, e);

	if (r >= 0 && ++t->nodes > LIMIT_INDEX_NODES)
		r = err_set(e, ERR_LIMIT, "more than %d nodes", LIMIT_INDEX_NODES);
	if (r >= 0)
		r = add_to_key(t, n.prefix, e);
	if (r >= 0)
		r = tell_values(t, &n, e);
	for (size_t i = 0; r >= 0 && i < n.children.n / 4; i++) {
		uint8_t c = (uint8_t)(n.first + i);
		uint32_t child = child_at(&n, i);

		if (!child)
			continue;
		r = add_to_key(t, slice_of(&c, 1), e);
		if (r >= 0)
			r = tour_node(t, child, e);
		t->n--;
	}
	t->n = kept;
	return r;
}

int kmod_index_each(const struct kmod_index *x, kmod_index_fn fn, void *ctx,
		    struct err *e)
{
	struct tour t = {.x = x, .fn = fn, .ctx = ctx};

	return x->root & PLACE ? tour_node(&t, x->root, e) : 0;
}

const char *kmod_alias_key(const char *alias, struct arena *a)
{
	char *key = arena_strdup(a, alias);
	bool inside = false;

	for (char *c = key; c && *c; c++) {
		inside = *c == '[' || (inside && *c != ']');
		if (*c == '-' && !inside)
			*c = '_';
	}
	return key;
}
