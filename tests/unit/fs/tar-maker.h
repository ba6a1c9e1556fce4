/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small tar archives in memory. */
#pragma once

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slice.h"

enum { TAR_MAKER_SIZE = 64 * 1024, TAR_MAKER_BLOCK = 512 };

struct tar_maker {
	uint8_t bytes[TAR_MAKER_SIZE];
	size_t n;
};

static inline struct tar_maker *tar_new(void)
{
	struct tar_maker *m = calloc(1, sizeof(*m));

	assert(m);
	return m;
}

/* Puts the right checksum into the head at a byte. */
static inline void tar_sum(struct tar_maker *m, size_t at)
{
	unsigned sum = 0;

	memset(m->bytes + at + 148, ' ', 8);
	for (size_t i = 0; i < TAR_MAKER_BLOCK; i++)
		sum += m->bytes[at + i];
	snprintf((char *)m->bytes + at + 148, 8, "%06o", sum);
}

/* A member with these bytes; returns where its head lies. */
static inline size_t tar_add(struct tar_maker *m, char type, const char *name,
			     const char *link, struct slice data)
{
	struct reader name_rd = reader_of(slice_str(name));
	struct reader link_rd = reader_of(slice_str(link)), rd = reader_of(data);
	size_t at = m->n;
	char *head = (char *)m->bytes + at;

	assert(strlen(name) <= 100 && strlen(link) <= 100);
	assert(at + 2 * TAR_MAKER_BLOCK + data.n <= sizeof(m->bytes));
	rd_copy(&name_rd, head, strlen(name));
	snprintf(head + 100, 8, "%07o", 0640);
	snprintf(head + 124, 12, "%011zo", data.n);
	head[156] = type;
	rd_copy(&link_rd, head + 157, strlen(link));
	memcpy(head + 257, "ustar", 6);
	rd_copy(&rd, head + TAR_MAKER_BLOCK, data.n);
	tar_sum(m, at);
	m->n += TAR_MAKER_BLOCK +
		(data.n + TAR_MAKER_BLOCK - 1) / TAR_MAKER_BLOCK * TAR_MAKER_BLOCK;
	return at;
}

/* The block of zeroes behind the last member. */
static inline void tar_end(struct tar_maker *m)
{
	m->n += TAR_MAKER_BLOCK;
	assert(m->n <= sizeof(m->bytes));
}
