/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A qcow2 image as blocks (QEMU docs/interop/qcow2.txt): header, map and clusters put
 * together with the external data file and the backing file. Internal snapshots are
 * passed over: the active tables are what the guest would boot.
 */
#include <inttypes.h>
#include <string.h>

#include "checked.h"
#include "image.h"
#include "qcow2.h"

struct qcow2 {
	struct blocks blocks;
	struct blocks *file;    /* the image itself */
	struct blocks *data;    /* external data file, or NULL */
	struct blocks *backing; /* or NULL */
	struct qcow2_map map;
	struct qcow2_inflater inflater;
};

static void qcow2_done(struct blocks *b)
{
	struct qcow2 *q = (struct qcow2 *)b;

	qcow2_inflater_done(&q->inflater);
	blocks_free(q->data);
	blocks_free(q->backing);
	blocks_free(q->file);
}

/* A backing file may be shorter than the disk: zeroes follow it. */
static int read_hole(struct qcow2 *q, uint64_t off, uint8_t *to, size_t len,
		     struct err *e)
{
	size_t below = len;

	if (!q->backing || off >= q->backing->size)
		below = 0;
	else if (below > q->backing->size - off)
		below = (size_t)(q->backing->size - off);
	memset(to + below, 0, len - below);
	return below ? blocks_read(q->backing, off, to, below, e) : 0;
}

static int read_data(struct qcow2 *q, const struct extent *x, uint8_t *to, struct err *e)
{
	struct blocks *from = q->data ? q->data : q->file;

	if (!range_fits(x->host, x->len, from->size))
		return err_set(e, ERR_CORRUPT,
			       "the cluster at %#" PRIx64
			       " is past the end of the %s: the image is truncated",
			       x->host, q->data ? "data file" : "file");
	return blocks_read(from, x->host, to, (size_t)x->len, e);
}

static int read_compressed(struct qcow2 *q, uint64_t off, const struct extent *x,
			   uint8_t *to, struct err *e)
{
	uint64_t mask = (UINT64_C(1) << q->map.h.cluster_bits) - 1;
	struct slice cluster;
	struct reader rd;
	int r = qcow2_inflate(&q->inflater, &q->map.h, q->file, x, &cluster, e);

	if (r < 0)
		return r;
	rd = reader_of(cluster);
	rd_seek(&rd, off & mask);
	rd_copy(&rd, to, (size_t)x->len);
	return rd_ok(&rd) ? 0 : err_set(e, ERR_BUG, "a read past a cluster's end");
}

static int qcow2_read(struct blocks *b, uint64_t off, void *buf, size_t len,
		      struct err *e)
{
	struct qcow2 *q = (struct qcow2 *)b;
	uint8_t *to = buf;

	while (len) {
		struct extent x = {0};
		int r = qcow2_find(&q->map, off, len, &x, e);

		if (r < 0)
			return r;
		if (x.kind == EXTENT_ZERO)
			memset(to, 0, (size_t)x.len);
		else if (x.kind == EXTENT_HOLE)
			r = read_hole(q, off, to, (size_t)x.len, e);
		else if (x.kind == EXTENT_DATA)
			r = read_data(q, &x, to, e);
		else
			r = read_compressed(q, off, &x, to, e);
		if (r < 0)
			return r;
		to += x.len;
		off += x.len;
		len -= (size_t)x.len;
	}
	return 0;
}

static const struct blocks_ops qcow2_ops = {.read = qcow2_read, .done = qcow2_done};

/* Opens the files below; whatever was opened is freed with q. */
static int open_below(struct qcow2 *q, struct image_walk *w, struct err *e)
{
	const struct qcow2_header *h = &q->map.h;
	int r = 0;

	if (h->data_file)
		r = image_open_data(w, h->data_file, &q->data, e);
	if (r == 0 && h->backing)
		r = image_open_backing(w, h->backing, h->backing_format, &q->backing, e);
	return r;
}

int qcow2_open(int fd, struct image_walk *w, struct blocks **ret, struct err *e)
{
	struct qcow2 *q = calloc(1, sizeof(*q));
	struct qcow2_header h;
	int r;

	if (!q)
		return err_set(e, ERR_NOMEM, "out of memory");
	q->blocks =
		(struct blocks){.ops = &qcow2_ops, .format = "qcow2", .sector_size = 512};
	r = raw_borrow(fd, w->part, &q->file, e);
	if (r == 0)
		r = image_check_size(q->file, e);
	if (r == 0)
		r = qcow2_read_header(q->file, w->arena, &h, e);
	if (r == 0) {
		q->blocks.size = h.size;
		qcow2_map_init(&q->map, &h, q->file);
		qcow2_inflater_init(&q->inflater, h.cluster_bits);
		r = open_below(q, w, e);
	}
	if (r < 0) {
		blocks_free(&q->blocks);
		return r;
	}
	raw_own(q->file);
	*ret = &q->blocks;
	return 0;
}
