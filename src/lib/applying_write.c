/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the changes go: new files, the disks themselves, and the description of the
 * machine. */
#include "applying.h"

#include <string.h>

#include "escape.h"
#include "text.h"

static int find_disk(const struct paravet *p, const char *name, size_t *ret,
		     struct err *e)
{
	for (*ret = 0; *ret < p->disks.n; ++*ret)
		if (text_same(p->disks.v[*ret].name, name))
			return 0;
	return err_set(e, ERR_CORRUPT, "the worker changed a disk that was not named");
}

static const char *format_of(const struct paravet *p, size_t disk)
{
	const char *format =
		p->facts.disks.n > disk ? p->facts.disks.v[disk].format : NULL;

	return text_same(format, "qcow2")             ? "qcow2"
	       : format && blocks_served_name(format) ? format
						      : "raw";
}

static const struct {
	enum sink sink;
	const char *name;
} kinds[] = {
	[PARAVET_OUTPUT_OVERLAY] = {SINK_OVERLAY, "overlay"},
	[PARAVET_OUTPUT_COPY] = {SINK_COPY, "copy"},
	[PARAVET_OUTPUT_IN_PLACE] = {SINK_IN_PLACE, "in-place"},
};

bool applying_makes_files(const struct paravet *p)
{
	return p->output_kind == PARAVET_OUTPUT_OVERLAY ||
	       p->output_kind == PARAVET_OUTPUT_COPY;
}

/* The new file of a disk: the only one, or the one named for it. */
static const char *output_of(const struct paravet *p, size_t disk)
{
	return p->outputs.v[p->outputs.n == 1 ? 0 : disk];
}

/* One name is enough for one disk; which it will be is not known before. Where no disk
 * changes, no file is made. */
static int check_names(const struct paravet *p, const struct changes *c, struct err *e)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(LIMIT_TEXT);

	if (!applying_makes_files(p) || p->outputs.n == p->disks.n ||
	    (p->outputs.n == 1 && c->disks.n <= 1))
		return 0;
	for (size_t i = 0; i < c->disks.n; i++) {
		strbuf_str(&names, i ? ", " : "");
		escape_text(&names, slice_str(c->disks.v[i].disk));
	}
	return err_set(
		e, ERR_USAGE,
		"the changes lie on %zu of %zu disks (%s): name a new file with -o "
		"for each disk, in the order of the disks",
		c->disks.n, p->disks.n, strbuf_text(&names));
}

static int open_new(const struct paravet *p, size_t disk, struct change_output *ret,
		    struct err *e)
{
	struct stat like = {.st_mode = 0};

	if (fstat(p->disks.v[disk].prove_fd, &like) < 0)
		like.st_mode = 0;
	return change_output_new(output_of(p, disk), &like, ret, e);
}

static int open_output(struct paravet *p, const char *name, struct change_order *o,
		       struct change_outputs *out, struct err *e)
{
	struct change_sink *s = &o->sinks[o->n];
	struct change_output *to = &out->list[out->n];
	int r = find_disk(p, name, &s->disk, e);

	if (r < 0)
		return r;
	s->backing.format = format_of(p, s->disk);
	if (o->sink == SINK_IN_PLACE)
		r = change_output_in_place(name, p->arena, to, &s->id, e);
	else
		r = open_new(p, s->disk, to, e);
	out->n++;
	if (r >= 0 && o->sink == SINK_OVERLAY)
		r = change_backing_name(name, to->path, p->arena, &s->backing.file, e);
	s->output = to->fd;
	o->n++;
	return r;
}

static int open_outputs(struct paravet *p, const struct changes *c,
			struct change_order *o, struct change_outputs *out, struct err *e)
{
	int r = check_names(p, c, e);

	o->sink = kinds[p->output_kind].sink;
	if (r >= 0 && c->disks.n > p->disks.n)
		r = err_set(e, ERR_CORRUPT, "the worker changed a disk twice");
	for (size_t i = 0; r >= 0 && i < c->disks.n; i++)
		r = open_output(p, c->disks.v[i].disk, o, out, e);
	if (r >= 0 && o->sink == SINK_IN_PLACE)
		r = change_outputs_record(out, p->undo, e);
	o->record = out->record_fd;
	return r;
}

/* The second worker must make what the first one has shown. */
static int commit(struct change_order *o, const struct applied *a, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON),
				       shown = STRBUF_INIT(LIMIT_FACTS_JSON),
				       made = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct changes changes;
	struct slice rest;
	int r = applying_work(o, &result, &changes, &rest, e);

	if (r < 0)
		return r;
	changes_to_json(&a->changes, &shown);
	changes_to_json(&changes, &made);
	if (!strbuf_ok(&shown) || strcmp(strbuf_text(&shown), strbuf_text(&made)) != 0)
		return err_set(e, ERR_REFUSED,
			       "the guest changed meanwhile: is it running?");
	return 0;
}

/* Which disks undo has to be told: all, or none. */
static int tell_undo(struct paravet *p, const struct change_order *o, struct applied *a,
		     struct err *e)
{
	bool found = true;

	for (size_t i = 0; i < o->n; i++)
		found = found && change_undo_finds(o->sinks[i].id.path, a->undo);
	for (size_t i = 0; !found && i < o->n; i++)
		if (!vec_push(p->arena, &a->undo_disks,
			      p->disks.v[o->sinks[i].disk].name))
			return arena_full(p->arena, e);
	return 0;
}

static int tell_results(struct paravet *p, const struct change_order *o,
			struct applied *a, struct err *e)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *disk = p->disks.v[o->sinks[i].disk].name;
		struct applied_result r = {
			.disk = disk,
			.file = o->sink == SINK_IN_PLACE
					? disk
					: output_of(p, o->sinks[i].disk)};

		if (!vec_push(p->arena, &a->results, r))
			return arena_full(p->arena, e);
	}
	a->kind = kinds[p->output_kind].name;
	a->undo = o->sink == SINK_IN_PLACE ? p->undo : NULL;
	return a->undo ? tell_undo(p, o, a, e) : 0;
}

static int write_result(struct paravet *p, struct change_order *o, struct applied *a,
			struct err *e)
{
	struct change_outputs out = CHANGE_OUTPUTS_NONE;
	int r = open_outputs(p, &a->changes, o, &out, e);

	if (r >= 0)
		r = commit(o, a, e);
	if (r >= 0)
		r = change_outputs_keep(&out, e);
	if (r < 0 && change_outputs_began(&out))
		err_wrap(e,
			 "%s%s may hold some of the changes: take them back with "
			 "paravet undo %s",
			 escape_short(slice_str(p->disks.v[o->sinks[0].disk].name)).text,
			 o->n > 1 ? " and other disks" : "",
			 escape_short(slice_str(p->undo)).text);
	change_outputs_done(&out, r >= 0);
	return r < 0 ? r : tell_results(p, o, a, e);
}

/* What the disks are in by then, as the description names it. */
static int name_images(struct paravet *p, const struct applied *a,
		       struct machine_order *o, struct err *e)
{
	int r = applying_makes_files(p) ? check_names(p, &a->changes, e) : 0;

	for (size_t i = 0; r >= 0 && applying_makes_files(p) && i < a->changes.disks.n;
	     i++) {
		struct machine_image_now now = {.disk = a->changes.disks.v[i].disk};
		size_t disk;

		now.image.format =
			p->output_kind == PARAVET_OUTPUT_COPY ? "raw" : "qcow2";
		r = find_disk(p, now.disk, &disk, e);
		if (r >= 0)
			r = change_image_name(p->disks.v[disk].name, output_of(p, disk),
					      p->arena, &now.image.file, e);
		if (r >= 0 && !vec_push(p->arena, &o->images, now))
			r = arena_full(p->arena, e);
	}
	return r;
}

static int add_note(struct paravet *p, struct applied *a, const char *note, struct err *e)
{
	return note && vec_push(p->arena, &a->notes, note) ? 0 : arena_full(p->arena, e);
}

/* The new text; empty: nothing of it changes. */
static int describe_machine(struct paravet *p, struct applied *a, struct slice *ret,
			    struct err *e)
{
	struct machine_order order = {.machine = &p->facts.machine,
				      .text = p->machine_text,
				      .plan = &a->plan,
				      .changes = &a->changes};
	int r = name_images(p, a, &order, e);

	if (r >= 0)
		r = machine_rewritten(&order, p->arena, ret, e);
	if (r >= 0 && ret->n && order.images.n &&
	    p->output_kind == PARAVET_OUTPUT_OVERLAY)
		r = add_note(p, a,
			     "the overlay is named as qcow2, of version 3: QEMU reads "
			     "that from 1.1 on, hosts like RHEL 5 do not (--copy)",
			     e);
	return r;
}

/* Opens the file that the description goes to, with the new text in it; nothing when
 * nothing of it changes. */
static int open_machine(struct paravet *p, struct applied *a, struct change_output *out,
			struct err *e)
{
	struct slice text = SLICE_NONE;
	int r = p->machine_output ? describe_machine(p, a, &text, e) : 0;

	if (r < 0 || !text.n)
		return r;
	r = change_output_new(p->machine_output, &p->machine_stat, out, e);
	return r < 0 ? r : change_output_fill(out, text, e);
}

static bool was_written(const struct applied *a, const char *file)
{
	for (size_t i = 0; i < a->results.n; i++)
		if (strcmp(a->results.v[i].file, file) == 0)
			return true;
	return false;
}

/* Why a new file that was asked for was not made. */
static const char *unwritten(struct paravet *p, const struct applied *a, size_t output)
{
	struct escaped file = escape_short(slice_str(p->outputs.v[output]));

	if (!a->results.n)
		return arena_printf(p->arena, "%s was not written: no disk changes",
				    file.text);
	return arena_printf(p->arena, "%s was not written: nothing of %s changes",
			    file.text,
			    escape_short(slice_str(p->disks.v[output].name)).text);
}

/* Why the description was not written anew. */
static const char *undescribed(struct paravet *p, const struct applied *a)
{
	return arena_printf(p->arena, "%s was not written: no step changes %s%s",
			    escape_short(slice_str(p->machine_output)).text,
			    escape_short(slice_str(p->machine)).text,
			    a->results.n && applying_makes_files(p)
				    ? ", where the new disk is named by hand"
				    : "");
}

int applying_tell_unwritten(struct paravet *p, struct applied *a, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && applying_makes_files(p) && i < p->outputs.n; i++)
		if (!was_written(a, p->outputs.v[i]))
			r = add_note(p, a, unwritten(p, a, i), e);
	if (r >= 0 && p->machine_output && !a->machine)
		r = add_note(p, a, undescribed(p, a), e);
	return r;
}

/* The disks are changed, and nothing takes that back by itself. */
static int wrap_written(const struct applied *a, struct err *e)
{
	if (!a->results.n)
		return -(int)e->code;
	if (a->undo)
		return err_wrap(e,
				"the disks were changed (paravet undo %s takes that "
				"back), but the description was not written",
				escape_short(slice_str(a->undo)).text);
	return err_wrap(e, "%s%s is complete, but the description was not written",
			escape_short(slice_str(a->results.v[0].file)).text,
			a->results.n > 1 ? " and what belongs to it" : "");
}

/* The description gets its name last: it may name what is written before it. */
int applying_write(struct paravet *p, struct change_order *o, struct applied *a,
		   struct err *e)
{
	struct change_output machine = CHANGE_OUTPUT_NONE;
	int r = open_machine(p, a, &machine, e);

	if (r >= 0 && a->changes.files.n)
		r = write_result(p, o, a, e);
	if (r >= 0 && machine.fd >= 0) {
		r = change_output_keep(&machine, e);
		if (r < 0)
			wrap_written(a, e);
		a->machine = p->machine_output;
	}
	change_output_done(&machine, r >= 0);
	return r;
}
