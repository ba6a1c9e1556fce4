/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Platform files: the shipped ones load, and each kind of mistake is named by its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "platform.h"

/* Lines 1 to 19 of a file that is whole; tests append to it. */
#define TOP \
	"format: 1\n" \
	"id: t\n" \
	"name: T\n" \
	"summary: s\n" \
	"archs: [x86_64]\n" \
	"firmware: [bios]\n" \
	"sources:\n" \
	"- {id: book, title: Book, url: u}\n" \
	"drivers:\n" \
	"- {id: d, name: D, modules: [m]}\n" \
	"devices:\n" \
	"- role: boot-disk\n" \
	"  choices: &c\n"
#define HEAD \
	TOP "  - {id: x, name: X, driver: d, disk-prefix: vd}\n" \
	    "- {role: disk, choices: *c}\n" \
	    "- role: network\n" \
	    "  choices:\n" \
	    "  - {id: n, name: N, driver: d}\n"
#define ROW(id, more) \
	"- {id: " id ", answer: supported, verified: true, cite: [book], " more "}\n"

static int set_up(void **state)
{
	*state = arena_new(1 << 20);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void refuse(void **state, const char *text, const char *want)
{
	struct err e = ERR_INIT;
	struct platform *p = NULL;

	assert_true(platform_parse(slice_str(text), "t.yaml", *state, &p, &e) < 0);
	if (strncmp(e.text, want, strlen(want)) != 0)
		fail_msg("%s\nwanted %s", e.text, want);
	assert_null(p);
}

static void test_whole(void **state)
{
	struct err e = ERR_INIT;
	struct platform *p;

	assert_int_equal(platform_parse(slice_str(HEAD), "t.yaml", *state, &p, &e), 0);
	assert_string_equal(p->devices.v[1].choices.v[0].id, "x");
	assert_ptr_equal(p->devices.v[0].choices.v[0].driver, &p->drivers.v[0]);
	assert_int_equal(p->devices.v[2].line, 16);
	assert_ptr_equal(platform_device(p, "network"), &p->devices.v[2]);
	assert_null(platform_device(p, "balloon"));
}

static void test_mistakes(void **state)
{
	refuse(state, "", "t.yaml:1: no mapping");
	refuse(state, "a: [\n", "t.yaml:2: ");
	refuse(state, "format: 1\nid: t\nbogus: 1\n", "t.yaml:3: unknown key bogus");
	refuse(state, "format: 1\nid: t\nid: u\n", "t.yaml:3: id is given twice");
	refuse(state, "format: 2\n", "t.yaml:1: format: 2 is none of its values");
	refuse(state, "format: 1\n", "t.yaml:1: id is missing");
	refuse(state, "format: 1\nid: [t]\n", "t.yaml:2: id must be a text");
	refuse(state, HEAD "support: x\n", "t.yaml:19: support must be a list");
	refuse(state, HEAD "support:\n- x\n",
	       "t.yaml:20: support must be a list of mappings");
	refuse(state, HEAD "keeps-nvram: perhaps\n",
	       "t.yaml:19: keeps-nvram must be true or false");
	refuse(state, HEAD "support:\n- {id: a, verified: true, answer: maybe}\n",
	       "t.yaml:20: distros is missing");
	refuse(state,
	       HEAD "support:\n- {id: a, distros: [x], answer: maybe, verified: true, "
		    "cite: [book]}\n",
	       "t.yaml:20: answer: maybe is none of its values");
}

/* The same file with a key more in the choice of the disk, in line 14, or of the card. */
#define WITH(disk, card) \
	TOP "  - {id: x, name: X, driver: d, disk-prefix: vd" disk \
	    "}\n- {role: disk, choices: *c}\n- role: network\n  choices:\n" \
	    "  - {id: n, name: N, driver: d" card "}\n"

static void test_qemu(void **state)
{
	struct err e = ERR_INIT;
	struct platform *p;

	assert_int_equal(
		platform_parse(slice_str(WITH(", qemu: ['a,drive={drive},i={n}']",
					      ", qemu: ['b,n={netdev},m={mac}']")),
			       "t.yaml", *state, &p, &e),
		0);
	assert_string_equal(p->devices.v[0].choices.v[0].qemu.v[0],
			    "a,drive={drive},i={n}");
	assert_false(p->only_by_name);
	refuse(state, WITH(", qemu: ['a,drive={disk}']", ""),
	       "t.yaml:14: x: nothing is known as {disk}");
	refuse(state, WITH(", qemu: [a]", ""),
	       "t.yaml:14: x: the options of a disk name {drive}");
	refuse(state, WITH("", ", qemu: ['b,n={netdev}']"),
	       "t.yaml:18: n: the options of a disk name {drive}, those of a card");
	refuse(state, WITH(", not-provable: w, qemu: ['a,d={drive}']", ""),
	       "t.yaml:14: x: qemu, xen and not-provable exclude each other");
}

static void test_xen_offers(void **state)
{
	struct err e = ERR_INIT;
	struct platform *p;

	assert_int_equal(platform_parse(slice_str(WITH(", xen: ide", ", xen: pv")),
					"t.yaml", *state, &p, &e),
			 0);
	assert_string_equal(p->devices.v[0].choices.v[0].xen, "ide");
	assert_string_equal(p->devices.v[2].choices.v[0].xen, "pv");
	refuse(state, WITH(", xen: emulated", ""),
	       "t.yaml:14: x: a Xen host offers disks as ahci, ide or pv, cards as");
	refuse(state, WITH("", ", xen: ahci"),
	       "t.yaml:18: n: a Xen host offers disks as ahci, ide or pv, cards as");
	refuse(state, WITH(", xen: pv, qemu: ['a,d={drive}']", ""),
	       "t.yaml:14: x: qemu, xen and not-provable exclude each other");
}

static void test_references(void **state)
{
	refuse(state,
	       HEAD "support:\n- {id: a, distros: [x], answer: supported, verified: "
		    "true, cite: ['nobook#1']}\n",
	       "t.yaml:20: there is no source nobook");
	refuse(state,
	       HEAD "remedies:\n- {id: r, mends: driver, drivers: [no], ready-after: "
		    "true, text: t}\n",
	       "t.yaml:20: r: there is no driver no");
	refuse(state,
	       HEAD "remedies:\n- {id: r, mends: luck, ready-after: true, text: t}\n",
	       "t.yaml:20: mends: luck is none");
}

static void test_rows(void **state)
{
	refuse(state, HEAD "support:\n" ROW("a", "distros: [x]") ROW("a", "distros: [y]"),
	       "t.yaml:21: a is used twice (first in line 20)");
	refuse(state,
	       HEAD "support:\n" ROW("a", "distros: [x, y], from: '5', to: '7'")
		       ROW("b", "distros: [y], from: '7.2'"),
	       "t.yaml:21: b overlaps a (line 20)");
	refuse(state, HEAD "support:\n" ROW("a", "distros: [x], from: '8', to: '7'"),
	       "t.yaml:20: a: from 8 is after to 7");
	refuse(state, HEAD "support:\n" ROW("a", "distros: [x], from: sid"),
	       "t.yaml:20: a: from sid is no version");
}

static void test_rows_apart(void **state)
{
	struct err e = ERR_INIT;
	struct platform *p;
	support_rows rows = {0};
	static const char text[] =
		HEAD "support:\n" ROW("a", "distros: [x], from: '5', to: '7.1'")
			ROW("b", "distros: [x], from: '7.2', archs: [x86_64]")
				ROW("c", "distros: [x], from: '7.2', archs: [i386]")
					ROW("d", "distros: [z], flavours: ['aws*']");

	assert_int_equal(platform_parse(slice_str(text), "t.yaml", *state, &p, &e), 0);
	platform_support_for(p, "x", "7.1.9", "x86_64", NULL, *state, &rows, &e);
	assert_int_equal(rows.n, 1);
	assert_string_equal(rows.v[0]->id, "a");
	rows.n = 0;
	platform_support_for(p, "x", "9", "i386", NULL, *state, &rows, &e);
	assert_int_equal(rows.n, 1);
	assert_string_equal(rows.v[0]->id, "c");
	rows.n = 0;
	platform_support_for(p, "x", NULL, "i386", NULL, *state, &rows, &e);
	platform_support_for(p, "z", "1", NULL, NULL, *state, &rows, &e);
	platform_support_for(p, NULL, NULL, NULL, NULL, *state, &rows, &e);
	assert_int_equal(rows.n, 0);
	platform_support_for(p, "z", NULL, NULL, "aws-64k", *state, &rows, &e);
	assert_int_equal(rows.n, 1);
}

#define STEP(more) \
	HEAD "releases:\n" \
	     "- {release: \"5.1\", name: R, kernel: 2.6.18-53}\n" \
	     "steps:\n" \
	     "- {id: s, where: guest, verified: true, cite: [book], " more "}\n"

static void test_steps(void **state)
{
	struct err e = ERR_INIT;
	struct platform *p = NULL;

	refuse(state, STEP("each: nic, title: \"{car}\""),
	       "t.yaml:22: s: nothing is known as {car}");
	refuse(state, STEP("each: guest, title: t, commands: [\"ls {kernel} {disk}\"]"),
	       "t.yaml:22: s: {disk} has no meaning in a step for each guest");
	refuse(state, STEP("each: guest, title: t, undo: [\"ls {disk}\"]"),
	       "t.yaml:22: s: {disk} has no meaning in a step for each guest");
	refuse(state, STEP("each: disk, title: t, text: \"{card}\""),
	       "t.yaml:22: s: {card} has no meaning in a step for each disk");
	refuse(state, STEP("each: guest, title: t, edit: alias"),
	       "t.yaml:22: s: the edit alias is not made for each guest");
	refuse(state, STEP("each: guest, title: t, from: 5.x"),
	       "t.yaml:22: s: from 5.x is no version");
	refuse(state, STEP("each: guest, title: t, mends: [drivers]"),
	       "t.yaml:22: mends");
	refuse(state,
	       HEAD "steps:\n- {id: s, where: guest, each: guest, title: t, from: "
		    "\"5.1\", verified: true, cite: [book]}\n",
	       "t.yaml:20: s: a range needs releases");
	assert_int_equal(platform_parse(slice_str(STEP("each: disk, edit: names, title: "
						       "\"{disk} ${X} {target}\"")),
					"t.yaml", *state, &p, &e),
			 0);
	assert_int_equal(p->steps.n, 1);
}

static void test_step_ranges(void **state)
{
	struct platform_step s = {.from = "4.6", .to = "5"};

	(void)state;
	assert_true(platform_step_for(&s, "4.6", NULL, ""));
	assert_true(platform_step_for(&s, "5.11", "i686", "PAE"));
	assert_false(platform_step_for(&s, "4.5", NULL, ""));
	assert_false(platform_step_for(&s, NULL, NULL, ""));
	s = (struct platform_step){0};
	assert_true(platform_step_for(&s, NULL, NULL, ""));
}

static void test_versions(void **state)
{
	(void)state;
	assert_true(platform_version_in("7", "7", "7"));
	assert_true(platform_version_in("7.9.2009", "7.4", "7"));
	assert_false(platform_version_in("7", "7.4", NULL));
	assert_true(platform_version_in("10", "9.5", NULL));
	assert_true(platform_version_in("18.04", "14.04", "18.04"));
	assert_false(platform_version_in("18.10", "14.04", "18.04"));
	assert_false(platform_version_in("rawhide", "1", NULL));
	assert_false(platform_version_in("", "1", NULL));
	assert_false(platform_version_in(NULL, NULL, NULL));
	assert_false(platform_version_in("7.", "7.4", NULL));
}

static void test_glob(void **state)
{
	char text[4001], pattern[401];

	(void)state;
	assert_true(platform_glob("pci:v00001AF4d*sv*", "pci:v00001AF4d00001001sv0000"));
	assert_true(platform_glob("virtio:d0000000[12]v*", "virtio:d00000002v00001AF4"));
	assert_false(platform_glob("virtio:d0000000[!12]v*", "virtio:d00000002v0"));
	assert_true(platform_glob("a[]x]b", "a]b"));
	assert_true(platform_glob("cloud-*", "cloud-amd64"));
	assert_true(platform_glob("a-b", "a_b"));
	assert_false(platform_glob("abc", "abcd"));
	assert_false(platform_glob("abcd", "abc"));
	assert_true(platform_glob("[", "["));
	assert_true(platform_glob("*", ""));
	assert_false(platform_glob("?", ""));
	/* Nothing a guest writes takes long. */
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	for (size_t i = 0; i + 1 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = 0;
	assert_false(platform_glob(pattern, text));
}

static void test_shipped(void **state)
{
	static const char *const want[] = {"gce",   "hyperv", "kvm",
					   "nitro", "vmware", "xen"};
	struct err e = ERR_INIT;
	platform_list list;
	strs asked = {0}, options = {0}, ids = {0};

	if (platform_load_dir(PLATFORMS, NULL, *state, &list, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(list.n >= ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		bool found = false;

		for (size_t n = 0; n < list.n; n++)
			found = found || strcmp(list.v[n]->id, want[i]) == 0;
		assert_true(found);
	}
	assert_int_equal(platform_asked_modules(&list, *state, &asked, &e), 0);
	assert_true(strs_has(&asked, "virtio_blk") && strs_has(&asked, "hv_storvsc"));
	for (size_t i = 0; i < asked.n; i++)
		assert_null(strchr(asked.v[i], '-')); /* as module_fact has them */
	assert_int_equal(platform_asked_options(&list, *state, &options, &e), 0);
	assert_true(strs_has(&options, "CONFIG_XEN_PVHVM_GUEST"));
	assert_true(vec_push((struct arena *)*state, &ids, "xen"));
	assert_true(vec_push((struct arena *)*state, &ids, "kvm"));
	assert_int_equal(platform_load_dir(PLATFORMS, &ids, *state, &list, &e), 0);
	assert_string_equal(list.v[1]->id, "kvm");
	ids.v[0] = "../kvm";
	assert_true(platform_load_dir(PLATFORMS, &ids, *state, &list, &e) < 0);
	assert_int_equal(e.code, ERR_USAGE);
	assert_non_null(strstr(e.text, "choose from emulated, gce, hyperv, kvm"));
}

static void test_no_folder(void **state)
{
	struct err e = ERR_INIT;
	platform_list list;

	assert_true(platform_load_dir("/nonexistent", NULL, *state, &list, &e) < 0);
	assert_int_equal(e.code, ERR_IO);
	unsetenv("PARAVET_PLATFORMS");
	assert_non_null(strstr(platform_default_dir(), "/paravet/platforms"));
	setenv("PARAVET_PLATFORMS", "/x", 1);
	assert_string_equal(platform_default_dir(), "/x");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),      TEST(test_mistakes),   TEST(test_references),
		TEST(test_qemu),       TEST(test_xen_offers), TEST(test_rows),
		TEST(test_rows_apart), TEST(test_steps),      TEST(test_step_ranges),
		TEST(test_versions),   TEST(test_glob),       TEST(test_shipped),
		TEST(test_no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
