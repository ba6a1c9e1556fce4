/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of LUKS 2: a binary part and JSON text, twice (LUKS2 On-Disk Format
 * Specification 1.1.1, 2). The second counts when the first is damaged; of two whole ones
 * the newer.
 */
#include "luks_parts.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "luks_crypto.h"

enum { BINARY = 4096, CSUM_OFF = 448, CSUM_LEN = 64, SMALLEST = 16384 };

struct header {
	uint64_t size, seqid;
	const char *csum, *uuid, *label;
	struct slice json;
};

/* `whole`: binary part and text; its checksum field is zeroed here. */
static int check_sum(const struct header *h, uint8_t *whole, struct err *e)
{
	uint8_t stored[CSUM_LEN], sum[CRYPTO_HASH_MAX];
	struct slice part = slice_of(whole, (size_t)h->size);
	size_t n;
	int r = crypto_hash_size(h->csum, &n, e);

	if (r < 0)
		return r;
	memcpy(stored, whole + CSUM_OFF, sizeof(stored));
	memset(whole + CSUM_OFF, 0, CSUM_LEN);
	r = crypto_hash(h->csum, &part, 1, sum, e);
	if (r < 0)
		return r;
	return memcmp(sum, stored, n) == 0
		       ? 0
		       : err_set(e, ERR_CORRUPT, "its checksum is wrong");
}

static int read_binary(struct blocks *b, uint64_t off, uint8_t bytes[static BINARY],
		       struct arena *a, struct header *ret, struct err *e)
{
	static const char *const magics[] = {"LUKS\xba\xbe", "SKUL\xba\xbe"};
	struct slice s = slice_of(bytes, BINARY);
	struct reader rd = reader_of(s);
	struct header h = {0};
	int r = blocks_read(b, off, bytes, BINARY, e);

	if (r < 0)
		return r;
	if (!slice_has(s, 0, magics[off != 0], 6) || !slice_has(s, 6, "\0\2", 2))
		return err_set(e, ERR_CORRUPT, "no header at %" PRIu64, off);
	rd_seek(&rd, 8);
	h.size = rd_u64be(&rd);
	h.seqid = rd_u64be(&rd);
	h.label = luks_text(&rd, 48, a);
	h.csum = luks_text(&rd, 32, a);
	rd_skip(&rd, 64); /* salt: to make the checksum differ */
	h.uuid = luks_text(&rd, 40, a);
	rd_skip(&rd, 48); /* subsystem */
	if (!h.label || !h.csum || !h.uuid)
		return arena_full(a, e);
	if (rd_u64be(&rd) != off || !rd_ok(&rd))
		return err_set(e, ERR_CORRUPT, "the header says that it lies elsewhere");
	if (h.size < SMALLEST || h.size > LIMIT_LUKS_HEADER || h.size % BINARY)
		return err_set(e, ERR_CORRUPT, "a header of %" PRIu64 " bytes", h.size);
	*ret = h;
	return 0;
}

static int read_header(struct blocks *b, uint64_t off, bool verify, struct arena *a,
		       struct header *ret, struct err *e)
{
	uint8_t binary[BINARY], *whole;
	struct header h;
	int r = read_binary(b, off, binary, a, &h, e);

	if (r < 0)
		return r;
	whole = arena_alloc(a, (size_t)h.size);
	if (!whole)
		return arena_full(a, e);
	memcpy(whole, binary, BINARY);
	r = blocks_read(b, off + BINARY, whole + BINARY, (size_t)h.size - BINARY, e);
	if (r >= 0 && verify)
		r = check_sum(&h, whole, e);
	if (r < 0)
		return r;
	h.json = slice_of(whole + BINARY, (size_t)h.size - BINARY);
	h.json.n = slice_find(h.json, 0, 0);
	if (h.json.n > LIMIT_LUKS_JSON)
		return err_set(e, ERR_LIMIT, "its text is longer than %zu bytes",
			       LIMIT_LUKS_JSON);
	*ret = h;
	return 0;
}

/* Where the second may lie when the first does not tell: behind one of each size that
 * there is (2.1). */
static int find_second(struct blocks *b, uint64_t size, bool verify, struct arena *a,
		       struct header *ret, struct err *e)
{
	int r = -(int)ERR_CORRUPT;

	if (size)
		return read_header(b, size, verify, a, ret, e);
	for (uint64_t at = SMALLEST; r < 0 && at <= LIMIT_LUKS_HEADER; at *= 2)
		r = read_header(b, at, verify, a, ret, e);
	return r;
}

static int take(const struct header *h, struct arena *a, struct luks *ret, struct err *e)
{
	struct luks l = *ret;
	int r = luks2_parse(h->json, a, &l, e);

	if (r < 0)
		return r;
	l.uuid = arena_strdup(a, h->uuid);
	l.label = h->label[0] ? arena_strdup(a, h->label) : NULL;
	if (!l.uuid || (h->label[0] && !l.label))
		return arena_full(a, e);
	*ret = l;
	return 0;
}

static int ends(const struct err *why)
{
	return why->code == ERR_NOMEM || why->code == ERR_IO || why->code == ERR_BUG;
}

int luks2_read(struct blocks *b, bool verify, struct arena *a, struct luks *ret,
	       struct err *e)
{
	static const char *const damaged = "the first header is damaged, the second one "
					   "counts";
	struct err why = ERR_INIT, ignored = ERR_INIT;
	struct header first = {0}, second = {0};
	int r = read_header(b, 0, verify, a, &first, &why);
	bool other =
		find_second(b, r < 0 ? 0 : first.size, verify, a, &second, &ignored) >= 0;

	if (r >= 0 && !(other && second.seqid > first.seqid))
		r = take(&first, a, ret, &why);
	else if (r >= 0)
		r = -1;
	if (r >= 0)
		return 0;
	if (ends(&why) || !other) {
		*e = why;
		return -(int)why.code;
	}
	r = take(&second, a, ret, e);
	if (r >= 0 && why.code != ERR_NONE && why.code != ERR_LIMIT &&
	    why.code != ERR_UNSUPPORTED && !vec_push(a, &ret->remarks, damaged))
		return arena_full(a, e);
	return r;
}
