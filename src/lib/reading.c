/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading one guest: the job that the confined worker runs, and what the parent makes of
 * its result. The worker answers with one letter and a document: 'F' and the facts, or
 * 'E' and the error that kept it from reading. When it dies instead, the facts say only
 * that, and every verdict is `unknown`.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "escape.h"
#include "job.h"
#include "limits.h"

enum {
	/* Of processor time. A guest of ten kernels with xz-compressed initramfs
	   takes 15. */
	WORKER_SECONDS = 60,
	/* Above what is mapped at the start: facts, scratch, and a 128 MiB window of a
	 * decompressor that the stream declares. */
	WORKER_MEMORY_MIB = 64 + 128,
};

/* How one disk's chain asks for its files: it calls the disk itself 0, the parent numbers
 * all files of the guest from 1. */
struct chain_opener {
	struct sandbox *box;
	unsigned disk;
};

static int ask_for_server(void *ctx, unsigned from, const char *format, int *ret_fd,
			  unsigned *ret_id, struct err *e)
{
	struct chain_opener *o = ctx;

	return sandbox_ask_disk(o->box, from ? from : o->disk, format, ret_fd, ret_id, e);
}

static int ask_for_file(void *ctx, unsigned from, const char *name, int *ret_fd,
			unsigned *ret_id, struct err *e)
{
	struct chain_opener *o = ctx;
	unsigned id;
	int r = sandbox_ask(o->box, from ? from : o->disk, name, ret_fd, &id, e);

	if (r >= 0)
		*ret_id = id == o->disk ? 0 : id;
	return r;
}

/* Puts a copy on write over a disk that is to be changed. */
static int cover(struct job *job, size_t i, struct assembly_disk *disk, struct err *e)
{
	struct cow *cow;
	int r;

	if (!job->scratch_fds)
		return 0;
	r = cow_new(disk->blocks, job->scratch_fds[i], LIMIT_CHANGED, &cow, e);
	if (r < 0)
		return r;
	if (!vec_push(job->arena, &job->cows, cow)) {
		cow_free(cow);
		return arena_full(job->arena, e);
	}
	disk->blocks = cow_blocks(cow);
	return 0;
}

static int open_source(struct job *job, const struct disk_input *d,
		       const struct blocks_opener *opener, struct assembly_disk *ret,
		       struct err *e)
{
	const struct remote *r = d->remote;

	if (!r)
		return blocks_open_part(d->fd, d->part, d->format, opener, job->arena,
					&ret->chain, &ret->blocks, e);
	return r->path ? blocks_open_sftp(opener, r->path, d->format, job->arena,
					  &ret->chain, &ret->blocks, e)
		       : blocks_open_export(opener, r->export_name, &ret->blocks, e);
}

static int open_disk(struct job *job, size_t i, struct err *e)
{
	struct blocks *source;
	struct disk_input *d = &job->handle->disks.v[i];
	struct chain_opener ask = {job->box, (unsigned)i + 1};
	struct blocks_opener opener = {ask_for_file, &ask, ask_for_server};
	struct assembly_disk disk = {.name = d->name};
	int r = open_source(job, d, &opener, &disk, e);

	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(d->name)).text);
	d->fd = -1;
	source = disk.blocks;
	r = cover(job, i, &disk, e);
	if (r >= 0 && !vec_push(job->arena, &job->disks, disk))
		r = arena_full(job->arena, e);
	if (r < 0)
		blocks_free(source);
	return r;
}

static int open_root(struct job *job, struct err *e)
{
	struct assembly_disk disk = {.name = job->handle->root};
	int r = fs_open_directory(job->handle->root_fd, job->arena, &disk.directory, e);

	if (r < 0)
		return r;
	job->handle->root_fd = -1;
	if (!vec_push(job->arena, &job->disks, disk)) {
		fs_free(disk.directory);
		return arena_full(job->arena, e);
	}
	return 0;
}

static int open_all(struct job *job, struct err *e)
{
	int r = 0;

	if (job->handle->root)
		return open_root(job, e);
	for (size_t i = 0; r >= 0 && i < job->handle->disks.n; i++)
		r = open_disk(job, i, e);
	return r;
}

int job_assemble(struct job *job, struct guest *g, struct err *e)
{
	int r = job->disks.n ? 0 : open_all(job, e);

	g->wanted_os = job->handle->wanted_os;
	if (r >= 0)
		r = keys_give(job->handle, job->arena, &job->assembly, e);
	return r < 0 || job->disks.n == 0
		       ? r
		       : assembly_build(&job->assembly, job->disks.v, job->disks.n, g, e);
}

int job_collect(struct job *job, struct facts *f, struct guest *g, struct err *e)
{
	int r;

	*g = (struct guest){.arena = job->arena,
			    .scratch = job->scratch,
			    .facts = f,
			    .complete = job->handle->complete,
			    .boot_files = job->handle->proving};
	f->format = FACTS_FORMAT;
	f->program = "paravet " PARAVET_VERSION;
	f->asked = job->handle->asked;
	f->asked_configs = job->handle->asked_configs;
	f->sandbox = *sandbox_layers(job->box);
	r = machine_file_read(job->handle, job->arena, job->scratch, &f->machine, e);
	if (r >= 0)
		r = job_assemble(job, g, e);
	if (r >= 0 && g->tree)
		r = verdict_asked_of_root(f, job->arena, &f->asked, e);
	if (r >= 0 && g->tree)
		r = guest_read(g, e);
	/* Of a guest that was changed nobody asks it again. */
	if (r >= 0 && g->tree && !job->handle->was_read)
		r = given_collect(job, g, e);
	for (size_t i = 0; i < job->disks.n; i++) {
		f->read_calls +=
			job->disks.v[i].blocks ? job->disks.v[i].blocks->reads : 0;
		f->read_bytes +=
			job->disks.v[i].blocks ? job->disks.v[i].blocks->bytes : 0;
	}
	return r;
}

int job_new(struct paravet *p, struct sandbox *box, struct job *ret, struct err *e)
{
	*ret = (struct job){.handle = p, .box = box};
	ret->arena = arena_new(LIMIT_FACTS);
	ret->scratch = arena_new(LIMIT_SCRATCH);
	return ret->arena && ret->scratch ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

static void close_disk(struct job *job, size_t i)
{
	struct blocks *source = job->disks.v[i].blocks;

	if (i < job->cows.n) {
		source = cow_source(job->cows.v[i]);
		cow_free(job->cows.v[i]);
	}
	blocks_free(source);
}

void job_done(struct job *job)
{
	assembly_done(&job->assembly);
	for (size_t i = 0; i < job->disks.n; i++)
		close_disk(job, i);
	arena_free(job->scratch);
	arena_free(job->arena);
}

void job_failed(const struct err *why, struct strbuf *out)
{
	strbuf_char(out, 'E');
	strbuf_char(out, (char)('a' + (int)why->code));
	strbuf_str(out, why->text);
}

static int read_guest(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	_cleanup_(job_done) struct job job = {0};
	struct facts facts = {0};
	struct guest g;
	struct err why = ERR_INIT;
	int r = job_new(ctx, box, &job, e);

	if (r < 0)
		return r;
	r = job_collect(&job, &facts, &g, &why);
	/* This process has a copy of them, unless it is the caller's own. */
	if (job.handle->sandbox != PARAVET_SANDBOX_OFF)
		keys_wipe(job.handle);
	if (r < 0) {
		job_failed(&why, out);
		return 0;
	}
	strbuf_char(out, 'F');
	facts_to_json(&facts, out);
	return strbuf_ok(out)
		       ? 0
		       : err_set(e, ERR_LIMIT, "the facts of this guest are too large");
}

/* What is known of a guest whose reader died: its disks' names and the reason. */
static int facts_of_failure(struct paravet *p, struct err *why, struct err *e)
{
	struct guest g = {.arena = p->arena, .facts = &p->facts};
	struct source source = {.disk = p->root      ? p->root
					: p->disks.n ? p->disks.v[0].name
						     : p->machine};

	p->facts = (struct facts){.format = FACTS_FORMAT,
				  .program = "paravet " PARAVET_VERSION};
	for (size_t i = 0; i < p->disks.n; i++) {
		struct disk_fact d = {.name = p->disks.v[i].name,
				      .format = p->disks.v[i].format};

		if (!vec_push(p->arena, &p->facts.disks, d))
			return arena_full(p->arena, e);
	}
	return guest_problem(&g, "reader", source, why) < 0 ? arena_full(p->arena, e) : 0;
}

int job_result(const struct strbuf *result, struct slice *ret, struct err *e)
{
	struct slice s = slice_of(result->s, result->n);
	int kind = slice_at(s, 0), code = slice_at(s, 1) - 'a';

	if (kind == 'E' && code > 0 && code < ERR_CODE_COUNT &&
	    slice_sub(s, 2, s.n - 2, ret)) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(sizeof(e->text) * 4);

		/* An image may have taken the worker over: its words may hold anything.
		 */
		if (ret->n > sizeof(e->text))
			ret->n = sizeof(e->text);
		escape_again(&text, *ret);
		return err_set(e, (enum err_code)code, "%s", strbuf_text(&text));
	}
	if (kind != 'F' || !slice_sub(s, 1, s.n - 1, ret))
		return err_set(e, ERR_BUG, "the reader's answer makes no sense");
	return 0;
}

static int take_result(struct paravet *p, const struct strbuf *result, struct err *e)
{
	struct slice body;
	int r = job_result(result, &body, e);

	if (r < 0)
		return r;
	r = facts_from_json(body, p->arena, &p->facts, e);
	return r < 0 ? err_wrap(e, "the reader's answer") : 0;
}

enum sandbox_mode handle_sandbox(const struct paravet *p)
{
	static const enum sandbox_mode modes[] = {
		[PARAVET_SANDBOX_AUTO] = SANDBOX_AUTO,
		[PARAVET_SANDBOX_REQUIRE] = SANDBOX_REQUIRE,
		[PARAVET_SANDBOX_OFF] = SANDBOX_OFF,
	};

	return modes[p->sandbox];
}

/* Descriptors that the worker keeps: disks, modules and their neighbours, packages of
 * drivers, the machine's description, a list of symbols. */
struct kept {
	int fds[LIMIT_DISKS + 2 * LIMIT_LOADING_FILES + LIMIT_DRIVER_PACKAGES + 2];
	size_t n;
};

static void keep_fd(struct kept *k, int fd)
{
	if (fd >= 0 && k->n < ARRAY_LEN(k->fds))
		k->fds[k->n++] = fd;
}

int job_open_disks(struct paravet *p, struct err *e)
{
	for (size_t i = 0; i < p->disks.n; i++) {
		struct disk_input *d = &p->disks.v[i];

		if (d->remote)
			continue;
		d->fd = fcntl(d->prove_fd, F_DUPFD_CLOEXEC, 3);
		if (d->fd < 0)
			return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	}
	return 0;
}

int job_run(struct paravet *p, sandbox_job job, void *ctx, struct job_files files,
	    struct strbuf *result, struct err *e)
{
	int r;
	struct kept kept = {.n = 0};
	struct sandbox_options o = {
		.mode = handle_sandbox(p),
		.keep_fds = kept.fds,
		.dir_fd = p->root ? p->root_fd : -1,
		.memory = (uint64_t)WORKER_MEMORY_MIB * 1024 * 1024,
		.seconds = files.seconds ? files.seconds : WORKER_SECONDS,
		.result_max = LIMIT_FACTS_JSON,
		.broker = files_broker,
		.disk_broker = serving_broker,
		.broker_ctx = p,
		.outputs = files.list,
		.output_count = files.n,
	};

	/* A passphrase is made expensive on purpose. */
	if (files.keys && p->keys.n) {
		o.memory += LIMIT_LUKS_MEMORY;
		o.seconds += LIMIT_LUKS_SECONDS;
	}
	for (size_t i = 0; i < p->disks.n; i++)
		keep_fd(&kept, p->disks.v[i].fd);
	keep_fd(&kept, p->machine_fd);
	for (size_t i = 0; i < p->module_files.n; i++)
		keep_fd(&kept, p->module_files.v[i].fd);
	for (size_t i = 0; i < p->neighbours.n; i++)
		keep_fd(&kept, p->neighbours.v[i].fd);
	for (size_t i = 0; i < p->packages.n; i++)
		keep_fd(&kept, p->packages.v[i].fd);
	keep_fd(&kept, p->symvers.name ? p->symvers.fd : -1);
	o.keep_count = kept.n;
	keys_pass_on(p, files.keys);
	r = sandbox_run(&o, job, ctx, result, e);
	keys_pass_on(p, false);
	serving_end(p);
	return r;
}

int reading_run(struct paravet *p, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct err why = ERR_INIT;

	if (job_run(p, read_guest, p, (struct job_files){.keys = true}, &result, &why) >=
	    0)
		return take_result(p, &result, e);
	if (why.code == ERR_PROGRAM) { /* a layer that is required is missing */
		*e = why;
		return -(int)why.code;
	}
	return facts_of_failure(p, &why, e);
}
