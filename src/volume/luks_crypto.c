/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "luks_crypto.h"

#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "put.h"
#include "text.h"

/* Argon2 came with this one. */
#define OLDEST "1.10.0"

static int failed(const char *doing, gcry_error_t g, struct err *e)
{
	return err_set(e,
		       gcry_err_code(g) == GPG_ERR_ENOMEM ? ERR_NOMEM : ERR_UNSUPPORTED,
		       "%s: libgcrypt says: %s", doing, gcry_strerror(g));
}

int crypto_start(struct err *e)
{
	/* A program that uses this library may have done it. */
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return 0;
	if (!gcry_check_version(OLDEST))
		return err_set(e, ERR_PROGRAM,
			       "opening LUKS needs libgcrypt " OLDEST
			       ", and here is version %s",
			       gcry_check_version(NULL));
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return 0;
}

/* --- Hashes --- */

static int hash_of(const char *name, int *ret, struct err *e)
{
	static const struct {
		const char *name;
		int id;
	} hashes[] = {
		{"sha1", GCRY_MD_SHA1},
		{"sha224", GCRY_MD_SHA224},
		{"sha256", GCRY_MD_SHA256},
		{"sha384", GCRY_MD_SHA384},
		{"sha512", GCRY_MD_SHA512},
		{"ripemd160", GCRY_MD_RMD160},
		{"whirlpool", GCRY_MD_WHIRLPOOL},
		{"sha3-224", GCRY_MD_SHA3_224},
		{"sha3-256", GCRY_MD_SHA3_256},
		{"sha3-384", GCRY_MD_SHA3_384},
		{"sha3-512", GCRY_MD_SHA3_512},
		{"stribog256", GCRY_MD_STRIBOG256},
		{"stribog512", GCRY_MD_STRIBOG512},
		{"sm3", GCRY_MD_SM3},
		{"blake2b-512", GCRY_MD_BLAKE2B_512},
		{"blake2s-256", GCRY_MD_BLAKE2S_256},
	};

	*ret = GCRY_MD_NONE;
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++)
		if (strcmp(hashes[i].name, name) == 0) {
			*ret = hashes[i].id;
			return 0;
		}
	return err_set(e, ERR_UNSUPPORTED, "the hash %s is not known here",
		       escape_short(slice_str(name)).text);
}

int crypto_hash_size(const char *hash, size_t *ret, struct err *e)
{
	int id, r = hash_of(hash, &id, e);

	if (r == 0)
		*ret = gcry_md_get_algo_dlen(id);
	return r;
}

int crypto_hash(const char *hash, const struct slice *parts, size_t n, uint8_t *to,
		struct err *e)
{
	gcry_md_hd_t md;
	gcry_error_t g;
	int id, r = hash_of(hash, &id, e);

	if (r < 0)
		return r;
	g = gcry_md_open(&md, id, 0);
	if (g)
		return failed(hash, g, e);
	for (size_t i = 0; i < n; i++)
		gcry_md_write(md, parts[i].p, parts[i].n);
	memcpy(to, gcry_md_read(md, id), gcry_md_get_algo_dlen(id));
	gcry_md_close(md);
	return 0;
}

/* --- Keys from passphrases --- */

int crypto_pbkdf2(const char *hash, struct slice key, struct slice salt,
		  uint64_t iterations, struct secret *ret, struct err *e)
{
	gcry_error_t g;
	int id, r = hash_of(hash, &id, e);

	if (r < 0)
		return r;
	g = gcry_kdf_derive(key.p, key.n, GCRY_KDF_PBKDF2, id, salt.p, salt.n,
			    (unsigned long)iterations, ret->n, ret->p);
	return g ? failed("PBKDF2", g, e) : 0;
}

int crypto_argon2(const struct crypto_argon2 *how, struct slice key, struct slice salt,
		  struct secret *ret, struct err *e)
{
	const unsigned long numbers[] = {ret->n, (unsigned long)how->passes,
					 (unsigned long)how->memory,
					 (unsigned long)how->lanes};
	int kind =
		strcmp(how->kind, "argon2id") == 0 ? GCRY_KDF_ARGON2ID : GCRY_KDF_ARGON2I;
	gcry_kdf_hd_t kdf;
	gcry_error_t g =
		gcry_kdf_open(&kdf, GCRY_KDF_ARGON2, kind, numbers, ARRAY_LEN(numbers),
			      key.p, key.n, salt.p, salt.n, NULL, 0, NULL, 0);

	if (g)
		return failed(how->kind, g, e);
	/* Without functions that start threads it takes the lanes in turn. */
	g = gcry_kdf_compute(kdf, NULL);
	if (!g)
		g = gcry_kdf_final(kdf, ret->n, ret->p);
	gcry_kdf_close(kdf);
	return g ? failed(how->kind, g, e) : 0;
}

/* --- Ciphers --- */

enum iv { IV_PLAIN, IV_PLAIN64, IV_PLAIN64BE, IV_ESSIV, IV_NULL };

struct crypto_cipher {
	gcry_cipher_hd_t data;
	gcry_cipher_hd_t salt; /* of ESSIV, or NULL */
	enum iv iv;
	size_t block;
};

/* A name, taken apart. */
struct spec {
	char cipher[32], mode[32], iv[64], iv_hash[32];
};

static bool copy_part(struct slice s, char *to, size_t room)
{
	if (s.n == 0 || s.n >= room)
		return false;
	memcpy(to, s.p, s.n);
	to[s.n] = '\0';
	return true;
}

static bool take_apart(const char *name, struct spec *ret)
{
	struct slice s = slice_str(name), cipher, mode, iv, hash;

	*ret = (struct spec){.iv_hash = ""};
	if (!text_split(s, '-', &cipher, &s) || !text_split(s, '-', &mode, &iv))
		return false;
	if (text_split(iv, ':', &iv, &hash) &&
	    !copy_part(hash, ret->iv_hash, sizeof(ret->iv_hash)))
		return false;
	return copy_part(cipher, ret->cipher, sizeof(ret->cipher)) &&
	       copy_part(mode, ret->mode, sizeof(ret->mode)) &&
	       copy_part(iv, ret->iv, sizeof(ret->iv));
}

/* By name and length of key in bytes. */
static int algorithm_of(const char *cipher, size_t key_bytes)
{
	static const struct {
		const char *name;
		size_t key;
		int id;
	} ciphers[] = {
		{"aes", 16, GCRY_CIPHER_AES128},
		{"aes", 24, GCRY_CIPHER_AES192},
		{"aes", 32, GCRY_CIPHER_AES256},
		{"serpent", 16, GCRY_CIPHER_SERPENT128},
		{"serpent", 24, GCRY_CIPHER_SERPENT192},
		{"serpent", 32, GCRY_CIPHER_SERPENT256},
		{"twofish", 16, GCRY_CIPHER_TWOFISH128},
		{"twofish", 32, GCRY_CIPHER_TWOFISH},
		{"camellia", 16, GCRY_CIPHER_CAMELLIA128},
		{"camellia", 24, GCRY_CIPHER_CAMELLIA192},
		{"camellia", 32, GCRY_CIPHER_CAMELLIA256},
	};

	for (size_t i = 0; i < ARRAY_LEN(ciphers); i++)
		if (strcmp(ciphers[i].name, cipher) == 0 && ciphers[i].key == key_bytes)
			return ciphers[i].id;
	return GCRY_CIPHER_NONE;
}

static bool iv_of(const struct spec *s, enum iv *ret)
{
	static const struct {
		const char *name;
		enum iv iv;
		bool hash;
	} ivs[] = {{"plain", IV_PLAIN, false},
		   {"plain64", IV_PLAIN64, false},
		   {"plain64be", IV_PLAIN64BE, false},
		   {"essiv", IV_ESSIV, true},
		   {"null", IV_NULL, false}};

	for (size_t i = 0; i < ARRAY_LEN(ivs); i++)
		if (strcmp(ivs[i].name, s->iv) == 0 &&
		    ivs[i].hash == (s->iv_hash[0] != '\0')) {
			*ret = ivs[i].iv;
			return true;
		}
	return false;
}

static int unknown(const char *name, size_t key_bytes, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "the cipher %s with a key of %zu bits is not known here",
		       escape_short(slice_str(name)).text, key_bytes * 8);
}

/* Numbers of libgcrypt for a name. */
struct choice {
	int cipher, mode, hash, salt_cipher;
	enum iv iv;
};

static int choose(const char *name, size_t key_bytes, struct choice *ret, struct err *e)
{
	struct spec s;
	size_t n = key_bytes;
	int r;

	if (!take_apart(name, &s) || !iv_of(&s, &ret->iv))
		return unknown(name, key_bytes, e);
	if (strcmp(s.mode, "xts") == 0 && n % 2 == 0) {
		ret->mode = GCRY_CIPHER_MODE_XTS;
		n /= 2; /* one half makes the tweak */
	} else if (strcmp(s.mode, "cbc") == 0) {
		ret->mode = GCRY_CIPHER_MODE_CBC;
	} else {
		return unknown(name, key_bytes, e);
	}
	ret->cipher = algorithm_of(s.cipher, n);
	if (ret->cipher == GCRY_CIPHER_NONE)
		return unknown(name, key_bytes, e);
	if (ret->iv != IV_ESSIV)
		return 0;
	r = hash_of(s.iv_hash, &ret->hash, e);
	if (r < 0)
		return r;
	ret->salt_cipher = algorithm_of(s.cipher, gcry_md_get_algo_dlen(ret->hash));
	return ret->salt_cipher == GCRY_CIPHER_NONE ? unknown(name, key_bytes, e) : 0;
}

int crypto_cipher_check(const char *name, size_t key_bytes, struct err *e)
{
	struct choice ignored;

	return choose(name, key_bytes, &ignored, e);
}

/* ESSIV: the number of the sector is encrypted with the hash of the key. */
static gcry_error_t salt_new(const struct choice *how, struct slice key,
			     gcry_cipher_hd_t *ret)
{
	uint8_t hash[CRYPTO_HASH_MAX];
	size_t n = gcry_md_get_algo_dlen(how->hash);
	gcry_error_t g;

	gcry_md_hash_buffer(how->hash, hash, key.p, key.n);
	g = gcry_cipher_open(ret, how->salt_cipher, GCRY_CIPHER_MODE_ECB, 0);
	if (!g)
		g = gcry_cipher_setkey(*ret, hash, n);
	explicit_bzero(hash, sizeof(hash));
	return g;
}

int crypto_cipher_new(const char *name, struct slice key, struct crypto_cipher **ret,
		      struct err *e)
{
	struct crypto_cipher *c;
	struct choice how;
	gcry_error_t g;
	int r = choose(name, key.n, &how, e);

	if (r < 0)
		return r;
	c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->iv = how.iv;
	c->block = gcry_cipher_get_algo_blklen(how.cipher);
	g = gcry_cipher_open(&c->data, how.cipher, how.mode, 0);
	if (!g)
		g = gcry_cipher_setkey(c->data, key.p, key.n);
	if (!g && how.iv == IV_ESSIV)
		g = salt_new(&how, key, &c->salt);
	if (g) {
		crypto_cipher_free(c);
		return failed("the cipher", g, e);
	}
	*ret = c;
	return 0;
}

struct crypto_cipher *crypto_cipher_free(struct crypto_cipher *c)
{
	if (c) {
		gcry_cipher_close(c->data);
		gcry_cipher_close(c->salt);
		free(c);
	}
	return NULL;
}

/* What dm-crypt makes of the number of a sector. */
static gcry_error_t start_sector(struct crypto_cipher *c, uint64_t number)
{
	uint8_t iv[16] = {0};
	gcry_error_t g = 0;

	switch (c->iv) {
	case IV_PLAIN:
		put_le(iv, 4, number);
		break;
	case IV_PLAIN64:
	case IV_ESSIV:
		put_le(iv, 8, number);
		break;
	case IV_PLAIN64BE:
		put_be(iv + 8, 8, number);
		break;
	case IV_NULL:
		break;
	}
	if (c->iv == IV_ESSIV)
		g = gcry_cipher_encrypt(c->salt, iv, c->block, NULL, 0);
	return g ? g : gcry_cipher_setiv(c->data, iv, c->block);
}

int crypto_sectors(struct crypto_cipher *c, bool encrypt, uint64_t iv, uint32_t unit,
		   uint8_t *buf, size_t len, struct err *e)
{
	gcry_error_t g = 0;

	for (size_t at = 0; !g && at < len; at += unit, iv += unit / 512) {
		g = start_sector(c, iv);
		if (!g)
			g = encrypt ? gcry_cipher_encrypt(c->data, buf + at, unit, NULL,
							  0)
				    : gcry_cipher_decrypt(c->data, buf + at, unit, NULL,
							  0);
	}
	return g ? failed(encrypt ? "encrypting" : "decrypting", g, e) : 0;
}
