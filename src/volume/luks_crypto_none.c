/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* This program was built without libgcrypt. */
#include "luks_crypto.h"

#include "compiler.h"

static int missing(struct err *e)
{
	return err_set(e, ERR_PROGRAM,
		       "this build of paravet cannot open LUKS: it was made without "
		       "libgcrypt (its option -Dluks)");
}

int crypto_start(struct err *e)
{
	return missing(e);
}

int crypto_hash_size(_unused_ const char *hash, _unused_ size_t *ret, struct err *e)
{
	return missing(e);
}

int crypto_hash(_unused_ const char *hash, _unused_ const struct slice *parts,
		_unused_ size_t n, _unused_ uint8_t *to, struct err *e)
{
	return missing(e);
}

int crypto_pbkdf2(_unused_ const char *hash, _unused_ struct slice key,
		  _unused_ struct slice salt, _unused_ uint64_t iterations,
		  _unused_ struct secret *ret, struct err *e)
{
	return missing(e);
}

int crypto_argon2(_unused_ const struct crypto_argon2 *how, _unused_ struct slice key,
		  _unused_ struct slice salt, _unused_ struct secret *ret, struct err *e)
{
	return missing(e);
}

int crypto_cipher_new(_unused_ const char *name, _unused_ struct slice key,
		      _unused_ struct crypto_cipher **ret, struct err *e)
{
	return missing(e);
}

int crypto_cipher_check(_unused_ const char *name, _unused_ size_t key_bytes,
			struct err *e)
{
	return missing(e);
}

struct crypto_cipher *crypto_cipher_free(_unused_ struct crypto_cipher *c)
{
	return NULL;
}

int crypto_sectors(_unused_ struct crypto_cipher *c, _unused_ bool encrypt,
		   _unused_ uint64_t iv, _unused_ uint32_t unit, _unused_ uint8_t *buf,
		   _unused_ size_t len, struct err *e)
{
	return missing(e);
}
