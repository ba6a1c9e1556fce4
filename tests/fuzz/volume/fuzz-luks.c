/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as an encrypted volume and as the text of LUKS 2's header; with the header's
 * checksum made right, because no chance change gets past it. What can be opened is
 * tried with a key and little work.
 */
#include <stdlib.h>
#include <string.h>

#include "luks_crypto.h"
#include "luks_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_volume(uint8_t *p, size_t size, bool verify)
{
	struct luks_budget budget = {2000, 4096};
	struct arena *a = arena_new(16 << 20);
	struct blocks *b = NULL, *plain = NULL;
	struct err e = ERR_INIT;
	struct luks l = {0};
	uint8_t buf[700];

	if (a && blocks_memory(slice_of(p, size), &b, &e) >= 0 &&
	    luks_read(b, verify, a, &l, &e) >= 0 && verify &&
	    luks_open(b, &l, slice_str("the key"), &budget, NULL, &plain, &e) == 1 &&
	    plain->size > sizeof(buf)) {
		if (blocks_read(plain, plain->size / 2 - 1, buf, sizeof(buf) / 2, &e) < 0)
			abort();
	}
	blocks_free(plain);
	blocks_free(b);
	arena_free(a);
}

static void mend(uint8_t *p, size_t size)
{
	struct slice head = slice_of(p, size < 16384 ? size : 16384);
	uint8_t sum[CRYPTO_HASH_MAX];
	struct err e = ERR_INIT;

	if (head.n < 16384 || memcmp(p, "LUKS\xba\xbe\0\2", 8) != 0)
		return;
	memset(p + 448, 0, 64);
	if (crypto_hash("sha256", &head, 1, sum, &e) >= 0)
		memcpy(p + 448, sum, 32);
}

static void try_text(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(16 << 20);
	struct luks l = {.sector_size = 512};
	struct err e = ERR_INIT;

	if (a && luks2_parse(slice_of(data, size), a, &l, &e) >= 0 &&
	    l.code == ERR_NONE && l.slots.n == 0)
		abort();
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	uint8_t *copy = malloc(size + 1);

	if (!copy || crypto_start(&e) < 0) {
		free(copy);
		return 0;
	}
	memcpy(copy, data, size);
	try_volume(copy, size, false);
	try_volume(copy, size, true);
	mend(copy, size);
	try_volume(copy, size, true);
	try_text(data, size);
	free(copy);
	return 0;
}
