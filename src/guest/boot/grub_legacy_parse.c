/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the text of a menu file to its entries. */
#include "grub_legacy.h"

#include "limits.h"
#include "path.h"
#include "strbuf.h"
#include "text.h"

/* A line with those it is continued on (a comment, too): a backslash before the newline
 * is a blank. */
static int next_line(struct text *t, struct arena *a, struct slice *ret,
		     unsigned *ret_number, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);
	struct slice line;
	const char *copy;

	if (!text_line(t, &line))
		return 0;
	*ret_number = t->line;
	*ret = text_trim(line);
	if (!slice_ends(line, "\\"))
		return 1;
	while (slice_ends(line, "\\")) {
		strbuf_add(&b, line.p, line.n - 1);
		strbuf_char(&b, ' ');
		if (!text_line(t, &line))
			line = SLICE_NONE;
	}
	strbuf_add(&b, line.p, line.n);
	if (!strbuf_ok(&b))
		return err_set(e, ERR_LIMIT, "line %u is longer than %zu bytes",
			       *ret_number, LIMIT_TEXT);
	copy = arena_strdup(a, strbuf_text(&b));
	if (!copy)
		return arena_full(a, e);
	*ret = text_trim(slice_str(copy));
	return 1;
}

/* The command ends at a blank or an equals sign, and so many of them follow it. */
static struct slice split_command(struct slice line, struct slice *ret_rest)
{
	struct slice command = line;
	size_t n = 0, at;
	int c;

	while (n < line.n && !text_is_blank(c = slice_at(line, n)) && c != '=')
		n++;
	for (at = n; at < line.n && (text_is_blank(c = slice_at(line, at)) || c == '=');)
		at++;
	command.n = n;
	*ret_rest = slice_of(line.p + at, line.n - at);
	return command;
}

static int keep(struct arena *a, struct slice s, const char **ret, struct err *e)
{
	*ret = arena_strndup(a, s);
	return *ret ? 0 : arena_full(a, e);
}

/* "(hd0,1)/vmlinuz": the device may be missing. */
static int keep_file(struct arena *a, struct slice name, const char *root,
		     const char **ret_device, const char **ret_path, struct err *e)
{
	size_t end = slice_at(name, 0) == '(' ? slice_find(name, 0, ')') : name.n;
	struct slice device;
	int r = 0;

	*ret_device = root;
	if (end < name.n && slice_sub(name, 0, end + 1, &device)) {
		r = keep(a, device, ret_device, e);
		name = slice_of(name.p + device.n, name.n - device.n);
	}
	return r < 0 ? r : keep(a, name, ret_path, e);
}

/* The options of kernel: --type=linux, --no-mem-option. */
static bool file_word(struct slice *rest, struct slice *ret)
{
	while (text_word(rest, ret))
		if (!slice_starts(*ret, "--"))
			return true;
	return false;
}

static int load_kernel(struct legacy_entry *entry, struct slice name, struct slice rest,
		       struct arena *a, struct err *e)
{
	int r = keep_file(a, name, entry->root, &entry->kernel_device, &entry->kernel, e);

	return r < 0 ? r : keep(a, text_trim(rest), &entry->cmdline, e);
}

/* Is the base name that of the hypervisor: xen.gz, xen.gz-2.6.18-8.el5? */
static bool is_xen(struct slice name)
{
	return slice_starts(path_last_part(name), "xen");
}

static int run_kernel(struct legacy_entry *entry, struct slice rest, struct arena *a,
		      struct err *e)
{
	struct slice name;

	if (!file_word(&rest, &name))
		return 0;
	entry->xen = is_xen(name);
	entry->kernel = entry->initrd = NULL;
	return entry->xen ? 0 : load_kernel(entry, name, rest, a, e);
}

static int run_initrd(struct legacy_entry *entry, struct slice rest, struct arena *a,
		      struct err *e)
{
	struct slice name;

	if (!entry->kernel || !file_word(&rest, &name))
		return 0;
	return keep_file(a, name, entry->root, &entry->initrd_device, &entry->initrd, e);
}

/* Of a hypervisor: the first module is Linux, the second its initrd. */
static int run_module(struct legacy_entry *entry, struct slice rest, struct arena *a,
		      struct err *e)
{
	struct slice name, all = rest;

	if (!entry->xen || !file_word(&rest, &name))
		return 0;
	if (!entry->kernel)
		return load_kernel(entry, name, rest, a, e);
	return entry->initrd ? 0 : run_initrd(entry, all, a, e);
}

static int set_root(struct legacy_entry *entry, struct slice rest, struct arena *a,
		    struct err *e)
{
	struct slice word;

	return text_word(&rest, &word) ? keep(a, word, &entry->root, e) : 0;
}

/* Ubuntu's GRUB has the UUID of a file system instead of root. */
static int set_uuid(struct legacy_entry *entry, struct slice rest, struct arena *a,
		    struct err *e)
{
	struct slice word;

	if (!text_word(&rest, &word))
		return 0;
	entry->root = arena_printf(a, "UUID=%.*s", (int)word.n, (const char *)word.p);
	return entry->root ? 0 : arena_full(a, e);
}

static int set_configfile(struct legacy_entry *entry, struct slice rest, struct arena *a,
			  struct err *e)
{
	(void)rest;
	(void)a;
	(void)e;
	entry->configfile = true;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct legacy_entry *entry, struct slice rest, struct arena *a,
		   struct err *e);
} commands[] = {
	{"root", set_root},
	{"rootnoverify", set_root},
	{"uuid", set_uuid},
	{"kernel", run_kernel},
	{"initrd", run_initrd},
	{"module", run_module},
	{"modulenounzip", run_module},
	{"configfile", set_configfile},
};

static int run_command(struct legacy_entry *entry, struct slice command,
		       struct slice rest, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (slice_eq(command, commands[i].name))
			return commands[i].run(entry, rest, a, e);
	return 0;
}

static int set_fallback(struct legacy_menu *menu, struct slice rest)
{
	struct slice word;

	menu->fallbacks = 0;
	while (menu->fallbacks < LEGACY_FALLBACKS && text_word(&rest, &word) &&
	       text_u64(word, LIMIT_BOOT_ENTRIES, &menu->fallback[menu->fallbacks]))
		menu->fallbacks++;
	return 0;
}

static int menu_command(struct legacy_menu *menu, struct slice command, struct slice rest,
			struct arena *a, struct err *e)
{
	struct slice word;

	if (slice_eq(command, "default") && text_word(&rest, &word))
		return keep(a, word, &menu->default_word, e);
	if (slice_eq(command, "fallback"))
		return set_fallback(menu, rest);
	return 0;
}

static int add_entry(struct legacy_menu *menu, struct slice title, unsigned line,
		     struct arena *a, struct err *e)
{
	struct legacy_entry *entry;

	if (menu->entries.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	entry = vec_add(a, &menu->entries);
	if (!entry)
		return arena_full(a, e);
	entry->line = line;
	return keep(a, text_trim(title), &entry->title, e);
}

static int run_line(struct legacy_entry *entry, struct slice command, struct slice rest,
		    unsigned line, struct arena *a, struct err *e)
{
	const char *before = entry->cmdline;
	int r = run_command(entry, command, rest, a, e);

	if (entry->cmdline != before)
		entry->cmdline_line = line;
	return r;
}

int grub_legacy_parse(struct slice text, struct arena *a, struct legacy_menu *ret,
		      struct err *e)
{
	struct legacy_menu menu = {0};
	struct text t = text_of(text);
	struct slice line, command, rest;
	unsigned number;
	int r;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while ((r = next_line(&t, a, &line, &number, e)) > 0) {
		if (line.n == 0 || slice_at(line, 0) == '#')
			continue;
		command = split_command(line, &rest);
		if (slice_eq(command, "title"))
			r = add_entry(&menu, rest, number, a, e);
		else if (menu.entries.n)
			r = run_line(&menu.entries.v[menu.entries.n - 1], command, rest,
				     number, a, e);
		else
			r = menu_command(&menu, command, rest, a, e);
		if (r < 0)
			return r;
	}
	if (r >= 0)
		*ret = menu;
	return r;
}

uint64_t grub_legacy_saved(struct slice text)
{
	struct slice digits;
	uint64_t number;
	size_t n = 0;

	while (text_is_digit(slice_at(text, n)))
		n++;
	return slice_sub(text, 0, n, &digits) && text_u64(digits, UINT32_MAX, &number)
		       ? number
		       : 0;
}

bool grub_legacy_device(const char *device, uint64_t *ret_drive, uint64_t *ret_partition)
{
	struct slice s = slice_str(device), inner, drive, partition;
	uint64_t n = 0;

	if (!slice_starts(s, "(hd") || !slice_ends(s, ")") ||
	    !slice_sub(s, 3, s.n - 4, &inner))
		return false;
	if (!text_split(inner, ',', &drive, &partition))
		drive = inner;
	else if (text_u64(partition, 254, &n))
		n++;
	else
		return false;
	*ret_partition = n;
	return text_u64(drive, 127, ret_drive);
}
