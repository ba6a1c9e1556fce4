/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The other modules of a kernel, as witnesses: of its architecture, and of the CRCs of
 * its symbols.
 */
#pragma once

#include "initramfs.h"
#include "module_crcs.h"
#include "module_store.h"

/* Reads some of the kernel's own modules, evenly spread: what was asked for may all come
 * from one package that was built for another kernel. */
int module_neighbours_read(struct module_store *s, struct err *e);

/* Those and all that were read before vote, but for those that say that they were built
 * for another release: two of one foreign package would agree with each other. The votes
 * live in the guest's scratch. */
int module_neighbours_vote(struct module_store *s, const struct kernel_fact *k,
			   struct module_votes *ret, struct err *e);

/* Judges the CRCs of copies in the kernel's initramfs by its modules. */
int module_neighbours_judge(struct guest *g, struct kernel_fact *k,
			    const struct foreign_copies *copies, struct err *e);
