/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that name a distribution: os-release(5) and what came before it. */
#pragma once

#include "facts.h"

/* Fills id, version, name and like of *ret from one file's text; strings in the arena.
 * ERR_ABSENT when the file does not name a distribution; ERR_CORRUPT when it is no text.
 * `id` is what the file stands for when its text does not say it, or NULL. */
typedef int release_parser(struct slice text, const char *id, struct arena *a,
			   struct os_fact *ret, struct err *e);

/* os-release(5): KEY=value lines, shell quoting. */
release_parser os_release_parse;
/* lsb-release: the same form with other keys. */
release_parser lsb_release_parse;
/* "Red Hat Enterprise Linux AS release 3 (Taroon Update 9)": one line. */
release_parser redhat_release_parse;
/* SuSE-release: the name, then "VERSION = 11" and "PATCHLEVEL = 4". */
release_parser suse_release_parse;
/* A version alone ("3.19.1", "12.5", "trixie/sid"), or behind a name ("Slackware 14.2").
 */
release_parser plain_release_parse;
