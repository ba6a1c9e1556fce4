/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths as bytes: nothing is looked up. */
#pragma once

#include "text.h"

/* What stands behind the last slash: the name of the file, or all of it. */
static inline struct slice path_last_part(struct slice path)
{
	struct slice folder;

	while (text_split(path, '/', &folder, &path))
		;
	return path;
}
