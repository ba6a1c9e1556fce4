/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Nodes of trees. A node is believed when its checksum is right, and it is the one that
 * was asked for: a copy that missed a write is sound, but older.
 */
#include <inttypes.h>

#include "btrfs.h"

enum { FSID_OFF = 32, POINTER = 33, ITEM = 25, SUM_END = 32 };

struct btrfs_key btrfs_node_key(const struct btrfs *x, const struct btrfs_node *n,
				uint32_t slot)
{
	struct reader rd = reader_of(slice_of(n->bytes, x->super.node));

	rd_seek(&rd, BTRFS_NODE_HEAD + (uint64_t)slot * (n->level ? POINTER : ITEM));
	return btrfs_read_key(&rd);
}

static int check_sum(const struct btrfs *x, struct slice all, struct err *e)
{
	uint8_t sum[BTRFS_SUM_MAX];
	struct slice summed;

	if (!slice_sub(all, SUM_END, all.n - SUM_END, &summed))
		return err_set(e, ERR_BUG, "a node shorter than its checksum");
	btrfs_sum(x->super.sum, summed, sum);
	return slice_has(all, 0, sum, btrfs_sum_len(x->super.sum))
		       ? 0
		       : err_set(e, ERR_CORRUPT, "its checksum is wrong");
}

/* Is it the node that was asked for? */
static int check_head(const struct btrfs *x, struct btrfs_node *n,
		      const struct btrfs_wanted *want, struct slice all, struct err *e)
{
	struct reader rd = reader_of(all);
	uint64_t at;

	rd_seek(&rd, FSID_OFF + 16);
	at = rd_u64le(&rd);
	rd_skip(&rd, 8 + 16);
	n->generation = rd_u64le(&rd);
	rd_skip(&rd, 8); /* its tree: a shared node keeps the first one's */
	n->count = rd_u32le(&rd);
	n->level = rd_u8(&rd);
	if (at != want->at || !slice_has(all, FSID_OFF, x->super.node_fsid, 16))
		return err_set(e, ERR_CORRUPT, "another one is in its place");
	if (n->generation != want->generation)
		return err_set(e, ERR_CORRUPT,
			       "it is of generation %" PRIu64 ", not %" PRIu64,
			       n->generation, want->generation);
	if (n->level != want->level)
		return err_set(e, ERR_CORRUPT, "it is of level %u, not %u", n->level,
			       want->level);
	if (n->count > (x->super.node - BTRFS_NODE_HEAD) / (n->level ? POINTER : ITEM))
		return err_set(e, ERR_CORRUPT, "%" PRIu32 " items do not fit", n->count);
	return 0;
}

/* A node begins with the key that the one above it has. Only a tree may be empty. */
static int check_first(const struct btrfs *x, const struct btrfs_node *n,
		       const struct btrfs_wanted *want, struct err *e)
{
	if (n->count == 0)
		return !want->first && n->level == 0
			       ? 0
			       : err_set(e, ERR_CORRUPT, "it is empty");
	if (want->first && btrfs_compare(btrfs_node_key(x, n, 0), *want->first) != 0)
		return err_set(e, ERR_CORRUPT,
			       "it begins with another key than it should");
	return 0;
}

static int check_order(const struct btrfs *x, const struct btrfs_node *n, struct err *e)
{
	for (uint32_t i = 1; i < n->count; i++)
		if (btrfs_compare(btrfs_node_key(x, n, i - 1), btrfs_node_key(x, n, i)) >=
		    0)
			return err_set(e, ERR_CORRUPT, "its keys are out of order");
	return 0;
}

static int check_node(const struct btrfs *x, struct btrfs_node *n,
		      const struct btrfs_wanted *want, struct err *e)
{
	struct slice all = slice_of(n->bytes, x->super.node);
	int r = check_sum(x, all, e);

	if (r >= 0)
		r = check_head(x, n, want, all, e);
	if (r >= 0)
		r = check_first(x, n, want, e);
	return r < 0 ? r : check_order(x, n, e);
}

/* Reads one copy of the node. *ret_copies is how many there are. */
static int read_copy(struct btrfs *x, const struct btrfs_wanted *want, unsigned copy,
		     uint8_t *to, unsigned *ret_copies, struct err *e)
{
	uint64_t at = want->at, left = x->super.node;

	while (left) {
		struct btrfs_place p;
		int r = btrfs_place(x, at, left, copy, &p, e);

		if (r >= 0) {
			*ret_copies = p.copies;
			r = btrfs_place_read(&p, to, e);
		}
		if (r < 0)
			return r;
		to += p.len;
		at += p.len;
		left -= p.len;
	}
	return 0;
}

/* The first copy that is right. */
static int load(struct btrfs *x, struct btrfs_node *n, const struct btrfs_wanted *want,
		struct err *e)
{
	struct err why = ERR_INIT;
	unsigned copies = 1;

	for (unsigned copy = 0; copy < copies; copy++) {
		err_clear(&why);
		if (read_copy(x, want, copy, n->bytes, &copies, &why) >= 0 &&
		    check_node(x, n, want, &why) >= 0)
			return 0;
		if (why.code == ERR_NOMEM || why.code == ERR_BUG)
			break;
	}
	return err_set(e, why.code, "%s", why.text);
}

static struct btrfs_node *find_kept(struct btrfs *x, uint64_t at)
{
	struct btrfs_node *oldest = &x->nodes[0];

	for (size_t i = 0; i < BTRFS_NODES_KEPT; i++) {
		if (x->nodes[i].used && x->nodes[i].at == at)
			return &x->nodes[i];
		if (x->nodes[i].used < oldest->used)
			oldest = &x->nodes[i];
	}
	return oldest;
}

/* Was the node, which was right for another one who asked, meant here, too? */
static int check_kept(const struct btrfs *x, const struct btrfs_node *n,
		      const struct btrfs_wanted *want, struct err *e)
{
	if (n->level != want->level || n->generation != want->generation)
		return err_set(e, ERR_CORRUPT,
			       "two places name it, and differ in what it is");
	return check_first(x, n, want, e);
}

/* The way to the node may lead through nodes of the tree of chunks, which are kept here,
 * too: *n is taken meanwhile, by an address that no node has. */
static int fill(struct btrfs *x, struct btrfs_node *n, const struct btrfs_wanted *want,
		struct err *e)
{
	int r;

	if (!n->bytes)
		n->bytes = malloc(x->super.node);
	if (!n->bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	n->at = UINT64_MAX;
	n->used = ++x->clock;
	r = load(x, n, want, e);
	n->at = want->at;
	if (r < 0)
		n->used = 0;
	return r;
}

int btrfs_node_get(struct btrfs *x, const struct btrfs_wanted *want,
		   const struct btrfs_node **ret, struct err *e)
{
	struct btrfs_node *n = find_kept(x, want->at);
	int r;

	if (want->at % x->super.sector)
		r = err_set(e, ERR_CORRUPT, "a node cannot begin there");
	else if (n->used && n->at == want->at)
		r = check_kept(x, n, want, e);
	else
		r = fill(x, n, want, e);
	if (r < 0)
		return err_wrap(e, "node at %" PRIu64, want->at);
	n->used = ++x->clock;
	*ret = n;
	return 0;
}
