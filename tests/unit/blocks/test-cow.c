/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The copy on write against a plain array, its limit, and the scratch file. */
#include "memory-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "limits.h"

enum { MIB = 1 << 20 };

static uint64_t state_of_random = 88172645463325252u;

static size_t below(size_t n)
{
	state_of_random ^= state_of_random << 13;
	state_of_random ^= state_of_random >> 7;
	state_of_random ^= state_of_random << 17;
	return (size_t)(state_of_random % n);
}

static off_t file_size(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

/* One random read, write or zeroing of both the disk and the model. */
static void step(struct memory_disk *d, uint8_t *model, uint8_t *buf)
{
	static const size_t spans[] = {1, 600, 4096, 4097, 20000, 300000};
	size_t off = below(d->size), len = below(spans[below(ARRAY_LEN(spans))] + 1);
	struct err e = ERR_INIT;

	if (below(3) == 0)
		off -= off % 4096;
	if (below(3) == 0)
		len -= len % 4096;
	if (len > d->size - off)
		len = d->size - off;
	switch (below(4)) {
	case 0:
		memset(buf, (int)below(256), len);
		buf[0] ^= 0x55;
		assert_int_equal(cow_write(d->cow, off, buf, len, &e), 0);
		memcpy(model + off, buf, len);
		break;
	case 1:
		assert_int_equal(cow_zero(d->cow, off, len, &e), 0);
		memset(model + off, 0, len);
		break;
	default:
		memset(buf, 0xee, len);
		assert_int_equal(cow_read(d->cow, off, buf, len, &e), 0);
		assert_memory_equal(buf, model + off, len);
	}
}

/* What a walk has seen so far. */
struct walk {
	const uint8_t *model;
	uint8_t *before; /* becomes the model where a run lies */
	uint64_t end;    /* of the last run */
	bool zero, any;
};

static int see_run(void *ctx, uint64_t off, uint64_t len, bool zero, struct err *e)
{
	struct walk *w = ctx;

	(void)e;
	assert_true(len > 0 && off % COW_BLOCK == 0);
	/* Neighbours of one kind would be one run. */
	assert_true(!w->any || off > w->end || (off == w->end && zero != w->zero));
	for (uint64_t i = 0; zero && i < len; i++)
		assert_int_equal(w->model[off + i], 0);
	memcpy(w->before + off, w->model + off, len);
	w->end = off + len;
	w->zero = zero;
	w->any = true;
	return 0;
}

/* The source with the runs in it is the changed disk. */
static void check_walk(const struct memory_disk *d, const uint8_t *model, uint8_t *before)
{
	struct walk w = {.model = model, .before = before};
	struct err e = ERR_INIT;

	assert_int_equal(cow_walk(d->cow, see_run, &w, &e), 0);
	assert_true(w.end <= d->size);
	assert_memory_equal(before, model, d->size);
}

static void check_model(size_t size, unsigned steps)
{
	struct memory_disk d;
	uint8_t *model = malloc(size), *before = malloc(size), *buf = malloc(size + 1);
	struct err e = ERR_INIT;

	disk_open(&d, size, 16 * MIB);
	assert_true(model && before && buf);
	memcpy(model, d.bytes, size);
	memcpy(before, d.bytes, size);
	for (unsigned i = 0; i < steps; i++)
		step(&d, model, buf);
	assert_int_equal(cow_read(d.cow, 0, buf, size, &e), 0);
	assert_memory_equal(buf, model, size);
	assert_memory_equal(d.bytes, before, size);
	check_walk(&d, model, before);
	assert_true((size_t)file_size(d.scratch) <= (size + 4095) / 4096 * 4096);
	disk_close(&d);
	free(model);
	free(before);
	free(buf);
}

static void test_model(void **state)
{
	(void)state;
	check_model((size_t)4 * MIB, 4000);
	check_model((size_t)MIB + 512, 3000);
	check_model(4096 * 3 + 1, 3000);
	check_model(512, 500);
}

/* As blocks it is written through a window, and read by whoever opens it. */
static void test_as_blocks(void **state)
{
	struct memory_disk d;
	struct blocks *w = NULL;
	struct err e = ERR_INIT;
	char got[4];

	(void)state;
	disk_open(&d, 3 * 4096, MIB);
	assert_ptr_equal(cow_source(d.cow), d.source);
	assert_int_equal(cow_blocks(d.cow)->size, 3 * 4096);
	assert_int_equal(blocks_window(cow_blocks(d.cow), 4000, 200, &w, &e), 0);
	assert_int_equal(blocks_write(w, 94, "word", 4, &e), 0);
	assert_int_equal(cow_read(d.cow, 4094, got, 4, &e), 0);
	assert_memory_equal(got, "word", 4);
	assert_int_equal(blocks_read(cow_blocks(d.cow), 4094, got, 4, &e), 0);
	assert_memory_equal(got, "word", 4);
	assert_int_equal(blocks_write(cow_blocks(d.cow), 3 * 4096 - 3, got, 4, &e),
			 -ERR_CORRUPT);
	blocks_free(w);
	disk_close(&d);
}

static int stop(void *ctx, uint64_t off, uint64_t len, bool zero, struct err *e)
{
	(void)off;
	(void)len;
	(void)zero;
	++*(int *)ctx;
	return err_set(e, ERR_LIMIT, "enough");
}

static void test_walk(void **state)
{
	struct memory_disk d;
	struct err e = ERR_INIT;
	int calls = 0;

	(void)state;
	disk_open(&d, 64 * 4096, MIB);
	assert_int_equal(cow_walk(d.cow, stop, &calls, &e), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(cow_write(d.cow, 40 * 4096, "x", 1, &e), 0);
	assert_int_equal(cow_write(d.cow, 3 * 4096, "x", 1, &e), 0);
	assert_int_equal(cow_walk(d.cow, stop, &calls, &e), -ERR_LIMIT);
	assert_int_equal(calls, 1);
	disk_close(&d);
	assert_null(cow_free(NULL));
}

/* What was told of a comparison. */
struct compared {
	const struct memory_disk *d;
	size_t n;
	struct {
		uint64_t off, len;
		bool differs;
	} v[4];
};

static int see_change(void *ctx, const struct cow_change *change, struct err *e)
{
	struct compared *c = ctx;

	assert_true(c->n < ARRAY_LEN(c->v));
	assert_int_equal(change->old.n, change->new.n);
	assert_memory_equal(change->old.p, c->d->bytes + change->off, change->old.n);
	for (size_t i = 0; i < change->new.n; i++)
		assert_int_equal(slice_at(change->new, i),
				 change->differs ? 0 : slice_at(change->old, i));
	c->v[c->n].off = change->off;
	c->v[c->n].len = change->new.n;
	c->v[c->n++].differs = change->differs;
	return c->n == ARRAY_LEN(c->v) ? err_set(e, ERR_LIMIT, "enough") : 0;
}

/* Of what was written, what differs is told apart from what does not. */
static void test_compare(void **state)
{
	enum { LAST = 600 * 4096, SIZE = LAST + 100 };
	static const uint8_t zeroes[SIZE];
	struct memory_disk d;
	struct compared c = {.d = &d};
	struct err e = ERR_INIT;

	(void)state;
	disk_open(&d, SIZE, 4 * MIB);
	assert_int_equal(cow_compare(d.cow, see_change, &c, &e), 0);
	assert_int_equal(c.n, 0);
	assert_int_equal(cow_write(d.cow, 4096, d.bytes + 4096, 4096, &e), 0);
	assert_int_equal(cow_zero(d.cow, 2 * 4096, 2 * 4096, &e), 0);
	assert_int_equal(cow_write(d.cow, LAST, d.bytes + LAST, 100, &e), 0);
	assert_int_equal(cow_compare(d.cow, see_change, &c, &e), 0);
	assert_int_equal(c.n, 3);
	assert_true(c.v[0].off == 4096 && c.v[0].len == 4096 && !c.v[0].differs);
	assert_true(c.v[1].off == 8192 && c.v[1].len == 8192 && c.v[1].differs);
	assert_true(c.v[2].off == LAST && c.v[2].len == 100 && !c.v[2].differs);
	/* A long one comes in pieces, until it is enough. */
	c.n = 1;
	assert_int_equal(cow_write(d.cow, 0, zeroes, SIZE, &e), 0);
	assert_int_equal(cow_compare(d.cow, see_change, &c, &e), -ERR_LIMIT);
	assert_true(c.v[1].off == 0 && c.v[1].len == COW_COMPARED && c.v[1].differs);
	assert_true(c.v[3].off == 2 * COW_COMPARED &&
		    c.v[3].len == SIZE - 2 * COW_COMPARED && c.v[3].differs);
	disk_close(&d);
}

static void test_outside(void **state)
{
	struct memory_disk d;
	uint8_t buf[8192] = {0};
	struct err e = ERR_INIT;

	(void)state;
	disk_open(&d, 8192, MIB);
	assert_int_equal(cow_read(d.cow, 8191, buf, 2, &e), -ERR_USAGE);
	assert_int_equal(cow_write(d.cow, 1, buf, 8192, &e), -ERR_USAGE);
	assert_int_equal(cow_zero(d.cow, UINT64_MAX, 2, &e), -ERR_USAGE);
	assert_int_equal(cow_read(d.cow, UINT64_MAX - 1, buf, 8192, &e), -ERR_USAGE);
	assert_int_equal(cow_read(d.cow, 8192, buf, 0, &e), 0);
	assert_int_equal(file_size(d.scratch), 0);
	disk_close(&d);
}

/* Blocks count once, zeroes as well, and what does not fit leaves nothing behind. */
static void test_limit(void **state)
{
	struct memory_disk d;
	uint8_t buf[5 * 4096], got[5 * 4096];
	struct err e = ERR_INIT;

	(void)state;
	memset(buf, 0xaa, sizeof(buf));
	disk_open(&d, 64 * 4096, 4 * 4096 + 100);
	assert_int_equal(cow_write(d.cow, 4096 - 1, buf, 2, &e), 0);
	assert_int_equal(cow_write(d.cow, 0, buf, 8192, &e), 0);
	assert_int_equal(cow_zero(d.cow, 10 * 4096, 4096, &e), 0);
	assert_int_equal(cow_write(d.cow, 20 * 4096 + 4000, buf, 200, &e), -ERR_LIMIT);
	assert_int_equal(cow_zero(d.cow, 0, 64 * 4096, &e), -ERR_LIMIT);
	assert_int_equal(cow_read(d.cow, 20 * 4096, got, sizeof(got), &e), 0);
	assert_memory_equal(got, d.bytes + 20 * 4096, sizeof(got));
	assert_int_equal(cow_write(d.cow, 20 * 4096, buf, 1, &e), 0);
	assert_int_equal(cow_write(d.cow, 21 * 4096, buf, 1, &e), -ERR_LIMIT);
	/* What was written already can be written for ever, and the file stays. */
	for (int i = 0; i < 50; i++) {
		assert_int_equal(cow_zero(d.cow, 0, 8192, &e), 0);
		assert_int_equal(cow_write(d.cow, 10 * 4096 + 5, buf, 9, &e), 0);
		assert_int_equal(cow_write(d.cow, 0, buf, 8192, &e), 0);
	}
	assert_true(file_size(d.scratch) <= 4 * 4096);
	disk_close(&d);
}

/* The table of written blocks grows, and finds what is far apart. */
static void test_many_blocks(void **state)
{
	enum { COUNT = 5000, STRIDE = 3 * 4096 };
	struct memory_disk d;
	struct err e = ERR_INIT;

	(void)state;
	disk_open(&d, (size_t)COUNT * STRIDE, (uint64_t)COUNT * 4096);
	for (uint32_t i = 0; i < COUNT; i++)
		assert_int_equal(
			cow_write(d.cow, (uint64_t)i * STRIDE + 8, &i, sizeof(i), &e), 0);
	for (uint32_t i = 0, got; i < COUNT; i++) {
		assert_int_equal(
			cow_read(d.cow, (uint64_t)i * STRIDE + 8, &got, sizeof(got), &e),
			0);
		assert_int_equal(got, i);
	}
	disk_close(&d);
}

static int broken_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		       struct err *e)
{
	(void)b;
	(void)off;
	(void)buf;
	(void)len;
	return err_set(e, ERR_IO, "the host's disk is broken");
}

static void test_broken_source(void **state)
{
	static const struct blocks_ops ops = {.read = broken_read};
	struct memory_disk d;
	const struct blocks_ops *good;
	uint8_t buf[4096] = {1, 2, 3};
	struct err e = ERR_INIT;

	(void)state;
	disk_open(&d, 64 * 4096, MIB);
	good = d.source->ops;
	d.source->ops = &ops;
	assert_int_equal(cow_read(d.cow, 0, buf, 1, &e), -ERR_IO);
	assert_int_equal(cow_write(d.cow, 100, buf, 3, &e), -ERR_IO);
	assert_int_equal(cow_write(d.cow, 4096, buf, 4096, &e), 0);
	d.source->ops = good;
	assert_int_equal(cow_read(d.cow, 0, buf, 4096, &e), 0);
	assert_memory_equal(buf, d.bytes, 4096);
	disk_close(&d);
}

static void test_broken_scratch(void **state)
{
	struct memory_disk d;
	uint8_t buf[4096] = {1};
	struct err e = ERR_INIT;
	int ro;

	(void)state;
	disk_open(&d, 8 * 4096, MIB);
	ro = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_true(ro >= 0);
	assert_true(dup2(ro, d.scratch) >= 0);
	close(ro);
	assert_int_equal(cow_write(d.cow, 0, buf, 4096, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "temporary file"));
	/* The block is as it was. */
	assert_int_equal(cow_read(d.cow, 0, buf, 4096, &e), 0);
	assert_memory_equal(buf, d.bytes, 4096);
	disk_close(&d);
}

static void test_needs(void **state)
{
	uint64_t file = 0, memory = 0;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(cow_needs(4096 * 10 + 4095, &file, &memory, &e), 0);
	assert_int_equal(file, 40960);
	assert_int_equal(cow_needs(LIMIT_COW_BLOCKS * 4096, &file, &memory, &e), 0);
	assert_true(memory <= (uint64_t)200 * MIB);
	assert_int_equal(cow_needs(UINT64_MAX, &file, &memory, &e), -ERR_USAGE);
}

static void test_scratch_has_no_name(void **state)
{
	char link[64], path[256], dir[] = "/tmp/scratch.XXXXXX";
	struct stat st;
	struct err e = ERR_INIT;
	int fd = -1;
	ssize_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(cow_scratch(dir, &fd, &e), 0);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	assert_true(n > 0);
	path[n] = '\0';
	assert_non_null(strstr(path, "(deleted)"));
	/* An empty folder can be removed. */
	assert_int_equal(rmdir(dir), 0);
	close(fd);
	assert_int_equal(cow_scratch(dir, &fd, &e), -ERR_IO);
	assert_non_null(strstr(e.text, "TMPDIR"));
}

/* /proc has no files of our own: memory serves. Others than root are told that they may
 * not write there. */
static void test_scratch_in_memory(void **state)
{
	struct err e = ERR_INIT;
	int fd = -1, r = cow_scratch("/proc", &fd, &e);

	(void)state;
	if (geteuid() != 0) {
		assert_int_equal(r, -ERR_IO);
		return;
	}
	if (r < 0)
		fail_msg("%s", e.text);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_as_blocks),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_many_blocks),
		cmocka_unit_test(test_broken_source),
		cmocka_unit_test(test_broken_scratch),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_scratch_has_no_name),
		cmocka_unit_test(test_scratch_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
