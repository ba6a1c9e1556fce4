/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The settings from which a boot loader's menu is made the next time: the command lines
 * and switches that grub-mkconfig(8), Debian's update-grub and update-extlinux, SUSE's
 * perl-Bootloader and kernel-install(8) read. Each word is a fact of its own, so that one
 * can be changed and the rest of the line stays.
 */
#include "menu_settings.h"

#include "limits.h"
#include "shell.h"
#include "text.h"
#include "tolerate.h"

struct settings {
	struct guest *g;
	const struct file *file;
	struct slice text;
	struct text_lines lines;
};

/* A word at the slice `value`, which lies in the text. */
static int add(struct settings *s, const char *name, struct slice value, struct err *e)
{
	struct arena *a = s->g->arena;
	size_t at = slice_offset(s->text, value);
	struct menu_setting_fact fact = {
		.name = name,
		.value = arena_strndup(a, value),
		.word = arena_strndup(a, text_word_at(s->text, at)),
		.source = guest_source(s->g, s->file, text_line_at(&s->lines, at), 0),
	};

	if (s->g->facts->boot.settings.n == LIMIT_MENU_SETTINGS)
		return err_set(e, ERR_LIMIT, "more than %d words of settings",
			       LIMIT_MENU_SETTINGS);
	return name && fact.value && fact.word &&
			       vec_push(a, &s->g->facts->boot.settings, fact)
		       ? 0
		       : arena_full(a, e);
}

static bool is_quote(int c)
{
	return c == '"' || c == '\'' || c == '\\';
}

/* The words of a command line, without the quotes around all of it. */
static int add_words(struct settings *s, const char *name, struct slice value,
		     struct err *e)
{
	struct slice word;
	int r = 0;

	while (r >= 0 && text_word(&value, &word)) {
		while (word.n && is_quote(slice_at(word, 0)))
			word = slice_of(word.p + 1, word.n - 1);
		while (word.n && is_quote(slice_at(word, word.n - 1)))
			word.n--;
		if (word.n)
			r = add(s, name, word, e);
	}
	return r;
}

/* --- Files --- */

/* The variables that count: command lines, and what forbids UUIDs in them. */
static bool is_setting(struct slice name)
{
	return slice_starts(name, "GRUB_CMDLINE_LINUX") ||
	       slice_starts(name, "EXTLINUX_") || slice_ends(name, "_APPEND") ||
	       slice_eq(name, "GRUB_DISABLE_LINUX_UUID") ||
	       slice_eq(name, "GRUB_DISABLE_UUID");
}

/* Assignments of a shell script, wherever they stand. */
static int read_script(struct settings *s, struct err *e)
{
	struct shell sh = shell_of(s->text, s->g->scratch);
	struct shell_command c;
	int r = 0;

	while (r >= 0 && shell_next(&sh, &c))
		for (size_t i = 0; r >= 0 && i < c.n; i++) {
			struct slice name, value;

			if (text_split(c.words[i], '=', &name, &value) &&
			    is_setting(name))
				r = add_words(s, arena_strndup(s->g->arena, name), value,
					      e);
		}
	return r >= 0 && sh.too_many ? arena_full(s->g->scratch, e) : r;
}

/* kernel-install(8): the file is one command line. */
static int read_command_line(struct settings *s, struct err *e)
{
	struct text t = text_of(s->text);
	struct slice line;
	int r = 0;

	while (r >= 0 && text_line(&t, &line))
		if (slice_at(text_trim(line), 0) != '#')
			r = add_words(s, "", line, e);
	return r;
}

/* Debian's update-grub for GRUB Legacy keeps its settings in comments of the menu. */
static int read_kopt(struct settings *s, struct err *e)
{
	struct text t = text_of(s->text);
	struct slice line, name, value;
	int r = 0;

	while (r >= 0 && text_line(&t, &line))
		if (text_split(line, '=', &name, &value) &&
		    (slice_eq(name, "# kopt") || slice_eq(name, "# defoptions")))
			r = add_words(s, arena_strndup(s->g->arena, name), value, e);
	return r;
}

int menu_settings_parse(struct guest *g, const struct file *file, struct slice text,
			enum menu_form form, struct err *e)
{
	static int (*const forms[])(struct settings * s, struct err * e) = {
		[MENU_SCRIPT] = read_script,
		[MENU_CMDLINE] = read_command_line,
		[MENU_KOPT] = read_kopt,
	};
	struct settings s = {.g = g, .file = file, .text = text, .lines = {.s = text}};

	return forms[form](&s, e);
}

static int read_file(struct guest *g, const char *path, enum menu_form form,
		     struct err *e)
{
	struct slice text;
	struct file file;
	int r = guest_config(g, path, &file, &text, e);

	if (r >= 0)
		r = menu_settings_parse(g, &file, text, form, e);
	return r < 0 ? tolerate(g, "settings", path, e) : 0;
}

/* grub-mkconfig of Debian and its kin reads more files of the same kind. */
static int read_folder(struct guest *g, struct err *e)
{
	static const char folder[] = "/etc/default/grub.d";
	dir_list names = {0};
	int r = tree_list(g->tree, folder, &names, e);

	if (r < 0)
		return tolerate(g, "settings", folder, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *path;

		if (!slice_ends(slice_str(names.v[i].name), ".cfg"))
			continue;
		path = arena_printf(g->scratch, "%s/%s", folder, names.v[i].name);
		r = path ? read_file(g, path, MENU_SCRIPT, e) : arena_full(g->scratch, e);
	}
	return r;
}

static int read_all(struct guest *g, struct err *e)
{
	static const struct {
		const char *path;
		enum menu_form form;
	} files[] = {
		{"/etc/default/grub", MENU_SCRIPT},
		{"/etc/default/extlinux", MENU_SCRIPT},
		{"/etc/sysconfig/bootloader", MENU_SCRIPT},
		{"/etc/kernel/cmdline", MENU_CMDLINE},
		{"/boot/grub/menu.lst", MENU_KOPT},
	};
	int r = 0;

	if (!g->tree)
		return 0;
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(files); i++)
		r = read_file(g, files[i].path, files[i].form, e);
	return r < 0 ? r : read_folder(g, e);
}

const struct guest_reader read_menu_settings = {
	.name = "settings",
	.doc = "settings from which the next boot menu is made",
	.read = read_all,
};
