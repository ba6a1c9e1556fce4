/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lilo.conf and zipl.conf, and what grubby's tests have of them where they are there. */
#include "boot/mapped.h"
#include "guest-tree.h"

static struct mapped_menu menu_of(struct guest_tree *t, const char *text,
				  int (*parse)(struct slice text, struct arena *a,
					       struct mapped_menu *ret, struct err *e))
{
	struct mapped_menu menu = {0};

	if (parse(slice_str(text), t->arena, &menu, &t->e) < 0)
		fail_msg("%s", t->e.text);
	return menu;
}

static const char lilo[] = "# global\n"
			   "boot = /dev/sda\nmap=/boot/map\nread-only root=/dev/sda1\n"
			   "append=\"quiet vga=791\"\ndefault=\"New Linux\"\n\n"
			   "image=/boot/vmlinuz-2.6.32\n"
			   "\tlabel = Linux\n\tinitrd=/boot/initrd-2.6.32.img\n"
			   "\taddappend=\" noapic \"\n"
			   "image=/boot/vmlinuz-2.6.39 # the newer one\n"
			   "\tlabel=\"New Linux\" alias=2\n"
			   "\troot=\"UUID=1-2\"\n\tread-write\n"
			   "\tappend=\"console=ttyS0 \\\"x y\\\" \\\nquiet\"\n"
			   "image=/boot/vmlinuz\n\tliteral=\"init=/bin/sh\"\n"
			   "other=/dev/sda2\n\tlabel=DOS\n\ttable=/dev/sda\n";

static void test_lilo(void **state)
{
	struct guest_tree *t = *state;
	struct mapped_menu m = menu_of(t, lilo, lilo_parse);

	assert_int_equal(m.entries.n, 4);
	assert_string_equal(m.chosen, "New Linux");
	assert_string_equal(m.entries.v[0].label, "Linux");
	assert_string_equal(m.entries.v[0].kernel, "/boot/vmlinuz-2.6.32");
	assert_string_equal(m.entries.v[0].initrd, "/boot/initrd-2.6.32.img");
	assert_string_equal(m.entries.v[0].cmdline,
			    "root=/dev/sda1 ro quiet vga=791 noapic");
	assert_int_equal(m.entries.v[0].line, 8);
	assert_string_equal(m.entries.v[1].cmdline,
			    "root=UUID=1-2 rw console=ttyS0 \"x y\"  quiet");
	assert_null(m.entries.v[1].initrd);
	assert_int_equal(m.entries.v[1].line, 12);
	assert_string_equal(m.entries.v[2].label, "vmlinuz");
	assert_string_equal(m.entries.v[2].cmdline, "init=/bin/sh");
	assert_string_equal(m.entries.v[3].label, "DOS");
	assert_null(m.entries.v[3].kernel);
}

static void test_lilo_alias(void **state)
{
	struct guest_tree *t = *state;
	struct mapped_menu m =
		menu_of(t, "default=2\nimage=/a\nlabel=A\nimage=/b\nlabel=B\nalias=2\n",
			lilo_parse);

	assert_string_equal(m.chosen, "B");
	m = menu_of(t, "image=/a\n", lilo_parse);
	assert_null(m.chosen);
}

static void test_lilo_damaged(void **state)
{
	struct guest_tree *t = *state;
	struct mapped_menu m;

	assert_int_equal(
		lilo_parse(slice_str("image=/a\nlabel=\"b\n"), t->arena, &m, &t->e),
		-ERR_CORRUPT);
	assert_int_equal(lilo_parse(slice_str("image="), t->arena, &m, &t->e),
			 -ERR_CORRUPT);
	assert_int_equal(lilo_parse(slice_of("a\0b", 3), t->arena, &m, &t->e),
			 -ERR_CORRUPT);
}

static const char zipl[] =
	"[defaultboot]\ndefaultmenu = menu1\ntarget=/boot\n"
	"[linux]\n\timage=/boot/image,0x10000\n\tramdisk=/boot/initrd,0x800000\n"
	"\tparameters=\"root=/dev/dasda1 ro\"\n"
	"[dump]\n\tdumpto=/dev/dasdb1\n"
	"[other]\n\timage=/boot/image-2\n\tparmfile=/boot/parm\n"
	":menu1\n\tdefault=2\n\t1=other\n\t2=linux\n\tprompt=1\n";

static void test_zipl(void **state)
{
	struct guest_tree *t = *state;
	struct mapped_menu m = menu_of(t, zipl, zipl_parse);

	assert_int_equal(m.entries.n, 3);
	assert_string_equal(m.chosen, "linux");
	assert_string_equal(m.entries.v[0].kernel, "/boot/image");
	assert_string_equal(m.entries.v[0].initrd, "/boot/initrd");
	assert_string_equal(m.entries.v[0].cmdline, "root=/dev/dasda1 ro");
	assert_null(m.entries.v[1].kernel);
	assert_null(m.entries.v[2].cmdline);
	assert_int_equal(zipl_parse(slice_str("[defaultboot]\ndefaultmenu=x\n"), t->arena,
				    &m, &t->e),
			 -ERR_CORRUPT);
	assert_int_equal(zipl_parse(slice_str("[linux\n"), t->arena, &m, &t->e),
			 -ERR_CORRUPT);
}

/* --- In a guest --- */

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

static void test_lilo_guest(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "mbr", "lilo");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/lilo.conf", lilo);
	guest_tree_file(t, 0, "/boot/grub/grub.cfg", "menuentry x { linux /boot/x; }\n");
	guest_tree_file(t, 0, "/boot/vmlinuz-2.6.39", "k");
	run(t);
	assert_string_equal(b->loader, "lilo");
	assert_true(boot_is_mapped(b));
	assert_int_equal(b->entries.n, 4);
	assert_true(b->entries.v[1].is_default);
	assert_string_equal(b->default_how, "default=New Linux");
	assert_int_equal(b->entries.v[1].source.line, 12);
	assert_int_equal(b->entries.v[1].cmdline_source.line, 0);
	assert_non_null(guest_tree_problem(t, "loads the blocks that its map lists"));
}

/* Then whatever else is there is not what starts. */
static void test_lilo_without_configuration(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "mbr", "lilo");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/grub/grub.cfg", "menuentry x { linux /boot/x; }\n");
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), -ERR_UNSUPPORTED);
	assert_non_null(strstr(t->e.text, "disk.img holds LILO"));
	assert_int_equal(t->facts.boot.entries.n, 0);
}

static void test_lilo_wrong_default(void **state)
{
	struct guest_tree *t = *state;

	guest_tree_disk(t, "mbr", "lilo");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/lilo.conf", "default=x\nimage=/boot/a\n");
	run(t);
	assert_null(t->facts.boot.default_how);
	assert_non_null(guest_tree_problem(t, "is none of its entries"));
}

static void test_zipl_with_entries(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	guest_tree_disk(t, "gpt", "none");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/etc/zipl.conf",
			"[defaultboot]\ndefaultauto\nprompt=1\ntarget=/boot\n");
	guest_tree_file(t, 0, "/boot/loader/entries/m-5.14.0-1.conf",
			"title Old\nlinux /vmlinuz-5.14.0-1\n");
	guest_tree_file(t, 0, "/boot/loader/entries/m-5.14.0-2.conf",
			"title New\nlinux /boot/vmlinuz-5.14.0-2\n"
			"initrd /boot/initramfs-5.14.0-2.img\noptions root=UUID=1\n");
	guest_tree_file(t, 0, "/boot/vmlinuz-5.14.0-2", "k");
	run(t);
	assert_string_equal(b->loader, "zipl");
	assert_int_equal(b->entries.n, 2);
	assert_string_equal(b->entries.v[0].title, "New");
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-5.14.0-2");
	assert_string_equal(b->entries.v[0].cmdline, "root=UUID=1");
}

/* --- grubby's --- */

static int slurp(struct guest_tree *t, const char *name, struct slice *ret)
{
	char path[1024], *text = arena_alloc(t->arena, 65536);
	const char *fixtures = getenv("PARAVET_FIXTURES");
	FILE *f;

	snprintf(path, sizeof(path), "%s/bootcfg/grubby-tests/%s",
		 fixtures ? fixtures : SOURCE_ROOT "/../shared/fixtures", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	*ret = slice_of(text, fread(text, 1, 65536, f));
	fclose(f);
	return 0;
}

static void test_grubby(void **state)
{
	static const struct {
		const char *name, *chosen;
		size_t entries;
		int (*parse)(struct slice text, struct arena *a, struct mapped_menu *ret,
			     struct err *e);
	} cases[] = {
		{"lilo.1", "linux", 2, lilo_parse},
		{"lilo.3", "linux", 4, lilo_parse},
		{"lilo.4", NULL, 2, lilo_parse},
		{"lilo.5", "DOS", 2, lilo_parse},
		{"lilo.7", "linux", 3, lilo_parse},
		{"zipl.1", "linux", 2, zipl_parse},
		{"zipl.2", "3.10.0-514.6.2.el7.s390x_with_debugging", 4, zipl_parse},
	};
	struct guest_tree *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mapped_menu m;
		struct slice text;

		if (slurp(t, cases[i].name, &text) < 0)
			skip();
		assert_int_equal(cases[i].parse(text, t->arena, &m, &t->e), 0);
		assert_int_equal(m.entries.n, cases[i].entries);
		if (cases[i].chosen)
			assert_string_equal(m.chosen, cases[i].chosen);
		else
			assert_null(m.chosen);
	}
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_lilo),
		CASE(test_lilo_alias),
		CASE(test_lilo_damaged),
		CASE(test_zipl),
		CASE(test_lilo_guest),
		CASE(test_lilo_without_configuration),
		CASE(test_lilo_wrong_default),
		CASE(test_zipl_with_entries),
		CASE(test_grubby),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
