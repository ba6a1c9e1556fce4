/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Unified kernel images: what is in them, and what boot loaders make of them. */
#include "boot/boot.h"
#include "efi-maker.h"
#include "unified.h"

#define OSREL \
	"PRETTY_NAME=\"Arch Linux\"\nNAME=Arch\nID=arch\nBUILD_ID=rolling\n" \
	"VERSION_ID='7'\n"

static struct efi_maker image(const char *osrel)
{
	struct efi_maker m = efi_make(EFI_X64, ".osrel", slice_str(osrel));

	efi_section(&m, ".cmdline", "root=UUID=1 rw\n quiet\n\0");
	efi_section(&m, ".uname", "6.9.1-arch1-1\n");
	efi_section(&m, ".linux", "the kernel");
	efi_section(&m, ".initrd", "070701");
	return m;
}

static int read_image(struct guest_tree *t, const struct efi_maker *m,
		      struct unified *ret)
{
	struct slice bytes = slice_of(m->bytes, m->n);
	struct file_bytes b = file_bytes_in(&bytes);

	return unified_read(&b, t->arena, ret, &t->e);
}

static void test_sections(void **state)
{
	struct guest_tree *t = *state;
	struct efi_maker m = image(OSREL);
	const struct unified_profile *p;
	struct unified u;

	assert_int_equal(read_image(t, &m, &u), 0);
	assert_int_equal(u.profiles.n, 1);
	assert_string_equal(u.arch, "x86_64");
	assert_false(u.is_signed);
	p = &u.profiles.v[0];
	assert_string_equal(p->name, "Arch Linux");
	assert_string_equal(p->version, "7");
	assert_string_equal(p->sort_key, "arch");
	assert_string_equal(p->cmdline, "root=UUID=1 rw  quiet");
	assert_string_equal(p->release, "6.9.1-arch1-1");
	assert_int_equal(p->kernel.size, 10);
	assert_memory_equal(m.bytes + p->kernel.off, "the kernel", 10);
	assert_int_equal(p->initramfs.size, 6);
	assert_null(p->title);
}

/* What stands before the first profile is of all, and a profile's own comes first. */
static void test_profiles(void **state)
{
	struct guest_tree *t = *state;
	struct efi_maker m = image(OSREL);
	struct unified u;

	efi_section(&m, ".profile", "ID=main\nTITLE=Normal\n");
	efi_section(&m, ".profile", "ID=reset\nTITLE=Factory reset\n");
	efi_section(&m, ".cmdline", "systemd.factory_reset=yes");
	assert_int_equal(read_image(t, &m, &u), 0);
	assert_int_equal(u.profiles.n, 2);
	assert_string_equal(u.profiles.v[0].title, "Normal");
	assert_string_equal(u.profiles.v[0].cmdline, "root=UUID=1 rw  quiet");
	assert_string_equal(u.profiles.v[1].title, "Factory reset");
	assert_string_equal(u.profiles.v[1].cmdline, "systemd.factory_reset=yes");
	assert_int_equal(u.profiles.v[1].kernel.off, u.profiles.v[0].kernel.off);
}

static void test_many_profiles(void **state)
{
	struct guest_tree *t = *state;
	static struct efi_maker m;
	struct unified u;

	/* A table of sections that is longer than the maker's. */
	m = image(OSREL);
	memset(m.bytes + 88, 0, EFI_SIZE - 88);
	for (unsigned i = 0; i < 100; i++)
		memcpy(m.bytes + 88 + 40 * i, i ? ".profile" : ".linux\0", 8);
	efi_put(&m, 70, 100, 2);
	m.n = EFI_SIZE;
	assert_int_equal(read_image(t, &m, &u), -ERR_LIMIT);
}

static void test_others(void **state)
{
	struct guest_tree *t = *state;
	struct efi_maker m = efi_make(EFI_X64, ".sdmagic", slice_str("x"));
	struct unified u;

	assert_int_equal(read_image(t, &m, &u), -ERR_ABSENT);
	m.n = 1;
	assert_int_equal(read_image(t, &m, &u), -ERR_ABSENT);
	m = image(OSREL);
	for (size_t n = 2; n < m.n; n++) {
		struct efi_maker cut = m;

		cut.n = n;
		assert_int_equal(read_image(t, &cut, &u), -ERR_CORRUPT);
	}
}

/* --- Boot loaders --- */

static void make_guest(struct guest_tree *t)
{
	t->facts.os.id = "arch";
	t->facts.os.arch = "x86_64";
	guest_tree_disk(t, "gpt", "none");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/efi/.keep", "");
	guest_tree_volume(t, "/efi")->type_name = "EFI System";
}

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

static void test_systemd_boot(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;
	struct efi_maker two = image("ID=arch\nVERSION_ID=6\n");

	make_guest(t);
	guest_tree_file(t, 1, "/loader/loader.conf", "timeout 3\n");
	guest_tree_file(t, 1, "/loader/entries/old.conf", "title Old\nlinux /vmlinuz\n");
	efi_file(t, 1, "/EFI/Linux/arch-7.efi", image(OSREL));
	efi_section(&two, ".profile", "TITLE=Main");
	efi_section(&two, ".profile", "TITLE=Reset");
	efi_file(t, 1, "/EFI/Linux/arch-6.EFI", two);
	guest_tree_file(t, 1, "/EFI/Linux/broken.efi", "MZ");
	guest_tree_file(t, 1, "/EFI/Linux/arch-7.efi.extra.d/x.addon.efi", "MZ");
	guest_tree_file(t, 1, "/EFI/Linux/readme.txt", "no image");
	run(t);
	assert_string_equal(b->loader, "systemd-boot");
	assert_int_equal(b->entries.n, 4);
	assert_string_equal(b->entries.v[0].id, "arch-7.efi");
	assert_string_equal(b->entries.v[0].title, "Arch Linux");
	assert_string_equal(b->entries.v[0].kernel, "/efi/EFI/Linux/arch-7.efi");
	assert_string_equal(b->entries.v[0].initramfs.v[0], "/efi/EFI/Linux/arch-7.efi");
	assert_string_equal(b->entries.v[0].cmdline, "root=UUID=1 rw  quiet");
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[1].id, "arch-6.EFI@1");
	assert_string_equal(b->entries.v[1].title, "arch (Reset)");
	assert_string_equal(b->entries.v[2].id, "arch-6.EFI");
	assert_string_equal(b->entries.v[3].id, "old");
	assert_non_null(guest_tree_problem(t, "broken.efi is no unified kernel image"));
	assert_non_null(guest_tree_problem(t, "arch-7.efi.extra.d holds addons"));
}

/* An entry of the first type may name one, and words of its own. */
static void test_named_by_an_entry(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	make_guest(t);
	guest_tree_file(t, 1, "/loader/loader.conf", "default b*\n");
	guest_tree_file(t, 1, "/loader/entries/a.conf", "title A\nuki /own/a.efi\n");
	guest_tree_file(t, 1, "/loader/entries/b.conf",
			"title B\nefi /own/a.efi\noptions root=/dev/vda1\n");
	guest_tree_file(t, 1, "/loader/entries/c.conf", "title C\nlinux /own/a.efi\n");
	guest_tree_file(t, 1, "/loader/entries/shell.conf", "efi /shell.efi\n");
	guest_tree_file(t, 1, "/shell.efi", "MZ");
	efi_file(t, 1, "/own/a.efi", image(OSREL));
	run(t);
	assert_int_equal(b->entries.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct entry_fact *entry = &b->entries.v[i];
		bool named = strcmp(entry->id, "b") == 0;

		assert_string_equal(entry->kernel, "/efi/own/a.efi");
		assert_string_equal(entry->initramfs.v[0], "/efi/own/a.efi");
		assert_string_equal(entry->cmdline,
				    named ? "root=/dev/vda1" : "root=UUID=1 rw  quiet");
		assert_int_equal(entry->cmdline_source.line, named ? 3 : 0);
		assert_int_equal(entry->is_default, named);
	}
}

static void test_started_by_firmware(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	make_guest(t);
	efi_file(t, 1, "/EFI/BOOT/BOOTX64.EFI", image(OSREL));
	run(t);
	assert_string_equal(b->loader, "unified");
	assert_int_equal(b->entries.n, 1);
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[0].kernel, "/efi/EFI/BOOT/BOOTX64.EFI");
	assert_string_equal(b->default_how, "UEFI starts it");
}

/* The kernel and the initramfs are parts of one file. */
static void test_parts(void **state)
{
	struct guest_tree *t = *state;
	const struct unified_profile *p = NULL;
	struct slice bytes;
	struct file f;

	make_guest(t);
	efi_file(t, 1, "/a.efi", image(OSREL));
	guest_tree_file(t, 1, "/plain", "no program");
	assert_int_equal(tree_find(t->guest.tree, "/efi/a.efi", &f, &t->e), 0);
	assert_int_equal(unified_part(&f, UNIFIED_INITRAMFS, t->arena, &p, &t->e), 0);
	assert_string_equal(p->release, "6.9.1-arch1-1");
	assert_int_equal(file_read_all(&f, 100, t->arena, &bytes, &t->e), 0);
	assert_true(slice_eq(bytes, "070701"));
	assert_int_equal(tree_find(t->guest.tree, "/efi/plain", &f, &t->e), 0);
	assert_int_equal(unified_part(&f, UNIFIED_KERNEL, t->arena, NULL, &t->e), 0);
	assert_int_equal(f.node.size, 10);
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_sections),
		CASE(test_profiles),
		CASE(test_many_profiles),
		CASE(test_others),
		CASE(test_systemd_boot),
		CASE(test_named_by_an_entry),
		CASE(test_started_by_firmware),
		CASE(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
