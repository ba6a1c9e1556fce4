/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From physical volumes to volume groups. Each physical volume may carry copies of its
 * group's metadata, numbered by "seqno": the newest copy on any of them counts, as in
 * LVM2 itself.
 */
#include "lvm.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "lvm_parts.h"
#include "strmap.h"

/* One text, parsed; the same text is on most members of its group. */
struct generation {
	const struct lvm_node *node; /* of the group */
	const char *id;
	uint64_t seqno;
};

struct assembling {
	struct lvm_reading r;
	VEC(struct lvm_physical *) physicals;
	VEC(struct lvm_group *) groups;
	struct strmap *texts;   /* struct generation by the whole text */
	struct strmap *by_id;   /* struct lvm_group */
	struct strmap *by_name; /* struct lvm_group */
};

static bool ends_all(const struct err *e)
{
	return e->code == ERR_NOMEM || e->code == ERR_LIMIT || e->code == ERR_BUG;
}

/* The group's section and the fields that tell one from another. */
static int read_generation(struct assembling *as, struct slice text,
			   struct generation *ret, struct err *e)
{
	struct lvm_node *top = NULL;
	const struct lvm_node *group;
	const char *contents;
	uint64_t version;
	int r = lvm_text_parse(text, as->r.scratch, &top, e);

	if (r < 0)
		return err_wrap(e, "the metadata");
	contents = lvm_string(top, "contents");
	if (!contents || strcmp(contents, "Text Format Volume Group") != 0 ||
	    !lvm_number(top, "version", UINT32_MAX, &version))
		return err_set(e, ERR_CORRUPT, "the metadata are not of a volume group");
	if (version != 1)
		return err_set(e, ERR_UNSUPPORTED, "metadata of version %" PRIu64,
			       version);
	for (group = top->child; group && !group->section;)
		group = group->next;
	ret->id = group ? lvm_string(group, "id") : NULL;
	if (!ret->id || !lvm_number(group, "seqno", UINT32_MAX, &ret->seqno))
		return err_set(e, ERR_CORRUPT, "the metadata name no volume group");
	ret->node = group;
	return 0;
}

/* The parsed text, parsed once. */
static int generation_of(struct assembling *as, struct slice text,
			 struct generation **ret, struct err *e)
{
	struct generation *g = strmap_get(as->texts, text);
	int r;

	if (!g) {
		g = arena_new_of(as->r.scratch, struct generation);
		if (!g)
			return arena_full(as->r.scratch, e);
		r = read_generation(as, text, g, e);
		if (r < 0)
			return r;
		if (!strmap_set(as->texts, text, g))
			return arena_full(as->r.scratch, e);
	}
	*ret = g;
	return 0;
}

static int new_group(struct assembling *as, const struct generation *text, size_t member,
		     struct lvm_group **ret, struct err *e)
{
	struct lvm_group *g = arena_new_of(as->r.scratch, struct lvm_group);

	if (!g)
		return arena_full(as->r.scratch, e);
	g->id = text->id;
	g->member = member;
	if (!vec_push(as->r.scratch, &as->groups, g) ||
	    !strmap_set(as->by_id, slice_str(g->id), g))
		return arena_full(as->r.scratch, e);
	*ret = g;
	return 0;
}

/* Lets the newest text of a group count. */
static int take_text(struct assembling *as, struct lvm_physical *p, struct slice text,
		     struct err *e)
{
	struct generation *found = NULL;
	struct lvm_group *g;
	int r = generation_of(as, text, &found, e);

	if (r < 0)
		return r;
	g = strmap_get(as->by_id, slice_str(found->id));
	if (!g) {
		r = new_group(as, found, p->member, &g, e);
		if (r < 0)
			return r;
	}
	if (!g->node || found->seqno > g->seqno) {
		g->node = found->node;
		g->seqno = found->seqno;
		g->member = p->member;
		g->contradicted = false;
	} else if (found->seqno == g->seqno && found->node != g->node) {
		g->contradicted = true;
	}
	if (!p->group || found->seqno > p->seqno) {
		p->group = g;
		p->seqno = found->seqno;
	}
	return 0;
}

/* Reads all metadata areas of one physical volume; damage is kept for later, when it is
 * known whether another copy serves. */
static int read_areas(struct assembling *as, struct lvm_physical *p, struct err *e)
{
	struct blocks *b = as->r.members[p->member].blocks;

	for (size_t i = 0; i < p->label.metadata.n; i++) {
		struct err why = ERR_INIT;
		struct slice text;
		int r = lvm_area_read(b, &p->label.metadata.v[i], as->r.scratch, &text,
				      &why);

		if (r > 0)
			r = take_text(as, p, text, &why);
		if (r >= 0)
			continue;
		if (ends_all(&why)) {
			*e = why;
			return r;
		}
		if (p->damage)
			continue;
		p->code = why.code;
		p->damage = arena_strdup(as->r.scratch, why.text);
		if (!p->damage)
			return arena_full(as->r.scratch, e);
	}
	return 0;
}

/* Two members with one UUID: a disk was given together with its clone. */
static int note_twin(struct assembling *as, struct lvm_physical *first,
		     struct lvm_physical *second, struct err *e)
{
	const struct lvm_member *m = as->r.members;

	first->twin = m[second->member].where;
	second->twin = m[first->member].where;
	return lvm_note(&as->r, second->member, ERR_AMBIGUOUS, e,
			"%s and %s are the same physical volume, UUID %s: one is a copy "
			"of the other; give only one of them",
			LVM_TEXT(m[first->member].where),
			LVM_TEXT(m[second->member].where), LVM_TEXT(first->label.uuid));
}

static int add_physical(struct assembling *as, size_t member,
			const struct lvm_label *label, struct err *e)
{
	struct lvm_physical *p = arena_new_of(as->r.scratch, struct lvm_physical), *twin;
	int r = 0;

	if (!p)
		return arena_full(as->r.scratch, e);
	p->member = member;
	p->label = *label;
	twin = strmap_get(as->r.by_uuid, slice_str(label->uuid));
	if (twin)
		r = note_twin(as, twin, p, e);
	else if (!strmap_set(as->r.by_uuid, slice_str(label->uuid), p))
		r = arena_full(as->r.scratch, e);
	if (r < 0)
		return r;
	if (!vec_push(as->r.scratch, &as->physicals, p))
		return arena_full(as->r.scratch, e);
	return read_areas(as, p, e);
}

static int read_member(struct assembling *as, size_t member, struct err *e)
{
	struct lvm_member *m = &as->r.members[member];
	struct lvm_label label = {0};
	struct err why = ERR_INIT;
	int r = lvm_label_read(m->blocks, as->r.scratch, &label, &m->kind, &why);

	if (r > 0)
		return add_physical(as, member, &label, e);
	if (r < 0 && ends_all(&why)) {
		*e = why;
		return r;
	}
	if (r < 0)
		return lvm_note(&as->r, member, why.code, e,
				"the physical volume of LVM2 is not readable: %s",
				why.text);
	if (m->kind == LVM_1)
		return lvm_note(&as->r, member, ERR_UNSUPPORTED, e,
				"a physical volume of LVM1, which is not read: convert "
				"its group with `vgconvert -M2`");
	return 0;
}

static int read_group(struct assembling *as, struct lvm_group *g, struct err *e)
{
	const struct lvm_group *other;

	g->name = arena_strdup(as->r.a, g->node->key);
	if (!g->name)
		return arena_full(as->r.a, e);
	other = strmap_get(as->by_name, slice_str(g->name));
	if (other &&
	    lvm_note(&as->r, g->member, ERR_AMBIGUOUS, e,
		     "two volume groups are called %s: one is on %s, the other "
		     "on %s",
		     LVM_TEXT(g->name), LVM_TEXT(as->r.members[other->member].where),
		     LVM_TEXT(as->r.members[g->member].where)) < 0)
		return -(int)e->code;
	if (!strmap_set(as->by_name, slice_str(g->name), g))
		return arena_full(as->r.scratch, e);
	return 0;
}

/* What is left to say of a physical volume when all groups are known. */
static int note_physical(struct assembling *as, const struct lvm_physical *p,
			 struct err *e)
{
	if (p->damage && p->claimed)
		return lvm_note(&as->r, p->member, ERR_NONE, e,
				"a copy of the volume group's metadata is damaged (%s); "
				"another copy is used",
				p->damage);
	if (p->damage && !p->group)
		return lvm_note(&as->r, p->member, p->code, e,
				"the volume group's metadata are not readable: %s",
				p->damage);
	if (p->claimed && p->group && p->seqno < p->group->seqno)
		return lvm_note(&as->r, p->member, ERR_NONE, e,
				"its metadata are older (%" PRIu64 ") than those in "
				"force (%" PRIu64 "): the disk was away when VG %s was "
				"changed",
				p->seqno, p->group->seqno, LVM_TEXT(p->group->name));
	if (p->claimed || p->twin)
		return 0;
	if (p->group)
		return p->group->read ? lvm_note(&as->r, p->member, ERR_NONE, e,
						 "the metadata of VG %s do not list this "
						 "physical volume any more",
						 LVM_TEXT(p->group->name))
				      : 0;
	if (p->label.metadata.n == 0)
		return lvm_note(&as->r, p->member, ERR_ABSENT, e,
				"a physical volume without metadata of its own, and no "
				"disk given says which volume group it belongs to");
	return lvm_note(&as->r, p->member, ERR_NONE, e,
			"a physical volume that belongs to no volume group");
}

static int assemble(struct assembling *as, size_t n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_member(as, i, e);
	for (size_t i = 0; r == 0 && i < as->groups.n; i++)
		r = read_group(as, as->groups.v[i], e);
	for (size_t i = 0; r == 0 && i < as->groups.n; i++)
		r = lvm_group_read(&as->r, as->groups.v[i], e);
	for (size_t i = 0; r == 0 && i < as->physicals.n; i++)
		r = note_physical(as, as->physicals.v[i], e);
	return r;
}

int lvm_assemble(struct lvm_member *members, size_t n, struct arena *a,
		 struct arena *scratch, struct lvm_set *ret, struct err *e)
{
	struct lvm_set set = {0};
	struct assembling as = {
		.r = {.members = members, .a = a, .scratch = scratch, .set = &set}};
	int r;

	as.r.by_uuid = strmap_new(scratch);
	as.texts = strmap_new(scratch);
	as.by_id = strmap_new(scratch);
	as.by_name = strmap_new(scratch);
	if (!as.r.by_uuid || !as.texts || !as.by_id || !as.by_name)
		return arena_full(scratch, e);
	r = assemble(&as, n, e);
	if (r < 0) {
		lvm_done(&set);
		return err_wrap(e, "LVM");
	}
	*ret = set;
	return 0;
}

void lvm_done(struct lvm_set *set)
{
	for (size_t i = 0; i < set->volumes.n; i++)
		set->volumes.v[i].blocks = blocks_free(set->volumes.v[i].blocks);
	/* What lies on others goes first. */
	for (size_t i = set->below.n; i > 0; i--)
		blocks_free(set->below.v[i - 1]);
	set->volumes.n = 0;
	set->below.n = 0;
}
