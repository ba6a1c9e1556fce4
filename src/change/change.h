/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes the changes of a plan in a guest whose disks are copies on write (cow.h): the
 * texts that it edits, the initramfs that get drivers, and the indexes of depmod that get
 * lines. It says what it did to which
 * file, and what it left to people. Nothing of it is on a disk before it is committed
 * (commit.h).
 */
#pragma once

#include "given_files.h"
#include "guest.h"
#include "plan.h"

/* What became of a step of the plan. */
struct step_change {
	uint64_t n;         /* its number there */
	bool made;          /* else it is left to people */
	const char *reason; /* why it is, printable; NULL: it was made */
	strs files; /* paths of those that it changed, alone or with other steps */
};

/* One disk that was changed. */
struct disk_change {
	const char *disk; /* as the user named it */
	uint64_t bytes;   /* that differ, counted in blocks of 4 KiB */
};

struct changes {
	VEC(struct step_change) steps;
	VEC(struct file_change) files;
	plan_replays replays;          /* made before the files were changed */
	VEC(struct disk_change) disks; /* the caller of change_guest() fills this in */
};

struct change_input {
	const struct plan *plan;
	const given_files_list *given; /* what the plan installs of; NULL: nothing */
	bool machine; /* the machine's description is written anew: steps that are nothing
			 but edits of it count as made here */
	bool replay;  /* see fs_writer_replay(): the result is another file than the
			 guest's */
	int64_t now;  /* time of every change, in seconds since 1970 */
	/* Opens the tree anew over the disks as they are by now. */
	int (*reopen)(void *ctx, struct guest *g, struct err *e);
	void *ctx;
};

/* Makes every step that is nothing but changes of files: a step is made whole or not at
 * all. `g` has its tree and facts, over disks that can be written; after success the tree
 * is stale, and has to be opened anew. An error (no room, a file system that cannot be
 * written) leaves the disks in any state: the copies have to be thrown away. Everything
 * returned lives in g->arena. */
int change_guest(struct guest *g, const struct change_input *in, struct changes *ret,
		 struct err *e);

/* What making the changes of a plan has shown becomes part of it: which files each step
 * changes, which steps are left to people, which journals are replayed, and what follows
 * from that for its needs. */
int change_foretell(struct plan *plan, const struct changes *c, struct arena *a,
		    struct err *e);

/* Steps of nothing but edits that were made, and whose reasons all stand in the plan that
 * is `left` then, or that go with an outcome that is worse, are told as futile. */
void change_find_futile(struct plan *plan, const struct changes *c,
			const struct plan *left);
void change_call_futile(struct plan *plan, const struct changes *c, const char *why);

/* As JSON, and back: what a worker says may be anything. */
void changes_to_json(const struct changes *c, struct strbuf *out);
int changes_from_json(struct slice json, struct arena *a, struct changes *ret,
		      struct err *e);
