/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as all that an SFTP server says. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blocks.h"

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

		if (blocks_read(b, off, buf, n, &e) < 0 &&
		    (e.code == ERR_BUG || strlen(e.text) == 0))
			__builtin_trap();
	}
}

static int give_socket(void *ctx, unsigned from, const char *format, int *ret_fd,
		       unsigned *ret_id, struct err *e)
{
	(void)format;
	*ret_fd = dup(*(int *)ctx);
	*ret_id = from;
	return *ret_fd < 0 ? err_set(e, ERR_IO, "no descriptor is left") : 0;
}

static void open_and_read(int sock, const char *format)
{
	struct blocks_opener opener = {.ctx = &sock, .serve = give_socket};
	struct arena *a = arena_new(1 << 20);
	struct blocks_chain chain = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	if (a && blocks_open_sftp(&opener, "/disk.img", format, a, &chain, &b, &e) >= 0)
		read_some(b);
	blocks_free(b);
	arena_free(a);
}

static void answer_all(const uint8_t *data, size_t size, const char *format)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		return;
	if (write(ends[1], data, size) == (ssize_t)size) {
		shutdown(ends[1], SHUT_WR);
		open_and_read(ends[0], format);
	}
	close(ends[0]);
	close(ends[1]);
}

/* As a disk, and as an image that is found by its header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 160 * 1024)
		return 0;
	answer_all(data, size, "raw");
	answer_all(data, size, NULL);
	return 0;
}
