/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What / lies on: logical volumes, encrypted volumes. */
#pragma once

#include "facts.h"

/* What makes one kind of volume before / can be mounted. */
struct root_stack {
	const char *kind; /* of a name_fact, or type of a volume_fact */
	const char *const modules[2];
	const char *tool;    /* program in the initramfs that puts it together, or NULL */
	const char *package; /* that brings the program */
};
const struct root_stack *stack_of(const char *kind);
/* Adds names to a list of modules that have to be looked for. */
int ask_modules(struct arena *a, const char *const *names, strs *ret, struct err *e);
/* The modules of all kinds that a guest is asked for unseen. */
int stack_modules(struct arena *a, strs *ret, struct err *e);

/* The kinds of volumes between / and the disks, each once; none: a plain partition, or
 * the volume of / is not known. False: the arena is full. */
typedef VEC(const struct root_stack *) root_stacks;
bool root_stacks_of(const struct facts *f, struct arena *a, root_stacks *ret);

/* Modules for the ciphers of the encrypted volumes that / lies on. Each row is one thing
 * that is needed, under every name that Linux has had for it. */
struct cipher_need {
	const char *what; /* "aes", "xts" */
	const char *const names[5];
	bool may_lack; /* before there was such a module it was a part of dm_crypt */
};
typedef VEC(const struct cipher_need *) cipher_needs;
bool cipher_needs_of(const struct facts *f, struct arena *a, cipher_needs *ret);
