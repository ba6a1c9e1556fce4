/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is to be written, gathered before the first byte is: a file that several steps
 * change is written once, and a step whose change cannot be made leaves nothing behind.
 */
#pragma once

#include "change.h"
#include "fs_write.h"
#include "text_edit.h"

enum { NEW_FILE_MODE = 0644 };

/* One file of the guest, and what becomes of it. */
struct staged {
	const char *path;
	struct file file;    /* fs NULL: it is not there yet, and then: */
	struct file above;   /* the nearest folder above it that is there */
	const char *missing; /* the path from that on: "a/b/name" */
	struct slice old;
	struct slice bytes; /* the whole new text, or what is appended to it */
	bool append;
	bool repacked; /* an initramfs: `bytes` take the place of all, `old` is not here
			*/
	enum fs_new_kind kind;     /* of one that is not there yet */
	uint32_t mode;             /* the same */
	struct plan_device device; /* of FS_NEW_DEVICE */
	uint16_t group;            /* 0: as its folder's */
	edit_refs edits;           /* of the texts */
	VEC(uint64_t) steps;       /* that change it: their numbers */
};

struct stage {
	struct guest *g;
	const struct plan *plan;
	struct arena *repacked;        /* initramfs that are written whole */
	bool machine, replay;          /* see struct change_input */
	const given_files_list *given; /* packages; NULL: none */
	uint64_t step;                 /* number of the one that is taken in */
	VEC(struct staged) files;
};

/* Takes in what a step changes. On failure nothing of the step stays. */
int stage_step(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_drivers.c: takes in what the step's initramfs get, together with what the other
 * steps want in them. */
int stage_drivers(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_indexes.c: the same for the indexes of depmod. */
int stage_indexes(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_installs.c: the same for files of packages, but nothing else of the step: they
 * have to be written before its indexes are. */
int stage_installs(struct stage *s, const struct plan_step *step, struct err *e);

/* staged_devices.c: the same for nodes of devices. */
int stage_devices(struct stage *s, const struct plan_step *step, struct err *e);

/* What has that name now, a link itself: 0 nothing, 1 it is *ret. */
int stage_look(struct stage *s, const char *path, struct file *ret, struct err *e);

/* The file at that path, as it is; fs NULL: it is not there yet. */
int stage_open(struct stage *s, const char *path, struct staged *ret, struct err *e);
/* The one of that path in the list, or NULL. */
struct staged *stage_find(struct stage *s, const char *path);

/* Puts it into the list, or in place of the one of that path: the step at hand changes
 * it. */
int stage_keep(struct stage *s, const struct staged *f, struct err *e);

/* Tells the steps which files of the stage they changed: of one that was written before
 * the steps were known. */
int stage_tell(const struct stage *s, struct changes *ret, struct err *e);

/* staged_write.c: writes all of it, one file system after the other. The steps in *ret
 * get the names of their files. */
int stage_write(struct stage *s, int64_t now, struct changes *ret, struct err *e);
