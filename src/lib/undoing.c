/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Undoing what was changed in place. A record is as untrusted as an image: it names the
 * disk that bytes are written to. So it is believed about a disk in its own folder, and
 * any other has to be named by the user. The record is parsed, and the disk compared and
 * written, by a worker that has these two files and nothing else.
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
	struct changed_file disk;
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
	cleanup_close(&u->disk.fd);
}

static int work(const struct undoing *u, struct outcome *ret, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct undo_record record;
	int r = a ? undo_open(u->record.fd, a, &record, e)
		  : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0)
		r = u->dry_run ? undo_compare(&record, u->disk.fd, &ret->was, e)
			       : undo_restore(&record, u->disk.fd, &ret->was, e);
	if (r < 0)
		return r;
	ret->runs = record.runs;
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

static int run_worker(struct paravet *p, struct undoing *u, uint64_t disk_size,
		      struct outcome *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_TEXT);
	const int kept[] = {u->record.fd, u->disk.fd};
	struct sandbox_scratch output = {u->disk.fd, disk_size};
	struct sandbox_options o = {
		.mode = handle_sandbox(p),
		.keep_fds = kept,
		.keep_count = u->dry_run ? 2 : 1,
		.dir_fd = -1,
		.memory = (uint64_t)UNDO_MEMORY_MIB * 1024 * 1024,
		.seconds = UNDO_SECONDS,
		.result_max = LIMIT_TEXT,
		.outputs = &output,
		.output_count = u->dry_run ? 0 : 1,
	};
	int r = sandbox_run(&o, undo_job, u, &result, e);

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

/* The disk that the record names, when the user did not. */
static int open_recorded(struct paravet *p, struct undoing *u, const struct undo_disk *id,
			 struct err *e)
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
	r = files_open_changed(p, id->path, !u->dry_run, &u->disk, e);
	if (r < 0)
		return r;
	/* A link leads elsewhere, another file took the name. */
	return strcmp(u->disk.dir, u->record.dir) == 0 && u->disk.device == id->device &&
			       u->disk.inode == id->inode
		       ? 0
		       : err_set(e, ERR_REFUSED,
				 "%s is another file by now than the disk that was "
				 "changed: if it is a copy of it, name it with --disk",
				 name.text);
}

static int open_disk(struct paravet *p, struct undoing *u, const struct undo_disk *id,
		     const char *named, struct err *e)
{
	int r = named ? files_open_changed(p, named, !u->dry_run, &u->disk, e)
		      : open_recorded(p, u, id, e);

	if (r < 0)
		return r;
	r = change_lock(u->disk.fd, u->dry_run ? CHANGE_LOCK_READ : CHANGE_LOCK_WRITE, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(u->disk.path)).text) : 0;
}

/* Nothing of the record is used in this process but the disk that it names. */
static int undo(struct paravet *p, struct undoing *u, const char *named,
		struct undone *ret, struct err *e)
{
	struct undo_disk id;
	struct outcome o = {0};
	int r = undo_read_disk(u->record.fd, p->arena, &id, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		ret->restored = true;
		return 0;
	}
	if (r >= 0)
		r = open_disk(p, u, &id, named, e);
	if (r >= 0)
		r = run_worker(p, u, id.size, &o, e);
	if (r < 0)
		return r;
	ret->disk = u->disk.path;
	ret->ranges = o.runs;
	ret->bytes = o.bytes;
	ret->differed = o.runs - o.was.old_runs;
	ret->complete = o.committed;
	ret->restored = !u->dry_run || ret->differed == 0;
	return 0;
}

static int open_and_undo(struct paravet *p, const char *record, const char *disk,
			 bool dry_run, struct undone *ret, struct err *e)
{
	_cleanup_(undoing_done) struct undoing u = {
		.record = {.fd = -1}, .disk = {.fd = -1}, .dry_run = dry_run};
	int r = files_open_record(p, record, &u.record, e);

	if (r < 0)
		return r;
	r = undo(p, &u, disk, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(record)).text) : 0;
}

int paravet_undo(struct paravet *p, const char *record, const char *disk, unsigned flags)
{
	struct undone u = {.record = arena_strdup(p->arena, record)};

	err_clear(&p->error);
	p->was_undone = false;
	if (!u.record)
		arena_full(p->arena, &p->error);
	else if (open_and_undo(p, record, disk, flags & PARAVET_DRY_RUN, &u, &p->error) >=
		 0)
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
