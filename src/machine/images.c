/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "images.h"

#include "escape.h"
#include "parts.h"
#include "text.h"

static bool is_disk(const struct machine_disk *d)
{
	return d->file && (text_is(d->device, "disk") || text_is(d->device, "lun"));
}

static bool is_of(const struct machine_disk *d, const struct machine_image *image)
{
	return is_disk(d) && strcmp(d->file, image->file) == 0 &&
	       (d->pool ? text_same(d->pool, image->pool) : !image->pool);
}

/* Why this is nothing to open; NULL: it is. */
static const char *why_not(const struct machine_disk *d)
{
	static const char *const files[] = {"file", "block", "volume", NULL};

	if (d->packed)
		return "is compressed, and a disk is read where it lies: unpack it, and "
		       "name the disk itself and this description by --machine";
	if (!d->storage ||
	    (word_in(d->storage, files) && (!text_is(d->storage, "volume") || d->pool)))
		return NULL;
	if (text_is(d->storage, "delta"))
		return "holds only the changes to another disk (parentRef): deploy the "
		       "machine, or convert the disk to one image, and name that";
	if (text_is(d->storage, "pieces"))
		return "is cut into pieces (chunkSize): put them together with cat, and "
		       "name that and this description by --machine";
	return "is no file or block device of this machine: copy the disk with "
	       "`qemu-img convert -O qcow2`, or have an NBD server offer it, and name "
	       "that and this description by --machine";
}

static int check(const struct machine_disk *d, struct err *e)
{
	const char *why = why_not(d);

	if (!why)
		return 0;
	return err_set(e, ERR_UNSUPPORTED, "line %llu: the disk %s (%s%s%s) %s",
		       (unsigned long long)d->line, escape_short(slice_str(d->file)).text,
		       d->storage ? escape_short(slice_str(d->storage)).text : "",
		       d->storage && d->packed ? ", " : "",
		       d->packed ? escape_short(slice_str(d->packed)).text : "", why);
}

/* libvirt and Xen take a disk of which no format is stated for a raw one: its guest may
 * have written any header into it. */
static const char *format_of(const struct machine *m, const struct machine_disk *d)
{
	static const char *const raw[] = {"libvirt", "xl", NULL};

	if (text_is(d->format, "vhd"))
		return "vpc";
	return !d->format && word_in(m->format, raw) ? "raw" : d->format;
}

static int add(const struct machine *m, const struct machine_disk *d, struct arena *a,
	       machine_image_list *list, struct err *e)
{
	struct machine_image image = {.file = d->file,
				      .format = format_of(m, d),
				      .pool = d->pool,
				      .line = d->line};
	int r = check(d, e);

	for (size_t i = 0; i < list->n; i++)
		if (is_of(d, &list->v[i]))
			return r; /* Xen's disk may be offered in two ways */
	if (r >= 0 && !vec_push(a, list, image))
		r = arena_full(a, e);
	return r;
}

/* The disk that is tried behind the place `after`; NULL: there is none. */
static const struct machine_disk *next_to_boot(const struct machine *m, uint64_t after)
{
	const struct machine_disk *next = NULL;

	for (size_t i = 0; i < m->disks.n; i++) {
		const struct machine_disk *d = &m->disks.v[i];

		if (is_disk(d) && d->boot_order > after &&
		    (!next || d->boot_order < next->boot_order))
			next = d;
	}
	return next;
}

int machine_images(const struct machine *m, struct arena *a, machine_image_list *ret,
		   struct err *e)
{
	machine_image_list list = {0};
	const struct machine_disk *d = next_to_boot(m, 0);
	int r = 0;

	for (; r >= 0 && d; d = next_to_boot(m, d->boot_order))
		r = add(m, d, a, &list, e);
	for (size_t i = 0; r >= 0 && i < m->disks.n; i++)
		if (is_disk(&m->disks.v[i]))
			r = add(m, &m->disks.v[i], a, &list, e);
	if (r >= 0 && !list.n)
		r = err_set(e, ERR_ABSENT, "it names no disk that could be read");
	if (r >= 0)
		*ret = list;
	return r;
}

void machine_match_images(struct machine *m, const machine_image_list *list)
{
	m->finds_disks = true;
	for (size_t i = 0; i < m->disks.n; i++)
		for (size_t n = 0; n < list->n; n++)
			if (is_of(&m->disks.v[i], &list->v[n]))
				m->disks.v[i].disk = list->v[n].disk;
}
