/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "packages/rpm.h"
#include "packages/rpm_bdb.h"
#include "packages/rpm_files.h"

#define BE32(n) \
	(uint8_t)((n) >> 24), (uint8_t)((n) >> 16), (uint8_t)((n) >> 8), (uint8_t)(n)
#define ENTRY(tag, type, offset, count) BE32(tag), BE32(type), BE32(offset), BE32(count)

/* kernel-2.6.9-67.EL.i686, epoch 1, with /boot/vmlinuz-2.6.9-67.EL. */
static const uint8_t blob[] = {
	BE32(8),
	BE32(65),
	ENTRY(1000, 6, 0, 1),
	ENTRY(1001, 6, 7, 1),
	ENTRY(1002, 6, 13, 1),
	ENTRY(1022, 6, 19, 1),
	ENTRY(1003, 4, 24, 1),
	ENTRY(1116, 4, 28, 1),
	ENTRY(1117, 8, 32, 1),
	ENTRY(1118, 8, 58, 1),
	'k',
	'e',
	'r',
	'n',
	'e',
	'l',
	0,
	'2',
	'.',
	'6',
	'.',
	'9',
	0,
	'6',
	'7',
	'.',
	'E',
	'L',
	0,
	'i',
	'6',
	'8',
	'6',
	0,
	BE32(1),
	BE32(0),
	'v',
	'm',
	'l',
	'i',
	'n',
	'u',
	'z',
	'-',
	'2',
	'.',
	'6',
	'.',
	'9',
	'-',
	'6',
	'7',
	'.',
	'E',
	'L',
	's',
	'm',
	'p',
	0,
	0,
	0,
	0,
	'/',
	'b',
	'o',
	'o',
	't',
	'/',
	0,
};

static int parse(struct slice s, struct arena *a, struct rpm_package *ret)
{
	struct err e = ERR_INIT;

	return rpm_package_parse(s, a, a, ret, &e);
}

static void test_header(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct slice whole = slice_of(blob, sizeof(blob)), name;
	struct rpm_package p;

	assert_int_equal(parse(whole, a, &p), 0);
	assert_string_equal(p.name, "kernel");
	assert_string_equal(p.version, "2.6.9");
	assert_string_equal(p.release, "67.EL");
	assert_string_equal(p.arch, "i686");
	assert_string_equal(p.epoch, "1");
	assert_int_equal(p.kernels.n, 1);
	assert_string_equal(p.kernels.v[0], "2.6.9-67.ELsmp");
	assert_true(p.has_image);
	assert_true(rpm_header_peek(slice_of(blob, 8 + 8 * 16 + 7), &name));
	assert_true(slice_eq(name, "kernel"));
	assert_false(rpm_header_peek(slice_of(blob, 8 + 8 * 16 + 6), &name));
	for (size_t n = 0; n < sizeof(blob); n++)
		assert_int_equal(parse(slice_of(blob, n), a, &p), -ERR_CORRUPT);
}

/* One changed word of the index is told, or changes nothing of what is read. */
static void test_bounds(_unused_ void **state)
{
	static const uint32_t words[] = {0xffffffff, 0x7fffffff, 0x80000000, 65, 66, 200};
	uint8_t copy[sizeof(blob)];

	for (size_t at = 0; at < 8 + 8 * 16; at += 4) {
		for (size_t w = 0; w < ARRAY_LEN(words); w++) {
			_cleanup_arena_ struct arena *a = arena_new(1 << 20);
			uint8_t word[] = {BE32(words[w])};
			struct rpm_package p;
			int r;

			memcpy(copy, blob, sizeof(blob));
			memcpy(copy + at, word, 4);
			r = parse(slice_of(copy, sizeof(copy)), a, &p);
			assert_true(r == 0 || r == -ERR_CORRUPT);
			/* Offsets and counts past the data never pass. */
			if (at >= 8 && (at - 8) % 16 >= 8 && words[w] > 65)
				assert_int_equal(r, -ERR_CORRUPT);
		}
	}
}

static void test_names(_unused_ void **state)
{
	static const struct {
		const char *name;
		enum rpm_name_kind kind;
	} names[] = {
		{"kernel", RPM_NAME_KERNEL},
		{"kernel-core", RPM_NAME_KERNEL},
		{"kernel-PAE", RPM_NAME_KERNEL},
		{"kernel-xenU", RPM_NAME_KERNEL},
		{"kernel-uek-core", RPM_NAME_KERNEL},
		{"kernel-default", RPM_NAME_KERNEL},
		{"kernel-default-base", RPM_NAME_KERNEL},
		{"kernel-rt-debug-core", RPM_NAME_KERNEL},
		{"kernel6.12", RPM_NAME_MAYBE},
		{"kernel-desktop-5.10.16-1.mga8", RPM_NAME_MAYBE},
		{"linux-esx", RPM_NAME_MAYBE},
		{"kernel-devel", RPM_NAME_OTHER},
		{"kernel-debug-devel", RPM_NAME_OTHER},
		{"kernel-headers", RPM_NAME_OTHER},
		{"kernel-doc", RPM_NAME_OTHER},
		{"kernel-source", RPM_NAME_OTHER},
		{"kernel-smp-unsupported", RPM_NAME_OTHER},
		{"kernel-modules-core", RPM_NAME_OTHER},
		{"kernel-tools-libs", RPM_NAME_OTHER},
		{"kernel-firmware-intel", RPM_NAME_OTHER},
		{"glibc-kernheaders", RPM_NAME_OTHER},
		{"kmod-xenpv-PAE", RPM_NAME_MODULES},
		{"kmod", RPM_NAME_OTHER},
		{"kmod-libs", RPM_NAME_OTHER},
		{"bash", RPM_NAME_OTHER},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(rpm_name_kind(slice_str(names[i].name)), names[i].kind);
}

static void test_by_name(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	struct rpm_package p = {.name = "kernel-PAE",
				.version = "2.6.18",
				.release = "53.1.4.el5",
				.arch = "i686"};
	struct err e = ERR_INIT;
	const char *release;

	assert_int_equal(rpm_kernel_by_name(&p, a, &release, &e), 0);
	assert_string_equal(release, "2.6.18-53.1.4.el5PAE");
	/* A package that only depends on Fedora's kernel. */
	p.name = "kernel";
	p.release = "301.fc37";
	assert_int_equal(rpm_kernel_by_name(&p, a, &release, &e), 0);
	assert_null(release);
}

static void put(uint8_t *at, bool big, unsigned size, uint32_t n)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(n >> 8 * (big ? size - 1 - i : i));
}

enum { PAGE = 512, PAGES = 5 };

/* A table of two buckets on pages 1 and 2; bucket 1 holds the pair "b" => 600 bytes on
 * pages 4 and 3. */
static void make_hash(uint8_t *db, bool big)
{
	uint8_t *page = db + 2 * PAGE;

	memset(db, 0, (size_t)PAGES * PAGE);
	put(db + 12, big, 4, 0x061561);
	put(db + 16, big, 4, 8);
	put(db + 20, big, 4, PAGE);
	db[25] = 8;
	put(db + 32, big, 4, PAGES - 1);
	put(db + 72, big, 4, 1); /* max_bucket */
	put(db + 76, big, 4, 1); /* high_mask */
	put(db + 88, big, 4, 1); /* pairs */
	put(db + 96, big, 4, 1); /* spares */
	put(db + 100, big, 4, 1);
	put(page + 8, big, 4, 2);
	put(page + 20, big, 2, 2);
	page[25] = 2;
	put(page + 26, big, 2, PAGE - 2);
	put(page + 28, big, 2, PAGE - 14);
	page[PAGE - 2] = 1;
	page[PAGE - 1] = 'b';
	page[PAGE - 14] = 3;
	put(page + PAGE - 10, big, 4, 4);
	put(page + PAGE - 6, big, 4, 600);
	for (unsigned i = 0; i < 2; i++) {
		page = db + (4 - i) * PAGE;
		put(page + 8, big, 4, 4 - i);
		put(page + 12, big, 4, i ? 4 : 0);
		put(page + 16, big, 4, i ? 0 : 3);
		put(page + 22, big, 2, i ? 600 - (PAGE - 26) : PAGE - 26);
		page[25] = 7;
		memset(page + 26, 'A' + (int)i, PAGE - 26);
	}
}

struct seen {
	struct bdb *db;
	struct arena *a;
	unsigned pairs;
};

static int see(void *ctx, const struct bdb_item *key, const struct bdb_item *value,
	       uint32_t page, struct err *e)
{
	struct seen *s = ctx;
	struct slice bytes;
	int r = bdb_item_bytes(s->db, value, s->a, &bytes, e);

	if (r < 0)
		return r;
	s->pairs++;
	assert_true(slice_eq(key->bytes, "b"));
	assert_int_equal(page, 2);
	assert_int_equal(bytes.n, 600);
	assert_int_equal(slice_at(bytes, PAGE - 26 - 1), 'A');
	assert_int_equal(slice_at(bytes, PAGE - 26), 'B');
	return 0;
}

static int walk(const uint8_t *bytes, size_t n, unsigned *ret_pairs)
{
	_cleanup_arena_ struct arena *pages = arena_new(1 << 20);
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	struct err e = ERR_INIT;
	struct bdb db;
	struct seen s = {.db = &db, .a = a};
	int r;

	assert_int_equal(blocks_memory(slice_of(bytes, n), &b, &e), 0);
	r = bdb_open(b, &db, &e);
	if (r >= 0)
		r = bdb_hash_each(&db, pages, see, &s, &e);
	*ret_pairs = s.pairs;
	return r;
}

static void test_hash(_unused_ void **state)
{
	for (int big = 0; big < 2; big++) {
		uint8_t db[PAGES * PAGE];
		unsigned pairs;

		make_hash(db, big);
		assert_int_equal(walk(db, sizeof(db), &pairs), 0);
		assert_int_equal(pairs, 1);
		for (size_t n = 0; n < sizeof(db); n += 13)
			assert_int_equal(walk(db, n, &pairs), -ERR_CORRUPT);
		put(db + 2 * PAGE + 16, big, 4, 2); /* a bucket that follows itself */
		assert_int_equal(walk(db, sizeof(db), &pairs), -ERR_CORRUPT);
		make_hash(db, big);
		put(db + 3 * PAGE + 16, big, 4, 4); /* a chain that begins again */
		assert_int_equal(walk(db, sizeof(db), &pairs), -ERR_CORRUPT);
		make_hash(db, big);
		put(db + 4 * PAGE + 16, big, 4, 0); /* one that ends early */
		assert_int_equal(walk(db, sizeof(db), &pairs), -ERR_CORRUPT);
		make_hash(db, big);
		put(db + 2 * PAGE + PAGE - 6, big, 4, 0xffffffff); /* a huge record */
		assert_int_equal(walk(db, sizeof(db), &pairs), -ERR_LIMIT);
		make_hash(db, big);
		put(db + 16, big, 4, 10); /* a version of another time */
		assert_int_equal(walk(db, sizeof(db), &pairs), -ERR_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
