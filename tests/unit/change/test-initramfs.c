/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers put into an initramfs of initramfs-tools: what is added, where, and packed how.
 */
#include "../codec/tool.h"
#include "added-case.h"
#include "segment/adding.h"

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

/* Debian's, with ext4 inside, /lib a link, and indexes for kmod and busybox. */
static struct cpio_maker debian(void)
{
	static const struct kmod_entry dep[] = {
		{"ext4", "kernel/fs/ext4.ko:", 5},
	};
	_cleanup_strbuf_ struct strbuf index = STRBUF_INIT(LIMIT_TABLE_FILE);
	static const char ext4[] = "alias=fs-ext4\0depends=\0name=ext4\0"
				   "softdep=pre: crypto-crc32c" MAGIC;
	kmod_entries entries = {0};
	struct cpio_maker m = {0};
	struct err e = ERR_INIT;

	assert_true(vec_push(t.a, &entries, dep[0]));
	assert_int_equal(kmod_index_write(&entries, &index, &e), 0);
	cpio_dir(&m, ".");
	cpio_dir(&m, "conf");
	cpio_text(&m, "conf/initramfs.conf", "MODULES=list\n");
	cpio_text(&m, "conf/modules", "# list\next4");
	cpio_text(&m, "init", "#!/bin/sh\n");
	cpio_symlink(&m, "lib", "usr/lib");
	cpio_text(&m, "scripts/init-top/udev", "");
	cpio_dir(&m, "usr");
	cpio_dir(&m, "usr/lib");
	cpio_dir(&m, "usr/lib/modules");
	cpio_dir(&m, "usr/lib/modules/" VER);
	cpio_dir(&m, INSIDE "kernel");
	t.elf = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(&t.elf, ".modinfo", ext4, sizeof(ext4));
	cpio_file(&m, INSIDE "kernel/fs/ext4.ko", maker_finish(&t.elf));
	cpio_text(&m, INSIDE "modules.dep", "kernel/fs/ext4.ko:\n");
	cpio_file(&m, INSIDE "modules.dep.bin", slice_of(index.s, index.n));
	cpio_text(&m, INSIDE "modules.alias", "# Aliases\nalias fs_ext4 ext4\n");
	cpio_text(&m, INSIDE "modules.softdep", "softdep ext4 pre: crypto-crc32c\n");
	cpio_text(&m, "usr/bin/kmod", "ELF");
	return m;
}

static void a_driver_comes_with_all_it_needs(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio-blk"));
	assert_int_equal(t.segment.codec, CODEC_GZIP);
	assert_int_equal(t.segment.added.modules.n, 3);
	assert_string_equal(t.segment.added.modules.v[0], "virtio_ring");
	assert_string_equal(t.segment.added.modules.v[2], "virtio_blk");
	expect_inside(&t, "virtio_blk");
	expect_file(&t, "conf/modules", "# list\next4\nvirtio_blk\n");
	expect_file(&t, INSIDE "modules.dep",
		    "kernel/fs/ext4.ko:\nkernel/virtio_ring.ko:\n"
		    "kernel/virtio.ko: kernel/virtio_ring.ko\n"
		    "kernel/drivers/virtio_blk.ko: kernel/virtio.ko "
		    "kernel/virtio_ring.ko\n");
	expect_file(&t, INSIDE "modules.alias",
		    "# Aliases\nalias fs_ext4 ext4\n"
		    "alias virtio:d00000002v* virtio_blk\n");
	expect_file(&t, INSIDE "modules.softdep", "softdep ext4 pre: crypto-crc32c\n");
	/* there was none, so there is none */
	assert_null(old_archive_find(&t.now, INSIDE "modules.symbols"));
}

/* kmod reads the binary index and no text: the old entry is in it, too. */
static void the_binary_index_keeps_what_it_has(void **state)
{
	struct cpio_maker m = debian();
	struct slice bytes, value = SLICE_NONE;
	struct kmod_index x;

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("xen-blkfront"));
	assert_true(old_archive_file(&t.now, INSIDE "modules.dep.bin", &bytes));
	assert_int_equal(kmod_index_open(bytes, &x, &t.e), 0);
	assert_int_equal(kmod_index_find(&x, "ext4", &value, &t.e), 1);
	assert_true(slice_eq(value, "kernel/fs/ext4.ko:"));
	assert_int_equal(kmod_index_find(&x, "xen_blkfront", &value, &t.e), 1);
	assert_true(slice_eq(value, "kernel/drivers/xen-blkfront.ko:"));
	/* made of the text, as there was none for kmod */
	assert_true(old_archive_file(&t.now, INSIDE "modules.alias.bin", &bytes));
	assert_int_equal(kmod_index_open(bytes, &x, &t.e), 0);
	assert_int_equal(kmod_index_has(&x, "fs_ext4", "ext4", &t.e), 1);
	assert_int_equal(kmod_index_has(&x, "xenblk", "xen_blkfront", &t.e), 1);
}

static void a_second_time_nothing_is_left_to_do(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio_blk", "ena", "ext4"));
	make_segment(&t, DRIVERS("virtio_blk", "ena", "ext4"));
	assert_int_equal(t.r, 0);
	assert_int_equal(t.segment.bytes.n, 0);
	assert_int_equal(t.segment.added.files.n, 0);
}

#define NO_BLK "etc/modprobe.d/no.conf"

/* All other lines stay as they are, other modules' too. */
static void lines_that_forbid_become_comments(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, NO_BLK,
		  "# why\r\nblacklist virtio-blk\r\nblacklist ext4\n"
		  "install virtio_blk \\\n /bin/false\noptions virtio_blk x=1");
	cpio_text(&m, "usr/lib/modprobe.d/b.conf", "blacklist ext4\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.allowed, "virtio_blk"));
	add_drivers(&t, DRIVERS("virtio_blk"));
	expect_file(&t, NO_BLK,
		    "# why\r\n# blacklist virtio-blk\r\nblacklist ext4\n"
		    "# install virtio_blk \\\n /bin/false\noptions virtio_blk x=1");
	expect_inside(&t, "virtio_blk");
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(t.segment.added.files.n, 0);
}

static void lines_below_usr_go_as_well(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, "usr/lib/modprobe.d/b.conf", "blacklist virtio_blk\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.allowed, "virtio_blk"));
	add_drivers(&t, DRIVERS("virtio_blk"));
	expect_file(&t, "usr/lib/modprobe.d/b.conf", "# blacklist virtio_blk\n");
}

/* The rest of the word stays, and of the line: it has no comments. */
static void words_that_forbid_lose_the_names(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, "etc/cmdline.d/x.conf",
		  "ro rd.driver.blacklist=virtio-blk,floppy  quiet\n"
		  "rdblacklist=virtio_blk rd.driver.blacklist=ext4\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.allowed, "virtio_blk"));
	add_drivers(&t, DRIVERS("virtio_blk"));
	expect_file(&t, "etc/cmdline.d/x.conf",
		    "ro rd.driver.blacklist=floppy  quiet\n"
		    " rd.driver.blacklist=ext4\n");
	assert_int_equal(added_kernel(&t)->initramfs.modprobe.n, 2);
}

static void a_module_that_is_inside_can_be_allowed_alone(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, NO_BLK, "blacklist ext4");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.allowed, "ext4"));
	add_drivers(&t, DRIVERS(NULL));
	assert_int_equal(t.segment.added.files.n, 1);
	expect_file(&t, NO_BLK, "# blacklist ext4");
	assert_int_equal(added_kernel(&t)->initramfs.modprobe.n, 0);
}

#define LVM "etc/lvm/lvm.conf"

static void a_text_inside_is_edited(void **state)
{
	static const struct plan_edit edit = {
		.file = LVM, .line = 2, .before = "[", .after = "[ \"a|x|\","};
	struct cpio_maker m = debian();

	(void)state;
	cpio_entry(&m, (struct cpio_entry){LVM, 0100600,
					   .body = slice_str("devices {\n filter = [ "
							     "\"r|.*|\" ]\n}\n")});
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.edits, &edit));
	add_drivers(&t, DRIVERS(NULL));
	assert_int_equal(t.segment.added.files.n, 1);
	expect_file(&t, LVM, "devices {\n filter = [ \"a|x|\", \"r|.*|\" ]\n}\n");
	assert_int_equal(old_archive_find(&t.now, LVM)->mode, 0100600);
}

/* A part of dracut's command line that forbids a module and names a disk. */
static void what_forbids_goes_from_a_text_that_is_edited(void **state)
{
	static const char path[] = "etc/cmdline.d/x.conf";
	static const struct plan_edit edit = {.file = path,
					      .line = 1,
					      .before = "resume=/dev/sda2",
					      .after = "resume=UUID=2"};
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, path, "resume=/dev/sda2 rd.driver.blacklist=ext4,virtio_blk ro\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.edits, &edit));
	assert_true(vec_push(t.a, &t.allowed, "ext4"));
	add_drivers(&t, DRIVERS(NULL));
	assert_int_equal(t.segment.added.files.n, 1);
	expect_file(&t, path, "resume=UUID=2 rd.driver.blacklist=virtio_blk ro\n");
}

static void a_text_inside_that_is_another_is_not_edited(void **state)
{
	static const struct plan_edit edit = {
		.file = LVM, .line = 2, .before = "[", .after = "x"};
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, LVM, "devices {\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.edits, &edit));
	make_segment(&t, DRIVERS(NULL));
	assert_true(t.r < 0);
	assert_non_null(strstr(t.e.text, LVM " has no line 2"));
}

static void a_linked_file_that_forbids_is_not_changed(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_entry(&m, (struct cpio_entry){NO_BLK, 0100644, .nlink = 2,
					   .body = slice_str("blacklist ext4\n")});
	put_initramfs(&t, &m, CODEC_GZIP);
	assert_true(vec_push(t.a, &t.allowed, "ext4"));
	make_segment(&t, DRIVERS(NULL));
	assert_true(t.r < 0);
	assert_non_null(strstr(t.e.text, NO_BLK " in it cannot be changed"));
}

static void the_same_guest_gives_the_same_bytes(void **state)
{
	struct cpio_maker m = debian();
	struct slice first;

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	make_segment(&t, DRIVERS("virtio_blk"));
	first = t.segment.bytes;
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(first.n, t.segment.bytes.n);
	assert_memory_equal(first.p, t.segment.bytes.p, first.n);
}

/* Linux would put a folder in the place of a link, and all behind it would be gone. */
static void links_and_folders_stay_as_they_are(void **state)
{
	struct cpio_maker m = debian();
	const struct old_member *lib;
	size_t folders = 0;

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio_blk"));
	lib = old_archive_find(&t.now, "lib");
	assert_int_equal(lib->mode & 0170000, 0120000);
	for (size_t i = 0; i < t.segment.added.members.n; i++) {
		const struct new_member *n = &t.segment.added.members.v[i];

		if ((n->mode & 0170000) != 0040000)
			continue;
		folders++;
		assert_string_equal(n->path, INSIDE "kernel/drivers");
	}
	assert_int_equal(folders, 1);
}

static void a_list_that_is_missing_is_made(void **state)
{
	struct cpio_maker m = {0};

	(void)state;
	cpio_text(&m, "conf/initramfs.conf", "MODULES=most\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio_blk"));
	expect_file(&t, "conf/modules", "virtio_blk\n");
	expect_inside(&t, "virtio_blk");
	assert_non_null(old_archive_find(&t.now, "conf"));
	assert_non_null(old_archive_find(&t.now, "lib/modules/" VER "/kernel"));
	assert_true(
		old_archive_file(&t.now, "lib/modules/" VER "/modules.dep.bin", NULL));
}

static void what_is_built_in_needs_nothing(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	put_initramfs(&t, &m, CODEC_GZIP);
	make_segment(&t, DRIVERS("nvme"));
	assert_int_equal(t.r, 0);
	assert_int_equal(t.segment.bytes.n, 0);
}

/* "pre: crypto-crc32c", an alias of another module; and firmware from /lib/firmware. */
static void what_modules_ask_for_comes_along(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	fake_text(&t.f, "/lib/firmware/" VER "/ena/fw.bin", "first");
	fake_text(&t.f, "/lib/firmware/ena/fw.bin", "second");
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("ext4", "ena"));
	assert_int_equal(t.segment.added.modules.n, 2);
	assert_true(strs_has(&t.segment.added.modules, "crc32c_generic"));
	expect_file(&t, "usr/lib/firmware/" VER "/ena/fw.bin", "first");
	expect_file(&t, "conf/modules", "# list\next4\nena\n");
}

static void an_older_copy_is_replaced(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, INSIDE "kernel/virtio.ko", "another build");
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("virtio_blk"));
	assert_true(strs_has(&t.segment.added.modules, "virtio"));
	expect_inside(&t, "virtio_blk");
}

static void pack_driver(const char *path)
{
	static const char info[] =
		"alias=virtio:d00000005v*\0depends=\0name=balloon" MAGIC;
	struct slice packed;

	t.elf = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(&t.elf, ".modinfo", info, sizeof(info));
	assert_int_equal(
		codec_encode_all(CODEC_XZ, maker_finish(&t.elf), t.a, &packed, &t.e), 0);
	fake_file(&t.f, path, packed);
	fake_text(&t.f, FOLDER "modules.dep", "kernel/balloon.ko.xz:\n");
}

static void compressed_modules_are_kept_as_the_others_are(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	pack_driver(FOLDER "kernel/balloon.ko.xz");
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("balloon"));
	assert_non_null(old_archive_find(&t.now, INSIDE "kernel/balloon.ko"));
	expect_inside(&t, "balloon");
	m = debian();
	cpio_text(&m, INSIDE "kernel/other.ko.xz", "");
	put_initramfs(&t, &m, CODEC_GZIP);
	add_drivers(&t, DRIVERS("balloon"));
	assert_non_null(old_archive_find(&t.now, INSIDE "kernel/balloon.ko.xz"));
	expect_inside(&t, "balloon");
}

static void expect_codec(enum codec old, const char *config, enum codec want)
{
	struct cpio_maker m = debian();

	fake_text(&t.f, "/boot/config", config);
	put_initramfs(&t, &m, old);
	add_drivers(&t, DRIVERS("virtio_blk"));
	expect_inside(&t, "virtio_blk");
	assert_int_equal(t.segment.codec, want);
}

static void the_compression_is_one_that_the_kernel_reads(void **state)
{
	(void)state;
	expect_codec(CODEC_XZ, "CONFIG_RD_GZIP=y\n", CODEC_GZIP);
	expect_codec(CODEC_XZ, "# CONFIG_RD_GZIP is not set\n", CODEC_XZ);
	expect_codec(CODEC_ZSTD, "CONFIG_X=y\n", CODEC_ZSTD);
	expect_codec(CODEC_NONE, "", CODEC_NONE);
}

/* Linux takes what follows lz4 data for more of it, unless it is the format's magic. */
static void lz4_goes_on_as_lz4(void **state)
{
	(void)state;
	expect_codec(CODEC_LZ4_LEGACY, "CONFIG_RD_GZIP=y\n", CODEC_LZ4_LEGACY);
	assert_int_equal(slice_at(t.segment.bytes, 0), 0x02);
	assert_int_equal(added_kernel(&t)->initramfs.segments.n, 1);
	assert_int_equal(t.now.codec, CODEC_LZ4_LEGACY);
}

/* Zeros between two segments end the first one, for kernels that know so: four at least.
 */
static void zeros_behind_lz4_are_for_newer_kernels(void **state)
{
	struct cpio_maker m = debian();
	struct slice packed;
	uint8_t *padded;

	(void)state;
	cpio_end(&m);
	assert_int_equal(
		codec_encode_all(CODEC_LZ4_LEGACY, cpio_slice(&m), t.a, &packed, &t.e),
		0);
	cpio_free(&m);
	padded = arena_alloc(t.a, packed.n + 8);
	memcpy(padded, packed.p, packed.n);
	for (size_t zeros = 1; zeros <= 8; zeros++) {
		size_t between = zeros;

		fake_file(&t.f, "/boot/initrd", slice_of(padded, packed.n + zeros));
		add_drivers(&t, DRIVERS("virtio_blk"));
		for (size_t i = 0; slice_at(t.segment.bytes, i) == 0; i++)
			between++;
		assert_true(between >= 4);
		assert_int_equal((packed.n + between) % 4, 0);
		expect_inside(&t, "virtio_blk");
		assert_int_equal(added_kernel(&t)->initramfs.segments.n, 2);
	}
}

static void zeros_behind_lz4_are_refused_for_older_ones(void **state)
{
	struct kernel_fact kernel = {.release = "5.10.0-9-amd64"};
	struct adding g = {.a = t.a, .kernel = &kernel};

	(void)state;
	g.old = (struct old_archive){
		.codec = CODEC_LZ4_LEGACY, .size = 1000, .end = 1000, .unpacked = 6};
	assert_int_equal(segment_pack(&g, &t.segment, &t.e), 0);
	g.old.end = 996;
	assert_int_equal(segment_pack(&g, &t.segment, &t.e), -ERR_UNSUPPORTED);
}

/* Behind an odd number of bytes. */
static void a_segment_begins_at_a_multiple_of_four(void **state)
{
	struct cpio_maker m = debian();
	struct slice packed;
	uint8_t *odd;

	(void)state;
	cpio_end(&m);
	assert_int_equal(codec_encode_all(CODEC_GZIP, cpio_slice(&m), t.a, &packed, &t.e),
			 0);
	cpio_free(&m);
	odd = arena_alloc(t.a, packed.n + 4);
	memcpy(odd, packed.p, packed.n);
	for (size_t zeros = 0; zeros < 4; zeros++) {
		fake_file(&t.f, "/boot/initrd", slice_of(odd, packed.n + zeros));
		add_drivers(&t, DRIVERS("virtio_blk"));
		assert_int_equal(added_kernel(&t)->initramfs.segments.v[1].offset % 4, 0);
		expect_inside(&t, "virtio_blk");
	}
}

static void other_kernels_modules_are_refused(void **state)
{
	static const char other[] = "alias=xen:vbd\0depends=\0name=xen_blkfront\0"
				    "vermagic=5.10.0 SMP mod_unload ";
	struct cpio_maker m = debian();

	(void)state;
	put_module(&t, FOLDER "kernel/drivers/xen-blkfront.ko", other, sizeof(other));
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "xen_blkfront",
		       "/boot/initrd: xen_blkfront was built for 5.10.0");
	expect_refused(&t, "hv_storvsc", "hv_storvsc is missing");
}

static void what_cannot_be_changed_is_refused_by_name(void **state)
{
	struct cpio_maker m = {0};

	(void)state;
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_string_equal(t.e.text, "/boot/initrd: there is none");
	fake_text(&t.f, "/boot/initrd", "no archive");
	expect_refused(&t, "virtio_blk", "/boot/initrd: it cannot be used: ");
	cpio_text(&m, "init", "#!/bin/sh\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "which program made it is not known");
	cpio_text(&m, "etc/booster.init.yaml", "kernel: " VER "\n");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "an initramfs of booster");
	m = debian();
	cpio_dir(&m, "usr/lib/modules/6.2");
	cpio_text(&m, "usr/lib/modules/6.2/a.ko", "");
	cpio_text(&m, "usr/lib/modules/6.2/b.ko", "");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "it holds modules of 6.2, not of this kernel");
}

/* Linux would write into the other name's file as well. */
static void a_file_of_two_names_is_not_changed(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_entry(&m, (struct cpio_entry){"conf/modules", 0100644, .nlink = 2,
					   .body = slice_str("ext4\n")});
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "conf/modules has several names");
}

static void a_damaged_index_is_not_merged(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	cpio_text(&m, INSIDE "modules.dep.bin", "no index");
	put_initramfs(&t, &m, CODEC_GZIP);
	expect_refused(&t, "virtio_blk", "modules.dep: not an index of depmod");
}

/* A command in the folder of the guest; its output goes to the file "out" there. */
static int run(const char *command)
{
	const char *argv[] = {"sh", "-c", command, NULL};

	return tool_run(argv, t.f.dir, NULL, arena_printf(t.a, "%s/out", t.f.dir));
}

static void expect_output(const char *command, const char *words)
{
	struct bytes out;

	assert_int_equal(run(command), 0);
	out = tool_read(arena_printf(t.a, "%s/out", t.f.dir));
	if (slice_search(bytes_slice(out), words, strlen(words)) == out.n)
		fail_msg("%s: no \"%s\" in:\n%.*s", command, words, (int)out.n,
			 (const char *)out.p);
	free(out.p);
}

#define MODPROBE "PATH=$PATH:/usr/sbin:/sbin modprobe -d $PWD/in -S " VER

/* Unpacked as Linux does, one archive over the other: modprobe finds the driver by its
 * name and by a device, and the old module, too. */
static void modprobe_finds_what_was_added(void **state)
{
	struct cpio_maker m = debian();

	(void)state;
	if (run("cpio --version && PATH=$PATH:/usr/sbin:/sbin modprobe --version") != 0) {
		print_message("cpio or modprobe is not installed\n");
		skip();
	}
	put_initramfs(&t, &m, CODEC_NONE);
	make_segment(&t, DRIVERS("virtio_blk", "xen_blkfront"));
	assert_int_equal(t.r, 0);
	fake_file(&t.f, "/segment", t.segment.bytes);
	assert_int_equal(run("mkdir in && cd in && cpio -idu --quiet <../boot/initrd && "
			     "gzip -dc <../segment | cpio -idu --quiet"),
			 0);
	expect_output(MODPROBE " --show-depends virtio-blk | sed 's,.*/,,; s, *$,,'",
		      "virtio_ring.ko\nvirtio.ko\nvirtio_blk.ko\n");
	expect_output(MODPROBE " -R virtio:d00000002v00001AF4", "virtio_blk\n");
	expect_output(MODPROBE " -R xen:vbd", "xen_blkfront\n");
	expect_output(MODPROBE " -R fs-ext4", "ext4\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* --- a file that cannot become longer --- */

/* The archive of debian(), behind an early one, with text that packs well. */
static void put_long(enum codec codec, const char *config)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TABLE_FILE);
	struct cpio_maker early = {0}, m = debian();
	struct slice packed;
	uint8_t *whole;

	cpio_dir(&early, "kernel");
	cpio_text(&early, "kernel/x86", "microcode");
	cpio_end(&early);
	while (text.n < 400000)
		strbuf_printf(&text, "line %zu of %zu\n", text.n * 7919, text.n % 977);
	cpio_text(&m, "usr/share/long", text.s);
	cpio_end(&m);
	assert_int_equal(codec_encode_all(codec, cpio_slice(&m), t.a, &packed, &t.e), 0);
	whole = arena_alloc(t.a, cpio_slice(&early).n + packed.n);
	memcpy(whole, cpio_slice(&early).p, cpio_slice(&early).n);
	memcpy(whole + cpio_slice(&early).n, packed.p, packed.n);
	fake_file(&t.f, "/boot/initrd", slice_of(whole, cpio_slice(&early).n + packed.n));
	fake_text(&t.f, "/boot/config", config);
	t.room = cpio_slice(&early).n + packed.n;
	cpio_free(&early);
	cpio_free(&m);
}

static void expect_repacked(enum codec codec)
{
	uint64_t room = t.room;

	add_drivers(&t, DRIVERS("virtio_blk"));
	assert_true(t.segment.whole);
	assert_true(t.segment.bytes.n <= room);
	assert_int_equal(t.segment.codec, codec);
	expect_inside(&t, "virtio_blk");
	expect_file(&t, "kernel/x86", "microcode");
	assert_int_equal(t.now.segments.n, 2);
	assert_int_equal(t.now.segments.v[0].codec, CODEC_NONE);
	/* once more there is nothing to do */
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(t.segment.bytes.n, 0);
}

static void what_does_not_fit_is_packed_anew(void **state)
{
	(void)state;
	put_long(CODEC_GZIP, "CONFIG_RD_GZIP=y\nCONFIG_RD_XZ=y\nCONFIG_RD_ZSTD=y\n");
	expect_repacked(CODEC_ZSTD);
}

static void only_in_what_the_kernel_reads(void **state)
{
	(void)state;
	put_long(CODEC_GZIP, "CONFIG_RD_GZIP=y\nCONFIG_RD_XZ=y\n");
	expect_repacked(CODEC_XZ);
}

static void lz4_is_packed_with_gzip(void **state)
{
	(void)state;
	put_long(CODEC_LZ4_LEGACY, "CONFIG_RD_GZIP=y\nCONFIG_RD_LZ4=y\n");
	expect_repacked(CODEC_GZIP);
}

static void what_fits_is_appended(void **state)
{
	(void)state;
	put_long(CODEC_GZIP, "CONFIG_RD_GZIP=y\nCONFIG_RD_XZ=y\nCONFIG_RD_ZSTD=y\n");
	t.room += 100000;
	add_drivers(&t, DRIVERS("virtio_blk"));
	assert_false(t.segment.whole);
}

static void what_cannot_fit_is_refused(void **state)
{
	(void)state;
	put_long(CODEC_GZIP, "CONFIG_RD_GZIP=y\n");
	t.room /= 2;
	expect_refused(&t, "virtio_blk", "it does not fit into the");
	put_long(CODEC_NONE, "CONFIG_RD_GZIP=y\n");
	expect_refused(&t, "virtio_blk", "it is not compressed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_driver_comes_with_all_it_needs),
		TEST(the_binary_index_keeps_what_it_has),
		TEST(a_second_time_nothing_is_left_to_do),
		TEST(lines_that_forbid_become_comments),
		TEST(lines_below_usr_go_as_well),
		TEST(words_that_forbid_lose_the_names),
		TEST(a_module_that_is_inside_can_be_allowed_alone),
		TEST(a_text_inside_is_edited),
		TEST(what_forbids_goes_from_a_text_that_is_edited),
		TEST(a_text_inside_that_is_another_is_not_edited),
		TEST(a_linked_file_that_forbids_is_not_changed),
		TEST(the_same_guest_gives_the_same_bytes),
		TEST(links_and_folders_stay_as_they_are),
		TEST(a_list_that_is_missing_is_made),
		TEST(what_is_built_in_needs_nothing),
		TEST(what_modules_ask_for_comes_along),
		TEST(an_older_copy_is_replaced),
		TEST(compressed_modules_are_kept_as_the_others_are),
		TEST(the_compression_is_one_that_the_kernel_reads),
		TEST(lz4_goes_on_as_lz4),
		TEST(zeros_behind_lz4_are_for_newer_kernels),
		TEST(zeros_behind_lz4_are_refused_for_older_ones),
		TEST(a_segment_begins_at_a_multiple_of_four),
		TEST(other_kernels_modules_are_refused),
		TEST(what_cannot_be_changed_is_refused_by_name),
		TEST(a_file_of_two_names_is_not_changed),
		TEST(a_damaged_index_is_not_merged),
		TEST(modprobe_finds_what_was_added),
		TEST(what_does_not_fit_is_packed_anew),
		TEST(only_in_what_the_kernel_reads),
		TEST(lz4_is_packed_with_gzip),
		TEST(what_fits_is_appended),
		TEST(what_cannot_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
