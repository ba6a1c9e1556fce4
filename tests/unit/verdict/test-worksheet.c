/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The founding chapter: every cell of its three tables against a list written by hand
 * from the published text, and what the worksheet makes of kernels' names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "worksheet.h"

static struct arena *arena;
static struct platform *chapter;

static int load(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	arena = arena_new(16 << 20);
	if (platform_load_file(PLATFORMS "/rhel5-xen.yaml", arena, &chapter, &e) < 0)
		fail_msg("%s", e.text);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const char *const table_12_1[11][4] = {
	{"athlon", "Supported (AMD)", "", ""},
	{"athlon-SMP", "Supported (AMD)", "", ""},
	{"i32e", "Supported (Intel)", "", ""},
	{"i686", "Supported (Intel)", "Supported", "Supported"},
	{"i686-PAE", "", "", "Supported"},
	{"i686-SMP", "Supported (Intel)", "Supported", ""},
	{"i686-HUGEMEM", "Supported (Intel)", "Supported", ""},
	{"x86_64", "Supported (AMD)", "Supported", "Supported"},
	{"x86_64-SMP", "Supported (AMD)", "Supported", ""},
	{"x86_64-LARGESMP", "", "Supported", ""},
	{"Itanium (IA64)", "", "", "Supported"},
};

static const char *const host_tables[8][3] = {
	{"12.2", "ia32e (UP and SMP)", "x86_64"},
	{"12.2", "i686", "i686"},
	{"12.2", "i686-SMP", "i686"},
	{"12.2", "i686-HUGEMEM", "i686"},
	{"12.3", "athlon", "i686"},
	{"12.3", "athlon-SMP", "i686"},
	{"12.3", "x86_64", "x86_64"},
	{"12.3", "x86_64-SMP", "x86_64"},
};

static void every_cell_is_as_published(void **state)
{
	const struct platform_table *t = &chapter->tables.v[0];
	size_t seen = 0;

	(void)state;
	assert_int_equal(chapter->tables.n, 3);
	assert_string_equal(t->number, "12.1");
	assert_int_equal(t->rows.n, 11);
	assert_int_equal(t->columns.n, 3);
	for (size_t i = 0; i < 11; i++) {
		assert_string_equal(t->rows.v[i].name, table_12_1[i][0]);
		for (size_t j = 0; j < 3; j++)
			assert_string_equal(t->rows.v[i].cells.v[j],
					    table_12_1[i][j + 1]);
	}
	for (size_t k = 1; k < 3; k++) {
		t = &chapter->tables.v[k];
		assert_int_equal(t->rows.n, 4);
		for (size_t i = 0; i < t->rows.n; i++, seen++) {
			assert_string_equal(t->number, host_tables[seen][0]);
			assert_string_equal(t->rows.v[i].name, host_tables[seen][1]);
			assert_string_equal(t->rows.v[i].cells.v[0],
					    host_tables[seen][2]);
		}
	}
	assert_int_equal(seen, 8);
	for (size_t k = 0; k < 3; k++)
		assert_true(chapter->tables.v[k].cites.n > 0);
}

static struct worksheet judge(const char *name, const char *host_text)
{
	struct err e = ERR_INIT;
	struct worksheet w;
	struct kernel_id id;
	struct host host;

	if (kernel_id_parse(slice_str(name), arena, &id, &e) < 0 ||
	    (host_text && host_parse(host_text, arena, &host, &e) < 0) ||
	    worksheet_judge(&id, name, chapter, host_text ? &host : NULL, arena, &w, &e) <
		    0)
		fail_msg("%s: %s", name, e.text);
	return w;
}

/* Every kernel package of the chapter's releases, and what the chapter says of it. */
static const struct judged {
	const char *name, *answer, *support, *release, *row, *package;
} judged[] = {
	{"kernel-smp-2.4.21-50.EL.athlon", "fixable", "supported", "RHEL 3 Update 9",
	 "athlon-SMP", "kmod-xenpv"},
	{"kernel-2.4.21-50.EL.ia32e", "fixable", "supported", "RHEL 3 Update 9", "ia32e",
	 "kmod-xenpv"},
	{"kernel-hugemem-2.4.21-50.EL.i686", "fixable", "supported", "RHEL 3 Update 9",
	 "i686-HUGEMEM", "kmod-xenpv"},
	{"kernel-2.4.21-47.0.1.EL.i686", "blocked", "unsupported", "RHEL 3 Update 8",
	 "i686", NULL},
	{"kernel-2.6.9-55.EL.i686", "blocked", "unsupported", "RHEL 4 Update 5", "i686",
	 NULL},
	{"kernel-largesmp-2.6.9-67.EL.x86_64", "fixable", "supported", "RHEL 4 Update 6",
	 "x86_64-LARGESMP", "kmod-xenpv"},
	{"kernel-smp-2.6.9-78.EL.i686", "ready", "supported", "RHEL 4.7", "i686-SMP",
	 NULL},
	{"kernel-2.6.9-78.EL.ia64", "unknown", "not listed", "RHEL 4.7", "ia64", NULL},
	{"kernel-2.6.9-67.EL.ia64", "unknown", "not listed", "RHEL 4 Update 6", "ia64",
	 NULL},
	{"kernel-2.6.9-67.EL.athlon", "unknown", "not listed", "RHEL 4 Update 6",
	 "athlon", NULL},
	{"kernel-2.6.18-8.el5.i686", "unknown", "disputed", "RHEL 5.0", "i686",
	 "kmod-xenpv"},
	{"kernel-PAE-2.6.18-53.1.4.el5.i686", "fixable", "supported", "RHEL 5.1",
	 "i686-PAE", "kmod-xenpv-PAE"},
	{"kernel-2.6.18-92.el5.x86_64", "fixable", "supported", "RHEL 5.2", "x86_64",
	 "kmod-xenpv"},
	{"kernel-2.6.18-128.el5.x86_64", "ready", "supported", "RHEL 5.3", "x86_64",
	 NULL},
	{"kernel-2.6.18-128.el5.ia64", "ready", "disputed", "RHEL 5.3", "ia64", NULL},
	{"kernel-2.6.18-53.el5.ia64", "blocked", "disputed", "RHEL 5.1", "ia64", NULL},
	{"kernel-debug-2.6.18-53.el5.x86_64", "unknown", "not listed", "RHEL 5.1",
	 "debug", NULL},
	{"kernel-2.6.18-53.el5.s390x", "unknown", "not listed", "RHEL 5.1", "", NULL},
	{"kernel-debug-2.6.18-128.el5.x86_64", "unknown", "not listed", "RHEL 5.3",
	 "debug", NULL},
	{"kernel-2.6.18-434.el5.i686", "ready", "supported", "RHEL 5.11", "i686", NULL},
	{"kernel-2.6.32-71.el6.x86_64", "fixable", "supported", "RHEL 6.0", "", NULL},
	{"kernel-2.6.32-131.0.15.el6.i686", "ready", "supported", "RHEL 6.1", "", NULL},
	{"kernel-2.6.32-131.0.15.el6.ppc64", "unknown", "not listed", "RHEL 6.1", "",
	 NULL},
	{"kernel-2.6.32-71.el6.s390x", "unknown", "not listed", "RHEL 6.0", "", NULL},
	{"2.6.18-53.1.4.el5PAE", "fixable", "supported", "RHEL 5.1", "i686-PAE",
	 "kmod-xenpv-PAE"},
	{"2.6.9-67.ELsmp", "unknown", "supported", "RHEL 4 Update 6", "smp",
	 "kmod-xenpv"},
};

static void kernels_are_judged_by_their_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(judged); i++) {
		const struct judged *j = &judged[i];
		struct worksheet w = judge(j->name, NULL);

		if (strcmp(w.answer, j->answer) != 0 ||
		    strcmp(w.support, j->support) != 0 || !w.release ||
		    strcmp(w.release, j->release) != 0)
			fail_msg("%s: %s, %s, %s", j->name, w.answer, w.support,
				 w.release ? w.release : "no release");
		assert_string_equal(w.variant, j->row);
		assert_string_equal(w.package ? w.package : "none",
				    j->package ? j->package : "none");
		assert_true(w.cites.n > 0 || w.cells.n > 0);
	}
}

static void later_builds_are_inferred_and_z_streams_are_not(void **state)
{
	struct worksheet w = judge("kernel-2.6.18-53.1.4.el5.i686", NULL);

	(void)state;
	assert_false(w.release_inferred);
	assert_true(w.update);
	assert_false(judge("kernel-2.6.32-131.0.15.el6.i686", NULL).update);
	assert_true(judge("kernel-2.6.32-131.2.1.el6.i686", NULL).update);
	w = judge("kernel-2.6.9-103.EL.i686", NULL);
	assert_string_equal(w.release, "RHEL 4.9");
	assert_true(w.release_inferred);
}

static void pv_kernels_and_other_packages_are_not_judged(void **state)
{
	(void)state;
	assert_null(judge("kernel-xen-2.6.18-53.el5.i686", NULL).answer);
	assert_null(judge("2.6.9-67.ELxenU", NULL).answer);
	assert_null(judge("kernel-devel-2.6.18-53.el5.i686", NULL).answer);
	assert_null(judge("kernel-headers-2.6.18-53.el5.i386", NULL).answer);
	assert_null(judge("kernel-doc-2.6.18-53.el5.noarch", NULL).answer);
	assert_null(judge("kernel-source-2.4.21-50.EL.i386", NULL).answer);
}

static void kernels_outside_the_chapter_are_unknown(void **state)
{
	struct worksheet w = judge("kernel-3.10.0-1160.el7.x86_64", NULL);

	(void)state;
	assert_string_equal(w.answer, "unknown");
	assert_string_equal(w.support, "not listed");
	assert_string_equal(judge("6.1.0-18-amd64", NULL).answer, "unknown");
	w = judge("kernel-2.6.18-1.el5.i686", NULL);
	assert_string_equal(w.support, "not listed");
	assert_int_equal(w.cells.n, 0);
	assert_non_null(strstr(w.remarks.v[0], "older than"));
}

static void sources_are_no_kernels(void **state)
{
	(void)state;
	assert_null(judge("kernel-2.4.21-50.EL.src.rpm", NULL).answer);
	assert_null(judge("kernel-2.6.18-53.el5.noarch", NULL).answer);
	assert_string_equal(judge("kernel-2.4.21-50.EL.src.rpm", NULL).remarks.v[0],
			    "kernel.src holds no kernel");
}

static void what_tells_the_architecture_can_be_typed_as_it_is(void **state)
{
	struct worksheet w = judge("2.6.9-67.ELsmp", NULL);

	(void)state;
	assert_non_null(strstr(w.remarks.v[0], "\\n' /boot/vmlinuz-2.6.9-67.ELsmp"));
	w = judge("kernel-smp-2.6.9-67.EL", NULL);
	assert_non_null(strstr(w.remarks.v[0], "\\n' kernel-smp"));
}

static void the_host_is_compared_with_the_tables(void **state)
{
	const char *athlon = "kernel-smp-2.4.21-50.EL.athlon";

	(void)state;
	assert_null(judge(athlon, "rhel5.1/i686/amd").host_problem);
	assert_non_null(
		strstr(judge(athlon, "rhel5.1/x86_64/amd").host_problem, "Table 12.3"));
	assert_non_null(
		strstr(judge(athlon, "rhel5.1/i686/intel").host_problem, "Table 12.3"));
	assert_non_null(strstr(judge(athlon, "rhel5.0").host_problem, "RHEL 5.0"));
	/* Only the bits of the host are disputed. */
	assert_string_equal(judge(athlon, "rhel5.1/x86_64/amd").support, "disputed");
	assert_string_equal(judge(athlon, "rhel5.0/x86_64/amd").support, "unsupported");
	assert_string_equal(judge(athlon, "rhel5.1/x86_64/intel").support, "unsupported");
	assert_null(
		judge("kernel-2.6.18-53.el5.i686", "rhel5.4/x86_64/intel").host_problem);
	assert_int_equal(judge(athlon, NULL).disputes.n, 1);
	assert_string_equal(judge(athlon, "rhel5.1/ia64").support, "unsupported");
	assert_int_equal(judge("kernel-2.4.21-50.EL.x86_64", NULL).disputes.n, 0);
}

/* The chapter says nothing of x86 guests on an Itanium host, nor the other way round. */
static void a_host_that_no_document_speaks_of_is_unknown(void **state)
{
	static const char *const guests[] = {
		"kernel-2.6.18-53.1.4.el5.x86_64", "kernel-2.6.18-53.1.4.el5.i686",
		"kernel-2.6.9-78.EL.x86_64", "kernel-2.6.32-131.0.15.el6.x86_64"};
	struct worksheet w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(guests); i++) {
		w = judge(guests[i], "rhel5.1/ia64");
		assert_string_equal(w.answer, "unknown");
		assert_string_equal(w.support, "not listed");
		assert_int_equal(w.notes.n, 1);
		assert_non_null(strstr(w.notes.v[0], "an Itanium host"));
	}
	assert_string_equal(judge(guests[0], "rhel5.1/i686").support, "unsupported");
	assert_string_equal(judge(guests[0], "rhel5.1/x86_64").support, "supported");
	w = judge("kernel-2.6.18-128.el5.ia64", "rhel5.3/x86_64");
	assert_string_equal(w.answer, "unknown");
	assert_string_equal(w.support, "disputed");
	assert_string_equal(judge("kernel-2.6.18-53.el5.ia64", "x86_64").answer,
			    "blocked");
	assert_string_equal(judge("kernel-2.6.18-128.el5.ia64", "ia64").answer, "ready");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_as_published),
		cmocka_unit_test(kernels_are_judged_by_their_names),
		cmocka_unit_test(later_builds_are_inferred_and_z_streams_are_not),
		cmocka_unit_test(pv_kernels_and_other_packages_are_not_judged),
		cmocka_unit_test(kernels_outside_the_chapter_are_unknown),
		cmocka_unit_test(sources_are_no_kernels),
		cmocka_unit_test(what_tells_the_architecture_can_be_typed_as_it_is),
		cmocka_unit_test(the_host_is_compared_with_the_tables),
		cmocka_unit_test(a_host_that_no_document_speaks_of_is_unknown),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
