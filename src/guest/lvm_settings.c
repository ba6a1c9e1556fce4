/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lvm_settings.h"

#include <string.h>

#include "escape.h"
#include "guest.h"
#include "limits.h"
#include "lvm_text.h"
#include "text.h"

/* --- lvm.conf --- */

struct conf {
	struct slice text;
	struct text_lines lines;
	struct arena *a;
	struct source source;
	struct lvm_fact *into;
};

/* Can something be put before the first pattern by changing one word? A single string
 * without brackets has to be that word as a whole. */
static bool is_open(struct slice word, struct slice value)
{
	size_t n;

	if (slice_at(value, 0) == '[')
		return true;
	n = slice_find(value, 1, (uint8_t)slice_at(value, 0)) + 1;
	return n <= value.n && slice_offset(word, value) + n == word.n;
}

static int add_filter(struct conf *c, const char *name, const struct lvm_node *node,
		      struct err *e)
{
	struct lvm_filter_fact f = {.name = name, .source = c->source};
	struct slice word = text_word_at(c->text, node->at), value = SLICE_NONE;

	if (c->into->filters.n == LIMIT_LVM_SETTINGS)
		return err_set(e, ERR_LIMIT, "more than %d filters", LIMIT_LVM_SETTINGS);
	f.source.line = text_line_at(&c->lines, node->at);
	for (const struct lvm_value *v = node->values; v; v = v->next) {
		if (f.patterns.n == LIMIT_LVM_SETTINGS)
			return err_set(e, ERR_LIMIT, "more than %d patterns",
				       LIMIT_LVM_SETTINGS);
		if (!vec_push(c->a, &f.patterns, v->text ? v->text : ""))
			return arena_full(c->a, e);
	}
	if (slice_sub(c->text, node->at, c->text.n - node->at, &value) &&
	    is_open(word, value)) {
		f.word = arena_strndup(c->a, word);
		if (!f.word)
			return arena_full(c->a, e);
	}
	return vec_push(c->a, &c->into->filters, f) ? 0 : arena_full(c->a, e);
}

/* One assignment in "devices". */
static int read_setting(struct conf *c, const char *name, const struct lvm_node *node,
			struct err *e)
{
	const struct lvm_value *v = node->values;

	if (strcmp(name, "filter") == 0)
		return add_filter(c, "filter", node, e);
	if (strcmp(name, "global_filter") == 0)
		return add_filter(c, "global_filter", node, e);
	if (strcmp(name, "use_devicesfile") == 0 && v && !v->text)
		c->into->use_devicesfile = v->number ? KNOWN_YES : KNOWN_NO;
	if (strcmp(name, "search_for_devnames") == 0 && v && v->text)
		c->into->search_for_devnames = v->text;
	return 0;
}

static int read_devices(struct conf *c, const struct lvm_node *section, struct err *e)
{
	int r = 0;

	for (const struct lvm_node *n = section->child; r >= 0 && n; n = n->next)
		if (!n->section)
			r = read_setting(c, n->key, n, e);
	return r;
}

static int parse_conf(struct slice text, struct arena *a, struct source source,
		      struct lvm_fact *into, struct err *e)
{
	static const char section[] = "devices", path[] = "devices/";
	struct conf c = {text, {.s = text}, a, source, into};
	struct lvm_node *top = NULL;
	int r = lvm_text_parse(text, a, &top, e);

	for (const struct lvm_node *n = r >= 0 ? top->child : NULL; r >= 0 && n;
	     n = n->next) {
		if (n->section && strcmp(n->key, section) == 0)
			r = read_devices(&c, n, e);
		else if (!n->section && slice_starts(slice_str(n->key), path))
			r = read_setting(&c, n->key + strlen(path), n, e);
	}
	return r;
}

/* --- The devices file --- */

/* "." stands for nothing. */
static const char *field_of(struct arena *a, struct slice value)
{
	return slice_eq(value, ".") ? NULL : arena_strndup(a, value);
}

static int parse_devices(struct slice text, struct arena *a, struct source source,
			 struct lvm_fact *into, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, word, key, value;

	while (text_line(&t, &line)) {
		struct lvm_device_fact f = {.source = source};

		f.source.line = t.line;
		while (!slice_starts(line, "#") && text_word(&line, &word)) {
			if (!text_split(word, '=', &key, &value))
				continue;
			if (slice_eq(key, "IDTYPE"))
				f.idtype = field_of(a, value);
			else if (slice_eq(key, "IDNAME"))
				f.idname = field_of(a, value);
			else if (slice_eq(key, "DEVNAME"))
				f.devname = field_of(a, value);
			else if (slice_eq(key, "PVID"))
				f.pvid = field_of(a, value);
		}
		if (!f.idtype)
			continue;
		if (into->devices.n == LIMIT_LVM_SETTINGS)
			return err_set(e, ERR_LIMIT, "more than %d devices",
				       LIMIT_LVM_SETTINGS);
		if (!vec_push(a, &into->devices, f))
			return arena_full(a, e);
	}
	return 0;
}

/* --- Files --- */

static const struct {
	const char *path;
	int (*parse)(struct slice text, struct arena *a, struct source source,
		     struct lvm_fact *into, struct err *e);
} files[] = {
	{"/etc/lvm/lvm.conf", parse_conf},
	{"/etc/lvm/lvmlocal.conf", parse_conf},
	{"/etc/lvm/devices/system.devices", parse_devices},
};

static int note_problem(struct arena *a, struct lvm_fact *into, const char *path,
			struct err *e)
{
	if (e->code == ERR_NOMEM || e->code == ERR_BUG)
		return -(int)e->code;
	into->problem = arena_printf(a, "%s: %s", path, e->text);
	err_clear(e);
	return into->problem ? 0 : arena_full(a, e);
}

static int parse_file(size_t i, struct slice text, struct arena *a, struct source source,
		      struct lvm_fact *into, struct err *e)
{
	return files[i].parse(text, a, source, into, e) < 0
		       ? note_problem(a, into, files[i].path, e)
		       : 0;
}

int lvm_settings_parse(struct slice text, struct arena *a, struct source source,
		       struct lvm_fact *into, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (source.path && slice_ends(slice_str(files[i].path), source.path))
			return parse_file(i, text, a, source, into, e);
	return 0;
}

static int read_file(struct guest *g, size_t i, struct err *e)
{
	struct lvm_fact *into = &g->facts->lvm;
	struct slice text;
	struct file file;
	int r = guest_config(g, files[i].path, &file, &text, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return note_problem(g->arena, into, files[i].path, e);
	return parse_file(i, text, g->arena, guest_source(g, &file, 0, 0), into, e);
}

static int read_all(struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; g->tree && r >= 0 && i < ARRAY_LEN(files); i++)
		r = read_file(g, i, e);
	return r;
}

const struct guest_reader read_lvm_settings = {
	.name = "lvm",
	.doc = "which devices LVM looks at: filters and the devices file",
	.read = read_all,
};
