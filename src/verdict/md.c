/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where arrays are looked for, by mdadm.conf(5). */
#include "chain.h"
#include "text.h"

static bool takes_everywhere(struct judge *j, const char *pattern,
			     const struct volume_fact *v)
{
	struct arena_mark mark = arena_mark(j->arena);
	bool takes = true;

	for (size_t disk = 0; takes && disk < j->facts->disks.n; disk++)
		takes = platform_glob(pattern, say(j, "/dev/%s",
						   device_name(j, j->choice->disk_prefix,
							       disk, v->number)));
	arena_rewind(j->arena, mark);
	return takes;
}

bool takes_members(struct judge *j, const char *pattern)
{
	const struct facts *f = j->facts;
	bool any = false;

	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (!text_same(v->fs, "linux_raid_member"))
			continue;
		any = true;
		if ((!j->disk || text_same(v->disk, j->disk)) &&
		    !takes_everywhere(j, pattern, v))
			return false;
	}
	return any;
}
