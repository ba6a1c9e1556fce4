/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes of a QEMU that does not work, on a host whose KVM seems to: a script stands
 * for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm.h"
#include "limits.h"
#include "prove.h"

static char folder[] = "/tmp/paravet-test-XXXXXX", program[64];

/* In place of the library's. */
bool kvm_works(void)
{
	return true;
}

struct fake {
	struct arena *arena;
	struct facts facts;
	struct platform *platform;
	struct verdict verdict;
	struct proof proof;
	int disk;
};

static int set_up(void **state)
{
	static struct fake t;
	struct disk_fact disk = {.name = "a.img", .format = "raw", .size = 4096};
	platform_list list = {0};
	strs ids = {0};
	struct err e = ERR_INIT;

	t = (struct fake){.arena = arena_new(LIMIT_HANDLE),
			  .disk = memfd_create("disk", MFD_CLOEXEC)};
	assert_true(t.disk >= 0 && ftruncate(t.disk, 4096) == 0);
	assert_true(vec_push(t.arena, &t.facts.disks, disk));
	t.facts.root_disk = disk.name;
	t.facts.os.arch = "x86_64";
	t.facts.boot.bios = true;
	assert_true(vec_push(t.arena, &ids, "kvm"));
	assert_int_equal(
		platform_load_dir(SOURCE_ROOT "/platforms", &ids, t.arena, &list, &e), 0);
	t.platform = list.v[0];
	assert_int_equal(
		verdict_judge(&t.facts, t.platform, NULL, t.arena, &t.verdict, &e), 0);
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	struct fake *t = *state;

	close(t->disk);
	arena_free(t->arena);
	return 0;
}

static int prove_with(struct fake *t, const char *script, struct err *e)
{
	struct prove_disk disk = {.fd = t->disk, .format = "raw"};
	struct prove_options o = {.seconds = 20};
	FILE *f = fopen(program, "w");

	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fchmod(fileno(f), 0755), 0);
	fclose(f);
	return prove(&t->facts, t->platform, &t->verdict, &disk, &o, t->arena, &t->proof,
		     e);
}

static void fails(struct fake *t, const char *script, const char *words)
{
	struct err e = ERR_INIT;

	assert_int_equal(prove_with(t, script, &e), -ERR_IO);
	if (!strstr(e.text, words))
		fail_msg("%s", e.text);
}

/* KVM may be there and not work: what died under it is tried again without. */
static void test_again_without_kvm(void **state)
{
	struct fake *t = *state;
	struct err e = ERR_INIT;

	if (prove_with(t,
		       "case \"$*\" in *accel=kvm*) echo 'KVM: no' >&2; exit 1;; esac\n"
		       "exit 0",
		       &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(t->proof.accelerator, "TCG");
	assert_int_equal(t->proof.disk.outcome, OUTCOME_UNCLEAR);
	assert_int_equal(t->proof.result, PROOF_NONE);
	assert_int_equal(t->proof.evidence.n, 0);
}

static void test_neither_way(void **state)
{
	struct fake *t = *state;

	fails(t, "echo \"$*\" | grep -o 'accel=[a-z]*'; exit 1",
	      "guest started: accel=tcg");
	fails(t, "kill -9 $$", "guest started: signal 9 (Killed)");
	fails(t, "exit 7", "guest started: exit status 7");
}

/* 512 MiB of the guest and 4 GiB of QEMU's own; no file is written, no core dumped. */
static void test_limits(void **state)
{
	struct fake *t = *state;

	fails(t, "echo \"$(ulimit -v) $(ulimit -f) $(ulimit -c)\"; exit 1",
	      ": 4718592 0 0");
	fails(t, "grep NoNewPrivs /proc/self/status | tr '\\t' ' '; exit 1",
	      "NoNewPrivs: 1");
	/* to the disk, the network and the serial port */
	fails(t, "ls -l /proc/$$/fd | grep -c socket; exit 1", ": 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_again_without_kvm, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_neither_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
	};
	int failed;

	if (!mkdtemp(folder))
		return 99;
	snprintf(program, sizeof(program), "%s/qemu-system-x86_64", folder);
	setenv("PATH", folder, 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(program);
	rmdir(folder);
	return failed;
}
