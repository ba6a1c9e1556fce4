/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text formats of network_config.h. */
#include "network_config.h"

#include <strings.h>

#include "limits.h"
#include "text.h"

static int keep(struct arena *a, struct slice s, const char **ret, struct err *e)
{
	if (s.n == 0)
		return 0;
	*ret = arena_strndup(a, s);
	return *ret ? 0 : arena_full(a, e);
}

static struct slice behind(struct slice s, size_t n)
{
	return n < s.n ? slice_of(s.p + n, s.n - n) : SLICE_NONE;
}

static bool is_word(struct slice s, const char *word)
{
	return s.n == strlen(word) && strncasecmp((const char *)s.p, word, s.n) == 0;
}

static bool is_one_of(struct slice s, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (is_word(s, words[i]))
			return true;
	return false;
}

static int refuse_binary(struct slice text, struct err *e)
{
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	return 0;
}

/* --- ifcfg --- */

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

static const char *const yes_words[] = {"yes", "y", "true", "t", "1", NULL};

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
		nic->boot = is_one_of(value, yes_words) ? KNOWN_YES : KNOWN_NO;
	if (slice_eq(key, "STARTMODE"))
		nic->boot = is_one_of(value, start_words) ? KNOWN_YES : KNOWN_NO;
	if ((slice_eq(key, "TYPE") && is_one_of(value, virtual_types)) ||
	    ((slice_eq(key, "VLAN") || slice_eq(key, "BRIDGE_PORTS") ||
	      slice_eq(key, "BONDING_MASTER")) &&
	     value.n && !is_word(value, "no")))
		*ret_virtual = true;
	return 0;
}

/* Older SUSE has the address in the file's name: ifcfg-eth-id-00:16:3e:00:00:01. */
static int name_of_file(struct slice name, struct arena *a, struct nic_fact *nic,
			struct err *e)
{
	static const char id[] = "-id-";
	size_t at = slice_search(name, id, strlen(id));

	if (at < name.n)
		return keep(a, behind(name, at + strlen(id)), &nic->hwaddr, e);
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

/* --- hwconf --- */

static int end_block(nic_list *list, struct arena *a, const struct nic_fact *nic,
		     bool network, struct err *e)
{
	if (!network || !nic->device)
		return 0;
	return vec_push(a, list, *nic) ? 0 : arena_full(a, e);
}

/* Blocks that begin with a line "-", of lines "key: value". */
int hwconf_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key, value;
	struct nic_fact nic = {0};
	nic_list list = {0};
	bool network = false;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (slice_eq(text_trim(line), "-")) {
			r = end_block(&list, a, &nic, network, e);
			nic = (struct nic_fact){.source.line = t.line};
			network = false;
			continue;
		}
		if (!text_split(line, ':', &key, &value))
			continue;
		value = text_unquote(text_trim(value));
		if (slice_eq(key, "class"))
			network = slice_eq(value, "NETWORK");
		else if (slice_eq(key, "device"))
			r = keep(a, value, &nic.device, e);
		else if (slice_eq(key, "driver"))
			r = keep(a, value, &nic.driver, e);
		else if (slice_eq(key, "network.hwaddr"))
			r = keep(a, value, &nic.hwaddr, e);
	}
	if (r >= 0)
		r = end_block(&list, a, &nic, network, e);
	if (r >= 0)
		*ret = list;
	return r;
}

/* --- udev --- */

/* The value of `key` == "..." or = "..."; false without it. */
static bool rule_value(struct slice line, const char *key, struct slice *ret)
{
	size_t at = slice_search(line, key, strlen(key)), end;
	struct slice rest;

	if (at >= line.n)
		return false;
	rest = behind(line, at + strlen(key));
	while (slice_at(rest, 0) == '=' || slice_at(rest, 0) == ' ')
		rest = behind(rest, 1);
	if (slice_at(rest, 0) != '"')
		return false;
	rest = behind(rest, 1);
	end = slice_find(rest, 0, '"');
	*ret = slice_of(rest.p, end);
	return end < rest.n;
}

int udev_names_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, address, name;
	nic_list list = {0};
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		struct nic_fact nic = {.source.line = t.line};

		if (slice_at(text_trim(line), 0) == '#' ||
		    (!rule_value(line, "ATTR{address}", &address) &&
		     !rule_value(line, "SYSFS{address}", &address)) ||
		    !rule_value(line, " NAME", &name))
			continue;
		r = keep(a, name, &nic.device, e);
		if (r >= 0)
			r = keep(a, address, &nic.hwaddr, e);
		if (r >= 0 && !vec_push(a, &list, nic))
			r = arena_full(a, e);
	}
	if (r >= 0)
		*ret = list;
	return r;
}

/* --- Key files --- */

static const struct {
	const char *section, *key;
	size_t member;
} keys[] = {
	{"[connection]", "interface-name", offsetof(struct nic_fact, device)},
	{"[ethernet]", "mac-address", offsetof(struct nic_fact, hwaddr)},
	{"[802-3-ethernet]", "mac-address", offsetof(struct nic_fact, hwaddr)},
	{"[ipv4]", "method", offsetof(struct nic_fact, method)},
	{"[Match]", "Name", offsetof(struct nic_fact, device)},
	{"[Match]", "OriginalName", offsetof(struct nic_fact, device)},
	{"[Match]", "MACAddress", offsetof(struct nic_fact, hwaddr)},
	{"[Match]", "PermanentMACAddress", offsetof(struct nic_fact, hwaddr)},
	{"[Match]", "Driver", offsetof(struct nic_fact, driver)},
	{"[Network]", "DHCP", offsetof(struct nic_fact, method)},
};

static int keyfile_key(struct slice section, struct slice key, struct slice value,
		       struct arena *a, struct nic_fact *nic, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (slice_eq(section, keys[i].section) && slice_eq(key, keys[i].key))
			return keep(a, value,
				    (const char **)((uint8_t *)nic + keys[i].member), e);
	if (slice_eq(section, "[connection]") && slice_eq(key, "autoconnect"))
		nic->boot = is_one_of(value, yes_words) ? KNOWN_YES : KNOWN_NO;
	return 0;
}

int keyfile_parse(struct slice text, struct arena *a, struct nic_fact *ret, bool *ret_any,
		  struct err *e)
{
	struct slice line, key, value, section = SLICE_NONE;
	struct text t = text_of(text);
	struct nic_fact nic = *ret;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		line = text_trim(line);
		if (slice_at(line, 0) == '[')
			section = line;
		else if (slice_at(line, 0) != '#' && slice_at(line, 0) != ';' &&
			 text_split(line, '=', &key, &value))
			r = keyfile_key(section, text_trim(key),
					text_unquote(text_trim(value)), a, &nic, e);
	}
	if (r < 0)
		return r;
	*ret = nic;
	*ret_any = nic.device || nic.hwaddr || nic.driver;
	return 0;
}

/* --- interfaces --- */

static struct nic_fact *nic_named(nic_list *list, struct slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_eq(name, list->v[i].device))
			return &list->v[i];
	return NULL;
}

/* One card may have several stanzas, and "auto" may come before or behind them. */
static int add_iface(nic_list *list, struct slice name, unsigned line, struct arena *a,
		     struct nic_fact **ret, struct err *e)
{
	struct nic_fact *nic = nic_named(list, name);
	int r = 0;

	if (!nic) {
		nic = vec_add(a, list);
		if (!nic)
			return arena_full(a, e);
		nic->source.line = line;
		nic->boot = KNOWN_NO;
		r = keep(a, name, &nic->device, e);
	}
	*ret = nic;
	return r;
}

int interfaces_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, word, name, family, method;
	nic_list list = {0};
	struct nic_fact *nic;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (!text_word(&line, &word))
			continue;
		if (slice_eq(word, "iface") && text_word(&line, &name) &&
		    !slice_eq(name, "lo")) {
			r = add_iface(&list, name, t.line, a, &nic, e);
			if (r >= 0 && text_word(&line, &family) &&
			    text_word(&line, &method) && !nic->method)
				r = keep(a, method, &nic->method, e);
		} else if (slice_eq(word, "auto") || slice_eq(word, "allow-hotplug")) {
			while (r >= 0 && text_word(&line, &name)) {
				if (slice_eq(name, "lo"))
					continue;
				r = add_iface(&list, name, t.line, a, &nic, e);
				if (r >= 0)
					nic->boot = KNOWN_YES;
			}
		}
	}
	if (r >= 0)
		*ret = list;
	return r;
}
