/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {.complete = true};
	struct paravet *p;
	int status = options_parse(&cmd_inspect, argc, argv, &o);

	if (status)
		return status - 1;
	p = guest_open(&o, &status);
	if (!p)
		return status;
	status = print_document(p, paravet_facts(p, o.format, o.flags));
	paravet_free(p);
	return status;
}

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "What is in this guest, and where was it read? No judgement.",
	.arguments = "[OPTION]... DISK... | --root DIR | --machine FILE",
	.options = OPTIONS_GUEST | OPTIONS_MACHINE_ALONE,
	.help = GUEST_OPTIONS_HELP "\n"
				   "Exit status: 0 read, whatever is in it; 64 and "
				   "above: see paravet --help.\n",
	.run = run,
};
