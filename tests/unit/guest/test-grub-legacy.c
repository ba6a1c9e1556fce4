/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB Legacy's menu: its text, what it means in a guest of several disks, and grubby's
 * test configurations where the fixtures are there.
 */
#include "guest-tree.h"

#include "boot/grub_legacy.h"
#include "text.h"

static struct legacy_menu parse(struct arena *a, const char *text)
{
	struct legacy_menu menu = {0};
	struct err e = ERR_INIT;

	if (grub_legacy_parse(slice_str(text), a, &menu, &e) < 0)
		fail_msg("%s", e.text);
	return menu;
}

static void test_text(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct legacy_menu m = parse(
		a,
		"# default=7 \\\ndefault 5\n"
		"default 2\n\tfallback=1 0\ntimeout=5\nhiddenmenu\n"
		"title Red Hat (2.4.21-50.EL)\r\n"
		"\troot (hd0,0)\n"
		"\tkernel --no-mem-option /vmlinuz-2.4.21-50.EL ro \\\n root=/dev/hda1\n"
		"\tinitrd /initrd-2.4.21-50.EL.img\n"
		"title=Xen\nroot=(hd0,1)\nkernel /xen.gz-2.6.18-8.el5 dom0_mem=1G\n"
		"module /vmlinuz-2.6.18-8.el5xen ro quiet\n"
		"module /initrd-2.6.18-8.el5xen.img\nmodule /more\n"
		"title other\nrootnoverify (hd1,4)\nchainloader +1\n"
		"title own devices\nuuid 12-34\nkernel (hd2,3)/k\ninitrd /i\n");

	(void)state;
	assert_string_equal(m.default_word, "2");
	assert_int_equal(m.fallbacks, 2);
	assert_int_equal(m.fallback[0], 1);
	assert_int_equal(m.entries.n, 4);
	assert_string_equal(m.entries.v[0].title, "Red Hat (2.4.21-50.EL)");
	assert_int_equal(m.entries.v[0].line, 7);
	assert_string_equal(m.entries.v[0].kernel_device, "(hd0,0)");
	assert_string_equal(m.entries.v[0].kernel, "/vmlinuz-2.4.21-50.EL");
	assert_string_equal(m.entries.v[0].cmdline, "ro   root=/dev/hda1");
	assert_string_equal(m.entries.v[0].initrd, "/initrd-2.4.21-50.EL.img");
	assert_true(m.entries.v[1].xen);
	assert_string_equal(m.entries.v[1].title, "Xen");
	assert_string_equal(m.entries.v[1].kernel, "/vmlinuz-2.6.18-8.el5xen");
	assert_string_equal(m.entries.v[1].cmdline, "ro quiet");
	assert_string_equal(m.entries.v[1].initrd, "/initrd-2.6.18-8.el5xen.img");
	assert_null(m.entries.v[2].kernel);
	assert_string_equal(m.entries.v[3].kernel_device, "(hd2,3)");
	assert_string_equal(m.entries.v[3].initrd_device, "UUID=12-34");
}

static void test_damage(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct legacy_menu menu = {0};
	struct err e = ERR_INIT;
	uint64_t drive = 9, partition = 9;

	(void)state;
	assert_int_equal(grub_legacy_parse(slice_of("title a\0b", 9), a, &menu, &e),
			 -ERR_CORRUPT);
	assert_int_equal(
		parse(a, "title a\nkernel\nkernel --x\nmodule\nroot\n\\").entries.n, 1);
	assert_false(grub_legacy_device("(nd)", &drive, &partition));
	assert_false(grub_legacy_device("(hd0,0,a)", &drive, &partition));
	assert_false(grub_legacy_device("(hd", &drive, &partition));
	assert_true(grub_legacy_device("(hd3)", &drive, &partition));
	assert_int_equal(drive, 3);
	assert_int_equal(partition, 0);
	assert_int_equal(grub_legacy_saved(slice_str("2\n#\n#\n")), 2);
	assert_int_equal(grub_legacy_saved(slice_str("x2")), 0);
	assert_int_equal(grub_legacy_saved(SLICE_NONE), 0);
}

static void run(struct guest_tree *t)
{
	assert_int_equal(read_boot_places.read(&t->guest, &t->e), 0);
	assert_int_equal(read_bootloader.read(&t->guest, &t->e), 0);
}

#define ENTRY(title, device, kernel) \
	"title " title "\n root " device "\n kernel " kernel " ro root=/dev/sda2\n"

/* /boot is partition 2 of the disk with the boot code; another system is on 3. */
static void make_apart(struct guest_tree *t, const char *menu)
{
	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/.keep", "");
	guest_tree_volume(t, "/boot");
	guest_tree_volume(t, NULL)->read = true;
	guest_tree_file(t, 1, "/vmlinuz-2.6.18-53.el5", "k");
	guest_tree_file(t, 1, "/initrd-2.6.18-53.el5.img", "i");
	guest_tree_file(t, 1, "/grub/grub.conf", menu);
}

static void test_guest(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	make_apart(t, "default=saved\n" ENTRY("old", "(hd0,1)", "/vmlinuz-2.6.18-8.el5")
			      ENTRY("new", "(hd0,1)",
				    "/vmlinuz-2.6.18-53.el5") "initrd "
							      "/initrd-2.6.18-53.el5."
							      "img\n" ENTRY(
								      "there", "(hd0,2)",
								      "/vmlinuz-2.6."
								      "18-53.el5"));
	guest_tree_file(t, 1, "/grub/default", "1\n#\n");
	run(t);
	assert_string_equal(b->loader, "grub-legacy");
	assert_true(b->readable);
	assert_string_equal(b->config, "/boot/grub/grub.conf");
	assert_string_equal(b->default_how, "default=saved, which is 1");
	assert_int_equal(b->entries.n, 3);
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-2.6.18-8.el5");
	assert_false(b->entries.v[0].is_default);
	assert_true(b->entries.v[1].is_default);
	assert_string_equal(b->entries.v[1].kernel, "/boot/vmlinuz-2.6.18-53.el5");
	assert_string_equal(b->entries.v[1].initramfs.v[0],
			    "/boot/initrd-2.6.18-53.el5.img");
	assert_string_equal(b->entries.v[1].cmdline, "ro root=/dev/sda2");
	assert_string_equal(b->entries.v[1].source.volume, "partition 2");
	assert_int_equal(b->entries.v[1].source.line, 5);
	assert_int_equal(b->entries.v[1].cmdline_source.line, 7);
	assert_null(b->entries.v[2].kernel);
	assert_non_null(
		guest_tree_problem(t, "\"there\" starts a kernel that is no part"));
}

/* The default's kernel is not there: GRUB goes on with fallback. */
static void test_fallback(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;

	make_apart(t, "default=0\nfallback=5 1\n" ENTRY("old", "(hd0,1)", "/vmlinuz-1")
			      ENTRY("new", "(hd0,1)", "/vmlinuz-2.6.18-53.el5"));
	run(t);
	assert_false(b->entries.v[0].is_default);
	assert_true(b->entries.v[1].is_default);
	assert_non_null(strstr(b->default_how, "fallback=1"));
}

/* Without disks to ask (a directory) /boot is tried first; the menu may be a link. */
static void test_directory(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;
	char path[128];

	guest_tree_volume(t, "/");
	t->facts.volumes.n = 0;
	guest_tree_file(t, 0, "/boot/vmlinuz-2.4.21-50.EL", "k");
	guest_tree_file(t, 0, "/boot/grub/menu.lst",
			"default 1\n" ENTRY("one", "(hd0,0)", "/vmlinuz-2.4.21-50.EL"));
	snprintf(path, sizeof(path), "%s/0/boot/grub/grub.conf", t->dir);
	assert_int_equal(symlink("./menu.lst", path), 0);
	run(t);
	assert_string_equal(b->config, "/boot/grub/grub.conf");
	assert_string_equal(b->entries.v[0].source.path, "/boot/grub/menu.lst");
	assert_string_equal(b->entries.v[0].kernel, "/boot/vmlinuz-2.4.21-50.EL");
	/* The number is no entry's: none is taken for the default. */
	assert_false(b->entries.v[0].is_default);
	assert_null(b->default_how);
	assert_non_null(guest_tree_problem(t, "default=1 names no entry: there are 1"));
}

/* /boot of the second drive, which device.map has as the third disk given. */
static void test_device_map(void **state)
{
	struct guest_tree *t = *state;
	const struct boot_fact *b = &t->facts.boot;
	struct volume_fact *v;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_disk(t, "mbr", "none")->name = "two.img";
	guest_tree_disk(t, "mbr", "none")->name = "three.img";
	guest_tree_volume(t, "/");
	guest_tree_file(t, 0, "/boot/.keep", "");
	guest_tree_file(t, 0, "/data/.keep", "");
	guest_tree_volume(t, "/data");
	guest_tree_file(t, 1, "/k", "k");
	v = &t->facts.volumes.v[1];
	v->disk = "three.img";
	v->number = 1;
	guest_tree_file(t, 0, "/boot/grub/menu.lst", ENTRY("one", "(hd1,0)", "/k"));
	guest_tree_file(t, 0, "/boot/grub/device.map",
			"# made by grub-install\n(fd0) /dev/fd0\n(hd0) /dev/sda\n"
			"(hd1)\t/dev/sdc\n");
	run(t);
	assert_string_equal(b->entries.v[0].kernel, "/data/k");
	assert_true(b->entries.v[0].is_default);
	assert_string_equal(b->default_how, "first entry");
}

static struct slice slurp(struct arena *a, const char *dir, const char *name)
{
	static char buf[64 * 1024];
	char path[1024];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "re");
	if (!f)
		return SLICE_NONE;
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	return slice_of(arena_memdup(a, buf, n), n);
}

static const char *fixtures(struct arena *a)
{
	const char *dir = getenv("PARAVET_FIXTURES");

	return arena_printf(a, "%s/bootcfg/grubby-tests",
			    dir ? dir : SOURCE_ROOT "/../shared/fixtures");
}

static void check_title(const struct legacy_menu *m, struct slice want)
{
	uint64_t number = 0;

	if (want.n == 0)
		return;
	if (m->default_word)
		assert_true(text_u64(slice_str(m->default_word), 100, &number));
	assert_true(number < m->entries.n);
	assert_true(slice_eq(text_trim(want), m->entries.v[number].title));
}

/* Every title of grubby's files is an entry, every kernel line names one, and those that
 * say so have the default that they name. */
static void test_grubby(void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	const char *dir = fixtures(a);
	size_t files = 0;

	(void)state;
	for (unsigned i = 1; i <= 15; i++) {
		struct slice text = slurp(a, dir, arena_printf(a, "grub.%u", i)), line,
			     word;
		struct text lines = text_of(text);
		size_t titles = 0, kernels = 0, found = 0;
		struct legacy_menu m = {0};
		struct err e = ERR_INIT;

		if (text.n == 0)
			continue;
		if (grub_legacy_parse(text, a, &m, &e) < 0)
			fail_msg("grub.%u: %s", i, e.text);
		while (text_line(&lines, &line)) {
			if (!text_word(&line, &word))
				continue;
			titles += slice_eq(word, "title");
			kernels += slice_eq(word, "kernel");
		}
		for (size_t k = 0; k < m.entries.n; k++)
			found += m.entries.v[k].kernel != NULL;
		assert_int_equal(m.entries.n, titles);
		assert_int_equal(found, kernels);
		check_title(&m, slurp(a, dir,
				      arena_printf(a, "results/defaulttitle/g.%u", i)));
		files++;
	}
	if (files == 0) {
		puts("no sample data bootcfg/grubby-tests");
		arena_freep(&a); /* skip() does not return */
		a = NULL;
		skip();
	}
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_damage),
		CASE(test_guest),
		CASE(test_fallback),
		CASE(test_directory),
		CASE(test_device_map),
		cmocka_unit_test(test_grubby),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
