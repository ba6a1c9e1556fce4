/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The container of the lzop program: a header with its own checksum, then blocks of
 * LZO1X data with Adler-32 or CRC-32 sums, then a block length of zero. All numbers are
 * big-endian. The flags and the order of the fields are those that lzop 1.04 writes.
 */
#include <stdlib.h>

#include <zlib.h>

#include "decoder.h"
#include "lzo1x.h"

enum {
	LZOP_MAGIC = 9,           /* bytes, before what the header's checksum covers */
	LZOP_BLOCK = 256 * 1024,  /* the largest block that lzop writes and Linux reads */
	LZOP_HEAD_MAX = 34 + 255, /* the fixed fields and the name */
	LZOP_EXTRA_MAX = 64 * 1024,
};

enum lzop_flag {
	LZOP_ADLER32_OUT = 0x1,
	LZOP_ADLER32_IN = 0x2,
	LZOP_EXTRA = 0x40,
	LZOP_CRC32_OUT = 0x100,
	LZOP_CRC32_IN = 0x200,
	LZOP_FILTER = 0x800,
	LZOP_CRC32_HEAD = 0x1000,
};

/* From this version of the format on: the version needed, the level, 64 bits of time. */
#define LZOP_VERSION_LEVEL 0x0940

struct lzop {
	bool begun;
	uint32_t flags;
	uint8_t out[LZOP_BLOCK], packed[LZOP_BLOCK];
	/* The header as read, for its checksum. */
	uint8_t head[LZOP_HEAD_MAX];
	size_t head_n;
};

static int lzop_open(struct decoder *d, struct err *e)
{
	d->state = calloc(1, sizeof(struct lzop));
	return d->state ? 0 : decoder_nomem(e);
}

/* A number of `size` bytes of the stream. */
static int stream_number(struct decoder *d, size_t size, uint32_t *ret, struct err *e)
{
	uint8_t buf[4];
	struct slice s;
	uint32_t value = 0;
	int r;

	r = decoder_need(d, buf, size, &s, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < size; i++)
		value = value << 8 | (uint32_t)slice_at(s, i);
	*ret = value;
	return 0;
}

/* `n` bytes of the header, kept for its checksum. */
static int head_bytes(struct decoder *d, size_t n, struct reader *ret, struct err *e)
{
	struct lzop *z = d->state;
	size_t got;
	int r;

	if (n > sizeof(z->head) - z->head_n)
		return err_set(e, ERR_BUG, "lzop header buffer is too small");
	r = decoder_take(d, z->head + z->head_n, n, &got, e);
	if (r < 0)
		return r;
	if (got < n)
		return decoder_early(d, e);
	*ret = reader_of(slice_of(z->head + z->head_n, n));
	z->head_n += n;
	return 0;
}

static uint32_t sum_of(bool crc, struct slice s)
{
	return (uint32_t)(crc ? crc32_z(0, s.p, s.n) : adler32_z(1, s.p, s.n));
}

static int check_sum(struct decoder *d, bool crc, struct slice s, const char *of,
		     struct err *e)
{
	uint32_t want;
	int r;

	r = stream_number(d, 4, &want, e);
	if (r < 0)
		return r;
	if (want != sum_of(crc, s))
		return decoder_damaged(d, of, e);
	return 0;
}

/* The fields of varying size: read up to the name's length. */
static int head_fields(struct decoder *d, struct err *e)
{
	struct lzop *z = d->state;
	struct reader rd;
	uint16_t version;
	uint8_t method;
	size_t rest;
	int r;

	r = head_bytes(d, 4, &rd, e);
	if (r < 0)
		return r;
	version = rd_u16be(&rd);
	r = head_bytes(d, version >= LZOP_VERSION_LEVEL ? 8 : 5, &rd, e);
	if (r < 0)
		return r;
	if (version >= LZOP_VERSION_LEVEL)
		rd_skip(&rd, 2); /* version needed to extract */
	method = rd_u8(&rd);
	if (version >= LZOP_VERSION_LEVEL)
		rd_skip(&rd, 1); /* level */
	z->flags = rd_u32be(&rd);
	if (method < 1 || method > 3)
		return err_set(e, ERR_UNSUPPORTED, "lzo data of method %u", method);
	/* A filter, the mode, the time, and the length of the name. */
	rest = (z->flags & LZOP_FILTER ? 4u : 0u) +
	       (version >= LZOP_VERSION_LEVEL ? 12u : 8u) + 1;
	r = head_bytes(d, rest, &rd, e);
	if (r < 0)
		return r;
	rd_skip(&rd, rest - 1);
	r = head_bytes(d, rd_u8(&rd), &rd, e);
	if (r < 0)
		return r;
	if (z->flags & LZOP_FILTER)
		return err_set(e, ERR_UNSUPPORTED, "lzo data with a filter");
	return 0;
}

static int lzop_header(struct decoder *d, struct err *e)
{
	static const char magic[LZOP_MAGIC + 1] = "\x89LZO\0\r\n\x1a\n";
	struct lzop *z = d->state;
	uint8_t buf[LZOP_MAGIC];
	struct slice s;
	uint32_t extra = 0;
	int r;

	r = decoder_need(d, buf, sizeof(buf), &s, e);
	if (r < 0)
		return r;
	if (!slice_has(s, 0, magic, LZOP_MAGIC))
		return decoder_damaged(d, "invalid header", e);
	r = head_fields(d, e);
	if (r < 0)
		return r;
	r = check_sum(d, z->flags & LZOP_CRC32_HEAD, slice_of(z->head, z->head_n),
		      "wrong checksum of the header", e);
	if (r < 0 || !(z->flags & LZOP_EXTRA))
		return r;
	r = stream_number(d, 4, &extra, e);
	if (r < 0)
		return r;
	if (extra > LZOP_EXTRA_MAX)
		return decoder_damaged(d, "extra field too long", e);
	r = decoder_need(d, z->packed, extra, &s, e);
	if (r < 0)
		return r;
	return check_sum(d, z->flags & LZOP_CRC32_HEAD, s, "wrong checksum of the header",
			 e);
}

/* The sums in front of a block's data. */
struct sums {
	uint32_t adler, crc;
};

static int block_sums(struct decoder *d, uint32_t adler_flag, uint32_t crc_flag,
		      struct sums *ret, struct err *e)
{
	const struct lzop *z = d->state;
	int r = 0;

	if (z->flags & adler_flag)
		r = stream_number(d, 4, &ret->adler, e);
	if (r >= 0 && z->flags & crc_flag)
		r = stream_number(d, 4, &ret->crc, e);
	return r;
}

static bool sums_agree(const struct lzop *z, uint32_t adler_flag, uint32_t crc_flag,
		       struct sums want, struct slice s)
{
	return (!(z->flags & adler_flag) || want.adler == sum_of(false, s)) &&
	       (!(z->flags & crc_flag) || want.crc == sum_of(true, s));
}

/* The rest of a block whose output has `out_len` bytes. */
static int lzop_block(struct decoder *d, uint32_t out_len, struct slice *ret,
		      struct err *e)
{
	struct lzop *z = d->state;
	struct sums out_sums = {0}, in_sums = {0};
	struct slice packed;
	uint32_t len = 0;
	size_t made;
	bool stored;
	int r;

	r = stream_number(d, 4, &len, e);
	if (r < 0)
		return r;
	if (len == 0 || len > out_len)
		return decoder_damaged(d, "invalid block length", e);
	/* A block that would grow is stored, and has no second pair of sums. */
	stored = len == out_len;
	r = block_sums(d, LZOP_ADLER32_OUT, LZOP_CRC32_OUT, &out_sums, e);
	if (r >= 0 && !stored)
		r = block_sums(d, LZOP_ADLER32_IN, LZOP_CRC32_IN, &in_sums, e);
	if (r >= 0)
		r = decoder_need(d, z->packed, len, &packed, e);
	if (r < 0)
		return r;
	*ret = packed;
	if (!stored) {
		if (!sums_agree(z, LZOP_ADLER32_IN, LZOP_CRC32_IN, in_sums, packed))
			return decoder_damaged(d, "wrong checksum of packed data", e);
		if (!lzo1x_unpack(packed, z->out, out_len, &made) || made != out_len)
			return decoder_damaged(d, "invalid block", e);
		*ret = slice_of(z->out, out_len);
	}
	if (!sums_agree(z, LZOP_ADLER32_OUT, LZOP_CRC32_OUT, out_sums, *ret))
		return decoder_damaged(d, "wrong checksum", e);
	return 0;
}

static int lzop_read(struct decoder *d, struct slice *ret, struct err *e)
{
	struct lzop *z = d->state;
	uint32_t out_len = 0;
	int r;

	if (!z->begun) {
		r = lzop_header(d, e);
		if (r < 0)
			return r;
		z->begun = true;
	}
	r = stream_number(d, 4, &out_len, e);
	if (r < 0 || out_len == 0)
		return r;
	if (out_len > LZOP_BLOCK)
		return err_set(e, ERR_LIMIT,
			       "lzo data has a block of %u bytes: more than the %d that "
			       "Linux reads",
			       out_len, LZOP_BLOCK);
	return lzop_block(d, out_len, ret, e);
}

static void lzop_close(struct decoder *d)
{
	free(d->state);
}

const struct codec_ops codec_lzo = {
	.open = lzop_open,
	.read = lzop_read,
	.close = lzop_close,
};
