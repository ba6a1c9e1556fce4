/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files that configure network cards: ifcfg-NAME of Red Hat's and SUSE's scripts
 * (sysconfig.txt of initscripts, ifcfg(5) of SUSE), the list of hardware that kudzu
 * keeps, udev's rules for persistent names, and the key files of NetworkManager and
 * systemd-networkd (both in sections of KEY=VALUE lines).
 */
#pragma once

#include "arena.h"
#include "facts.h"

/* A KEY=VALUE line of a shell script: the key, and the value without its quotes, up to
 * the first blank or ';' behind it. False for another line. */
bool ifcfg_line(struct slice line, struct slice *ret_key, struct slice *ret_value);

/* One ifcfg file; `name` is what follows "ifcfg-". `virtual` is set for what is no card:
 * a bridge, a bond, a VLAN. Fields that the file does not set stay as they are. */
int ifcfg_parse(struct slice text, struct slice name, struct arena *a,
		struct nic_fact *ret, bool *ret_virtual, struct err *e);

typedef VEC(struct nic_fact) nic_list;

/* The network cards of /etc/sysconfig/hwconf: device, driver, hwaddr, source.line. */
int hwconf_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* Names that udev gives to addresses (70-persistent-net.rules): device, hwaddr, line. */
int udev_names_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);

/* A key file of NetworkManager, or a .network or .link file of systemd. `ret_any`: it
 * speaks of a card, by name or address. */
int keyfile_parse(struct slice text, struct arena *a, struct nic_fact *ret, bool *ret_any,
		  struct err *e);

/* The "iface" stanzas of interfaces(5): device, method, boot, line. */
int interfaces_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e);
