/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as an OVA: what is found lies in the archive. So that mutations get past the
 * checksums, these are made right before.
 */
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "ova.h"
#include "tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_head(uint8_t *head)
{
	unsigned sum = 8 * ' ';

	if (memcmp(head + 257, "ustar", 5) != 0)
		return;
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i < 148 || i >= 156 ? head[i] : 0;
	snprintf((char *)head + 148, 8, "%06o", sum);
}

static void must_lie_in(const struct blocks *b, struct blocks_part part)
{
	if (!part.size || part.size > b->size || part.at > b->size - part.size)
		abort();
}

static void use(const struct ova *o, struct blocks *b)
{
	struct blocks_part part;
	struct err e = ERR_INIT;

	if (!o->envelope || ova_find(o, "nowhere", &part, &e) >= 0)
		abort();
	must_lie_in(b, o->description);
	for (size_t i = 0; i < o->members.n; i++)
		must_lie_in(b, o->members.v[i].part);
	if (ova_find(o, o->envelope, &part, &e) >= 0)
		must_lie_in(b, part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	_cleanup_free_ uint8_t *copy = malloc(size + 1);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct reader r = reader_of(slice_of(data, size));
	struct ova o;
	struct err e = ERR_INIT;

	if (!a || !copy)
		return 0;
	rd_copy(&r, copy, size);
	for (size_t at = 0; at + TAR_BLOCK <= size; at += TAR_BLOCK)
		mend_head(copy + at);
	if (blocks_memory(slice_of(copy, size), &b, &e) < 0)
		return 0;
	if (ova_read(b, a, &o, &e) >= 0)
		use(&o, b);
	else if (!e.text[0])
		abort();
	return 0;
}
