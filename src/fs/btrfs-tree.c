/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Searching: keys are sorted, inner nodes hold the first key of each node below them.
 * A walk along a tree is one search after another: the nodes on the way are kept.
 */
#include <inttypes.h>

#include "btrfs.h"

struct btrfs_key btrfs_read_key(struct reader *rd)
{
	struct btrfs_key k;

	k.id = rd_u64le(rd);
	k.type = rd_u8(rd);
	k.offset = rd_u64le(rd);
	return k;
}

int btrfs_compare(struct btrfs_key a, struct btrfs_key b)
{
	if (a.id != b.id)
		return a.id < b.id ? -1 : 1;
	if (a.type != b.type)
		return a.type < b.type ? -1 : 1;
	return a.offset == b.offset ? 0 : a.offset < b.offset ? -1 : 1;
}

/* How many keys of the node are at or before `key`. */
static uint32_t count_until(const struct btrfs *x, const struct btrfs_node *n,
			    struct btrfs_key key)
{
	uint32_t low = 0, high = n->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (btrfs_compare(btrfs_node_key(x, n, mid), key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct btrfs_wanted wanted_below(const struct btrfs *x, const struct btrfs_node *n,
					uint32_t slot, struct btrfs_key *first)
{
	struct reader rd = reader_of(slice_of(n->bytes, x->super.node));
	struct btrfs_wanted want = {.level = (uint8_t)(n->level - 1), .first = first};

	rd_seek(&rd, BTRFS_NODE_HEAD + (uint64_t)slot * (BTRFS_KEY + 16));
	*first = btrfs_read_key(&rd);
	want.at = rd_u64le(&rd);
	want.generation = rd_u64le(&rd);
	return want;
}

/* Where a search ended: in a leaf, behind the last key at or before the one wanted. */
struct ending {
	const struct btrfs_node *leaf;
	uint32_t behind;
	bool more;             /* the tree goes on behind this leaf, */
	struct btrfs_key next; /* at this key */
};

static int descend(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
		   struct ending *ret, struct err *e)
{
	struct btrfs_wanted want = {
		.at = t->at, .generation = t->generation, .level = t->level};
	struct btrfs_key first;
	struct ending end = {0};
	int r;

	for (;;) {
		r = btrfs_node_get(x, &want, &end.leaf, e);
		if (r < 0)
			return err_wrap(e, "tree %" PRIu64, t->id);
		end.behind = count_until(x, end.leaf, key);
		if (end.leaf->level == 0)
			break;
		if (end.behind < end.leaf->count) {
			end.more = true;
			end.next = btrfs_node_key(x, end.leaf, end.behind);
		}
		/* Before the first key of the tree: its first leaf is as good. */
		want = wanted_below(x, end.leaf, end.behind ? end.behind - 1 : 0, &first);
	}
	*ret = end;
	return 0;
}

static int item_at(const struct btrfs *x, const struct btrfs_node *leaf, uint32_t slot,
		   struct btrfs_item *ret, struct err *e)
{
	struct slice all = slice_of(leaf->bytes, x->super.node), data;
	struct reader rd = reader_of(all);
	uint32_t off, len;

	rd_seek(&rd, BTRFS_NODE_HEAD + (uint64_t)slot * (BTRFS_KEY + 8));
	ret->key = btrfs_read_key(&rd);
	off = rd_u32le(&rd);
	len = rd_u32le(&rd);
	if (!rd_ok(&rd) ||
	    !slice_sub(all, BTRFS_NODE_HEAD, all.n - BTRFS_NODE_HEAD, &data) ||
	    !slice_sub(data, off, len, &ret->bytes))
		return err_set(e, ERR_CORRUPT,
			       "node at %" PRIu64 ": item %" PRIu32 " lies outside of it",
			       leaf->at, slot);
	return 1;
}

int btrfs_floor(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
		struct btrfs_item *ret, struct err *e)
{
	struct ending end;
	int r = descend(x, t, key, &end, e);

	if (r < 0 || end.behind == 0)
		return r;
	return item_at(x, end.leaf, end.behind - 1, ret, e);
}

int btrfs_first(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
		struct btrfs_item *ret, struct err *e)
{
	struct ending end;
	int r;

	/* Twice at most: each node begins with the key that the one above it has. */
	for (;;) {
		r = descend(x, t, key, &end, e);
		if (r < 0)
			return r;
		if (end.behind &&
		    btrfs_compare(btrfs_node_key(x, end.leaf, end.behind - 1), key) == 0)
			end.behind--;
		if (end.behind < end.leaf->count)
			return item_at(x, end.leaf, end.behind, ret, e);
		if (!end.more)
			return 0;
		key = end.next;
	}
}

int btrfs_get(struct btrfs *x, const struct btrfs_tree *t, struct btrfs_key key,
	      struct btrfs_item *ret, struct err *e)
{
	struct btrfs_item item;
	int r = btrfs_floor(x, t, key, &item, e);

	if (r <= 0 || btrfs_compare(item.key, key) != 0)
		return r < 0 ? r : 0;
	*ret = item;
	return 1;
}
