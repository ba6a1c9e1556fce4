/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The initramfs of one kernel, read whole: every segment, every member.
 */
#pragma once

#include "codec.h"
#include "facts.h"
#include "module_file.h"

/* Copies that name another release than the folder they lie in: whether the kernel takes
 * them, only their symbol CRCs tell. */
struct foreign_copies {
	VEC(struct foreign_copy {
		size_t wanted;           /* index in the fact's list */
		struct module_info info; /* the CRCs alone; none: it does not count */
	})
	list;
};

/* Reads the segments that `in` yields (`size` bytes in all) into *ret: everything but
 * path and source, which the caller knows. `wanted`: the modules asked for; each gets an
 * element of ret->wanted, "absent" ones too. `complete`: read to the end even when every
 * question is answered. `foreign` (may be NULL) gets such copies, in `arena`. Damage sets
 * ret->state and ret->problem and is no error; only ERR_NOMEM, ERR_IO and ERR_BUG are
 * returned. `arena` is of the facts, `scratch` of this reader. */
int initramfs_read(struct codec_input in, uint64_t size, const strs *wanted,
		   bool complete, struct arena *arena, struct arena *scratch,
		   struct initramfs_fact *ret, struct foreign_copies *foreign,
		   struct err *e);
