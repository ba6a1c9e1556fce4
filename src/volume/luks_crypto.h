/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cryptography that LUKS is made of, by the names that its headers use. It is
 * libgcrypt's: one library under a fitting licence has every hash, PBKDF2, Argon2 and the
 * ciphers with XTS and CBC in all of the Debian releases that this is built on. Built
 * without it, everything here is ERR_PROGRAM.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "secret.h"
#include "slice.h"

/* The longest result of a hash, in bytes. */
enum { CRYPTO_HASH_MAX = 64 };

/* Prepares the library; it may read files of this host, so it is called before a worker
 * is confined. ERR_PROGRAM when it is not there. */
int crypto_start(struct err *e);

/* Bytes that the hash of this name ("sha256", "ripemd160") gives. ERR_UNSUPPORTED: there
 * is none of that name. */
int crypto_hash_size(const char *hash, size_t *ret, struct err *e);
/* The hash of the parts, one after the other; *to has room for CRYPTO_HASH_MAX. */
int crypto_hash(const char *hash, const struct slice *parts, size_t n, uint8_t *to,
		struct err *e);

/* Fills `ret` (RFC 8018, 5.2). */
int crypto_pbkdf2(const char *hash, struct slice key, struct slice salt,
		  uint64_t iterations, struct secret *ret, struct err *e);
/* Fills `ret` (RFC 9106); `kind` is "argon2i" or "argon2id". */
struct crypto_argon2 {
	const char *kind;
	uint64_t passes, memory, lanes; /* `memory` in KiB */
};
int crypto_argon2(const struct crypto_argon2 *how, struct slice key, struct slice salt,
		  struct secret *ret, struct err *e);

/* A cipher as dm-crypt names it: "aes-xts-plain64", "aes-cbc-essiv:sha256". */
struct crypto_cipher;

/* `key` in bytes is what the name is used with ("aes-xts-plain64": 32 or 64). What is not
 * there is ERR_UNSUPPORTED by name. */
int crypto_cipher_new(const char *name, struct slice key, struct crypto_cipher **ret,
		      struct err *e);
/* Is there such a cipher? The same errors. */
int crypto_cipher_check(const char *name, size_t key_bytes, struct err *e);
struct crypto_cipher *crypto_cipher_free(struct crypto_cipher *c);
static inline void crypto_cipher_freep(struct crypto_cipher **c)
{
	crypto_cipher_free(*c);
}

/* Decrypts or encrypts, in place, sectors that lie one after the other. `unit` is the
 * size of each, of which `len` is a multiple; `iv` the number of the first, counted in
 * 512 bytes. */
int crypto_sectors(struct crypto_cipher *c, bool encrypt, uint64_t iv, uint32_t unit,
		   uint8_t *buf, size_t len, struct err *e);
