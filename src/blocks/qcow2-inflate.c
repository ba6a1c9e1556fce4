/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Compressed clusters (QEMU docs/interop/qcow2.txt, "Compressed Clusters Descriptor").
 * Readers ask for small pieces next to each other, so the clusters last decompressed are
 * kept: half a MiB of them, at least one.
 */
#include <inttypes.h>

#include "checked.h"
#include "cleanup.h"
#include "codec.h"
#include "qcow2.h"

enum { INFLATED_BYTES_BITS = 19 };

void qcow2_inflater_init(struct qcow2_inflater *z, uint32_t cluster_bits)
{
	unsigned count = cluster_bits > INFLATED_BYTES_BITS
				 ? 1
				 : 1u << (INFLATED_BYTES_BITS - cluster_bits);

	z->count = count < INFLATED_MAX ? count : INFLATED_MAX;
}

void qcow2_inflater_done(struct qcow2_inflater *z)
{
	for (size_t i = 0; i < INFLATED_MAX; i++)
		free(z->slots[i].bytes);
	free(z->input);
	codec_blocks_done(&z->codec);
}

/* The slot that holds the cluster, or the one to fill: least lately used. */
static struct inflated *pick_slot(struct qcow2_inflater *z, uint64_t host)
{
	struct inflated *oldest = &z->slots[0];

	for (size_t i = 0; i < z->count; i++) {
		if (z->slots[i].used && z->slots[i].host == host)
			return &z->slots[i];
		if (z->slots[i].used < oldest->used)
			oldest = &z->slots[i];
	}
	oldest->used = 0;
	return oldest;
}

/* The compressed bytes; their length is counted in sectors and may pass the end of the
 * file by less than that. */
static int read_input(struct qcow2_inflater *z, struct blocks *file,
		      uint32_t cluster_bits, const struct extent *x, struct slice *ret,
		      struct err *e)
{
	uint64_t n = x->host_len;
	int r;

	if (x->host >= file->size)
		return err_set(e, ERR_CORRUPT,
			       "the compressed cluster at %#" PRIx64
			       " is past the end of the file: the image is truncated",
			       x->host);
	if (n > file->size - x->host)
		n = file->size - x->host;
	/* The sector count has cluster_bits - 8 bits: at most two clusters. */
	if (!z->input)
		z->input = malloc((size_t)2 << cluster_bits);
	if (!z->input)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_read(file, x->host, z->input, (size_t)n, e);
	if (r < 0)
		return r;
	*ret = slice_of(z->input, (size_t)n);
	return 0;
}

int qcow2_inflate(struct qcow2_inflater *z, const struct qcow2_header *h,
		  struct blocks *file, const struct extent *x, struct slice *ret,
		  struct err *e)
{
	size_t cluster = (size_t)1 << h->cluster_bits;
	struct inflated *slot = pick_slot(z, x->host);
	struct slice in;
	int r = 0;

	if (!slot->used) {
		if (!slot->bytes)
			slot->bytes = malloc(cluster);
		if (!slot->bytes)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = read_input(z, file, h->cluster_bits, x, &in, e);
		if (r < 0)
			return r;
		r = h->zstd ? codec_zstd_block(&z->codec, in, slot->bytes, cluster, e)
			    : codec_inflate_raw(&z->codec, in, slot->bytes, cluster, e);
		if (r < 0)
			return err_wrap(e, "compressed cluster at %#" PRIx64, x->host);
		slot->host = x->host;
	}
	slot->used = ++z->clock;
	*ret = slice_of(slot->bytes, cluster);
	return 0;
}
