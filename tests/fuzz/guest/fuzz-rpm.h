/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of a database reader over memory: the file, and what stands beside it. */
#pragma once

#include "packages/rpm_db.h"
#include "packages/rpm_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first four bytes say how long the first file is; the rest is the second. */
static inline struct slice fuzz_split(struct slice all, struct slice *ret_second)
{
	struct reader r = reader_of(all);
	uint32_t n = rd_u32le(&r);
	struct slice first = rd_bytes(&r, n);

	if (!rd_ok(&r)) {
		*ret_second = SLICE_NONE;
		return all;
	}
	*ret_second = rd_bytes(&r, rd_left(&r));
	return first;
}

static inline void fuzz_rpmdb(struct slice main, struct slice beside,
			      int (*read)(struct rpmdb *, struct err *), bool is_wal)
{
	for (int all = 0; all < 2; all++) {
		_cleanup_arena_ struct arena *keep = arena_new((size_t)4 << 20);
		_cleanup_arena_ struct arena *scratch = arena_new((size_t)16 << 20);
		_cleanup_(blocks_freep) struct blocks *file = NULL;
		_cleanup_(blocks_freep) struct blocks *second = NULL;
		struct rpmdb db = {.keep = keep, .scratch = scratch};
		struct err e = ERR_INIT;

		if (blocks_memory(main, &file, &e) < 0 ||
		    blocks_memory(beside, &second, &e) < 0)
			return;
		db.packages = file;
		db.want = all ? NULL : rpm_name_wanted;
		*(is_wal ? &db.wal : &db.names) = beside.n ? second : NULL;
		if (read(&db, &e) < 0 && e.code == ERR_BUG)
			__builtin_trap();
		for (size_t i = 0; i < db.found.n; i++)
			if (!db.found.v[i].name || !db.found.v[i].release)
				__builtin_trap();
	}
}
