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

/* Every entry of the disk names what it is in now: it may be offered in two ways. */
static int name_image(const struct machine_order *o, const struct machine_image_now *now,
		      struct arena *a, rewrite_list *list, struct err *e)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < o->machine->disks.n; i++) {
		const struct machine_disk *d = &o->machine->disks.v[i];
		const char *after = NULL;

		if (!text_same(d->disk, now->disk))
			continue;
		found = true;
		r = rewrite_disk_image(o->machine, d, entry_now(list, d), &now->image, a,
				       &after, e);
		if (r >= 0)
			r = set_after(a, list, d, after, e);
	}
	if (r >= 0 && !found)
		r = err_set(e, ERR_UNSUPPORTED, "it is not clear which entry %s is of",
			    escape_short(slice_str(now->disk)).text);
	return r < 0 ? err_wrap(e, "it would still name an old disk") : 0;
}

int machine_rewritten(const struct machine_order *o, struct arena *a, struct slice *ret,
		      struct err *e)
{
	rewrite_list list = {0};
	int r = gather(o, a, &list, e);

	*ret = SLICE_NONE;
	if (r < 0 || (!list.n && !(o->images.n && rewrite_takes_images(o->machine))))
		return r;
	for (size_t i = 0; r >= 0 && i < o->images.n; i++)
		r = name_image(o, &o->images.v[i], a, &list, e);
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
