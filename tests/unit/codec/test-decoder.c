/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams made by the usual programs, fed in odd pieces, with other bytes behind them;
 * cut short; damaged. A program that is not installed is passed over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "codec.h"
#include "tool.h"

static const struct row {
	enum codec codec;
	bool has_end, has_sum; /* can a cut, can damage be noticed for sure? */
	const char *argv[6];
} rows[] = {
	{CODEC_GZIP, true, true, {"gzip", "-9n"}},
	{CODEC_GZIP, true, true, {"gzip", "-1"}},
	{CODEC_BZIP2, true, true, {"bzip2"}},
	{CODEC_XZ, true, true, {"xz", "-T1", "--block-size=65536"}},
	{CODEC_XZ,
	 true,
	 true,
	 {"xz", "-T1", "--check=crc32", "--x86", "--lzma2=preset=6"}},
	{CODEC_LZMA, true, false, {"xz", "--format=lzma"}},
	{CODEC_LZO, true, true, {"lzop", "-1"}},
	{CODEC_LZO, true, true, {"lzop", "-9", "--crc32"}},
	{CODEC_LZO, true, false, {"lzop", "-3", "-F"}},
	{CODEC_LZ4_LEGACY, false, false, {"lz4", "-l", "-9"}},
	{CODEC_LZ4, true, true, {"lz4", "-1"}},
	{CODEC_LZ4, true, true, {"lz4", "-9", "-BD", "-B4"}},
	{CODEC_ZSTD, true, true, {"zstd", "-19", "--long=27"}},
	{CODEC_ZSTD, true, true, {"zstd", "-3"}},
};

static const char trailing[] = "TRAILING BYTES \x1f\x8b of something else";
enum { TRAILING = sizeof(trailing) - 1 };

static struct bytes make_plain(size_t n)
{
	struct bytes b = {malloc(n ? n : 1), n};
	uint64_t x = 88172645463325252u;

	assert_non_null(b.p);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		/* Runs of noise, of text-like bytes, of one byte, of a long repetition.
		 */
		switch (i >> 14 & 3) {
		case 0:
			b.p[i] = (uint8_t)x;
			break;
		case 1:
			b.p[i] = "etaoin shrdlu"[x % 13];
			break;
		case 2:
			b.p[i] = 0;
			break;
		default:
			b.p[i] = i >= 40000 ? b.p[i - 40000] : (uint8_t)(i % 7);
		}
	}
	return b;
}

/* Input in pieces of `step` bytes. */
struct feed {
	struct slice all;
	size_t pos, step;
};

static int feed_fill(void *ctx, struct slice *ret, struct err *e)
{
	struct feed *f = ctx;
	size_t n = f->all.n - f->pos < f->step ? f->all.n - f->pos : f->step;

	(void)e;
	/* A piece of its own, so that reading beyond it is noticed. */
	static uint8_t *piece;
	free(piece);
	piece = malloc(n ? n : 1);
	assert_non_null(piece);
	memcpy(piece, f->all.p + f->pos, n);
	*ret = slice_of(piece, n);
	f->pos += n;
	return 0;
}

/* Decodes all of it; the output is to be freed. 0, or the decoder's error. */
static int decode(enum codec c, struct feed *f, struct bytes *ret_out,
		  struct bytes *ret_rest, struct err *e)
{
	struct codec_input in = {feed_fill, f};
	struct decoder *d = NULL;
	struct slice piece;
	int r;

	*ret_out = (struct bytes){NULL, 0};
	r = decoder_new(c, in, SLICE_NONE, &d, e);
	while (r >= 0) {
		r = decoder_read(d, &piece, e);
		if (r < 0 || piece.n == 0)
			break;
		ret_out->p = realloc(ret_out->p, ret_out->n + piece.n);
		assert_non_null(ret_out->p);
		memcpy(ret_out->p + ret_out->n, piece.p, piece.n);
		ret_out->n += piece.n;
	}
	if (r < 0 && d) {
		/* It stays an error. */
		assert_int_equal(decoder_read(d, &piece, e), r);
	} else if (d) {
		struct slice rest = decoder_rest(d);

		assert_int_equal(decoder_read(d, &piece, e), 0);
		assert_int_equal(piece.n, 0);
		ret_rest->n = rest.n + f->all.n - f->pos;
		ret_rest->p = malloc(ret_rest->n + 1);
		assert_non_null(ret_rest->p);
		if (rest.n)
			memcpy(ret_rest->p, rest.p, rest.n);
		memcpy(ret_rest->p + rest.n, f->all.p + f->pos, f->all.n - f->pos);
	}
	decoder_free(d);
	return r;
}

static struct bytes pack(const struct row *row, struct bytes plain)
{
	struct bytes b = tool_filter(row->argv, bytes_slice(plain));

	if (b.n == SIZE_MAX)
		print_message("no %s here\n", row->argv[0]);
	return b;
}

static void round_trip(const struct row *row, size_t size, size_t smallest)
{
	static const size_t steps[] = {1, 7, 4096, SIZE_MAX};
	struct bytes plain = make_plain(size), packed = pack(row, plain);

	if (packed.n != SIZE_MAX) {
		struct bytes all = {malloc(packed.n + TRAILING), packed.n + TRAILING};

		assert_non_null(all.p);
		memcpy(all.p, packed.p, packed.n);
		memcpy(all.p + packed.n, trailing, TRAILING);
		assert_int_equal(codec_detect(bytes_slice(packed)), row->codec);
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
			struct feed f = {bytes_slice(all), 0, steps[i]};
			struct bytes out, rest;
			struct err e = ERR_INIT;

			if (steps[i] < smallest)
				continue;
			assert_int_equal(decode(row->codec, &f, &out, &rest, &e), 0);
			assert_int_equal(e.code, ERR_NONE);
			assert_int_equal(out.n, plain.n);
			if (plain.n)
				assert_memory_equal(out.p, plain.p, plain.n);
			assert_int_equal(rest.n, TRAILING);
			assert_memory_equal(rest.p, trailing, TRAILING);
			free(out.p);
			free(rest.p);
		}
		free(all.p);
		free(packed.p);
	}
	free(plain.p);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("%s %s\n", rows[i].argv[0],
			      rows[i].argv[1] ? rows[i].argv[1] : "");
		round_trip(&rows[i], 0, 1);
		round_trip(&rows[i], 5, 1);
		round_trip(&rows[i], 70001, 1);
		round_trip(&rows[i], 700001, 4096);
	}
}

/* More than one block of 8 MiB. */
static void test_legacy_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].codec == CODEC_LZ4_LEGACY)
			round_trip(&rows[i], 9000000, 4096);
}

/* Cut anywhere, a stream with an end mark is damaged, and says so. */
static void test_cut(void **state)
{
	struct bytes plain = make_plain(20000);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct bytes packed = pack(row, plain);

		if (packed.n == SIZE_MAX)
			continue;
		for (size_t cut = row->has_end ? 0 : 9; cut < packed.n;
		     cut += 1 + (cut > 60 && cut + 60 < packed.n ? 900 : 0)) {
			struct feed f = {slice_of(packed.p, cut), 0, 4096};
			struct bytes out, rest;
			struct err e = ERR_INIT;

			assert_int_equal(decode(row->codec, &f, &out, &rest, &e),
					 -ERR_CORRUPT);
			assert_non_null(strstr(e.text, "ends early"));
			assert_true(out.n <= plain.n);
			if (out.n)
				assert_memory_equal(out.p, plain.p, out.n);
			free(out.p);
		}
		free(packed.p);
	}
	free(plain.p);
}

/* With a checksum, damage never passes as other output. */
static void test_damage(void **state)
{
	struct bytes plain = make_plain(20000);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct bytes packed = pack(row, plain);

		if (packed.n == SIZE_MAX)
			continue;
		for (size_t at = 0; at < packed.n; at += 1 + (at > 60 ? 900 : 0)) {
			struct feed f = {bytes_slice(packed), 0, SIZE_MAX};
			struct bytes out, rest;
			struct err e = ERR_INIT;
			int r;

			packed.p[at] ^= 0x24;
			r = decode(row->codec, &f, &out, &rest, &e);
			packed.p[at] ^= 0x24;
			if (r == 0) {
				if (row->has_sum) {
					assert_int_equal(out.n, plain.n);
					assert_memory_equal(out.p, plain.p, plain.n);
				}
				free(rest.p);
			} else {
				assert_true(e.text[0] != '\0');
			}
			free(out.p);
		}
		free(packed.p);
	}
	free(plain.p);
}

/* gzip's checksum and length at the end, with both gzip decoders. */
static void test_gzip_trailer(void **state)
{
	static const char *const argv[] = {"gzip", "-n", NULL};
	struct bytes plain = make_plain(300000);
	struct bytes packed = tool_filter(argv, bytes_slice(plain));

	(void)state;
	free(plain.p);
	if (packed.n == SIZE_MAX)
		skip();
	for (size_t back = 1; back <= 8; back++) {
		struct feed f = {bytes_slice(packed), 0, 1000};
		struct bytes out, rest;
		struct err e = ERR_INIT;

		packed.p[packed.n - back] ^= 1;
		assert_int_equal(decode(CODEC_GZIP, &f, &out, &rest, &e), -ERR_CORRUPT);
		packed.p[packed.n - back] ^= 1;
		free(out.p);
	}
	free(packed.p);
}

static void expect_error(enum codec c, struct slice s, enum err_code code,
			 const char *words)
{
	struct feed f = {s, 0, SIZE_MAX};
	struct bytes out, rest;
	struct err e = ERR_INIT;

	assert_int_equal(decode(c, &f, &out, &rest, &e), -(int)code);
	assert_non_null(strstr(e.text, words));
	free(out.p);
}

/* Declared windows above the cap are refused before memory is taken. */
static void test_windows(void **state)
{
	static const char lzma[] = "\x5d\0\0\0\x40\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0";
	static const char zstd[] = "\x28\xb5\x2f\xfd\0\x90\x01\0\0";
	static const char xz[] =
		"\xfd\x37zXZ\0\0\1\x69\x22\xde\x36"     /* CRC32 */
		"\2\0\x21\1\x24\0\0\0\x5e\x1f\xc7\xf9"; /* LZMA2, 1 GiB of dictionary */

	(void)state;
	expect_error(CODEC_LZMA, slice_of(lzma, sizeof(lzma) - 1), ERR_LIMIT,
		     "dictionary of about 1024 MiB");
	expect_error(CODEC_ZSTD, slice_of(zstd, sizeof(zstd) - 1), ERR_LIMIT,
		     "above the 128 MiB");
	expect_error(CODEC_XZ, slice_of(xz, sizeof(xz) - 1), ERR_LIMIT,
		     "dictionary of about 1024 MiB");
}

static void test_detect(void **state)
{
	(void)state;
	assert_int_equal(codec_detect(slice_str("070701")), CODEC_NONE);
	assert_int_equal(codec_detect(SLICE_NONE), CODEC_NONE);
	assert_int_equal(codec_detect(slice_str("\x1f")), CODEC_NONE);
	assert_string_equal(codec_name(CODEC_NONE), "none");
	assert_string_equal(codec_name(CODEC_LZ4_LEGACY), "lz4-legacy");
	assert_string_equal(codec_name(CODEC_COUNT), "unknown");
}

static void test_decode_all(void **state)
{
	static const char *const argv[] = {"gzip", "-n", NULL};
	struct arena *a = arena_new(1 << 20), *tiny = arena_new(1000);
	struct bytes plain = make_plain(50000);
	struct bytes packed = tool_filter(argv, bytes_slice(plain));
	struct slice in = bytes_slice(packed), out;
	struct err e = ERR_INIT;

	(void)state;
	if (packed.n != SIZE_MAX) {
		assert_int_equal(codec_decode_all(CODEC_GZIP, in, 50000, a, &out, &e), 0);
		assert_int_equal(out.n, 50000);
		assert_memory_equal(out.p, plain.p, 50000);
		assert_int_equal(codec_decode_all(CODEC_GZIP, in, 49999, a, &out, &e),
				 -ERR_LIMIT);
		assert_int_equal(codec_decode_all(CODEC_GZIP, in, 50000, tiny, &out, &e),
				 -ERR_LIMIT);
		assert_int_equal(codec_decode_all(CODEC_XZ, in, 50000, a, &out, &e),
				 -ERR_CORRUPT);
		free(packed.p);
	}
	assert_int_equal(codec_decode_all(CODEC_NONE,
					  plain.n ? bytes_slice(plain) : SLICE_NONE,
					  50000, a, &out, &e),
			 -ERR_BUG);
	free(plain.p);
	arena_free(a);
	arena_free(tiny);
}

/* What fill() reports comes through. */
static int fill_failing(void *ctx, struct slice *ret, struct err *e)
{
	(void)ctx;
	(void)ret;
	return err_set(e, ERR_IO, "the disk is gone");
}

static void test_fill_error(void **state)
{
	(void)state;
	for (enum codec c = CODEC_NONE + 1; c < CODEC_COUNT; c++) {
		struct codec_input in = {fill_failing, NULL};
		struct err e = ERR_INIT;
		struct decoder *d;
		struct slice piece;

		assert_int_equal(decoder_new(c, in, SLICE_NONE, &d, &e), 0);
		assert_int_equal(decoder_read(d, &piece, &e), -ERR_IO);
		assert_string_equal(e.text, "the disk is gone");
		decoder_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),        cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_legacy_blocks), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damage),        cmocka_unit_test(test_gzip_trailer),
		cmocka_unit_test(test_windows),       cmocka_unit_test(test_decode_all),
		cmocka_unit_test(test_fill_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
