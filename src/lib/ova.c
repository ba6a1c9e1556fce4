/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ova.h"

#include "escape.h"
#include "limits.h"
#include "tar.h"

int ova_probe(struct blocks *b, struct err *e)
{
	return tar_probe(b, e);
}

/* Programs that pack a folder write "./" before its names. */
static struct slice plain(struct slice name)
{
	while (slice_after(name, "./", &name))
		;
	return name;
}

static int take_envelope(struct ova *o, const struct ova_member *m, struct arena *a,
			 struct err *e)
{
	struct slice ending;

	if (!slice_sub(m->name, m->name.n < 4 ? 0 : m->name.n - 4, 4, &ending) ||
	    !slice_same_folded(ending, slice_str(".ovf")))
		return 0;
	if (o->envelope)
		return err_set(e, ERR_AMBIGUOUS,
			       "two envelopes are in the archive, %s and %s",
			       escape_short(slice_str(o->envelope)).text,
			       escape_short(m->name).text);
	o->envelope = arena_strndup(a, m->name);
	o->description = m->part;
	return o->envelope ? 0 : arena_full(a, e);
}

int ova_read(struct blocks *b, struct arena *a, struct ova *ret, struct err *e)
{
	struct ova o = {.envelope = NULL};
	struct tar_member t;
	uint64_t at = 0;
	size_t seen = 0;
	int r;

	while ((r = tar_next(b, &at, true, a, &t, e)) > 0) {
		struct ova_member m = {plain(t.name), {t.at, t.size}};

		if (seen++ == LIMIT_OVA_MEMBERS)
			return err_set(e, ERR_LIMIT, "more than %d files in an archive",
				       LIMIT_OVA_MEMBERS);
		if (t.type != NODE_FILE || t.hard || t.size == 0)
			continue;
		if (!vec_push(a, &o.members, m))
			return arena_full(a, e);
		r = take_envelope(&o, &m, a, e);
		if (r < 0)
			return r;
	}
	if (r >= 0 && !o.envelope)
		return err_set(e, ERR_UNSUPPORTED,
			       "is a tar archive without an OVF envelope (.ovf), so no "
			       "OVA: unpack it and name the disks in it");
	if (r >= 0)
		*ret = o;
	return r;
}

int ova_find(const struct ova *o, const char *name, struct blocks_part *ret,
	     struct err *e)
{
	struct slice want = plain(slice_str(name));
	const struct ova_member *found = NULL;

	for (size_t i = 0; i < o->members.n; i++) {
		const struct ova_member *m = &o->members.v[i];

		if (!slice_same(m->name, want))
			continue;
		if (found)
			return err_set(e, ERR_AMBIGUOUS,
				       "two files of the archive are called %s",
				       escape_short(want).text);
		found = m;
	}
	if (!found)
		return err_set(e, ERR_ABSENT, "%s is not in the archive, or is empty",
			       escape_short(want).text);
	*ret = found->part;
	return 0;
}
