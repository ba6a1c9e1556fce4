/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Initrds of Red Hat's mkinitrd: a script for nash that loads each module by name, in an
 * archive (2.6) or on an ext2 image (2.4), which mke2fs makes where it is installed.
 */
#include "initramfs-case.h"

#include "../codec/tool.h"

/* A module of Linux 2.4. */
static struct slice old_module(struct elf_maker *m)
{
	static const char info[] = "kernel_version=2.4.21-50.EL\0license=GPL";

	*m = (struct elf_maker){false, false, 1, 3, .n = 0};
	maker_add(m, ".modinfo", info, sizeof(info));
	return maker_finish(m);
}

static const char script[] =
	"#!/bin/nash\n"
	"mount -t proc /proc /proc\n"
	"echo \"Loading virtio_pci.ko module\"\n"
	"#insmod /lib/commented.ko\n"
	"insmod /lib/virtio_pci.ko \n"
	"insmod /lib/virtio-blk.ko index=1\n"
	"modprobe -q scsi_wait_scan\n"
	"mkrootdev -t ext3 -o defaults,ro /dev/VolGroup00/LogVol00\n";

/* What RHEL 4 and 5 have: modules lie in lib; one that no line loads is not listed. */
static void test_nash(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, "init", script);
	cpio_text(&m, "bin/nash", "ELF");
	cpio_symlink(&m, "bin/modprobe", "/sbin/nash");
	cpio_module(&m, "lib/virtio-blk.ko");
	cpio_module(&m, "lib/virtio_pci.ko");
	cpio_module(&m, "lib/xen-blkfront.ko");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	assert_string_equal(run.fact.generator, "mkinitrd");
	assert_string_equal(run.fact.loads, "script");
	assert_int_equal(run.fact.listed.n, 3);
	assert_string_equal(run.fact.listed.v[0], "virtio_pci");
	assert_string_equal(run.fact.listed.v[1], "virtio_blk");
	assert_string_equal(run.fact.listed.v[2], "scsi_wait_scan");
	assert_int_equal(run.fact.modules.n, 3);
	assert_string_equal(run_module(&run, "xen_blkfront")->state, "file");
	assert_string_equal(run_module(&run, "virtio_blk")->vermagic,
			    "6.1.0-9-amd64 SMP ");
	assert_null(run.fact.kernel);
	run_done(&run);
	cpio_free(&m);
}

/* The script of another shell is not known to run all its lines. */
static void test_other_shell(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, "init", "#!/bin/sh\ninsmod /lib/a.ko\nmodprobe b\n");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.generator, "unknown");
	assert_string_equal(run.fact.loads, "script");
	assert_int_equal(run.fact.listed.n, 1);
	run_done(&run);
	cpio_free(&m);
}

static void put(const char *dir, const char *name, struct slice body)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(tool_write(path, body), 0);
}

static void fill_tree(const char *dir)
{
	static const char *const folders[] = {"root", "root/bin", "root/lib", "root/etc"};
	struct elf_maker elf;
	char path[256];

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, folders[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	put(dir, "root/linuxrc",
	    slice_str("#!/bin/nash\necho Loading\ninsmod /lib/jbd.o \n"
		      "insmod /lib/virtio_blk.o\n"));
	put(dir, "root/bin/nash", slice_str("ELF"));
	put(dir, "root/lib/jbd.o", old_module(&elf));
	put(dir, "root/lib/virtio_blk.o", old_module(&elf));
	put(dir, "root/lib/virtio_pci.o", slice_str("damage"));
	snprintf(path, sizeof(path), "%s/root/lib/xen-blkfront.o", dir);
	assert_int_equal(symlink("virtio_blk.o", path), 0);
	snprintf(path, sizeof(path), "%s/root/lib/gone.o", dir);
	assert_int_equal(symlink("/nowhere", path), 0);
	snprintf(path, sizeof(path), "%s/root/sbin", dir);
	assert_int_equal(symlink("bin", path), 0);
}

/* An image of 256 KiB, changed by a command of debugfs; p is NULL where the programs are
 * missing. */
static struct bytes make_image(const char *change)
{
	const char *const mke2fs[] = {"mke2fs", "-q",   "-F",
				      "-b",     "1024", "-m",
				      "0",      "-O",   "none,filetype,sparse_super",
				      "-d",     "root", "image",
				      "256",    NULL};
	const char *const debugfs[] = {"debugfs", "-w", "-R", change, "image", NULL};
	const char *const clean[] = {"rm", "-r", NULL, NULL};
	const char *argv[4];
	char dir[] = "/tmp/paravet-initrd-XXXXXX", path[64];
	struct bytes image = {NULL, 0};

	assert_non_null(mkdtemp(dir));
	fill_tree(dir);
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", 1);
	snprintf(path, sizeof(path), "%s/image", dir);
	if (tool_write(path, SLICE_NONE) == 0 && truncate(path, 256 * 1024) == 0 &&
	    tool_run(mke2fs, dir, NULL, NULL) == 0 &&
	    (!change || tool_run(debugfs, dir, NULL, NULL) == 0))
		image = tool_read(path);
	memcpy(argv, clean, sizeof(clean));
	argv[2] = dir;
	assert_int_equal(tool_run(argv, NULL, NULL, NULL), 0);
	return image;
}

static void check_image(struct slice bytes, const char *codec, size_t step)
{
	struct run run = run_with(bytes, (struct how){.step = step});

	assert_int_equal(run.r, 0);
	if (strcmp(run.fact.state, "read") != 0)
		fail_msg("%s", run.fact.problem);
	assert_int_equal(run.fact.segments.n, 1);
	assert_string_equal(run.fact.segments.v[0].kind, "ext2");
	assert_string_equal(run.fact.segments.v[0].codec, codec);
	assert_int_equal(run.fact.segments.v[0].files, 12);
	assert_string_equal(run.fact.generator, "mkinitrd");
	assert_string_equal(run.fact.loads, "script");
	assert_int_equal(run.fact.listed.n, 2);
	assert_string_equal(run.fact.listed.v[0], "jbd");
	assert_string_equal(run.fact.listed.v[1], "virtio_blk");
	assert_int_equal(run.fact.modules.n, 5);
	assert_string_equal(run_module(&run, "virtio_blk")->state, "file");
	assert_string_equal(run_module(&run, "virtio_blk")->vermagic, "2.4.21-50.EL");
	assert_string_equal(run_module(&run, "virtio_blk")->arch, "i386");
	assert_string_equal(run_module(&run, "virtio_blk")->source.path,
			    "lib/virtio_blk.o");
	assert_string_equal(run_module(&run, "xen_blkfront")->state, "file");
	assert_string_equal(run_module(&run, "virtio_pci")->state, "broken");
	run_done(&run);
}

static void test_image(_unused_ void **state)
{
	static const char *const gzip[] = {"gzip", "-n", NULL};
	struct bytes image = make_image(NULL), packed;

	if (!image.p)
		skip();
	check_image(bytes_slice(image), "none", 0);
	check_image(bytes_slice(image), "none", 1000);
	packed = tool_filter(gzip, bytes_slice(image));
	if (packed.n != SIZE_MAX) {
		check_image(bytes_slice(packed), "gzip", 0);
		check_image(bytes_slice(packed), "gzip", 77);
		/* Cut: never a shorter list. */
		for (size_t n = 20; n < packed.n; n += 97) {
			struct run run = run_bytes(slice_of(packed.p, n));

			assert_string_equal(run.fact.state, "broken");
			run_done(&run);
		}
		free(packed.p);
	}
	free(image.p);
}

/* An image above the limit, and one that is cut. */
static void test_image_limits(_unused_ void **state)
{
	struct bytes image = make_image(NULL);
	uint8_t *large;

	if (!image.p)
		skip();
	large = calloc(1, LIMIT_INITRD_IMAGE + 1);
	assert_non_null(large);
	memcpy(large, image.p, image.n);
	expect_broken(slice_of(large, LIMIT_INITRD_IMAGE + 1), "holds more than");
	free(large);
	/* Cut: the file system is larger than what is there. */
	expect_broken(slice_of(image.p, image.n / 2), "ext2 image");
	free(image.p);
}

static void test_image_loop(_unused_ void **state)
{
	struct bytes image = make_image("ln / lib/loop");

	if (!image.p)
		skip();
	expect_broken(bytes_slice(image), "/lib/loop is a directory in two places");
	free(image.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nash),       cmocka_unit_test(test_other_shell),
		cmocka_unit_test(test_image),      cmocka_unit_test(test_image_limits),
		cmocka_unit_test(test_image_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
