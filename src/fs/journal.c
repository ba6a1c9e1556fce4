/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recovery of a JBD2 journal as the kernel does it (ext4 documentation, "Journal (jbd2)";
 * fs/jbd2/recovery.c is the reference for what ends a log and what is damage): the log is
 * read once from its start; a transaction counts when its commit block is there; a block
 * revoked by a later transaction is not replayed; the last version of the others is.
 * Where the kernel would refuse to mount, this refuses to read.
 */
#include "journal-log.h"

#include <inttypes.h>
#include <stdlib.h>

#include "limits.h"

static int compare_tags(const void *a, const void *b)
{
	const struct journal_tag *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int compare_revokes(const void *a, const void *b)
{
	const struct journal_revoked *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->transaction > y->transaction) - (x->transaction < y->transaction);
}

/* Keeps the last revocation of each block; the list is sorted. */
static void merge_revokes(struct journal_log *l)
{
	struct journal_revoked *v = l->revokes.v;
	size_t n = 0;

	for (size_t i = 0; i < l->revokes_done; i++) {
		if (n && v[n - 1].block == v[i].block)
			n--;
		v[n++] = v[i];
	}
	l->revokes_done = n;
}

/* Was the block revoked in this transaction or after it? Blocks are asked for in rising
 * order, so one pass over the sorted revokes serves: `next` is where it stands. */
static bool is_revoked(const struct journal_log *l, const struct journal_tag *t,
		       size_t *next)
{
	const struct journal_revoked *v = l->revokes.v;

	while (*next < l->revokes_done && v[*next].block < t->block)
		(*next)++;
	return *next < l->revokes_done && v[*next].block == t->block &&
	       v[*next].transaction >= t->transaction;
}

static int choose_blocks(struct journal_log *l, struct overlay_block *list, size_t *ret_n,
			 struct err *e)
{
	size_t n = 0, next = 0;

	for (size_t i = 0; i < l->tags_done; i++) {
		const struct journal_tag *t = &l->tags.v[i];

		if (is_revoked(l, t, &next))
			continue;
		if (t->bad)
			return err_set(e, ERR_CORRUPT,
				       "transaction %" PRIu32 ": block %" PRIu64 " %s",
				       l->s.sequence + t->transaction, t->block, t->bad);
		if (n && list[n - 1].block == t->block)
			n--;
		list[n++] = (struct overlay_block){t->block, t->from, t->escaped};
	}
	*ret_n = n;
	return 0;
}

static int build_overlay(struct journal_log *l, struct blocks **ret, struct err *e)
{
	_cleanup_free_ struct overlay_block *list = NULL;
	size_t n;
	int r;

	list = malloc((l->tags_done + 1) * sizeof(*list));
	if (!list)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (l->tags_done)
		qsort(l->tags.v, l->tags_done, sizeof(*l->tags.v), compare_tags);
	if (l->revokes_done)
		qsort(l->revokes.v, l->revokes_done, sizeof(*l->revokes.v),
		      compare_revokes);
	merge_revokes(l);
	r = choose_blocks(l, list, &n, e);
	if (r >= 0)
		r = journal_overlay(l->file->blocks, l->file->block_size, list, n, ret,
				    e);
	if (r >= 0)
		TAKE_PTR(list);
	return r;
}

/* Does the ring that the superblock describes lie in the file? */
static int check_super(struct journal_log *l, struct err *e)
{
	const struct journal_super *s = &l->s;

	if (s->block_size != l->file->block_size)
		return err_set(e, ERR_CORRUPT,
			       "superblock: blocks of %" PRIu32 " bytes in a file "
			       "system of %" PRIu32,
			       s->block_size, l->file->block_size);
	if (s->end > LIMIT_JOURNAL_BLOCKS)
		return err_set(e, ERR_LIMIT,
			       "it has %" PRIu32 " blocks; at most %u are read", s->end,
			       LIMIT_JOURNAL_BLOCKS);
	if (s->end > l->file->count || !map_covers(l->file->map, 0, s->end))
		return err_set(e, ERR_CORRUPT, "its file is shorter than it says");
	l->end = s->end;
	if (s->incompat & JOURNAL_FAST) {
		if (s->fast_blocks >= s->end)
			return err_set(e, ERR_CORRUPT,
				       "superblock: %" PRIu32 " fast commit blocks",
				       s->fast_blocks);
		l->end -= s->fast_blocks;
	}
	if (s->first == 0 || s->first >= l->end || s->start >= l->end ||
	    (s->start && s->start < s->first))
		return err_set(e, ERR_CORRUPT,
			       "superblock: a log from %" PRIu32 " in blocks %" PRIu32
			       " to %" PRIu32,
			       s->start, s->first, l->end);
	return 0;
}

int journal_replay(const struct journal_file *file, struct blocks **ret,
		   uint32_t *ret_next, struct err *e)
{
	_cleanup_arena_ struct arena *arena = arena_new(LIMIT_JOURNAL_MEMORY);
	_cleanup_free_ uint8_t *window = malloc(JOURNAL_WINDOW);
	struct journal_log l = {.file = file, .arena = arena, .window = window};
	struct slice block;
	int r;

	if (!arena || !window)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (!map_covers(file->map, 0, 1))
		return err_set(e, ERR_CORRUPT, "its file is empty");
	l.s.end = 1; /* no more than the superblock is known to be there */
	r = journal_block(&l, 0, &block, e);
	if (r >= 0)
		r = journal_super_decode(block, &l.s, e);
	if (r >= 0)
		r = check_super(&l, e);
	if (r >= 0 && l.s.start) {
		r = journal_log_read(&l, e);
		if (r >= 0)
			r = build_overlay(&l, ret, e);
	}
	if (r < 0)
		return r;
	/* One number is left out, in case that a transaction of it was begun. */
	*ret_next = l.s.sequence + l.transaction + 1;
	return 0;
}
