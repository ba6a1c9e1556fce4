/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The public interface: each call checks its place in the order of calls and hands on. */
#include "paravet/paravet.h"

#include <sys/utsname.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "text.h"

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

int paravet_set_platform_dir(struct paravet *p, const char *dir)
{
	err_clear(&p->error);
	p->platform_dir = dir ? arena_strdup(p->arena, dir) : NULL;
	if (dir && !p->platform_dir)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

/* Splits "xen,kvm:virtio-scsi" into platforms and the alternatives taken of them. */
static int split_platforms(struct paravet *p, const char *list, strs *ret_ids,
			   strs *ret_choices)
{
	struct slice rest = slice_str(list);
	bool more = true;

	while (more) {
		struct slice item = rest, choice = SLICE_NONE;
		const char *id;

		more = text_split(rest, ',', &item, &rest);
		text_split(item, ':', &item, &choice);
		id = arena_strndup(p->arena, text_trim(item));
		if (!id ||
		    !vec_push(p->arena, ret_choices, arena_strndup(p->arena, choice)))
			return arena_full(p->arena, &p->error);
		if (!*id)
			return err_set(&p->error, ERR_USAGE,
				       "a name is missing among the platforms '%s'",
				       escape_short(slice_str(list)).text);
		if (strs_has(ret_ids, id))
			return err_set(&p->error, ERR_USAGE, "platform %s is named twice",
				       escape_short(slice_str(id)).text);
		if (!vec_push(p->arena, ret_ids, id))
			return arena_full(p->arena, &p->error);
	}
	return 0;
}

static bool has_choice(const struct platform *platform, const char *id)
{
	for (size_t i = 0; i < platform->devices.n; i++)
		for (size_t j = 0; j < platform->devices.v[i].choices.n; j++)
			if (strcmp(platform->devices.v[i].choices.v[j].id, id) == 0)
				return true;
	return false;
}

static int name_choices(struct paravet *p, const struct platform *platform,
			const char *wrong)
{
	_cleanup_strbuf_ struct strbuf known = STRBUF_INIT(600);
	strs told = {0};

	for (size_t i = 0; i < platform->devices.n; i++)
		for (size_t j = 0; j < platform->devices.v[i].choices.n; j++) {
			const char *id = platform->devices.v[i].choices.v[j].id;

			if (strs_has(&told, id))
				continue; /* as the boot disk and as another */
			if (!vec_push(p->arena, &told, id))
				return arena_full(p->arena, &p->error);
			strbuf_printf(&known, "%s %s", told.n > 1 ? "," : "", id);
		}
	return err_set(&p->error, ERR_USAGE, "%s has no alternative %s; it has:%s",
		       platform->id, escape_short(slice_str(wrong)).text,
		       strbuf_text(&known));
}

static int add_platform(struct paravet *p, struct platform *platform, const char *choice)
{
	struct asked_platform asked = {.platform = platform};

	if (!platform_reads_disks(platform))
		return err_set(&p->error, ERR_USAGE,
			       "%s is judged by the name of a kernel, not by disks: try "
			       "paravet kernel NAME",
			       platform->id);
	if (choice && *choice) {
		if (!has_choice(platform, choice))
			return name_choices(p, platform, choice);
		if (!vec_push(p->arena, &asked.options.choices, choice))
			return arena_full(p->arena, &p->error);
	}
	return vec_push(p->arena, &p->platforms, asked) ? 0
							: arena_full(p->arena, &p->error);
}

const char *handle_platform_dir(const struct paravet *p)
{
	return p->platform_dir ? p->platform_dir : platform_default_dir();
}

static int load_platforms(struct paravet *p, const char *list)
{
	const char *dir = handle_platform_dir(p);
	bool all = !list || strcmp(list, "all") == 0;
	strs ids = {0}, choices = {0};
	platform_list loaded = {0};
	int r = all ? 0 : split_platforms(p, list, &ids, &choices);

	p->all_platforms = all;

	if (r >= 0)
		r = platform_load_dir(dir, &ids, p->arena, &loaded, &p->error);
	for (size_t i = 0; r >= 0 && i < loaded.n; i++)
		if (!all || platform_reads_disks(loaded.v[i]))
			r = add_platform(p, loaded.v[i], all ? NULL : choices.v[i]);
	if (r >= 0)
		r = verdict_asked_modules(&loaded, p->arena, &p->asked, &p->error);
	if (r >= 0)
		r = platform_asked_options(&loaded, p->arena, &p->asked_configs,
					   &p->error);
	return r;
}

int paravet_set_platforms(struct paravet *p, const char *platforms)
{
	err_clear(&p->error);
	if (p->platforms.n)
		return handle_misuse(p, "platforms are set once");
	load_platforms(p, platforms);
	return handle_status(p);
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
	if (!p->host_text)
		return arena_full(p->arena, &p->error);
	p->host = host;
	return 0;
}

int paravet_set_host(struct paravet *p, const char *host)
{
	err_clear(&p->error);
	p->host = NULL;
	p->host_text = NULL;
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
	if (p->platforms.n == 0 && load_platforms(p, NULL) < 0)
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

static struct report_options options_of(unsigned flags)
{
	return (struct report_options){
		.color = flags & PARAVET_COLOR,
		.verbose = flags & PARAVET_VERBOSE,
	};
}

const char *paravet_facts(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = options_of(flags);

	handle_start_document(p);
	if (!p->was_read) {
		handle_misuse(p, "nothing was read yet");
		return NULL;
	}
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
		r = load_platforms(p, NULL);
	p->verdicts = (verdict_list){0};
	for (size_t i = 0; r >= 0 && i < p->platforms.n; i++) {
		struct verdict *v;

		if (p->all_platforms &&
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
	struct report_options options = options_of(flags);

	handle_start_document(p);
	if (!p->was_judged) {
		handle_misuse(p, "nothing was judged yet");
		return NULL;
	}
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
