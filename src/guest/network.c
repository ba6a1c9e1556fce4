/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The network cards that the guest's configuration names, and what each is bound to: a
 * name, an address, a driver. All of these may change with the driver on another
 * platform.
 */
#include "guest.h"
#include "limits.h"
#include "network/config.h"
#include "text.h"
#include "tolerate.h"

struct network {
	struct guest *g;
	nic_list hardware; /* of hwconf */
};

/* --- Drivers --- */

/* The last alias of modprobe.conf for it is what modprobe loads. */
static const char *driver_by_alias(const struct guest *g, const char *device)
{
	const char *driver = NULL;

	for (size_t i = 0; i < g->facts->modprobe.n; i++) {
		const struct modprobe_fact *m = &g->facts->modprobe.v[i];

		if (text_same(m->kind, "alias") && text_same(m->module, device) &&
		    m->argument)
			driver = m->argument;
	}
	return driver;
}

static void find_driver(const struct network *n, struct nic_fact *nic)
{
	const char *alias = nic->device ? driver_by_alias(n->g, nic->device) : NULL;

	if (alias) {
		nic->driver = alias;
		nic->driver_from = "alias";
		return;
	}
	for (size_t i = 0; i < n->hardware.n; i++)
		if (text_same(n->hardware.v[i].device, nic->device)) {
			nic->driver = n->hardware.v[i].driver;
			nic->driver_from = nic->driver ? "hwconf" : NULL;
		}
}

static int add_nic(struct network *n, struct nic_fact nic, struct err *e)
{
	struct guest *g = n->g;

	if (g->facts->nics.n == LIMIT_NICS)
		return err_set(e, ERR_LIMIT, "more than %d network cards", LIMIT_NICS);
	if (!nic.driver)
		find_driver(n, &nic);
	return vec_push(g->arena, &g->facts->nics, nic) ? 0 : arena_full(g->arena, e);
}

/* A list of one file, whose elements know their lines. */
static int add_list(struct network *n, const nic_list *list, const struct file *f,
		    struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		struct nic_fact nic = list->v[i];

		nic.source = guest_source(n->g, f, nic.source.line, 0);
		r = add_nic(n, nic, e);
	}
	return r;
}

/* --- Files of one kind in a directory --- */

/* One kind of file, and where it lies. */
struct nic_place {
	const char *dir, *prefix, *suffix;
	int (*read)(struct network *n, const struct nic_place *p, const char *name,
		    struct slice text, const struct file *f, struct err *e);
	const char *kind;
	const struct keyfile *form;
	int (*list)(struct slice text, struct arena *a, nic_list *ret, struct err *e);
};

/* Copies that editors and package managers leave, as the scripts skip them. */
static bool is_copy(struct slice name)
{
	static const char *const endings[] = {
		"~",        ".bak",     ".old",      ".orig", ".rpmnew",
		".rpmorig", ".rpmsave", ".cfgsaved", ".swp",  ".paravet-orig"};

	for (size_t i = 0; i < ARRAY_LEN(endings); i++)
		if (slice_ends(name, endings[i]))
			return true;
	return false;
}

static int read_ifcfg(struct network *n, const struct nic_place *p, const char *name,
		      struct slice text, const struct file *f, struct err *e)
{
	struct nic_fact nic = {.source = guest_source(n->g, f, 0, 0), .kind = p->kind};
	struct slice s = slice_str(name);
	bool virtual;
	int r;

	if (!slice_sub(s, strlen(p->prefix), s.n - strlen(p->prefix), &s))
		return 0;
	r = ifcfg_parse(text, s, n->g->arena, &nic, &virtual, e);
	/* "eth0:1" is another address of eth0. */
	if (r < 0 || virtual || text_same(nic.device, "lo") ||
	    (nic.device && strchr(nic.device, ':')))
		return r;
	return add_nic(n, nic, e);
}

static int read_keyfile(struct network *n, const struct nic_place *p, const char *name,
			struct slice text, const struct file *f, struct err *e)
{
	struct nic_fact nic = {.source = guest_source(n->g, f, 0, 0), .kind = p->kind};
	bool any = false;
	int r;

	(void)name;
	r = keyfile_parse(p->form, text, n->g->arena, &nic, &any, e);
	return r < 0 || !any ? r : add_nic(n, nic, e);
}

static int read_list(struct network *n, const struct nic_place *p, const char *name,
		     struct slice text, const struct file *f, struct err *e)
{
	nic_list list = {0};
	int r;

	(void)name;
	r = p->list(text, n->g->arena, &list, e);
	for (size_t i = 0; i < list.n; i++)
		list.v[i].kind = p->kind;
	return r < 0 ? r : add_list(n, &list, f, e);
}

/* Its own form, which wicked(8) reads besides ifcfg files. */
static int refuse_wicked(struct network *n, const struct nic_place *p, const char *name,
			 struct slice text, const struct file *f, struct err *e)
{
	(void)n;
	(void)p;
	(void)name;
	(void)text;
	(void)f;
	return err_set(e, ERR_UNSUPPORTED,
		       "wicked's own XML is not read here: ifcfg files are");
}

static const struct nic_place places[] = {
	{"/etc/sysconfig/network-scripts", "ifcfg-", "", read_ifcfg, "ifcfg"},
	{"/etc/sysconfig/network", "ifcfg-", "", read_ifcfg, "ifcfg"},
	{"/etc/wicked/ifconfig", "", ".xml", refuse_wicked, NULL},
	{"/etc/network", "interfaces", "interfaces", read_list, "interfaces",
	 .list = interfaces_parse},
	{"/etc/network/interfaces.d", "", "", read_list, "interfaces",
	 .list = interfaces_parse},
	{"/etc/netplan", "", ".yaml", read_list, "netplan", .list = netplan_parse},
	{"/etc/NetworkManager/system-connections", "", "", read_keyfile, "networkmanager",
	 .form = keyfile_networkmanager},
	{"/etc/systemd/network", "", ".network", read_keyfile, "networkd",
	 .form = keyfile_networkd},
	{"/etc/systemd/network", "", ".link", read_keyfile, "link", .form = keyfile_link},
	{"/etc/udev/rules.d", "", "-persistent-net.rules", read_list, "udev",
	 .list = udev_names_parse},
	{"/etc/udev/rules.d", "", "-net_persistent_names.rules", read_list, "udev",
	 .list = udev_names_parse},
};

static int read_file(struct network *n, const struct nic_place *p, const char *name,
		     struct err *e)
{
	const char *path = arena_printf(n->g->scratch, "%s/%s", p->dir, name);
	struct slice text;
	struct file f;
	int r;

	if (!path)
		return arena_full(n->g->scratch, e);
	r = guest_config(n->g, path, &f, &text, e);
	if (r >= 0)
		r = p->read(n, p, name, text, &f, e);
	return r < 0 ? tolerate(n->g, "network", path, e) : 0;
}

static int read_place(struct network *n, const struct nic_place *p, struct err *e)
{
	dir_list names = {0};
	int r = tree_list(n->g->tree, p->dir, &names, e);

	if (r < 0)
		return tolerate(n->g, "network", p->dir, e);
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		struct slice name = slice_str(names.v[i].name);

		if (names.v[i].type != NODE_DIR && !is_copy(name) &&
		    slice_starts(name, p->prefix) && slice_ends(name, p->suffix))
			r = read_file(n, p, names.v[i].name, e);
	}
	return r;
}

/* --- All --- */

static const char hwconf[] = "/etc/sysconfig/hwconf";

static int read_hwconf(struct network *n, struct file *ret_file, struct err *e)
{
	struct slice text;
	int r = guest_config(n->g, hwconf, ret_file, &text, e);

	if (r >= 0)
		r = hwconf_parse(text, n->g->arena, &n->hardware, e);
	return r < 0 ? tolerate(n->g, "network", hwconf, e) : 0;
}

/* Cards that kudzu has seen and no file configures. */
static int add_unconfigured(struct network *n, const struct file *f, struct err *e)
{
	size_t configured = n->g->facts->nics.n;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n->hardware.n; i++) {
		struct nic_fact nic = n->hardware.v[i];
		bool found = false;

		for (size_t k = 0; k < configured && !found; k++)
			found = text_same(n->g->facts->nics.v[k].device, nic.device);
		if (found)
			continue;
		nic.source = guest_source(n->g, f, nic.source.line, 0);
		nic.driver = NULL; /* an alias comes before what kudzu found */
		nic.kind = "hwconf";
		r = add_nic(n, nic, e);
	}
	return r;
}

static int read_all(struct guest *g, struct err *e)
{
	struct network n = {.g = g};
	struct file f;
	int r;

	if (!g->tree)
		return 0;
	r = read_hwconf(&n, &f, e);
	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(places); i++)
		r = read_place(&n, &places[i], e);
	if (r >= 0)
		r = add_unconfigured(&n, &f, e);
	return r < 0 ? r : network_naming(g, e);
}

const struct guest_reader read_network = {
	.name = "network",
	.doc = "network cards by name, address and driver, as the guest configures them",
	.read = read_all,
};
