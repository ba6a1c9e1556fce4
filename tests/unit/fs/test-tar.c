/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tar archives in memory, as GRUB has them inside of its image.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "limits.h"
#include "tar-maker.h"
#include "tree.h"

struct fixture {
	struct tar_maker *m;
	struct arena *arena;
	struct blocks *blocks;
	struct fs *fs;
	struct tree *tree;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->m = tar_new();
	f->arena = arena_new(LIMIT_FACTS);
	*state = f;
	return 0;
}

static void close_archive(struct fixture *f)
{
	f->fs = fs_free(f->fs);
	f->blocks = blocks_free(f->blocks);
	err_clear(&f->e);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close_archive(f);
	arena_free(f->arena);
	free(f->m);
	free(f);
	return 0;
}

static enum err_code open_archive(struct fixture *f)
{
	close_archive(f);
	assert_int_equal(blocks_memory(slice_of(f->m->bytes, f->m->n), &f->blocks, &f->e),
			 0);
	if (fs_open_tar(f->blocks, &f->fs, &f->e) < 0)
		return f->e.code;
	assert_int_equal(tree_new(f->arena, &f->tree, &f->e), 0);
	assert_int_equal(
		tree_mount(f->tree, "/", f->fs, (struct place){"disk", ""}, &f->e), 0);
	return ERR_NONE;
}

static void expect_open(struct fixture *f)
{
	if (open_archive(f) != ERR_NONE)
		fail_msg("%s", f->e.text);
}

static void expect_refused(struct fixture *f, enum err_code code, const char *why)
{
	assert_int_equal(open_archive(f), code);
	if (!strstr(f->e.text, why))
		fail_msg("%s", f->e.text);
}

static void expect_text(struct fixture *f, const char *path, const char *text)
{
	struct slice s;

	if (tree_read(f->tree, path, 1 << 20, f->arena, NULL, &s, &f->e) < 0)
		fail_msg("%s", f->e.text);
	assert_true(slice_eq(s, text));
}

static size_t add_text(struct fixture *f, const char *name, const char *text)
{
	return tar_add(f->m, '0', name, "", slice_str(text));
}

static void test_reads(void **state)
{
	struct fixture *f = *state;
	struct file file;
	dir_list list;

	tar_add(f->m, '5', "./", "", SLICE_NONE);
	add_text(f, "./boot/grub/grub.cfg", "the script"); /* no member for boot */
	add_text(f, "empty", "");
	tar_add(f->m, '2', "boot/link", "grub/grub.cfg", SLICE_NONE);
	tar_add(f->m, '1', "hard", "./boot//grub/grub.cfg", SLICE_NONE);
	tar_add(f->m, '1', "lost", "nothing", SLICE_NONE);
	tar_add(f->m, '6', "pipe", "", SLICE_NONE);
	tar_add(f->m, '\0', "old/", "", SLICE_NONE);
	tar_end(f->m);
	expect_open(f);
	assert_string_equal(f->fs->type, "tar");
	expect_text(f, "/boot/grub/grub.cfg", "the script");
	expect_text(f, "/boot/link", "the script");
	expect_text(f, "/hard", "the script");
	expect_text(f, "/empty", "");
	assert_int_equal(tree_list(f->tree, "/", &list, &f->e), 0);
	assert_int_equal(list.n, 5);
	assert_string_equal(list.v[3].name, "old");
	assert_int_equal(list.v[3].type, NODE_DIR);
	assert_int_equal(list.v[4].type, NODE_OTHER);
	assert_int_equal(tree_find(f->tree, "/hard", &file, &f->e), 0);
	assert_int_equal(file.node.mode, 0640);
	assert_int_equal(tree_find(f->tree, "/lost", &file, &f->e), -ERR_ABSENT);
}

/* As GRUB's own maker writes it, and GNU tar, whose name ends in a NUL. */
static void test_long_names(void **state)
{
	struct fixture *f = *state;
	char name[LIMIT_PATH + 3] = "/";
	size_t at;

	for (size_t i = 1; i < 300; i++)
		name[i] = i % 100 ? 'n' : '/';
	tar_add(f->m, 'L', "nnn", "", slice_of(name + 1, 299));
	add_text(f, "cut", "long");
	tar_add(f->m, 'K', "././@LongLink", "", slice_of(name, 301));
	tar_add(f->m, '2', "link", "cut", SLICE_NONE);
	at = add_text(f, "name", "prefixed");
	memcpy(f->m->bytes + at + 345, "in/front", 8);
	tar_sum(f->m, at);
	/* What pax adds is not read, as GRUB does not read it. */
	tar_add(f->m, 'x', "./PaxHeaders/a", "", slice_str("12 path=abc\n"));
	add_text(f, "plain", "plain");
	tar_end(f->m);
	expect_open(f);
	expect_text(f, name, "long");
	expect_text(f, "/link", "long");
	expect_text(f, "/in/front/name", "prefixed");
	expect_text(f, "/plain", "plain");
	f->m->n = 0;
	memset(f->m->bytes, 0, sizeof(f->m->bytes));
	tar_add(f->m, 'L', "n", "", slice_of(name, sizeof(name)));
	tar_end(f->m);
	expect_refused(f, ERR_LIMIT, "a name of 4099 bytes");
}

/* Of two members with one name GRUB finds the first. */
static void test_first_counts(void **state)
{
	struct fixture *f = *state;

	add_text(f, "same", "first");
	add_text(f, "./same", "second");
	expect_open(f); /* no zeroes at the end */
	expect_text(f, "/same", "first");
}

static void test_none(void **state)
{
	struct fixture *f = *state;
	size_t at = add_text(f, "text", "text");

	f->m->bytes[at] ^= 1;
	expect_refused(f, ERR_ABSENT, "no tar archive");
	f->m->bytes[at] ^= 1;
	f->m->bytes[at + 257] ^= 1;
	tar_sum(f->m, at);
	expect_refused(f, ERR_ABSENT, "no tar archive");
	f->m->n = 511;
	expect_refused(f, ERR_ABSENT, "no tar archive");
}

static void test_damaged(void **state)
{
	struct fixture *f = *state;
	size_t at;

	add_text(f, "text", "text");
	at = add_text(f, "more", "more");
	f->m->bytes[at + 5] ^= 1;
	expect_refused(f, ERR_CORRUPT, "byte 1024: no head of a member");
	f->m->bytes[at + 5] ^= 1;
	f->m->n = at + TAR_MAKER_BLOCK + 3;
	expect_refused(f, ERR_CORRUPT, "a member of 4 bytes is cut off");
	memcpy(f->m->bytes + at + 124, "777777777777", 12);
	tar_sum(f->m, at);
	expect_refused(f, ERR_CORRUPT, "a member of 68719476735 bytes is cut off");
	f->m->bytes[at + 124] = 0x80; /* GNU's form of a large number */
	tar_sum(f->m, at);
	expect_refused(f, ERR_CORRUPT, "the size of a member makes no sense");
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	char name[300];

	add_text(f, "file", "text");
	add_text(f, "file/below", "text");
	expect_refused(f, ERR_CORRUPT, "below file, no directory");
	f->m->n = 0;
	add_text(f, "a/../b", "text");
	expect_refused(f, ERR_CORRUPT, "a name that cannot be one");
	f->m->n = 0;
	memset(f->m->bytes, 0, sizeof(f->m->bytes));
	memset(name, 'n', sizeof(name));
	tar_add(f->m, 'L', "n", "", slice_of(name, 256));
	add_text(f, "cut", "text");
	expect_refused(f, ERR_CORRUPT, "a name that cannot be one");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reads), TEST(test_long_names), TEST(test_first_counts),
		TEST(test_none),  TEST(test_damaged),    TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
