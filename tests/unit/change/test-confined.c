/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sinks need no more than a worker may do that has their files as its outputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "commit.h"
#include "sandbox.h"

enum { SIZE = 40 * 4096 + 512, MIB = 1 << 20 };

/* What a worker has, and which sink it is to use. */
struct work {
	int source, scratch, disk, out;
	enum { OVERLAY, COPY, IN_PLACE } sink;
};

static int commit(const struct work *w, struct cow *cow, struct err *e)
{
	struct change_backing backing = {"disk.raw", "raw"};
	struct change_target target = {cow, {.path = "/disk.raw", .size = SIZE}, w->disk};

	return w->sink == OVERLAY ? change_commit_overlay(cow, &backing, w->out, e)
	       : w->sink == COPY  ? change_commit_copy(cow, w->out, e)
				  : change_commit_in_place(&target, 1, w->out, e);
}

static int work(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const struct work *w = ctx;
	struct blocks *source;
	struct cow *cow;
	int r = blocks_raw(w->source, &source, e);

	(void)box;
	(void)out;
	if (r >= 0)
		r = cow_new(source, w->scratch, MIB, &cow, e);
	if (r >= 0)
		r = blocks_write(cow_blocks(cow), 5000, "changed", 7, e);
	if (r >= 0)
		r = commit(w, cow, e);
	if (r < 0)
		return r;
	cow_free(cow);
	blocks_free(source);
	return 0;
}

static int memory(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static struct work work_new(void)
{
	struct work w = {.source = memory(), .scratch = memory(), .out = memory()};

	assert_int_equal(ftruncate(w.source, SIZE), 0);
	w.disk = dup(w.source);
	assert_true(w.disk >= 0);
	return w;
}

static void check_sink(unsigned sink)
{
	struct work w = work_new();
	struct sandbox_scratch outputs[] = {
		{w.scratch, MIB}, {w.out, MIB}, {w.disk, SIZE}};
	struct sandbox_options o = {.mode = SANDBOX_AUTO,
				    .keep_fds = &w.source,
				    .keep_count = 1,
				    .dir_fd = -1,
				    .memory = (uint64_t)64 * MIB,
				    .seconds = 30,
				    .result_max = 100,
				    .outputs = outputs,
				    .output_count = sink == IN_PLACE ? 3 : 2};
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(100);
	struct err e = ERR_INIT;
	char got[7];

	w.sink = sink;
	if (sandbox_run(&o, work, &w, &result, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(lseek(w.out, 0, SEEK_END) > 0);
	if (sink != OVERLAY) {
		int fd = sink == COPY ? w.out : w.disk;

		assert_int_equal(pread(fd, got, 7, 5000), 7);
		assert_memory_equal(got, "changed", 7);
	}
	close(w.source);
	close(w.scratch);
	close(w.out);
	close(w.disk);
}

static void test_overlay(void **state)
{
	(void)state;
	check_sink(OVERLAY);
}

static void test_copy(void **state)
{
	(void)state;
	check_sink(COPY);
}

static void test_in_place(void **state)
{
	(void)state;
	check_sink(IN_PLACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
