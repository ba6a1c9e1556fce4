/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The entry of a disk with another image. An overlay under the name of its disk, or raw
 * bytes that are called qcow2, would be read as something else: name and format change
 * together, or nothing does (xl-disk-configuration(5), libvirt's formatdomain.html).
 */
#include <string.h>

#include "escape.h"
#include "rewrite_entry.h"
#include "text.h"
#include "xl_disk.h"

static bool is_qcow2(const struct rewrite_image *image)
{
	return strcmp(image->format, "qcow2") == 0;
}

static bool is_plain_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789._+-/");

	return n && name[n] == '\0';
}

static int refuse(const struct machine_disk *d, const struct rewrite_image *image,
		  const char *why, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "line %llu: %s: put %s (%s) there by hand",
		       (unsigned long long)d->line, why,
		       escape_short(slice_str(image->file)).text, image->format);
}

/* An entry, and what changes in it. */
struct editing {
	struct slice entry;
	rewrite_list list;
	struct arena *arena;
	int r;
};

static void put(struct editing *ed, struct slice part, const char *after, struct err *e)
{
	if (ed->r >= 0)
		ed->r = rewrite_add(ed->entry, part, after, &ed->list, ed->arena, e);
}

/* The empty place before it. */
static struct slice before(struct slice s)
{
	return slice_of(s.p, 0);
}

static void put_file(struct editing *ed, struct slice old,
		     const struct rewrite_image *image, struct err *e)
{
	struct slice folder;

	while (!strchr(image->file, '/') && text_split(old, '/', &folder, &old))
		;
	put(ed, old, image->file, e);
}

/* --- xm and xl --- */

/* What only serves a block device, or raw bytes, becomes QEMU's. */
static bool serves(struct slice backend, const struct rewrite_image *image)
{
	return !slice_eq(backend, "phy") &&
	       !(slice_eq(backend, "tap") && is_qcow2(image));
}

static int edit_xl(struct editing *ed, const struct machine_disk *d,
		   const struct rewrite_image *image, struct err *e)
{
	struct xl_disk_image at;
	bool told;
	int r = xl_disk_image(ed->entry, &at, e);

	if (r < 0)
		return r;
	if (!at.file.n || at.script)
		return refuse(d, image, "the image is not written in a plain form", e);
	if (at.prefix.p)
		put(ed, at.prefix, is_qcow2(image) ? "tap:qcow2:" : at.raw_prefix, e);
	if (at.format.p)
		put(ed, at.format, image->format, e);
	told = at.prefix.p || at.format.p || !is_qcow2(image);
	if (!told && at.key.p)
		put(ed, at.key, "format=qcow2,", e);
	else if (!told)
		put(ed, before(at.file), "tap:qcow2:", e);
	if (!serves(at.backend, image))
		put(ed, at.backend, "qdisk", e);
	put_file(ed, at.file, image, e);
	return ed->r;
}

/* --- libvirt --- */

/* Elements that speak of the old image's bytes. */
static const char *tells_more(const struct xml_node *disk)
{
	static const char *const names[] = {"backingStore", "encryption", "slices",
					    "mirror"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (xml_child(disk, names[i]) ||
		    xml_child(xml_child(disk, "source"), names[i]))
			return names[i];
	return NULL;
}

/* <source dev=...> of a disk of type block becomes that of a file. */
static void put_as_file(struct editing *ed, const struct xml_node *disk, struct err *e)
{
	struct slice type, name;

	if (xml_attr_source(disk, "type", &type) && slice_eq(type, "block"))
		put(ed, type, "file", e);
	if (xml_attr_name_source(xml_child(disk, "source"), "dev", &name))
		put(ed, name, "file", e);
}

/* Of Xen's drivers tap and qemu know formats; tap calls raw files aio. */
static void put_driver(struct editing *ed, const struct xml_node *disk, bool xen,
		       const struct rewrite_image *image, struct err *e)
{
	const struct xml_node *driver = xml_child(disk, "driver");
	struct slice name = SLICE_NONE, type = SLICE_NONE, tag;
	bool taps, phy;

	if (!driver) {
		if (is_qcow2(image))
			put(ed, before(xml_source(xml_child(disk, "source"))),
			    xen ? "<driver name='tap' type='qcow2'/>"
				: "<driver name='qemu' type='qcow2'/>",
			    e);
		return;
	}
	(void)xml_attr_source(driver, "name", &name);
	phy = slice_eq(name, "phy");
	taps = slice_eq(name, "tap") || slice_eq(name, "tap2");
	if (is_qcow2(image) && (phy || slice_eq(name, "file")))
		put(ed, name, "tap", e);
	else if (phy)
		put(ed, name, "file", e);
	if (xml_attr_source(driver, "type", &type)) {
		if (is_qcow2(image) || !(slice_eq(type, "raw") || slice_eq(type, "aio")))
			put(ed, type,
			    is_qcow2(image) ? "qcow2"
			    : taps          ? "aio"
					    : "raw",
			    e);
	} else if (is_qcow2(image)) {
		tag = xml_name_source(driver);
		if (slice_sub(tag, tag.n, 0, &tag))
			put(ed, tag, " type='qcow2'", e);
	}
}

static int edit_xml(struct editing *ed, const struct machine_disk *d, const char *entry,
		    bool xen, const struct rewrite_image *image, struct err *e)
{
	struct xml_node *disk, *source;
	struct slice old;
	const char *more;
	int r = rewrite_parse(entry, ed->arena, &disk, e);

	if (r < 0)
		return r;
	source = xml_child(disk, "source");
	if (!xml_attr_source(source, "file", &old) &&
	    !xml_attr_source(source, "dev", &old))
		return refuse(d, image, "the image is not written in a plain form", e);
	more = tells_more(disk);
	if (more)
		return refuse(
			d, image,
			arena_printf(ed->arena, "<%s> speaks of the old image", more), e);
	put_as_file(ed, disk, e);
	put_driver(ed, disk, xen, image, e);
	put_file(ed, old, image, e);
	return ed->r;
}

int rewrite_disk_image(const struct machine *m, const struct machine_disk *d,
		       const char *entry, const struct rewrite_image *image,
		       struct arena *a, const char **ret, struct err *e)
{
	struct editing ed = {.arena = a};
	int r = rewrite_check_form(m, rewrite_takes_images(m), entry, d->line, e);

	if (r < 0)
		return r;
	if (!is_plain_name(image->file))
		return refuse(d, image, "its name would have to be quoted", e);
	ed.entry = slice_str(entry);
	r = rewrite_is_xl(m) ? edit_xl(&ed, d, image, e)
			     : edit_xml(&ed, d, entry, rewrite_is_xen(m), image, e);
	return r < 0 ? r : rewrite_entry(entry, &ed.list, a, ret, e);
}
