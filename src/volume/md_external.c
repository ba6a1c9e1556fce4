/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets of disks that a machine's firmware makes: what they are lies at the end of each
 * disk, in formats of the vendors. The table of partitions is that of the set; taken for
 * the disk's own, half of a striped one would make sense.
 */
#include "md.h"

#include <string.h>

#include "slice.h"

enum { SECTOR_BYTES = 512 };

static const struct {
	const char *name, *what; /* as blkid calls it, and for people */
	unsigned sectors;        /* before the end */
	const char *mark;
} kinds[] = {
	{"isw_raid_member", "an Intel Matrix (IMSM) RAID set", 2,
	 "Intel Raid ISM Cfg Sig. "},
	{"ddf_raid_member", "a DDF RAID set", 1, "\xde\x11\xde\x11"},
	{"ddf_raid_member", "a DDF RAID set", 257, "\xde\x11\xde\x11"},
	{"nvidia_raid_member", "an NVIDIA RAID set", 2, "NVIDIA"},
	{"lsi_mega_raid_member", "an LSI RAID set", 1, "$XIDE$"},
	{"promise_fasttrack_raid_member", "a Promise RAID set", 63,
	 "Promise Technology, Inc."},
	{"promise_fasttrack_raid_member", "a Promise RAID set", 255,
	 "Promise Technology, Inc."},
	{"promise_fasttrack_raid_member", "a Promise RAID set", 256,
	 "Promise Technology, Inc."},
};

const char *md_external(struct blocks *disk, const char **ret_what)
{
	uint64_t sectors = disk->size / SECTOR_BYTES;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].mark);
		struct err ignored = ERR_INIT;
		uint8_t mark[32];

		if (sectors <= kinds[i].sectors ||
		    blocks_read(disk, (sectors - kinds[i].sectors) * SECTOR_BYTES, mark,
				n, &ignored) < 0 ||
		    !slice_has(slice_of(mark, n), 0, kinds[i].mark, n))
			continue;
		*ret_what = kinds[i].what;
		return kinds[i].name;
	}
	return NULL;
}
