/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How large the RAM disk is onto which a kernel before 2.6 copies its initrd: what the
 * command line says (drivers/block/rd.c of Linux 2.4), or else how it was configured.
 */
#include "adding.h"

#include <string.h>

#include "text.h"

enum {
	DEFAULT_KIB = 4096,
	MAX_KIB = 1 << 22
}; /* of Linux itself; no such disk has more */

static const char config[] = "CONFIG_BLK_DEV_RAM_SIZE=";

static uint64_t configured(const struct adding *g)
{
	uint64_t kib = DEFAULT_KIB;

	for (size_t i = 0; i < g->configs.n; i++)
		if (slice_starts(slice_str(g->configs.v[i]), config))
			(void)text_u64(slice_str(g->configs.v[i] + strlen(config)),
				       MAX_KIB, &kib);
	return kib;
}

/* The last such word counts. */
static uint64_t on_command_line(const char *cmdline, uint64_t kib)
{
	struct slice rest = slice_str(cmdline ? cmdline : ""), word, key, value;

	while (text_word(&rest, &word))
		if (text_split(word, '=', &key, &value) &&
		    (slice_eq(key, "ramdisk_size") || slice_eq(key, "ramdisk")))
			(void)text_u64(value, MAX_KIB, &kib);
	return kib;
}

uint64_t ram_disk_kib(const struct adding *g)
{
	uint64_t all = configured(g), least = MAX_KIB;
	bool any = false;

	for (size_t i = 0; i < g->facts->boot.entries.n; i++) {
		const struct entry_fact *entry = &g->facts->boot.entries.v[i];
		uint64_t kib;

		if (!strs_has(&entry->initramfs, g->kernel->initramfs.path))
			continue;
		kib = on_command_line(entry->cmdline, all);
		least = kib < least ? kib : least;
		any = true;
	}
	return any ? least : all;
}
