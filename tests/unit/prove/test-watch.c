/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which requests become events, and their way through the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "limits.h"
#include "watch.h"

static const struct serve_range ranges[] = {
	{.off = 4096, .len = 512, .id = 70},
	{.off = 4500, .len = 1000, .id = 80},
	{.off = 1 << 20, .len = 1, .id = 90},
};

static struct watch *watch(void)
{
	struct watch *w = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(watch_new(ranges, ARRAY_LEN(ranges), clock_ms(), &w, &e), 0);
	return w;
}

/* The next event must be this one. */
static struct serve_event expect(struct watch *w, enum serve_event_kind kind, unsigned id)
{
	const struct serve_event *v = watch_next(w);
	struct serve_event copy;

	assert_non_null(v);
	assert_int_equal(v->kind, kind);
	assert_int_equal(v->id, id);
	copy = *v;
	watch_taken(w);
	return copy;
}

static void test_each_range_once(void **state)
{
	struct watch *w = watch();
	struct serve_event v;

	(void)state;
	watch_connected(w);
	watch_read(w, 0, 4096); /* ends where the first begins */
	watch_read(w, 4095, 2);
	watch_read(w, 4096, 512); /* the second overlaps */
	watch_read(w, 4096, 4096);
	watch_read(w, 5500, 4096); /* begins where the second ends */
	watch_read(w, 4600, 0);
	expect(w, SERVE_CONNECTED, 0);
	v = expect(w, SERVE_READ_WATCHED, 0);
	assert_int_equal(v.reads, 2);
	assert_int_equal(v.read_bytes, 4098);
	v = expect(w, SERVE_READ_WATCHED, 1);
	assert_int_equal(v.reads, 3);
	assert_int_equal(v.writes, 0);
	assert_null(watch_next(w));
	watch_free(w);
}

/* A boot loader's read of what the kernel reads later must not hide that one. */
static void test_later_reads_come_again(void **state)
{
	const struct timespec a_while = {0, (SERVE_AGAIN_MS + 20) * 1000000L};
	struct watch *w = watch();
	uint64_t first;

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint64_t start = clock_ms();

		watch_read(w, 4096, 1);
		watch_read(w, 4096, 1);
		watch_write(w, 4096, 1);
		watch_write(w, 4096, 1);
		first = expect(w, SERVE_READ_WATCHED, 0).milliseconds;
		if (i == 0)
			expect(w, SERVE_FIRST_WRITE, 0);
		expect(w, SERVE_WROTE, 0);
		assert_null(watch_next(w));
		watch_read(w, 4096, 1);
		if (watch_next(w)) /* this machine was that slow */
			assert_true(clock_ms() - start >= SERVE_AGAIN_MS);
		while (watch_next(w))
			watch_taken(w);
		nanosleep(&a_while, NULL);
	}
	assert_true(first >= 2 * SERVE_AGAIN_MS);
	watch_free(w);
}

/* Nor does one come again that still waits: there is room for one of each. */
static void test_nobody_listens(void **state)
{
	const struct timespec a_while = {0, (SERVE_AGAIN_MS + 20) * 1000000L};
	struct watch *w = watch();

	(void)state;
	watch_read(w, 4096, 1);
	nanosleep(&a_while, NULL);
	watch_read(w, 4096, 1);
	expect(w, SERVE_READ_WATCHED, 0);
	assert_null(watch_next(w));
	watch_read(w, 4096, 1);
	expect(w, SERVE_READ_WATCHED, 0);
	watch_free(w);
}

static void test_writes(void **state)
{
	struct watch *w = watch();
	struct serve_event v;

	(void)state;
	watch_write(w, 0, 512);
	watch_write(w, 0, 2 << 20);
	watch_write(w, 0, 2 << 20);
	watch_closed(w);
	v = expect(w, SERVE_FIRST_WRITE, 0);
	assert_int_equal(v.writes, 1);
	assert_int_equal(v.written_bytes, 512);
	expect(w, SERVE_WROTE, 0);
	expect(w, SERVE_WROTE, 1);
	expect(w, SERVE_WROTE, 2);
	v = expect(w, SERVE_CLOSED, 0);
	assert_int_equal(v.writes, 3);
	assert_int_equal(v.written_bytes, 512 + (4 << 20));
	assert_null(watch_next(w));
	watch_free(w);
}

static void test_failures_once_a_code(void **state)
{
	struct watch *w = watch();
	struct err io = ERR_INIT, limit = ERR_INIT;
	struct serve_event v;

	(void)state;
	err_record(&io, ERR_IO, "%0500d", 1);
	err_record(&limit, ERR_LIMIT, "enough");
	watch_failed(w, &io);
	watch_failed(w, &io);
	watch_failed(w, &limit);
	v = expect(w, SERVE_FAILED, 0);
	assert_int_equal(v.code, ERR_IO);
	assert_int_equal(strlen(v.why), sizeof(v.why) - 1);
	v = expect(w, SERVE_FAILED, 0);
	assert_int_equal(v.code, ERR_LIMIT);
	assert_string_equal(v.why, "enough");
	assert_null(watch_next(w));
	watch_free(w);
}

/* Every event that can be, without anybody taking them: there is room. */
static void test_all_events(void **state)
{
	struct watch *w = watch();
	size_t n = 0;

	(void)state;
	watch_connected(w);
	for (unsigned i = 0; i < 3; i++) {
		watch_read(w, 0, UINT64_MAX);
		watch_write(w, 0, UINT64_MAX);
		for (unsigned code = 1; code < ERR_CODE_COUNT; code++) {
			struct err e = ERR_INIT;

			err_record(&e, (enum err_code)code, "no");
			watch_failed(w, &e);
		}
	}
	watch_closed(w);
	for (; watch_next(w); n++)
		watch_taken(w);
	assert_int_equal(n, 2 + 1 + 2 * ARRAY_LEN(ranges) + ERR_CODE_COUNT - 1);
	watch_free(w);
}

static void test_refused_ranges(void **state)
{
	static struct serve_range many[LIMIT_WATCHED + 1];
	struct serve_range endless = {.off = 2, .len = UINT64_MAX};
	struct watch *w = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(watch_new(&endless, 1, 0, &w, &e), -ERR_USAGE);
	assert_int_equal(watch_new(many, ARRAY_LEN(many), 0, &w, &e), -ERR_LIMIT);
	assert_null(w);
}

static void test_event_round_trip(void **state)
{
	static const unsigned ids[] = {70, 80};
	struct serve_event v = {.kind = SERVE_READ_WATCHED,
				.id = 1,
				.milliseconds = 5,
				.reads = 1ull << 40,
				.writes = 2,
				.read_bytes = UINT64_MAX,
				.written_bytes = 3},
			   got = {0};
	uint8_t buf[EVENT_BYTES_MAX];
	struct slice s = event_encode(&v, buf);

	(void)state;
	assert_true(event_decode(s, ids, 2, &got));
	assert_int_equal(got.kind, SERVE_READ_WATCHED);
	assert_int_equal(got.id, 80);
	assert_int_equal(got.milliseconds, 5);
	assert_true(got.reads == 1ull << 40 && got.read_bytes == UINT64_MAX);
	assert_int_equal(got.writes, 2);
	assert_int_equal(got.written_bytes, 3);
	assert_string_equal(got.why, "");
	assert_false(event_decode(s, ids, 1, &got));
	for (size_t n = 0; n < s.n; n++)
		assert_false(event_decode(slice_of(buf, n), ids, 2, &got));
}

static void test_event_of_a_stranger(void **state)
{
	struct serve_event v = {.kind = SERVE_FAILED, .code = ERR_IO}, got = {0};
	uint8_t buf[EVENT_BYTES_MAX + 1] = {0};
	struct slice s;

	(void)state;
	memset(v.why, '\033', sizeof(v.why) - 1);
	s = event_encode(&v, buf);
	assert_true(event_decode(s, NULL, 0, &got));
	assert_true(strlen(got.why) < sizeof(got.why));
	assert_int_equal(strncmp(got.why, "\\x1b\\x1b", 8), 0);
	v.kind = SERVE_EVENT_KIND_COUNT;
	assert_false(event_decode(event_encode(&v, buf), NULL, 0, &got));
	v.kind = SERVE_CLOSED; /* with an error code */
	assert_false(event_decode(event_encode(&v, buf), NULL, 0, &got));
	v.kind = SERVE_FAILED;
	v.code = ERR_CODE_COUNT;
	assert_false(event_decode(event_encode(&v, buf), NULL, 0, &got));
	assert_false(event_decode(slice_of(buf, sizeof(buf)), NULL, 0, &got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_range_once),
		cmocka_unit_test(test_later_reads_come_again),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_failures_once_a_code),
		cmocka_unit_test(test_all_events),
		cmocka_unit_test(test_refused_ranges),
		cmocka_unit_test(test_event_round_trip),
		cmocka_unit_test(test_event_of_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
