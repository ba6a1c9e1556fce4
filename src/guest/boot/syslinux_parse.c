/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the text of a configuration to its entries, and to the one that is the default. */
#include "syslinux.h"

#include "escape.h"
#include "limits.h"
#include "text.h"

struct parsing {
	const struct syslinux_files *files;
	struct arena *a;
	struct syslinux_menu *menu;
	struct source where; /* of the file that is read, and the line */
	unsigned included;
	bool prompt, timeout;
	bool in_help; /* between TEXT and ENDTEXT */
};

static int parse_file(struct parsing *p, struct slice text, const struct source *where,
		      struct err *e);

static struct syslinux_entry *current(struct parsing *p)
{
	return p->menu->entries.n ? &p->menu->entries.v[p->menu->entries.n - 1] : NULL;
}

static int keep(struct parsing *p, struct slice s, const char **ret, struct err *e)
{
	*ret = arena_strndup(p->a, text_trim(s));
	return *ret ? 0 : arena_full(p->a, e);
}

static bool is(struct slice word, const char *keyword)
{
	return slice_same_folded(word, slice_str(keyword));
}

/* --- Directives --- */

static int set_label(struct parsing *p, struct slice rest, struct err *e)
{
	struct syslinux_entry *entry;

	if (p->menu->entries.n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	entry = vec_add(p->a, &p->menu->entries);
	if (!entry)
		return arena_full(p->a, e);
	entry->where = p->where;
	entry->arguments = "";
	if (keep(p, rest, &entry->label, e) < 0)
		return -(int)e->code;
	entry->title = entry->label;
	return 0;
}

static int set_default(struct parsing *p, struct slice rest, struct err *e)
{
	return keep(p, rest, &p->menu->chosen, e);
}

static int set_ontimeout(struct parsing *p, struct slice rest, struct err *e)
{
	return keep(p, rest, &p->menu->ontimeout, e);
}

static int set_append(struct parsing *p, struct slice rest, struct err *e)
{
	struct syslinux_entry *entry = current(p);

	*(entry ? &entry->append_where : &p->menu->append_where) = p->where;
	return keep(p, rest, entry ? &entry->append : &p->menu->append, e);
}

static int set_initrd(struct parsing *p, struct slice rest, struct err *e)
{
	struct syslinux_entry *entry = current(p);

	return entry ? keep(p, rest, &entry->initrd, e) : 0;
}

static int set_linux(struct parsing *p, struct slice rest, struct err *e)
{
	struct syslinux_entry *entry = current(p);
	struct slice name;

	if (!entry || !text_word(&rest, &name))
		return 0;
	if (keep(p, name, &entry->kernel, e) < 0)
		return -(int)e->code;
	return keep(p, rest, &entry->arguments, e);
}

static int set_other(struct parsing *p, _unused_ struct slice rest,
		     _unused_ struct err *e)
{
	if (current(p))
		current(p)->kernel = NULL;
	return 0;
}

static int set_config(struct parsing *p, _unused_ struct slice rest,
		      _unused_ struct err *e)
{
	if (current(p))
		current(p)->config = true;
	return set_other(p, rest, e);
}

/* What a file is, is told by how its name ends. */
static int set_kernel(struct parsing *p, struct slice rest, struct err *e)
{
	static const char *const others[] = {".c32", ".com", ".cbt", ".bs",
					     ".bss", ".bin", ".0",   ".img"};
	struct slice words = rest, name;

	if (!text_word(&words, &name))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		size_t n = strlen(others[i]);
		struct slice end;

		if (name.n > n && slice_sub(name, name.n - n, n, &end) &&
		    is(end, others[i]))
			return set_other(p, rest, e);
	}
	return set_linux(p, rest, e);
}

static int set_ui(struct parsing *p, _unused_ struct slice rest, _unused_ struct err *e)
{
	p->menu->ui = true;
	return 0;
}

static int set_prompt(struct parsing *p, struct slice rest, _unused_ struct err *e)
{
	p->prompt = text_trim(rest).n && !slice_eq(text_trim(rest), "0");
	return 0;
}

static int set_timeout(struct parsing *p, struct slice rest, _unused_ struct err *e)
{
	p->timeout = text_trim(rest).n && !slice_eq(text_trim(rest), "0");
	return 0;
}

static int set_help(struct parsing *p, struct slice rest, _unused_ struct err *e)
{
	struct slice word;

	p->in_help = text_word(&rest, &word) && is(word, "help");
	return 0;
}

static int include(struct parsing *p, struct slice rest, struct err *e)
{
	const struct source before = p->where;
	struct source where;
	struct slice name, text;
	const char *copy;
	int r;

	if (!text_word(&rest, &name))
		return 0;
	if (++p->included > LIMIT_BOOT_INCLUDES)
		return err_set(e, ERR_LIMIT, "more than %d included files",
			       LIMIT_BOOT_INCLUDES);
	if (keep(p, name, &copy, e) < 0)
		return -(int)e->code;
	r = p->files->include(p->files->ctx, copy, &text, &where, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r >= 0)
		r = parse_file(p, text, &where, e);
	p->where = before;
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(copy)).text) : 0;
}

/* The caret before the key that chooses the entry is not shown. */
static int set_menu_label(struct parsing *p, struct slice rest, struct err *e)
{
	struct slice left, right;
	const char *title;

	if (!current(p))
		return 0;
	if (!text_split(rest, '^', &left, &right))
		return keep(p, rest, &current(p)->title, e);
	title = arena_printf(p->a, "%.*s%.*s", (int)left.n, (const char *)left.p,
			     (int)right.n, (const char *)right.p);
	return title ? keep(p, slice_str(title), &current(p)->title, e)
		     : arena_full(p->a, e);
}

static int set_menu(struct parsing *p, struct slice rest, struct err *e)
{
	struct slice word;

	if (!text_word(&rest, &word))
		return 0;
	if (is(word, "label"))
		return set_menu_label(p, rest, e);
	if (is(word, "include"))
		return include(p, rest, e);
	if (is(word, "default") && current(p))
		current(p)->menu_default = true;
	if (is(word, "save"))
		p->menu->saves = true;
	if (is(word, "nosave"))
		p->menu->saves = false;
	return 0;
}

static const struct {
	const char *keyword;
	int (*run)(struct parsing *p, struct slice rest, struct err *e);
} directives[] = {
	{"label", set_label},   {"default", set_default}, {"ontimeout", set_ontimeout},
	{"append", set_append}, {"initrd", set_initrd},   {"linux", set_linux},
	{"kernel", set_kernel}, {"boot", set_other},      {"bss", set_other},
	{"pxe", set_other},     {"fdimage", set_other},   {"comboot", set_other},
	{"com32", set_other},   {"config", set_config},   {"localboot", set_other},
	{"ui", set_ui},         {"prompt", set_prompt},   {"timeout", set_timeout},
	{"include", include},   {"menu", set_menu},       {"text", set_help},
};

static int run_line(struct parsing *p, struct slice line, struct err *e)
{
	struct slice rest = line, word;

	if (!text_word(&rest, &word) || slice_at(word, 0) == '#')
		return 0;
	if (p->in_help) {
		p->in_help = !is(word, "endtext");
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(directives); i++)
		if (is(word, directives[i].keyword))
			return directives[i].run(p, rest, e);
	return 0;
}

static int parse_file(struct parsing *p, struct slice text, const struct source *where,
		      struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	int r = 0;

	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	while (r >= 0 && text_line(&t, &line)) {
		p->where = *where;
		p->where.line = t.line;
		r = run_line(p, line, e);
	}
	return r;
}

int syslinux_parse(struct slice text, const struct source *where,
		   const struct syslinux_files *files, struct arena *a,
		   struct syslinux_menu *ret, struct err *e)
{
	struct syslinux_menu menu = {0};
	struct parsing p = {.files = files, .a = a, .menu = &menu};
	int r = parse_file(&p, text, where, e);

	if (r < 0)
		return r;
	menu.waits = p.timeout && (p.prompt || menu.ui);
	*ret = menu;
	return 0;
}

/* --- The default --- */

static bool find_label(const struct syslinux_menu *m, struct slice label, size_t *ret)
{
	for (size_t i = 0; i < m->entries.n; i++)
		if (slice_eq(label, m->entries.v[i].label)) {
			*ret = i;
			return true;
		}
	return false;
}

/* The whole text, as U-Boot and Fedora's menus have it, or its first word, behind which
 * Syslinux takes options. 1: found. */
static int named(const struct syslinux_menu *m, const char *directive, const char *text,
		 struct arena *a, struct syslinux_choice *ret, struct err *e)
{
	struct slice rest = slice_str(text), word;
	struct syslinux_choice c = {.options = ""};

	if (!find_label(m, rest, &c.entry)) {
		if (!text_word(&rest, &word) || !find_label(m, word, &c.entry))
			return 0;
		c.options = arena_strndup(a, text_trim(rest));
	}
	c.how = arena_printf(a, "%s %s", directive, text);
	if (!c.how || !c.options)
		return arena_full(a, e);
	*ret = c;
	return 1;
}

/* The program of a menu, where older configurations have it instead of UI. */
static bool is_menu_program(const char *text)
{
	struct slice rest = slice_str(text), word;

	return text_word(&rest, &word) && slice_ends(word, "menu.c32");
}

/* The last one so marked, else the first of all. */
static struct syslinux_choice marked(const struct syslinux_menu *m)
{
	struct syslinux_choice c = {0, "first entry", ""};

	for (size_t i = 0; i < m->entries.n; i++)
		if (m->entries.v[i].menu_default) {
			c.entry = i;
			c.how = "MENU DEFAULT";
		}
	return c;
}

static bool shows_menu(const struct syslinux_menu *m, bool u_boot)
{
	return m->ui || (m->chosen ? is_menu_program(m->chosen) : u_boot);
}

int syslinux_default(const struct syslinux_menu *m, bool u_boot, struct arena *a,
		     struct syslinux_choice *ret, struct err *e)
{
	bool timed = m->ontimeout && m->waits;
	const char *directive = timed ? "ONTIMEOUT" : "DEFAULT";
	const char *text = timed ? m->ontimeout : m->chosen;
	int r;

	if (m->entries.n == 0)
		return err_set(e, ERR_ABSENT, "it holds no entries");
	if (m->saves)
		return err_set(
			e, ERR_UNSUPPORTED,
			"the entry that was chosen last is the default (MENU SAVE), "
			"and no file tells which one that is");
	r = text ? named(m, directive, text, a, ret, e) : 0;
	if (r != 0)
		return r < 0 ? r : 0;
	if (!timed && shows_menu(m, u_boot)) {
		*ret = marked(m);
		return 0;
	}
	if (text)
		return err_set(e, ERR_CORRUPT, "%s %s names no entry", directive,
			       escape_short(slice_str(text)).text);
	return err_set(e, ERR_ABSENT,
		       "it has neither DEFAULT nor UI: the boot waits at a prompt");
}
