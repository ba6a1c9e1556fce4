/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of disks: their kinds, where they are found, what they mean, who needs them. */
#include "guest-tree.h"
#include "name_kind.h"

static void test_kinds(void **state)
{
	static const struct {
		const char *spec, *kind;
		bool stable;
	} rows[] = {
		{"UUID=1", "uuid", true},
		{"LABEL=/", "label", true},
		{"PARTUUID=1-01", "partuuid", true},
		{"PARTLABEL=x", "partlabel", true},
		{"/dev/disk/by-uuid/1", "uuid", true},
		{"/dev/disk/by-path/pci-0", "by-path", false},
		{"/dev/disk/by-id/ata-QEMU", "by-id", false},
		{"/dev/disk/by-id/dm-uuid-LVM-x", "by-id", true},
		{"/dev/sda", "bus-name", false},
		{"/dev/sdaa12", "bus-name", false},
		{"/dev/hdc1", "bus-name", false},
		{"/dev/vdb3", "bus-name", false},
		{"/dev/xvda1", "bus-name", false},
		{"/dev/nvme0n1p2", "bus-name", false},
		{"/dev/mmcblk0p1", "bus-name", false},
		{"/dev/cciss/c0d0p1", "bus-name", false},
		{"/dev/sd[a-z]*", "bus-name", false},
		{"/dev/mapper/vg-root", "mapper", true},
		{"/dev/vg0/root", "lvm", true},
		{"/dev/vdata/root", "lvm", true},
		{"/dev/srv/home", "lvm", true},
		{"/dev/md0", "md", true},
		{"/dev/md/boot", "md", true},
		{"/dev/dm-0", "other", false},
		{"/dev/sr0", "removable", true},
		{"/dev/cdrom", "removable", true},
		{"/dev/fd0", "removable", true},
		{"0803", "bus-name", false},
		{"8:3", "bus-name", false},
		{"zfs:rpool/ROOT", "other", true},
		{"/swapfile", NULL, true},
		{"/dev/zram0", NULL, true},
		{"/dev/nfs", NULL, true},
		{"none", NULL, true},
		{"", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct name_kind k = name_kind_of(rows[i].spec);

		if (!k.kind != !rows[i].kind ||
		    (k.kind && strcmp(k.kind, rows[i].kind) != 0) ||
		    k.stable != rows[i].stable)
			fail_msg("%s: %s %d", rows[i].spec, k.kind ? k.kind : "none",
				 k.stable);
	}
}

static const struct name_fact *find(const struct guest_tree *t, const char *where,
				    const char *spec)
{
	for (size_t i = 0; i < t->facts.names.n; i++)
		if (strcmp(t->facts.names.v[i].where, where) == 0 &&
		    strcmp(t->facts.names.v[i].spec, spec) == 0)
			return &t->facts.names.v[i];
	fail_msg("no name %s %s", where, spec);
	return NULL;
}

static void test_fstab_names(void **state)
{
	struct guest_tree *t = *state;
	const struct name_fact *n;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, "/")->uuid = "1111-AAAA";
	guest_tree_volume(t, NULL)->label = "data";
	guest_tree_volume(t, NULL)->label = "data";
	guest_tree_volume(t, NULL)->name = "LV vg-0/root";
	guest_tree_file(
		t, 0, "/etc/crypttab",
		"# c\nsecret /dev/sda3 none luks\nlater UUID=9 none luks,nofail\n");
	guest_tree_file(t, 0, "/etc/crypttab.initramfs", "early /dev/sda4 none luks\n");
	guest_tree_file(t, 0, "/etc/fstab",
			"UUID=1111-aaaa / ext4 noauto 0 1\n"
			"LABEL=data /data xfs defaults 0 0\n"
			"UUID=gone /srv ext4 nofail 0 0\n"
			"/dev/sda1 /usr ext4 ro 0 0\n"
			"/dev/sdb5 none swap sw 0 0\n"
			"/dev/mapper/vg--0-root /opt ext4 defaults\n"
			"/dev/mapper/secret /home ext4 noauto\n"
			"/dev/sr0 /media iso9660 ro 0 0\n"
			"proc /proc proc defaults 0 0\n"
			"host:/x /nfs nfs defaults 0 0\n"
			"/srv/x /y none bind 0 0\n"
			"/swapfile none swap sw 0 0\n"
			"tmpfs /tmp tmpfs defaults 0 0\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.names.n, 11);
	assert_false(find(t, "crypttab", "/dev/sda4")->needed);
	n = find(t, "fstab", "UUID=1111-aaaa");
	assert_true(n->needed && n->stable);
	assert_string_equal(n->resolves_to, "disk.img, partition 1");
	assert_string_equal(n->source.path, "/etc/fstab");
	assert_int_equal(n->source.line, 1);
	n = find(t, "fstab", "LABEL=data");
	assert_null(n->resolves_to);
	assert_non_null(guest_tree_problem(t, "LABEL=data is on two volumes"));
	n = find(t, "fstab", "UUID=gone");
	assert_null(n->resolves_to);
	assert_false(n->needed);
	n = find(t, "fstab", "/dev/sda1");
	assert_true(n->needed);
	assert_false(n->stable);
	assert_string_equal(n->resolves_to, "disk.img, partition 1");
	n = find(t, "fstab", "/dev/sdb5");
	assert_string_equal(n->target, "swap");
	assert_false(n->needed);
	n = find(t, "fstab", "/dev/mapper/vg--0-root");
	assert_string_equal(n->kind, "lvm");
	assert_string_equal(n->resolves_to, "disk.img, LV vg-0/root");
	assert_string_equal(find(t, "fstab", "/dev/mapper/secret")->kind, "mapper");
	assert_false(find(t, "fstab", "/dev/sr0")->needed);
	n = find(t, "crypttab", "/dev/sda3");
	assert_string_equal(n->target, "secret");
	assert_true(n->needed);
	assert_false(find(t, "crypttab", "UUID=9")->needed);
}

static void test_other_files(void **state)
{
	struct guest_tree *t = *state;
	struct entry_fact entry = {.cmdline =
					   "ro root=/dev/mapper/vg-root resume=/dev/sda5 "
					   "rd.luks.uuid=luks-12-34 rd.lvm.lv=vg/root "
					   "rd.md.uuid=01:23 quiet",
				   .is_default = true};

	guest_tree_volume(t, "/");
	assert_true(vec_push(t->arena, &t->facts.boot.entries, entry));
	guest_tree_file(t, 0, "/etc/initramfs-tools/conf.d/resume",
			"RESUME=\"UUID=5\" # /dev/sda3\nRESUME=none\n");
	guest_tree_file(t, 0, "/etc/initramfs-tools/conf.d/own", "RESUME=/dev/sdb5\n");
	guest_tree_file(t, 0, "/etc/initramfs-tools/conf.d/own.dpkg-old",
			"RESUME=/dev/sdb6\n");
	guest_tree_file(t, 0, "/etc/initramfs-tools/initramfs.conf",
			"MODULES=most\nRESUME=/dev/sdb7\nROOT=/dev/sdb1\n");
	guest_tree_file(t, 0, "/boot/grub/device.map", "(hd0)\t/dev/sda\n");
	guest_tree_file(t, 0, "/etc/mdadm.conf",
			"DEVICE partitions /dev/sd*\n"
			"ARRAY /dev/md0 devices=/dev/hda1,/dev/hdb1 UUID=1\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_true(find(t, "root=", "/dev/mapper/vg-root")->needed);
	assert_false(find(t, "resume=", "/dev/sda5")->needed);
	assert_true(find(t, "rd.luks.uuid", "UUID=12-34")->needed);
	assert_string_equal(find(t, "rd.lvm.lv", "/dev/vg/root")->kind, "lvm");
	assert_true(find(t, "rd.md.uuid", "/dev/disk/by-id/md-uuid-01:23")->stable);
	assert_false(find(t, "resume.conf", "UUID=5")->needed);
	assert_string_equal(find(t, "resume.conf", "UUID=5")->word, "RESUME=\"UUID=5\"");
	find(t, "resume.conf", "/dev/sdb5");
	assert_int_equal(find(t, "resume.conf", "/dev/sdb7")->source.line, 2);
	assert_string_equal(find(t, "menu setting", "/dev/sdb1")->word, "ROOT=/dev/sdb1");
	assert_string_equal(find(t, "device.map", "/dev/sda")->target, "(hd0)");
	assert_false(find(t, "mdadm.conf", "/dev/sd*")->needed);
	assert_false(find(t, "mdadm.conf", "/dev/hdb1")->stable);
	assert_int_equal(t->facts.names.n, 13);
}

static void test_mdadm(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/fstab", "/dev/md0 /data ext4\n");
	guest_tree_file(t, 0, "/etc/mdadm.conf",
			"dev /dev/sda1 # /dev/sdy1\n\t/dev/sdb1\n"
			"#DEVICE /dev/sdz1\n"
			"ARRAY /dev/md0 devices=/dev/sdc1\n"
			"arr /dev/md1 devices=/dev/sdd1,/dev/sde1\n  Uuid=1:2:3:4\n"
			"MAILADDR devices=/dev/sdz1\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.names.n, 6);
	assert_string_equal(find(t, "mdadm.conf", "/dev/sda1")->target, "DEVICE");
	assert_int_equal(find(t, "mdadm.conf", "/dev/sdb1")->source.line, 2);
	assert_true(find(t, "mdadm.conf", "/dev/sdb1")->needed);
	assert_string_equal(find(t, "mdadm.conf", "/dev/sdc1")->target, "ARRAY");
	assert_string_equal(find(t, "mdadm.conf", "/dev/sdc1")->word,
			    "devices=/dev/sdc1");
	assert_string_equal(find(t, "mdadm.conf", "/dev/sde1")->target,
			    "ARRAY with UUID");
	assert_string_equal(find(t, "mdadm.conf", "/dev/sde1")->word,
			    "devices=/dev/sdd1,/dev/sde1");
}

/* mdadm looks everywhere then. */
static void test_mdadm_everywhere(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/fstab", "/dev/md0 /data ext4\n");
	guest_tree_file(t, 0, "/etc/mdadm.conf",
			"DEVICE /dev/sda1\nDEVICE containers\n partitions\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_false(find(t, "mdadm.conf", "/dev/sda1")->needed);
}

static const struct menu_setting_fact *setting(const struct guest_tree *t,
					       const char *name, const char *value)
{
	for (size_t i = 0; i < t->facts.boot.settings.n; i++)
		if (strcmp(t->facts.boot.settings.v[i].name, name) == 0 &&
		    strcmp(t->facts.boot.settings.v[i].value, value) == 0)
			return &t->facts.boot.settings.v[i];
	fail_msg("no setting %s %s", name, value);
	return NULL;
}

static void test_menu_settings(void **state)
{
	struct guest_tree *t = *state;
	const struct name_fact *n;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/default/grub",
			"# GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX=\"quiet\\\n"
			" root=/dev/sda1\" # x\nGRUB_TIMEOUT=5\n"
			"GRUB_DISABLE_LINUX_UUID=\"true\"\n");
	guest_tree_file(t, 0, "/etc/default/grub.d/a.cfg",
			"GRUB_CMDLINE_LINUX_DEFAULT='resume=/dev/sda2'\n");
	guest_tree_file(t, 0, "/etc/default/grub.d/a.bak", "GRUB_CMDLINE_LINUX=b\n");
	guest_tree_file(t, 0, "/etc/sysconfig/bootloader",
			"DEFAULT_APPEND=\"splash=silent\"\n");
	guest_tree_file(t, 0, "/etc/kernel/cmdline", "# c\nroot=UUID=1 ro\n");
	guest_tree_file(t, 0, "/boot/grub/menu.lst",
			"# kopt=root=/dev/sda3 ro\n## kopt=root=/dev/sdz1\n");
	assert_int_equal(read_menu_settings.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.boot.settings.n, 9);
	assert_string_equal(setting(t, "GRUB_CMDLINE_LINUX", "quiet")->word,
			    "GRUB_CMDLINE_LINUX=\"quiet\\");
	assert_string_equal(setting(t, "GRUB_CMDLINE_LINUX", "root=/dev/sda1")->word,
			    "root=/dev/sda1\"");
	assert_int_equal(setting(t, "GRUB_CMDLINE_LINUX", "root=/dev/sda1")->source.line,
			 3);
	setting(t, "GRUB_DISABLE_LINUX_UUID", "true");
	setting(t, "GRUB_CMDLINE_LINUX_DEFAULT", "resume=/dev/sda2");
	setting(t, "DEFAULT_APPEND", "splash=silent");
	setting(t, "", "root=UUID=1");
	setting(t, "# kopt", "root=/dev/sda3");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.names.n, 4);
	n = find(t, "menu setting", "/dev/sda1");
	assert_string_equal(n->target, "root=");
	assert_string_equal(n->word, "root=/dev/sda1\"");
	assert_false(n->needed);
	assert_string_equal(find(t, "menu setting", "/dev/sda3")->word,
			    "kopt=root=/dev/sda3");
}

/* A serial number is in no image; but the guest says that its / is on that disk. */
static void test_names_like_that_of_root(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, NULL);
	guest_tree_volume(t, "/");
	guest_tree_file(t, 1, "/etc/fstab",
			"/dev/disk/by-id/ata-A-part2 / ext4\n"
			"/dev/disk/by-id/ata-A-part1 swap swap\n"
			"/dev/disk/by-id/ata-A-part9 /x ext4\n"
			"/dev/disk/by-id/ata-AB-part1 /y ext4\n"
			"/dev/disk/by-path/pci-1-part1 /z ext4\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_string_equal(find(t, "fstab", "/dev/disk/by-id/ata-A-part1")->resolves_to,
			    "disk.img, partition 1");
	assert_string_equal(find(t, "fstab", "/dev/disk/by-id/ata-A-part2")->resolves_to,
			    "disk.img, partition 2");
	assert_null(find(t, "fstab", "/dev/disk/by-id/ata-A-part9")->resolves_to);
	assert_null(find(t, "fstab", "/dev/disk/by-id/ata-AB-part1")->resolves_to);
	assert_null(find(t, "fstab", "/dev/disk/by-path/pci-1-part1")->resolves_to);
}

/* The name of / is another partition than that on which it was found: a stale line. */
static void test_a_wrong_name_of_root_tells_nothing(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, NULL);
	guest_tree_volume(t, "/");
	guest_tree_file(t, 1, "/etc/fstab",
			"/dev/disk/by-id/ata-A-part1 / ext4\n"
			"/dev/disk/by-id/ata-A-part2 /x ext4\n");
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_null(find(t, "fstab", "/dev/disk/by-id/ata-A-part1")->resolves_to);
	assert_null(find(t, "fstab", "/dev/disk/by-id/ata-A-part2")->resolves_to);
}

static void test_damage_is_told(void **state)
{
	struct guest_tree *t = *state;
	char *path;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/fstab", "/dev/sda1 / ext4\n");
	path = arena_printf(t->arena, "%s/0/etc/fstab", t->dir);
	assert_int_equal(truncate(path, 100), 0); /* NUL bytes after a crash */
	assert_int_equal(read_names.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.names.n, 0);
	assert_non_null(guest_tree_problem(t, "NUL"));
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		CASE(test_fstab_names),
		CASE(test_other_files),
		CASE(test_mdadm),
		CASE(test_mdadm_everywhere),
		CASE(test_menu_settings),
		CASE(test_names_like_that_of_root),
		CASE(test_a_wrong_name_of_root_tells_nothing),
		CASE(test_damage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
