/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the console of the Xen host tells, and what a guest cannot make it tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dom0.h"

struct console {
	struct dom0 dom0;
	struct serial guest;
	struct frames frames;
};

static void start(struct console *c)
{
	static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0, 0, 1};
	struct err e = ERR_INIT;

	*c = (struct console){.guest = SERIAL_INIT};
	memcpy(c->frames.mac, mac, sizeof(mac));
	assert_int_equal(dom0_init(&c->dom0, &e), 0);
}

static void done(struct console *c)
{
	dom0_done(&c->dom0);
	serial_done(&c->guest);
}

static void feed(struct console *c, const char *text)
{
	dom0_feed(&c->dom0, slice_str(text), &c->guest, &c->frames);
}

/* A line of the first domain. */
static void tell(struct console *c, const char *text)
{
	feed(c, c->dom0.mark);
	feed(c, " ");
	feed(c, text);
	feed(c, "\r\n");
}

static void test_marks_differ(void **state)
{
	struct console a, b;

	(void)state;
	start(&a);
	start(&b);
	assert_int_equal(strlen(a.dom0.mark), DOM0_MARK_CHARS);
	assert_string_not_equal(a.dom0.mark, b.dom0.mark);
	done(&a);
	done(&b);
}

static void test_a_boot(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	tell(&c, "dom0 ready");
	assert_true(c.dom0.ready && !c.dom0.created);
	tell(&c, "guest created");
	assert_true(c.dom0.created);
	tell(&c, "disk xvdb connected");
	assert_true(c.dom0.disks[1].connected && !c.dom0.disks[0].connected);
	tell(&c, "disk xvda reads 12 writes 3");
	assert_true(c.dom0.disks[0].connected);
	assert_int_equal(c.dom0.disks[0].reads, 12);
	assert_int_equal(c.dom0.disks[0].writes, 3);
	assert_false(c.dom0.card);
	tell(&c, "nic vif1.0 connected");
	assert_true(c.dom0.card);
	assert_false(c.dom0.ended);
	tell(&c, "guest ended 0");
	assert_true(c.dom0.ended && !c.dom0.failed && !c.dom0.faulted);
	done(&c);
}

static void test_processor_time(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	tell(&c, "guest processor 1200");
	tell(&c, "guest processor 1200 x");
	tell(&c, "guest processor 1200 30 1");
	assert_int_equal(c.dom0.looks, 0);
	tell(&c, "guest processor 1200 30");
	assert_int_equal(c.dom0.looks, 1);
	assert_int_equal(c.dom0.had, 1200);
	assert_int_equal(c.dom0.waited, 30);
	assert_false(c.dom0.ended || c.dom0.created);
	done(&c);
}

static void test_a_failure_has_its_words(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	tell(&c, "failed xl create");
	tell(&c, "failed no \x1b[1mmemory");
	tell(&c, "end");
	assert_true(c.dom0.failed && c.dom0.ended);
	assert_string_equal(c.dom0.why, "xl create; no \\x1b[1mmemory");
	for (int i = 0; i < 100; i++)
		tell(&c, "failed and so on, and so on");
	assert_true(strlen(c.dom0.why) < sizeof(c.dom0.why));
	done(&c);
}

static void test_frames_of_the_pv_card(void **state)
{
	static const char arp[] = "ffffffffffff0200000000010806000108000604";
	char line[100];
	struct console c;

	(void)state;
	start(&c);
	snprintf(line, sizeof(line), "frame vif1.0-emu %s", arp);
	tell(&c, line);
	assert_null(c.frames.first);
	snprintf(line, sizeof(line), "frame vif1.0 %sf", arp);
	tell(&c, line);
	assert_null(c.frames.first);
	snprintf(line, sizeof(line), "frame vif1.0 %szz", arp);
	tell(&c, line);
	assert_null(c.frames.first);
	tell(&c, "frame vif1.0 ffffffffffff0200000000020806");
	assert_null(c.frames.first);
	snprintf(line, sizeof(line), "frame vif1.0 %s", arp);
	tell(&c, line);
	assert_string_equal(c.frames.first, "ARP");
	assert_true(c.dom0.card);
	done(&c);
}

/* Lines that make no sense, or are not whole. */
static void test_nonsense_is_nothing(void **state)
{
	static const char *const lines[] = {
		"",
		"disk",
		"disk xvda",
		"disk xvda connecte",
		"disk xvda connected now",
		"disk xvda reads 5",
		"disk xvda reads 5 writes",
		"disk xvda reads 5 writes x",
		"disk xvda reads -5 writes 1",
		"disk xvda reads 99999999999999999999 writes 1",
		"disk xvda reads 5 writes 1 reads 6",
		"disk xvda(d1) connected",
		"disk hda connected",
		"disk xvd connected",
		"disk xvda1 connected",
		"disk xvd~ connected",
		"disk xvdz connected",
		"nic vif1.0-emu connected",
		"nic eth0 connected",
		"nic vif1.0",
		"end of it",
		"dom1 ready",
	};
	struct console c;

	(void)state;
	start(&c);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		tell(&c, lines[i]);
	for (size_t i = 0; i < LIMIT_XEN_DISKS; i++)
		assert_false(c.dom0.disks[i].connected);
	assert_false(c.dom0.card || c.dom0.ended || c.dom0.ready || c.dom0.failed);
	done(&c);
}

/* The guest may have read the source: it knows all but the mark. */
static void test_the_guest_cannot_speak_for_the_host(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	feed(&c, "guest: PARAVET disk xvda connected\n");
	feed(&c, "PARAVET disk xvda connected\n");
	feed(&c, " disk xvda connected\n");
	feed(&c, "disk xvda connected\n");
	feed(&c, "guest: ");
	tell(&c, "disk xvda connected");
	feed(&c, "guest: (XEN) ");
	tell(&c, "disk xvda connected");
	feed(&c, "(d1) ");
	tell(&c, "disk xvda connected");
	assert_false(c.dom0.disks[0].connected);
	assert_int_equal(c.guest.lines, 4);
	done(&c);
}

static void test_what_the_guest_says_is_passed_on(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	feed(&c, "guest: [ OK ] Started a (b) c\r\nguest: Gave up waiting for root file "
		 "system device.\n");
	assert_true(c.guest.hurt);
	assert_string_equal(c.guest.meaning, "the initramfs gave up waiting for /");
	done(&c);
	start(&c);
	feed(&c, "(d1) Booting from Hard Disk...\n(d1) No bootable device.\n");
	assert_true(c.guest.hurt);
	assert_string_equal(c.guest.meaning, "the firmware found nothing to start");
	done(&c);
	start(&c);
	feed(&c, "(XEN) No bootable device.\n[    1.0] No bootable device.\n");
	assert_false(c.guest.hurt);
	done(&c);
}

/* The hypervisor may begin to speak in the middle of a line. */
static void test_lines_in_lines(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	tell(&c, "disk xvda conn(d1) No bootable device.");
	feed(&c, "ected\n");
	assert_false(c.dom0.disks[0].connected);
	assert_true(c.guest.hurt);
	tell(&c, "disk xvda connected(XEN) d1v0 Triple fault - invoking HVM shutdown");
	assert_true(c.dom0.disks[0].connected);
	assert_true(c.dom0.faulted);
	done(&c);
}

static void test_pieces_and_long_lines(void **state)
{
	struct console c;
	const char *rest = " disk xvda connected\n";

	(void)state;
	start(&c);
	for (const char *at = c.dom0.mark; *at; at++)
		dom0_feed(&c.dom0, slice_of(at, 1), &c.guest, &c.frames);
	for (const char *at = rest; *at; at++)
		dom0_feed(&c.dom0, slice_of(at, 1), &c.guest, &c.frames);
	assert_true(c.dom0.disks[0].connected);
	feed(&c, "guest: ");
	for (int i = 0; i < 100000; i++)
		feed(&c, "x");
	feed(&c, "\n");
	tell(&c, "disk xvdb connected");
	assert_true(c.dom0.disks[1].connected);
	/* A line without an end is none. */
	feed(&c, c.dom0.mark);
	feed(&c, " end");
	assert_false(c.dom0.ended);
	done(&c);
}

/* Counts only grow. */
static void test_counts(void **state)
{
	struct console c;

	(void)state;
	start(&c);
	tell(&c, "disk xvda reads 200 writes 10");
	tell(&c, "disk xvda reads 2 writes 1");
	assert_int_equal(c.dom0.disks[0].reads, 200);
	assert_int_equal(c.dom0.disks[0].writes, 10);
	done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_marks_differ),
		cmocka_unit_test(test_a_boot),
		cmocka_unit_test(test_processor_time),
		cmocka_unit_test(test_a_failure_has_its_words),
		cmocka_unit_test(test_frames_of_the_pv_card),
		cmocka_unit_test(test_nonsense_is_nothing),
		cmocka_unit_test(test_the_guest_cannot_speak_for_the_host),
		cmocka_unit_test(test_what_the_guest_says_is_passed_on),
		cmocka_unit_test(test_lines_in_lines),
		cmocka_unit_test(test_pieces_and_long_lines),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
