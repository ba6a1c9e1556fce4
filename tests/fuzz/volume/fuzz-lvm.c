/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as metadata text, as one physical volume, and as two (its halves): as they
 * are, and once more with all CRCs made right, because no chance change gets past them.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "checked.h"
#include "lvm_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t get(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static void put_crc(uint8_t *to, const uint8_t *p, size_t n)
{
	uint32_t crc = (uint32_t)~crc32(~UINT32_C(0xf597a6cf), p, (uInt)n);

	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(crc >> 8 * i);
}

static void mend_area(uint8_t *disk, size_t size, uint64_t off)
{
	uint8_t *h = disk + off, *text;
	uint64_t length, at, n;

	if (!range_fits(off, 512, size))
		return;
	length = get(h + 32, 8);
	at = get(h + 40, 8);
	n = get(h + 48, 8);
	text = malloc(n < size ? n + 1 : 1);
	if (text && n < size && range_fits(off, length, size) && at >= 512 &&
	    at < length && n <= length - 512) {
		for (uint64_t i = 0; i < n; i++)
			text[i] = h[at + i < length ? at + i : 512 + at + i - length];
		put_crc(h + 56, text, (size_t)n);
	}
	free(text);
	put_crc(h, h + 4, 508);
}

static void mend(uint8_t *disk, size_t size)
{
	for (size_t s = 0; s < 2048 && range_fits(s, 512, size); s += 512) {
		uint8_t *label = disk + s;

		if (memcmp(label, "LABELONE", 8) != 0)
			continue;
		for (size_t p = 32 + 72; p + 16 <= 512 && get(label + p, 8); p += 16)
			mend_area(disk, size, get(label + p, 8));
		put_crc(label + 16, label + 20, 492);
	}
}

static void check_volumes(const struct lvm_set *set)
{
	for (size_t i = 0; i < set->volumes.n; i++) {
		const struct lvm_volume *v = &set->volumes.v[i];
		struct err e = ERR_INIT;
		uint8_t byte;

		if (!v->blocks != (v->problem != NULL) || v->members.n == 0)
			__builtin_trap();
		/* What is mapped has been checked: it can be read. */
		for (unsigned part = 0; v->blocks && part < 4; part++)
			if (blocks_read(v->blocks, (v->size - 1) / 3 * part, &byte, 1,
					&e) < 0)
				__builtin_trap();
	}
}

static void assemble(const struct slice *parts, size_t n)
{
	struct arena *a = arena_new(1 << 20), *scratch = arena_new(1 << 20);
	struct lvm_member members[2] = {0};
	struct lvm_set set = {0};
	struct err e = ERR_INIT;
	int r = a && scratch ? 0 : -1;

	for (size_t i = 0; r == 0 && i < n; i++) {
		members[i].where = i ? "second" : "first";
		r = blocks_memory(parts[i], &members[i].blocks, &e);
	}
	if (r == 0)
		r = lvm_assemble(members, n, a, scratch, &set, &e);
	if (r < 0 && e.code == ERR_BUG)
		__builtin_trap();
	check_volumes(&set);
	lvm_done(&set);
	for (size_t i = 0; i < 2; i++)
		blocks_free(members[i].blocks);
	arena_free(scratch);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2 / 512 * 512;
	struct slice whole = slice_of(data, size), halves[2];
	uint8_t *copy = malloc(size + 1);
	struct arena *a = arena_new(1 << 20);
	struct lvm_node *top;
	struct err e = ERR_INIT;

	if (copy && a) {
		if (lvm_text_parse(whole, a, &top, &e) < 0 && e.code == ERR_BUG)
			__builtin_trap();
		assemble(&whole, 1);
		memcpy(copy, data, size);
		mend(copy, size);
		whole = slice_of(copy, size);
		assemble(&whole, 1);
		mend(copy + half, size - half);
		halves[0] = slice_of(copy, half);
		halves[1] = slice_of(copy + half, size - half);
		assemble(halves, 2);
	}
	arena_free(a);
	free(copy);
	return 0;
}
