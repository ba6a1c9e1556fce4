/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drivers for the ext2 image that is the initrd of RHEL 3. mke2fs and debugfs make the
 * images; our own reader walks what comes out, and e2fsck and debugfs look at it as well.
 */
#include "added-case.h"

#include <sys/stat.h>

#include "../codec/tool.h"
#include "initramfs/image.h"

#define SCRIPT_HEAD "#!/bin/nash\n\necho \"Loading ext3.o module\"\ninsmod /lib/ext3.o \n"
#define SCRIPT_TAIL \
	"echo Mounting /proc filesystem\nmount -t proc /proc /proc\n" \
	"echo Creating block devices\nmkdevices /dev\nmkrootdev /dev/root\n" \
	"mount -o defaults --ro -t ext3 /dev/root /sysroot\n"
#define LINE(m) "echo \"Loading " m " module\"\ninsmod /lib/" m "\n"

static struct added t;
static char dir[64];
static struct arena *room;
/* What fills the image. More than twelve blocks, so that there are indirect ones. */
static size_t nash_bytes;

static int setup(void **state)
{
	(void)state;
	setenv("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", 1);
	snprintf(dir, sizeof(dir), "/tmp/paravet-image-XXXXXX");
	nash_bytes = 60000;
	room = arena_new(LIMIT_SCRATCH);
	added_new(&t);
	fake_text(&t.f, "/boot/config", "CONFIG_BLK_DEV_RAM_SIZE=8192\n");
	return mkdtemp(dir) && room ? 0 : -1;
}

static int teardown(void **state)
{
	const char *const clean[] = {"rm", "-r", dir, NULL};

	(void)state;
	added_done(&t);
	arena_free(room);
	return tool_run(clean, NULL, NULL, NULL);
}

static const char *at(const char *name)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put_text(const char *name, const char *text)
{
	assert_int_equal(tool_write(at(name), slice_str(text)), 0);
}

static void put_nash(void)
{
	uint8_t *body = malloc(nash_bytes);

	assert_non_null(body);
	for (size_t i = 0; i < nash_bytes; i++)
		body[i] = (uint8_t)(i * 7 + i / 251);
	assert_int_equal(tool_write(at("root/bin/nash"), slice_of(body, nash_bytes)), 0);
	free(body);
}

static void make_tree(void)
{
	static const char *const folders[] = {"root",     "root/bin", "root/lib",
					      "root/dev", "root/etc", "root/sysroot"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		assert_int_equal(mkdir(at(folders[i]), 0755), 0);
	put_nash();
	put_text("root/linuxrc", SCRIPT_HEAD SCRIPT_TAIL);
	put_text("root/lib/ext3.o", "module");
	assert_int_equal(symlink("bin", at("root/sbin")), 0);
	assert_int_equal(chmod(at("root/linuxrc"), 0700), 0);
	put_text("commands",
		 "cd /dev\nmknod console c 5 1\nmknod ram b 1 1\n"
		 "mknod fifo p\ncd /\nln lib/ext3.o lib/second.o\n"
		 "sif lib/ext3.o links_count 2\nsif dev/console uid 70000\n"
		 "symlink etc/long /012345678901234567890123456789012345678901"
		 "23456789012345678901234567890123456789\n");
}

/* A file system of so many KiB and inodes becomes the initrd; 77 without the programs. */
static int put_image(const char *kib, const char *inodes, const char *features,
		     enum codec codec)
{
	const char *const make[] = {"mke2fs", "-q", "-F",   "-b",    "1024",   "-m",
				    "0",      "-I", "128",  "-O",    features, "-N",
				    inodes,   "-d", "root", "image", kib,      NULL};
	const char *const fill[] = {"debugfs", "-w", "-f", "commands", "image", NULL};
	struct bytes image;
	struct slice packed;

	make_tree();
	put_text("image", "");
	if (tool_run(make, dir, NULL, NULL) == 127)
		return 77;
	assert_int_equal(tool_run(make, dir, NULL, NULL), 0);
	assert_int_equal(tool_run(fill, dir, NULL, NULL), 0);
	image = tool_read(at("image"));
	assert_int_equal(codec_encode_all(codec, bytes_slice(image), t.a, &packed, &t.e),
			 0);
	fake_file(&t.f, "/boot/initrd", packed);
	free(image.p);
	return 0;
}

#define FEATURES "none,filetype,sparse_super"
#define IMAGE(kib, inodes) \
	do { \
		if (put_image(kib, inodes, FEATURES, CODEC_GZIP)) \
			skip(); \
	} while (0)

/* The new image lies there as "new"; no checker finds anything in it. */
static void check_image(void)
{
	const char *const fsck[] = {"e2fsck", "-fn", "new", NULL};

	assert_true(t.segment.whole);
	assert_int_equal(tool_write(at("new"), t.now.image), 0);
	assert_int_equal(tool_run(fsck, dir, NULL, "/dev/null"), 0);
}

/* What debugfs says of a command, of the image of that name. */
static struct slice ask(const char *image, const char *command)
{
	const char *const argv[] = {"debugfs", "-R", command, image, NULL};
	struct bytes said;
	const void *copy;

	assert_int_equal(tool_run(argv, dir, NULL, at("said")), 0);
	said = tool_read(at("said"));
	copy = arena_memdup(room, said.p ? (const void *)said.p : "", said.n);
	assert_non_null(copy);
	free(said.p);
	return slice_of(copy, said.n);
}

static void expect_same(const char *command)
{
	struct slice old = ask("image", command), new = ask("new", command);

	assert_true(old.n > 0);
	if (old.n != new.n || !slice_has(new, 0, old.p, old.n))
		fail_msg("%s: \"%.*s\" is \"%.*s\"", command, (int)old.n,
			 (const char *)old.p, (int)new.n, (const char *)new.p);
}

/* What was there is there, as it was. */
static void expect_kept(void)
{
	static const char *const commands[] = {
		"cat bin/nash", "ls -l dev", "ls -l etc",     "cat lib/second.o",
		"cat etc/long", "ls -l bin", "ls -l sysroot", "ncheck 2",
	};

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i], "cat etc/long") != 0)
			expect_same(commands[i]);
	assert_int_equal(old_archive_find(&t.now, "linuxrc")->mode, 0100700);
	assert_int_equal(old_archive_find(&t.now, "sbin")->mode & 0170000, 0120000);
	assert_int_equal(old_archive_find(&t.now, "lib/ext3.o")->node.id,
			 old_archive_find(&t.now, "lib/second.o")->node.id);
}

static void expect_driver(const char *name, const char *file)
{
	const struct initramfs_fact *i = &added_kernel(&t)->initramfs;
	const struct module_fact *m = module_by_name(&i->wanted, name);
	char command[100];
	struct slice body;

	assert_non_null(m);
	assert_string_equal(m->state, "file");
	assert_true(strs_has(&i->listed, name));
	assert_true(old_archive_file(&t.now, file, &body));
	snprintf(command, sizeof(command), "cat %s", file);
	assert_int_equal(ask("new", command).n, body.n);
	assert_memory_equal(ask("new", command).p, body.p, body.n);
}

static void add_virtio(void)
{
	add_drivers(&t, DRIVERS("virtio_blk"));
	check_image();
	expect_kept();
	expect_file(&t, "linuxrc",
		    SCRIPT_HEAD LINE("virtio_ring.ko") LINE("virtio.ko")
			    LINE("virtio_blk.ko") SCRIPT_TAIL);
	expect_driver("virtio_blk", "lib/virtio_blk.ko");
	expect_driver("virtio_ring", "lib/virtio_ring.ko");
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(t.r, 0);
	assert_int_equal(t.segment.bytes.n, 0);
}

static void an_image_with_room_keeps_its_size(void **state)
{
	(void)state;
	IMAGE("300", "64");
	add_virtio();
	assert_int_equal(t.now.image.n, 300 * 1024);
	assert_int_equal(t.now.codec, CODEC_GZIP);
}

static void an_image_that_is_not_compressed_stays_so(void **state)
{
	(void)state;
	if (put_image("300", "64", FEATURES, CODEC_NONE))
		skip();
	add_virtio();
	assert_int_equal(t.now.codec, CODEC_NONE);
	assert_int_equal(added_kernel(&t)->initramfs.size, 300 * 1024);
}

static void the_same_image_gives_the_same_bytes(void **state)
{
	struct slice first;

	(void)state;
	IMAGE("104", "64");
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(t.r, 0);
	first = t.segment.bytes;
	make_segment(&t, DRIVERS("virtio_blk"));
	assert_int_equal(t.segment.bytes.n, first.n);
	assert_memory_equal(t.segment.bytes.p, first.p, first.n);
}

static void an_image_without_blocks_grows(void **state)
{
	(void)state;
	IMAGE("104", "64");
	add_virtio();
	assert_true(t.now.image.n > 104 * 1024);
	assert_true(t.now.image.n < 300 * 1024);
}

static void an_image_without_inodes_grows(void **state)
{
	(void)state;
	IMAGE("300", "24");
	add_virtio();
	assert_true(t.now.image.n >= 300 * 1024);
}

/* More block groups than one, and hash indexes. */
static void a_large_image_grows(void **state)
{
	(void)state;
	fake_text(&t.f, "/boot/config", "CONFIG_BLK_DEV_RAM_SIZE=20000\n");
	nash_bytes = 8160 * 1024;
	if (put_image("8300", "24",
		      FEATURES ",dir_index,resize_inode,large_file,ext_attr", CODEC_GZIP))
		skip();
	add_virtio();
	assert_true(t.now.image.n > 8300 * 1024);
}

static void boots_with(const char *cmdline)
{
	struct entry_fact entry = {.title = "x", .cmdline = cmdline};

	assert_true(vec_push(t.f.guest.arena, &entry.initramfs, "/boot/initrd"));
	assert_true(vec_push(t.f.guest.arena, &t.f.facts.boot.entries, entry));
}

static void a_ram_disk_limits_it(void **state)
{
	(void)state;
	IMAGE("104", "64");
	fake_text(&t.f, "/boot/config", "CONFIG_BLK_DEV_RAM_SIZE=110\n");
	expect_refused(&t, "virtio_blk",
		       "more than the 110 KiB that a RAM disk of this kernel has: add "
		       "ramdisk_size=");
	boots_with("ro root=/dev/hda2 ramdisk_size=4000");
	add_drivers(&t, DRIVERS("virtio_blk"));
	check_image();
}

static void the_smallest_ram_disk_counts(void **state)
{
	(void)state;
	IMAGE("104", "64");
	boots_with("ro ramdisk_size=9000");
	boots_with("ro ramdisk=111");
	expect_refused(&t, "virtio_blk", "more than the 111 KiB");
}

static void what_cannot_grow_is_refused_by_name(void **state)
{
	(void)state;
	nash_bytes = 2980000;
	if (put_image("4000", "24", FEATURES ",has_journal", CODEC_GZIP))
		skip();
	expect_refused(&t, "virtio_blk", "its features are not those of ext2");
}

static void an_image_in_use_is_refused(void **state)
{
	struct bytes image;

	(void)state;
	if (put_image("300", "64", FEATURES, CODEC_NONE))
		skip();
	image = tool_read(at("image"));
	image.p[1024 + 58] = 0; /* s_state */
	fake_file(&t.f, "/boot/initrd", bytes_slice(image));
	free(image.p);
	expect_refused(&t, "virtio_blk", "not unmounted cleanly");
}

static void a_script_of_several_names_is_refused(void **state)
{
	const char *const link[] = {"debugfs", "-w", "-f", "commands", "image", NULL};
	struct bytes image;

	(void)state;
	if (put_image("300", "64", FEATURES, CODEC_NONE))
		skip();
	put_text("commands", "ln linuxrc other\nsif linuxrc links_count 2\n");
	assert_int_equal(tool_run(link, dir, NULL, NULL), 0);
	image = tool_read(at("image"));
	fake_file(&t.f, "/boot/initrd", bytes_slice(image));
	free(image.p);
	expect_refused(&t, "virtio_blk", "/linuxrc: it has several names");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_image_with_room_keeps_its_size),
		TEST(an_image_that_is_not_compressed_stays_so),
		TEST(the_same_image_gives_the_same_bytes),
		TEST(an_image_without_blocks_grows),
		TEST(an_image_without_inodes_grows),
		TEST(a_large_image_grows),
		TEST(a_ram_disk_limits_it),
		TEST(the_smallest_ram_disk_counts),
		TEST(what_cannot_grow_is_refused_by_name),
		TEST(an_image_in_use_is_refused),
		TEST(a_script_of_several_names_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
