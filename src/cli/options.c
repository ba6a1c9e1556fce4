/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of every command about one guest. */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

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

/* One more of what may be given `max` times. */
static int add_text(const char **list, unsigned *count, unsigned max, const char *what,
		    const char *text)
{
	if (*count == max) {
		fprintf(stderr, "paravet: more than %u %s\n", *count, what);
		return -1;
	}
	list[(*count)++] = text;
	return 0;
}

static int add_module(const char **list, unsigned *count, const char *path)
{
	return add_text(list, count, MAX_MODULES, "modules", path);
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
	return chosen < 0 ? -1 : 0;
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

static int take_disk(const struct command *c, struct guest_options *o)
{
	(void)c;
	return add_disk_option(o, optarg);
}

/* "DEVICE:file:FILE", as virt-* tools have it. */
static int take_key(const struct command *c, struct guest_options *o)
{
	static const char marker[] = ":file:";
	char *at = strstr(optarg, marker);

	(void)c;
	if (!at) {
		fputs(strstr(optarg, ":key:")
			      ? "paravet: --key takes no key in itself, which every "
				"process could see: put it into a file, --key "
				"DEVICE:file:FILE\n"
		      : strstr(optarg, ":clevis")
			      ? "paravet: --key: keys from Clevis are not fetched: give "
				"a "
				"passphrase, --key DEVICE:file:FILE\n"
			      : "paravet: --key takes DEVICE:file:FILE\n",
		      stderr);
		return -1;
	}
	if (o->key_count == MAX_KEYS) {
		fprintf(stderr, "paravet: more than %d keys\n", MAX_KEYS);
		return -1;
	}
	*at = '\0';
	o->keys[o->key_count++] = (struct key_option){optarg, at + sizeof(marker) - 1};
	return 0;
}

static int take_behind_for(const struct command *c, struct guest_options *o)
{
	(void)c;
	return take_for(o, optarg);
}

static int take_neighbour(const struct command *c, struct guest_options *o)
{
	(void)c;
	return add_module(o->neighbours, &o->neighbour_count, optarg);
}

/* One after another is a list as well. */
static int take_on(const struct command *c, struct guest_options *o)
{
	const char *before = o->on ? o->on : "";
	char joined[sizeof(o->on_list)];
	int n = snprintf(joined, sizeof(joined), "%s%s%s", before, o->on ? "," : "",
			 optarg);

	(void)c;
	if (n < 0 || (size_t)n >= sizeof(joined)) {
		fputs("paravet: --on: more than all platforms\n", stderr);
		return -1;
	}
	memcpy(o->on_list, joined, sizeof(joined));
	o->on = o->on_list;
	return 0;
}

static int take_package(const struct command *c, struct guest_options *o)
{
	(void)c;
	return add_module(o->packages, &o->package_count, optarg);
}

/* One kernel is asked about; several may be changed. */
static int take_kernel(const struct command *c, struct guest_options *o)
{
	if (!(c->options & OPTIONS_KERNELS)) {
		o->kernel = optarg;
		return 0;
	}
	return add_text(o->kernels, &o->kernel_count, MAX_KERNELS, "kernels", optarg);
}

static int take_output(const struct command *c, struct guest_options *o)
{
	(void)c;
	if (strcmp(optarg, "-") == 0) {
		fputs("paravet: --output takes a file: a disk is not written to standard "
		      "output (./- is a file of that name)\n",
		      stderr);
		return -1;
	}
	return add_text(o->outputs, &o->output_count, MAX_NAMES, "new files", optarg);
}

static int take_undo_disk(const struct command *c, struct guest_options *o)
{
	(void)c;
	return add_text(o->undo_disks, &o->undo_disk_count, MAX_NAMES, "disks", optarg);
}

static int take_format(const struct command *c, struct guest_options *o)
{
	o->format_given = true;
	return take_word("format",
			 c->options & OPTIONS_FORMS      ? format_words
			 : c->options & OPTIONS_MARKDOWN ? markdown_words
							 : document_words,
			 &o->format);
}

static int take_verbose(const struct command *c, struct guest_options *o)
{
	(void)c;
	o->flags |= PARAVET_VERBOSE;
	return 0;
}

/* Where what is given goes: into one member of the options, or to a function. */
struct known_option {
	const char *name;
	char letter;     /* or 0 */
	unsigned needed; /* a command with one of these takes it; 0: every one does */
	enum { FLAG, TEXT, WORD, NUMBER, ARGUMENT, NO_ARGUMENT } kind;
	size_t member;            /* bool of FLAG, string of TEXT, else unsigned */
	const char *const *words; /* of WORD */
	unsigned min, max;        /* of NUMBER */
	int (*take)(const struct command *c, struct guest_options *o); /* of the rest */
};
#define INTO(name) .member = offsetof(struct guest_options, name)

static const struct known_option known[] = {
	{"add", 'a', OPTIONS_GUEST, ARGUMENT, .take = take_disk},
	{"key", 0, OPTIONS_GUEST, ARGUMENT, .take = take_key},
	{"root", 0, OPTIONS_GUEST, TEXT, INTO(root)},
	{"machine", 0, OPTIONS_GUEST, TEXT, INTO(machine)},
	{"domain", 'd', OPTIONS_GUEST, TEXT, INTO(domain)},
	{"connect", 'c', OPTIONS_GUEST, TEXT, INTO(connection)},
	{"os", 0, OPTIONS_GUEST, TEXT, INTO(os)},
	{"backing", 0, OPTIONS_GUEST, WORD, INTO(backing), .words = backing_words},
	{"format", 0, 0, ARGUMENT, .take = take_format},
	{"color", 0, 0, WORD, INTO(color), .words = color_words},
	{"sandbox", 0, OPTIONS_GUEST | OPTIONS_UNDO, WORD, INTO(sandbox),
	 .words = sandbox_words},
	{"on", 0, OPTIONS_PLATFORMS, ARGUMENT, .take = take_on},
	{"host", 0, OPTIONS_HOST, TEXT, INTO(host)},
	{"for", 0, OPTIONS_MODULES, ARGUMENT, .take = take_behind_for},
	{"kernel", 0, OPTIONS_MODULES | OPTIONS_KERNELS, ARGUMENT, .take = take_kernel},
	{"neighbour", 0, OPTIONS_MODULES, ARGUMENT, .take = take_neighbour},
	{"direct", 0, OPTIONS_PROVE, FLAG, INTO(direct)},
	{"timeout", 0, OPTIONS_PROVE, NUMBER, INTO(timeout), .min = 1, .max = 86400},
	{"memory", 0, OPTIONS_PROVE, NUMBER, INTO(memory), .min = 16, .max = 1024 * 1024},
	{"keep-log", 0, OPTIONS_PROVE, TEXT, INTO(log_dir)},
	{"xen-lab", 0, OPTIONS_PROVE, TEXT, INTO(xen_lab)},
	{"output", 'o', OPTIONS_APPLY, ARGUMENT, .take = take_output},
	{"copy", 0, OPTIONS_APPLY, FLAG, INTO(copy)},
	{"in-place", 0, OPTIONS_APPLY, FLAG, INTO(in_place)},
	{"undo", 0, OPTIONS_APPLY, TEXT, INTO(undo)},
	{"machine-out", 0, OPTIONS_APPLY, TEXT, INTO(machine_out)},
	{"kmod", 0, OPTIONS_APPLY, ARGUMENT, .take = take_package},
	{"disk", 0, OPTIONS_UNDO, ARGUMENT, .take = take_undo_disk},
	{"dry-run", 0, OPTIONS_APPLY | OPTIONS_UNDO, FLAG, INTO(dry_run)},
	{"script", 0, OPTIONS_SCRIPT, FLAG, INTO(script)},
	{"verbose", 'v', OPTIONS_GUEST | OPTIONS_HOST, NO_ARGUMENT, .take = take_verbose},
	{"help", 'h', 0, NO_ARGUMENT},
};
enum { KNOWN = sizeof(known) / sizeof(known[0]), BEYOND_LETTERS = 256 };

/* For getopt: "a:o:vh" behind `letters`, which is large enough. */
static void list_options(struct option *list, char *letters)
{
	char *at = letters + strlen(letters);

	for (int i = 0; i < KNOWN; i++) {
		bool argument = known[i].kind != FLAG && known[i].kind != NO_ARGUMENT;

		list[i] = (struct option){
			known[i].name, argument ? required_argument : no_argument, NULL,
			known[i].letter ? known[i].letter : BEYOND_LETTERS + i};
		if (!known[i].letter)
			continue;
		*at++ = known[i].letter;
		if (argument)
			*at++ = ':';
	}
	list[KNOWN] = (struct option){0};
	*at = '\0';
}

static const struct known_option *find_option(int value)
{
	for (int i = 0; i < KNOWN; i++)
		if (value == (known[i].letter ? known[i].letter : BEYOND_LETTERS + i))
			return &known[i];
	return NULL; /* getopt has said what is wrong */
}

static int take_option(const struct command *c, const struct known_option *k,
		       struct guest_options *o)
{
	void *member = (char *)o + k->member;

	if (k->needed && !(k->needed & c->options)) {
		fprintf(stderr, "paravet: %s does not take --%s\n", c->name, k->name);
		return -1;
	}
	switch (k->kind) {
	case FLAG:
		*(bool *)member = true;
		return 0;
	case TEXT:
		*(const char **)member = optarg;
		return 0;
	case WORD:
		return take_word(k->name, k->words, member);
	case NUMBER:
		return take_number(k->name, k->min, k->max, member);
	case ARGUMENT:
	case NO_ARGUMENT:
		break;
	}
	return k->take(c, o);
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
	if (o->root && (c->options & OPTIONS_DISKS))
		return "a folder is neither changed nor booted: name the disks instead";
	if (o->domain && (o->disk_count || o->root || o->machine))
		return "name either disks or a domain";
	if (o->connection && !o->domain)
		return "which domain? try: -d DOMAIN";
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
		return o->root || o->domain || o->disk_count || o->symvers ||
				       o->neighbour_count
			       ? NULL
			       : "for which kernel? try: --for DISK";
	}
	if (o->root || o->domain || o->disk_count || (c->options & OPTIONS_NO_NAMES))
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
	/* "-": names come as option 1, so that those behind --for are known. */
	char program[] = "paravet", letters[2 + 2 * KNOWN] = "-";
	struct option options[KNOWN + 1];
	const char *wrong;
	int opt, status;

	list_options(options, letters);
	argv[0] = program; /* getopt puts it before its messages */
	while ((opt = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		const struct known_option *k = find_option(opt);

		if (opt == 1) {
			if (take_name(c, ret, optarg) < 0)
				return mistake(c, NULL);
			continue;
		}
		if (opt == 'h') {
			usage(c);
			return 1;
		}
		if (!k || take_option(c, k, ret) < 0)
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
	if (wants_color((int)ret->color))
		ret->flags |= PARAVET_COLOR;
	status = c->options & OPTIONS_HOST ? config_read(&ret->config) : 0;
	return status ? 1 + status : 0;
}
