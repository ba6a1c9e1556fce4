/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The damage that the hostile runs lay over disks is there, is where it says, and is the
 * same each time: a run that damages nothing would find nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "damage.h"

enum { SIZE = 64 * 1024 };

static uint8_t plain[SIZE];

static void read_damaged(const struct damage *d, uint8_t *to, struct touched *seen)
{
	struct blocks *below = NULL, *b = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(blocks_memory(slice_of(plain, SIZE), &below, &e), 0);
	assert_int_equal(blocks_damaged(below, d, seen, &b, &e), 0);
	/* In pieces, so that damage lies over borders. */
	for (size_t off = 0; off < b->size; off += 1000)
		if (blocks_read(b, off, to + off,
				b->size - off < 1000 ? b->size - off : 1000, &e) < 0)
			fail_msg("%s", e.text);
	blocks_free(b);
	blocks_free(below);
}

static size_t differences(const uint8_t *a, const uint8_t *b)
{
	size_t n = 0;

	for (size_t i = 0; i < SIZE; i++)
		n += a[i] != b[i];
	return n;
}

static void test_flipped_bits_are_flipped(void **state)
{
	struct damage d = {
		.kind = DAMAGE_FLIP, .bits = {8 * 999 + 7, 8 * 1000}, .bit_count = 2};
	static uint8_t got[SIZE];

	(void)state;
	read_damaged(&d, got, NULL);
	assert_int_equal(differences(got, plain), 2);
	assert_int_equal(got[999], plain[999] ^ 0x80);
	assert_int_equal(got[1000], plain[1000] ^ 1);
}

static void test_a_piece_is_zeros_or_noise(void **state)
{
	struct damage d = {.kind = DAMAGE_ZERO, .off = 990, .len = 64};
	static uint8_t got[SIZE], again[SIZE];

	(void)state;
	read_damaged(&d, got, NULL);
	assert_int_equal(differences(got, plain), 64);
	for (size_t i = 990; i < 990 + 64; i++)
		assert_int_equal(got[i], 0);
	d.kind = DAMAGE_NOISE;
	read_damaged(&d, got, NULL);
	read_damaged(&d, again, NULL);
	assert_int_equal(differences(got, again), 0);
	assert_in_range(differences(got, plain), 50, 64);
}

static void test_blocks_lie_elsewhere(void **state)
{
	struct damage d = {.kind = DAMAGE_COPY, .off = 4096, .from = 12288, .len = 4096};
	static uint8_t got[SIZE];

	(void)state;
	read_damaged(&d, got, NULL);
	assert_memory_equal(got + 4096, plain + 12288, 4096);
	assert_memory_equal(got + 12288, plain + 12288, 4096);
	assert_memory_equal(got, plain, 4096);
	d.kind = DAMAGE_SWAP;
	read_damaged(&d, got, NULL);
	assert_memory_equal(got + 4096, plain + 12288, 4096);
	assert_memory_equal(got + 12288, plain + 4096, 4096);
	assert_memory_equal(got + 8192, plain + 8192, 4096);
	d = (struct damage){
		.kind = DAMAGE_TORN, .off = 4096 + 512, .from = 512, .len = 4096 - 512};
	read_damaged(&d, got, NULL);
	assert_memory_equal(got + 4096, plain + 4096, 512);
	assert_memory_equal(got + 4096 + 512, plain + 512, 4096 - 512);
	assert_memory_equal(got + 8192, plain + 8192, SIZE - 8192);
}

static void test_a_cut_disk_ends_there(void **state)
{
	struct damage d = {.kind = DAMAGE_CUT, .off = 4096};
	struct blocks *below = NULL, *b = NULL;
	struct err e = ERR_INIT;
	uint8_t byte;

	(void)state;
	assert_int_equal(blocks_memory(slice_of(plain, SIZE), &below, &e), 0);
	assert_int_equal(blocks_damaged(below, &d, NULL, &b, &e), 0);
	assert_int_equal(b->size, 4096);
	assert_int_equal(blocks_read(b, 4096, &byte, 1, &e), -ERR_CORRUPT);
	blocks_free(b);
	blocks_free(below);
}

static void test_damage_falls_where_something_was_read(void **state)
{
	struct touched *seen = calloc(1, sizeof(*seen));
	uint64_t random = 1, again = 1;
	size_t hits = 0, kinds[DAMAGE_KINDS] = {0};

	(void)state;
	seen->n = 1;
	seen->v[0].off = 5000;
	seen->v[0].len = 100;
	for (size_t i = 0; i < 1000; i++) {
		struct damage d, same;

		damage_choose(&random, seen, SIZE, &d);
		damage_choose(&again, seen, SIZE, &same);
		assert_string_equal(damage_text(&d), damage_text(&same));
		assert_int_not_equal(d.kind, DAMAGE_NONE);
		kinds[d.kind]++;
		hits += d.off / 4096 == 1;
	}
	assert_in_range(hits, 850, 950);
	for (size_t k = DAMAGE_FLIP; k < DAMAGE_KINDS; k++)
		assert_in_range(kinds[k], k == DAMAGE_FLIP ? 400 : 50, 600);
	free(seen);
}

static void test_what_is_read_is_seen(void **state)
{
	struct touched *seen = calloc(1, sizeof(*seen));
	struct damage none = {.kind = DAMAGE_NONE};
	static uint8_t got[SIZE];

	(void)state;
	read_damaged(&none, got, seen);
	assert_int_equal(differences(got, plain), 0);
	assert_int_equal(seen->n, (SIZE + 999) / 1000);
	assert_int_equal(seen->v[1].off, 1000);
	assert_int_equal(seen->v[1].len, 1000);
	free(seen);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flipped_bits_are_flipped),
		cmocka_unit_test(test_a_piece_is_zeros_or_noise),
		cmocka_unit_test(test_blocks_lie_elsewhere),
		cmocka_unit_test(test_a_cut_disk_ends_there),
		cmocka_unit_test(test_damage_falls_where_something_was_read),
		cmocka_unit_test(test_what_is_read_is_seen),
	};

	for (size_t i = 0; i < SIZE; i++)
		plain[i] = (uint8_t)(1 + i % 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
