/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds module files that somebody gives against the kernels of a guest, or against a
 * kernel of which only the Module.symvers is at hand.
 */
#pragma once

#include "guest.h"
#include "loading.h"

/* A file of the host. */
struct loading_file {
	const char *name; /* as the user named it */
	struct blocks *blocks;
};

typedef VEC(struct loading_file) loading_files;

struct loading_input {
	loading_files modules;       /* to be judged */
	loading_files neighbours;    /* modules of the kernel asked about */
	struct loading_file symvers; /* instead of the guest's own list; .blocks: or NULL
				      */
	const char *release; /* the kernel asked about; NULL: every one of the guest */
};

/* Fills ret->kernels and ret->problems. g->facts->kernels are the guest's kernels;
 * without a tree (g->tree is NULL) the kernel is the one of the symvers and neighbours. A
 * release that the guest does not have: ERR_USAGE names those there are. */
int loading_read(struct guest *g, const struct loading_input *in, struct loadings *ret,
		 struct err *e);
