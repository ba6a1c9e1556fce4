/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undoing what was changed in place. A record is as untrusted as an image: it names the
 * disks that bytes are written to. So it is believed about disks in its own folder, and
 * any other has to be named by the user. The record is parsed, and the disks compared and
 * written, by a worker that has these files and nothing else.
 */
#include <string.h>

#include "escape.h"
#include "handle.h"
#include "job.h"
#include "limits.h"
#include "lock.h"
#include "put.h"
#include "undo/undo.h"
#include "undone_text.h"

enum {
	/* Of processor time, and four times as much by the clock: a slow disk is not
	 * left half restored. */
	UNDO_SECONDS = 3600,
	UNDO_MEMORY_MIB = 64,
	ANSWER = 8 * 5 + 1,
};

struct undoing {
	struct record_file record;
	struct changed_file disks[LIMIT_DISKS]; /* in the record's order */
	size_t n;                               /* that are open */
	bool dry_run;
};

/* What the worker found. */
struct outcome {
	uint64_t runs, bytes;
	struct undo_state was;
	bool committed;
};

static void undoing_done(struct undoing *u)
{
	cleanup_close(&u->record.fd);
	for (size_t i = 0; i < u->n; i++)
		cleanup_close(&u->disks[i].fd);
}

static int work(const struct undoing *u, struct outcome *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct undo_record record;
	int fds[LIMIT_DISKS];
	int r = a ? undo_open(u->record.fd, a, &record, e)
		  : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0; i < u->n; i++)
		fds[i] = u->disks[i].fd;
	if (r >= 0 && record.disks.n != u->n)
		r = err_set(e, ERR_CORRUPT, "the undo record changes while it is read");
	if (r >= 0)
		r = u->dry_run ? undo_compare(&record, fds, &ret->was, e)
			       : undo_restore(&record, fds, &ret->was, e);
	if (r < 0)
		return r;
	ret->runs = record.runs - record.watched;
	ret->bytes = record.bytes;
	ret->committed = record.committed;
	return 0;
}

static int undo_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct outcome a;
	struct err why = ERR_INIT;
	uint8_t bytes[ANSWER], *to = bytes;

	(void)box;
	(void)e;
	if (work(ctx, &a, &why) < 0) {
		job_failed(&why, out);
		return 0;
	}
	to = put_be(to, 8, a.runs);
	to = put_be(to, 8, a.bytes);
	to = put_be(to, 8, a.was.old_runs);
	to = put_be(to, 8, a.was.new_runs);
	to = put_be(to, 8, a.was.mixed_runs);
	put_be(to, 1, a.committed);
	strbuf_char(out, 'F');
	strbuf_add(out, bytes, sizeof(bytes));
	return 0;
}

static int take_answer(const struct strbuf *result, struct outcome *ret, struct err *e)
{
	struct slice body;
	struct reader rd;
	int r = job_result(result, &body, e);

	if (r < 0)
		return r;
	rd = reader_of(body);
	ret->runs = rd_u64be(&rd);
	ret->bytes = rd_u64be(&rd);
	ret->was.old_runs = rd_u64be(&rd);
	ret->was.new_runs = rd_u64be(&rd);
	ret->was.mixed_runs = rd_u64be(&rd);
	ret->committed = rd_u8(&rd);
	return rd_ok(&rd) && rd_left(&rd) == 0 && ret->runs <= LIMIT_UNDO_RUNS &&
			       ret->was.old_runs <= ret->runs
		       ? 0
		       : err_set(e, ERR_BUG, "the worker's answer makes no sense");
}

static int run_worker(struct paravet *p, struct undoing *u, const undo_disks *ids,
		      struct outcome *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_TEXT);
	int kept[1 + LIMIT_DISKS] = {u->record.fd};
	struct sandbox_scratch outputs[LIMIT_DISKS];
	struct sandbox_options o = {
		.mode = handle_sandbox(p),
		.keep_fds = kept,
		.keep_count = u->dry_run ? 1 + u->n : 1,
		.dir_fd = -1,
		.memory = (uint64_t)UNDO_MEMORY_MIB * 1024 * 1024,
		.seconds = UNDO_SECONDS,
		.result_max = LIMIT_TEXT,
		.outputs = outputs,
		.output_count = u->dry_run ? 0 : u->n,
	};
	int r;

	for (size_t i = 0; i < u->n; i++) {
		kept[1 + i] = u->disks[i].fd;
		outputs[i] = (struct sandbox_scratch){u->disks[i].fd, ids->v[i].size};
	}
	r = sandbox_run(&o, undo_job, u, &result, e);
	return r < 0 ? r : take_answer(&result, ret, e);
}

/* Does the path lie in that folder itself? */
static bool lies_in(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n && dir[n - 1] == '/')
		n--;
	return strncmp(path, dir, n) == 0 && path[n] == '/' &&
	       strchr(path + n + 1, '/') == NULL;
}

/* A disk that the record names, when the user did not. */
static int open_recorded(struct paravet *p, struct undoing *u, const struct undo_disk *id,
			 struct changed_file *ret, struct err *e)
{
	struct escaped name = escape_short(slice_str(id->path));
	int r;

	if (!lies_in(id->path, u->record.dir))
		return err_set(
			e, ERR_REFUSED,
			"the changed disk is %s, which lies in another folder than "
			"the record: if you trust the record, name the disk with "
			"--disk %s",
			name.text, name.text);
	r = files_open_changed(p, id->path, !u->dry_run, ret, e);
	if (r < 0)
		return r;
	/* A link leads elsewhere, another file took the name. */
	return strcmp(ret->dir, u->record.dir) == 0 && ret->device == id->device &&
			       ret->inode == id->inode
		       ? 0
		       : err_set(e, ERR_REFUSED,
				 "%s is another file by now than the disk that was "
				 "changed: if it is a copy of it, name it with --disk",
				 name.text);
}

static int open_disk(struct paravet *p, struct undoing *u, const struct undo_disk *id,
		     const char *named, struct err *e)
{
	struct changed_file *disk = &u->disks[u->n];
	int r;

	*disk = (struct changed_file){.fd = -1};
	u->n++;
	r = named ? files_open_changed(p, named, !u->dry_run, disk, e)
		  : open_recorded(p, u, id, disk, e);
	if (r < 0)
		return r;
	r = change_lock(disk->fd, u->dry_run ? CHANGE_LOCK_READ : CHANGE_LOCK_WRITE, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(disk->path)).text) : 0;
}

/* Named are all disks or none: which of them a name is for is told by their order. */
static int check_names(const undo_disks *ids, const char *const *named, struct err *e)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT(LIMIT_TEXT);
	size_t n = 0;

	while (named && named[n])
		n++;
	if (n == 0 || n == ids->n)
		return 0;
	for (size_t i = 0; i < ids->n; i++) {
		strbuf_str(&all, i ? ", " : "");
		escape_text(&all, slice_str(ids->v[i].path));
	}
	return err_set(
		e, ERR_USAGE,
		"the record is of %zu disks: name each with --disk, in this order: "
		"%s",
		ids->n, strbuf_text(&all));
}

static int open_disks(struct paravet *p, struct undoing *u, const undo_disks *ids,
		      const char *const *named, struct err *e)
{
	int r = check_names(ids, named, e);

	for (size_t i = 0; r >= 0 && i < ids->n; i++)
		r = open_disk(p, u, &ids->v[i], named && named[0] ? named[i] : NULL, e);
	return r;
}

static int tell(struct paravet *p, const struct undoing *u, const struct outcome *o,
		struct undone *ret, struct err *e)
{
	for (size_t i = 0; i < u->n; i++)
		if (!vec_push(p->arena, &ret->disks, u->disks[i].path))
			return arena_full(p->arena, e);
	ret->ranges = o->runs;
	ret->bytes = o->bytes;
	ret->differed = o->runs - o->was.old_runs;
	ret->complete = o->committed;
	ret->restored = !u->dry_run || ret->differed == 0;
	return 0;
}

/* Nothing of the record is used in this process but the disks that it names. */
static int undo(struct paravet *p, struct undoing *u, const char *const *named,
		struct undone *ret, struct err *e)
{
	undo_disks ids = {0};
	struct outcome o = {0};
	int r = undo_read_disks(u->record.fd, p->arena, &ids, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		ret->restored = true;
		return 0;
	}
	if (r >= 0)
		r = open_disks(p, u, &ids, named, e);
	if (r >= 0)
		r = run_worker(p, u, &ids, &o, e);
	return r < 0 ? r : tell(p, u, &o, ret, e);
}

static int open_and_undo(struct paravet *p, const char *record, const char *const *disks,
			 bool dry_run, struct undone *ret, struct err *e)
{
	_cleanup_(undoing_done) struct undoing u = {.record = {.fd = -1},
						    .dry_run = dry_run};
	int r = files_open_record(p, record, &u.record, e);

	if (r < 0)
		return r;
	r = undo(p, &u, disks, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(record)).text) : 0;
}

int paravet_undo(struct paravet *p, const char *record, const char *const *disks,
		 unsigned flags)
{
	struct undone u = {.record = arena_strdup(p->arena, record)};

	err_clear(&p->error);
	p->was_undone = false;
	if (!u.record)
		arena_full(p->arena, &p->error);
	else if (open_and_undo(p, record, disks, flags & PARAVET_DRY_RUN, &u,
			       &p->error) >= 0)
		p->was_undone = true;
	p->undone = u;
	return handle_status(p);
}

const char *paravet_undone(struct paravet *p, enum paravet_format format, unsigned flags)
{
	(void)flags;
	handle_start_document(p);
	if (!p->was_undone) {
		handle_misuse(p, "nothing was undone yet");
		return NULL;
	}
	if (format == PARAVET_JSON)
		undone_to_json(&p->undone, &p->document);
	else
		report_undone(&p->undone, &p->document);
	return handle_finish_document(p);
}
