/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network cards whose names, drivers or places change with the platform: what check says
 * of them, and the rules by which the plan keeps them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"
#include "sample.h"

#define MAC "00:50:56:aa:bb:01"

/* One guest, one platform. */
struct row {
	const char *name;
	const char *on;
	struct naming_fact naming;
	struct nic_fact nics[4];
	const char *cmdline;
	struct machine_nic cards[3];
	const char *problem;
	enum answer answer;
	const char *text; /* of the link or the warning; NULL: there is none */
	/* "FILE:LINE BEFORE -> AFTER", each in its line; NULL: none */
	const char *edits;
};

#define DEBIAN12 \
	{ \
		.by = "link", .link_files = KNOWN_YES, .systemd = 252 \
	}
#define DEBIAN10 \
	{ \
		.by = "link", .link_files = KNOWN_YES, .systemd = 241 \
	}
#define UBUNTU18 \
	{ \
		.by = "link", .link_files = KNOWN_YES, .systemd = 237 \
	}
#define RHEL7 \
	{ \
		.by = "link", .link_files = KNOWN_YES, .by_ifcfg = KNOWN_YES \
	}
#define RHEL6 \
	{ \
		.by = "kernel", .generator = KNOWN_YES, .by_ifcfg = KNOWN_YES \
	}
#define OLD \
	{ \
		.by = "kernel" \
	}

#define FILE_OF(file, at) \
	{ \
		.path = (file), .line = (at) \
	}
#define INTERFACES(card) \
	{ \
		.device = (card), .kind = "interfaces", \
		.source = FILE_OF("/etc/network/interfaces", 7) \
	}
#define IFCFG(card, mac) \
	{ \
		.device = (card), .hwaddr = (mac), .kind = "ifcfg", \
		.source = FILE_OF("/etc/sysconfig/network-scripts/ifcfg-" card, 0) \
	}
#define UDEV(card, mac) \
	{ \
		.device = (card), .hwaddr = (mac), .kind = "udev", .names = true, \
		.source = FILE_OF("/etc/udev/rules.d/70-persistent-net.rules", 2) \
	}
#define DRIVER(kind_, text, driver_) \
	{ \
		.kind = (kind_), .bound = (text), .bound_line = 3, .driver = (driver_), \
		.driver_from = "match", .source = FILE_OF("/etc/n", 1) \
	}
#define CARD(model_, mac_) \
	{ \
		.model = (model_), .mac = (mac_) \
	}
#define LINK "/etc/systemd/network/10-paravet-ens192.link:0  -> "
#define RULE(mac, card) \
	"/etc/udev/rules.d/70-persistent-net.rules:0  -> SUBSYSTEM==\"net\", " \
	"ACTION==\"add\", DRIVERS==\"?*\", ATTR{address}==\"" mac \
	"\", ATTR{type}==\"1\", NAME=\"" card "\"\n"

static const struct row rows[] = {
	{"nothing is configured", "kvm", DEBIAN12, {{NULL}}, .answer = ANSWER_READY},
	{"patterns for every name",
	 "kvm",
	 DEBIAN12,
	 {{.device = "en* eth*", .kind = "networkd"}},
	 .answer = ANSWER_READY},
	{"a pattern that does not fit",
	 "hyperv",
	 DEBIAN12,
	 {{.device = "en*", .kind = "networkd", .source = FILE_OF("/etc/a.network", 0)}},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_READY,
	 .text = "/etc/a.network configures en*, but cards are called eth0, eth1, ... "
		 "here"},
	{"a name by place, and nobody knows the address",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192")},
	 .answer = ANSWER_READY,
	 .text = "/etc/network/interfaces:7 configures ens192, but cards are named by "
		 "their "
		 "place on the PCI bus here"},
	{"several such names",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"), INTERFACES("ens224"), INTERFACES("br0")},
	 .answer = ANSWER_READY,
	 .text = "which is not known before (and 1 more such names)"},
	{"which the machine's description tells",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192")},
	 .cards = {CARD("vmxnet3", "00:50:56:AA:BB:01")},
	 .answer = ANSWER_FIXABLE,
	 .text = "configures ens192",
	 .edits = LINK "[Match]\n" LINK "PermanentMACAddress=" MAC "\n" LINK
		       "[Link]\n" LINK "Name=ens192\n"},
	{"systemd before permanent addresses",
	 "kvm",
	 DEBIAN10,
	 {INTERFACES("ens192")},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = LINK "[Match]\n" LINK "MACAddress=" MAC "\n" LINK "[Link]\n" LINK
		       "Name=ens192\n"},
	{"systemd that does not rename a second time",
	 "kvm",
	 UBUNTU18,
	 {INTERFACES("ens192")},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = RULE(MAC, "ens192")},
	{"ifcfg files of initscripts",
	 "kvm",
	 RHEL7,
	 {IFCFG("ens192", NULL)},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "ifcfg-ens192 configures ens192",
	 .edits = "/etc/sysconfig/network-scripts/ifcfg-ens192:0  -> HWADDR=" MAC "\n"},
	{"which have the address",
	 "kvm",
	 RHEL7,
	 {IFCFG("ens192", MAC)},
	 .answer = ANSWER_READY},
	{"the same without initscripts",
	 "kvm",
	 DEBIAN12,
	 {IFCFG("ens192", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = LINK "[Match]\n" LINK "PermanentMACAddress=" MAC "\n" LINK
		       "[Link]\n" LINK "Name=ens192\n"},
	{"a rule has it",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"), UDEV("ens192", MAC)},
	 .answer = ANSWER_READY},
	{"a rule that udev does not follow",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"), UDEV("ens192", "00:50:56:AA:BB:01")},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = LINK "[Match]\n" LINK "PermanentMACAddress=" MAC "\n" LINK
		       "[Link]\n" LINK "Name=ens192\n"},
	{"two cards and two names",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"), INTERFACES("ens224")},
	 .cards = {CARD("vmxnet3", MAC), CARD("vmxnet3", "00:50:56:aa:bb:02")},
	 .answer = ANSWER_READY,
	 .text = "(and 1 more such names)"},
	{"two cards at their places",
	 "kvm",
	 UBUNTU18,
	 {INTERFACES("ens192"), INTERFACES("enp2s1")},
	 .cards = {{.model = "vmxnet3",
		    .mac = "00:50:56:aa:bb:02",
		    .place = "0000:02:01.0"},
		   {.model = "vmxnet3", .mac = MAC, .place = "192"}},
	 .answer = ANSWER_FIXABLE,
	 .text = "configures ens192",
	 .edits = RULE(MAC, "ens192") RULE("00:50:56:aa:bb:02", "enp2s1")},
	{"the machine as it will be",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("enp1s0"), INTERFACES("ens3")},
	 .cards = {{.model = "virtio", .mac = MAC, .place = "0000:01:00.0"},
		   {.model = "virtio",
		    .mac = "52:54:00:00:00:01",
		    .place = "0000:00:03.0"}},
	 .answer = ANSWER_READY},
	{"the same with another driver",
	 "vmware",
	 UBUNTU18,
	 {INTERFACES("ens3")},
	 .cards = {{.model = "virtio",
		    .mac = "52:54:00:00:00:01",
		    .place = "0000:00:03.0"}},
	 .answer = ANSWER_FIXABLE,
	 .text = "configures ens3",
	 .edits = RULE("52:54:00:00:00:01", "ens3")},
	{"the one card belongs to another file",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"), {.hwaddr = MAC, .kind = "networkd"}},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_READY,
	 .text = "configures ens192"},
	{"a name is no word",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens1;reboot")},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_READY,
	 .text = "configures ens1;reboot"},
	{"an address is none",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192")},
	 .cards = {CARD("vmxnet3", "00:50:56:aa:bb:01\nx")},
	 .answer = ANSWER_READY,
	 .text = "configures ens192"},
	{"not started at boot",
	 "kvm",
	 DEBIAN12,
	 {{.device = "ens192", .kind = "interfaces", .boot = KNOWN_NO}},
	 .answer = ANSWER_READY},
	{"eth0 where names are by place",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("eth0")},
	 .answer = ANSWER_READY,
	 .text = "configures eth0, but cards are named by their place"},
	{"eth0 where they are not",
	 "kvm",
	 OLD,
	 {INTERFACES("eth0")},
	 .answer = ANSWER_READY},
	{"two of them may change places",
	 "kvm",
	 OLD,
	 {INTERFACES("eth0"), INTERFACES("eth1")},
	 .answer = ANSWER_READY,
	 .text = "configures eth0, and cards get their names in the order in which they "
		 "are "
		 "found, which may be another one here (and 1 more such names)"},
	{"not when rules have them",
	 "kvm",
	 OLD,
	 {INTERFACES("eth0"), INTERFACES("eth1"), UDEV("eth1", MAC)},
	 .answer = ANSWER_READY},
	{"or when there is only one",
	 "kvm",
	 OLD,
	 {INTERFACES("eth0"), INTERFACES("eth1")},
	 .cards = {CARD("e1000", MAC)},
	 .answer = ANSWER_READY},
	{"or not any more",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("eth0")},
	 .cmdline = "ro net.ifnames=0 quiet",
	 .answer = ANSWER_READY},
	{"which takes other names away",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192")},
	 .cmdline = "net.ifnames=0",
	 .answer = ANSWER_READY,
	 .text = "configures ens192, but cards are called eth0, eth1, ... here"},
	{"how cards are named is not known",
	 "kvm",
	 {0},
	 {INTERFACES("ens192")},
	 .answer = ANSWER_READY},
	{"a card of vmbus has no place",
	 "hyperv",
	 DEBIAN12,
	 {INTERFACES("eth0")},
	 .answer = ANSWER_READY},
	{"nor one of Xen before its names",
	 "xen",
	 DEBIAN10,
	 {INTERFACES("eth0")},
	 .answer = ANSWER_READY},
	{"then it is called enX0",
	 "xen",
	 DEBIAN12,
	 {INTERFACES("eth0")},
	 .cards = {CARD(NULL, MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "configures eth0, but cards are called enX0, enX1, ... here",
	 .edits = "/etc/systemd/network/10-paravet-eth0.link:0  -> [Match]\n"
		  "/etc/systemd/network/10-paravet-eth0.link:0  -> "
		  "PermanentMACAddress=" MAC "\n"
		  "/etc/systemd/network/10-paravet-eth0.link:0  -> [Link]\n"
		  "/etc/systemd/network/10-paravet-eth0.link:0  -> Name=eth0\n"},
	{"as it may be already",
	 "xen",
	 DEBIAN12,
	 {INTERFACES("enX0")},
	 .answer = ANSWER_READY},
	{"biosdevname's",
	 "kvm",
	 RHEL6,
	 {IFCFG("em1", NULL), UDEV("em2", "00:50:56:aa:bb:09")},
	 .cards = {CARD("e1000", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = "/etc/sysconfig/network-scripts/ifcfg-em1:0  -> HWADDR=" MAC "\n"},
	{"udev keeps the name for a card that is gone",
	 "kvm",
	 {.by = "kernel", .generator = KNOWN_YES},
	 {INTERFACES("eth0"), UDEV("eth0", "00:50:56:aa:bb:09")},
	 .cards = {CARD("e1000", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "configures eth0",
	 .edits = RULE(MAC, "eth0")},
	{"networkd by driver",
	 "kvm",
	 DEBIAN12,
	 {DRIVER("networkd", "Driver=vmxnet3", "vmxnet3")},
	 .cards = {CARD("e1000", "00:50:56:aa:bb:02"), CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "/etc/n:3 has Driver=vmxnet3, but the card's driver is virtio_net here",
	 .edits = "/etc/n:3 Driver=vmxnet3 -> MACAddress=" MAC "\n"},
	{"and no address is known",
	 "kvm",
	 DEBIAN12,
	 {DRIVER("networkd", "Driver=vmxnet3", "vmxnet3")},
	 .answer = ANSWER_READY,
	 .text = "has Driver=vmxnet3"},
	{"the new driver is among them",
	 "kvm",
	 DEBIAN12,
	 {DRIVER("networkd", "Driver=vmxnet3 virtio_*", "vmxnet3 virtio_*")},
	 .answer = ANSWER_READY},
	{"netplan by driver",
	 "kvm",
	 DEBIAN12,
	 {DRIVER("netplan", "driver: vmxnet3", "vmxnet3")},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = "/etc/n:3 driver: vmxnet3 -> macaddress: \"" MAC "\"\n"},
	{"within braces: people do it",
	 "kvm",
	 DEBIAN12,
	 {DRIVER("netplan", "match: {driver: vmxnet3}", "vmxnet3")},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = ""},
	{"a place",
	 "kvm",
	 DEBIAN12,
	 {{.kind = "networkd",
	   .bound = "Path=pci-0000:0b:00.0",
	   .bound_line = 2,
	   .source = FILE_OF("/etc/n", 0)}},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "a place that the card need not have here",
	 .edits = "/etc/n:2 Path=pci-0000:0b:00.0 -> MACAddress=" MAC "\n"},
	{"a name of somebody's choice that a place gave",
	 "kvm",
	 DEBIAN12,
	 {INTERFACES("ens192"),
	  {.device = "ens192",
	   .kind = "udev",
	   .names = true,
	   .bound = "KERNELS==\"0000:0b:00.0\""}},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "",
	 .edits = LINK "[Match]\n" LINK "PermanentMACAddress=" MAC "\n" LINK
		       "[Link]\n" LINK "Name=ens192\n"},
	{"an address that the machine does not have",
	 "kvm",
	 DEBIAN12,
	 {{.hwaddr = "00:50:56:aa:bb:09",
	   .kind = "networkd",
	   .source = FILE_OF("/etc/n", 0)}},
	 .cards = {CARD("vmxnet3", MAC)},
	 .answer = ANSWER_FIXABLE,
	 .text = "/etc/n binds a card to 00:50:56:aa:bb:09"},
	{"what was not read",
	 "kvm",
	 DEBIAN12,
	 {{NULL}},
	 .problem = "damaged",
	 .answer = ANSWER_UNKNOWN,
	 .text = "could not be read: damaged"},
};

static void fill_facts(struct sample *s, const struct row *row)
{
	static const char *const builtin[] = {"hv_netvsc",    "hv_vmbus",
					      "vmxnet3",      "xen_netfront",
					      "platform_pci", "xen_platform_pci"};
	struct facts *f = &s->facts;

	f->naming = row->naming;
	if (row->cmdline)
		f->boot.entries.v[0].cmdline = row->cmdline;
	if (row->problem)
		assert_true(vec_push(s->arena, &f->problems,
				     ((struct problem_fact){"network",
							    "corrupt",
							    row->problem,
							    {.path = "/etc/x"}})));
	for (size_t i = 0; i < ARRAY_LEN(row->nics) && row->nics[i].kind; i++)
		assert_true(vec_push(s->arena, &f->nics, row->nics[i]));
	for (size_t i = 0; i < ARRAY_LEN(row->cards) && row->cards[i].mac; i++) {
		f->machine.source = "guest.vmx";
		assert_true(vec_push(s->arena, &f->machine.nics, row->cards[i]));
	}
	for (size_t i = 0; i < ARRAY_LEN(builtin); i++)
		sample_builtin(s, builtin[i], NULL);
}

static const struct choice_verdict *network_of(const struct verdict *v)
{
	for (size_t i = 0; i < v->devices.n; i++)
		if (strcmp(v->devices.v[i].role, "network") == 0)
			return &v->devices.v[i].choices.v[v->devices.v[i].best];
	return NULL;
}

static const char *edits_of(struct sample *s, const struct plan *plan)
{
	const char *text = "";

	for (size_t i = 0; i < plan->steps.n; i++)
		for (size_t k = 0; k < plan->steps.v[i].edits.n; k++) {
			const struct plan_edit *e = &plan->steps.v[i].edits.v[k];

			text = arena_printf(s->arena, "%s%s:%llu %s -> %s\n", text,
					    e->file, (unsigned long long)e->line,
					    e->before ? e->before : "", e->after);
		}
	return text;
}

/* The text of the link that is about names or addresses, or NULL. */
static const char *told(const struct choice_verdict *c)
{
	for (size_t i = 0; i < c->chain.n; i++) {
		const struct link *l = &c->chain.v[i];

		if (strcmp(l->rule, "card-name") == 0 || strcmp(l->rule, "address") == 0)
			return l->text;
	}
	return NULL;
}

static void check_row(const struct row *row)
{
	const struct choice_verdict *c;
	struct verdict verdict = {0};
	struct platform *platform;
	struct plan plan = {0};
	struct err e = ERR_INIT;
	struct sample s;
	const char *edits;

	sample_init(&s);
	fill_facts(&s, row);
	if (platform_load_file(arena_printf(s.arena, "%s/%s.yaml", PLATFORMS, row->on),
			       s.arena, &platform, &e) < 0 ||
	    verdict_judge(&s.facts, platform, NULL, s.arena, &verdict, &e) < 0 ||
	    plan_make(&s.facts, platform, &verdict, &(struct plan_options){0}, s.arena,
		      &plan, &e) < 0)
		fail_msg("%s: %s", row->name, e.text);
	c = network_of(&verdict);
	edits = edits_of(&s, &plan);
	if (c->answer != row->answer || !told(c) != !row->text ||
	    (row->text && !strstr(told(c), row->text)) ||
	    strcmp(edits, row->edits ? row->edits : "") != 0)
		fail_msg("%s: %s: %s\n%s", row->name, answer_name(c->answer),
			 told(c) ? told(c) : c->chain.v[c->decides].text, edits);
	if (row->text && row->answer == ANSWER_READY &&
	    (plan.remarks.n == 0 || !strstr(plan.remarks.v[0], row->text)))
		fail_msg("%s: the plan does not tell it", row->name);
	sample_done(&s);
}

static void test_rows(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
