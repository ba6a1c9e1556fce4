/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine as a host: what the files of a made-up root directory tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "handle.h"
#include "limits.h"

static const char *const paths[] = {"etc/redhat-release",
				    "etc/oracle-release",
				    "etc/os-release",
				    "proc/cpuinfo",
				    "etc",
				    "proc"};

struct machine_files {
	struct arena *arena;
	char root[64];
};

static int set_up(void **state)
{
	static struct machine_files m;
	char path[128];

	snprintf(m.root, sizeof(m.root), "/tmp/paravet-host-XXXXXX");
	m.arena = arena_new(1 << 20);
	if (!m.arena || !mkdtemp(m.root))
		return -1;
	snprintf(path, sizeof(path), "%s/etc", m.root);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/proc", m.root);
	*state = &m;
	return mkdir(path, 0700);
}

static int tear_down(void **state)
{
	struct machine_files *m = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		snprintf(path, sizeof(path), "%s/%s", m->root, paths[i]);
		remove(path);
	}
	arena_free(m->arena);
	return remove(m->root);
}

static void put(const struct machine_files *m, const char *name, const char *text,
		size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", m->root, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void put_text(const struct machine_files *m, const char *name, const char *text)
{
	put(m, name, text, strlen(text));
}

static void put_processors(const struct machine_files *m, const char *vendor)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "processor\t: 0\nvendor_id\t: %s\ncpu family\t: 6\n\n"
		 "processor\t: 1\nvendor_id\t: %s\n",
		 vendor, vendor);
	put_text(m, "proc/cpuinfo", text);
}

static struct host take(const struct machine_files *m, const char *machine)
{
	struct err e = ERR_INIT;
	struct host h;

	if (host_auto(m->root, machine, m->arena, &h, &e) < 0)
		fail_msg("%s", e.text);
	return h;
}

static const char *told(const struct machine_files *m, const char *machine)
{
	struct host h = take(m, machine);

	return host_text(&h, m->arena);
}

static void rhel_5_on_intel_is_known(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/redhat-release",
		 "Red Hat Enterprise Linux Server release 5.1 (Tikanga)\n");
	put_processors(m, "GenuineIntel");
	assert_string_equal(told(m, "x86_64"), "rhel5.1/x86_64/intel");
	assert_string_equal(take(m, "x86_64").name, "RHEL 5.1");
}

static void centos_5_on_amd_is_known(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/redhat-release", "CentOS release 5.4 (Final)\n");
	put_processors(m, "AuthenticAMD");
	assert_string_equal(told(m, "i686"), "centos5.4/i686/amd");
	assert_string_equal(take(m, "i686").name, "CentOS 5.4");
}

static void debian_has_no_release_of_rhel(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/os-release",
		 "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n"
		 "ID=debian\n");
	put_processors(m, "GenuineIntel");
	assert_string_equal(told(m, "x86_64"), "unknown release/x86_64/intel");
	assert_null(take(m, "x86_64").release);
	assert_null(take(m, "x86_64").name);
}

static void os_release_tells_where_there_is_no_older_file(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/os-release", "ID=\"rocky\"\nVERSION_ID=\"9.4\"\n");
	assert_string_equal(told(m, "x86_64"), "rocky9.4/x86_64/unknown processor");
}

static void the_minor_version_comes_from_the_older_file(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/os-release", "ID=\"centos\"\nVERSION_ID=\"7\"\n");
	put_text(m, "etc/redhat-release", "CentOS Linux release 7.9.2009 (Core)\n");
	assert_string_equal(take(m, "x86_64").release, "7.9.2009");
}

static void oracle_is_not_taken_for_red_hat(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/redhat-release",
		 "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n");
	put_text(m, "etc/oracle-release", "Oracle Linux Server release 7.9\n");
	assert_string_equal(take(m, "x86_64").name, "Oracle Linux 7.9");
}

static void numbers_of_other_systems_are_not_taken_for_those_of_rhel(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "etc/redhat-release", "Fedora release 9 (Sulphur)\n");
	assert_null(take(m, "x86_64").release);
	put_text(m, "etc/redhat-release", "Red Hat Linux release 9 (Shrike)\n");
	assert_null(take(m, "x86_64").release);
}

static void an_empty_root_leaves_the_architecture(void **state)
{
	struct machine_files *m = *state;

	assert_string_equal(told(m, "x86_64"),
			    "unknown release/x86_64/unknown processor");
	assert_string_equal(told(m, "aarch64"),
			    "unknown release/aarch64/unknown processor");
	assert_null(take(m, "").arch);
}

static void a_root_that_is_not_there_is_no_failure(void **state)
{
	struct machine_files *m = *state, absent = *m;

	snprintf(absent.root, sizeof(absent.root), "%.40s/absent", m->root);
	assert_string_equal(told(&absent, "ia64"),
			    "unknown release/ia64/unknown processor");
}

static void itanium_names_the_vendor_in_another_way(void **state)
{
	struct machine_files *m = *state;

	put_text(m, "proc/cpuinfo", "processor  : 0\nvendor     : GenuineIntel\n");
	assert_string_equal(take(m, "ia64").vendor, "intel");
}

static void another_vendor_is_not_known(void **state)
{
	struct machine_files *m = *state;

	put_processors(m, "CentaurHauls");
	assert_null(take(m, "x86_64").vendor);
}

static void files_that_make_no_sense_are_passed(void **state)
{
	static char large[LIMIT_HOST_FILE + 1000];
	struct machine_files *m = *state;

	put(m, "etc/redhat-release", "CentOS release 5.4\0", 19);
	put_text(m, "etc/os-release", "ID=rhel\nVERSION_ID=\"5.1; rm\"\n");
	assert_null(take(m, "x86_64").release);
	/* The first processor is enough of a long file; a long release file is none. */
	memset(large, '\n', sizeof(large));
	memcpy(large, "vendor_id\t: AuthenticAMD", 24);
	put(m, "proc/cpuinfo", large, sizeof(large));
	assert_string_equal(take(m, "x86_64").vendor, "amd");
	memset(large, '\n', sizeof(large));
	memcpy(large, "CentOS release 5.4 (Final)", 26);
	put(m, "etc/redhat-release", large, sizeof(large));
	assert_null(take(m, "x86_64").release);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rhel_5_on_intel_is_known),
		CASE(centos_5_on_amd_is_known),
		CASE(debian_has_no_release_of_rhel),
		CASE(os_release_tells_where_there_is_no_older_file),
		CASE(the_minor_version_comes_from_the_older_file),
		CASE(oracle_is_not_taken_for_red_hat),
		CASE(numbers_of_other_systems_are_not_taken_for_those_of_rhel),
		CASE(an_empty_root_leaves_the_architecture),
		CASE(a_root_that_is_not_there_is_no_failure),
		CASE(itanium_names_the_vendor_in_another_way),
		CASE(another_vendor_is_not_known),
		CASE(files_that_make_no_sense_are_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
