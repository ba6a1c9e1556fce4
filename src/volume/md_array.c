/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One array out of its members: the superblock with the most events tells what it is.
 * Everything is checked against the members here, so that the map needs no checks.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "checked.h"
#include "escape.h"
#include "limits.h"
#include "md_parts.h"

int md_refuse(struct md_array_reading *x, enum err_code code, struct err *e,
	      const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (x->v.problem)
		return 0;
	va_start(ap, fmt);
	text = arena_vprintf(x->r->scratch, fmt, ap);
	va_end(ap);
	if (!text)
		return arena_full(x->r->scratch, e);
	x->v.code = code;
	x->v.problem = arena_printf(x->r->a, "%s: %s", MD_TEXT(x->naming.title), text);
	return x->v.problem ? 0 : arena_full(x->r->a, e);
}

/* --- What it is --- */

static const struct {
	int32_t level;
	const char *name;
	bool read;
} levels[] = {
	{MD_LINEAR, "linear", true},        {MD_RAID0, "raid0", true},
	{MD_RAID1, "raid1", true},          {MD_RAID4, "raid4", false},
	{MD_RAID5, "raid5", false},         {MD_RAID6, "raid6", false},
	{MD_RAID10, "raid10", true},        {MD_MULTIPATH, "multipath", false},
	{MD_FAULTY_LEVEL, "faulty", false},
};

static bool only_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

static int find_name(struct md_array_reading *x, struct err *e)
{
	const struct md_super *sb = x->sb;
	const char *name = sb->set_name, *colon = name ? strchr(name, ':') : NULL;

	if (colon)
		name = colon + 1;
	x->v.set_name = sb->set_name && sb->set_name[0] ? sb->set_name : NULL;
	x->v.uuid = sb->uuid;
	x->v.metadata = arena_printf(x->r->a, "%" PRIu32 ".%" PRIu32, sb->major,
				     sb->major ? sb->minor : 90);
	if (!name)
		x->v.name = arena_printf(x->r->a, "md%" PRIu32, sb->preferred);
	else if (only_digits(name))
		x->v.name = arena_printf(x->r->a, "md%s", name);
	else
		x->v.name = arena_printf(x->r->a, "md/%s", *name ? name : sb->uuid);
	x->naming.title = x->v.name ? arena_printf(x->r->a, "MD %s", x->v.name) : NULL;
	x->naming.place = "active device";
	return x->naming.title && x->v.metadata ? 0 : arena_full(x->r->a, e);
}

static int check_kind(struct md_array_reading *x, struct err *e)
{
	const struct md_super *sb = x->sb;
	bool read = false;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (levels[i].level == sb->level) {
			x->v.level = levels[i].name;
			read = levels[i].read;
		}
	if (!x->v.level)
		x->v.level = arena_printf(x->r->a, "level %" PRId32, sb->level);
	if (!x->v.level)
		return arena_full(x->r->a, e);
	if (!read)
		return md_refuse(x, ERR_UNSUPPORTED, e,
				 "it is %s, which is not read by this version",
				 x->v.level);
	if (sb->unknown)
		return md_refuse(x, ERR_UNSUPPORTED, e,
				 "it has features (0x%" PRIx64
				 ") that are not known to this "
				 "version",
				 sb->unknown);
	if (sb->reshaping)
		return md_refuse(
			x, ERR_UNSUPPORTED, e,
			"it was stopped while it was being reshaped (another level, "
			"layout or number of members): let Linux finish that first");
	if (sb->places == 0 || sb->places > LIMIT_MD_PLACES)
		return md_refuse(x, ERR_CORRUPT, e,
				 "an array of %" PRIu32 " members makes no sense",
				 sb->places);
	return 0;
}

/* --- Its bytes --- */

/* Has every byte a copy that is here? The copies of RAID10 lie alike after as many chunks
 * as there are devices. */
static bool is_covered(const struct md_layout *l)
{
	uint64_t chunks = l->level == MD_RAID10 ? l->n : 1;

	for (uint64_t c = 0; c < chunks; c++) {
		struct md_copies copies = {.off = c * l->chunk};
		struct md_place at;
		bool found = false;

		while (!found && md_layout_next(l, &copies, &at))
			found = l->disks[at.disk].blocks;
		if (!found)
			return false;
	}
	return true;
}

/* Does it lack a member without which some bytes are nowhere? */
static bool is_needed(const struct md_array_reading *x)
{
	if (x->sb->level == MD_LINEAR || x->sb->level == MD_RAID0)
		return true;
	return !is_covered(x->l);
}

static bool is_last(const struct md_array_reading *x, size_t place)
{
	return x->sb->level == MD_RAID1 && x->filled[place] &&
	       x->filled[place]->super.write_mostly;
}

/* By place, but that of the copies of RAID1 the first ones are read. */
static void put_disks(struct md_array_reading *x)
{
	struct md_disk *to = x->l->disks;

	for (size_t i = 0; i < 2 * x->l->n; i++) {
		size_t place = i % x->l->n;
		const struct md_device *d = x->filled[place];

		if (is_last(x, place) != (i >= x->l->n))
			continue;
		if (d)
			*to = (struct md_disk){x->r->members[d->member].blocks,
					       d->super.data_off, d->super.data_size};
		to++;
	}
}

static int lay_out(struct md_array_reading *x, struct err *e)
{
	struct md_layout *l = x->l;
	const struct md_super *sb = x->sb;
	struct err why = ERR_INIT;
	int r = 0;

	l->level = (enum md_level)sb->level;
	l->chunk = sb->chunk;
	if ((sb->level == MD_RAID0 || sb->level == MD_RAID10) &&
	    (l->chunk == 0 || l->chunk % MD_SECTOR ||
	     (sb->level == MD_RAID10 && (l->chunk & (l->chunk - 1)))))
		return md_refuse(x, ERR_CORRUPT, e,
				 "chunks of %" PRIu64 " bytes make no sense", l->chunk);
	if (sb->level == MD_RAID1)
		l->size = sb->used;
	else if (sb->level == MD_RAID10)
		r = md_layout_10(l, sb->layout, sb->used, &why);
	if (r < 0)
		return md_refuse(x, why.code, e, "%s", why.text);
	put_disks(x);
	return 0;
}

/* Zones go by the sizes of all members. */
static int lay_out_zones(struct md_array_reading *x, struct err *e)
{
	struct md_layout *l = x->l;
	struct err why = ERR_INIT;
	int r;

	if (l->level != MD_LINEAR && l->level != MD_RAID0)
		return 0;
	r = md_layout_zones(l, x->r->a, &why);
	if (r < 0 && why.code == ERR_NOMEM) {
		*e = why;
		return r;
	}
	if (r < 0)
		return md_refuse(x, why.code, e, "%s", why.text);
	if (l->level == MD_LINEAR || !md_layout_matters(l))
		return 0;
	/* 1: as Linux before 3.14, 2: as from then on; before 5.4 nobody wrote it down */
	if (!x->sb->has_layout || x->sb->layout < 1 || x->sb->layout > 2)
		return md_refuse(
			x, ERR_AMBIGUOUS, e,
			"its members are of different sizes, and whether Linux "
			"before or after 3.14 wrote it is not recorded: set it with "
			"`mdadm --assemble --update=layout-original` or "
			"`layout-alternate`");
	l->original = x->sb->layout == 1;
	return 0;
}

static int add_members(struct md_array_reading *x, struct err *e)
{
	for (size_t i = 0; x->filled && i < x->sb->places; i++)
		if (x->filled[i] &&
		    !vec_push(x->r->a, &x->v.members, x->filled[i]->member))
			return arena_full(x->r->a, e);
	if (x->v.members.n == 0 && !vec_push(x->r->a, &x->v.members, x->fresh->member))
		return arena_full(x->r->a, e);
	return 0;
}

/* A member that is taken back by the bitmap gets the blocks that this says were written;
 * what is written here is not among them. */
static int forbid_writing(struct md_array_reading *x, const char *absent, struct err *e)
{
	const char *why = x->unwritable;

	if (!why && absent && x->sb->bitmap)
		why = "it has a bitmap, and not all of its members are here";
	if (!why)
		return 0;
	x->l->unwritable = ERR_REFUSED;
	x->l->why = arena_printf(x->r->a,
				 "%s is not written, since its members would differ: "
				 "%s: give all of its disks, or change it in the guest "
				 "(paravet plan --script)",
				 MD_TEXT(x->naming.title), why);
	return x->l->why ? 0 : arena_full(x->r->a, e);
}

static int tell_state(struct md_array_reading *x, const char *absent, struct err *e)
{
	int r = 0;

	if (absent)
		r = md_note(x->r, x->v.members.v[0], ERR_NONE, e,
			    "%s: it is read without all of its members: %s",
			    MD_TEXT(x->naming.title), absent);
	if (r == 0 && !x->sb->clean && x->v.members.n > 1 && x->sb->level > 0)
		r = md_note(x->r, x->v.members.v[0], ERR_NONE, e,
			    "%s: it was not stopped, and its mirrors may differ: the "
			    "first one is read, as Linux does",
			    MD_TEXT(x->naming.title));
	return r;
}

static int build(struct md_array_reading *x, struct err *e)
{
	const char *absent = NULL;
	int r = md_members_judge(x, e);

	if (r == 0 && !x->v.problem)
		r = lay_out(x, e);
	if (r == 0)
		r = md_members_absent(x, &absent, e);
	if (r == 0 && absent && !x->v.problem && is_needed(x))
		r = md_refuse(x, ERR_ABSENT, e, "%s%s", absent,
			      !x->v.missing.n ? ""
			      : x->v.missing.n == 1
				      ? ": name the disk that holds it, too"
				      : ": name the disks that hold them, too");
	if (r == 0 && !x->v.problem)
		r = lay_out_zones(x, e);
	if (r == 0 && !x->v.problem)
		r = forbid_writing(x, absent, e);
	if (r == 0)
		r = add_members(x, e);
	if (r < 0 || x->v.problem)
		return r;
	x->v.size = x->l->size;
	r = tell_state(x, absent, e);
	return r == 0 ? md_map(x->l, &x->v.blocks, e) : r;
}

static const struct md_device *freshest(const struct md_group *group)
{
	const struct md_device *found = &group->devices.v[0];

	for (size_t i = 1; i < group->devices.n; i++)
		if (group->devices.v[i].super.events > found->super.events)
			found = &group->devices.v[i];
	return found;
}

int md_array_read(struct md_reading *reading, struct md_group *group, struct err *e)
{
	struct md_array_reading x = {.r = reading,
				     .group = group,
				     .fresh = freshest(group),
				     .naming = group->naming};
	struct arena *a = reading->a;
	int r;

	x.sb = &x.fresh->super;
	r = x.naming.title ? 0 : find_name(&x, e);
	if (r == 0)
		r = check_kind(&x, e);
	if (r == 0 && !x.v.problem) {
		x.l = arena_calloc(a, 1, sizeof(*x.l));
		x.filled =
			arena_calloc(a, x.sb->places, sizeof(const struct md_device *));
		if (!x.l || !x.filled)
			return arena_full(a, e);
		x.l->n = x.sb->places;
		x.l->disks = arena_calloc(a, x.sb->places, sizeof(*x.l->disks));
		r = x.l->disks ? build(&x, e) : arena_full(a, e);
	} else if (r == 0) {
		r = add_members(&x, e);
	}
	if (r < 0)
		return r;
	if (!vec_push(a, &reading->set->arrays, x.v)) {
		blocks_free(x.v.blocks);
		return arena_full(a, e);
	}
	return 0;
}
