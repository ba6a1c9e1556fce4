/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which loader is found, the paths of its entries as the guest sees them, and the places
 * that BIOS and UEFI need.
 */
#include "efi-maker.h"

#define UUID "3e0a9a9c-5f0c-4d70-9f1c-0f4f9d3b7a11"

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

/* /boot is a partition of its own: GRUB's paths begin there. */
static void test_boot_apart(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/.keep", "");
	guest_tree_volume(t, "/boot")->uuid = UUID;
	guest_tree_file(t, 1, "/vmlinuz-6.1", "k");
	guest_tree_file(t, 1, "/initrd.img-6.1", "i");
	guest_tree_file(t, 1, "/grub/grub.cfg",
			"search --fs-uuid --set=root " UUID "\n"
			"menuentry one { linux /vmlinuz-6.1 root=/dev/sda1\n"
			" initrd /initrd.img-6.1\n}\n"
			"set root=hd0,msdos2\nmenuentry two { linux /vmlinuz-6.1; }\n"
			"menuentry gone { linux /vmlinuz-5; }\n");
	run(t);
	assert_string_equal(b->loader, "grub2");
	assert_true(b->readable);
	assert_string_equal(b->config, "/boot/grub/grub.cfg");
	assert_int_equal(b->entries.n, 3);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-6.1");
	assert_string_equal(b->entries.v[0].initramfs.v[0], "/boot/initrd.img-6.1");
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[0].source.volume, "partition 2");
	assert_int_equal(b->entries.v[0].source.line, 2);
	assert_string_equal(b->entries.v[1].kernel, "/boot/vmlinuz-6.1");
	assert_string_equal(b->entries.v[2].kernel, "/boot/vmlinuz-5");
	assert_string_equal(b->boot_volume, "partition 2");
	assert_string_equal(b->mbr_disk, "disk.img");
	assert_true(b->bios);
	assert_false(b->uefi);
}

/* An entry for another system on the same disk is not this guest's kernel. */
static void test_other_system(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, "/")->uuid = UUID;
	guest_tree_volume(t, NULL)->uuid = "other";
	guest_tree_file(t, 0, "/boot/vmlinuz", "k");
	guest_tree_file(t, 0, "/boot/grub2/grub.cfg",
			"menuentry here { search --set=root --fs-uuid " UUID
			"; linux /boot/vmlinuz; }\n"
			"menuentry there { search --set=root --fs-uuid other\n"
			" linux /boot/vmlinuz; }\n");
	run(t);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz");
	assert_null(b->entries.v[1].kernel);
	assert_non_null(guest_tree_problem(t, "no part of this guest"));
}

static void test_btrfs(void **state)
{
	struct guest_tree *t = *state;
	struct volume_fact *v = guest_tree_volume(t, "/");

	v->uuid = UUID;
	v->fs = "btrfs";
	assert_true(vec_push(t->guest.arena, &v->subvolumes, "sub/@"));
	guest_tree_file(t, 0, "/boot/vmlinuz", "k");
	guest_tree_file(t, 0, "/boot/grub/grub.cfg",
			"search --set=root --fs-uuid " UUID "\n"
			"menuentry a { linux /sub/@/boot/vmlinuz; }\n"
			"menuentry b { linux /boot/vmlinuz; }\n"
			"menuentry c { linux /sub/@2/boot/vmlinuz; }\n");
	run(t);
	assert_string_equal(t->facts.boot.entries.v[0].kernel, "/boot/vmlinuz");
	assert_string_equal(t->facts.boot.entries.v[1].kernel, "/boot/vmlinuz");
	assert_string_equal(t->facts.boot.entries.v[2].kernel, "/sub/@2/boot/vmlinuz");
}

/* A broken menu: no entry is the default, and the reason is told. */
static void test_broken(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/grub/grub.cfg", "menuentry a {\n linux /k\n");
	run(t);
	assert_string_equal(t->facts.boot.loader, "grub2");
	assert_int_equal(t->facts.boot.entries.n, 0);
	assert_null(t->facts.boot.default_how);
	assert_non_null(guest_tree_problem(t, "line 3"));
}

static void test_loaders(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "mbr", "lilo");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/grub/menu.lst", "default 0\n");
	guest_tree_file(t, 0, "/etc/lilo.conf", "boot=/dev/sda\n");
	run(t);
	assert_string_equal(t->facts.boot.loader, "lilo");
	assert_string_equal(t->facts.boot.loader_name, "LILO");
	assert_true(t->facts.boot.readable);
	assert_non_null(guest_tree_problem(t, "it names nothing that could be started"));
	assert_non_null(guest_tree_problem(t, "GRUB Legacy is there too"));
}

static void test_unread(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/yaboot.conf", "boot=/dev/sda1\n");
	run(t);
	assert_string_equal(t->facts.boot.loader, "yaboot");
	assert_false(t->facts.boot.readable);
	assert_non_null(
		guest_tree_problem(t, "yaboot (/etc/yaboot.conf) is not read yet"));
}

static void test_no_loader(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), -ERR_ABSENT);
	guest_tree_volume(t, NULL)->type_name = "EFI System";
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), -ERR_UNSUPPORTED);
	assert_null(t->facts.boot.loader);
}

/* Makes a link of the first volume that leads to itself: following it is an error that
 * is no absence, even for root. */
static void add_loop(struct guest_tree *t, const char *path)
{
	char name[512];

	assert_true(snprintf(name, sizeof(name), "%s/0%s", t->dir, path) <
		    (int)sizeof(name));
	assert_int_equal(symlink(strrchr(path, '/') + 1, name), 0);
}

/* A configuration that cannot be reached is not one that is not there. */
static void test_unread_loader(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/.keep", "");
	add_loop(t, "/boot/grub");
	guest_tree_file(t, 0, "/etc/lilo.conf", "boot=/dev/sda\n");
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
	assert_string_equal(t->facts.boot.loader, "lilo");
	assert_non_null(guest_tree_problem(t, "/boot/grub"));
}

/* The same below a vendor's directory, and for the place of removable media. */
static void test_unread_efi(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	efi_file(t, 0, "/boot/efi/EFI/debian/shimx64.efi", efi_shim());
	add_loop(t, "/boot/efi/EFI/debian/grub.cfg");
	add_loop(t, "/boot/efi/EFI/BOOT");
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_true(t->facts.boot.uefi);
	assert_int_equal(t->facts.boot.removable_path, KNOWN_NOT);
	assert_non_null(guest_tree_problem(t, "/boot/efi/EFI/BOOT"));
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
	assert_non_null(guest_tree_problem(t, "shimx64.efi is shim, which finds no"));
}

static void test_efi_wrapper(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;
	struct volume_fact *v;

	t->facts.os.id = "fedora";
	guest_tree_disk(t, "gpt", "none");
	guest_tree_volume(t, "/")->uuid = "root";
	guest_tree_file(t, 0, "/boot/efi/.keep", "");
	v = guest_tree_volume(t, "/boot");
	v->uuid = UUID;
	guest_tree_file(t, 1, "/efi/.keep", "");
	guest_tree_file(t, 1, "/vmlinuz-6.1", "k");
	guest_tree_file(t, 1, "/loader/entries/m-6.1.conf",
			"title Six\nlinux /vmlinuz-6.1\noptions root=UUID=root\n");
	guest_tree_file(t, 1, "/grub2/grub.cfg",
			"search --fs-uuid --set=root " UUID "\nblscfg\n");
	v = guest_tree_volume(t, "/boot/efi");
	v->type_name = "EFI System";
	efi_file(t, 2, "/EFI/BOOT/BOOTX64.EFI",
		 efi_make(EFI_X64, ".text", slice_str("x")));
	guest_tree_file(t, 2, "/EFI/debian/grub.cfg", "menuentry wrong { linux /x; }\n");
	guest_tree_file(t, 2, "/EFI/fedora/grub.cfg",
			"search --no-floppy --fs-uuid --set=dev " UUID "\n"
			"set prefix=($dev)/grub2\nexport $prefix\n"
			"configfile $prefix/grub.cfg\n");
	run(t);
	assert_string_equal(b->config, "/boot/grub2/grub.cfg");
	assert_string_equal(b->source.path, "/boot/efi/EFI/fedora/grub.cfg");
	assert_int_equal(b->entries.n, 1);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-6.1");
	assert_string_equal(b->entries.v[0].source.path,
			    "/boot/loader/entries/m-6.1.conf");
	assert_true(b->entries.v[0].is_default);
	assert_true(b->uefi);
	assert_false(b->bios);
	assert_int_equal(b->removable_path, KNOWN_YES);
	assert_string_equal(b->esp_volume, "partition 3");
}

/* The EFI system partition has no reader: what the guest says of it is inferred. */
static void test_efi_unread(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "gpt", "none");
	guest_tree_volume(t, "/");
	guest_tree_volume(t, NULL)->type_name = "EFI System";
	guest_tree_file(t, 0, "/etc/fstab", "UUID=AB-CD /boot/efi vfat umask=0077 0 1\n");
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_true(t->facts.boot.uefi);
	assert_int_equal(t->facts.boot.removable_path, KNOWN_NOT);
	assert_non_null(guest_tree_problem(t, "inferred"));
}

static void test_gpt_bios(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "gpt", "grub");
	guest_tree_volume(t, "/");
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_false(t->facts.boot.bios);
	assert_non_null(guest_tree_problem(t, "BIOS boot partition"));
	guest_tree_volume(t, NULL)->type_name = "BIOS boot";
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_true(t->facts.boot.bios);
}

/* Damage of a sector without code makes code of no meaning. */
static void test_gpt_unknown_code(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "gpt", "other");
	guest_tree_volume(t, "/");
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_false(t->facts.boot.bios);
	assert_non_null(guest_tree_problem(t, "not counted on"));
}

static void test_systemd_boot(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "other");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/efi/loader/loader.conf", "timeout 3\ndefault *-6.1*\n");
	guest_tree_file(t, 0, "/efi/m/6.1/linux", "k");
	guest_tree_file(t, 0, "/efi/loader/entries/m-6.1.conf",
			"title A\nlinux /m/6.1/linux\ninitrd /m/6.1/initrd\n"
			"options root=UUID=1\n");
	guest_tree_file(t, 0, "/efi/loader/entries/m-6.5.conf",
			"title B\nlinux /m/6.5/linux\n");
	run(t);
	assert_string_equal(b->loader, "systemd-boot");
	assert_string_equal(b->mbr_disk, t->facts.disks.v[0].name);
	assert_false(b->bios); /* whatever the code in the first sector is */
	assert_int_equal(b->entries.n, 2);
	assert_string_equal(b->entries.v[0].id, "m-6.5");
	assert_string_equal(b->entries.v[1].kernel, "/efi/m/6.1/linux");
	assert_string_equal(b->entries.v[1].initramfs.v[0], "/efi/m/6.1/initrd");
	assert_true(b->entries.v[1].is_default);
	assert_string_equal(b->default_how, "default=*-6.1*");
}

/* Unified images that cannot be listed may be what starts: no default is known then. */
static void test_unread_unified(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/efi/loader/loader.conf", "timeout 3\n");
	guest_tree_file(t, 0, "/efi/loader/entries/a.conf", "linux /a\n");
	guest_tree_file(t, 0, "/efi/EFI/.keep", "");
	add_loop(t, "/efi/EFI/Linux");
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
	assert_int_equal(t->facts.boot.entries.n, 1);
	assert_null(t->facts.boot.default_how);
	assert_non_null(guest_tree_problem(t, "/efi/EFI/Linux"));
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_boot_apart),     CASE(test_other_system),
		CASE(test_btrfs),          CASE(test_broken),
		CASE(test_loaders),        CASE(test_no_loader),
		CASE(test_unread),         CASE(test_efi_wrapper),
		CASE(test_efi_unread),     CASE(test_gpt_unknown_code),
		CASE(test_gpt_bios),       CASE(test_systemd_boot),
		CASE(test_unread_loader),  CASE(test_unread_efi),
		CASE(test_unread_unified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
