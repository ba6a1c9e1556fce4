/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf-maker.h"
#include "fake-guest.h"
#include "kernel_image.h"
#include "kernel_name.h"

enum { IMAGE_SIZE = 4096 };

/* The smallest image that follows the x86 boot protocol, 2.13, 64 bits. */
static struct slice make_image(uint8_t image[static IMAGE_SIZE], const char *release)
{
	memset(image, 0, IMAGE_SIZE);
	image[0x1f1] = 1;                               /* one sector of setup code */
	image[0x1f4] = (IMAGE_SIZE - 1024) / 16 & 0xff; /* what follows it */
	memcpy(image + 0x202, "HdrS\x0d\x02", 6);
	image[0x20e] = 0x00; /* 0x100 behind 0x200 */
	image[0x20f] = 0x01;
	image[0x236] = 1;
	snprintf((char *)image + 0x300, 100, "%s (builder@host) #1 SMP", release);
	return slice_of(image, IMAGE_SIZE);
}

static int read_image(struct slice image, struct arena *a, struct kernel_image *ret,
		      struct err *e)
{
	struct file_bytes bytes = file_bytes_in(&image);

	return kernel_image_read(&bytes, a, ret, e);
}

static void test_x86(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 22);
	uint8_t bytes[IMAGE_SIZE];
	struct slice whole = make_image(bytes, "6.1.0-56-amd64"), part;
	struct kernel_image image = {0};
	struct err e = ERR_INIT;

	assert_int_equal(read_image(whole, a, &image, &e), 0);
	assert_string_equal(image.arch, "x86_64");
	assert_string_equal(image.release, "6.1.0-56-amd64");
	for (size_t n = 0; n < whole.n; n++) {
		assert_true(slice_sub(whole, 0, n, &part));
		assert_int_equal(read_image(part, a, &image, &e), -ERR_CORRUPT);
	}
	bytes[0x236] = 0;
	assert_int_equal(read_image(whole, a, &image, &e), 0);
	assert_string_equal(image.arch, "i386");
	bytes[0x206] = 3; /* protocol 2.3 of Linux 2.6.18 has no such flags */
	assert_int_equal(read_image(whole, a, &image, &e), 0);
	assert_null(image.arch);
}

static void test_other_images(_unused_ void **state)
{
	static const uint8_t packed_arm64[] = {
		/* gzip of 0x38 zero bytes, "ARM\x64" and 4 more */
		0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 1, 64, 0, 0xbf, 0xff,
	};
	_cleanup_arena_ struct arena *a = arena_new(1 << 22);
	struct elf_maker m = {.wide = true, .big = true, .type = 2, .machine = 21};
	struct kernel_image image = {0};
	uint8_t bytes[IMAGE_SIZE] = {0};
	struct err e = ERR_INIT;

	memcpy(bytes + 0x38, "ARM\x64", 4);
	assert_int_equal(read_image(slice_of(bytes, sizeof(bytes)), a, &image, &e), 0);
	assert_string_equal(image.arch, "aarch64");
	/* The same, packed: a stored block. */
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, packed_arm64, sizeof(packed_arm64));
	memcpy(bytes + sizeof(packed_arm64) + 0x38, "ARM\x64", 4);
	assert_int_equal(
		read_image(slice_of(bytes, sizeof(packed_arm64) + 64), a, &image, &e), 0);
	assert_string_equal(image.arch, "aarch64");
	maker_add(&m, ".text", "x", 1);
	assert_int_equal(read_image(maker_finish(&m), a, &image, &e), 0);
	assert_string_equal(image.arch, "ppc64");
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(read_image(slice_of(bytes, sizeof(bytes)), a, &image, &e),
			 -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "zero bytes"));
}

static void test_flavours(_unused_ void **state)
{
	static const char *const rows[][2] = {
		{"6.1.0-56-cloud-amd64", "cloud-amd64"},
		{"6.1.0-56-amd64", "amd64"},
		{"6.12.43+deb13-cloud-amd64", "cloud-amd64"},
		{"6.1.0-0.deb11.13-amd64", "amd64"},
		{"2.6.32-5-686", "686"},
		{"2.6.32-5-xen-amd64", "xen-amd64"},
		{"5.15.0-91-generic", "generic"},
		{"6.5.0-1010-aws", "aws"},
		{"4.12.14-122-default", "default"},
		{"2.6.16.60-0.21-smp", "smp"},
		{"6.6.8-0-virt", "virt"},
		{"6.5.11-7-pve", "pve"},
		{"2.6.18-8.el5", NULL},
		{"2.6.18-8.el5PAE", "PAE"},
		{"2.6.18-8.el5xen", "xen"},
		{"2.6.9-67.ELlargesmp", "largesmp"},
		{"2.4.21-47.ELhugemem", "hugemem"},
		{"2.4.21-47.ELsmp", "smp"},
		{"5.14.0-70.el9.x86_64+debug", "debug"},
		{"5.14.0-284.11.1.rt14.296.el9_2.x86_64", "rt"},
		{"5.4.17-2136.el8uek.x86_64", "uek"},
		{"2.6.43.8-1.fc15.i686.PAE", "PAE"},
		{"6.6.9-200.fc39.x86_64", NULL},
		{"6.7.1-arch1-1", NULL},
		{"6.1.12", NULL},
	};
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = kernel_flavour(rows[i][0], a);

		if (!rows[i][1])
			assert_null(got);
		else
			assert_string_equal(got ? got : "(null)", rows[i][1]);
	}
}

static const struct kernel_fact *kernel(const struct fake_guest *f, const char *release)
{
	for (size_t i = 0; i < f->facts.kernels.n; i++)
		if (strcmp(f->facts.kernels.v[i].release, release) == 0)
			return &f->facts.kernels.v[i];
	fail_msg("no kernel %s", release);
	return NULL;
}

static void add_entry(struct fake_guest *f, const char *title, const char *path,
		      const char *initramfs, bool is_default)
{
	struct entry_fact entry = {
		.title = title, .kernel = path, .is_default = is_default};

	if (initramfs) {
		vec_push(f->guest.arena, &entry.initramfs, "/boot/ucode.img");
		vec_push(f->guest.arena, &entry.initramfs, initramfs);
	}
	vec_push(f->guest.arena, &f->facts.boot.entries, entry);
}

static void test_debian(_unused_ void **state)
{
	uint8_t image[IMAGE_SIZE];
	const struct kernel_fact *k;
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, "/boot/vmlinuz-6.1.0-56-amd64",
		  make_image(image, "6.1.0-56-amd64"));
	fake_text(&f, "/boot/initrd.img-6.1.0-56-amd64", "x");
	fake_text(&f, "/boot/config-6.1.0-56-amd64", "");
	fake_text(&f, "/boot/vmlinuz-6.1.0-50-amd64", "");
	fake_text(&f, "/boot/initrd.img-6.1.0-50-amd64", "x");
	fake_text(&f, "/lib/modules/6.1.0-56-amd64/modules.dep", "");
	fake_text(&f, "/lib/modules/6.1.0-44-amd64/modules.dep", "");
	fake_link(&f, "boot/vmlinuz-6.1.0-56-amd64", "/vmlinuz");
	add_entry(&f, "Debian", "/vmlinuz", "/boot/initrd.img-6.1.0-56-amd64", true);
	add_entry(&f, "Gone", "/boot/vmlinuz-6.1.0-44-amd64", NULL, false);
	add_entry(&f, "Test", "/boot/memtest86+x64.bin", NULL, false);
	assert_int_equal(fake_read(&f, &read_kernels), 0);
	assert_int_equal(f.facts.kernels.n, 3);
	k = kernel(&f, "6.1.0-56-amd64");
	assert_string_equal(k->image, "/boot/vmlinuz-6.1.0-56-amd64");
	assert_string_equal(k->image_state, "ok");
	assert_string_equal(k->image_release, "6.1.0-56-amd64");
	assert_string_equal(k->arch, "x86_64");
	assert_string_equal(k->config, "/boot/config-6.1.0-56-amd64");
	assert_string_equal(k->modules_dir, "/lib/modules/6.1.0-56-amd64");
	assert_string_equal(k->initramfs.path, "/boot/initrd.img-6.1.0-56-amd64");
	assert_true(k->is_default);
	assert_int_equal(k->entries.n, 1);
	k = kernel(&f, "6.1.0-50-amd64");
	assert_string_equal(k->image_state, "empty");
	assert_string_equal(k->initramfs.path, "/boot/initrd.img-6.1.0-50-amd64");
	assert_null(k->modules_dir);
	k = kernel(&f, "6.1.0-44-amd64");
	assert_string_equal(k->image_state, "absent");
	assert_non_null(strstr(k->image_problem, "/boot/vmlinuz-6.1.0-44-amd64"));
	assert_int_equal(k->entries.n, 1);
	assert_null(k->initramfs.path);
	fake_done(&f);
}

/* Names without a release: by the image, by the package that made the modules; and the
 * rescue image is a kernel of its own only when an entry starts it. */
static void test_other_names(_unused_ void **state)
{
	uint8_t image[IMAGE_SIZE];
	const struct kernel_fact *k;
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, "/boot/vmlinuz-linux", make_image(image, "6.7.1-arch1-1"));
	fake_text(&f, "/boot/initramfs-linux.img", "x");
	fake_text(&f, "/boot/initramfs-linux-fallback.img", "x");
	fake_text(&f, "/usr/lib/modules/6.7.1-arch1-1/pkgbase", "linux\n");
	fake_link(&f, "usr/lib", "/lib");
	fake_file(&f, "/boot/vmlinuz-3.10.0-1160.el7.x86_64",
		  make_image(image, "3.10.0-1160.el7.x86_64"));
	fake_file(&f, "/boot/vmlinuz-0-rescue-0123",
		  make_image(image, "3.10.0-1160.el7.x86_64"));
	fake_text(&f, "/boot/initramfs-3.10.0-1160.el7.x86_64.img", "x");
	fake_text(&f, "/boot/initramfs-3.10.0-1160.el7.x86_64kdump.img", "x");
	fake_file(&f, "/usr/lib/modules/6.6.9-200.fc39.x86_64/vmlinuz",
		  make_image(image, "6.6.9-200.fc39.x86_64"));
	assert_int_equal(fake_read(&f, &read_kernels), 0);
	assert_int_equal(f.facts.kernels.n, 3);
	k = kernel(&f, "6.7.1-arch1-1");
	assert_string_equal(k->image, "/boot/vmlinuz-linux");
	assert_string_equal(k->modules_dir, "/usr/lib/modules/6.7.1-arch1-1");
	assert_string_equal(k->initramfs.path, "/boot/initramfs-linux.img");
	k = kernel(&f, "3.10.0-1160.el7.x86_64");
	assert_string_equal(k->image, "/boot/vmlinuz-3.10.0-1160.el7.x86_64");
	assert_string_equal(k->initramfs.path,
			    "/boot/initramfs-3.10.0-1160.el7.x86_64.img");
	k = kernel(&f, "6.6.9-200.fc39.x86_64");
	assert_string_equal(k->image, "/usr/lib/modules/6.6.9-200.fc39.x86_64/vmlinuz");
	fake_done(&f);
}

/* A second image of one release has the same modules; and the default entry, not another
 * one, says which initramfs a kernel is started with. */
static void test_second_image(_unused_ void **state)
{
	uint8_t image[IMAGE_SIZE];
	const struct kernel_fact *k;
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, "/boot/vmlinuz-6.1.0", make_image(image, "6.1.0"));
	fake_file(&f, "/boot/vmlinuz-6.2.0", make_image(image, "6.2.0"));
	fake_file(&f, "/boot/vmlinuz", make_image(image, "6.1.0"));
	fake_text(&f, "/boot/mt86+x64", "x");
	fake_text(&f, "/lib/modules/6.1.0/modules.dep", "");
	add_entry(&f, "Copy", "/boot/vmlinuz", "/boot/initrd-copy", false);
	add_entry(&f, "Bare", "/boot/vmlinuz-6.2.0", NULL, true);
	add_entry(&f, "Rescue", "/boot/vmlinuz-6.2.0", "/boot/initrd-rescue", false);
	add_entry(&f, "Test", "/boot/mt86+x64", NULL, false);
	assert_int_equal(fake_read(&f, &read_kernels), 0);
	assert_int_equal(f.facts.kernels.n, 3);
	k = &f.facts.kernels.v[2];
	assert_string_equal(k->image, "/boot/vmlinuz");
	assert_string_equal(k->release, "6.1.0");
	assert_non_null(k->modules_dir);
	assert_string_equal(k->modules_dir, "/lib/modules/6.1.0");
	assert_string_equal(k->initramfs.path, "/boot/initrd-copy");
	k = kernel(&f, "6.2.0");
	assert_true(k->is_default);
	assert_int_equal(k->entries.n, 2);
	assert_null(k->initramfs.path);
	fake_done(&f);
}

/* What keeps the package of a modules directory from being read is told. */
static void test_unread_pkgbase(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/boot/vmlinuz-linux", "no image");
	fake_text(&f, "/lib/modules/6.7.1-arch1-1/modules.dep", "");
	fake_link(&f, "pkgbase", "/lib/modules/6.7.1-arch1-1/pkgbase");
	assert_int_equal(fake_read(&f, &read_kernels), 0);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "corrupt");
	fake_done(&f);
}

static void test_packages(_unused_ void **state)
{
	struct package_fact installed = {.name = "linux-modules-5.4.0-1-generic",
					 .status = "installed",
					 .kind = "kernel",
					 .kernel = "5.4.0-1-generic"};
	struct package_fact removed = {.name = "linux-image-4.0-1-generic",
				       .status = "config-files",
				       .kind = "kernel",
				       .kernel = "4.0-1-generic"};
	const struct kernel_fact *k;
	struct fake_guest f;

	fake_new(&f);
	vec_push(f.guest.arena, &f.facts.packages, installed);
	installed.name = "linux-image-5.4.0-1-generic";
	vec_push(f.guest.arena, &f.facts.packages, installed);
	vec_push(f.guest.arena, &f.facts.packages, removed);
	/* modules of a package of their own prove no kernel */
	vec_push(f.guest.arena, &f.facts.packages,
		 ((struct package_fact){.name = "kmod-xenpv",
					.status = "installed",
					.kind = "modules",
					.kernel = "2.6.18-53.el5"}));
	assert_int_equal(fake_read(&f, &read_kernels), 0);
	assert_int_equal(f.facts.kernels.n, 1);
	k = kernel(&f, "5.4.0-1-generic");
	assert_string_equal(k->package, "linux-image-5.4.0-1-generic");
	assert_string_equal(k->image_state, "absent");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_x86),
		cmocka_unit_test(test_other_images),
		cmocka_unit_test(test_flavours),
		cmocka_unit_test(test_debian),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_second_image),
		cmocka_unit_test(test_unread_pkgbase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
