/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the volumes need that / lies on: logical volumes, arrays, encrypted volumes. */
#pragma once

#include "facts.h"

/* What makes one kind of volume before / can be mounted. */
struct root_stack {
	const char
		*kind; /* of a name_fact, type of a volume_fact, or level of an array */
	const char *const modules[3]; /* one of these, newest name first */
	const char *tool;    /* program in the initramfs that puts it together, or NULL */
	const char *package; /* that brings the program */
	const char *kernel_does; /* what has the kernel do it instead, or NULL */
	bool named; /* a name of / alone may tell of it, so all guests are asked for its
		       modules; for others those guests that lie on it */
};
const struct root_stack *stack_of(const char *kind);
/* What a volume needs, NULL behind the last one: a mirrored logical volume is made by
 * drivers of its own besides LVM, and of MD's. */
struct root_stacks {
	const struct root_stack *v[4];
};
struct root_stacks stacks_of_volume(const struct volume_fact *v);
/* Adds names to a list of modules that have to be looked for. */
int ask_modules(struct arena *a, const char *const *names, strs *ret, struct err *e);
/* The modules that every guest is asked for. */
int stack_modules(struct arena *a, strs *ret, struct err *e);

/* Modules any of which mounts this file system, newest name first; NULL: the name is the
 * module. */
const char *const *root_fs_modules(const char *fs);

/* Does / lie on a volume of this type? */
bool is_below_root(const struct facts *f, const char *type, struct arena *a);

/* Modules for the ciphers of the encrypted volumes that / lies on. Each row is one thing
 * that is needed, under every name that Linux has had for it. */
struct cipher_need {
	const char *what; /* "aes", "xts" */
	const char *const names[5];
	bool may_lack; /* before there was such a module it was a part of dm_crypt */
};
typedef VEC(const struct cipher_need *) cipher_needs;
/* For those of these volumes that are encrypted; false: the arena is full. */
bool cipher_needs_of(const volume_refs *way, struct arena *a, cipher_needs *ret);
