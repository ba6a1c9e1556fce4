/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which file system is the root, and what is mounted below it, where something of them
 * cannot be read. The file systems are directories that pass for ext4; a link to itself
 * is what cannot be read, even by root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assembly.h"
#include "fake-guest.h"

static struct fake_guest fake;
static struct assembly assembly;

static int setup(void **state)
{
	(void)state;
	fake_new(&fake);
	assembly = (struct assembly){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assembly_done(&assembly);
	fake_done(&fake);
	return 0;
}

/* The directories /a and /b of the fake guest as two disks. */
static void assemble(size_t n, const char *uuid_of_b)
{
	static const char *const names[] = {"a", "b"};
	struct assembly_disk disks[2] = {{0}};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		char path[100];
		int fd;

		snprintf(path, sizeof(path), "%s/%s", fake.dir, names[i]);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		disks[i].name = names[i];
		assert_int_equal(
			fs_open_directory(fd, fake.tree_arena, &disks[i].directory, &e),
			0);
		disks[i].directory->type = "ext4";
		disks[i].directory->uuid = i ? uuid_of_b : "a";
	}
	if (assembly_build(&assembly, disks, n, &fake.guest, &e) < 0)
		fail_msg("%s", e.text);
}

static const struct problem_fact *problem(const char *code)
{
	for (size_t i = 0; i < fake.facts.problems.n; i++)
		if (strcmp(fake.facts.problems.v[i].code, code) == 0)
			return &fake.facts.problems.v[i];
	fail_msg("no problem of the kind %s", code);
	return NULL;
}

/* A root that cannot be recognised because of damage is not just absent. */
static void unread_root(_unused_ void **state)
{
	fake_text(&fake, "/a/sbin/init", "x");
	fake_link(&fake, "etc", "/a/etc");
	assemble(1, NULL);
	assert_null(fake.guest.tree);
	assert_non_null(strstr(problem("absent")->text, "no operating system"));
	assert_string_equal(problem("corrupt")->source.disk, "a");
	assert_string_equal(problem("corrupt")->about, "filesystem");
}

/* What cannot be mounted is told; the rest of the guest is read. */
static void unread_mount_point(_unused_ void **state)
{
	fake_text(&fake, "/a/sbin/init", "x");
	fake_text(&fake, "/a/etc/fstab",
		  "UUID=a / ext4 defaults 0 1\nUUID=b /data ext4 defaults 0 2\n");
	fake_link(&fake, "data", "/a/data");
	fake_text(&fake, "/b/file", "x");
	assemble(2, "b");
	assert_non_null(fake.guest.tree);
	assert_int_equal(problem("corrupt")->source.line, 2);
}

/* Of a root and its copy, with one UUID, none is taken for the other. */
static void twins(_unused_ void **state)
{
	fake_text(&fake, "/a/sbin/init", "x");
	fake_text(&fake, "/a/etc/fstab", "UUID=a / ext4 defaults 0 1\n");
	fake_text(&fake, "/b/sbin/init", "x");
	fake_text(&fake, "/b/etc/fstab", "UUID=a / ext4 defaults 0 1\n");
	assemble(2, "a");
	assert_null(fake.guest.tree);
	assert_non_null(strstr(problem("ambiguous")->text, "choose with --os: 1 "));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {CASE(unread_root), CASE(unread_mount_point),
					   CASE(twins)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
