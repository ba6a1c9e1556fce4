/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The modules of one kernel, found by name and read once each: by modules.dep, by
 * modules.builtin or the kernel's configuration, or by walking the directory.
 */
#pragma once

#include "guest.h"
#include "kernel_config.h"
#include "module_file.h"
#include "module_index.h"

struct stored_module {
	const char *name;    /* dashes as underscores */
	const char *state;   /* as in struct module_fact; NULL when it cannot be told */
	const char *problem; /* why not "file" or "builtin"; NULL for a plain absence */
	struct module_info info; /* of a "file" */
	bool packed;             /* that is compressed, with this hash */
	uint8_t hash[PACKED_HASH];
	const struct module_line *line; /* in modules.dep, or NULL */
	bool line_holds;                /* the file lies where that line says */
	const char *path; /* where it was found, links not followed; of a "file" */
	strs needs;       /* names of the modules it needs itself */
	struct source source;
};

static inline bool stored_is_file(const struct stored_module *m)
{
	return m->state && slice_eq(slice_str(m->state), "file");
}

/* Everything of it lives in the guest's scratch arena. */
struct module_store {
	struct guest *g;
	const char *dir; /* the modules directory, or NULL */
	struct module_index index;
	bool has_index; /* a modules.dep is there and whole */
	struct strmap *builtin;
	struct file builtin_file;
	struct strmap *order; /* names in modules.order, NULL until it was needed */
	struct slice builtin_modinfo;
	struct kernel_config config;
	struct file config_file;
	bool config_inside;    /* it is the kernel's image that has it */
	struct strmap *walked; /* names to paths, NULL until it was needed */
	bool walked_all, walked_whole;
	struct strmap *stored;
	VEC(struct stored_module *) all; /* in the order they were read */
};

/* Reads the indexes of a kernel's modules directory, and its configuration. */
int module_store_open(struct guest *g, struct kernel_fact *k, struct module_store *ret,
		      struct err *e);

/* The module of that name, which is read now unless it was before. Never NULL. */
int module_store_get(struct module_store *s, const char *name, struct stored_module **ret,
		     struct err *e);
