/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's command line, from the platforms' own data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "qemu.h"

/* Two disks of an x86 guest that starts by BIOS; / is on the first. */
struct fake {
	struct arena *arena;
	struct facts facts;
	struct platform *platform;
	struct verdict verdict;
	struct setup setup;
	strs argv;
};

static size_t disk_count = 2;

static void judge(struct fake *t, const char *id, const char *choice)
{
	static struct disk_fact disks[LIMIT_DISKS] = {
		{.name = "a.qcow2", .format = "qcow2"},
		{.name = "b.img", .format = "raw"}};
	struct verdict_options options = {0};
	platform_list list = {0};
	strs ids = {0};
	struct err e = ERR_INIT;

	*t = (struct fake){.arena = arena_new(LIMIT_HANDLE)};
	t->facts.disks.v = disks;
	for (size_t i = 2; i < disk_count; i++)
		disks[i] = (struct disk_fact){.name = "more.img", .format = "raw"};
	t->facts.disks.n = disk_count;
	t->facts.root_disk = "a.qcow2";
	t->facts.os.arch = "x86_64";
	t->facts.boot.bios = true;
	t->facts.boot.mbr_disk = "a.qcow2";
	assert_true(vec_push(t->arena, &ids, id));
	if (choice)
		assert_true(vec_push(t->arena, &options.choices, choice));
	assert_int_equal(
		platform_load_dir(SOURCE_ROOT "/platforms", &ids, t->arena, &list, &e),
		0);
	t->platform = list.v[0];
	assert_int_equal(verdict_judge(&t->facts, t->platform, &options, t->arena,
				       &t->verdict, &e),
			 0);
}

static void choose(struct fake *t)
{
	struct err e = ERR_INIT;

	assert_int_equal(setup_choose(&t->facts, t->platform, &t->verdict, t->arena,
				      &t->setup, &e),
			 0);
}

static void command(struct fake *t, bool kvm, const char *firmware)
{
	struct setup_machine m = {"/usr/bin/qemu", kvm, 512, "52:54:00:00:00:01"};
	struct setup_wires w = {.disks = {10, 11},
				.network = 12,
				.serial = 13,
				.variables = 14,
				.firmware = firmware};
	struct err e = ERR_INIT;

	assert_null(t->setup.not_provable);
	assert_int_equal(setup_command(&t->setup, &m, &w, t->arena, &t->argv, &e), 0);
	assert_string_equal(t->argv.v[0], "/usr/bin/qemu");
}

static bool has(const struct fake *t, const char *option, const char *value)
{
	for (size_t i = 1; i + 1 < t->argv.n; i++)
		if (strcmp(t->argv.v[i], option) == 0 &&
		    strcmp(t->argv.v[i + 1], value) == 0)
			return true;
	return false;
}

static void test_confinement(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "kvm", NULL);
	choose(&t);
	command(&t, false, NULL);
	assert_true(strs_has(&t.argv, "-nodefaults"));
	assert_true(has(&t, "-sandbox",
			"on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
			"resourcecontrol=deny"));
	assert_true(has(&t, "-machine", "pc,accel=tcg"));
	assert_true(has(&t, "-netdev", "socket,id=net,fd=12"));
	assert_true(has(&t, "-boot", "strict=on"));
	assert_false(has(&t, "-machine", "pflash0=code,pflash1=variables"));
	arena_free(t.arena);
}

/* What QEMU loads itself is first in its list of what to boot from: 0 is taken. */
static void test_direct(void **state)
{
	struct setup_machine m = {"/usr/bin/qemu", false, 512, "52:54:00:00:00:01"};
	struct direct d = {.kernel_fd = 20, .initramfs_fd = 21, .cmdline = "a=b,c quiet"};
	struct setup_wires w = {.disks = {10, 11}, .direct = &d};
	struct err e = ERR_INIT;
	struct fake t;

	(void)state;
	judge(&t, "kvm", NULL);
	choose(&t);
	assert_int_equal(setup_command(&t.setup, &m, &w, t.arena, &t.argv, &e), 0);
	assert_true(has(&t, "-kernel", "/proc/self/fd/20"));
	assert_true(has(&t, "-initrd", "/proc/self/fd/21"));
	assert_true(has(&t, "-append", "a=b,c quiet"));
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=drive0,bootindex=1"));
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=drive1,bootindex=2"));
	t.argv = (strs){0};
	d.initramfs_fd = -1;
	assert_int_equal(setup_command(&t.setup, &m, &w, t.arena, &t.argv, &e), 0);
	assert_false(strs_has(&t.argv, "-initrd"));
	arena_free(t.arena);
}

static void test_disks(void **state)
{
	static const struct {
		const char *platform, *choice, *first, *second;
	} rows[] = {
		{"kvm", NULL, "virtio-blk-pci,drive=drive0,bootindex=0",
		 "virtio-blk-pci,drive=drive1,bootindex=1"},
		{"kvm", "virtio-scsi", "virtio-scsi-pci,id=hba0",
		 "scsi-hd,bus=hba1.0,drive=drive1,bootindex=1"},
		{"vmware", NULL, "pvscsi,id=hba0",
		 "scsi-hd,bus=hba1.0,drive=drive1,bootindex=1"},
		{"nitro", NULL, "nvme,drive=drive0,serial=paravet0,bootindex=0",
		 "nvme,drive=drive1,serial=paravet1,bootindex=1"},
		{"gce", NULL, "virtio-scsi-pci,id=hba0",
		 "scsi-hd,bus=hba1.0,drive=drive1,bootindex=1"},
		{"emulated", "ahci", "ich9-ahci,id=hba0",
		 "ide-hd,bus=hba1.0,drive=drive1,bootindex=1"},
		{"emulated", NULL, "ide-hd,drive=drive0,bootindex=0",
		 "ide-hd,drive=drive1,bootindex=1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fake t;

		judge(&t, rows[i].platform, rows[i].choice);
		choose(&t);
		command(&t, true, NULL);
		assert_true(has(&t, "-device", rows[i].first));
		assert_true(has(&t, "-device", rows[i].second));
		assert_true(has(&t, "-machine", "pc,accel=kvm"));
		assert_true(has(&t, "-blockdev",
				"driver=nbd,node-name=drive1,server.type=fd,"
				"server.str=11"));
		arena_free(t.arena);
	}
}

/* The firmware tries one disk, which the user need not have named first. */
static void test_the_disk_to_start_from(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "kvm", NULL);
	t.facts.boot.mbr_disk = "b.img";
	choose(&t);
	command(&t, false, NULL);
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=drive0,bootindex=1"));
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=drive1,bootindex=0"));
	arena_free(t.arena);
}

/* How many disks the machine has places for, each way. */
static void test_many_disks(void **state)
{
	static const struct {
		const char *platform, *choice;
		size_t most;
		const char *why;
	} rows[] = {
		{"emulated", "ide", 4,
		 "places for 4 disks, and there are 5: try --on "
		 "emulated:ahci"},
		{"emulated", "ahci", 28,
		 "places for 29 disks and cards, and there are "
		 "30"},
		{"kvm", "virtio-blk", 28, "there are 30"},
		{"kvm", "virtio-scsi", 28, "there are 30"},
		{"vmware", NULL, 28, "there are 30"},
		{"nitro", NULL, 29, "there are 30"}, /* without a card */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fake t;

		disk_count = rows[i].most;
		judge(&t, rows[i].platform, rows[i].choice);
		choose(&t);
		assert_null(t.setup.not_provable);
		assert_int_equal(t.setup.disks.n, rows[i].most);
		arena_free(t.arena);
		for (disk_count++; disk_count <= LIMIT_DISKS;
		     disk_count += LIMIT_DISKS - rows[i].most - 1) {
			judge(&t, rows[i].platform, rows[i].choice);
			choose(&t);
			assert_non_null(t.setup.not_provable);
			if (disk_count == rows[i].most + 1)
				assert_non_null(
					strstr(t.setup.not_provable, rows[i].why));
			arena_free(t.arena);
		}
	}
	disk_count = 2;
}

static void test_cards(void **state)
{
	static const struct {
		const char *platform, *choice, *device;
	} rows[] = {
		{"kvm", NULL, "virtio-net-pci"},
		{"vmware", NULL, "vmxnet3"},
		{"emulated", "rtl8139", "rtl8139"},
		{"nitro", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fake t;
		const char *wanted;

		judge(&t, rows[i].platform, rows[i].choice);
		choose(&t);
		command(&t, false, NULL);
		wanted = arena_printf(t.arena,
				      "%s,netdev=net,mac=52:54:00:00:00:01,romfile=",
				      rows[i].device ? rows[i].device : "");
		assert_int_equal(has(&t, "-device", wanted), rows[i].device != NULL);
		assert_int_equal(strs_has(&t.argv, "-netdev"), rows[i].device != NULL);
		assert_int_equal(t.setup.card_missing == NULL, rows[i].device != NULL);
		arena_free(t.arena);
	}
}

/* What the card is called is nothing that a frame shows. */
static void test_a_card_by_another_name(_unused_ void **state)
{
	struct fake t;

	judge(&t, "kvm", NULL);
	for (size_t i = 0; i < t.verdict.devices.n; i++) {
		struct device_verdict *d = &t.verdict.devices.v[i];
		link_list chain = {0};

		if (strcmp(d->role, "network") != 0)
			continue;
		assert_true(vec_push(
			t.arena, &chain,
			((struct link){.rule = "driver", .state = ANSWER_READY})));
		assert_true(vec_push(
			t.arena, &chain,
			((struct link){.rule = "card-name", .state = ANSWER_FIXABLE})));
		d->choices.v[d->best].chain = chain;
		d->answer = d->choices.v[d->best].answer = ANSWER_FIXABLE;
	}
	choose(&t);
	assert_int_equal(t.setup.card_answer, ANSWER_READY);
	arena_free(t.arena);
}

static void test_uefi(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "kvm", NULL);
	t.facts.boot.uefi = true;
	choose(&t);
	assert_false(t.setup.uefi);
	t.facts.boot.bios = false;
	choose(&t);
	assert_true(t.setup.uefi);
	command(&t, false, "/ovmf.fd");
	assert_true(has(&t, "-blockdev",
			"driver=file,node-name=code,read-only=on,filename=/ovmf.fd"));
	assert_true(has(&t, "-blockdev",
			"driver=nbd,node-name=variables,server.type=fd,server.str=14"));
	assert_true(has(&t, "-machine", "pflash0=code,pflash1=variables"));
	arena_free(t.arena);
}

static void test_arm64(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "kvm", NULL);
	t.facts.os.arch = "aarch64";
	t.facts.boot.uefi = true;
	t.facts.boot.bios = false;
	choose(&t);
	assert_string_equal(t.setup.kind->program, "qemu-system-aarch64");
	assert_false(t.setup.kind->kvm);
	command(&t, false, "/aavmf.fd");
	assert_true(has(&t, "-machine", "virt,accel=tcg"));
	assert_true(has(&t, "-machine", "pflash0=code,pflash1=variables"));
	assert_false(strs_has(&t.argv, "-vga"));
	arena_free(t.arena);
	judge(&t, "emulated", NULL);
	t.facts.os.arch = "aarch64";
	t.facts.boot.uefi = true;
	t.facts.boot.bios = false;
	assert_int_equal(setup_choose(&t.facts, t.platform, &t.verdict, t.arena, &t.setup,
				      &(struct err)ERR_INIT),
			 0);
	assert_non_null(strstr(t.setup.not_provable, "no IDE: try --on emulated:ahci"));
	arena_free(t.arena);
}

static void host_command(struct fake *t)
{
	struct setup_machine m = {.program = "/usr/bin/qemu",
				  .memory = 512,
				  .mac = "52:54:00:00:00:01",
				  .mark = "m4rk"};
	struct setup_wires w = {
		.disks = {10, 11}, .network = -1, .serial = 13, .host_root = 14};
	static const struct xen_lab lab = {20, 21, 22, 23};
	struct err e = ERR_INIT;

	assert_null(t->setup.not_provable);
	assert_true(t->setup.xen);
	t->setup.lab = &lab;
	assert_int_equal(setup_command(&t->setup, &m, &w, t->arena, &t->argv, &e), 0);
}

/* The commas of the orders are doubled: single ones separate what Xen is handed. */
static void test_xen_host(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "xen", NULL);
	choose(&t);
	host_command(&t);
	assert_true(has(&t, "-sandbox",
			"on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
			"resourcecontrol=deny"));
	assert_true(has(&t, "-machine", "pc,accel=tcg"));
	assert_true(has(&t, "-m", "2048"));
	assert_true(has(&t, "-kernel", "/proc/self/fd/20"));
	assert_true(has(&t, "-initrd",
			"/proc/self/fd/21 console=hvc0 quiet paravet.mark=m4rk "
			"paravet.memory=512 paravet.disks=vdb/xvda/ahci,,vdc/xvdb/ahci "
			"paravet.nics=52:54:00:00:00:01/emulated,/proc/self/fd/22"));
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=host"));
	assert_true(has(&t, "-blockdev",
			"driver=nbd,node-name=host,server.type=fd,server.str=14"));
	assert_true(has(&t, "-device", "virtio-blk-pci,drive=drive1"));
	assert_false(strs_has(&t.argv, "-netdev"));
	arena_free(t.arena);
}

/* Disks of the chapter are offered as the machine's description says. */
static void test_offers(void **state)
{
	static const struct {
		bool emulated, pv;
		const char *first, *second;
	} rows[] = {{true, false, "ahci", "pv"}, {false, true, "pv", "pv"}, {0}};
	struct fake t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct machine_disk disk = {.disk = "a.qcow2",
					    .target = "x",
					    .emulated = rows[i].emulated,
					    .pv = rows[i].pv};
		struct machine_nic nic = {.emulated = rows[i].emulated, .pv = rows[i].pv};

		judge(&t, "rhel5-xen", NULL);
		t.facts.machine.source = rows[i].first ? "a.cfg" : NULL;
		t.facts.machine.hypervisor = "xen";
		t.facts.machine.disks.v = &disk;
		t.facts.machine.disks.n = 1;
		t.facts.machine.nics.v = &nic;
		t.facts.machine.nics.n = 1;
		choose(&t);
		assert_null(t.setup.not_provable);
		assert_int_equal(t.setup.root, 0);
		assert_string_equal(t.setup.disks.v[0].offer,
				    rows[i].first ? rows[i].first : "ahci");
		assert_string_equal(t.setup.disks.v[1].offer,
				    rows[i].second ? rows[i].second : "pv");
		/* A host of today offers no emulated card alone. */
		assert_int_equal(t.setup.card_missing != NULL, rows[i].emulated);
		arena_free(t.arena);
	}
}

static void test_xen_host_has_no_uefi(void **state)
{
	struct fake t;

	(void)state;
	judge(&t, "xen", NULL);
	t.facts.boot.bios = false;
	t.facts.boot.uefi = true;
	choose(&t);
	assert_string_equal(t.setup.not_provable,
			    "guests of Xen that start by UEFI are not booted here");
	arena_free(t.arena);
}

static void refuse(const char *platform, const char *arch, const char *format,
		   const char *why)
{
	struct fake t;

	judge(&t, platform, NULL);
	t.facts.os.arch = arch;
	t.facts.disks.n = 1;
	t.facts.disks.v[0].format = format;
	choose(&t);
	t.facts.disks.v[0].format = "qcow2";
	assert_non_null(t.setup.not_provable);
	assert_non_null(strstr(t.setup.not_provable, why));
	arena_free(t.arena);
}

static void test_not_provable(void **state)
{
	(void)state;
	refuse("hyperv", "x86_64", "raw", "Hyper-V");
	refuse("kvm", "s390x", "raw", "processors");
	refuse("kvm", "aarch64", "raw", "by UEFI alone");
	refuse("kvm", "x86_64", "directory", "directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confinement),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_disks),
		cmocka_unit_test(test_the_disk_to_start_from),
		cmocka_unit_test(test_many_disks),
		cmocka_unit_test(test_cards),
		cmocka_unit_test(test_a_card_by_another_name),
		cmocka_unit_test(test_uefi),
		cmocka_unit_test(test_arm64),
		cmocka_unit_test(test_not_provable),
		cmocka_unit_test(test_xen_host),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_xen_host_has_no_uefi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
