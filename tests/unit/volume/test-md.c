/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members of arrays made in memory: where bytes come from and go to, which members count,
 * and what is told of the others. The layouts were compared with what Linux 6.1 wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <time.h>

#include "md-maker.h"
#include "md.h"

enum { DISKS = 4, SIZE = 256 * 1024, DATA = 16384, CHUNK = 4096, ROOM = 64 * 1024 };
static const char *const places[DISKS] = {"a.raw", "b.raw, partition 2", "c.raw",
					  "d.raw"};

static uint8_t disks[DISKS][SIZE];
static size_t sizes[DISKS];
static struct arena *arena, *scratch;
static struct blocks *blocks[DISKS];
static struct md_member members[DISKS];
static struct md_set set;

static void done(void)
{
	md_done(&set);
	for (size_t i = 0; i < DISKS; i++)
		blocks[i] = blocks_free(blocks[i]);
	arena = arena_free(arena);
	scratch = arena_free(scratch);
	set = (struct md_set){0};
}

static void assemble(size_t from, size_t n)
{
	struct err e = ERR_INIT;

	done();
	arena = arena_new(1 << 22);
	scratch = arena_new(1 << 22);
	memset(members, 0, sizeof(members));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(
			blocks_buffer(disks[from + i], sizes[from + i], &blocks[i], &e),
			0);
		members[i].blocks = blocks[i];
		members[i].where = places[from + i];
	}
	if (md_assemble(members, n, arena, scratch, &set, &e) < 0)
		fail_msg("%s", e.text);
}

static struct md_make make_of(int level, unsigned count, unsigned number)
{
	return (struct md_make){.level = level,
				.minor = 2,
				.places = count,
				.number = number,
				.super = 4096,
				.data = DATA,
				.size = ROOM,
				.used = ROOM,
				.chunk = level == 1 ? 0 : CHUNK,
				.events = 40,
				.name = "web01:root"};
}

/* Each data byte pair is the disk's letter and the number of its chunk. */
static void fill(unsigned i)
{
	memset(disks[i], 0, SIZE);
	sizes[i] = SIZE;
	for (size_t at = DATA; at < SIZE; at += 2) {
		disks[i][at] = (uint8_t)('A' + i);
		disks[i][at + 1] = (uint8_t)((at - DATA) / CHUNK);
	}
}

static void make(int level, unsigned count, unsigned layout, unsigned features)
{
	for (unsigned i = 0; i < count; i++) {
		struct md_make m = make_of(level, count, i);

		fill(i);
		m.layout = layout;
		m.features = features;
		md_make_1(disks[i], &m);
	}
}

static uint8_t *super(unsigned i)
{
	return disks[i] + 4096;
}

/* Changes a number in a member's superblock. */
static void change(unsigned i, size_t at, unsigned n, uint64_t v)
{
	md_put(super(i) + at, n, v);
	md_seal_1(super(i));
}

static void check_at(uint64_t off, char letter, unsigned chunk)
{
	struct err e = ERR_INIT;
	uint8_t got[2];

	assert_int_equal(set.arrays.n, 1);
	if (set.arrays.v[0].problem)
		fail_msg("%s", set.arrays.v[0].problem);
	if (blocks_read(set.arrays.v[0].blocks, off, got, 2, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(got[0], letter);
	assert_int_equal(got[1], chunk);
}

static void check_note(enum err_code code, const char *text)
{
	for (size_t i = 0; i < set.notes.n; i++)
		if (set.notes.v[i].code == code && strstr(set.notes.v[i].text, text))
			return;
	for (size_t i = 0; i < set.notes.n; i++)
		print_error("%s\n", set.notes.v[i].text);
	fail_msg("no such note: %s", text);
}

static void check_refused(enum err_code code, const char *text)
{
	assert_int_equal(set.arrays.n, 1);
	assert_null(set.arrays.v[0].blocks);
	if (!strstr(set.arrays.v[0].problem, text))
		fail_msg("%s", set.arrays.v[0].problem);
	assert_int_equal(set.arrays.v[0].code, code);
	assert_true(set.arrays.v[0].members.n > 0);
}

static void four_versions(void **state)
{
	static const uint64_t supers[] = {(SIZE - 8192) / 4096 * 4096, 0, 4096};

	(void)state;
	for (unsigned minor = 0; minor < 3; minor++) {
		for (unsigned i = 0; i < 2; i++) {
			struct md_make m = make_of(1, 2, i);

			fill(i);
			m.super = supers[minor];
			m.minor = minor;
			md_make_1(disks[i], &m);
		}
		assemble(0, 2);
		check_at(CHUNK, 'A', 1);
		assert_int_equal(set.notes.n, 0);
		assert_string_equal(set.arrays.v[0].name, "md/root");
		assert_string_equal(set.arrays.v[0].set_name, "web01:root");
		assert_string_equal(set.arrays.v[0].uuid,
				    "30313233:34353637:38396162:63646566");
		assert_int_equal(set.arrays.v[0].size, ROOM);
		assert_int_equal(set.arrays.v[0].metadata[2], '0' + minor);
		assert_int_equal(set.arrays.v[0].members.n, 2);
	}
	for (unsigned i = 0; i < 2; i++) {
		fill(i);
		md_make_0(disks[i], SIZE, i);
	}
	assemble(0, 2);
	assert_string_equal(set.arrays.v[0].name, "md7");
	assert_null(set.arrays.v[0].set_name);
	assert_string_equal(set.arrays.v[0].uuid, "01234567:00000000:00000000:00000000");
	check_at(2 * CHUNK + DATA, 'A', 2);
	assemble(0, 1);
	check_note(ERR_NONE, "active device 1 (was /dev/sdb2) is missing");
	md_put(disks[0] + SIZE - 65536 + 8, 4, 91);
	md_seal(disks[0] + SIZE - 65536, 4096, 152);
	assemble(0, 1);
	check_refused(ERR_UNSUPPORTED, "was being reshaped");
}

/* Linux reads such a mirror only where it has to; all are written. */
static void write_mostly(void **state)
{
	struct md_make m = make_of(1, 2, 0);

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		m.number = i;
		fill(i);
		md_make_1(disks[i], &m);
	}
	disks[0][m.super + 184] = 1;
	md_seal_1(disks[0] + m.super);
	assemble(0, 2);
	check_at(CHUNK, 'B', 1);
	assemble(0, 1);
	check_at(CHUNK, 'A', 1);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *s = md_make_0(disks[i], SIZE, i);

		md_put(s + 992 * 4 + 16, 4, i ? 6 : 6 + 512);
		md_seal(s, 4096, 152);
		memset(disks[i] + m.super, 0, 512);
	}
	assemble(0, 2);
	check_at(CHUNK + DATA, 'B', 1);
}

static void no_member(void **state)
{
	(void)state;
	make(1, 2, 0, 0);
	memset(super(1), 0, 4);
	md_put(super(0) + 144, 8, 16);
	md_seal_1(super(0));
	assemble(0, 2);
	assert_int_equal(set.arrays.n, 0);
	assert_false(members[0].found);
	assert_false(members[1].found);
	make(1, 2, 0, 0);
	super(0)[100] ^= 1;
	assemble(0, 1);
	check_note(ERR_CORRUPT, "superblock at byte 4096 has a wrong checksum");
	make(1, 2, 0, 0);
	md_put(super(0) + 220, 4, 1921);
	assemble(0, 1);
	check_note(ERR_CORRUPT, "more members than there is room for");
}

static void last_made_counts(void **state)
{
	struct md_make m = make_of(1, 2, 0);

	(void)state;
	make(1, 2, 0, 0);
	m.super = (SIZE - 8192) / 4096 * 4096;
	m.name = "old";
	md_make_1(disks[0], &m);
	md_put(disks[0] + m.super + 64, 8, 1600000000);
	md_seal_1(disks[0] + m.super);
	assemble(0, 2);
	assert_string_equal(set.arrays.v[0].name, "md/root");
}

static void striped(void **state)
{
	(void)state;
	make(0, 3, 0, 0);
	assemble(0, 3);
	assert_int_equal(set.arrays.v[0].size, 3 * ROOM);
	check_at(0, 'A', 0);
	check_at(CHUNK, 'B', 0);
	check_at(5 * CHUNK + 2, 'C', 1);
	assemble(0, 2);
	check_refused(ERR_ABSENT, "active device 2 is missing: name the disk that");
	assert_int_equal(set.arrays.v[0].missing.n, 1);
	change(0, 88, 4, 0);
	change(1, 88, 4, 0);
	change(2, 88, 4, 0);
	assemble(0, 3);
	check_refused(ERR_CORRUPT, "chunks of 0 bytes");
}

/* Members of 16, 17 and 20 chunks: 48 chunks on three, then 2 on two, then 3 on one. */
static void zones(void **state)
{
	for (unsigned layout = 0; layout < 3; layout++) {
		make(0, 3, layout, layout ? 4096 : 0);
		change(1, 136, 8, 17 * CHUNK / 512);
		change(2, 136, 8, 20 * CHUNK / 512 + 3);
		assemble(0, 3);
		check_at(47 * CHUNK, 'C', 15);
		check_at(48 * CHUNK, 'B', 16);
		check_at(49 * CHUNK, 'C', 16);
		check_at(50 * CHUNK, 'C', 17);
		assert_int_equal(set.arrays.v[0].size, 53 * CHUNK);
	}
	/* 15 on three, then 2 on two: there the layout makes a difference. */
	for (unsigned layout = 0; layout < 4; layout++) {
		make(0, 3, layout, layout ? 4096 : 0);
		for (unsigned i = 0; i < 3; i++)
			change(i, 136, 8, (5 + (i > 0)) * CHUNK / 512);
		assemble(0, 3);
		if (layout == 0 || layout == 3) {
			check_refused(ERR_AMBIGUOUS, "layout-original");
			continue;
		}
		check_at(14 * CHUNK, 'C', 4);
		check_at(15 * CHUNK, layout == 1 ? 'C' : 'B', 5);
		check_at(16 * CHUNK, layout == 1 ? 'B' : 'C', 5);
	}
	(void)state;
}

static void linear(void **state)
{
	(void)state;
	make(-1, 2, 0, 0);
	assemble(0, 2);
	check_at(ROOM - 2, 'A', 15);
	check_at(ROOM, 'B', 0);
	assert_int_equal(set.arrays.v[0].size, 2 * ROOM);
}

static void tens(void **state)
{
	static const struct {
		unsigned layout;
		uint64_t size;
		struct {
			unsigned chunk;
			char letter;
			unsigned at;
		} reads[4];
	} cases[] = {
		{2 | 1 << 8, 2, {{0, 'A', 0}, {1, 'C', 0}, {2, 'A', 1}, {5, 'C', 2}}},
		{1 | 2 << 8, 2, {{0, 'A', 0}, {1, 'B', 0}, {4, 'A', 1}, {7, 'D', 1}}},
		{1 | 2 << 8 | 1 << 16,
		 2,
		 {{0, 'A', 0}, {1, 'B', 0}, {4, 'A', 2}, {7, 'D', 2}}},
	};

	(void)state;
	for (size_t c = 0; c < 3; c++) {
		make(10, 4, cases[c].layout, 0);
		assemble(0, 4);
		assert_int_equal(set.arrays.v[0].size, 4 * ROOM / cases[c].size);
		for (size_t i = 0; i < 4; i++)
			check_at((uint64_t)cases[c].reads[i].chunk * CHUNK,
				 cases[c].reads[i].letter, cases[c].reads[i].at);
		memset(super(0), 0, 4);
		assemble(0, 4);
		check_at(0, 'B', c == 0 ? 0 : c == 1 ? 8 : 1);
		memset(super(1), 0, 4);
		assemble(0, 4);
		check_refused(ERR_ABSENT, "0 is missing, active device 1 is missing");
	}
	make(10, 4, 5 | 1 << 8, 0);
	assemble(0, 4);
	check_refused(ERR_CORRUPT, "its layout makes no sense");
	make(10, 4, 1 | 2 << 8 | 1 << 17, 0);
	assemble(0, 4);
	check_refused(ERR_UNSUPPORTED, "buggy");
}

/* 1785 copies of everything, of which one is here: each is one step from the one before.
 */
static void many_copies(void **state)
{
	struct md_make m = make_of(10, 7 * 255, 1000);
	clock_t start = clock();
	struct err e = ERR_INIT;

	(void)state;
	fill(0);
	m.layout = 7 | 255 << 8;
	m.chunk = 512;
	m.size = m.used = SIZE - DATA;
	md_make_1(disks[0], &m);
	assemble(0, 1);
	check_at(0, 'A', 17);
	assert_int_equal(set.arrays.v[0].size, 255 * 512);
	assert_int_equal(blocks_read(set.arrays.v[0].blocks, 0, disks[1], 255 * 512, &e),
			 0);
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

static void which_count(void **state)
{
	static const uint16_t failed[] = {0, 0xfffe, 2}, spare[] = {0, 0xffff, 2};
	static const struct {
		size_t at;
		unsigned n;
		uint64_t v;
		const char *text;
	} cases[] = {
		{200, 8, 38,
		 "it is out of date: it stopped at event 38, the array is at 40"},
		{8, 4, 2, "it was being rebuilt"},
		{8, 4, 16, "it is to replace another member"},
		{136, 8, 100000, "it is shorter than its superblock says"},
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		make(1, 3, 0, 0);
		change(0, cases[i].at, cases[i].n, cases[i].v);
		assemble(0, 3);
		check_note(ERR_NONE, cases[i].text);
		check_note(ERR_NONE, "of active device 0, a.raw, nothing is read");
		check_at(0, 'B', 0);
		assert_int_equal(set.arrays.v[0].missing.n, 0);
	}
	make(1, 3, 0, 0);
	change(0, 200, 8, 39); /* one event is no difference */
	assemble(0, 3);
	check_at(0, 'A', 0);
	for (size_t i = 0; i < 2; i++) {
		struct md_make m = make_of(1, 3, 0);

		make(1, 3, 0, 0);
		m.roles = i ? spare : failed;
		m.events = 41;
		md_make_1(disks[0], &m);
		assemble(0, 3);
		check_note(ERR_NONE,
			   i ? "it is a spare" : "the others say that it failed");
		check_note(ERR_NONE, "active device 1 failed before");
		check_at(0, 'A', 0);
	}
	make(1, 2, 0, 8);
	md_put(disks[0] + 4096 + 188, 4, 8); /* the list, 8 sectors on */
	md_put(disks[1] + 4096 + 188, 4, 8);
	md_put(disks[0] + 8192, 8, 3 << 9 | 1);
	change(0, 184, 1, 0);
	change(1, 184, 1, 0);
	assemble(0, 2);
	check_note(ERR_NONE, "it has blocks that could not be read or written");
	check_at(0, 'B', 0);
}

static void contradictions(void **state)
{
	static const uint16_t without_1[] = {0, 0xfffe}, without_0[] = {0xfffe, 1};
	struct md_make m = make_of(1, 2, 0);

	(void)state;
	make(1, 2, 0, 0);
	m.roles = without_1;
	md_make_1(disks[0], &m);
	m.number = 1;
	m.roles = without_0;
	md_make_1(disks[1], &m);
	assemble(0, 2);
	check_refused(ERR_AMBIGUOUS, "each was changed without the other");
	change(0, 200, 8, 50);
	assemble(0, 2);
	check_at(0, 'A', 0); /* as mdadm does: the other one is out of date */
	make(1, 2, 0, 0);
	memcpy(disks[2], disks[1], SIZE);
	sizes[2] = SIZE;
	assemble(0, 3);
	check_refused(ERR_AMBIGUOUS, "one is a copy of the other");
	make(1, 2, 0, 0);
	change(1, 92, 4, 3);
	assemble(0, 2);
	check_refused(ERR_AMBIGUOUS, "say different things");
}

static void not_read(void **state)
{
	static const struct {
		size_t at;
		uint64_t v;
		enum err_code code;
		const char *text;
	} cases[] = {
		{72, 5, ERR_UNSUPPORTED, "it is raid5, which is not read"},
		{72, 6, ERR_UNSUPPORTED, "it is raid6, which is not read"},
		{72, UINT32_MAX - 3, ERR_UNSUPPORTED, "it is multipath"},
		{72, 77, ERR_UNSUPPORTED, "it is level 77"},
		{8, 4, ERR_UNSUPPORTED, "was being reshaped"},
		{8, 64, ERR_UNSUPPORTED, "was being reshaped"},
		{8, 1 << 20, ERR_UNSUPPORTED, "features (0x100000) that are not known"},
		{92, 0, ERR_CORRUPT, "an array of 0 members"},
		{92, 5000, ERR_CORRUPT, "an array of 5000 members"},
	};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		make(1, 2, 0, 0);
		for (unsigned i = 0; i < 2; i++)
			change(i, cases[c].at, 4, cases[c].v);
		assemble(0, 2);
		check_refused(cases[c].code, cases[c].text);
		assert_string_equal(set.arrays.v[0].name, "md/root");
	}
}

static int write_one(void)
{
	struct err e = ERR_INIT;
	int r;

	assert_int_equal(set.arrays.n, 1);
	r = blocks_write(set.arrays.v[0].blocks, 3 * CHUNK + 10, "written", 7, &e);
	if (r < 0 && r != -ERR_REFUSED)
		fail_msg("%s", e.text);
	return r;
}

static void written(void **state)
{
	static const uint16_t failed[] = {0, 0xfffe};
	struct md_make m = make_of(1, 2, 0);
	size_t at = DATA + 3 * CHUNK + 10;

	(void)state;
	make(1, 2, 0, 0);
	assemble(0, 2);
	assert_int_equal(write_one(), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_memory_equal(disks[i] + at, "written", 7);
	make(10, 4, 2 | 1 << 8, 0);
	assemble(0, 4);
	assert_int_equal(write_one(), 0);
	assert_memory_equal(disks[2] + DATA + CHUNK + 10, "written", 7);
	assert_memory_equal(disks[3] + DATA + CHUNK + 10, "written", 7);
	/* With the other one it would differ; where that failed it comes back as a copy.
	 */
	make(1, 2, 0, 0);
	assemble(0, 1);
	assert_int_equal(write_one(), -ERR_REFUSED);
	m.roles = failed;
	md_make_1(disks[0], &m);
	assemble(0, 1);
	assert_int_equal(write_one(), 0);
	m.features = 1;
	md_make_1(disks[0], &m);
	assemble(0, 1);
	assert_int_equal(write_one(), -ERR_REFUSED);
	make(1, 2, 0, 0);
	change(1, 8, 4, 2);
	assemble(0, 2);
	assert_int_equal(write_one(), -ERR_REFUSED);
}

static int count_piece(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		       struct err *e)
{
	(void)b;
	(void)e;
	assert_true(off >= DATA && len == CHUNK);
	++*(unsigned *)ctx;
	return 0;
}

static void where_it_lies(void **state)
{
	struct err e = ERR_INIT;
	unsigned pieces = 0;

	(void)state;
	make(10, 4, 2 | 1 << 8, 0);
	assemble(0, 4);
	assert_int_equal(blocks_where(set.arrays.v[0].blocks, 0, 2 * CHUNK, count_piece,
				      &pieces, &e),
			 0);
	assert_int_equal(pieces, 4);
}

/* 0.90 at the end of a disk may be that of its last partition. */
static void whole_disks(void **state)
{
	struct volume part = {.number = 1, .start = 65536, .size = SIZE - 65536};
	struct volume_table table = {0};

	(void)state;
	fill(0);
	md_make_0(disks[0], SIZE, 0);
	assemble(0, 1);
	assert_true(md_is_whole(blocks[0], &table, scratch));
	assert_true(vec_push(arena, &table.parts, part));
	assert_false(md_is_whole(blocks[0], &table, scratch));
	table.parts.v[0].start += 512;
	table.parts.v[0].size -= 65536;
	assert_true(md_is_whole(blocks[0], &table, scratch));
	make(1, 1, 0, 0);
	assemble(0, 1);
	assert_true(md_is_whole(blocks[0], &table, scratch));
	memset(disks[0], 0, SIZE);
	assert_false(md_is_whole(blocks[0], &table, scratch));
}

static void external(void **state)
{
	const char *what = NULL;

	(void)state;
	fill(0);
	memcpy(disks[0] + SIZE - 1024, "Intel Raid ISM Cfg Sig. 1.0", 27);
	assemble(0, 1);
	assert_string_equal(md_external(blocks[0], &what), "isw_raid_member");
	assert_non_null(strstr(what, "IMSM"));
	disks[0][SIZE - 1024] = 0;
	assert_null(md_external(blocks[0], &what));
}

/* Whatever bit changes: the array's own bytes, or none. */
static void damage(void **state)
{
	static uint8_t kept[SIZE];

	(void)state;
	make(1, 2, 0, 0);
	memcpy(kept, disks[0], SIZE);
	for (size_t at = 4096; at < 4096 + 256 + 4; at++) {
		for (unsigned sealed = 0; sealed < 2; sealed++) {
			disks[0][at] ^= 0x10;
			if (sealed && md_get(super(0) + 220, 4) < 100)
				md_seal_1(super(0));
			assemble(0, 2);
			for (size_t i = 0; i < set.arrays.n; i++) {
				struct md_array *v = &set.arrays.v[i];
				struct err e = ERR_INIT;
				uint8_t byte[2];

				assert_true(!v->blocks == (v->problem != NULL));
				if (v->blocks && v->size)
					(void)!blocks_read(v->blocks, v->size - 1, byte,
							   1, &e);
				assert_true(e.code != ERR_BUG);
			}
			memcpy(disks[0], kept, SIZE);
		}
	}
}

static int teardown(void **state)
{
	(void)state;
	done();
	return 0;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		CASE(four_versions),    CASE(write_mostly),   CASE(no_member),
		CASE(last_made_counts), CASE(striped),        CASE(zones),
		CASE(linear),           CASE(tens),           CASE(many_copies),
		CASE(which_count),      CASE(contradictions), CASE(not_read),
		CASE(written),          CASE(where_it_lies),  CASE(whole_disks),
		CASE(external),         CASE(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
