/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Judges a guest's facts under a platform's rules: a pure function that reads no disk.
 * For each device of the guest it walks the chain that must hold for the device to work
 * at the next default boot, link by link, once for every way the platform can present
 * the device. Missing evidence makes a link unknown; it is never guessed.
 */
#pragma once

#include "facts.h"
#include "platform.h"
#include "strbuf.h"
#include "worksheet.h"

#define VERDICT_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* Also the state of one link: READY is a whole link. */
enum answer {
	ANSWER_UNKNOWN, /* evidence is missing */
	ANSWER_BLOCKED, /* it cannot work */
	ANSWER_FIXABLE, /* a listed step makes it work */
	ANSWER_READY,
	ANSWER_COUNT
};

/* A document that a judgement rests on. */
struct citation {
	const char *title, *url, *section; /* url, section: may be NULL */
	const char *checked;               /* the day it was read */
};
typedef VEC(struct citation) citations;

/* Appends what a platform file cites; false when the arena is full. */
_must_check_ bool citations_add(struct arena *a, citations *to,
				const platform_cites *from);

/* One link of the chain. */
struct link {
	const char *rule; /* "kernel", "driver", "loads", "binds", "startup" (a line of a
			     start script), "alias" (of modprobe.conf), "word" (on the
			     kernel's command line), "address" (that a card's
			     configuration is bound to), "card-name" (whether that
			     configuration still finds it), "machine" (its description),
			     "initramfs", "root", "names", "boot-loader", "platform" */
	enum answer state;
	const char *text;   /* one short sentence; what and where. Guest's bytes in it
			       are escaped already */
	const char *remedy; /* what mends it, or NULL; escaped too */
	const char
		*add_form; /* the same as a form, when the remedy is to add modules: with
			      {modules} for them, so that several can be added at once */
	strs add_modules;  /* that the initramfs needs, or needs a fresh copy of */
	const char *word;  /* of the kernel's command line, that mends it once it is off
			    it; or NULL */
	const char *word_then; /* the words that have to stand in its place; NULL: none */
	const char *package;   /* that mends it once it is installed, or NULL */
	const char *card;      /* the name that is to be kept; NULL: none */
	const char *mac;       /* of that card, or of the one that a line is to name, in
				  lower case with colons; NULL: not known */
	bool until_rebuild;    /* whole until the initramfs is made anew */
	bool warning;          /* whole as far as drivers go, but to be told: what may be
				  lost besides */
	struct source source;  /* the evidence; all NULL when there is none */
	citations cites;
};

typedef VEC(struct link) link_list;

/* One way to present a device, judged. */
struct choice_verdict {
	const char *id, *name;
	const char *module; /* the one found, else the first named */
	bool emulated;
	const char *note;
	const char *disk_prefix;
	enum answer answer;
	link_list chain;
	uint64_t decides; /* index in chain of the link that makes the answer; the last
			     one when ready */
};

/* Something that a boot takes from a disk before any driver of the guest runs. */
struct held {
	const char *what; /* "mbr", "boot-loader", "initramfs", "boot-dir" */
	const char *text; /* "the MBR code (grub)" */
	struct source source;
};

struct device_verdict {
	const char *role; /* "boot-disk", "disk", "network", "balloon", ... */
	const char *name; /* the disk as the user named it; "eth0"; NULL: not known */
	VEC(struct held) holds; /* of a disk: what a boot takes from it */
	bool stays_emulated;    /* a rule of the platform keeps it emulated */
	const char *stays_text; /* that rule, for people */
	citations stays_cites;
	bool optional; /* never decides the platform's answer */
	enum answer answer;
	uint64_t best; /* index in choices */
	VEC(struct choice_verdict) choices;
};

/* The boot disk under another kernel that the boot loader offers. */
struct kernel_verdict {
	const char *release;
	enum answer answer;
	const char *choice; /* id of its best choice, NULL when none */
	const char *text;   /* the deciding link's */
};

struct support_verdict {
	const char *row; /* id */
	enum support answer;
	bool verified;
	const char *note;
	citations cites;
};

struct verdict {
	const char *platform, *platform_name;
	enum answer answer; /* of the guest as a whole */
	enum support support;
	const char *kernel; /* release of the default kernel, NULL unknown */
	VEC(struct device_verdict) devices;
	VEC(struct kernel_verdict) fallbacks; /* kernels that do not start by default */
	VEC(struct support_verdict) support_rows;
	worksheet_list sheets; /* what published tables say of the default kernel: one, or
				  none */
	const char *host;      /* host_text() of the host given, or NULL */
	strs choices;          /* that were asked for: struct verdict_options */
	strs remarks;          /* sentences: what was taken for granted */
};
typedef VEC(struct verdict) verdict_list;

struct verdict_options {
	strs choices; /* ids of choices to take where a platform has them ("virtio-scsi")
		       */
	const struct host *host; /* that the guest is to run on; NULL: not known */
	/* The machine is given kernel and initramfs straight: the boot loader's part is
	 * not judged, and without any boot entry the only kernel is the one. */
	bool direct;
};

int verdict_judge(const struct facts *f, const struct platform *p,
		  const struct verdict_options *options, struct arena *a,
		  struct verdict *ret, struct err *e);

/* Is the platform about guests of this kind at all, when it was not asked for by name? */
bool verdict_applies(const struct facts *f, const struct platform *p);

/* Adds the modules whose facts a verdict needs of every guest: those of the platforms,
 * and of volumes that a name of / may tell of. For facts.asked. */
int verdict_asked_modules(const platform_list *list, struct arena *a, strs *ret,
			  struct err *e);
/* Adds those that only this guest is asked for: its / and what that lies on need them. To
 * be called when its volumes are known. */
int verdict_asked_of_root(const struct facts *f, struct arena *a, strs *ret,
			  struct err *e);

/* "ready", "fixable", "blocked", "unknown". */
const char *answer_name(enum answer answer);
/* The other way; unknown for NULL and any other word. */
enum answer answer_of_name(const char *name);
/* Of two answers for one thing, does `a` promise more? ready, fixable, unknown, blocked.
 */
bool answer_better(enum answer a, enum answer b);
/* 0 all ready, 1 fixable, 2 blocked, 3 unknown: the highest of all verdicts. */
int answer_exit_status(enum answer answer);
int verdict_exit_status(const verdict_list *list);

/* One JSON document; schema/verdict.schema.json describes it. */
void verdict_to_json(const struct facts *f, const verdict_list *list, struct strbuf *out);
/* That schema, made from the same tables. */
void verdict_schema(struct strbuf *out);
