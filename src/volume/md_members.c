/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which members of an array count: those in step with the superblock that has the most
 * events, as that superblock numbers them (super_1_validate and analyze_sbs of Linux'
 * md.c, Assemble.c of mdadm).
 */
#include <inttypes.h>

#include "checked.h"
#include "escape.h"
#include "md_parts.h"

static const char *where(const struct md_array_reading *x, const struct md_device *d)
{
	return x->r->members[d->member].where;
}

static uint16_t role_of(const struct md_super *sb, uint32_t number)
{
	return number < sb->role_count ? sb->roles[number] : MD_ROLE_SPARE;
}

/* The state may have been written to one member and not yet to the next: a difference of
 * one event is none, for Linux and mdadm, too. */
static bool is_stale(const struct md_array_reading *x, const struct md_device *d)
{
	return x->sb->events - d->super.events > 1;
}

static bool is_truncated(const struct md_array_reading *x, const struct md_device *d)
{
	const struct md_super *sb = &d->super;

	return !range_fits(sb->data_off, sb->data_size,
			   x->r->members[d->member].blocks->size) ||
	       (x->sb->level > 0 && sb->used > sb->data_size);
}

static bool says_the_same(const struct md_super *a, const struct md_super *b)
{
	return a->major == b->major && a->level == b->level && a->layout == b->layout &&
	       a->chunk == b->chunk && a->places == b->places &&
	       (a->level <= 0 || a->used == b->used);
}

/* Why a member that is in force is not read all the same, or NULL. It would have to be
 * written with the others. */
static const char *unfit(const struct md_array_reading *x, const struct md_device *d)
{
	const struct md_super *sb = &d->super;

	if (d->unfit)
		return d->unfit;
	if (sb->replacing)
		return "it is to replace another member";
	if (sb->rebuilding)
		return "it was being rebuilt";
	if (sb->bad_blocks)
		return "it has blocks that could not be read or written";
	return is_truncated(x, d) ? "it is shorter than its superblock says" : NULL;
}

static const char *unused(uint16_t role)
{
	switch (role) {
	case MD_ROLE_FAULTY:
		return "the others say that it failed";
	case MD_ROLE_JOURNAL:
		return "it is the array's journal";
	default:
		return role >= MD_ROLE_LIMIT ? "it is a spare" : NULL;
	}
}

/* Sets d->unread. */
static int judge(struct md_array_reading *x, struct md_device *d, struct err *e)
{
	struct arena *a = x->r->a;

	if (is_stale(x, d)) {
		d->unread = arena_printf(a,
					 "it is out of date: it stopped at event "
					 "%" PRIu64 ", the array is at %" PRIu64,
					 d->super.events, x->sb->events);
		return d->unread ? 0 : arena_full(a, e);
	}
	d->unread = unused(role_of(x->sb, d->super.number));
	if (d->unread)
		return 0;
	d->unread = unfit(x, d);
	if (!d->unread || x->unwritable)
		return 0;
	x->unwritable = arena_printf(a, "of %s, %s", MD_TEXT(where(x, d)), d->unread);
	return x->unwritable ? 0 : arena_full(a, e);
}

static int tell_unread(struct md_array_reading *x, const struct md_device *d,
		       struct err *e)
{
	return md_note(x->r, d->member, ERR_NONE, e, "%s: %s is not read: %s",
		       MD_TEXT(x->naming.title), MD_TEXT(where(x, d)), d->unread);
}

/* Puts a member in step in its place. */
static int fill_place(struct md_array_reading *x, const struct md_device *d,
		      struct err *e)
{
	uint16_t place = role_of(x->sb, d->super.number);

	if (!says_the_same(&d->super, x->sb) ||
	    role_of(&d->super, x->sb->number) == MD_ROLE_FAULTY)
		return md_refuse(x, ERR_AMBIGUOUS, e,
				 "%s and %s say different things of it at the same time: "
				 "each was changed without the other; give the one that "
				 "counts",
				 MD_TEXT(where(x, x->fresh)), MD_TEXT(where(x, d)));
	if (place >= x->sb->places)
		return md_refuse(x, ERR_CORRUPT, e,
				 "%s %" PRIu16 " of %" PRIu32 " makes no sense",
				 x->naming.place, place, x->sb->places);
	if (x->filled[place])
		return md_refuse(x, ERR_AMBIGUOUS, e,
				 "%s and %s are both its %s %" PRIu16
				 ": one is a copy of the other; give only one of them",
				 MD_TEXT(where(x, x->filled[place])),
				 MD_TEXT(where(x, d)), x->naming.place, place);
	x->filled[place] = d;
	return 0;
}

/* Two halves that each ran alone are out of step with one another, whoever of them has
 * more events by one. */
static bool contradicts(const struct md_array_reading *x, const struct md_device *d)
{
	return d != x->fresh && !is_stale(x, d) &&
	       role_of(x->sb, d->super.number) == MD_ROLE_FAULTY &&
	       role_of(&d->super, x->sb->number) == MD_ROLE_FAULTY;
}

int md_members_judge(struct md_array_reading *x, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->group->devices.n; i++) {
		struct md_device *d = &x->group->devices.v[i];

		r = judge(x, d, e);
		if (r == 0 && contradicts(x, d))
			r = fill_place(x, d, e);
		else if (r == 0 && d->unread)
			r = tell_unread(x, d, e);
		else if (r == 0)
			r = fill_place(x, d, e);
	}
	return r;
}

/* --- What is missing --- */

/* The name that a member of version 0.90 had by its numbers, or "". */
static const char *old_name(struct md_array_reading *x, size_t number)
{
	static const struct {
		uint32_t major;
		const char *prefix;
		unsigned bits; /* of a partition's number */
	} majors[] = {{8, "sd", 4}, {3, "hd", 6}, {202, "xvd", 4}};
	uint32_t device = x->sb->devices ? x->sb->devices[number] : 0;
	uint32_t major = device >> 20, minor = device & 0xfffff;

	for (size_t i = 0; i < ARRAY_LEN(majors); i++) {
		uint32_t disk = minor >> majors[i].bits,
			 part = minor & ((1u << majors[i].bits) - 1);
		char letter = (char)('a' + disk % 26);

		if (major != majors[i].major || disk >= 26)
			continue;
		return part ? arena_printf(x->r->scratch, " (was /dev/%s%c%" PRIu32 ")",
					   majors[i].prefix, letter, part)
			    : arena_printf(x->r->scratch, " (was /dev/%s%c)",
					   majors[i].prefix, letter);
	}
	return "";
}

static const struct md_device *device_of(const struct md_array_reading *x, size_t number)
{
	for (size_t i = 0; i < x->group->devices.n; i++)
		if (x->group->devices.v[i].super.number == number)
			return &x->group->devices.v[i];
	return NULL;
}

/* The number of the member in force at each place; role_count: it has none. */
static int number_places(struct md_array_reading *x, size_t **ret, struct err *e)
{
	const struct md_super *sb = x->sb;
	size_t *numbers = arena_calloc(x->r->scratch, sb->places, sizeof(*numbers));

	if (!numbers)
		return arena_full(x->r->scratch, e);
	for (size_t i = 0; i < sb->places; i++)
		numbers[i] = sb->role_count;
	for (size_t i = sb->role_count; i > 0; i--)
		if (sb->roles[i - 1] < sb->places)
			numbers[sb->roles[i - 1]] = i - 1;
	*ret = numbers;
	return 0;
}

/* Why nothing is read from a place, whose member has that number; what is in force and
 * not here is listed. */
static int tell_place(struct md_array_reading *x, size_t place, size_t number,
		      const char **ret, struct err *e)
{
	struct arena *a = x->r->scratch;
	const struct md_device *here =
		number < x->sb->role_count ? device_of(x, number) : NULL;
	const char *text, *was;

	if (number == x->sb->role_count) {
		*ret = arena_printf(a, "%s %zu failed before", x->naming.place, place);
	} else if (here) {
		*ret = arena_printf(a, "of %s %zu, %s, nothing is read", x->naming.place,
				    place, MD_TEXT(where(x, here)));
	} else {
		was = x->naming.was ? x->naming.was[number] : old_name(x, number);
		text = was ? arena_printf(x->r->a, "%s %zu%s", x->naming.place, place,
					  was)
			   : NULL;
		if (!text || !vec_push(x->r->a, &x->v.missing, text))
			return arena_full(x->r->a, e);
		*ret = arena_printf(a, "%s is missing", text);
		if (!x->unwritable)
			x->unwritable = *ret;
	}
	return *ret ? 0 : arena_full(a, e);
}

static int add_text(struct md_array_reading *x, const char **all, const char *text,
		    struct err *e)
{
	*all = *all ? arena_printf(x->r->scratch, "%s, %s", *all, text) : text;
	return *all ? 0 : arena_full(x->r->scratch, e);
}

int md_members_absent(struct md_array_reading *x, const char **ret, struct err *e)
{
	/* Behind some of them the sentence is long enough. */
	enum { NAMED = 8 };
	size_t *numbers = NULL, told = 0;
	int r = number_places(x, &numbers, e);

	*ret = NULL;
	for (size_t i = 0; r == 0 && i < x->sb->places; i++) {
		const char *text;

		if (x->filled[i])
			continue;
		r = tell_place(x, i, numbers[i], &text, e);
		if (r == 0 && told++ < NAMED)
			r = add_text(x, ret, text, e);
	}
	if (r == 0 && told > NAMED)
		r = add_text(x, ret, "and more", e);
	return r;
}
