/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands of the program share. Each command is one file and one row in main.c.
 */
#pragma once

#include <stdbool.h>

#include "paravet/paravet.h"

/* Exit status beyond 0-3 (ready, fixable, blocked, unknown) and the negated library
 * codes. */
enum { EXIT_USAGE = 64, EXIT_CANNOT_WRITE = 74 };

struct command {
	const char *name;
	const char *summary;   /* one line for `paravet --help` */
	const char *arguments; /* behind the name in the usage line */
	const char *help;      /* the options, for `paravet NAME --help` */
	int (*run)(int argc, char **argv);
};

extern const struct command cmd_check, cmd_inspect;

/* Options that every command about one guest takes. */
struct guest_options {
	const char *on;
	enum paravet_format format;
	enum paravet_backing backing;
	enum paravet_sandbox sandbox;
	unsigned flags; /* enum paravet_report_flags */
	bool complete;  /* paravet_set_complete() */
	const char *root;
	struct disk_option {
		char *path;
		const char *format;
	} disks[64];
	unsigned disk_count;
};

/* The text of these options for a command's help. */
#define GUEST_OPTIONS_HELP \
	"The guest:\n" \
	"  DISK...                  disk images or block devices of one guest, the " \
	"boot\n" \
	"                           disk first\n" \
	"  -a, --add DISK[,format=raw|qcow2]\n" \
	"                           the same, with its format stated\n" \
	"      --root DIR           a directory instead: / for this machine, a chroot\n" \
	"      --backing POLICY     which files behind an image may be opened:\n" \
	"                           same-dir (default), refuse, any\n" \
	"Output:\n" \
	"      --format text|json   json follows the schema that is installed with it\n" \
	"      --color WHEN         auto (default), always, never; NO_COLOR is obeyed\n" \
	"  -v, --verbose            every step with its evidence\n" \
	"Other:\n" \
	"      --sandbox MODE       confinement of the reader: auto (default), " \
	"require, off\n" \
	"  -h, --help\n"

/* Parses the command line of `c` into *ret. Returns 0 to go on, or 1 + the exit status
 * when the program is to end (--help, or a mistake that was reported). `with_platforms`:
 * --on is an option of this command. */
int options_parse(const struct command *c, bool with_platforms, int argc, char **argv,
		  struct guest_options *ret);

/* Makes a handle and reads the guest. On failure the error was reported and *ret_status
 * is the exit status. */
struct paravet *guest_open(const struct guest_options *o, int *ret_status);

/* Reports "paravet: sentence" and returns the exit status of the library's code. */
int report_failure(const struct paravet *p, int code);

/* Writes a document to standard output; reports a full disk. Returns 0 or an exit status.
 */
int print_document(const struct paravet *p, const char *text);

void usage(const struct command *c);
