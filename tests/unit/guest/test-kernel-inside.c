/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration inside of a kernel: where it lies, and what damage makes of it. */
#include <zlib.h>

#include "guest-tree.h"
#include "kernel_inside.h"

enum { ROOM = 700 * 1024, SETUP = 1024 };

static const char config[] = "CONFIG_XEN=y\n# CONFIG_XEN_PV is not set\n";

static size_t gzip(const void *in, size_t n, uint8_t *out, size_t room)
{
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)in,
		      .avail_in = (uInt)n,
		      .next_out = out,
		      .avail_out = (uInt)room};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), 0);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* A kernel proper of `size` bytes with its configuration at `at`. */
static void make_kernel(uint8_t *kernel, size_t size, size_t at)
{
	size_t n;

	for (size_t i = 0; i < size; i++)
		kernel[i] = (uint8_t)(i * 2654435761u >> 16);
	memcpy(kernel + at / 2, "IKCFG_ST, but none", 18);
	memcpy(kernel + at, "IKCFG_ST", 8);
	n = gzip(config, sizeof(config) - 1, kernel + at + 8, size - at - 8);
	memcpy(kernel + at + 8 + n, "IKCFG_ED", 8);
}

static int read_config(struct guest_tree *t, const uint8_t *image, size_t n,
		       struct slice *ret)
{
	static unsigned number; /* what was found is kept */
	char path[32];
	struct file f;
	int r;

	snprintf(path, sizeof(path), "/vmlinuz-%u", number++);
	guest_tree_bytes(t, 0, path, slice_of(image, n));
	assert_int_equal(tree_find(t->guest.tree, path, &f, &t->e), 0);
	r = kernel_inside_config(&f, t->scratch, ret, &t->e);
	return r;
}

/* As boot images of x86 have it, compressed. */
static size_t make_image(uint8_t *image, const uint8_t *kernel, size_t size)
{
	size_t n;

	memset(image, 0, SETUP + 16);
	image[0x1f1] = 1;
	memcpy(image + 0x202, "HdrS\x0f\x02", 6);
	n = gzip(kernel, size, image + SETUP + 16, ROOM);
	image[0x248] = 16;
	for (unsigned i = 0; i < 4; i++)
		image[0x24c + i] = (uint8_t)(n >> 8 * i);
	return SETUP + 16 + n;
}

static void test_boot_image(void **state)
{
	struct guest_tree *t = *state;
	uint8_t *kernel = arena_alloc(t->arena, ROOM),
		*image = arena_alloc(t->arena, ROOM * 2);
	struct slice text;
	size_t n;

	guest_tree_volume(t, "/");
	make_kernel(kernel, ROOM, ROOM / 2 + 1);
	n = make_image(image, kernel, ROOM);
	assert_int_equal(read_config(t, image, n, &text), 0);
	assert_true(slice_eq(text, config));
	assert_int_equal(read_config(t, image, n / 2, &text), -ERR_CORRUPT);
	assert_int_equal(read_config(t, image, 0x1f0, &text), -ERR_ABSENT);
	image[0x206] = 7;
	assert_int_equal(read_config(t, image, n, &text), -ERR_ABSENT);
	memset(kernel + ROOM / 2, 0, 20);
	n = make_image(image, kernel, ROOM);
	assert_int_equal(read_config(t, image, n, &text), -ERR_ABSENT);
}

/* The mark may lie across what is read at a time. */
static void test_pieces(void **state)
{
	struct guest_tree *t = *state;
	uint8_t *kernel = arena_alloc(t->arena, ROOM);
	struct slice text;

	guest_tree_volume(t, "/");
	for (size_t at = 256 * 1024 - 40; at < 256 * 1024 + 4; at++) {
		make_kernel(kernel, ROOM, at);
		assert_int_equal(read_config(t, kernel, ROOM, &text), 0);
		assert_true(slice_eq(text, config));
	}
	for (size_t n = 256 * 1024 + 4; n < 256 * 1024 + 40; n++)
		assert_true(read_config(t, kernel, n, &text) < 0);
}

static void test_damage(void **state)
{
	struct guest_tree *t = *state;
	uint8_t *kernel = arena_alloc(t->arena, ROOM);
	struct slice text;

	guest_tree_volume(t, "/");
	make_kernel(kernel, 8192, 4096);
	kernel[4096 + 8 + 14] ^= 0x55;
	assert_int_equal(read_config(t, kernel, 8192, &text), -ERR_CORRUPT);
	assert_non_null(strstr(t->e.text, "its configuration"));
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_boot_image),
		CASE(test_pieces),
		CASE(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
