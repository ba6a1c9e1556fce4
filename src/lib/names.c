/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be said without a disk: kernels by their names, and the tables that are held.
 */
#include "handle.h"
#include "matrix.h"
#include "worksheet_text.h"

/* The platform whose published tables judge kernels by name. */
static const char chapter_id[] = "rhel5-xen";

static int load_one(struct paravet *p, const char *id, struct platform **ret)
{
	platform_list loaded = {0};
	strs ids = {0};
	int r;

	if (!vec_push(p->arena, &ids, id))
		return arena_full(p->arena, &p->error);
	r = platform_load_dir(handle_platform_dir(p), &ids, p->arena, &loaded, &p->error);
	if (r >= 0)
		*ret = loaded.v[0];
	return r;
}

static int judge_name(struct paravet *p, const char *name)
{
	struct kernel_id id;
	struct worksheet *w;
	int r = 0;

	if (!p->chapter)
		r = load_one(p, chapter_id, &p->chapter);
	if (r >= 0)
		r = kernel_id_parse(slice_str(name), p->arena, &id, &p->error);
	if (r < 0)
		return r;
	w = vec_add(p->arena, &p->kernels);
	if (!w)
		return arena_full(p->arena, &p->error);
	r = worksheet_judge(&id, name, p->chapter, p->host, p->arena, w, &p->error);
	if (r < 0)
		p->kernels.n--;
	return r;
}

int paravet_add_kernel(struct paravet *p, const char *name)
{
	err_clear(&p->error);
	judge_name(p, name);
	return handle_status(p);
}

const char *paravet_kernels(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR,
					 .verbose = flags & PARAVET_VERBOSE};

	handle_start_document(p);
	if (format == PARAVET_JSON)
		worksheets_to_json(chapter_id, &p->kernels, &p->document);
	for (size_t i = 0; format != PARAVET_JSON && i < p->kernels.n; i++)
		report_worksheet(&p->kernels.v[i], &options, &p->document);
	return handle_finish_document(p);
}

int paravet_kernels_answer(const struct paravet *p)
{
	int worst = -1;

	for (size_t i = 0; i < p->kernels.n; i++) {
		static const enum answer order[] = {ANSWER_READY, ANSWER_FIXABLE,
						    ANSWER_BLOCKED, ANSWER_UNKNOWN};

		for (int status = 0; status < (int)ARRAY_LEN(order); status++)
			if (p->kernels.v[i].answer && status > worst &&
			    strcmp(p->kernels.v[i].answer, answer_name(order[status])) ==
				    0)
				worst = status;
	}
	return worst < 0 ? PARAVET_UNKNOWN : worst;
}

static const enum matrix_form forms[] = {
	[PARAVET_TEXT] = MATRIX_TEXT,         [PARAVET_JSON] = MATRIX_JSON,
	[PARAVET_MARKDOWN] = MATRIX_MARKDOWN, [PARAVET_HTML] = MATRIX_HTML,
	[PARAVET_SCRIPT] = MATRIX_TEXT,
};

static int build_matrix(struct paravet *p, const char *platform, struct matrix *ret)
{
	struct platform *one = NULL;
	platform_list all = {0};
	int r;

	if (platform) {
		r = load_one(p, platform, &one);
		return r >= 0 ? matrix_build(one, p->arena, ret, &p->error) : r;
	}
	r = platform_load_dir(handle_platform_dir(p), NULL, p->arena, &all, &p->error);
	return r >= 0 ? matrix_list(&all, p->arena, ret, &p->error) : r;
}

const char *paravet_matrix(struct paravet *p, const char *platform,
			   enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR};
	struct matrix m;

	handle_start_document(p);
	if (build_matrix(p, platform, &m) < 0)
		return NULL;
	matrix_write(&m, forms[format], &options, &p->document);
	return handle_finish_document(p);
}
