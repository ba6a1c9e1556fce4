/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet kernel` for people: the name, the answer, then what the tables say of it. */
#include "worksheet_text.h"

#include <string.h>

#include "escape.h"
#include "write.h"

enum { LABEL = 18 };

/* A label, and a sentence that is broken between words behind the label's column. */
static void put_line(const struct writer *w, const char *label, const char *text)
{
	if (!*text)
		return;
	strbuf_printf(w->out, "  %-*s", LABEL - 2, label);
	write_wrapped(w, text, LABEL, LABEL);
}

static void put_headline(const struct writer *to, const struct worksheet *w)
{
	strbuf_printf(to->out, "%s: ", w->name);
	if (w->answer) {
		write_answer(to, answer_of_name(w->answer), 0);
		strbuf_printf(to->out, ", %s\n", w->support);
	} else {
		strbuf_printf(to->out, "%s\n", w->kind);
	}
}

static void put_release(const struct writer *to, const struct worksheet *w)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(1024);

	if (!w->release)
		return;
	strbuf_printf(&line, "%s%s%s", w->release,
		      w->release_inferred ? " (inferred)" : "",
		      w->update ? ", z-stream update" : "");
	if (*w->variant || w->arch)
		strbuf_printf(&line, ", %s", *w->variant ? w->variant : w->arch);
	put_line(to, "guest", strbuf_text(&line));
}

static void put_cells(const struct writer *to, const struct worksheet *w)
{
	for (size_t i = 0; i < w->cells.n; i++) {
		const struct worksheet_cell *c = &w->cells.v[i];
		_cleanup_strbuf_ struct strbuf label = STRBUF_INIT(64),
					       line = STRBUF_INIT(1024);

		strbuf_printf(&label, "Table %s", c->table);
		strbuf_printf(&line, "%s x %s: %s", c->row, c->column,
			      *c->cell ? c->cell : "(empty)");
		put_line(to, strbuf_text(&label), strbuf_text(&line));
	}
}

/* There is one of that name for each variant and processor. */
static void put_package(const struct writer *to, const struct worksheet *w)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(1024);

	if (!w->package)
		return;
	strbuf_str(&line, w->package);
	if (w->arch)
		strbuf_printf(&line, ", the one built for %s",
			      *w->variant ? w->variant : w->arch);
	put_line(to, "driver package", strbuf_text(&line));
}

void report_worksheet(const struct worksheet *w, const struct report_options *o,
		      struct strbuf *out)
{
	struct writer to = writer_of(o, out);

	put_headline(&to, w);
	put_release(&to, w);
	put_cells(&to, w);
	put_package(&to, w);
	if (w->drivers)
		put_line(&to, w->package ? "" : "drivers", w->drivers);
	if (w->host)
		put_line(&to, "host", w->host);
	if (w->host_problem)
		put_line(&to, "this host", w->host_problem);
	for (size_t i = 0; i < w->disputes.n; i++)
		put_line(&to, "disputed", w->disputes.v[i]);
	for (size_t i = 0; i < w->notes.n; i++)
		put_line(&to, "this host", w->notes.v[i]);
	for (size_t i = 0; i < w->remarks.n; i++)
		put_line(&to, "note", w->remarks.v[i]);
	if (!w->verified)
		put_line(&to, "unverified",
			 "the package's name, or the step, rests on a page that was not "
			 "at hand");
	for (size_t i = 0; o->verbose && i < w->cites.n; i++)
		put_line(&to, i ? "" : "sources", w->cites.v[i]);
}
