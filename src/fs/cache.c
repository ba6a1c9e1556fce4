/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cache of cache.h: chunks of fixed size, the least recently used one is replaced.
 * A read that misses several neighbours fetches them with one read of the parent.
 */
#include "cache.h"

#include <string.h>

#include "limits.h"

enum {
	CHUNK = LIMIT_CACHE_CHUNK,
	SLOTS = LIMIT_CACHE_CHUNKS,
	/* A read of more chunks than this goes to the parent and is not kept. */
	SPAN_MAX = 4
};

struct slot {
	uint64_t chunk; /* number, valid when data is set */
	uint64_t used;
	uint8_t *data;
};

struct cache {
	struct blocks blocks;
	struct blocks *parent;
	uint64_t clock;
	struct slot slots[SLOTS];
};

static struct slot *find_chunk(struct cache *c, uint64_t chunk)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (c->slots[i].data && c->slots[i].chunk == chunk) {
			c->slots[i].used = ++c->clock;
			return &c->slots[i];
		}
	return NULL;
}

static struct slot *oldest_slot(struct cache *c)
{
	struct slot *oldest = &c->slots[0];

	for (size_t i = 0; i < SLOTS; i++) {
		if (!c->slots[i].data)
			return &c->slots[i];
		if (c->slots[i].used < oldest->used)
			oldest = &c->slots[i];
	}
	return oldest;
}

static int keep_chunk(struct cache *c, uint64_t chunk, const uint8_t *data, size_t len,
		      struct err *e)
{
	struct slot *s = oldest_slot(c);

	if (!s->data)
		s->data = malloc(CHUNK);
	if (!s->data)
		return err_set(e, ERR_NOMEM, "out of memory");
	memcpy(s->data, data, len);
	s->chunk = chunk;
	s->used = ++c->clock;
	return 0;
}

/* Reads the chunks [first, first + count), which are all missing. */
static int fetch(struct cache *c, uint64_t first, size_t count, struct err *e)
{
	_cleanup_free_ uint8_t *data = NULL;
	uint64_t off = first * CHUNK;
	uint64_t left = c->parent->size - off;
	size_t len = left < count * CHUNK ? (size_t)left : count * CHUNK;
	int r;

	data = malloc(len);
	if (!data)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(c->parent, off, data, len, e);
	for (size_t at = 0; r >= 0 && at < len; at += CHUNK)
		r = keep_chunk(c, first + at / CHUNK, data + at,
			       len - at < CHUNK ? len - at : CHUNK, e);
	return r;
}

static int cache_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		      struct err *e)
{
	struct cache *c = (struct cache *)b;
	uint64_t first = off / CHUNK, last = (off + len - 1) / CHUNK;
	uint8_t *to = buf;

	if (last - first >= SPAN_MAX)
		return blocks_read(c->parent, off, buf, len, e);
	for (uint64_t i = first; i <= last; i++) {
		size_t at = i == first ? (size_t)(off % CHUNK) : 0;
		size_t n = len < CHUNK - at ? len : CHUNK - at;
		struct slot *s = find_chunk(c, i);

		if (!s) {
			size_t count = 1;
			int r;

			while (i + count <= last && !find_chunk(c, i + count))
				count++;
			r = fetch(c, i, count, e);
			if (r < 0)
				return r;
			s = find_chunk(c, i);
			if (!s)
				return err_set(e, ERR_BUG, "a chunk just read is gone");
		}
		memcpy(to, s->data + at, n);
		to += n;
		len -= n;
	}
	return 0;
}

static void cache_done(struct blocks *b)
{
	struct cache *c = (struct cache *)b;

	for (size_t i = 0; i < SLOTS; i++)
		free(c->slots[i].data);
}

static int cache_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
		       void *ctx, struct err *e)
{
	return blocks_where(((struct cache *)b)->parent, off, len, fn, ctx, e);
}

static const struct blocks_ops cache_ops = {
	.read = cache_read, .where = cache_where, .done = cache_done};

int blocks_cache(struct blocks *parent, struct blocks **ret, struct err *e)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->blocks = (struct blocks){.ops = &cache_ops,
				    .format = parent->format,
				    .size = parent->size,
				    .sector_size = parent->sector_size};
	c->parent = parent;
	*ret = &c->blocks;
	return 0;
}
