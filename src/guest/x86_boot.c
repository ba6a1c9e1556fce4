/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x86_boot.h"

/* Where the header has what, from the file's start. */
enum {
	SETUP_SECTORS = 0x1f1,
	SIZE = 0x1f4, /* of the rest, in units of 16 bytes */
	MAGIC = 0x202,
	VERSION = 0x206,
	RELEASE = 0x20e,
	LOAD_FLAGS = 0x236,
	PAYLOAD = 0x248,      /* behind the setup code */
	RELEASE_BASE = 0x200, /* what that is counted from */
};

/* Protocols since these have the fields. */
enum { HAS_SIZE = 0x204, HAS_PAYLOAD = 0x208, HAS_FLAGS = 0x20c };

enum { SECTOR = 512, FLAG_64 = 1 };

bool x86_boot_is(struct slice head)
{
	return slice_has(head, MAGIC, "HdrS", 4);
}

static uint64_t field(struct reader *rd, uint64_t at, unsigned n)
{
	rd_seek(rd, at);
	return n == 1 ? rd_u8(rd) : n == 2 ? rd_u16le(rd) : rd_u32le(rd);
}

int x86_boot_read(struct slice head, struct x86_boot *ret, struct err *e)
{
	struct reader rd = reader_of(head);
	uint64_t sectors = field(&rd, SETUP_SECTORS, 1);
	uint64_t size = field(&rd, SIZE, 4), version = field(&rd, VERSION, 2);
	uint64_t release = field(&rd, RELEASE, 2), flags = field(&rd, LOAD_FLAGS, 2);
	uint64_t payload = field(&rd, PAYLOAD, 4), payload_size = rd_u32le(&rd);
	struct x86_boot x = {.setup = ((sectors ? sectors : 4) + 1) * SECTOR};

	if (!rd_ok(&rd))
		return err_set(e, ERR_CORRUPT, "cut short in its setup code");
	if (release && release + RELEASE_BASE < x.setup)
		x.release = release + RELEASE_BASE;
	if (version >= HAS_SIZE)
		x.size = x.setup + size * 16;
	if (version >= HAS_FLAGS)
		x.arch = flags & FLAG_64 ? "x86_64" : "i386";
	if (version >= HAS_PAYLOAD) {
		x.payload = x.setup + payload;
		x.payload_size = payload_size;
	}
	*ret = x;
	return 0;
}
