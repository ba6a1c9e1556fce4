/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file_hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"

enum { PIECE = 256 * 1024 };

int file_hash_update(SHA2_CTX *sum, const struct file *f, uint64_t size, struct err *e)
{
	_cleanup_free_ uint8_t *buf = malloc(PIECE);

	if (!buf)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (uint64_t off = 0; off < size; off += PIECE) {
		size_t n = size - off < PIECE ? (size_t)(size - off) : PIECE;
		int r = file_read(f, off, buf, n, e);

		if (r < 0)
			return r;
		SHA256Update(sum, buf, n);
	}
	return 0;
}

const char *file_hash_text(SHA2_CTX *sum, struct arena *a)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH + 1];

	SHA256Final(digest, sum);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return arena_strdup(a, text);
}
