/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of the qcow2 reader: header, map from guest to host offsets, clusters. The
 * format is QEMU's docs/interop/qcow2.txt; its words are used here.
 */
#pragma once

#include "blocks.h"
#include "codec.h"

struct qcow2_header {
	uint32_t version, cluster_bits, l1_size;
	uint64_t size, l1_offset;
	bool extended_l2, zstd;
	bool has_data_file;
	const char *backing;        /* in the arena; NULL: none */
	const char *backing_format; /* NULL: not stated */
	const char *data_file;      /* NULL: none */
};

/* Reads and checks the header and its extensions. */
int qcow2_read_header(struct blocks *file, struct arena *a, struct qcow2_header *ret,
		      struct err *e);

/* Pieces of L1 and L2 tables. They are read in pages, so that memory does not grow with
 * the size of the image or of its clusters. */
enum { TABLE_PAGE = 4096, L2_PAGES = 64 };
struct table_page {
	uint64_t off; /* of the file; UINT64_MAX: nothing here */
	uint8_t bytes[TABLE_PAGE];
};

struct qcow2_map {
	struct qcow2_header h;
	struct blocks *file; /* borrowed: holds the tables */
	struct table_page l1;
	struct table_page l2[L2_PAGES];
};

enum extent_kind {
	EXTENT_HOLE, /* not in this image: the backing file's bytes, or zeroes */
	EXTENT_ZERO,
	EXTENT_DATA,
	EXTENT_COMPRESSED,
};

/* A range of the guest's disk that lies in one piece. */
struct extent {
	enum extent_kind kind;
	uint64_t len;
	uint64_t host;     /* data: where it starts; compressed: where the cluster does */
	uint64_t host_len; /* compressed: at most so many bytes */
};

void qcow2_map_init(struct qcow2_map *m, const struct qcow2_header *h,
		    struct blocks *file);
/* The longest extent at `off`, up to `len` bytes. */
int qcow2_find(struct qcow2_map *m, uint64_t off, uint64_t len, struct extent *ret,
	       struct err *e);

/* The clusters last decompressed. */
enum { INFLATED_MAX = 8 };
struct inflated {
	uint64_t host; /* where the compressed cluster starts */
	uint64_t used; /* when it was last asked for; 0: never filled */
	uint8_t *bytes;
};

struct qcow2_inflater {
	struct inflated slots[INFLATED_MAX];
	unsigned count; /* of slots in use for this cluster size */
	uint64_t clock;
	uint8_t *input;
	struct codec_blocks codec;
};

void qcow2_inflater_init(struct qcow2_inflater *z, uint32_t cluster_bits);
void qcow2_inflater_done(struct qcow2_inflater *z);
/* The whole cluster of a compressed extent, borrowed until the next call. */
int qcow2_inflate(struct qcow2_inflater *z, const struct qcow2_header *h,
		  struct blocks *file, const struct extent *x, struct slice *ret,
		  struct err *e);
