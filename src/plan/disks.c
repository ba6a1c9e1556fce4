/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a disk is named when it becomes a paravirtual one: with the same letter. */
#include "making.h"
#include "text.h"

/* Splits "hdb1" into 'b' and "1"; false when it is no name of a disk. */
static bool split_name(struct slice s, struct slice *ret_letter, struct slice *ret_rest)
{
	static const char *const prefixes[] = {"hd", "sd", "vd", "xvd"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t n = strlen(prefixes[i]);
		int letter = slice_at(s, n);

		if (!slice_starts(s, prefixes[i]) || letter < 'a' || letter > 'z')
			continue;
		return slice_sub(s, n, 1, ret_letter) &&
		       slice_sub(s, n + 1, s.n - n - 1, ret_rest) &&
		       (!ret_rest->n || text_is_digit(slice_at(*ret_rest, 0)));
	}
	return false;
}

/* The same of "/dev/hdb1". */
static bool split_spec(const char *spec, struct slice *ret_letter, struct slice *ret_rest)
{
	struct slice s = slice_str(spec ? spec : "");

	return slice_starts(s, "/dev/") && slice_sub(s, 5, s.n - 5, &s) &&
	       split_name(s, ret_letter, ret_rest);
}

const char *renamed(struct maker *m, const char *spec, const char *prefix)
{
	struct slice letter, rest;

	if (!split_spec(spec, &letter, &rest))
		return NULL;
	return say(&m->judge, "/dev/%s%c%s", prefix, slice_at(letter, 0),
		   arena_strndup(m->judge.arena, rest));
}

static bool is_disk(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

char disk_letter(const struct maker *m, const struct device_verdict *d)
{
	const struct facts *f = m->judge.facts;
	struct slice letter, rest;

	for (size_t i = 0; i < f->machine.disks.n; i++) {
		const struct machine_disk *disk = &f->machine.disks.v[i];

		if (is_disk(disk->disk, d->name) && disk->target &&
		    split_name(slice_str(disk->target), &letter, &rest))
			return (char)slice_at(letter, 0);
	}
	for (size_t i = 0; i < f->names.n; i++)
		if (is_disk(facts_disk_of_name(f, &f->names.v[i]), d->name) &&
		    split_spec(f->names.v[i].spec, &letter, &rest))
			return (char)slice_at(letter, 0);
	for (size_t i = 0; i < f->disks.n && i < 26; i++) /* in their order */
		if (is_disk(f->disks.v[i].name, d->name))
			return (char)('a' + (int)i);
	return 0;
}

/* Linux, Documentation/admin-guide/devices.txt: 202 is the major number of Xen's virtual
 * block devices, of which each has 16 minor numbers. Disks behind the sixteenth have
 * numbers of another form. */
enum { XVD_MAJOR = 202, XVD_MINORS = 16, XVD_DISKS = 16 };

void add_nodes(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct platform_choice *c = platform_choice_of(m, t->device);
	char letter = disk_letter(m, t->device);
	int disk = letter - 'a';

	if (!c || !text_same(c->disk_prefix, "xvd") || !letter || disk >= XVD_DISKS)
		return;
	for (int n = 0; n < XVD_MINORS; n++) {
		const char *number = n ? say(&m->judge, "%d", n) : "";
		struct plan_device device = {
			say(&m->judge, "/dev/xvd%c%s", letter, number), XVD_MAJOR,
			(uint64_t)(disk * XVD_MINORS + n)};

		if (!vec_push(m->judge.arena, &s->devices, device))
			m->judge.full = true;
	}
}
