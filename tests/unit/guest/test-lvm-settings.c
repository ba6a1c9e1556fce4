/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lvm.conf and the devices file, as bytes in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "limits.h"
#include "lvm_settings.h"

static struct arena *arena;
static struct lvm_fact lvm;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(LIMIT_SCRATCH);
	lvm = (struct lvm_fact){0};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void parse(const char *path, const char *text)
{
	struct err e = ERR_INIT;

	assert_int_equal(lvm_settings_parse(slice_str(text), arena,
					    (struct source){.path = path}, &lvm, &e),
			 0);
}

static void filter(size_t at, const char *name, unsigned line, const char *word,
		   const char *first, size_t n)
{
	const struct lvm_filter_fact *f = &lvm.filters.v[at];

	assert_true(at < lvm.filters.n);
	assert_string_equal(f->name, name);
	assert_int_equal(f->source.line, line);
	assert_string_equal(f->word ? f->word : "-", word);
	assert_int_equal(f->patterns.n, n);
	assert_string_equal(n ? f->patterns.v[0] : "-", first);
}

static void test_conf(void **state)
{
	(void)state;
	parse("etc/lvm/lvm.conf", "# filter = [ \"a|.*|\" ]\n"
				  "devices {\n"
				  "  preferred_names = [ \"^/dev/sdz\" ]\n"
				  "  filter=[\"a|\\\"x|\", # \"a|y|\"\n"
				  "    'r|\\|' ]\n"
				  "  use_devicesfile = 1 search_for_devnames = \"all\"\n"
				  "}\n"
				  "activation { filter = \"r|no|\" }\n"
				  "devices/global_filter = \"r|.*|\"\n"
				  "devices { filter =\n \"r| x|\" }\n"
				  "devices { filter = [] }\n");
	assert_null(lvm.problem);
	assert_int_equal(lvm.filters.n, 4);
	filter(0, "filter", 4, "filter=[\"a|\\\"x|\",", "a|\"x|", 2);
	assert_string_equal(lvm.filters.v[0].patterns.v[1], "r|\\|");
	filter(1, "global_filter", 9, "\"r|.*|\"", "r|.*|", 1);
	filter(2, "filter", 11, "-", "r| x|", 1);
	filter(3, "filter", 12, "[]", "-", 0);
	assert_int_equal(lvm.use_devicesfile, KNOWN_YES);
	assert_string_equal(lvm.search_for_devnames, "all");
}

static void test_devices(void **state)
{
	(void)state;
	parse("/etc/lvm/devices/system.devices",
	      "# HASH=1\nVERSION=1.1.2\n"
	      "IDTYPE=sys_wwid IDNAME=t10.ATA DEVNAME=/dev/sda2 PVID=x PART=2\n"
	      "IDTYPE=devname IDNAME=. DEVNAME=. PVID=.\nIDNAME=z\n");
	assert_int_equal(lvm.devices.n, 2);
	assert_string_equal(lvm.devices.v[0].idtype, "sys_wwid");
	assert_string_equal(lvm.devices.v[0].idname, "t10.ATA");
	assert_string_equal(lvm.devices.v[0].devname, "/dev/sda2");
	assert_string_equal(lvm.devices.v[0].pvid, "x");
	assert_int_equal(lvm.devices.v[0].source.line, 3);
	assert_null(lvm.devices.v[1].idname);
	assert_null(lvm.devices.v[1].pvid);
}

static void test_damage(void **state)
{
	(void)state;
	parse("/etc/lvm/other.conf", "{");
	assert_null(lvm.problem);
	parse("/etc/lvm/lvm.conf", "devices {\n filter = [ \"a|x|\"");
	assert_non_null(strstr(lvm.problem, "/etc/lvm/lvm.conf: line 2"));
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_conf),
		CASE(test_devices),
		CASE(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
