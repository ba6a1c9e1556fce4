/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The qcow2 header and its extensions (QEMU docs/interop/qcow2.txt, "Header" and "Header
 * extensions"): decoded whole first, then checked field by field, so that every refusal
 * names the one thing that is wrong.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "limits.h"
#include "qcow2.h"

enum {
	HEADER_V2 = 72,
	HEADER_V3 = 104,
	BACKING_NAME_MAX = 1023,
	CLUSTER_BITS_MIN = 9,
	CLUSTER_BITS_MAX = 21, /* QEMU's limits, 512 bytes to 2 MiB */
	EXTENDED_L2_BITS_MIN = 14,
	FEATURE_ENTRY = 48,
};

#define INCOMPAT_DIRTY       ((uint64_t)1 << 0)
#define INCOMPAT_CORRUPT     ((uint64_t)1 << 1)
#define INCOMPAT_DATA_FILE   ((uint64_t)1 << 2)
#define INCOMPAT_COMPRESSION ((uint64_t)1 << 3)
#define INCOMPAT_EXTENDED_L2 ((uint64_t)1 << 4)
#define INCOMPAT_KNOWN       ((uint64_t)0x1f)

#define EXT_END            0x00000000
#define EXT_BACKING_FORMAT 0xe2792aca
#define EXT_FEATURE_NAMES  0x6803f857
#define EXT_DATA_FILE      0x44415441

/* The fields as stored. */
struct raw_header {
	uint32_t magic, version;
	uint64_t backing_off;
	uint32_t backing_len, cluster_bits;
	uint64_t size;
	uint32_t crypt, l1_size;
	uint64_t l1_offset;
	uint64_t incompatible;
	uint32_t header_length;
	uint8_t compression;
};

/* The extensions that matter. */
struct extensions {
	struct slice backing_format, data_file, features;
	bool has_backing_format, has_data_file;
};

static int corrupt_short(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the qcow2 header is cut off");
}

/* The fields that versions 2 and 3 share. */
static int decode_base(struct slice s, struct raw_header *ret, struct err *e)
{
	struct reader r = reader_of(s);
	struct raw_header h = {.header_length = HEADER_V2};

	h.magic = rd_u32be(&r);
	h.version = rd_u32be(&r);
	h.backing_off = rd_u64be(&r);
	h.backing_len = rd_u32be(&r);
	h.cluster_bits = rd_u32be(&r);
	h.size = rd_u64be(&r);
	h.crypt = rd_u32be(&r);
	h.l1_size = rd_u32be(&r);
	h.l1_offset = rd_u64be(&r);
	/* Refcount table and snapshots are of no use to a reader. */
	if (!rd_ok(&r))
		return corrupt_short(e);
	if (h.magic != 0x514649fb)
		return err_set(e, ERR_CORRUPT,
			       "is no qcow2 image: its first four bytes are others");
	if (h.version != 2 && h.version != 3)
		return err_set(e, ERR_UNSUPPORTED,
			       "is a qcow image of version %" PRIu32
			       ", and only versions 2 and 3 are read",
			       h.version);
	if (h.cluster_bits < CLUSTER_BITS_MIN || h.cluster_bits > CLUSTER_BITS_MAX)
		return err_set(e, ERR_CORRUPT,
			       "clusters of 2^%" PRIu32 " bytes, not 2^%d to 2^%d",
			       h.cluster_bits, CLUSTER_BITS_MIN, CLUSTER_BITS_MAX);
	*ret = h;
	return 0;
}

/* The fields that only version 3 has. */
static int decode_v3(struct slice s, struct raw_header *h, struct err *e)
{
	struct reader r = reader_of(s);

	rd_seek(&r, HEADER_V2);
	h->incompatible = rd_u64be(&r);
	rd_skip(&r, 8 + 8 + 4); /* compatible and autoclear bits, refcount order */
	h->header_length = rd_u32be(&r);
	if (!rd_ok(&r))
		return corrupt_short(e);
	if (h->header_length < HEADER_V3 || h->header_length % 8 != 0 ||
	    h->header_length > s.n)
		return err_set(e, ERR_CORRUPT, "a qcow2 header length of %" PRIu32,
			       h->header_length);
	if (h->header_length > HEADER_V3)
		h->compression = rd_u8(&r);
	return 0;
}

/* The names of the incompatible features in `bits`, as the image itself tells them. */
static int unknown_features(struct slice table, uint64_t bits, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(900);
	struct reader r = reader_of(table);

	for (unsigned bit = 0; bit < 64; bit++) {
		struct slice name = SLICE_NONE;

		if (!(bits >> bit & 1))
			continue;
		rd_seek(&r, 0);
		while (!name.n && rd_left(&r) >= FEATURE_ENTRY) {
			bool mine = rd_u8(&r) == 0;

			mine &= rd_u8(&r) == bit;
			name = rd_bytes(&r, FEATURE_ENTRY - 2);
			name.n = mine ? slice_find(name, 0, 0) : 0;
		}
		strbuf_printf(&b, "%sbit %u", b.n ? ", " : "", bit);
		if (name.n)
			strbuf_printf(&b, " \"%s\"", escape_short(name).text);
	}
	return err_set(e, ERR_UNSUPPORTED,
		       "it uses qcow2 features that are not known here: %s",
		       strbuf_text(&b));
}

static int check_features(const struct raw_header *h, const struct extensions *x,
			  struct err *e)
{
	uint64_t bits = h->incompatible;

	if (bits & INCOMPAT_CORRUPT)
		return err_set(
			e, ERR_CORRUPT,
			"the image is marked as corrupt: try `qemu-img check -r all` "
			"on a copy of it");
	if (bits & ~INCOMPAT_KNOWN)
		return unknown_features(x->features, bits & ~INCOMPAT_KNOWN, e);
	if (bits & INCOMPAT_DIRTY)
		return err_set(
			e, ERR_UNSUPPORTED,
			"the image is marked as dirty: a program has it open, or "
			"did not close it; then run `qemu-img check -r all` on it");
	if (!!(bits & INCOMPAT_COMPRESSION) != (h->compression != 0))
		return err_set(e, ERR_CORRUPT,
			       "compression type %u and its feature bit disagree",
			       h->compression);
	if (h->compression > 1)
		return err_set(
			e, ERR_UNSUPPORTED,
			"its clusters are compressed by type %u; zlib (0) and zstd "
			"(1) are known",
			h->compression);
	return 0;
}

static int check_geometry(const struct raw_header *h, const struct blocks *file,
			  struct err *e)
{
	bool extended = h->incompatible & INCOMPAT_EXTENDED_L2;
	unsigned covered_bits; /* log2 of the bytes that one L1 entry covers */
	uint64_t entries;

	if (h->crypt != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "the image is encrypted (%s): decrypt it with `qemu-img "
			       "convert` and its secret",
			       h->crypt == 1   ? "AES"
			       : h->crypt == 2 ? "LUKS"
					       : "by an unknown method");
	if (extended && h->cluster_bits < EXTENDED_L2_BITS_MIN)
		return err_set(e, ERR_CORRUPT,
			       "extended L2 entries with clusters of only 2^%" PRIu32
			       " bytes",
			       h->cluster_bits);
	if (h->size == 0)
		return err_set(e, ERR_CORRUPT, "the disk in it is empty (0 bytes)");
	if (h->size > INT64_MAX)
		return err_set(e, ERR_CORRUPT, "a disk of %" PRIu64 " bytes", h->size);
	covered_bits = h->cluster_bits * 2 - (extended ? 4 : 3);
	entries = ((h->size - 1) >> covered_bits) + 1;
	if (h->l1_size < entries)
		return err_set(e, ERR_CORRUPT,
			       "an L1 table of %" PRIu32
			       " entries, while the disk needs %" PRIu64,
			       h->l1_size, entries);
	if ((uint64_t)h->l1_size * 8 > LIMIT_QCOW2_L1)
		return err_set(e, ERR_LIMIT,
			       "an L1 table of %" PRIu32 " entries is above %" PRIu64
			       " bytes",
			       h->l1_size, LIMIT_QCOW2_L1);
	if (h->l1_offset == 0 || h->l1_offset & (((uint64_t)1 << h->cluster_bits) - 1))
		return err_set(e, ERR_CORRUPT,
			       "the L1 table's offset %#" PRIx64
			       " is not at the start of a cluster",
			       h->l1_offset);
	if (!range_fits(h->l1_offset, (uint64_t)h->l1_size * 8, file->size))
		return err_set(e, ERR_CORRUPT,
			       "the L1 table is past the end of the file: the image is "
			       "truncated");
	return 0;
}

static int read_extensions(struct slice area, struct extensions *ret, struct err *e)
{
	struct reader r = reader_of(area);
	struct extensions x = {0};

	while (rd_left(&r) >= 8) {
		uint32_t type = rd_u32be(&r), len = rd_u32be(&r);
		struct slice data;

		if (type == EXT_END)
			break;
		data = rd_bytes(&r, len);
		if (!rd_ok(&r))
			return err_set(e, ERR_CORRUPT,
				       "header extension %#" PRIx32 " of %" PRIu32
				       " bytes passes the header's end",
				       type, len);
		if (type == EXT_BACKING_FORMAT) {
			x.backing_format = data;
			x.has_backing_format = true;
		} else if (type == EXT_DATA_FILE) {
			x.data_file = data;
			x.has_data_file = true;
		} else if (type == EXT_FEATURE_NAMES) {
			x.features = data;
		}
		rd_skip(&r, -len & 7);
	}
	*ret = x;
	return 0;
}

/* A name stored in the header as a string of the arena. */
static int take_name(struct slice s, const char *what, struct arena *a, const char **ret,
		     struct err *e)
{
	if (s.n == 0)
		return err_set(e, ERR_CORRUPT, "the %s in its header is empty", what);
	if (s.n > BACKING_NAME_MAX || slice_find(s, 0, 0) != s.n)
		return err_set(e, ERR_CORRUPT, "the %s in its header is no name", what);
	*ret = arena_strndup(a, s);
	return *ret ? 0 : arena_full(a, e);
}

static int take_names(const struct raw_header *h, const struct extensions *x,
		      struct slice cluster, struct arena *a, struct qcow2_header *ret,
		      struct err *e)
{
	struct slice backing;
	int r = 0;

	if (h->incompatible & INCOMPAT_DATA_FILE) {
		ret->has_data_file = true;
		if (!x->has_data_file || x->data_file.n == 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "its data are in another file, which its header "
				       "does not name");
		r = take_name(x->data_file, "data file's name", a, &ret->data_file, e);
	}
	if (r < 0 || h->backing_off == 0)
		return r;
	if (!slice_sub(cluster, h->backing_off, h->backing_len, &backing))
		return err_set(e, ERR_CORRUPT,
			       "the backing file's name is outside the first cluster");
	r = take_name(backing, "backing file's name", a, &ret->backing, e);
	if (r < 0 || !x->has_backing_format)
		return r;
	return take_name(x->backing_format, "backing file's format", a,
			 &ret->backing_format, e);
}

/* The first cluster, or what the file has of it: header, extensions and the backing
 * file's name are all there. */
static int read_first_cluster(struct blocks *file, struct raw_header *ret,
			      uint8_t **ret_bytes, size_t *ret_n, struct err *e)
{
	uint8_t head[HEADER_V2];
	_cleanup_free_ uint8_t *bytes = NULL;
	struct raw_header h = {0};
	size_t n;
	int r;

	if (file->size < sizeof(head))
		return corrupt_short(e);
	r = blocks_read(file, 0, head, sizeof(head), e);
	if (r == 0)
		r = decode_base(slice_of(head, sizeof(head)), &h, e);
	if (r < 0)
		return r;
	n = (size_t)1 << h.cluster_bits;
	if (n > file->size)
		n = (size_t)file->size;
	bytes = malloc(n);
	if (!bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(file, 0, bytes, n, e);
	if (r < 0)
		return r;
	*ret = h;
	*ret_n = n;
	*ret_bytes = TAKE_PTR(bytes);
	return 0;
}

int qcow2_read_header(struct blocks *file, struct arena *a, struct qcow2_header *ret,
		      struct err *e)
{
	_cleanup_free_ uint8_t *bytes = NULL;
	struct raw_header h = {0};
	struct extensions x = {0};
	struct slice cluster, area;
	struct qcow2_header out = {0};
	uint64_t end;
	size_t n = 0;
	int r = read_first_cluster(file, &h, &bytes, &n, e);

	if (r < 0)
		return r;
	cluster = slice_of(bytes, n);
	if (h.version == 3 && (r = decode_v3(cluster, &h, e)) < 0)
		return r;
	end = h.backing_off ? h.backing_off : n;
	if (end < h.header_length ||
	    !slice_sub(cluster, h.header_length, end - h.header_length, &area))
		return err_set(e, ERR_CORRUPT,
			       "the backing file's name is outside the first cluster");
	r = read_extensions(area, &x, e);
	if (r == 0)
		r = check_features(&h, &x, e);
	if (r == 0)
		r = check_geometry(&h, file, e);
	if (r == 0)
		r = take_names(&h, &x, cluster, a, &out, e);
	if (r < 0)
		return r;
	out.version = h.version;
	out.cluster_bits = h.cluster_bits;
	out.l1_size = h.l1_size;
	out.l1_offset = h.l1_offset;
	out.size = h.size;
	out.extended_l2 = h.incompatible & INCOMPAT_EXTENDED_L2;
	out.zstd = h.compression == 1;
	*ret = out;
	return 0;
}
