/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A disk in memory with a copy on write over it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cow.h"

struct memory_disk {
	uint8_t *bytes; /* of the source */
	size_t size;
	int scratch;
	struct blocks *source;
	struct cow *cow;
};

static inline void disk_open(struct memory_disk *d, size_t size, uint64_t limit)
{
	struct err e = ERR_INIT;

	d->size = size;
	d->bytes = malloc(size);
	assert_non_null(d->bytes);
	for (size_t i = 0; i < size; i++)
		d->bytes[i] = (uint8_t)(i * 7 + i / 4096 + 1);
	d->scratch = memfd_create("scratch", MFD_CLOEXEC);
	assert_true(d->scratch >= 0);
	assert_int_equal(blocks_memory(slice_of(d->bytes, size), &d->source, &e), 0);
	assert_int_equal(cow_new(d->source, d->scratch, limit, &d->cow, &e), 0);
}

static inline void disk_close(struct memory_disk *d)
{
	cow_free(d->cow);
	blocks_free(d->source);
	close(d->scratch);
	free(d->bytes);
}
