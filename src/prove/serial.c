/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serial.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"

#define MEMORY "the guest has too little memory: --memory gives it more"

/* What no start goes on from by itself. The first row that fits counts. */
static const struct {
	const char *words, *meaning;
	bool prompt;  /* nothing ends its line */
	bool excused; /* the disk may be as it should */
} hurts[] = {
	{"VFS: Unable to mount root fs", "the kernel did not find /"},
	{"Kernel panic - not syncing: Attempted to kill init",
	 "the first program of the initramfs gave up"},
	{"Kernel panic - not syncing: Out of memory", MEMORY, .excused = true},
	{"Kernel panic - not syncing: System is deadlocked on memory", MEMORY,
	 .excused = true},
	{"Kernel panic - not syncing",
	 "the kernel panicked, which the disk need not be to blame for", .excused = true},
	{"Initramfs unpacking failed: write error", MEMORY, .excused = true},
	{"Out of memory and no killable processes", MEMORY, .excused = true},
	{"error: out of memory", MEMORY, .excused = true}, /* GRUB */
	{"(initramfs)", "the initramfs gave up and waits at a prompt", true},
	{"Gave up waiting for root", "the initramfs gave up waiting for /"},
	{"dracut:/#", "dracut gave up and waits at a prompt", true},
	{"Entering emergency mode", "the initramfs went into emergency mode"},
	{"You are in emergency mode", "the guest went into emergency mode"},
	{"grub rescue>", "GRUB did not find its files", true},
	{"VFS: Cannot open root device", "the kernel did not find /"},
	{"UEFI Interactive Shell", "the firmware found nothing to start"},
	{"No bootable device", "the firmware found nothing to start"},
	{"Boot failed: not a bootable disk", "the firmware found nothing to start"},
};

/* A line is told whole; a prompt is one as soon as it is there. */
static void look(struct serial *s, bool whole)
{
	struct slice line = slice_of(s->line.s, s->line.n);

	for (size_t i = 0; !s->hurt && i < ARRAY_LEN(hurts); i++) {
		if ((!whole && !hurts[i].prompt) ||
		    slice_search(line, hurts[i].words, strlen(hurts[i].words)) >= line.n)
			continue;
		s->hurt = true;
		s->excused = hurts[i].excused;
		s->meaning = hurts[i].meaning;
		snprintf(s->reason, sizeof(s->reason), "%s", escape_short(line).text);
	}
}

static void end_line(struct serial *s)
{
	size_t max = s->line.max;

	look(s, true);
	s->lines++;
	strbuf_done(&s->line);
	s->line = (struct strbuf)STRBUF_INIT(max);
}

void serial_feed(struct serial *s, struct slice bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		int c = slice_at(bytes, i);

		if (c == '\n' || s->line.n + 1 >= s->line.max)
			end_line(s);
		if (c != '\n' && c != '\r')
			strbuf_char(&s->line, (char)c);
	}
	if (s->line.n)
		look(s, false);
}

void serial_done(struct serial *s)
{
	strbuf_done(&s->line);
}
