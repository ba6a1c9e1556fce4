/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One disk's table: sector 0 is read once, then each scheme is asked in turn. GPT comes
 * first because its disks also carry an MBR.
 */
#include "volume.h"

#include <stdarg.h>
#include <string.h>

#include "limits.h"
#include "scheme.h"

static const struct volume_driver *const drivers[] = {&volume_gpt, &volume_mbr,
						      &volume_foreign};

struct boot_sector boot_sector_decode(struct slice sector)
{
	struct boot_sector b = {0};
	struct reader r = reader_of(sector);

	if (sector.n < SECTOR)
		return b;
	b.signature = slice_has(sector, 510, "\x55\xaa", 2);
	rd_seek(&r, 440);
	b.disk_id = rd_u32le(&r);
	rd_seek(&r, 446);
	for (size_t i = 0; i < MBR_ENTRIES; i++) {
		struct mbr_entry *p = &b.entries[i];
		uint32_t chs;

		p->flag = rd_u8(&r);
		chs = rd_u8(&r) | rd_u16le(&r);
		p->type = rd_u8(&r);
		chs |= rd_u8(&r) | rd_u16le(&r);
		p->start = rd_u32le(&r);
		p->count = rd_u32le(&r);
		p->used = p->flag || p->type || p->start || p->count || chs;
		b.has_protective |= b.signature && p->type == 0xee;
	}
	return b;
}

int volume_add(struct volume_reading *v, const struct volume *part, uint64_t window,
	       struct err *e)
{
	struct blocks *b = NULL;
	struct volume *to;
	int r;

	if (v->table->parts.n >= LIMIT_PARTITIONS)
		return err_set(e, ERR_LIMIT, "more than %d partitions", LIMIT_PARTITIONS);
	r = blocks_window(v->disk, part->start, window, &b, e);
	if (r < 0)
		return r;
	b->sector_size = v->table->sector_size;
	to = vec_add(v->a, &v->table->parts);
	if (!to) {
		blocks_free(b);
		return arena_full(v->a, e);
	}
	*to = *part;
	to->blocks = b;
	return 0;
}

int volume_remark(struct volume_reading *v, struct err *e, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(v->a, fmt, ap);
	va_end(ap);
	if (!text || !vec_push(v->a, &v->table->remarks, text))
		return arena_full(v->a, e);
	return 0;
}

static int read_table(struct volume_reading *v, struct err *e)
{
	struct volume whole = {.size = v->disk->size};

	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		int r = drivers[i]->read(v, e);

		if (r < 0)
			return r;
		if (r > 0) {
			v->table->scheme = drivers[i]->name;
			return 0;
		}
	}
	v->table->scheme = "none";
	v->table->sector_size = v->disk->sector_size;
	return volume_add(v, &whole, whole.size, e);
}

int volume_read(struct blocks *disk, struct arena *a, struct volume_table *ret,
		struct err *e)
{
	uint8_t sector[SECTOR] = {0};
	size_t n = disk->size < SECTOR ? (size_t)disk->size : SECTOR;
	struct volume_table table = {.sector_size = disk->sector_size};
	struct volume_reading v = {
		.disk = disk, .a = a, .table = &table, .sector0 = slice_of(sector, n)};
	int r = blocks_read(disk, 0, sector, n, e);

	if (r < 0)
		return r;
	v.boot = boot_sector_decode(v.sector0);
	table.boot_code = boot_code_of(v.sector0);
	r = read_table(&v, e);
	if (r < 0) {
		volume_done(&table);
		return r;
	}
	*ret = table;
	return 0;
}

void volume_done(struct volume_table *t)
{
	for (size_t i = 0; i < t->parts.n; i++)
		t->parts.v[i].blocks = blocks_free(t->parts.v[i].blocks);
	t->parts.n = 0;
}
