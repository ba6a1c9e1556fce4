/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks in mdadm.conf(5). "DEVICE partitions" looks at all that there are, which
 * is what mdadm does without such a line; an array is known by its UUID, which each of
 * its members has.
 */
#include "making.h"
#include "text.h"

static bool is_needed(const struct name_fact *n, const char *target)
{
	return text_same(n->where, "mdadm.conf") && !n->stable && n->needed &&
	       slice_starts(slice_str(n->target ? n->target : ""), target);
}

static bool same_line(const struct name_fact *a, const struct name_fact *b)
{
	return same_place(&a->source, &b->source);
}

/* The first name of a line becomes "partitions", the others go. */
static void edit_device(const struct renaming *r, size_t at)
{
	const struct name_fact *n = &r->names->v[at];
	bool first = true;

	for (size_t i = 0; i < at; i++)
		first = first && !(is_needed(&r->names->v[i], "DEVICE") &&
				   same_line(&r->names->v[i], n));
	add_edit_to(r->m, r->to,
		    (struct plan_edit){.file = n->source.path,
				       .line = n->source.line,
				       .before = n->spec,
				       .after = first ? "partitions" : ""});
}

/* As mdadm writes it: "3aaa0122:29827cfa:5331ad66:ca767371". */
static const char *md_uuid(struct maker *m, const char *uuid)
{
	char digits[33] = "";
	size_t n = 0;

	for (; *uuid && n < 32; uuid++)
		if (*uuid != '-')
			digits[n++] = *uuid;
	return n == 32 && !*uuid ? say(&m->judge, "%.8s:%.8s:%.8s:%.8s", digits,
				       digits + 8, digits + 16, digits + 24)
				 : NULL;
}

/* The UUID that every member has which the word lists; NULL: one is not known. */
static const char *array_uuid(const struct renaming *r, const struct name_fact *of)
{
	const char *uuid = NULL;

	for (size_t i = 0; i < r->names->n; i++) {
		const struct name_fact *n = &r->names->v[i];
		const struct volume_fact *v = facts_volume_of_name(r->m->judge.facts, n);

		if (!is_needed(n, "ARRAY") || !same_line(n, of) ||
		    !text_same(n->word, of->word))
			continue;
		if (!v || !v->uuid || !text_same(v->fs, "linux_raid_member") ||
		    (uuid && strcmp(uuid, v->uuid) != 0))
			return NULL;
		uuid = v->uuid;
	}
	return uuid ? md_uuid(r->m, uuid) : NULL;
}

static void edit_array(const struct renaming *r, const struct name_fact *n)
{
	bool has_uuid = text_same(n->target, "ARRAY with UUID");
	const char *uuid = has_uuid ? NULL : array_uuid(r, n);

	if (!n->word || (!has_uuid && !uuid))
		return;
	add_edit_to(r->m, r->to,
		    (struct plan_edit){.file = n->source.path,
				       .line = n->source.line,
				       .before = n->word,
				       .after = uuid ? say(&r->m->judge, "UUID=%s", uuid)
						     : ""});
}

static void edit_list(const struct renaming *r, const void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < r->names->n; i++) {
		if (is_needed(&r->names->v[i], "DEVICE"))
			edit_device(r, i);
		else if (is_needed(&r->names->v[i], "ARRAY"))
			edit_array(r, &r->names->v[i]);
	}
}

void edit_md_names(struct maker *m, struct plan_step *s)
{
	rename_everywhere(m, s, edit_list, NULL);
}
