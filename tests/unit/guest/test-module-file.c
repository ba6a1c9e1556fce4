/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf-maker.h"
#include "module_file.h"

#define INFO(text) text, sizeof(text) - 1

static const char modinfo[] =
	"license=GPL\0alias=pci:v00001AF4d*\0alias=virtio:d2\0"
	"depends=virtio,virtio-ring\0name=virtio_blk\0"
	"softdep=pre: virtio_pci\0firmware=a/b.bin\0vermagic=6.1.0 SMP mod_unload ";

static struct slice make(struct elf_maker *m, bool wide, bool big, uint16_t machine)
{
	uint8_t versions[128];

	*m = (struct elf_maker){wide, big, 1, machine, .n = 0};
	maker_version(m, versions, 0x12345678, "module_layout");
	maker_version(m, versions + 64, 0x9abcdef0, "printk");
	maker_add(m, ".modinfo", modinfo, sizeof(modinfo));
	maker_add(m, "__versions", versions, sizeof(versions));
	return maker_finish(m);
}

static void check_whole(struct slice file, const char *arch)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct module_info info = {0};
	struct err e = ERR_INIT;

	if (module_parse(file, a, &info, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(info.arch, arch);
	assert_string_equal(info.name, "virtio_blk");
	assert_string_equal(info.vermagic, "6.1.0 SMP mod_unload ");
	assert_int_equal(info.depends.n, 2);
	assert_string_equal(info.depends.v[1], "virtio-ring");
	assert_int_equal(info.aliases.n, 2);
	assert_int_equal(info.softdeps.n, 1);
	assert_int_equal(info.firmware.n, 1);
	assert_string_equal(info.firmware.v[0], "a/b.bin");
	assert_int_equal(info.crcs.n, 2);
	assert_string_equal(info.crcs.v[0].symbol, "module_layout");
	assert_int_equal(info.crcs.v[0].crc, 0x12345678);
	assert_int_equal(info.crcs.v[1].crc, 0x9abcdef0);
}

static void test_classes(_unused_ void **state)
{
	static const struct {
		bool wide, big;
		uint16_t machine;
		const char *arch;
	} rows[] = {
		{true, false, 62, "x86_64"},   {false, false, 3, "i386"},
		{true, false, 50, "ia64"},     {true, false, 183, "aarch64"},
		{false, false, 40, "arm"},     {false, true, 20, "ppc"},
		{true, true, 21, "ppc64"},     {true, false, 21, "ppc64le"},
		{true, true, 22, "s390x"},     {false, true, 22, "s390"},
		{true, false, 243, "riscv64"}, {true, false, 999, "unknown"},
	};
	struct elf_maker m;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_whole(make(&m, rows[i].wide, rows[i].big, rows[i].machine),
			    rows[i].arch);
}

static void refuse(struct slice file, const char *why)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct module_info info = {0};
	struct err e = ERR_INIT;

	assert_int_equal(module_parse(file, a, &info, &e), -ERR_CORRUPT);
	if (!strstr(e.text, why))
		fail_msg("\"%s\" does not say \"%s\"", e.text, why);
}

static void test_not_modules(_unused_ void **state)
{
	static const uint8_t zeroes[4096];
	struct elf_maker m = {true, false, 1, 62, .n = 0};

	refuse(SLICE_NONE, "an empty file");
	refuse(slice_str("<html>"), "not an ELF file");
	refuse(slice_of(zeroes, sizeof(zeroes)), "zero bytes");
	maker_add(&m, ".text", "\x90", 1);
	refuse(maker_finish(&m), "without .modinfo");
	m = (struct elf_maker){true, false, 2, 62, .n = 0};
	maker_add(&m, ".modinfo", INFO("depends="));
	refuse(maker_finish(&m), "no relocatable object");
	m = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(&m, ".modinfo", INFO("depends="));
	maker_add(&m, "__versions", "\1\2\3", 3);
	refuse(maker_finish(&m), "__versions: 3 bytes");
}

/* Cut anywhere, a module is refused: it never is a shorter module. */
static void test_cut(_unused_ void **state)
{
	struct elf_maker m;
	struct slice whole = make(&m, true, false, 62), part;

	for (size_t n = 0; n < whole.n; n++) {
		assert_true(slice_sub(whole, 0, n, &part));
		refuse(part, "");
	}
}

static void test_extended_versions(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct elf_maker m = {true, true, 1, 22, .n = 0};
	struct module_info info = {0};
	struct err e = ERR_INIT;

	maker_add(&m, ".modinfo", INFO("depends=\0vermagic=6.14.0"));
	maker_add(&m, "__version_ext_crcs", "\0\0\0\1\0\0\0\2", 8);
	maker_add(&m, "__version_ext_names", INFO("one\0two\0"));
	assert_int_equal(module_parse(maker_finish(&m), a, &info, &e), 0);
	assert_int_equal(info.crcs.n, 2);
	assert_string_equal(info.crcs.v[1].symbol, "two");
	assert_int_equal(info.crcs.v[1].crc, 2);
	assert_true(info.has_depends);
	m = (struct elf_maker){true, true, 1, 22, .n = 0};
	maker_add(&m, ".modinfo", INFO("depends="));
	maker_add(&m, "__version_ext_crcs", "\0\0\0\1\0\0\0\2", 8);
	maker_add(&m, "__version_ext_names", INFO("one\0"));
	refuse(maker_finish(&m), "do not match");
}

static void test_linux_2_4(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	static const uint8_t symbols[32] = {[16] = 1};
	struct elf_maker m = {false, false, 1, 3, .n = 0};
	struct module_info info = {0};
	struct err e = ERR_INIT;

	maker_add(&m, ".modinfo", INFO("kernel_version=2.4.21-4.EL\0author=x"));
	maker_add(&m, ".symtab", symbols, sizeof(symbols));
	m.sections[1].link = 3;
	maker_add(&m, ".strtab", INFO("\0printk_Rsmp_1b7d4074\0"));
	assert_int_equal(module_parse(maker_finish(&m), a, &info, &e), 0);
	assert_string_equal(info.vermagic, "2.4.21-4.EL");
	assert_false(info.has_depends);
	assert_int_equal(info.crcs.n, 1);
	assert_string_equal(info.crcs.v[0].symbol, "printk");
	assert_int_equal(info.crcs.v[0].crc, 0x1b7d4074);
}

static void test_names(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	static const char *const rows[][2] = {
		{"kernel/drivers/block/virtio-blk.ko.xz", "virtio_blk"},
		{"/lib/modules/2.4.21/kernel/drivers/net/e100.o", "e100"},
		{"virtio.ko", "virtio"},
		{"a/b.ko.gz", "b"},
		{"b.ko.zst", "b"},
		{"modules.dep", NULL},
		{"a/.ko", NULL},
		{"x.ko/", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *name = module_name_of(slice_str(rows[i][0]), a);

		if (rows[i][1])
			assert_string_equal(name, rows[i][1]);
		else
			assert_null(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_not_modules),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_extended_versions),
		cmocka_unit_test(test_linux_2_4),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
