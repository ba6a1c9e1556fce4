/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A new qcow2 image over a disk (QEMU docs/interop/qcow2.txt; its words are used here).
 * The header's cluster is followed by the L1 table; then come data clusters and L2 tables
 * as the changed ranges need them, the refcount blocks and the refcount table. Every
 * cluster is used once, so each refcount is 1 and each offset carries the flag that says
 * so. The header is written when all else is on stable storage.
 */
#include <inttypes.h>
#include <string.h>

#include "commit.h"
#include "fd_io.h"
#include "limits.h"
#include "put.h"
#include "sink.h"

enum {
	CLUSTER_BITS = 16, /* as qemu-img makes them */
	CLUSTER = 1 << CLUSTER_BITS,
	ENTRIES = CLUSTER / 8,   /* of an L2 table, and in a cluster of the others */
	REFCOUNTS = CLUSTER / 2, /* of 16 bits in a block */
	REFCOUNT_ORDER = 4,
	HEADER = 104, /* bytes, without extensions */
	NAME_MAX_BYTES = 1023,
	SECTOR = 512
};

#define EXT_BACKING_FORMAT 0xe2792aca
#define ENTRY_COPIED       (UINT64_C(1) << 63)
#define ENTRY_ZERO         UINT64_C(1)
#define NO_TABLE           UINT64_MAX

struct overlay {
	struct cow *disk;
	int fd;
	uint64_t size;       /* of the guest's disk in it */
	uint64_t l1_entries; /* the table starts in cluster 1 */
	uint64_t used;       /* clusters of the file so far */
	uint64_t next;       /* guest clusters before this one are settled */
	uint64_t table;      /* number of the L2 table being filled, or NO_TABLE */
	uint8_t l2[CLUSTER], cluster[CLUSTER];
};

static int write_cluster(struct overlay *o, uint64_t number, const uint8_t *bytes,
			 struct err *e)
{
	return fd_write_at(o->fd, number * CLUSTER, bytes, CLUSTER, e);
}

/* Puts the L2 table that is complete into the file and its offset into the L1 table. */
static int end_table(struct overlay *o, struct err *e)
{
	uint8_t entry[8];
	int r;

	if (o->table == NO_TABLE)
		return 0;
	put_be(entry, 8, o->used * CLUSTER | ENTRY_COPIED);
	r = write_cluster(o, o->used++, o->l2, e);
	if (r >= 0)
		r = fd_write_at(o->fd, CLUSTER + o->table * 8, entry, 8, e);
	o->table = NO_TABLE;
	return r;
}

static int set_entry(struct overlay *o, uint64_t guest, uint64_t entry, struct err *e)
{
	int r = guest / ENTRIES == o->table ? 0 : end_table(o, e);

	if (r < 0)
		return r;
	if (o->table == NO_TABLE) {
		memset(o->l2, 0, sizeof(o->l2));
		o->table = guest / ENTRIES;
	}
	put_be(o->l2 + guest % ENTRIES * 8, 8, entry);
	return 0;
}

/* The disk may end in the middle of its last cluster: zeroes follow. */
static int read_cluster(struct overlay *o, uint64_t guest, struct err *e)
{
	uint64_t start = guest * CLUSTER, left = cow_size(o->disk) - start;
	size_t n = left < CLUSTER ? (size_t)left : CLUSTER;

	memset(o->cluster + n, 0, CLUSTER - n);
	return cow_read(o->disk, start, o->cluster, n, e);
}

static int put_changed(struct overlay *o, uint64_t guest, struct err *e)
{
	uint64_t host = o->used;
	int r = read_cluster(o, guest, e);

	if (r < 0)
		return r;
	if (slice_is_zero(slice_of(o->cluster, CLUSTER)))
		return set_entry(o, guest, ENTRY_ZERO, e);
	o->used++;
	r = write_cluster(o, host, o->cluster, e);
	return r < 0 ? r : set_entry(o, guest, host * CLUSTER | ENTRY_COPIED, e);
}

/* Two ranges may lie in one cluster: the first of them settles it. */
static int put_range(void *ctx, uint64_t off, uint64_t len, bool zero, struct err *e)
{
	struct overlay *o = ctx;
	uint64_t end = off + len, last = (end - 1) / CLUSTER;
	bool to_end = end == cow_size(o->disk);
	int r = 0;

	if (o->next < off / CLUSTER)
		o->next = off / CLUSTER;
	for (; r >= 0 && o->next <= last; o->next++) {
		bool whole = o->next * CLUSTER >= off &&
			     (to_end || (o->next + 1) * CLUSTER <= end);

		r = zero && whole ? set_entry(o, o->next, ENTRY_ZERO, e)
				  : put_changed(o, o->next, e);
	}
	return r < 0 ? r : 0;
}

static uint64_t clusters_for(uint64_t n, uint64_t each)
{
	return (n + each - 1) / each;
}

/* Refcount blocks and their table count themselves, too. */
static void size_refcounts(const struct overlay *o, uint64_t *ret_blocks,
			   uint64_t *ret_tables)
{
	uint64_t blocks = 1, tables = 1, wanted;

	while ((wanted = clusters_for(o->used + blocks + tables, REFCOUNTS)) != blocks ||
	       clusters_for(wanted, ENTRIES) != tables) {
		blocks = wanted;
		tables = clusters_for(wanted, ENTRIES);
	}
	*ret_blocks = blocks;
	*ret_tables = tables;
}

/* *ret_table: the cluster where the refcount table starts. */
static int write_refcounts(struct overlay *o, uint64_t *ret_table, uint64_t *ret_tables,
			   struct err *e)
{
	uint64_t first = o->used, blocks, tables, total;
	int r = 0;

	size_refcounts(o, &blocks, &tables);
	total = first + blocks + tables;
	for (uint64_t i = 0; r >= 0 && i < blocks; i++) {
		uint64_t left = total - i * REFCOUNTS;

		memset(o->cluster, 0, CLUSTER);
		for (uint64_t j = 0; j < REFCOUNTS && j < left; j++)
			put_be(o->cluster + j * 2, 2, 1);
		r = write_cluster(o, first + i, o->cluster, e);
	}
	for (uint64_t i = 0; r >= 0 && i < tables; i++) {
		memset(o->cluster, 0, CLUSTER);
		for (uint64_t j = 0; j < ENTRIES && i * ENTRIES + j < blocks; j++)
			put_be(o->cluster + j * 8, 8,
			       (first + i * ENTRIES + j) * CLUSTER);
		r = write_cluster(o, first + blocks + i, o->cluster, e);
	}
	o->used = total;
	*ret_table = first + blocks;
	*ret_tables = tables;
	return r;
}

/* QEMU takes what stands before the first colon for a protocol, unless a slash comes
 * before it. */
static const char *name_prefix(const char *file)
{
	return strcspn(file, ":") < strcspn(file, "/") && strchr(file, ':') ? "./" : "";
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return to + n;
}

static int write_header(struct overlay *o, const struct change_backing *backing,
			uint64_t table, uint64_t tables, struct err *e)
{
	const char *prefix = name_prefix(backing->file);
	size_t format = strlen(backing->format), name = strlen(backing->file);
	size_t name_at = HEADER + 8 + (format + 7) / 8 * 8 + 8;
	uint8_t *to = o->cluster;

	memset(to, 0, CLUSTER);
	to = put_be(to, 4, 0x514649fb);
	to = put_be(to, 4, 3); /* version */
	to = put_be(to, 8, name_at);
	to = put_be(to, 4, strlen(prefix) + name);
	to = put_be(to, 4, CLUSTER_BITS);
	to = put_be(to, 8, o->size);
	to = put_be(to, 4, 0); /* not encrypted */
	to = put_be(to, 4, o->l1_entries);
	to = put_be(to, 8, CLUSTER);
	to = put_be(to, 8, table * CLUSTER);
	to = put_be(to, 4, tables);
	to = put_be(to, 4 + 8, 0);     /* no snapshots */
	to = put_be(to, 8 + 8 + 8, 0); /* no features of any kind */
	to = put_be(to, 4, REFCOUNT_ORDER);
	to = put_be(to, 4, HEADER);
	to = put_be(to, 4, EXT_BACKING_FORMAT);
	to = put_be(to, 4, format);
	put_bytes(to, backing->format, format);
	to = put_bytes(o->cluster + name_at, prefix, strlen(prefix));
	put_bytes(to, backing->file, name);
	return write_cluster(o, 0, o->cluster, e);
}

static int check_backing(const struct change_backing *b, struct err *e)
{
	size_t n = strlen(b->file) + strlen(name_prefix(b->file));

	if (n == 0 || n > NAME_MAX_BYTES)
		return err_set(e, ERR_USAGE,
			       "a qcow2 image cannot store the name of its backing file, "
			       "which has %zu bytes",
			       n);
	if (strcmp(b->format, "raw") != 0 && strcmp(b->format, "qcow2") != 0 &&
	    !blocks_served_name(b->format))
		return err_set(e, ERR_USAGE, "a backing file is a disk image");
	return 0;
}

static int overlay_new(struct cow *disk, int fd, struct overlay **ret, struct err *e)
{
	uint64_t size = (cow_size(disk) + SECTOR - 1) / SECTOR * SECTOR;
	uint64_t entries = clusters_for(size, (uint64_t)ENTRIES * CLUSTER);
	struct overlay *o;

	if (entries * 8 > LIMIT_QCOW2_L1)
		return err_set(e, ERR_LIMIT,
			       "a disk of %" PRIu64
			       " bytes is too large for a qcow2 image",
			       size);
	o = malloc(sizeof(*o));
	if (!o)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->disk = disk;
	o->fd = fd;
	o->size = size;
	o->l1_entries = entries;
	o->used = 1 + clusters_for(entries, ENTRIES);
	o->next = 0;
	o->table = NO_TABLE;
	*ret = o;
	return 0;
}

int change_commit_overlay(struct cow *disk, const struct change_backing *backing, int fd,
			  struct err *e)
{
	_cleanup_free_ struct overlay *o = NULL;
	uint64_t table = 0, tables = 0;
	int r = check_backing(backing, e);

	if (r >= 0)
		r = sink_is_new(fd, e);
	if (r >= 0)
		r = overlay_new(disk, fd, &o, e);
	if (r >= 0)
		r = cow_walk(disk, put_range, o, e);
	if (r >= 0)
		r = end_table(o, e);
	if (r >= 0)
		r = write_refcounts(o, &table, &tables, e);
	if (r >= 0)
		r = sink_sync(fd, e);
	if (r >= 0)
		r = write_header(o, backing, table, tables, e);
	return r < 0 ? r : sink_sync(fd, e);
}
