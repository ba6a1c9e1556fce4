/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LVM's patterns, and what filters and the devices file make of a disk on another bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lvm_holds.h"
#include "lvm_pattern.h"

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		enum lvm_match match;
	} rows[] = {
		{"a|^/dev/sda|", "/dev/sda2", LVM_ACCEPTS},
		{"a|^/dev/sda$|", "/dev/sda2", LVM_NO_MATCH},
		{"r|.*|", "/dev/sda2", LVM_REJECTS},
		{"a|sda|", "/dev/sda2", LVM_ACCEPTS},
		{"a/^\\/dev\\/sda/", "/dev/sda2", LVM_ACCEPTS},
		{"a{/dev/sd[a-c][0-9]+$}", "/dev/sdb12", LVM_ACCEPTS},
		{"a{/dev/sd[a-c][0-9]+$}", "/dev/sdd12", LVM_NO_MATCH},
		{"a|/dev/sd[^b-z]|", "/dev/sdb", LVM_NO_MATCH},
		{"a|/dev/sd[^b-z]|", "/dev/sda", LVM_ACCEPTS},
		{"a|[a-]$|", "x-", LVM_ACCEPTS},
		{"a|[]|", "x", LVM_NO_MATCH},
		{"a/sd|vd/", "/dev/vda", LVM_ACCEPTS},
		{"a/(sd|vd)a?b*c+$/", "vdbbc", LVM_ACCEPTS},
		{"a/(sd|vd)a?b*c+$/", "vdaab", LVM_NO_MATCH},
		{"a|^(ab)*$|", "ababab", LVM_ACCEPTS},
		{"a|^(ab)*$|", "ababa", LVM_NO_MATCH},
		{"a|^((a*)*)*b$|", "aaaaaaaaaaaaaaaaaaaaaac", LVM_NO_MATCH},
		{"a|x^a|", "xa", LVM_NO_MATCH},
		{"a|.|", "a", LVM_ACCEPTS},
		{"a|\\.|", "a", LVM_NO_MATCH},
		{"a(a)", "a", LVM_ACCEPTS},
		{"a[a]", "a", LVM_ACCEPTS},
		{"a||", "a", LVM_BAD_PATTERN},
		{"a|(|", "a", LVM_BAD_PATTERN},
		{"a|a)|", "a", LVM_BAD_PATTERN},
		{"a|[a|", "a", LVM_BAD_PATTERN},
		{"a|*|", "a", LVM_BAD_PATTERN},
		{"a|a\\|", "a", LVM_BAD_PATTERN},
		{"a|((((((((((((((((((a))))))))))))))))))|", "a", LVM_BAD_PATTERN},
		{"a|a", "a", LVM_BAD_PATTERN},
		{"b|a|", "a", LVM_BAD_PATTERN},
		{"", "a", LVM_BAD_PATTERN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (lvm_pattern_match(rows[i].pattern, rows[i].name) != rows[i].match)
			fail_msg("%s %s: %d", rows[i].pattern, rows[i].name,
				 lvm_pattern_match(rows[i].pattern, rows[i].name));
}

struct guest {
	struct facts facts;
	struct lvm_fact lvm;
	struct volume_fact pv;
	struct platform_choice choice;
	struct judge judge;
};

static int set_up(void **state)
{
	static struct guest g;
	struct disk_fact disk = {.name = "a"};

	memset(&g, 0, sizeof(g));
	g.judge = (struct judge){.facts = &g.facts, .arena = arena_new(1 << 20)};
	g.choice.disk_prefix = "vd";
	g.pv = (struct volume_fact){
		.disk = "a", .number = 2, .fs = "LVM2_member", .uuid = "ab-cd"};
	assert_true(vec_push(g.judge.arena, &g.facts.disks, disk));
	*state = &g;
	return 0;
}

static int tear_down(void **state)
{
	arena_free(((struct guest *)*state)->judge.arena);
	return 0;
}

static void filter(struct guest *g, const char *first, const char *second)
{
	struct lvm_filter_fact f = {.name = "filter"};

	assert_true(vec_push(g->judge.arena, &f.patterns, first));
	assert_true(!second || vec_push(g->judge.arena, &f.patterns, second));
	g->lvm.filters.n = 0;
	assert_true(vec_push(g->judge.arena, &g->lvm.filters, f));
}

static bool filtered(struct guest *g, bool inside)
{
	return filter_against(&g->judge, &g->choice, &g->lvm, &g->pv, inside) != NULL;
}

static void test_filters(void **state)
{
	struct guest *g = *state;

	assert_false(filtered(g, false));
	filter(g, "a|^/dev/sda2$|", "r|.*|");
	assert_true(filtered(g, false));
	filter(g, "a|^/dev/sda2$|", NULL);
	assert_false(filtered(g, false));
	filter(g, "a|^/dev/vda2$|", "r|.*|");
	assert_false(filtered(g, false));
	filter(g, "a|by-id/lvm-pv-uuid-ab-cd$|", "r|.*|");
	assert_false(filtered(g, false));
	assert_true(filtered(g, true));
	filter(g, "a|(|", NULL);
	assert_true(filtered(g, false) && is_bad_filter(&g->lvm.filters.v[0]));
}

/* It may become any of them. */
static void test_several_disks(void **state)
{
	struct guest *g = *state;
	struct disk_fact disk = {.name = "b"};

	assert_true(vec_push(g->judge.arena, &g->facts.disks, disk));
	filter(g, "a|^/dev/vda2$|", "r|.*|");
	assert_true(filtered(g, true));
	filter(g, accepting_pattern(&g->judge, &g->choice, &g->pv), "r|.*|");
	assert_false(filtered(g, true));
	assert_null(only_name(&g->judge, &g->choice, &g->pv));
}

static void test_names_of_nvme(void **state)
{
	struct guest *g = *state;

	g->choice.disk_prefix = "nvme";
	assert_string_equal(only_name(&g->judge, &g->choice, &g->pv), "/dev/nvme0n1p2");
	filter(g, accepting_pattern(&g->judge, &g->choice, &g->pv), "r|.*|");
	assert_string_equal(g->lvm.filters.v[0].patterns.v[0],
			    "a|^/dev/nvme[0-9]+n1p2$|");
	assert_false(filtered(g, true));
	g->pv.number = 0;
	assert_string_equal(accepting_pattern(&g->judge, &g->choice, &g->pv),
			    "a|^/dev/nvme[0-9]+n1$|");
	assert_string_equal(device_name(&g->judge, "sd", 27, 3), "sdab3");
}

static bool listed(struct guest *g, const char *idtype, const char *idname)
{
	struct lvm_device_fact d = {.idtype = idtype, .idname = idname, .pvid = "abcd"};

	g->lvm.devices.n = 0;
	assert_true(vec_push(g->judge.arena, &g->lvm.devices, d));
	return entry_against(&g->judge, &g->choice, &g->lvm, &g->pv) != NULL;
}

static void test_devices_file(void **state)
{
	struct guest *g = *state;

	assert_true(listed(g, "sys_wwid", "naa.1"));
	assert_true(listed(g, "devname", "/dev/sda2"));
	assert_false(listed(g, "devname", "/dev/vda2"));
	assert_false(listed(g, "md_uuid", "1"));
	g->lvm.search_for_devnames = "all"; /* LVM looks for the PVID everywhere */
	assert_false(listed(g, "devname", "/dev/sda2"));
	assert_true(listed(g, "sys_serial", "1"));
	g->pv.uuid = "ab-ce";
	assert_false(listed(g, "sys_serial", "1")); /* of another one */
	g->pv.uuid = "ab-cd";
	filter(g, "r|.*|", NULL);
	assert_true(filtered(g, false));
	g->lvm.use_devicesfile = KNOWN_YES; /* then it passes over filters */
	assert_false(filtered(g, false));
	g->lvm.use_devicesfile = KNOWN_NO;
	assert_true(filtered(g, false));
	assert_false(listed(g, "sys_serial", "1"));
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns), CASE(test_filters),
		CASE(test_several_disks),        CASE(test_names_of_nvme),
		CASE(test_devices_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
