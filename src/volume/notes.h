/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is found out while volumes are put together of several members, beside the volumes
 * themselves: LVM and MD tell it alike.
 */
#pragma once

#include "arena.h"
#include "err.h"
#include "vec.h"

struct volume_note {
	enum err_code code; /* ERR_NONE: a remark */
	const char *text;   /* one sentence */
	size_t member;      /* the one that it speaks of, or one of those it speaks of */
};
typedef VEC(struct volume_note) volume_notes;

/* Adds one, in the arena. */
_printf_(6, 7) int volume_note(volume_notes *to, struct arena *a, size_t member,
			       enum err_code code, struct err *e, const char *fmt, ...);
