/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the symbols of one kernel are learnt; the steps of loading_read.c. */
#pragma once

#include "loading_read.h"
#include "module_store.h"
#include "symbol_wants.h"

/* How a kernel's own modules say that they were built; counted. */
enum { BUILD_FORMS = 8 };
struct build_forms {
	struct {
		const char *vermagic, *from;
		unsigned count;
	} forms[BUILD_FORMS];
	unsigned n, modules;    /* modules: all that were counted */
	unsigned with, without; /* of these, those with symbol CRCs */
	const char *arch;       /* of the first */
};

/* One kernel while it is read; in its arena, which is emptied for the next. */
struct learning {
	struct guest *g;
	const struct loading_input *in;
	const struct kernel_fact *kernel; /* NULL: a kernel without a disk */
	struct module_store store;        /* usable when `kernel` */
	struct wants wants;
	struct build_forms forms;
	struct build_fact *build; /* what becomes of it */
	struct arena *arena;
};

/* A file of the host as bytes. */
struct file_bytes loading_bytes(const struct loading_file *f);

/* Module.symvers, modules.symbols, System.map. */
int learn_lists(struct learning *l, struct err *e);
/* The kernel's own modules, as many as are needed. */
int learn_neighbours(struct learning *l, struct err *e);
/* Modules that export what is wanted, so that their CRCs are known. */
int learn_exporters(struct learning *l, const strs *names, struct err *e);
