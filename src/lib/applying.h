/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applying a plan takes two workers. The first makes the changes and reads the guest
 * again, so that what would come of them is known while nothing is written. The second
 * makes the very same changes and commits them.
 */
#pragma once

#include <sys/stat.h>

#include "applied.h"
#include "commit.h"
#include "job.h"
#include "limits.h"
#include "rewrite.h"

enum sink { SINK_NONE, SINK_OVERLAY, SINK_COPY, SINK_IN_PLACE };

/* applying.c: makes the changes of ret->plan on copies of the disks that are thrown away,
 * and fills in the rest but for where a result lies; the plan then tells what was seen.
 * ERR_REFUSED: the guest would be worse off. */
int applying_try(struct paravet *p, struct applied *ret, struct err *e);

/* A changed disk, and where it goes. */
struct change_sink {
	size_t disk;                   /* its number among the handle's */
	struct change_backing backing; /* SINK_OVERLAY */
	struct undo_disk id;           /* SINK_IN_PLACE */
	int output;                    /* the new file, or the disk itself */
};

/* What a worker is to do. */
struct change_order {
	struct paravet *handle;
	const struct plan *plan;
	int64_t now;
	int scratch[LIMIT_DISKS]; /* an empty file for each disk; -1: not opened */
	enum sink sink;
	struct change_sink sinks[LIMIT_DISKS];
	size_t n;   /* of these */
	int record; /* SINK_IN_PLACE; else -1 */
};

/* applying_job.c: answers with the changes, and with the facts of the changed guest
 * behind a newline where nothing is committed. */
int change_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e);

/* applying_work.c: does the order in a worker. What it answers: the changes, and the
 * facts behind them, borrowed from `result`. */
int applying_work(struct change_order *o, struct strbuf *result, struct changes *ret,
		  struct slice *ret_facts, struct err *e);

/* applying_write.c: does the order once more, which must make a->changes, and writes
 * where the handle says; fills in where that is. */
int applying_write(struct paravet *p, struct change_order *o, struct applied *a,
		   struct err *e);
/* Notes on the files that were asked for and not made, as nothing changes there. */
int applying_tell_unwritten(struct paravet *p, struct applied *a, struct err *e);
/* Does the result lie in new files, and the disks stay as they are? */
bool applying_makes_files(const struct paravet *p);

/* A disk that has another image by now. */
struct machine_image_now {
	const char *disk; /* as the user named it */
	struct rewrite_image image;
};

/* machine_out.c: the description of the machine, and what of the plan was made. */
struct machine_order {
	const struct machine *machine; /* as it was read */
	struct slice text;
	const struct plan *plan;
	const struct changes *changes;
	VEC(struct machine_image_now) images; /* written for its disks */
};

/* The new text, in the arena; empty: nothing of it changes. ERR_UNSUPPORTED: it would
 * still name an old image. */
int machine_rewritten(const struct machine_order *o, struct arena *a, struct slice *ret,
		      struct err *e);
/* In the worker: what the new text says. */
int machine_read_again(struct paravet *p, struct slice text, struct arena *a,
		       struct machine *ret, struct err *e);

/* applying_files.c: what one disk is written to. It is gone again unless it is kept. */
struct change_output {
	char *path;    /* as the user named it */
	bool ours;     /* it was made here, and has that name */
	bool nameless; /* it gets the name when it is kept */
	int fd;
};
#define CHANGE_OUTPUT_NONE ((struct change_output){.fd = -1})

/* All of them, and the undo record. */
struct change_outputs {
	struct change_output list[LIMIT_DISKS];
	size_t n;
	char *record; /* its path, or NULL */
	int record_fd;
};
#define CHANGE_OUTPUTS_NONE ((struct change_outputs){.record_fd = -1})

/* ERR_USAGE when two of these paths, which need not be there, are one. */
int change_names_differ(const strs *paths, struct err *e);
/* Makes the new file; ERR_REFUSED when there is one already. It has no name yet, where
 * the file system can do that. Its owner and mode are those of the file `like`, as far as
 * this user may set them: nobody may read it who may not read that. */
int change_output_new(const char *path, const struct stat *like,
		      struct change_output *ret, struct err *e);
/* Its bytes, on stable storage: of one that no worker writes. */
int change_output_fill(struct change_output *o, struct slice bytes, struct err *e);
/* The file is complete: it gets its name, unless somebody else took it meanwhile. */
int change_output_keep(struct change_output *o, struct err *e);
/* Closes it; takes it away where it was made here, unless it is `kept`. */
void change_output_done(struct change_output *o, bool kept);
/* Opens the disk to be written to, locked as QEMU locks it. */
int change_output_in_place(const char *disk, struct arena *a, struct change_output *ret,
			   struct undo_disk *ret_id, struct err *e);
/* Makes the undo record; ERR_REFUSED where it would be gone sooner than the disks. */
int change_outputs_record(struct change_outputs *o, const char *path, struct err *e);
/* Does undo take the record's word for where this changed disk is? */
bool change_undo_finds(const char *disk, const char *record);
/* All files are complete. */
int change_outputs_keep(struct change_outputs *o, struct err *e);
/* Have disks perhaps been changed? Only after the record was finished. */
bool change_outputs_began(const struct change_outputs *o);
/* Closes all; takes away what was made here, unless it is `kept`; never a
 * record of changes that began. */
void change_outputs_done(struct change_outputs *o, bool kept);
/* How an overlay at `path` names its disk: by its name alone where both lie in one
 * folder. In the arena. */
int change_backing_name(const char *disk, const char *path, struct arena *a,
			const char **ret, struct err *e);
/* How a description of the machine, which may come from another host, names the new image
 * at `path` in the place of `disk`: by its name alone where both lie in one folder. In
 * the arena. */
int change_image_name(const char *disk, const char *path, struct arena *a,
		      const char **ret, struct err *e);
