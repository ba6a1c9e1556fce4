/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SquashFS from images in memory: what a small one holds, and every way to spoil it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "limits.h"
#include "squashfs-maker.h"
#include "tree.h"

enum { DIR = 1, FILE_, LINK, FIFO = 6, SUPER_ROOT = 32, SUPER_SIZE = 40 };

struct fixture {
	struct squash_maker *m;
	struct arena *arena;
	struct blocks *blocks;
	struct fs *fs;
	struct tree *tree;
	struct err e;
	const char *name;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->m = squash_new();
	f->arena = arena_new(LIMIT_FACTS);
	*state = f;
	return 0;
}

static void close_image(struct fixture *f)
{
	f->fs = fs_free(f->fs);
	f->blocks = blocks_free(f->blocks);
	err_clear(&f->e);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_image(f);
	arena_free(f->arena);
	free(f->m);
	free(f);
	return 0;
}

/* The code of fs_open(), whose text is left in f->e. */
static enum err_code open_image(struct fixture *f)
{
	close_image(f);
	assert_int_equal(blocks_memory(slice_of(f->m->bytes, f->m->n), &f->blocks, &f->e),
			 0);
	if (fs_open(f->blocks, f->arena, &f->fs, &f->name, &f->e) < 0)
		return f->e.code;
	assert_int_equal(tree_new(f->arena, &f->tree, &f->e), 0);
	return tree_mount(f->tree, "/", f->fs, (struct place){"disk", ""}, &f->e) < 0
		       ? f->e.code
		       : ERR_NONE;
}

static void expect_open(struct fixture *f)
{
	if (open_image(f) != ERR_NONE)
		fail_msg("%s", f->e.text);
}

/* Reads a file whole. */
static enum err_code read_path(struct fixture *f, const char *path, struct slice *ret)
{
	err_clear(&f->e);
	return tree_read(f->tree, path, 1 << 20, f->arena, NULL, ret, &f->e) < 0
		       ? f->e.code
		       : ERR_NONE;
}

static void expect_text(struct fixture *f, const char *path, const char *text)
{
	struct slice s;

	if (read_path(f, path, &s) != ERR_NONE)
		fail_msg("%s", f->e.text);
	assert_true(slice_eq(s, text));
}

static void expect_corrupt(struct fixture *f, const char *path, const char *why)
{
	struct slice s;

	assert_int_equal(read_path(f, path, &s), ERR_CORRUPT);
	if (!strstr(f->e.text, why))
		fail_msg("%s", f->e.text);
}

static void expect_refused(struct fixture *f, enum err_code code, const char *why)
{
	assert_int_equal(open_image(f), code);
	assert_string_equal(f->name, "squashfs");
	if (!strstr(f->e.text, why))
		fail_msg("%s", f->e.text);
}

static void put_super(struct fixture *f, size_t at, uint64_t value, unsigned n)
{
	squash_put(f->m->bytes, at, value, n);
}

/* Byte `at` of an inode, in the finished image. */
static void put_inode(struct fixture *f, size_t inode, size_t at, uint64_t value,
		      unsigned n)
{
	squash_put(f->m->bytes, f->m->inodes_at + inode + at, value, n);
}

/* Byte `at` of the directories. */
static void put_dir(struct fixture *f, size_t at, uint64_t value, unsigned n)
{
	squash_put(f->m->bytes, f->m->dirs_at + at, value, n);
}

/* --- What is there --- */

static void test_reads(void **state)
{
	struct fixture *f = *state;
	struct squash_name in_sub[] = {{"file", squash_file(f->m, "inside"), FILE_}};
	struct squash_name in_root[] = {
		{"empty", squash_file(f->m, ""), FILE_},
		{"link", squash_link(f->m, 3, "sub/file"), LINK},
		{"pipe", squash_inode(f->m, 6), FIFO},
		{"sub", squash_dir(f->m, 6, in_sub, 1), DIR},
		{"text", squash_file(f->m, "hello"), FILE_},
	};
	const uint32_t root = f->m->files + 1;
	dir_list list;
	struct file file;
	struct slice s;

	/* Now that its number is known. */
	squash_put(f->m->inodes, in_root[3].inode + 28, root, 4);
	squash_finish(f->m, squash_dir(f->m, 99, in_root, 5));
	expect_open(f);
	assert_string_equal(f->fs->type, "squashfs");
	expect_text(f, "/text", "hello");
	expect_text(f, "/link", "inside");
	expect_text(f, "/empty", "");
	assert_int_equal(tree_list(f->tree, "/", &list, &f->e), 0);
	assert_int_equal(list.n, 5);
	assert_string_equal(list.v[2].name, "pipe");
	assert_int_equal(list.v[2].type, NODE_OTHER);
	assert_int_equal(tree_find(f->tree, "/text", &file, &f->e), 0);
	assert_int_equal(file.node.mode, 0640);
	assert_int_equal(file_where(&file, NULL, NULL, &f->e), -ERR_UNSUPPORTED);
	assert_int_equal(read_path(f, "/sub/none", &s), ERR_ABSENT);
	assert_int_equal(read_path(f, "/pipe", &s), ERR_ABSENT);
}

/* The extended inode of a file of these bytes, which lie behind a hole of one block. */
static size_t long_file(struct squash_maker *m, const char *text)
{
	uint32_t start = squash_data(m, slice_str(text));
	size_t inode = squash_inode(m, 9);

	squash_field(m, start, 8);
	squash_field(m, SQUASH_MAKER_BLOCK + strlen(text), 8);
	squash_field(m, SQUASH_MAKER_BLOCK, 8); /* saved by holes */
	squash_field(m, 1, 4);
	squash_field(m, UINT32_MAX, 4);
	squash_field(m, 0, 4);
	squash_field(m, UINT32_MAX, 4);
	squash_field(m, 0, 4); /* the hole */
	squash_field(m, strlen(text) | 1 << 24, 4);
	return inode;
}

static size_t long_dir(struct squash_maker *m, const struct squash_name *names, size_t n)
{
	size_t size = squash_list(m, names, n), inode = squash_inode(m, 8);

	squash_field(m, 2, 4);
	squash_field(m, size, 4);
	squash_field(m, 0, 4);  /* block of the list */
	squash_field(m, 99, 4); /* parent */
	squash_field(m, 0, 2 + 2);
	squash_field(m, UINT32_MAX, 4);
	return inode;
}

static void test_extended(void **state)
{
	struct fixture *f = *state;
	struct squash_name names[] = {
		{"link", squash_link(f->m, 10, "long"), LINK},
		{"long", long_file(f->m, "behind a hole"), FILE_},
	};
	struct slice s;

	squash_finish(f->m, long_dir(f->m, names, 2));
	expect_open(f);
	if (read_path(f, "/link", &s) != ERR_NONE)
		fail_msg("%s", f->e.text);
	assert_int_equal(s.n, SQUASH_MAKER_BLOCK + 13);
	assert_int_equal(slice_at(s, SQUASH_MAKER_BLOCK - 1), 0);
	assert_true(slice_has(s, SQUASH_MAKER_BLOCK, "behind a hole", 13));
}

/* A directory with one file, "text", of `text`. Returns the file's inode. */
static size_t make_one(struct fixture *f, const char *text)
{
	size_t inode = squash_file(f->m, text);
	struct squash_name names[] = {{"text", inode, FILE_}};

	squash_finish(f->m, squash_dir(f->m, 99, names, 1));
	return inode;
}

/* Ends of files together in a fragment, in a table of its own behind the directories. */
static void test_fragment(void **state)
{
	struct fixture *f = *state;
	uint32_t at = squash_data(f->m, slice_str("first,second"));
	size_t inode = make_one(f, "third!");
	uint8_t entry[16] = {0};
	size_t block = f->m->n;

	squash_put(entry, 0, at, 8);
	squash_put(entry, 8, 12 | 1 << 24, 4);
	squash_meta(f->m, entry, sizeof(entry));
	put_super(f, 16, 1, 4);
	put_super(f, 80, f->m->n, 8);
	f->m->n = squash_put(f->m->bytes, f->m->n, block, 8);
	put_super(f, SUPER_SIZE, f->m->n, 8);
	put_inode(f, inode, 20, 0, 4); /* fragment 0, */
	put_inode(f, inode, 24, 6, 4); /* from byte 6 */
	expect_open(f);
	expect_text(f, "/text", "second");
	put_inode(f, inode, 24, 7, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "its end lies outside of fragment 0");
	put_inode(f, inode, 20, 1, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "there is no fragment 1");
	put_inode(f, inode, 20, 0, 4);
	squash_put(f->m->bytes, block + 2, SQUASH_MAKER_SIZE, 8);
	expect_open(f);
	expect_corrupt(f, "/text", "is not possible");
	put_super(f, 16, 513, 4); /* a list of two, of which one is there */
	expect_refused(f, ERR_CORRUPT, "contradict");
}

/* Metadata and data packed by zlib. */
static void test_packed(void **state)
{
	struct fixture *f = *state;
	char text[1000];
	uint8_t packed[1000];
	uLongf n = sizeof(packed);
	size_t inode;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	inode = make_one(f, text);
	assert_int_equal(
		compress2(packed, &n, (const uint8_t *)text, sizeof(text) - 1, 9), Z_OK);
	memcpy(f->m->bytes + 96, packed, n);
	put_inode(f, inode, 32, n, 4);
	expect_open(f);
	expect_text(f, "/text", text);
	put_inode(f, inode, 28, 998, 4); /* it holds one more */
	expect_open(f);
	expect_corrupt(f, "/text", "longer than its block");
	put_inode(f, inode, 28, 1000, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "holds 999 bytes, not 1000");
	put_inode(f, inode, 28, 999, 4);
	f->m->bytes[100] ^= 0xff;
	expect_open(f);
	expect_corrupt(f, "/text", "zlib data is damaged");
	squash_put(f->m->bytes, f->m->inodes_at - 2, f->m->inodes_n, 2);
	assert_int_equal(open_image(f), ERR_CORRUPT);
	assert_non_null(strstr(f->e.text, "the metadata block at byte"));
}

/* --- What is spoiled --- */

static void test_superblock(void **state)
{
	static const struct {
		size_t at;
		unsigned n;
		uint64_t bad;
		enum err_code code;
		const char *why;
	} cases[] = {
		{30, 2, 1, ERR_UNSUPPORTED, "version 4.1"},
		{28, 2, 5, ERR_UNSUPPORTED, "version 5.0"},
		{20, 2, 2, ERR_UNSUPPORTED, "compressed with lzma"},
		{20, 2, 0, ERR_UNSUPPORTED, "not known here (0)"},
		{20, 2, 7, ERR_UNSUPPORTED, "not known here (7)"},
		{12, 4, 4095, ERR_CORRUPT, "blocks of 4095 bytes"},
		{22, 2, 13, ERR_CORRUPT, "blocks of 4096 bytes"},
		{22, 2, 60000, ERR_CORRUPT, "blocks of 4096 bytes"},
		{SUPER_SIZE, 8, 1 << 20, ERR_CORRUPT, "cut off"},
		{SUPER_SIZE, 8, 100, ERR_CORRUPT, "contradict"},
		{64, 8, 10, ERR_CORRUPT, "contradict"},
		{72, 8, 96, ERR_CORRUPT, "contradict"},
		{72, 8, UINT64_MAX, ERR_CORRUPT, "contradict"},
		{16, 4, 1, ERR_CORRUPT, "contradict"}, /* fragments without a table */
		{16, 4, UINT32_MAX, ERR_CORRUPT, "contradict"},
	};
	struct fixture *f = *state;
	uint8_t good[96];

	make_one(f, "text");
	memcpy(good, f->m->bytes, sizeof(good));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_super(f, cases[i].at, cases[i].bad, cases[i].n);
		expect_refused(f, cases[i].code, cases[i].why);
		memcpy(f->m->bytes, good, sizeof(good));
	}
	expect_open(f);
	put_super(f, 28, 3, 2);
	assert_int_equal(open_image(f), ERR_UNSUPPORTED);
	assert_string_equal(f->name, "squashfs3");
}

static void test_inodes(void **state)
{
	struct fixture *f = *state;
	size_t inode = make_one(f, "text");

	put_inode(f, inode, 0, 15, 2);
	expect_open(f);
	expect_corrupt(f, "/text", "its type 15 does not exist");
	put_inode(f, inode, 0, 0, 2);
	expect_open(f);
	expect_corrupt(f, "/text", "its type 0 does not exist");
	put_super(f, SUPER_ROOT, inode, 8);
	put_inode(f, inode, 0, 2, 2);
	assert_int_equal(open_image(f), ERR_CORRUPT);
	assert_non_null(strstr(f->e.text, "its root is not a directory"));
	/* In the block, but behind what it holds; outside of the table; past the end. */
	put_super(f, SUPER_ROOT, f->m->inodes_n, 8);
	assert_int_equal(open_image(f), ERR_CORRUPT);
	put_super(f, SUPER_ROOT, 1000 << 16, 8);
	assert_int_equal(open_image(f), ERR_CORRUPT);
	assert_non_null(strstr(f->e.text, "outside of its table"));
	put_super(f, SUPER_ROOT, UINT64_MAX, 8);
	assert_int_equal(open_image(f), ERR_CORRUPT);
	/* An inode that begins in the last bytes of the table. */
	put_super(f, SUPER_ROOT, f->m->inodes_n - 4, 8);
	assert_int_equal(open_image(f), ERR_CORRUPT);
}

static void test_metadata(void **state)
{
	static const uint16_t heads[] = {0, 0x8000, 0x8000 | 8193, 0x7fff, 0xffff};
	struct fixture *f = *state;

	make_one(f, "text");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		squash_put(f->m->bytes, f->m->inodes_at - 2, heads[i], 2);
		assert_int_equal(open_image(f), ERR_CORRUPT);
		assert_non_null(strstr(f->e.text, "the metadata block at byte"));
	}
}

static void test_directories(void **state)
{
	static const struct {
		size_t at;
		unsigned n;
		uint64_t bad;
		const char *why;
	} cases[] = {
		{0, 4, 256, "a run of 257 entries"},
		{0, 4, UINT32_MAX, "a run of 4294967296 entries"},
		{0, 4, 1, "ends inside of an entry"}, /* of which one is there */
		{16, 2, 0, "a type that does not exist"},
		{16, 2, 8, "a type that does not exist"},
		{18, 2, 4, "ends inside of an entry"},
		{18, 2, 256, "a name of 257 bytes is not possible"},
		{20, 1, '/', "a name that cannot be one"},
		{20, 1, 0, "a name that cannot be one"},
	};
	struct fixture *f = *state;
	uint8_t good[32];

	make_one(f, "text");
	memcpy(good, f->m->bytes + f->m->dirs_at, sizeof(good));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_dir(f, cases[i].at, cases[i].bad, cases[i].n);
		expect_open(f);
		expect_corrupt(f, "/none", cases[i].why);
		memcpy(f->m->bytes + f->m->dirs_at, good, sizeof(good));
	}
	expect_open(f);
	expect_text(f, "/text", "text");
}

static void test_dots(void **state)
{
	struct fixture *f = *state;
	struct squash_name names[] = {{"..", squash_file(f->m, "up"), FILE_}};

	squash_finish(f->m, squash_dir(f->m, 99, names, 1));
	expect_open(f);
	expect_corrupt(f, "/none", "a name that cannot be one");
}

static void test_directory_inodes(void **state)
{
	struct fixture *f = *state;
	size_t sub = squash_dir(f->m, 3, NULL, 0); /* the directory above has number 2 */
	struct squash_name names[] = {{"sub", sub, DIR}};
	size_t root = squash_dir(f->m, 99, names, 1);
	dir_list list;

	squash_finish(f->m, root);
	expect_open(f);
	expect_corrupt(f, "/sub", "belongs into another one");
	put_inode(f, sub, 28, 2, 4);
	expect_open(f);
	assert_int_equal(tree_list(f->tree, "/sub", &list, &f->e), 0);
	assert_int_equal(list.n, 0);
	put_inode(f, root, 24, 2, 2); /* less than an empty one has */
	expect_open(f);
	expect_corrupt(f, "/sub", "a size of 2 bytes is not possible");
	put_inode(f, root, 24, 4000, 2); /* more than there is */
	expect_open(f);
	expect_corrupt(f, "/none", "directory inode 2");
	put_inode(f, root, 16, 5000, 4); /* its list lies elsewhere */
	expect_open(f);
	expect_corrupt(f, "/sub", "outside of its table");
}

static void test_links(void **state)
{
	struct fixture *f = *state;
	size_t link = squash_link(f->m, 3, "text");
	struct squash_name names[] = {{"link", link, LINK}};

	squash_finish(f->m, squash_dir(f->m, 99, names, 1));
	put_inode(f, link, 20, 0, 4);
	expect_open(f);
	expect_corrupt(f, "/link", "a link of 0 bytes");
	put_inode(f, link, 20, UINT32_MAX, 4);
	expect_open(f);
	expect_corrupt(f, "/link", "a link of 4294967295 bytes");
	put_inode(f, link, 20, 4, 4);
	put_inode(f, link, 24, 0, 1);
	expect_open(f);
	expect_corrupt(f, "/link", "a NUL in a link");
}

static void test_blocks(void **state)
{
	struct fixture *f = *state;
	size_t inode = make_one(f, "text");
	struct slice s;

	put_inode(f, inode, 32, 3 | 1 << 24, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "holds 3 bytes, not 4");
	put_inode(f, inode, 32, 5 | 1 << 24, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "too long");
	put_inode(f, inode, 32, 4097 | 1 << 24, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "a block of 4097 bytes");
	put_inode(f, inode, 32, 4 | 1 << 25, 4);
	expect_open(f);
	expect_corrupt(f, "/text", "is not possible");
	put_inode(f, inode, 32, 4 | 1 << 24, 4);
	put_inode(f, inode, 16, f->m->n - 3, 4); /* it begins just before the end */
	expect_open(f);
	expect_corrupt(f, "/text", "is not possible");
	put_inode(f, inode, 28, 1 << 20, 4); /* sizes that are not listed */
	expect_open(f);
	assert_int_equal(read_path(f, "/text", &s), ERR_CORRUPT);
}

/* More blocks than are read of one file. */
static void test_large(void **state)
{
	struct fixture *f = *state;
	size_t inode = squash_inode(f->m, 9);
	struct squash_name names[] = {{"large", inode, FILE_}};
	struct file file;
	char byte;

	squash_field(f->m, 96, 8);
	squash_field(f->m, 1ull << 50, 8);
	squash_field(f->m, 0, 8);
	squash_field(f->m, 1, 4);
	squash_field(f->m, UINT32_MAX, 4);
	squash_field(f->m, 0, 8);
	squash_finish(f->m, squash_dir(f->m, 99, names, 1));
	expect_open(f);
	assert_int_equal(tree_find(f->tree, "/large", &file, &f->e), 0);
	assert_int_equal(file_read(&file, 0, &byte, 1, &f->e), -ERR_LIMIT);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reads),      TEST(test_extended),
		TEST(test_fragment),   TEST(test_packed),
		TEST(test_superblock), TEST(test_inodes),
		TEST(test_metadata),   TEST(test_directories),
		TEST(test_dots),       TEST(test_directory_inodes),
		TEST(test_links),      TEST(test_blocks),
		TEST(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
