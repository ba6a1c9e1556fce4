/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Syslinux' configuration: its text, which entry is the default, what it means in a guest
 * whose /boot lies apart or on the EFI system partition, and grubby's test configurations
 * where the fixtures are there.
 */
#include "guest-tree.h"

#include "boot/syslinux.h"
#include "text.h"

static int no_file(_unused_ void *ctx, _unused_ const char *name,
		   _unused_ struct slice *ret, _unused_ struct source *ret_where,
		   struct err *e)
{
	return err_set(e, ERR_ABSENT, "not there");
}

/* Includes itself. */
static int same_file(void *ctx, _unused_ const char *name, struct slice *ret,
		     struct source *ret_where, _unused_ struct err *e)
{
	*ret = slice_str(ctx);
	*ret_where = (struct source){0};
	return 0;
}

static struct syslinux_menu parse(struct arena *a, const char *text)
{
	const struct syslinux_files files = {no_file, NULL};
	const struct source where = {.path = "/boot/extlinux/extlinux.conf"};
	struct syslinux_menu menu = {0};
	struct err e = ERR_INIT;

	if (syslinux_parse(slice_str(text), &where, &files, a, &menu, &e) < 0)
		fail_msg("%s", e.text);
	return menu;
}

static void test_text(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct syslinux_menu m = parse(
		a,
		"# label no\nAPPEND quiet\nDefault one\nINCLUDE gone.cfg\n"
		"LABEL one\r\n\tMENU LABEL The ^first\n\tLinux /vmlinuz-1\n"
		"\tinitrd /initrd-1,/more\n"
		"\ttext help\n\tlabel not this\n\tendtext\n"
		"label two words\n  kernel ../vmlinuz-2 single\n  append root=/dev/sda1 "
		"initrd=old,initrd-2 \n"
		"label dos\n com32 chain.c32\n append hd0 1\n"
		"label memtest\nkernel memtest.BIN\n"
		"label other\nmenu default\nconfig /other.cfg\nappend -\n");
	const struct syslinux_entry *v = m.entries.v;

	assert_int_equal(m.entries.n, 5);
	assert_string_equal(m.chosen, "one");
	assert_string_equal(m.append, "quiet");
	assert_int_equal(m.append_where.line, 2);
	assert_string_equal(v[0].title, "The first");
	assert_string_equal(v[0].kernel, "/vmlinuz-1");
	assert_string_equal(v[0].initrd, "/initrd-1,/more");
	assert_null(v[0].append);
	assert_int_equal(v[0].where.line, 5);
	assert_string_equal(v[1].label, "two words");
	assert_string_equal(v[1].title, "two words");
	assert_string_equal(v[1].kernel, "../vmlinuz-2");
	assert_string_equal(v[1].arguments, "single");
	assert_string_equal(v[1].append, "root=/dev/sda1 initrd=old,initrd-2");
	assert_int_equal(v[1].append_where.line, 14);
	assert_null(v[2].kernel);
	assert_null(v[3].kernel);
	assert_true(v[4].config && v[4].menu_default);
	assert_string_equal(v[4].append, "-");
}

static void test_damage(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	static char itself[] = "include itself\ninclude itself\nlabel x\n";
	const struct syslinux_files files = {same_file, itself};
	const struct source where = {0};
	struct syslinux_menu menu;
	struct err e = ERR_INIT;

	assert_int_equal(
		syslinux_parse(slice_of("label a\0b", 9), &where, &files, a, &menu, &e),
		-ERR_CORRUPT);
	assert_int_equal(syslinux_parse(slice_str(itself), &where, &files, a, &menu, &e),
			 -ERR_LIMIT);
	assert_int_equal(parse(a,
			       "append\nlabel\nkernel\nmenu\ninitrd\ntext\ninclude\nmenu "
			       "label\nmenu include\nui\n")
				 .entries.n,
			 1);
}

/* The label of the default entry, or the error's text. */
static const char *chosen(struct arena *a, const char *text, bool u_boot)
{
	struct syslinux_menu m = parse(a, text);
	struct syslinux_choice c;
	struct err e = ERR_INIT;

	if (syslinux_default(&m, u_boot, a, &c, &e) < 0)
		return arena_strdup(a, e.text);
	return arena_printf(a, "%s: %s%s%s", m.entries.v[c.entry].label, c.how,
			    *c.options ? " + " : "", c.options);
}

#define ENTRIES "label a\nlinux /a\nlabel b\nlinux /b\nlabel c d\nlinux /c\n"

static void test_default(_unused_ void **state)
{
	static const struct {
		const char *text, *want;
		bool u_boot;
	} cases[] = {
		{"default b\n" ENTRIES, "b: DEFAULT b", false},
		{ENTRIES "default b", "b: DEFAULT b", false},
		{"default b single debug\n" ENTRIES,
		 "b: DEFAULT b single debug + single debug", false},
		{"default c d\n" ENTRIES, "c d: DEFAULT c d", false},
		{"default x\n" ENTRIES, "DEFAULT x names no entry", false},
		{"default x\n" ENTRIES, "DEFAULT x names no entry", true},
		{"ui menu.c32\ndefault x\n" ENTRIES, "a: first entry", false},
		{"ui menu.c32\n" ENTRIES "menu default\n", "c d: MENU DEFAULT", false},
		{"ui menu.c32\ndefault b\n" ENTRIES "menu default\n", "b: DEFAULT b",
		 false},
		{"default vesamenu.c32\n" ENTRIES "menu default\n", "c d: MENU DEFAULT",
		 false},
		{ENTRIES, "it has neither DEFAULT nor UI: the boot waits at a prompt",
		 false},
		{ENTRIES, "a: first entry", true},
		{"default a\nontimeout b\nprompt 1\ntimeout 50\n" ENTRIES,
		 "b: ONTIMEOUT b", false},
		{"default a\nontimeout b\nprompt 0\ntimeout 50\n" ENTRIES, "a: DEFAULT a",
		 false},
		{"ui menu.c32\nontimeout x\ntimeout 50\n" ENTRIES,
		 "ONTIMEOUT x names no entry", false},
		{"default a\n", "it holds no entries", false},
		{"ui menu.c32\nmenu save\n" ENTRIES,
		 "the entry that was chosen last is the default (MENU SAVE), and no file "
		 "tells which one that is",
		 false},
	};
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(chosen(a, cases[i].text, cases[i].u_boot),
				    cases[i].want);
}

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

/* As Debian's extlinux-update leaves it, /boot apart. */
static void test_apart(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "syslinux");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/.keep", "");
	guest_tree_volume(t, "/boot");
	guest_tree_file(t, 1, "/vmlinuz-6", "k");
	guest_tree_file(t, 1, "/initrd.img-6", "i");
	guest_tree_file(t, 1, "/extlinux/extlinux.conf",
			"default l0\nprompt 1\ntimeout 50\ninclude linux.cfg\n"
			"include gone.cfg\n");
	guest_tree_file(t, 1, "/extlinux/linux.cfg",
			"label l0\n\tmenu label Debian, kernel 6\n\tkernel /vmlinuz-6\n"
			"\tappend initrd=/initrd.img-6 root=/dev/sda2 ro\n"
			"label l1\n\tkernel ../vmlinuz-6\n\tinitrd ../initrd.img-6\n");
	run(t);
	assert_string_equal(b->loader, "extlinux");
	assert_true(b->readable);
	assert_string_equal(b->config, "/boot/extlinux/extlinux.conf");
	assert_string_equal(b->default_how, "DEFAULT l0");
	assert_int_equal(b->entries.n, 2);
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[0].title, "Debian, kernel 6");
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-6");
	assert_int_equal(b->entries.v[0].initramfs.n, 1);
	assert_string_equal(b->entries.v[0].initramfs.v[0], "/boot/initrd.img-6");
	assert_string_equal(b->entries.v[0].cmdline,
			    "initrd=/initrd.img-6 root=/dev/sda2 ro");
	assert_string_equal(b->entries.v[0].cmdline_source.path,
			    "/boot/extlinux/linux.cfg");
	assert_int_equal(b->entries.v[0].cmdline_source.line, 4);
	assert_string_equal(b->entries.v[1].kernel, "/boot/vmlinuz-6");
	assert_string_equal(b->entries.v[1].initramfs.v[0], "/boot/initrd.img-6");
	assert_int_equal(t->facts.problems.n, 0);
}

/* Files beside the configuration, several initramfs, options that no line holds alone. */
static void test_relative(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "syslinux");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/vmlinuz-lts", "k");
	guest_tree_file(t, 0, "/boot/extlinux.conf",
			"DEFAULT lts single\nAPPEND root=LABEL=x\nLABEL lts\n"
			"LINUX vmlinuz-lts\nINITRD ucode.img,initramfs-lts\n"
			"LABEL other\nLINUX /boot/gone quiet\nCONFIG /x\nLINUX "
			"/boot/gone quiet\n");
	run(t);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-lts");
	assert_int_equal(b->entries.v[0].initramfs.n, 2);
	assert_string_equal(b->entries.v[0].initramfs.v[1], "/boot/initramfs-lts");
	assert_string_equal(b->entries.v[0].cmdline, "root=LABEL=x single");
	assert_int_equal(b->entries.v[0].cmdline_source.line, 0);
	assert_string_equal(b->entries.v[1].kernel, "/boot/gone");
	assert_string_equal(b->entries.v[1].cmdline, "quiet root=LABEL=x");
	assert_non_null(guest_tree_problem(t, "leads to another menu"));
}

/* On the EFI system partition, below the vendor's folder. */
static void test_esp(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "gpt", NULL);
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/efi/.keep", "");
	guest_tree_volume(t, "/boot/efi");
	guest_tree_file(t, 1, "/vmlinuz", "k");
	guest_tree_file(t, 1, "/EFI/syslinux/syslinux.cfg",
			"ui menu.c32\nlabel x\nlinux /vmlinuz\nappend root=/dev/sda2\n");
	run(t);
	assert_string_equal(b->loader, "syslinux");
	assert_string_equal(b->config, "/boot/efi/EFI/syslinux/syslinux.cfg");
	assert_string_equal(b->entries.v[0].kernel, "/boot/efi/vmlinuz");
	assert_string_equal(b->default_how, "first entry");
}

static void test_problem(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "syslinux");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/extlinux/extlinux.conf",
			"label x\nlinux /vmlinuz\n");
	run(t);
	assert_int_equal(b->entries.n, 1);
	assert_false(b->entries.v[0].is_default);
	assert_null(b->default_how);
	assert_non_null(guest_tree_problem(t, "waits at a prompt"));
}

/* grubby's: each begins with its default, or has none. */
static void test_grubby(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 22);
	const char *folder = getenv("PARAVET_FIXTURES");
	unsigned seen = 0;

	for (unsigned i = 1; i <= 6; i++) {
		char *text = arena_alloc(a, 65536);
		struct syslinux_menu m;
		struct syslinux_choice c;
		struct err e = ERR_INIT;
		FILE *f = fopen(
			arena_printf(a, "%s/bootcfg/grubby-tests/extlinux.%u",
				     folder ? folder : SOURCE_ROOT "/../shared/fixtures",
				     i),
			"re");

		if (!f)
			continue;
		(void)!fread(text, 1, 65535, f);
		fclose(f);
		seen++;
		m = parse(a, text);
		assert_true(m.entries.n > 0);
		assert_non_null(m.entries.v[0].kernel);
		assert_int_equal(syslinux_default(&m, i == 3, a, &c, &e), 0);
		if (m.chosen)
			assert_string_equal(m.entries.v[c.entry].label, m.chosen);
		assert_true(slice_starts(slice_str(m.entries.v[c.entry].kernel), "/"));
	}
	if (!seen) {
		puts("no sample data bootcfg/grubby-tests");
		a = arena_free(a);
		skip();
	}
}

#define T(name) cmocka_unit_test(test_##name)
#define G(name) \
	cmocka_unit_test_setup_teardown(test_##name, guest_tree_setup, \
					guest_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(text),  T(damage),   T(default), T(grubby),
		G(apart), G(relative), G(esp),     G(problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
