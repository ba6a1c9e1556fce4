/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which steps of the platform's procedure this guest needs, in the order of the file.
 * A step that mends links is taken where one of them is broken; a step that mends none is
 * part of any change. Remedies of links that no step mends come before the guest is shut
 * down: before the first step of the second kind.
 */
#include "form.h"
#include "limits.h"
#include "making.h"
#include "text.h"

void add_once(struct maker *m, strs *list, const char *s)
{
	if (!strs_add_once(m->judge.arena, list, s))
		m->judge.full = true;
}

const char *words(struct maker *m, const strs *list)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < list->n; i++)
		strbuf_printf(&text, "%s%s", i ? " " : "", list->v[i]);
	return say(&m->judge, "%s", strbuf_text(&text));
}

const char *subject_of(const struct device_verdict *d)
{
	return d->name ? d->name : d->role;
}

const struct choice_verdict *best_choice(const struct device_verdict *d)
{
	return d->best < d->choices.n ? &d->choices.v[d->best] : NULL;
}

const struct platform_choice *platform_choice_of(const struct maker *m,
						 const struct device_verdict *d)
{
	const struct platform_device *p = platform_device(m->judge.platform, d->role);
	const struct choice_verdict *best = best_choice(d);

	for (size_t i = 0; p && best && i < p->choices.n; i++)
		if (strcmp(p->choices.v[i].id, best->id) == 0)
			return &p->choices.v[i];
	return NULL;
}

static bool same_source(const struct source *a, const struct source *b)
{
	const char *const x[] = {a->disk, a->volume, a->path};
	const char *const y[] = {b->disk, b->volume, b->path};

	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		if (!x[i] != !y[i] || (x[i] && strcmp(x[i], y[i]) != 0))
			return false;
	return a->line == b->line && a->offset == b->offset;
}

void add_source(struct maker *m, struct plan_step *s, const struct link *l)
{
	static const struct source none;

	if (same_source(&l->source, &none))
		return;
	for (size_t i = 0; i < s->sources.n; i++)
		if (same_source(&s->sources.v[i], &l->source))
			return;
	if (!vec_push(m->judge.arena, &s->sources, l->source))
		m->judge.full = true;
}

static bool is_broken(const struct device_verdict *d, const struct link *l)
{
	return !d->optional && l->state == ANSWER_FIXABLE;
}

static bool is_mended(const struct platform_step *s, const struct link *l)
{
	return strs_has(&s->mends, l->rule) ||
	       (l->package && strs_has(&s->mends, "package"));
}

bool is_out_of_reach(const struct maker *m, const struct device_verdict *d)
{
	const struct choice_verdict *c = best_choice(d);

	for (size_t i = 0; m->judge.platform->steps.n && c && i < c->chain.n; i++) {
		const struct link *l = &c->chain.v[i];

		if (l->state == ANSWER_BLOCKED ||
		    (l->state == ANSWER_UNKNOWN && strcmp(l->rule, "driver") == 0))
			return true;
	}
	return false;
}

/* Does anything change for this device? */
static bool changes(const struct device_verdict *d)
{
	const struct choice_verdict *c = best_choice(d);

	for (size_t i = 0; c && i < c->chain.n; i++)
		if (is_broken(d, &c->chain.v[i]))
			return true;
	return false;
}

/* Without a description of the machine nobody can tell whether its entry has to change:
 * that step is then part of any change. */
static bool mends_links(const struct maker *m, const struct platform_step *s)
{
	return s->mends.n &&
	       !(strs_has(&s->mends, "machine") && !m->judge.facts->machine.source);
}

/* What starts a guest depends on the program that its description is for. */
static bool fits_machine(const struct maker *m, const struct platform_step *s)
{
	const char *format = m->judge.facts->machine.format;

	return !s->machines.n || strs_has(&s->machines, format ? format : "none");
}

static bool speaks_of(const struct platform_step *s, const struct device_verdict *d)
{
	return !s->roles.n || strs_has(&s->roles, d->role);
}

static void push_cause(struct maker *m, cause_list *list, const struct device_verdict *d,
		       const struct link *l)
{
	if (!vec_push(m->judge.arena, list, ((struct cause){d, best_choice(d), l})))
		m->judge.full = true;
}

/* Why this step is taken; empty: it is not. */
static cause_list causes_of(struct maker *m, const struct platform_step *s)
{
	const struct verdict *v = m->verdict;
	cause_list found = {0};

	for (size_t d = 0; fits_machine(m, s) && d < v->devices.n; d++) {
		const struct device_verdict *device = &v->devices.v[d];
		const struct choice_verdict *c = best_choice(device);

		if (!c || !speaks_of(s, device) || is_out_of_reach(m, device))
			continue;
		if (!mends_links(m, s) && device->answer != ANSWER_BLOCKED &&
		    changes(device))
			push_cause(m, &found, device, NULL);
		for (size_t i = 0; mends_links(m, s) && i < c->chain.n; i++)
			if (is_broken(device, &c->chain.v[i]) &&
			    is_mended(s, &c->chain.v[i]))
				push_cause(m, &found, device, &c->chain.v[i]);
	}
	return found;
}

static bool fits_kernel(const struct platform_step *s, const struct plan_kernel *k)
{
	return platform_step_for(s, k && k->sheet ? k->sheet->version : NULL,
				 k && k->sheet ? k->sheet->arch : NULL,
				 k ? k->flavour : "");
}

static const struct plan_kernel *default_kernel(const struct maker *m)
{
	return m->kernels.n ? &m->kernels.v[0] : NULL;
}

static void add_reasons(struct maker *m, const struct task *t, struct plan_step *s)
{
	if (t->why)
		add_once(m, &s->reasons, t->why);
	for (size_t i = 0; i < t->causes.n; i++) {
		const struct cause *c = &t->causes.v[i];

		if (t->device || c->link)
			add_once(m, &s->subjects, subject_of(c->device));
		if (!c->link)
			continue;
		add_once(m, &s->reasons, c->link->text);
		add_source(m, s, c->link);
	}
}

static bool names_package(const struct platform_step *s)
{
	const char *hole = step_word_name(STEP_PACKAGE);
	bool found = form_has(s->title, hole) || form_has(s->text, hole);

	for (size_t i = 0; i < s->commands.n; i++)
		found = found || form_has(s->commands.v[i], hole);
	return found;
}

/* The package's name may rest on less than the step itself. */
static bool is_verified(const struct task *t)
{
	const struct worksheet *sheet = t->kernel ? t->kernel->sheet : NULL;

	return t->step->verified &&
	       !(sheet && !sheet->verified && names_package(t->step));
}

static void add_commands(struct maker *m, const struct task *t, const strs *forms,
			 strs *ret)
{
	for (size_t i = 0; i < forms->n; i++)
		if (!vec_push(m->judge.arena, ret, fill_command(m, t, forms->v[i])))
			m->judge.full = true;
}

static void add_text(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct platform_step *from = t->step;

	s->title = fill_text(m, t, from->title);
	s->text = from->text ? fill_text(m, t, from->text) : NULL;
	add_commands(m, t, &from->commands, &s->commands);
	add_commands(m, t, &from->undo, &s->undo_commands);
}

static bool same_doing(const struct plan_step *a, const struct plan_step *b)
{
	if (strcmp(a->id, b->id) != 0 || a->commands.n != b->commands.n ||
	    strcmp(a->text ? a->text : "", b->text ? b->text : "") != 0)
		return false;
	for (size_t i = 0; i < a->commands.n; i++)
		if (strcmp(a->commands.v[i], b->commands.v[i]) != 0)
			return false;
	return true;
}

/* One package may serve several kernels: what would be done twice is done once, for both
 * reasons. */
static bool is_done(struct maker *m, const struct task *t, const struct plan_step *s)
{
	for (size_t i = 0; t->why && i < m->plan->steps.n; i++) {
		if (!same_doing(&m->plan->steps.v[i], s))
			continue;
		add_reasons(m, t, &m->plan->steps.v[i]);
		return true;
	}
	return false;
}

static void add_step(struct maker *m, const struct task *t)
{
	const char *given = m->judge.facts->given_packages.n ? t->step->given : NULL;
	struct plan_step s = {.id = t->step->id,
			      .where = t->step->where,
			      .aside = text_same(given, "later"),
			      .shuts_down = t->step->shuts_down};

	if (text_same(given, "skip"))
		return;

	add_text(m, t, &s);
	if (text_same(given, "install"))
		install_given(m, t, &s);
	if (!s.installs.n && is_done(m, t, &s))
		return;
	add_reasons(m, t, &s);
	add_edits(m, t, &s);
	s.verified = is_verified(t);
	if (!citations_add(m->judge.arena, &s.cites, &t->step->cites) ||
	    !vec_push(m->judge.arena, &m->plan->steps, s))
		m->judge.full = true;
}

/* Once for each card or disk among the causes. */
static void take_devices(struct maker *m, const struct platform_step *step,
			 const cause_list *all, const char *const *roles)
{
	const struct verdict *v = m->verdict;

	for (size_t d = 0; d < v->devices.n; d++) {
		const struct device_verdict *device = &v->devices.v[d];
		struct task t = {
			.step = step, .device = device, .kernel = default_kernel(m)};

		if (strcmp(device->role, roles[0]) != 0 &&
		    strcmp(device->role, roles[1]) != 0)
			continue;
		for (size_t i = 0; i < all->n; i++)
			if (all->v[i].device == device)
				push_cause(m, &t.causes, device, all->v[i].link);
		if (t.causes.n)
			add_step(m, &t);
	}
}

/* Once for the kernel that starts by default, and for each other one of the boot menu
 * that lacks the drivers. */
static void take_kernels(struct maker *m, const struct platform_step *step,
			 const cause_list *all)
{
	for (size_t i = 0; i < m->kernels.n; i++) {
		const struct plan_kernel *k = &m->kernels.v[i];
		struct task t = {.step = step, .kernel = k, .wanted = all};
		const char *lacks;

		if (k->left_out || !fits_kernel(step, k))
			continue;
		if (i == 0) {
			t.causes = *all;
		} else {
			lacks = lacking_driver(m, k, all);
			if (!lacks || !k->sheet || !k->sheet->package)
				continue;
			t.why = say(&m->judge, "the boot menu offers %s too, without %s",
				    plain(&m->judge, k->fact->release), lacks);
		}
		add_step(m, &t);
	}
}

static void take_step(struct maker *m, const struct platform_step *step)
{
	static const char *const nic[] = {"network", "network"};
	static const char *const disk[] = {"disk", "boot-disk"};
	cause_list causes = causes_of(m, step);

	if (!causes.n)
		return;
	if (strcmp(step->each, "kernel") == 0) {
		take_kernels(m, step, &causes);
	} else if (!fits_kernel(step, default_kernel(m))) {
		return;
	} else if (strcmp(step->each, "nic") == 0) {
		take_devices(m, step, &causes, nic);
	} else if (strcmp(step->each, "disk") == 0) {
		take_devices(m, step, &causes, disk);
	} else {
		struct task t = {
			.step = step, .causes = causes, .kernel = default_kernel(m)};

		add_step(m, &t);
	}
}

/* Notes which links the procedure mends. */
static void mark_mended(struct maker *m)
{
	const struct platform *p = m->judge.platform;

	for (size_t i = 0; i < p->steps.n; i++) {
		cause_list causes = {0};

		if (fits_kernel(&p->steps.v[i], default_kernel(m)))
			causes = causes_of(m, &p->steps.v[i]);
		for (size_t c = 0; c < causes.n; c++)
			if (causes.v[c].link &&
			    !vec_push(m->judge.arena, &m->mended, causes.v[c].link))
				m->judge.full = true;
	}
}

static void add_steps(struct maker *m)
{
	const struct platform *p = m->judge.platform;
	bool added = false;

	mark_mended(m);
	for (size_t i = 0; i < p->steps.n; i++) {
		if (!added && !p->steps.v[i].mends.n) {
			add_remedies(m);
			added = true;
		}
		take_step(m, &p->steps.v[i]);
	}
	if (!added)
		add_remedies(m);
	for (size_t i = 0; i < m->plan->steps.n; i++)
		m->plan->steps.v[i].n = i + 1;
}

/* What no step mends. */
static void add_warnings(struct maker *m, const struct device_verdict *d)
{
	const struct choice_verdict *c = best_choice(d);

	for (size_t i = 0; c && i < c->chain.n; i++) {
		const struct link *l = &c->chain.v[i];

		if (l->warning && !(l->source.line && is_line_edited(m, &l->source)))
			add_once(m, &m->plan->remarks,
				 say(&m->judge, "%s%s%s", l->text, l->remedy ? ": " : "",
				     l->remedy ? l->remedy : ""));
	}
}

static void add_remarks(struct maker *m)
{
	const struct verdict *v = m->verdict;

	for (size_t i = 0; i < v->devices.n; i++) {
		const struct device_verdict *d = &v->devices.v[i];

		if (d->stays_emulated)
			add_once(m, &m->plan->remarks,
				 say(&m->judge, "%s stays as it is: %s",
				     plain(&m->judge, subject_of(d)),
				     d->stays_text ? d->stays_text
						   : "the platform keeps it emulated"));
	}
	if (m->kernels.n && m->kernels.v[0].left_out)
		add_once(m, &m->plan->remarks,
			 say(&m->judge,
			     "%s starts by default and was not named: it stays as it is",
			     plain(&m->judge, m->kernels.v[0].fact->release)));
	for (size_t i = 0; i < v->devices.n; i++)
		add_warnings(m, &v->devices.v[i]);
	if (v->sheets.n && v->sheets.v[0].host_problem)
		add_once(m, &m->plan->remarks, v->sheets.v[0].host_problem);
	for (size_t i = 0; i < v->remarks.n; i++)
		add_once(m, &m->plan->remarks, v->remarks.v[i]);
}

int plan_make(const struct facts *f, const struct platform *p, const struct verdict *v,
	      const struct plan_options *o, struct arena *a, struct plan *ret,
	      struct err *e)
{

	struct plan plan = {.platform = v->platform,
			    .platform_name = v->platform_name,
			    .answer = v->answer,
			    .support = v->support,
			    .kernel = v->kernel,
			    .kernels = o->kernels,
			    .choices = o->choices};
	struct maker m = {.judge = {.facts = f, .platform = p, .arena = a},
			  .verdict = v,
			  .options = o,
			  .plan = &plan};
	int r = find_kernels(&m, e);

	if (r < 0)
		return r;
	if (v->sheets.n)
		plan.release = v->sheets.v[0].release;
	add_steps(&m);
	add_obstacles(&m);
	add_remarks(&m);
	tell_given(&m);
	if (m.judge.full)
		return arena_full(a, e);
	r = plan_set_states(&plan, a, e);
	if (r >= 0)
		*ret = plan;
	return r;
}
