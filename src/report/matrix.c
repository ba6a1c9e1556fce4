/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet matrix`: the support tables as they are held, each row with its documents. */
#include "limits.h"
#include "write.h"

static void add_list(struct strbuf *out, const char *before, const strs *list)
{
	for (size_t i = 0; i < list->n; i++)
		strbuf_printf(out, "%s%s", i ? "/" : before, list->v[i]);
}

static void write_row(const struct writer *w, const struct platform_support *row)
{
	_cleanup_strbuf_ struct strbuf what = STRBUF_INIT(LIMIT_TEXT);

	add_list(&what, "", &row->distros);
	if (row->from && row->to)
		strbuf_printf(&what, " %s to %s", row->from, row->to);
	else if (row->from)
		strbuf_printf(&what, " %s and later", row->from);
	else if (row->to)
		strbuf_printf(&what, " up to %s", row->to);
	add_list(&what, ", kernel ", &row->flavours);
	add_list(&what, ", ", &row->archs);
	strbuf_str(w->out, "  ");
	write_padded(w, strbuf_text(&what), 40);
	strbuf_printf(w->out, " %s%s\n", support_name(row->answer),
		      row->verified ? "" : " (not verified)");
	if (row->note) {
		strbuf_str(w->out, "      ");
		write_wrapped(w, row->note, 6, 6);
	}
	for (size_t i = 0; i < row->cites.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct platform_source *s = row->cites.v[i].source;
		struct citation c = {s->title, s->url, row->cites.v[i].section,
				     s->checked};

		cite_text(&c, &text);
		strbuf_str(w->out, "      ");
		write_wrapped(w, strbuf_text(&text), 6, 8);
	}
}

void report_matrix(const platform_list *platforms, const struct report_options *options,
		   struct strbuf *out)
{
	struct writer w = writer_of(options, out);

	for (size_t i = 0; i < platforms->n; i++) {
		const struct platform *p = platforms->v[i];

		strbuf_printf(out, "%s%s: %s\n", i ? "\n" : "", p->id, p->name);
		strbuf_str(out, "  ");
		write_wrapped(&w, p->summary, 2, 2);
		if (!p->support.n)
			strbuf_str(out, "  no support statement is held\n");
		for (size_t n = 0; n < p->support.n; n++)
			write_row(&w, &p->support.v[n]);
	}
}
