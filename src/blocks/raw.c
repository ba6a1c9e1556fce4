/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file or a block device of the host, read by pread(2).
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blocks.h"
#include "checked.h"
#include "fd_io.h"
#include "image.h"

struct raw {
	struct blocks blocks;
	uint64_t at; /* where they start in the file */
	int fd;
	bool owned;
};

static int raw_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	struct raw *raw = (struct raw *)b;

	/* No overflow: off + len lies in the part, which lies in the file. */
	return fd_read_at(raw->fd, raw->at + off, buf, len, e);
}

static void raw_done(struct blocks *b)
{
	struct raw *raw = (struct raw *)b;

	if (raw->owned)
		close(raw->fd);
}

static const struct blocks_ops raw_ops = {.read = raw_read, .done = raw_done};

static const char *kind_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	default:
		return "no file";
	}
}

static int find_size(int fd, struct blocks *b, struct err *e)
{
	struct stat st;
	int sector;

	if (fstat(fd, &st) < 0)
		return err_set(e, ERR_IO, "cannot ask for its size: %s", strerror(errno));
	if (S_ISREG(st.st_mode)) {
		b->size = (uint64_t)st.st_size;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_UNSUPPORTED,
			       "is %s; a disk image is a file or a block device",
			       kind_name(st.st_mode));
	if (ioctl(fd, BLKGETSIZE64, &b->size) < 0)
		return err_set(e, ERR_IO, "cannot ask the block device for its size: %s",
			       strerror(errno));
	if (b->size > INT64_MAX)
		return err_set(e, ERR_IO,
			       "the block device says that it has %" PRIu64
			       " bytes, which is not possible",
			       b->size);
	if (ioctl(fd, BLKSSZGET, &sector) == 0 && (sector == 512 || sector == 4096))
		b->sector_size = (uint32_t)sector;
	return 0;
}

/* From the whole file to that part of it. */
static int take_part(struct raw *raw, struct blocks_part part, struct err *e)
{
	if (!part.size)
		return 0;
	if (!range_fits(part.at, part.size, raw->blocks.size))
		return err_set(e, ERR_CORRUPT,
			       "%" PRIu64 " bytes at offset %" PRIu64
			       " are past the end of the file (%" PRIu64 " bytes)",
			       part.size, part.at, raw->blocks.size);
	raw->at = part.at;
	raw->blocks.size = part.size;
	return 0;
}

int raw_borrow(int fd, struct blocks_part part, struct blocks **ret, struct err *e)
{
	_cleanup_free_ struct raw *raw = calloc(1, sizeof(*raw));
	int r;

	if (!raw)
		return err_set(e, ERR_NOMEM, "out of memory");
	raw->blocks =
		(struct blocks){.ops = &raw_ops, .format = "raw", .sector_size = 512};
	raw->fd = fd;
	r = find_size(fd, &raw->blocks, e);
	if (r >= 0)
		r = take_part(raw, part, e);
	if (r < 0)
		return r;
	*ret = &TAKE_PTR(raw)->blocks;
	return 0;
}

void raw_own(struct blocks *b)
{
	((struct raw *)b)->owned = true;
}

int blocks_raw_part(int fd, struct blocks_part part, struct blocks **ret, struct err *e)
{
	struct blocks *b;
	int r = raw_borrow(fd, part, &b, e);

	if (r < 0)
		return r;
	raw_own(b);
	*ret = b;
	return 0;
}

int blocks_raw(int fd, struct blocks **ret, struct err *e)
{
	return blocks_raw_part(fd, BLOCKS_WHOLE, ret, e);
}
