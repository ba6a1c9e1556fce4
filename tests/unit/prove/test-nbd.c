/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The protocol, byte by byte: what a client says is written here, and what it is told. */
#include "memory-disk.h"

#include "clock.h"
#include "limits.h"
#include "nbd.h"
#include "put.h"
#include "script.h"

enum { DISK = 1 << 20, TOLD = 8 << 20, SAID = 4 << 20 };

enum { EXPORT_NAME = 1, ABORT = 2, LIST = 3, STARTTLS = 5, INFO = 6, GO = 7, SR = 8 };
enum { READ = 0, WRITE = 1, DISC = 2, FLUSH = 3, TRIM = 4, BLOCK_STATUS = 7, ZERO = 6 };

/* A conversation: the client's words grow, then it runs, then the answers are read. */
struct talk {
	struct memory_disk disk;
	struct watch *watch;
	uint8_t *said, *said_end, *told;
	struct script script;
	struct reader answers;
};

static const struct serve_range watched[] = {{.off = 8192, .len = 4096, .id = 1}};

static void talk_new(struct talk *t, uint64_t limit, uint32_t client_flags)
{
	struct err e = ERR_INIT;

	memset(t, 0, sizeof(*t));
	disk_open(&t->disk, DISK, limit);
	assert_int_equal(watch_new(watched, 1, clock_ms(), &t->watch, &e), 0);
	t->said = t->said_end = malloc(SAID);
	t->told = malloc(TOLD);
	assert_true(t->said && t->told);
	t->said_end = put_be(t->said_end, 4, client_flags);
}

static void talk_done(struct talk *t)
{
	watch_free(t->watch);
	disk_close(&t->disk);
	free(t->said);
	free(t->told);
}

static void say_bytes(struct talk *t, const void *p, size_t n)
{
	memcpy(t->said_end, p, n);
	t->said_end += n;
}

static void say_option(struct talk *t, uint32_t option, const void *data, uint32_t n)
{
	say_bytes(t, "IHAVEOPT", 8);
	t->said_end = put_be(t->said_end, 4, option);
	t->said_end = put_be(t->said_end, 4, n);
	say_bytes(t, data, n);
}

/* INFO or GO with a name and the request for the block size. */
static void say_go(struct talk *t, uint32_t option, const char *name)
{
	uint8_t data[300], *to = put_be(data, 4, strlen(name));

	memcpy(to, name, strlen(name));
	to = put_be(to + strlen(name), 2, 1);
	to = put_be(to, 2, 3);
	say_option(t, option, data, (uint32_t)(to - data));
}

static void say_request(struct talk *t, unsigned flags, unsigned type, uint64_t cookie,
			uint64_t off, uint32_t len)
{
	uint8_t *to = put_be(t->said_end, 4, 0x25609513);

	to = put_be(to, 2, flags);
	to = put_be(to, 2, type);
	to = put_be(to, 8, cookie);
	to = put_be(to, 8, off);
	t->said_end = put_be(to, 4, len);
}

static int talk_run(struct talk *t, struct err *e)
{
	struct nbd_export x = {"disk", t->disk.cow, t->watch};
	struct nbd_io io = {script_receive, script_send, &t->script};
	int r;

	t->script = (struct script){
		.said = slice_of(t->said, (size_t)(t->said_end - t->said)),
		.told = t->told,
		.cap = TOLD};
	r = nbd_serve(&x, &io, e);
	t->answers = reader_of(slice_of(t->told, t->script.told_n));
	return r;
}

static void told_bytes(struct talk *t, const void *want, size_t n)
{
	struct slice got = rd_bytes(&t->answers, n);

	assert_true(rd_ok(&t->answers));
	assert_memory_equal(got.p, want, n);
}

static void told_greeting(struct talk *t)
{
	told_bytes(t, "NBDMAGICIHAVEOPT\0\3", 18);
}

/* A reply to an option; its data. */
static struct slice told_option(struct talk *t, uint32_t option, uint32_t type)
{
	struct slice data;

	told_bytes(t, "\0\3\xe8\x89\4\x55\x65\xa9", 8);
	assert_int_equal(rd_u32be(&t->answers), option);
	assert_int_equal(rd_u32be(&t->answers), type);
	data = rd_bytes(&t->answers, rd_u32be(&t->answers));
	assert_true(rd_ok(&t->answers));
	return data;
}

static void told_go(struct talk *t, uint32_t option)
{
	struct slice s = told_option(t, option, 3);

	assert_true(s.n == 12 && slice_has(s, 0, "\0\0\0\0\0\0\0\x10\0\0\0\x4d", 12));
	s = told_option(t, option, 3);
	assert_true(s.n == 14 && slice_has(s, 0, "\0\3\0\0\0\1\0\0\x10\0\0\x20\0\0", 14));
	s = told_option(t, option, 1);
	assert_int_equal(s.n, 0);
}

static void told_reply(struct talk *t, uint32_t error, uint64_t cookie)
{
	assert_int_equal(rd_u32be(&t->answers), 0x67446698);
	assert_int_equal(rd_u32be(&t->answers), error);
	assert_true(rd_u64be(&t->answers) == cookie);
	assert_true(rd_ok(&t->answers));
}

static void told_no_more(struct talk *t)
{
	assert_int_equal(rd_left(&t->answers), 0);
}

static void test_go(void **state)
{
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_new(&t, DISK, 3);
	say_go(&t, INFO, "disk");
	say_go(&t, GO, "disk");
	say_request(&t, 0, DISC, 1, 0, 0);
	say_request(&t, 0, READ, 2, 0, 512); /* nobody listens any more */
	assert_int_equal(talk_run(&t, &e), 0);
	told_greeting(&t);
	told_go(&t, INFO);
	told_go(&t, GO);
	told_no_more(&t);
	assert_int_equal(watch_next(t.watch)->kind, SERVE_CONNECTED);
	talk_done(&t);
}

static void test_export_name(void **state)
{
	(void)state;
	for (uint32_t flags = 0; flags <= 3; flags++) {
		struct talk t;
		struct err e = ERR_INIT;
		bool zeroes = !(flags & 2);

		talk_new(&t, DISK, flags);
		say_option(&t, EXPORT_NAME, "disk", 4);
		say_request(&t, 0, READ, 7, 0, 1);
		say_request(&t, 0, DISC, 1, 0, 0);
		assert_int_equal(talk_run(&t, &e), 0);
		told_greeting(&t);
		told_bytes(&t, "\0\0\0\0\0\x10\0\0\0\x4d", 10);
		if (zeroes)
			told_bytes(&t, (uint8_t[124]){0}, 124);
		told_reply(&t, 0, 7);
		told_bytes(&t, t.disk.bytes, 1);
		told_no_more(&t);
		talk_done(&t);
	}
}

static void test_refused_options(void **state)
{
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_new(&t, DISK, 3);
	say_option(&t, LIST, "", 0);
	say_option(&t, STARTTLS, "", 0);
	say_option(&t, SR, "", 0);
	say_option(&t, 4711, "some data", 9);
	say_go(&t, GO, "another");
	say_go(&t, GO, "");
	say_option(&t, GO, "", 0);
	say_option(&t, GO,
		   "\xff\xff\xff\xff"
		   "disk\0\0",
		   10); /* name past the end */
	say_option(&t, GO,
		   "\0\0\0\4"
		   "disk\0\2\0\0",
		   12); /* infos past the end */
	say_option(&t, GO,
		   "\0\0\0\4"
		   "disk\0\0\0",
		   11); /* a byte too many */
	say_option(&t, ABORT, "", 0);
	assert_int_equal(talk_run(&t, &e), 0);
	told_greeting(&t);
	told_option(&t, LIST, 0x80000002);
	told_option(&t, STARTTLS, 0x80000001);
	told_option(&t, SR, 0x80000001);
	told_option(&t, 4711, 0x80000001);
	told_option(&t, GO, 0x80000006);
	told_option(&t, GO, 0x80000006);
	for (int i = 0; i < 4; i++)
		told_option(&t, GO, 0x80000003);
	told_option(&t, ABORT, 1);
	told_no_more(&t);
	assert_null(watch_next(t.watch));
	talk_done(&t);
}

/* Each of these ends the conversation. */
static void test_no_handshake(void **state)
{
	static const struct {
		uint32_t flags;
		const char *bytes;
		size_t n;
		enum err_code code;
	} cases[] = {
		{3, "", 0, ERR_ABSENT},
		{4, "", 0, ERR_CORRUPT},
		{0x10003, "", 0, ERR_CORRUPT},
		{3, "IHAVEOPS\0\0\0\7\0\0\0\0", 16, ERR_CORRUPT},
		{3, "IHAVEOPT\0\0\0\7\0\0\0", 15, ERR_ABSENT},
		{3, "IHAVEOPT\0\0\0\7\0\0\x20\1", 16, ERR_CORRUPT},
		{3, "IHAVEOPT\0\0\0\7\xff\xff\xff\xff", 16, ERR_CORRUPT},
		{3, "IHAVEOPT\0\0\0\7\0\0\0\4\0\0\0", 19, ERR_ABSENT},
		{3, "IHAVEOPT\0\0\0\1\0\0\0\5other", 21, ERR_CORRUPT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct talk t;
		struct err e = ERR_INIT;

		talk_new(&t, DISK, cases[i].flags);
		say_bytes(&t, cases[i].bytes, cases[i].n);
		if (talk_run(&t, &e) != -(int)cases[i].code)
			fail_msg("case %zu: %d %s", i, (int)e.code, e.text);
		assert_null(watch_next(t.watch));
		talk_done(&t);
	}
}

static void talk_open(struct talk *t, uint64_t limit)
{
	talk_new(t, limit, 3);
	say_go(t, GO, "disk");
}

static void told_open(struct talk *t)
{
	told_greeting(t);
	told_go(t, GO);
}

static void test_reads_and_writes(void **state)
{
	struct talk t;
	struct err e = ERR_INIT;
	uint8_t *want = malloc(DISK);

	(void)state;
	talk_open(&t, DISK);
	memcpy(want, t.disk.bytes, DISK);
	say_request(&t, 0, READ, 1, 0, DISK);
	say_request(&t, 1, WRITE, 2, 4000, 200); /* with FUA, over a block's end */
	say_bytes(&t, t.disk.bytes + 77777, 200);
	say_request(&t, 0, READ, 3, 3, 8191); /* unaligned */
	say_request(&t, 2, ZERO, 4, 12000, 5000);
	say_request(&t, 0, FLUSH, 0xfedcba9876543210, 0, 0);
	say_request(&t, 0, READ, 6, 0, DISK);
	say_request(&t, 0, WRITE, 7, 0, 0);
	say_request(&t, 0, READ, 8, DISK, 0);
	say_request(&t, 0, DISC, 9, 0, 0);
	assert_int_equal(talk_run(&t, &e), 0);
	told_open(&t);
	told_reply(&t, 0, 1);
	told_bytes(&t, want, DISK);
	told_reply(&t, 0, 2);
	memcpy(want + 4000, t.disk.bytes + 77777, 200);
	told_reply(&t, 0, 3);
	told_bytes(&t, want + 3, 8191);
	told_reply(&t, 0, 4);
	memset(want + 12000, 0, 5000);
	told_reply(&t, 0, 0xfedcba9876543210);
	told_reply(&t, 0, 6);
	told_bytes(&t, want, DISK);
	told_reply(&t, 0, 7);
	told_reply(&t, 0, 8);
	told_no_more(&t);
	free(want);
	talk_done(&t);
}

/* Answered with an error, and the conversation goes on. */
static void test_bad_requests(void **state)
{
	static const struct {
		unsigned flags, type;
		uint64_t off;
		uint32_t len;
	} bad[] = {
		{0, READ, DISK, 1},
		{0, READ, DISK - 1, 2},
		{0, READ, UINT64_MAX, 1},
		{0, READ, UINT64_MAX - 511, 1024},
		{0, READ, 0, LIMIT_NBD_REQUEST + 1},
		{0, READ, 0, UINT32_MAX},
		{4, READ, 0, 512},
		{0xffff, FLUSH, 0, 0},
		{0, TRIM, 0, 4096},
		{0, BLOCK_STATUS, 0, 4096},
		{0, 5, 0, 4096},
		{0, 0xffff, 0, 0},
		{0, ZERO, DISK - 4096, 4097},
		{0, ZERO, 0, UINT32_MAX},
		{16, ZERO, 0, 4096}, /* FAST_ZERO, which is not offered */
	};
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_open(&t, DISK);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		say_request(&t, bad[i].flags, bad[i].type, i, bad[i].off, bad[i].len);
	say_request(&t, 0, WRITE, 100, DISK - 1, 2);
	say_bytes(&t, "ab", 2);
	say_request(&t, 8, WRITE, 101, 0, 2);
	say_bytes(&t, "ab", 2);
	say_request(&t, 0, READ, 102, 0, 2);
	assert_int_equal(talk_run(&t, &e), -ERR_ABSENT); /* just gone */
	told_open(&t);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		told_reply(&t, 22, i);
	told_reply(&t, 22, 100);
	told_reply(&t, 22, 101);
	told_reply(&t, 0, 102);
	told_bytes(&t, t.disk.bytes, 2);
	told_no_more(&t);
	watch_taken(t.watch); /* connected */
	assert_null(watch_next(t.watch));
	talk_done(&t);
}

/* Nothing can be understood after these. */
static void test_hopeless_requests(void **state)
{
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_open(&t, DISK);
	say_request(&t, 0, WRITE, 1, 0, LIMIT_NBD_REQUEST + 1);
	assert_int_equal(talk_run(&t, &e), -ERR_CORRUPT);
	talk_done(&t);

	talk_open(&t, DISK);
	say_request(&t, 0, READ, 1, 0, 1);
	t.said_end[-28] = 0;
	assert_int_equal(talk_run(&t, &e), -ERR_CORRUPT);
	talk_done(&t);

	talk_open(&t, DISK);
	say_request(&t, 0, WRITE, 1, 0, 512);
	say_bytes(&t, t.disk.bytes, 511);
	assert_int_equal(talk_run(&t, &e), -ERR_ABSENT);
	told_open(&t);
	told_no_more(&t);
	talk_done(&t);
}

static void test_limit_is_no_space(void **state)
{
	const struct serve_event *v;
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_open(&t, 4096);
	say_request(&t, 0, WRITE, 1, 8192, 2);
	say_bytes(&t, "ab", 2);
	say_request(&t, 0, WRITE, 2, 0, 2);
	say_bytes(&t, "cd", 2);
	say_request(&t, 0, READ, 3, 8192, 3);
	say_request(&t, 0, DISC, 4, 0, 0);
	assert_int_equal(talk_run(&t, &e), 0);
	told_open(&t);
	told_reply(&t, 0, 1);
	told_reply(&t, 28, 2);
	told_reply(&t, 0, 3);
	told_bytes(&t, "ab", 2);
	told_bytes(&t, t.disk.bytes + 8194, 1);
	told_no_more(&t);
	static const enum serve_event_kind order[] = {SERVE_CONNECTED, SERVE_FIRST_WRITE,
						      SERVE_WROTE, SERVE_FAILED,
						      SERVE_READ_WATCHED};
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		v = watch_next(t.watch);
		assert_non_null(v);
		assert_int_equal(v->kind, order[i]);
		if (v->kind == SERVE_FAILED)
			assert_int_equal(v->code, ERR_LIMIT);
		watch_taken(t.watch);
	}
	assert_null(watch_next(t.watch));
	talk_done(&t);
}

static int broken_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		       struct err *e)
{
	(void)b;
	(void)off;
	(void)buf;
	(void)len;
	return err_set(e, ERR_IO, "the host's disk is broken");
}

static void test_broken_source(void **state)
{
	static const struct blocks_ops broken = {.read = broken_read};
	struct talk t;
	struct err e = ERR_INIT;

	(void)state;
	talk_open(&t, DISK);
	t.disk.source->ops = &broken;
	say_request(&t, 0, READ, 1, 0, 512);
	say_request(&t, 0, READ, 2, 0, 512);
	say_request(&t, 0, ZERO, 3, 0, 4096);
	say_request(&t, 0, READ, 4, 0, 512);
	say_request(&t, 0, DISC, 5, 0, 0);
	assert_int_equal(talk_run(&t, &e), 0);
	told_open(&t);
	told_reply(&t, 5, 1);
	told_reply(&t, 5, 2);
	told_reply(&t, 0, 3);
	told_reply(&t, 0, 4);
	told_bytes(&t, (uint8_t[512]){0}, 512);
	told_no_more(&t);
	watch_taken(t.watch);
	assert_int_equal(watch_next(t.watch)->kind, SERVE_FAILED);
	assert_string_equal(watch_next(t.watch)->why, "the host's disk is broken");
	talk_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go),
		cmocka_unit_test(test_export_name),
		cmocka_unit_test(test_refused_options),
		cmocka_unit_test(test_no_handshake),
		cmocka_unit_test(test_reads_and_writes),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_hopeless_requests),
		cmocka_unit_test(test_limit_is_no_space),
		cmocka_unit_test(test_broken_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
