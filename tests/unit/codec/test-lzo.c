/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LZO1X by hand, instruction by instruction, and damaged lzop files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "codec.h"
#include "lzo1x.h"

/* An lzop file without checksums of data, holding one block. */
static size_t lzop_file(uint8_t *to, uint32_t out_len, struct slice packed)
{
	/* Version 1.03, library 2.08, needs 0.94, LZO1X-1 level 3; no flags, mode, time
	 * and name; then the Adler-32 of these. */
	static const uint8_t start[] = "\x89LZO\0\r\n\x1a\n\x10\x30\x20\x80\x09\x40\1\3";
	static const uint8_t sum[] = {0x1a, 0x0f, 0x01, 0x2e};
	const uint8_t numbers[] = {(uint8_t)(out_len >> 24),  (uint8_t)(out_len >> 16),
				   (uint8_t)(out_len >> 8),   (uint8_t)out_len,
				   (uint8_t)(packed.n >> 24), (uint8_t)(packed.n >> 16),
				   (uint8_t)(packed.n >> 8),  (uint8_t)packed.n};
	size_t n = sizeof(start) - 1;

	memcpy(to, start, n);
	memset(to + n, 0, 17);
	n += 17;
	memcpy(to + n, sum, 4);
	n += 4;
	memcpy(to + n, numbers, 8);
	n += 8;
	memcpy(to + n, packed.p, packed.n);
	n += packed.n;
	memset(to + n, 0, 4);
	return n + 4;
}

#define END "\x11\0\0"

static const struct {
	const char *packed;
	size_t n;
	const char *out;
} good[] = {
	/* First byte: a literal run of 4, and nothing else. */
	{"\x15"
	 "abcd" END,
	 8, "abcd"},
	/* A run of 3 by the first byte, then 2 bytes from 2 back (0000DDSS after 1 to 3
	 * literals), with one literal behind. */
	{"\x14"
	 "abc"
	 "\x05\0"
	 "Z" END,
	 10, "abcbcZ"},
	/* A long literal run at the start: 3 + 15 + 1. */
	{"\0\1"
	 "0123456789abcdefghi" END,
	 24, "0123456789abcdefghi"},
	/* 01LDDDSS: 4 bytes from 1 back, an overlapping copy. */
	{"\x15"
	 "abcd"
	 "\x60\0" END,
	 10, "abcddddd"}, /* 011: length 4 */
	/* 001LLLLL with a long length: 2 + 31 + 2. */
	{"\x15"
	 "abcd"
	 "\x20\2\x0c\0" END,
	 12, "abcdabcdabcdabcdabcdabcdabcdabcdabcdabc"},
};

static void test_good(void **state)
{
	uint8_t out[100];
	size_t made;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		size_t n = strlen(good[i].out);

		assert_true(lzo1x_unpack(slice_of(good[i].packed, good[i].n), out,
					 sizeof(out), &made));
		assert_int_equal(made, n);
		assert_memory_equal(out, good[i].out, n);
	}
}

static const struct {
	const char *packed;
	size_t n;
	uint32_t out_len;
} bad[] = {
	{"\x15"
	 "abcd",
	 5, 8}, /* no end mark */
	{"\x15"
	 "abcd" END "x",
	 9, 20}, /* bytes behind it */
	{"\x16"
	 "abcde"
	 "\x60\0" END,
	 11, 8}, /* 9 bytes where 8 fit */
	{"\x15"
	 "abcd"
	 "\x60\1" END,
	 10, 20},              /* from before the start */
	{"\x10\0\0", 3, 4},    /* end mark with another length */
	{"\0\0\0\0", 4, 5000}, /* a length without end */
	{"\xff"
	 "abc" END,
	 7, 238}, /* literals beyond the input */
	{"\x15"
	 "abcd"
	 "\x60\0\x60\0" END,
	 12, 11}, /* a copy beyond the output */
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint8_t *out = malloc(bad[i].out_len);
		size_t made;

		assert_non_null(out);
		assert_false(lzo1x_unpack(slice_of(bad[i].packed, bad[i].n), out,
					  bad[i].out_len, &made));
		free(out);
	}
}

static void test_header(void **state)
{
	struct arena *a = arena_new(1 << 20);
	struct err e = ERR_INIT;
	struct slice out;
	uint8_t file[100];
	size_t n = lzop_file(file, 4,
			     slice_of("\x15"
				      "ab",
				      3));

	(void)state;
	file[20] = 1; /* a flag, so the checksum is wrong */
	assert_int_equal(codec_decode_all(CODEC_LZO, slice_of(file, n), 100, a, &out, &e),
			 -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "checksum of the header"));
	/* A block of four bytes that says it has five. */
	n = lzop_file(file, 5,
		      slice_of("\x15"
			       "ab" END,
			       6));
	file[n - 11] = 0;
	assert_int_equal(codec_decode_all(CODEC_LZO, slice_of(file, n), 100, a, &out, &e),
			 -ERR_CORRUPT);
	/* Larger blocks than Linux reads. */
	n = lzop_file(file, 256 * 1024 + 1,
		      slice_of("\x15"
			       "ab",
			       3));
	assert_int_equal(codec_decode_all(CODEC_LZO, slice_of(file, n), 100, a, &out, &e),
			 -ERR_LIMIT);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
