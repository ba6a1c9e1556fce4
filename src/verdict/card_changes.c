/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which network cards the guest's configuration will not find on the platform: because
 * they have other names there, or another driver and another place.
 */
#include "chain.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

/* --- How cards are named --- */

/* Names by place came with systemd 197, those of Xen's cards with the naming scheme of
 * 250 (systemd.net-naming-scheme(7)); net.ifnames=0 switches off both. */
enum { XEN_NAMES_FROM = 250 };

/* SUSE ships the same files, and a udev that leaves names alone unless the command line
 * has net.ifnames=1 (SUSE's support document 000020417). No file shows that; later
 * releases than those it speaks of are not guessed. */
static bool is_suse(const struct os_fact *os)
{
	return text_has_word(os->like, "suse", NULL) || text_same(os->id, "sles");
}

static enum card_naming naming_of_suse(const struct os_fact *os)
{
	return os->version && platform_version_in(os->version, NULL, "15")
		       ? CARDS_BY_ORDER
		       : CARDS_UNKNOWN;
}

enum card_naming card_naming_of(const struct judge *j)
{
	const struct naming_fact *n = &j->facts->naming;
	const char *kind = j->choice->card_names ? j->choice->card_names : "place";

	if (!n->by)
		return CARDS_UNKNOWN;
	if (strcmp(n->by, "kernel") != 0 && is_suse(&j->facts->os) &&
	    !text_has_word(j->cmdline, "net.ifnames=1", NULL))
		return naming_of_suse(&j->facts->os);
	if (strcmp(n->by, "kernel") == 0 ||
	    text_has_word(j->cmdline, "net.ifnames=0", NULL) ||
	    strcmp(kind, "order") == 0)
		return CARDS_BY_ORDER;
	if (strcmp(kind, "place") == 0)
		return CARDS_BY_PLACE;
	if (strcmp(n->by, "link") == 0 && !n->systemd)
		return CARDS_UNKNOWN;
	return n->systemd >= XEN_NAMES_FROM ? CARDS_BY_XEN : CARDS_BY_ORDER;
}

/* Names that some card gets, for patterns. */
static const char *const by_order[] = {"eth0", NULL};
static const char *const by_place[] = {"eno1", "ens3", "enp1s0", NULL};
static const char *const by_xen[] = {"enX0", NULL};

static bool matches_all(const char *pattern, const char *const *names)
{
	for (; *names; names++)
		if (!platform_glob(pattern, *names))
			return false;
	return true;
}

static bool is_pattern(const char *word)
{
	return strpbrk(word, "*?[") != NULL;
}

/* "eth0" with the prefix "eth". */
static bool is_numbered(const char *word, const char *prefix)
{
	struct slice s = slice_str(word);
	size_t n = strlen(prefix);

	if (!slice_starts(s, prefix) || s.n == n)
		return false;
	while (text_is_digit(slice_at(s, n)))
		n++;
	return n == s.n;
}

/* "p1p2", by biosdevname. */
static bool is_slot_and_port(const char *word)
{
	struct slice left, right;

	return word[0] == 'p' &&
	       text_split(slice_of(word + 1, strlen(word) - 1), 'p', &left, &right) &&
	       left.n && right.n && text_is_digit(slice_at(left, 0)) &&
	       text_is_digit(slice_at(right, 0));
}

/* A name that a card has by itself, or a pattern of such; not that of a bridge, a bond, a
 * VLAN, or one that somebody chose. */
static bool is_card_word(const char *word)
{
	struct slice s = slice_str(word);

	if (is_pattern(word))
		return platform_glob(word, "eth0") || platform_glob(word, "ens3") ||
		       platform_glob(word, "enp1s0") || platform_glob(word, "enX0");
	if (strpbrk(word, ".:@"))
		return false;
	return is_numbered(word, "eth") || is_numbered(word, "em") ||
	       is_slot_and_port(word) ||
	       (slice_starts(s, "en") && s.n > 3 && strchr("opsxXPvb", word[2]));
}

/* "enx" and the card's address. */
static bool is_by_address(const char *word)
{
	return slice_starts(slice_str(word), "enx") && strlen(word) == 15;
}

/* Is a card called that here, whatever the machine has? */
static bool fits_word(const char *word, enum card_naming naming)
{
	switch (naming) {
	case CARDS_BY_ORDER:
		return is_numbered(word, "eth") || matches_all(word, by_order);
	case CARDS_BY_PLACE:
		return is_by_address(word) || matches_all(word, by_place);
	case CARDS_BY_XEN:
		return is_numbered(word, "enX") || matches_all(word, by_xen);
	case CARDS_UNKNOWN:
		break;
	}
	return true;
}

/* Longer than any name or pattern of one that means a card: IFNAMSIZ of Linux is 16. */
enum { WORD_MAX = 64 };

/* The next word; one that is too long is none of ours. */
static bool next_word(struct slice *rest, char word[static WORD_MAX])
{
	struct slice s;

	if (!text_word(rest, &s))
		return false;
	snprintf(word, WORD_MAX, "%.*s", s.n < WORD_MAX ? (int)s.n : 0,
		 (const char *)s.p);
	return true;
}

/* One of several words is enough; what is said by what it is not is left alone. */
static bool fits(const char *device, enum card_naming naming)
{
	struct slice rest = slice_str(device);
	char word[WORD_MAX];
	bool any = false;

	while (next_word(&rest, word)) {
		if (*word == '!' || fits_word(word, naming))
			return true;
		any = any || is_card_word(word);
	}
	return !any;
}

/* --- What ties a file to a card --- */

static bool is_new_driver(const struct judge *j, const char *drivers)
{
	const strs *modules = &j->choice->driver->modules;
	struct slice rest = slice_str(drivers);
	char word[WORD_MAX];

	while (next_word(&rest, word))
		for (size_t i = 0; i < modules->n; i++)
			if (platform_glob(word, modules->v[i]))
				return true;
	return false;
}

static bool is_bound_elsewhere(const struct judge *j, const struct nic_fact *n)
{
	if (!n->bound)
		return false;
	return !text_same(n->driver_from, "match") || !n->driver ||
	       !is_new_driver(j, n->driver);
}

/* Does the file give its name to a card? Start scripts of Red Hat do it by HWADDR=. */
static bool gives_name(const struct judge *j, const struct nic_fact *n)
{
	return n->names || (j->facts->naming.by_ifcfg == KNOWN_YES && n->hwaddr &&
			    text_same(n->kind, "ifcfg"));
}

/* udev compares addresses byte by byte, with the small letters of the kernel. */
static bool has_big_letters(const char *s)
{
	return strpbrk(s, "ABCDEF") != NULL;
}

enum named { NAMED_NOT, NAMED_STILL, NAMED_NO_MORE };

/* Does something give this name to a card by what stays the same? */
static enum named named_by_rule(const struct judge *j, const char *device)
{
	const struct facts *f = j->facts;
	enum named found = NAMED_NOT;

	for (size_t i = 0; i < f->nics.n; i++) {
		const struct nic_fact *n = &f->nics.v[i];

		if (!text_same(n->device, device) || !gives_name(j, n))
			continue;
		if (!is_bound_elsewhere(j, n) &&
		    !(n->hwaddr && is_foreign_address(j, n->hwaddr)) &&
		    !(n->hwaddr && text_same(n->kind, "udev") &&
		      has_big_letters(n->hwaddr)))
			return NAMED_STILL;
		found = NAMED_NO_MORE;
	}
	return found;
}

/* The rule that udev wrote for an old card keeps its name from a new one. */
static bool is_taken(const struct judge *j, enum named named)
{
	return named == NAMED_NO_MORE && j->facts->naming.generator == KNOWN_YES;
}

/* The machine is described as it will be, with the card for this driver where it gets
 * this name. */
static bool is_there_already(struct judge *j, const char *name, enum card_naming naming)
{
	const struct machine *m = &j->facts->machine;

	for (size_t i = 0; naming == CARDS_BY_PLACE && i < m->nics.n; i++)
		if (is_card_driven(&m->nics.v[i], j->choice->driver->modules.v[0]) &&
		    is_named_by_place(j, &m->nics.v[i], name))
			return true;
	return false;
}

static bool keeps_name(struct judge *j, const struct nic_fact *n, enum card_naming naming)
{
	enum named named;

	if (!n->device || (j->card && !text_same(j->card, n->device)))
		return true;
	named = named_by_rule(j, n->device);
	if (named == NAMED_STILL)
		return true;
	if (named == NAMED_NO_MORE && !is_card_word(n->device))
		return false;
	if (is_there_already(j, n->device, naming))
		return true;
	return fits(n->device, naming) && !is_taken(j, named);
}

/* --- All --- */

bool configures_card(const struct nic_fact *n)
{
	return n->kind && strcmp(n->kind, "link") != 0 && strcmp(n->kind, "udev") != 0 &&
	       strcmp(n->kind, "hwconf") != 0 && n->boot != KNOWN_NO;
}

static bool is_noted(const card_changes *list, const struct card_change *c)
{
	for (size_t i = 0; i < list->n; i++)
		if (c->kind != CARD_BOUND && list->v[i].kind == c->kind &&
		    text_same(list->v[i].nic->device, c->nic->device))
			return true;
	return false;
}

static void add_change(struct judge *j, card_changes *list, struct card_change c)
{
	if (!is_noted(list, &c) && !vec_push(j->arena, list, c))
		j->full = true;
}

/* Cards that get their names in the order in which they are found, more than one. */
static void add_reordered(struct judge *j, card_changes *list)
{
	const struct facts *f = j->facts;
	card_changes found = {0};

	for (size_t i = 0; i < f->nics.n; i++) {
		const struct nic_fact *n = &f->nics.v[i];

		if (configures_card(n) && n->device && is_numbered(n->device, "eth") &&
		    named_by_rule(j, n->device) != NAMED_STILL)
			add_change(
				j, &found,
				(struct card_change){.nic = n, .kind = CARD_REORDERED});
	}
	for (size_t i = 0; found.n > 1 && f->machine.nics.n != 1 && i < found.n; i++)
		if (!j->card || text_same(j->card, found.v[i].nic->device))
			add_change(j, list, found.v[i]);
}

void find_card_changes(struct judge *j, card_changes *ret)
{
	enum card_naming naming = card_naming_of(j);
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->nics.n; i++) {
		const struct nic_fact *n = &f->nics.v[i];
		bool bound = is_bound_elsewhere(j, n);

		if (!configures_card(n))
			continue;
		if (bound)
			add_change(j, ret,
				   (struct card_change){.nic = n, .kind = CARD_BOUND});
		/* A file may ask for a name besides, which is then to be kept as well. */
		if (naming != CARDS_UNKNOWN && !(bound && gives_name(j, n)) &&
		    !keeps_name(j, n, naming))
			add_change(j, ret, (struct card_change){.nic = n});
	}
	find_card_addresses(j, ret);
	if (naming == CARDS_BY_ORDER)
		add_reordered(j, ret);
}
