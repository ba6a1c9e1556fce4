/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes committed in place, their record, what brings the disk back, and when not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "commit.h"
#include "limits.h"
#include "lock.h"
#include "undo/undo_form.h"

enum { SIZE = 300 * 4096 + 700, MIB = 1 << 20 };

/* A disk, the copy on write over it, and the record. */
struct bench {
	uint8_t before[SIZE], after[SIZE];
	int disk, scratch, record;
	struct blocks *source;
	struct cow *cow;
	struct arena *arena;
	struct undo_record read;
};

static const struct undo_disk identity = {
	.path = "/images/disk.raw", .size = SIZE, .inode = 77};

static int memory(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct bench *bench_new(void)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct err e = ERR_INIT;

	assert_non_null(b);
	b->disk = memory();
	b->scratch = memory();
	b->record = memory();
	b->arena = arena_new((size_t)32 * MIB);
	for (size_t i = 0; i < SIZE; i++)
		b->before[i] = (uint8_t)(i * 7 + i / 4096);
	memcpy(b->after, b->before, SIZE);
	assert_int_equal(pwrite(b->disk, b->before, SIZE, 0), SIZE);
	assert_int_equal(blocks_raw(dup(b->disk), &b->source, &e), 0);
	assert_int_equal(cow_new(b->source, b->scratch, (uint64_t)64 * MIB, &b->cow, &e),
			 0);
	return b;
}

static void bench_free(struct bench *b)
{
	cow_free(b->cow);
	blocks_free(b->source);
	arena_free(b->arena);
	close(b->disk);
	close(b->scratch);
	close(b->record);
	free(b);
}

static void change(struct bench *b, size_t off, size_t len, int byte)
{
	struct err e = ERR_INIT;

	memset(b->after + off, byte, len);
	assert_int_equal(cow_write(b->cow, off, b->after + off, len, &e), 0);
}

static int commit_as(struct bench *b, struct undo_disk id, int disk, int record,
		     struct err *e)
{
	struct change_target target = {b->cow, id, disk};

	return change_commit_in_place(&target, 1, record, e);
}

static int commit(struct bench *b, struct err *e)
{
	return commit_as(b, identity, b->disk, b->record, e);
}

static void must(int r, const struct err *e)
{
	if (r < 0)
		fail_msg("%s", e->text);
}

static void check_disk(const struct bench *b, const uint8_t *want)
{
	static uint8_t got[SIZE];

	assert_int_equal(pread(b->disk, got, SIZE, 0), SIZE);
	assert_memory_equal(got, want, SIZE);
}

/* A bench whose disk has these changes: five runs, one of them of two pieces. */
static struct bench *changed_bench(void)
{
	struct bench *b = bench_new();
	struct err e = ERR_INIT;

	change(b, 10, 5, 0xaa);
	change(b, 40 * 4096 - 1, 2, 0xbb);
	change(b, 100 * 4096, 3 * 4096, 0);
	assert_int_equal(cow_zero(b->cow, (uint64_t)150 * 4096, (uint64_t)4096, &e), 0);
	memset(b->after + (size_t)150 * 4096, 0, 4096);
	change(b, SIZE - 1, 1, 0xcc);
	must(commit(b, &e), &e);
	check_disk(b, b->after);
	must(undo_open(b->record, b->arena, &b->read, &e), &e);
	return b;
}

static void test_there_and_back(void **state)
{
	struct bench *b = changed_bench();
	struct undo_state was = {0};
	struct err e = ERR_INIT;
	bool unchanged = false;
	uint8_t byte;

	(void)state;
	assert_string_equal(b->read.disks.v[0].path, identity.path);
	assert_int_equal(b->read.disks.v[0].size, SIZE);
	assert_int_equal(b->read.disks.v[0].inode, 77);
	assert_false(b->read.disks.v[0].device);
	assert_true(b->read.committed);
	assert_int_equal(b->read.runs, 5);
	assert_int_equal(b->read.bytes, (1 + 2 + 3 + 1) * 4096 + 700);
	must(undo_compare(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.new_runs, 5);
	must(undo_is_unchanged(&b->read, &b->disk, &unchanged, &e), &e);
	assert_false(unchanged);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.new_runs, 5);
	check_disk(b, b->before);
	must(undo_is_unchanged(&b->read, &b->disk, &unchanged, &e), &e);
	assert_true(unchanged);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.old_runs, 5);
	/* a record that is damaged says nothing of the disk */
	assert_int_equal(pread(b->record, &byte, 1, (off_t)undo_data(1)), 1);
	byte ^= 1;
	assert_int_equal(pwrite(b->record, &byte, 1, (off_t)undo_data(1)), 1);
	assert_true(undo_is_unchanged(&b->read, &b->disk, &unchanged, &e) < 0);
	assert_non_null(strstr(e.text, "the undo record is damaged"));
	check_disk(b, b->before);
	bench_free(b);
}

/* What was written over itself is no change, and shows whether the disk was used since.
 */
static void test_no_change(void **state)
{
	struct bench *b = bench_new();
	struct undo_state was;
	struct err e = ERR_INIT;
	bool unchanged = false;

	(void)state;
	change(b, 0, 100, 5);
	memcpy(b->after, b->before, SIZE);
	assert_int_equal(cow_write(b->cow, 0, b->before, 3 * 4096, &e), 0);
	must(commit(b, &e), &e);
	must(undo_open(b->record, b->arena, &b->read, &e), &e);
	assert_int_equal(b->read.runs - b->read.watched, 0);
	assert_int_equal(b->read.bytes, 0);
	assert_true(b->read.committed);
	must(undo_is_unchanged(&b->read, &b->disk, &unchanged, &e), &e);
	assert_true(unchanged);
	assert_int_equal(pwrite(b->disk, "x", 1, 9), 1);
	must(undo_is_unchanged(&b->read, &b->disk, &unchanged, &e), &e);
	assert_false(unchanged);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	b->before[9] = 'x';
	check_disk(b, b->before);
	bench_free(b);
}

static void test_used_since(void **state)
{
	struct bench *b = bench_new();
	struct undo_state was;
	struct err e = ERR_INIT;
	const size_t at = 12 * 4096;

	(void)state;
	assert_int_equal(cow_write(b->cow, at, b->before + at, 4096, &e), 0);
	change(b, at + 4096, 300, 5);
	must(commit(b, &e), &e);
	must(undo_open(b->record, b->arena, &b->read, &e), &e);
	assert_int_equal(b->read.runs, 2);
	assert_int_equal(b->read.watched, 1);
	assert_int_equal(b->read.bytes, 4096);
	b->after[at + 700] ^= 1;
	assert_int_equal(pwrite(b->disk, b->after + at, 4096, (off_t)at), 4096);
	assert_int_equal(undo_restore(&b->read, &b->disk, &was, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "was used since"));
	assert_non_null(strstr(e.text, "byte 49152"));
	check_disk(b, b->after);
	/* Once all is as it was, what happens to the disk is nobody's business. */
	assert_int_equal(pwrite(b->disk, b->before + at, 4096, (off_t)at), 4096);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.new_runs, 1);
	assert_int_equal(was.old_runs, 0);
	check_disk(b, b->before);
	assert_int_equal(pwrite(b->disk, b->after + at, 4096, (off_t)at), 4096);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.old_runs, 1);
	memcpy(b->before + at, b->after + at, 4096);
	check_disk(b, b->before);
	bench_free(b);
}

/* A run longer than one entry may be. */
static void test_long_run(void **state)
{
	struct bench *b = bench_new();
	struct undo_state was;
	struct err e = ERR_INIT;

	(void)state;
	change(b, 0, SIZE, 1);
	must(commit(b, &e), &e);
	check_disk(b, b->after);
	must(undo_open(b->record, b->arena, &b->read, &e), &e);
	assert_int_equal(b->read.runs, 2);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	check_disk(b, b->before);
	bench_free(b);
}

/* Sectors of both sides in one run: a write that was broken off. */
static void test_broken_off(void **state)
{
	struct bench *b = changed_bench();
	struct undo_state was;
	struct err e = ERR_INIT;
	size_t off = 101 * 4096 + 512;

	(void)state;
	assert_int_equal(pwrite(b->disk, b->before + off, 1024, (off_t)off), 1024);
	assert_int_equal(pwrite(b->disk, b->before, 4096, 0), 4096);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	assert_int_equal(was.mixed_runs, 1);
	assert_int_equal(was.old_runs, 1);
	assert_int_equal(was.new_runs, 3);
	check_disk(b, b->before);
	bench_free(b);
}

/* Somebody else's byte in one sector: nothing at all is written. */
static void test_changed_since(void **state)
{
	struct bench *b = changed_bench();
	struct undo_state was;
	struct err e = ERR_INIT;
	size_t off = 102 * 4096 + 600;

	(void)state;
	b->after[off] = 0x77;
	assert_int_equal(pwrite(b->disk, b->after + off, 1, (off_t)off), 1);
	assert_int_equal(undo_restore(&b->read, &b->disk, &was, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "1 sectors"));
	assert_non_null(strstr(e.text, "byte 418304,"));
	assert_non_null(strstr(e.text, "changed since"));
	check_disk(b, b->after);
	/* A byte outside the runs is nobody's business. */
	b->after[off] = 0;
	assert_int_equal(pwrite(b->disk, b->after + off, 1, (off_t)off), 1);
	b->before[70 * 4096] ^= 1;
	assert_int_equal(pwrite(b->disk, b->before + 70 * 4096, 1, 70 * 4096), 1);
	must(undo_restore(&b->read, &b->disk, &was, &e), &e);
	check_disk(b, b->before);
	bench_free(b);
}

static void test_another_size(void **state)
{
	struct bench *b = changed_bench();
	struct undo_state was;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(ftruncate(b->disk, SIZE + 512), 0);
	assert_int_equal(undo_restore(&b->read, &b->disk, &was, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "another"));
	check_disk(b, b->after);
	bench_free(b);
}

static void test_unfinished(void **state)
{
	struct bench *b = bench_new();
	uint8_t zeroes[20000] = {0};
	undo_disks disks = {0};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(undo_open(b->record, b->arena, &b->read, &e), -ERR_ABSENT);
	assert_int_equal(write(b->record, zeroes, sizeof(zeroes)), sizeof(zeroes));
	assert_int_equal(undo_open(b->record, b->arena, &b->read, &e), -ERR_ABSENT);
	assert_int_equal(undo_read_disks(b->record, b->arena, &disks, &e), -ERR_ABSENT);
	assert_non_null(strstr(e.text, "nothing was changed"));
	assert_int_equal(ftruncate(b->record, 511), 0);
	assert_int_equal(undo_open(b->record, b->arena, &b->read, &e), -ERR_CORRUPT);
	bench_free(b);
}

static off_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

/* Opens the record and restores, on a copy of the changed disk; an error is due. */
static void check_refused(struct bench *b)
{
	struct arena_mark m = arena_mark(b->arena);
	struct undo_record r;
	struct undo_state was;
	struct err e = ERR_INIT;

	if (undo_open(b->record, b->arena, &r, &e) >= 0 &&
	    undo_restore(&r, &b->disk, &was, &e) >= 0)
		fail_msg("a damaged record was believed");
	assert_true(e.code == ERR_CORRUPT || e.code == ERR_ABSENT ||
		    e.code == ERR_UNSUPPORTED);
	arena_rewind(b->arena, m);
}

/* The disk's bytes and all that says where they go: no bit of it may be another. */
static void test_damaged(void **state)
{
	struct bench *b = changed_bench();
	off_t size = size_of(b->record);

	(void)state;
	for (off_t at = 0; at < size; at += at < 600 || at > size - 500 ? 1 : 97) {
		uint8_t byte, other;

		/* The mark. */
		if (at >= UNDO_MARK && at < UNDO_DISKS)
			continue;
		assert_int_equal(pread(b->record, &byte, 1, at), 1);
		other = byte ^ (uint8_t)(1 << at % 8);
		assert_int_equal(pwrite(b->record, &other, 1, at), 1);
		check_refused(b);
		assert_int_equal(pwrite(b->record, &byte, 1, at), 1);
	}
	check_disk(b, b->after);
	assert_int_equal(write(b->record, "x", 1), 1);
	assert_int_equal(ftruncate(b->record, size + 1), 0);
	check_refused(b);
	for (off_t end = size - 1; end > 0; end -= end > size - 100 ? 1 : 999) {
		assert_int_equal(ftruncate(b->record, end), 0);
		check_refused(b);
	}
	check_disk(b, b->after);
	bench_free(b);
}

/* What a forger may write who computes checksums as well. */
enum { DATA = UNDO_DISKS + UNDO_DISK };

static void test_forged_tables(void **state)
{
	static const struct {
		uint64_t off[2], table;
		uint32_t len[2], disk[2];
	} cases[] = {
		{{0, 4096}, DATA + 16384, {4096, 4097}},
		{{0, 4095}, DATA + 16384, {4096, 4096}},
		{{4096, 0}, DATA + 16384, {4096, 4096}},
		{{0, SIZE}, DATA + 16384, {4096, 4096}},
		{{0, UINT64_MAX}, DATA + 16384, {4096, 4096}},
		{{0, 8192}, DATA + 8192, {4096, 0}},
		{{0, 8192}, DATA + 16385, {4096, 4096}},
		{{0, 8192}, DATA + 2 * (UNDO_RUN_MAX + 2), {1, UNDO_RUN_MAX + 1}},
		{{0, 8192}, DATA + 16384, {4096, 4096}, {0, 1}},
		{{0, 8192}, DATA + 16384, {4096, 4096}, {1, 0}},
	};
	static const struct undo_disk x = {.path = "/x", .size = SIZE};
	struct bench *b = bench_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t table[2 * UNDO_ENTRY], sector[UNDO_SECTOR], disk[UNDO_DISK];
		struct undo_header h = {.disks = 1, .table = cases[i].table, .runs = 2};
		struct err e = ERR_INIT;

		for (size_t j = 0; j < 2; j++) {
			struct undo_run run = {.off = cases[i].off[j],
					       .len = cases[i].len[j],
					       .disk = cases[i].disk[j]};

			undo_run_encode(&run, table + j * UNDO_ENTRY);
		}
		undo_disk_encode(&x, disk);
		undo_checksum(&h, slice_of(disk, sizeof(disk)),
			      slice_of(table, sizeof(table)), h.checksum);
		undo_header_encode(&h, sector);
		assert_int_equal(ftruncate(b->record, 0), 0);
		assert_int_equal(pwrite(b->record, sector, sizeof(sector), 0),
				 sizeof(sector));
		assert_int_equal(pwrite(b->record, disk, sizeof(disk), UNDO_DISKS),
				 sizeof(disk));
		assert_int_equal(
			pwrite(b->record, table, sizeof(table), (off_t)cases[i].table),
			sizeof(table));
		assert_int_equal(undo_open(b->record, b->arena, &b->read, &e),
				 -ERR_CORRUPT);
		assert_non_null(strstr(e.text, "damaged"));
	}
	bench_free(b);
}

static void test_refusals(void **state)
{
	struct bench *b = bench_new();
	struct undo_disk id = identity;
	struct err e = ERR_INIT;

	(void)state;
	change(b, 0, 100, 5);
	b->source->format = "qcow2";
	assert_int_equal(commit(b, &e), -ERR_USAGE);
	assert_non_null(strstr(e.text, "-o"));
	b->source->format = "raw";
	id.path = "disk.raw";
	assert_int_equal(commit_as(b, id, b->disk, b->record, &e), -ERR_USAGE);
	assert_int_equal(ftruncate(b->disk, SIZE - 1), 0);
	assert_int_equal(commit(b, &e), -ERR_IO);
	assert_int_equal(ftruncate(b->disk, SIZE), 0);
	assert_int_equal(pwrite(b->disk, b->before, SIZE, 0), SIZE);
	assert_int_equal(write(b->record, "x", 1), 1);
	assert_int_equal(commit(b, &e), -ERR_USAGE);
	assert_int_equal(size_of(b->record), 1);
	check_disk(b, b->before);
	bench_free(b);
}

/* What is to be written to is not what was read. */
static void test_another_disk(void **state)
{
	struct bench *b = bench_new();
	struct err e = ERR_INIT;
	int other = memory();

	(void)state;
	change(b, 40 * 4096, 5, 0xbb);
	b->before[40 * 4096 + 100] ^= 1;
	assert_int_equal(pwrite(other, b->before, SIZE, 0), SIZE);
	assert_int_equal(commit_as(b, identity, other, b->record, &e), -ERR_REFUSED);
	assert_non_null(strstr(e.text, "nothing was written"));
	assert_int_equal(dup2(other, b->disk), b->disk);
	check_disk(b, b->before);
	close(other);
	bench_free(b);
}

/* The record has no room: the disk is not touched. */
static void test_full_disk_for_the_record(void **state)
{
	struct bench *b = bench_new();
	struct err e = ERR_INIT;
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);

	(void)state;
	change(b, 0, 100, 5);
	assert_int_equal(commit_as(b, identity, b->disk, full, &e), -ERR_IO);
	check_disk(b, b->before);
	close(full);
	bench_free(b);
}

/* The disk cannot be written. */
static void test_taken_back(void **state)
{
	struct bench *b = bench_new();
	struct err e = ERR_INIT;
	char path[64];
	int fd;

	(void)state;
	change(b, 0, 100, 5);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", b->disk);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(commit_as(b, identity, fd, b->record, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "the disk is as it was"));
	check_disk(b, b->before);
	must(undo_open(b->record, b->arena, &b->read, &e), &e);
	assert_false(b->read.committed);
	close(fd);
	bench_free(b);
}

/* The second piece cannot be written, because files may not be that large: the first one
 * is taken back. */
static void test_taken_back_half(void **state)
{
	struct bench *b = bench_new();
	struct rlimit before, low;
	struct err e = ERR_INIT;
	int r;

	(void)state;
	change(b, 10, 5, 0xaa);
	change(b, 290 * 4096, 5, 0xbb);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	low = before;
	low.rlim_cur = 200 * 4096;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	r = commit(b, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -ERR_IO);
	assert_non_null(strstr(e.text, "the disk is as it was"));
	check_disk(b, b->before);
	bench_free(b);
}

/* Two disks and one record: the first is changed, the second cannot be. */
static void two(struct bench *a, struct bench *b, struct change_target targets[2])
{
	struct undo_disk other = identity;

	other.path = "/images/other.raw";
	change(a, 10, 5, 0xaa);
	change(a, 100 * 4096, 3 * 4096, 0);
	change(b, 40 * 4096 - 1, 2, 0xbb);
	targets[0] = (struct change_target){a->cow, identity, a->disk};
	targets[1] = (struct change_target){b->cow, other, b->disk};
}

static void test_two_disks(void **state)
{
	struct bench *a = bench_new(), *b = bench_new();
	struct change_target targets[2];
	const int fds[] = {a->disk, b->disk};
	struct undo_state was;
	struct err e = ERR_INIT;

	(void)state;
	two(a, b, targets);
	must(change_commit_in_place(targets, 2, a->record, &e), &e);
	check_disk(a, a->after);
	check_disk(b, b->after);
	must(undo_open(a->record, a->arena, &a->read, &e), &e);
	assert_int_equal(a->read.disks.n, 2);
	assert_string_equal(a->read.disks.v[1].path, "/images/other.raw");
	assert_int_equal(a->read.runs, 3);
	/* Somebody else's byte on the second: the first is left alone as well. */
	b->after[40 * 4096 + 7] ^= 1;
	assert_int_equal(pwrite(b->disk, b->after, SIZE, 0), SIZE);
	assert_int_equal(undo_restore(&a->read, fds, &was, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "/images/other.raw: 1 sectors"));
	check_disk(a, a->after);
	b->after[40 * 4096 + 7] ^= 1;
	assert_int_equal(pwrite(b->disk, b->after, SIZE, 0), SIZE);
	must(undo_restore(&a->read, fds, &was, &e), &e);
	assert_int_equal(was.new_runs, 3);
	check_disk(a, a->before);
	check_disk(b, b->before);
	bench_free(a);
	bench_free(b);
}

/* The second cannot be written: the first is taken back. */
static void test_two_disks_taken_back(void **state)
{
	struct bench *a = bench_new(), *b = bench_new();
	struct change_target targets[2];
	struct err e = ERR_INIT;
	char path[64];

	(void)state;
	two(a, b, targets);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", b->disk);
	targets[1].fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(change_commit_in_place(targets, 2, a->record, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "the disks are as they were"));
	check_disk(a, a->before);
	check_disk(b, b->before);
	close(targets[1].fd);
	bench_free(a);
	bench_free(b);
}

static int opened(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void test_locks(void **state)
{
	char path[] = "/tmp/lock.XXXXXX";
	int first = mkstemp(path), second = opened(path), third;
	struct err e = ERR_INIT;

	(void)state;
	assert_true(first >= 0);
	must(change_lock(first, CHANGE_LOCK_READ, &e), &e);
	must(change_lock(second, CHANGE_LOCK_READ, &e), &e);
	third = opened(path);
	assert_int_equal(change_lock(third, CHANGE_LOCK_WRITE, &e), -ERR_REFUSED);
	assert_non_null(strstr(e.text, "another process"));
	close(third);
	close(first);
	close(second);
	first = opened(path);
	must(change_lock(first, CHANGE_LOCK_WRITE, &e), &e);
	second = opened(path);
	assert_int_equal(change_lock(second, CHANGE_LOCK_READ, &e), -ERR_REFUSED);
	close(second);
	second = opened(path);
	assert_int_equal(change_lock(second, CHANGE_LOCK_WRITE, &e), -ERR_REFUSED);
	close(second);
	close(first);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_no_change),
		cmocka_unit_test(test_used_since),
		cmocka_unit_test(test_long_run),
		cmocka_unit_test(test_broken_off),
		cmocka_unit_test(test_changed_since),
		cmocka_unit_test(test_another_size),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_forged_tables),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_another_disk),
		cmocka_unit_test(test_full_disk_for_the_record),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_taken_back_half),
		cmocka_unit_test(test_two_disks),
		cmocka_unit_test(test_two_disks_taken_back),
		cmocka_unit_test(test_locks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
