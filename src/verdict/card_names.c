/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Do the names, drivers and places by which network cards are configured still find them?
 * A card that is driven but called otherwise works, and the guest is not to be reached.
 * Where the card's address is known, a rule by it is a listed step. Where it is not, the
 * name may change or stay, and no step is known: the driver is ready, and people are
 * told. (As unknown, every guest with a name by place would be so where it runs now.)
 */
#include "chain.h"

#include <string.h>

#include "text.h"

static const char *where(struct judge *j, const struct source *s, uint64_t line)
{
	const char *path = plain(j, s->path);

	return line ? say(j, "%s:%llu", path, (unsigned long long)line) : path;
}

/* What cards are called here. */
static const char *names_here(struct judge *j)
{
	switch (card_naming_of(j)) {
	case CARDS_BY_ORDER:
		return "but cards are called eth0, eth1, ... here";
	case CARDS_BY_XEN:
		return "but cards are called enX0, enX1, ... here";
	default:
		return "but cards are named by their place on the PCI bus here (ens3, "
		       "enp1s0, ...), which is not known before";
	}
}

static const char *text_of_change(struct judge *j, const struct card_change *c)
{
	const struct nic_fact *n = c->nic;

	if (c->kind == CARD_REORDERED)
		return say(j,
			   "%s configures %s, and cards get their names in the order in "
			   "which they are found, which may be another one here",
			   where(j, &n->source, n->source.line), plain(j, n->device));
	if (c->kind == CARD_RENAMED)
		return say(j, "%s configures %s, %s",
			   where(j, &n->source, n->source.line), plain(j, n->device),
			   names_here(j));
	if (text_same(n->driver_from, "match"))
		return say(j, "%s has %s, but the card's driver is %s here",
			   where(j, &n->source, n->bound_line), plain(j, n->bound),
			   plain(j, j->choice->driver->modules.v[0]));
	return say(j, "%s has %s, a place that the card need not have here",
		   where(j, &n->source, n->bound_line), plain(j, n->bound));
}

/* A rule needs one name, not a pattern. */
static bool can_be_kept(const struct card_change *c)
{
	enum { LONGEST = 15 }; /* IFNAMSIZ of Linux without its NUL */
	const char *name = c->nic->device;

	if (!c->mac)
		return false;
	if (c->kind == CARD_BOUND)
		return true;
	for (size_t i = 0; name[i]; i++)
		if (i == LONGEST ||
		    (!text_is_alnum((unsigned char)name[i]) && !strchr("_-", name[i])))
			return false;
	return *name != '\0';
}

static void add_fixable(struct judge *j, const struct card_change *c)
{
	struct link *l = add_link(j, "card-name", ANSWER_FIXABLE, c->nic->source, "%s",
				  text_of_change(j, c));

	if (!l)
		return;
	l->card = c->kind == CARD_BOUND ? NULL : c->nic->device;
	l->mac = c->mac;
	if (c->kind == CARD_BOUND)
		l->source.line = c->nic->bound_line;
	add_remedy(l,
		   c->kind == CARD_BOUND
			   ? say(j, "name the card by its address there, %s", c->mac)
			   : say(j, "keep the name by a rule for the card's address, %s",
				 c->mac));
}

static const char *advice(const struct judge *j, const struct card_change *c)
{
	if (c->kind == CARD_REORDERED)
		return j->facts->naming.by_ifcfg == KNOWN_YES
			       ? "write each card's address into its file, as HWADDR="
			       : "see to it that the machine has them in the same order";
	return j->facts->machine.source
		       ? "keep the name by a rule for the card's address, or write the "
			 "new "
			 "name there once it is known"
		       : "plan it with --machine FILE, the machine's description: a rule "
			 "for "
			 "the card's address then keeps the name; or write the new name "
			 "there once it is known";
}

/* The first one of this kind that no rule keeps, and how many more there are. */
static void add_warning(struct judge *j, const card_changes *list, bool order)
{
	const struct card_change *first = NULL;
	const char *more = "";
	size_t others = 0;
	struct link *l;

	for (size_t i = 0; i < list->n; i++) {
		const struct card_change *c = &list->v[i];

		if ((c->kind == CARD_REORDERED) != order || can_be_kept(c))
			continue;
		others += first != NULL;
		first = first ? first : c;
	}
	if (!first)
		return;
	if (others)
		more = say(j, " (and %zu more such names)", others);
	l = add_link(j, "card-name", ANSWER_READY, first->nic->source, "%s%s",
		     text_of_change(j, first), more);
	if (!l)
		return;
	l->warning = true;
	add_remedy(l, advice(j, first));
}

/* What could not be read may name a card. */
static bool judge_cards_read(struct judge *j)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->problems.n; i++) {
		const struct problem_fact *p = &f->problems.v[i];

		if (text_same(p->about, "network") && !text_same(p->code, "remark")) {
			add_link(j, "card-name", ANSWER_UNKNOWN, p->source,
				 "how network cards are named could not be read: %s",
				 plain(j, p->text));
			return false;
		}
	}
	return true;
}

void judge_card_names(struct judge *j)
{
	card_changes list = {0};

	if (!judge_cards_read(j))
		return;
	find_card_changes(j, &list);
	for (size_t i = 0; i < list.n; i++)
		if (can_be_kept(&list.v[i]))
			add_fixable(j, &list.v[i]);
	add_warning(j, &list, false);
	add_warning(j, &list, true);
}
