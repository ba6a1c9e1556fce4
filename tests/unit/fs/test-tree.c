/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Path look-up over file systems in memory: links, "..", mounts, loops, limits, listing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "limits.h"
#include "tree.h"

/* A file system as a table; an entry's id is its index + 1, the root is 1. */
struct entry {
	uint64_t parent;
	const char *name;
	enum node_type type;
	const char *data; /* contents or target */
};

struct fake {
	struct fs fs;
	const struct entry *entries;
	size_t n;
	unsigned lookups;
	bool damaged; /* every look-up fails */
};

static struct node node_of(const struct fake *f, size_t i)
{
	const struct entry *e = &f->entries[i];

	return (struct node){
		.id = i + 1, .type = e->type, .size = e->data ? strlen(e->data) : 0};
}

static int fake_root(struct fs *fs, struct node *ret, _unused_ struct err *e)
{
	*ret = node_of((struct fake *)fs, 0);
	return 0;
}

static int fake_lookup(struct fs *fs, const struct node *dir, struct slice name,
		       struct node *ret, struct err *e)
{
	struct fake *f = (struct fake *)fs;

	f->lookups++;
	if (f->damaged)
		return err_set(e, ERR_CORRUPT, "damaged");
	for (size_t i = 1; i < f->n; i++)
		if (f->entries[i].parent == dir->id &&
		    slice_eq(name, f->entries[i].name)) {
			*ret = node_of(f, i);
			return 0;
		}
	return err_set(e, ERR_ABSENT, "absent");
}

static int fake_list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		     struct err *e)
{
	struct fake *f = (struct fake *)fs;
	int r = 0;

	for (size_t i = 1; r == 0 && i < f->n; i++)
		if (f->entries[i].parent == dir->id)
			r = fn(ctx, slice_str(f->entries[i].name), f->entries[i].type, e);
	return r;
}

static int fake_readlink(struct fs *fs, const struct node *link, _unused_ struct arena *a,
			 struct slice *ret, _unused_ struct err *e)
{
	*ret = slice_str(((struct fake *)fs)->entries[link->id - 1].data);
	return 0;
}

static int fake_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		     size_t len, _unused_ struct err *e)
{
	memcpy(buf, ((struct fake *)fs)->entries[file->id - 1].data + off, len);
	return 0;
}

static const struct fs_ops fake_ops = {.root = fake_root,
				       .lookup = fake_lookup,
				       .list = fake_list,
				       .readlink = fake_readlink,
				       .read = fake_read};

static const struct entry root_entries[] = {
	{0, "", NODE_DIR, NULL},
	{1, "etc", NODE_DIR, NULL},  /* 2 */
	{1, "boot", NODE_DIR, NULL}, /* 3 */
	{3, "hidden", NODE_FILE, "below a mount"},
	{1, "lib", NODE_SYMLINK, "usr/lib"},
	{1, "usr", NODE_DIR, NULL}, /* 6 */
	{6, "lib", NODE_DIR, NULL}, /* 7 */
	{7, "os-release", NODE_FILE, "ID=fake"},
	{2, "os-release", NODE_SYMLINK, "../usr/lib/os-release"},
	{2, "escape", NODE_SYMLINK, "../../../../../etc/name"},
	{2, "name", NODE_FILE, "guest"},
	{2, "absolute", NODE_SYMLINK, "/etc/name"},
	{2, "self", NODE_SYMLINK, "self"},
	{2, "ping", NODE_SYMLINK, "pong"},
	{2, "pong", NODE_SYMLINK, "/etc/ping"},
	{2, "todir", NODE_SYMLINK, "/usr/lib/"},
	{2, "dangling", NODE_SYMLINK, "/nowhere/at/all"},
	{2, "null", NODE_OTHER, NULL},
	{2, "tofile", NODE_SYMLINK, "name/"},
	{2, "empty", NODE_FILE, ""},
	{2, "tocur", NODE_SYMLINK, "/boot/grub/conf"},
	{1, "mnt", NODE_SYMLINK, "usr/../boot"},
};

static const struct entry boot_entries[] = {
	{0, "", NODE_DIR, NULL},
	{1, "vmlinuz", NODE_SYMLINK, "vmlinuz-1"},
	{1, "vmlinuz-1", NODE_FILE, "kernel"},
	{1, "grub", NODE_DIR, NULL}, /* 4 */
	{4, "conf", NODE_SYMLINK, "../../etc/name"},
	{4, "root", NODE_SYMLINK, "/"},
	{1, "efi", NODE_DIR, NULL},
};

static const struct entry efi_entries[] = {
	{0, "", NODE_DIR, NULL},   {1, "up", NODE_SYMLINK, "../../boot/vmlinuz"},
	{1, "zz", NODE_FILE, "1"}, {1, "aa", NODE_FILE, "2"},
	{1, "Aa", NODE_FILE, "3"},
};

struct fixture {
	struct arena *arena;
	struct tree *tree;
	struct fake root, boot, efi;
	struct err e;
};

static void init_fake(struct fake *f, const struct entry *entries, size_t n)
{
	*f = (struct fake){.fs.ops = &fake_ops, .entries = entries, .n = n};
}

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	x->arena = arena_new(LIMIT_FACTS);
	assert_int_equal(tree_new(x->arena, &x->tree, &x->e), 0);
	init_fake(&x->root, root_entries, ARRAY_LEN(root_entries));
	init_fake(&x->boot, boot_entries, ARRAY_LEN(boot_entries));
	init_fake(&x->efi, efi_entries, ARRAY_LEN(efi_entries));
	assert_int_equal(tree_mount(x->tree, "/", &x->root.fs,
				    (struct place){"disk", "partition 1"}, &x->e),
			 0);
	assert_int_equal(tree_mount(x->tree, "/mnt/", &x->boot.fs,
				    (struct place){"disk", "partition 2"}, &x->e),
			 0);
	assert_int_equal(tree_mount(x->tree, "/boot/efi", &x->efi.fs,
				    (struct place){"disk", "partition 3"}, &x->e),
			 0);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	arena_free(x->arena);
	free(x);
	return 0;
}

/* Reads a file and expects its contents and the path it really has. */
static void expect(struct fixture *x, const char *path, const char *contents,
		   const char *real)
{
	struct file f;
	struct slice s;
	int r = tree_read(x->tree, path, 1000, x->arena, &f, &s, &x->e);

	if (r < 0)
		fail_msg("%s: %s", path, x->e.text);
	assert_true(slice_eq(s, contents));
	assert_string_equal(f.path, real);
}

static void expect_error(struct fixture *x, const char *path, enum err_code code)
{
	struct file f;

	assert_int_equal(tree_find(x->tree, path, &f, &x->e), -(int)code);
	assert_int_equal(x->e.code, code);
	err_clear(&x->e);
}

static void test_links(void **state)
{
	struct fixture *x = *state;

	expect(x, "/etc/name", "guest", "/etc/name");
	expect(x, "etc//./name", "guest", "/etc/name");
	expect(x, "/etc/os-release", "ID=fake", "/usr/lib/os-release");
	expect(x, "/lib/os-release", "ID=fake", "/usr/lib/os-release");
	expect(x, "/lib/../lib/os-release", "ID=fake", "/usr/lib/os-release");
	expect(x, "/etc/absolute", "guest", "/etc/name");
	expect(x, "/etc/escape", "guest", "/etc/name");
	expect(x, "/../../etc/name", "guest", "/etc/name");
	expect(x, "/etc/todir/os-release", "ID=fake", "/usr/lib/os-release");
	expect(x, "/etc/empty", "", "/etc/empty");
}

static void test_errors(void **state)
{
	struct fixture *x = *state;
	struct slice s;

	expect_error(x, "/etc/nothing", ERR_ABSENT);
	expect_error(x, "/etc/dangling", ERR_ABSENT);
	expect_error(x, "/etc/name/below", ERR_ABSENT);
	expect_error(x, "/etc/name/..", ERR_ABSENT);
	expect_error(x, "/etc/name/", ERR_ABSENT);
	expect_error(x, "/etc/tofile", ERR_ABSENT);
	expect_error(x, "/etc/self", ERR_CORRUPT);
	expect_error(x, "/etc/ping", ERR_CORRUPT);
	assert_int_equal(tree_read(x->tree, "/etc", 9, x->arena, NULL, &s, &x->e),
			 -ERR_ABSENT);
	assert_int_equal(tree_read(x->tree, "/etc/null", 9, x->arena, NULL, &s, &x->e),
			 -ERR_ABSENT);
	assert_int_equal(tree_read(x->tree, "/etc/name", 4, x->arena, NULL, &s, &x->e),
			 -ERR_LIMIT);
}

static void test_mounts(void **state)
{
	struct fixture *x = *state;
	struct file f;

	expect(x, "/boot/vmlinuz", "kernel", "/boot/vmlinuz-1");
	expect(x, "/mnt/vmlinuz", "kernel", "/boot/vmlinuz-1");
	expect_error(x, "/boot/hidden", ERR_ABSENT);
	expect(x, "/boot/grub/conf", "guest", "/etc/name");
	expect(x, "/etc/tocur", "guest", "/etc/name");
	expect(x, "/boot/grub/root/etc/name", "guest", "/etc/name");
	expect(x, "/boot/efi/up", "kernel", "/boot/vmlinuz-1");
	expect(x, "/boot/efi/../vmlinuz-1", "kernel", "/boot/vmlinuz-1");
	assert_int_equal(tree_find(x->tree, "/boot/efi/zz", &f, &x->e), 0);
	assert_string_equal(f.place.volume, "partition 3");
	assert_ptr_equal(f.fs, &x->efi.fs);
	assert_int_equal(tree_find(x->tree, "/boot/efi/..", &f, &x->e), 0);
	assert_string_equal(f.place.volume, "partition 2");
	assert_string_equal(f.path, "/boot");
}

static void test_mount_without_directory(void **state)
{
	struct fixture *x = *state;
	struct place place = {"disk", "partition 4"};
	struct fake more;

	init_fake(&more, efi_entries, ARRAY_LEN(efi_entries));
	assert_int_equal(tree_mount(x->tree, "/data", &more.fs, place, &x->e), 0);
	expect(x, "/data/zz", "1", "/data/zz");
	assert_int_equal(tree_mount(x->tree, "/no/such", &more.fs, place, &x->e),
			 -ERR_ABSENT);
	assert_int_equal(tree_mount(x->tree, "data", &more.fs, place, &x->e), -ERR_USAGE);
}

static void test_final_link(void **state)
{
	struct fixture *x = *state;
	const char *target;
	struct file f;

	assert_int_equal(tree_find_link(x->tree, "/boot/vmlinuz", &f, &x->e), 0);
	assert_int_equal(f.node.type, NODE_SYMLINK);
	assert_int_equal(tree_readlink(x->tree, &f, &target, &x->e), 0);
	assert_string_equal(target, "vmlinuz-1");
	assert_int_equal(tree_find_link(x->tree, "/lib/os-release", &f, &x->e), 0);
	assert_int_equal(f.node.type, NODE_FILE);
	assert_int_equal(tree_readlink(x->tree, &f, &target, &x->e), -ERR_USAGE);
	assert_int_equal(tree_find_link(x->tree, "/etc/todir/", &f, &x->e), 0);
	assert_int_equal(f.node.type, NODE_DIR);
}

static void test_list(void **state)
{
	struct fixture *x = *state;
	dir_list list;

	assert_int_equal(tree_list(x->tree, "/boot/efi", &list, &x->e), 0);
	assert_int_equal(list.n, 4);
	assert_string_equal(list.v[0].name, "Aa");
	assert_string_equal(list.v[1].name, "aa");
	assert_string_equal(list.v[3].name, "zz");
	assert_int_equal(list.v[2].type, NODE_SYMLINK);
	assert_int_equal(tree_list(x->tree, "/etc/todir", &list, &x->e), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(tree_list(x->tree, "/etc/name", &list, &x->e), -ERR_ABSENT);
	assert_int_equal(tree_list(x->tree, "/none", &list, &x->e), -ERR_ABSENT);
}

static void test_bad_names(void **state)
{
	static const struct entry bad[] = {{0, "", NODE_DIR, NULL},
					   {1, "a/b", NODE_FILE, ""}};
	struct fixture *x = *state;
	struct fake f;
	dir_list list;

	init_fake(&f, bad, ARRAY_LEN(bad));
	assert_int_equal(
		tree_mount(x->tree, "/usr", &f.fs, (struct place){"d", ""}, &x->e), 0);
	assert_int_equal(tree_list(x->tree, "/usr", &list, &x->e), -ERR_CORRUPT);
}

static void test_cache(void **state)
{
	struct fixture *x = *state;
	unsigned before;

	expect(x, "/etc/os-release", "ID=fake", "/usr/lib/os-release");
	expect_error(x, "/usr/lib/nothing", ERR_ABSENT);
	before = x->root.lookups;
	expect(x, "/etc/os-release", "ID=fake", "/usr/lib/os-release");
	expect_error(x, "/usr/lib/nothing", ERR_ABSENT);
	assert_int_equal(x->root.lookups, before);
	/* More names than are remembered: still found. */
	for (unsigned i = 0; i < LIMIT_DENTRIES + 10; i++) {
		char path[40];

		snprintf(path, sizeof(path), "/usr/none-%u", i);
		expect_error(x, path, ERR_ABSENT);
	}
	expect(x, "/etc/absolute", "guest", "/etc/name");
	/* An error is not remembered as an absence. */
	x->efi.damaged = true;
	expect_error(x, "/boot/efi/zz", ERR_CORRUPT);
	x->efi.damaged = false;
	expect(x, "/boot/efi/zz", "1", "/boot/efi/zz");
}

static void test_limits(void **state)
{
	struct fixture *x = *state;
	static char path[LIMIT_PATH * 2];
	char name[LIMIT_NAME + 3] = "/";
	struct file f;

	memset(name + 1, 'x', LIMIT_NAME + 1);
	expect_error(x, name, ERR_ABSENT);
	name[LIMIT_NAME + 1] = '\0';
	expect_error(x, name, ERR_ABSENT);
	memset(path, '/', LIMIT_PATH + 1);
	expect_error(x, path, ERR_LIMIT);
	path[LIMIT_PATH] = '\0';
	assert_int_equal(tree_find(x->tree, path, &f, &x->e), 0);
	assert_string_equal(f.path, "/");
}

static void test_read_range(void **state)
{
	struct fixture *x = *state;
	char buf[8];
	struct file f;

	assert_int_equal(tree_find(x->tree, "/etc/name", &f, &x->e), 0);
	assert_int_equal(file_read(&f, 2, buf, 3, &x->e), 0);
	assert_memory_equal(buf, "est", 3);
	assert_int_equal(file_read(&f, 5, buf, 0, &x->e), 0);
	assert_int_equal(file_read(&f, 3, buf, 3, &x->e), -ERR_CORRUPT);
	assert_int_equal(file_read(&f, UINT64_MAX, buf, 2, &x->e), -ERR_CORRUPT);
	assert_int_equal(tree_find(x->tree, "/etc", &f, &x->e), 0);
	assert_int_equal(file_read(&f, 0, buf, 0, &x->e), -ERR_USAGE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_links),     TEST(test_errors),
		TEST(test_mounts),    TEST(test_mount_without_directory),
		TEST(test_list),      TEST(test_final_link),
		TEST(test_bad_names), TEST(test_cache),
		TEST(test_limits),    TEST(test_read_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
