/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sink.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int sink_size(int fd, uint64_t *ret, struct err *e)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return err_set(e, ERR_IO, "cannot tell its size: %s", strerror(errno));
	*ret = (uint64_t)end;
	return 0;
}

int sink_is_new(int fd, struct err *e)
{
	uint64_t size;
	int r = sink_size(fd, &size, e);

	if (r < 0)
		return r;
	return size == 0 ? 0
			 : err_set(e, ERR_USAGE,
				   "it is not empty: nothing is written over");
}

int sink_sync(int fd, struct err *e)
{
	while (fsync(fd) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_IO,
				       "what was written did not reach the disk: %s",
				       strerror(errno));
	return 0;
}
