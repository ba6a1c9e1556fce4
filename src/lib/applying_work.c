/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One worker that does an order: what it may write to, how long, and what it answers. */
#include "applying.h"

#include "change.h"
#include "text.h"

/* What the first worker may take: an initramfs that has to be packed anew with the best
 * compression takes a minute each time it is tried. */
enum { REHEARSE_SECONDS = 900 };

/* For what the first worker did, and writing it: a copy of a large disk
 * takes long, and the clock may show four times as much. */
enum { COMMIT_SECONDS = 3600 };

static void close_scratch(struct change_order *o)
{
	for (size_t i = 0; i < o->handle->disks.n; i++) {
		cleanup_close(&o->scratch[i]);
		o->scratch[i] = -1;
	}
}

/* What the worker may write to, the scratch files first. */
struct writable {
	struct sandbox_scratch list[2 * LIMIT_DISKS + 1];
	size_t n;
};

static void add_writable(struct writable *w, int fd, uint64_t max)
{
	if (fd >= 0)
		w->list[w->n++] = (struct sandbox_scratch){fd, max};
}

static int open_scratch(struct change_order *o, struct writable *w, struct err *e)
{
	uint64_t size, memory;
	int r = cow_needs(LIMIT_CHANGED, &size, &memory, e);

	for (size_t i = 0; r >= 0 && i < o->handle->disks.n; i++) {
		r = cow_scratch(NULL, &o->scratch[i], e);
		if (r >= 0)
			add_writable(w, o->scratch[i], size);
	}
	return r;
}

static int take_answer(struct paravet *p, const struct strbuf *result,
		       struct changes *ret, struct slice *ret_facts, struct err *e)
{
	struct slice body;
	int r = job_result(result, &body, e);

	if (r < 0)
		return r;
	*ret_facts = SLICE_NONE;
	text_split(body, '\n', &body, ret_facts);
	r = changes_from_json(body, p->arena, ret, e);
	return r < 0 ? err_wrap(e, "the worker's answer") : 0;
}

static int run_worker(struct change_order *o, struct strbuf *result, struct err *e)
{
	struct writable w = {.n = 0};
	struct paravet *p = o->handle;
	struct job_files files;
	int r;

	for (size_t i = 0; i < p->disks.n; i++)
		o->scratch[i] = -1;
	r = open_scratch(o, &w, e);
	for (size_t i = 0; i < o->n; i++)
		add_writable(&w, o->sinks[i].output, INT64_MAX);
	add_writable(&w, o->record, INT64_MAX);
	files = (struct job_files){w.list, w.n,
				   o->sink ? COMMIT_SECONDS : REHEARSE_SECONDS, true};
	if (r >= 0)
		r = job_open_disks(p, e);
	if (r >= 0)
		r = job_run(p, change_job, o, files, result, e);
	handle_close_inputs(p);
	close_scratch(o);
	return r;
}

int applying_work(struct change_order *o, struct strbuf *result, struct changes *ret,
		  struct slice *ret_facts, struct err *e)
{
	int r = run_worker(o, result, e);

	return r < 0 ? r : take_answer(o->handle, result, ret, ret_facts, e);
}
