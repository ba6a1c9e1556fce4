/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "patched.h"

#include "strmap.h"

enum { SECTOR = 512 };

struct sector {
	uint64_t number; /* the key */
	uint8_t bytes[SECTOR];
};

struct patched {
	struct blocks blocks;
	struct blocks *parent;
	struct arena *arena;
	struct strmap *sectors;
};

static struct sector *find(const struct patched *p, uint64_t number)
{
	return strmap_get(p->sectors, slice_of(&number, sizeof(number)));
}

static int patched_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			struct err *e)
{
	struct patched *p = (struct patched *)b;
	uint8_t *to = buf;
	int r = blocks_read(p->parent, off, buf, len, e);

	for (uint64_t at = off - off % SECTOR; r >= 0 && at < off + len; at += SECTOR) {
		const struct sector *s = find(p, at / SECTOR);
		uint64_t from = at < off ? off : at;
		uint64_t end = at + SECTOR < off + len ? at + SECTOR : off + len;

		if (s)
			memcpy(to + (from - off), s->bytes + (from - at),
			       (size_t)(end - from));
	}
	return r;
}

/* The sector in memory, taken from the disk when it is not there yet. */
static int take(struct patched *p, uint64_t number, struct sector **ret, struct err *e)
{
	uint64_t left = p->parent->size - number * SECTOR;
	struct sector *s = find(p, number);
	int r;

	*ret = s;
	if (s)
		return 0;
	s = arena_new_of(p->arena, struct sector);
	if (!s)
		return arena_full(p->arena, e);
	s->number = number;
	r = blocks_read(p->parent, number * SECTOR, s->bytes,
			left < SECTOR ? (size_t)left : SECTOR, e);
	if (r < 0)
		return r;
	*ret = s;
	return strmap_set(p->sectors, slice_of(&s->number, sizeof(s->number)), s)
		       ? 0
		       : arena_full(p->arena, e);
}

static int patched_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			 struct err *e)
{
	struct patched *p = (struct patched *)b;
	const uint8_t *from = buf;
	int r = 0;

	while (r >= 0 && len) {
		size_t in = (size_t)(off % SECTOR), n = SECTOR - in;
		struct sector *s = NULL;

		n = n < len ? n : len;
		r = take(p, off / SECTOR, &s, e);
		if (r < 0)
			break;
		memcpy(s->bytes + in, from, n);
		from += n;
		off += n;
		len -= n;
	}
	return r;
}

static void patched_done(struct blocks *b)
{
	arena_free(((struct patched *)b)->arena);
}

/* The guest's own replay writes the changes to their places. */
static int patched_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
			 void *ctx, struct err *e)
{
	return blocks_where(((struct patched *)b)->parent, off, len, fn, ctx, e);
}

static const struct blocks_ops patched_ops = {.read = patched_read,
					      .write = patched_write,
					      .where = patched_where,
					      .done = patched_done};

int blocks_patched(struct blocks *parent, size_t most, struct blocks **ret, struct err *e)
{
	struct patched *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, ERR_NOMEM, "out of memory");
	p->blocks = (struct blocks){.ops = &patched_ops,
				    .format = "journal",
				    .size = parent->size,
				    .sector_size = parent->sector_size};
	p->parent = parent;
	p->arena = arena_new(most);
	p->sectors = p->arena ? strmap_new(p->arena) : NULL;
	if (!p->sectors) {
		blocks_free(&p->blocks);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	*ret = &p->blocks;
	return 0;
}

bool blocks_patched_at(struct blocks *b, uint64_t off, uint64_t len)
{
	for (uint64_t at = off / SECTOR; at * SECTOR < off + len; at++)
		if (find((struct patched *)b, at))
			return true;
	return false;
}
