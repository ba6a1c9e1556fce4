/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the readers of the forms share. A machine under construction is sticky: running
 * out of memory, or past a cap, is remembered, and the reader goes on into a spare
 * element; machine_parse() asks once, at the end.
 */
#pragma once

#include "machine.h"

struct parts {
	struct arena *arena;
	struct machine m;
	struct slice text; /* the whole description */
	bool full, too_many;
	uint64_t boot_position; /* how many places of the boot order are given out */
	struct machine_disk spare_disk;
	struct machine_nic spare_nic;
};

/* A new element at the end of the list; never NULL, valid until the next one is made. */
struct machine_disk *parts_disk(struct parts *p, uint64_t line);
struct machine_nic *parts_nic(struct parts *p, uint64_t line);

/* A copy in the arena; NULL for an empty slice (or when the arena is full). */
const char *parts_dup(struct parts *p, struct slice s);
_printf_(2, 3) const char *parts_printf(struct parts *p, const char *fmt, ...);
_printf_(2, 3) void parts_remark(struct parts *p, const char *fmt, ...);

/* A device's entry, borrowed from the text, as its fields have it. One that is longer
 * than the cap is left out, and a remark says so. */
void parts_entry(struct parts *p, struct slice entry, uint64_t line,
		 const char **ret_entry, uint64_t *ret_offset);

/* "hda", "sdab": the drive with this number from 0. */
const char *parts_drive_name(struct parts *p, const char *prefix, unsigned number);

/* The next place of the boot order goes to the first disk of that kind ("disk", "cdrom",
 * "floppy") that has none; firmware reads emulated disks, so these go first. */
void parts_boot_next(struct parts *p, const char *device);

/* Does the string hold the other, or equal it, in any case of ASCII letters? NULL: no. */
bool text_is(const char *s, const char *want);
bool text_holds(const char *s, const char *want);
bool word_in(const char *s, const char *const *words); /* the list ends in NULL */

/* Is this the model of a SCSI controller, or network card, of VMware, KVM or Xen that
 * only a PV driver can use? */
bool model_is_pv(const char *model);

/* remarks.c: what is worth telling about the finished machine. */
void parts_remarks(struct parts *p);

/* One row a form. */
struct machine_format {
	const char *name;
	const char *doc;
	bool (*recognise)(struct slice text);
	int (*parse)(struct slice text, struct parts *p, struct err *e);
};
extern const struct machine_format machine_libvirt, machine_ovf, machine_vmx, machine_xl;
