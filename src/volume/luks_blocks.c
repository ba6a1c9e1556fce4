/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An opened volume: sectors are decrypted as they are read, and encrypted as they are
 * written. Where a file lies on the disk is not passed on (`where`): these bytes are not
 * the disk's.
 */
#include "luks_crypto.h"
#include "luks_parts.h"

#include <string.h>

/* Sectors encrypted at once for a write; the largest that LUKS 2 has is 4096. */
enum { PIECE = 16384 };

struct opened {
	struct blocks blocks;
	struct blocks *below;
	struct crypto_cipher *cipher;
	uint64_t off, iv;
};

static struct opened *opened_of(struct blocks *b)
{
	return (struct opened *)b;
}

static uint64_t iv_at(const struct opened *o, uint64_t off)
{
	return o->iv + off / LUKS_SECTOR;
}

/* Whole sectors. */
static int read_sectors(struct opened *o, uint64_t off, uint8_t *to, size_t len,
			struct err *e)
{
	int r = blocks_read(o->below, o->off + off, to, len, e);

	return r < 0 ? r
		     : crypto_sectors(o->cipher, false, iv_at(o, off),
				      o->blocks.sector_size, to, len, e);
}

/* The part of a sector, from `skip` on: as much of it as is wanted. */
static int read_part(struct opened *o, uint64_t off, size_t skip, uint8_t *to, size_t n,
		     struct err *e)
{
	uint8_t sector[4096];
	int r = read_sectors(o, off, sector, o->blocks.sector_size, e);

	if (r >= 0)
		memcpy(to, sector + skip, n);
	return r;
}

/* How much of [off, off + len) the next step takes: whole sectors when it begins with
 * one, or what is wanted of a single one (*ret_skip bytes into it). */
static size_t next_step(const struct opened *o, uint64_t off, size_t len, size_t most,
			size_t *ret_skip)
{
	size_t unit = o->blocks.sector_size, skip = (size_t)(off % unit);

	*ret_skip = skip;
	if (skip == 0 && len >= unit) {
		len -= len % unit;
		return len < most ? len : most;
	}
	return len < unit - skip ? len : unit - skip;
}

static int opened_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		       struct err *e)
{
	struct opened *o = opened_of(b);
	uint8_t *to = buf;
	size_t n, skip;
	int r = 0;

	for (; r >= 0 && len; to += n, off += n, len -= n) {
		n = next_step(o, off, len, SIZE_MAX, &skip);
		r = n % b->sector_size == 0 ? read_sectors(o, off, to, n, e)
					    : read_part(o, off - skip, skip, to, n, e);
	}
	return r;
}

static int opened_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			struct err *e)
{
	struct opened *o = opened_of(b);
	const uint8_t *from = buf;
	uint8_t piece[PIECE];
	size_t n, skip;
	int r = 0;

	for (; r >= 0 && len; from += n, off += n, len -= n) {
		uint64_t at;
		size_t whole;

		n = next_step(o, off, len, sizeof(piece), &skip);
		at = off - skip;
		whole = n % b->sector_size == 0 ? n : b->sector_size;
		if (whole != n)
			r = read_sectors(o, at, piece, whole, e);
		if (r < 0)
			break;
		memcpy(piece + skip, from, n);
		r = crypto_sectors(o->cipher, true, iv_at(o, at), b->sector_size, piece,
				   whole, e);
		if (r >= 0)
			r = blocks_write(o->below, o->off + at, piece, whole, e);
	}
	explicit_bzero(piece, sizeof(piece));
	return r;
}

static void opened_done(struct blocks *b)
{
	crypto_cipher_free(opened_of(b)->cipher);
}

static const struct blocks_ops opened_ops = {
	.read = opened_read, .write = opened_write, .done = opened_done};

int luks_blocks(struct blocks *b, const struct luks *l, struct slice key,
		struct blocks **ret, struct err *e)
{
	struct opened *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->blocks = (struct blocks){.ops = &opened_ops,
				    .format = "encrypted volume",
				    .size = l->size,
				    .sector_size = l->sector_size};
	o->below = b;
	o->off = l->off;
	o->iv = l->iv;
	r = crypto_cipher_new(l->cipher, key, &o->cipher, e);
	if (r < 0) {
		free(o);
		return r;
	}
	*ret = &o->blocks;
	return 0;
}
