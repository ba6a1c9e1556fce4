/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a client's words reaches an SFTP server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limits.h"
#include "put.h"
#include "sftp_gate.h"
#include "sftp_proto.h"
#include "vec.h"

#define BYTES(s) slice_of((s), sizeof(s) - 1)

#define OPEN_DISK "\3\0\0\0\1\0\0\0\5/disk\0\0\0\1\0\0\0\0"
#define READ_DISK "\5\0\0\0\2\0\0\0\1h\0\0\0\0\0\0\0\0\0\0\1\0"

static void test_one_file_is_opened_for_reading(void **state)
{
	const struct slice refused[] = {
		BYTES("\3\0\0\0\1\0\0\0\5/dusk\0\0\0\1\0\0\0\0"),  /* another file */
		BYTES("\3\0\0\0\1\0\0\0\6/disk2\0\0\0\1\0\0\0\0"), /* the same */
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\2\0\0\0\0"),  /* to write */
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\3\0\0\0\0"),
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\x19\0\0\0\0"), /* made anew */
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\1\0\0\0\4\0\0\1\xff"),
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\1"),
		BYTES("\3\0\0\0\1\0\0\0\5/disk\0\0\0\1\0\0\0\0\0"),
		BYTES("\3\0\0\0\1\xff\xff\xff\xff/disk"),
		BYTES("\3\0\0\0\1\0\0\0\6/disk\0\0\0\0\1\0\0\0\0"),
	};
	struct sftp_gate g = {.path = "/disk"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		g.opened = false;
		assert_false(sftp_gate_allows(&g, refused[i]));
	}
	g.opened = false;
	assert_true(sftp_gate_allows(&g, BYTES(OPEN_DISK)));
	assert_false(sftp_gate_allows(&g, BYTES(OPEN_DISK)));
}

static void test_other_requests_are_refused(void **state)
{
	struct sftp_gate g = {.path = "/disk"};

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		uint8_t packet[] = {(uint8_t)type, 0, 0, 0, 1, 0, 0, 0, 1, 'h'};
		bool read = type == SFTP_READ || type == SFTP_FSTAT || type == SFTP_CLOSE;

		assert_int_equal(sftp_gate_allows(&g, slice_of(packet, sizeof(packet))),
				 read);
	}
	assert_false(sftp_gate_allows(&g, BYTES("\5\0\0\0")));
	assert_false(sftp_gate_allows(&g, SLICE_NONE));
}

/* A connection with both ends of the gate in this process. */
struct connection {
	int client[2], server[2]; /* the gate has the second ones */
};

static void connect_both(struct connection *c)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, c->client), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, c->server), 0);
}

static void close_both(struct connection *c)
{
	for (unsigned i = 0; i < 2; i++) {
		close(c->client[i]);
		close(c->server[i]);
	}
}

static void say(int sock, struct slice packet)
{
	uint8_t length[4];

	put_be(length, 4, packet.n);
	assert_int_equal(write(sock, length, 4), 4);
	assert_int_equal(write(sock, packet.p, packet.n), (ssize_t)packet.n);
}

static void assert_came(int sock, size_t n)
{
	uint8_t bytes[256];

	assert_int_equal(recv(sock, bytes, sizeof(bytes), MSG_DONTWAIT), n ? (int)n : -1);
}

static void test_both_hear_each_other(void **state)
{
	struct connection c;
	struct err e = ERR_INIT;

	(void)state;
	connect_both(&c);
	say(c.client[0], BYTES(OPEN_DISK));
	say(c.client[0], BYTES(READ_DISK));
	say(c.server[0], BYTES("any"));
	shutdown(c.client[0], SHUT_WR);
	assert_int_equal(sftp_gate_run("/disk", c.client[1], c.server[1], &e), 0);
	assert_came(c.server[0], 4 + sizeof(OPEN_DISK) - 1 + 4 + sizeof(READ_DISK) - 1);
	close_both(&c);
	connect_both(&c);
	say(c.server[0], BYTES("anything"));
	shutdown(c.server[0], SHUT_WR);
	assert_int_equal(sftp_gate_run("/disk", c.client[1], c.server[1], &e), -ERR_IO);
	assert_came(c.client[0], 4 + 8);
	close_both(&c);
}

static void test_nothing_passes_after_what_is_refused(void **state)
{
	struct connection c;
	struct err e = ERR_INIT;

	(void)state;
	connect_both(&c);
	say(c.client[0], BYTES(OPEN_DISK));
	say(c.client[0], BYTES("\x0d\0\0\0\2\0\0\0\5/disk")); /* REMOVE */
	say(c.client[0], BYTES(READ_DISK));
	assert_int_equal(sftp_gate_run("/disk", c.client[1], c.server[1], &e),
			 -ERR_REFUSED);
	assert_came(c.server[0], 4 + sizeof(OPEN_DISK) - 1);
	close_both(&c);
	connect_both(&c);
	assert_int_equal(write(c.client[0], "\0\1\0\0", 4), 4);
	assert_int_equal(sftp_gate_run("/disk", c.client[1], c.server[1], &e),
			 -ERR_REFUSED);
	assert_came(c.server[0], 0);
	close_both(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_file_is_opened_for_reading),
		cmocka_unit_test(test_other_requests_are_refused),
		cmocka_unit_test(test_both_hear_each_other),
		cmocka_unit_test(test_nothing_passes_after_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
