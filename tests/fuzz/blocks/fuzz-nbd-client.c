/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as all that the server of a disk says. */
#include <sys/socket.h>
#include <unistd.h>

#include "nbd_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_some(struct blocks *b)
{
	/* The second asks for what follows it, too. */
	static const struct {
		uint32_t off, n;
	} reads[] = {{0, 65536},     {65536, 65536}, {0, 16},
		     {131072, 8192}, {131072, 600},  {0, 700000}};
	static uint8_t buf[700000];

	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		uint64_t off = b->size < reads[i].off ? 0 : reads[i].off;
		uint64_t left = b->size - off;
		size_t n = left < reads[i].n ? (size_t)left : reads[i].n;
		struct err e = ERR_INIT;

		if (blocks_read(b, off, buf, n, &e) < 0 && e.code != ERR_IO &&
		    e.code != ERR_CORRUPT)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int ends[2];

	if (size > 160 * 1024 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
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
