/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "elf-maker.h"
#include "module_symbols.h"
#include "symbol_lists.h"

/* A symbol table under construction. */
struct table {
	struct elf_maker numbers;
	char names[512];
	size_t used;
};

static void add(struct table *t, const char *name, uint64_t value, uint16_t section,
		unsigned bind)
{
	struct elf_maker *m = &t->numbers;
	size_t at = t->used;

	memcpy(t->names + at, name, strlen(name) + 1);
	t->used += strlen(name) + 1;
	maker_number(m, at, 4);
	if (!m->wide) {
		maker_number(m, value, 4);
		maker_number(m, 0, 4);
	}
	maker_number(m, bind << 4, 1);
	maker_number(m, 0, 1);
	maker_number(m, section, 2);
	if (m->wide) {
		maker_number(m, value, 8);
		maker_number(m, 0, 8);
	}
}

static struct slice finish(struct elf_maker *m, struct table *t, const char *modinfo,
			   size_t modinfo_size)
{
	static const uint8_t crcs[] = {0, 0, 0, 0, 4, 3, 2, 1};

	*m = (struct elf_maker){.wide = t->numbers.wide, .type = 1, .machine = 62};
	m->machine = m->wide ? 62 : 3;
	maker_add(m, ".modinfo", modinfo, modinfo_size);
	maker_add(m, "__kcrctab", crcs, sizeof(crcs));
	maker_add(m, ".symtab", t->numbers.out, t->numbers.used);
	m->sections[2].link = 4;
	maker_add(m, ".strtab", t->names, t->used);
	return maker_finish(m);
}

static void check_new(bool wide)
{
	static const char info[] = "depends=\0vermagic=6.1.0 SMP ";
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct table t = {.numbers = {.wide = wide}};
	struct module_symbols symbols = {0};
	struct module_info got = {0};
	struct err e = ERR_INIT;
	struct file_bytes bytes;
	struct elf_maker m;
	struct slice file;

	add(&t, "", 0, 0, 0);
	add(&t, "printk", 0, 0, 1);
	add(&t, "maybe", 0, 0, 2);
	add(&t, "_GLOBAL_OFFSET_TABLE_", 0, 0, 1);
	add(&t, "init_module", 0, 1, 1);
	add(&t, "__ksymtab_plain", 0, 1, 0);
	add(&t, "__ksymtab_old_crc", 0, 1, 0);
	add(&t, "__crc_old_crc", 0xcafe0001, 0xfff1, 1);
	add(&t, "__ksymtab_new_crc", 0, 1, 0);
	add(&t, "__crc_new_crc", 4, 2, 0);
	file = finish(&m, &t, info, sizeof(info));
	bytes = file_bytes_in(&file);
	if (module_read(&bytes, a, &got, &symbols, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(symbols.needs.n, 1);
	assert_true(slice_eq(symbols.needs.v[0], "printk"));
	assert_int_equal(symbols.exports.n, 3);
	assert_true(slice_eq(symbols.exports.v[0].name, "plain"));
	assert_false(symbols.exports.v[0].has_crc);
	assert_int_equal(symbols.exports.v[1].crc, 0xcafe0001);
	assert_int_equal(symbols.exports.v[2].crc, 0x01020304);
}

static void test_symbols(_unused_ void **state)
{
	check_new(true);
	check_new(false);
}

static void test_linux_2_4(_unused_ void **state)
{
	static const char info[] = "kernel_version=2.4.21-50.EL";
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct table t = {.numbers = {.wide = false}};
	struct module_symbols symbols = {0};
	struct module_info got = {0};
	struct err e = ERR_INIT;
	struct file_bytes bytes;
	struct elf_maker m;
	struct slice file;

	add(&t, "", 0, 0, 0);
	add(&t, "printk_R1b7d4074", 0, 0, 1);
	add(&t, "__ksymtab_xenbus_read_Rsmp_00000007", 0, 1, 0);
	file = finish(&m, &t, info, sizeof(info));
	bytes = file_bytes_in(&file);
	assert_int_equal(module_read(&bytes, a, &got, &symbols, &e), 0);
	assert_string_equal(got.crcs.v[0].symbol, "printk");
	assert_true(slice_eq(symbols.needs.v[0], "printk"));
	assert_true(slice_eq(symbols.exports.v[0].name, "xenbus_read"));
	assert_int_equal(symbols.exports.v[0].crc, 7);
}

static void test_damage(_unused_ void **state)
{
	static const char info[] = "depends=\0vermagic=6.1.0 SMP ";
	struct table t = {.numbers = {.wide = true}};
	struct elf_maker m;
	struct slice whole, part;

	add(&t, "", 0, 0, 0);
	add(&t, "__crc_far", 8, 2, 0);
	whole = finish(&m, &t, info, sizeof(info));
	for (size_t n = 0; n <= whole.n; n++) {
		_cleanup_arena_ struct arena *a = arena_new(1 << 20);
		struct module_symbols symbols = {0};
		struct module_info got = {0};
		struct err e = ERR_INIT;
		struct file_bytes bytes;

		assert_true(slice_sub(whole, 0, n, &part));
		bytes = file_bytes_in(&part);
		assert_int_equal(module_read(&bytes, a, &got, &symbols, &e),
				 -ERR_CORRUPT);
	}
}

struct seen {
	struct listed_symbol last;
	unsigned n;
};

static void count(void *ctx, const struct listed_symbol *s)
{
	struct seen *seen = ctx;

	seen->last = *s;
	seen->n++;
}

static void test_symvers(_unused_ void **state)
{
	struct seen seen = {.n = 0};
	const struct symbol_taker to = {count, &seen};
	struct err e = ERR_INIT;

	assert_int_equal(
		symvers_parse(slice_str("0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
					"0x1b7d4074\tup\tdrivers/virtio/virtio-ring\n"),
			      &to, &e),
		0);
	assert_int_equal(seen.n, 2);
	assert_true(seen.last.has_crc);
	assert_int_equal(seen.last.crc, 0x1b7d4074);
	assert_true(slice_eq(seen.last.module, "drivers/virtio/virtio-ring"));
	assert_int_equal(symvers_parse(slice_str("0x1 a vmlinux\n0x2 b"), &to, &e),
			 -ERR_CORRUPT);
	assert_int_equal(symvers_parse(slice_str("0x1 a\n"), &to, &e), -ERR_CORRUPT);
	assert_int_equal(symvers_parse(slice_str("<html>\n"), &to, &e), -ERR_CORRUPT);
	assert_int_equal(symvers_parse(SLICE_NONE, &to, &e), -ERR_CORRUPT);
	assert_int_equal(symvers_parse(slice_of("0x1 a b\0\n", 9), &to, &e),
			 -ERR_CORRUPT);
}

static void test_maps(_unused_ void **state)
{
	struct seen seen = {.n = 0};
	const struct symbol_taker to = {count, &seen};
	struct err e = ERR_INIT;

	assert_int_equal(system_map_parse(slice_str("c0100000 T _text\n"
						    "c0300000 R __ksymtab_printk\n"),
					  &to, &e),
			 0);
	assert_int_equal(seen.n, 1);
	assert_true(slice_eq(seen.last.name, "printk"));
	assert_false(seen.last.has_crc);
	assert_int_equal(
		system_map_parse(slice_str("c0300000 ? __ksymtab_up_Rsmp_00000009\n"),
				 &to, &e),
		0);
	assert_true(slice_eq(seen.last.name, "up"));
	assert_int_equal(seen.last.crc, 9);
	assert_int_equal(system_map_parse(slice_str("ffffffffffffffff B The real map is "
						    "elsewhere\n"),
					  &to, &e),
			 -ERR_ABSENT);
	assert_int_equal(system_map_parse(slice_str("garbage\n"), &to, &e), -ERR_CORRUPT);
	assert_int_equal(modules_symbols_parse(slice_str("# Aliases\nalias symbol:vring "
							 "virtio_ring\n"),
					       &to, &e),
			 0);
	assert_true(slice_eq(seen.last.module, "virtio_ring"));
	assert_int_equal(modules_symbols_parse(slice_str("alias pci:v1 a\n"), &to, &e),
			 -ERR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symbols), cmocka_unit_test(test_linux_2_4),
		cmocka_unit_test(test_damage),  cmocka_unit_test(test_symvers),
		cmocka_unit_test(test_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
