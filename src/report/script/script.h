/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files that write a plan's script share. A script begins with the functions of
 * the *.sh files of this folder, and goes on with calls of them.
 */
#pragma once

#include "plan_text.h"

/* words.c: words of the shell, each quoted, a blank before each; NULL is empty. */
void script_put_words(struct strbuf *out, const char *const *words, size_t n);
void script_put_call(struct strbuf *out, const char *name, const char *const *words,
		     size_t n);
/* Every line of it is a comment, wherever its own lines end. */
void script_put_comment(struct strbuf *out, const char *label, const char *text);

/* "\twords /etc/fstab 3 /dev/sda1 UUID=..." */
#define CALL(out, name, ...) \
	script_put_call((out), (name), (const char *const[]){__VA_ARGS__}, \
			ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

/* can.c: the boot loader's entry that an edit changes, or NULL. */
const struct entry_fact *script_entry_at(const struct facts *f,
					 const struct plan_edit *edit);
/* What an edit of a command line means for the settings that it is made from. */
struct script_swap {
	const char *remove, *add;
};
struct script_swap script_swap_of(const struct plan_edit *edit);
/* Can this initramfs be made anew by the guest's own program? */
bool script_can_rebuild(const char *generator, const char *image, const char *release);
/* Is there a call for all that a step does? */
bool script_can_do(const struct facts *f, const struct plan_step *s);

/* guest.c: the function that stops in every other guest. */
void script_put_checks(struct strbuf *out, const struct facts *f,
		       const struct plan *plan);
