/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fd_io.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int fd_read_at(int fd, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *to = buf;

	while (len) {
		ssize_t n = pread(fd, to, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, "cannot read at offset %" PRIu64 ": %s",
				       off, strerror(errno));
		if (n == 0)
			return err_set(e, ERR_IO,
				       "the file ended at offset %" PRIu64
				       " while it was read: it became shorter",
				       off);
		to += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_at(int fd, uint64_t off, const void *buf, size_t len, struct err *e)
{
	const uint8_t *from = buf;

	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_IO,
				       "cannot write at offset %" PRIu64 ": %s", off,
				       n ? strerror(errno) : "nothing was written");
		from += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
