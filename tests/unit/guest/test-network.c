/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"
#include "network/config.h"

static void same(const char *have, const char *want)
{
	if (want)
		assert_non_null(have);
	if (!want)
		assert_null(have);
	else
		assert_string_equal(have, want);
}

static void test_ifcfg_lines(_unused_ void **state)
{
	static const char *const rows[][3] = {
		{"DEVICE=eth0", "DEVICE", "eth0"},
		{"  export ONBOOT='yes' # why", "ONBOOT", "yes"},
		{"A=\"b c\"d", "A", "b c"},
		{"A=b;C=d", "A", "b"},
		{"A=", "A", ""},
		{"A='b", "A", "b"},
		{"# A=b", NULL, NULL},
		{"A b", NULL, NULL},
		{"A-B=c", NULL, NULL},
		{"=c", NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice key, value;

		assert_int_equal(ifcfg_line(slice_str(rows[i][0]), &key, &value),
				 rows[i][1] != NULL);
		if (!rows[i][1])
			continue;
		assert_true(slice_eq(key, rows[i][1]));
		assert_true(slice_eq(value, rows[i][2]));
	}
}

static const char kudzu[] = "-\nclass: OTHER\ndevice: eth9\ndriver: none\n"
			    "-\nclass: NETWORK\nbus: PCI\ndetached: 0\ndevice: eth0\n"
			    "driver: 8139cp\n"
			    "desc: \"Realtek Semiconductor Co., Ltd. RTL-8139\"\n"
			    "network.hwaddr: 00:16:3e:00:00:01\nvendorId: 10ec\n"
			    "-\nclass: NETWORK\ndevice: eth1\ndriver: e1000\n"
			    "-\nclass: HD\ndevice: hda\ndriver: ignore\n";

/* The n-th fact of a file. */
static const struct nic_fact *nth_of(const struct fake_guest *f, const char *path,
				     size_t n)
{
	for (size_t i = 0; i < f->facts.nics.n; i++)
		if (strcmp(f->facts.nics.v[i].source.path, path) == 0 && n-- == 0)
			return &f->facts.nics.v[i];
	fail_msg("nothing of %s", path);
	return NULL;
}

static const struct nic_fact *nic_of(const struct fake_guest *f, const char *path)
{
	return nth_of(f, path, 0);
}

static void check(const struct nic_fact *nic, struct nic_fact want)
{
	same(nic->device, want.device);
	same(nic->driver, want.driver);
	same(nic->driver_from, want.driver_from);
	same(nic->hwaddr, want.hwaddr);
	same(nic->method, want.method);
	assert_int_equal(nic->boot, want.boot);
	assert_int_equal(nic->source.line, want.source.line);
}

/* What a card is named by, or tied to. */
static void ties(const struct nic_fact *nic, const char *kind, bool names,
		 const char *bound, uint64_t line)
{
	same(nic->kind, kind);
	assert_int_equal(nic->names, names);
	same(nic->bound, bound);
	assert_int_equal(nic->bound_line, line);
}

#define SCRIPTS "/etc/sysconfig/network-scripts/"

static void test_red_hat(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/sbin/modprobe", "ELF");
	fake_text(&f, "/etc/modprobe.conf", "alias eth0 e100\nalias eth0 xen-vnif\n");
	fake_text(&f, "/etc/sysconfig/hwconf", kudzu);
	fake_text(&f, SCRIPTS "ifcfg-eth0",
		  "# Realtek\nDEVICE=eth0\nBOOTPROTO=dhcp\n"
		  "HWADDR=00:16:3E:00:00:01\nONBOOT=yes\n");
	fake_text(&f, SCRIPTS "ifcfg-eth2", "ONBOOT=no\nBOOTPROTO=none\n");
	fake_text(&f, SCRIPTS "ifcfg-eth0.bak", "DEVICE=eth7\n");
	fake_text(&f, SCRIPTS "ifcfg-eth0:1", "DEVICE=eth0:1\n");
	fake_text(&f, SCRIPTS "ifcfg-lo", "DEVICE=lo\n");
	fake_text(&f, SCRIPTS "ifcfg-br0", "DEVICE=br0\nTYPE=Bridge\n");
	fake_text(&f, SCRIPTS "ifup-eth", "DEVICE=eth8\n");
	assert_int_equal(fake_read(&f, &read_modprobe), 0);
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.nics.n, 3);
	check(nic_of(&f, SCRIPTS "ifcfg-eth0"), (struct nic_fact){"eth0",
								  "xen-vnif",
								  "alias",
								  "00:16:3E:00:00:01",
								  "dhcp",
								  KNOWN_YES,
								  {0}});
	check(nic_of(&f, SCRIPTS "ifcfg-eth2"),
	      (struct nic_fact){"eth2", NULL, NULL, NULL, "none", KNOWN_NO, {0}});
	check(nic_of(&f, "/etc/sysconfig/hwconf"),
	      (struct nic_fact){
		      "eth1", "e1000", "hwconf", NULL, NULL, KNOWN_NOT, {.line = 14}});
	fake_done(&f);
}

static void test_suse(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/sysconfig/network/ifcfg-eth-id-00:16:3e:00:00:02",
		  "BOOTPROTO='static'\nSTARTMODE='onboot'\n");
	fake_text(&f, "/etc/sysconfig/network/ifcfg-eth1", "STARTMODE=manual\n");
	fake_text(&f, "/etc/sysconfig/network/ifcfg.template", "STARTMODE=auto\n");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.nics.n, 2);
	check(&f.facts.nics.v[0],
	      (struct nic_fact){
		      NULL, NULL, NULL, "00:16:3e:00:00:02", "static", KNOWN_YES, {0}});
	check(&f.facts.nics.v[1],
	      (struct nic_fact){"eth1", NULL, NULL, NULL, NULL, KNOWN_NO, {0}});
	fake_done(&f);
}

static void test_others(_unused_ void **state)
{
	static const char rules[] = "/etc/udev/rules.d/70-persistent-net.rules";
	static const char key[] = "/etc/NetworkManager/system-connections/one";
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, rules,
		  "# PCI device\nSUBSYSTEM==\"net\", ACTION==\"add\", "
		  "ATTR{address}==\"52:54:00:00:00:03\", KERNEL==\"eth*\", "
		  "NAME=\"eth3\"\nATTR{address}==\"1\n# ATTR{address}==\"2\", "
		  "NAME=\"x\"\n");
	fake_text(&f, key,
		  "[connection]\nid=one\ninterface-name=ens3\nautoconnect=false\n"
		  "[ethernet]\nmac-address=52:54:00:00:00:04\n[ipv4]\nmethod=auto\n");
	fake_text(&f, "/etc/NetworkManager/system-connections/vpn", "[vpn]\nName=x\n");
	fake_text(&f, "/etc/systemd/network/10-a.network",
		  "[Match]\nMACAddress=52:54:00:00:00:05\n\n[Network]\nDHCP=yes\n");
	fake_text(
		&f, "/etc/network/interfaces",
		"auto lo enp1s0\niface lo inet loopback\n"
		"iface enp1s0 inet dhcp\niface enp1s0 inet6 auto\niface x inet manual\n");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.nics.n, 5);
	check(nic_of(&f, rules), (struct nic_fact){"eth3",
						   NULL,
						   NULL,
						   "52:54:00:00:00:03",
						   NULL,
						   KNOWN_NOT,
						   {.line = 2}});
	check(nic_of(&f, key),
	      (struct nic_fact){
		      "ens3", NULL, NULL, "52:54:00:00:00:04", "auto", KNOWN_NO, {0}});
	check(nic_of(&f, "/etc/systemd/network/10-a.network"),
	      (struct nic_fact){
		      NULL, NULL, NULL, "52:54:00:00:00:05", "yes", KNOWN_NOT, {0}});
	check(nic_of(&f, "/etc/network/interfaces"),
	      (struct nic_fact){
		      "enp1s0", NULL, NULL, NULL, "dhcp", KNOWN_YES, {.line = 1}});
	fake_done(&f);
}

static void test_netplan(_unused_ void **state)
{
	static const char path[] = "/etc/netplan/50-cloud-init.yaml";
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, path,
		  "# by hand\nnetwork:\n  version: 2\n  bridges:\n    br0:\n"
		  "      interfaces: [ens192]\n  ethernets:\n    ens192:\n"
		  "      addresses: [192.0.2.5/24, '2001:db8::5/64']\n"
		  "      nameservers:\n        addresses: [192.0.2.1]\n"
		  "    lan:\n      match:\n        macaddress: '00:50:56:00:00:01'\n"
		  "      set-name: lan0\n      dhcp4: true\n"
		  "    old:\n      match:\n        driver: vmxnet3  # of VMware\n"
		  "      dhcp4: yes\n"
		  "    two: {match: {driver: [a, b]}, activation-mode: manual}\n"
		  "    all:\n      match: {name: \"en*\"}\n");
	fake_text(&f, "/etc/netplan/notes.txt", "network: {ethernets: {x: {}}}");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.nics.n, 5);
	check(nth_of(&f, path, 0),
	      (struct nic_fact){
		      "ens192", NULL, NULL, NULL, "static", KNOWN_YES, {.line = 8}});
	ties(nth_of(&f, path, 0), "netplan", false, NULL, 0);
	check(nth_of(&f, path, 1), (struct nic_fact){"lan0",
						     NULL,
						     NULL,
						     "00:50:56:00:00:01",
						     "dhcp",
						     KNOWN_YES,
						     {.line = 12}});
	ties(nth_of(&f, path, 1), "netplan", true, NULL, 0);
	check(nth_of(&f, path, 2),
	      (struct nic_fact){
		      NULL, "vmxnet3", "match", NULL, "dhcp", KNOWN_YES, {.line = 17}});
	ties(nth_of(&f, path, 2), "netplan", false, "driver: vmxnet3", 19);
	check(nth_of(&f, path, 3),
	      (struct nic_fact){NULL, "b", "match", NULL, NULL, KNOWN_NO, {.line = 21}});
	ties(nth_of(&f, path, 3), "netplan", false,
	     "two: {match: {driver: [a, b]}, activation-mode: manual}", 0);
	check(nth_of(&f, path, 4),
	      (struct nic_fact){"en*", NULL, NULL, NULL, NULL, KNOWN_YES, {.line = 22}});
	fake_done(&f);
}

static void test_netplan_that_is_not_read(_unused_ void **state)
{
	static const char *const texts[] = {
		"network: {ethernets: {a: {match: [}}}",
		"network:\n  ethernets:\n    a: &x {match: {name: e}}\n    b: *x\n",
		"network: {ethernets: {a: {<<: *x}}}",
		"network: {ethernets: {a: {match: *x}}}",
		"network: {ethernets: {? [a] : {}}}",
		"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fake_guest f;

		fake_new(&f);
		fake_text(&f, "/etc/netplan/1.yaml", texts[i]);
		assert_int_equal(fake_read(&f, &read_network), 0);
		assert_int_equal(f.facts.problems.n, 1);
		assert_int_equal(f.facts.nics.n, 0);
		fake_done(&f);
	}
}

static void test_wicked_is_named(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/wicked/ifconfig/lan.xml",
		  "<interface><name>eth0</name></interface>");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "unsupported");
	fake_done(&f);
}

/* An alias that says nothing of a card does no harm. */
static void test_netplan_with_an_alias(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/netplan/1.yaml",
		  "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n"
		  "      dhcp4-overrides: &o {use-dns: false}\n"
		  "      dhcp6-overrides: *o\n    eth1:\n      routes: [*o, *o]\n");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.nics.n, 2);
	assert_string_equal(f.facts.nics.v[1].device, "eth1");
	fake_done(&f);
}

static void test_cards_by_driver_and_place(_unused_ void **state)
{
	static const char net[] = "/etc/systemd/network/";
	static const char key[] = "/etc/NetworkManager/system-connections/a";
	static const char rules[] = "/etc/udev/rules.d/70-persistent-net.rules";
	const struct nic_fact *n;
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/systemd/network/1.network",
		  "[Match]\nDriver=e1000\n[Network]\nDHCP=yes\n");
	fake_text(&f, "/etc/systemd/network/2.network",
		  "[Match]\nName=en* eth*\nPath=pci-0000:02:01.0\nDriver=!e1000\n");
	fake_text(&f, "/etc/systemd/network/3.network",
		  "[Match]\nType=wlan\nName=wlan0\n");
	fake_text(&f, "/etc/systemd/network/4.link",
		  "[Match]\nMACAddress=00:50:56:00:00:01\nMACAddress=00:50:56:00:00:02\n"
		  "[Link]\nName=lan0\nMTUBytes=9000\n");
	fake_text(&f, "/etc/systemd/network/5.link",
		  "[Match]\nPermanentMACAddress=00:50:56:00:00:03\n[Link]\nMTUBytes=9\n");
	fake_text(&f, key,
		  "[connection]\ntype=ethernet\n[match]\ndriver=e1000;vmxnet3;\n"
		  "path=pci-0000:02:01.0;\n");
	fake_text(&f, "/etc/NetworkManager/system-connections/b",
		  "[connection]\ntype=bridge\ninterface-name=br0\n");
	fake_text(&f, rules,
		  "SUBSYSTEM==\"net\", DRIVERS==\"?*\", "
		  "ATTR{address}==\"00:50:56:00:00:04\""
		  ", NAME=\"eth0\"\n"
		  "SUBSYSTEM==\"net\",KERNELS==\"0000:02:01.0\",NAME:=\"dmz\"\n"
		  "ATTR{address}==\"00:50:56:00:00:05\", NAME=\"$env{X}\"\n"
		  "ATTR{address}==\"00:50:56:00:00:05\", NAME==\"eth5\", GOTO=\"x\"\n");
	fake_text(&f, "/etc/sysconfig/network/ifcfg-eth-bus-pci-0000:00:03.0",
		  "BOOTPROTO=dhcp\n");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.nics.n, 7);
	n = nic_of(&f, arena_printf(f.guest.arena, "%s1.network", net));
	ties(n, "networkd", false, "Driver=e1000", 2);
	same(n->driver, "e1000");
	same(n->driver_from, "match");
	n = nic_of(&f, arena_printf(f.guest.arena, "%s2.network", net));
	ties(n, "networkd", false, "Path=pci-0000:02:01.0", 3);
	same(n->device, "en* eth*");
	n = nic_of(&f, arena_printf(f.guest.arena, "%s4.link", net));
	ties(n, "link", true, NULL, 0);
	same(n->device, "lan0");
	same(n->hwaddr, "00:50:56:00:00:01 00:50:56:00:00:02");
	ties(nic_of(&f, key), "networkmanager", false, "driver=e1000;vmxnet3;", 0);
	same(nic_of(&f, key)->driver, "e1000 vmxnet3");
	ties(nth_of(&f, rules, 0), "udev", true, NULL, 0);
	ties(nth_of(&f, rules, 1), "udev", true, "KERNELS==\"0000:02:01.0\"", 2);
	same(nth_of(&f, rules, 1)->device, "dmz");
	n = nic_of(&f, "/etc/sysconfig/network/ifcfg-eth-bus-pci-0000:00:03.0");
	ties(n, "ifcfg", false, "bus-pci-0000:00:03.0", 0);
	same(n->device, NULL);
	fake_done(&f);
}

/* How cards are named: the files of a guest, each ends with NULL, and what comes of it.
 */
static const struct {
	const char *files[5][2];
	const char *by, *policy;
	enum known link_files, by_ifcfg;
	uint64_t systemd;
} namings[] = {
	{{{NULL}}, "kernel", NULL, KNOWN_NO, KNOWN_NO, 0},
	/* Debian 12 */
	{{{"/usr/lib/udev/rules.d/80-net-setup-link.rules", "x"},
	  {"/usr/lib/systemd/network/73-usb-net-by-mac.link",
	   "[Match]\nPath=*-usb-*\n[Link]\nNamePolicy=mac\n"},
	  {"/usr/lib/systemd/network/99-default.link",
	   "[Match]\nOriginalName=*\n\n[Link]\nNamePolicy=keep kernel slot\n"},
	  {"/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so", "x"}},
	 "link",
	 "keep kernel slot",
	 KNOWN_YES,
	 KNOWN_NO,
	 252},
	/* RHEL 7 */
	{{{"/usr/lib/udev/rules.d/80-net-setup-link.rules", "x"},
	  {"/usr/lib/udev/rules.d/60-net.rules", "x"},
	  {"/usr/lib/udev/rename_device", "x"},
	  {"/usr/lib/systemd/network/99-default.link",
	   "[Link]\nNamePolicy=kernel database onboard slot path\n"}},
	 "link",
	 "kernel database onboard slot path",
	 KNOWN_YES,
	 KNOWN_YES,
	 0},
	/* a policy of its own, before the default one */
	{{{"/usr/lib/udev/rules.d/80-net-setup-link.rules", "x"},
	  {"/etc/systemd/network/10-all.link",
	   "[Match]\nOriginalName=*\n[Link]\nNamePolicy=kernel\n"},
	  {"/usr/lib/systemd/network/99-default.link", "[Link]\nNamePolicy=path\n"},
	  {"/usr/lib/systemd/libsystemd-shared-239.so", "x"}},
	 "kernel",
	 "kernel",
	 KNOWN_YES,
	 KNOWN_NO,
	 239},
	/* taken out of force */
	{{{"/etc/udev/rules.d/80-net-setup-link.rules", "/dev/null"},
	  {"/usr/lib/udev/rules.d/80-net-setup-link.rules", "x"}},
	 "kernel",
	 NULL,
	 KNOWN_NO,
	 KNOWN_NO,
	 0},
	{{{"/usr/lib/udev/rules.d/80-net-setup-link.rules", "x"},
	  {"/etc/systemd/network/99-default.link", "/dev/null"},
	  {"/usr/lib/systemd/network/99-default.link", "[Link]\nNamePolicy=path\n"}},
	 "kernel",
	 NULL,
	 KNOWN_YES,
	 KNOWN_NO,
	 0},
	/* systemd 197 to 208 */
	{{{"/lib/udev/rules.d/80-net-name-slot.rules", "x"}},
	 "rules",
	 NULL,
	 KNOWN_NO,
	 KNOWN_NO,
	 0},
	/* Debian 8 */
	{{{"/lib/udev/rules.d/80-net-setup-link.rules", "x"},
	  {"/lib/udev/rules.d/75-persistent-net-generator.rules", "x"},
	  {"/lib/systemd/network/99-default.link", "[Link]\nNamePolicy=path\n"}},
	 "kernel",
	 "path",
	 KNOWN_YES,
	 KNOWN_NO,
	 0},
};

static void test_naming(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(namings); i++) {
		const struct naming_fact *have;
		struct fake_guest f;

		fake_new(&f);
		fake_text(&f, "/etc/systemd/network/", "");
		fake_text(&f, "/etc/udev/rules.d/", "");
		for (size_t k = 0; namings[i].files[k][0]; k++) {
			const char *path = namings[i].files[k][0];
			const char *text = namings[i].files[k][1];

			if (*text == '/')
				fake_link(&f, text, path);
			else
				fake_text(&f, path, text);
		}
		assert_int_equal(fake_read(&f, &read_network), 0);
		assert_int_equal(f.facts.problems.n, 0);
		have = &f.facts.naming;
		same(have->by, namings[i].by);
		same(have->policy, namings[i].policy);
		assert_int_equal(have->link_files, namings[i].link_files);
		assert_int_equal(have->by_ifcfg, namings[i].by_ifcfg);
		assert_int_equal(have->systemd, namings[i].systemd);
		fake_done(&f);
	}
}

static void test_naming_that_is_not_read(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/udev/rules.d/", "");
	fake_link(&f, "80-net-setup-link.rules",
		  "/etc/udev/rules.d/80-net-setup-link.rules");
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.problems.n, 1);
	same(f.facts.naming.by, NULL);
	fake_done(&f);
}

static void test_damage(_unused_ void **state)
{
	static const uint8_t zero[] = "DEVICE=eth0\n\0";
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, SCRIPTS "ifcfg-eth0", slice_of(zero, sizeof(zero)));
	fake_file(&f, "/etc/sysconfig/hwconf", slice_of(zero, sizeof(zero)));
	assert_int_equal(fake_read(&f, &read_network), 0);
	assert_int_equal(f.facts.nics.n, 0);
	assert_int_equal(f.facts.problems.n, 2);
	assert_string_equal(f.facts.problems.v[0].about, "network");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ifcfg_lines),
		cmocka_unit_test(test_red_hat),
		cmocka_unit_test(test_suse),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_netplan),
		cmocka_unit_test(test_netplan_that_is_not_read),
		cmocka_unit_test(test_netplan_with_an_alias),
		cmocka_unit_test(test_wicked_is_named),
		cmocka_unit_test(test_cards_by_driver_and_place),
		cmocka_unit_test(test_naming),
		cmocka_unit_test(test_naming_that_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
