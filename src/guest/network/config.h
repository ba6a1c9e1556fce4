/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that configure or name network cards, text in and facts out: one reader a format,
 * which network.c calls for the files that it finds. None of them fills in where its file
 * lies, but for lines.
 */
#pragma once

#include "arena.h"
#include "facts.h"

typedef VEC(struct nic_fact) nic_list;

/* A KEY=VALUE line of a shell script: the key, and the value without its quotes, up to
 * the first blank or ';' behind it. False for another line. */
bool ifcfg_line(struct slice line, struct slice *ret_key, struct slice *ret_value);

/* One ifcfg file of Red Hat's or SUSE's scripts (sysconfig.txt of initscripts, ifcfg(5)
 * of SUSE); `name` is what follows "ifcfg-". `virtual` is set for what is no card: a
 * bridge, a bond, a VLAN. Fields that the file does not set stay as they are. MACADDR=
 * and LLADDR= are given to a card and do not find one, so they are not told. */
int ifcfg_parse(struct slice text, struct slice name, struct arena *a,
		struct nic_fact *ret, bool *ret_virtual, struct err *e);

/* The network cards of /etc/sysconfig/hwconf: device, driver, hwaddr, source.line. */
int hwconf_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* Rules of udev that name a card by its address, its driver or its place
 * (70-persistent-net.rules; udev(7)): device, hwaddr, bound, line. */
int udev_names_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* Files of sections and KEY=VALUE lines: nm-settings-keyfile(5), systemd.network(5),
 * systemd.link(5). `ret_any`: it speaks of a card, by name, address, driver or place. */
struct keyfile {
	const char *section, *key; /* a list that ends with NULL */
	unsigned meaning;          /* for keyfile.c */
	size_t member;
};
extern const struct keyfile keyfile_networkmanager[], keyfile_networkd[], keyfile_link[];
int keyfile_parse(const struct keyfile *form, struct slice text, struct arena *a,
		  struct nic_fact *ret, bool *ret_any, struct err *e);

/* The "iface" stanzas of interfaces(5): device, method, boot, line. "hwaddress" is given
 * to a card and does not find one, so it is not told. */
int interfaces_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* The ethernets of a netplan file (netplan(5)), with the lines of their ids. ERR_CORRUPT
 * for what is no YAML, ERR_UNSUPPORTED for an alias where it matters. */
int netplan_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* The NamePolicy= of a .link file for cards of any kind; false: it is for some only, or
 * has none. Borrowed from the text. */
bool link_policy(struct slice text, struct slice *ret);

/* naming.c: fills in facts->naming. */
struct guest;
int network_naming(struct guest *g, struct err *e);
