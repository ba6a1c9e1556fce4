/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is compressed here is read back, here and by the usual programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "encode.h"
#include "tool.h"

static const struct row {
	enum codec codec;
	const char *argv[4]; /* reads it */
} rows[] = {
	{CODEC_GZIP, {"gzip", "-dc"}},
	{CODEC_XZ, {"xz", "-dc"}},
	{CODEC_LZ4_LEGACY, {"lz4", "-dc"}},
	{CODEC_ZSTD, {"zstd", "-dcq"}},
};

enum { ROOM = 64 * 1024 * 1024 };

static uint8_t *make_plain(size_t n)
{
	uint8_t *p = malloc(n + 1);
	uint32_t x = 1;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(i & 4096 ? x >> 24 : i >> 3);
	}
	return p;
}

static void same(struct slice a, struct slice b)
{
	assert_int_equal(a.n, b.n);
	assert_true(slice_has(a, 0, b.p, b.n));
}

static void check(const struct row *row, size_t n)
{
	_cleanup_arena_ struct arena *a = arena_new(ROOM);
	_cleanup_free_ uint8_t *plain = make_plain(n);
	struct slice in = slice_of(plain, n), packed, again, back;
	struct err e = ERR_INIT;
	struct bytes tool;

	assert_true(codec_encodes(row->codec));
	assert_int_equal(codec_encode_all(row->codec, in, a, &packed, &e), 0);
	assert_int_equal(codec_detect(packed), row->codec);
	assert_int_equal(codec_encode_all(row->codec, in, a, &again, &e), 0);
	same(packed, again);
	assert_int_equal(codec_decode_all(row->codec, packed, n + 1, a, &back, &e), 0);
	same(in, back);
	tool = tool_filter(row->argv, packed);
	if (tool.n != SIZE_MAX)
		same(in, bytes_slice(tool));
	free(tool.p);
}

static void what_is_packed_is_unpacked(void **state)
{
	static const size_t sizes[] = {1, 5000, 300001};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t n = 0; n < ARRAY_LEN(sizes); n++)
			check(&rows[i], sizes[n]);
}

static void lz4_goes_on_in_a_second_block(void **state)
{
	(void)state;
	check(&rows[2], 8 * 1024 * 1024 + 17);
}

/* Linux has no CRC64: the byte behind xz's magic and a zero says which sum there is. */
static void xz_has_the_sum_that_linux_knows(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(ROOM);
	struct slice packed;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(codec_encode_all(CODEC_XZ, slice_str("text"), a, &packed, &e),
			 0);
	assert_int_equal(slice_at(packed, 7), 1);
}

static void what_cannot_be_written_is_refused_by_name(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(ROOM);
	struct slice in = slice_str("text"), packed;
	struct err e = ERR_INIT;

	(void)state;
	assert_false(codec_encodes(CODEC_LZO));
	assert_int_equal(codec_encode_all(CODEC_LZO, in, a, &packed, &e),
			 -ERR_UNSUPPORTED);
	assert_string_equal(e.text, "lzo is not written here");
	assert_int_equal(codec_encode_all(CODEC_NONE, in, a, &packed, &e), 0);
	assert_ptr_equal(packed.p, in.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_is_unpacked),
		cmocka_unit_test(lz4_goes_on_in_a_second_block),
		cmocka_unit_test(xz_has_the_sum_that_linux_knows),
		cmocka_unit_test(what_cannot_be_written_is_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
