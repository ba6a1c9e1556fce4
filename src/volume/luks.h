/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LUKS 1 and 2 (cryptsetup's on-disk formats): a volume with its key in, its plain blocks
 * out. The header is read without a key. Blocks are decrypted when they are read, so no
 * more of them than are asked for.
 */
#pragma once

#include "blocks.h"
#include "limits.h"
#include "secret.h"
#include "vec.h"

/* How a passphrase becomes the key of a slot. */
struct luks_kdf {
	const char *kind;    /* "pbkdf2", "argon2i", "argon2id", or another word */
	const char *hash;    /* of pbkdf2 */
	uint64_t iterations; /* of pbkdf2; the passes of Argon2 */
	uint64_t memory;     /* of Argon2, KiB */
	uint64_t lanes;      /* of Argon2 */
	struct slice salt;
};

/* By which the volume's key is known when it was found. */
struct luks_digest {
	const char *hash;
	uint64_t iterations;
	struct slice salt, digest;
};

/* One copy of the volume's key, encrypted with a passphrase of its own. */
struct luks_slot {
	unsigned number;
	struct luks_kdf kdf;
	const char *cipher;  /* of the copy */
	uint64_t kdf_bytes;  /* length of the key that the passphrase gives */
	uint64_t off, size;  /* where the copy lies: bytes of the volume */
	const char *af_hash; /* it is spread over `stripes` by this hash */
	uint64_t stripes, key_bytes;
	struct luks_digest digest;
};

/* What a header says. Strings live in the arena and hold the disk's bytes. */
struct luks {
	unsigned version; /* 1, 2 */
	const char *uuid, *label;
	const char *cipher; /* "aes-xts-plain64"; NULL: not read */
	uint64_t key_bytes;
	uint32_t sector_size;
	uint64_t off, size; /* of the encrypted bytes on the volume */
	uint64_t iv;        /* added to the number of a sector (512 bytes) */
	VEC(struct luks_slot) slots;
	strs tokens;         /* what else may open it: "clevis", "systemd-tpm2" */
	enum err_code code;  /* why it cannot be opened by any key; ERR_NONE: it can */
	const char *problem; /* the same as a sentence */
	strs remarks;        /* what was odd but readable */
};

/* Reads a header. `verify`: the checksum of LUKS 2 is checked, for which
 * crypto_start() has been called; it is needed before a key is tried. A volume without
 * the magic is ERR_ABSENT, a damaged header ERR_CORRUPT. What is understood but not
 * openable is told in *ret. */
int luks_read(struct blocks *b, bool verify, struct arena *a, struct luks *ret,
	      struct err *e);

/* What may still be spent on passphrases: headers say how much each one takes. */
struct luks_budget {
	uint64_t iterations; /* of PBKDF2 */
	uint64_t argon2_kib; /* that Argon2 fills, over all passes */
};
#define LUKS_BUDGET \
	{ \
		LIMIT_LUKS_ITERATIONS, LIMIT_LUKS_ARGON2 \
	}

/* Keys of volumes that were opened before, so that the same volume can be opened once
 * more without the work that its passphrase takes. All zero is none. */
struct luks_known {
	size_t n;
	struct {
		char uuid[41];
		struct secret key;
	} v[LIMIT_KEYS];
};
void luks_known_wipe(struct luks_known *known);

/* Opens it by one of these: 1, or 0 when it was not opened before. */
int luks_open_known(struct blocks *b, const struct luks *l,
		    const struct luks_known *known, struct luks_budget *budget,
		    struct blocks **ret, struct err *e);

/* Tries the key in every slot. `known` remembers what opens, and may be NULL.
 * 1: *ret is the plain volume, which is written through when
 * `b` can be written; `b` must outlive it. 0: it opens none of them. */
int luks_open(struct blocks *b, const struct luks *l, struct slice key,
	      struct luks_budget *budget, struct luks_known *known, struct blocks **ret,
	      struct err *e);
