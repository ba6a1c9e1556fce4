/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a step changes in the files of the guest. */
#include "making.h"

#include "escape.h"
#include "limits.h"
#include "text.h"

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

bool has_edit(const plan_edits *list, const struct plan_edit *edit)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].line == edit->line && same(list->v[i].file, edit->file) &&
		    same(list->v[i].before, edit->before) &&
		    same(list->v[i].after, edit->after))
			return true;
	return false;
}

void add_edit_to(struct maker *m, plan_edits *list, struct plan_edit edit)
{
	if (!has_edit(list, &edit) && !vec_push(m->judge.arena, list, edit))
		m->judge.full = true;
}

void add_edit(struct maker *m, struct plan_step *s, struct plan_edit edit)
{
	add_edit_to(m, &s->edits, edit);
}

bool same_place(const struct source *a, const struct source *b)
{
	return a->path && b->path && a->line == b->line && strcmp(a->path, b->path) == 0;
}

static bool has_edit_at(const plan_edits *list, const struct source *at)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].line == at->line && same(list->v[i].file, at->path))
			return true;
	return false;
}

bool is_line_edited(const struct maker *m, const struct source *at)
{
	for (size_t i = 0; at->path && i < m->plan->steps.n; i++) {
		const struct plan_step *s = &m->plan->steps.v[i];

		if (has_edit_at(&s->edits, at))
			return true;
		for (size_t d = 0; d < s->drivers.n; d++)
			if (has_edit_at(&s->drivers.v[d].edits, at))
				return true;
	}
	return false;
}

/* The line of modprobe.d that a link speaks of; NULL: there is none. `kind`: only such
 * a one, unless it is NULL. */
static const struct modprobe_fact *modprobe_line(const struct facts *f, const char *kind,
						 const struct source *at)
{
	for (size_t i = 0; at->line && i < f->modprobe.n; i++)
		if (f->modprobe.v[i].kind &&
		    (!kind || strcmp(f->modprobe.v[i].kind, kind) == 0) &&
		    same_place(&f->modprobe.v[i].source, at))
			return &f->modprobe.v[i];
	return NULL;
}

void edit_forbidding_line(struct maker *m, const struct link *l, struct plan_step *s)
{
	const struct modprobe_fact *line =
		modprobe_line(m->judge.facts, NULL, &l->source);
	const char *text;

	if (!line || l->word)
		return;
	text = say(&m->judge, "%s %s%s%s", line->kind, line->module,
		   line->argument ? " " : "", line->argument ? line->argument : "");
	add_edit(m, s,
		 (struct plan_edit){.file = l->source.path,
				    .line = l->source.line,
				    .whole = true,
				    .before = text,
				    .after = say(&m->judge, "# %s", text)});
}

static void edit_alias(struct maker *m, const struct task *t, const struct cause *c,
		       struct plan_step *s)
{
	const struct platform_choice *choice = platform_choice_of(m, t->device);
	const struct source *at = &c->link->source;
	const struct modprobe_fact *old = modprobe_line(m->judge.facts, "alias", at);
	struct plan_edit edit = {.file = at->path, .whole = true};

	if (!choice || !choice->alias || !t->device->name)
		return;
	if (old) {
		edit.line = at->line;
		edit.before = say(&m->judge, "alias %s %s", old->module,
				  old->argument ? old->argument : "");
	}
	edit.after = say(&m->judge, "alias %s %s", t->device->name, choice->alias);
	add_edit(m, s, edit);
}

/* "xen_vbd" as its file is called: xen-vbd.o on Linux 2.4. */
static const char *file_of(struct maker *m, const char *module, const char *release)
{
	char *name = arena_strdup(m->judge.arena, module);

	for (char *at = name; at && *at; at++)
		if (*at == '_')
			*at = '-';
	return say(&m->judge, "%s%s", name ? name : "",
		   slice_starts(slice_str(release), "2.4.") ? ".o" : ".ko");
}

/* Where the module of this kernel lies, for the shell, or will lie once its package is
 * there: in a folder named after the package's release, which * finds. */
static void add_module_path(struct maker *m, const struct plan_kernel *k,
			    const char *module, struct strbuf *out)
{
	const struct module_fact *found = module_by_name(&k->fact->modules, module);
	const char *given = given_path(m, k, module);
	const char *release = k->fact->release ? k->fact->release : "VERSION";
	_cleanup_strbuf_ struct strbuf dir = STRBUF_INIT(LIMIT_PATH);

	strbuf_printf(&dir, "/lib/modules/%s/", release);
	if (given) {
		shell_quote(out, slice_str(given));
		return;
	}
	if (found && found->state && strcmp(found->state, "file") == 0 &&
	    found->source.path &&
	    slice_starts(slice_str(found->source.path), strbuf_text(&dir))) {
		shell_quote(out, slice_str(found->source.path));
		return;
	}
	shell_quote(out, slice_str(strbuf_text(&dir)));
	strbuf_str(out, "extra/xenpv/*/");
	shell_quote(out, slice_str(file_of(m, module, release)));
}

static void edit_startup(struct maker *m, const struct task *t, const struct cause *c,
			 struct plan_step *s)
{
	const char *file = c->link->source.path;
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(LIMIT_TEXT);

	if (!t->kernel)
		return;
	strbuf_str(&line, "insmod ");
	add_module_path(m, t->kernel, c->choice->module, &line);
	add_edit(m, s,
		 (struct plan_edit){.file = file ? file : "/etc/rc.d/rc.local",
				    .whole = true,
				    .after = say(&m->judge, "%s", strbuf_text(&line))});
}

/* The command line of the entry that starts by default. */
static void edit_word(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct boot_fact *b = &m->judge.facts->boot;
	const char *word = needed_word(t->kernel);

	for (size_t i = 0; word && i < b->entries.n; i++) {
		const struct entry_fact *e = &b->entries.v[i];

		if (e->is_default && e->cmdline)
			add_edit(m, s,
				 (struct plan_edit){
					 e->cmdline_source.path, e->cmdline_source.line,
					 false, e->cmdline,
					 say(&m->judge, "%s %s", e->cmdline, word)});
	}
}

/* Every name of the disk that ends with the bus it is on, also where no boot needs it. */
static void edit_names(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;
	const struct platform_choice *choice = platform_choice_of(m, t->device);

	for (size_t i = 0; choice && choice->disk_prefix && i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];
		const char *now;

		if (!text_same(n->kind, "bus-name") ||
		    !text_same(facts_disk_of_name(f, n), t->device->name))
			continue;
		now = renamed(m, n->spec, choice->disk_prefix);
		if (now)
			edit_name(m, &s->edits, n, now);
	}
}

static const struct {
	const char *edit;
	/* one of the two: for each link that the step mends, or for the whole step */
	void (*link)(struct maker *, const struct task *, const struct cause *,
		     struct plan_step *);
	void (*step)(struct maker *, const struct task *, struct plan_step *);
} edits[] = {
	{"alias", edit_alias, NULL},
	{"startup", edit_startup, NULL},
	{"word", NULL, edit_word},
	{"names", NULL, edit_names},
	{"machine-disk", NULL, edit_machine_disk},
	{"machine-nic", NULL, edit_machine_nic},
	{"nodes", NULL, add_nodes},
};

void add_edits(struct maker *m, const struct task *t, struct plan_step *s)
{
	size_t e = 0;

	while (e < ARRAY_LEN(edits) &&
	       !(t->step->edit && strcmp(t->step->edit, edits[e].edit) == 0))
		e++;
	if (e == ARRAY_LEN(edits))
		return;
	if (edits[e].step)
		edits[e].step(m, t, s);
	for (size_t i = 0; edits[e].link && i < t->causes.n; i++)
		if (t->causes.v[i].link)
			edits[e].link(m, t, &t->causes.v[i], s);
}
