/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory, windows and raw files, and the refusals of a damaged qcow2 image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blocks.h"

static int file_with(const void *p, size_t n)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	return fd;
}

static void test_memory_and_window(void **state)
{
	struct blocks *m = NULL, *w = NULL, *none = NULL;
	struct err e = ERR_INIT;
	char got[8];

	(void)state;
	assert_int_equal(blocks_memory(slice_str("0123456789"), &m, &e), 0);
	assert_int_equal(m->size, 10);
	assert_int_equal(blocks_read(m, 8, got, 2, &e), 0);
	assert_memory_equal(got, "89", 2);
	assert_int_equal(blocks_read(m, 9, got, 2, &e), -ERR_CORRUPT);
	assert_int_equal(blocks_read(m, UINT64_MAX, got, 2, &e), -ERR_CORRUPT);
	assert_non_null(strstr(e.text, "past the end"));
	assert_int_equal(blocks_read(m, 10, got, 0, &e), 0);

	assert_int_equal(blocks_window(m, 4, 4, &w, &e), 0);
	assert_int_equal(blocks_read(w, 1, got, 3, &e), 0);
	assert_memory_equal(got, "567", 3);
	assert_int_equal(blocks_read(w, 1, got, 4, &e), -ERR_CORRUPT);
	assert_int_equal(w->reads, 1);
	assert_int_equal(w->bytes, 3);
	assert_int_equal(blocks_window(m, 4, 7, &none, &e), -ERR_CORRUPT);
	assert_int_equal(blocks_window(m, 2, UINT64_MAX, &none, &e), -ERR_CORRUPT);
	assert_null(none);
	blocks_free(w);
	blocks_free(m);
	assert_null(blocks_free(NULL));
}

static void test_write(void **state)
{
	struct blocks *m = NULL, *w = NULL, *fixed = NULL;
	struct err e = ERR_INIT;
	char bytes[] = "0123456789";

	(void)state;
	assert_int_equal(blocks_buffer(bytes, 10, &m, &e), 0);
	assert_int_equal(blocks_write(m, 8, "xy", 2, &e), 0);
	assert_string_equal(bytes, "01234567xy");
	assert_int_equal(blocks_write(m, 9, "ab", 2, &e), -ERR_CORRUPT);
	assert_int_equal(blocks_write(m, UINT64_MAX, "ab", 2, &e), -ERR_CORRUPT);
	assert_int_equal(blocks_write(m, 10, "", 0, &e), 0);

	assert_int_equal(blocks_window(m, 2, 4, &w, &e), 0);
	assert_int_equal(blocks_write(w, 3, "Z", 1, &e), 0);
	assert_int_equal(blocks_write(w, 3, "ZZ", 2, &e), -ERR_CORRUPT);
	assert_string_equal(bytes, "01234Z67xy");
	blocks_free(w);
	blocks_free(m);

	/* What is under a window decides. */
	assert_int_equal(blocks_memory(slice_str("0123456789"), &fixed, &e), 0);
	assert_int_equal(blocks_window(fixed, 2, 4, &w, &e), 0);
	assert_int_equal(blocks_write(w, 0, "a", 1, &e), -ERR_USAGE);
	assert_non_null(strstr(e.text, "read only"));
	blocks_free(w);
	blocks_free(fixed);
}

static void test_raw(void **state)
{
	static const char data[1024] = "a disk";
	struct arena *a = arena_new(65536);
	struct blocks_chain chain = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int fd = file_with(data, sizeof(data)), pair[2];
	char got[1024];

	(void)state;
	assert_int_equal(blocks_open(fd, NULL, NULL, a, &chain, &b, &e), 0);
	assert_string_equal(b->format, "raw");
	assert_int_equal(b->size, 1024);
	assert_int_equal(blocks_read(b, 0, got, 1024, &e), 0);
	assert_memory_equal(got, data, 1024);
	/* The file becomes shorter while it is open. */
	assert_int_equal(ftruncate(fd, 600), 0);
	assert_int_equal(blocks_read(b, 512, got, 512, &e), -ERR_IO);
	blocks_free(b);
	assert_int_equal(close(fd), -1);

	b = NULL;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(blocks_open(pair[0], NULL, NULL, a, &chain, &b, &e),
			 -ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "a socket"));
	assert_null(b);
	close(pair[0]);
	close(pair[1]);

	fd = file_with(data, sizeof(data));
	assert_int_equal(blocks_open(fd, "rew", NULL, a, &chain, &b, &e), -ERR_USAGE);
	assert_non_null(strstr(e.text, "raw, qcow2, vmdk"));
	assert_int_equal(blocks_open(fd, "vmdk", NULL, a, &chain, &b, &e),
			 -ERR_UNSUPPORTED);
	assert_int_equal(blocks_open(fd, "qcow2", NULL, a, &chain, &b, &e), -ERR_CORRUPT);
	assert_null(b);
	close(fd);
	arena_free(a);
}

/* An image of 4 KiB clusters: header, L1 table, L2 table, one cluster of data. */
enum { CLUSTER = 4096, L1 = CLUSTER, L2 = 2 * CLUSTER, DATA = 3 * CLUSTER };
static uint8_t image[4 * CLUSTER];

static void put(size_t off, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		image[off + i] = (uint8_t)(v >> 8 * (n - 1 - i));
}

static void make_image(void)
{
	memset(image, 0, sizeof(image));
	put(0, 4, 0x514649fb);
	put(4, 4, 3);
	put(20, 4, 12);
	put(24, 8, 64 * 1024);
	put(36, 4, 1);
	put(40, 8, L1);
	put(96, 4, 4);
	put(100, 4, 104);
	put(L1, 8, L2 | UINT64_C(1) << 63);
	put(L2 + 8, 8, DATA | UINT64_C(1) << 63);
	memset(image + DATA, 'd', CLUSTER);
}

/* Opens the image and reads all of it; 0 or the error's code. */
static int read_image(struct err *e)
{
	static uint8_t disk[64 * 1024];
	struct arena *a = arena_new(65536);
	struct blocks_chain chain = {0};
	struct blocks *b = NULL;
	int fd = file_with(image, sizeof(image));
	int r = blocks_open(fd, NULL, NULL, a, &chain, &b, e);

	if (r < 0)
		close(fd);
	else
		r = blocks_read(b, 0, disk, sizeof(disk), e);
	if (r == 0) {
		assert_int_equal(disk[CLUSTER - 1], 0);
		assert_int_equal(disk[CLUSTER], 'd');
		assert_int_equal(disk[2 * CLUSTER - 1], 'd');
		assert_int_equal(disk[2 * CLUSTER], 0);
	}
	blocks_free(b);
	arena_free(a);
	return r;
}

static const struct damage {
	const char *what;
	size_t off;
	unsigned n;
	uint64_t v;
	int want;
	const char *say;
} damages[] = {
	{"whole", 0, 4, 0x514649fb, 0, ""},
	{"version", 4, 4, 4, ERR_UNSUPPORTED, "version 4"},
	{"cluster bits", 20, 4, 22, ERR_CORRUPT, "2^22"},
	{"cluster bits", 20, 4, 8, ERR_CORRUPT, "2^8"},
	{"cluster bits", 20, 4, 0xffffffff, ERR_CORRUPT, "clusters"},
	{"size 0", 24, 8, 0, ERR_CORRUPT, "empty"},
	{"huge size", 24, 8, UINT64_MAX, ERR_CORRUPT, "bytes"},
	{"size above L1", 24, 8, (uint64_t)1 << 40, ERR_CORRUPT, "L1 table of 1 entries"},
	{"L1 count", 36, 4, 0xffffffff, ERR_LIMIT, "L1 table"},
	{"L1 count", 36, 4, 100000, ERR_CORRUPT, "truncated"},
	{"L1 unaligned", 40, 8, L1 + 8, ERR_CORRUPT, "start of a cluster"},
	{"L1 outside", 40, 8, (uint64_t)1 << 40, ERR_CORRUPT, "truncated"},
	{"L1 at 0", 40, 8, 0, ERR_CORRUPT, "L1"},
	{"AES", 32, 4, 1, ERR_UNSUPPORTED, "encrypted (AES)"},
	{"dirty", 72, 8, 1, ERR_UNSUPPORTED, "qemu-img check -r all"},
	{"corrupt", 72, 8, 2, ERR_CORRUPT, "marked as corrupt"},
	{"data file", 72, 8, 4, ERR_UNSUPPORTED, "does not name"},
	{"compression", 72, 8, 8, ERR_CORRUPT, "disagree"},
	{"extended L2", 72, 8, 16, ERR_CORRUPT, "extended"},
	{"unknown", 72, 8, 0x60, ERR_UNSUPPORTED, "bit 5, bit 6"},
	{"header length", 100, 4, 100, ERR_CORRUPT, "header length"},
	{"header length", 100, 4, 0xfffffff8, ERR_CORRUPT, "header length"},
	{"extension", 104, 8, 0x12345678fffffff0, ERR_CORRUPT, "extension"},
	{"backing at 1", 8, 8, 1, ERR_CORRUPT, "first cluster"},
	{"backing outside", 8, 8, 8192, ERR_CORRUPT, "first cluster"},
	{"backing empty", 8, 8, 1024, ERR_CORRUPT, "is empty"},
	{"L1 reserved", L1, 8, L2 | 1, ERR_CORRUPT, "L1 entry 0"},
	{"L2 unaligned", L1, 8, L2 + 512, ERR_CORRUPT, "L1 entry 0"},
	{"L2 outside", L1, 8, (uint64_t)1 << 40, ERR_CORRUPT, "truncated"},
	{"cluster reserved", L2 + 8, 8, DATA | 2, ERR_CORRUPT, "L2 entry"},
	{"cluster unaligned", L2 + 8, 8, DATA + 512, ERR_CORRUPT, "L2 entry"},
	{"cluster outside", L2 + 8, 8, (uint64_t)1 << 40, ERR_CORRUPT, "truncated"},
	{"bad deflate", L2 + 8, 8, DATA | (uint64_t)1 << 62, ERR_CORRUPT, "deflate"},
	{"deflate outside", L2 + 8, 8, (uint64_t)5 << 60 | 1 << 30, ERR_CORRUPT,
	 "truncated"},
};

static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		const struct damage *d = &damages[i];
		struct err e = ERR_INIT;
		int r;

		make_image();
		put(d->off, d->n, d->v);
		r = read_image(&e);
		if (r != -d->want || !strstr(e.text, d->say))
			fail_msg("%s: %d, \"%s\"", d->what, r, e.text);
	}
}

/* Names from the image's own table, escaped; and a backing file without an opener. */
static void test_names(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	make_image();
	put(72, 8, 0x20);
	put(104, 8, UINT64_C(0x6803f85700000030));
	put(112, 2, 5);
	memcpy(image + 114, "warp\x1b[31m", 10);
	assert_int_equal(read_image(&e), -ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "bit 5 \"warp\\x1b[31m\""));

	make_image();
	put(8, 8, 1024);
	put(16, 4, 9);
	memcpy(image + 1024, "base.img\n", 9);
	assert_int_equal(read_image(&e), -ERR_REFUSED);
	assert_non_null(strstr(e.text, "\"base.img\\n\""));
	image[1026] = 0;
	assert_int_equal(read_image(&e), -ERR_CORRUPT);

	/* Version 2 has no zero clusters. */
	make_image();
	put(L2 + 8, 8, DATA | 1);
	put(4, 4, 2);
	assert_int_equal(read_image(&e), -ERR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_and_window),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
