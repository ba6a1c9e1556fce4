/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of sections and KEY=VALUE lines: NetworkManager's and systemd's. */
#include "network/parts.h"

/* What a key does to the fact. */
enum meaning {
	PLAIN,     /* its value is a member */
	DRIVER,    /* cards of this driver only */
	PLACE,     /* cards at this place of the machine only */
	TYPE,      /* cards of this type only */
	AUTOSTART, /* is it started at boot? */
	NEW_NAME   /* the card gets this name */
};

#define MEMBER(name) offsetof(struct nic_fact, name)

const struct keyfile keyfile_networkmanager[] = {
	{"[connection]", "interface-name", PLAIN, MEMBER(device)},
	{"[connection]", "type", TYPE, 0},
	{"[connection]", "autoconnect", AUTOSTART, 0},
	{"[match]", "interface-name", PLAIN, MEMBER(device)},
	{"[match]", "driver", DRIVER, MEMBER(driver)},
	{"[match]", "path", PLACE, 0},
	{"[ethernet]", "mac-address", PLAIN, MEMBER(hwaddr)},
	{"[802-3-ethernet]", "mac-address", PLAIN, MEMBER(hwaddr)},
	{"[ipv4]", "method", PLAIN, MEMBER(method)},
	{NULL}};

const struct keyfile keyfile_networkd[] = {
	{"[Match]", "Name", PLAIN, MEMBER(device)},
	{"[Match]", "MACAddress", PLAIN, MEMBER(hwaddr)},
	{"[Match]", "PermanentMACAddress", PLAIN, MEMBER(hwaddr)},
	{"[Match]", "Driver", DRIVER, MEMBER(driver)},
	{"[Match]", "Path", PLACE, 0},
	{"[Match]", "Type", TYPE, 0},
	{"[Network]", "DHCP", PLAIN, MEMBER(method)},
	{NULL}};

const struct keyfile keyfile_link[] = {
	{"[Match]", "MACAddress", PLAIN, MEMBER(hwaddr)},
	{"[Match]", "PermanentMACAddress", PLAIN, MEMBER(hwaddr)},
	{"[Match]", "Driver", DRIVER, MEMBER(driver)},
	{"[Match]", "Path", PLACE, 0},
	{"[Match]", "Type", TYPE, 0},
	{"[Link]", "Name", NEW_NAME, MEMBER(device)},
	{NULL}};

/* Several values, of one line or of several, become words of one. */
static int add_words(struct arena *a, struct slice value, const char **to, struct err *e)
{
	const char *before = *to;
	char *now;

	if (!value.n)
		return 0;
	now = before ? arena_printf(a, "%s %.*s", before, (int)value.n,
				    (const char *)value.p)
		     : arena_strndup(a, value);
	if (!now)
		return arena_full(a, e);
	for (char *at = now; *at; at++)
		if (*at == ';') /* NetworkManager's lists */
			*at = at[1] ? ' ' : '\0';
	*to = now;
	return 0;
}

static int bind(struct slice line, unsigned number, struct arena *a, struct nic_fact *nic,
		struct err *e)
{
	nic->bound_line = nic->bound ? 0 : number;
	return nic->bound ? 0 : keep(a, line, &nic->bound, e);
}

struct reading {
	const struct keyfile *form;
	struct slice section;
	struct nic_fact nic;
	bool other; /* it is for no network card */
	struct arena *arena;
};

static int take(struct reading *r, const struct keyfile *k, struct slice line,
		struct slice value, unsigned number, struct err *e)
{
	static const char *const cards[] = {"ethernet", "802-3-ethernet", "ether", NULL};
	const char **member = (const char **)((uint8_t *)&r->nic + k->member);
	int done;

	switch (k->meaning) {
	case TYPE:
		r->other = r->other ||
			   (!is_one_of(value, cards) && slice_at(value, 0) != '!');
		return 0;
	case AUTOSTART:
		r->nic.boot = is_yes(value) ? KNOWN_YES : KNOWN_NO;
		return 0;
	case NEW_NAME:
		r->nic.names = value.n > 0;
		break;
	case DRIVER:
	case PLACE:
		if (slice_at(value, 0) == '!' || slice_eq(value, "*") || !value.n)
			return 0;
		done = bind(line, number, r->arena, &r->nic, e);
		if (done < 0 || k->meaning == PLACE)
			return done;
		r->nic.driver_from = "match";
		break;
	case PLAIN:
		break;
	}
	return add_words(r->arena, value, member, e);
}

static int take_line(struct reading *r, struct slice line, unsigned number, struct err *e)
{
	struct slice key, value;

	line = text_trim(line);
	if (slice_at(line, 0) == '[')
		r->section = line;
	if (slice_at(line, 0) == '#' || slice_at(line, 0) == ';' ||
	    !text_split(line, '=', &key, &value))
		return 0;
	for (const struct keyfile *k = r->form; k->key; k++)
		if (slice_eq(r->section, k->section) && slice_eq(text_trim(key), k->key))
			return take(r, k, line, text_unquote(text_trim(value)), number,
				    e);
	return 0;
}

int keyfile_parse(const struct keyfile *form, struct slice text, struct arena *a,
		  struct nic_fact *ret, bool *ret_any, struct err *e)
{
	struct reading r = {.form = form, .nic = *ret, .arena = a};
	struct text t = text_of(text);
	struct slice line;
	int done = refuse_binary(text, e);

	while (done >= 0 && text_line(&t, &line))
		done = take_line(&r, line, t.line, e);
	if (done < 0)
		return done;
	*ret = r.nic;
	*ret_any = !r.other && (r.nic.device || r.nic.hwaddr || r.nic.bound) &&
		   (form != keyfile_link || r.nic.names);
	return 0;
}

/* --- Policies --- */

bool link_policy(struct slice text, struct slice *ret)
{
	struct slice line, key, value, section = SLICE_NONE;
	struct text t = text_of(text);
	bool any = true, found = false;

	while (text_line(&t, &line)) {
		line = text_trim(line);
		if (slice_at(line, 0) == '[')
			section = line;
		if (slice_at(line, 0) == '#' || slice_at(line, 0) == ';' ||
		    !text_split(line, '=', &key, &value))
			continue;
		key = text_trim(key);
		value = text_trim(value);
		if (slice_eq(section, "[Match]") && !slice_eq(value, "*"))
			any = false;
		if (slice_eq(section, "[Link]") && slice_eq(key, "NamePolicy")) {
			*ret = value;
			found = true;
		}
	}
	return any && found;
}
