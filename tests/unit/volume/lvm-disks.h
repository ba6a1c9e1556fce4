/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three disks in memory that make up a volume group, and what tests ask of the logical
 * volumes on them.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lvm-maker.h"
#include "lvm.h"

enum {
	EXTENT = 1024,
	EXTENTS = 16,
	START = 12288,
	SIZE = START + EXTENTS * EXTENT,
	AREA = 4096,
	PVS = 3
};
static const struct lvm_place areas[] = {{4096, AREA}, {8192, AREA}, {0, 0}};
static const char *const uuids[PVS] = {"aaaaaa00000000000000000000000000",
				       "bbbbbb00000000000000000000000000",
				       "cccccc00000000000000000000000000"};
static const char *const places[PVS] = {"a.raw", "b.raw, partition 2", "c.raw"};
static const char *const hints[PVS] = {"/dev/sda2", "/dev/sdb1", "/dev/sdc1"};

static uint8_t disks[PVS][SIZE];
static size_t sizes[PVS];
static char text[3500];

static struct arena *arena, *scratch;
static struct blocks *blocks[PVS];
static struct lvm_member members[PVS];
static struct lvm_set set;

#define LV(name, segments) \
	name " {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\n" \
	     "flags = []\n" segments "}\n"
#define SEGMENT(number, start, count, body) \
	"segment" number " {\nstart_extent = " start "\nextent_count = " count "\n" body \
	"}\n"
#define ONE(pv, from) \
	"type = \"striped\"\nstripe_count = 1\t# linear\nstripes = [\n" pv ", " from \
	"\n]\n"
#define LINEAR(name, count, pv, from) \
	LV(name, "segment_count = 1\n" SEGMENT("1", "0", count, ONE(pv, from)))
#define P0 "\"pv0\""
#define P1 "\"pv1\""
#define P2 "\"pv2\""

/* Three disks of group vg0 with these logical volumes; each extent is full of its disk's
 * letter and its number. */
static inline void make_as(unsigned seqno, const char *name, const char *logical)
{
	char physical[1200];
	int n = 0;

	for (unsigned i = 0; i < PVS; i++) {
		char pv[] = {'p', 'v', (char)('0' + i), 0};

		n += lvm_physical_text(physical + n, sizeof(physical) - (size_t)n, pv,
				       uuids[i], hints[i], START / 512, EXTENTS);
	}
	lvm_group_text(text, sizeof(text), name, seqno, EXTENT / 512, physical, logical);
	for (unsigned i = 0; i < PVS; i++) {
		memset(disks[i], 0, SIZE);
		sizes[i] = SIZE;
		for (size_t at = START; at < SIZE; at += 2) {
			disks[i][at] = (uint8_t)('A' + i);
			disks[i][at + 1] = (uint8_t)((at - START) / EXTENT);
		}
		lvm_make_label(disks[i], 1, uuids[i], SIZE, START, areas);
		lvm_make_area(disks[i], areas[0], 512, text);
		lvm_make_area(disks[i], areas[1], 512, text);
	}
}

static inline void make(const char *logical)
{
	make_as(4, "vg0", logical);
}

static inline void done(void)
{
	lvm_done(&set);
	memset(&set, 0, sizeof(set));
	for (unsigned i = 0; i < PVS; i++)
		blocks[i] = blocks_free(blocks[i]);
	arena = arena_free(arena);
	scratch = arena_free(scratch);
}

/* The first n disks. */
static inline void assemble(size_t n)
{
	struct err e = ERR_INIT;

	done();
	arena = arena_new(1 << 20);
	scratch = arena_new(1 << 20);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(blocks_buffer(disks[i], sizes[i], &blocks[i], &e), 0);
		members[i] = (struct lvm_member){blocks[i], places[i], LVM_NOT};
	}
	if (lvm_assemble(members, n, arena, scratch, &set, &e) < 0)
		fail_msg("%s", e.text);
}

static inline const struct lvm_volume *volume(const char *name)
{
	for (size_t i = 0; i < set.volumes.n; i++)
		if (strcmp(set.volumes.v[i].name, name) == 0)
			return &set.volumes.v[i];
	fail_msg("no LV %s", name);
	return NULL;
}

/* Does the LV at `off` have this disk's extent? */
static inline void check_at(const char *name, uint64_t off, char disk, unsigned extent)
{
	struct err e = ERR_INIT;
	uint8_t got[2];
	const struct lvm_volume *v = volume(name);

	if (!v->blocks)
		fail_msg("%s", v->problem);
	assert_int_equal(blocks_read(v->blocks, off, got, 2, &e), 0);
	assert_int_equal(got[0], disk);
	assert_int_equal(got[1], extent);
}

static inline void check_refused(const char *name, enum err_code code, const char *why)
{
	const struct lvm_volume *v = volume(name);

	assert_null(v->blocks);
	assert_int_equal(v->code, code);
	assert_non_null(v->problem);
	if (!strstr(v->problem, why) || !strstr(v->problem, name))
		fail_msg("%s", v->problem);
	assert_true(v->members.n > 0);
}

static inline void check_note(enum err_code code, size_t member, const char *part)
{
	for (size_t i = 0; i < set.notes.n; i++)
		if (set.notes.v[i].code == code && set.notes.v[i].member == member &&
		    strstr(set.notes.v[i].text, part))
			return;
	for (size_t i = 0; i < set.notes.n; i++)
		print_message("%s %zu: %s\n", err_code_name(set.notes.v[i].code),
			      set.notes.v[i].member, set.notes.v[i].text);
	fail_msg("no note \"%s\"", part);
}

static inline int setup(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	done();
	return 0;
}
