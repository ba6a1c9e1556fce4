/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "module_settings.h"

#include "limits.h"
#include "shell.h"
#include "text.h"
#include "tolerate.h"

static const struct {
	const char *path, *name;
} settings[] = {
	{"/etc/sysconfig/kernel", "INITRD_MODULES"}, /* mkinitrd(8) of SUSE */
};

/* Names of modules and blanks, between quotes or without any. */
static bool is_plain_list(struct slice value)
{
	struct slice bare = text_unquote(value);

	for (size_t i = 0; i < bare.n; i++) {
		int c = slice_at(bare, i);

		if (!text_is_alnum(c) && c != '_' && c != '-' && c != '+' && c != '.' &&
		    c != ' ' && c != '\t')
			return false;
	}
	return true;
}

/* Does this command set the variable, and to what? */
static bool sets(const struct shell_command *c, const char *name, struct slice *ret_value)
{
	struct slice left;

	for (size_t i = 0; i < c->n; i++)
		if (text_split(c->words[i], '=', &left, ret_value) &&
		    slice_eq(left, name))
			return true;
	return false;
}

int module_setting_parse(struct slice text, const char *name, struct arena *scratch,
			 struct arena *a, struct source source,
			 struct module_setting_fact *ret, bool *ret_found, struct err *e)
{
	struct shell sh = shell_of(text, scratch);
	struct shell_command c;
	struct slice value, last = SLICE_NONE;
	bool found = false;

	while (shell_next(&sh, &c)) {
		if (!sets(&c, name, &value))
			continue;
		found = c.n == 1 && !c.nested && !c.conditional && is_plain_list(value);
		last = found ? c.words[0] : SLICE_NONE;
		source.line = c.line;
	}
	if (sh.too_many)
		return arena_full(scratch, e);
	*ret_found = found;
	if (!found)
		return 0;
	*ret = (struct module_setting_fact){
		.name = name, .text = arena_strndup(a, last), .source = source};
	return ret->text ? 0 : arena_full(a, e);
}

static int read_settings(struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(settings); i++) {
		struct module_setting_fact fact;
		bool found = false;
		struct slice text;
		struct file f;

		r = guest_config(g, settings[i].path, &f, &text, e);
		if (r >= 0)
			r = module_setting_parse(text, settings[i].name, g->scratch,
						 g->arena, guest_source(g, &f, 0, 0),
						 &fact, &found, e);
		if (r >= 0 && found &&
		    !vec_push(g->arena, &g->facts->module_settings, fact))
			return arena_full(g->arena, e);
		if (r < 0)
			r = tolerate(g, "initramfs", settings[i].path, e);
	}
	return r;
}

const struct guest_reader read_module_settings = {
	.name = "initramfs",
	.doc = "lists of modules for the next initramfs: INITRD_MODULES of SUSE",
	.read = read_settings,
};
