/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of modules in the guest's own settings, from which the program that makes its
 * initramfs takes what the next one holds. Only those that a plan has to change where
 * they stand are read: files that take one more line need no reader.
 */
#pragma once

#include "guest.h"

/* The last value that a file for the shell gives to this variable, when it is a plain
 * list in one line: only that can be changed word by word. *ret_found false: it has none,
 * or one that a script computes. Strings of *ret are put into `a`. */
int module_setting_parse(struct slice text, const char *name, struct arena *scratch,
			 struct arena *a, struct source source,
			 struct module_setting_fact *ret, bool *ret_found, struct err *e);
