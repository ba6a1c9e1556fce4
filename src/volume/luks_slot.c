/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One key slot: the passphrase gives a key, that key decrypts what is stored, and the
 * stored stripes merge into what may be the volume's key (LUKS1 On-Disk Format
 * Specification 1.2.3, figures 4 and 5; LUKS2 On-Disk Format Specification 1.1.1, 3.2).
 */
#include "luks_parts.h"

#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "luks_crypto.h"
#include "put.h"

/* --- Anti-forensic splitter --- */

/* Each piece of the length of a hash becomes the hash of its number and itself. */
static int diffuse(uint8_t *p, size_t n, const char *hash, struct err *e)
{
	uint8_t sum[CRYPTO_HASH_MAX], number[4];
	size_t size;
	int r = crypto_hash_size(hash, &size, e);

	for (size_t at = 0, i = 0; r >= 0 && at < n; at += size, i++) {
		size_t len = n - at < size ? n - at : size;
		struct slice parts[] = {slice_of(number, sizeof(number)),
					slice_of(p + at, len)};

		put_be(number, sizeof(number), i);
		r = crypto_hash(hash, parts, ARRAY_LEN(parts), sum, e);
		if (r >= 0)
			memcpy(p + at, sum, len);
	}
	explicit_bzero(sum, sizeof(sum));
	return r;
}

int luks_merge(const uint8_t *split, uint64_t stripes, const char *hash,
	       struct secret *ret, struct err *e)
{
	int r = 0;

	memset(ret->p, 0, ret->n);
	for (uint64_t i = 0; r >= 0 && i < stripes; i++, split += ret->n) {
		for (size_t k = 0; k < ret->n; k++)
			ret->p[k] ^= split[k];
		if (i + 1 < stripes)
			r = diffuse(ret->p, ret->n, hash, e);
	}
	return r;
}

/* --- What a header may ask for --- */

static int spend(uint64_t *left, uint64_t n, const char *what, struct err *e)
{
	if (n > *left)
		return err_set(e, ERR_LIMIT,
			       "%s asks for more work than paravet does to open one "
			       "guest",
			       what);
	*left -= n;
	return 0;
}

/* PBKDF2 makes each part of its result, as long as the hash, by itself. */
static int pbkdf2(const char *hash, uint64_t iterations, struct slice key,
		  struct slice salt, struct luks_budget *budget, struct secret *ret,
		  struct err *e)
{
	uint64_t work;
	size_t size;
	int r = crypto_hash_size(hash, &size, e);

	if (r < 0)
		return r;
	if (iterations == 0 ||
	    !checked_mul(iterations, (ret->n + size - 1) / size, &work))
		return err_set(e, ERR_CORRUPT, "PBKDF2 with %" PRIu64 " iterations",
			       iterations);
	r = spend(&budget->iterations, work, "PBKDF2", e);
	return r < 0 ? r : crypto_pbkdf2(hash, key, salt, iterations, ret, e);
}

/* Each stripe is hashed, as many bytes at a time as the hash has. */
static int spend_merge(const struct luks_slot *s, const struct secret *merged,
		       struct luks_budget *budget, struct err *e)
{
	uint64_t work;
	size_t size;
	int r = crypto_hash_size(s->af_hash, &size, e);

	if (r < 0)
		return r;
	if (!checked_mul(s->stripes, (merged->n + size - 1) / size, &work))
		return err_set(e, ERR_CORRUPT, "%" PRIu64 " stripes", s->stripes);
	return spend(&budget->iterations, work, "a key slot", e);
}

static int argon2(const struct luks_kdf *k, struct slice key, struct luks_budget *budget,
		  struct secret *ret, struct err *e)
{
	struct crypto_argon2 how = {k->kind, k->iterations, k->memory, k->lanes};
	uint64_t work;
	int r;

	/* RFC 9106, 3.1, as cryptsetup narrows it. */
	if (k->iterations == 0 || k->lanes == 0 || k->lanes > 255 ||
	    k->memory < 8 * k->lanes || k->salt.n < 8 ||
	    !checked_mul(k->iterations, k->memory, &work))
		return err_set(e, ERR_CORRUPT, "%s with numbers that make no sense",
			       k->kind);
	if (k->memory > LIMIT_LUKS_MEMORY / 1024)
		return err_set(e, ERR_LIMIT,
			       "%s asks for %" PRIu64 " KiB of memory, and paravet "
			       "gives it %zu at most",
			       k->kind, k->memory, LIMIT_LUKS_MEMORY / 1024);
	r = spend(&budget->argon2_kib, work, k->kind, e);
	return r < 0 ? r : crypto_argon2(&how, key, k->salt, ret, e);
}

static int derive(const struct luks_kdf *k, struct slice key, struct luks_budget *budget,
		  struct secret *ret, struct err *e)
{
	if (strcmp(k->kind, "pbkdf2") == 0)
		return pbkdf2(k->hash, k->iterations, key, k->salt, budget, ret, e);
	if (strcmp(k->kind, "argon2i") == 0 || strcmp(k->kind, "argon2id") == 0)
		return argon2(k, key, budget, ret, e);
	return err_set(e, ERR_UNSUPPORTED, "a key from %s is not known here",
		       escape_short(slice_str(k->kind)).text);
}

/* --- A slot --- */

static int check_sizes(struct blocks *b, const struct luks_slot *s, uint64_t *ret_len,
		       struct err *e)
{
	uint64_t len;

	if (s->key_bytes == 0 || s->key_bytes > LUKS_KEY_MAX || s->kdf_bytes == 0 ||
	    s->kdf_bytes > LUKS_KEY_MAX)
		return err_set(e, ERR_UNSUPPORTED,
			       "keys of %" PRIu64 " and %" PRIu64 " bytes are not read",
			       s->key_bytes, s->kdf_bytes);
	if (s->stripes == 0 || !checked_mul(s->key_bytes, s->stripes, &len) ||
	    len > LIMIT_LUKS_MATERIAL)
		return err_set(e, ERR_LIMIT,
			       "%" PRIu64 " stripes: more than %zu bytes in all",
			       s->stripes, LIMIT_LUKS_MATERIAL);
	len = (len + LUKS_SECTOR - 1) / LUKS_SECTOR * LUKS_SECTOR;
	if ((s->size && len > s->size) || !range_fits(s->off, len, b->size))
		return err_set(e, ERR_CORRUPT, "its key lies outside of its place");
	*ret_len = len;
	return 0;
}

/* The stored stripes, decrypted. */
static int read_material(struct blocks *b, const struct luks_slot *s, struct slice key,
			 struct secret *ret, struct err *e)
{
	_cleanup_(crypto_cipher_freep) struct crypto_cipher *c = NULL;
	int r = crypto_cipher_new(s->cipher, key, &c, e);

	if (r >= 0)
		r = blocks_read(b, s->off, ret->p, ret->n, e);
	return r < 0 ? r : crypto_sectors(c, false, 0, LUKS_SECTOR, ret->p, ret->n, e);
}

/* In a time that does not depend on where they differ: it is about a key. */
static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

int luks_is_key(const struct luks_digest *d, const struct secret *key,
		struct luks_budget *budget, struct err *e)
{
	_cleanup_secret_ struct secret sum = {0};
	int r;

	if (d->digest.n == 0 || d->digest.n > CRYPTO_HASH_MAX)
		return err_set(e, ERR_CORRUPT, "a digest of %zu bytes", d->digest.n);
	r = secret_new(d->digest.n, &sum, e);
	if (r >= 0)
		r = pbkdf2(d->hash, d->iterations, secret_slice(key), d->salt, budget,
			   &sum, e);
	return r < 0 ? r : same_bytes(sum.p, d->digest.p, sum.n);
}

int luks_slot_open(struct blocks *b, const struct luks_slot *s, struct slice key,
		   struct luks_budget *budget, struct secret *ret, struct err *e)
{
	_cleanup_secret_ struct secret derived = {0}, material = {0}, merged = {0};
	uint64_t len;
	int r = check_sizes(b, s, &len, e);

	if (r >= 0)
		r = crypto_cipher_check(s->cipher, (size_t)s->kdf_bytes, e);
	if (r >= 0)
		r = secret_new((size_t)s->kdf_bytes, &derived, e);
	if (r >= 0)
		r = secret_new((size_t)len, &material, e);
	if (r >= 0)
		r = secret_new((size_t)s->key_bytes, &merged, e);
	if (r >= 0)
		r = derive(&s->kdf, key, budget, &derived, e);
	if (r >= 0)
		r = read_material(b, s, secret_slice(&derived), &material, e);
	if (r >= 0)
		r = spend_merge(s, &merged, budget, e);
	if (r >= 0)
		r = luks_merge(material.p, s->stripes, s->af_hash, &merged, e);
	if (r >= 0)
		r = luks_is_key(&s->digest, &merged, budget, e);
	if (r == 1) {
		*ret = merged;
		merged = (struct secret){0};
	}
	return r;
}
