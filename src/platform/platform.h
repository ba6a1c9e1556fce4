/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host platform as data: which devices it offers a guest, which drivers run them, what
 * else they need, who supports which guest, and what mends a missing driver. The files
 * are platforms/ID.yaml; paravet-platform(5) describes their format. Everything lives in
 * the arena given to the loader.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vec.h"

#define PLATFORM_FORMAT 1

/* A document that a rule or a support row rests on. */
struct platform_source {
	const char *id, *title;
	const char *url;     /* NULL: it is known by its title only */
	const char *checked; /* the day it was read, "2026-11-22", or NULL */
	uint64_t line;
};

struct platform_cite {
	const struct platform_source *source;
	const char *section; /* NULL: the whole document */
};
typedef VEC(struct platform_cite) platform_cites;

/* Something a kernel has to bring: any one of the modules will do. */
struct platform_driver {
	const char *id, *name;
	strs modules; /* file or built in, newest name first; dashes as underscores */
	strs options; /* kernel options, newest name first: the first that the kernel's
			 configuration speaks of decides, if no module was found */
	strs binds;   /* modaliases of the device in its variants: one must be covered;
			 none when nothing binds (a helper such as sd_mod) */
	platform_cites cites;
	uint64_t line;
};

/* One way to present a device to the guest. */
struct platform_choice {
	const char *id, *name;
	const struct platform_driver *driver;
	VEC(const struct platform_driver *)
	needs;                   /* its bus, and helpers such as sd_mod */
	const char *from, *to;   /* releases of the guest that it is for, as its published
				    tables know them; NULL: open */
	const char *disk_prefix; /* "vd", "sd", "xvd", "nvme": how its disks are named */
	strs firmware;           /* "bios", "uefi": ways it can be started from */
	bool emulated;           /* no paravirtual device: kept where there is no other */
	bool keeps_place;        /* the disk stays where the machine has it: a name of the
				    kind `disk_prefix` keeps its meaning */
	bool must_be_offered;    /* the machine's description must offer the device as a
				    paravirtual one: the guest takes over no emulated one */
	const char *alias;      /* the driver that modprobe.conf has to name for a network
				   card ("alias eth0 ..."); NULL: no such line is needed */
	const char *card_names; /* how systemd names such network cards: by their
				   "place" on the PCI bus, not at all ("order": eth0,
				   eth1, ...), or as cards of "xen" (enX0); NULL: by
				   place */
	strs not_with;          /* modules whose presence makes this choice fail */
	strs not_with_words;    /* the same of words of the kernel's command line */
	const char *note;       /* one sentence for people, or NULL */
	strs qemu;       /* how QEMU presents it: the values of its options -device, with
			    holes (form.h) named in enum qemu_word; none: not known */
	const char *xen; /* how a Xen host offers it to a fully virtualized guest: a disk
			    as "ahci", "ide" (emulated; a PV driver takes it over) or
			    "pv" alone, a card as "emulated" or "pv"; NULL: not at all */
	const char *not_provable; /* why QEMU cannot present it, or NULL */
	platform_cites cites;
	uint64_t line;
};

/* What the holes of the options for QEMU name. */
enum qemu_word {
	QEMU_N,      /* number of the disk or card, from 0 */
	QEMU_BOOT,   /* of a disk: its place among those that the machine starts from */
	QEMU_DRIVE,  /* of a disk: what it holds */
	QEMU_NETDEV, /* of a card: its network */
	QEMU_MAC,    /* of a card */
	QEMU_WORD_COUNT
};
/* The name of a hole: "drive". */
const char *qemu_word_name(enum qemu_word w);

struct platform_device {
	const char *role; /* "boot-disk", "disk", "network", or a helper: "balloon" */
	bool optional;    /* a helper: shown, but never decides the answer */
	VEC(struct platform_choice) choices; /* in order of preference */
	uint64_t line;
};

/* What mends a broken link. */
struct platform_remedy {
	const char *id;
	const char *mends;  /* rule of the link: "driver" */
	strs drivers;       /* ids it is for; none: all */
	strs distros;       /* ID or ID_LIKE of the guest; none: all */
	strs flavours;      /* of the kernel, "*" allowed: "cloud-*"; none: all */
	const char *unless; /* package that must not be installed yet, or NULL */
	bool ready_after;   /* these steps are known to make the link whole: fixable */
	const char *text;   /* {module}, {release} and {arch} are filled in */
	platform_cites cites;
	uint64_t line;
};

enum support {
	SUPPORT_NOT_LISTED,
	SUPPORT_SUPPORTED,
	SUPPORT_UNSUPPORTED,
	SUPPORT_DISPUTED,
	SUPPORT_COUNT
};

struct platform_support {
	const char *id;
	strs distros;          /* os ids */
	const char *from, *to; /* versions, both included; NULL open. "7" includes 7.9 */
	strs archs, flavours;  /* none: all */
	enum support answer;
	bool verified; /* the cited text itself was read */
	const char *note;
	platform_cites cites;
	uint64_t line;
};

/* Which release of a distribution a kernel version belongs to. */
struct platform_release {
	const char *release; /* "5.1" */
	const char *name;    /* "RHEL 5.1", "RHEL 3 Update 9" */
	const char *kernel;  /* version and first number of the release: "2.6.18-53" */
	uint64_t line;
};

/* A published table, cell by cell. */
struct platform_row {
	const char *name; /* as printed */
	strs archs;       /* of kernel packages that the row speaks of */
	strs flavours;    /* their variants; none: those without a variant */
	strs cells;       /* as printed; "" where the cell is empty */
	uint64_t line;
};

struct platform_table {
	const char *id, *number, *title;
	const char *use; /* "support": a filled cell means supported, columns are releases
			    ("RHEL 5"); "host": the kernel that the host must run */
	const char *vendor; /* of the processors a host table is for: "intel", "amd" */
	strs releases;      /* of the guest, that a host table speaks of: "3" */
	strs columns;
	VEC(struct platform_row) rows;
	strs notes;
	platform_cites cites;
	uint64_t line;
};

/* What a guest needs, judged from its kernel's name: the first row that fits speaks. */
struct platform_guest {
	const char *id;
	const char *from, *to; /* release, both included */
	strs archs, flavours;  /* none: all */
	const char *support; /* overrides the table: "supported", ...; NULL: the table */
	const char *answer;  /* "ready", "fixable", "blocked", "unknown" */
	const char *package; /* that brings the drivers, NULL: none needed */
	const char *word;    /* that the kernel's command line needs, or NULL */
	strs startup;        /* modules that nothing but a line of a start script loads */
	const char *text, *host;
	const char *host_from; /* oldest release of the host: "5.1" */
	bool verified;
	platform_cites cites;
	uint64_t line;
};

/* What sources say of some guests besides the tables, or where they disagree. */
struct platform_note {
	const char *id;
	strs releases, archs; /* of the guest; a release takes in its updates */
	strs host_archs;      /* of the host's kernel; none: whatever it is */
	const char *support; /* what it comes to, once the host is known; NULL: nothing */
	const char *text;
	platform_cites cites;
	uint64_t line;
};

typedef VEC(struct platform_note) platform_notes;

/* A rule of its own, in the words that people are told. */
struct platform_rule {
	const char *id, *title;
	const char *text;
	platform_cites cites;
	uint64_t line;
};

/* What the holes of a step's texts name; the plan of a guest knows their values. */
enum step_word {
	STEP_PACKAGE, /* that brings the drivers to the step's kernel */
	STEP_KERNEL,  /* the step's kernel, as uname -r has it; of no kernel: the default
			 one */
	STEP_FLAVOUR, /* its variant, as it ends the name: "smp"; nothing without one */
	STEP_VARIANT, /* with its architecture: "i686-PAE" */
	STEP_RELEASE, /* of the guest: "RHEL 5.1" */
	STEP_CARD,    /* the network card: "eth0" */
	STEP_DISK,    /* the disk, as the user named it */
	STEP_TARGET,  /* its name as a paravirtual disk: "xvdb" */
	STEP_MINOR,   /* and the device number of that name: "16" */
	STEP_DRIVER,  /* module of the device, as modprobe.conf has it: "xen-vnif" */
	STEP_COMMAND_WORD, /* that the kernel's command line needs */
	STEP_MACHINE,      /* name of the virtual machine */
	STEP_CONFIG,       /* its description, as the user named it */
	STEP_WORD_COUNT
};
/* The name of a hole: "package". */
const char *step_word_name(enum step_word w);

typedef VEC(struct platform_rule) platform_rules;

/* A step of a published procedure. */
struct platform_step {
	const char *id;
	const char *where;     /* it is done in: "guest", "host" */
	const char *each;      /* it is done for each: "guest", "kernel", "disk", "nic" */
	strs mends;            /* rules of links that it mends; "package": those that a
				  package mends; none: part of any change */
	strs roles;            /* of the devices whose links they are; none: all */
	const char *from, *to; /* releases of the guest, both included */
	strs archs, flavours;  /* of the guest's kernel; none: all */
	strs machines;         /* forms of the machine's description: "xl", "libvirt",
				  "vmx", "ovf", "none" without one; none: all */
	const char *given;     /* what becomes of it when a package of drivers is given:
				  "install": its files are put in place instead; "skip":
				  that does it, too; "later": nothing waits for it; NULL:
				  it stays as it is */
	bool shuts_down;       /* it is done when the guest is off */
	const char *edit;      /* what it changes in a file: "alias", "startup", "word",
				  "names", "machine-disk", "machine-nic"; "nodes": what
				  its commands make; NULL: nothing */
	const char *title;     /* one line, with holes (form.h) named in enum step_word */
	const char *text;      /* more, or NULL; with holes */
	strs commands;         /* to be typed there; the values in their holes are quoted
				  for the shell */
	strs undo;             /* the same: what takes the commands back; none: nothing
				  of them lasts */
	bool verified;
	platform_cites cites;
	uint64_t line;
};

struct platform {
	const char *file; /* it was read from */
	const char *id, *name, *summary;
	strs archs;        /* the file covers guests of these */
	strs firmware;     /* "bios", "uefi": ways the platform starts a guest */
	bool keeps_nvram;  /* UEFI boot entries move with the guest */
	bool only_by_name; /* guests are judged for it only when it was asked for */
	const char *not_provable; /* why no guest can be booted on it here, or NULL */
	strs hypervisors;         /* as descriptions of machines name them: "xen" */
	/* Guests that it is judged for when no platform was asked for by name: os ids and
	 * versions; none: all. */
	strs only_distros;
	const char *only_from, *only_to;
	VEC(struct platform_source) sources;
	VEC(struct platform_driver) drivers;
	VEC(struct platform_device) devices;
	VEC(struct platform_remedy) remedies;
	VEC(struct platform_support) support;
	VEC(struct platform_release) releases;
	VEC(struct platform_table) tables;
	VEC(struct platform_guest) guests;
	platform_notes disputes, notes;
	platform_rules emulated_boot; /* disks that a boot reads from stay emulated */
	platform_rules after_install; /* a guest has to be installed first */
	VEC(struct platform_step) steps;
};
typedef VEC(struct platform *) platform_list;

/* Can guests be judged by their disks on it? A platform without devices is judged by the
 * name of the guest's kernel only. */
static inline bool platform_reads_disks(const struct platform *p)
{
	return p->devices.n > 0;
}

/* The folder platform files come from: PARAVET_PLATFORMS, else the installed one. */
const char *platform_default_dir(void);

/* Reads one platform from text; `file` names it in messages ("file:line: what"). */
int platform_parse(struct slice text, const char *file, struct arena *a,
		   struct platform **ret, struct err *e);
int platform_load_file(const char *path, struct arena *a, struct platform **ret,
		       struct err *e);
/* The platforms `ids` of a folder in that order; NULL or empty: all, sorted by id.
 * An id that has no file is ERR_USAGE, with the ids there are. */
int platform_load_dir(const char *dir, const strs *ids, struct arena *a,
		      platform_list *ret, struct err *e);

/* Adds every module named by the platforms: what a reader has to look for. */
int platform_asked_modules(const platform_list *list, struct arena *a, strs *ret,
			   struct err *e);
/* Adds every kernel option named by the platforms: "CONFIG_XEN_PVHVM_GUEST". */
int platform_asked_options(const platform_list *list, struct arena *a, strs *ret,
			   struct err *e);

const struct platform_device *platform_device(const struct platform *p, const char *role);
/* The first row of `guests` that speaks of a release ("5.1") and kernel; NULL: none does.
 * `arch` may be NULL (unknown), `flavour` is "" for a kernel without one. */
const struct platform_guest *platform_guest_for(const struct platform *p,
						const char *release, const char *arch,
						const char *flavour);
/* Does a step speak of that release and kernel? An unknown release is in no range. */
bool platform_step_for(const struct platform_step *s, const char *release,
		       const char *arch, const char *flavour);
/* "supported", "unsupported", "not listed", "disputed". */
const char *support_name(enum support s);
/* The other way; not listed for NULL and any other word. */
enum support support_of_name(const char *name);
/* The rows that speak of this guest; any argument may be NULL (unknown). */
typedef VEC(const struct platform_support *) support_rows;
int platform_support_for(const struct platform *p, const char *os, const char *version,
			 const char *arch, const char *flavour, struct arena *a,
			 support_rows *ret, struct err *e);

/* Is `version` in the range? Numbers are compared part by part; NULL bounds are open, and
 * `to` takes in all that begin with it. False when `version` is no number. */
bool platform_version_in(const char *version, const char *from, const char *to);

/* Does `text` match a pattern with * ? and [...] as in modules.alias? */
bool platform_glob(const char *pattern, const char *text);
