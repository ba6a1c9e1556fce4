/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single blocks: the compressed clusters of qcow2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>
#include <zstd.h>

#include "codec.h"

enum { BLOCK = 65536 };

static uint8_t plain[BLOCK], packed[BLOCK + 4096], out[BLOCK];

static void make_plain(void)
{
	for (size_t i = 0; i < BLOCK; i++)
		plain[i] = (uint8_t)(i % 251 * (i >> 9));
}

static size_t deflate_raw(void)
{
	z_stream z = {.next_in = plain,
		      .avail_in = BLOCK,
		      .next_out = packed,
		      .avail_out = sizeof(packed)};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -12, 9, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return sizeof(packed) - z.avail_out;
}

static size_t zstd_frame(void)
{
	size_t n = ZSTD_compress(packed, sizeof(packed), plain, BLOCK, 3);

	assert_false(ZSTD_isError(n));
	return n;
}

static struct codec_blocks blocks;

typedef int (*unpack_fn)(struct codec_blocks *c, struct slice in, void *to,
			 size_t out_len, struct err *e);

static void check(unpack_fn unpack, size_t n, size_t end_mark)
{
	struct err e = ERR_INIT;

	memset(out, 0, BLOCK);
	assert_int_equal(unpack(&blocks, slice_of(packed, n), out, BLOCK, &e), 0);
	assert_memory_equal(out, plain, BLOCK);
	/* As qcow2 gives it: with the rest of a sector behind it. */
	memset(packed + n, 0xaa, 512);
	memset(out, 0, BLOCK);
	assert_int_equal(unpack(&blocks, slice_of(packed, n + 512), out, BLOCK, &e), 0);
	assert_memory_equal(out, plain, BLOCK);
	for (size_t cut = 0; cut + end_mark < n; cut += 1 + cut / 16) {
		assert_int_equal(unpack(&blocks, slice_of(packed, cut), out, BLOCK, &e),
				 -ERR_CORRUPT);
		assert_non_null(strstr(e.text, "ends early"));
	}
	/* A block that is shorter than it should be. */
	assert_int_equal(unpack(&blocks, slice_of(packed, n), plain, BLOCK + 0, &e), 0);
	{
		static uint8_t more[BLOCK + 1];

		assert_int_equal(
			unpack(&blocks, slice_of(packed, n), more, BLOCK + 1, &e),
			-ERR_CORRUPT);
		assert_non_null(strstr(e.text, "ends after 65536 of 65537"));
	}
}

static void test_deflate(void **state)
{
	(void)state;
	make_plain();
	check(codec_inflate_raw, deflate_raw(), 4);
}

static void test_zstd(void **state)
{
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	make_plain();
	n = zstd_frame();
	check(codec_zstd_block, n, 0);
	assert_int_equal(
		codec_zstd_block(&blocks, slice_of(packed, n), out, BLOCK - 1, &e),
		-ERR_CORRUPT);
	assert_non_null(strstr(e.text, "longer than its block"));
}

static void test_garbage(void **state)
{
	static const char junk[] = "\xff\xff\xff this is no compressed data at all";
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(codec_inflate_raw(&blocks, slice_str(junk), out, BLOCK, &e),
			 -ERR_CORRUPT);
	assert_int_equal(codec_zstd_block(&blocks, slice_str(junk), out, BLOCK, &e),
			 -ERR_CORRUPT);
	assert_int_equal(codec_inflate_raw(&blocks, SLICE_NONE, out, BLOCK, &e),
			 -ERR_CORRUPT);
	assert_int_equal(codec_zstd_block(&blocks, SLICE_NONE, out, BLOCK, &e),
			 -ERR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deflate),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_garbage),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	codec_blocks_done(&blocks);
	return failed;
}
