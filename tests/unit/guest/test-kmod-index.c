/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "compiler.h"
#include "elf-maker.h"
#include "index-maker.h"
#include "kmod_index.h"
#include "limits.h"

static const struct index_pair pairs[] = {
	{"ext4", "kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko"},
	{"virtio", "kernel/drivers/virtio/virtio.ko:"},
	{"virtio_blk", "kernel/drivers/block/virtio_blk.ko: kernel/a.ko"},
	{"virtio_blk", "second"},
};

static struct kmod_index opened(struct slice bytes)
{
	struct kmod_index x = {0};
	struct err e = ERR_INIT;

	assert_int_equal(kmod_index_open(bytes, &x, &e), 0);
	return x;
}

static void keys_are_found_whole(void **state)
{
	struct index_maker m;
	struct kmod_index x = opened(make_index(&m, pairs, ARRAY_LEN(pairs)));
	struct slice value = SLICE_NONE;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_find(&x, "virtio", &value, &e), 1);
	assert_true(slice_eq(value, pairs[1].value));
	assert_int_equal(kmod_index_find(&x, "virtio_blk", &value, &e), 1);
	assert_true(slice_eq(value, pairs[2].value));
	assert_int_equal(kmod_index_find(&x, "virtio_", &value, &e), 0);
	assert_int_equal(kmod_index_find(&x, "virtio_blk2", &value, &e), 0);
	assert_int_equal(kmod_index_find(&x, "", &value, &e), 0);
	assert_int_equal(kmod_index_find(&x, "\xff", &value, &e), 0);
}

static void one_key_may_have_several_values(void **state)
{
	struct index_maker m;
	struct kmod_index x = opened(make_index(&m, pairs, ARRAY_LEN(pairs)));
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_has(&x, "virtio_blk", "second", &e), 1);
	assert_int_equal(kmod_index_has(&x, "virtio_blk", "third", &e), 0);
	assert_int_equal(kmod_index_has(&x, "ext3", "second", &e), 0);
}

static void an_empty_index_has_no_key(void **state)
{
	static const uint8_t bytes[12] = {0xb0, 7, 0xf4, 0x57, 0, 2, 0, 1};
	struct kmod_index x = opened(slice_of(bytes, sizeof(bytes)));
	struct slice value;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_find(&x, "ext4", &value, &e), 0);
}

struct heard {
	char text[600];
	size_t n;
};

static int hear(void *ctx, struct slice key, uint32_t priority, struct slice value,
		struct err *e)
{
	struct heard *h = ctx;

	(void)e;
	h->n += (size_t)snprintf(h->text + h->n, sizeof(h->text) - h->n, "%.*s=%.*s/%u;",
				 (int)key.n, (const char *)key.p, (int)value.n,
				 (const char *)value.p, priority);
	return 0;
}

static void all_keys_are_told_in_order(void **state)
{
	struct index_maker m;
	struct kmod_index x = opened(make_index(&m, pairs, ARRAY_LEN(pairs)));
	struct heard h = {.n = 0};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_each(&x, hear, &h, &e), 0);
	assert_string_equal(h.text,
			    "ext4=kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko/0;"
			    "virtio=kernel/drivers/virtio/virtio.ko:/0;"
			    "virtio_blk=kernel/drivers/block/virtio_blk.ko: "
			    "kernel/a.ko/0;virtio_blk=second/0;");
}

/* A node that is its own child: each round makes the key longer. */
static void an_index_that_winds_itself_ends(void **state)
{
	static const uint8_t bytes[] = {0xb0, 7, 0xf4, 0x57, 0,   2,    0, 1, 0x20,
					0,    0, 12,   'a',  'a', 0x20, 0, 0, 12};
	struct kmod_index x = opened(slice_of(bytes, sizeof(bytes)));
	struct heard h = {.n = 0};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_each(&x, hear, &h, &e), -ERR_LIMIT);
}

static int count(void *ctx, struct slice key, uint32_t priority, struct slice value,
		 struct err *e)
{
	size_t *n = ctx;

	(void)key;
	(void)priority;
	(void)value;
	(void)e;
	++*n;
	return 0;
}

static uint8_t *put_u32(uint8_t *to, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*to++ = (uint8_t)(v >> shift);
	return to;
}

/* A root all of whose children are one node, with many values. */
static void values_that_are_told_again_and_again_end(void **state)
{
	enum { ROOT = 12, CHILDREN = 128, LEAF = ROOT + 2 + 4 * CHILDREN, VALUES = 9000 };
	static uint8_t bytes[LEAF + 4 + VALUES * 5];
	uint8_t *to = put_u32(bytes, 0xb007f457);
	struct kmod_index x;
	struct err e = ERR_INIT;
	size_t told = 0;

	(void)state;
	to = put_u32(put_u32(to, 0x00020001), 0x20000000 | ROOT);
	*to++ = 0;
	*to++ = CHILDREN - 1;
	for (size_t i = 0; i < CHILDREN; i++)
		to = put_u32(to, 0x40000000 | LEAF);
	put_u32(to, VALUES); /* each: priority 0 and an empty text */
	x = opened(slice_of(bytes, sizeof(bytes)));
	assert_int_equal(kmod_index_each(&x, count, &told, &e), -ERR_LIMIT);
	assert_int_equal(told, LIMIT_INDEX_VALUES);
}

static void what_is_no_index_is_refused(void **state)
{
	static const uint8_t newer[12] = {0xb0, 7, 0xf4, 0x57, 0, 3, 0, 0};
	struct kmod_index x;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(kmod_index_open(slice_str("alias a b\n"), &x, &e), -ERR_CORRUPT);
	assert_int_equal(kmod_index_open(SLICE_NONE, &x, &e), -ERR_CORRUPT);
	assert_int_equal(kmod_index_open(slice_of(newer, 12), &x, &e), -ERR_CORRUPT);
	assert_string_equal(e.text, "an index of version 3.0, not 2.1");
}

/* Every cut and every flipped bit: no answer is wrong in a way that crashes or hangs. */
static void damage_ends_in_an_error_or_in_no_key(void **state)
{
	struct index_maker m, bad;
	struct slice whole = make_index(&m, pairs, ARRAY_LEN(pairs)), value;

	(void)state;
	for (size_t at = 0; at < whole.n * 9; at++) {
		struct kmod_index x;
		struct err e = ERR_INIT;
		size_t n = at < whole.n ? at : whole.n;
		uint8_t *copy;

		memcpy(bad.bytes, m.bytes, whole.n);
		if (at >= whole.n)
			bad.bytes[(at - whole.n) / 8] ^= (uint8_t)(1u << (at % 8));
		copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, bad.bytes, n);
		if (kmod_index_open(slice_of(copy, n), &x, &e) == 0) {
			int r = kmod_index_find(&x, "virtio_blk", &value, &e);

			assert_true(r == 0 || r == 1 || r == -ERR_CORRUPT);
			r = kmod_index_has(&x, "virtio_blk", "third", &e);
			assert_true(r == 0 || r == -ERR_CORRUPT);
		}
		free(copy);
	}
}

static void put_file(const char *dir, const char *name, struct slice bytes)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	fclose(file);
}

static struct slice get_file(const char *dir, const char *name, uint8_t *buf, size_t max)
{
	char path[300];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	assert_non_null(file);
	n = fread(buf, 1, max, file);
	fclose(file);
	return slice_of(buf, n);
}

/* A command with this folder as its last words. */
static int run(const char *command, const char *dir, const char *rest)
{
	char line[600];

	snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin %s %s%s", command, dir,
		 rest);
	return system(line);
}

static void what_depmod_writes_is_read(void **state)
{
	static const char blk[] = "alias=virtio:d00000002v*\0alias=pci:v1-2[a-f]*\0"
				  "depends=virtio\0name=virtio_blk\0vermagic=6.1.0 ",
			  bus[] = "name=virtio\0vermagic=6.1.0 ";
	char dir[] = "/tmp/paravet-index-XXXXXX", modules[100];
	static uint8_t buf[65536];
	struct elf_maker elf = {true, false, 1, 62, .n = 0};
	struct kmod_index x;
	struct slice value;
	struct err e = ERR_INIT;

	(void)state;
	if (run("depmod --version", ">/dev/null 2>&1", "") != 0) {
		print_message("depmod is not installed\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	assert_int_equal(run("mkdir -p", dir, "/lib/modules/6.1.0/kernel"), 0);
	snprintf(modules, sizeof(modules), "%s/lib/modules/6.1.0", dir);
	maker_add(&elf, ".modinfo", blk, sizeof(blk));
	put_file(modules, "kernel/virtio_blk.ko", maker_finish(&elf));
	elf = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(&elf, ".modinfo", bus, sizeof(bus));
	put_file(modules, "kernel/virtio.ko", maker_finish(&elf));
	assert_int_equal(run("depmod -b", dir, " 6.1.0 2>/dev/null"), 0);
	x = opened(get_file(modules, "modules.dep.bin", buf, sizeof(buf)));
	assert_int_equal(kmod_index_find(&x, "virtio_blk", &value, &e), 1);
	assert_true(slice_starts(value, "kernel/virtio_blk.ko:"));
	assert_int_equal(kmod_index_find(&x, "virtio", &value, &e), 1);
	assert_int_equal(kmod_index_find(&x, "virtio_net", &value, &e), 0);
	x = opened(get_file(modules, "modules.alias.bin", buf, sizeof(buf)));
	assert_int_equal(kmod_index_has(&x, "virtio:d00000002v*", "virtio_blk", &e), 1);
	/* a dash is an underscore, but for one in brackets */
	assert_int_equal(kmod_index_has(&x, "pci:v1_2[a-f]*", "virtio_blk", &e), 1);
	assert_int_equal(run("rm -r", dir, ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_whole),
		cmocka_unit_test(one_key_may_have_several_values),
		cmocka_unit_test(an_empty_index_has_no_key),
		cmocka_unit_test(all_keys_are_told_in_order),
		cmocka_unit_test(an_index_that_winds_itself_ends),
		cmocka_unit_test(values_that_are_told_again_and_again_end),
		cmocka_unit_test(what_is_no_index_is_refused),
		cmocka_unit_test(damage_ends_in_an_error_or_in_no_key),
		cmocka_unit_test(what_depmod_writes_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
