/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which evidence about a symbol counts, and what is said where there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "limits.h"
#include "symbol_wants.h"

struct bench {
	struct arena *arena;
	struct wants wants;
	struct module_info info;
	struct module_symbols symbols;
	struct loading_fact fact;
};

/* A module that needs printk with CRC 1, and up with none stated. */
static void start(struct bench *b)
{
	struct err e = ERR_INIT;

	*b = (struct bench){.arena = arena_new(1 << 20)};
	assert_true(
		vec_push(b->arena, &b->info.crcs, ((struct module_crc){"printk", 1})));
	assert_true(vec_push(b->arena, &b->symbols.needs, slice_str("printk")));
	assert_true(vec_push(b->arena, &b->symbols.needs, slice_str("up")));
	assert_int_equal(wants_new(b->arena, &b->wants, &e), 0);
	assert_int_equal(wants_add(&b->wants, &b->info, &b->symbols, &e), 0);
}

static void list(struct bench *b, const char *text)
{
	struct wants_list list = {&b->wants, WANTS_SYMVERS, "symvers"};
	struct symbol_taker to = wants_taker(&list);
	struct err e = ERR_INIT;

	assert_int_equal(symvers_parse(slice_str(text), &to, &e), 0);
	b->wants.list_read = true;
}

/* A module of the kernel that wants printk with that CRC. */
static void vote(struct bench *b, uint32_t crc, const char *module)
{
	struct module_info info = {0};

	assert_true(vec_push(b->arena, &info.crcs, ((struct module_crc){"printk", crc})));
	wants_uses(&b->wants, &info, NULL, module);
}

static void judge(struct bench *b, uint64_t fitting, uint64_t differing,
		  uint64_t unresolved, uint64_t unknown, uint64_t uncompared)
{
	struct err e = ERR_INIT;

	wants_settle(&b->wants);
	assert_int_equal(wants_judge(&b->wants, &b->info, &b->symbols, KNOWN_YES,
				     b->arena, &b->fact, &e),
			 0);
	assert_int_equal(b->fact.symbols, 2);
	assert_int_equal(b->fact.fitting, fitting);
	assert_int_equal(b->fact.differing, differing);
	assert_int_equal(b->fact.unresolved, unresolved);
	assert_int_equal(b->fact.unknown, unknown);
	assert_int_equal(b->fact.uncompared, uncompared);
	b->arena = arena_free(b->arena);
}

static void test_list(_unused_ void **state)
{
	struct bench b;

	start(&b);
	list(&b, "0x1 printk vmlinux\n0x9 up lib/up-side\n");
	assert_string_equal(want_exporter(&b.wants, wants_get(&b.wants, slice_str("up"))),
			    "up_side");
	judge(&b, 2, 0, 0, 0, 0);
	start(&b);
	list(&b, "0x2 printk vmlinux\n");
	judge(&b, 0, 1, 1, 0, 0);
	start(&b); /* no list: nothing is known, and nothing is refused */
	judge(&b, 0, 0, 0, 2, 0);
	start(&b); /* a symbol without a CRC in a kernel with CRCs */
	list(&b, "0x0 printk vmlinux\n0x9 up vmlinux\n");
	judge(&b, 1, 0, 0, 0, 1);
}

static void test_votes(_unused_ void **state)
{
	struct bench b;

	start(&b); /* one that agrees is enough */
	vote(&b, 1, "a");
	judge(&b, 1, 0, 0, 1, 0);
	start(&b); /* one that does not may itself be wrong */
	vote(&b, 2, "a");
	judge(&b, 0, 0, 0, 1, 1);
	start(&b);
	vote(&b, 2, "a");
	vote(&b, 2, "b");
	judge(&b, 0, 1, 0, 1, 0);
	start(&b); /* they disagree with each other */
	vote(&b, 1, "a");
	vote(&b, 2, "b");
	judge(&b, 0, 0, 0, 1, 1);
}

/* A list that the kernel's modules contradict is another kernel's. */
static void test_foreign_list(_unused_ void **state)
{
	struct bench b;

	start(&b);
	list(&b, "0x5 printk vmlinux\n0x9 up vmlinux\n");
	vote(&b, 1, "a");
	vote(&b, 1, "b");
	judge(&b, 1, 0, 0, 1, 0);
	assert_true(b.wants.list_differs);
}

static void test_exports(_unused_ void **state)
{
	struct module_symbols exports = {0};
	struct err e = ERR_INIT;
	struct bench b;

	start(&b);
	assert_true(vec_push(b.arena, &exports.exports,
			     ((struct module_export){slice_str("up"), true, 3})));
	assert_true(vec_push(b.arena, &exports.exports,
			     ((struct module_export){slice_str("printk"), true, 2})));
	list(&b, "0x1 printk vmlinux\n");
	assert_int_equal(wants_exports(&b.wants, &exports, true, "other", &e), 0);
	judge(&b, 1, 1, 0, 0, 0); /* a file that is given comes first */
}

/* More symbols than are listed are counted. */
static void test_many(_unused_ void **state)
{
	struct err e = ERR_INIT;
	struct bench b;

	start(&b);
	for (int i = 0; i < 100; i++)
		assert_true(vec_push(b.arena, &b.symbols.needs,
				     slice_str(arena_printf(b.arena, "s%d", i))));
	assert_int_equal(wants_judge(&b.wants, &b.info, &b.symbols, KNOWN_YES, b.arena,
				     &b.fact, &e),
			 0);
	assert_int_equal(b.fact.unknown, 102);
	assert_int_equal(b.fact.listed.n, LIMIT_SYMBOLS_LISTED);
	arena_free(b.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),         cmocka_unit_test(test_votes),
		cmocka_unit_test(test_foreign_list), cmocka_unit_test(test_exports),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
