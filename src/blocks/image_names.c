/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other files that an image names whose format another program reads: it opens them
 * by their names, and may open no others. VMDK: the extents of a description and the
 * parent (VMware, Virtual Disk Format 5.0, "The Descriptor File"); QED (QEMU
 * docs/interop/ qed_spec.txt) and version 1 of qcow: the backing file. Names are found
 * where QEMU looks for them. The other formats name none that QEMU reads.
 */
#include <string.h>

#include "image.h"
#include "text.h"

enum {
	SECTOR = 512,
	HEAD = 72,
	/* A description inside of an image, as far as QEMU reads one for the parent. */
	INSIDE = 20 * SECTOR,
	QED_BACKED = 1 << 0,
	QED_RAW = 1 << 2, /* the backing file is raw, and need not be looked at */
	NAME_MAX_BYTES = 1023,
};

struct naming {
	struct blocks *file;
	struct arena *arena;
	image_name_list *names;
};

static int add_name(struct naming *x, struct slice name, const char *role, bool stated,
		    struct err *e)
{
	struct image_name n = {.role = role, .stated = stated};

	if (name.n == 0)
		return 0;
	if (name.n > NAME_MAX_BYTES || slice_find(name, 0, 0) != name.n)
		return err_set(e, ERR_CORRUPT, "what it names as its %s is no name",
			       role);
	if (x->names->n == LIMIT_IMAGE_NAMES)
		return err_set(e, ERR_LIMIT, "it names more than %d files",
			       LIMIT_IMAGE_NAMES);
	n.name = arena_strndup(x->arena, name);
	return n.name && vec_push(x->arena, x->names, n) ? 0 : arena_full(x->arena, e);
}

/* What lies between the quotes at the start. */
static bool quoted(struct slice s, struct slice *ret)
{
	struct slice rest;

	return slice_after(s, "\"", &rest) && text_split(rest, '"', ret, &rest);
}

/* RW SECTORS TYPE "NAME" ...; pieces without access or without a file are none. */
static int take_extent(struct naming *x, struct slice line, struct err *e)
{
	struct slice access, sectors, type, name;

	if (!text_word(&line, &access) || !slice_eq(access, "RW") ||
	    !text_word(&line, &sectors) || !text_word(&line, &type) ||
	    !quoted(text_trim(line), &name))
		return 0;
	return add_name(x, name, "extent", true, e);
}

static int take_description(struct naming *x, struct slice s, bool extents, struct err *e)
{
	struct text t;
	struct slice line, name;
	int r = 0;

	if (!slice_sub(s, 0, slice_find(s, 0, 0), &s))
		return 0;
	t = text_of(s);
	while (r >= 0 && text_line(&t, &line)) {
		line = text_trim(line);
		if (slice_after(line, "parentFileNameHint=", &name) &&
		    quoted(name, &name))
			r = add_name(x, name, "parent", true, e);
		else if (extents)
			r = take_extent(x, line, e);
	}
	return r;
}

/* Up to `max` bytes at `off` as a description. */
static int read_description(struct naming *x, uint64_t off, size_t max, bool extents,
			    struct err *e)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	uint64_t left = off < x->file->size ? x->file->size - off : 0;
	size_t n = left < max ? (size_t)left : max;
	int r;

	if (n == 0)
		return 0;
	bytes = malloc(n);
	if (!bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(x->file, off, bytes, n, e);
	return r < 0 ? r : take_description(x, slice_of(bytes, n), extents, e);
}

static int name_vmdk(struct naming *x, struct slice head, struct err *e)
{
	struct reader rd = reader_of(head);
	uint64_t capacity, at;
	int r;

	if (slice_starts(head, "COWD"))
		return read_description(x, SECTOR, INSIDE, false, e);
	if (!slice_starts(head, "KDMV"))
		return read_description(x, 0, LIMIT_VMDK_DESCRIPTION, true, e);
	rd_seek(&rd, 12);
	capacity = rd_u64le(&rd);
	rd_seek(&rd, 28);
	at = rd_u64le(&rd);
	r = read_description(x, SECTOR, INSIDE, false, e);
	/* One that holds nothing of the disk but says where that is. */
	if (r >= 0 && rd_ok(&rd) && capacity == 0 && at && at < UINT64_MAX / SECTOR)
		r = read_description(x, at * SECTOR, LIMIT_VMDK_DESCRIPTION, true, e);
	return r;
}

static int name_backing(struct naming *x, uint64_t off, uint64_t len, bool stated,
			struct err *e)
{
	uint8_t name[NAME_MAX_BYTES];
	int r;

	if (off == 0 || len == 0)
		return 0;
	if (len > sizeof(name))
		return err_set(e, ERR_CORRUPT,
			       "the name of its backing file is too long");
	r = blocks_read(x->file, off, name, (size_t)len, e);
	return r < 0 ? r : add_name(x, slice_of(name, (size_t)len), "backing", stated, e);
}

static int name_qed(struct naming *x, struct slice head, struct err *e)
{
	struct reader rd = reader_of(head);
	uint64_t features;
	uint32_t off, len;

	rd_seek(&rd, 16);
	features = rd_u64le(&rd);
	rd_seek(&rd, 56);
	off = rd_u32le(&rd);
	len = rd_u32le(&rd);
	if (!rd_ok(&rd) || !(features & QED_BACKED))
		return 0;
	return name_backing(x, off, len, features & QED_RAW, e);
}

static int name_qcow(struct naming *x, struct slice head, struct err *e)
{
	struct reader rd = reader_of(head);
	uint64_t off;
	uint32_t len;

	rd_seek(&rd, 8);
	off = rd_u64be(&rd);
	len = rd_u32be(&rd);
	return rd_ok(&rd) ? name_backing(x, off, len, false, e) : 0;
}

static const struct {
	const char *format;
	int (*fn)(struct naming *x, struct slice head, struct err *e);
} forms[] = {
	{"vmdk", name_vmdk},
	{"qed", name_qed},
	{"qcow", name_qcow},
};

int image_names(struct blocks *file, const char *format, struct arena *a,
		image_name_list *ret, struct err *e)
{
	struct naming x = {file, a, ret};
	uint8_t head[HEAD];
	size_t n = file->size < sizeof(head) ? (size_t)file->size : sizeof(head);
	int r = n ? blocks_read(file, 0, head, n, e) : 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].format, format) == 0)
			r = forms[i].fn(&x, slice_of(head, n), e);
	return r;
}
