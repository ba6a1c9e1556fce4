/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the Btrfs reader that have published examples: checksums, and what the
 * superblock may say. oracle-btrfs.py reads whole images.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "blake2b.h"
#include "btrfs.h"
#include "limits.h"

static void expect_hex(const uint8_t *bytes, size_t n, const char *hex)
{
	char text[2 * 64 + 1];

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, hex);
}

static void expect_sum(enum btrfs_sum kind, const char *text, const char *hex)
{
	uint8_t sum[BTRFS_SUM_MAX];

	btrfs_sum(kind, slice_str(text), sum);
	expect_hex(sum, btrfs_sum_len(kind), hex);
}

static void test_sums(void **state)
{
	(void)state;
	expect_sum(BTRFS_CRC32C, "123456789", "839206e3"); /* e3069283 */
	expect_sum(BTRFS_XXHASH64, "", "99e9d85137db46ef");
	expect_sum(BTRFS_SHA256, "abc",
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_sum(BTRFS_BLAKE2, "abc",
		   "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
	/* As `btrfs inspect-internal dump-tree` shows the place of "default". */
	assert_int_equal(btrfs_name_hash(slice_str("default")), 2378154706u);
}

/* The self-test of RFC 7693, appendix E: hashes of many lengths, hashed. */
static void test_blake2b(void **state)
{
	static const size_t hash_lens[] = {20, 32, 48, 64};
	static const size_t in_lens[] = {0, 3, 128, 129, 255, 1024};
	uint8_t in[1024], all[4 * 6 * 64], hash[64];
	size_t n = 0;

	(void)state;
	blake2b(slice_str("abc"), hash, 64);
	expect_hex(hash, 64,
		   "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
		   "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
	for (size_t h = 0; h < 4; h++)
		for (size_t i = 0; i < 6; i++) {
			uint32_t a = 0xDEAD4BAD * (uint32_t)in_lens[i], b = 1;

			for (size_t k = 0; k < in_lens[i]; k++) {
				uint32_t t = a + b;

				a = b;
				b = t;
				in[k] = (uint8_t)(t >> 24);
			}
			blake2b(slice_of(in, in_lens[i]), all + n, hash_lens[h]);
			n += hash_lens[h];
		}
	/* The appendix goes on with hashes that have a key, so this sum is of OpenSSL's
	 * and Python's hashlib. */
	blake2b(slice_of(all, n), hash, 32);
	expect_hex(hash, 32,
		   "681f345ad53c6360214ea500fd259edddbca775f605fad81b9b189d6d88e15c6");
}

enum { IMAGE = 65536 + BTRFS_SUPER };

struct super_field {
	size_t at, n;
	uint64_t value;
};

/* A superblock with these fields, which has the right checksum. */
static int read_super(const struct super_field *fields, size_t n, struct err *e)
{
	static const struct super_field usual[] = {
		{48, 8, 65536}, {144, 4, 4096}, {148, 4, 16384}, {209, 8, IMAGE}};
	_cleanup_free_ uint8_t *image = calloc(1, IMAGE);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	uint8_t *super = image + BTRFS_SUPER_OFF;
	struct btrfs_super s;

	assert_non_null(image);
	memcpy(super + 64, "_BHRfS_M", 8);
	for (size_t i = 0; i < ARRAY_LEN(usual) + n; i++) {
		const struct super_field *f =
			i < ARRAY_LEN(usual) ? &usual[i] : &fields[i - ARRAY_LEN(usual)];

		for (size_t k = 0; k < f->n; k++)
			super[f->at + k] = (uint8_t)(f->value >> 8 * k);
	}
	btrfs_sum(BTRFS_CRC32C, slice_of(super + 32, BTRFS_SUPER - 32), super);
	assert_int_equal(blocks_memory(slice_of(image, IMAGE), &b, e), 0);
	return btrfs_super_read(b, &s, e);
}

static void test_superblock(void **state)
{
	static const struct {
		struct super_field field;
		enum err_code code;
		const char *why;
	} cases[] = {
		{{48, 8, 4096}, ERR_CORRUPT, "no copy of its superblock"},
		{{196, 2, 1}, ERR_CORRUPT, "no copy of its superblock"},
		{{196, 2, 9}, ERR_CORRUPT, "no copy of its superblock"},
		{{144, 4, 0}, ERR_CORRUPT, "sectors of 0 and nodes"},
		{{144, 4, 32768}, ERR_CORRUPT, "sectors of 32768 and nodes"},
		{{148, 4, 131072}, ERR_CORRUPT, "nodes of 131072 bytes"},
		{{148, 4, 16383}, ERR_CORRUPT, "nodes of 16383 bytes"},
		{{198, 1, 8}, ERR_CORRUPT, "a tree of 8 levels"},
		{{199, 1, 255}, ERR_CORRUPT, "a tree of 255 levels"},
		{{160, 4, 2049}, ERR_CORRUPT, "2049 bytes of system chunks"},
		{{209, 8, IMAGE + 1}, ERR_CORRUPT, "it is cut off"},
		{{188, 8, 0x1000}, ERR_UNSUPPORTED, "supported: zoned"},
		{{188, 8, 0x6000}, ERR_UNSUPPORTED, "extent-tree-v2 raid-stripe-tree"},
		{{188, 8, 1ull << 63}, ERR_UNSUPPORTED, "0x8000000000000000"},
		{{56, 8, 1ull << 35}, ERR_UNSUPPORTED, "was not finished"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(read_super(&cases[i].field, 1, &e), -(int)cases[i].code);
		if (!strstr(e.text, cases[i].why))
			fail_msg("%s", e.text);
	}
	struct err e = ERR_INIT;
	assert_int_equal(read_super(NULL, 0, &e), 0);
}

/* What follows the stream is not looked at; a stream that ends early is damage. */
static void test_unpack(void **state)
{
	static const uint8_t zlib[] = {0x78, 0x9c, 0x4b, 0x4c, 0x4a, 0x06, 0x00,
				       0x02, 0x4d, 0x01, 0x27, 0,    0};
	/* "abcd" of a file of four bytes: literals, then the end mark. */
	static const uint8_t lzo[] = {19,  0,   0,   0,    8, 0, 0, 0, 21, 'a',
				      'b', 'c', 'd', 0x11, 0, 0, 0, 0, 0};
	struct btrfs x = {.super.sector = 4096};
	struct err e = ERR_INIT;
	char out[8];

	(void)state;
	assert_int_equal(
		btrfs_unpack(&x, BTRFS_ZLIB, slice_of(zlib, sizeof(zlib)), out, 3, &e),
		0);
	assert_memory_equal(out, "abc", 3);
	assert_int_equal(
		btrfs_unpack(&x, BTRFS_ZLIB, slice_of(zlib, sizeof(zlib)), out, 4, &e),
		-ERR_CORRUPT);
	assert_int_equal(btrfs_unpack(&x, BTRFS_ZLIB, slice_of(zlib, 1), out, 3, &e),
			 -ERR_CORRUPT);
	assert_int_equal(
		btrfs_unpack(&x, BTRFS_LZO, slice_of(lzo, sizeof(lzo)), out, 4, &e), 0);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(
		btrfs_unpack(&x, BTRFS_LZO, slice_of(lzo, sizeof(lzo)), out, 5, &e),
		-ERR_CORRUPT);
	assert_int_equal(btrfs_unpack(&x, BTRFS_LZO, slice_of(lzo, 15), out, 4, &e),
			 -ERR_CORRUPT);
	assert_int_equal(btrfs_unpack(&x, 4, slice_of(lzo, 15), out, 4, &e),
			 -ERR_UNSUPPORTED);
	codec_blocks_done(&x.codec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_blake2b),
		cmocka_unit_test(test_superblock),
		cmocka_unit_test(test_unpack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
