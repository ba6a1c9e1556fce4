/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packages as files: which of their files are kept, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "cpio-maker.h"
#include "limits.h"
#include "packages/rpm_file.h"

#define BE32(n) \
	(uint8_t)((n) >> 24), (uint8_t)((n) >> 16), (uint8_t)((n) >> 8), (uint8_t)(n)
#define ENTRY(tag, type, offset, count) BE32(tag), BE32(type), BE32(offset), BE32(count)
#define DIR                             "/lib/modules/2.6.18-53.el5/extra/xenpv/"

static const uint8_t magic[] = {0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0};

/* Three bytes of data, so that the next header needs five behind it. */
static const uint8_t signatures[] = {BE32(1), BE32(3), ENTRY(1000, 7, 0, 3), 1, 2, 3};

/* kmod-xenpv-0.1-9.el5.i686 */
static const uint8_t header[] = {
	BE32(4),
	BE32(28),
	ENTRY(1000, 6, 0, 1),
	ENTRY(1001, 6, 11, 1),
	ENTRY(1002, 6, 15, 1),
	ENTRY(1022, 6, 21, 1),
	'k',
	'm',
	'o',
	'd',
	'-',
	'x',
	'e',
	'n',
	'p',
	'v',
	0,
	'0',
	'.',
	'1',
	0,
	'9',
	'.',
	'e',
	'l',
	'5',
	0,
	'i',
	'6',
	'8',
	'6',
	0,
	0,
	0,
};

struct package {
	struct arena *arena;
	struct cpio_maker archive, file;
	struct rpm_file got;
	struct err e;
};

static struct package *package_new(void)
{
	struct package *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->arena = arena_new(LIMIT_DRIVER_PACKAGE_MEMORY);
	assert_non_null(p->arena);
	return p;
}

static void package_free(struct package *p)
{
	free(p->archive.out);
	free(p->file.out);
	arena_free(p->arena);
	free(p);
}

static void add(struct package *p, const char *name, uint32_t mode, const char *body)
{
	cpio_entry(
		&p->archive,
		(struct cpio_entry){.name = name, .mode = mode, .body = slice_str(body)});
}

static void lead(struct package *p, uint8_t type)
{
	const uint8_t start[96] = {0xed, 0xab, 0xee, 0xdb, 3, 0, 0, type};

	cpio_raw(&p->file, start, sizeof(start));
	cpio_raw(&p->file, magic, sizeof(magic));
	cpio_raw(&p->file, signatures, sizeof(signatures));
	cpio_align(&p->file, 8);
	cpio_raw(&p->file, magic, sizeof(magic));
	cpio_raw(&p->file, header, sizeof(header));
}

static void pack(struct package *p)
{
	uint8_t out[65536];
	z_stream z = {.next_in = p->archive.out,
		      .avail_in = (uInt)p->archive.n,
		      .next_out = out,
		      .avail_out = sizeof(out)};

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	cpio_raw(&p->file, out, sizeof(out) - z.avail_out);
	deflateEnd(&z);
}

static void end(struct package *p)
{
	add(p, "TRAILER!!!", 0, "");
}

static int read_bytes(struct package *p, size_t n)
{
	struct blocks *b;
	int r;

	assert_int_equal(blocks_memory(slice_of(p->file.out, n), &b, &p->e), 0);
	r = rpm_file_read(b, p->arena, &p->got, &p->e);
	blocks_free(b);
	return r;
}

static int read_package(struct package *p)
{
	lead(p, 0);
	end(p);
	cpio_raw(&p->file, p->archive.out, p->archive.n);
	return read_bytes(p, p->file.n);
}

static void refused(struct package *p, enum err_code code, const char *text)
{
	assert_int_equal(read_package(p), -(int)code);
	assert_non_null(strstr(p->e.text, text));
	package_free(p);
}

static void keeps_what_brings_drivers(void **state)
{
	struct package *p = package_new();
	const struct rpm_file_member *m;

	(void)state;
	add(p, "./lib/modules/2.6.18-53.el5/extra/xenpv", 040755, "");
	add(p, "." DIR "xen-vbd.ko", 0100744, "module");
	add(p, "./etc/depmod.d/xenpv.conf", 0100644, "override");
	add(p, "./usr/share/doc/xenpv/README", 0100644, "text");
	add(p, "./usr/share/doc/xenpv/link", 0120777, "README");
	lead(p, 0);
	end(p);
	pack(p);
	assert_int_equal(read_bytes(p, p->file.n), 0);
	assert_string_equal(p->got.package.name, "kmod-xenpv");
	assert_string_equal(p->got.package.release, "9.el5");
	assert_string_equal(p->got.package.arch, "i686");
	assert_int_equal(p->got.members.n, 2);
	m = &p->got.members.v[0];
	assert_string_equal(m->path, DIR "xen-vbd.ko");
	assert_string_equal(m->kernel, "2.6.18-53.el5");
	assert_string_equal(m->module, "xen_vbd");
	assert_int_equal(m->mode, 0744);
	assert_true(slice_eq(m->bytes, "module"));
	assert_string_equal(p->got.members.v[1].path, "/etc/depmod.d/xenpv.conf");
	assert_null(p->got.members.v[1].module);
	assert_int_equal(p->got.others.n, 2);
	assert_string_equal(p->got.others.v[0], "/usr/share/doc/xenpv/README");
	package_free(p);
}

/* A package that is cut short has never fewer files instead. */
static void cut_short(void **state)
{
	struct package *p = package_new();
	struct arena_mark mark;
	size_t whole;

	(void)state;
	add(p, "." DIR "xen-vbd.ko", 0100644, "module");
	lead(p, 0);
	end(p);
	whole = p->file.n;
	cpio_raw(&p->file, p->archive.out, p->archive.n);
	mark = arena_mark(p->arena);
	/* its last bytes are padding behind the trailer */
	for (size_t n = 0; n + 4 < p->file.n; n++) {
		assert_true(read_bytes(p, n) < 0);
		assert_true(p->e.code != ERR_BUG);
		arena_rewind(p->arena, mark);
	}
	assert_int_equal(read_bytes(p, p->file.n), 0);
	/* the same of one that is compressed */
	p->file.n = whole;
	pack(p);
	for (size_t n = whole; n < p->file.n; n++) {
		arena_rewind(p->arena, mark);
		assert_true(read_bytes(p, n) < 0);
	}
	package_free(p);
}

static void what_is_refused(void **state)
{
	static const char *const bad[] = {"./lib/modules/../etc/x.ko", "./lib//x", "./."};
	struct package *p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		p = package_new();
		add(p, bad[i], 0100644, "x");
		refused(p, ERR_CORRUPT, "a file is called");
	}
	p = package_new();
	add(p, DIR "x.ko", 0120777, "/etc/shadow");
	refused(p, ERR_UNSUPPORTED, "is a link");
	p = package_new();
	cpio_entry(&p->archive,
		   (struct cpio_entry){.name = DIR "x.ko", .mode = 0100644, .nlink = 2});
	refused(p, ERR_UNSUPPORTED, "is a link");
	p = package_new();
	add(p, DIR "x.ko", 0100644, "a");
	add(p, "." DIR "x.ko", 0100644, "b");
	refused(p, ERR_CORRUPT, "it has two files");
	p = package_new();
	for (int i = 0; i <= LIMIT_DRIVER_PACKAGE_FILES; i++)
		add(p, "./usr/share/doc/x", 0100644, "");
	refused(p, ERR_LIMIT, "more than 4096 files");
	p = package_new();
	cpio_entry(&p->archive, (struct cpio_entry){.name = DIR "x.ko",
						    .mode = 0100644,
						    .magic = "07070X"});
	refused(p, ERR_CORRUPT, "no cpio header");
}

static void other_files(void **state)
{
	struct package *p = package_new();

	(void)state;
	lead(p, 1);
	assert_int_equal(read_bytes(p, p->file.n), -ERR_UNSUPPORTED);
	assert_non_null(strstr(p->e.text, "sources"));
	package_free(p);
	p = package_new();
	cpio_raw(&p->file, "#!/bin/sh\n", 10);
	assert_int_equal(read_bytes(p, p->file.n), -ERR_CORRUPT);
	assert_non_null(strstr(p->e.text, "no rpm package"));
	package_free(p);
	p = package_new();
	lead(p, 0);
	cpio_raw(&p->file, "drpm", 4);
	assert_int_equal(read_bytes(p, p->file.n), -ERR_UNSUPPORTED);
	assert_non_null(strstr(p->e.text, "packed in a way"));
	package_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_brings_drivers),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
