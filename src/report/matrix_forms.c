/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four forms of a matrix. Platform files are the user's own, but are escaped all the
 * same. */
#include "matrix.h"

#include "escape.h"
#include "record.h"
#include "write.h"

/* Columns of plain text: the last one takes what is left of the line and is wrapped. */
enum { GAP = 2, COLUMN_MAX = 34 };

static size_t width_of(const struct matrix_table *t, size_t column)
{
	size_t width = strlen(t->columns.v[column]);

	for (size_t i = 0; i < t->rows.n; i++) {
		size_t n = strlen(t->rows.v[i].cells.v[column]);

		if (n > width)
			width = n;
	}
	return width < COLUMN_MAX ? width : COLUMN_MAX;
}

/* Cells up to the last that holds something. */
static size_t filled(const strs *cells)
{
	size_t n = cells->n;

	while (n > 1 && !*cells->v[n - 1])
		n--;
	return n;
}

static void text_row(const struct writer *w, const struct matrix_table *t,
		     const strs *cells)
{
	size_t n = filled(cells);
	unsigned at = 2;

	strbuf_str(w->out, "  ");
	for (size_t i = 0; i + 1 < n; i++) {
		unsigned width = (unsigned)width_of(t, i);

		write_padded(w, cells->v[i], width);
		at += width + GAP;
		if (strlen(cells->v[i]) >
		    width) /* the next one starts on a line of its own */
			strbuf_printf(w->out, "\n%*s", (int)at, "");
		else
			strbuf_printf(w->out, "%*s", GAP, "");
	}
	write_wrapped(w, cells->v[n - 1], at, at);
}

static void text_list(const struct writer *w, const char *label, const strs *list)
{
	for (size_t i = 0; i < list->n; i++) {
		strbuf_printf(w->out, "  %s ", label);
		write_wrapped(w, list->v[i], (unsigned)strlen(label) + 3, 4);
	}
}

static void write_text(const struct matrix *m, const struct writer *w)
{
	strbuf_printf(w->out, "%s: %s\n  ", m->platform, m->name);
	write_wrapped(w, m->summary, 2, 2);
	for (size_t i = 0; i < m->tables.n; i++) {
		const struct matrix_table *t = &m->tables.v[i];

		strbuf_char(w->out, '\n');
		write_wrapped(w, t->title, 0, 2);
		text_row(w, t, &t->columns);
		for (size_t j = 0; j < t->rows.n; j++)
			text_row(w, t, &t->rows.v[j].cells);
		text_list(w, "Note:", &t->notes);
		text_list(w, "Source:", &t->sources);
	}
}

static void markdown_cell(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			strbuf_char(out, '\\');
		strbuf_char(out, *text == '\n' ? ' ' : *text);
	}
}

static void markdown_row(struct strbuf *out, const strs *cells)
{
	for (size_t i = 0; i < cells->n; i++) {
		strbuf_str(out, i ? " | " : "| ");
		markdown_cell(out, cells->v[i]);
	}
	strbuf_str(out, " |\n");
}

static void write_markdown(const struct matrix *m, const struct writer *w)
{
	strbuf_printf(w->out, "# %s: %s\n\n%s\n", m->platform, m->name, m->summary);
	for (size_t i = 0; i < m->tables.n; i++) {
		const struct matrix_table *t = &m->tables.v[i];

		strbuf_printf(w->out, "\n## %s\n\n", t->title);
		markdown_row(w->out, &t->columns);
		for (size_t j = 0; j < t->columns.n; j++)
			strbuf_str(w->out, j ? "---|" : "|---|");
		strbuf_char(w->out, '\n');
		for (size_t j = 0; j < t->rows.n; j++)
			markdown_row(w->out, &t->rows.v[j].cells);
		strbuf_char(w->out, '\n');
		for (size_t j = 0; j < t->notes.n; j++)
			strbuf_printf(w->out, "* Note: %s\n", t->notes.v[j]);
		for (size_t j = 0; j < t->sources.n; j++)
			strbuf_printf(w->out, "* Source: %s\n", t->sources.v[j]);
	}
}

static void html_text(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			strbuf_str(out, "&lt;");
		else if (*text == '>')
			strbuf_str(out, "&gt;");
		else if (*text == '&')
			strbuf_str(out, "&amp;");
		else if (*text == '"')
			strbuf_str(out, "&quot;");
		else
			strbuf_char(out, *text);
	}
}

static void html_element(struct strbuf *out, const char *name, const char *text)
{
	strbuf_printf(out, "<%s>", name);
	html_text(out, text);
	strbuf_printf(out, "</%s>\n", name);
}

static void html_row(struct strbuf *out, const char *cell, const strs *cells)
{
	strbuf_str(out, "<tr>\n");
	for (size_t i = 0; i < cells->n; i++)
		html_element(out, cell, cells->v[i]);
	strbuf_str(out, "</tr>\n");
}

static void write_html(const struct matrix *m, const struct writer *w)
{
	strbuf_str(w->out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta "
			   "charset=\"utf-8\">\n");
	html_element(w->out, "title", m->name);
	strbuf_str(w->out,
		   "<style>table{border-collapse:collapse}"
		   "td,th{border:1px solid #999;padding:.2em .6em;text-align:left}"
		   "</style>\n</head>\n<body>\n");
	html_element(w->out, "h1", m->name);
	html_element(w->out, "p", m->summary);
	for (size_t i = 0; i < m->tables.n; i++) {
		const struct matrix_table *t = &m->tables.v[i];

		html_element(w->out, "h2", t->title);
		strbuf_str(w->out, "<table>\n");
		html_row(w->out, "th", &t->columns);
		for (size_t j = 0; j < t->rows.n; j++)
			html_row(w->out, "td", &t->rows.v[j].cells);
		strbuf_str(w->out, "</table>\n<ul>\n");
		for (size_t j = 0; j < t->notes.n; j++)
			html_element(w->out, "li", t->notes.v[j]);
		for (size_t j = 0; j < t->sources.n; j++)
			html_element(w->out, "li", t->sources.v[j]);
		strbuf_str(w->out, "</ul>\n");
	}
	strbuf_str(w->out, "</body>\n</html>\n");
}

static const struct field row_fields[] = {
	F_STRS(struct matrix_row, cells, "as printed; empty where the cell is"), F_END};
static const struct record row_record = {"row", "A row.", sizeof(struct matrix_row),
					 row_fields};

static const struct field table_fields[] = {
	F_STR(struct matrix_table, title, "as published"),
	F_STRS(struct matrix_table, columns, "headings"),
	F_LIST(struct matrix_table, rows, &row_record, "rows"),
	F_STRS(struct matrix_table, notes, "notes"),
	F_STRS(struct matrix_table, sources, "documents"),
	F_END};
static const struct record table_record = {"table", "A table.",
					   sizeof(struct matrix_table), table_fields};

static const struct field matrix_fields[] = {
	F_STR(struct matrix, platform, "id"), F_STR(struct matrix, name, "name"),
	F_STR(struct matrix, summary, "one sentence"),
	F_LIST(struct matrix, tables, &table_record, "tables"), F_END};
static const struct record matrix_record = {"matrix", "What is held of a platform.",
					    sizeof(struct matrix), matrix_fields};

void matrix_write(const struct matrix *m, enum matrix_form form,
		  const struct report_options *options, struct strbuf *out)
{
	struct writer w = writer_of(options, out);

	switch (form) {
	case MATRIX_TEXT:
		write_text(m, &w);
		break;
	case MATRIX_MARKDOWN:
		write_markdown(m, &w);
		break;
	case MATRIX_HTML:
		write_html(m, &w);
		break;
	case MATRIX_JSON:
		record_write(&matrix_record, m, out);
		strbuf_char(out, '\n');
		break;
	}
}
