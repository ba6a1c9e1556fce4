/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Judges one name; a name that makes no sense is one line, and the others are still
 * judged. Returns 0 or the exit status of the failure. */
static int judge(struct paravet *p, const char *name, const char *place)
{
	int r = paravet_add_kernel(p, name);

	if (r == 0)
		return 0;
	fprintf(stderr, "paravet: %s%s\n", place, paravet_error(p));
	return -r;
}

/* "-": one name a line; empty lines and the usual words of rpm -q for "none" are passed.
 */
static int judge_lines(struct paravet *p)
{
	char *line = NULL, place[64];
	int worst = 0, status;
	size_t size = 0;
	unsigned number = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		number++;
		while (n > 0 && strchr(" \t\r\n", line[n - 1]))
			line[--n] = '\0';
		if (n == 0)
			continue;
		snprintf(place, sizeof(place), "line %u: ", number);
		status = judge(p, line, place);
		if (status > worst)
			worst = status;
	}
	free(line);
	if (ferror(stdin)) {
		fprintf(stderr, "paravet: standard input: %s\n", strerror(errno));
		return -PARAVET_NO_INPUT;
	}
	return worst;
}

static int run(int argc, char **argv)
{
	struct guest_options o = {0};
	int status = options_parse(&cmd_kernel, argc, argv, &o), printed;
	struct paravet *p;

	if (status)
		return status - 1;
	p = handle_open(&o, &status);
	if (!p)
		return status;
	for (unsigned i = 0; i < o.disk_count; i++) {
		int one = strcmp(o.disks[i].path, "-") == 0
				  ? judge_lines(p)
				  : judge(p, o.disks[i].path, "");

		if (one > status)
			status = one;
	}
	printed = print_document(p, paravet_kernels(p, o.format, o.flags));
	if (status == -PARAVET_USAGE)
		status =
			-PARAVET_BAD_DATA; /* a line of the input, not the command line */
	if (status == 0)
		status = printed ? printed : paravet_kernels_answer(p);
	paravet_free(p);
	return status;
}

const struct command cmd_kernel = {
	.name = "kernel",
	.summary = "What do RHEL 5's tables for Xen guests say of a kernel's name?",
	.arguments = "[OPTION]... NAME... | -",
	.options = OPTIONS_HOST,
	.help = "The kernels:\n"
		"  NAME...              kernel-PAE-2.6.18-53.1.4.el5.i686, or as uname "
		"-r has "
		"it\n"
		"  -                    names from standard input, one a line:\n"
		"    rpm -q --queryformat '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n' "
		"kernel |\n"
		"      paravet kernel -\n"
		"The host:\n" HOST_OPTION_HELP OUTPUT_OPTIONS_HELP
		"  -v, --verbose        the documents too\n"
		"  -h, --help\n"
		"\n"
		"Exit status: 0 ready, 1 fixable, 2 blocked, 3 unknown; 65 when a name "
		"makes no\n"
		"sense. Packages that hold no kernel are told and not counted.\n",
	.run = run,
};
