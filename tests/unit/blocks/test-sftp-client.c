/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of another machine behind a socket: what a server may answer, right and wrong,
 * and what OpenSSH's answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits.h"
#include "put.h"
#include "sftp_client.h"
#include "sftp_proto.h"

enum {
	SIZE = 100000,
	ROW = 64 * 1024, /* a long read */
};

/* All that the server will ever say, put into the socket before it is read. */
struct answers {
	uint8_t bytes[3 * ROW];
	size_t n;
	size_t start; /* of the packet that is being made */
	int ends[2];  /* the client's, the server's */
};

static void say(struct answers *a, size_t n, uint64_t v)
{
	put_be(a->bytes + a->n, n, v);
	a->n += n;
}

static void say_string(struct answers *a, const void *s, size_t n)
{
	say(a, 4, n);
	memcpy(a->bytes + a->n, s, n);
	a->n += n;
}

static void begin(struct answers *a, enum sftp_type type)
{
	a->start = a->n;
	a->n += SFTP_LENGTH_BYTES;
	say(a, 1, type);
}

static void end(struct answers *a)
{
	put_be(a->bytes + a->start, SFTP_LENGTH_BYTES,
	       a->n - a->start - SFTP_LENGTH_BYTES);
}

static void hello(struct answers *a, uint32_t version)
{
	begin(a, SFTP_HELLO);
	say(a, 4, version);
	say_string(a, "posix-rename@openssh.com", 24);
	say_string(a, "1", 1);
	end(a);
}

static void handle(struct answers *a, uint32_t id, const char *name)
{
	begin(a, SFTP_HANDLE);
	say(a, 4, id);
	say_string(a, name, strlen(name));
	end(a);
}

static void attributes(struct answers *a, uint32_t id, uint64_t size, uint32_t mode)
{
	begin(a, SFTP_ATTRS);
	say(a, 4, id);
	say(a, 4, SFTP_ATTR_SIZE | SFTP_ATTR_OWNERS | SFTP_ATTR_MODE);
	say(a, 8, size);
	say(a, 8, 0);
	say(a, 4, mode);
	end(a);
}

static void status(struct answers *a, uint32_t id, uint32_t code, const char *text)
{
	begin(a, SFTP_STATUS);
	say(a, 4, id);
	say(a, 4, code);
	if (text) {
		say_string(a, text, strlen(text));
		say_string(a, "en", 2);
	}
	end(a);
}

/* Bytes of a file in which no two places are alike. */
static void fill(uint8_t *to, uint64_t off, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (uint8_t)((off + i) * 31 + ((off + i) >> 8) * 7);
}

static void data(struct answers *a, uint32_t id, uint64_t off, size_t n)
{
	begin(a, SFTP_DATA);
	say(a, 4, id);
	say(a, 4, n);
	fill(a->bytes + a->n, off, n);
	a->n += n;
	end(a);
}

/* The file is open, and the first read has the number 3. */
static void open_answers(struct answers *a)
{
	a->n = 0;
	hello(a, 3);
	handle(a, 1, "h0");
	attributes(a, 2, SIZE, S_IFREG | 0644);
}

/* The server says all of it at once, and is gone. */
static void deliver(struct answers *a)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a->ends), 0);
	assert_int_equal(write(a->ends[1], a->bytes, a->n), (ssize_t)a->n);
	shutdown(a->ends[1], SHUT_WR);
}

static struct blocks *open_file(struct answers *a)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	deliver(a);
	if (blocks_sftp(a->ends[0], "/srv/disk.img", &b, &e) < 0)
		fail_msg("%s", e.text);
	return b;
}

static void close_file(struct answers *a, struct blocks *b)
{
	blocks_free(b);
	close(a->ends[1]);
}

static void assert_read(struct blocks *b, uint64_t off, size_t n)
{
	static uint8_t buf[SIZE], expected[SIZE];
	struct err e = ERR_INIT;

	if (blocks_read(b, off, buf, n, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(e.code, ERR_NONE);
	fill(expected, off, n);
	assert_memory_equal(buf, expected, n);
}

static void assert_read_fails(struct blocks *b, uint64_t off, size_t n, int code,
			      const char *text)
{
	static uint8_t buf[SIZE];
	struct err e = ERR_INIT;

	assert_int_equal(blocks_read(b, off, buf, n, &e), -code);
	if (!strstr(e.text, text))
		fail_msg("%s", e.text);
}

static void assert_asked(int sock, const void *words, size_t n)
{
	uint8_t got[256];

	assert_true(n <= sizeof(got));
	assert_int_equal(recv(sock, got, n, MSG_WAITALL), n);
	assert_memory_equal(got, words, n);
}

static void test_a_file_is_opened_and_read(void **state)
{
	static const char asked[] =
		"\0\0\0\x1e\3\0\0\0\1\0\0\0\x0d/srv/disk.img\0\0\0\1\0\0\0\0"
		"\0\0\0\x0b\x08\0\0\0\2\0\0\0\2h0"
		"\0\0\0\x17\5\0\0\0\3\0\0\0\2h0\0\0\0\0\0\0\2\0\0\0\0\4";
	static const char closed[] = "\0\0\0\x0b\4\0\0\0\4\0\0\0\2h0";
	struct answers a;
	struct blocks *b;

	(void)state;
	open_answers(&a);
	data(&a, 3, 512, 4);
	b = open_file(&a);
	assert_int_equal(b->size, SIZE);
	assert_string_equal(b->format, "raw");
	assert_read(b, 512, 4);
	assert_asked(a.ends[1], asked, sizeof(asked) - 1);
	blocks_free(b);
	assert_asked(a.ends[1], closed, sizeof(closed) - 1);
	close(a.ends[1]);
}

static void test_the_greeting_says_the_version(void **state)
{
	int ends[2];
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(sftp_greet(ends[0], &e), 0);
	assert_asked(ends[1], "\0\0\0\5\1\0\0\0\3", 9);
	close(ends[0]);
	close(ends[1]);
}

static void test_answers_may_be_short_and_in_any_order(void **state)
{
	enum { AT = 100 };
	struct answers a;
	struct blocks *b;

	(void)state;
	open_answers(&a);
	/* Two pieces, the second first; of the first a part, and what lacks of it. */
	data(&a, 4, AT + SFTP_PIECE, SFTP_PIECE);
	data(&a, 3, AT, 1000);
	data(&a, 5, AT + 1000, SFTP_PIECE - 2000);
	data(&a, 6, AT + SFTP_PIECE - 1000, 1000);
	b = open_file(&a);
	assert_read(b, AT, 2 * SFTP_PIECE);
	close_file(&a, b);
}

/* Of what is asked for ahead only a part comes, and the next read wants the rest. */
static void test_a_short_answer_is_kept_as_far_as_it_goes(void **state)
{
	struct answers a;
	struct blocks *b;

	(void)state;
	open_answers(&a);
	data(&a, 3, 0, SFTP_PIECE);
	data(&a, 4, SFTP_PIECE, SFTP_PIECE);
	data(&a, 5, 2 * SFTP_PIECE, 100); /* behind the read */
	status(&a, 6, SFTP_EOF, NULL);    /* the same */
	data(&a, 7, 2 * SFTP_PIECE + 100, 900);
	b = open_file(&a);
	assert_read(b, 0, ROW);
	assert_read(b, 2 * SFTP_PIECE, 1000);
	close_file(&a, b);
}

static void test_an_error_of_one_read_is_not_the_end(void **state)
{
	static const struct {
		uint32_t code;
		const char *said;
		int error;
		const char *text;
	} rows[] = {
		{SFTP_EOF, "End of file", ERR_IO, "has become shorter"},
		{SFTP_NO_SUCH_FILE, NULL, ERR_ABSENT, "no such file"},
		{SFTP_PERMISSION_DENIED, "", ERR_REFUSED, "permission denied"},
		{4, "Fail\033ure", ERR_IO, "status 4, Fail\\x1bure"},
		{77, NULL, ERR_IO, "status 77"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answers a;
		struct blocks *b;

		open_answers(&a);
		status(&a, 3, rows[i].code, rows[i].said);
		data(&a, 4, 0, 10);
		b = open_file(&a);
		assert_read_fails(b, 0, 10, rows[i].error, rows[i].text);
		assert_read(b, 0, 10);
		close_file(&a, b);
	}
}

static void lie_bytes_of_nobody(struct answers *a)
{
	data(a, 99, 0, 10);
}
static void lie_too_many(struct answers *a)
{
	data(a, 3, 0, 11);
}
static void lie_none(struct answers *a)
{
	data(a, 3, 0, 0);
}
static void lie_success(struct answers *a)
{
	status(a, 3, SFTP_OK, "fine");
}
static void lie_other_type(struct answers *a)
{
	handle(a, 3, "h0");
}
static void lie_too_short(struct answers *a)
{
	say(a, 8, UINT64_C(0x0000000465000000));
}
static void lie_no_code(struct answers *a)
{
	begin(a, SFTP_STATUS);
	say(a, 4, 3);
	end(a);
}
static void lie_no_length(struct answers *a)
{
	begin(a, SFTP_DATA);
	say(a, 4, 3);
	end(a);
}
static void lie_lengths_differ(struct answers *a)
{
	begin(a, SFTP_DATA);
	say(a, 4, 3);
	say_string(a, "0123456789", 10);
	say(a, 1, 0);
	end(a);
}
static void lie_huge_status(struct answers *a)
{
	status(a, 3, 4, "x");
	put_be(a->bytes + a->start, 4, LIMIT_SFTP_PACKET + 6);
}

static void test_nothing_is_believed_after_nonsense(void **state)
{
	static void (*const lies[])(struct answers * a) = {
		lie_bytes_of_nobody, lie_too_many,   lie_none,    lie_success,
		lie_other_type,      lie_too_short,  lie_no_code, lie_no_length,
		lie_lengths_differ,  lie_huge_status};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct answers a;
		struct blocks *b;

		open_answers(&a);
		lies[i](&a);
		data(&a, 4, 0, 10);
		b = open_file(&a);
		assert_read_fails(b, 0, 10, ERR_CORRUPT, "makes no sense");
		assert_read_fails(b, 0, 10, ERR_IO, "gone away");
		close_file(&a, b);
	}
}

static void test_a_server_that_ends_is_an_error(void **state)
{
	struct answers a;
	struct blocks *b;

	(void)state;
	open_answers(&a);
	data(&a, 3, 0, 1000);
	a.n -= 500;
	b = open_file(&a);
	assert_read_fails(b, 0, 1000, ERR_IO, "does not answer");
	close_file(&a, b);
}

static void assert_not_opened(struct answers *a, int code, const char *text)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	deliver(a);
	assert_int_equal(blocks_sftp(a->ends[0], "/srv/disk.img", &b, &e), -code);
	assert_null(b);
	if (!strstr(e.text, text))
		fail_msg("%s", e.text);
	close(a->ends[0]);
	close(a->ends[1]);
}

static void test_what_is_no_server_is_refused(void **state)
{
	struct answers a = {.n = 0};

	(void)state;
	assert_not_opened(&a, ERR_IO, "does not answer");
	memcpy(a.bytes, "Welcome to the store!\n", 22);
	a.n = 22;
	assert_not_opened(&a, ERR_CORRUPT, "start-up file");
	a.n = 0;
	status(&a, 0, 4, "no");
	assert_not_opened(&a, ERR_CORRUPT, "start-up file");
	a.n = 0;
	hello(&a, 2);
	assert_not_opened(&a, ERR_UNSUPPORTED, "version 2");
	a.n = 0;
	begin(&a, SFTP_HELLO);
	end(&a);
	assert_not_opened(&a, ERR_CORRUPT, "makes no sense");
}

static void test_a_file_that_is_not_given_is_an_error(void **state)
{
	struct answers a = {.n = 0};
	char long_handle[SFTP_HANDLE_MAX + 2];

	(void)state;
	memset(long_handle, 'h', sizeof(long_handle));
	long_handle[sizeof(long_handle) - 1] = '\0';
	hello(&a, 3);
	status(&a, 1, SFTP_NO_SUCH_FILE, "No such file");
	assert_not_opened(&a, ERR_ABSENT, "no such file");
	a.n = 0;
	hello(&a, 3);
	status(&a, 1, SFTP_PERMISSION_DENIED, "Permission denied");
	assert_not_opened(&a, ERR_REFUSED, "permission denied");
	a.n = 0;
	hello(&a, 3);
	handle(&a, 7, "h0");
	assert_not_opened(&a, ERR_CORRUPT, "makes no sense");
	a.n = 0;
	hello(&a, 3);
	handle(&a, 1, long_handle);
	assert_not_opened(&a, ERR_CORRUPT, "makes no sense");
}

static void test_what_is_no_file_is_refused(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t mode;
		int code;
		const char *text;
	} rows[] = {
		{4096, S_IFDIR | 0755, ERR_UNSUPPORTED, "a directory"},
		{0, S_IFBLK | 0600, ERR_UNSUPPORTED, "qemu-nbd"},
		{0, S_IFIFO | 0600, ERR_UNSUPPORTED, "neither"},
		{UINT64_MAX, S_IFREG | 0600, ERR_CORRUPT, "no file has"},
	};
	struct answers a = {.n = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		a.n = 0;
		hello(&a, 3);
		handle(&a, 1, "");
		attributes(&a, 2, rows[i].size, rows[i].mode);
		assert_not_opened(&a, rows[i].code, rows[i].text);
	}
	a.n = 0;
	hello(&a, 3);
	handle(&a, 1, "h");
	begin(&a, SFTP_ATTRS);
	say(&a, 8, UINT64_C(2) << 32);
	end(&a);
	assert_not_opened(&a, ERR_UNSUPPORTED, "does not tell its size");
	a.n = 0;
	hello(&a, 3);
	handle(&a, 1, "h");
	begin(&a, SFTP_ATTRS);
	say(&a, 8, UINT64_C(2) << 32 | SFTP_ATTR_SIZE);
	end(&a);
	assert_not_opened(&a, ERR_CORRUPT, "makes no sense");
}

/* --- OpenSSH's server --- */

static const char *const servers[] = {"/usr/lib/openssh/sftp-server",
				      "/usr/libexec/openssh/sftp-server",
				      "/usr/lib/ssh/sftp-server"};

static const char *find_server(void)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++)
		if (access(servers[i], X_OK) == 0)
			return servers[i];
	return NULL;
}

static pid_t start_server(const char *program, int sock)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(sock, 0) == 0 && dup2(sock, 1) == 1)
			execl(program, program, "-R", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void test_openssh_serves_the_same_bytes(void **state)
{
	enum { LARGE = 5 * 1024 * 1024 + 77 };
	const char *server = find_server();
	char path[] = "/tmp/paravet-sftp-XXXXXX";
	uint8_t *bytes = malloc(LARGE), *buf = malloc(LARGE);
	uint64_t random = 42;
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int fd, ends[2];
	pid_t pid;

	(void)state;
	if (!server) {
		free(bytes);
		free(buf);
		skip();
	}
	assert_non_null(bytes);
	assert_non_null(buf);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	fill(bytes, 0, LARGE);
	assert_int_equal(write(fd, bytes, LARGE), LARGE);
	close(fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = start_server(server, ends[1]);
	close(ends[1]);
	assert_int_equal(sftp_greet(ends[0], &e), 0);
	if (blocks_sftp(ends[0], path, &b, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(b->size, LARGE);
	for (unsigned i = 0; i < 200; i++) {
		uint64_t off = (random = random * 6364136223846793005u + 1) % LARGE;
		size_t n = (size_t)(i % 20 ? random >> 33 & 0xffff : LARGE);

		n = n < LARGE - off ? n : (size_t)(LARGE - off);
		if (blocks_read(b, off, buf, n, &e) < 0)
			fail_msg("%s", e.text);
		assert_memory_equal(buf, bytes + off, n);
	}
	for (uint64_t off = 0; off + ROW < LARGE; off += ROW) {
		assert_int_equal(blocks_read(b, off, buf, ROW, &e), 0);
		assert_memory_equal(buf, bytes + off, ROW);
	}
	/* What is cut off meanwhile. */
	assert_int_equal(truncate(path, 4096), 0);
	assert_int_equal(blocks_read(b, 0, buf, 4096, &e), 0);
	assert_int_equal(blocks_read(b, 2048, buf, 4096, &e), -ERR_IO);
	blocks_free(b);
	waitpid(pid, NULL, 0);
	unlink(path);
	free(bytes);
	free(buf);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_opened_and_read),
		cmocka_unit_test(test_the_greeting_says_the_version),
		cmocka_unit_test(test_answers_may_be_short_and_in_any_order),
		cmocka_unit_test(test_a_short_answer_is_kept_as_far_as_it_goes),
		cmocka_unit_test(test_an_error_of_one_read_is_not_the_end),
		cmocka_unit_test(test_nothing_is_believed_after_nonsense),
		cmocka_unit_test(test_a_server_that_ends_is_an_error),
		cmocka_unit_test(test_what_is_no_server_is_refused),
		cmocka_unit_test(test_a_file_that_is_not_given_is_an_error),
		cmocka_unit_test(test_what_is_no_file_is_refused),
		cmocka_unit_test(test_openssh_serves_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
