/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * md-dump IMAGE...: the arrays on these members, one line each, tab-separated: "md NAME
 * LEVEL METADATA UUID SIZE WRITABLE PROBLEM", then "note CODE TEXT".
 * md-dump -c IMAGE...: the bytes of the first.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "copy-out.h"
#include "md.h"

enum { MEMBERS = 16 };

static void show(const struct md_set *set)
{
	for (size_t i = 0; i < set->arrays.n; i++) {
		const struct md_array *v = &set->arrays.v[i];
		struct err why = ERR_INIT;

		/* The images are read only: what is not for other reasons says so first.
		 */
		printf("md\t%s\t%s\t%s\t%s\t%" PRIu64 "\t%s\t%s\n", v->name, v->level,
		       v->metadata, v->uuid, v->size,
		       v->blocks && blocks_write(v->blocks, 0, "", 1, &why) < 0
			       ? err_code_name(why.code)
			       : "-",
		       v->problem ? v->problem : "-");
	}
	for (size_t i = 0; i < set->notes.n; i++)
		printf("note\t%s\t%s\n", err_code_name(set->notes.v[i].code),
		       set->notes.v[i].text);
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new(1 << 24), *scratch = arena_new(1 << 24);
	bool content = argc > 1 && strcmp(argv[1], "-c") == 0;
	struct md_member members[MEMBERS] = {0};
	struct md_set set = {0};
	struct err e = ERR_INIT;
	size_t n = 0;
	int r = a && scratch ? 0 : -1;

	for (int i = content ? 2 : 1; r == 0 && i < argc && n < MEMBERS; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

		members[n].where = argv[i];
		r = blocks_raw(fd, &members[n++].blocks, &e);
	}
	if (r == 0)
		r = md_assemble(members, n, a, scratch, &set, &e);
	if (r == 0 && !content)
		show(&set);
	else if (r == 0)
		r = set.arrays.n && set.arrays.v[0].blocks
			    ? copy_out(set.arrays.v[0].blocks, &e)
			    : err_set(&e, ERR_ABSENT, "no such array");
	if (r < 0)
		printf("error\t%s\t%s\n", err_code_name(e.code), e.text);
	md_done(&set);
	for (size_t i = 0; i < MEMBERS; i++)
		blocks_free(members[i].blocks);
	arena_free(scratch);
	arena_free(a);
	return r < 0 ? 1 : 0;
}
