/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An initramfs that is damaged, odd or hostile never reads better than it is. */
#include "../codec/tool.h"
#include "initramfs-case.h"

/* Cut anywhere before its last trailer, an archive is broken. */
static void check_cuts(struct slice whole, size_t end, size_t early)
{
	for (size_t cut = 1; cut < end; cut += 1 + (cut % 3) * 5) {
		struct run run = run_with(slice_of(whole.p, cut), (struct how){4096});
		bool at_seam = cut >= early && cut < early + 4;

		assert_int_equal(run.r, 0);
		/* Only the early part is there: that is seen as well. */
		assert_string_equal(run.fact.state, at_seam ? "empty" : "broken");
		assert_non_null(run.fact.problem);
		run_done(&run);
	}
}

static void test_cut_plain(_unused_ void **state)
{
	struct cpio_maker m = {0};
	size_t early;

	cpio_text(&m, "kernel/x86/microcode/GenuineIntel.bin", "microcode");
	cpio_end(&m);
	early = m.n;
	cpio_debian(&m);
	cpio_end(&m);
	check_cuts(cpio_slice(&m), m.n - 3, early);
	cpio_free(&m);
}

static void test_cut_packed(_unused_ void **state)
{
	static const char *const packers[][3] = {
		{"gzip", "-n"}, {"xz"}, {"zstd"}, {"lz4", "-l"}, {"lzop"}};

	for (size_t i = 0; i < ARRAY_LEN(packers); i++) {
		struct cpio_maker m = {0};
		struct bytes packed;

		cpio_debian(&m);
		cpio_end(&m);
		packed = tool_filter(packers[i], cpio_slice(&m));
		cpio_free(&m);
		if (packed.n == SIZE_MAX)
			continue;
		for (size_t cut = 1; cut < packed.n; cut += 1 + cut % 4) {
			struct run run = run_bytes(slice_of(packed.p, cut));

			assert_true(strcmp(run.fact.state, "broken") == 0 ||
				    strcmp(run.fact.state, "empty") == 0);
			run_done(&run);
		}
		free(packed.p);
	}
}

/* Shorter than its file says. */
static void test_short_file(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_debian(&m);
	cpio_end(&m);
	run = run_with(cpio_slice(&m), (struct how){.size = m.n + 100});
	assert_string_equal(run.fact.state, "broken");
	assert_non_null(strstr(run.fact.problem, "instead of"));
	run_done(&run);
	cpio_free(&m);
}

static void check_state(struct slice bytes, const char *state, const char *problem)
{
	struct run run = run_bytes(bytes);

	assert_int_equal(run.r, 0);
	assert_string_equal(run.fact.state, state);
	assert_string_equal(run.fact.problem, problem);
	assert_string_equal(run_module(&run, "virtio_blk")->state, "absent");
	run_done(&run);
}

static void test_empty(_unused_ void **state)
{
	static const uint8_t zeros[2048];
	struct cpio_maker m = {0};

	check_state(SLICE_NONE, "empty", "an empty file");
	check_state(slice_of(zeros, sizeof(zeros)), "empty",
		    "holds nothing but zero bytes");
	cpio_end(&m);
	check_state(cpio_slice(&m), "empty", "holds no files");
	cpio_text(&m, "kernel/firmware/acpi/dsdt.aml", "DSDT");
	cpio_end(&m);
	check_state(cpio_slice(&m), "empty", "holds only early microcode or ACPI tables");
	cpio_free(&m);
}

/* Old initrds: images of file systems. */
static void test_images(_unused_ void **state)
{
	static const char *const gzip[] = {"gzip", "-n", NULL};
	static uint8_t minix[4096], ext2[4096];
	struct bytes packed;

	minix[1040] = 0x7f;
	minix[1041] = 0x13;
	expect_broken(slice_of(minix, sizeof(minix)),
		      "in the form of a minix file system: not read yet");
	expect_broken(slice_str("-rom1fs-xxxxxxxx"), "romfs");
	/* Of ext2, which is read, only the magic. */
	ext2[1080] = 0x53;
	ext2[1081] = 0xef;
	expect_broken(slice_of(ext2, sizeof(ext2)), "ext2 image: ");
	packed = tool_filter(gzip, slice_of(minix, sizeof(minix)));
	if (packed.n == SIZE_MAX)
		return;
	expect_broken(bytes_slice(packed),
		      "in the form of a gzip-compressed minix file system: not read yet");
	free(packed.p);
}

static void test_formats(_unused_ void **state)
{
	struct cpio_maker m = {0};

	expect_broken(slice_str("#!/bin/sh\n"), "neither a cpio archive nor compressed");
	expect_broken(slice_str("\x04\x22\x4d\x18 frame"), "lz4 -l");
	cpio_entry(&m, (struct cpio_entry){"x", 0100644, .magic = "070707"});
	expect_broken(cpio_slice(&m), "old format (070707)");
	cpio_free(&m);
	/* Something behind the trailer that is no zero. */
	cpio_debian(&m);
	cpio_end(&m);
	cpio_raw(&m, "\0\0\0\0junk", 8);
	expect_broken(cpio_slice(&m), "neither a cpio archive");
	cpio_free(&m);
	/* A second archive where Linux would not look for it. */
	cpio_end(&m);
	cpio_raw(&m, "\0\0", 2);
	cpio_raw(&m, "070701", 6);
	expect_broken(cpio_slice(&m), "no multiple of 4");
	cpio_free(&m);
}

static void test_headers(_unused_ void **state)
{
	struct cpio_maker m = {0};

	cpio_entry(&m, (struct cpio_entry){"x", 0100644, .name_size = 0x7fffffff});
	expect_broken(cpio_slice(&m), "whose name has 2147483647 bytes");
	cpio_free(&m);
	cpio_entry(&m, (struct cpio_entry){"x", 0100644, .name_size = 4097});
	expect_broken(cpio_slice(&m), "whose name has 4097 bytes");
	cpio_free(&m);
	cpio_entry(&m, (struct cpio_entry){"xyz", 0100644, .name_size = 2});
	expect_broken(cpio_slice(&m), "whose name has no end");
	cpio_free(&m);
	cpio_text(&m, "x", "text");
	m.out[20] = 'g';
	expect_broken(cpio_slice(&m), "instead of a number");
	cpio_free(&m);
}

static void test_many_segments(_unused_ void **state)
{
	struct cpio_maker m = {0};

	for (unsigned i = 0; i <= LIMIT_INITRAMFS_SEGMENTS; i++)
		cpio_end(&m);
	expect_broken(cpio_slice(&m), "more than 64 segments");
	cpio_free(&m);
}

/* One wanted module in odd places. */
static void test_modules(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, MODULES "kernel/virtio_blk.ko", "not a module");
	cpio_module(&m, "/./usr//lib/modules/6.1.0-9-amd64/kernel/xen-blkfront.ko");
	cpio_module(&m, "usr/lib/modules/../virtio_pci.ko");
	cpio_symlink(&m, MODULES "extra/virtio_pci.ko", "/elsewhere/virtio_pci.ko");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	assert_string_equal(run_module(&run, "virtio_blk")->state, "broken");
	assert_non_null(strstr(run_module(&run, "virtio_blk")->problem, "ELF"));
	assert_string_equal(run_module(&run, "xen_blkfront")->state, "file");
	assert_string_equal(run_module(&run, "xen_blkfront")->source.path,
			    MODULES "kernel/xen-blkfront.ko");
	assert_string_equal(run_module(&run, "virtio_pci")->state, "broken");
	run_done(&run);
	cpio_free(&m);
}

/* Which of several files of one name counts, as depmod orders them; the later of two
 * with one path, as unpacking does. */
static void test_overrides(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_module(&m, MODULES "updates/dkms/virtio_blk.ko");
	cpio_text(&m, MODULES "kernel/virtio_blk.ko", "not a module");
	cpio_text(&m, MODULES "kernel/virtio_pci.ko", "not a module");
	cpio_end(&m);
	cpio_module(&m, MODULES "kernel/virtio_pci.ko");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run_module(&run, "virtio_blk")->source.path,
			    MODULES "updates/dkms/virtio_blk.ko");
	assert_string_equal(run_module(&run, "virtio_pci")->state, "file");
	run_done(&run);
	cpio_module(&m, "lib/modules/6.2/kernel/virtio_blk.ko");
	cpio_end(&m);
	expect_broken(cpio_slice(&m), "virtio_blk for more than one kernel");
	cpio_free(&m);
}

static void test_packed_modules(_unused_ void **state)
{
	static const struct {
		const char *name, *argv[3];
	} rows[] = {{MODULES "virtio_blk.ko.gz", {"gzip", "-n"}},
		    {MODULES "virtio_blk.ko.xz", {"xz", "--check=crc32"}},
		    {MODULES "virtio_blk.ko.zst", {"zstd"}}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct cpio_maker m = {0};
		struct elf_maker elf;
		struct bytes packed = tool_filter(
			rows[i].argv, make_module(&elf, VIRTIO_BLK, sizeof(VIRTIO_BLK)));
		struct run run;

		if (packed.n == SIZE_MAX)
			continue;
		cpio_file(&m, rows[i].name, bytes_slice(packed));
		cpio_file(&m, MODULES "virtio_pci.ko.gz",
			  slice_of(packed.p, packed.n / 2));
		cpio_end(&m);
		run = run_bytes(cpio_slice(&m));
		assert_string_equal(run_module(&run, "virtio_blk")->state, "file");
		assert_string_equal(run_module(&run, "virtio_pci")->state, "broken");
		run_done(&run);
		cpio_free(&m);
		free(packed.p);
	}
}

/* The bytes come with the last name, or never. */
static void test_hard_links(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct elf_maker elf;
	struct slice body = make_module(&elf, VIRTIO_BLK, sizeof(VIRTIO_BLK));
	struct run run;

	cpio_entry(&m, (struct cpio_entry){MODULES "a/virtio_blk.ko", 0100644, 3, 7});
	cpio_entry(&m, (struct cpio_entry){MODULES "b/other.ko", 0100644, 3, 7});
	cpio_entry(&m,
		   (struct cpio_entry){MODULES "c/xen-blkfront.ko", 0100644, 3, 7, body});
	cpio_entry(&m, (struct cpio_entry){MODULES "d/virtio_pci.ko", 0100644, 2, 8});
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	assert_string_equal(run_module(&run, "virtio_blk")->state, "file");
	assert_string_equal(run_module(&run, "virtio_blk")->source.path,
			    MODULES "a/virtio_blk.ko");
	assert_string_equal(run_module(&run, "xen_blkfront")->state, "file");
	assert_string_equal(run_module(&run, "virtio_pci")->state, "broken");
	run_done(&run);
	cpio_free(&m);
}

/* A configuration file larger than any is an error, not a shorter list. */
static void test_large_setting(_unused_ void **state)
{
	struct cpio_maker m = {0};
	size_t n = LIMIT_CONFIG_FILE + 1;
	char *text = malloc(n);

	assert_non_null(text);
	memset(text, '\n', n);
	cpio_file(&m, "conf/modules", slice_of(text, n));
	cpio_end(&m);
	expect_broken(cpio_slice(&m), "conf/modules has 1048577 bytes");
	cpio_free(&m);
	free(text);
}

static int fill_failing(_unused_ void *ctx, _unused_ struct slice *ret, struct err *e)
{
	return err_set(e, ERR_IO, "the disk is gone");
}

static void test_io_error(_unused_ void **state)
{
	struct arena *a = arena_new(LIMIT_FACTS), *scratch = arena_new(LIMIT_SCRATCH);
	struct initramfs_fact fact = {0};
	struct err e = ERR_INIT;
	strs wanted = {0};

	struct initramfs_order order = {&wanted, true, NULL};

	assert_int_equal(initramfs_read((struct codec_input){fill_failing, NULL}, 10,
					&order, a, scratch, &fact, NULL, &e),
			 -ERR_IO);
	assert_string_equal(e.text, "the disk is gone");
	arena_free(a);
	arena_free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_plain),
		cmocka_unit_test(test_cut_packed),
		cmocka_unit_test(test_short_file),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_many_segments),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_packed_modules),
		cmocka_unit_test(test_hard_links),
		cmocka_unit_test(test_large_setting),
		cmocka_unit_test(test_io_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
