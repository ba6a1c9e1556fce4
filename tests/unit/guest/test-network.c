/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"
#include "network_config.h"

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

static const struct nic_fact *nic_of(const struct fake_guest *f, const char *path)
{
	for (size_t i = 0; i < f->facts.nics.n; i++)
		if (strcmp(f->facts.nics.v[i].source.path, path) == 0)
			return &f->facts.nics.v[i];
	fail_msg("nothing of %s", path);
	return NULL;
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
		cmocka_unit_test(test_ifcfg_lines), cmocka_unit_test(test_red_hat),
		cmocka_unit_test(test_suse),        cmocka_unit_test(test_others),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
