/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet module` for people: the answer with its reason, then what was compared. */
#include "module_text.h"

#include <string.h>

#include "escape.h"
#include "write.h"

enum { MARK = 10, LABEL = 30, DETAILS = 5 };

static void put_answer(const struct writer *w, const struct module_verdict *v)
{
	static const char *const answers[] = {
		[MODULE_LOADS] = "loads",
		[MODULE_REFUSED] = "is refused",
		[MODULE_UNKNOWN] = "cannot be known",
	};
	static const char *const colors[] = {[MODULE_LOADS] = "\033[32m",
					     [MODULE_REFUSED] = "\033[31m",
					     [MODULE_UNKNOWN] = "\033[34m"};
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(8192);

	strbuf_printf(&line, "%s: %s%s%s", v->file, w->color ? colors[v->answer] : "",
		      answers[v->answer], w->color ? "\033[0m" : "");
	strbuf_printf(&line, " (kernel %s%s)", v->kernel ? v->kernel : "not known",
		      v->is_default ? ", the default" : "");
	if (v->reason)
		strbuf_printf(&line, ": %s", v->reason);
	write_wrapped(w, strbuf_text(&line), 0, 2);
}

/* The sentence of a link may be one of its details. */
static void put_detail(const struct writer *w, const struct module_link *l, size_t i)
{
	if (strcmp(l->details.v[i], l->text) == 0)
		return;
	strbuf_printf(w->out, "%*s", LABEL + 2, "");
	write_wrapped(w, l->details.v[i], LABEL + 2, LABEL + 4);
}

static void put_link(const struct writer *w, const struct module_link *l, bool all)
{
	static const char *const marks[] = {"ok", "refused", "unknown"};
	size_t shown = l->details.n;

	strbuf_str(w->out, "  ");
	write_padded(w, marks[l->state], MARK - 2);
	write_padded(w, l->name, LABEL - MARK - 2);
	strbuf_str(w->out, "  ");
	write_wrapped(w, l->text, LABEL, LABEL);
	if (!all)
		shown = l->state == MODULE_LOADS ? 0 : shown < DETAILS ? shown : DETAILS;
	for (size_t i = 0; i < shown; i++)
		put_detail(w, l, i);
	if (shown < l->details.n && shown)
		strbuf_printf(w->out, "%*s(-v shows more)\n", LABEL + 2, "");
}

static void put_sentence(const struct writer *w, const char *label, const char *text)
{
	strbuf_str(w->out, "  ");
	write_padded(w, label, MARK - 2);
	write_wrapped(w, text, MARK, MARK);
}

static void put_read(const struct writer *w, const struct module_verdict *v)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(8192);

	for (size_t i = 0; i < v->read.n; i++)
		strbuf_printf(&line, "%s%s", i ? ", " : "", v->read.v[i]);
	if (v->read.n)
		put_sentence(w, "learnt", strbuf_text(&line));
}

static void put_problem(const struct writer *w, const struct problem_fact *p)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(8192);

	if (source_text(&p->source, &line))
		strbuf_str(&line, ": ");
	escape_text(&line, slice_str(p->text ? p->text : ""));
	put_sentence(w, "note", strbuf_text(&line));
}

/* What was found out about the modules and kernels themselves is always told. */
static bool is_told(const struct problem_fact *p)
{
	return p->about && p->code && strcmp(p->about, "modules") == 0 &&
	       strcmp(p->code, "remark") == 0;
}

void report_modules(const struct loadings *l, const module_verdicts *list,
		    const struct report_options *options, struct strbuf *out)
{
	struct writer w = writer_of(options, out);

	if (list->n == 0)
		strbuf_str(out, "cannot be known: no kernel was found\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct module_verdict *v = &list->v[i];

		put_answer(&w, v);
		for (size_t k = 0; k < v->links.n; k++)
			put_link(&w, &v->links.v[k], options->verbose);
		if (v->remedy)
			put_sentence(&w, "do", v->remedy);
		for (size_t k = 0; k < v->remarks.n; k++)
			put_sentence(&w, "note", v->remarks.v[k]);
		if (options->verbose)
			put_read(&w, v);
	}
	for (size_t i = 0; i < l->problems.n; i++)
		if (options->verbose || list->n == 0 || is_told(&l->problems.v[i]))
			put_problem(&w, &l->problems.v[i]);
}
