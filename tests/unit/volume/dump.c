/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volume-dump IMAGE: the partition table of an image, one line a field, tab-separated:
 * "table SCHEME ID SECTOR-SIZE BOOT-CODE", then "part NUMBER START SIZE TYPE PARTUUID
 * ACTIVE LABEL TYPE-NAME" and "remark TEXT".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "volume.h"

static const char *or_dash(const char *s)
{
	return s ? s : "-";
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new((size_t)1024 * 1024);
	struct volume_table t = {0};
	struct blocks *b = NULL;
	struct err e = ERR_INIT;
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	int r = fd < 0 || !a ? -1 : blocks_raw(fd, &b, &e);

	if (r == 0)
		r = volume_read(b, a, &t, &e);
	if (r < 0)
		printf("error\t%s\t%s\n", err_code_name(e.code), e.text);
	else
		printf("table\t%s\t%s\t%" PRIu32 "\t%s\n", t.scheme, or_dash(t.disk_id),
		       t.sector_size, t.boot_code);
	for (size_t i = 0; i < t.parts.n; i++) {
		const struct volume *p = &t.parts.v[i];

		printf("part\t%u\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%d\t%s\t%s\n",
		       p->number, p->start, p->size, or_dash(p->type),
		       or_dash(p->partuuid), p->active, or_dash(p->partlabel),
		       or_dash(p->type_name));
	}
	for (size_t i = 0; i < t.remarks.n; i++)
		printf("remark\t%s\n", t.remarks.v[i]);
	volume_done(&t);
	blocks_free(b);
	arena_free(a);
	return r < 0 ? 1 : 0;
}
