/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's own settings by which the next initramfs that it makes has the drivers,
 * too: one row for each program that makes initramfs, or for each of its ages.
 */
#include <string.h>

#include "escape.h"
#include "form.h"
#include "limits.h"
#include "making.h"
#include "path.h"
#include "text.h"

struct keeper {
	const char *generator, *file;
	const char *kernels; /* with which the releases begin that it is for; NULL: all */
	void (*keep)(struct maker *m, struct plan_step *s, const struct keeper *k,
		     const struct kernel_fact *kernel, const strs *modules);
	const char *form; /* of a line: {module} is one, {modules} are all of them; or the
			     name of a list */
};

static void add_line(struct maker *m, struct plan_step *s, const struct keeper *k,
		     const char *line)
{
	add_edit(m, s, (struct plan_edit){.file = k->file, .whole = true, .after = line});
}

static const char *fill_line(struct maker *m, const char *form, const char *module,
			     const char *modules)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	form_fill(&text, form,
		  (const struct fill[]){
			  {"module", module}, {"modules", modules}, {NULL, NULL}},
		  escape_again);
	return say(&m->judge, "%s", strbuf_text(&text));
}

/* Lines at the end, one for each or one for all. */
static void keep_lines(struct maker *m, struct plan_step *s, const struct keeper *k,
		       const struct kernel_fact *kernel, const strs *modules)
{
	(void)kernel;
	if (!form_has(k->form, "module")) {
		add_line(m, s, k, fill_line(m, k->form, "", words(m, modules)));
		return;
	}
	for (size_t i = 0; i < modules->n; i++)
		add_line(m, s, k, fill_line(m, k->form, modules->v[i], ""));
}

/* --- A list of words in one line of a file for the shell --- */

static const struct module_setting_fact *setting(struct maker *m, const char *name)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->module_settings.n; i++)
		if (text_same(f->module_settings.v[i].name, name))
			return &f->module_settings.v[i];
	return NULL;
}

static bool has_word(struct slice list, const char *module, struct arena *a)
{
	struct slice word;

	while (text_word(&list, &word)) {
		const char *name = arena_strndup(a, word);

		if (name && module_name_eq(name, module))
			return true;
	}
	return false;
}

static void keep_in_list(struct maker *m, struct plan_step *s, const struct keeper *k,
			 const struct kernel_fact *kernel, const strs *modules)
{
	const struct module_setting_fact *old = setting(m, k->form);
	struct slice name, value = SLICE_NONE;
	strs missing = {0};

	(void)kernel;
	if (old && old->text && text_split(slice_str(old->text), '=', &name, &value))
		value = text_trim(text_unquote(value));
	for (size_t i = 0; i < modules->n; i++)
		if (!has_word(value, modules->v[i], m->judge.arena))
			add_once(m, &missing, modules->v[i]);
	if (!missing.n)
		return;
	/* A line can be rewritten once. */
	if (!old || !old->text || !old->source.line || is_line_edited(m, &old->source)) {
		add_line(m, s, k,
			 say(&m->judge, "%s=\"$%s %s\"", k->form, k->form,
			     words(m, &missing)));
		return;
	}
	add_edit(m, s,
		 (struct plan_edit){
			 .file = old->source.path,
			 .line = old->source.line,
			 .before = old->text,
			 .after = say(&m->judge, "%s=\"%.*s%s%s\"", k->form, (int)value.n,
				      value.n ? (const char *)value.p : "",
				      value.n ? " " : "", words(m, &missing))});
}

/* --- Files below a kernel's folder --- */

/* mkinitfs(1) of Alpine Linux: a line is a pattern that the shell expands there. */
static void keep_patterns(struct maker *m, struct plan_step *s, const struct keeper *k,
			  const struct kernel_fact *kernel, const strs *modules)
{
	static const char above[] = "/kernel/", suffix[] = ".ko";

	for (size_t i = 0; i < modules->n; i++) {
		const struct module_fact *f =
			kernel ? module_by_name(&kernel->modules, modules->v[i]) : NULL;
		struct slice path = slice_str(f && f->source.path ? f->source.path : "");
		size_t at = slice_search(path, above, strlen(above));
		size_t end = slice_search(path, suffix, strlen(suffix));

		if (end == path.n || at + 1 > end)
			continue; /* nothing that a pattern could find */
		add_line(m, s, k,
			 say(&m->judge, "%.*s.ko*", (int)(end - at - 1),
			     (const char *)path.p + at + 1));
	}
}

/* --- Aliases with numbers --- */

static const char host_adapter[] = "scsi_hostadapter";

/* mkinitrd finds a module by the name of its file. */
static const char *file_name(struct maker *m, const struct kernel_fact *k,
			     const char *module)
{
	const struct module_fact *f = k ? module_by_name(&k->modules, module) : NULL;
	const char *path = f && f->source.path ? f->source.path : "";
	struct slice left, base = path_last_part(slice_str(path));

	if (text_split(base, '.', &left, &base)) {
		const char *name = arena_strndup(m->judge.arena, left);

		if (name && module_name_eq(name, module))
			return name;
	}
	return module;
}

/* The aliases that mkinitrd follows: what stands behind each prefix, and its module. */
struct host_adapters {
	VEC(struct slice) numbers, modules;
};

static void add_host_adapter(struct maker *m, struct host_adapters *h, const char *alias,
			     struct slice module)
{
	struct slice number;

	if (slice_starts(slice_str(alias), host_adapter) &&
	    slice_sub(slice_str(alias), strlen(host_adapter),
		      strlen(alias) - strlen(host_adapter), &number) &&
	    (!vec_push(m->judge.arena, &h->numbers, number) ||
	     !vec_push(m->judge.arena, &h->modules, module)))
		m->judge.full = true;
}

/* "alias scsi_hostadapter1 ata_piix", of an edit. */
static void add_line_of(struct maker *m, struct host_adapters *h, const char *line)
{
	struct slice rest = slice_str(line), word;
	const char *alias;

	if (!text_word(&rest, &word) || !slice_eq(word, "alias") ||
	    !text_word(&rest, &word))
		return;
	alias = arena_strndup(m->judge.arena, word);
	if (alias)
		add_host_adapter(m, h, alias, rest);
	else
		m->judge.full = true;
}

/* Those of the file, and of the plan so far. */
static void find_host_adapters(struct maker *m, const char *file,
			       struct host_adapters *ret)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->modprobe.n; i++) {
		const struct modprobe_fact *line = &f->modprobe.v[i];

		if (text_same(line->kind, "alias") && line->module &&
		    text_same(line->source.path, file))
			add_host_adapter(m, ret, line->module,
					 slice_str(line->argument ? line->argument : ""));
	}
	for (size_t i = 0; i < m->plan->steps.n; i++)
		for (size_t n = 0; n < m->plan->steps.v[i].edits.n; n++) {
			const struct plan_edit *edit = &m->plan->steps.v[i].edits.v[n];

			if (edit->after && text_same(edit->file, file))
				add_line_of(m, ret, edit->after);
		}
}

/* Options may follow a module's name. */
static bool names_module(struct maker *m, const struct host_adapters *h,
			 const char *module)
{
	struct arena_mark mark = arena_mark(m->judge.arena);
	bool found = false;

	for (size_t i = 0; !found && i < h->modules.n; i++) {
		struct slice rest = h->modules.v[i], word;

		found = text_word(&rest, &word) && has_word(word, module, m->judge.arena);
	}
	arena_rewind(m->judge.arena, mark);
	return found;
}

/* The next after "scsi_hostadapter" that is free: of so many one number is. */
static const char *free_alias(struct maker *m, const struct host_adapters *h)
{
	size_t n = h->numbers.n, at = 0;
	bool *used = arena_alloc(m->judge.arena, n + 1);
	uint64_t number;

	if (!used) {
		m->judge.full = true;
		return "";
	}
	memset(used, 0, n + 1);
	for (size_t i = 0; i < n; i++)
		if (!h->numbers.v[i].n)
			used[0] = true;
		else if (text_u64(h->numbers.v[i], n, &number))
			used[number] = true;
	while (used[at])
		at++;
	return at ? say(&m->judge, "%s%zu", host_adapter, at) : host_adapter;
}

/* mkinitrd(8) of Red Hat puts in all modules with such an alias. */
static void keep_by_alias(struct maker *m, struct plan_step *s, const struct keeper *k,
			  const struct kernel_fact *kernel, const strs *modules)
{
	struct host_adapters known = {0};

	find_host_adapters(m, k->file, &known);
	for (size_t i = 0; i < modules->n; i++) {
		const char *alias, *file = file_name(m, kernel, modules->v[i]);

		if (names_module(m, &known, modules->v[i]))
			continue;
		alias = free_alias(m, &known);
		add_line(m, s, k, say(&m->judge, "alias %s %s", alias, file));
		add_host_adapter(m, &known, alias, slice_str(file));
	}
}

/* --- The rows --- */

static const struct keeper keepers[] = {
	/* initramfs-tools(7): modules are named one to a line */
	{"initramfs-tools", "/etc/initramfs-tools/modules", NULL, keep_lines, "{module}"},
	/* dracut.conf(5): the blanks are part of it */
	{"dracut", "/etc/dracut.conf.d/paravet.conf", NULL, keep_lines,
	 "add_drivers+=\" {modules} \""},
	/* mkinitcpio.conf is a script of bash */
	{"mkinitcpio", "/etc/mkinitcpio.conf", NULL, keep_lines, "MODULES+=({modules})"},
	/* mkinitfs(1): a feature of our own, named in a script of the shell */
	{"mkinitfs", "/etc/mkinitfs/features.d/paravet.modules", NULL, keep_patterns,
	 NULL},
	{"mkinitfs", "/etc/mkinitfs/mkinitfs.conf", NULL, keep_lines,
	 "features=\"$features paravet\""},
	{"suse-mkinitrd", "/etc/sysconfig/kernel", NULL, keep_in_list, "INITRD_MODULES"},
	/* modutils of Linux 2.4 reads one file, module-init-tools the other */
	{"mkinitrd", "/etc/modules.conf", "2.4.", keep_by_alias, NULL},
	{"mkinitrd", "/etc/modprobe.conf", "2.6.", keep_by_alias, NULL},
};

static const struct kernel_fact *kernel_of(const struct maker *m,
					   const struct plan_drivers *d)
{
	for (size_t i = 0; i < m->kernels.n; i++)
		if (text_same(m->kernels.v[i].fact->initramfs.path, d->initramfs))
			return m->kernels.v[i].fact;
	return NULL;
}

static bool is_for(const struct keeper *k, const struct plan_drivers *d)
{
	return text_same(k->generator, d->generator) &&
	       (!k->kernels ||
		slice_starts(slice_str(d->kernel ? d->kernel : ""), k->kernels));
}

void add_keepers(struct maker *m, struct plan_step *s)
{
	for (size_t i = 0; i < ARRAY_LEN(keepers); i++) {
		const struct kernel_fact *kernel = NULL;
		strs modules = {0};

		for (size_t d = 0; d < s->drivers.n; d++) {
			const struct plan_drivers *drivers = &s->drivers.v[d];

			if (!is_for(&keepers[i], drivers))
				continue;
			kernel = kernel ? kernel : kernel_of(m, drivers);
			for (size_t n = 0; n < drivers->modules.n; n++)
				add_once(m, &modules, drivers->modules.v[n]);
		}
		if (modules.n)
			keepers[i].keep(m, s, &keepers[i], kernel, &modules);
	}
}
