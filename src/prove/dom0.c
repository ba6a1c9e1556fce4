/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dom0.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "escape.h"
#include "text.h"

enum {
	LINE_MAX = 4096,
	/* What is told of a frame is its beginning. */
	FRAME_START = 128,
};

int dom0_init(struct dom0 *d, struct err *e)
{
	uint8_t bytes[DOM0_MARK_CHARS / 2];

	*d = (struct dom0){.line = STRBUF_INIT(LINE_MAX + 1)};
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_set(e, ERR_IO, "no random number: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(d->mark + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

void dom0_done(struct dom0 *d)
{
	strbuf_done(&d->line);
}

/* The next word is `want`. */
static bool takes(struct slice *rest, const char *want)
{
	struct slice word;

	return text_word(rest, &word) && slice_eq(word, want);
}

static bool takes_number(struct slice *rest, uint64_t *ret)
{
	struct slice word;

	return text_word(rest, &word) && text_u64(word, UINT64_MAX, ret);
}

static bool is_over(struct slice rest)
{
	return text_trim(rest).n == 0;
}

/* "xvdb": disk 1. */
static struct dom0_disk *disk_of(struct dom0 *d, struct slice name)
{
	int letter = slice_at(name, 3);

	if (name.n != 4 || !slice_starts(name, "xvd") || letter < 'a' ||
	    letter - 'a' >= LIMIT_XEN_DISKS)
		return NULL;
	return &d->disks[letter - 'a'];
}

/* xvda connected; xvda reads 5 writes 0: there are none without a connection. */
static void take_disk(struct dom0 *d, struct slice rest)
{
	struct slice name, again;
	struct dom0_disk *disk = text_word(&rest, &name) ? disk_of(d, name) : NULL;
	uint64_t reads, writes;

	again = rest;
	if (!disk)
		return;
	if (takes(&again, "connected") && is_over(again)) {
		disk->connected = true;
	} else if (takes(&rest, "reads") && takes_number(&rest, &reads) &&
		   takes(&rest, "writes") && takes_number(&rest, &writes) &&
		   is_over(rest)) {
		disk->connected = true;
		disk->reads = reads > disk->reads ? reads : disk->reads;
		disk->writes = writes > disk->writes ? writes : disk->writes;
	}
}

/* vif1.0 is the PV card, vif1.0-emu the emulated one beside it. */
static bool is_pv_card(struct slice name)
{
	return slice_starts(name, "vif") && !slice_ends(name, "-emu");
}

static void take_card(struct dom0 *d, struct slice rest)
{
	struct slice name;

	if (text_word(&rest, &name) && is_pv_card(name) && takes(&rest, "connected") &&
	    is_over(rest))
		d->card = true;
}

/* vif1.0 ffffffffffff5254...: the first bytes of a frame. */
static void take_frame(struct dom0 *d, struct slice rest, struct frames *frames)
{
	uint8_t frame[FRAME_START];
	struct slice name, digits, two;
	uint64_t byte;
	size_t n = 0;

	if (!text_word(&rest, &name) || !is_pv_card(name) || !text_word(&rest, &digits) ||
	    !is_over(rest) || digits.n % 2)
		return;
	for (; n < sizeof(frame) && slice_sub(digits, 2 * n, 2, &two); n++) {
		if (!text_hex(two, 255, &byte))
			return;
		frame[n] = (uint8_t)byte;
	}
	d->card = true;
	frames_take(frames, slice_of(frame, n));
}

/* guest processor 1200 30 */
static bool take_processor(struct dom0 *d, struct slice rest)
{
	uint64_t had, waited;

	if (!takes(&rest, "guest") || !takes(&rest, "processor") ||
	    !takes_number(&rest, &had) || !takes_number(&rest, &waited) || !is_over(rest))
		return false;
	d->had = had;
	d->waited = waited;
	d->looks++;
	return true;
}

static void take_failure(struct dom0 *d, struct slice rest)
{
	size_t n = strlen(d->why);

	d->failed = true;
	snprintf(d->why + n, sizeof(d->why) - n, "%s%s", n ? "; " : "",
		 escape_short(text_trim(rest)).text);
}

static void take_marked(struct dom0 *d, struct slice rest, struct frames *frames)
{
	struct slice word, all = rest;

	if (!text_word(&rest, &word))
		return;
	if (slice_eq(word, "disk"))
		take_disk(d, rest);
	else if (slice_eq(word, "nic"))
		take_card(d, rest);
	else if (slice_eq(word, "frame"))
		take_frame(d, rest, frames);
	else if (slice_eq(word, "failed"))
		take_failure(d, rest);
	else if (slice_eq(word, "end") && is_over(rest))
		d->ended = true;
	else if (slice_starts(all, "dom0 ready"))
		d->ready = true;
	else if (take_processor(d, all))
		return;
	else if (slice_starts(all, "guest created"))
		d->ready = d->created = true;
	else if (slice_starts(all, "guest ended"))
		d->ended = true;
}

static void pass_on(struct serial *guest, struct slice text)
{
	serial_feed(guest, text);
	serial_feed(guest, slice_str("\n"));
}

/* "(d1) text" is what the firmware of guest 1 says, "(XEN) text" the hypervisor itself.
 */
static bool is_hypervisors(struct slice part, bool *ret_firmware, struct slice *ret_text)
{
	struct slice name, digits;
	uint64_t number;

	if (!slice_starts(part, "(") || !text_split(part, ')', &name, ret_text) ||
	    slice_at(*ret_text, 0) != ' ')
		return false;
	*ret_firmware = slice_at(name, 1) == 'd';
	return slice_eq(name, "(XEN") ||
	       (*ret_firmware && slice_sub(name, 2, name.n - 2, &digits) &&
		text_u64(digits, UINT16_MAX, &number));
}

/* Where the hypervisor begins to speak in the middle of a line. */
static size_t interrupted_at(struct slice line, size_t from)
{
	struct slice part, text;
	bool firmware;
	size_t at = from;

	for (; (at = slice_find(line, at, '(')) < line.n; at++)
		if (slice_sub(line, at, line.n - at, &part) &&
		    is_hypervisors(part, &firmware, &text))
			break;
	return at;
}

static void take_part(struct dom0 *d, struct slice part, struct serial *guest,
		      struct frames *frames)
{
	static const char says[] = "guest: ", triple[] = "Triple fault";
	size_t n = strlen(d->mark);
	struct slice text;
	bool firmware;

	if (slice_starts(part, d->mark) && slice_at(part, n) == ' ') {
		if (slice_sub(part, n + 1, part.n - n - 1, &text))
			take_marked(d, text, frames);
	} else if (slice_starts(part, says)) {
		if (slice_sub(part, sizeof(says) - 1, part.n - sizeof(says) + 1, &text))
			pass_on(guest, text);
	} else if (is_hypervisors(part, &firmware, &text)) {
		if (firmware)
			pass_on(guest, text_trim(text));
		else if (slice_search(text, triple, sizeof(triple) - 1) < text.n)
			d->faulted = true;
	}
}

/* No part but the first begins with what the first domain or the guest has written. */
static void end_line(struct dom0 *d, struct serial *guest, struct frames *frames)
{
	struct slice line = text_trim(slice_of(d->line.s, d->line.n)), part;
	size_t at = 0, end;

	while (at < line.n) {
		end = interrupted_at(line, at + 1);
		if (slice_sub(line, at, end - at, &part))
			take_part(d, part, guest, frames);
		at = end;
	}
	strbuf_done(&d->line);
	d->line = (struct strbuf)STRBUF_INIT(LINE_MAX + 1);
}

void dom0_feed(struct dom0 *d, struct slice bytes, struct serial *guest,
	       struct frames *frames)
{
	for (size_t i = 0; i < bytes.n; i++) {
		int c = slice_at(bytes, i);

		if (c == '\n')
			end_line(d, guest, frames);
		else if (d->line.n < LINE_MAX) /* a longer one says enough */
			strbuf_char(&d->line, (char)c);
	}
}
