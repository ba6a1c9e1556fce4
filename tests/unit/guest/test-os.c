/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf-maker.h"
#include "fake-guest.h"
#include "os_release.h"

static void same(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got ? got : "(null)", want);
	else
		assert_null(got);
}

static void test_release_lines(_unused_ void **state)
{
	static const struct {
		const char *line, *id, *version;
	} rows[] = {
		{"Red Hat Enterprise Linux Server release 5.1 (Tikanga)\n", "rhel",
		 "5.1"},
		{"Red Hat Enterprise Linux AS release 3 (Taroon Update 9)\n", "rhel",
		 "3.9"},
		{"Red Hat Enterprise Linux AS release 4 (Nahant Update 6)\n", "rhel",
		 "4.6"},
		{"Red Hat Enterprise Linux ES release 4 (Nahant)", "rhel", "4"},
		{"Red Hat Linux Advanced Server release 2.1AS (Pensacola)", "rhel",
		 "2.1"},
		{"Red Hat Linux release 9 (Shrike)", "redhat", "9"},
		{"CentOS release 5.11 (Final)", "centos", "5.11"},
		{"CentOS Linux release 7.9.2009 (Core)", "centos", "7.9.2009"},
		{"Enterprise Linux Enterprise Linux Server release 5.5 (Carthage)", "ol",
		 "5.5"},
		{"Amazon Linux AMI release 2018.03", "amzn", "2018.03"},
		{"XenServer release 6.2.0-70446c (xenenterprise)", "xenserver", "6.2.0"},
		{"Fedora release 40 (Forty)", "fedora", "40"},
		{"Own Linux release 1.2", "unknown", "1.2"},
		{"something", "unknown", NULL},
	};
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct os_fact os = {0};
		struct err e = ERR_INIT;

		assert_int_equal(
			redhat_release_parse(slice_str(rows[i].line), NULL, a, &os, &e),
			0);
		same(os.id, rows[i].id);
		same(os.version, rows[i].version);
	}
}

static void test_quoting(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	static const char text[] = "# comment ID=x\n"
				   "NAME='A \"B\"'\n"
				   "PRETTY_NAME=\"Say \\\"hi\\\" \\$5\"\n"
				   "ID=debian\n"
				   "VERSION_ID=\"12\"\n"
				   "junk\n";
	struct os_fact os = {0};
	struct err e = ERR_INIT;

	assert_int_equal(os_release_parse(slice_str(text), NULL, a, &os, &e), 0);
	same(os.id, "debian");
	same(os.version, "12");
	same(os.name, "Say \"hi\" $5");
	same(os.like, NULL);
	assert_int_equal(os_release_parse(slice_str("NAME=x\n"), NULL, a, &os, &e),
			 -ERR_ABSENT);
	assert_int_equal(os_release_parse(slice_of("ID=x\0\n", 6), NULL, a, &os, &e),
			 -ERR_CORRUPT);
}

static void test_other_files(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct os_fact os = {0};
	struct err e = ERR_INIT;

	assert_int_equal(
		suse_release_parse(slice_str("SUSE Linux Enterprise Server 11 (x86_64)\n"
					     "VERSION = 11\nPATCHLEVEL = 4\n"),
				   "suse", a, &os, &e),
		0);
	same(os.id, "sles");
	same(os.version, "11.4");
	os = (struct os_fact){0};
	assert_int_equal(
		lsb_release_parse(slice_str("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\n"
					    "DISTRIB_DESCRIPTION=\"Ubuntu 10.04 LTS\"\n"),
				  NULL, a, &os, &e),
		0);
	same(os.id, "ubuntu");
	same(os.name, "Ubuntu 10.04 LTS");
	os = (struct os_fact){0};
	assert_int_equal(plain_release_parse(slice_str("Slackware 14.2\n"), "slackware",
					     a, &os, &e),
			 0);
	same(os.version, "14.2");
	os = (struct os_fact){0};
	assert_int_equal(plain_release_parse(SLICE_NONE, "arch", a, &os, &e), 0);
	same(os.id, "arch");
	same(os.version, NULL);
}

static void test_tree(_unused_ void **state)
{
	struct elf_maker m = {.wide = false, .type = 2, .machine = 3};
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/redhat-release",
		  "Red Hat Enterprise Linux AS release 4 (Nahant Update 8)\n");
	fake_text(&f, "/etc/lsb-release", "LSB_VERSION=\"3.0\"\n");
	fake_text(&f, "/bin/sh", "#!/bin/busybox\n");
	fake_file(&f, "/sbin/init", maker_finish(&m));
	assert_int_equal(fake_read(&f, &read_os), 0);
	same(f.facts.os.id, "rhel");
	same(f.facts.os.version, "4.8");
	same(f.facts.os.arch, "i686");
	same(f.facts.os.source.path, "/etc/redhat-release");
	assert_int_equal(f.facts.problems.n, 0);
	fake_done(&f);
}

/* A damaged os-release is said, and the next file is read. */
static void test_damaged(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, "/etc/os-release", slice_of("\0\0\0\0", 4));
	fake_text(&f, "/etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n");
	assert_int_equal(fake_read(&f, &read_os), 0);
	same(f.facts.os.id, "centos");
	assert_int_equal(f.facts.problems.n, 1);
	same(f.facts.problems.v[0].code, "corrupt");
	fake_done(&f);
}

static void test_centos(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/os-release", "ID=\"centos\"\nVERSION_ID=\"7\"\n");
	fake_text(&f, "/etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n");
	assert_int_equal(fake_read(&f, &read_os), 0);
	same(f.facts.os.version, "7.9.2009");
	fake_done(&f);
}

static void test_no_linux(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/Windows/System32/", "");
	assert_int_equal(fake_read(&f, &read_os), 0);
	same(f.facts.os.id, "windows");
	fake_done(&f);
	fake_new(&f);
	assert_int_equal(fake_read(&f, &read_os), 0);
	same(f.facts.os.id, "unknown");
	assert_int_equal(f.facts.problems.n, 1);
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_release_lines), cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_other_files),   cmocka_unit_test(test_tree),
		cmocka_unit_test(test_damaged),       cmocka_unit_test(test_centos),
		cmocka_unit_test(test_no_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
