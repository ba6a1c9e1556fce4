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

/* Drivers that an initramfs is to hold, or no longer to forbid, and to load. */
struct plan_drivers {
	const char *initramfs; /* path in the guest */
	const char *kernel;    /* the release that it is for; NULL: not known */
	const char *generator; /* that made it; NULL: not known */
	strs modules;          /* to be added, without what they need */
	strs allowed; /* that lines of its own modprobe.d forbid: those go away */
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

struct plan_step {
	uint64_t n;        /* from 1 */
	const char *id;    /* of the step in the platform file; "remedy": of a link */
	const char *where; /* it is done in: "guest", "host" */
	const char *title; /* one line */
	const char *text;  /* more, or NULL */
	strs commands;     /* to be typed there */
	strs subjects;     /* the devices or the kernel that it is for: "eth0" */
	strs reasons;      /* texts of the links that it mends */
	VEC(struct source) sources; /* where that was read */
	VEC(struct plan_drivers) drivers;
	VEC(struct plan_indexes) indexes;
	VEC(struct plan_install) installs;
	VEC(struct plan_device) devices; /* what the commands make, if there are any */
	VEC(struct plan_edit) edits;
	bool waited_for; /* steps behind it rest on it */
	bool shuts_down; /* it is done when the guest is off */
	bool verified;   /* the text that it rests on was read */
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
	strs refusals;      /* packages that were given and are not taken, each with the
			       reason:      a plan with any is not applied */
	strs package_notes; /* sentences on packages that were given: what a person does
			       about one that is taken, and which is not needed */
	strs remarks; /* sentences: what stays as it is, and what was taken for granted */
};

/* Does it say which files change, and how? */
static inline bool plan_step_changes(const struct plan_step *s)
{
	return s->drivers.n || s->indexes.n || s->installs.n || s->devices.n ||
	       s->edits.n;
}

/* Is it nothing but changes of the guest's files, so that they can be made from outside?
 * What commands do else is not known. */
static inline bool plan_step_outside(const struct plan_step *s)
{
	return strcmp(s->where, "guest") == 0 && plan_step_changes(s) &&
	       (!s->commands.n || s->devices.n);
}

int plan_make(const struct facts *f, const struct platform *p, const struct verdict *v,
	      struct arena *a, struct plan *ret, struct err *e);

/* One JSON document; schema/plan.schema.json describes it. */
void plan_to_json(const struct facts *f, const struct plan *plan, struct strbuf *out);
/* That schema, made from the same tables. */
void plan_schema(struct strbuf *out);
