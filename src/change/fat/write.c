/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening a FAT file system for writing, with all that is refused, and finishing.
 */
#include "write.h"

#include "limits.h"
#include "put.h"

/* FSInfo of FAT32 ("FSInfo Sector Structure" in the specification): marks and the byte at
 * which the two numbers lie. */
enum { INFO_SIZE = 512, INFO_FREE = 488, INFO_LAST = 492, INFO_AT = 48 };
static const struct {
	unsigned off;
	uint32_t mark;
} info_marks[] = {{0, 0x41615252}, {484, 0x61417272}, {508, 0xaa550000}};

int fat_writer_look(struct fat_writer *w, struct fat **ret, struct err *e)
{
	struct arena_mark mark = arena_mark(w->arena);
	struct fs *fs = NULL;
	int r = fs_fat.open(w->blocks, w->arena, &fs, e);

	/* Its name and remarks are not needed. */
	arena_rewind(w->arena, mark);
	if (r >= 0)
		*ret = (struct fat *)fs;
	return r;
}

/* Is it as a clean unmount leaves it? */
static int check_state(const struct fat_writer *w, struct err *e)
{
	uint32_t clean = w->super.bits == 32 ? 1u << 27 : 1u << 15;
	uint32_t whole = w->super.bits == 32 ? 1u << 26 : 1u << 14;
	uint32_t noted = w->super.bits == 12 ? clean | whole : fat_table_get(w, 1);

	if ((w->super.state & 2) || !(noted & whole))
		return err_set(e, ERR_REFUSED,
			       "errors are recorded in the file system: run fsck.fat");
	if ((w->super.state & 1) || !(noted & clean))
		return err_set(e, ERR_REFUSED,
			       "it is mounted, or was not unmounted cleanly: shut the "
			       "guest down, or run fsck.fat");
	return 0;
}

/* Where FSInfo lies. What it says of free clusters is a hint, and was counted. */
static int find_info(struct fat_writer *w, struct err *e)
{
	uint8_t sector[INFO_SIZE];
	struct reader r = reader_of(slice_of(sector, sizeof(sector)));
	unsigned number;
	int r2;

	if (!w->super.is_32)
		return 0;
	r2 = blocks_read(w->blocks, 0, sector, sizeof(sector), e);
	if (r2 < 0)
		return r2;
	rd_seek(&r, INFO_AT);
	number = rd_u16le(&r);
	if (number == 0 || number >= w->super.reserved)
		return 0;
	w->info = (uint64_t)number * w->super.sector;
	r2 = blocks_read(w->blocks, w->info, sector, sizeof(sector), e);
	for (size_t i = 0; r2 >= 0 && i < ARRAY_LEN(info_marks); i++) {
		rd_seek(&r, info_marks[i].off);
		if (rd_u32le(&r) != info_marks[i].mark)
			w->info = 0;
	}
	return r2;
}

static int write_info(struct fat_writer *w, struct err *e)
{
	uint8_t numbers[8];

	put_le(put_le(numbers, 4, w->table.free), 4, w->table.last);
	return blocks_write(w->blocks, w->info + INFO_FREE, numbers,
			    w->table.last ? sizeof(numbers) : 4, e);
}

static int finish(struct fs_writer *writer, struct err *e)
{
	struct fat_writer *w = (struct fat_writer *)writer;

	return w->info && w->changed.n ? write_info(w, e) : 0;
}

static void done(struct fs_writer *writer)
{
	struct fat_writer *w = (struct fat_writer *)writer;

	fat_table_done(&w->table);
	arena_free(w->arena);
}

static const struct fs_writer_ops ops = {
	.room = fat_write_room,
	.replace = fat_write_replace,
	.append = fat_write_append,
	.create = fat_write_create,
	.mkdir = fat_write_mkdir,
	.unlink = fat_write_unlink,
	.finish = finish,
	.done = done,
};

static int read_all(struct fat_writer *w, struct err *e)
{
	int r = fat_super_read(w->blocks, &w->super, e);

	if (r == 0)
		r = err_set(e, ERR_CORRUPT, "its first sector makes no sense");
	if (r >= 0)
		r = fat_super_check(&w->super, w->blocks, e);
	if (r >= 0 && w->super.is_32 && (w->super.flags & 0x80))
		r = err_set(e, ERR_UNSUPPORTED,
			    "only one of its tables of clusters is in use");
	if (r >= 0)
		r = fat_table_read(w, e);
	if (r >= 0)
		r = check_state(w, e);
	if (r >= 0)
		r = find_info(w, e);
	return r < 0 ? r : fat_write_check(w, e);
}

int fat_writer_open(struct blocks *b, int64_t now, struct fs_writer **ret, struct err *e)
{
	_cleanup_(fs_writer_freep) struct fs_writer *writer = NULL;
	struct fat_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	writer = &w->writer;
	writer->ops = &ops;
	w->blocks = b;
	w->now = now;
	w->arena = arena_new(LIMIT_SCRATCH);
	r = w->arena ? read_all(w, e) : err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(writer);
	return 0;
}
