/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What UEFI starts on the EFI system partition, and the way from there to a menu.
 */
#include "../fs/squashfs-maker.h"
#include "../fs/tar-maker.h"
#include "efi-maker.h"

#define UUID "3e0a9a9c-5f0c-4d70-9f1c-0f4f9d3b7a11"
#define MENU "menuentry one { linux /boot/vmlinuz-6.1; }\n"
#define STUB \
	"search.fs_uuid " UUID " root\nset prefix=($root)'/boot/grub'\n" \
	"configfile $prefix/grub.cfg\n"

/* A root file system with a menu, and an EFI system partition. */
static void make_guest(struct guest_tree *t)
{
	struct volume_fact *v;

	t->facts.os.id = "debian";
	t->facts.os.arch = "x86_64";
	guest_tree_disk(t, "gpt", "none");
	v = guest_tree_volume(t, "/");
	v->uuid = UUID;
	v->partuuid = "part-1";
	guest_tree_file(t, 0, "/boot/vmlinuz-6.1", "k");
	guest_tree_file(t, 0, "/boot/grub/grub.cfg", MENU);
	guest_tree_file(t, 0, "/boot/efi/.keep", "");
	v = guest_tree_volume(t, "/boot/efi");
	v->type_name = "EFI System";
	v->fs = "vfat";
}

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

static void expect_menu(const struct guest_tree *t)
{
	const struct boot_fact *b = &t->facts.boot;

	assert_true(b->uefi);
	assert_string_equal(b->loader, "grub2");
	assert_string_equal(b->config, "/boot/grub/grub.cfg");
	assert_int_equal(b->entries.n, 1);
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-6.1");
}

static void expect_none(const struct guest_tree *t, const char *why)
{
	assert_int_equal(t->facts.boot.entries.n, 0);
	assert_null(t->facts.boot.default_how);
	assert_non_null(guest_tree_problem(t, why));
}

/* The prefix inside of GRUB leads to the menu beside it, on its partition. */
static void test_prefix(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_grub("/EFI/debian", NULL));
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg", STUB);
	run(t);
	expect_menu(t);
	assert_int_equal(t->facts.boot.removable_path, KNOWN_YES);
	assert_string_equal(t->facts.boot.efi_file, "/boot/efi/EFI/BOOT/BOOTX64.EFI");
	assert_string_equal(t->facts.boot.source.path, "/boot/efi/EFI/BOOT/BOOTX64.EFI");
}

/* It leads to a partition of the same disk, as grub-install writes it. */
static void test_prefix_elsewhere(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_grub("(,gpt1)/boot/grub", NULL));
	run(t);
	expect_menu(t);
}

/* A script inside of it. */
static void test_script(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI",
		 efi_grub("(memdisk)/nothing", "search.fs_uuid " UUID " root\n"
					       "set prefix=($root)/boot/grub\n"));
	run(t);
	expect_menu(t);
}

/* A script in the file system inside of it, to which the prefix leads, or the script. */
static void run_memdisk(struct guest_tree *t, const char *prefix, const char *script,
			struct slice memdisk)
{
	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_grub_with(prefix, script, memdisk));
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg", STUB);
	run(t);
}

static struct slice squash_of(struct squash_maker *m, const char *name, const char *text)
{
	const struct squash_name names[] = {{name, squash_file(m, text), 2}};

	squash_finish(m, squash_dir(m, 99, names, 1));
	return slice_of(m->bytes, m->n);
}

static void test_squashfs(void **state)
{
	_cleanup_free_ struct squash_maker *m = squash_new();
	struct guest_tree *t = *state;

	run_memdisk(t, "(memdisk)", NULL, squash_of(m, "grub.cfg", STUB));
	expect_menu(t);
}

static void test_squashfs_script(void **state)
{
	_cleanup_free_ struct squash_maker *m = squash_new();
	struct guest_tree *t = *state;

	run_memdisk(t, "/EFI/none", "source (memdisk)/early.cfg\n",
		    squash_of(m, "early.cfg", STUB));
	expect_menu(t);
}

/* As grub-mkstandalone makes it. */
static void test_tar(void **state)
{
	_cleanup_free_ struct tar_maker *m = tar_new();
	struct guest_tree *t = *state;

	tar_add(m, '0', "boot/grub/x86_64-efi/normal.mod", "", slice_str("module"));
	tar_add(m, '0', "boot/grub/grub.cfg", "", slice_str(STUB));
	tar_end(m);
	run_memdisk(t, "(memdisk)/boot/grub", NULL, slice_of(m->bytes, m->n));
	expect_menu(t);
}

static void test_tar_damaged(void **state)
{
	_cleanup_free_ struct tar_maker *m = tar_new();
	struct guest_tree *t = *state;

	tar_add(m, '0', "boot/grub/grub.cfg", "", slice_str(STUB));
	tar_add(m, '0', "other", "", SLICE_NONE);
	m->bytes[1024] = 'n'; /* of another name than the checksum says */
	run_memdisk(t, "(memdisk)/boot/grub", NULL, slice_of(m->bytes, m->n));
	expect_none(t, "the file system inside of GRUB: tar archive, byte 1024");
}

/* A file that is in both is found first inside of GRUB, unless hints say otherwise. */
static void test_memdisk_search(void **state)
{
	_cleanup_free_ struct squash_maker *m = squash_new();
	struct guest_tree *t = *state;

	make_guest(t);
	guest_tree_file(t, 0, "/grub.cfg", MENU);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI",
		 efi_grub_with("(memdisk)", NULL,
			       squash_of(m, "grub.cfg",
					 "search.file /grub.cfg root\n"
					 "configfile ($root)/grub.cfg\n")));
	run(t);
	expect_none(t, "a search for /grub.cfg finds it inside of GRUB, too");
}

static void test_memdisk_search_other(void **state)
{
	_cleanup_free_ struct squash_maker *m = squash_new();
	struct guest_tree *t = *state;

	run_memdisk(t, "(memdisk)", NULL,
		    squash_of(m, "grub.cfg",
			      "search.file /boot/vmlinuz-6.1 root\n"
			      "configfile ($root)/boot/grub/grub.cfg\n"));
	expect_menu(t);
}

/* It is not read where GRUB does not look: Debian's holds a font. */
static void test_memdisk_aside(void **state)
{
	struct guest_tree *t = *state;

	run_memdisk(t, "/EFI/debian", NULL, slice_str("no file system at all"));
	expect_menu(t);
}

static void test_memdisk_damaged(void **state)
{
	_cleanup_free_ struct squash_maker *m = squash_new();
	struct guest_tree *t = *state;
	struct slice memdisk = squash_of(m, "grub.cfg", STUB);

	squash_put(m->bytes, 40, m->n + 4096, 8);
	run_memdisk(t, "(memdisk)", NULL, memdisk);
	expect_none(t, "the file system inside of GRUB: it is cut off");
}

static void test_memdisk_unknown(void **state)
{
	struct guest_tree *t = *state;

	run_memdisk(t, "(memdisk)", NULL, slice_str("no file system at all"));
	expect_none(t, "the file system inside of GRUB: no known file system");
}

/* What lies in /boot does not count where GRUB does not look. */
static void test_dead_end(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_grub("/EFI/debian", NULL));
	run(t);
	expect_none(t, "the configuration (boot)/EFI/debian/grub.cfg is not there");
}

static void test_wrong_uuid(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_grub("/EFI/debian", NULL));
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg",
			"search.fs_uuid 1234-5678 root\nset prefix=($root)'/boot/grub'\n"
			"configfile $prefix/grub.cfg\n");
	run(t);
	expect_none(t, "no disk here has the UUID 1234-5678");
}

/* Without the file for removable media the vendor's is found, which needs an entry. */
static void test_vendor(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/debian/grubx64.efi", efi_grub("/EFI/debian", NULL));
	efi_file(t, 1, "/EFI/other/shimx64.efi", efi_shim());
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg", STUB);
	run(t);
	expect_menu(t);
	assert_int_equal(t->facts.boot.removable_path, KNOWN_NO);
	assert_string_equal(t->facts.boot.efi_file, "/boot/efi/EFI/debian/grubx64.efi");
}

static void test_no_program(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	guest_tree_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", "");
	efi_file(t, 1, "/EFI/BOOT/BOOTIA32.EFI",
		 efi_make(EFI_IA32, ".text", slice_str("x")));
	efi_file(t, 1, "/EFI/debian/grubx64.efi",
		 efi_make(EFI_IA32, ".text", slice_str("x")));
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg", STUB);
	run(t);
	assert_false(t->facts.boot.uefi);
	assert_int_equal(t->facts.boot.removable_path, KNOWN_NO);
	assert_non_null(guest_tree_problem(t, "BOOTX64.EFI: an empty file"));
	assert_non_null(guest_tree_problem(t, "grubx64.efi: it is for i386"));
}

/* Firmware refuses a program whose sections are not all there. */
static void test_cut(void **state)
{
	struct guest_tree *t = *state;
	struct efi_maker m = efi_grub("/EFI/debian", NULL);

	make_guest(t);
	m.n -= 100;
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", m);
	run(t);
	assert_false(t->facts.boot.uefi);
	assert_non_null(guest_tree_problem(t, "cut short"));
}

/* shim starts GRUB beside it, or in \EFI\BOOT fallback, which goes to a vendor's. */
static void test_shim(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_shim());
	efi_file(t, 1, "/EFI/BOOT/fbx64.efi", efi_make(EFI_X64, ".text", slice_str("x")));
	guest_tree_file(t, 1, "/EFI/debian/BOOTX64.CSV", "shimx64.efi,debian");
	efi_file(t, 1, "/EFI/debian/shimx64.efi", efi_shim());
	efi_file(t, 1, "/EFI/debian/grubx64.efi", efi_grub("/EFI/debian", NULL));
	guest_tree_file(t, 1, "/EFI/debian/grub.cfg", STUB);
	run(t);
	expect_menu(t);
	assert_string_equal(t->facts.boot.efi_file, "/boot/efi/EFI/BOOT/BOOTX64.EFI");
	assert_string_equal(t->facts.boot.source.path,
			    "/boot/efi/EFI/debian/grubx64.efi");
}

static void test_shim_alone(void **state)
{
	struct guest_tree *t = *state;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", efi_shim());
	run(t);
	expect_none(t, "finds no boot loader to start");
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_prefix),
		CASE(test_prefix_elsewhere),
		CASE(test_script),
		CASE(test_dead_end),
		CASE(test_wrong_uuid),
		CASE(test_vendor),
		CASE(test_no_program),
		CASE(test_cut),
		CASE(test_shim),
		CASE(test_shim_alone),
		CASE(test_squashfs),
		CASE(test_squashfs_script),
		CASE(test_tar),
		CASE(test_tar_damaged),
		CASE(test_memdisk_search),
		CASE(test_memdisk_search_other),
		CASE(test_memdisk_aside),
		CASE(test_memdisk_damaged),
		CASE(test_memdisk_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
