/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers, entries and checksums of an undo record, to bytes and back. */
#include "undo_form.h"

#include <inttypes.h>
#include <sha2.h>
#include <string.h>

#include "checked.h"
#include "limits.h"
#include "put.h"

enum { FORM = 1, MAGIC_BYTES = 16 };

static const char magic[] = "paravet undo\r\n\x1a\n";

_Static_assert(sizeof(magic) == MAGIC_BYTES + 1, "as undo.h has it");
_Static_assert(UNDO_DIGEST == SHA256_DIGEST_LENGTH, "of the same function");

static int bad_header(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the undo record is damaged: its header has %s",
		       what);
}

static int check_header(const struct undo_header *h, struct err *e)
{
	if (h->flags & ~UNDO_DEVICE)
		return bad_header("unknown flags", e);
	if (h->size == 0 || h->size > INT64_MAX)
		return bad_header("an impossible size of the disk", e);
	if (h->path == 0 || h->path > LIMIT_PATH)
		return bad_header("an impossible length of the disk's path", e);
	if (h->runs > LIMIT_UNDO_RUNS)
		return bad_header("too many changes", e);
	if (h->table < UNDO_DATA || h->table > INT64_MAX)
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
	h.flags = rd_u32be(&r);
	h.size = rd_u64be(&r);
	h.inode = rd_u64be(&r);
	h.table = rd_u64be(&r);
	h.runs = rd_u64be(&r);
	h.path = rd_u32be(&r);
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
	to = put_be(to, 4, h->flags);
	to = put_be(to, 8, h->size);
	to = put_be(to, 8, h->inode);
	to = put_be(to, 8, h->table);
	to = put_be(to, 8, h->runs);
	to = put_be(to, 4, h->path);
	memcpy(to, h->checksum, UNDO_DIGEST);
}

void undo_digest(struct slice s, uint8_t ret[UNDO_DIGEST])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, s.p, s.n);
	SHA256Final(ret, &ctx);
}

void undo_checksum(const struct undo_header *h, struct slice path, struct slice table,
		   uint8_t ret[UNDO_DIGEST])
{
	uint8_t sector[UNDO_SECTOR];
	SHA2_CTX ctx;

	undo_header_encode(h, sector);
	SHA256Init(&ctx);
	SHA256Update(&ctx, sector, UNDO_CHECKED);
	SHA256Update(&ctx, path.p, path.n);
	SHA256Update(&ctx, table.p, table.n);
	SHA256Final(ret, &ctx);
}

void undo_run_encode(const struct undo_run *run, uint8_t entry[UNDO_ENTRY])
{
	uint8_t *to = put_be(entry, 8, run->off);

	to = put_be(to, 4, run->len);
	to = put_be(to, 4, 0);
	memcpy(to, run->before, UNDO_DIGEST);
	memcpy(to + UNDO_DIGEST, run->after, UNDO_DIGEST);
}

bool undo_run_decode(const struct undo_record *record, uint64_t i,
		     const struct undo_run *previous, struct undo_run *ret)
{
	struct reader r = reader_of(record->table);
	struct undo_run run = {.at = UNDO_DATA};
	uint64_t from = 0;
	uint32_t zero;

	if (previous) {
		run.at = previous->at + 2 * (uint64_t)previous->len;
		from = previous->off + previous->len;
	}
	rd_seek(&r, i * UNDO_ENTRY);
	run.off = rd_u64be(&r);
	run.len = rd_u32be(&r);
	zero = rd_u32be(&r);
	rd_copy(&r, run.before, UNDO_DIGEST);
	rd_copy(&r, run.after, UNDO_DIGEST);
	if (!rd_ok(&r) || zero != 0 || run.len == 0 || run.len > UNDO_RUN_MAX ||
	    run.off < from || !range_fits(run.off, run.len, record->disk.size))
		return false;
	*ret = run;
	return true;
}
