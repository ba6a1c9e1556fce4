/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four kinds of checksums, and the hash of names. */
#include "btrfs.h"

#include <ext2fs/ext2fs.h>
#include <sha2.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "blake2b.h"

static const size_t lengths[BTRFS_SUMS] = {[BTRFS_CRC32C] = 4,
					   [BTRFS_XXHASH64] = 8,
					   [BTRFS_SHA256] = 32,
					   [BTRFS_BLAKE2] = 32};

size_t btrfs_sum_len(enum btrfs_sum kind)
{
	return lengths[kind];
}

static void put_le(uint8_t *to, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		to[i] = (uint8_t)v;
}

static void sha256(struct slice bytes, uint8_t *ret)
{
	SHA2_CTX c;

	SHA256Init(&c);
	SHA256Update(&c, bytes.p, bytes.n);
	SHA256Final(ret, &c);
}

void btrfs_sum(enum btrfs_sum kind, struct slice bytes, uint8_t ret[BTRFS_SUM_MAX])
{
	switch (kind) {
	case BTRFS_XXHASH64:
		put_le(ret, XXH64(bytes.p, bytes.n, 0), 8);
		break;
	case BTRFS_SHA256:
		sha256(bytes, ret);
		break;
	case BTRFS_BLAKE2:
		blake2b(bytes, ret, 32);
		break;
	default:
		put_le(ret, ~ext2fs_crc32c_le(~0u, bytes.p, bytes.n), 4);
	}
}

uint32_t btrfs_name_hash(struct slice name)
{
	return ext2fs_crc32c_le(~1u, name.p, name.n);
}
