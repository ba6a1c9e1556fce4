/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ifcfg-NAME of Red Hat's and SUSE's scripts. */
#include "network/parts.h"

bool ifcfg_line(struct slice line, struct slice *ret_key, struct slice *ret_value)
{
	struct slice s = text_trim(line), key, value;
	size_t n = 0;
	int quote, c;

	if (slice_starts(s, "export "))
		s = text_trim(behind(s, strlen("export ")));
	if (!text_split(s, '=', &key, &value) || key.n == 0)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (!text_is_alnum(c = slice_at(key, i)) && c != '_')
			return false;
	quote = slice_at(value, 0);
	if (quote == '"' || quote == '\'') {
		value = behind(value, 1);
		n = slice_find(value, 0, (uint8_t)quote);
	} else {
		while (n < value.n && !text_is_blank(c = slice_at(value, n)) && c != ';')
			n++;
	}
	*ret_key = key;
	*ret_value = slice_of(value.p, n);
	return true;
}

/* STARTMODE of SUSE: by itself at boot, or on something else. */
static const char *const start_words[] = {"auto",    "onboot",  "boot", "on",
					  "hotplug", "nfsroot", NULL};

static const char *const virtual_types[] = {
	"bridge", "bond", "vlan", "ovsbridge", "tunnel", "ipsec", "gre",
	"ipip",   "sit",  "team", "modem",     "ppp",    NULL};

static int ifcfg_key(struct slice key, struct slice value, struct arena *a,
		     struct nic_fact *nic, bool *ret_virtual, struct err *e)
{
	if (slice_eq(key, "DEVICE") || slice_eq(key, "INTERFACE"))
		return keep(a, value, &nic->device, e);
	if (slice_eq(key, "HWADDR"))
		return keep(a, value, &nic->hwaddr, e);
	if (slice_eq(key, "BOOTPROTO"))
		return keep(a, value, &nic->method, e);
	if (slice_eq(key, "ONBOOT"))
		nic->boot = is_yes(value) ? KNOWN_YES : KNOWN_NO;
	if (slice_eq(key, "STARTMODE"))
		nic->boot = is_one_of(value, start_words) ? KNOWN_YES : KNOWN_NO;
	if ((slice_eq(key, "TYPE") && is_one_of(value, virtual_types)) ||
	    ((slice_eq(key, "VLAN") || slice_eq(key, "BRIDGE_PORTS") ||
	      slice_eq(key, "BONDING_MASTER")) &&
	     value.n && !slice_same_folded(value, slice_str("no"))))
		*ret_virtual = true;
	return 0;
}

/* Older SUSE has the address, or the place, in the file's name:
 * ifcfg-eth-id-00:16:3e:00:00:01, ifcfg-eth-bus-pci-0000:00:03.0. */
static int name_of_file(struct slice name, struct arena *a, struct nic_fact *nic,
			struct err *e)
{
	static const char id[] = "-id-", bus[] = "-bus-";
	size_t at = slice_search(name, id, strlen(id));

	if (at < name.n)
		return keep(a, behind(name, at + strlen(id)), &nic->hwaddr, e);
	at = slice_search(name, bus, strlen(bus));
	if (at < name.n)
		return keep(a, behind(name, at + 1), &nic->bound, e);
	return keep(a, name, &nic->device, e);
}

int ifcfg_parse(struct slice text, struct slice name, struct arena *a,
		struct nic_fact *ret, bool *ret_virtual, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key, value;
	struct nic_fact nic = *ret;
	int r = refuse_binary(text, e);

	*ret_virtual = false;
	if (r >= 0)
		r = name_of_file(name, a, &nic, e);
	while (r >= 0 && text_line(&t, &line))
		if (ifcfg_line(line, &key, &value))
			r = ifcfg_key(key, value, a, &nic, ret_virtual, e);
	if (r >= 0)
		*ret = nic;
	return r;
}
