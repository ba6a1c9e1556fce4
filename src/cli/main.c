/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct command *const commands[] = {&cmd_check,  &cmd_plan,   &cmd_apply,
						 &cmd_undo,   &cmd_prove,  &cmd_inspect,
						 &cmd_kernel, &cmd_module, &cmd_matrix};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_help(void)
{
	puts("paravet says whether a virtual machine can use para-virtualized drivers on "
	     "a\n"
	     "host platform, from its disks alone: nothing is booted (but by prove),\n"
	     "mounted, or changed (but by apply and undo).\n"
	     "\n"
	     "usage: paravet COMMAND ...\n");
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	puts("\n"
	     "  paravet COMMAND --help   the options of a command\n"
	     "  paravet --version\n"
	     "\n"
	     "Exit status: 0 ready, 1 fixable, 2 blocked, 3 unknown; 64 usage, 65 bad "
	     "data,\n"
	     "66 cannot open, 69 something is missing on this host, 70 internal error,\n"
	     "74 cannot write.\n"
	     "Start with:  paravet check DISK");
}

static const struct command *find_command(const char *name)
{
	for (unsigned i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

void usage(const struct command *c)
{
	printf("usage: paravet %s %s\n\n%s\n\n%s", c->name, c->arguments, c->summary,
	       c->help);
}

int main(int argc, char **argv)
{
	const struct command *c;
	bool help;

	if (argc < 2) {
		fputs("paravet: which command? try: paravet check DISK, or paravet "
		      "--help\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2)) {
		print_help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("paravet %s\n", paravet_version());
		return 0;
	}
	help = strcmp(argv[1], "help") == 0;
	c = find_command(argv[help ? 2 : 1]);
	if (!c) {
		fprintf(stderr,
			"paravet: there is no command '%s': paravet --help lists them\n",
			argv[help ? 2 : 1]);
		return EXIT_USAGE;
	}
	if (help) {
		usage(c);
		return 0;
	}
	return c->run(argc - 1, argv + 1);
}
