/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Small SquashFS images in memory: inodes and directories in one metadata block each, not
 * compressed, so that a test can spoil any field.
 */
#pragma once

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "slice.h"

enum {
	SQUASH_MAKER_BLOCK = 4096,
	SQUASH_MAKER_SIZE = 32 * 1024,
	SQUASH_MAKER_META = 8192
};

struct squash_maker {
	uint8_t bytes[SQUASH_MAKER_SIZE]; /* the image */
	size_t n;
	uint8_t inodes[SQUASH_MAKER_META], dirs[SQUASH_MAKER_META];
	size_t inodes_n, dirs_n;
	size_t inodes_at, dirs_at; /* where their contents lie in the finished image */
	unsigned files;            /* inodes made */
};

/* An entry of a directory: the inode that a function below returned, and its kind. */
struct squash_name {
	const char *name;
	size_t inode;
	unsigned kind;
};

static inline size_t squash_put(uint8_t *to, size_t at, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[at + i] = (uint8_t)(value >> 8 * i);
	return at + n;
}

static inline struct squash_maker *squash_new(void)
{
	struct squash_maker *m = calloc(1, sizeof(*m));

	assert(m);
	m->n = 96;
	return m;
}

static inline size_t squash_field(struct squash_maker *m, uint64_t value, unsigned n)
{
	assert(m->inodes_n + n <= sizeof(m->inodes));
	m->inodes_n = squash_put(m->inodes, m->inodes_n, value, n);
	return m->inodes_n;
}

/* The head of an inode, whose number counts up from 1. */
static inline size_t squash_inode(struct squash_maker *m, unsigned type)
{
	size_t at = m->inodes_n;

	squash_field(m, type, 2);
	squash_field(m, 0640, 2);
	squash_field(m, 0, 8); /* owner, group, time */
	squash_field(m, ++m->files, 4);
	return at;
}

/* Bytes of files; returns where they lie. */
static inline uint32_t squash_data(struct squash_maker *m, struct slice data)
{
	struct reader r = reader_of(data);
	size_t at = m->n;

	assert(at + data.n <= sizeof(m->bytes));
	rd_copy(&r, m->bytes + at, data.n);
	m->n += data.n;
	return (uint32_t)at;
}

/* A file of one block that is not compressed. */
static inline size_t squash_file(struct squash_maker *m, const char *text)
{
	struct slice data = slice_str(text);
	uint32_t start = squash_data(m, data);
	size_t at = squash_inode(m, 2);

	squash_field(m, start, 4);
	squash_field(m, UINT32_MAX, 4); /* no fragment */
	squash_field(m, 0, 4);
	squash_field(m, data.n, 4);
	if (data.n)
		squash_field(m, data.n | 1 << 24, 4);
	return at;
}

/* A link, in an inode of type 3 or 10. */
static inline size_t squash_link(struct squash_maker *m, unsigned type,
				 const char *target)
{
	size_t at = squash_inode(m, type);

	squash_field(m, 1, 4);
	squash_field(m, strlen(target), 4);
	for (; *target; target++)
		squash_field(m, (uint8_t)*target, 1);
	if (type == 10)
		squash_field(m, UINT32_MAX, 4);
	return at;
}

/* The list of a directory; returns its size as the inode has it. */
static inline size_t squash_list(struct squash_maker *m, const struct squash_name *names,
				 size_t n)
{
	size_t from = m->dirs_n, at = from;

	if (n == 0)
		return 3;
	at = squash_put(m->dirs, at, n - 1, 4);
	at = squash_put(m->dirs, at, 0, 4); /* block of the inodes */
	at = squash_put(m->dirs, at, 1, 4);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i].name);

		assert(at + 8 + len <= sizeof(m->dirs));
		at = squash_put(m->dirs, at, names[i].inode, 2);
		at = squash_put(m->dirs, at, 0, 2);
		at = squash_put(m->dirs, at, names[i].kind, 2);
		at = squash_put(m->dirs, at, len - 1, 2);
		memcpy(m->dirs + at, names[i].name, len);
		at += len;
	}
	m->dirs_n = at;
	return at - from + 3;
}

/* A directory of these names, in a short inode. */
static inline size_t squash_dir(struct squash_maker *m, uint32_t parent,
				const struct squash_name *names, size_t n)
{
	size_t off = m->dirs_n, size = squash_list(m, names, n);
	size_t at = squash_inode(m, 1);

	squash_field(m, 0, 4); /* block of the list */
	squash_field(m, 2, 4);
	squash_field(m, size, 2);
	squash_field(m, off, 2);
	squash_field(m, parent, 4);
	return at;
}

static inline size_t squash_meta(struct squash_maker *m, const uint8_t *bytes, size_t n)
{
	m->n = squash_put(m->bytes, m->n, n | 0x8000, 2);
	assert(m->n + n <= sizeof(m->bytes));
	memcpy(m->bytes + m->n, bytes, n);
	m->n += n;
	return m->n - n;
}

/* Puts the tables behind the data, and the superblock in front of it. */
static inline void squash_finish(struct squash_maker *m, size_t root)
{
	size_t at = 0;

	m->inodes_at = squash_meta(m, m->inodes, m->inodes_n);
	m->dirs_at = m->n + 2;
	if (m->dirs_n)
		squash_meta(m, m->dirs, m->dirs_n);
	memcpy(m->bytes, "hsqs", 4);
	at = squash_put(m->bytes, 4, m->files, 4);
	at = squash_put(m->bytes, at, 0, 4);
	at = squash_put(m->bytes, at, SQUASH_MAKER_BLOCK, 4);
	at = squash_put(m->bytes, at, 0, 4);  /* fragments */
	at = squash_put(m->bytes, at, 1, 2);  /* gzip */
	at = squash_put(m->bytes, at, 12, 2); /* 2^12 is the size of a block */
	at = squash_put(m->bytes, at, 0, 4);
	at = squash_put(m->bytes, at, 4, 4); /* version 4.0 */
	at = squash_put(m->bytes, at, root, 8);
	at = squash_put(m->bytes, at, m->n, 8);
	at = squash_put(m->bytes, at, UINT64_MAX, 8); /* owners */
	at = squash_put(m->bytes, at, UINT64_MAX, 8); /* extended attributes */
	at = squash_put(m->bytes, at, m->inodes_at - 2, 8);
	at = squash_put(m->bytes, at, m->dirs_at - 2, 8);
	at = squash_put(m->bytes, at, UINT64_MAX, 8); /* fragments */
	squash_put(m->bytes, at, UINT64_MAX, 8);
}
