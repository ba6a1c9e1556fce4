/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libext2fs reads and writes through an "io manager": a table of functions found by
 * address, and a name. The name given here is the address of a struct ext_io, so nothing
 * is global.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checked.h"
#include "ext.h"
#include "text.h"

/* Bytes that are compared at once before they are written. */
enum { COMPARED = 4096 };

static errcode_t io_open(const char *name, int flags, io_channel *channel);

static errcode_t io_close(io_channel channel)
{
	if (--channel->refcount == 0) {
		free(channel->name);
		free(channel);
	}
	return 0;
}

static errcode_t io_set_block_size(io_channel channel, int size)
{
	channel->block_size = size;
	return 0;
}

/* A negative count is one of bytes. */
static bool byte_range(io_channel channel, unsigned long long block, int count,
		       uint64_t *ret_off, uint64_t *ret_len)
{
	uint64_t size = (uint64_t)channel->block_size;

	*ret_len = count < 0 ? (uint64_t) - (int64_t)count : (uint64_t)count * size;
	return checked_mul(block, size, ret_off);
}

/* The library does not pass every failure on. Where files are changed, everything after
 * one fails, too, until ext_io_error() has told of it. */
static bool has_failed(const struct ext_io *io)
{
	return io->writable && io->err.code != ERR_NONE;
}

static errcode_t io_read64(io_channel channel, unsigned long long block, int count,
			   void *data)
{
	struct ext_io *io = channel->private_data;
	uint64_t off, len;

	if (has_failed(io) || !byte_range(channel, block, count, &off, &len))
		return EXT2_ET_SHORT_READ;
	return blocks_read(io->blocks, off, data, len, &io->err) < 0 ? EXT2_ET_SHORT_READ
								     : 0;
}

static errcode_t io_read(io_channel channel, unsigned long block, int count, void *data)
{
	return io_read64(channel, block, count, data);
}

/* Writes what differs from what is there, so that metadata which the library writes whole
 * (every bitmap, every group descriptor) changes no more of a disk than it has to. */
static int write_changed(struct blocks *b, uint64_t off, const uint8_t *data,
			 uint64_t len, struct err *e)
{
	uint8_t old[COMPARED];
	int r = 0;

	for (uint64_t n; r >= 0 && len; off += n, data += n, len -= n) {
		/* Up to the next multiple, so that pieces are those of a copy on write.
		 */
		n = COMPARED - off % COMPARED;
		n = n < len ? n : len;
		r = blocks_read(b, off, old, (size_t)n, e);
		if (r >= 0 && memcmp(old, data, (size_t)n) != 0)
			r = blocks_write(b, off, data, (size_t)n, e);
	}
	return r;
}

static errcode_t io_write64(io_channel channel, unsigned long long block, int count,
			    const void *data)
{
	struct ext_io *io = channel->private_data;
	uint64_t off, len;

	if (!io->writable)
		return EXT2_ET_RO_FILSYS;
	if (has_failed(io) || !byte_range(channel, block, count, &off, &len))
		return EXT2_ET_SHORT_WRITE;
	return write_changed(io->blocks, off, data, len, &io->err) < 0
		       ? EXT2_ET_SHORT_WRITE
		       : 0;
}

static errcode_t io_write(io_channel channel, unsigned long block, int count,
			  const void *data)
{
	return io_write64(channel, block, count, data);
}

static errcode_t io_flush(_unused_ io_channel channel)
{
	return 0;
}

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "paravet",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_block_size,
	.read_blk = io_read,
	.read_blk64 = io_read64,
	.write_blk = io_write,
	.write_blk64 = io_write64,
	.flush = io_flush,
};

static errcode_t io_open(const char *name, _unused_ int flags, io_channel *channel)
{
	_cleanup_free_ io_channel c = NULL;
	uint64_t address;

	if (!text_hex(slice_str(name), UINTPTR_MAX, &address))
		return EXT2_ET_BAD_DEVICE_NAME;
	c = calloc(1, sizeof(*c));
	if (!c)
		return EXT2_ET_NO_MEMORY;
	c->name = strdup(name);
	if (!c->name)
		return EXT2_ET_NO_MEMORY;
	c->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	c->manager = &manager;
	c->block_size = 1024;
	c->refcount = 1;
	c->private_data = (void *)(uintptr_t)address;
	*channel = TAKE_PTR(c);
	return 0;
}

static const struct reason {
	errcode_t code;
	enum err_code is;
	const char *text;
} reasons[] = {
	{EXT2_ET_NO_MEMORY, ERR_NOMEM, "out of memory"},
	{EXT2_ET_UNSUPP_FEATURE, ERR_UNSUPPORTED,
	 "it uses features that are not supported"},
	{EXT2_ET_RO_UNSUPP_FEATURE, ERR_UNSUPPORTED,
	 "it uses features that are not supported"},
	{EXT2_ET_SB_CSUM_INVALID, ERR_CORRUPT, "superblock: the checksum is wrong"},
	{EXT2_ET_UNKNOWN_CSUM, ERR_UNSUPPORTED,
	 "superblock: the kind of checksum is not known"},
	{EXT2_ET_CORRUPT_SUPERBLOCK, ERR_CORRUPT,
	 "superblock: its numbers contradict each other"},
	{EXT2_ET_BAD_DESC_SIZE, ERR_CORRUPT, "superblock: bad size of group descriptors"},
	{EXT2_ET_INODE_CSUM_INVALID, ERR_CORRUPT, "the checksum is wrong"},
	{EXT2_ET_GDESC_BAD_INODE_TABLE, ERR_CORRUPT,
	 "the group descriptor names no possible inode table"},
	{EXT2_ET_MISSING_INODE_TABLE, ERR_CORRUPT,
	 "the group descriptor names no inode table"},
	{EXT2_ET_BLOCK_BITMAP_CSUM_INVALID, ERR_CORRUPT,
	 "the checksum of a block bitmap is wrong"},
	{EXT2_ET_INODE_BITMAP_CSUM_INVALID, ERR_CORRUPT,
	 "the checksum of an inode bitmap is wrong"},
	{EXT2_ET_EXT_ATTR_CSUM_INVALID, ERR_CORRUPT,
	 "the checksum of extended attributes is wrong"},
	{EXT2_ET_BAD_EA_HEADER, ERR_CORRUPT, "the extended attributes are damaged"},
	{EXT2_ET_BAD_EA_BLOCK_NUM, ERR_CORRUPT, "the extended attributes are damaged"},
	{EXT2_ET_EA_BAD_VALUE_OFFSET, ERR_CORRUPT, "the extended attributes are damaged"},
	{EXT2_ET_EA_BAD_VALUE_SIZE, ERR_CORRUPT, "the extended attributes are damaged"},
	{EXT2_ET_EXTENT_CSUM_INVALID, ERR_CORRUPT,
	 "the checksum of a block of extents is wrong"},
	{EXT2_ET_DIR_CSUM_INVALID, ERR_CORRUPT, "the checksum of a directory is wrong"},
	{EXT2_ET_DIR_CORRUPTED, ERR_CORRUPT, "the directory is damaged"},
	{EXT2_ET_DIRHASH_UNSUPP, ERR_UNSUPPORTED,
	 "the directory's kind of hash index is not known"},
	{EXT2_ET_BLOCK_ALLOC_FAIL, ERR_REFUSED, "no block is free"},
	{EXT2_ET_INODE_ALLOC_FAIL, ERR_REFUSED, "no inode is free"},
	{EXT2_ET_FILE_TOO_BIG, ERR_REFUSED,
	 "the file would be larger than its kind of block list allows"},
};

int ext_io_error(struct ext_io *io, errcode_t code, struct err *e)
{
	if (io->err.code != ERR_NONE) {
		*e = io->err;
		err_clear(&io->err);
		return -(int)e->code;
	}
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].code == code)
			return err_set(e, reasons[i].is, "%s", reasons[i].text);
	return err_set(e, ERR_CORRUPT, "libext2fs says no (error %ld)", (long)code);
}

/* What io_open() finds it by. */
struct io_name {
	char text[20];
};

static struct io_name name_of(struct ext_io *io)
{
	struct io_name name;

	snprintf(name.text, sizeof(name.text), "%" PRIxPTR, (uintptr_t)io);
	return name;
}

int ext_io_create(struct ext_io *io, struct ext2_super_block *params, ext2_filsys *ret,
		  struct err *e)
{
	errcode_t code = ext2fs_initialize(name_of(io).text, EXT2_FLAG_64BITS, params,
					   &manager, ret);

	return code ? ext_io_error(io, code, e) : 0;
}

int ext_io_open(struct ext_io *io, ext2_filsys *ret, struct err *e)
{
	errcode_t code = ext2fs_open(
		name_of(io).text,
		EXT2_FLAG_64BITS |
			(io->writable ? EXT2_FLAG_RW : EXT2_FLAG_SOFTSUPP_FEATURES),
		0, 0, &manager, ret);
	return code ? ext_io_error(io, code, e) : 0;
}
