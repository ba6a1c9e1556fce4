/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What / lies on, and which modules that asks for; facts that make no sense included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "root_layers.h"
#include "verdict.h"

static struct facts facts;
static struct arena *arena;

static int setup(void **state)
{
	struct disk_fact disk = {.name = "a.img"};

	(void)state;
	facts = (struct facts){.root_disk = "a.img"};
	arena = arena_new(1 << 20);
	return arena && vec_push(arena, &facts.disks, disk) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void add(const char *name, const char *type, const char *cipher, const char *on1,
		const char *on2)
{
	struct volume_fact v = {
		.disk = "a.img", .name = name, .type = type, .cipher = cipher};

	assert_true(!on1 || vec_push(arena, &v.on, on1));
	assert_true(!on2 || vec_push(arena, &v.on, on2));
	assert_true(vec_push(arena, &facts.volumes, v));
}

static void assert_below(const char *type, bool want)
{
	assert_int_equal(is_below_root(&facts, type, arena), want);
}

static void assert_asked(const char *const *want, size_t n)
{
	struct err e = ERR_INIT;
	strs asked = {0};

	assert_int_equal(verdict_asked_of_root(&facts, arena, &asked, &e), 0);
	for (size_t i = 0; i < n; i++)
		assert_true(strs_has(&asked, want[i]));
	if (!n)
		assert_int_equal(asked.n, 0);
}

static void plain(void **state)
{
	(void)state;
	add("partition 1", "0x83", NULL, NULL, NULL);
	add("partition 2", "0x83", "aes-xts-plain64", NULL, NULL);
	facts.root_volume = "partition 1";
	assert_below("luks", false);
	assert_asked(NULL, 0);
	facts.root_volume = "partition 9";
	assert_below("luks", false);
}

/* No guest is asked for the driver of a file system that its / does not have. */
static void file_systems(void **state)
{
	static const char *const ext3[] = {"ext3", "ext4"}, *const other[] = {"bcachefs"};
	struct err e = ERR_INIT;
	strs asked = {0};

	(void)state;
	add("partition 1", "0x83", NULL, NULL, NULL);
	facts.root_volume = "partition 1";
	facts.root_fs = "ext3";
	assert_asked(ext3, 2);
	facts.root_fs = "bcachefs";
	assert_asked(other, 1);
	facts.root_fs = "xfs";
	assert_int_equal(verdict_asked_of_root(&facts, arena, &asked, &e), 0);
	assert_int_equal(asked.n, 1);
}

static void bare_disk(void **state)
{
	static const char *const modules[] = {"dm_crypt", "aes_generic", "cbc", "essiv",
					      "sha256_generic"};

	(void)state;
	add(NULL, NULL, "aes-cbc-essiv:sha256", NULL, NULL);
	add("LUKS", "luks", NULL, "a.img", NULL);
	facts.root_volume = "LUKS";
	assert_below("luks", true);
	assert_below("lvm", false);
	assert_asked(modules, sizeof(modules) / sizeof(*modules));
}

static void group_within(void **state)
{
	static const char *const modules[] = {"dm_mod", "dm_crypt", "xts",
					      "serpent_generic"};

	(void)state;
	add("partition 5", "0x83", "serpent-xts-plain64", NULL, NULL);
	add("LUKS in partition 5", "luks", NULL, "a.img, partition 5", NULL);
	add("partition 6", "0x8e", NULL, NULL, NULL);
	add("LV vg/root", "lvm", NULL, "a.img, LUKS in partition 5",
	    "a.img, partition 6");
	facts.root_volume = "LV vg/root";
	assert_below("luks", true);
	assert_below("lvm", true);
	assert_asked(modules, sizeof(modules) / sizeof(*modules));
}

/* Btrfs over two devices, of which the second one is encrypted. */
static void other_device(void **state)
{
	static const char *const modules[] = {"dm_crypt", "xts", "aes_generic"};

	(void)state;
	add("partition 1", "0x83", NULL, NULL, NULL);
	add("partition 2", "0x83", "aes-xts-plain64", NULL, NULL);
	add("LUKS in partition 2", "luks", NULL, "a.img, partition 2", NULL);
	facts.volumes.v[0].uuid = facts.volumes.v[2].uuid = "one";
	facts.volumes.v[0].device = 1;
	facts.volumes.v[2].device = 2;
	facts.root_volume = "partition 1";
	assert_below("luks", true);
	assert_asked(modules, sizeof(modules) / sizeof(*modules));
}

/* Facts may come from a document that anybody wrote. */
static void circles(void **state)
{
	(void)state;
	add("LV vg/a", "lvm", NULL, "a.img, LV vg/b", "a.img, LV vg/a");
	add("LV vg/b", "luks", NULL, "a.img, LV vg/a", "nothing");
	facts.root_volume = "LV vg/a";
	assert_below("luks", true);
	assert_below("lvm", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain, setup, teardown),
		cmocka_unit_test_setup_teardown(file_systems, setup, teardown),
		cmocka_unit_test_setup_teardown(bare_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(group_within, setup, teardown),
		cmocka_unit_test_setup_teardown(other_device, setup, teardown),
		cmocka_unit_test_setup_teardown(circles, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
