/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several operating systems on the disks of one machine: the one that is asked for, or
 * the one that the machine boots, as far as the boot menus of all of them tell.
 */
#pragma once

#include "assembly.h"

typedef VEC(struct mountable) candidate_list;

/* Chooses of the roots of several systems, or of the one that there is, and lists them in
 * the facts where there are several. ERR_AMBIGUOUS: which one starts is not known.
 * ERR_USAGE: g->wanted_os is none of them. */
int assembly_choose_system(const struct assembly *as, struct guest *g,
			   const candidate_list *list, struct mountable *ret,
			   struct err *e);
