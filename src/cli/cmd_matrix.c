/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {0};
	int status = options_parse(&cmd_matrix, argc, argv, &o);
	struct paravet *p;
	const char *text;

	if (status)
		return status - 1;
	p = handle_open(&o, &status);
	if (!p)
		return status;
	text = paravet_matrix(p, o.disk_count ? o.disks[0].path : NULL, o.format,
			      o.flags);
	status = print_document(p, text);
	paravet_free(p);
	return status;
}

const struct command cmd_matrix = {
	.name = "matrix",
	.summary = "Which guests do published documents support on a platform?",
	.arguments = "[OPTION]... [PLATFORM]",
	.options = OPTIONS_NO_NAMES | OPTIONS_ONE_NAME | OPTIONS_FORMS,
	.help = "Without a platform: the list of all.\n"
		"      --format FORM        text (default), json, markdown, html\n"
		"      --color WHEN         auto (default), always, never; NO_COLOR is "
		"obeyed\n"
		"  -h, --help\n",
	.run = run,
};
