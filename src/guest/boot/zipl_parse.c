/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * zipl.conf: "[name]" begins what is started, ":name" a menu of numbers, "[defaultboot]"
 * says which is the default; in each, lines of "key = value".
 */
#include "boot/mapped.h"
#include "limits.h"
#include "text.h"

enum part { PART_NONE, PART_DEFAULT, PART_MENU, PART_ENTRY };

/* A menu's line, "1 = linux". */
struct choice {
	struct slice menu, number, name;
};

struct parsing {
	struct arena *a;
	struct mapped_menu *menu;
	enum part part;
	struct slice name;                /* of the part */
	struct slice chosen, chosen_menu; /* of [defaultboot] */
	VEC(struct choice) choices;       /* "default" among the numbers */
};

static int begin_part(struct parsing *p, struct slice line, unsigned number,
		      struct err *e)
{
	struct mapped_entry entry = {.line = number, .cmdline = ""};

	if (slice_at(line, 0) == ':') {
		p->part = PART_MENU;
		p->name = text_trim(slice_of(line.p + 1, line.n - 1));
		return 0;
	}
	if (!slice_ends(line, "]"))
		return err_set(e, ERR_CORRUPT, "line %u: \"]\" is missing", number);
	p->name = text_trim(slice_of(line.p + 1, line.n - 2));
	p->part = slice_eq(p->name, "defaultboot") ? PART_DEFAULT : PART_ENTRY;
	if (p->part == PART_DEFAULT)
		return 0;
	if (p->menu->entries.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	entry.label = arena_strndup(p->a, p->name);
	return entry.label && vec_push(p->a, &p->menu->entries, entry)
		       ? 0
		       : arena_full(p->a, e);
}

/* A file, and perhaps the address to which it is loaded. */
static int set_path(struct parsing *p, const char **to, struct slice value, struct err *e)
{
	*to = arena_strndup(p->a, slice_of(value.p, slice_find(value, 0, ',')));
	return *to ? 0 : arena_full(p->a, e);
}

static int take_of_entry(struct parsing *p, struct slice key, struct slice value,
			 struct err *e)
{
	struct mapped_entry *entry = &p->menu->entries.v[p->menu->entries.n - 1];

	if (slice_eq(key, "image"))
		return set_path(p, &entry->kernel, value, e);
	if (slice_eq(key, "ramdisk"))
		return set_path(p, &entry->initrd, value, e);
	if (slice_eq(key, "parmfile"))
		entry->cmdline = NULL;
	if (slice_eq(key, "parameters")) {
		entry->cmdline = arena_strndup(p->a, value);
		return entry->cmdline ? 0 : arena_full(p->a, e);
	}
	return 0;
}

static int take(struct parsing *p, struct slice key, struct slice value, struct err *e)
{
	struct choice choice = {p->name, key, value};

	switch (p->part) {
	case PART_DEFAULT:
		if (slice_eq(key, "default"))
			p->chosen = value;
		else if (slice_eq(key, "defaultmenu"))
			p->chosen_menu = value;
		return 0;
	case PART_MENU:
		if (p->choices.n == LIMIT_BOOT_ENTRIES)
			return err_set(e, ERR_LIMIT, "more than %d lines of menus",
				       LIMIT_BOOT_ENTRIES);
		return vec_push(p->a, &p->choices, choice) ? 0 : arena_full(p->a, e);
	case PART_ENTRY:
		return take_of_entry(p, key, value, e);
	case PART_NONE:
		break;
	}
	return 0;
}

static struct slice choice_of(const struct parsing *p, struct slice number)
{
	for (size_t i = 0; i < p->choices.n; i++)
		if (slice_same(p->choices.v[i].menu, p->chosen_menu) &&
		    slice_same(p->choices.v[i].number, number))
			return p->choices.v[i].name;
	return SLICE_NONE;
}

static int choose(struct parsing *p, struct err *e)
{
	struct slice name = p->chosen;

	if (p->chosen_menu.n) {
		struct slice number = choice_of(p, slice_str("default"));

		name = choice_of(p, number.n ? number : slice_str("1"));
		if (!name.n)
			return err_set(e, ERR_CORRUPT,
				       "the default menu has no default entry");
	}
	if (name.n) {
		p->menu->chosen = arena_strndup(p->a, name);
		if (!p->menu->chosen)
			return arena_full(p->a, e);
	}
	return 0;
}

int zipl_parse(struct slice text, struct arena *a, struct mapped_menu *ret, struct err *e)
{
	struct mapped_menu menu = {0};
	struct parsing p = {.a = a, .menu = &menu};
	struct text t = text_of(text);
	struct slice line, key, value;
	int r = 0;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		line = text_trim(line);
		if (!line.n || slice_at(line, 0) == '#')
			continue;
		if (slice_at(line, 0) == '[' || slice_at(line, 0) == ':')
			r = begin_part(&p, line, t.line, e);
		else if (text_split(line, '=', &key, &value))
			r = take(&p, text_trim(key), text_unquote(text_trim(value)), e);
		/* others are words alone: "defaultauto" */
	}
	if (r >= 0)
		r = choose(&p, e);
	if (r >= 0)
		*ret = menu;
	return r;
}
