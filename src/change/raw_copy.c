/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A raw copy of the changed disk. Pieces of nothing but zeroes are left out: the file has
 * holes there.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "commit.h"
#include "fd_io.h"
#include "sink.h"

enum { COPY_PIECE = 1 << 20, HOLE = 4096 };

/* Where the bytes from `at` on stop being all zero, or being something. */
static size_t same_kind(struct slice piece, size_t at, bool *ret_zero)
{
	size_t end = at;

	while (end < piece.n) {
		size_t n = piece.n - end < HOLE ? piece.n - end : HOLE;
		bool zero = slice_is_zero(slice_of(piece.p + end, n));

		if (end == at)
			*ret_zero = zero;
		else if (zero != *ret_zero)
			break;
		end += n;
	}
	return end;
}

static int write_piece(int fd, uint64_t off, struct slice piece, struct err *e)
{
	int r = 0;

	for (size_t at = 0, end; r >= 0 && at < piece.n; at = end) {
		bool zero = false;

		end = same_kind(piece, at, &zero);
		if (!zero)
			r = fd_write_at(fd, off + at, piece.p + at, end - at, e);
	}
	return r;
}

int change_commit_copy(struct cow *disk, int fd, struct err *e)
{
	_cleanup_free_ uint8_t *buf = malloc(COPY_PIECE);
	uint64_t size = cow_size(disk);
	int r = buf ? sink_is_new(fd, e) : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0 && ftruncate(fd, (off_t)size) < 0)
		r = err_set(e, ERR_IO, "cannot be made as large as the disk: %s",
			    strerror(errno));
	for (uint64_t off = 0; r >= 0 && off < size; off += COPY_PIECE) {
		size_t n = size - off < COPY_PIECE ? (size_t)(size - off) : COPY_PIECE;

		r = cow_read(disk, off, buf, n, e);
		if (r >= 0)
			r = write_piece(fd, off, slice_of(buf, n), e);
	}
	return r < 0 ? r : sink_sync(fd, e);
}
