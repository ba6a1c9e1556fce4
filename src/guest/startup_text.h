/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts that load modules by name while a guest starts. */
#pragma once

#include "arena.h"
#include "facts.h"

/* The insmod and modprobe commands of a shell script, whatever conditions they stand in,
 * up to an exit that is always reached. A name that the script computes stays as it is
 * written; only the variable of a `for` loop is filled in. `source` is completed with the
 * line. */
int startup_script_parse(struct slice text, struct arena *scratch, struct arena *a,
			 struct source source, startup_list *list, struct err *e);

/* /etc/modules and files of modules-load.d(5): a module a line. */
int startup_names_parse(struct slice text, struct arena *a, struct source source,
			startup_list *list, struct err *e);
