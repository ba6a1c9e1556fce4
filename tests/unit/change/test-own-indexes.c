/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A stale modules.dep of the guest's own gets the lines of single modules. */
#include "../codec/tool.h"
#include "added-case.h"
#include "segment/own_indexes.h"

static struct added t;
static own_indexes made;

static int setup(void **state)
{
	(void)state;
	added_new(&t);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	added_done(&t);
	return 0;
}

static void make_indexes(const char *module)
{
	strs names = {0};

	read_guest(&t, DRIVERS(module));
	assert_true(vec_push(t.a, &names, module));
	err_clear(&t.e);
	t.r = change_own_indexes(&t.f.guest, added_kernel(&t), &names, t.a, &made, &t.e);
}

static void expect_index(const char *name, const char *text)
{
	for (size_t i = 0; i < made.n; i++)
		if (strcmp(made.v[i].path, name) == 0) {
			if (!slice_eq(made.v[i].bytes, text))
				fail_msg("%s is \"%.*s\"", name, (int)made.v[i].bytes.n,
					 (const char *)made.v[i].bytes.p);
			return;
		}
	fail_msg("no %s", name);
}

/* What it needs gets its line, too, where that is missing; other lines stay. */
static void a_module_that_is_not_named_gets_its_lines(void **state)
{
	(void)state;
	fake_text(&t.f, FOLDER "modules.dep",
		  "kernel/virtio_ring.ko:\nkernel/fs/ext4.ko:\n");
	fake_text(&t.f, FOLDER "modules.order",
		  "kernel/virtio.ko\nkernel/drivers/virtio_blk.ko\n");
	make_indexes("virtio_blk");
	assert_int_equal(t.r, 0);
	assert_int_equal(made.n, 3);
	expect_index(FOLDER "modules.dep",
		     "kernel/virtio_ring.ko:\nkernel/fs/ext4.ko:\n"
		     "kernel/virtio.ko: kernel/virtio_ring.ko\n"
		     "kernel/drivers/virtio_blk.ko: kernel/virtio.ko "
		     "kernel/virtio_ring.ko\n");
	expect_index(FOLDER "modules.alias",
		     "# comment\nalias crypto_crc32c crc32c_generic\n"
		     "alias virtio:d00000002v* virtio_blk\n");
}

/* It was moved: the line of what needs it names the old place. */
static void modules_that_need_it_name_its_new_place(void **state)
{
	(void)state;
	fake_text(&t.f, FOLDER "modules.dep",
		  "kernel/virtio_ring.ko:\nkernel/old/virtio.ko: kernel/virtio_ring.ko\n"
		  "kernel/drivers/virtio_blk.ko: kernel/old/virtio.ko "
		  "kernel/virtio_ring.ko\n");
	make_indexes("virtio");
	assert_int_equal(t.r, 0);
	expect_index(FOLDER "modules.dep",
		     "kernel/virtio_ring.ko:\nkernel/virtio.ko: kernel/virtio_ring.ko\n"
		     "kernel/drivers/virtio_blk.ko: kernel/virtio.ko "
		     "kernel/virtio_ring.ko\n");
}

/* A module of which a part is gone is not worth a line, and no reason to give up. */
static void a_dependent_that_lacks_something_keeps_its_line(void **state)
{
	(void)state;
	PUT_MODULE(&t, "kernel/vhost.ko", "depends=virtio,gone\0name=vhost");
	fake_text(&t.f, FOLDER "modules.dep",
		  "kernel/virtio_ring.ko:\nkernel/old/virtio.ko: kernel/virtio_ring.ko\n"
		  "kernel/vhost.ko: kernel/old/virtio.ko kernel/gone.ko\n");
	make_indexes("virtio");
	assert_int_equal(t.r, 0);
	expect_index(FOLDER "modules.dep",
		     "kernel/virtio_ring.ko:\n"
		     "kernel/vhost.ko: kernel/old/virtio.ko kernel/gone.ko\n"
		     "kernel/virtio.ko: kernel/virtio_ring.ko\n");
}

/* module-init-tools made this one; what it tells is in the aliases, too. */
static void the_list_of_pci_devices_gets_the_line(void **state)
{
	(void)state;
	PUT_MODULE(&t, "extra/xen-platform-pci.ko",
		   "depends=\0name=xen_platform_pci\0"
		   "alias=pci:v00005853d00000001sv*sd00000002bcFFsc*i00\0"
		   "alias=xen:other");
	fake_text(&t.f, FOLDER "modules.dep", "kernel/fs/ext4.ko:\n");
	fake_text(&t.f, FOLDER "modules.pcimap",
		  "# pci module         vendor\n"
		  "e1000                0x00008086\n"
		  "xen-platform-pci     0x00001234\n");
	make_indexes("xen_platform_pci");
	assert_int_equal(t.r, 0);
	expect_index(FOLDER "modules.pcimap",
		     "# pci module         vendor\n"
		     "e1000                0x00008086\n"
		     "xen-platform-pci     0x00005853 0x00000001 0xffffffff 0x00000002 "
		     "0x00ff0000 0x00ff00ff 0x0\n");
}

/* An index as depmod leaves it beside the text, with this entry. */
static void put_binary(const char *path, struct kmod_entry entry)
{
	_cleanup_strbuf_ struct strbuf index = STRBUF_INIT(LIMIT_TABLE_FILE);
	kmod_entries entries = {0};

	assert_true(vec_push(t.a, &entries, entry));
	assert_int_equal(kmod_index_write(&entries, &index, &t.e), 0);
	fake_file(&t.f, path, slice_of(index.s, index.n));
}

static void the_binary_index_gets_the_line(void **state)
{
	struct slice value = SLICE_NONE;
	struct kmod_index x;

	(void)state;
	put_binary(FOLDER "modules.dep.bin",
		   (struct kmod_entry){"ext4", "kernel/fs/ext4.ko:", 5});
	fake_text(&t.f, FOLDER "modules.dep", "kernel/fs/ext4.ko:\n");
	fake_text(&t.f, FOLDER "modules.order", "kernel/drivers/xen-blkfront.ko\n");
	make_indexes("xen_blkfront");
	assert_int_equal(t.r, 0);
	assert_string_equal(made.v[0].path, FOLDER "modules.dep.bin");
	assert_int_equal(kmod_index_open(made.v[0].bytes, &x, &t.e), 0);
	assert_int_equal(kmod_index_find(&x, "xen_blkfront", &value, &t.e), 1);
	assert_true(slice_eq(value, "kernel/drivers/xen-blkfront.ko:"));
	assert_int_equal(kmod_index_find(&x, "ext4", &value, &t.e), 1);
}

/* A command in the guest's folder. */
static int run(const char *command)
{
	const char *argv[] = {"sh", "-c", command, NULL};

	return tool_run(argv, t.f.dir, NULL, arena_printf(t.a, "%s/out", t.f.dir));
}

#define MODPROBE "PATH=$PATH:/usr/sbin:/sbin modprobe -d $PWD -S " VER

static void modprobe_finds_what_a_stale_index_lacked(void **state)
{
	(void)state;
	if (run("PATH=$PATH:/usr/sbin:/sbin modprobe --version") != 0) {
		print_message("modprobe is not installed\n");
		skip();
	}
	put_binary(FOLDER "modules.dep.bin",
		   (struct kmod_entry){"ext4", "kernel/fs/ext4.ko:", 5});
	put_binary(FOLDER "modules.alias.bin", (struct kmod_entry){"fs_ext4", "ext4", 5});
	fake_text(&t.f, FOLDER "modules.dep", "kernel/fs/ext4.ko:\n");
	fake_text(&t.f, FOLDER "modules.order",
		  "kernel/virtio_ring.ko\nkernel/virtio.ko\nkernel/drivers/"
		  "virtio_blk.ko\n");
	assert_int_not_equal(run(MODPROBE " --show-depends virtio_blk"), 0);
	make_indexes("virtio_blk");
	assert_int_equal(t.r, 0);
	for (size_t i = 0; i < made.n; i++)
		fake_file(&t.f, made.v[i].path, made.v[i].bytes);
	assert_int_equal(
		run("test \"$(" MODPROBE " --show-depends virtio_blk | wc -l)\" = 3"), 0);
	assert_int_equal(run("test \"$(" MODPROBE " -R virtio:d00000002v00001AF4)\" "
			     "= virtio_blk"),
			 0);
	assert_int_equal(run("test \"$(" MODPROBE " -R fs-ext4)\" = ext4"), 0);
}

static void without_modules_dep_depmod_has_to_run(void **state)
{
	(void)state;
	fake_text(&t.f, FOLDER "modules.dep", "cut short");
	make_indexes("virtio_blk");
	assert_true(t.r < 0);
	assert_non_null(strstr(t.e.text, "has to be made as a whole: depmod -a"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_module_that_is_not_named_gets_its_lines),
		TEST(modules_that_need_it_name_its_new_place),
		TEST(a_dependent_that_lacks_something_keeps_its_line),
		TEST(the_list_of_pci_devices_gets_the_line),
		TEST(the_binary_index_gets_the_line),
		TEST(modprobe_finds_what_a_stale_index_lacked),
		TEST(without_modules_dep_depmod_has_to_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
