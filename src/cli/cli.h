/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands of the program share. Each command is one file and one row in main.c.
 */
#pragma once

#include <stdbool.h>

#include "config.h"
#include "paravet/paravet.h"

/* Exit status beyond 0-3 (ready, fixable, blocked, unknown) and the negated library
 * codes. */
enum { EXIT_USAGE = 64, EXIT_CANNOT_WRITE = 74 };

/* Which options beyond the common ones a command takes. */
enum {
	OPTIONS_GUEST =
		1u << 0, /* --root, --machine, --backing, --add, --key, --sandbox */
	OPTIONS_PLATFORMS = 1u << 1,     /* --on */
	OPTIONS_HOST = 1u << 2,          /* --host */
	OPTIONS_FORMS = 1u << 3,         /* --format markdown, html */
	OPTIONS_NO_NAMES = 1u << 4,      /* names may be left out */
	OPTIONS_ONE_NAME = 1u << 5,      /* at most one */
	OPTIONS_MACHINE_ALONE = 1u << 6, /* --machine without a disk is enough */
	OPTIONS_MODULES = 1u << 7,       /* names are modules up to --for, then disks */
	OPTIONS_MARKDOWN = 1u << 8,      /* --format markdown, but not html */
	OPTIONS_ONE_PLATFORM = 1u << 9,  /* --on is needed, and names one */
	OPTIONS_PROVE = 1u << 10, /* --direct, --timeout, --memory, --keep-log, --xen-lab
				   */
	OPTIONS_APPLY = 1u << 11, /* --output, --copy, --in-place, --undo, --dry-run,
				   --kmod, --machine-out */
	OPTIONS_UNDO = 1u << 12,  /* --disk, --dry-run, --sandbox; the name is a record */
	OPTIONS_SCRIPT = 1u << 13, /* --script instead of --format */
	OPTIONS_KERNELS =
		1u << 14,         /* --kernel, as often as there are kernels to change */
	OPTIONS_DISKS = 1u << 15, /* a folder will not do: no --root */
};

struct command {
	const char *name;
	const char *summary;   /* one line for `paravet --help` */
	const char *arguments; /* behind the name in the usage line */
	unsigned options;      /* OPTIONS_... */
	const char *help;      /* the options, for `paravet NAME --help` */
	int (*run)(int argc, char **argv);
};

extern const struct command cmd_apply, cmd_check, cmd_inspect, cmd_kernel, cmd_matrix,
	cmd_module, cmd_plan, cmd_prove, cmd_undo;

/* What a command line says. */
enum { MAX_NAMES = 1024, MAX_MODULES = 64, MAX_KERNELS = 64, MAX_KEYS = 64 };

struct guest_options {
	const char *on, *host;
	char on_list[512];    /* where --on is given several times: these, joined */
	struct config config; /* OPTIONS_HOST: for what the command line does not say */
	enum paravet_format format;
	bool format_given, script;
	enum paravet_backing backing;
	enum paravet_sandbox sandbox;
	unsigned flags; /* enum paravet_report_flags */
	unsigned color; /* when; 0: where a terminal shows it */
	bool complete;  /* paravet_set_complete() */
	const char *root, *machine, *domain, *connection, *os;
	struct disk_option {
		char *path;
		const char *format;
	} disks[MAX_NAMES]; /* or other names that the command is about */
	unsigned disk_count;
	struct key_option {
		const char *device, *path;
	} keys[MAX_KEYS];
	unsigned key_count;
	/* OPTIONS_MODULES */
	const char *modules[MAX_MODULES], *neighbours[MAX_MODULES];
	unsigned module_count, neighbour_count;
	const char *kernel, *symvers;
	bool for_seen; /* names from here on are disks */
	/* OPTIONS_KERNELS */
	const char *kernels[MAX_KERNELS];
	unsigned kernel_count;
	/* OPTIONS_PROVE */
	unsigned timeout, memory; /* seconds, MiB; 0: not given */
	const char *log_dir, *xen_lab;
	bool proving; /* the guest will be booted */
	bool direct;  /* without firmware and boot loader */
	/* OPTIONS_APPLY */
	const char *outputs[MAX_NAMES], *undo;
	unsigned output_count;
	bool applying; /* the guest will be changed */
	bool copy, in_place, dry_run;
	const char *machine_out;
	const char *packages[MAX_MODULES];
	unsigned package_count;
	/* OPTIONS_UNDO; dry_run, too */
	const char *undo_disks[MAX_NAMES + 1]; /* NULL behind the last */
	unsigned undo_disk_count;
};

#define HOST_OPTION_HELP \
	"      --host HOST          the host's release, kernel and processors, every " \
	"part\n" \
	"                           optional: rhel5.1/x86_64/intel; auto: this " \
	"machine;\n" \
	"                           its default can be kept in " \
	"~/.config/paravet/config\n"

#define KERNEL_OPTION_HELP \
	"      --kernel RELEASE     only this kernel is changed; may be repeated; " \
	"else\n" \
	"                           every one that the boot loader offers\n"

#define OUTPUT_OPTIONS_HELP \
	"Output:\n" \
	"      --format text|json   json follows the schema that is installed with it\n" \
	"      --color WHEN         auto (default), always, never; NO_COLOR is obeyed\n"

#define ROOT_OPTION_HELP \
	"      --root DIR           a directory instead: / for this machine, a chroot\n"

/* By which the disks of a guest are named and opened, around --root. */
#define NAMING_OPTIONS_HELP \
	"  -a, --add DISK[,format=raw|qcow2]\n" \
	"                           the same, with its format stated\n" \
	"  -d, --domain DOMAIN      a domain of libvirt instead\n" \
	"  -c, --connect URI        libvirt's connection; else its usual one\n" \
	"      --os NUMBER|VOLUME   one of several operating systems: its number in " \
	"the\n" \
	"                           list, or its volume; else the one that boots\n"

#define OPENING_OPTIONS_HELP \
	"      --machine FILE       what the machine is made of: an xm, xl, VMX or " \
	"OVF\n" \
	"                           file, or libvirt XML\n" \
	"      --key DEVICE:file:FILE\n" \
	"                           opens an encrypted volume (LUKS): by its disk,\n" \
	"                           partition 2 and kin, UUID, a name as in fstab,\n" \
	"                           or all; FILE -: standard input; may be repeated\n" \
	"      --backing POLICY     which files behind an image may be opened:\n" \
	"                           same-dir (default), refuse, " \
	"any\n"

#define SOURCE_OPTIONS_HELP NAMING_OPTIONS_HELP ROOT_OPTION_HELP OPENING_OPTIONS_HELP

#define DISK_ARGUMENTS_HELP \
	"The guest:\n" \
	"  DISK...                  disk images or block devices of one guest, the " \
	"boot\n" \
	"                           disk first; or one file that describes the " \
	"machine\n" \
	"                           and finds them: .vmx, .ovf, .ova, .xml of " \
	"libvirt,\n" \
	"                           .cfg of xl; also ssh://HOST/PATH, a file there, " \
	"and\n" \
	"                           nbd://HOST/EXPORT\n"

#define LAST_OPTIONS_HELP \
	OUTPUT_OPTIONS_HELP \
	"  -v, --verbose            every step with its evidence\n" \
	"Other:\n" \
	"      --sandbox MODE       how the reader is confined: auto (default), " \
	"require,\n" \
	"                           off\n" \
	"  -h, --help\n"

/* The text of these options for a command's help: with --root, and of OPTIONS_DISKS. */
#define GUEST_OPTIONS_HELP DISK_ARGUMENTS_HELP SOURCE_OPTIONS_HELP LAST_OPTIONS_HELP
#define DISKS_OPTIONS_HELP \
	DISK_ARGUMENTS_HELP NAMING_OPTIONS_HELP OPENING_OPTIONS_HELP LAST_OPTIONS_HELP

/* Parses the command line of `c` into *ret. Returns 0 to go on, or 1 + the exit status
 * when the program is to end (--help, or a mistake that was reported). */
int options_parse(const struct command *c, int argc, char **argv,
		  struct guest_options *ret);

/* Reports a mistake in the command line of `c` with its usage. Returns the exit status.
 */
int options_mistake(const struct command *c, const char *sentence);

/* Makes a handle and tells it the host, of the command line or else of the configuration
 * file. On failure the error was reported and *ret_status is the exit status. */
struct paravet *handle_open(const struct guest_options *o, int *ret_status);

/* Gives the handle the disks, or the root directory, and how they are to be read. */
int guest_name(struct paravet *p, const struct guest_options *o);

/* Makes a handle and reads the guest. On failure the error was reported and *ret_status
 * is the exit status. */
struct paravet *guest_open(const struct guest_options *o, int *ret_status);

/* Runs a command that reads a guest, judges it, and prints one document on it. `o` may
 * hold what no option says. Returns the exit status. */
typedef const char *paravet_document(struct paravet *p, enum paravet_format format,
				     unsigned flags);
int guest_judge(const struct command *c, struct guest_options *o, int argc, char **argv,
		paravet_document *document);

/* Reports "paravet: sentence" and returns the exit status of the library's code. */
int report_failure(const struct paravet *p, int code);

/* Writes a document to standard output; reports a full disk. Returns 0 or an exit status.
 */
int print_document(const struct paravet *p, const char *text);

void usage(const struct command *c);
