/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of kernels as rpm and uname print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kernel_id.h"

static const struct name_case {
	const char *text;
	enum kernel_kind kind;
	unsigned rhel;
	const char *variant, *arch, *version, *release, *vendor, *uname;
	unsigned build;
	bool is_update;
} cases[] = {
	{"kernel-PAE-2.6.18-53.1.4.el5.i686", KERNEL_IMAGE, 5, "PAE", "i686", "2.6.18",
	 "53.1.4.el5", "", "2.6.18-53.1.4.el5PAE", 53, true},
	{"kernel-2.6.18-53.el5.x86_64.rpm", KERNEL_IMAGE, 5, "", "x86_64", "2.6.18",
	 "53.el5", "", "2.6.18-53.el5", 53, false},
	{"kernel-smp-2.4.21-50.EL.athlon", KERNEL_IMAGE, 3, "smp", "athlon", "2.4.21",
	 "50.EL", "", "2.4.21-50.ELsmp", 50, false},
	{"kernel-2.4.21-47.0.1.EL.ia32e", KERNEL_IMAGE, 3, "", "ia32e", "2.4.21",
	 "47.0.1.EL", "", "2.4.21-47.0.1.EL", 47, true},
	{"kernel-largesmp-2.6.9-67.EL.x86_64", KERNEL_IMAGE, 4, "largesmp", "x86_64",
	 "2.6.9", "67.EL", "", "2.6.9-67.ELlargesmp", 67, false},
	{"2.6.9-67.ELsmp", KERNEL_IMAGE, 4, "smp", NULL, "2.6.9", "67.EL", "",
	 "2.6.9-67.ELsmp", 67, false},
	{"2.6.18-53.1.4.el5PAE", KERNEL_IMAGE, 5, "PAE", NULL, "2.6.18", "53.1.4.el5", "",
	 "2.6.18-53.1.4.el5PAE", 53, true},
	{"2.6.18-398.el5xen", KERNEL_PV_ONLY, 5, "xen", NULL, "2.6.18", "398.el5", "",
	 "2.6.18-398.el5xen", 398, false},
	{"2.6.9-100.ELxenU", KERNEL_PV_ONLY, 4, "xenU", NULL, "2.6.9", "100.EL", "",
	 "2.6.9-100.ELxenU", 100, false},
	{"2.6.32-504.el6.x86_64", KERNEL_IMAGE, 6, "", "x86_64", "2.6.32", "504.el6", "",
	 "2.6.32-504.el6.x86_64", 504, false},
	{"2.6.32-71.el6.i686.debug", KERNEL_IMAGE, 6, "debug", "i686", "2.6.32", "71.el6",
	 "", "2.6.32-71.el6.i686.debug", 71, false},
	{"kernel-xen-2.6.18-53.el5.i686", KERNEL_PV_ONLY, 5, "xen", "i686", "2.6.18",
	 "53.el5", "", "2.6.18-53.el5xen", 53, false},
	{"kernel-devel-2.6.18-53.el5.i686", KERNEL_NOT, 5, "", "i686", "2.6.18", "53.el5",
	 "", "2.6.18-53.el5", 53, false},
	{"kernel-smp-unsupported-2.4.21-50.EL.i686", KERNEL_NOT, 3, "", "i686", "2.4.21",
	 "50.EL", "", "2.4.21-50.EL", 50, false},
	{"kernel-2.6.18-8.1.15.el5.centos.plus.i686", KERNEL_IMAGE, 5, "", "i686",
	 "2.6.18", "8.1.15.el5", ".centos.plus", "2.6.18-8.1.15.el5.centos.plus", 8,
	 true},
	{"2.4.21-47.EL.cern", KERNEL_IMAGE, 3, "", NULL, "2.4.21", "47.EL", ".cern",
	 "2.4.21-47.EL.cern", 47, false},
	{"6.1.0-18-amd64", KERNEL_IMAGE, 0, "", NULL, "6.1.0", "18-amd64", "",
	 "6.1.0-18-amd64", 18, false},
	{"kernel-core-5.14.0-427.13.1.el9_4.x86_64", KERNEL_IMAGE, 9, "", "x86_64",
	 "5.14.0", "427.13.1.el9", "_4", "5.14.0-427.13.1.el9_4.x86_64", 427, true},
};

static void names_are_taken_apart(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct name_case *c = &cases[i];
		struct err e = ERR_INIT;
		struct kernel_id k;

		if (kernel_id_parse(slice_str(c->text), a, &k, &e) < 0)
			fail_msg("%s: %s", c->text, e.text);
		assert_int_equal(k.kind, c->kind);
		assert_int_equal(k.rhel, c->rhel);
		assert_int_equal(k.build, c->build);
		assert_int_equal(k.is_update, c->is_update);
		assert_string_equal(k.variant, c->variant);
		assert_string_equal(k.version, c->version);
		assert_string_equal(k.release, c->release);
		assert_string_equal(k.vendor, c->vendor);
		assert_string_equal(k.arch ? k.arch : "none", c->arch ? c->arch : "none");
		assert_string_equal(kernel_id_uname(&k, a), c->uname);
	}
	arena_free(a);
}

static void garbage_is_one_clear_error(void **state)
{
	static const char *const garbage[] = {
		"",
		"   ",
		"hello",
		"kernel",
		"kernel-",
		"kernel-2.6.18",
		"bash-5.1-2.el5.i686",
		"kernel-2.6.18-el5.i686",
		"2.6.18",
		"kernel 2.6.18",
		"-",
		"--",
		"kernel--",
		"2.6.18-",
		"kernelfoo-1.2-3.el5.i686",
		"\x1b[31m-1.2-3",
		"2.6.18-53.el5\x1b[31mx",
		"2.6.18-53.el5foo",
		"kernel-2.6.18-53.el5foo.i686",
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		struct err e = ERR_INIT;
		struct kernel_id k;

		if (kernel_id_parse(slice_str(garbage[i]), a, &k, &e) != -ERR_USAGE)
			fail_msg("'%s' was taken for a kernel", garbage[i]);
		assert_true(e.text[0] != '\0');
		assert_null(strchr(e.text, '\x1b'));
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(garbage_is_one_clear_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
