/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The initramfs of one kernel, read whole: every segment, every member.
 */
#pragma once

#include "codec.h"
#include "facts.h"
#include "module_file.h"
#include "packed_modules.h"

/* Copies that name another release than the folder they lie in: whether the kernel takes
 * them, only their symbol CRCs tell. */
struct foreign_copies {
	VEC(struct foreign_copy {
		size_t wanted;           /* index in the fact's list */
		struct module_info info; /* the CRCs alone; none: it does not count */
	})
	list;
};

/* What is asked of one. */
struct initramfs_order {
	const strs *wanted; /* modules; each gets an element of the fact's `wanted` */
	bool complete;      /* read to the end even when every question is answered */
	const packed_modules *packed; /* files of modules that are known, or NULL */
};

/* Reads the segments that `in` yields (`size` bytes in all) into *ret: everything but
 * path and source, which the caller knows. `foreign` (may be NULL) gets such copies, in
 * `arena`. Damage sets ret->state and ret->problem and is no error; only ERR_NOMEM,
 * ERR_IO and ERR_BUG are returned. `arena` is of the facts, `scratch` of this reader;
 * what the order has must last as long as *ret. */
int initramfs_read(struct codec_input in, uint64_t size,
		   const struct initramfs_order *order, struct arena *arena,
		   struct arena *scratch, struct initramfs_fact *ret,
		   struct foreign_copies *foreign, struct err *e);
