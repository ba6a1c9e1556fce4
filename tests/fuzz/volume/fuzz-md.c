/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as two members of an array: a list of superblocks (512 bytes each, for the
 * places where they may lie) is put on two disks, as they are and once more with right
 * checksums, because no chance change gets past them.
 */
#include <stdlib.h>
#include <string.h>

#include "../../unit/volume/md-maker.h"
#include "md.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DISK = 192 * 1024, PIECE = 512 };

static const size_t places[] = {4096, 0, (DISK - 8192) / 4096 * 4096, DISK - 65536};

static void mend(uint8_t *disk)
{
	for (size_t i = 0; i < 4; i++) {
		uint8_t *s = disk + places[i];

		if (md_get(s, 4) != 0xa92b4efc)
			continue;
		if (md_get(s + 4, 4) == 1 && md_get(s + 220, 4) <= 1920)
			md_seal_1(s);
		else
			md_seal(s, 4096, 152);
	}
}

static void check(const struct md_array *v)
{
	if (!v->blocks != (v->problem != NULL) || v->members.n == 0 || !v->name ||
	    !v->level)
		__builtin_trap();
	for (unsigned part = 0; v->blocks && v->size && part < 4; part++) {
		struct err e = ERR_INIT;
		uint8_t byte;

		if (blocks_read(v->blocks, (v->size - 1) / 3 * part, &byte, 1, &e) < 0 &&
		    e.code == ERR_BUG)
			__builtin_trap();
		(void)!blocks_write(v->blocks, (v->size - 1) / 3 * part, &byte, 1, &e);
	}
}

static void assemble(uint8_t *first, uint8_t *second)
{
	struct arena *a = arena_new(1 << 22), *scratch = arena_new(1 << 22);
	struct md_member members[2] = {{.where = "first"}, {.where = "second"}};
	struct volume_table table = {0};
	struct md_set set = {0};
	struct err e = ERR_INIT;
	const char *what = NULL;

	if (a && scratch && blocks_buffer(first, DISK, &members[0].blocks, &e) == 0 &&
	    blocks_buffer(second, DISK, &members[1].blocks, &e) == 0) {
		if (md_assemble(members, 2, a, scratch, &set, &e) < 0 &&
		    e.code == ERR_BUG)
			__builtin_trap();
		(void)md_is_whole(members[0].blocks, &table, scratch);
		if (md_external(members[0].blocks, &what) && !what)
			__builtin_trap();
		for (size_t i = 0; i < set.arrays.n; i++)
			check(&set.arrays.v[i]);
	}
	md_done(&set);
	blocks_free(members[0].blocks);
	blocks_free(members[1].blocks);
	arena_free(scratch);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *disks[2] = {calloc(1, DISK), calloc(1, DISK)};

	for (size_t i = 0; disks[0] && disks[1] && i < 8 && i * PIECE < size; i++) {
		size_t n = size - i * PIECE < PIECE ? size - i * PIECE : PIECE;

		memcpy(disks[i % 2] + places[i / 2], data + i * PIECE, n);
	}
	if (disks[0] && disks[1]) {
		assemble(disks[0], disks[1]);
		mend(disks[0]);
		mend(disks[1]);
		assemble(disks[0], disks[1]);
	}
	free(disks[0]);
	free(disks[1]);
	return 0;
}
