/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a direct boot takes of the facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "direct.h"
#include "limits.h"

/* One kernel with an initramfs, on a disk with one partition; no boot entry. */
struct fake {
	struct arena *arena;
	struct facts facts;
	struct kernel_fact *kernel;
	struct volume_fact *root;
	struct direct d;
};

static int set_up(void **state)
{
	static struct fake t;

	t = (struct fake){.arena = arena_new(LIMIT_FACTS)};
	t.kernel = vec_add(t.arena, &t.facts.kernels);
	t.root = vec_add(t.arena, &t.facts.volumes);
	assert_true(t.kernel && t.root);
	*t.kernel = (struct kernel_fact){
		.image = "/boot/k", .initramfs = {.path = "/boot/i", .state = "read"}};
	*t.root = (struct volume_fact){.uuid = "1-2", .partuuid = "3-4"};
	assert_true(vec_push(t.arena, &t.root->mounted_at, "/"));
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	struct fake *t = *state;

	arena_free(t->arena);
	return 0;
}

static void choose(struct fake *t)
{
	struct err e = ERR_INIT;

	assert_int_equal(direct_choose(&t->facts, t->arena, &t->d, &e), 0);
	assert_int_equal(t->d.kernel_fd, -1);
	assert_int_equal(t->d.initramfs_fd, -1);
}

static void refused(struct fake *t, const char *why)
{
	choose(t);
	assert_non_null(t->d.not_provable);
	assert_non_null(strstr(t->d.not_provable, why));
}

static struct entry_fact *add_entry(struct fake *t)
{
	struct entry_fact *entry = vec_add(t->arena, &t->facts.boot.entries);

	assert_non_null(entry);
	*entry = (struct entry_fact){
		.title = "A \033 title", .kernel = "/boot/other", .cmdline = "root=x ro"};
	return entry;
}

/* Several parts of an initramfs come in the order in which the loader has them. */
static void test_the_default_entry(void **state)
{
	struct fake *t = *state;
	struct entry_fact *entry = add_entry(t);

	refused(t, "which boot entry");
	entry->is_default = true;
	assert_true(vec_push(t->arena, &entry->initramfs, "/boot/ucode"));
	assert_true(vec_push(t->arena, &entry->initramfs, "/boot/main"));
	choose(t);
	assert_null(t->d.not_provable);
	assert_string_equal(t->d.kernel, "/boot/other");
	assert_int_equal(t->d.initramfs.n, 2);
	assert_string_equal(t->d.cmdline, "root=x ro");
	assert_string_equal(direct_text(&t->d, t->arena),
			    "QEMU loaded /boot/other, /boot/ucode and /boot/main with "
			    "\"root=x ro\", as the boot entry \"A \\x1b title\" says");
	entry->cmdline = NULL;
	choose(t);
	assert_string_equal(t->d.cmdline, "");
	entry->kernel = NULL;
	refused(t, "names no kernel");
}

static void test_the_only_kernel(void **state)
{
	struct fake *t = *state;
	struct kernel_fact more = {.release = "folder only"};

	choose(t);
	assert_null(t->d.not_provable);
	assert_string_equal(t->d.kernel, "/boot/k");
	assert_string_equal(t->d.initramfs.v[0], "/boot/i");
	assert_string_equal(t->d.cmdline, "root=UUID=1-2 ro");
	assert_true(vec_push(t->arena, &t->facts.kernels, more));
	choose(t);
	assert_null(t->d.not_provable);
	t->facts.kernels.v[1].image = "/boot/k2";
	refused(t, "not one kernel alone");
	t->facts.kernels.n = 0;
	refused(t, "not one kernel alone");
}

/* The kernel itself knows partitions by PARTUUID=, but no UUID= of a file system. */
static void test_the_name_of_root(void **state)
{
	struct fake *t = *state;

	t->kernel->initramfs.state = "absent";
	choose(t);
	assert_int_equal(t->d.initramfs.n, 0);
	assert_string_equal(t->d.cmdline, "root=PARTUUID=3-4 ro");
	t->root->partuuid = NULL;
	refused(t, "no name of /");
	t->kernel->initramfs.state = "read";
	choose(t);
	assert_string_equal(t->d.cmdline, "root=UUID=1-2 ro");
	t->facts.volumes.n = 0;
	refused(t, "no name of /");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_default_entry, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_the_only_kernel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_name_of_root, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
