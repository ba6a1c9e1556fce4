/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel_inside.h"

#include "codec.h"
#include "file_bytes.h"
#include "initramfs/pieces.h"
#include "limits.h"
#include "strbuf.h"
#include "x86_boot.h"

enum {
	HEAD_SIZE = 4096,
	/* drivers/firmware/efi/libstub/zboot-header.S */
	ZBOOT_MAGIC = 4,
	ZBOOT_PAYLOAD = 8,
};

static const char mark[] = "IKCFG_ST\x1f\x8b";
enum { MARK_SIZE = 10, GZIP_AT = 8 };

/* The part of the image that is the kernel proper. */
static int find_payload(const struct file *image, struct slice head, struct file *ret,
			struct err *e)
{
	struct reader rd = reader_of(head);
	uint64_t at = 0, size = image->node.size;

	if (x86_boot_is(head)) {
		struct x86_boot x;
		int r = x86_boot_read(head, &x, e);

		if (r < 0)
			return r;
		if (!x.payload)
			return err_set(
				e, ERR_ABSENT,
				"an image so old does not say where its kernel is");
		at = x.payload;
		size = x.payload_size;
	} else if (slice_has(head, ZBOOT_MAGIC, "zimg", 4)) {
		rd_seek(&rd, ZBOOT_PAYLOAD);
		at = rd_u32le(&rd);
		size = rd_u32le(&rd);
	}
	if (!rd_ok(&rd))
		return err_set(e, ERR_CORRUPT, "cut short in its head");
	return file_part(image, at, size, ret, e);
}

/* What comes out of a decoder, or of the file where it is not compressed. */
struct kernel_bytes {
	struct codec_input plain;
	struct decoder *packed; /* or NULL */
	struct slice piece;     /* taken from it, and not used yet */
	uint64_t total;
	uint8_t tail[MARK_SIZE - 1]; /* of what came before the piece */
	size_t tail_size;
};

/* 0 bytes at the end. What is left of a piece is lost. */
static int next_piece(struct kernel_bytes *b, struct err *e)
{
	int r = b->packed ? decoder_read(b->packed, &b->piece, e)
			  : b->plain.fill(b->plain.ctx, &b->piece, e);

	if (r < 0)
		return r;
	b->total += b->piece.n;
	if (b->total > LIMIT_KERNEL_UNPACKED)
		return err_set(e, ERR_LIMIT,
			       "no configuration in the first %llu MiB of the kernel",
			       (unsigned long long)(LIMIT_KERNEL_UNPACKED >> 20));
	return 0;
}

/* The mark may lie across the end of a piece. Where it ends in this one, or 0. */
static size_t find_across(const struct kernel_bytes *b)
{
	uint8_t both[2 * (MARK_SIZE - 1)];
	size_t more = b->piece.n < MARK_SIZE - 1 ? b->piece.n : MARK_SIZE - 1, at;
	struct reader tail = reader_of(slice_of(b->tail, b->tail_size));
	struct reader front = reader_of(b->piece);

	rd_copy(&tail, both, b->tail_size);
	rd_copy(&front, both + b->tail_size, more);
	at = slice_search(slice_of(both, b->tail_size + more), mark, MARK_SIZE);
	return at < b->tail_size + more ? at + MARK_SIZE - b->tail_size : 0;
}

static void keep_tail(struct kernel_bytes *b)
{
	size_t keep = b->piece.n < sizeof(b->tail) ? b->piece.n : sizeof(b->tail);
	size_t old = sizeof(b->tail) - keep;
	struct reader rd = reader_of(b->piece);

	if (old > b->tail_size)
		old = b->tail_size;
	for (size_t i = 0; i < old; i++)
		b->tail[i] = b->tail[b->tail_size - old + i];
	rd_skip(&rd, b->piece.n - keep);
	rd_copy(&rd, b->tail + old, keep);
	b->tail_size = old + keep;
}

/* Goes on to what follows the mark. */
static int find_mark(struct kernel_bytes *b, struct err *e)
{
	for (;;) {
		int r = next_piece(b, e);
		size_t at;

		if (r < 0)
			return r;
		if (b->piece.n == 0)
			return err_set(e, ERR_ABSENT, "no configuration inside");
		at = find_across(b);
		if (!at) {
			at = slice_search(b->piece, mark, MARK_SIZE);
			at = at < b->piece.n ? at + MARK_SIZE : 0;
		}
		if (at) {
			b->piece = slice_of(b->piece.p + at, b->piece.n - at);
			return 0;
		}
		keep_tail(b);
	}
}

static int fill_inner(void *ctx, struct slice *ret_piece, struct err *e)
{
	struct kernel_bytes *b = ctx;
	int r = b->piece.n ? 0 : next_piece(b, e);

	if (r < 0)
		return r;
	*ret_piece = b->piece;
	b->piece = SLICE_NONE;
	return 0;
}

static int unpack_config(struct kernel_bytes *b, struct arena *a, struct slice *ret,
			 struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *inner = NULL;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice magic = slice_of(mark + GZIP_AT, MARK_SIZE - GZIP_AT), piece;
	const void *copy;
	int r = decoder_new(CODEC_GZIP, (struct codec_input){fill_inner, b}, magic,
			    &inner, e);

	do {
		piece = SLICE_NONE;
		if (r >= 0)
			r = decoder_read(inner, &piece, e);
		strbuf_add(&text, piece.p, piece.n);
	} while (r >= 0 && piece.n);
	if (r < 0)
		return err_wrap(e, "its configuration");
	if (!strbuf_ok(&text))
		return err_set(e, ERR_LIMIT, "its configuration has more than %zu bytes",
			       LIMIT_CONFIG_FILE);
	copy = arena_memdup(a, text.s, text.n);
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, text.n);
	return 0;
}

static int read_config(const struct file *payload, struct arena *a, struct slice *ret,
		       struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *packed = NULL;
	struct file_bytes bytes = file_bytes_of(payload);
	struct kernel_bytes b = {0};
	struct file_pieces pieces;
	struct slice head;
	enum codec c;
	int r = file_bytes_head(&bytes, HEAD_SIZE, a, &head, e);

	if (r >= 0)
		r = file_pieces_open(payload, a, &pieces, &b.plain, e);
	if (r < 0)
		return r;
	c = codec_detect(head);
	if (c != CODEC_NONE)
		r = decoder_new(c, b.plain, SLICE_NONE, &packed, e);
	b.packed = packed;
	if (r >= 0)
		r = find_mark(&b, e);
	return r < 0 ? r : unpack_config(&b, a, ret, e);
}

int kernel_inside_config(const struct file *image, struct arena *a, struct slice *ret,
			 struct err *e)
{
	struct file_bytes bytes = file_bytes_of(image);
	struct file payload;
	struct slice head;
	int r = file_bytes_head(&bytes, HEAD_SIZE, a, &head, e);

	if (r >= 0)
		r = find_payload(image, head, &payload, e);
	return r < 0 ? r : read_config(&payload, a, ret, e);
}
