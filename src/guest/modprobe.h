/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of modprobe.conf(5), modprobe.d and the older modules.conf(5). */
#pragma once

#include "facts.h"

/* Appends a fact for each blacklist, install, alias, options and softdep line of one file
 * (continuation lines joined); strings are copied into the arena. `source` says which
 * file; its line is filled in for each fact. */
int modprobe_parse(struct slice text, struct arena *a, struct source source,
		   modprobe_list *list, struct err *e);
