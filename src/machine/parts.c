/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parts.h"

#include <stdio.h>
#include <strings.h>

#include "limits.h"

enum { MAX_SENTENCE = 1024 }; /* longer names in it are cut */

struct machine_disk *parts_disk(struct parts *p, uint64_t line)
{
	struct machine_disk *d = NULL;

	if (p->m.disks.n == LIMIT_MACHINE_DEVICES)
		p->too_many = true;
	else
		d = vec_add(p->arena, &p->m.disks);
	if (!d) {
		p->full = p->full || !p->too_many;
		p->spare_disk = (struct machine_disk){0};
		d = &p->spare_disk;
	}
	d->order = p->m.disks.n;
	d->line = line;
	d->device = "disk";
	return d;
}

struct machine_nic *parts_nic(struct parts *p, uint64_t line)
{
	struct machine_nic *n = NULL;

	if (p->m.nics.n == LIMIT_MACHINE_DEVICES)
		p->too_many = true;
	else
		n = vec_add(p->arena, &p->m.nics);
	if (!n) {
		p->full = p->full || !p->too_many;
		p->spare_nic = (struct machine_nic){0};
		n = &p->spare_nic;
	}
	n->order = p->m.nics.n;
	n->line = line;
	return n;
}

static const char *keep(struct parts *p, const char *s)
{
	if (!s)
		p->full = true;
	return s;
}

const char *parts_dup(struct parts *p, struct slice s)
{
	return s.n ? keep(p, arena_strndup(p->arena, s)) : NULL;
}

static const char *format(struct parts *p, const char *fmt, va_list args)
{
	char text[MAX_SENTENCE];

	vsnprintf(text, sizeof(text), fmt, args);
	return keep(p, arena_strdup(p->arena, text));
}

const char *parts_printf(struct parts *p, const char *fmt, ...)
{
	const char *s;
	va_list args;

	va_start(args, fmt);
	s = format(p, fmt, args);
	va_end(args);
	return s;
}

void parts_remark(struct parts *p, const char *fmt, ...)
{
	const char *s;
	va_list args;

	va_start(args, fmt);
	s = format(p, fmt, args);
	va_end(args);
	if (s && !vec_push(p->arena, &p->m.remarks, s))
		p->full = true;
}

void parts_entry(struct parts *p, struct slice entry, uint64_t line,
		 const char **ret_entry, uint64_t *ret_offset)
{
	if (!entry.p)
		return;
	if (entry.n > LIMIT_MACHINE_ENTRY) {
		parts_remark(p,
			     "line %llu: the entry of a device is longer than %zu "
			     "bytes, so it cannot be rewritten",
			     (unsigned long long)line, LIMIT_MACHINE_ENTRY);
		return;
	}
	*ret_entry = keep(p, arena_strndup(p->arena, entry));
	*ret_offset = slice_offset(p->text, entry);
}

const char *parts_drive_name(struct parts *p, const char *prefix, unsigned number)
{
	if (number < 26)
		return parts_printf(p, "%s%c", prefix, (char)('a' + number));
	return parts_printf(p, "%s%c%c", prefix, (char)('a' + number / 26 - 1),
			    (char)('a' + number % 26));
}

static struct machine_disk *next_to_boot(struct parts *p, const char *device,
					 bool emulated)
{
	for (size_t i = 0; i < p->m.disks.n; i++) {
		struct machine_disk *d = &p->m.disks.v[i];

		if (!d->boot_order && text_is(d->device, device) &&
		    (d->emulated || !emulated))
			return d;
	}
	return NULL;
}

void parts_boot_next(struct parts *p, const char *device)
{
	struct machine_disk *d = next_to_boot(p, device, true);

	if (!d)
		d = next_to_boot(p, device, false);
	if (d)
		d->boot_order = ++p->boot_position;
}

bool text_is(const char *s, const char *want)
{
	return s && strcasecmp(s, want) == 0;
}

bool text_holds(const char *s, const char *want)
{
	return s && strcasestr(s, want);
}

bool word_in(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (text_is(s, *words))
			return true;
	return false;
}

bool model_is_pv(const char *model)
{
	static const char *const models[] = {"pvscsi",
					     "vmpvscsi",
					     "VirtualSCSI",
					     "virtio",
					     "virtio-transitional",
					     "virtio-non-transitional",
					     "virtio-scsi",
					     "virtio-net-pci",
					     "netfront",
					     "vmxnet",
					     "vmxnet2",
					     "vmxnet3",
					     "xenbus",
					     NULL};

	return word_in(model, models);
}
