/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of every command about one guest. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { OPT_ROOT = 256, OPT_BACKING, OPT_FORMAT, OPT_COLOR, OPT_SANDBOX, OPT_ON };

static const struct option long_options[] = {
	{"add", required_argument, NULL, 'a'},
	{"root", required_argument, NULL, OPT_ROOT},
	{"backing", required_argument, NULL, OPT_BACKING},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"color", required_argument, NULL, OPT_COLOR},
	{"sandbox", required_argument, NULL, OPT_SANDBOX},
	{"on", required_argument, NULL, OPT_ON},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static const char *const backing_words[] = {
	[PARAVET_BACKING_SAME_DIR] = "same-dir",
	[PARAVET_BACKING_REFUSE] = "refuse",
	[PARAVET_BACKING_ANY] = "any",
	NULL,
};
static const char *const sandbox_words[] = {
	[PARAVET_SANDBOX_AUTO] = "auto",
	[PARAVET_SANDBOX_REQUIRE] = "require",
	[PARAVET_SANDBOX_OFF] = "off",
	NULL,
};
static const char *const format_words[] = {
	[PARAVET_TEXT] = "text", [PARAVET_JSON] = "json", NULL};
enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
static const char *const color_words[] = {"auto", "always", "never", NULL};

/* The index of the word, or -1 after telling which words there are. */
static int choose(const char *option, const char *const *words, const char *given)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], given) == 0)
			return i;
	fprintf(stderr, "paravet: --%s takes", option);
	for (int i = 0; words[i]; i++)
		fprintf(stderr, "%s %s",
			i == 0         ? ""
			: words[i + 1] ? ","
				       : " or",
			words[i]);
	fprintf(stderr, ", not '%s'\n", given);
	return -1;
}

static bool wants_color(int when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static int add_disk(struct guest_options *o, char *path, const char *format)
{
	if (o->disk_count == sizeof(o->disks) / sizeof(o->disks[0])) {
		fprintf(stderr, "paravet: more than %u disks\n", o->disk_count);
		return -1;
	}
	o->disks[o->disk_count++] = (struct disk_option){path, format};
	return 0;
}

/* "FILE,format=raw": a comma elsewhere is part of the name. */
static int add_disk_option(struct guest_options *o, char *text)
{
	static const char marker[] = ",format=";
	char *at = strstr(text, marker), *next;

	if (!at)
		return add_disk(o, text, NULL);
	while ((next = strstr(at + 1, marker)))
		at = next;
	*at = '\0';
	return add_disk(o, text, at + sizeof(marker) - 1);
}

static int take_word(const char *option, const char *const *words, unsigned *ret)
{
	int chosen = choose(option, words, optarg);

	if (chosen >= 0)
		*ret = (unsigned)chosen;
	return chosen;
}

static int take_option(int c, bool with_platforms, unsigned *color,
		       struct guest_options *o)
{
	switch (c) {
	case 'a':
		return add_disk_option(o, optarg);
	case 'v':
		o->flags |= PARAVET_VERBOSE;
		return 0;
	case OPT_ROOT:
		o->root = optarg;
		return 0;
	case OPT_ON:
		if (!with_platforms) {
			fputs("paravet: --on belongs to check: inspect judges nothing\n",
			      stderr);
			return -1;
		}
		o->on = optarg;
		return 0;
	case OPT_BACKING:
		return take_word("backing", backing_words, &o->backing);
	case OPT_FORMAT:
		return take_word("format", format_words, &o->format);
	case OPT_SANDBOX:
		return take_word("sandbox", sandbox_words, &o->sandbox);
	case OPT_COLOR:
		return take_word("color", color_words, color);
	default:
		return -1; /* getopt has said what is wrong */
	}
}

static int mistake(const struct command *c, const char *sentence)
{
	if (sentence)
		fprintf(stderr, "paravet: %s\n", sentence);
	fprintf(stderr, "usage: paravet %s %s\n", c->name, c->arguments);
	return 1 + EXIT_USAGE;
}

int options_parse(const struct command *c, bool with_platforms, int argc, char **argv,
		  struct guest_options *ret)
{
	unsigned color = COLOR_AUTO;
	char program[] = "paravet";
	int opt;

	argv[0] = program; /* getopt puts it before its messages */
	while ((opt = getopt_long(argc, argv, "a:vh", long_options, NULL)) != -1) {
		if (opt == 'h') {
			usage(c);
			return 1;
		}
		if (take_option(opt, with_platforms, &color, ret) < 0)
			return mistake(c, NULL);
	}
	for (; optind < argc; optind++)
		if (add_disk(ret, argv[optind], NULL) < 0)
			return mistake(c, NULL);
	if (ret->root && ret->disk_count)
		return mistake(c, "name either disks or --root");
	if (!ret->root && ret->disk_count == 0)
		return mistake(c, "which disk?");
	if (wants_color((int)color))
		ret->flags |= PARAVET_COLOR;
	return 0;
}
