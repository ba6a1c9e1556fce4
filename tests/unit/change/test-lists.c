/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each program that makes an initramfs loads by name. */
#include "added-case.h"

static struct added t;

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

static bool is_listed(const char *name)
{
	return strs_has(&added_kernel(&t)->initramfs.listed, name);
}

/* What all have that load by udev. */
static struct cpio_maker with_udev(void)
{
	struct cpio_maker m = {0};

	cpio_text(&m, "usr/lib/systemd/systemd-udevd", "");
	cpio_text(&m, INSIDE "modules.dep", "");
	cpio_text(&m, INSIDE "modules.alias", "");
	return m;
}

static void add_both(struct cpio_maker *m)
{
	put_initramfs(&t, m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio_blk", "xen_blkfront"));
	expect_inside(&t, "virtio_blk");
	expect_inside(&t, "xen_blkfront");
	make_segment(&t, DRIVERS("virtio_blk", "xen_blkfront"));
	assert_int_equal(t.r, 0);
	assert_int_equal(t.segment.bytes.n, 0);
}

static void dracut_with_systemd_has_modules_load(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "usr/lib/dracut/dracut-059-4", "");
	cpio_text(&m, "usr/lib/systemd/systemd-modules-load", "");
	add_both(&m);
	expect_file(&t, "etc/modules-load.d/paravet.conf", "virtio_blk\nxen_blkfront\n");
	assert_true(is_listed("virtio_blk"));
}

static void dracut_without_systemd_reads_more_of_the_command_line(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "usr/lib/dracut/dracut-033", "");
	cpio_dir(&m, "etc");
	cpio_dir(&m, "etc/cmdline.d");
	add_both(&m);
	expect_file(&t, "etc/cmdline.d/90-paravet.conf",
		    "rd.driver.pre=virtio_blk\nrd.driver.pre=xen_blkfront\n");
	assert_true(is_listed("xen_blkfront"));
}

static void dracut_of_rhel_6_reads_one_file(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "dracut-004-32.el6", "");
	cpio_text(&m, "etc/cmdline", "rd_NO_LUKS");
	add_both(&m);
	expect_file(&t, "etc/cmdline",
		    "rd_NO_LUKS\nrdloaddriver=virtio_blk\nrdloaddriver=xen_blkfront\n");
	assert_true(is_listed("virtio_blk"));
}

static void mkinitcpio_has_a_line_of_modules(void **state)
{
	static const char config[] = "MODULES=\"\"\nHOOKS=\"udev\"\n"
				     "MODULES=\"ext4 xen-blkfront\"\n";
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "buildconfig", "HOOKS=(base udev autodetect)\n");
	cpio_text(&m, "config", config);
	add_both(&m);
	expect_file(&t, "config",
		    "MODULES=\"\"\nHOOKS=\"udev\"\nMODULES=\"ext4 xen-blkfront\"\n"
		    "MODULES=\"ext4 xen-blkfront virtio_blk\"\n");
	assert_true(is_listed("virtio_blk"));
}

static void mkinitcpio_with_systemd_has_modules_load(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "buildconfig", "HOOKS=(base systemd)\n");
	cpio_text(&m, "usr/lib/systemd/systemd-modules-load", "");
	add_both(&m);
	expect_file(&t, "etc/modules-load.d/paravet.conf", "virtio_blk\nxen_blkfront\n");
}

static void mkinitfs_hands_lines_to_modprobe(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "sbin/nlplug-findfs", "");
	cpio_text(&m, "etc/modules", "af_packet");
	add_both(&m);
	expect_file(&t, "etc/modules", "af_packet\nvirtio_blk\nxen_blkfront\n");
	assert_true(is_listed("virtio_blk"));
}

static void a_computed_list_is_refused(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "buildconfig", "");
	cpio_text(&m, "config", "MODULES=\"$(cat /list)\"\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "is computed by a script");
}

static void suse_loads_what_its_first_script_names(void **state)
{
	static const char before[] =
		"[ \"$debug\" ] && echo preping 02-start.sh\n"
		"[ \"$RESOLVED_INITRD_MODULES\" ] || RESOLVED_INITRD_MODULES='ext3'\n"
		"modules=\"$RESOLVED_INITRD_MODULES\"\n";
	static const char behind[] = "source boot/02-start.sh\n"
				     "[ \"$modules\" ] && load_modules\n"
				     "modules=\"virtio_blk\"\nsource boot/04-udev.sh\n";
	static const char config[] =
		"[ \"$RESOLVED_INITRD_MODULES\" ] || RESOLVED_INITRD_MODULES='ext3'\n";
	struct cpio_maker m = with_udev();
	char script[600];

	(void)state;
	snprintf(script, sizeof(script), "%s%s", before, behind);
	cpio_text(&m, "run_all.sh", script);
	cpio_text(&m, "config/start.sh", config);
	add_both(&m);
	snprintf(script, sizeof(script),
		 "%smodules=\"$modules virtio_blk xen_blkfront\"\n%s", before, behind);
	expect_file(&t, "run_all.sh", script);
	snprintf(script, sizeof(script),
		 "%sRESOLVED_INITRD_MODULES=\"$RESOLVED_INITRD_MODULES virtio_blk\"\n"
		 "RESOLVED_INITRD_MODULES=\"$RESOLVED_INITRD_MODULES xen_blkfront\"\n",
		 config);
	expect_file(&t, "config/start.sh", script);
	assert_true(is_listed("virtio_blk"));
	assert_true(is_listed("ext3"));
}

static void suse_without_its_first_script_is_refused(void **state)
{
	struct cpio_maker m = with_udev();

	(void)state;
	cpio_text(&m, "run_all.sh", "source boot/04-udev.sh\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "no place at which drivers are loaded");
}

static struct cpio_maker nash(const char *script)
{
	struct cpio_maker m = {0};

	cpio_dir(&m, "bin");
	cpio_text(&m, "bin/nash", "ELF");
	cpio_dir(&m, "lib");
	cpio_text(&m, "lib/ext3.ko", "");
	cpio_entry(&m, (struct cpio_entry){"init", 0100700, .body = slice_str(script)});
	return m;
}

/* As mkinitrd of RHEL 5 writes it, in short. */
static void nash_loads_files_in_their_order(void **state)
{
	static const char script[] =
		"#!/bin/nash\n\nmount -t proc /proc /proc\nmkblkdevs\n"
		"insmod /lib/ext3.ko \n"
		"mkblkdevs\nresume LABEL=swap\n"
		"mkrootdev -t ext3 -o defaults,ro /dev/sda1\n"
		"mount /sysroot\n";
	struct cpio_maker m = nash(script);

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("xen_blkfront", "virtio_blk"));
	expect_file(&t, "init",
		    "#!/bin/nash\n\nmount -t proc /proc /proc\nmkblkdevs\n"
		    "insmod /lib/ext3.ko \n"
		    "echo \"Loading xen-blkfront.ko module\"\n"
		    "insmod /lib/xen-blkfront.ko\n"
		    "echo \"Loading virtio_ring.ko module\"\ninsmod /lib/virtio_ring.ko\n"
		    "echo \"Loading virtio.ko module\"\ninsmod /lib/virtio.ko\n"
		    "echo \"Loading virtio_blk.ko module\"\ninsmod /lib/virtio_blk.ko\n"
		    "mkblkdevs\nresume LABEL=swap\n"
		    "mkrootdev -t ext3 -o defaults,ro /dev/sda1\nmount /sysroot\n");
	assert_int_equal(old_archive_find(&t.now, "init")->mode, 0100700);
	assert_true(is_listed("virtio_blk"));
	assert_non_null(old_archive_find(&t.now, "lib/virtio_ring.ko"));
	assert_null(old_archive_find(&t.now, "lib/modules"));
	make_segment(&t, DRIVERS("xen_blkfront", "virtio_blk"));
	assert_int_equal(t.r, 0);
	assert_int_equal(t.segment.bytes.n, 0);
}

static void nash_makes_nodes_behind_what_was_loaded(void **state)
{
	struct cpio_maker m = nash("#!/bin/nash\n/sbin/udevstart\ninsmod /lib/ext3.ko\n"
				   "mkrootdev /dev/root\n");

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("xen_blkfront"));
	expect_file(
		&t, "init",
		"#!/bin/nash\n/sbin/udevstart\ninsmod /lib/ext3.ko\n"
		"echo \"Loading xen-blkfront.ko module\"\n"
		"insmod /lib/xen-blkfront.ko\n/sbin/udevstart\nmkrootdev /dev/root\n");
}

static void nash_without_modules_loads_before_it_makes_nodes(void **state)
{
	struct cpio_maker m =
		nash("#!/bin/nash\nmkblkdevs\nmount -o ro /dev/x /sysroot\n");

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("xen_blkfront"));
	expect_file(&t, "init",
		    "#!/bin/nash\necho \"Loading xen-blkfront.ko module\"\n"
		    "insmod /lib/xen-blkfront.ko\nmkblkdevs\n"
		    "mount -o ro /dev/x /sysroot\n");
}

/* A module of another kernel, linked into this one's folder (weak-updates), whose release
 * begins with this one's. */
static void linked_modules_are_placed_by_their_links(void **state)
{
	struct cpio_maker m = with_udev();
	char dir[100];

	(void)state;
	fake_text(&t.f, "/lib/modules/" VER "0/extra/", "");
	fake_text(&t.f, FOLDER "weak-updates/", "");
	snprintf(dir, sizeof(dir), "../../" VER "0/extra/scsi.ko");
	put_module(&t, "/lib/modules/" VER "0/extra/scsi.ko", "depends=\0name=scsi" MAGIC,
		   sizeof("depends=\0name=scsi" MAGIC));
	fake_link(&t.f, dir, FOLDER "weak-updates/scsi.ko");
	cpio_text(&m, "usr/lib/dracut/dracut-059-4", "");
	put_initramfs(&t, &m, CODEC_GZIP);
	fake_text(&t.f, FOLDER "modules.dep", "");
	add_drivers(&t, DRIVERS("scsi"));
	expect_inside(&t, "scsi");
	for (size_t i = 0; i < t.segment.added.files.n; i++)
		assert_null(strstr(t.segment.added.files.v[i], "//"));
}

static void a_script_without_a_place_is_refused(void **state)
{
	struct cpio_maker m = nash("#!/bin/nash\nmount /sysroot\ninsmod /lib/late.ko\n");

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "xen_blkfront", "no place at which drivers are loaded");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dracut_with_systemd_has_modules_load),
		TEST(dracut_without_systemd_reads_more_of_the_command_line),
		TEST(dracut_of_rhel_6_reads_one_file),
		TEST(mkinitcpio_has_a_line_of_modules),
		TEST(mkinitcpio_with_systemd_has_modules_load),
		TEST(mkinitfs_hands_lines_to_modprobe),
		TEST(a_computed_list_is_refused),
		TEST(suse_loads_what_its_first_script_names),
		TEST(suse_without_its_first_script_is_refused),
		TEST(nash_loads_files_in_their_order),
		TEST(nash_makes_nodes_behind_what_was_loaded),
		TEST(nash_without_modules_loads_before_it_makes_nodes),
		TEST(linked_modules_are_placed_by_their_links),
		TEST(a_script_without_a_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
