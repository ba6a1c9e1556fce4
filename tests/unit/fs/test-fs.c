/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Choosing a reader, the read cache, and a directory of the host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "cache.h"
#include "limits.h"
#include "tree.h"

enum { SIZE = 1 << 20 };

static uint8_t *disk;
static struct arena *arena;

static int setup(_unused_ void **state)
{
	disk = calloc(1, SIZE);
	arena = arena_new(LIMIT_FACTS);
	return disk && arena ? 0 : -1;
}

static int teardown(_unused_ void **state)
{
	free(disk);
	arena_free(arena);
	return 0;
}

/* What fs_open() says of the disk in memory. */
static enum err_code open_disk(const char **ret_name, char *ret_text)
{
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;

	*ret_name = NULL;
	assert_int_equal(blocks_memory(slice_of(disk, SIZE), &b, &e), 0);
	fs_open(b, arena, &fs, ret_name, &e);
	snprintf(ret_text, sizeof(e.text), "%s", e.text);
	return e.code;
}

static void test_choice(_unused_ void **state)
{
	const char *name;
	char text[1200];

	assert_int_equal(open_disk(&name, text), ERR_ABSENT);
	assert_null(name);
	memcpy(disk, "-rom1fs-", 8);
	assert_int_equal(open_disk(&name, text), ERR_UNSUPPORTED);
	assert_string_equal(name, "romfs");
	assert_non_null(strstr(text, "romfs"));
	/* ext's magic number beside it. */
	memcpy(disk + 1080, "\x53\xef", 2);
	assert_int_equal(open_disk(&name, text), ERR_AMBIGUOUS);
	assert_non_null(strstr(text, "romfs"));
	assert_non_null(strstr(text, "ext"));
	/* A member of a RAID begins like what it holds. */
	memset(disk, 0, 8);
	memcpy(disk + SIZE - 65536, "\xfc\x4e\x2b\xa9", 4);
	assert_int_equal(open_disk(&name, text), ERR_UNSUPPORTED);
	assert_string_equal(name, "linux_raid_member");
	memset(disk + SIZE - 65536, 0, 4);
	assert_int_equal(open_disk(&name, text), ERR_CORRUPT);
	/* Two bytes that also mean HFS+ elsewhere do not matter beside ext. */
	memcpy(disk + 1024, "H+", 2);
	assert_int_equal(open_disk(&name, text), ERR_CORRUPT);
	memset(disk + 1080, 0, 2);
	assert_int_equal(open_disk(&name, text), ERR_UNSUPPORTED);
	assert_string_equal(name, "hfsplus");
}

/* The fields of FAT's first sector that make sense together: 1 MiB in clusters of 512
 * bytes. */
static void put_fat(void)
{
	static const uint8_t fields[] = {0x00, 0x02, 1, 1,    0, 2, 16,
					 0,    0x00, 8, 0xf8, 6, 0};

	memcpy(disk + 11, fields, sizeof(fields));
	memcpy(disk + 39, "\xcd\xab\x34\x12", 4);
	memcpy(disk + 510, "\x55\xaa", 2);
}

static void test_fat(_unused_ void **state)
{
	const char *name;
	char text[1200];

	put_fat();
	assert_int_equal(open_disk(&name, text), ERR_NONE);
	assert_string_equal(name, "vfat");
	/* Behind it the magic number of another file system: one of them is stale. */
	memcpy(disk + 65600, "_BHRfS_M", 8);
	assert_int_equal(open_disk(&name, text), ERR_AMBIGUOUS);
	assert_non_null(strstr(text, "vfat"));
	assert_non_null(strstr(text, "btrfs"));
	memset(disk + 65600, 0, 8);
	memcpy(disk + 1080, "\x53\xef", 2);
	assert_int_equal(open_disk(&name, text), ERR_AMBIGUOUS);
	memset(disk + 1080, 0, 2);
	/* Encrypted by BitLocker: its first sector is FAT's, and more. */
	memcpy(disk + 3, "-FVE-FS-", 8);
	assert_int_equal(open_disk(&name, text), ERR_UNSUPPORTED);
	assert_string_equal(name, "BitLocker");
	memset(disk + 3, 0, 8);
	disk[510] = 0;
	assert_int_equal(open_disk(&name, text), ERR_ABSENT);
}

static void test_identity(_unused_ void **state)
{
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct fs_identity id;
	struct err e = ERR_INIT;

	memcpy(disk + 4086, "SWAPSPACE2", 10);
	memcpy(disk + 1036,
	       "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
	memcpy(disk + 1052, "swap-a", 6);
	assert_int_equal(blocks_memory(slice_of(disk, SIZE), &b, &e), 0);
	assert_int_equal(fs_identify(b, arena, &id, &e), 0);
	assert_string_equal(id.name, "swap");
	assert_string_equal(id.uuid, "01234567-89ab-cdef-0123-456789abcdef");
	assert_string_equal(id.label, "swap-a");
}

static void test_cache(_unused_ void **state)
{
	_cleanup_(blocks_freep) struct blocks *b = NULL, *cache = NULL;
	static uint8_t got[SIZE];
	struct err e = ERR_INIT;

	for (size_t i = 0; i < SIZE; i++)
		disk[i] = (uint8_t)(i * 7 + i / 4096);
	assert_int_equal(blocks_memory(slice_of(disk, SIZE - 100), &b, &e), 0);
	assert_int_equal(blocks_cache(b, &cache, &e), 0);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(blocks_read(cache, 1000u + i * 100, got, 100, &e), 0);
		assert_memory_equal(got, disk + 1000 + i * 100, 100);
	}
	assert_int_equal(b->reads, 1);
	/* Three chunks, the first of them known: one more read. */
	assert_int_equal(blocks_read(cache, 100, got, 90000, &e), 0);
	assert_memory_equal(got, disk + 100, 90000);
	assert_int_equal(b->reads, 2);
	/* A long read passes through. */
	assert_int_equal(blocks_read(cache, 5, got, 500000, &e), 0);
	assert_memory_equal(got, disk + 5, 500000);
	assert_int_equal(b->reads, 3);
	/* The end, which is no whole chunk. */
	assert_int_equal(blocks_read(cache, SIZE - 200, got, 100, &e), 0);
	assert_memory_equal(got, disk + SIZE - 200, 100);
	assert_int_equal(blocks_read(cache, SIZE - 150, got, 100, &e), -ERR_CORRUPT);
}

/* Many more chunks than are kept, in a scattered order. */
static void test_cache_replaces(_unused_ void **state)
{
	enum { BIG = 200 * LIMIT_CACHE_CHUNK };
	_cleanup_(blocks_freep) struct blocks *b = NULL, *cache = NULL;
	_cleanup_free_ uint8_t *big = malloc(BIG);
	struct err e = ERR_INIT;
	uint8_t got[500];

	for (size_t i = 0; i < BIG; i++)
		big[i] = (uint8_t)(i * 31 + i / 1000);
	assert_int_equal(blocks_memory(slice_of(big, BIG), &b, &e), 0);
	assert_int_equal(blocks_cache(b, &cache, &e), 0);
	for (uint64_t i = 0, at = 7; i < 3000; i++) {
		at = (at * 6364136223846793005u + 1442695040888963407u) % (BIG - 500);
		assert_int_equal(blocks_read(cache, at, got, sizeof(got), &e), 0);
		assert_memory_equal(got, big + at, sizeof(got));
	}
}

static unsigned open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	if (!d)
		return 0;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void make_files(int dir)
{
	assert_int_equal(mkdirat(dir, "etc", 0755), 0);
	put(dir, "etc/name", "hello");
	put(dir, "etc/secret", "x");
	assert_int_equal(fchmodat(dir, "etc/secret", 0, 0), 0);
	assert_int_equal(symlinkat("/etc/name", dir, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../etc/name", dir, "etc/up"), 0);
	assert_int_equal(mkfifoat(dir, "pipe", 0644), 0);
}

static void remove_files(int dir, const char *path)
{
	static const char *const names[] = {"etc/name", "etc/secret", "etc/up",
					    "absolute", "pipe"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlinkat(dir, names[i], 0);
	unlinkat(dir, "etc", AT_REMOVEDIR);
	rmdir(path);
}

static void expect_text(struct tree *t, const char *path, const char *text)
{
	struct err e = ERR_INIT;
	struct slice s;

	if (tree_read(t, path, 1000, arena, NULL, &s, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(slice_eq(s, text));
}

static void read_directory(struct tree *t, struct fs *fs)
{
	struct node root, node;
	struct err e = ERR_INIT;
	struct slice s;
	dir_list list;
	int r;

	expect_text(t, "/etc/name", "hello");
	expect_text(t, "/absolute", "hello");
	expect_text(t, "/etc/up", "hello");
	assert_int_equal(tree_read(t, "/pipe", 9, arena, NULL, &s, &e), -ERR_ABSENT);
	assert_int_equal(tree_list(t, "/", &list, &e), 0);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.v[2].name, "pipe");
	assert_int_equal(list.v[2].type, NODE_OTHER);
	r = tree_read(t, "/etc/secret", 9, arena, NULL, &s, &e);
	assert_int_equal(r, geteuid() == 0 ? 0 : -ERR_REFUSED);
	assert_int_equal(fs->ops->root(fs, &root, &e), 0);
	assert_int_equal(fs->ops->lookup(fs, &root, slice_str(".."), &node, &e),
			 -ERR_ABSENT);
	assert_int_equal(fs->ops->lookup(fs, &root, slice_str("etc/name"), &node, &e),
			 -ERR_ABSENT);
}

static void test_directory(_unused_ void **state)
{
	char path[] = "/tmp/paravet-test-XXXXXX";
	unsigned before = open_fds();
	struct err e = ERR_INIT;
	struct tree *t;
	struct fs *fs;
	int dir;

	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_files(dir);
	assert_int_equal(fs_open_directory(dup(dir), arena, &fs, &e), 0);
	assert_string_equal(fs->type, "directory");
	assert_int_equal(tree_new(arena, &t, &e), 0);
	assert_int_equal(tree_mount(t, "/", fs, (struct place){path, ""}, &e), 0);
	read_directory(t, fs);
	fs_free(fs);
	remove_files(dir, path);
	close(dir);
	assert_int_equal(open_fds(), before);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_choice),         TEST(test_fat),
		TEST(test_identity),       TEST(test_cache),
		TEST(test_cache_replaces), TEST(test_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
