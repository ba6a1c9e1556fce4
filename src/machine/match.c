/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the disks given is which disk of the machine. The description names images
 * where the host had them, so only the last part of the name is compared.
 */
#include <string.h>

#include "parts.h"

/* Behind the last slash; VMware's "[datastore] guest.vmdk" has a blank there. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *bracket = strstr(path, "] ");

	if (slash)
		return slash + 1;
	return path[0] == '[' && bracket ? bracket + 2 : path;
}

static bool same_base(const char *a, const char *b)
{
	return *base_name(a) && strcmp(base_name(a), base_name(b)) == 0;
}

static const char *name_of(const struct machine_disk *d)
{
	return d->target ? d->target : d->file;
}

static void match_one(struct parts *p, struct machine_disk *d, const strs *names)
{
	const char *found = NULL;

	for (size_t i = 0; i < names->n; i++) {
		if (!same_base(d->file, names->v[i]))
			continue;
		if (found) {
			parts_remark(p,
				     "%s of the machine can be %s or %s: both have its "
				     "file name",
				     name_of(d), found, names->v[i]);
			return;
		}
		found = names->v[i];
	}
	d->disk = found;
	if (!found && text_is(d->device, "disk"))
		parts_remark(p, "%s of the machine (%s) was not given", name_of(d),
			     d->file);
}

static bool is_described(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].file && same_base(m->disks.v[i].file, name))
			return true;
	return false;
}

int machine_match_disks(struct machine *m, const strs *names, struct arena *a,
			struct err *e)
{
	struct parts p = {.arena = a, .m = *m};

	if (!names->n)
		return 0;
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].file)
			match_one(&p, &m->disks.v[i], names);
	for (size_t i = 0; i < names->n; i++)
		if (!is_described(m, names->v[i]))
			parts_remark(&p,
				     "%s was given, but the description names no disk "
				     "of that file name",
				     names->v[i]);
	m->remarks = p.m.remarks;
	return p.full ? arena_full(a, e) : 0;
}
