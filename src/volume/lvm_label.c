/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies on a physical volume of LVM2 before its extents, as LVM2's
 * lib/format_text/layout.h and lib/label/label.h have it: a label in one of the first
 * four sectors, which says where metadata areas are; each area begins with a header that
 * says where in its ring the text in force lies. All are under a CRC32 with a start of
 * its own. Numbers are little-endian.
 */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "checked.h"
#include "limits.h"
#include "lvm_parts.h"

enum {
	LABEL_SECTORS = 4,
	LABEL_CONTENTS = 32, /* bytes of the label before what it holds */
	UUID_CHARS = 32,
	AREA_HEADER = 512,
	TEXT_IGNORED = 1, /* flag: this copy is not in use */
};

/* Reflected CRC32 as zlib has it, but with no inversion at the start and the end. */
static uint32_t crc_of(const uint8_t *p, size_t n)
{
	return (uint32_t)~crc32(~UINT32_C(0xf597a6cf), p, (uInt)n);
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_CORRUPT, "%s", what);
}

/* 32 characters as LVM prints them; NULL when they are none of a UUID. */
static int read_uuid(struct reader *r, struct arena *a, const char **ret, struct err *e)
{
	static const uint8_t groups[] = {6, 4, 4, 4, 4, 4, 6};
	char text[UUID_CHARS + sizeof(groups)];
	size_t n = 0;

	for (size_t g = 0; g < sizeof(groups); g++) {
		if (g)
			text[n++] = '-';
		for (size_t i = 0; i < groups[g]; i++) {
			uint8_t c = rd_u8(r);

			if (c <= ' ' || c >= 0x7f)
				return bad(e, "the UUID in its label makes no sense");
			text[n++] = (char)c;
		}
	}
	*ret = arena_strndup(a, slice_of(text, n));
	return *ret ? 0 : arena_full(a, e);
}

/* Two lists of offset and size, each ended by an offset of 0: data, then metadata. */
static int decode_contents(struct slice sector, uint32_t off, struct arena *a,
			   struct lvm_label *ret, struct err *e)
{
	struct lvm_label label = {0};
	struct reader r = reader_of(sector);
	struct lvm_area area;
	int code;

	rd_seek(&r, off);
	code = read_uuid(&r, a, &label.uuid, e);
	if (code < 0)
		return code;
	label.size = rd_u64le(&r);
	while (rd_u64le(&r))
		rd_skip(&r, 8);
	rd_skip(&r, 8);
	while ((area.off = rd_u64le(&r))) {
		area.size = rd_u64le(&r);
		if (rd_ok(&r) && !vec_push(a, &label.metadata, area))
			return arena_full(a, e);
	}
	if (!rd_ok(&r))
		return bad(e, "the lists of areas in its label have no end");
	*ret = label;
	return 1;
}

/* One sector: 1 with a label, 0 without. */
static int decode_label(uint8_t *sector, unsigned number, struct arena *a,
			struct lvm_label *ret, struct err *e)
{
	struct slice s = slice_of(sector, LVM_SECTOR);
	struct reader r = reader_of(s);
	uint64_t own;
	uint32_t crc, off;

	if (!slice_has(s, 0, "LABELONE", 8) || !slice_has(s, 24, "LVM2 001", 8))
		return 0;
	rd_skip(&r, 8);
	own = rd_u64le(&r);
	crc = rd_u32le(&r);
	off = rd_u32le(&r);
	if (crc_of(sector + 20, LVM_SECTOR - 20) != crc)
		return err_set(e, ERR_CORRUPT,
			       "the CRC of its label in sector %u is wrong", number);
	if (own != number)
		return err_set(e, ERR_CORRUPT,
			       "its label in sector %u was written for sector %" PRIu64,
			       number, own);
	if (off < LABEL_CONTENTS || off >= LVM_SECTOR)
		return bad(e, "its label makes no sense");
	return decode_contents(s, off, a, ret, e);
}

/* LVM1 (of Linux 2.4) starts with "HM" and its version, 1 or 2. */
static bool is_lvm1(struct slice head)
{
	return slice_has(head, 0, "HM\1\0", 4) || slice_has(head, 0, "HM\2\0", 4);
}

int lvm_label_read(struct blocks *b, struct arena *a, struct lvm_label *ret,
		   enum lvm_kind *ret_kind, struct err *e)
{
	uint8_t head[LABEL_SECTORS * LVM_SECTOR] = {0};
	size_t n = b->size < sizeof(head) ? (size_t)b->size : sizeof(head);
	struct err first = ERR_INIT;
	int r = blocks_read(b, 0, head, n, e);

	*ret_kind = LVM_NOT;
	for (unsigned i = 0; r == 0 && i < LABEL_SECTORS; i++) {
		r = decode_label(head + (size_t)i * LVM_SECTOR, i, a, ret, e);
		if (r != 0)
			*ret_kind = LVM_2;
		if (r == -ERR_CORRUPT) { /* a left-over may lie before the one in force */
			if (first.code == ERR_NONE)
				first = *e;
			r = 0;
		}
	}
	if (r == 0 && first.code != ERR_NONE) {
		*e = first;
		return -(int)first.code;
	}
	if (r == 0 && is_lvm1(slice_of(head, n)))
		*ret_kind = LVM_1;
	return r;
}

struct area_header {
	uint64_t size; /* of the whole area with this header */
	uint64_t text_off, text_size;
	uint32_t text_crc, flags;
};

static int read_header(struct blocks *b, const struct lvm_area *area,
		       struct area_header *ret, struct err *e)
{
	uint8_t sector[AREA_HEADER];
	struct slice s = slice_of(sector, sizeof(sector));
	struct reader r = reader_of(s);
	uint32_t crc, version;
	uint64_t start;
	int code = blocks_read(b, area->off, sector, sizeof(sector), e);

	if (code < 0)
		return code;
	crc = rd_u32le(&r);
	rd_skip(&r, 16);
	version = rd_u32le(&r);
	start = rd_u64le(&r);
	ret->size = rd_u64le(&r);
	ret->text_off = rd_u64le(&r);
	ret->text_size = rd_u64le(&r);
	ret->text_crc = rd_u32le(&r);
	ret->flags = rd_u32le(&r);
	if (!slice_has(s, 4, " LVM2 x[5A%r0N*>", 16))
		return bad(e, "a metadata area has no header");
	if (crc_of(sector + 4, sizeof(sector) - 4) != crc)
		return bad(e, "the CRC of a metadata area's header is wrong");
	if (version != 1)
		return err_set(e, ERR_UNSUPPORTED, "a metadata area of version %" PRIu32,
			       version);
	if (start != area->off)
		return bad(e, "a metadata area was written for another place");
	return 0;
}

/* The text lies in a ring behind the header: it may end at the ring's start. */
static int read_ring(struct blocks *b, const struct lvm_area *area,
		     const struct area_header *h, uint8_t *to, struct err *e)
{
	uint64_t till_end = h->size - h->text_off;
	size_t first = (size_t)(h->text_size < till_end ? h->text_size : till_end);
	int r = blocks_read(b, area->off + h->text_off, to, first, e);

	if (r == 0 && first < h->text_size)
		r = blocks_read(b, area->off + AREA_HEADER, to + first,
				(size_t)h->text_size - first, e);
	return r;
}

int lvm_area_read(struct blocks *b, const struct lvm_area *area, struct arena *a,
		  struct slice *ret, struct err *e)
{
	struct area_header h = {0};
	struct slice text;
	uint8_t *bytes;
	int r = read_header(b, area, &h, e);

	if (r < 0)
		return r;
	if (h.text_off == 0 || h.text_size == 0 || (h.flags & TEXT_IGNORED))
		return 0;
	if (h.text_size > LIMIT_LVM_TEXT)
		return err_set(e, ERR_LIMIT,
			       "metadata of %" PRIu64 " bytes are above %" PRIu64
			       " bytes",
			       h.text_size, LIMIT_LVM_TEXT);
	if (!range_fits(area->off, h.size, b->size))
		return bad(e, "a metadata area reaches past the end of the disk");
	if (h.size < AREA_HEADER || h.text_off < AREA_HEADER || h.text_off >= h.size ||
	    h.text_size > h.size - AREA_HEADER)
		return bad(e, "the metadata lie outside of their area");
	bytes = arena_alloc(a, (size_t)h.text_size);
	if (!bytes)
		return arena_full(a, e);
	r = read_ring(b, area, &h, bytes, e);
	if (r < 0)
		return r;
	text = slice_of(bytes, (size_t)h.text_size);
	if (crc_of(bytes, text.n) != h.text_crc)
		return bad(e, "the CRC of the metadata is wrong");
	while (text.n && slice_at(text, text.n - 1) == 0)
		text.n--;
	*ret = text;
	return 1;
}
