/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a reader does when one of many files cannot be read: say so, and go on. */
#pragma once

#include "guest.h"

/* Deals with the error of one object: a missing one is forgotten, any other becomes a
 * problem `about` it at `path`. Returns 0, or negative when the reader has to stop. */
int tolerate(struct guest *g, const char *about, const char *path, struct err *e);
