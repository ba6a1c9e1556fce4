/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk behind a socket: what a server may answer, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nbd_client.h"
#include "nbd_proto.h"
#include "put.h"

enum { SIZE = 4096 };

/* All that the server will ever say, put into the socket before it is read. */
struct answers {
	uint8_t bytes[1024];
	size_t n;
	int ends[2]; /* the client's, the server's */
};

static void say(struct answers *a, size_t n, uint64_t v)
{
	put_be(a->bytes + a->n, n, v);
	a->n += n;
}

static void greet(struct answers *a, uint64_t size)
{
	memcpy(a->bytes, NBD_GREETING, 8);
	a->n = 8;
	say(a, 8, NBD_OPTION_MAGIC);
	say(a, 2, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
	say(a, 8, size);
	say(a, 2, 3);
}

static void reply(struct answers *a, uint32_t error, uint64_t cookie)
{
	say(a, 4, NBD_REPLY_MAGIC);
	say(a, 4, error);
	say(a, 8, cookie);
}

/* The server says all of it at once, and is gone when `gone`. */
static void deliver(struct answers *a, bool gone)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a->ends), 0);
	assert_int_equal(write(a->ends[1], a->bytes, a->n), (ssize_t)a->n);
	if (gone)
		shutdown(a->ends[1], SHUT_WR);
}

static struct blocks *open_disk(struct answers *a)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	if (blocks_nbd(a->ends[0], "", "vmdk", &b, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(b->size, SIZE);
	assert_string_equal(b->format, "vmdk");
	return b;
}

static int open_fails(struct answers *a)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int r = blocks_nbd(a->ends[0], "", "vmdk", &b, &e);

	assert_null(b);
	close(a->ends[0]);
	close(a->ends[1]);
	return r;
}

static void test_a_read_is_asked_for_and_answered(void **state)
{
	struct answers a = {.n = 0};
	uint8_t buf[4], asked[4 + 16 + NBD_REQUEST_BYTES];
	struct err e = ERR_INIT;
	struct reader rd = reader_of(slice_of(asked, sizeof(asked)));
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 1);
	say(&a, 4, 0x01020304);
	deliver(&a, false);
	b = open_disk(&a);
	assert_int_equal(blocks_read(b, 512, buf, 4, &e), 0);
	assert_memory_equal(buf, "\1\2\3\4", 4);
	assert_int_equal(read(a.ends[1], asked, sizeof(asked)), sizeof(asked));
	rd_skip(&rd, 4 + 16);
	assert_int_equal(rd_u32be(&rd), NBD_REQUEST_MAGIC);
	assert_int_equal(rd_u32be(&rd), NBD_CMD_READ);
	assert_int_equal(rd_u64be(&rd), 1);
	assert_int_equal(rd_u64be(&rd), 512);
	assert_int_equal(rd_u32be(&rd), 4);
	blocks_free(b);
	assert_int_equal(read(a.ends[1], asked, sizeof(asked)), NBD_REQUEST_BYTES);
	assert_int_equal(asked[7], NBD_CMD_DISC);
	close(a.ends[1]);
}

static void test_an_error_of_one_read_is_not_the_end(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[1];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 5, 1);
	reply(&a, 0, 2);
	say(&a, 1, 'x');
	deliver(&a, false);
	b = open_disk(&a);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "Input/output error"));
	err_clear(&e);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), 0);
	assert_int_equal(buf[0], 'x');
	blocks_free(b);
	close(a.ends[1]);
}

static void test_nothing_is_believed_after_nonsense(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[1];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 77); /* of a request that was never made */
	say(&a, 1, 'x');
	reply(&a, 0, 2);
	say(&a, 1, 'y');
	deliver(&a, false);
	b = open_disk(&a);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_CORRUPT);
	err_clear(&e);
	assert_int_equal(blocks_read(b, 0, buf, 1, &e), -ERR_IO);
	blocks_free(b);
	close(a.ends[1]);
}

static void test_a_server_that_ends_is_an_error(void **state)
{
	struct answers a = {.n = 0};
	struct err e = ERR_INIT;
	uint8_t buf[8];
	struct blocks *b;

	(void)state;
	greet(&a, SIZE);
	reply(&a, 0, 1);
	say(&a, 4, 0);
	deliver(&a, true);
	b = open_disk(&a);
	assert_int_equal(blocks_read(b, 0, buf, sizeof(buf), &e), -ERR_IO);
	blocks_free(b);
	close(a.ends[1]);
}

static void test_what_is_no_server_is_refused(void **state)
{
	struct answers none = {.n = 0}, other = {.n = 0}, huge = {.n = 0};

	(void)state;
	deliver(&none, true);
	assert_int_equal(open_fails(&none), -ERR_IO);
	greet(&other, SIZE);
	other.bytes[0] = 'X';
	deliver(&other, true);
	assert_int_equal(open_fails(&other), -ERR_CORRUPT);
	greet(&huge, UINT64_MAX);
	deliver(&huge, true);
	assert_int_equal(open_fails(&huge), -ERR_CORRUPT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_read_is_asked_for_and_answered),
		cmocka_unit_test(test_an_error_of_one_read_is_not_the_end),
		cmocka_unit_test(test_nothing_is_believed_after_nonsense),
		cmocka_unit_test(test_a_server_that_ends_is_an_error),
		cmocka_unit_test(test_what_is_no_server_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
