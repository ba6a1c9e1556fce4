/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of opening LUKS: a header of either version, a slot, the blocks. */
#pragma once

#include "luks.h"
#include "secret.h"

enum {
	LUKS_SECTOR = 512,
	LUKS_KEY_MAX = 64, /* bytes: two keys of AES-256, as XTS takes; libgcrypt before
			      1.10.2 makes wrong keys of more with Argon2 */
};

/* The magic and the version, which both begin with. */
int luks1_read(struct blocks *b, struct arena *a, struct luks *ret, struct err *e);
int luks2_read(struct blocks *b, bool verify, struct arena *a, struct luks *ret,
	       struct err *e);
/* Fills *ret from the text of LUKS 2's header (luks2_json.c). */
int luks2_parse(struct slice json, struct arena *a, struct luks *ret, struct err *e);

/* The text in the next `n` bytes of a header, up to a NUL; NULL: the arena is full. */
const char *luks_text(struct reader *rd, size_t n, struct arena *a);

/* Records why no key opens it, unless there is a reason already. */
_printf_(4, 5) int luks_refuse(struct luks *l, struct arena *a, struct err *e,
			       const char *fmt, ...);

/* Tries the key in one slot. 1: *ret is the volume's key, 0: it is another one. */
int luks_slot_open(struct blocks *b, const struct luks_slot *slot, struct slice key,
		   struct luks_budget *budget, struct secret *ret, struct err *e);

/* Is this the volume's key, by what the slot knows of it? 1 or 0. */
int luks_is_key(const struct luks_digest *d, const struct secret *key,
		struct luks_budget *budget, struct err *e);

/* Merges `stripes` parts of ret->n bytes each (the anti-forensic splitter). */
int luks_merge(const uint8_t *split, uint64_t stripes, const char *hash,
	       struct secret *ret, struct err *e);

/* The plain blocks; the range has been checked to lie inside `b`. */
int luks_blocks(struct blocks *b, const struct luks *l, struct slice key,
		struct blocks **ret, struct err *e);
