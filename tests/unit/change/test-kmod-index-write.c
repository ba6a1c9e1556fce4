/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../codec/tool.h"
#include "../guest/elf-maker.h"
#include "kmod_index.h"
#include "limits.h"
#include "segment/kmod_index_write.h"

static struct arena *arena;

static int collect(void *ctx, struct slice key, uint32_t priority, struct slice value,
		   struct err *e)
{
	kmod_entries *list = ctx;
	struct kmod_entry entry = {arena_strndup(arena, key), arena_strndup(arena, value),
				   priority};

	(void)e;
	assert_true(vec_push(arena, list, entry));
	return 0;
}

static kmod_entries entries_of(struct slice index)
{
	kmod_entries list = {0};
	struct kmod_index x;
	struct err e = ERR_INIT;

	assert_int_equal(kmod_index_open(index, &x, &e), 0);
	assert_int_equal(kmod_index_each(&x, collect, &list, &e), 0);
	return list;
}

static struct slice written(kmod_entries *list, struct strbuf *out)
{
	struct err e = ERR_INIT;

	assert_int_equal(kmod_index_write(list, out, &e), 0);
	return slice_of(out->s, out->n);
}

static void add(kmod_entries *list, const char *key, const char *value, uint32_t priority)
{
	assert_true(vec_push(arena, list, ((struct kmod_entry){key, value, priority})));
}

static void keys_of_all_kinds_are_found(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	kmod_entries list = {0};
	struct kmod_index x;
	struct slice value = SLICE_NONE, bytes;
	struct err e = ERR_INIT;

	(void)state;
	add(&list, "virtio_blk", "second", 9);
	add(&list, "virtio", "bus", 2);
	add(&list, "ext4", "fs", 1);
	add(&list, "virtio_blk", "first", 3);
	bytes = written(&list, &out);
	assert_int_equal(kmod_index_open(bytes, &x, &e), 0);
	assert_int_equal(kmod_index_find(&x, "virtio", &value, &e), 1);
	assert_true(slice_eq(value, "bus"));
	assert_int_equal(kmod_index_find(&x, "virtio_blk", &value, &e), 1);
	assert_true(slice_eq(value, "first"));
	assert_int_equal(kmod_index_has(&x, "virtio_blk", "second", &e), 1);
	assert_int_equal(kmod_index_find(&x, "virti", &value, &e), 0);
	assert_int_equal(kmod_index_find(&x, "ext", &value, &e), 0);
}

static void an_empty_index_is_one(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	kmod_entries list = {0};

	(void)state;
	assert_int_equal(written(&list, &out).n, 12);
	assert_int_equal(entries_of(slice_of(out.s, out.n)).n, 0);
}

static void what_kmod_would_not_read_is_refused(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	kmod_entries list = {0};
	struct err e = ERR_INIT;
	char deep[LIMIT_INDEX_KEY + 2];

	(void)state;
	add(&list, "caf\xc3\xa9", "x", 0);
	assert_int_equal(kmod_index_write(&list, &out, &e), -ERR_CORRUPT);
	memset(deep, 'a', sizeof(deep));
	deep[sizeof(deep) - 1] = '\0';
	list.n = 0;
	add(&list, deep, "x", 0);
	assert_int_equal(kmod_index_write(&list, &out, &e), -ERR_LIMIT);
}

static void many_keys_come_back(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	kmod_entries list = {0}, back;
	uint32_t x = 7;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		x = x * 1664525 + 1013904223;
		add(&list, arena_printf(arena, "pci:v%06X*", x >> 16),
		    arena_printf(arena, "m%u", i), i);
	}
	back = entries_of(written(&list, &out));
	assert_int_equal(back.n, list.n);
	for (size_t i = 0; i < back.n; i++) {
		assert_string_equal(back.v[i].key, list.v[i].key);
		assert_string_equal(back.v[i].value, list.v[i].value);
		assert_int_equal(back.v[i].priority, list.v[i].priority);
	}
}

static void put_module(const char *dir, const char *name, const char *info, size_t n)
{
	struct elf_maker elf = {true, false, 1, 62, .n = 0};
	char path[200];

	snprintf(path, sizeof(path), "%s/lib/modules/6.1.0/%s.ko", dir, name);
	maker_add(&elf, ".modinfo", info, n);
	assert_int_equal(tool_write(path, maker_finish(&elf)), 0);
}

/* A command with the folder as its last word but `rest`. */
static int run(const char *command, const char *dir, const char *rest)
{
	char line[300];

	snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin %s %s%s", command, dir,
		 rest);
	return system(line);
}

/* The index that depmod wrote, taken apart and put together again. */
static void check_index(const char *dir, const char *name)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_TABLE_FILE);
	char path[200];
	struct bytes theirs;
	kmod_entries list;
	struct slice ours;

	snprintf(path, sizeof(path), "%s/lib/modules/6.1.0/%s", dir, name);
	theirs = tool_read(path);
	list = entries_of(bytes_slice(theirs));
	assert_true(list.n > 0);
	ours = written(&list, &out);
	assert_int_equal(ours.n, theirs.n);
	assert_memory_equal(ours.p, theirs.p, theirs.n);
	free(theirs.p);
}

static void depmod_writes_the_same_bytes(void **state)
{
	static const char blk[] = "alias=virtio:d00000002v*\0alias=block-x\0"
				  "alias=pci:v1-2[a-f]*\0depends=virtio\0"
				  "name=virtio_blk\0vermagic=6.1.0 ",
			  net[] = "alias=virtio:d00000001v*\0alias=block-x\0"
				  "depends=virtio\0name=virtio_net\0vermagic=6.1.0 ",
			  bus[] = "name=virtio\0vermagic=6.1.0 ";
	char dir[] = "/tmp/paravet-index-XXXXXX";

	(void)state;
	if (run("depmod --version", ">/dev/null 2>&1", "") != 0) {
		print_message("depmod is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	assert_int_equal(run("mkdir -p", dir, "/lib/modules/6.1.0"), 0);
	put_module(dir, "virtio_blk", blk, sizeof(blk));
	put_module(dir, "virtio_net", net, sizeof(net));
	put_module(dir, "virtio", bus, sizeof(bus));
	assert_int_equal(run("printf 'virtio_net.ko\\nvirtio.ko\\nvirtio_blk.ko\\n' >",
			     dir, "/lib/modules/6.1.0/modules.order"),
			 0);
	assert_int_equal(run("depmod -b", dir, " 6.1.0 2>/dev/null"), 0);
	check_index(dir, "modules.dep.bin");
	check_index(dir, "modules.alias.bin");
	assert_int_equal(run("rm -r", dir, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_all_kinds_are_found),
		cmocka_unit_test(an_empty_index_is_one),
		cmocka_unit_test(what_kmod_would_not_read_is_refused),
		cmocka_unit_test(many_keys_come_back),
		cmocka_unit_test(depmod_writes_the_same_bytes),
	};
	int r;

	arena = arena_new(16 * 1024 * 1024);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return r;
}
