/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what is seen of a boot to its end, and from that to the proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "limits.h"
#include "proof.h"
#include "sight.h"

enum { KERNEL, INITRAMFS, INIT, INIT_2, ROOT, MENU, RANGES };

static const struct patience patience = {
	.limit = 60000, .settle = 20000, .idle = 15000, .busy = 15000};

static struct sight sight(void)
{
	static struct sight_range ranges[RANGES];
	static const enum sight_kind kinds[RANGES] = {SIGHT_LOADED, SIGHT_LOADED,
						      SIGHT_INIT,   SIGHT_INIT,
						      SIGHT_ROOT,   SIGHT_MENU};
	struct sight s = {.wants_card = true};

	for (int i = 0; i < RANGES; i++)
		ranges[i] = (struct sight_range){.disk = "d", .kind = kinds[i]};
	s.ranges.v = ranges;
	s.ranges.n = RANGES;
	return s;
}

static enum sight_end end_of(const struct sight *s)
{
	const char *why = NULL;
	enum sight_end end = sight_decide(s, &patience, &why);

	assert_true(end == SIGHT_ON || end == SIGHT_STARTED || why);
	return end;
}

static struct sight loaded(void)
{
	struct sight s = sight();

	sight_read(&s, KERNEL, 1000);
	assert_int_equal(s.kernel, 0);
	sight_read(&s, INITRAMFS, 2000);
	assert_int_equal(s.kernel, 2000);
	s.now = 3000;
	return s;
}

static void test_root_is_seen(void **state)
{
	struct sight s = loaded();

	(void)state;
	assert_int_equal(end_of(&s), SIGHT_ON);
	sight_read(&s, INIT_2, 5000);
	assert_int_equal(s.root, 5000);
	sight_read(&s, INIT, 6000);
	assert_int_equal(s.root, 5000);
	sight_wrote(&s, ROOT, 7000);
	assert_int_equal(s.wrote, 7000);
}

/* GRUB reads what lies around the files that it looks for, and writes its environment. */
static void test_boot_loader_reads_do_not_count(void **state)
{
	struct sight s = sight();

	(void)state;
	sight_read(&s, INIT, 500);
	sight_wrote(&s, ROOT, 600);
	assert_int_equal(s.root, 0);
	assert_int_equal(s.wrote, 0);
	assert_false(sight_frame(&s, true, 700));
	assert_int_equal(s.card, 0);
	sight_read(&s, KERNEL, 1000);
	sight_read(&s, INITRAMFS, 2000);
	sight_read(&s, INIT, 2010);
	assert_int_equal(s.root, 0);
	sight_read(&s, INIT_2, 5000);
	assert_int_equal(s.root, 5000);
}

static void test_without_places_of_the_kernel(void **state)
{
	struct sight s = sight();

	(void)state;
	s.ranges.n = 0;
	assert_false(sight_sees_kernel(&s));
	sight_read(&s, 99, 5);
	s.now = 70000;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
}

static void test_card_is_waited_for(void **state)
{
	struct sight s = loaded();

	(void)state;
	sight_read(&s, INIT, 5000);
	s.now = 6000;
	assert_int_equal(end_of(&s), SIGHT_ON);
	assert_true(sight_frame(&s, false, 5500));
	assert_int_equal(s.card, 5500);
	assert_int_equal(s.asked, 0);
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = 10500;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
	s.now = 6000;
	assert_true(sight_frame(&s, true, 5600));
	assert_int_equal(s.card, 5500);
	assert_int_equal(end_of(&s), SIGHT_STARTED);
	s.card = s.asked = 0;
	s.now = 25000;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
	s.now = 6000;
	s.wants_card = false;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
}

/* A guest that sits idle has configured what it will configure. */
static void test_idle_guest_is_not_waited_for(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.idle = 14000;
	sight_read(&s, INIT, 5000);
	s.now = 5001;
	assert_int_equal(s.idle, 0);
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = 14900;
	s.idle = 9900;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.idle = 10000;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
}

static void test_ends_without_root(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.gone = true;
	s.now = 5000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	s.kernel = 0;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
	s = loaded();
	s.hurt = 2500;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = 6000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	s = loaded();
	s.idle = 14999;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.idle = 15000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
}

static void unclear(const struct sight *s, const char *words)
{
	const char *why = NULL;

	assert_int_equal(sight_decide(s, &patience, &why), SIGHT_UNCLEAR);
	assert_non_null(strstr(why, words));
}

/* A guest that is gone at once need not have looked for a disk, unless it says so. */
static void test_restart_at_once(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.gone = true;
	s.now = 3999;
	unclear(&s, "as soon as");
	s.hurt = 3500;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	s.excused = true;
	unclear(&s, "need not be");
}

/* SeaBIOS starts again when it finds nothing to start. */
static void test_a_disk_that_the_firmware_is_not_offered(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.kernel = 0;
	s.gone = true;
	unclear(&s, "restarted or stopped before");
	s.hidden = true;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	s.kernel = 2000;
	unclear(&s, "as soon as");
}

static void test_what_the_disk_is_not_to_blame_for(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.hurt = 3000;
	s.excused = true;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = 6000;
	unclear(&s, "need not be");
	s.idle = 15000;
	unclear(&s, "need not be");
	sight_read(&s, INIT, 6500); /* it went on all the same */
	s.wants_card = false;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
}

/* GRUB with timeout=-1; a GRUB that does not find its configuration is a failure. */
static void test_a_menu_waits_for_a_key(void **state)
{
	struct sight s = sight();

	(void)state;
	s.now = 30000;
	s.idle = 15000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	sight_read(&s, MENU, 1000);
	unclear(&s, "its menu may wait");
	s.idle = 0;
	s.now = 60000;
	s.busy = 60000;
	unclear(&s, "its menu may wait");
}

/* The boot loader's own memory may name another entry than its configuration. */
static void test_another_kernel_started(void **state)
{
	struct sight s = sight();

	(void)state;
	sight_read(&s, KERNEL, 1000);
	sight_read(&s, INIT, 9000);
	sight_wrote(&s, ROOT, 9500);
	assert_int_equal(s.root, 0);
	s.now = 30000;
	s.idle = 15000;
	unclear(&s, "another kernel");
}

/* What GRUB has read around its files comes again when the kernel reads it. */
static void test_a_range_read_by_both(void **state)
{
	struct sight s = loaded();

	(void)state;
	sight_read(&s, INIT, 1900);
	assert_int_equal(s.root, 0);
	sight_read(&s, KERNEL, 4000); /* some program looks at the kernel's file */
	assert_int_equal(s.kernel, 2000);
	sight_read(&s, INIT, 5000);
	assert_int_equal(s.root, 5000);
}

static void test_init_lies_nowhere(void **state)
{
	struct sight s = loaded();

	(void)state;
	for (int i = 0; i < RANGES; i++)
		if (s.ranges.v[i].kind == SIGHT_INIT)
			s.ranges.v[i].kind = SIGHT_MENU;
	s.idle = 15000;
	unclear(&s, "first program lies");
}

/* A check of a large file system: slow is not failed. */
static void test_time_is_up_while_the_disk_is_read(void **state)
{
	struct sight s = loaded();

	(void)state;
	sight_read(&s, ROOT, 1000); /* the boot loader */
	assert_int_equal(s.used, 0);
	sight_read(&s, ROOT, 55000);
	s.now = 60000;
	s.busy = 40000;
	unclear(&s, "--timeout");
	s.used = 40000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
}

/* Nothing of the kernel is read from the disk: every read is the guest's. */
static void test_direct(void **state)
{
	struct sight s = sight();

	(void)state;
	s.direct = true;
	s.ranges.v += INIT;
	s.ranges.n -= INIT;
	assert_false(sight_sees_kernel(&s));
	s.now = 1500;
	s.gone = true;
	unclear(&s, "as soon as");
	s.now = 2500;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	s.gone = false;
	s.idle = 15000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	sight_read(&s, 0, 900);
	assert_int_equal(s.root, 900);
}

/* A machine that others kept from working is not judged by the clock. */
static void test_time_is_up(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.now = 60000;
	s.busy = 14999;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
	s.busy = 15000;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
}

/* Being watched for longer asks for no more of the processor. */
static void test_longer_watch_is_as_sure(void **state)
{
	struct sight s = loaded();
	struct patience usual = sight_patience(60000, 60000),
			longer = sight_patience(240000, 60000),
			shorter = sight_patience(20000, 60000);
	const char *why;

	(void)state;
	s.now = 240000;
	s.busy = usual.busy;
	assert_int_equal(sight_decide(&s, &usual, &why), SIGHT_FAILED);
	assert_int_equal(sight_decide(&s, &longer, &why), SIGHT_FAILED);
	s.now = 239999;
	assert_int_equal(sight_decide(&s, &longer, &why), SIGHT_ON);
	s.now = 20000;
	s.busy = shorter.busy;
	assert_true(shorter.busy < usual.busy);
	assert_int_equal(sight_decide(&s, &shorter, &why), SIGHT_FAILED);
}

/* On a Xen host the disk is there twice: reads of init show nothing of the PV driver. */
static void test_pv_driver_has_to_read_init(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.wants_pv = true;
	sight_pv(&s, 0, 4000);
	assert_int_equal(s.pv, 4000);
	sight_pv(&s, 30, 4500);
	assert_int_equal(s.root, 0);
	sight_read(&s, INIT, 5000);
	assert_int_equal(s.root, 0);
	s.now = 5001;
	assert_int_equal(end_of(&s), SIGHT_ON);
	sight_pv(&s, 30, 6000);
	assert_int_equal(s.root, 0);
	sight_pv(&s, 31, 8000);
	assert_int_equal(s.root, 8000);
	sight_read(&s, INIT_2, 9000);
	sight_pv(&s, 99, 9500);
	assert_int_equal(s.root, 8000);
	assert_int_equal(s.pv, 4000);
	s.now = 9500;
	s.wants_card = false;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
}

/* The connection may be told of late. */
static void test_pv_driver_that_is_seen_late(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.wants_pv = true;
	sight_read(&s, INIT, 5000);
	sight_pv(&s, 200, 9000);
	assert_int_equal(s.pv, 9000);
	assert_int_equal(s.root, 9000);
}

static void test_a_guest_on_the_emulated_disk_failed(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.wants_pv = true;
	sight_read(&s, INIT, 5000);
	sight_wrote(&s, ROOT, 6000);
	sight_frame(&s, true, 7000);
	s.now = 5000 + patience.settle - 1;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = 5000 + patience.settle;
	assert_int_equal(end_of(&s), SIGHT_FAILED);
	assert_int_equal(s.root, 0);
	/* Connected, and used for something else before. */
	s.pv = 3500;
	s.pv_so_far = s.pv_before = 12;
	sight_pv(&s, 12, 14000);
	assert_int_equal(end_of(&s), SIGHT_FAILED);
}

/* An emulated disk may be read either way. */
static void test_emulated_choice_needs_no_pv_driver(void **state)
{
	struct sight s = loaded();

	(void)state;
	sight_read(&s, INIT, 5000);
	assert_int_equal(s.root, 5000);
	sight_pv(&s, 7, 6000);
	assert_int_equal(s.root, 5000);
	assert_int_equal(s.pv, 6000);
}

static void test_a_processor_that_failed_decides_nothing(void **state)
{
	struct sight s = loaded();

	(void)state;
	s.gone = s.faulted = true;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
	sight_read(&s, INIT, 5000);
	s.now = 5001;
	assert_int_equal(end_of(&s), SIGHT_STARTED);
}

static void test_a_host_that_makes_no_guest_decides_nothing(void **state)
{
	struct sight s = sight();

	(void)state;
	s.no_guest = true;
	s.idle = patience.idle - 1;
	s.now = patience.limit / 3 - 1;
	assert_int_equal(end_of(&s), SIGHT_ON);
	s.now = patience.limit / 3;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
	s.now = patience.idle;
	s.idle = patience.idle;
	assert_int_equal(end_of(&s), SIGHT_UNCLEAR);
}

static void test_ranges(void **state)
{
	struct piece_fact pieces[] = {{"d", 1 << 20, 10000}, {"d", 5 << 20, 40000}};
	struct boot_file_fact files[3] = {{.what = "kernel", .path = "/k"},
					  {.what = "init", .path = "/i"},
					  {.what = "config", .path = "/c"}};
	struct volume_fact volume = {
		.disk = "d", .name = "partition 1", .start = 4096, .size = 8192};
	struct disk_fact disk = {.name = "d", .size = 1 << 30};
	struct facts f = {.root_disk = "d", .root_volume = "partition 1"};
	struct arena *a = arena_new(LIMIT_FACTS);
	sight_ranges ranges = {0};
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++) {
		files[i].pieces.v = pieces;
		files[i].pieces.n = 2;
	}
	f.boot_files.v = files;
	f.boot_files.n = 3;
	f.volumes.v = &volume;
	f.volumes.n = 1;
	f.disks.v = &disk;
	f.disks.n = 1;
	assert_int_equal(sight_choose(&f, false, a, &ranges, &e), 0);
	assert_int_equal(ranges.n, 6);
	assert_int_equal(ranges.v[0].off, (5 << 20) + 40000 - 4096);
	assert_int_equal(ranges.v[0].len, 4096);
	assert_int_equal(ranges.v[1].len, 10000);
	assert_int_equal(ranges.v[3].off, (5 << 20) + 32768);
	assert_int_equal(ranges.v[3].len, 40000 - 32768);
	assert_int_equal(ranges.v[4].kind, SIGHT_MENU);
	assert_int_equal(ranges.v[5].kind, SIGHT_ROOT);
	assert_int_equal(ranges.v[5].off, 4096);
	ranges = (sight_ranges){0};
	assert_int_equal(sight_choose(&f, true, a, &ranges, &e), 0);
	assert_int_equal(ranges.n, 4);
	assert_int_equal(ranges.v[0].kind, SIGHT_INIT);
	arena_free(a);
}

/* A UEFI that never looked at the EFI system partition has no driver for the device. */
static void test_firmware_without_a_driver(void **state)
{
	struct sight s = sight();

	(void)state;
	s.ranges.v[MENU].kind = SIGHT_ESP;
	s.hurt = 1000;
	s.now = 6000;
	unclear(&s, "no driver for this device");
	s.hurt = 0;
	s.now = 50000;
	s.idle = 45000;
	unclear(&s, "no driver for this device");
	sight_read(&s, MENU, 500);
	assert_int_equal(end_of(&s), SIGHT_FAILED);
}

static void test_range_of_the_esp(void **state)
{
	struct volume_fact volume = {
		.disk = "d", .name = "partition 1", .start = 4096, .size = 1 << 20};
	struct facts f = {
		.boot = {.uefi = true, .esp_disk = "d", .esp_volume = "partition 1"}};
	struct arena *a = arena_new(LIMIT_FACTS);
	sight_ranges ranges = {0};
	struct err e = ERR_INIT;

	(void)state;
	f.volumes.v = &volume;
	f.volumes.n = 1;
	assert_int_equal(sight_choose(&f, false, a, &ranges, &e), 0);
	assert_int_equal(ranges.n, 1);
	assert_int_equal(ranges.v[0].kind, SIGHT_ESP);
	assert_int_equal(ranges.v[0].off, 4096);
	ranges = (sight_ranges){0};
	assert_int_equal(sight_choose(&f, true, a, &ranges, &e), 0);
	assert_int_equal(ranges.n, 0);
	arena_free(a);
}

/* Every answer against every outcome. */
static void test_every_verdict_and_boot(void **state)
{
	static const enum proof_result wanted[ANSWER_COUNT][OUTCOME_COUNT] = {
		[ANSWER_READY] = {[OUTCOME_WORKED] = PROOF_PROVEN,
				  [OUTCOME_FAILED] = PROOF_DISPROVEN},
		[ANSWER_FIXABLE] = {[OUTCOME_WORKED] = PROOF_DISPROVEN,
				    [OUTCOME_FAILED] = PROOF_PROVEN},
		[ANSWER_BLOCKED] = {[OUTCOME_WORKED] = PROOF_DISPROVEN,
				    [OUTCOME_FAILED] = PROOF_PROVEN},
	};
	static const int status[] = {
		[PROOF_NONE] = 3, [PROOF_PROVEN] = 0, [PROOF_DISPROVEN] = 1};

	(void)state;
	for (int a = 0; a < ANSWER_COUNT; a++)
		for (int o = 0; o < OUTCOME_COUNT; o++) {
			struct proof p = {.disk = {.answer = (enum answer)a,
						   .outcome = (enum proof_outcome)o}};

			proof_compare(&p);
			assert_int_equal(p.result, wanted[a][o]);
			assert_int_equal(proof_exit_status(&p), status[wanted[a][o]]);
		}
}

static void test_the_card_against_its_verdict(void **state)
{
	struct proof p = {
		.disk = {.answer = ANSWER_READY, .outcome = OUTCOME_WORKED},
		.network = {.answer = ANSWER_BLOCKED, .outcome = OUTCOME_WORKED}};

	(void)state;
	proof_compare(&p);
	assert_int_equal(p.result, PROOF_DISPROVEN);
	p.network.outcome = OUTCOME_UNCLEAR;
	proof_compare(&p);
	assert_int_equal(p.result, PROOF_PROVEN);
	p.network =
		(struct proof_device){.answer = ANSWER_READY, .outcome = OUTCOME_WORKED};
	p.disk.outcome = OUTCOME_UNCLEAR;
	proof_compare(&p);
	assert_int_equal(p.result, PROOF_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_is_seen),
		cmocka_unit_test(test_boot_loader_reads_do_not_count),
		cmocka_unit_test(test_without_places_of_the_kernel),
		cmocka_unit_test(test_card_is_waited_for),
		cmocka_unit_test(test_idle_guest_is_not_waited_for),
		cmocka_unit_test(test_ends_without_root),
		cmocka_unit_test(test_restart_at_once),
		cmocka_unit_test(test_a_disk_that_the_firmware_is_not_offered),
		cmocka_unit_test(test_what_the_disk_is_not_to_blame_for),
		cmocka_unit_test(test_a_menu_waits_for_a_key),
		cmocka_unit_test(test_another_kernel_started),
		cmocka_unit_test(test_a_range_read_by_both),
		cmocka_unit_test(test_init_lies_nowhere),
		cmocka_unit_test(test_time_is_up_while_the_disk_is_read),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_time_is_up),
		cmocka_unit_test(test_longer_watch_is_as_sure),
		cmocka_unit_test(test_pv_driver_has_to_read_init),
		cmocka_unit_test(test_pv_driver_that_is_seen_late),
		cmocka_unit_test(test_a_guest_on_the_emulated_disk_failed),
		cmocka_unit_test(test_emulated_choice_needs_no_pv_driver),
		cmocka_unit_test(test_a_processor_that_failed_decides_nothing),
		cmocka_unit_test(test_a_host_that_makes_no_guest_decides_nothing),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_firmware_without_a_driver),
		cmocka_unit_test(test_range_of_the_esp),
		cmocka_unit_test(test_every_verdict_and_boot),
		cmocka_unit_test(test_the_card_against_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
