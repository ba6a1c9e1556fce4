/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single blocks of which the size is known only as a maximum: those of SquashFS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "codec.h"

enum { BLOCK = 8192 };

static uint8_t plain[BLOCK], packed[BLOCK + 4096], out[2 * BLOCK];

static size_t pack_zlib(void)
{
	uLongf n = sizeof(packed);

	assert_int_equal(compress2(packed, &n, plain, BLOCK, 9), Z_OK);
	return n;
}

/* Literals only: a run of 3 + 15 + 255 * 31 + 254, then the end mark. */
static size_t pack_lzo(void)
{
	const size_t zeroes = (BLOCK - 18) / 255;
	size_t n = 1;

	packed[0] = 0;
	memset(packed + n, 0, zeroes);
	n += zeroes;
	packed[n++] = (uint8_t)(BLOCK - 18 - zeroes * 255);
	memcpy(packed + n, plain, BLOCK);
	memcpy(packed + n + BLOCK, "\x11\0\0", 3);
	return n + BLOCK + 3;
}

static size_t pack_xz(void)
{
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, BLOCK,
						 packed, &n, sizeof(packed)),
			 LZMA_OK);
	return n;
}

static size_t pack_lz4(void)
{
	return (size_t)LZ4_compress_default((const char *)plain, (char *)packed, BLOCK,
					    sizeof(packed));
}

static size_t pack_zstd(void)
{
	return ZSTD_compress(packed, sizeof(packed), plain, BLOCK, 3);
}

static const struct {
	size_t (*pack)(void);
	codec_unpack_fn unpack;
} kinds[] = {
	{pack_zlib, codec_unpack_zlib}, {pack_lzo, codec_unpack_lzo},
	{pack_xz, codec_unpack_xz},     {pack_lz4, codec_unpack_lz4},
	{pack_zstd, codec_unpack_zstd},
};

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < BLOCK; i++)
		plain[i] = (uint8_t)(i % 251 * (i >> 9));
	return 0;
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t n = kinds[i].pack(), made = 0;
		struct err e = ERR_INIT;

		if (kinds[i].unpack(slice_of(packed, n), out, BLOCK, &made, &e) < 0)
			fail_msg("%zu: %s", i, e.text);
		assert_int_equal(made, BLOCK);
		assert_memory_equal(out, plain, BLOCK);
		/* There may be more room. */
		assert_int_equal(
			kinds[i].unpack(slice_of(packed, n), out, sizeof(out), &made, &e),
			0);
		assert_int_equal(made, BLOCK);
	}
}

/* Less room, bytes missing, bytes behind it, nothing at all: each an error. */
static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		size_t n = kinds[i].pack(), made = 0;
		codec_unpack_fn unpack = kinds[i].unpack;
		struct err e = ERR_INIT;

		assert_int_equal(unpack(slice_of(packed, n), out, BLOCK - 1, &made, &e),
				 -ERR_CORRUPT);
		assert_int_equal(unpack(slice_of(packed, n - 1), out, BLOCK, &made, &e),
				 -ERR_CORRUPT);
		memset(packed + n, 0xa5, 8);
		assert_int_equal(unpack(slice_of(packed, n + 8), out, BLOCK, &made, &e),
				 -ERR_CORRUPT);
		assert_non_null(strstr(e.text, "damaged"));
		assert_true(unpack(SLICE_NONE, out, BLOCK, &made, &e) < 0 || made == 0);
	}
}

/* A dictionary of 1 GiB is asked for by one byte of the block's header, behind the number
 * of the filter (LZMA2) and the length of its properties. */
static void test_dictionary(void **state)
{
	enum { HEAD = 12, GIB = 36 };
	struct slice header;
	size_t n = pack_xz(), made, at, len;
	struct err e = ERR_INIT;
	uint32_t crc;

	(void)state;
	len = packed[HEAD] * 4u;
	header = slice_of(packed + HEAD, len);
	at = slice_search(header, "\x21\x01", 2);
	assert_true(at < len);
	packed[HEAD + at + 2] = GIB;
	crc = lzma_crc32(packed + HEAD, len, 0);
	for (size_t i = 0; i < 4; i++)
		packed[HEAD + len + i] = (uint8_t)(crc >> 8 * i);
	assert_int_equal(codec_unpack_xz(slice_of(packed, n), out, BLOCK, &made, &e),
			 -ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_dictionary),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
