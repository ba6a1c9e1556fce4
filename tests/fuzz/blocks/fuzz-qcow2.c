/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes opened as a disk image: as their magic says, and as qcow2. */
#include <sys/mman.h>
#include <unistd.h>

#include "blocks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Backing and data files are the image itself, under another number each time. */
static int open_self(void *ctx, unsigned from, const char *name, int *ret_fd,
		     unsigned *ret_id, struct err *e)
{
	int fd = dup(*(int *)ctx);

	(void)name;
	if (fd < 0)
		return err_set(e, ERR_IO, "no descriptor is left");
	*ret_id = from + 1;
	*ret_fd = fd;
	return 0;
}

/* Of images that are not read here only the names of other files are. */
static int serve_nothing(void *ctx, unsigned from, const char *format, int *ret_fd,
			 unsigned *ret_id, struct err *e)
{
	(void)ctx, (void)from, (void)format, (void)ret_fd, (void)ret_id;
	return err_set(e, ERR_IO, "nobody serves it");
}

static void read_some(struct blocks *b)
{
	static uint8_t buf[1 << 18];
	uint64_t step = b->size / 16 + 1;

	for (uint64_t off = 0; off < b->size; off += step) {
		size_t n = b->size - off < sizeof(buf) ? (size_t)(b->size - off)
						       : sizeof(buf);
		struct err e = ERR_INIT;

		if (blocks_read(b, off, buf, n, &e) < 0 && e.code == ERR_BUG)
			__builtin_trap();
	}
}

static void open_as(int fd, const char *format)
{
	struct blocks_opener opener = {
		.open = open_self, .ctx = &fd, .serve = serve_nothing};
	struct arena *a = arena_new(1 << 20);
	struct blocks_chain chain = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int own = dup(fd);

	if (a && own >= 0 && blocks_open(own, format, &opener, a, &chain, &b, &e) < 0)
		close(own);
	if (b)
		read_some(b);
	blocks_free(b);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size) {
		open_as(fd, NULL);
		open_as(fd, "qcow2");
	}
	close(fd);
	return 0;
}
