/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The data of files: sectors at logical addresses, each with a checksum in a tree of its
 * own.
 */
#include <inttypes.h>

#include "btrfs.h"

#define SUMS_ID (UINT64_MAX - 9) /* -10: the owner of all checksums */

enum { SECTORS_AT_ONCE = 256 };

/* The checksums of the sectors from `at`, as many as the item that has the first of them
 * holds; at most `count`. *ret_n is how many were copied. */
static int some_sums(struct btrfs *x, uint64_t at, size_t count, uint8_t *to,
		     size_t *ret_n, struct err *e)
{
	size_t len = btrfs_sum_len(x->super.sum), n;
	struct btrfs_item item = {0};
	struct reader rd;
	uint64_t first;
	int r = btrfs_floor(x, &x->sums,
			    (struct btrfs_key){SUMS_ID, BTRFS_EXTENT_CSUM, at}, &item, e);

	if (r < 0)
		return r;
	rd = reader_of(item.bytes);
	first = r ? (at - item.key.offset) / x->super.sector : 0;
	if (r == 0 || item.key.id != SUMS_ID || item.key.type != BTRFS_EXTENT_CSUM ||
	    (at - item.key.offset) % x->super.sector || first >= item.bytes.n / len)
		return err_set(e, ERR_CORRUPT, "data at %" PRIu64 " has no checksum", at);
	rd_seek(&rd, first * len);
	n = rd_left(&rd) / len;
	n = n < count ? n : count;
	rd_copy(&rd, to, n * len);
	*ret_n = n;
	return 0;
}

static int get_sums(struct btrfs *x, uint64_t at, size_t count, uint8_t *to,
		    struct err *e)
{
	while (count) {
		size_t n = 0;
		int r = some_sums(x, at, count, to, &n, e);

		if (r < 0)
			return r;
		at += n * (uint64_t)x->super.sector;
		to += n * btrfs_sum_len(x->super.sum);
		count -= n;
	}
	return 0;
}

/* How many sectors, from the first on, have the checksum they should. `sums` NULL: all.
 */
static size_t good_sectors(const struct btrfs *x, struct slice data, const uint8_t *sums)
{
	size_t count = data.n / x->super.sector, len = btrfs_sum_len(x->super.sum), i;

	for (i = 0; sums && i < count; i++) {
		uint8_t sum[BTRFS_SUM_MAX];
		struct slice sector;

		if (!slice_sub(data, i * (uint64_t)x->super.sector, x->super.sector,
			       &sector))
			break;
		btrfs_sum(x->super.sum, sector, sum);
		if (memcmp(sum, sums + i * len, len) != 0)
			break;
	}
	return sums ? i : count;
}

/* One piece that lies together, from the first copy that is right; of those that are not
 * the sectors that are right are taken. Returns how many bytes were. */
static int read_piece(struct btrfs *x, uint64_t at, uint8_t *to, size_t len,
		      const uint8_t *sums, size_t *ret_n, struct err *e)
{
	struct err why = ERR_INIT;
	unsigned copies = 1;

	for (unsigned copy = 0; copy < copies; copy++) {
		struct btrfs_place p;
		size_t good = 0;
		int r;

		err_clear(&why);
		r = btrfs_place(x, at, len, copy, &p, &why);
		if (r < 0)
			break;
		copies = p.copies;
		r = btrfs_place_read(&p, to, &why);
		if (r >= 0)
			good = good_sectors(x, slice_of(to, (size_t)p.len), sums);
		if (good) {
			*ret_n = good * x->super.sector;
			return 0;
		}
		if (r >= 0)
			err_set(&why, ERR_CORRUPT, "the checksum is wrong");
	}
	return err_set(e, why.code, "data at %" PRIu64 ": %s", at, why.text);
}

int btrfs_data_read(struct btrfs *x, uint64_t at, void *buf, size_t len, bool checked,
		    struct err *e)
{
	uint8_t sums[SECTORS_AT_ONCE * BTRFS_SUM_MAX];
	const size_t most = (size_t)SECTORS_AT_ONCE * x->super.sector;
	uint8_t *to = buf;

	if (at % x->super.sector)
		return err_set(e, ERR_CORRUPT, "data at %" PRIu64 " is not possible", at);
	while (len) {
		size_t piece = len < most ? len : most, done = 0;
		int r = checked ? get_sums(x, at, piece / x->super.sector, sums, e) : 0;

		while (r >= 0 && done < piece) {
			size_t n = 0, index = done / x->super.sector;

			r = read_piece(
				x, at + done, to + done, piece - done,
				checked ? sums + index * btrfs_sum_len(x->super.sum)
					: NULL,
				&n, e);
			done += n;
		}
		if (r < 0)
			return r;
		at += piece;
		to += piece;
		len -= piece;
	}
	return 0;
}
