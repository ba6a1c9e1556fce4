/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdadm.conf: which array gets which name, and UUIDs as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "limits.h"
#include "mdadm_conf.h"
#include "strbuf.h"

static void test_lines(void **state)
{
	static const char text[] =
		"# ARRAY /dev/md9 UUID=9\n"
		"DEVICE partitions\n"
		"ARRAY /dev/md0 metadata=1.2 UUID=01234567:0 name=web01:0\n"
		"array md7 num-devices=2\n"
		"# a comment between\n"
		"\tuuid=\"aa\" # /dev/md8\n"
		"ARR root name='x y'\n"
		"ARRAY <ignore> UUID=5\n"
		"MAILADDR root\n"
		" /dev/md3\n"
		"AR /dev/md4\n";
	_cleanup_arena_ struct arena *a = arena_new(65536);
	mdadm_arrays lines = {0};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(mdadm_conf_arrays(slice_str(text), a, &lines, &e), 0);
	assert_int_equal(lines.n, 4);
	assert_string_equal(lines.v[0].device, "/dev/md0");
	assert_string_equal(lines.v[0].uuid, "01234567:0");
	assert_string_equal(lines.v[0].set_name, "web01:0");
	assert_string_equal(lines.v[1].device, "/dev/md/md7");
	assert_string_equal(lines.v[1].uuid, "aa");
	assert_string_equal(lines.v[2].device, "/dev/md/root");
	assert_null(lines.v[3].device);
	assert_string_equal(lines.v[3].uuid, "5");
}

/* As many lines as are taken. */
static void add_most_lines(struct strbuf *text)
{
	for (size_t i = 0; i < LIMIT_MD_LINES; i++)
		strbuf_printf(text, "ARRAY /dev/md%zu\n", i);
}

/* None of so many is known then; the caller tells. */
static void test_too_many_lines(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(1 << 20);
	mdadm_arrays lines = {0};
	struct err e = ERR_INIT;

	(void)state;
	add_most_lines(&text);
	assert_int_equal(mdadm_conf_arrays(slice_str(strbuf_text(&text)), a, &lines, &e),
			 0);
	assert_int_equal(lines.n, LIMIT_MD_LINES);
	lines = (mdadm_arrays){0};
	strbuf_printf(&text, "ARRAY /dev/md/one\n");
	assert_int_equal(mdadm_conf_arrays(slice_str(strbuf_text(&text)), a, &lines, &e),
			 -ERR_LIMIT);
	assert_int_equal(lines.n, 0);
}

/* What another text told before does not count. */
static void test_lines_of_another_text(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(1 << 20);
	mdadm_arrays lines = {0};
	struct err e = ERR_INIT;

	(void)state;
	add_most_lines(&text);
	assert_int_equal(
		mdadm_conf_arrays(slice_str("ARRAY /dev/md/one\n"), a, &lines, &e), 0);
	assert_int_equal(mdadm_conf_arrays(slice_str(strbuf_text(&text)), a, &lines, &e),
			 0);
	assert_int_equal(lines.n, LIMIT_MD_LINES + 1);
	assert_string_equal(lines.v[0].device, "/dev/md/one");
}

static void test_uuids(void **state)
{
	static const char uuid[] = "3aaa0122:29827cfa:5331ad66:ca767371";
	static const struct {
		const char *other;
		bool same;
	} rows[] = {
		{"3aaa0122:29827cfa:5331ad66:ca767371", true},
		{"3AAA0122-2982-7CFA-5331-AD66CA767371", true},
		{"3aaa012229827cfa5331ad66ca767371", true},
		{"3aaa0122:29827cfa:5331ad66:ca76737", false},
		{"3aaa0122:29827cfa:5331ad66:ca7673711", false},
		{"3aaa0122:29827cfa:5331ad66:ca767370", false},
		{"3aaa0122:29827cfa:5331ad66:ca76737g", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (mdadm_same_uuid(slice_str(rows[i].other), uuid) != rows[i].same)
			fail_msg("%s", rows[i].other);
	assert_false(mdadm_same_uuid(slice_str(""), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_too_many_lines),
		cmocka_unit_test(test_lines_of_another_text),
		cmocka_unit_test(test_uuids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
