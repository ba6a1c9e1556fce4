/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stream that is compressed in pieces is read back whole, and keeps to its room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "encoder.h"
#include "tool.h"

static const struct row {
	enum codec codec;
	const char *argv[4]; /* reads it */
} rows[] = {
	{CODEC_GZIP, {"gzip", "-dc"}},
	{CODEC_XZ, {"xz", "-dc"}},
	{CODEC_ZSTD, {"zstd", "-dcq"}},
};

enum { PLAIN = 700001, ROOM = 1 << 20 };

static uint8_t plain[PLAIN], out[ROOM];

/* In pieces of uneven lengths. */
static int encode(enum codec c, enum encoder_effort effort, size_t n, size_t room,
		  size_t *ret_n, struct err *e)
{
	_cleanup_(encoder_freep) struct encoder *x = NULL;
	int r = encoder_new(c, effort, out, room, &x, e);

	for (size_t at = 0, piece = 1; r >= 0 && at < n; piece = piece * 7 % 65537) {
		size_t len = piece < n - at ? piece : n - at;

		r = encoder_write(x, slice_of(plain + at, len), e);
		at += len;
	}
	return r < 0 ? r : encoder_finish(x, ret_n, e);
}

static void check(const struct row *row, enum encoder_effort effort, size_t n)
{
	_cleanup_arena_ struct arena *a = arena_new(ROOM * 2);
	struct err e = ERR_INIT;
	size_t made = 0, again = 0;
	struct slice back;
	struct bytes tool;

	assert_int_equal(encode(row->codec, effort, n, ROOM, &made, &e), 0);
	assert_int_equal(
		codec_decode_all(row->codec, slice_of(out, made), n + 1, a, &back, &e),
		0);
	assert_int_equal(back.n, n);
	assert_true(slice_has(back, 0, plain, n));
	tool = tool_filter(row->argv, slice_of(out, made));
	if (tool.n != SIZE_MAX) { /* else the program is not here */
		assert_int_equal(tool.n, n);
		assert_true(slice_has(bytes_slice(tool), 0, plain, n));
	}
	free(tool.p);
	/* As much room as it takes is enough, a byte less is not. */
	assert_int_equal(encode(row->codec, effort, n, made, &again, &e), 0);
	assert_int_equal(again, made);
	assert_int_equal(encode(row->codec, effort, n, made - 1, &again, &e), -ERR_LIMIT);
	assert_non_null(strstr(e.text, codec_name(row->codec)));
}

static void streams_come_back(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < PLAIN; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = (uint8_t)(i & 4096 ? x >> 24 : i >> 3);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		check(&rows[i], ENCODER_QUICK, PLAIN);
		check(&rows[i], ENCODER_BEST, PLAIN);
		check(&rows[i], ENCODER_QUICK, 0);
		check(&rows[i], ENCODER_BEST, 1);
	}
}

static void others_are_refused(void **state)
{
	struct err e = ERR_INIT;
	size_t n;

	(void)state;
	assert_int_equal(encode(CODEC_LZO, ENCODER_QUICK, 1, ROOM, &n, &e),
			 -ERR_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_come_back),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
