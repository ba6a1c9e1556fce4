/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of files: blocks that a file has are written over, missing ones are added and
 * superfluous ones freed.
 */
#include "write.h"

/* Bytes given to libext2fs at once; its counts are unsigned int. */
enum { PIECE = 1 << 20 };

static errcode_t write_all(ext2_file_t f, struct slice bytes)
{
	errcode_t code = 0;

	for (size_t off = 0; !code && off < bytes.n;) {
		size_t n = bytes.n - off < PIECE ? bytes.n - off : PIECE;
		struct slice piece;
		unsigned done = 0;

		if (!slice_sub(bytes, off, n, &piece))
			return EXT2_ET_INVALID_ARGUMENT;
		code = ext2fs_file_write(f, piece.p, (unsigned)piece.n, &done);
		off += done;
		if (!code && done == 0)
			return EXT2_ET_SHORT_WRITE;
	}
	return code;
}

int ext_write_data(struct ext_writer *w, uint32_t ino, uint64_t off, struct slice bytes,
		   struct err *e)
{
	uint64_t end = off + bytes.n;
	__u64 size = 0;
	ext2_file_t f = NULL;
	errcode_t code = ext2fs_file_open(w->lib, ino, EXT2_FILE_WRITE, &f), closed;

	if (code)
		return ext_writer_error(w, code, e);
	code = ext2fs_file_get_lsize(f, &size);
	/* What is too much goes first, so that its blocks can serve others. */
	if (!code && size > end)
		code = ext2fs_file_set_size2(f, end);
	if (!code)
		code = ext2fs_file_llseek(f, off, EXT2_SEEK_SET, NULL);
	if (!code)
		code = write_all(f, bytes);
	closed = ext2fs_file_close(f);
	if (!code)
		code = closed;
	return code ? ext_writer_error(w, code, e) : 0;
}

static int change(struct fs_writer *writer, const struct node *file, bool append,
		  struct slice bytes, struct fs_wrote *ret, struct err *e)
{
	struct ext_writer *w = (struct ext_writer *)writer;
	_cleanup_taken_ struct ext_taken t = {0};
	struct ext2_inode_large inode;
	int r = ext_take(w, file, NODE_FILE, &t, e);

	/* libext2fs writes such data through a buffer of a few blocks, unchecked. */
	if (r >= 0 && t.seen.flags & EXT4_INLINE_DATA_FL)
		r = err_set(e, ERR_UNSUPPORTED,
			    "it lies inside of its inode (inline_data): change it inside "
			    "the guest");
	if (r >= 0)
		r = ext_write_data(w, t.seen.ino, append ? t.seen.size : 0, bytes, e);
	if (r >= 0)
		r = ext_inode_touch(w, t.seen.ino, e);
	if (r >= 0)
		r = ext_inode_get(w, t.seen.ino, &inode, e);
	if (r < 0)
		return r;
	ext_wrote(t.seen.ino, &inode, ret);
	return 0;
}

int ext_write_replace(struct fs_writer *w, const struct node *file, struct slice bytes,
		      struct fs_wrote *ret, struct err *e)
{
	return change(w, file, false, bytes, ret, e);
}

int ext_write_append(struct fs_writer *w, const struct node *file, struct slice bytes,
		     struct fs_wrote *ret, struct err *e)
{
	return change(w, file, true, bytes, ret, e);
}
