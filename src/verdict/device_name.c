/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How Linux names disks by the order in which it finds them. */
#include <inttypes.h>

#include "chain.h"
#include "text.h"

/* sda ... sdz, sdaa ...: Linux, sd_format_disk_name() in drivers/scsi/sd.c. */
static const char *letters_of(struct judge *j, uint64_t disk)
{
	const char *last = say(j, "%c", (char)('a' + disk % 26));

	return disk < 26 ? last : say(j, "%s%s", letters_of(j, disk / 26 - 1), last);
}

const char *device_name(struct judge *j, const char *prefix, uint64_t disk,
			uint64_t partition)
{
	bool numbered = text_same(prefix, "nvme");
	const char *whole = numbered ? say(j, "nvme%" PRIu64 "n1", disk)
				     : say(j, "%s%s", prefix, letters_of(j, disk));

	return partition ? say(j, "%s%s%" PRIu64, whole, numbered ? "p" : "", partition)
			 : whole;
}
