/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest sends, and what it prints: streams cut anywhere say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frames.h"
#include "serial.h"

static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0, 0, 1};

/* A frame of that source and type, with the payload behind it. */
static struct slice frame(uint8_t *buf, uint8_t last_of_mac, unsigned type,
			  const void *payload, size_t n)
{
	memset(buf, 0xff, 6);
	memcpy(buf + 6, mac, 6);
	buf[11] = last_of_mac;
	buf[12] = (uint8_t)(type >> 8);
	buf[13] = (uint8_t)type;
	memcpy(buf + 14, payload, n);
	return slice_of(buf, 14 + n);
}

static const uint8_t dhcp[28] = {0x45, [9] = 17, [21] = 68, [23] = 67};
static const uint8_t dhcp_options[32] = {0x46, [9] = 17, [25] = 68, [27] = 67};
static const uint8_t tcp[40] = {0x45, [9] = 6, [23] = 67};
static const uint8_t solicitation[48] = {0x60, [6] = 58, [40] = 133};
static const uint8_t dhcpv6[48] = {0x60, [6] = 17, [42] = 2, [43] = 35};
static const uint8_t tagged[32] = {0, 5, 8, 0, 0x45, [13] = 17, [25] = 68, [27] = 67};

static void test_kinds(void **state)
{
	uint8_t buf[100];

	(void)state;
	assert_string_equal(frame_kind(frame(buf, 1, 0x800, dhcp, 28), mac), "DHCP");
	assert_string_equal(frame_kind(frame(buf, 1, 0x800, dhcp_options, 32), mac),
			    "DHCP");
	assert_string_equal(frame_kind(frame(buf, 1, 0x8100, tagged, 32), mac), "DHCP");
	assert_string_equal(frame_kind(frame(buf, 1, 0x86dd, dhcpv6, 48), mac), "DHCP");
	assert_string_equal(frame_kind(frame(buf, 1, 0x800, tcp, 40), mac), "IPv4");
	assert_string_equal(frame_kind(frame(buf, 1, 0x806, tcp, 28), mac), "ARP");
	assert_string_equal(frame_kind(frame(buf, 1, 0x86dd, solicitation, 48), mac),
			    "an IPv6 router solicitation");
	assert_string_equal(frame_kind(frame(buf, 1, 0x88cc, tcp, 28), mac), "a frame");
}

static void test_not_from_the_card(void **state)
{
	uint8_t buf[100];

	(void)state;
	assert_null(frame_kind(frame(buf, 9, 0x800, dhcp, 28), mac));
	assert_null(frame_kind(slice_of(buf, 13), mac));
	assert_null(frame_kind(SLICE_NONE, mac));
}

/* A packet that is cut is known by what there is of it. */
static void test_cut(void **state)
{
	uint8_t buf[100];
	struct slice s = frame(buf, 1, 0x800, dhcp, 28);

	(void)state;
	for (size_t n = 14; n < s.n; n++)
		assert_non_null(frame_kind(slice_of(buf, n), mac));
	assert_string_equal(frame_kind(slice_of(buf, 20), mac), "IPv4");
}

static size_t stream(uint8_t *to)
{
	static const uint8_t lengths[2][4] = {{0, 0, 0, 42}, {0, 0, 0, 42}};
	uint8_t arp[100], ip[100];

	frame(arp, 1, 0x806, dhcp, 28);
	frame(ip, 1, 0x800, dhcp, 28);
	memcpy(to, lengths[0], 4);
	memcpy(to + 4, arp, 42);
	memcpy(to + 46, lengths[1], 4);
	memcpy(to + 50, ip, 42);
	return 92;
}

static void test_stream_in_pieces(void **state)
{
	static struct frames f;
	uint8_t bytes[100];
	size_t n = stream(bytes);

	(void)state;
	for (size_t piece = 1; piece <= n; piece++) {
		f = (struct frames){0};
		memcpy(f.mac, mac, sizeof(mac));
		for (size_t at = 0; at < n; at += piece)
			frames_feed(&f, slice_of(bytes + at,
						 n - at < piece ? n - at : piece));
		assert_string_equal(f.first, "ARP");
		assert_true(f.asked);
		assert_false(f.broken);
	}
}

static void test_impossible_length(void **state)
{
	static struct frames f;
	uint8_t bytes[200] = {0, 2, 0, 0};
	size_t n;

	(void)state;
	n = stream(bytes + 4);
	frames_feed(&f, slice_of(bytes, n + 4));
	assert_true(f.broken);
	assert_null(f.first);
}

static void feed(struct serial *s, const char *text, size_t piece)
{
	size_t n = strlen(text);

	for (size_t at = 0; at < n; at += piece)
		serial_feed(s, slice_of(text + at, n - at < piece ? n - at : piece));
}

static void test_console(void **state)
{
	static const char text[] = "\033[2J[    0.0] Linux\r\n"
				   "[ 9.1] Kernel panic - not syncing: VFS: Unable to "
				   "mount root fs \033[0m\r\n"
				   "later words\r\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct serial s = SERIAL_INIT;

		feed(&s, text, piece);
		assert_true(s.hurt);
		assert_string_equal(s.meaning, "the kernel did not find /");
		assert_false(s.excused);
		assert_non_null(strstr(s.reason, "Kernel panic"));
		assert_null(strchr(s.reason, '\033'));
		assert_int_equal(s.lines, 3);
		serial_done(&s);
	}
}

/* The first of several lines counts: what follows may be its doing. */
static void test_what_no_device_is_to_blame_for(void **state)
{
	static const struct {
		const char *text, *meaning;
		bool excused;
	} rows[] = {
		{"Kernel panic - not syncing: IO-APIC + timer doesn't work!\n",
		 "need not be to blame", true},
		{"Kernel panic - not syncing: System is deadlocked on memory\n",
		 "too little memory", true},
		{"Initramfs unpacking failed: write error\n"
		 "VFS: Unable to mount root fs on unknown-block(0,0)\n",
		 "too little memory", true},
		{"error: out of memory.\n", "too little memory", true},
		{"Kernel panic: VFS: Unable to mount root fs on 03:01\n",
		 "did not find /", false},
		{"Kernel panic - not syncing: Attempted to kill init!\n", "gave up",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct serial s = SERIAL_INIT;

		feed(&s, rows[i].text, 7);
		assert_true(s.hurt);
		assert_int_equal(s.excused, rows[i].excused);
		assert_non_null(strstr(s.meaning, rows[i].meaning));
		serial_done(&s);
	}
}

static void test_prompt_without_a_newline(void **state)
{
	struct serial s = SERIAL_INIT;

	(void)state;
	feed(&s, "Begin: waiting ...\r\n(initramfs", 3);
	assert_false(s.hurt);
	feed(&s, ") ", 1);
	assert_true(s.hurt);
	serial_done(&s);
}

static void test_endless_line(void **state)
{
	struct serial s = SERIAL_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		serial_feed(&s, slice_of("x", 1));
	assert_true(strbuf_ok(&s.line));
	assert_true(s.lines > 20);
	assert_false(s.hurt);
	serial_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_not_from_the_card),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_stream_in_pieces),
		cmocka_unit_test(test_impossible_length),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_what_no_device_is_to_blame_for),
		cmocka_unit_test(test_prompt_without_a_newline),
		cmocka_unit_test(test_endless_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
