/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ARRAY lines of mdadm.conf(5): which array gets which name. */
#pragma once

#include "arena.h"
#include "err.h"
#include "text.h"
#include "vec.h"

struct mdadm_array {
	const char *device;   /* "/dev/md0", "/dev/md/root"; NULL: none, or "<ignore>" */
	const char *uuid;     /* as written, or NULL */
	const char *set_name; /* name=, or NULL */
};
typedef VEC(struct mdadm_array) mdadm_arrays;

/* A line that begins with a blank goes on with the one before. */
bool mdadm_is_continued(struct slice line);
/* Keywords may be shortened to three letters, in any case. */
bool mdadm_is_keyword(struct slice word, const char *keyword);

/* Appends all of the text's, or none; strings live in the arena. ERR_LIMIT: it has
 * more than anybody has. */
int mdadm_conf_arrays(struct slice text, struct arena *a, mdadm_arrays *ret,
		      struct err *e);
/* Do both mean the same UUID? Letters may be large, colons elsewhere or dashes. */
bool mdadm_same_uuid(struct slice a, const char *b);
