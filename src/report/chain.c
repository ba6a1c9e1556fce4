/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* check -v: every link of every device, with its evidence and the rules it rests on. */
#include "limits.h"
#include "write.h"

enum { LINK_INDENT = 27 };

static void write_cites(const struct writer *w, const citations *cites, const char *label,
			unsigned indent)
{
	for (size_t i = 0; i < cites->n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		strbuf_str(&text, label);
		cite_text(&cites->v[i], &text);
		strbuf_printf(w->out, "%*s", (int)indent, "");
		write_wrapped(w, strbuf_text(&text), indent, indent + 2);
	}
}

static void write_link(const struct writer *w, const struct link *l)
{
	_cleanup_strbuf_ struct strbuf evidence = STRBUF_INIT(LIMIT_TEXT);

	strbuf_str(w->out, "    ");
	write_answer(w, l->state, 9);
	write_padded(w, l->rule, LINK_INDENT - 13);
	write_wrapped(w, l->text, LINK_INDENT, LINK_INDENT);
	strbuf_str(&evidence, "read in ");
	if (source_text(&l->source, &evidence)) {
		strbuf_printf(w->out, "%*s", LINK_INDENT, "");
		write_wrapped(w, strbuf_text(&evidence), LINK_INDENT, LINK_INDENT + 2);
	}
	if (l->remedy) {
		strbuf_printf(w->out, "%*smend: ", LINK_INDENT, "");
		write_wrapped(w, l->remedy, LINK_INDENT + 6, LINK_INDENT + 6);
	}
	write_cites(w, &l->cites, "rule: ", LINK_INDENT);
}

static void write_choice(const struct writer *w, const struct choice_verdict *c)
{
	strbuf_printf(w->out, "  %s%s: ", c->name, c->emulated ? " (emulated)" : "");
	write_answer(w, c->answer, 0);
	if (c->disk_prefix)
		strbuf_printf(w->out, "; disks are named /dev/%s...", c->disk_prefix);
	strbuf_char(w->out, '\n');
	if (c->note) {
		strbuf_str(w->out, "    note: ");
		write_wrapped(w, c->note, 10, 10);
	}
	for (size_t i = 0; i < c->chain.n; i++)
		write_link(w, &c->chain.v[i]);
}

static void write_device(const struct writer *w, const struct device_verdict *d)
{
	strbuf_printf(w->out, "\n%s", role_name(d->role));
	if (d->name) {
		strbuf_char(w->out, ' ');
		write_guest(w, d->name);
	}
	strbuf_str(w->out, ": ");
	write_answer(w, d->answer, 0);
	if (d->choices.n)
		strbuf_printf(w->out, " with %s", d->choices.v[d->best].name);
	strbuf_printf(w->out, "%s\n", d->optional ? " (optional)" : "");
	for (size_t i = 0; i < d->choices.n; i++)
		write_choice(w, &d->choices.v[i]);
}

static void write_support(const struct writer *w, const struct verdict *v)
{
	strbuf_printf(w->out, "\nsupport: %s\n", support_name(v->support));
	for (size_t i = 0; i < v->support_rows.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct support_verdict *s = &v->support_rows.v[i];

		strbuf_printf(&text, "%s: %s%s", s->row, support_name(s->answer),
			      s->verified ? "" : " (not verified)");
		if (s->note)
			strbuf_printf(&text, ": %s", s->note);
		strbuf_str(w->out, "  ");
		write_wrapped(w, strbuf_text(&text), 2, 4);
		write_cites(w, &s->cites, "", 4);
	}
}

void write_chain(const struct writer *w, const struct verdict *v)
{
	strbuf_printf(w->out, "\n== %s: %s: ", v->platform, v->platform_name);
	write_answer(w, v->answer, 0);
	strbuf_str(w->out, " ==\n");
	for (size_t i = 0; i < v->devices.n; i++)
		write_device(w, &v->devices.v[i]);
	for (size_t i = 0; i < v->fallbacks.n; i++) {
		const struct kernel_verdict *k = &v->fallbacks.v[i];

		strbuf_printf(w->out, "%sother kernel ", i ? "" : "\n");
		write_guest(w, k->release);
		strbuf_str(w->out, ": ");
		write_answer(w, k->answer, 0);
		if (k->choice)
			strbuf_printf(w->out, " with %s", k->choice);
		if (k->answer != ANSWER_READY && k->text) {
			strbuf_str(w->out, "\n  ");
			write_wrapped(w, k->text, 2, 2);
		} else {
			strbuf_char(w->out, '\n');
		}
	}
	write_support(w, v);
}
