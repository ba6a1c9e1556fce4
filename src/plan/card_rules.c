/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rules that keep the name of a network card by its address, in the form that this guest
 * understands:
 *
 * - HWADDR= in its ifcfg file, where start scripts name cards by it (rename_device of
 *   initscripts);
 * - a .link file of systemd (systemd.link(5)). Before naming scheme 240 it leaves alone a
 *   card that has got a name already, as from the udev of an initramfs, which has no copy
 *   of this file; there it is:
 * - a rule of udev, as udev itself wrote them in 70-persistent-net.rules.
 */
#include "making.h"
#include "text.h"

enum {
	LINK_RENAMES_FROM = 240, /* versions of systemd */
	PERMANENT_FROM = 245     /* PermanentMACAddress=, which no bridge or VLAN of the
				    card shares with it */
};

static void add_line(struct maker *m, struct plan_step *s, const char *file,
		     const char *line)
{
	add_edit(m, s, (struct plan_edit){.file = file, .whole = true, .after = line});
}

/* What the link was read of. */
static const struct nic_fact *nic_of(const struct facts *f, const struct link *l)
{
	for (size_t i = 0; i < f->nics.n; i++) {
		const struct nic_fact *n = &f->nics.v[i];

		if (text_same(n->source.path, l->source.path) &&
		    (l->card ? n->source.line == l->source.line &&
				       text_same(n->device, l->card)
			     : n->bound && n->bound_line == l->source.line))
			return n;
	}
	return NULL;
}

/* --- Names --- */

static bool is_named_by_ifcfg(const struct facts *f, const struct nic_fact *n)
{
	return f->naming.by_ifcfg == KNOWN_YES && text_same(n->kind, "ifcfg") &&
	       !n->hwaddr && n->source.path;
}

static bool has_link_files(const struct facts *f)
{
	return f->naming.link_files == KNOWN_YES &&
	       f->naming.systemd >= LINK_RENAMES_FROM;
}

/* A file of this name with another address is not ours to mend. */
static bool is_there(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->nics.n; i++)
		if (text_same(f->nics.v[i].source.path, path))
			return true;
	return false;
}

static void add_link_file(struct maker *m, struct plan_step *s, const struct link *l)
{
	const struct facts *f = m->judge.facts;
	const char *key = f->naming.systemd >= PERMANENT_FROM ? "PermanentMACAddress"
							      : "MACAddress";
	const char *path =
		say(&m->judge, "/etc/systemd/network/10-paravet-%s.link", l->card);

	if (is_there(f, path))
		return;
	add_line(m, s, path, "[Match]");
	add_line(m, s, path, say(&m->judge, "%s=%s", key, l->mac));
	add_line(m, s, path, "[Link]");
	add_line(m, s, path, say(&m->judge, "Name=%s", l->card));
}

static void add_udev_rule(struct maker *m, struct plan_step *s, const struct link *l)
{
	add_line(m, s, "/etc/udev/rules.d/70-persistent-net.rules",
		 say(&m->judge,
		     "SUBSYSTEM==\"net\", ACTION==\"add\", DRIVERS==\"?*\", "
		     "ATTR{address}==\"%s\", ATTR{type}==\"1\", NAME=\"%s\"",
		     l->mac, l->card));
}

/* --- Drivers and places --- */

/* How a file names a card by its address, and how the line begins that this replaces. */
static const struct {
	const char *kind, *prefix, *key, *quote;
} lines[] = {
	{"networkd", "Driver=", "MACAddress=", ""},
	{"networkd", "Path=", "MACAddress=", ""},
	{"netplan", "driver: ", "macaddress: ", "\""},
};

/* The line is replaced where it says nothing else: not by a list, nor within braces. */
static void edit_bound(struct maker *m, struct plan_step *s, const struct nic_fact *n,
		       const char *mac)
{
	struct plan_edit edit = {
		.file = n->source.path, .line = n->bound_line, .before = n->bound};

	if (!n->bound_line || strpbrk(n->bound, "[]{}"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (!text_same(n->kind, lines[i].kind) ||
		    !slice_starts(slice_str(n->bound), lines[i].prefix))
			continue;
		edit.after = say(&m->judge, "%s%s%s%s", lines[i].key, lines[i].quote, mac,
				 lines[i].quote);
		add_edit(m, s, edit);
		return;
	}
}

void add_card_rule(struct maker *m, struct plan_step *s, const struct link *l)
{
	const struct facts *f = m->judge.facts;
	const struct nic_fact *n = nic_of(f, l);

	if (!n)
		return;
	if (!l->card)
		edit_bound(m, s, n, l->mac);
	else if (is_named_by_ifcfg(f, n))
		add_line(m, s, n->source.path, say(&m->judge, "HWADDR=%s", l->mac));
	else if (has_link_files(f))
		add_link_file(m, s, l);
	else
		add_udev_rule(m, s, l);
}
