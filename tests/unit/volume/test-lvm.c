/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Physical volumes made in memory: where bytes come from, and what is told when some are
 * missing, doubled, damaged or of a kind that is not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lvm-disks.h"

static const char two_segments[] =
	LV("root", "segment_count = 2\n" SEGMENT("1", "0", "3", ONE(P0, "5"))
			   SEGMENT("2", "3", "2", ONE(P1, "14")));

static void linear(void **state)
{
	uint8_t all[5 * EXTENT];
	struct err e = ERR_INIT;

	(void)state;
	make(two_segments);
	assemble(PVS);
	assert_int_equal(set.notes.n, 0);
	assert_int_equal(set.volumes.n, 1);
	assert_string_equal(set.volumes.v[0].group, "vg0");
	assert_int_equal(volume("root")->size, sizeof(all));
	check_at("root", 0, 'A', 5);
	check_at("root", 3 * EXTENT - 2, 'A', 7);
	check_at("root", 3 * EXTENT, 'B', 14);
	check_at("root", 5 * EXTENT - 2, 'B', 15);
	assert_int_equal(blocks_read(set.volumes.v[0].blocks, 0, all, sizeof(all), &e),
			 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(all[i * EXTENT + 1], i < 3 ? 5 + i : 11 + i);
	assert_true(blocks_read(set.volumes.v[0].blocks, sizeof(all), all, 1, &e) < 0);
	assert_int_equal(set.volumes.v[0].members.n, 2);
	assert_int_equal(members[2].kind, LVM_2);
}

/* The bytes that blocks_where() has led to so far. */
struct found {
	uint8_t bytes[16 * EXTENT];
	size_t n;
};

static int add_found(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		     struct err *e)
{
	struct found *f = ctx;
	int r;

	assert_true(len <= sizeof(f->bytes) - f->n);
	r = blocks_read(b, off, f->bytes + f->n, (size_t)len, e);
	f->n += (size_t)len;
	return r;
}

/* Where a volume lies is where it is read from, on the physical volumes themselves. */
static void check_where(struct blocks *b)
{
	static struct found found;
	uint8_t bytes[16 * EXTENT];
	size_t n = (size_t)b->size - 100;
	struct err e = ERR_INIT;

	found.n = 0;
	assert_int_equal(blocks_read(b, 50, bytes, n, &e), 0);
	assert_int_equal(blocks_where(b, 50, n, add_found, &found, &e), 0);
	assert_int_equal(found.n, n);
	assert_memory_equal(found.bytes, bytes, n);
	assert_int_equal(blocks_where(b, 50, b->size, add_found, &found, &e),
			 -ERR_CORRUPT);
}

static void where_it_lies(void **state)
{
	(void)state;
	make(two_segments);
	assemble(PVS);
	check_where(set.volumes.v[0].blocks);
	make(LV("data", "segment_count = 2\n" SEGMENT(
				"1", "0", "6",
				"type = \"striped\"\nstripe_count = 3\nstripe_size = 1\n"
				"stripes = [ " P2 ", 1, " P0 ", 4," P1 ", 0 ]\n")
				SEGMENT("2", "6", "1", ONE(P0, "9"))));
	assemble(PVS);
	check_where(set.volumes.v[0].blocks);
}

/* A write goes where a read of the same range looks, and nowhere else. */
static void written(void **state)
{
	static uint8_t before[PVS][SIZE];
	uint8_t bytes[3 * EXTENT], got[3 * EXTENT];
	struct blocks *b;
	struct err e = ERR_INIT;
	size_t changed = 0;

	(void)state;
	make(LV("data", "segment_count = 2\n" SEGMENT(
				"1", "0", "6",
				"type = \"striped\"\nstripe_count = 3\nstripe_size = 1\n"
				"stripes = [ " P2 ", 1, " P0 ", 4," P1 ", 0 ]\n")
				SEGMENT("2", "6", "1", ONE(P0, "9"))));
	assemble(PVS);
	b = set.volumes.v[0].blocks;
	memcpy(before, disks, sizeof(disks));
	memset(bytes, '!', sizeof(bytes));
	assert_int_equal(
		blocks_write(b, b->size - sizeof(bytes) - 7, bytes, sizeof(bytes), &e),
		0);
	assert_int_equal(
		blocks_read(b, b->size - sizeof(bytes) - 7, got, sizeof(got), &e), 0);
	assert_memory_equal(got, bytes, sizeof(bytes));
	for (size_t i = 0; i < PVS; i++)
		for (size_t j = 0; j < SIZE; j++)
			changed += disks[i][j] != before[i][j];
	assert_int_equal(changed, sizeof(bytes));
	assert_int_equal(blocks_write(b, b->size - 1, bytes, 2, &e), -ERR_CORRUPT);
}

static void striped(void **state)
{
	uint8_t bytes[2 * EXTENT];
	struct err e = ERR_INIT;

	(void)state;
	make(LV("data", "segment_count = 2\n" SEGMENT(
				"1", "0", "6",
				"type = \"striped\"\nstripe_count = 3\nstripe_size = 1\n"
				"stripes = [ " P2 ", 1, " P0 ", 4," P1 ", 0 ]\n")
				SEGMENT("2", "6", "1", ONE(P0, "9"))));
	assemble(PVS);
	check_at("data", 0, 'C', 1);
	check_at("data", 512, 'A', 4);
	check_at("data", 1024, 'B', 0);
	check_at("data", 1536, 'C', 1);
	check_at("data", 3072, 'C', 2);
	check_at("data", 6 * EXTENT - 2, 'B', 1);
	check_at("data", 6 * EXTENT, 'A', 9);
	assert_int_equal(
		blocks_read(set.volumes.v[0].blocks, 511, bytes, sizeof(bytes), &e), 0);
	assert_int_equal(bytes[1], 'A');
	assert_int_equal(bytes[513], 'B');
	assert_int_equal(bytes[1025], 'C');
	/* As the kernel: a stripe must hold whole pieces. */
	make(LV("odd", "segment_count = 1\n" SEGMENT(
			       "1", "0", "2",
			       "type = \"striped\"\nstripe_count = 2\nstripe_size = 3\n"
			       "stripes = [ " P0 ", 0, " P1 ", 0 ]\n")));
	assemble(PVS);
	check_refused("odd", ERR_CORRUPT, "segment1");
}

static void around_the_ring(void **state)
{
	(void)state;
	make(two_segments);
	for (unsigned i = 0; i < PVS; i++) {
		lvm_make_area(disks[i], areas[0], AREA - 100, text);
		memset(disks[i] + areas[1].off, 0, AREA);
		lvm_make_label(disks[i], i + 1, uuids[i], SIZE, START, areas);
		lvm_make_area(disks[i], areas[1], 0, ""); /* empty */
	}
	memset(disks[1] + 512, 0, 512);
	memset(disks[2] + 512, 0, 512);
	assemble(PVS);
	assert_int_equal(set.notes.n, 0);
	check_at("root", 3 * EXTENT, 'B', 14);
}

static void damaged_copies(void **state)
{
	(void)state;
	make(two_segments);
	disks[1][areas[0].off + 700] ^= 1;
	assemble(PVS);
	check_note(ERR_NONE, 1, "CRC of the metadata is wrong");
	check_at("root", 3 * EXTENT, 'B', 14);
	disks[1][areas[1].off + 30] ^= 1;
	assemble(PVS);
	check_at("root", 3 * EXTENT, 'B', 14);
	for (unsigned i = 0; i < PVS; i++) {
		disks[i][areas[0].off + 600] = 1;
		disks[i][areas[1].off + 600] = 1;
	}
	assemble(PVS);
	assert_int_equal(set.volumes.n, 0);
	for (unsigned i = 0; i < PVS; i++)
		check_note(ERR_CORRUPT, i, "metadata are not readable");
}

static void damaged_label(void **state)
{
	(void)state;
	make(two_segments);
	disks[1][512 + 40] ^= 1;
	assemble(PVS);
	check_note(ERR_CORRUPT, 1, "CRC of its label in sector 1 is wrong");
	check_note(ERR_ABSENT, 0, "a disk is missing: PV pv1 (was /dev/sdb1)");
	check_refused("root", ERR_ABSENT, "pv1 (was /dev/sdb1)");
	assert_int_equal(members[1].kind, LVM_2);
	lvm_make_label(disks[1], 3, uuids[1], SIZE, START, areas);
	assemble(PVS); /* the left-over does not count */
	check_at("root", 3 * EXTENT, 'B', 14);
}

static void missing_disk(void **state)
{
	static const char both[] =
		LINEAR("swap", "2", P0, "0") LINEAR("home", "1", P2, "3");

	(void)state;
	make(both);
	assemble(2);
	check_note(ERR_ABSENT, 0,
		   "VG vg0: a disk is missing: PV pv2 (was /dev/sdc1), UUID "
		   "cccccc-0000-0000-0000-0000-0000-000000");
	check_at("swap", EXTENT, 'A', 1);
	assert_int_equal(volume("swap")->group_missing.n, 1);
	assert_string_equal(volume("swap")->group_missing.v[0], "PV pv2 (was /dev/sdc1)");
	check_refused("home", ERR_ABSENT, "PV pv2 (was /dev/sdc1) is missing");
	assert_int_equal(volume("home")->size, EXTENT);
	/* One without metadata of its own needs the others. */
	lvm_make_label(disks[0], 1, uuids[0], SIZE, START, areas + 2);
	assemble(1);
	assert_int_equal(set.volumes.n, 0);
	check_note(ERR_ABSENT, 0, "no disk given says which volume group");
	assemble(2);
	check_at("swap", EXTENT, 'A', 1);
}

static void copied_disk(void **state)
{
	(void)state;
	make(LINEAR("root", "2", P0, "0") LINEAR("home", "1", P1, "3"));
	memcpy(disks[2], disks[0], SIZE);
	assemble(PVS);
	check_note(ERR_AMBIGUOUS, 2, "a.raw and c.raw are the same physical volume");
	check_refused("root", ERR_AMBIGUOUS, "PV pv0 is there twice");
	check_at("home", 0, 'B', 3);
}

static void newest_counts(void **state)
{
	static char newer[sizeof(text)];

	(void)state;
	make_as(5, "vg0", LINEAR("new", "1", P0, "0"));
	memcpy(newer, text, sizeof(text));
	make_as(4, "vg0", LINEAR("old", "1", P0, "0"));
	lvm_make_area(disks[1], areas[1], 512, newer);
	lvm_make_area(disks[2], areas[0], 900, newer);
	assemble(PVS);
	assert_int_equal(set.volumes.n, 1);
	check_at("new", 0, 'A', 0);
	check_note(ERR_NONE, 0, "its metadata are older (4) than those in force (5)");
	make_as(5, "vg0", LINEAR("other", "1", P0, "0"));
	lvm_make_area(disks[1], areas[1], 512, newer);
	assemble(PVS);
	assert_int_equal(set.volumes.n, 0);
	check_note(ERR_AMBIGUOUS, 0, "different metadata of the same age");
}

static void two_groups(void **state)
{
	static uint8_t kept[SIZE];
	const char *first;

	(void)state;
	make(LINEAR("root", "1", P0, "2"));
	memcpy(kept, disks[0], SIZE);
	make(LINEAR("root", "1", P1, "3"));
	first = strstr(text, "GGGGGG");
	memcpy(text + (first - text), "HHHHHH", 6);
	lvm_make_area(disks[1], areas[0], 512, text);
	lvm_make_area(disks[1], areas[1], 512, text);
	memcpy(disks[0], kept, SIZE);
	assemble(2);
	assert_int_equal(set.volumes.n, 2);
	check_note(ERR_AMBIGUOUS, 1, "two volume groups are called vg0");
	/* Each group lists the other's disk, which says itself where it belongs. */
	check_note(ERR_ABSENT, 0, "PV pv1 belongs to the group vg0 now");
	check_at("root", 0, 'A', 2);
}

#define SNAPSHOT(store) \
	"snapshot0 {\nstatus = [\"READ\"]\nsegment_count = 1\n" SEGMENT( \
		"1", "0", "2", \
		"type = \"snapshot\"\nchunk_size = 8\norigin = \"root\"\n" store \
		" = \"snap\"\n") "}\n"

static void other_kinds(void **state)
{
	(void)state;
	make(LV("five", "segment_count = 1\n" SEGMENT("1", "0", "2",
						      "type = \"raid5\"\n"
						      "raids = [ \"a\", \"b\" ]\n"))
		     LV("pool", "segment_count = 1\n" SEGMENT("1", "0", "2",
							      "type = \"thin-pool\"\n"))
			     LINEAR("root", "2", P0, "0") LINEAR("snap", "1", P1, "0")
				     SNAPSHOT("cow_store"));
	assemble(PVS);
	assert_int_equal(set.volumes.n, 4);
	check_refused("five", ERR_UNSUPPORTED, "raid5");
	check_refused("pool", ERR_UNSUPPORTED, "thin-pool");
	check_refused("snap", ERR_UNSUPPORTED, "a snapshot");
	check_at("root", 0, 'A', 0);
	make(LINEAR("root", "2", P0, "0") LINEAR("snap", "1", P1, "0")
		     SNAPSHOT("merging_store"));
	assemble(PVS);
	check_refused("root", ERR_UNSUPPORTED, "being merged");
	check_refused("snap", ERR_UNSUPPORTED, "a snapshot");
}

static void past_the_end(void **state)
{
	(void)state;
	make(LINEAR("root", "2", P0, "0") LINEAR("home", "4", P0, "2")
		     LINEAR("bad", "4", P0, "13"));
	sizes[0] = START + 5 * EXTENT;
	assemble(PVS);
	check_at("root", 0, 'A', 0);
	check_refused("home", ERR_CORRUPT, "a.raw");
	check_refused("bad", ERR_CORRUPT, "past its end (16 extents)");
}

static void no_sense(void **state)
{
	static const char *const lvs[] = {
		LV("x", ""),
		LV("x", "segment_count = 2\n" SEGMENT("1", "0", "3", ONE(P0, "5"))),
		LV("x", "segment_count = 1\n" SEGMENT("1", "1", "3", ONE(P0, "5"))),
		LV("x", "segment_count = 1\n" SEGMENT("1", "0", "0", ONE(P0, "5"))),
		LV("x",
		   "segment_count = 1\n" SEGMENT("1", "0", "3", "type = \"striped\"")),
		LV("x",
		   "segment_count = 1\n" SEGMENT(
			   "1", "0", "1",
			   "type = \"striped\"\nstripe_count = 1\nstripes = [" P0 "]\n")),
		LV("x", "segment_count = 1\n" SEGMENT(
				"1", "0", "1",
				"type = \"striped\"\nstripe_count = 2\nstripes = [" P0
				", 0]\n")),
		LV("x", "segment_count = 1\n" SEGMENT("1", "0", "4294967295",
						      ONE(P0, "4294967295"))),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lvs); i++) {
		make(lvs[i]);
		assemble(PVS);
		check_refused("x", ERR_CORRUPT, "LV vg0/x: ");
	}
}

static void lvm1(void **state)
{
	(void)state;
	make(two_segments);
	memset(disks[0], 0, 8192);
	memcpy(disks[0], "HM\1\0", 4);
	memset(disks[1], 0, 8192);
	assemble(2);
	assert_int_equal(members[0].kind, LVM_1);
	assert_int_equal(members[1].kind, LVM_NOT);
	assert_int_equal(set.notes.n, 1);
	check_note(ERR_UNSUPPORTED, 0, "LVM1");
}

/* A shorter disk, or a changed byte in its head, never makes more readable. */
static void damage(void **state)
{
	(void)state;
	make(two_segments);
	for (size_t n = 0; n < SIZE; n += 64) {
		sizes[1] = n;
		assemble(PVS);
		assert_true(set.notes.n > 0 || !volume("root")->blocks);
	}
	sizes[1] = SIZE;
	for (size_t at = 512; at < 1024; at++) {
		make(two_segments);
		disks[1][at] ^= 0x40;
		assemble(PVS);
		check_refused("root", ERR_ABSENT, "pv1");
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(linear),        CASE(where_it_lies),   CASE(striped),
		CASE(written),       CASE(around_the_ring), CASE(damaged_copies),
		CASE(damaged_label), CASE(missing_disk),    CASE(copied_disk),
		CASE(newest_counts), CASE(two_groups),      CASE(other_kinds),
		CASE(past_the_end),  CASE(no_sense),        CASE(lvm1),
		CASE(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
