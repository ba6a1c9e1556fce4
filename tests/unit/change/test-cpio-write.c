/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../codec/tool.h"
#include "initramfs/walk.h"
#include "segment/cpio_write.h"

struct heard {
	char text[400];
	size_t n;
};

static struct slice whole;

static int fill(void *ctx, struct slice *ret, struct err *e)
{
	bool *given = ctx;

	(void)e;
	*ret = *given ? SLICE_NONE : whole;
	*given = true;
	return 0;
}

static int hear_segment(void *ctx, uint64_t offset, enum codec codec, struct err *e)
{
	(void)ctx, (void)offset, (void)e;
	assert_int_equal(codec, CODEC_NONE);
	return WALK_ON;
}

static int hear_member(void *ctx, struct cpio *c, struct stream *s,
		       const struct cpio_member *m, struct err *e)
{
	struct heard *h = ctx;
	char body[100] = "";

	assert_true(m->size < sizeof(body));
	assert_int_equal(m->nlink, (m->mode & CPIO_TYPE) == CPIO_DIR ? 2 : 1);
	h->n += (size_t)snprintf(h->text + h->n, sizeof(h->text) - h->n, "%.*s %o ",
				 (int)m->name.n, (const char *)m->name.p, m->mode);
	if (m->size)
		assert_int_equal(cpio_body(c, s, body, e), 0);
	h->n += (size_t)snprintf(h->text + h->n, sizeof(h->text) - h->n, "%s;", body);
	return WALK_ON;
}

static struct arena *arena;

static new_members some_members(void)
{
	static const struct new_member members[] = {
		{"conf", 0040755, {NULL, 0}},
		{"conf/modules", 0100644, {(const uint8_t *)"virtio_blk\n", 11}},
		{"empty", 0100600, {NULL, 0}},
		{"init", 0100755, {(const uint8_t *)"#!/bin/sh\n# x", 13}},
	};
	new_members list = {0};

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		assert_true(vec_push(arena, &list, members[i]));
	return list;
}

static void what_is_written_is_read_back(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(10000);
	new_members list = some_members();
	struct heard h = {.n = 0};
	struct initramfs_visitor v = {
		.segment = hear_segment, .member = hear_member, .ctx = &h};
	bool given = false;
	uint64_t total = 0;
	_cleanup_stream_ struct stream s = {
		.in = {fill, &given}, .total = &total, .max = UINT64_MAX};
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(cpio_write(&list, &out, &e), 0);
	assert_int_equal(out.n % 4, 0);
	whole = slice_of(out.s, out.n);
	assert_int_equal(initramfs_walk(&s, &v, &e), 0);
	assert_string_equal(h.text, "conf 40755 ;conf/modules 100644 virtio_blk\n;"
				    "empty 100600 ;init 100755 #!/bin/sh\n# x;");
}

static void the_same_members_give_the_same_bytes(void **state)
{
	_cleanup_strbuf_ struct strbuf a = STRBUF_INIT(10000), b = STRBUF_INIT(10000);
	new_members list = some_members();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(cpio_write(&list, &a, &e), 0);
	assert_int_equal(cpio_write(&list, &b, &e), 0);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.s, b.s, a.n);
}

static void an_archive_is_the_same_behind_other_bytes(void **state)
{
	_cleanup_strbuf_ struct strbuf a = STRBUF_INIT(10000), b = STRBUF_INIT(10000);
	new_members list = some_members();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(cpio_write(&list, &a, &e), 0);
	strbuf_char(&b, 'x');
	assert_int_equal(cpio_write(&list, &b, &e), 0);
	assert_int_equal(a.n + 1, b.n);
	assert_memory_equal(a.s, b.s + 1, a.n);
}

static void what_does_not_fit_is_an_error(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(300);
	new_members list = some_members();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(cpio_write(&list, &out, &e), -ERR_LIMIT);
	assert_string_equal(e.text, "what is added has more than 300 bytes");
}

static void cpio_itself_lists_it(void **state)
{
	static const char *const argv[] = {"cpio", "-it", "--quiet", NULL};
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(10000);
	new_members list = some_members();
	struct err e = ERR_INIT;
	struct bytes names;

	(void)state;
	assert_int_equal(cpio_write(&list, &out, &e), 0);
	names = tool_filter(argv, slice_of(out.s, out.n));
	if (names.n == SIZE_MAX) {
		print_message("cpio is not installed\n");
		skip();
	}
	assert_true(slice_eq(bytes_slice(names), "conf\nconf/modules\nempty\ninit\n"));
	free(names.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(the_same_members_give_the_same_bytes),
		cmocka_unit_test(an_archive_is_the_same_behind_other_bytes),
		cmocka_unit_test(what_does_not_fit_is_an_error),
		cmocka_unit_test(cpio_itself_lists_it),
	};
	int r;

	arena = arena_new(100000);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return r;
}
