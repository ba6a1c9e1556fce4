/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A disk image from few bytes, so that seeds stay small and mutations hit what matters:
 * records of a block number (1 KiB blocks) and a length, two bytes each, little-endian,
 * and that many bytes. All the rest is zero. pack.py makes them.
 */
#pragma once

#include <stdlib.h>

#include "slice.h"

/* NULL when out of memory. */
static inline uint8_t *sparse_image(struct slice input, size_t size)
{
	uint8_t *image = calloc(1, size);
	struct reader r = reader_of(input);

	while (image && rd_left(&r) >= 4) {
		size_t off = (size_t)rd_u16le(&r) * 1024;
		size_t n = rd_u16le(&r);

		n = n < rd_left(&r) ? n : rd_left(&r);
		if (off + n > size)
			break;
		rd_copy(&r, image + off, n);
	}
	return image;
}
