/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the envelope and the disks of an OVA lie in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../fs/tar-maker.h"
#include "limits.h"
#include "ova.h"

struct fixture {
	struct tar_maker *m;
	struct arena *arena;
	struct blocks *blocks;
	struct ova ova;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->m = tar_new();
	f->arena = arena_new(LIMIT_SCRATCH);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	blocks_free(f->blocks);
	arena_free(f->arena);
	free(f->m);
	free(f);
	return 0;
}

/* Puts the size of a member into its head as GNU tar does with large ones. */
static void write_size(struct fixture *f, size_t at, uint64_t size)
{
	memset(f->m->bytes + at + 124, 0, 12);
	f->m->bytes[at + 124] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		f->m->bytes[at + 135 - i] = (uint8_t)(size >> 8 * i);
	tar_sum(f->m, at);
}

static int read_it(struct fixture *f)
{
	blocks_free(f->blocks);
	f->blocks = NULL;
	err_clear(&f->e);
	assert_int_equal(blocks_memory(slice_of(f->m->bytes, sizeof(f->m->bytes)),
				       &f->blocks, &f->e),
			 0);
	return ova_read(f->blocks, f->arena, &f->ova, &f->e);
}

static void expect_refused(struct fixture *f, enum err_code code, const char *words)
{
	assert_int_equal(read_it(f), -(int)code);
	if (!strstr(f->e.text, words))
		fail_msg("no \"%s\" in: %s", words, f->e.text);
}

static void expect_member(struct fixture *f, const char *name, const char *want)
{
	struct blocks_part part;
	char got[64] = "";

	if (ova_find(&f->ova, name, &part, &f->e) < 0)
		fail_msg("%s: %s", name, f->e.text);
	assert_int_equal(part.size, strlen(want));
	assert_true(blocks_read(f->blocks, part.at, got, part.size, &f->e) >= 0);
	assert_string_equal(got, want);
}

static void test_members_are_found(void **state)
{
	struct fixture *f = *state;
	struct blocks_part part;
	size_t at;

	tar_add(f->m, '5', "folder/", "", SLICE_NONE);
	tar_add(f->m, '0', "./Web.OVF", "", slice_str("<Envelope/>"));
	tar_add(f->m, '0', "disk1.vmdk", "", slice_str("one"));
	at = tar_add(f->m, '0', "disk2.vmdk", "", slice_str("second"));
	write_size(f, at, 6);
	tar_add(f->m, '0', "empty.vmdk", "", SLICE_NONE);
	tar_add(f->m, '2', "link.vmdk", "/etc/passwd", SLICE_NONE);
	assert_true(read_it(f) >= 0);
	assert_string_equal(f->ova.envelope, "Web.OVF");
	assert_int_equal(f->ova.description.size, 11);
	expect_member(f, "disk1.vmdk", "one");
	expect_member(f, "./disk2.vmdk", "second");
	assert_int_equal(ova_find(&f->ova, "empty.vmdk", &part, &f->e), -ERR_ABSENT);
	assert_int_equal(ova_find(&f->ova, "link.vmdk", &part, &f->e), -ERR_ABSENT);
	assert_int_equal(ova_find(&f->ova, "disk", &part, &f->e), -ERR_ABSENT);
}

static void test_pax_names_and_sizes_count(void **state)
{
	struct fixture *f = *state;
	size_t at;

	tar_add(f->m, 'g', "global", "", slice_str("14 path=global\n"));
	tar_add(f->m, '0', "web.ovf", "", slice_str("<Envelope/>"));
	tar_add(f->m, 'x', "x", "",
		slice_str("9 size=4\n17 path=long.img\n11 mtime=1\n"));
	at = tar_add(f->m, '0', "short", "", slice_str("disk"));
	write_size(f, at, 0);
	tar_add(f->m, '0', "next.img", "", slice_str("next"));
	assert_true(read_it(f) >= 0);
	expect_member(f, "long.img", "disk");
	expect_member(f, "next.img", "next");
}

static void test_damaged_pax_is_refused(void **state)
{
	static const char *const bad[] = {"99 path=x\n", "5 path=x\n", "path=x\n",
					  "8 path=x",    "9 size=x\n", "0 a=b\n",
					  " a=b\n",      "4 a=b\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fixture *f = *state;

		memset(f->m->bytes, 0, sizeof(f->m->bytes));
		f->m->n = 0;
		tar_add(f->m, 'x', "x", "", slice_str(bad[i]));
		tar_add(f->m, '0', "web.ovf", "", slice_str("<Envelope/>"));
		expect_refused(f, ERR_CORRUPT, "a head of pax makes no sense");
	}
}

static void test_what_is_no_ova_is_refused(void **state)
{
	struct fixture *f = *state;
	struct blocks_part part;
	size_t at;

	tar_add(f->m, '0', "disk.vmdk", "", slice_str("one"));
	at = tar_add(f->m, '0', "disk.vmdk", "", slice_str("two"));
	expect_refused(f, ERR_UNSUPPORTED, "is a tar archive without an OVF envelope");
	tar_add(f->m, '0', "a.ovf", "", slice_str("<Envelope/>"));
	assert_true(read_it(f) >= 0);
	assert_int_equal(ova_find(&f->ova, "disk.vmdk", &part, &f->e), -ERR_AMBIGUOUS);
	write_size(f, at, UINT64_MAX);
	expect_refused(f, ERR_CORRUPT, "the size of a member makes no sense");
	write_size(f, at, INT64_MAX);
	expect_refused(f, ERR_CORRUPT, "is cut off");
	write_size(f, at, 3);
	tar_add(f->m, '0', "b.ovf", "", slice_str("<Envelope/>"));
	expect_refused(f, ERR_AMBIGUOUS,
		       "two envelopes are in the archive, a.ovf and b.ovf");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_members_are_found),
		TEST(test_pax_names_and_sizes_count),
		TEST(test_damaged_pax_is_refused),
		TEST(test_what_is_no_ova_is_refused),
	};

	return cmocka_run_group_tests_name("ova", tests, NULL, NULL);
}
