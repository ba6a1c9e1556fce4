/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as all that the server of a disk says. */
#include <sys/socket.h>
#include <unistd.h>

#include "nbd_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_some(struct blocks *b)
{
	static uint8_t buf[8192];

	for (uint64_t off = 0; off < 4; off++) {
		size_t n = b->size < sizeof(buf) ? (size_t)b->size : sizeof(buf);
		struct err e = ERR_INIT;

		if (blocks_read(b, 0, buf, n, &e) < 0 && e.code != ERR_IO &&
		    e.code != ERR_CORRUPT)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int ends[2];

	if (size > 64 * 1024 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return 0;
	if (write(ends[1], data, size) == (ssize_t)size) {
		shutdown(ends[1], SHUT_WR);
		if (blocks_nbd(ends[0], "", "vmdk", &b, &e) < 0)
			close(ends[0]);
		else
			read_some(b);
		blocks_free(b);
	}
	close(ends[1]);
	return 0;
}
