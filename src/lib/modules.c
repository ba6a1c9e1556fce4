/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Would a module file load? The files are opened here and parsed by the worker. */
#include <string.h>

#include "escape.h"
#include "job.h"
#include "limits.h"
#include "loading_read.h"
#include "module_text.h"

static int open_files(struct job *job, host_files *from, loading_files *to, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		struct loading_file *f = vec_add(job->arena, to);
		int r;

		if (!f)
			return arena_full(job->arena, e);
		f->name = from->v[i].name;
		r = blocks_raw(from->v[i].fd, &f->blocks, e);
		if (r < 0)
			return err_wrap(e, "%s", escape_short(slice_str(f->name)).text);
		from->v[i].fd = -1;
	}
	return 0;
}

static int open_symvers(struct paravet *p, struct loading_file *to, struct err *e)
{
	int r;

	if (!p->symvers.name)
		return 0;
	to->name = p->symvers.name;
	r = blocks_raw(p->symvers.fd, &to->blocks, e);
	if (r >= 0)
		p->symvers.fd = -1;
	return r;
}

static void input_done(struct loading_input *in)
{
	for (size_t i = 0; i < in->modules.n; i++)
		blocks_free(in->modules.v[i].blocks);
	for (size_t i = 0; i < in->neighbours.n; i++)
		blocks_free(in->neighbours.v[i].blocks);
	blocks_free(in->symvers.blocks);
}

static int collect(struct job *job, struct loadings *l, struct err *e)
{
	struct paravet *p = job->handle;
	_cleanup_(input_done) struct loading_input in = {.release = p->kernel_release};
	struct facts facts = {0};
	struct guest g = {.arena = job->arena, .scratch = job->scratch, .facts = &facts};
	int r = open_files(job, &p->module_files, &in.modules, e);

	if (r >= 0)
		r = open_files(job, &p->neighbours, &in.neighbours, e);
	if (r >= 0)
		r = open_symvers(p, &in.symvers, e);
	if (r >= 0 && (p->root || p->disks.n)) {
		r = job_assemble(job, &g, e);
		if (r >= 0 && g.tree)
			r = guest_read_kernels(&g, e);
	}
	if (r >= 0)
		r = loading_read(&g, &in, l, e);
	l->format = LOADINGS_FORMAT;
	l->program = "paravet " PARAVET_VERSION;
	l->sandbox = *sandbox_layers(job->box);
	for (size_t i = 0; r >= 0 && i < facts.problems.n; i++)
		if (!vec_push(job->arena, &l->problems, facts.problems.v[i]))
			r = arena_full(job->arena, e);
	return r;
}

static int read_loadings(void *ctx, struct sandbox *box, struct strbuf *out,
			 struct err *e)
{
	_cleanup_(job_done) struct job job = {0};
	struct loadings loadings = {0};
	struct err why = ERR_INIT;
	int r = job_new(ctx, box, &job, e);

	if (r < 0)
		return r;
	if (collect(&job, &loadings, &why) < 0) {
		job_failed(&why, out);
		return 0;
	}
	strbuf_char(out, 'F');
	loadings_to_json(&loadings, out);
	return strbuf_ok(out) ? 0 : err_set(e, ERR_LIMIT, "what was found is too large");
}

/* The reader died: nothing is known, and that is all. */
static int loadings_of_failure(struct paravet *p, struct err *why, struct err *e)
{
	struct problem_fact problem = {.about = "reader",
				       .code = err_code_name(why->code)};

	p->loadings = (struct loadings){.format = LOADINGS_FORMAT,
					.program = "paravet " PARAVET_VERSION};
	problem.text = arena_strdup(p->arena, why->text);
	return problem.text && vec_push(p->arena, &p->loadings.problems, problem)
		       ? 0
		       : arena_full(p->arena, e);
}

static int load(struct paravet *p, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct err why = ERR_INIT;
	struct slice body;
	int r = finding_run(p, e);

	if (r < 0)
		return r;
	r = job_run(p, read_loadings, p, (struct job_files){.keys = true}, &result, &why);
	if (r < 0 && p->sandbox == PARAVET_SANDBOX_REQUIRE &&
	    why.code == ERR_UNSUPPORTED) {
		*e = why;
		return r;
	}
	if (r < 0)
		return loadings_of_failure(p, &why, e);
	r = job_result(&result, &body, e);
	if (r < 0)
		return r;
	r = loadings_from_json(body, p->arena, &p->loadings, e);
	return r < 0 ? err_wrap(e, "the reader's answer") : 0;
}

static int add_file(struct paravet *p, host_files *list, const char *path)
{
	struct host_file f = {.fd = -1};

	err_clear(&p->error);
	if (p->was_read || p->were_loaded)
		return handle_misuse(p, "a handle reads one guest once");
	if (list->n == LIMIT_LOADING_FILES)
		return handle_misuse(p, "too many module files at once");
	if (files_open_plain(p, path, &f, &p->error) >= 0 &&
	    !vec_push(p->arena, list, f)) {
		cleanup_close(&f.fd);
		arena_full(p->arena, &p->error);
	}
	return handle_status(p);
}

int paravet_add_module(struct paravet *p, const char *path)
{
	return add_file(p, &p->module_files, path);
}

int paravet_add_neighbour(struct paravet *p, const char *path)
{
	return add_file(p, &p->neighbours, path);
}

int paravet_set_symvers(struct paravet *p, const char *path)
{
	err_clear(&p->error);
	if (p->symvers.name)
		return handle_misuse(p, "one list of symbols at a time");
	files_open_plain(p, path, &p->symvers, &p->error);
	return handle_status(p);
}

int paravet_set_kernel(struct paravet *p, const char *release)
{
	err_clear(&p->error);
	p->kernel_release = release ? arena_strdup(p->arena, release) : NULL;
	if (release && !p->kernel_release)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

int paravet_read_modules(struct paravet *p)
{
	int r;

	err_clear(&p->error);
	if (p->was_read || p->were_loaded)
		return handle_misuse(p, "a handle reads one guest once");
	if (p->module_files.n == 0)
		return handle_misuse(p, "no module was named");
	if (!p->root && !p->finding && p->disks.n == 0 && !p->symvers.name &&
	    p->neighbours.n == 0)
		return handle_misuse(p, "no kernel was named: a disk, a root directory, "
					"or a Module.symvers");
	r = load(p, &p->error);
	if (r >= 0)
		r = module_judge(&p->loadings, p->arena, &p->modules, &p->error);
	p->were_loaded = r >= 0;
	handle_close_inputs(p);
	return handle_status(p);
}

const char *paravet_modules(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR,
					 .verbose = flags & PARAVET_VERBOSE};

	handle_start_document(p);
	if (!p->were_loaded) {
		handle_misuse(p, "no module was read yet");
		return NULL;
	}
	if (format == PARAVET_JSON)
		module_to_json(&p->loadings, &p->modules, &p->document);
	else
		report_modules(&p->loadings, &p->modules, &options, &p->document);
	return handle_finish_document(p);
}

int paravet_modules_answer(const struct paravet *p)
{
	static const int answers[MODULE_ANSWER_COUNT] = {
		[MODULE_LOADS] = PARAVET_READY,
		[MODULE_REFUSED] = PARAVET_BLOCKED,
		[MODULE_UNKNOWN] = PARAVET_UNKNOWN,
	};

	return answers[p->were_loaded ? module_answer_of(&p->modules) : MODULE_UNKNOWN];
}
