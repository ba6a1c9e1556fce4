/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers, entries and checksums of an undo record, to bytes and back. */
#include "undo_form.h"

#include <inttypes.h>
#include <sha2.h>
#include <string.h>

#include "checked.h"
#include "limits.h"
#include "put.h"

enum { FORM = 2, MAGIC_BYTES = 16 };

static const char magic[] = "paravet undo\r\n\x1a\n";

_Static_assert(sizeof(magic) == MAGIC_BYTES + 1, "as undo.h has it");
_Static_assert(UNDO_DIGEST == SHA256_DIGEST_LENGTH, "of the same function");
_Static_assert(UNDO_PATH + LIMIT_PATH <= UNDO_DISK, "every path has room");

static int bad_header(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the undo record is damaged: its header has %s",
		       what);
}

static int check_header(const struct undo_header *h, struct err *e)
{
	if (h->disks == 0 || h->disks > LIMIT_DISKS)
		return bad_header("an impossible number of disks", e);
	if (h->runs > LIMIT_UNDO_RUNS)
		return bad_header("too many changes", e);
	if (h->table < undo_data(h->disks) || h->table > INT64_MAX)
		return bad_header("an impossible place of the table", e);
	return 0;
}

int undo_header_decode(struct slice sector, struct undo_header *ret, struct err *e)
{
	struct reader r = reader_of(sector);
	struct undo_header h = {0};
	uint32_t form;

	if (sector.n == UNDO_SECTOR && slice_is_zero(sector))
		return err_set(
			e, ERR_ABSENT,
			"the undo record was not finished, so nothing was changed: "
			"there is nothing to undo");
	if (!slice_has(sector, 0, magic, MAGIC_BYTES))
		return err_set(e, ERR_CORRUPT, "is no undo record of paravet");
	rd_skip(&r, MAGIC_BYTES);
	form = rd_u32be(&r);
	h.disks = rd_u32be(&r);
	h.table = rd_u64be(&r);
	h.runs = rd_u64be(&r);
	rd_copy(&r, h.checksum, sizeof(h.checksum));
	if (!rd_ok(&r))
		return err_set(e, ERR_CORRUPT, "the undo record is cut off");
	if (form != FORM)
		return err_set(e, ERR_UNSUPPORTED,
			       "is an undo record of form %" PRIu32
			       ", and only form %d is known",
			       form, FORM);
	if (!slice_is_zero(rd_bytes(&r, rd_left(&r))))
		return bad_header("something behind its end", e);
	*ret = h;
	return check_header(&h, e);
}

void undo_header_encode(const struct undo_header *h, uint8_t sector[UNDO_SECTOR])
{
	uint8_t *to = sector + MAGIC_BYTES;

	memset(sector, 0, UNDO_SECTOR);
	memcpy(sector, magic, MAGIC_BYTES);
	to = put_be(to, 4, FORM);
	to = put_be(to, 4, h->disks);
	to = put_be(to, 8, h->table);
	to = put_be(to, 8, h->runs);
	memcpy(to, h->checksum, UNDO_DIGEST);
}

static int bad_disk(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the undo record is damaged: a disk has %s", what);
}

int undo_disk_decode(struct slice bytes, struct arena *a, struct undo_disk *ret,
		     struct err *e)
{
	struct reader r = reader_of(bytes);
	uint32_t flags = rd_u32be(&r), n = rd_u32be(&r);
	struct undo_disk d = {.size = rd_u64be(&r), .inode = rd_u64be(&r)};
	struct slice path = SLICE_NONE;

	if (!rd_ok(&r) || flags & ~UNDO_DEVICE)
		return bad_disk("unknown flags", e);
	if (d.size == 0 || d.size > INT64_MAX)
		return bad_disk("an impossible size", e);
	if (n > LIMIT_PATH || !slice_sub(bytes, UNDO_PATH, n, &path) ||
	    slice_at(path, 0) != '/' || slice_find(path, 0, 0) < path.n)
		return bad_disk("a path that is none", e);
	d.device = flags & UNDO_DEVICE;
	d.path = arena_strndup(a, path);
	if (!d.path)
		return arena_full(a, e);
	*ret = d;
	return 0;
}

void undo_disk_encode(const struct undo_disk *disk, uint8_t bytes[UNDO_DISK])
{
	struct slice path = slice_str(disk->path);
	uint8_t *to = bytes;

	memset(bytes, 0, UNDO_DISK);
	to = put_be(to, 4, disk->device ? UNDO_DEVICE : 0);
	to = put_be(to, 4, path.n);
	to = put_be(to, 8, disk->size);
	put_be(to, 8, disk->inode);
	memcpy(bytes + UNDO_PATH, path.p, path.n);
}

void undo_digest(struct slice s, uint8_t ret[UNDO_DIGEST])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, s.p, s.n);
	SHA256Final(ret, &ctx);
}

void undo_checksum(const struct undo_header *h, struct slice disks, struct slice table,
		   uint8_t ret[UNDO_DIGEST])
{
	uint8_t sector[UNDO_SECTOR];
	SHA2_CTX ctx;

	undo_header_encode(h, sector);
	SHA256Init(&ctx);
	SHA256Update(&ctx, sector, UNDO_CHECKED);
	SHA256Update(&ctx, disks.p, disks.n);
	SHA256Update(&ctx, table.p, table.n);
	SHA256Final(ret, &ctx);
}

void undo_run_encode(const struct undo_run *run, uint8_t entry[UNDO_ENTRY])
{
	uint8_t *to = put_be(entry, 8, run->off);

	to = put_be(to, 4, run->len);
	to = put_be(to, 4, run->disk);
	memcpy(to, run->before, UNDO_DIGEST);
	memcpy(to + UNDO_DIGEST, run->after, UNDO_DIGEST);
}

bool undo_run_decode(const struct undo_record *record, uint64_t i,
		     const struct undo_run *previous, struct undo_run *ret)
{
	struct reader r = reader_of(record->table);
	struct undo_run run = {.at = undo_data((uint32_t)record->disks.n)};
	uint64_t from = 0;

	rd_seek(&r, i * UNDO_ENTRY);
	run.off = rd_u64be(&r);
	run.len = rd_u32be(&r);
	run.disk = rd_u32be(&r);
	rd_copy(&r, run.before, UNDO_DIGEST);
	rd_copy(&r, run.after, UNDO_DIGEST);
	if (previous) {
		run.at = previous->at + 2 * (uint64_t)previous->len;
		if (run.disk == previous->disk)
			from = previous->off + previous->len;
	}
	if (!rd_ok(&r) || run.len == 0 || run.len > UNDO_RUN_MAX || run.off < from ||
	    run.disk >= record->disks.n || (previous && run.disk < previous->disk) ||
	    !range_fits(run.off, run.len, record->disks.v[run.disk].size))
		return false;
	*ret = run;
	return true;
}
