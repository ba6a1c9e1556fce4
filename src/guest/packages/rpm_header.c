/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_header.h"

#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "packages/owned.h"
#include "packages/rpm_files.h"

enum { ENTRY_SIZE = 16, COUNTS_SIZE = 8 };

enum tag {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TAG_EPOCH = 1003,
	TAG_ARCH = 1022,
	TAG_OLDFILENAMES = 1027,
	TAG_DIRINDEXES = 1116,
	TAG_BASENAMES = 1117,
	TAG_DIRNAMES = 1118,
};

enum type {
	TYPE_NULL,
	TYPE_CHAR,
	TYPE_INT8,
	TYPE_INT16,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_STRING,
	TYPE_BIN,
	TYPE_STRING_ARRAY,
	TYPE_I18NSTRING,
	TYPE_COUNT
};

/* Bytes of one element; of strings at least the NUL. */
static const uint8_t element_size[TYPE_COUNT] = {0, 1, 1, 2, 4, 8, 1, 1, 1, 1};

struct entry {
	uint32_t tag, type, offset, count;
};

static bool entry_at(struct slice index, uint32_t i, struct entry *ret)
{
	struct reader r = reader_of(index);

	rd_seek(&r, (uint64_t)i * ENTRY_SIZE);
	ret->tag = rd_u32be(&r);
	ret->type = rd_u32be(&r);
	ret->offset = rd_u32be(&r);
	ret->count = rd_u32be(&r);
	return rd_ok(&r);
}

static int check_entry(const struct entry *t, uint64_t data_size, struct err *e)
{
	if (t->type >= TYPE_COUNT)
		return err_set(e, ERR_CORRUPT,
			       "tag %" PRIu32
			       " of the header has the unknown type %" PRIu32,
			       t->tag, t->type);
	if (!range_fits(t->offset, (uint64_t)t->count * element_size[t->type], data_size))
		return err_set(e, ERR_CORRUPT,
			       "tag %" PRIu32 " of the header points outside of it",
			       t->tag);
	return 0;
}

int rpm_header_open(struct slice blob, struct rpm_header *ret, struct err *e)
{
	struct reader r = reader_of(blob);
	uint32_t entries = rd_u32be(&r), data = rd_u32be(&r);
	struct rpm_header h = {.entries = entries};

	if (!rd_ok(&r) || entries == 0 || entries > LIMIT_RPM_TAGS)
		return err_set(e, ERR_CORRUPT, "this is no package header");
	h.index = rd_bytes(&r, (uint64_t)entries * ENTRY_SIZE);
	h.data = rd_bytes(&r, data);
	if (!rd_ok(&r) || rd_left(&r) != 0)
		return err_set(e, ERR_CORRUPT,
			       "the header should have %" PRIu64 " bytes and has %zu",
			       COUNTS_SIZE + (uint64_t)entries * ENTRY_SIZE + data,
			       blob.n);
	for (uint32_t i = 0; i < entries; i++) {
		struct entry t;
		int q = entry_at(h.index, i, &t)
				? check_entry(&t, h.data.n, e)
				: err_set(e, ERR_BUG, "an index past its end");

		if (q < 0)
			return q;
	}
	*ret = h;
	return 0;
}

static bool find_entry(const struct rpm_header *h, uint32_t tag, struct entry *ret)
{
	for (uint32_t i = 0; i < h->entries; i++)
		if (entry_at(h->index, i, ret) && ret->tag == tag)
			return true;
	return false;
}

/* Takes one string with its NUL off the front. */
static bool take_string(struct slice *s, struct slice *ret)
{
	size_t n = slice_find(*s, 0, '\0');

	return n < s->n && slice_sub(*s, 0, n, ret) &&
	       slice_sub(*s, n + 1, s->n - n - 1, s);
}

bool rpm_header_peek(struct slice start, struct slice *ret_name)
{
	struct reader r = reader_of(start);
	uint32_t entries = rd_u32be(&r);
	struct slice index, rest;
	struct entry t;

	rd_skip(&r, 4);
	if (entries > LIMIT_RPM_TAGS)
		return false;
	index = rd_bytes(&r, (uint64_t)entries * ENTRY_SIZE);
	if (!rd_ok(&r))
		return false;
	rest = rd_bytes(&r, rd_left(&r));
	for (uint32_t i = 0; i < entries && entry_at(index, i, &t); i++)
		if (t.tag == TAG_NAME)
			return t.type == TYPE_STRING && t.offset < rest.n &&
			       slice_sub(rest, t.offset, rest.n - t.offset, &rest) &&
			       take_string(&rest, ret_name);
	return false;
}

/* The strings of a tag: where they begin and how many there are; absent is zero. */
static int find_strings(const struct rpm_header *h, uint32_t tag, struct slice *ret,
			uint32_t *ret_count, struct err *e)
{
	struct entry t;

	*ret = SLICE_NONE;
	*ret_count = 0;
	if (!find_entry(h, tag, &t))
		return 0;
	if (t.type != TYPE_STRING && t.type != TYPE_STRING_ARRAY &&
	    t.type != TYPE_I18NSTRING)
		return err_set(e, ERR_CORRUPT,
			       "tag %" PRIu32 " of the header holds no text", tag);
	if (!slice_sub(h->data, t.offset, h->data.n - t.offset, ret))
		return err_set(e, ERR_BUG, "a tag past its header");
	*ret_count = t.type == TYPE_STRING ? 1 : t.count;
	return 0;
}

static int no_end(uint32_t tag, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the text of tag %" PRIu32 " has no end", tag);
}

static int copy_string(const struct rpm_header *h, uint32_t tag, struct arena *keep,
		       const char **ret, struct err *e)
{
	struct slice text, word;
	uint32_t count;
	int r = find_strings(h, tag, &text, &count, e);

	if (r < 0 || count == 0)
		return r;
	if (!take_string(&text, &word))
		return no_end(tag, e);
	if (word.n > LIMIT_NAME)
		return err_set(e, ERR_CORRUPT,
			       "the text of tag %" PRIu32 " has %zu bytes", tag, word.n);
	*ret = arena_strndup(keep, word);
	return *ret ? 0 : arena_full(keep, e);
}

static int copy_epoch(const struct rpm_header *h, struct arena *keep, const char **ret,
		      struct err *e)
{
	struct reader r = reader_of(h->data);
	struct entry t;
	uint32_t epoch;

	if (!find_entry(h, TAG_EPOCH, &t))
		return 0;
	rd_seek(&r, t.offset);
	epoch = rd_u32be(&r);
	if (t.type != TYPE_INT32 || t.count != 1 || !rd_ok(&r))
		return err_set(e, ERR_CORRUPT, "the header's epoch is not one number");
	*ret = arena_printf(keep, "%" PRIu32, epoch);
	return *ret ? 0 : arena_full(keep, e);
}

/* Directories, and for each file its name and the number of its directory. */
static int read_split_files(const struct rpm_header *h, struct owned_files *files,
			    struct err *e)
{
	struct reader indexes = reader_of(h->data);
	struct slice dirs, bases, s;
	uint32_t ndirs, nbases;
	struct entry t;
	int r = find_strings(h, TAG_BASENAMES, &bases, &nbases, e);

	if (r >= 0)
		r = find_strings(h, TAG_DIRNAMES, &dirs, &ndirs, e);
	if (r < 0 || nbases == 0)
		return r;
	if (!find_entry(h, TAG_DIRINDEXES, &t) || t.type != TYPE_INT32 ||
	    t.count != nbases)
		return err_set(e, ERR_CORRUPT,
			       "the header's list of files lacks their directories");
	for (uint32_t i = 0; i < ndirs; i++) {
		if (!take_string(&dirs, &s))
			return no_end(TAG_DIRNAMES, e);
		r = owned_dir(files, s, e);
		if (r < 0)
			return r;
	}
	rd_seek(&indexes, t.offset);
	for (uint32_t i = 0; i < nbases; i++) {
		uint32_t dir = rd_u32be(&indexes);

		if (!take_string(&bases, &s) || !rd_ok(&indexes))
			return no_end(TAG_BASENAMES, e);
		if (dir >= ndirs)
			return err_set(e, ERR_CORRUPT,
				       "a file of the package lies in directory %" PRIu32
				       " of %" PRIu32,
				       dir, ndirs);
		r = owned_base(files, dir, s, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Packages made for rpm 3 have whole paths. */
static int read_old_files(const struct rpm_header *h, struct owned_files *files,
			  struct err *e)
{
	struct slice paths, s;
	uint32_t count;
	int r = find_strings(h, TAG_OLDFILENAMES, &paths, &count, e);

	for (uint32_t i = 0; r >= 0 && i < count; i++)
		r = take_string(&paths, &s) ? owned_path(files, s, e)
					    : no_end(TAG_OLDFILENAMES, e);
	return r;
}

int rpm_package_parse(struct slice blob, struct arena *keep, struct arena *scratch,
		      struct rpm_package *ret, struct err *e)
{
	struct owned_files files = {.keep = keep, .scratch = scratch};
	struct rpm_package p = {0};
	struct rpm_header h;
	int r = rpm_header_open(blob, &h, e);

	if (r >= 0)
		r = copy_string(&h, TAG_NAME, keep, &p.name, e);
	if (r >= 0)
		r = copy_string(&h, TAG_VERSION, keep, &p.version, e);
	if (r >= 0)
		r = copy_string(&h, TAG_RELEASE, keep, &p.release, e);
	if (r >= 0)
		r = copy_string(&h, TAG_ARCH, keep, &p.arch, e);
	if (r >= 0)
		r = copy_epoch(&h, keep, &p.epoch, e);
	if (r < 0)
		return r;
	if (!p.name || !*p.name || !p.version || !p.release)
		return err_set(e, ERR_CORRUPT,
			       "the header has no name, version or release");
	if (rpm_name_kind(slice_str(p.name)) != RPM_NAME_OTHER) {
		r = read_split_files(&h, &files, e);
		if (r >= 0)
			r = read_old_files(&h, &files, e);
		if (r < 0)
			return r;
	}
	p.kernels = files.kernels;
	p.has_image = files.has_image;
	*ret = p;
	return 0;
}
