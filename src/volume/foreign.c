/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks that are divided in ways that are not read: they are named, because without their
 * table they would look empty. (Marks as in Linux, block/partitions/.)
 */
#include "checked.h"
#include "scheme.h"

/* The last mark lies in the third block of a disk with blocks of 4096 bytes. */
enum { HEAD = 8192 + 512, MARKS = 2 };

struct label {
	const char *what;
	struct {
		uint32_t off, len;
		const char *bytes;
	} marks[MARKS];
	bool (*test)(struct slice head);
};

/* The words of a Sun label cancel each other out. */
static bool is_sun(struct slice head)
{
	struct reader r = reader_of(head);
	uint16_t sum = 0;

	for (size_t i = 0; i < SECTOR / 2; i++)
		sum ^= rd_u16be(&r);
	return rd_ok(&r) && sum == 0;
}

static const struct label labels[] = {
	{"a disk label of SGI", {{0, 4, "\x0b\xe5\xa9\x41"}}, NULL},
	{"a disk label of Sun", {{508, 2, "\xda\xbe"}}, is_sun},
	{"an Apple partition map", {{0, 2, "ER"}, {512, 2, "PM"}}, NULL},
	{"a disk label of BSD",
	 {{512, 4, "\x57\x45\x56\x82"}, {512 + 132, 4, "\x57\x45\x56\x82"}},
	 NULL},
	/* EBCDIC: VOL1, LNX1 */
	{"a volume label of a DASD", {{8192, 4, "\xe5\xd6\xd3\xf1"}}, NULL},
	{"a volume label of a DASD", {{8192, 4, "\xd3\xd5\xe7\xf1"}}, NULL},
	{"a volume label of a DASD", {{1024, 4, "\xd3\xd5\xe7\xf1"}}, NULL},
};

static bool has_label(const struct label *l, struct slice head)
{
	for (size_t i = 0; i < MARKS; i++)
		if (l->marks[i].len &&
		    !slice_has(head, l->marks[i].off, l->marks[i].bytes, l->marks[i].len))
			return false;
	return !l->test || l->test(head);
}

static int refuse(struct volume_reading *v, struct err *e)
{
	uint8_t bytes[HEAD];
	size_t n = v->disk->size < HEAD ? (size_t)v->disk->size : HEAD;
	int r = blocks_read(v->disk, 0, bytes, n, e);

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(labels); i++)
		if (has_label(&labels[i], slice_of(bytes, n)))
			return err_set(e, ERR_UNSUPPORTED,
				       "the disk is divided by %s, which is not read by "
				       "this version",
				       labels[i].what);
	return r < 0 ? r : 0;
}

const struct volume_driver volume_foreign = {.name = "foreign", .read = refuse};
