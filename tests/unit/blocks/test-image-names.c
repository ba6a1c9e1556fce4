/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which other files an image names: as QEMU would look for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "put.h"
#include "strbuf.h"

struct found {
	struct arena *a;
	image_name_list names;
	int r;
	struct err e;
};

static struct found names_of(const void *bytes, size_t n, const char *format)
{
	struct found f = {.a = arena_new(1 << 20), .e = ERR_INIT};
	struct blocks *b = NULL;

	assert_non_null(f.a);
	assert_int_equal(blocks_memory(slice_of(bytes, n), &b, &f.e), 0);
	f.r = image_names(b, format, f.a, &f.names, &f.e);
	blocks_free(b);
	return f;
}

/* "ROLE NAME" of each, in lines. */
static void assert_names(struct found f, const char *expected)
{
	_cleanup_strbuf_ struct strbuf got = STRBUF_INIT(4096);

	assert_int_equal(f.r, 0);
	for (size_t i = 0; i < f.names.n; i++)
		strbuf_printf(&got, "%s %s%s\n", f.names.v[i].role, f.names.v[i].name,
			      f.names.v[i].stated ? "" : " ?");
	assert_string_equal(strbuf_text(&got), expected);
	arena_free(f.a);
}

static struct found names_of_text(const char *text)
{
	return names_of(text, strlen(text), "vmdk");
}

static void test_extents_and_parent_of_a_description(void **state)
{
	(void)state;
	assert_names(names_of_text("# Disk DescriptorFile\r\n"
				   "version=1\r\n"
				   "parentFileNameHint=\"base.vmdk\"\r\n"
				   "RW 4192256 SPARSE \"a b-s001.vmdk\"\r\n"
				   "  RW 63 FLAT \"f.vmdk\" 0\n"
				   "RW 63 ZERO\n"
				   "RDONLY 63 FLAT \"not-opened.vmdk\" 0\n"
				   "NOACCESS 63\n"
				   "ddb.adapterType = \"RW 1 FLAT\"\n"),
		     "parent base.vmdk\nextent a b-s001.vmdk\nextent f.vmdk\n");
	assert_names(names_of_text("RW 1 FLAT \"open\nRW 1 FLAT unquoted 0\nRW\n"
				   "RW 1 FLAT \"\" 0\nparentFileNameHint=none\n"),
		     "");
	assert_names(names_of("RW 1 FLAT \"a\" 0\n\0RW 1 FLAT \"b\" 0\n", 34, "vmdk"),
		     "extent a\n");
	assert_names(names_of("", 0, "vmdk"), "");
}

/* A sparse image with a description inside, at its second sector. */
static size_t sparse(uint8_t image[static 2048], uint64_t capacity, const char *text)
{
	memset(image, 0, 2048);
	memcpy(image, "KDMV", 4);
	for (unsigned i = 0; i < 8; i++)
		image[12 + i] = (uint8_t)(capacity >> 8 * i);
	image[28] = 1;
	memcpy(image + 512, text, strlen(text));
	return 2048;
}

static void test_a_description_inside_of_an_image(void **state)
{
	static const char text[] = "RW 9 SPARSE \"own-name.vmdk\"\n"
				   "parentFileNameHint=\"base.vmdk\"\n";
	uint8_t image[2048];

	(void)state;
	/* It holds its data itself, whatever it calls itself. */
	assert_names(names_of(image, sparse(image, 9, text), "vmdk"),
		     "parent base.vmdk\n");
	assert_names(names_of(image, sparse(image, 0, text), "vmdk"),
		     "parent base.vmdk\nextent own-name.vmdk\nparent base.vmdk\n");
	(void)sparse(image, 0, text);
	memset(image + 28, 0xff, 8);
	assert_names(names_of(image, sizeof(image), "vmdk"), "parent base.vmdk\n");
	assert_names(names_of(image, 30, "vmdk"), "");
}

static void test_the_backing_file_of_qed_and_qcow(void **state)
{
	uint8_t image[128] = "QED";

	(void)state;
	image[56] = 100;
	image[60] = 5;
	memcpy(image + 100, "b.img", 5);
	assert_names(names_of(image, sizeof(image), "qed"), "");
	image[16] = 1;
	assert_names(names_of(image, sizeof(image), "qed"), "backing b.img ?\n");
	image[16] = 5;
	assert_names(names_of(image, sizeof(image), "qed"), "backing b.img\n");
	put_be(image + 8, 8, 100);
	put_be(image + 16, 4, 5);
	assert_names(names_of(image, sizeof(image), "qcow"), "backing b.img ?\n");
	assert_names(names_of(image, sizeof(image), "vdi"), "");
}

static void assert_refused(struct found f, int code)
{
	assert_int_equal(f.r, -code);
	arena_free(f.a);
}

static void test_what_is_no_name(void **state)
{
	uint8_t image[128] = "QED";

	(void)state;
	image[16] = 1;
	image[56] = 100;
	image[60] = 60; /* past the end */
	assert_refused(names_of(image, sizeof(image), "qed"), ERR_CORRUPT);
	image[61] = 4; /* 1084 bytes */
	assert_refused(names_of(image, sizeof(image), "qed"), ERR_CORRUPT);
	image[60] = 5; /* zeros */
	image[61] = 0;
	assert_refused(names_of(image, sizeof(image), "qed"), ERR_CORRUPT);
}

static void test_too_many_names(void **state)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(1 << 16);

	(void)state;
	for (unsigned i = 0; i <= LIMIT_IMAGE_NAMES; i++)
		strbuf_printf(&text, "RW 1 FLAT \"f%u\" 0\n", i);
	assert_refused(names_of_text(strbuf_text(&text)), ERR_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extents_and_parent_of_a_description),
		cmocka_unit_test(test_a_description_inside_of_an_image),
		cmocka_unit_test(test_the_backing_file_of_qed_and_qcow),
		cmocka_unit_test(test_what_is_no_name),
		cmocka_unit_test(test_too_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
