/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The description of the machine, written anew with what a plan changes in it. The old
 * one is never touched. What is changed lies at offsets that the worker found: each is
 * held against the bytes once more (rewrite.h).
 */
#include <string.h>
#include <unistd.h>

#include "applying.h"
#include "escape.h"
#include "machine.h"
#include "rewrite.h"
#include "text.h"

int paravet_set_machine_output(struct paravet *p, const char *path)
{
	err_clear(&p->error);
	if (!p->machine || p->was_read)
		return handle_misuse(
			p, p->machine ? "paravet_read() comes after that"
				      : "a new description is made of one that is "
					"named: --machine-out goes with "
					"--machine FILE");
	p->machine_output = arena_strdup(p->arena, path);
	if (!p->machine_output)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

/* Where the entry stands that an edit of the plan is of. */
static const uint64_t *offset_of(const struct machine *m, const struct plan_edit *edit)
{
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].line == edit->line &&
		    text_same(m->disks.v[i].entry, edit->before))
			return &m->disks.v[i].offset;
	for (size_t i = 0; i < m->nics.n; i++)
		if (m->nics.v[i].line == edit->line &&
		    text_same(m->nics.v[i].entry, edit->before))
			return &m->nics.v[i].offset;
	return NULL;
}

static bool was_made(const struct changes *c, const struct plan_step *s)
{
	for (size_t i = 0; i < c->steps.n; i++)
		if (c->steps.v[i].n == s->n)
			return c->steps.v[i].made;
	return false;
}

static int add_rewrite(struct arena *a, rewrite_list *list, uint64_t offset,
		       const char *before, const char *after, struct err *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].offset == offset)
			return 0; /* two steps may tell the same entry */
	return vec_push(a, list, ((struct rewrite){offset, before, after}))
		       ? 0
		       : arena_full(a, e);
}

static int gather(const struct machine_order *o, struct arena *a, rewrite_list *ret,
		  struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < o->plan->steps.n; i++) {
		const struct plan_step *s = &o->plan->steps.v[i];

		if (strcmp(s->where, "host") != 0 || !was_made(o->changes, s))
			continue;
		for (size_t n = 0; r >= 0 && n < s->edits.n; n++) {
			const struct plan_edit *edit = &s->edits.v[n];
			const uint64_t *at = offset_of(o->machine, edit);

			r = at ? add_rewrite(a, ret, *at, edit->before, edit->after, e)
			       : err_set(e, ERR_BUG,
					 "an entry that the description has "
					 "not");
		}
	}
	return r;
}

/* The entry as it was changed already, or as it is. */
static const char *entry_now(const rewrite_list *list, const struct machine_disk *d)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].offset == d->offset)
			return list->v[i].after;
	return d->entry;
}

static int set_after(struct arena *a, rewrite_list *list, const struct machine_disk *d,
		     const char *after, struct err *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].offset == d->offset) {
			list->v[i].after = after;
			return 0;
		}
	return add_rewrite(a, list, d->offset, d->entry, after, e);
}

/* The entry of a disk whose copy was written names the copy. */
static int name_image(const struct machine_order *o, const struct applied_result *copy,
		      struct arena *a, rewrite_list *list, const char **ret_note,
		      struct err *e)
{
	for (size_t i = 0; i < o->machine->disks.n; i++) {
		const struct machine_disk *d = &o->machine->disks.v[i];
		const char *after = NULL;
		struct err why = ERR_INIT;
		int r;

		if (!d->disk || strcmp(d->disk, copy->disk) != 0)
			continue;
		r = rewrite_disk_file(o->machine, d, entry_now(list, d), copy->file, a,
				      &after, &why);
		if (r >= 0)
			return set_after(a, list, d, after, e);
		if (r == -ERR_NOMEM) {
			*e = why;
			return r;
		}
		*ret_note = arena_printf(a, "it still names the old disk: %s", why.text);
		return *ret_note ? 0 : arena_full(a, e);
	}
	return 0;
}

int machine_rewritten(const struct machine_order *o, struct arena *a, struct slice *ret,
		      const char **ret_note, struct err *e)
{
	rewrite_list list = {0};
	int r = gather(o, a, &list, e);

	*ret = SLICE_NONE;
	*ret_note = NULL;
	if (r < 0 || !list.n)
		return r;
	for (size_t i = 0; r >= 0 && i < o->copies.n; i++)
		r = name_image(o, &o->copies.v[i], a, &list, ret_note, e);
	if (r >= 0)
		r = rewrite_whole(o->text, &list, a, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(o->machine->source)).text)
		     : 0;
}

int machine_read_again(struct paravet *p, struct slice text, struct arena *a,
		       struct machine *ret, struct err *e)
{
	int r = machine_parse(text, p->machine_output, a, ret, e);

	return r < 0 ? r : machine_file_match(p, ret, a, e);
}
