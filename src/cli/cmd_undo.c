/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {.flags = 0};
	struct paravet *p;
	int r, status = options_parse(&cmd_undo, argc, argv, &o);

	if (status)
		return status - 1;
	p = handle_open(&o, &status);
	if (!p)
		return status;
	paravet_set_sandbox(p, o.sandbox);
	r = paravet_undo(p, o.disks[0].path, o.undo_disks,
			 o.dry_run ? PARAVET_DRY_RUN : 0);
	status = r < 0 ? report_failure(p, r)
		       : print_document(p, paravet_undone(p, o.format, o.flags));
	paravet_free(p);
	return status;
}

const struct command cmd_undo = {
	.name = "undo",
	.summary = "Makes disks that were changed in place as they were before.",
	.arguments = "[--dry-run] [--disk DISK]... RECORD",
	.options = OPTIONS_UNDO | OPTIONS_ONE_NAME,
	.help = "  RECORD                   the undo record that was written before the "
		"change\n"
		"      --disk DISK          the changed disk: where it is not in the "
		"record's\n"
		"                           folder, is a block device, or was copied; "
		"of\n"
		"                           several disks each, in the record's order\n"
		"      --dry-run            only say what would be "
		"restored\n" OUTPUT_OPTIONS_HELP "Other:\n"
		"      --sandbox MODE       how the reader of the record is confined: "
		"auto\n"
		"                           (default), require, off\n"
		"  -h, --help\n"
		"\n"
		"Byte for byte, and only where the disks still hold what was "
		"written then: when\n"
		"one was changed since, nothing is written. It may be repeated.\n"
		"Exit status: 0 as they were before; 64 and above: see paravet --help.\n",
	.run = run,
};
