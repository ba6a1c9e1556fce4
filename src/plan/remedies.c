/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links that no step of a published procedure mends: their own remedies become steps,
 * one for each distinct remedy, and modules that several of them add are added at once.
 */
#include "form.h"
#include "limits.h"
#include "making.h"
#include "text.h"

#include "escape.h"

static const char *title_of(const char *rule)
{
	static const char *const titles[][2] = {
		{"driver", "Bring the driver in"},
		{"loads", "Let the driver load"},
		{"initramfs", "Put the drivers into the initramfs"},
		{"root", "Let the initramfs find /"},
		{"names", "Name disks by what stays the same"},
		{"card-name", "Keep the names of network cards"},
		{"boot-loader", "Let the new machine find the boot loader"},
		{"alias", "Name the driver of the network card"},
		{"startup", "Load the driver when the guest starts"},
		{"word", "Add to the kernel's command line"},
		{"machine", "Offer the device as a paravirtual one"},
	};

	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		if (strcmp(rule, titles[i][0]) == 0)
			return titles[i][1];
	return "Change what keeps the driver away";
}

static bool same_remedy(const struct link *a, const struct link *b)
{
	const char *x = a->add_form ? a->add_form : a->remedy;
	const char *y = b->add_form ? b->add_form : b->remedy;

	if (!x || !y)
		return !x && !y && strcmp(a->text, b->text) == 0;
	return (a->add_form != NULL) == (b->add_form != NULL) && strcmp(x, y) == 0;
}

static bool is_left(const struct maker *m, const struct link *l)
{
	for (size_t i = 0; i < m->mended.n; i++)
		if (m->mended.v[i] == l)
			return false;
	return l->state == ANSWER_FIXABLE;
}

/* Every link that is left, with those of an equal remedy behind one another. */
static void gather(struct maker *m, cause_list *ret)
{
	const struct verdict *v = m->verdict;

	for (size_t d = 0; d < v->devices.n; d++) {
		const struct device_verdict *device = &v->devices.v[d];
		const struct choice_verdict *c = best_choice(device);

		if (device->optional || is_out_of_reach(m, device))
			continue;
		for (size_t i = 0; c && i < c->chain.n; i++)
			if (is_left(m, &c->chain.v[i]) &&
			    !vec_push(m->judge.arena, ret,
				      ((struct cause){device, c, &c->chain.v[i]})))
				m->judge.full = true;
	}
}

/* The remedy's sentence; the modules of all links in one, where it adds modules. */
static const char *sentence(struct maker *m, const cause_list *all,
			    const struct link *first)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	strs modules = {0};

	if (!first->add_form)
		return first->remedy;
	for (size_t i = 0; i < all->n; i++)
		for (size_t n = 0; same_remedy(all->v[i].link, first) &&
				   n < all->v[i].link->add_modules.n;
		     n++)
			add_once(m, &modules, all->v[i].link->add_modules.v[n]);
	form_fill(&text, first->add_form,
		  (const struct fill[]){{"modules", words(m, &modules)}, {NULL, NULL}},
		  escape_again);
	return say(&m->judge, "%s", strbuf_text(&text));
}

/* The remedy of a link names the kernel that starts by default: which others are there?
 */
static void name_kernels(struct maker *m, struct plan_step *s)
{
	const struct plan_kernel *first = m->kernels.n ? &m->kernels.v[0] : NULL;
	struct judge *j = &m->judge;
	const char *list = "";

	for (size_t i = 0; first && i < s->drivers.n; i++) {
		const char *release = s->drivers.v[i].kernel;

		if (release && !text_same(release, first->fact->release))
			list = say(j, "%s%s%s", list, *list ? ", " : "",
				   plain(j, release));
	}
	if (*list && s->text)
		s->text =
			say(j, "%s; %s %s", s->text,
			    first->left_out ? "for this kernel instead:" : "the same for",
			    list);
}

static void add_group(struct maker *m, const cause_list *all, const struct link *first)
{
	struct plan_step *s = vec_add(m->judge.arena, &m->plan->steps);

	if (!s) {
		m->judge.full = true;
		return;
	}
	s->id = "remedy";
	s->where = strcmp(first->rule, "machine") == 0 ? "host" : "guest";
	s->title = title_of(first->rule);
	s->text = sentence(m, all, first);
	s->verified = true;
	for (size_t i = 0; i < all->n; i++) {
		const struct cause *c = &all->v[i];

		if (!same_remedy(c->link, first))
			continue;
		add_once(m, &s->subjects, subject_of(c->device));
		add_once(m, &s->reasons, c->link->text);
		add_source(m, s, c->link);
		add_drivers(m, s, c->link);
		if (c->link->mac)
			add_card_rule(m, s, c->link);
		if (strcmp(c->link->rule, "initramfs") == 0)
			allow_inside(m, s, c->link);
		if (strcmp(first->rule, "names") == 0) {
			edit_disk_names(m, c->device, s);
			edit_cmdline_names(m, s);
			edit_md_names(m, s);
			edit_lvm(m, c->device, s);
			edit_device_map(m, c->device, s);
		}
		if (strcmp(c->link->rule, "loads") == 0)
			edit_forbidding_line(m, c->link, s);
		if (strcmp(c->link->rule, "loads") == 0)
			add_stale_lines(m, s, c->link);
		/* A word that names others, too, is left to people: they stay forbidden.
		 */
		if (c->link->word && !strchr(c->link->word, ','))
			edit_cmdlines(m, s, c->link->word,
				      c->link->word_then ? c->link->word_then : "");
		for (size_t n = 0; n < c->link->cites.n; n++)
			if (!vec_push(m->judge.arena, &s->cites, c->link->cites.v[n]))
				m->judge.full = true;
	}
	add_keepers(m, s);
	name_kernels(m, s);
}

static bool has_edits(const plan_edits *all, const plan_edits *some)
{
	for (size_t i = 0; i < some->n; i++)
		if (!has_edit(all, &some->v[i]))
			return false;
	return true;
}

static bool has_drivers(const struct plan_step *s, const struct plan_drivers *d)
{
	for (size_t i = 0; i < s->drivers.n; i++)
		if (text_same(s->drivers.v[i].initramfs, d->initramfs) &&
		    has_edits(&s->drivers.v[i].edits, &d->edits))
			return !d->modules.n && !d->allowed.n;
	return false;
}

/* Names of several disks may stand in one file, whose lines a step before it changes
 * already: all that is left of the last step is its reasons. */
static void fold_last(struct maker *m)
{
	struct plan *plan = m->plan;
	struct plan_step *last = &plan->steps.v[plan->steps.n - 1];

	for (size_t i = 0; i + 1 < plan->steps.n; i++) {
		struct plan_step *s = &plan->steps.v[i];
		bool has = last->edits.n && has_edits(&s->edits, &last->edits) &&
			   text_same(s->title, last->title);

		for (size_t k = 0; k < last->drivers.n; k++)
			has = has && has_drivers(s, &last->drivers.v[k]);
		if (!has || last->indexes.n)
			continue;
		for (size_t k = 0; k < last->subjects.n; k++)
			add_once(m, &s->subjects, last->subjects.v[k]);
		for (size_t k = 0; k < last->reasons.n; k++)
			add_once(m, &s->reasons, last->reasons.v[k]);
		for (size_t k = 0; k < last->sources.n; k++)
			if (!vec_push(m->judge.arena, &s->sources, last->sources.v[k]))
				m->judge.full = true;
		plan->steps.n--;
		return;
	}
}

void add_remedies(struct maker *m)
{
	cause_list all = {0};

	gather(m, &all);
	for (size_t i = 0; i < all.n; i++) {
		size_t first = 0;

		while (!same_remedy(all.v[first].link, all.v[i].link))
			first++;
		if (first != i)
			continue;
		add_group(m, &all, all.v[i].link);
		if (strcmp(all.v[i].link->rule, "names") == 0 && !m->judge.full)
			fold_last(m);
	}
}

static void add_obstacle(struct maker *m, const struct device_verdict *d,
			 const struct link *l)
{
	struct plan *plan = m->plan;
	struct plan_obstacle *o = NULL;

	for (size_t i = 0; !o && i < plan->obstacles.n; i++)
		if (plan->obstacles.v[i].state == l->state &&
		    strcmp(plan->obstacles.v[i].text, l->text) == 0)
			o = &plan->obstacles.v[i];
	if (!o) {
		o = vec_add(m->judge.arena, &plan->obstacles);
		if (!o) {
			m->judge.full = true;
			return;
		}
		*o = (struct plan_obstacle){.state = l->state,
					    .text = l->text,
					    .advice = l->remedy,
					    .source = l->source,
					    .cites = l->cites};
	}
	add_once(m, &o->subjects, subject_of(d));
}

void add_obstacles(struct maker *m)
{
	const struct verdict *v = m->verdict;

	for (size_t d = 0; d < v->devices.n; d++) {
		const struct choice_verdict *c = best_choice(&v->devices.v[d]);

		for (size_t i = 0; c && !v->devices.v[d].optional && i < c->chain.n; i++)
			if (c->chain.v[i].state == ANSWER_BLOCKED ||
			    c->chain.v[i].state == ANSWER_UNKNOWN)
				add_obstacle(m, &v->devices.v[d], &c->chain.v[i]);
	}
}
