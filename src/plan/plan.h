/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ordered steps that make exactly this guest use a platform's PV drivers: the steps
 * of the platform's published procedure that its broken links call for, and the remedies
 * of the links that no such step mends. A pure function of facts, platform and verdict.
 *
 * Texts, titles, commands and reasons are printable: what came from the guest is escaped
 * in them, and quoted for the shell in commands. Names, files and the lines of edits are
 * the guest's bytes as they are.
 */
#pragma once

#include "verdict.h"

#define PLAN_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* A change of a file. */
struct plan_edit {
	const char *file;   /* path in the guest; of a step on the host the description of
			       the machine, as the user named it */
	uint64_t line;      /* first line that changes; 0: the new lines go to the end */
	bool whole;         /* whole lines are told; else words of that line, and the rest
			       of it stays */
	const char *before; /* NULL: nothing is replaced */
	const char *after;  /* NULL: it goes away. Both may hold several lines */
};

typedef VEC(struct plan_edit) plan_edits;

/* Drivers that an initramfs is to hold, or no longer to forbid, and to load. */
struct plan_drivers {
	const char *initramfs; /* path in the guest */
	const char *kernel;    /* the release that it is for; NULL: not known */
	const char
		*generator; /* that made it; NULL: not known, or it is not made alone */
	strs modules;       /* to be added, without what they need */
	strs allowed; /* that lines of its own modprobe.d, or words of its command line,
			  forbid: those go away */
	plan_edits edits; /* of other files in it, which are copies of the guest's */
};

/* Indexes of depmod that get the lines of modules which they lack, or have wrongly. */
struct plan_indexes {
	const char *kernel; /* the release */
	const char *folder; /* of its modules, where the indexes lie */
	strs modules;
};

/* A file of a package that was given, and where it goes in the guest. */
struct plan_installed_file {
	const char *from;   /* path that the package has it at */
	const char *path;   /* path in the guest */
	bool link;          /* a link to `from` is made instead of a copy */
	const char *module; /* its name; NULL: it is no module */
};

/* Modules of a package that are put in place for one kernel, without its scriptlets. */
struct plan_install {
	const char *package; /* its file, as the user named it */
	const char *name;    /* of the package: "kmod-xenpv-PAE-0.1-9.el5.i686" */
	const char *kernel;  /* release */
	VEC(struct plan_installed_file) files;
};

/* A block device's node that is made, for root and the group disk. */
struct plan_device {
	const char *path; /* in the guest */
	uint64_t major, minor;
};

/* One file of the guest that was changed, on its disk or on a copy of that. */
struct file_change {
	const char *path;          /* links followed */
	const char *disk, *volume; /* where it lies, as in struct source */
	const char *how; /* "edited", "appended", "created", "repacked"; "linked": a new
			    symbolic link, whose bytes are where it leads;
			    "device": a new node */
	uint64_t old_size, new_size;
	const char *old_sha256, *new_sha256; /* hexadecimal; old: NULL when created */
	strs notes; /* sentences: what to know of it, printable */
};

/* A file system that was not unmounted cleanly: `apply` replays its journal before it
 * changes the first file there. */
struct plan_replay {
	const char *disk, *volume; /* as in struct file_change */
};
typedef VEC(struct plan_replay) plan_replays;

/* How something of the guest is before a step changes it: what the step asks for, and
 * what undoing it brings back. */
struct plan_state {
	const char *kind;
	/* "file": `path` has the bytes of this sum; NULL: those that were read
	 * "absent": nothing is at `path`
	 * "line": `text` stands in this line of `path`
	 * "end": the file at `path` does not end with the lines `text`
	 * "clean": the file system `volume` of `disk` was unmounted cleanly
	 * "step": step `line` was taken
	 * "command": `text` was typed, in the place of the step */
	const char *path, *text, *sha256, *disk, *volume;
	uint64_t line;
};
typedef VEC(struct plan_state) plan_states;

struct plan_step {
	uint64_t n;         /* from 1 */
	const char *id;     /* of the step in the platform file; "remedy": of a link */
	const char *where;  /* it is done in: "guest", "host" */
	const char *title;  /* one line */
	const char *text;   /* more, or NULL */
	strs commands;      /* to be typed there */
	strs undo_commands; /* what takes them back; part of `undo`, too */
	strs subjects;      /* the devices or the kernel that it is for: "eth0" */
	strs reasons;       /* texts of the links that it mends */
	VEC(struct source) sources; /* where that was read */
	VEC(struct plan_drivers) drivers;
	VEC(struct plan_indexes) indexes;
	VEC(struct plan_install) installs;
	VEC(struct plan_device) devices; /* what the commands make, if there are any */
	plan_edits edits;
	bool aside;      /* no step behind it rests on it */
	bool shuts_down; /* it is done when the guest is off */
	/* What trying it has shown (change_foretell() in change/change.h); else empty: */
	VEC(struct file_change) files; /* that it changes, alone or with other steps */
	const char *left;   /* why `apply` leaves it to people, printable; or NULL */
	const char *futile; /* with it, made from outside, this is so still, or is worse,
			       printable: its edits do not help; or NULL */
	plan_states preconditions; /* all of them, or it is not the guest of this plan */
	plan_states undo;          /* what brings these about takes the step back */
	bool verified;             /* the text that it rests on was read */
	citations cites;
};

/* What no step mends. */
struct plan_obstacle {
	strs subjects;      /* the devices: "eth0", "boot-disk" */
	enum answer state;  /* blocked or unknown */
	const char *text;   /* of the link */
	const char *advice; /* its remedy, which may not be enough; or NULL */
	struct source source;
	citations cites;
};

struct plan {
	const char *platform, *platform_name;
	enum answer answer; /* of the guest as it is */
	enum support support;
	const char *kernel; /* that starts by default; NULL: not known */
	const char
		*release; /* of the guest, as the tables name it: "RHEL 5.1"; or NULL */
	VEC(struct plan_step) steps;
	VEC(struct plan_obstacle) obstacles;
	strs refusals;      /* packages that were given and are not taken, with the
			       reasons: a plan with any is not applied */
	strs package_notes; /* sentences on packages that were given: what a person does
			       about one that is taken, and which is not needed */
	strs kernels, choices; /* that were asked for, as in struct plan_options */
	strs remarks; /* sentences: what stays as it is, and what was taken for granted */
	/* The changes of files were tried: the answer with them. NULL: they were not. */
	const char *after;
	const char *untried;  /* why not, printable; NULL: nobody asked, or no steps */
	plan_replays replays; /* that were made then; none is made in place */
};

/* Does it say which files change, and how? */
static inline bool plan_step_changes(const struct plan_step *s)
{
	return s->drivers.n || s->indexes.n || s->installs.n || s->devices.n ||
	       s->edits.n;
}

/* Is it nothing but changes of files in the guest, so that no program has to run? */
static inline bool plan_step_is_offline(const struct plan_step *s)
{
	return strcmp(s->where, "guest") == 0 && plan_step_changes(s) &&
	       (!s->commands.n || s->devices.n);
}

/* Asked for each step in order: is it made, by someone who `can` make it where nothing
 * before it is missing? What comes after a step of a procedure that is left to people
 * rests on it (a driver is named once its package is there) and is left, too; remedies
 * stand by themselves. `open`: such a step is left; false at first. */
static inline bool plan_step_is_next(const struct plan_step *s, bool can, bool *open)
{
	bool of_procedure = strcmp(s->id, "remedy") != 0;
	bool made = can && !(of_procedure && *open);

	*open = *open || (of_procedure && !made && !s->aside);
	return made;
}

/* What the person who asks wants of it; all zero: nothing special. */
struct plan_options {
	/* Releases of the kernels whose initramfs, indexes and packages are changed;
	 * none: every one that the boot loader offers. */
	strs kernels;
	strs choices; /* as in struct verdict_options: the verdict is of these */
};

/* Has its procedure a step that installs packages which were given? */
bool plan_takes_packages(const struct platform *p);

/* ERR_USAGE: the boot loader does not offer a kernel of the options; those that it does
 * are named. */
int plan_make(const struct facts *f, const struct platform *p, const struct verdict *v,
	      const struct plan_options *o, struct arena *a, struct plan *ret,
	      struct err *e);

/* Fills in what each step needs and what undoes it, from all that it changes. plan_make()
 * has done that; it is done again when the files of the steps are known. */
int plan_set_states(struct plan *plan, struct arena *a, struct err *e);

/* One JSON document; schema/plan.schema.json describes it. */
void plan_to_json(const struct facts *f, const struct plan *plan, struct strbuf *out);
/* That schema, made from the same tables. */
void plan_schema(struct strbuf *out);
