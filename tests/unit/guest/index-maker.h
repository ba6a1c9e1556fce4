/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes an index as depmod(8) writes it, but without shortening: a node a character. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "slice.h"

struct index_pair {
	const char *key, *value;
};

struct index_maker {
	uint8_t bytes[65536];
	size_t n;
};

static inline void index_u32(struct index_maker *m, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		m->bytes[m->n++] = (uint8_t)(v >> shift);
}

/* The node of the `n` pairs, in order of their keys, that agree up to `depth`. */
static inline uint32_t index_node(struct index_maker *m, const struct index_pair *v,
				  size_t n, size_t depth)
{
	uint32_t children[256] = {0}, flags = 0, at;
	size_t values = 0, i = 0, end;

	while (values < n && v[values].key[depth] == '\0')
		values++;
	for (i = values; i < n; i = end) {
		for (end = i; end < n && v[end].key[depth] == v[i].key[depth]; end++)
			;
		children[(uint8_t)v[i].key[depth]] =
			index_node(m, v + i, end - i, depth + 1);
	}
	at = (uint32_t)m->n;
	if (values < n) {
		uint8_t first = (uint8_t)v[values].key[depth],
			last = (uint8_t)v[n - 1].key[depth];

		flags |= 0x20000000;
		m->bytes[m->n++] = first;
		m->bytes[m->n++] = last;
		for (unsigned c = first; c <= last; c++)
			index_u32(m, children[c]);
	}
	if (values) {
		flags |= 0x40000000;
		index_u32(m, (uint32_t)values);
	}
	for (i = 0; i < values; i++) {
		index_u32(m, 0);
		memcpy(m->bytes + m->n, v[i].value, strlen(v[i].value) + 1);
		m->n += strlen(v[i].value) + 1;
	}
	return at | flags;
}

static inline struct slice make_index(struct index_maker *m, const struct index_pair *v,
				      size_t n)
{
	uint32_t root;

	m->n = 0;
	index_u32(m, 0xb007f457);
	index_u32(m, 0x00020001);
	index_u32(m, 0);
	root = index_node(m, v, n, 0);
	for (int i = 0; i < 4; i++)
		m->bytes[8 + i] = (uint8_t)(root >> (24 - 8 * i));
	return slice_of(m->bytes, m->n);
}
