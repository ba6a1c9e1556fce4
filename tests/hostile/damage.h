/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A disk with one kind of damage laid over it, and a record of what was read of it: the
 * image itself is never touched, so that a thousand damaged disks cost no copy.
 */
#pragma once

#include "blocks.h"

/* Ranges that were read, so that damage hits what matters. */
enum { TOUCHED_MAX = 1 << 16 };
struct touched {
	size_t n;
	struct {
		uint64_t off, len;
	} v[TOUCHED_MAX];
};

enum damage_kind {
	DAMAGE_NONE,
	DAMAGE_FLIP,  /* bits */
	DAMAGE_ZERO,  /* a piece is zeros, as after a discard */
	DAMAGE_NOISE, /* a piece is noise */
	DAMAGE_COPY,  /* a block lies in the place of another, too: a misdirected write */
	DAMAGE_SWAP,  /* two blocks lie in the place of each other */
	DAMAGE_TORN,  /* the end of a block is that of another: a write that broke off */
	DAMAGE_CUT,   /* the disk ends there */
	DAMAGE_KINDS
};

enum { DAMAGE_BITS = 16 };

struct damage {
	enum damage_kind kind;
	uint64_t off, len;          /* of all but FLIP; off alone of CUT */
	uint64_t from;              /* of COPY, SWAP and TORN: whose bytes lie there */
	uint64_t bits[DAMAGE_BITS]; /* of FLIP: offsets in bits */
	size_t bit_count;
	uint32_t noise; /* seed of NOISE */
};

/* A sequence of numbers that is the same everywhere (xorshift64*). */
uint64_t damage_random(uint64_t *state);

/* One damage, where something was read (or, now and then, anywhere). */
void damage_choose(uint64_t *random, const struct touched *where, uint64_t size,
		   struct damage *ret);

/* "3 bits flipped near 1048579"; valid until the next call. */
const char *damage_text(const struct damage *d);

/* `below` is borrowed and must outlive them; `seen` may be NULL. */
int blocks_damaged(struct blocks *below, const struct damage *d, struct touched *seen,
		   struct blocks **ret, struct err *e);
