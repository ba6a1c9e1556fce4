/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disks of xm and xl, in their three ways of writing:
 *
 *     phy:/dev/vg/guest,hda,w                      xm: file, name in the guest, mode
 *     /dev/vg/guest,raw,hda,rw                     xl: file, format, name, access
 *     format=raw,vdev=hda,access=rw,target=/x,y    xl: by key; the target comes last
 *
 * and mixtures of the last two (xl-disk-configuration(5), xen-vbd-interface(7)).
 */
#include "xl_disk.h"

#include <string.h>

#include "escape.h"
#include "text.h"

struct spec {
	struct slice file, format, target, access, backend;
	bool cdrom, script; /* Xen runs a program, which makes the disk */
	struct slice key;   /* nothing, where target= stands */
};

/* How xm names the back-end before the file, and the format that this implies; what a
 * raw file has in its place. */
static const struct prefix {
	const char *text, *format, *raw;
} prefixes[] = {
	{"tap:aio:", "raw", "tap:aio:"},
	{"tap:sync:", "raw", "tap:sync:"},
	{"tap:qcow2:", "qcow2", "tap:aio:"},
	{"tap:qcow:", "qcow", "tap:aio:"},
	{"tap:vmdk:", "vmdk", "tap:aio:"},
	{"tap:vhd:", "vhd", "tap:aio:"},
	{"tap:ram:", "raw", "tap:aio:"},
	{"tap2:aio:", "raw", "tap2:aio:"},
	{"tap2:vhd:", "vhd", "tap2:aio:"},
	{"tap:tapdisk:aio:", "raw", "tap:tapdisk:aio:"},
	{"tap2:tapdisk:aio:", "raw", "tap2:tapdisk:aio:"},
	{"file:", "raw", "file:"},
	{"phy:", "raw", "file:"},
	{"aio:", "raw", "aio:"},
	{"qcow2:", "qcow2", "raw:"},
	{"qcow:", "qcow", "raw:"},
	{"vhd:", "vhd", "raw:"},
	{"raw:", "raw", "raw:"},
};

static struct slice behind(struct slice s, size_t n)
{
	struct slice rest = SLICE_NONE;

	return slice_sub(s, n, s.n - n, &rest) ? rest : SLICE_NONE;
}

static const struct prefix *find_prefix(struct slice file)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (slice_starts(file, prefixes[i].text))
			return &prefixes[i];
	return NULL;
}

static void strip_prefix(struct spec *s)
{
	const struct prefix *prefix = find_prefix(s->file);

	if (!prefix)
		return;
	s->file = behind(s->file, slice_str(prefix->text).n);
	s->format = slice_str(prefix->format);
}

static bool is_format(struct slice s)
{
	static const char *const words[] = {"", "raw", "qcow", "qcow2", "vhd", "qed"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_eq(s, words[i]))
			return true;
	return false;
}

/* Takes `key=value` of xl; false when the item is none of them. */
static bool take_key(struct spec *s, struct slice item)
{
	struct slice key, value;

	if (slice_eq(item, "cdrom") || slice_eq(item, "devtype=cdrom")) {
		s->cdrom = true;
		return true;
	}
	if (!text_split(item, '=', &key, &value)) {
		static const char *const flags[] = {"discard", "no-discard", "colo",
						    "direct-io-safe"};

		for (size_t i = 0; i < ARRAY_LEN(flags); i++)
			if (slice_eq(item, flags[i]))
				return true;
		return false;
	}
	key = text_trim(key);
	value = text_trim(value);
	if (slice_eq(key, "format"))
		s->format = value;
	else if (slice_eq(key, "vdev"))
		s->target = value;
	else if (slice_eq(key, "access"))
		s->access = value;
	else if (slice_eq(key, "script"))
		s->script = true;
	else if (slice_eq(key, "backendtype"))
		s->backend = value;
	else
		return slice_eq(key, "devtype") || slice_eq(key, "backend");
	return true;
}

/* The places of the values that have no key. */
static int take_place(struct spec *s, struct slice item, unsigned place, bool legacy)
{
	if (place == 0)
		s->file = item;
	else if (place == 1 && !legacy)
		s->format = item;
	else if (place == (legacy ? 1 : 2))
		s->target = item;
	else if (place == (legacy ? 2 : 3))
		s->access = item;
	else
		return legacy && place == 3 ? 0 : -1; /* xm: a back-end's domain */
	return 0;
}

/* xm's way has the name in the second place, xl's the format. */
static bool is_legacy(struct slice text)
{
	struct slice first, rest, second, more;

	if (!text_split(text, ',', &first, &rest))
		return false;
	second = text_split(rest, ',', &second, &more) ? second : rest;
	return !is_format(text_trim(second));
}

static int split(struct slice text, unsigned line, struct spec *s, struct err *e)
{
	struct slice rest = text, item;
	bool more = true, legacy = is_legacy(text), by_key = false;
	unsigned place = 0;

	while (more) {
		struct slice trimmed = text_trim(rest);

		if (slice_starts(trimmed, "target=")) {
			s->file = behind(trimmed, 7);
			s->key = slice_of(trimmed.p, 0);
			return 0;
		}
		more = text_split(rest, ',', &item, &rest);
		item = text_trim(more ? item : rest);
		if (take_key(s, item)) {
			by_key = true;
			continue;
		}
		if (item.n == 0 && (by_key || place > 3))
			continue;
		if (by_key || take_place(s, item, place++, legacy) < 0)
			return err_set(e, ERR_CORRUPT,
				       "line %u: `%s` makes no sense in a disk", line,
				       escape_short(item).text);
	}
	return 0;
}

/* Xen's numbers of block devices: IDE has a major for each pair of drives. */
static bool name_of_number(struct parts *p, struct slice s, const char **ret)
{
	static const uint64_t ide_majors[] = {3, 22, 33, 34, 56, 57, 88, 89, 90, 91};
	uint64_t n;

	if (!text_u64(s, 65535, &n))
		return false;
	for (unsigned i = 0; i < ARRAY_LEN(ide_majors); i++)
		if (n >> 8 == ide_majors[i] && n % 64 == 0 && (n & 0xff) <= 64)
			*ret = parts_drive_name(p, "hd", i * 2 + (n & 64 ? 1 : 0));
	if ((n >> 8 == 202 || n >> 8 == 8) && n % 16 == 0)
		*ret = parts_drive_name(p, n >> 8 == 8 ? "sd" : "xvd",
					(unsigned)(n & 0xff) / 16);
	return *ret != NULL;
}

/* "hda", "ioemu:hda", "hdc:cdrom", "hda:disk", "/dev/hda", "d0", "51712". */
static int read_target(struct parts *p, struct spec *s, unsigned line, const char **ret,
		       struct err *e)
{
	struct slice left, right, name = s->target;
	const char *found = NULL;
	uint64_t number;

	if (slice_starts(name, "ioemu:"))
		name = behind(name, 6);
	if (slice_starts(name, "/dev/"))
		name = behind(name, 5);
	if (text_split(name, ':', &left, &right)) {
		s->cdrom |= slice_eq(right, "cdrom");
		name = left;
	}
	if (slice_at(name, 0) == 'd' && text_u64(behind(name, 1), 255, &number))
		found = parts_drive_name(p, "xvd", (unsigned)number);
	else if (slice_starts(name, "hd") || slice_starts(name, "sd") ||
		 slice_starts(name, "xvd"))
		found = parts_dup(p, name);
	if (!found && !name_of_number(p, name, &found))
		return err_set(e, ERR_CORRUPT,
			       "line %u: a disk is called hdX, sdX or xvdX in a Xen "
			       "guest, not `%s`",
			       line, escape_short(name).text);
	*ret = found;
	return 0;
}

/* In an HVM guest the name decides: hd and sd are emulated (and offered by Xen besides),
 * xvd never is. In any other guest nothing is emulated. */
static void set_bus(struct machine_disk *d, const char *kind, bool ahci)
{
	bool hvm = text_is(kind, "hvm");

	if (!hvm || d->target[0] == 'x') {
		d->bus = "xen";
		d->pv = true;
		return;
	}
	d->bus = d->target[0] == 's' ? "scsi" : ahci ? "sata" : "ide";
	d->model = d->target[0] == 's' ? "lsilogic" : NULL;
	d->emulated = true;
}

int xl_disk_target(struct slice spec, struct slice *ret, struct err *e)
{
	struct spec s = {0};
	int r = split(spec, 1, &s, e);

	if (r >= 0)
		*ret = s.target;
	return r;
}

int xl_disk_image(struct slice spec, struct xl_disk_image *ret, struct err *e)
{
	const struct prefix *prefix;
	struct spec s = {0};
	int r = split(spec, 1, &s, e);

	if (r < 0)
		return r;
	*ret = (struct xl_disk_image){.file = s.file,
				      .format = s.format,
				      .backend = s.backend,
				      .key = s.key,
				      .script = s.script};
	prefix = find_prefix(s.file);
	if (prefix && slice_sub(s.file, 0, strlen(prefix->text), &ret->prefix)) {
		ret->file = behind(s.file, ret->prefix.n);
		ret->raw_prefix = prefix->raw;
	}
	return 0;
}

int xl_disk_read(struct parts *p, const struct xl_item *item, bool ahci, struct err *e)
{
	struct spec s = {0};
	struct machine_disk *d;
	unsigned line = item->line;
	const char *target;
	int r = split(item->text, line, &s, e);

	if (r >= 0)
		r = read_target(p, &s, line, &target, e);
	if (r < 0)
		return r;
	strip_prefix(&s);
	d = parts_disk(p, line);
	d->target = target ? target : "hda"; /* the arena is full: told at the end */
	d->file = parts_dup(p, s.file);
	d->format = parts_dup(p, s.format);
	d->storage = s.script ? "script" : NULL;
	d->device = s.cdrom ? "cdrom" : "disk";
	d->readonly = s.cdrom || slice_eq(s.access, "r") || slice_eq(s.access, "ro");
	set_bus(d, p->m.kind, ahci);
	if (!item->joined)
		parts_entry(p, item->text, line, &d->entry, &d->offset);
	return 0;
}
