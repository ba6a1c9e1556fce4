/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Partition tables made in memory: damage, loops, left-overs and boot code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "volume.h"

enum { SECTORS = 256, SIZE = SECTORS * 512, ENTRIES = 4 };
static uint8_t disk[SIZE];

static void put(size_t off, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		disk[off + i] = (uint8_t)(v >> 8 * i);
}

static void put_entry(size_t sector, unsigned i, uint8_t flag, uint8_t type,
		      uint32_t start, uint32_t count)
{
	size_t at = sector * 512 + 446 + i * 16;

	put(at, 1, flag);
	put(at + 4, 1, type);
	put(at + 8, 4, start);
	put(at + 12, 4, count);
	put(sector * 512 + 510, 2, 0xaa55);
}

static void seal(uint32_t sector, uint64_t lba, uint64_t entries)
{
	size_t at = lba * sector;

	put(at + 88, 4, crc32(0, disk + entries * sector, ENTRIES * 128));
	put(at + 16, 4, 0);
	put(at + 16, 4, crc32(0, disk + at, 92));
}

static void put_gpt(uint32_t sector, uint64_t lba, uint64_t entries)
{
	size_t at = lba * sector;

	memcpy(disk + at, "EFI PART", 8);
	put(at + 8, 4, 0x10000);
	put(at + 12, 4, 92);
	put(at + 24, 8, lba);
	put(at + 32, 8, SIZE / sector - lba);
	put(at + 40, 8, 4);
	put(at + 48, 8, SIZE / sector - 3);
	memcpy(disk + at + 56, "0123456789abcdef", 16);
	put(at + 72, 8, entries);
	put(at + 80, 4, ENTRIES);
	put(at + 84, 4, 128);
	at = entries * sector + 128; /* the second entry; the first is unused */
	memcpy(disk + at,
	       "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\0\xa0\xc9\x3e\xc9\x3b", 16);
	memcpy(disk + at + 16, "ABCDEFGHIJKLMNOP", 16);
	put(at + 32, 8, 5);
	put(at + 40, 8, 6);
	put(at + 48, 8, 4);
	memcpy(disk + at + 56, "E\0\xe9\0\x3d\xd8\x27\xdc\0\xd8!\0", 12);
	seal(sector, lba, entries);
}

static void make_gpt(uint32_t sector)
{
	memset(disk, 0, sizeof(disk));
	put_entry(0, 0, 0, 0xee, 1, UINT32_MAX);
	put_gpt(sector, 1, 2);
	put_gpt(sector, SIZE / sector - 1, SIZE / sector - 2);
}

static struct volume_table table;
static struct blocks *blocks;
static struct arena *arena;
static struct err error;

static int read_table(void)
{
	struct err e = ERR_INIT;
	int r;

	volume_done(&table);
	memset(&table, 0, sizeof(table));
	blocks_free(blocks);
	blocks = NULL;
	arena_free(arena);
	arena = arena_new(65536);
	assert_int_equal(blocks_memory(slice_of(disk, SIZE), &blocks, &e), 0);
	r = volume_read(blocks, arena, &table, &e);
	error = e;
	return r;
}

static bool remarked(const char *part)
{
	for (size_t i = 0; i < table.remarks.n; i++)
		if (strstr(table.remarks.v[i], part))
			return true;
	return false;
}

static void check_gpt(uint32_t sector)
{
	const struct volume *p = table.parts.v;

	assert_string_equal(table.scheme, "gpt");
	assert_int_equal(table.sector_size, sector);
	assert_string_equal(table.disk_id, "33323130-3534-3736-3839-616263646566");
	assert_int_equal(table.parts.n, 1);
	assert_int_equal(p->number, 2);
	assert_int_equal(p->start, 5 * sector);
	assert_int_equal(p->size, 2 * sector);
	assert_int_equal(p->blocks->size, 2 * sector);
	assert_int_equal(p->blocks->sector_size, sector);
	assert_string_equal(p->type, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B");
	assert_string_equal(p->type_name, "EFI System");
	assert_string_equal(p->partuuid, "44434241-4645-4847-494a-4b4c4d4e4f50");
	assert_string_equal(p->partlabel, "E\u00e9\U0001f427\ufffd!");
	assert_true(p->active);
}

static void test_gpt(void **state)
{
	(void)state;
	make_gpt(512);
	assert_int_equal(read_table(), 0);
	check_gpt(512);
	assert_int_equal(table.remarks.n, 0);
	make_gpt(4096);
	assert_int_equal(read_table(), 0);
	check_gpt(4096);

	put_entry(0, 1, 0x80, 0x83, 8, 8);
	assert_int_equal(read_table(), 0);
	check_gpt(4096);
	assert_true(remarked("hybrid MBR"));
}

static void test_gpt_damage(void **state)
{
	(void)state;
	/* Any flipped byte of the primary's header or entries: the backup counts. */
	for (size_t at = 512; at < 1024 + ENTRIES * 128; at++) {
		if (at >= 512 + 92 && at < 1024)
			continue;
		make_gpt(512);
		disk[at] ^= 0x40;
		assert_int_equal(read_table(), 0);
		check_gpt(512);
		assert_true(remarked("backup GPT header used"));
		/* The backup too: an error. */
		disk[SIZE - 512 + 40] ^= 0x40;
		assert_int_equal(read_table(), -ERR_CORRUPT);
	}
	/* Only the protective MBR is left. */
	make_gpt(512);
	memset(disk + 512, 0, SIZE - 512);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "header is missing"));
	/* Only the GPT is left. */
	make_gpt(512);
	memset(disk, 0, 512);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "without a protective MBR"));
	/* A left-over below an MBR. */
	put_entry(0, 0, 0, 0x83, 100, 50);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "mbr");
	assert_true(remarked("GPT is there too"));
}

static void test_gpt_ranges(void **state)
{
	static const struct {
		size_t off;
		unsigned n;
		uint64_t v;
		int want;
	} cases[] = {
		{1024 + 128 + 32, 8, 7, ERR_CORRUPT},          /* first after last */
		{1024 + 128 + 40, 8, SECTORS, ERR_CORRUPT},    /* past the end */
		{1024 + 128 + 40, 8, UINT64_MAX, ERR_CORRUPT}, /* far past the end */
		{1024 + 128 + 40, 8, SECTORS - 1, 0},          /* unusable, but there */
		{512 + 80, 4, UINT32_MAX, ERR_LIMIT},          /* count of entries */
		{512 + 84, 4, 64, ERR_CORRUPT},                /* their size */
		{512 + 84, 4, 0xfffffff8, ERR_LIMIT},          /* their size */
		{512 + 72, 8, UINT64_MAX / 512, ERR_CORRUPT},  /* their place */
		{512 + 48, 8, SECTORS, ERR_CORRUPT},           /* usable sectors */
		{512 + 8, 4, 0x20000, ERR_UNSUPPORTED},        /* revision */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_gpt(512);
		memset(disk + SIZE - 1024, 0, 1024);
		put(cases[i].off, cases[i].n, cases[i].v);
		seal(512, 1, 2);
		assert_int_equal(read_table(), -cases[i].want);
	}
}

/* Two primaries, one extended with two logicals at sectors 101 and 121. */
static void make_mbr(void)
{
	memset(disk, 0, sizeof(disk));
	put(440, 4, 0xdeadbeef);
	put_entry(0, 0, 0x80, 0x83, 8, 32);
	put_entry(0, 2, 0, 0x0f, 100, 100);
	put_entry(0, 3, 0, 0x82, 40, 32);
	put_entry(100, 0, 0, 0x83, 1, 10);
	put_entry(100, 1, 0, 0x05, 20, 40);
	put_entry(120, 0, 0, 0x8e, 1, 10);
}

static void test_mbr(void **state)
{
	static const unsigned numbers[] = {1, 3, 4, 5, 6};
	static const unsigned starts[] = {8, 100, 40, 101, 121};

	(void)state;
	make_mbr();
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "mbr");
	assert_string_equal(table.disk_id, "deadbeef");
	assert_int_equal(table.parts.n, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(table.parts.v[i].number, numbers[i]);
		assert_int_equal(table.parts.v[i].start, starts[i] * 512);
		assert_int_equal(table.parts.v[i].active, i == 0);
	}
	assert_int_equal(table.parts.v[1].size, 100 * 512);
	assert_int_equal(table.parts.v[1].blocks->size, 2 * 512);
	assert_string_equal(table.parts.v[4].type, "0x8e");
	assert_string_equal(table.parts.v[4].type_name, "Linux LVM");
	assert_string_equal(table.parts.v[4].partuuid, "deadbeef-06");
}

static void test_mbr_damage(void **state)
{
	(void)state;
	make_mbr();
	put_entry(120, 1, 0, 0x05, 0, 40); /* back to the first EBR */
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "loop"));
	make_mbr();
	put_entry(120, 1, 0, 0x05, 20, 40); /* to itself */
	assert_int_equal(read_table(), -ERR_CORRUPT);
	make_mbr();
	put_entry(120, 1, 0, 0x05, 4000, 40);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "past the end"));
	make_mbr();
	put(120 * 512 + 510, 2, 0);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "breaks at sector 120"));
	make_mbr();
	put_entry(120, 0, 0, 0x8e, 1, 200);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	make_mbr();
	put_entry(0, 0, 0x80, 0x83, 8, UINT32_MAX);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	make_mbr();
	put_entry(0, 0, 0x81, 0x83, 8, 32);
	assert_int_equal(read_table(), -ERR_CORRUPT);
	assert_non_null(strstr(error.text, "flag of entry 1"));
	make_mbr();
	put(510, 2, 0);
	put_entry(0, 2, 0, 0x83, 100, 100);
	put(510, 2, 0);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "none");
	assert_true(remarked("not the boot signature"));
}

/* What is not read is named: without its table the disk would look empty. */
static void test_other_tables_are_named(void **state)
{
	(void)state;
	memset(disk, 0, sizeof(disk));
	memcpy(disk, "\x0b\xe5\xa9\x41", 4);
	assert_int_equal(read_table(), -ERR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "SGI"));
	memset(disk, 0, sizeof(disk));
	memcpy(disk + 508, "\xda\xbe", 2);
	assert_int_equal(read_table(), 0); /* its sum is wrong */
	memcpy(disk + 510, "\xda\xbe", 2);
	assert_int_equal(read_table(), -ERR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "Sun"));
	memset(disk, 0, sizeof(disk));
	memcpy(disk, "ER", 2);
	assert_int_equal(read_table(), 0);
	memcpy(disk + 512, "PM", 2);
	assert_int_equal(read_table(), -ERR_UNSUPPORTED);
	assert_non_null(strstr(error.text, "Apple"));
}

static void test_no_table(void **state)
{
	(void)state;
	memset(disk, 0, sizeof(disk));
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "none");
	assert_string_equal(table.boot_code, "none");
	assert_int_equal(table.parts.n, 1);
	assert_int_equal(table.parts.v[0].number, 0);
	assert_int_equal(table.parts.v[0].size, SIZE);
	assert_null(table.parts.v[0].type);

	/* A FAT file system on the bare disk, whose code reaches into the entries. */
	memcpy(disk, "\xeb\x3c\x90mkfs.fat", 11);
	memcpy(disk + 54, "FAT16   ", 8);
	memcpy(disk + 440, "Remove disks or other media. Press any key to restart", 53);
	put(510, 2, 0xaa55);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "none");
	assert_string_equal(table.boot_code, "other");
	/* The same with entries that look like chance. */
	memset(disk + 440, 0, 70);
	put_entry(0, 1, 0, 0x20, 0, 0x2020);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "none");
	/* And a partition table on top of an old FAT boot sector. */
	put_entry(0, 1, 0, 0x83, 8, 32);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.scheme, "mbr");
	assert_true(remarked("also looks like"));
}

static void test_boot_code(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"GRUB \0Geom", "grub"},
		{"\r\nMissing operating system.\r\n", "syslinux"},
		{"Invalid partition table", "windows"},
		{"LILO", "lilo"},
		{"\xfa\xb8", "other"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		make_mbr();
		memcpy(disk + 300, cases[i].text, strlen(cases[i].text));
		assert_int_equal(read_table(), 0);
		assert_string_equal(table.boot_code, cases[i].want);
	}
	/* What both say: Windows' own words come first. */
	memcpy(disk + 100, "Invalid partition table", 23);
	memcpy(disk + 300, "Missing operating system", 24);
	assert_int_equal(read_table(), 0);
	assert_string_equal(table.boot_code, "windows");
}

static int finish(void **state)
{
	(void)state;
	volume_done(&table);
	blocks_free(blocks);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gpt),
		cmocka_unit_test(test_gpt_damage),
		cmocka_unit_test(test_gpt_ranges),
		cmocka_unit_test(test_mbr),
		cmocka_unit_test(test_mbr_damage),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_other_tables_are_named),
		cmocka_unit_test(test_boot_code),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
