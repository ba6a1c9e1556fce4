/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan.h"
#include "report.h"

/* `paravet plan`: the answer, what stands in the way, the steps in order. */
void report_plan(const struct facts *f, const struct plan *plan,
		 const struct report_options *options, struct strbuf *out);
/* The same as Markdown. */
void report_plan_markdown(const struct facts *f, const struct plan *plan,
			  const struct report_options *options, struct strbuf *out);

/* Its steps in the guest as a script for sh, to be run there: see script/begin.sh.
 */
void report_plan_script(const struct facts *f, const struct plan *plan,
			struct strbuf *out);

struct writer;
/* What a person does for a step: its text, commands, and files with their new lines. */
void plan_put_task(const struct writer *w, const struct plan_step *s);

/* What the forms say, printable. */
/* "fixable, supported: 8 steps" */
void plan_headline(const struct plan *plan, struct strbuf *out);
/* "boot disk blocked: /boot/vmlinuz is empty (0 bytes)" */
void plan_obstacle_text(const struct plan_obstacle *o, struct strbuf *out);
/* "In the guest", "On the host" */
const char *plan_where(const struct plan_step *s);
/* "/etc/fstab:3, the rest of the line stays" */
void plan_edit_place(const struct plan_edit *edit, struct strbuf *out);
/* Do both append to one file, so that the place need not be said again? */
bool plan_edit_follows(const struct plan_edit *a, const struct plan_edit *b);
/* "/boot/initrd.img-6.1.0-9-amd64, with all that they need" */
void plan_drivers_place(const struct plan_drivers *d, struct strbuf *out);
/* Of an edit of a file in the initramfs. */
void plan_inside_place(const struct plan_drivers *d, const struct plan_edit *edit,
		       struct strbuf *out);
/* "/boot/initrd.img-6.1.0-9-amd64, where no setting of its own forbids them any more" */
void plan_allowed_place(const struct plan_drivers *d, struct strbuf *out);
/* "/lib/modules/6.1/modules.dep and the other indexes of depmod, lines of" */
void plan_indexes_place(const struct plan_indexes *x, struct strbuf *out);
/* plan_states.c; a step without anything of it appends nothing. */
/* Does it hold bytes of its own? A device's node does not. */
bool plan_has_sum(const struct file_change *f);
/* "5a3dce7a777e -> 5f09f4957c3c /etc/fstab": SHA-256 before and after */
void plan_sum_text(const struct file_change *f, bool full, struct strbuf *out);
/* What to know of the files that it changes: "PATH: sentence; PATH: sentence". */
void plan_notes_text(const struct plan_step *s, struct strbuf *out);
/* "these files are as they were read, partition 1 is clean" */
void plan_preconditions_text(const struct plan_step *s, struct strbuf *out);
/* "these files as they were, /etc/dracut.conf.d/paravet.conf removed" */
void plan_undo_text(const struct plan_step *s, struct strbuf *out);
/* "disk.img: partition 1" */
void plan_replay_place(const struct plan_replay *r, struct strbuf *out);
/* What `apply` does to it before its first change. */
void plan_replay_text(const struct plan_replay *r, struct strbuf *out);
/* Steps that are made without running a program of the guest. */
size_t plan_count_offline(const struct plan *plan);
/* Why nothing is changed from outside, and the label for it; NULL: something is, or
 * nobody has tried. */
const char *plan_untried_text(const struct plan *plan, struct strbuf *out);
/* What comes before the text of a step: of a remedy whose changes are listed, that it is
 * the way to make them in the guest itself. */
const char *plan_text_label(const struct plan_step *s);
extern const char plan_unverified[];
