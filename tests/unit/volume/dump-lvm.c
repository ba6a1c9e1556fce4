/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lvm-dump IMAGE...: the logical volumes on whole-disk physical volumes, one line each,
 * tab-separated: "lv GROUP NAME SIZE PROBLEM", then "note CODE TEXT".
 * lvm-dump -c GROUP/NAME IMAGE...: the bytes of one.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "copy-out.h"
#include "lvm.h"

enum { MEMBERS = 16 };

static int show(const struct lvm_set *set, const char *wanted, struct err *e)
{
	for (size_t i = 0; i < set->volumes.n; i++) {
		const struct lvm_volume *v = &set->volumes.v[i];
		char name[300];

		snprintf(name, sizeof(name), "%s/%s", v->group, v->name);
		if (wanted && strcmp(wanted, name) == 0 && v->blocks)
			return copy_out(v->blocks, e);
		if (!wanted)
			printf("lv\t%s\t%s\t%" PRIu64 "\t%s\n", v->group, v->name,
			       v->size, v->problem ? v->problem : "-");
	}
	for (size_t i = 0; !wanted && i < set->notes.n; i++)
		printf("note\t%s\t%s\n", err_code_name(set->notes.v[i].code),
		       set->notes.v[i].text);
	return wanted ? err_set(e, ERR_ABSENT, "no such volume") : 0;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new(1 << 24), *scratch = arena_new(1 << 24);
	const char *wanted = argc > 2 && strcmp(argv[1], "-c") == 0 ? argv[2] : NULL;
	struct lvm_member members[MEMBERS] = {0};
	struct lvm_set set = {0};
	struct err e = ERR_INIT;
	size_t n = 0;
	int r = a && scratch ? 0 : -1;

	for (int i = wanted ? 3 : 1; r == 0 && i < argc && n < MEMBERS; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

		members[n].where = argv[i];
		r = blocks_raw(fd, &members[n++].blocks, &e);
	}
	if (r == 0)
		r = lvm_assemble(members, n, a, scratch, &set, &e);
	if (r == 0)
		r = show(&set, wanted, &e);
	if (r < 0)
		printf("error\t%s\t%s\n", err_code_name(e.code), e.text);
	lvm_done(&set);
	for (size_t i = 0; i < MEMBERS; i++)
		blocks_free(members[i].blocks);
	arena_free(scratch);
	arena_free(a);
	return r < 0 ? 1 : 0;
}
