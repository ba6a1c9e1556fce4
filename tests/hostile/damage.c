/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "damage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"

enum { BLOCK = 4096, SECTOR = 512 };

struct damaged {
	struct blocks blocks;
	struct blocks *below;
	struct damage damage;
	struct touched *seen;
};

uint64_t damage_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static uint64_t below(uint64_t *random, uint64_t n)
{
	return n ? damage_random(random) % n : 0;
}

/* A byte of the disk: nine times in ten one that was read. */
static uint64_t place(uint64_t *random, const struct touched *t, uint64_t size)
{
	size_t i = (size_t)below(random, t->n);

	if (t->n == 0 || below(random, 10) == 0)
		return below(random, size);
	return t->v[i].off + below(random, t->v[i].len);
}

static uint64_t block_of(uint64_t off)
{
	return off / BLOCK * BLOCK;
}

/* Whole blocks, or what comes after a sector of them. */
static void choose_blocks(uint64_t *random, const struct touched *where, uint64_t size,
			  struct damage *ret)
{
	uint64_t skipped = ret->kind == DAMAGE_TORN ? SECTOR * (1 + below(random, 7)) : 0;

	ret->off = block_of(ret->off) + skipped;
	ret->from = block_of(place(random, where, size)) + skipped;
	ret->len = BLOCK - skipped;
}

void damage_choose(uint64_t *random, const struct touched *where, uint64_t size,
		   struct damage *ret)
{
	static const uint64_t pieces[] = {1, 4, 64, SECTOR, BLOCK};
	uint64_t start = place(random, where, size);

	*ret = (struct damage){.noise = (uint32_t)damage_random(random)};
	/* Flips are what readers get wrong most. */
	ret->kind = below(random, 2)
			    ? DAMAGE_FLIP
			    : DAMAGE_ZERO + below(random, DAMAGE_KINDS - DAMAGE_ZERO);
	ret->off = start;
	ret->len = pieces[below(random, sizeof(pieces) / sizeof(*pieces))];
	ret->bit_count = 1 + (size_t)below(random, DAMAGE_BITS);
	for (size_t i = 0; i < ret->bit_count; i++)
		ret->bits[i] = (start + below(random, ret->len)) * 8 + below(random, 8);
	if (ret->kind == DAMAGE_CUT)
		ret->off = start / SECTOR * SECTOR + SECTOR;
	else if (ret->kind >= DAMAGE_COPY)
		choose_blocks(random, where, size, ret);
}

const char *damage_text(const struct damage *d)
{
	static const char *const texts[DAMAGE_KINDS] = {
		[DAMAGE_NONE] = "nothing",
		[DAMAGE_ZERO] = "zeros",
		[DAMAGE_NOISE] = "noise",
		[DAMAGE_COPY] = "another block",
		[DAMAGE_SWAP] = "another block, and the other way round,",
		[DAMAGE_TORN] = "another block's end",
	};
	static char text[160];

	if (d->kind == DAMAGE_FLIP)
		snprintf(text, sizeof(text), "%zu bits flipped near %" PRIu64,
			 d->bit_count, d->bits[0] / 8);
	else if (d->kind == DAMAGE_CUT)
		snprintf(text, sizeof(text), "cut off at %" PRIu64, d->off);
	else if (d->kind >= DAMAGE_COPY)
		snprintf(text, sizeof(text),
			 "%" PRIu64 " bytes of %s from %" PRIu64 " at %" PRIu64, d->len,
			 texts[d->kind], d->from, d->off);
	else
		snprintf(text, sizeof(text), "%" PRIu64 " bytes of %s at %" PRIu64,
			 d->len, texts[d->kind], d->off);
	return text;
}

static uint8_t noise_at(uint32_t seed, uint64_t off)
{
	uint64_t state = seed + off * 0x9e3779b97f4a7c15 + 1;

	return (uint8_t)(damage_random(&state) >> 32);
}

static void spoil(const struct damage *d, uint64_t off, uint8_t *buf, size_t len)
{
	for (uint64_t at = d->off;
	     (d->kind == DAMAGE_ZERO || d->kind == DAMAGE_NOISE) && at < d->off + d->len;
	     at++)
		if (at >= off && at - off < len)
			buf[at - off] =
				d->kind == DAMAGE_ZERO ? 0 : noise_at(d->noise, at);
	for (size_t i = 0; d->kind == DAMAGE_FLIP && i < d->bit_count; i++)
		if (d->bits[i] / 8 >= off && d->bits[i] / 8 - off < len)
			buf[d->bits[i] / 8 - off] ^= (uint8_t)(1 << d->bits[i] % 8);
}

/* Bytes of [from, from + n), which lie at `to`, for what of them was read. */
static int lay_over(struct blocks *below, uint64_t from, uint64_t to, uint64_t n,
		    uint64_t off, uint8_t *buf, size_t len, struct err *e)
{
	uint64_t start = to > off ? to : off,
		 end = to + n < off + len ? to + n : off + len;
	uint64_t source = from + (start - to);

	/* Behind the end of the disk there is nothing to lay anywhere. */
	if (start >= end || source + (end - start) > below->size)
		return 0;
	return blocks_read(below, source, buf + (start - off), (size_t)(end - start), e);
}

static int move(const struct damaged *m, uint64_t off, uint8_t *buf, size_t len,
		struct err *e)
{
	const struct damage *d = &m->damage;
	int r = 0;

	if (d->kind == DAMAGE_COPY || d->kind == DAMAGE_SWAP || d->kind == DAMAGE_TORN)
		r = lay_over(m->below, d->from, d->off, d->len, off, buf, len, e);
	if (r >= 0 && d->kind == DAMAGE_SWAP)
		r = lay_over(m->below, d->off, d->from, d->len, off, buf, len, e);
	return r;
}

static int damaged_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			struct err *e)
{
	struct damaged *d = (struct damaged *)b;
	int r = blocks_read(d->below, off, buf, len, e);

	if (r >= 0)
		r = move(d, off, buf, len, e);
	if (r < 0)
		return r;
	spoil(&d->damage, off, buf, len);
	if (d->seen && d->seen->n < TOUCHED_MAX) {
		d->seen->v[d->seen->n].off = off;
		d->seen->v[d->seen->n++].len = len;
	}
	return 0;
}

int blocks_damaged(struct blocks *below, const struct damage *damage,
		   struct touched *seen, struct blocks **ret, struct err *e)
{
	static const struct blocks_ops ops = {.read = damaged_read};
	struct damaged *d = calloc(1, sizeof(*d));

	if (!d)
		return err_set(e, ERR_NOMEM, "out of memory");
	d->blocks = (struct blocks){.ops = &ops,
				    .format = below->format,
				    .size = below->size,
				    .sector_size = below->sector_size};
	if (damage->kind == DAMAGE_CUT && damage->off < below->size)
		d->blocks.size = damage->off;
	d->below = below;
	d->damage = *damage;
	d->seen = seen;
	*ret = &d->blocks;
	return 0;
}
