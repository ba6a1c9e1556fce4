/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet kernel` for people: the name, the answer, then what the tables say of it. */
#include "worksheet_text.h"

#include <string.h>

#include "escape.h"
#include "text.h"

enum { LABEL = 18, WIDTH = 80 };

/* A label and a sentence, broken between words behind the label's column. */
static void put_line(struct strbuf *out, const char *label, const char *text)
{
	struct slice rest = slice_str(text), word;
	size_t column;

	if (!*text)
		return;
	strbuf_printf(out, "  %-*s", LABEL - 2, label);
	column = LABEL;
	for (bool first = true; text_word(&rest, &word); first = false) {
		if (!first && column + 1 + word.n > WIDTH) {
			strbuf_printf(out, "\n%*s", LABEL, "");
			column = LABEL;
		} else if (!first) {
			strbuf_char(out, ' ');
			column++;
		}
		escape_text(out, word);
		column += word.n;
	}
	strbuf_char(out, '\n');
}

static const char *color_of(const char *answer)
{
	static const struct {
		const char *word, *code;
	} colors[] = {{"ready", "32"}, {"fixable", "33"}, {"blocked", "31"}};

	for (size_t i = 0; i < ARRAY_LEN(colors); i++)
		if (strcmp(colors[i].word, answer) == 0)
			return colors[i].code;
	return "34";
}

static void put_headline(struct strbuf *out, const struct worksheet *w,
			 const struct report_options *o)
{
	strbuf_str(out, w->name);
	if (!w->answer)
		strbuf_printf(out, ": %s", w->kind);
	else if (o->color)
		strbuf_printf(out, ": \033[%sm%s\033[0m, %s", color_of(w->answer), w->answer,
			      w->support);
	else
		strbuf_printf(out, ": %s, %s", w->answer, w->support);
	strbuf_char(out, '\n');
}

static void put_release(struct strbuf *out, const struct worksheet *w)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(1024);

	if (!w->release)
		return;
	strbuf_printf(&line, "%s%s%s", w->release, w->release_inferred ? " (inferred)" : "",
		      w->update ? ", z-stream update" : "");
	if (*w->variant || w->arch)
		strbuf_printf(&line, ", %s", *w->variant ? w->variant : w->arch);
	put_line(out, "guest", strbuf_text(&line));
}

static void put_cells(struct strbuf *out, const struct worksheet *w)
{
	for (size_t i = 0; i < w->cells.n; i++) {
		const struct worksheet_cell *c = &w->cells.v[i];
		_cleanup_strbuf_ struct strbuf label = STRBUF_INIT(64), line = STRBUF_INIT(1024);

		strbuf_printf(&label, "Table %s", c->table);
		strbuf_printf(&line, "%s x %s: %s", c->row, c->column,
			      *c->cell ? c->cell : "(empty)");
		put_line(out, strbuf_text(&label), strbuf_text(&line));
	}
}

void report_worksheet(const struct worksheet *w, const struct report_options *o,
		      struct strbuf *out)
{
	put_headline(out, w, o);
	put_release(out, w);
	put_cells(out, w);
	if (w->package)
		put_line(out, "driver package", w->package);
	if (w->drivers)
		put_line(out, w->package ? "" : "drivers", w->drivers);
	if (w->host)
		put_line(out, "host", w->host);
	if (w->host_problem)
		put_line(out, "this host", w->host_problem);
	for (size_t i = 0; i < w->disputes.n; i++)
		put_line(out, "disputed", w->disputes.v[i]);
	for (size_t i = 0; i < w->remarks.n; i++)
		put_line(out, "note", w->remarks.v[i]);
	if (!w->verified)
		put_line(out, "unverified", "the package's name, or the step, is from memory of the "
					    "guide: its page was not at hand");
	for (size_t i = 0; o->verbose && i < w->cites.n; i++)
		put_line(out, i ? "" : "sources", w->cites.v[i]);
}
