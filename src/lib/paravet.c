/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface: each call checks its place in the order of calls and hands on. */
#include "paravet/paravet.h"

#include <sys/utsname.h>

#include "handle.h"
#include "limits.h"

struct paravet *paravet_new(void)
{
	struct arena *arena = arena_new(LIMIT_HANDLE);
	struct paravet *p = arena ? arena_new_of(arena, struct paravet) : NULL;

	if (!p) {
		arena_free(arena);
		return NULL;
	}
	p->arena = arena;
	p->root_fd = -1;
	p->machine_fd = -1;
	p->log_dir = -1;
	p->xen_host = (struct xen_lab){-1, -1, -1, -1};
	p->symvers.fd = -1;
	p->document = (struct strbuf)STRBUF_INIT(LIMIT_FACTS_JSON);
	return p;
}

static void close_files(host_files *list)
{
	for (size_t i = 0; i < list->n; i++) {
		cleanup_close(&list->v[i].fd);
		list->v[i].fd = -1;
	}
}

void handle_close_inputs(struct paravet *p)
{
	close_files(&p->module_files);
	close_files(&p->neighbours);
	cleanup_close(&p->symvers.fd);
	p->symvers.fd = -1;
	for (size_t i = 0; i < p->disks.n; i++) {
		cleanup_close(&p->disks.v[i].fd);
		p->disks.v[i].fd = -1;
	}
	cleanup_close(&p->root_fd);
	p->root_fd = -1;
	cleanup_close(&p->machine_fd);
	p->machine_fd = -1;
}

void paravet_free(struct paravet *p)
{
	if (!p)
		return;
	keys_wipe(p);
	handle_close_inputs(p);
	close_files(&p->packages);
	proving_close(p);
	serving_end(p);
	strbuf_done(&p->document);
	arena_free(p->arena); /* the handle itself lies in it */
}

const char *paravet_error(const struct paravet *p)
{
	return p->error.text;
}

int handle_status(const struct paravet *p)
{
	static const int status[ERR_CODE_COUNT] = {
		[ERR_NONE] = PARAVET_OK,
		[ERR_NOMEM] = PARAVET_INTERNAL,
		[ERR_IO] = PARAVET_NO_INPUT,
		[ERR_CORRUPT] = PARAVET_BAD_DATA,
		[ERR_UNSUPPORTED] = PARAVET_BAD_DATA,
		[ERR_ABSENT] = PARAVET_NO_INPUT,
		[ERR_AMBIGUOUS] = PARAVET_BAD_DATA,
		[ERR_LIMIT] = PARAVET_BAD_DATA,
		[ERR_REFUSED] = PARAVET_NO_INPUT,
		[ERR_USAGE] = PARAVET_USAGE,
		[ERR_PROGRAM] = PARAVET_UNAVAILABLE,
		[ERR_BUG] = PARAVET_INTERNAL,
	};

	return status[p->error.code];
}

int paravet_error_code(const struct paravet *p)
{
	return handle_status(p);
}

int handle_misuse(struct paravet *p, const char *sentence)
{
	err_set(&p->error, ERR_USAGE, "%s", sentence);
	return handle_status(p);
}

int paravet_add_disk(struct paravet *p, const char *path, const char *format)
{
	err_clear(&p->error);
	if (p->root)
		return handle_misuse(p, "disks and a root directory exclude each other");
	if (p->finding ||
	    (finding_is_description(path, format) && (p->machine || p->disks.n)))
		return handle_misuse(p, "a description that finds its disks is named "
					"alone: name either it, or disks and --machine");
	if (finding_is_description(path, format))
		finding_set(p, path, format, &p->error);
	else
		files_open_disk(p, path, format, &p->error);
	return handle_status(p);
}

int paravet_set_root(struct paravet *p, const char *dir)
{
	err_clear(&p->error);
	if (p->root || p->disks.n)
		return handle_misuse(
			p, p->root ? "one root directory at a time"
				   : "disks and a root directory exclude each other");
	files_open_root(p, dir, &p->error);
	return handle_status(p);
}

int paravet_set_machine(struct paravet *p, const char *path)
{
	err_clear(&p->error);
	if (p->machine)
		return handle_misuse(p, "one description of the machine at a time");
	files_open_machine(p, path, &p->error);
	return handle_status(p);
}

int paravet_set_os(struct paravet *p, const char *os)
{
	err_clear(&p->error);
	p->wanted_os = arena_strdup(p->arena, os);
	if (!p->wanted_os)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

void paravet_set_backing(struct paravet *p, enum paravet_backing policy)
{
	p->backing = policy;
}

void paravet_set_sandbox(struct paravet *p, enum paravet_sandbox mode)
{
	p->sandbox = mode;
}

void paravet_set_complete(struct paravet *p, int complete)
{
	p->complete = complete != 0;
}

static int set_host(struct paravet *p, const char *text)
{
	struct host *host = arena_new_of(p->arena, struct host);
	struct utsname machine;
	int r;

	if (!host)
		return arena_full(p->arena, &p->error);
	if (strcmp(text, "auto") == 0)
		r = host_auto("/", uname(&machine) == 0 ? machine.machine : "", p->arena,
			      host, &p->error);
	else
		r = host_parse(text, p->arena, host, &p->error);
	if (r < 0)
		return r;
	p->host_text = host_text(host, p->arena);
	p->host_word = arena_strdup(p->arena, text);
	if (!p->host_text || !p->host_word)
		return arena_full(p->arena, &p->error);
	p->host = host;
	return 0;
}

int paravet_set_host(struct paravet *p, const char *host)
{
	err_clear(&p->error);
	p->host = NULL;
	p->host_text = NULL;
	p->host_word = NULL;
	if (host)
		set_host(p, host);
	return handle_status(p);
}

const char *paravet_host(const struct paravet *p)
{
	return p->host_text;
}

int paravet_read(struct paravet *p)
{
	err_clear(&p->error);
	if (p->was_read)
		return handle_misuse(p, "a handle reads one guest once");
	if (!p->root && !p->machine && p->disks.n == 0)
		return handle_misuse(p, "no disk was named");
	if (p->platforms.n == 0 && handle_load_platforms(p, NULL) < 0)
		return handle_status(p);
	if (finding_run(p, &p->error) < 0)
		return handle_status(p);
	if (p->machine_output && machine_file_keep(p, &p->error) < 0)
		return handle_status(p);
	if (proving_keep_disks(p, &p->error) >= 0 && reading_run(p, &p->error) >= 0)
		p->was_read = true;
	handle_close_inputs(p);
	return handle_status(p);
}

int paravet_read_facts(struct paravet *p, const char *json, size_t length)
{
	err_clear(&p->error);
	if (p->was_read)
		return handle_misuse(p, "a handle reads one guest once");
	if (facts_from_json(slice_of(json, length), p->arena, &p->facts, &p->error) >= 0)
		p->was_read = true;
	return handle_status(p);
}

void handle_start_document(struct paravet *p)
{
	err_clear(&p->error);
	strbuf_done(&p->document);
}

const char *handle_finish_document(struct paravet *p)
{
	if (strbuf_ok(&p->document))
		return strbuf_text(&p->document);
	err_set(&p->error, ERR_LIMIT, "the document is too large");
	return NULL;
}

const char *paravet_facts(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options;

	handle_start_document(p);
	if (!p->was_read) {
		handle_misuse(p, "nothing was read yet");
		return NULL;
	}
	if (handle_report_options(p, flags, &options) < 0)
		return NULL;
	if (format == PARAVET_JSON)
		facts_to_json(&p->facts, &p->document);
	else
		report_facts(&p->facts, &options, &p->document);
	return handle_finish_document(p);
}

int paravet_judge(struct paravet *p)
{
	int r = 0;

	err_clear(&p->error);
	if (!p->was_read)
		return handle_misuse(p, "nothing was read yet");
	if (p->platforms.n == 0)
		r = handle_load_platforms(p, NULL);
	p->verdicts = (verdict_list){0};
	for (size_t i = 0; r >= 0 && i < p->platforms.n; i++) {
		struct verdict *v;

		if (!p->platforms.v[i].named &&
		    !verdict_applies(&p->facts, p->platforms.v[i].platform))
			continue;
		v = vec_add(p->arena, &p->verdicts);
		p->platforms.v[i].options.host = p->host;
		p->platforms.v[i].options.direct = p->direct;
		r = v ? verdict_judge(&p->facts, p->platforms.v[i].platform,
				      &p->platforms.v[i].options, p->arena, v, &p->error)
		      : arena_full(p->arena, &p->error);
	}
	p->was_judged = r >= 0;
	return handle_status(p);
}

int paravet_answer(const struct paravet *p)
{
	return p->was_judged ? verdict_exit_status(&p->verdicts) : PARAVET_UNKNOWN;
}

const char *paravet_report(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options;

	handle_start_document(p);
	if (!p->was_judged) {
		handle_misuse(p, "nothing was judged yet");
		return NULL;
	}
	if (handle_report_options(p, flags, &options) < 0)
		return NULL;
	if (format == PARAVET_JSON)
		verdict_to_json(&p->facts, &p->verdicts, &p->document);
	else
		report_text(&p->facts, &p->verdicts, &options, &p->document);
	return handle_finish_document(p);
}

const char *paravet_version(void)
{
	return PARAVET_VERSION;
}
