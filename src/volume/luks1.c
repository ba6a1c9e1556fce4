/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The header of LUKS 1 (LUKS On-Disk Format Specification 1.2.3, figures 1 to 3). */
#include "luks_parts.h"

#include "limits.h"
#include "text.h"

enum {
	HEADER = 592,
	SLOTS = 8,
	SLOT_ENABLED = 0x00ac71f3,
	SLOT_DISABLED = 0x0000dead,
	SALT = 32,
	DIGEST = 20,
};

static struct slice bytes(struct reader *rd, size_t n, struct arena *a)
{
	struct slice s = rd_bytes(rd, n);
	void *p = s.n ? arena_memdup(a, s.p, s.n) : NULL;

	return slice_of(p, p ? s.n : 0);
}

static int read_slot(struct reader *rd, unsigned number, const struct luks_digest *digest,
		     const char *hash, struct arena *a, struct luks *l, struct err *e)
{
	uint32_t state = rd_u32be(rd);
	struct luks_slot s = {.number = number,
			      .cipher = l->cipher,
			      .kdf_bytes = l->key_bytes,
			      .key_bytes = l->key_bytes,
			      .af_hash = hash,
			      .digest = *digest};

	s.kdf.kind = "pbkdf2";
	s.kdf.hash = hash;
	s.kdf.iterations = rd_u32be(rd);
	s.kdf.salt = bytes(rd, SALT, a);
	s.off = (uint64_t)rd_u32be(rd) * LUKS_SECTOR;
	s.stripes = rd_u32be(rd);
	if (!rd_ok(rd))
		return err_set(e, ERR_CORRUPT, "it is cut short");
	if (state == SLOT_DISABLED)
		return 0;
	if (state != SLOT_ENABLED)
		return err_set(e, ERR_CORRUPT, "key slot %u is neither used nor free",
			       number);
	return s.kdf.salt.p && vec_push(a, &l->slots, s) ? 0 : arena_full(a, e);
}

int luks1_read(struct blocks *b, struct arena *a, struct luks *ret, struct err *e)
{
	struct luks_digest digest = {0};
	const char *cipher, *mode, *hash;
	uint8_t header[HEADER];
	struct reader rd = reader_of(slice_of(header, sizeof(header)));
	int r = blocks_read(b, 0, header, sizeof(header), e);

	if (r < 0)
		return r;
	rd_skip(&rd, 8); /* magic, version */
	cipher = luks_text(&rd, 32, a);
	mode = luks_text(&rd, 32, a);
	hash = luks_text(&rd, 32, a);
	ret->off = (uint64_t)rd_u32be(&rd) * LUKS_SECTOR;
	ret->key_bytes = rd_u32be(&rd);
	digest.hash = hash;
	digest.digest = bytes(&rd, DIGEST, a);
	digest.salt = bytes(&rd, SALT, a);
	digest.iterations = rd_u32be(&rd);
	ret->uuid = luks_text(&rd, 40, a);
	if (!cipher || !mode || !hash || !ret->uuid || !digest.digest.p || !digest.salt.p)
		return arena_full(a, e);
	ret->cipher = arena_printf(a, "%s-%s", cipher, mode);
	if (!ret->cipher)
		return arena_full(a, e);
	for (unsigned i = 0; r >= 0 && i < SLOTS; i++)
		r = read_slot(&rd, i, &digest, hash, a, ret, e);
	if (r >= 0 && ret->off == 0)
		r = luks_refuse(ret, a, e,
				"its header lies apart from it (a detached "
				"header), which is not read");
	return r;
}
