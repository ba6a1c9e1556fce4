/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to be written, gathered before the first byte is: a file that several steps
 * change is written once, and a step whose change cannot be made leaves nothing behind.
 */
#pragma once

#include "change.h"
#include "text_edit.h"

/* One file of the guest, and what becomes of it. */
struct staged {
	const char *path;
	struct file file;    /* fs NULL: it is not there yet, and then: */
	struct file above;   /* the nearest folder above it that is there */
	const char *missing; /* the path from that on: "a/b/name" */
	struct slice old;
	struct slice bytes; /* the whole new text, or what is appended to it */
	bool append;
	bool repacked;   /* an initramfs: `bytes` take the place of all, `old` is not here
			  */
	edit_refs edits; /* of the texts */
	VEC(uint64_t) steps; /* that change it: their numbers */
};

struct stage {
	struct guest *g;
	const struct plan *plan;
	struct arena *repacked; /* initramfs that are written whole */
	uint64_t step;          /* number of the one that is taken in */
	VEC(struct staged) files;
};

/* Takes in what a step changes. On failure nothing of the step stays. */
int stage_step(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_drivers.c: takes in what the step's initramfs get, together with what the other
 * steps want in them. */
int stage_drivers(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_indexes.c: the same for the indexes of depmod. */
int stage_indexes(struct stage *s, const struct plan_step *step, struct err *e);

/* Can the file have its new bytes where it lies? ERR_REFUSED. */
int stage_check(const struct staged *f, struct err *e);

/* The file at that path, as it is; fs NULL: it is not there yet. */
int stage_open(struct stage *s, const char *path, struct staged *ret, struct err *e);
/* The one of that path in the list, or NULL. */
struct staged *stage_find(struct stage *s, const char *path);

/* Puts it into the list, or in place of the one of that path: the step at hand changes
 * it. */
int stage_keep(struct stage *s, const struct staged *f, struct err *e);

/* staged_write.c: writes all of it, one file system after the other. The steps in *ret
 * get the names of their files. */
int stage_write(struct stage *s, int64_t now, struct changes *ret, struct err *e);
