/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of disks on other machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "remote.h"
#include "text.h"
#include "vec.h"

static void test_uris_are_taken_apart(void **state)
{
	static const struct {
		const char *uri, *host, *port, *socket, *export_name;
	} rows[] = {
		{"nbd://store", "store", "10809", NULL, ""},
		{"nbd://store/", "store", "10809", NULL, ""},
		{"nbd://store:1234/web01", "store", "1234", NULL, "web01"},
		{"nbd://[fe80::1]/a%20b", "fe80::1", "10809", NULL, "a b"},
		{"nbd://[::1]:77/x/y", "::1", "77", NULL, "x/y"},
		{"nbd+unix:///?socket=/run/s", NULL, NULL, "/run/s", ""},
		{"nbd+unix:///disk?a=b&socket=/run/a%2cb", NULL, NULL, "/run/a,b",
		 "disk"},
	};
	struct arena *a = arena_new(65536);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct remote r;

		assert_true(remote_is_uri(rows[i].uri));
		if (remote_parse(rows[i].uri, a, &r, &e) < 0)
			fail_msg("%s: %s", rows[i].uri, e.text);
		assert_string_equal(r.export_name, rows[i].export_name);
		if (rows[i].socket) {
			assert_null(r.host);
			assert_string_equal(r.socket, rows[i].socket);
		} else {
			assert_null(r.socket);
			assert_string_equal(r.host, rows[i].host);
			assert_string_equal(r.port, rows[i].port);
		}
	}
	arena_free(a);
}

static void test_files_behind_ssh_are_taken_apart(void **state)
{
	static const struct {
		const char *uri, *user, *host, *port, *path;
	} rows[] = {
		{"ssh://store/srv/disk.img", NULL, "store", NULL, "/srv/disk.img"},
		{"ssh://a.b@store:22/x", "a.b", "store", "22", "/x"},
		{"ssh://[fe80::1%25eth0]:2/a%20b%3F", NULL, "fe80::1%eth0", "2", "/a b?"},
		{"ssh://store//x", NULL, "store", NULL, "//x"},
	};
	struct arena *a = arena_new(65536);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct remote r;

		assert_true(remote_is_uri(rows[i].uri));
		if (remote_parse(rows[i].uri, a, &r, &e) < 0)
			fail_msg("%s: %s", rows[i].uri, e.text);
		assert_true(text_same(r.user, rows[i].user) ||
			    (!r.user && !rows[i].user));
		assert_string_equal(r.host, rows[i].host);
		assert_true(text_same(r.port, rows[i].port) ||
			    (!r.port && !rows[i].port));
		assert_string_equal(r.path, rows[i].path);
	}
	arena_free(a);
}

static void test_what_is_not_spoken_is_named(void **state)
{
	static const struct {
		const char *uri;
		int code;
		const char *text;
	} rows[] = {
		{"nbds://store/", -ERR_UNSUPPORTED, "TLS"},
		{"sftp://store/disk.img", -ERR_UNSUPPORTED, "ssh://HOST/PATH"},
		{"ssh://store", -ERR_USAGE, "no file"},
		{"ssh://store/", -ERR_USAGE, "no file"},
		{"ssh:///disk.img", -ERR_USAGE, "no host"},
		{"ssh://-v/disk.img", -ERR_USAGE, "no name of a host"},
		{"ssh://[-v]/disk.img", -ERR_USAGE, "no name of a host"},
		{"ssh://a@b@c/disk.img", -ERR_USAGE, "no name of a host"},
		{"ssh://`x`/disk.img", -ERR_USAGE, "no name of a host"},
		{"ssh://-lx@store/disk.img", -ERR_USAGE, "no name of a user"},
		{"ssh://%2Dlx@store/disk.img", -ERR_USAGE, "no name of a user"},
		{"ssh://dom%20x@store/x", -ERR_USAGE, "no name of a user"},
		{"ssh://@store/disk.img", -ERR_USAGE, "no name of a user"},
		{"ssh://a%0Ab@store/disk.img", -ERR_USAGE, "no name of a user"},
		{"ssh://store:/disk.img", -ERR_USAGE, "no port"},
		{"ssh://store:0/disk.img", -ERR_USAGE, "no port"},
		{"ssh://store:65536/disk.img", -ERR_USAGE, "no port"},
		{"ssh://store/disk.img?host_key_check=no", -ERR_USAGE, "configuration"},
		{"ssh://store/%zz", -ERR_USAGE, "hexadecimal"},
		{"https://store/disk.img", -ERR_UNSUPPORTED, "fetch"},
		{"nbd:///x", -ERR_USAGE, "no host"},
		{"nbd://[::1", -ERR_USAGE, "without \"]\""},
		{"nbd+unix:///x", -ERR_USAGE, "no socket"},
		{"nbd+unix://store/?socket=/s", -ERR_USAGE, "no host"},
		{"nbd://store/%zz", -ERR_USAGE, "hexadecimal"},
		{"nbd://store/%00", -ERR_USAGE, "hexadecimal"},
		{"nbd://store/%4", -ERR_USAGE, "hexadecimal"},
	};
	struct arena *a = arena_new(65536);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct remote r;

		assert_true(remote_is_uri(rows[i].uri));
		assert_int_equal(remote_parse(rows[i].uri, a, &r, &e), rows[i].code);
		if (!strstr(e.text, rows[i].text))
			fail_msg("%s: %s", rows[i].uri, e.text);
	}
	arena_free(a);
}

static void test_a_path_is_a_path(void **state)
{
	static const char *const paths[] = {"disk.img", "nbd:host:1", "/nbd://x",
					    "./nbd://x", "nbd"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_false(remote_is_uri(paths[i]));
}

static void test_nobody_there_is_said(void **state)
{
	struct remote r = {.socket = "/nonexistent/socket"};
	struct err e = ERR_INIT;
	int fd;

	(void)state;
	assert_int_equal(remote_connect(&r, &fd, &e), -ERR_ABSENT);
	assert_non_null(strstr(e.text, "/nonexistent/socket"));
	assert_int_equal(fd, -1);
	/* A port of nobody: 1 is never given out. */
	r = (struct remote){.host = "127.0.0.1", .port = "1"};
	assert_int_equal(remote_connect(&r, &fd, &e), -ERR_ABSENT);
	assert_int_equal(fd, -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uris_are_taken_apart),
		cmocka_unit_test(test_files_behind_ssh_are_taken_apart),
		cmocka_unit_test(test_what_is_not_spoken_is_named),
		cmocka_unit_test(test_a_path_is_a_path),
		cmocka_unit_test(test_nobody_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
