/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of every command about one guest. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum {
	OPT_ROOT = 256,
	OPT_MACHINE,
	OPT_BACKING,
	OPT_FORMAT,
	OPT_COLOR,
	OPT_SANDBOX,
	OPT_ON,
	OPT_HOST,
	OPT_FOR,
	OPT_KERNEL,
	OPT_NEIGHBOUR,
	OPT_DIRECT,
	OPT_TIMEOUT,
	OPT_MEMORY,
	OPT_KEEP_LOG,
	OPT_XEN_LAB,
	OPT_COPY,
	OPT_IN_PLACE,
	OPT_UNDO,
	OPT_DISK,
	OPT_DRY_RUN,
	OPT_KMOD,
	OPT_MACHINE_OUT,
	OPT_SCRIPT
};

static const struct option long_options[] = {
	{"add", required_argument, NULL, 'a'},
	{"root", required_argument, NULL, OPT_ROOT},
	{"machine", required_argument, NULL, OPT_MACHINE},
	{"backing", required_argument, NULL, OPT_BACKING},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"color", required_argument, NULL, OPT_COLOR},
	{"sandbox", required_argument, NULL, OPT_SANDBOX},
	{"on", required_argument, NULL, OPT_ON},
	{"host", required_argument, NULL, OPT_HOST},
	{"for", required_argument, NULL, OPT_FOR},
	{"kernel", required_argument, NULL, OPT_KERNEL},
	{"neighbour", required_argument, NULL, OPT_NEIGHBOUR},
	{"direct", no_argument, NULL, OPT_DIRECT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"memory", required_argument, NULL, OPT_MEMORY},
	{"keep-log", required_argument, NULL, OPT_KEEP_LOG},
	{"xen-lab", required_argument, NULL, OPT_XEN_LAB},
	{"output", required_argument, NULL, 'o'},
	{"copy", no_argument, NULL, OPT_COPY},
	{"in-place", no_argument, NULL, OPT_IN_PLACE},
	{"undo", required_argument, NULL, OPT_UNDO},
	{"disk", required_argument, NULL, OPT_DISK},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"machine-out", required_argument, NULL, OPT_MACHINE_OUT},
	{"kmod", required_argument, NULL, OPT_KMOD},
	{"script", no_argument, NULL, OPT_SCRIPT},
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
static const char *const format_words[] = {[PARAVET_TEXT] = "text",
					   [PARAVET_JSON] = "json",
					   [PARAVET_MARKDOWN] = "markdown",
					   [PARAVET_HTML] = "html",
					   NULL};
static const char *const document_words[] = {
	[PARAVET_TEXT] = "text", [PARAVET_JSON] = "json", NULL};
static const char *const markdown_words[] = {[PARAVET_TEXT] = "text",
					     [PARAVET_JSON] = "json",
					     [PARAVET_MARKDOWN] = "markdown",
					     NULL};
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
		fprintf(stderr, "paravet: more than %u names\n", o->disk_count);
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

static int add_module(const char **list, unsigned *count, const char *path)
{
	if (*count == MAX_MODULES) {
		fprintf(stderr, "paravet: more than %u modules\n", *count);
		return -1;
	}
	list[(*count)++] = path;
	return 0;
}

/* "Module.symvers", "2.6.18-53.el5:symvers-2.6.18-53.el5.gz": a list of symbols is known
 * by its name, as a disk may have a colon in its own. */
static int take_symvers(struct guest_options *o, char *text)
{
	char *colon = strchr(text, ':'), *slash = strchr(text, '/');

	if (o->symvers) {
		fputs("paravet: --for takes one list of symbols\n", stderr);
		return -1;
	}
	if (colon && (!slash || colon < slash)) {
		*colon = '\0';
		o->kernel = text;
		text = colon + 1;
	}
	o->symvers = text;
	return 0;
}

static int take_for(struct guest_options *o, char *text)
{
	const char *slash = strrchr(text, '/');

	o->for_seen = true;
	return strstr(slash ? slash : text, "symvers") ? take_symvers(o, text)
						       : add_disk_option(o, text);
}

static int take_name(const struct command *c, struct guest_options *o, char *text)
{
	if (!(c->options & OPTIONS_MODULES))
		return add_disk(o, text, NULL);
	return o->for_seen ? take_for(o, text)
			   : add_module(o->modules, &o->module_count, text);
}

static int take_word(const char *option, const char *const *words, unsigned *ret)
{
	int chosen = choose(option, words, optarg);

	if (chosen >= 0)
		*ret = (unsigned)chosen;
	return chosen;
}

static int take_number(const char *option, unsigned min, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long n = strtoul(optarg, &end, 10);

	if (*optarg < '0' || *optarg > '9' || *end || n < min || n > max) {
		fprintf(stderr, "paravet: --%s takes a number from %u to %u, not '%s'\n",
			option, min, max, optarg);
		return -1;
	}
	*ret = (unsigned)n;
	return 0;
}

/* Which commands take an option: those with one of these; 0: every one. */
static unsigned needed_by(int option)
{
	switch (option) {
	case 'a':
	case OPT_ROOT:
	case OPT_MACHINE:
	case OPT_BACKING:
		return OPTIONS_GUEST;
	case OPT_SANDBOX:
		return OPTIONS_GUEST | OPTIONS_UNDO;
	case OPT_DISK:
		return OPTIONS_UNDO;
	case OPT_DRY_RUN:
		return OPTIONS_APPLY | OPTIONS_UNDO;
	case OPT_ON:
		return OPTIONS_PLATFORMS;
	case OPT_HOST:
		return OPTIONS_HOST;
	case OPT_FOR:
	case OPT_KERNEL:
	case OPT_NEIGHBOUR:
		return OPTIONS_MODULES;
	case OPT_DIRECT:
	case OPT_TIMEOUT:
	case OPT_MEMORY:
	case OPT_KEEP_LOG:
	case OPT_XEN_LAB:
		return OPTIONS_PROVE;
	case 'o':
	case OPT_KMOD:
	case OPT_MACHINE_OUT:
	case OPT_COPY:
	case OPT_IN_PLACE:
	case OPT_UNDO:
		return OPTIONS_APPLY;
	case OPT_SCRIPT:
		return OPTIONS_SCRIPT;
	default:
		return 0;
	}
}

static const char *option_name(int option)
{
	const struct option *o = long_options;

	while (o->name && o->val != option)
		o++;
	return o->name;
}

/* Options whose argument is kept as it is. */
static bool take_text(int option, struct guest_options *o)
{
	switch (option) {
	case OPT_ROOT:
		o->root = optarg;
		return true;
	case OPT_MACHINE:
		o->machine = optarg;
		return true;
	case OPT_ON:
		o->on = optarg;
		return true;
	case OPT_HOST:
		o->host = optarg;
		return true;
	case OPT_KERNEL:
		o->kernel = optarg;
		return true;
	case OPT_KEEP_LOG:
		o->log_dir = optarg;
		return true;
	case OPT_XEN_LAB:
		o->xen_lab = optarg;
		return true;
	case OPT_DISK:
		o->undo_disk = optarg;
		return true;
	case 'o':
		o->output = optarg;
		return true;
	case OPT_MACHINE_OUT:
		o->machine_out = optarg;
		return true;
	case OPT_UNDO:
		o->undo = optarg;
		return true;
	default:
		return false;
	}
}

/* Options without an argument. */
static bool take_flag(int option, struct guest_options *o)
{
	switch (option) {
	case 'v':
		o->flags |= PARAVET_VERBOSE;
		return true;
	case OPT_SCRIPT:
		return o->script = true;
	case OPT_DIRECT:
		return o->direct = true;
	case OPT_COPY:
		return o->copy = true;
	case OPT_IN_PLACE:
		return o->in_place = true;
	case OPT_DRY_RUN:
		return o->dry_run = true;
	default:
		return false;
	}
}

static int take_option(const struct command *c, int option, unsigned *color,
		       struct guest_options *o)
{
	unsigned needed = needed_by(option);

	if (needed && !(needed & c->options)) {
		fprintf(stderr, "paravet: %s does not take --%s\n", c->name,
			option_name(option));
		return -1;
	}
	if (take_text(option, o) || take_flag(option, o))
		return 0;
	switch (option) {
	case 'a':
		return add_disk_option(o, optarg);
	case OPT_FOR:
		return take_for(o, optarg);
	case OPT_NEIGHBOUR:
		return add_module(o->neighbours, &o->neighbour_count, optarg);
	case OPT_KMOD:
		return add_module(o->packages, &o->package_count, optarg);
	case OPT_TIMEOUT:
		return take_number("timeout", 1, 86400, &o->timeout);
	case OPT_MEMORY:
		return take_number("memory", 16, 1024 * 1024, &o->memory);
	case OPT_BACKING:
		return take_word("backing", backing_words, &o->backing);
	case OPT_FORMAT:
		o->format_given = true;
		return take_word("format",
				 c->options & OPTIONS_FORMS      ? format_words
				 : c->options & OPTIONS_MARKDOWN ? markdown_words
								 : document_words,
				 &o->format);
	case OPT_SANDBOX:
		return take_word("sandbox", sandbox_words, &o->sandbox);
	case OPT_COLOR:
		return take_word("color", color_words, color);
	default:
		return -1; /* getopt has said what is wrong */
	}
}

int options_mistake(const struct command *c, const char *sentence)
{
	if (sentence)
		fprintf(stderr, "paravet: %s\n", sentence);
	fprintf(stderr, "usage: paravet %s %s\noptions: paravet %s --help\n", c->name,
		c->arguments, c->name);
	return EXIT_USAGE;
}

static int mistake(const struct command *c, const char *sentence)
{
	return 1 + options_mistake(c, sentence);
}

/* What the names say together. NULL when they fit the command. */
static const char *check_names(const struct command *c, const struct guest_options *o)
{
	if (o->root && o->disk_count)
		return "name either disks or --root";
	if (o->script && o->format_given)
		return "either --script or --format";
	if ((c->options & OPTIONS_ONE_PLATFORM) && !o->on)
		return "for which platform? try: --on kvm";
	if ((c->options & OPTIONS_ONE_PLATFORM) &&
	    (strchr(o->on, ',') || strcmp(o->on, "all") == 0))
		return "one platform at a time: --on kvm";
	if ((c->options & OPTIONS_ONE_NAME) && o->disk_count > 1)
		return "one name at a time";
	if (c->options & OPTIONS_MODULES) {
		if (o->module_count == 0)
			return "which module?";
		return o->root || o->disk_count || o->symvers || o->neighbour_count
			       ? NULL
			       : "for which kernel? try: --for DISK";
	}
	if (o->root || o->disk_count || (c->options & OPTIONS_NO_NAMES))
		return NULL;
	if (o->machine && (c->options & OPTIONS_MACHINE_ALONE))
		return NULL;
	return c->options & OPTIONS_GUEST  ? "which disk?"
	       : c->options & OPTIONS_UNDO ? "which record?"
					   : "which kernel?";
}

int options_parse(const struct command *c, int argc, char **argv,
		  struct guest_options *ret)
{
	unsigned color = COLOR_AUTO;
	char program[] = "paravet";
	const char *wrong;
	int opt, status;

	argv[0] = program; /* getopt puts it before its messages */
	/* "-": names come as option 1, so that those behind --for are known. */
	while ((opt = getopt_long(argc, argv, "-a:o:vh", long_options, NULL)) != -1) {
		if (opt == 1) {
			if (take_name(c, ret, optarg) < 0)
				return mistake(c, NULL);
			continue;
		}
		if (opt == 'h') {
			usage(c);
			return 1;
		}
		if (take_option(c, opt, &color, ret) < 0)
			return mistake(c, NULL);
	}
	for (; optind < argc; optind++)
		if (take_name(c, ret, argv[optind]) < 0)
			return mistake(c, NULL);
	wrong = check_names(c, ret);
	if (ret->script)
		ret->format = PARAVET_SCRIPT;
	if (wrong)
		return mistake(c, wrong);
	if (wants_color((int)color))
		ret->flags |= PARAVET_COLOR;
	status = c->options & OPTIONS_HOST ? config_read(&ret->config) : 0;
	return status ? 1 + status : 0;
}
