/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network cards by the names the guest has for them: which driver modprobe.conf loads
 * for each, and whether the address that a configuration is bound to is the machine's.
 */
#include "chain.h"

#include <string.h>

#include "limits.h"
#include "text.h"

/* "eth0": a card, no bridge, bond or alias address. */
static bool is_card(const char *device)
{
	struct slice s = slice_str(device ? device : "");

	if (!slice_starts(s, "eth") || s.n < 4)
		return false;
	for (size_t i = 3; i < s.n; i++)
		if (!text_is_digit(slice_at(s, i)))
			return false;
	return true;
}

void find_cards(struct judge *j, strs *ret)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->nics.n; i++)
		if (is_card(f->nics.v[i].device) &&
		    !strs_add_once(j->arena, ret, f->nics.v[i].device))
			j->full = true;
	for (size_t i = 0; i < f->modprobe.n; i++)
		if (text_same(f->modprobe.v[i].kind, "alias") &&
		    is_card(f->modprobe.v[i].module) &&
		    !strs_add_once(j->arena, ret, f->modprobe.v[i].module))
			j->full = true;
	for (size_t i = 0; i < f->machine.nics.n; i++)
		if (!strs_add_once(j->arena, ret, say(j, "eth%zu", i)))
			j->full = true;
}

/* The last alias of modprobe.conf for it is what modprobe loads. */
static const struct modprobe_fact *alias_of(const struct facts *f, const char *card)
{
	const struct modprobe_fact *found = NULL;

	for (size_t i = 0; i < f->modprobe.n; i++)
		if (text_same(f->modprobe.v[i].kind, "alias") &&
		    text_same(f->modprobe.v[i].module, card))
			found = &f->modprobe.v[i];
	return found;
}

static bool is_driver(const struct platform_driver *d, const char *module)
{
	for (size_t i = 0; i < d->modules.n; i++)
		if (module_name_eq(d->modules.v[i], module))
			return true;
	return false;
}

/* The file that such lines are in: that of another card, else by the kernel's age. Files
 * beside it, as modprobe.conf.dist, belong to packages. */
static const char *alias_file(const struct judge *j)
{
	bool old = j->kernel->release && strncmp(j->kernel->release, "2.4.", 4) == 0;

	for (size_t i = 0; i < j->facts->modprobe.n; i++)
		if (text_same(j->facts->modprobe.v[i].kind, "alias") &&
		    is_card(j->facts->modprobe.v[i].module) &&
		    j->facts->modprobe.v[i].source.path)
			return j->facts->modprobe.v[i].source.path;
	return old ? "/etc/modules.conf" : "/etc/modprobe.conf";
}

static void add_no_alias(struct judge *j, const char *want)
{
	struct source source = {.disk = j->facts->root_disk,
				.volume = j->facts->root_volume,
				.path = alias_file(j)};

	add_remedy(add_link(j, "alias", ANSWER_FIXABLE, source,
			    "%s names no driver for %s", plain(j, source.path),
			    plain(j, j->card)),
		   say(j, "add the line: alias %s %s", plain(j, j->card), want));
}

void judge_alias(struct judge *j)
{
	const char *want = j->choice->alias;
	const struct modprobe_fact *m;
	struct link *l;

	if (!want)
		return;
	if (!j->card) {
		add_link(j, "alias", ANSWER_UNKNOWN, (struct source){0},
			 "which network cards the guest has is not known");
		return;
	}
	m = alias_of(j->facts, j->card);
	if (!m) {
		add_no_alias(j, want);
		return;
	}
	l = add_link(j, "alias",
		     is_driver(j->choice->driver, m->argument ? m->argument : "")
			     ? ANSWER_READY
			     : ANSWER_FIXABLE,
		     m->source, "%s:%llu alias %s %s", plain(j, m->source.path),
		     (unsigned long long)m->source.line, plain(j, m->module),
		     plain(j, m->argument));
	if (l && l->state == ANSWER_FIXABLE)
		add_remedy(l,
			   say(j, "write there: alias %s %s", plain(j, j->card), want));
}

void judge_address(struct judge *j)
{
	const struct facts *f = j->facts;
	const struct nic_fact *bound = NULL;

	for (size_t i = 0; i < f->nics.n; i++) {
		const struct nic_fact *n = &f->nics.v[i];

		if (n->hwaddr && is_foreign_address(j, n->hwaddr) &&
		    (j->card ? text_same(n->device, j->card) : configures_card(n)))
			bound = n;
	}
	if (bound)
		add_remedy(add_link(j, "address", ANSWER_FIXABLE, bound->source,
				    "%s binds %s to %s, an address that %s has no card "
				    "of",
				    plain(j, bound->source.path),
				    bound->device ? plain(j, bound->device) : "a card",
				    plain(j, bound->hwaddr), plain(j, f->machine.source)),
			   "give the card that address, or write its own there");
}
