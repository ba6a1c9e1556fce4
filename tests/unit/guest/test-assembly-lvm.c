/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ext4 root file system made by mke2fs on a logical volume whose two segments lie on
 * two disks, from the disks to the files and names of the guest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../codec/tool.h"
#include "../volume/lvm-maker.h"
#include "assembly.h"
#include "fake-guest.h"
#include "volumes.h"

enum {
	MIB = 1 << 20,
	ROOT_SIZE = 8 * MIB, /* 5 extents on the first disk, 3 on the second */
	PARTITION = MIB,
	DISK = 10 * MIB,
};
static const struct lvm_place areas[] = {{4096, 65536}, {0, 0}};
static const char *const uuids[] = {"aaaaaa00000000000000000000000000",
				    "bbbbbb00000000000000000000000000"};
static const char *const names[] = {"a.raw", "b.raw"};

static const char logical[] =
	"my-root {\nid = \"r\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
	"segment_count = 2\nsegment1 {\nstart_extent = 0\nextent_count = 5\n"
	"type = \"striped\"\nstripe_count = 1\nstripes = [ \"pv0\", 1 ]\n}\n"
	"segment2 {\nstart_extent = 5\nextent_count = 3\ntype = \"striped\"\n"
	"stripe_count = 1\nstripes = [ \"pv1\", 0 ]\n}\n}\n"
	"pool {\nid = \"p\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
	"segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 1\n"
	"type = \"thin-pool\"\n}\n}\n";

static uint8_t *disks[2];
static struct fake_guest fake;
static struct assembly assembly;
static struct assembly_disk inputs[2];

/* Puts a root file system together; false when there is no mke2fs. */
static bool make_root(struct bytes *ret)
{
	static const char *const argv[] = {"mke2fs",
					   "-q",
					   "-F",
					   "-t",
					   "ext4",
					   "-U",
					   "12345678-1234-1234-1234-123456789abc",
					   "-L",
					   "lvroot",
					   "-d",
					   "root",
					   "image",
					   "8M",
					   NULL};
	char image[80];

	fake_text(&fake, "/root/etc/os-release", "ID=debian\nVERSION_ID=12\n");
	fake_text(&fake, "/root/etc/fstab",
		  "/dev/mapper/vg0-my--root / ext4 defaults 0 1\n"
		  "/dev/vg0/my-root /again ext4 noauto 0 0\n"
		  "LABEL=lvroot /label ext4 noauto 0 0\n"
		  "/dev/vg0/pool /pool ext4 noauto 0 0\n"
		  "/dev/vg0/none /none ext4 noauto 0 0\n");
	fake_text(&fake, "/root/sbin/init", "x");
	if (tool_run(argv, fake.dir, NULL, NULL) != 0)
		return false;
	snprintf(image, sizeof(image), "%s/image", fake.dir);
	*ret = tool_read(image);
	return ret->n == ROOT_SIZE;
}

static void make_disks(const uint8_t *root)
{
	char physical[1000], text[4000];
	int n = lvm_physical_text(physical, sizeof(physical), "pv0", uuids[0],
				  "/dev/sda1", MIB / 512, 7);

	lvm_physical_text(physical + n, sizeof(physical) - (size_t)n, "pv1", uuids[1],
			  "/dev/sdb", MIB / 512, 9);
	lvm_group_text(text, sizeof(text), "vg0", 3, MIB / 512, physical, logical);
	for (size_t i = 0; i < 2; i++) {
		uint8_t *pv = disks[i] + (i ? 0 : PARTITION);

		lvm_make_label(pv, 1, uuids[i], DISK, MIB, areas);
		lvm_make_area(pv, areas[0], 512, text);
	}
	memcpy(disks[0] + PARTITION + 2 * MIB, root, 5 * MIB);
	memcpy(disks[1] + MIB, root + 5 * MIB, 3 * MIB);
	disks[0][446 + 4] = 0x8e; /* one MBR partition */
	lvm_put(disks[0] + 446 + 8, 4, PARTITION / 512);
	lvm_put(disks[0] + 446 + 12, 4, (DISK - PARTITION) / 512);
	lvm_put(disks[0] + 510, 2, 0xaa55);
}

static void assemble(size_t first, size_t n)
{
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		inputs[i] = (struct assembly_disk){.name = names[first + i]};
		assert_int_equal(blocks_memory(slice_of(disks[first + i], DISK),
					       &inputs[i].blocks, &e),
				 0);
	}
	if (assembly_build(&assembly, inputs, n, &fake.guest, &e) < 0)
		fail_msg("%s", e.text);
}

static int setup(void **state)
{
	struct bytes root = {NULL, 0};

	(void)state;
	fake_new(&fake);
	for (size_t i = 0; i < 2; i++) {
		disks[i] = calloc(1, DISK);
		assert_non_null(disks[i]);
	}
	if (make_root(&root))
		make_disks(root.p);
	else
		print_message("no mke2fs\n");
	free(root.p);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assembly_done(&assembly);
	for (size_t i = 0; i < 2; i++) {
		inputs[i].blocks = blocks_free(inputs[i].blocks);
		free(disks[i]);
	}
	fake_done(&fake);
	return 0;
}

static void skip_without_disks(void)
{
	if (disks[0][510] == 0)
		skip();
}

static const struct volume_fact *volume(const char *name)
{
	for (size_t i = 0; i < fake.facts.volumes.n; i++)
		if (fake.facts.volumes.v[i].name &&
		    strcmp(fake.facts.volumes.v[i].name, name) == 0)
			return &fake.facts.volumes.v[i];
	fail_msg("no %s", name);
	return NULL;
}

static void check_problem(const char *code, const char *part)
{
	for (size_t i = 0; i < fake.facts.problems.n; i++) {
		const struct problem_fact *p = &fake.facts.problems.v[i];

		if (strcmp(p->code, code) == 0 && strstr(p->text, part))
			return;
		print_message("%s: %s\n", p->code, p->text);
	}
	fail_msg("no problem \"%s\"", part);
}

static void check_name(const char *spec, const char *kind, const char *resolves_to)
{
	for (size_t i = 0; i < fake.facts.names.n; i++) {
		const struct name_fact *n = &fake.facts.names.v[i];

		if (strcmp(n->spec, spec) != 0)
			continue;
		assert_string_equal(n->kind, kind);
		assert_true(n->stable);
		if (resolves_to)
			assert_string_equal(n->resolves_to, resolves_to);
		else
			assert_null(n->resolves_to);
		return;
	}
	fail_msg("no name %s", spec);
}

static void both_disks(void **state)
{
	const struct volume_fact *v;
	struct err e = ERR_INIT;
	struct slice text;
	struct file file;

	(void)state;
	skip_without_disks();
	assemble(0, 2);
	assert_non_null(fake.guest.tree);
	assert_int_equal(tree_read(fake.guest.tree, "/etc/os-release", 1000,
				   fake.guest.arena, &file, &text, &e),
			 0);
	assert_true(slice_eq(text, "ID=debian\nVERSION_ID=12\n"));
	assert_string_equal(file.place.volume, "LV vg0/my-root");
	assert_string_equal(fake.facts.root_volume, "LV vg0/my-root");
	assert_string_equal(fake.facts.root_disk, "a.raw");
	v = volume("LV vg0/my-root");
	assert_string_equal(v->type, "lvm");
	assert_string_equal(v->fs, "ext4");
	assert_string_equal(v->uuid, "12345678-1234-1234-1234-123456789abc");
	assert_int_equal(v->size, ROOT_SIZE);
	assert_int_equal(v->disks.n, 2);
	assert_string_equal(v->disks.v[1], "b.raw");
	assert_true(v->read && volume("partition 1")->read);
	check_problem("unsupported", "LV vg0/pool: it is of type thin-pool");
	assert_int_equal(fake_read(&fake, &read_names), 0);
	check_name("/dev/mapper/vg0-my--root", "lvm", "a.raw, LV vg0/my-root");
	check_name("/dev/vg0/my-root", "lvm", "a.raw, LV vg0/my-root");
	check_name("LABEL=lvroot", "label", "a.raw, LV vg0/my-root");
	check_name("/dev/vg0/pool", "lvm", "a.raw, LV vg0/pool");
	check_name("/dev/vg0/none", "lvm", NULL);
}

static void one_disk(void **state)
{
	(void)state;
	skip_without_disks();
	assemble(0, 1);
	assert_null(fake.guest.tree);
	check_problem("absent", "VG vg0: a disk is missing: PV pv1 (was /dev/sdb)");
	check_problem("absent", "LV vg0/my-root: PV pv1 (was /dev/sdb) is missing");
	check_problem("absent", "no operating system was found");
	assert_false(volume("LV vg0/my-root")->read);
}

static void other_disk(void **state)
{
	(void)state;
	skip_without_disks();
	assemble(1, 1);
	assert_null(fake.guest.tree);
	check_problem("absent", "VG vg0: a disk is missing: PV pv0 (was /dev/sda1)");
	assert_string_equal(volume("LV vg0/my-root")->disk, "b.raw");
}

static void specs(void **state)
{
	static const struct {
		const char *spec;
		enum spec_match match;
	} rows[] = {
		{"/dev/vg0/my-root", SPEC_ONE},
		{"/dev/mapper/vg0-my--root", SPEC_ONE},
		{"/dev/disk/by-id/dm-name-vg0-my--root", SPEC_ONE},
		{"UUID=12345678-1234-1234-1234-123456789ABC", SPEC_ONE},
		{"LABEL=\"lvroot\"", SPEC_ONE},
		{"/dev/mapper/vg0-my-root", SPEC_NONE},
		{"/dev/mapper/vg0-my--root2", SPEC_NONE},
		{"/dev/mapper/vg0-my--roo", SPEC_NONE},
		{"/dev/vg0-my--root", SPEC_NONE},
		{"/dev/vg0", SPEC_NONE},
		{"/dev/sda", SPEC_NONE}, /* a logical volume is no whole disk */
		{"/dev/sdb", SPEC_ONE},
		{"/dev/sda1", SPEC_ONE},
	};
	size_t index = 0;

	(void)state;
	skip_without_disks();
	assemble(0, 2);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (volume_by_spec(&fake.facts, rows[i].spec, &index) != rows[i].match)
			fail_msg("%s", rows[i].spec);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {CASE(both_disks), CASE(one_disk),
					   CASE(other_disk), CASE(specs)};

	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
