/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Differencing disks that qemu-nbd would open as if they were whole, or would refuse
 * without a reason: what they do not hold themselves is in a parent, which QEMU does not
 * look for in these formats. (Microsoft, Virtual Hard Disk Image Format
 * Specification 1.0, "Hard Disk Footer Format"; [MS-VHDX] 2.2.3 and 2.6.)
 */
#include <string.h>

#include "checked.h"
#include "image.h"

/* Both tables of a VHDX have 2047 rows at most. */
enum {
	VHD_FOOTER = 512,
	VHD_DIFFERENCING = 4,
	VHDX_REGIONS = 192 * 1024,
	VHDX_HEAD = 16,
	VHDX_ROW = 32,
	VHDX_ROWS_MAX = 2047,
	VHDX_METADATA_HEAD = 32,
	VHDX_HAS_PARENT = 2,
};

static const char metadata_region[] =
	"\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
static const char file_parameters[] =
	"\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b";

/* Up to `len` bytes: what the file has of them. */
static int read_some(struct blocks *file, uint64_t off, uint8_t *buf, size_t len,
		     struct slice *ret, struct err *e)
{
	uint64_t left = off < file->size ? file->size - off : 0;
	size_t n = left < len ? (size_t)left : len;
	int r = n ? blocks_read(file, off, buf, n, e) : 0;

	*ret = slice_of(buf, n);
	return r;
}

static int is_vhd_differing(struct blocks *file, bool *ret, struct err *e)
{
	uint8_t buf[VHD_FOOTER];
	struct slice footer;
	struct reader rd;
	/* A copy is at the start of all that are not fixed. */
	int r = read_some(file, 0, buf, sizeof(buf), &footer, e);

	if (r < 0 || !slice_starts(footer, "conectix"))
		return r;
	rd = reader_of(footer);
	rd_seek(&rd, 60);
	*ret = rd_u32be(&rd) == VHD_DIFFERENCING;
	return 0;
}

/* The row of a table that begins with this GUID; without one its bytes are none. */
static int find_row(struct blocks *file, uint64_t at, uint64_t n, const char *guid,
		    struct reader *ret, uint8_t row[static VHDX_ROW], struct err *e)
{
	for (uint64_t i = 0; i < n && i < VHDX_ROWS_MAX; i++) {
		struct slice s;
		int r = read_some(file, at + i * VHDX_ROW, row, VHDX_ROW, &s, e);

		if (r < 0)
			return r;
		if (slice_has(s, 0, guid, 16)) {
			*ret = reader_of(s);
			rd_skip(ret, 16);
			return 0;
		}
	}
	*ret = reader_of(SLICE_NONE);
	return 0;
}

/* Where the metadata begin; 0 when that is not told. */
static int find_metadata(struct blocks *file, uint64_t *ret, struct err *e)
{
	uint8_t row[VHDX_ROW];
	struct slice head;
	struct reader rd;
	uint32_t n;
	int r = read_some(file, VHDX_REGIONS, row, VHDX_HEAD, &head, e);

	*ret = 0;
	if (r < 0 || !slice_starts(head, "regi"))
		return r;
	rd = reader_of(head);
	rd_seek(&rd, 8);
	n = rd_u32le(&rd);
	r = find_row(file, VHDX_REGIONS + VHDX_HEAD, n, metadata_region, &rd, row, e);
	if (r >= 0)
		*ret = rd_u64le(&rd);
	return r;
}

static int is_vhdx_differing(struct blocks *file, bool *ret, struct err *e)
{
	uint8_t row[VHDX_ROW];
	uint64_t metadata, at;
	struct slice s = SLICE_NONE;
	struct reader rd;
	uint16_t n;
	int r = find_metadata(file, &metadata, e);

	if (r >= 0)
		r = read_some(file, metadata, row, VHDX_ROW, &s, e);
	if (r < 0 || !metadata || !slice_starts(s, "metadata"))
		return r;
	rd = reader_of(s);
	rd_seek(&rd, 10);
	n = rd_u16le(&rd);
	r = find_row(file, metadata + VHDX_METADATA_HEAD, n, file_parameters, &rd, row,
		     e);
	if (r < 0 || !checked_add(metadata, rd_u32le(&rd), &at) || !rd_ok(&rd))
		return r;
	r = read_some(file, at, row, 8, &s, e);
	rd = reader_of(s);
	rd_seek(&rd, 4);
	if (r >= 0)
		*ret = rd_u32le(&rd) & VHDX_HAS_PARENT;
	return r;
}

int image_refuse_differing(int fd, struct blocks_part part, const char *format,
			   struct err *e)
{
	bool vhd = strcmp(format, "vpc") == 0, found = false;
	struct blocks *file;
	int r;

	if (!vhd && strcmp(format, "vhdx") != 0)
		return 0;
	r = raw_borrow(fd, part, &file, e);
	if (r < 0)
		return r;
	r = vhd ? is_vhd_differing(file, &found, e) : is_vhdx_differing(file, &found, e);
	blocks_free(file);
	if (r < 0 || !found)
		return r;
	return err_set(e, ERR_UNSUPPORTED,
		       "is a differencing %s: what it does not hold itself is in its "
		       "parent, where QEMU does not look: merge it into that one first "
		       "(Merge-VHD in PowerShell) and name the parent",
		       vhd ? "VHD" : "VHDX");
}
