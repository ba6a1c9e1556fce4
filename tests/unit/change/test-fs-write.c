/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What holds for every writer, on a small file system (a seed of the fuzz target):
 * refusals, failures in the middle, and that nothing else is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../fuzz/fs/sparse.h"
#include "fs_write.h"
#include "limits.h"

enum { SIZE = 3 << 20, NOW = 1700000000, SUPER = 1024, WTIME = SUPER + 0x30 };

static const char *seed, *type; /* ext4 or vfat */
static uint8_t *image, *copy;
static struct arena *arena;
static struct blocks *disk;
static struct err e;

static bool is_ext(void)
{
	return strcmp(type, "ext4") == 0;
}

static int setup(_unused_ void **state)
{
	static uint8_t bytes[1 << 17];
	FILE *f = fopen(seed, "rb");
	size_t n = f ? fread(bytes, 1, sizeof(bytes), f) : 0;

	if (f)
		fclose(f);
	image = n ? sparse_image(slice_of(bytes, n), SIZE) : NULL;
	copy = malloc(SIZE);
	arena = arena_new(LIMIT_SCRATCH);
	if (!image || !copy || !arena)
		return -1;
	memcpy(copy, image, SIZE);
	err_clear(&e);
	return blocks_buffer(image, SIZE, &disk, &e);
}

static int teardown(_unused_ void **state)
{
	disk = blocks_free(disk);
	arena_free(arena);
	free(copy);
	free(image);
	return 0;
}

static struct fs_writer *open_writer(struct blocks *b)
{
	struct fs_writer *w = NULL;
	const char *name = NULL;

	if (fs_writer_open(b, arena, NOW, &w, &name, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(name, type);
	return w;
}

/* A file or directory in the root, by the reader. */
static struct node find(const char *name)
{
	_cleanup_(fs_freep) struct fs *fs = NULL;
	const char *found = NULL;
	struct node root, node = {0};

	assert_int_equal(fs_open(disk, arena, &fs, &found, &e), 0);
	assert_int_equal(fs->ops->root(fs, &root, &e), 0);
	if (!*name)
		return root;
	assert_int_equal(fs->ops->lookup(fs, &root, slice_str(name), &node, &e), 0);
	return node;
}

static void assert_err(int r, enum err_code code, const char *word)
{
	if (r != -(int)code || !strstr(e.text, word))
		fail_msg("%d: %s", r, e.text);
	err_clear(&e);
}

static void test_others_are_refused_by_name(_unused_ void **state)
{
	struct fs_writer *w = NULL;
	const char *name = NULL;

	memset(image, 0, SIZE);
	assert_err(fs_writer_open(disk, arena, NOW, &w, &name, &e), ERR_ABSENT, "");
	memcpy(image, "-rom1fs-", 8);
	assert_err(fs_writer_open(disk, arena, NOW, &w, &name, &e), ERR_UNSUPPORTED,
		   "romfs");
	assert_string_equal(name, "romfs");
	assert_null(w);
}

static void test_nothing_is_written_without_a_change(_unused_ void **state)
{
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node file = find("a-file");
	struct fs_step step = {FS_STEP_REPLACE, &file, 1000};

	assert_int_equal(fs_writer_room(w, &step, 1, &e), 0);
	assert_int_equal(fs_writer_finish(w, &e), 0);
	assert_memory_equal(image, copy, SIZE);
}

static void test_nothing_follows_the_end(_unused_ void **state)
{
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node file = find("a-file");
	struct fs_wrote wrote;

	assert_int_equal(fs_writer_finish(w, &e), 0);
	assert_err(fs_writer_replace(w, &file, slice_str("x"), &wrote, &e), ERR_USAGE,
		   "finished");
	assert_err(fs_writer_finish(w, &e), ERR_USAGE, "finished");
}

static void test_nothing_follows_a_failure(_unused_ void **state)
{
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node file = find("a-file"), root = find("");
	struct fs_wrote wrote;

	assert_err(fs_writer_replace(w, &root, slice_str("x"), &wrote, &e), ERR_USAGE,
		   "no regular file");
	assert_err(fs_writer_replace(w, &file, slice_str("x"), &wrote, &e), ERR_USAGE,
		   "after a failure");
	assert_err(fs_writer_finish(w, &e), ERR_USAGE, "after a failure");
	assert_memory_equal(image, copy, SIZE);
}

static void test_a_refused_name_or_room_leaves_it_open(_unused_ void **state)
{
	static const char *const names[] = {"", ".", "..", "a/b"};
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node root = find(""), file = find("a-file");
	struct fs_step step = {FS_STEP_APPEND, &file, SIZE};
	struct fs_new new = {.mode = 0600};
	struct fs_wrote wrote;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		new.name = slice_str(names[i]);
		assert_err(fs_writer_create(w, &root, &new, SLICE_NONE, &wrote, &e),
			   ERR_USAGE, "cannot be");
	}
	new.name = slice_of("a\0b", 3);
	assert_err(fs_writer_mkdir(w, &root, &new, &wrote, &e), ERR_USAGE, "cannot be");
	assert_err(fs_writer_room(w, &step, 1, &e), ERR_REFUSED, "no room");
	assert_int_equal(fs_writer_finish(w, &e), 0);
}

static void test_a_file_that_is_not_what_it_was(_unused_ void **state)
{
	struct node file = find("a-file");

	for (int i = 0; i < 2; i++) {
		_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
		struct node other = file;
		struct fs_wrote wrote;

		other.size += i == 0;
		other.id = i == 1 ? find("dir").id : other.id;
		assert_err(fs_writer_replace(w, &other, slice_str("x"), &wrote, &e),
			   ERR_USAGE, "not what it was");
	}
}

static void test_a_file_of_another_mode(_unused_ void **state)
{
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node file = find("a-file");
	struct fs_wrote wrote;

	file.mode ^= 1;
	assert_err(fs_writer_replace(w, &file, slice_str("x"), &wrote, &e), ERR_USAGE,
		   "not what it was");
}

static void test_directories_that_are_there_are_found(_unused_ void **state)
{
	_cleanup_(fs_writer_freep) struct fs_writer *w = open_writer(disk);
	struct node root = find(""), dir = find("dir");
	struct fs_new new = {.mode = 0700};
	struct fs_wrote one, two;

	assert_int_equal(fs_writer_mkdirs(w, &root, "dir", &new, &one, &e), 0);
	assert_int_equal(one.node.id, dir.id);
	assert_int_equal(one.notes, 0);
	assert_int_equal(fs_writer_mkdirs(w, &root, "dir//new/", &new, &one, &e), 0);
	assert_int_equal(one.notes, is_ext() ? FS_NOTE_UNLABELLED : 0);
	assert_int_equal(fs_writer_mkdirs(w, &root, "dir/new", &new, &two, &e), 0);
	assert_int_equal(one.node.id, two.node.id);
	assert_int_equal(two.node.mode, is_ext() ? 0700 : 0755);
	assert_int_equal(fs_writer_mkdirs(w, &root, "", &new, &one, &e), 0);
	assert_int_equal(one.node.id, root.id);
	assert_int_equal(fs_writer_finish(w, &e), 0);
}

static uint32_t le32(size_t off)
{
	struct reader r = reader_of(slice_of(image, SIZE));

	rd_seek(&r, off);
	return rd_u32le(&r);
}

static void test_the_superblock_tells_of_the_change(_unused_ void **state)
{
	struct node file = find("a-file");
	struct fs_writer *w = open_writer(disk);
	struct fs_wrote wrote;

	assert_int_equal(fs_writer_append(w, &file, slice_str("more"), &wrote, &e), 0);
	assert_int_equal(wrote.node.size, file.size + 4);
	assert_int_equal(fs_writer_finish(w, &e), 0);
	w = fs_writer_free(w);
	assert_int_equal(le32(WTIME), NOW);
	assert_int_equal(find("a-file").size, file.size + 4);
	/* All else of it is as before: state, mounts, features. */
	memset(image + WTIME, 0, 4);
	memset(copy + WTIME, 0, 4);
	assert_memory_equal(image + SUPER, copy + SUPER, 0x100);
}

/* Blocks that fail at the nth read or write. */
struct failing {
	struct blocks blocks;
	unsigned reads, writes;
};

static int failing_read(struct blocks *b, uint64_t off, void *buf, size_t len,
			struct err *err)
{
	struct failing *f = (struct failing *)b;

	if (f->reads-- == 0)
		return err_set(err, ERR_IO, "the disk is gone");
	return blocks_read(disk, off, buf, len, err);
}

static int failing_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
			 struct err *err)
{
	struct failing *f = (struct failing *)b;

	if (f->writes-- == 0)
		return err_set(err, ERR_IO, "the disk is gone");
	return blocks_write(disk, off, buf, len, err);
}

static const struct blocks_ops failing_ops = {.read = failing_read,
					      .write = failing_write};

static int change_all(struct fs_writer *w, const struct node *root,
		      const struct node *file)
{
	static const uint8_t bytes[9000] = {1};
	struct fs_new new = {
		.name = slice_str("new"), .mode = FS_MODE_LIKE, .like = file};
	struct fs_wrote wrote;
	int r = fs_writer_append(w, file, slice_of(bytes, sizeof(bytes)), &wrote, &e);

	if (r >= 0)
		r = fs_writer_create(w, root, &new, slice_of(bytes, 5000), &wrote, &e);
	if (r >= 0)
		r = fs_writer_mkdirs(w, root, "one/two", &new, &wrote, &e);
	return r < 0 ? r : fs_writer_finish(w, &e);
}

/* Fails at each read (or write) in turn, until there are no more. How many there were. */
static unsigned fail_at_each(bool reads)
{
	struct node root = find(""), file = find("a-file");
	struct failing f = {.blocks = {.ops = &failing_ops,
				       .format = "failing",
				       .size = SIZE,
				       .sector_size = 512}};
	unsigned n = 0;
	int r = -1;

	for (; r < 0 && n < 2000; n++) {
		struct fs_writer *w;

		memcpy(image, copy, SIZE);
		f.reads = f.writes = UINT32_MAX;
		w = open_writer(&f.blocks);
		*(reads ? &f.reads : &f.writes) = n;
		r = change_all(w, &root, &file);
		fs_writer_free(w);
		if (r < 0)
			assert_err(r, ERR_IO, "the disk is gone");
	}
	assert_int_equal(r, 0);
	return n;
}

static void test_every_failing_write_is_an_error(_unused_ void **state)
{
	assert_true(fail_at_each(false) > 20);
}

static void test_every_failing_read_is_an_error(_unused_ void **state)
{
	assert_true(fail_at_each(true) > 20);
}

static void test_what_cannot_be_written_is_said(_unused_ void **state)
{
	struct blocks *fixed = NULL;
	struct node file = find("a-file");
	struct fs_writer *w;
	struct fs_wrote wrote;

	assert_int_equal(blocks_memory(slice_of(image, SIZE), &fixed, &e), 0);
	w = open_writer(fixed);
	assert_err(fs_writer_append(w, &file, slice_str("x"), &wrote, &e), ERR_USAGE,
		   "read only");
	fs_writer_free(w);
	blocks_free(fixed);
	assert_memory_equal(image, copy, SIZE);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(others_are_refused_by_name),
		T(nothing_is_written_without_a_change),
		T(nothing_follows_the_end),
		T(nothing_follows_a_failure),
		T(a_refused_name_or_room_leaves_it_open),
		T(a_file_that_is_not_what_it_was),
		T(directories_that_are_there_are_found),
		T(every_failing_write_is_an_error),
		T(every_failing_read_is_an_error),
		T(what_cannot_be_written_is_said),
	};
	const struct CMUnitTest of_ext[] = {
		T(a_file_of_another_mode),
		T(the_superblock_tells_of_the_change),
	};

	if (argc != 3)
		return 2;
	seed = argv[1];
	type = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL) +
	       (is_ext() ? cmocka_run_group_tests(of_ext, NULL, NULL) : 0);
}
