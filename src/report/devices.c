/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One platform, device by device: where each disk and card is a question of its own, a
 * table with one column for all data disks would not answer it.
 */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "write.h"

enum { LABEL = 10 };

static const struct choice_verdict *best_of(const struct device_verdict *d)
{
	return d->choices.n ? &d->choices.v[d->best] : NULL;
}

bool by_device(const struct verdict *v)
{
	for (size_t i = 0; i < v->devices.n; i++)
		if (v->devices.v[i].stays_emulated)
			return true;
	return v->sheets.n > 0;
}

/* A step mends all links that ask for it. */
static bool was_asked(const strs *steps, const char *remedy)
{
	for (size_t i = 0; i < steps->n; i++)
		if (strcmp(steps->v[i], remedy) == 0)
			return true;
	return false;
}

static size_t count_steps(const struct verdict *v, struct arena *a)
{
	strs steps = {0};

	for (size_t i = 0; i < v->devices.n; i++) {
		const struct choice_verdict *c = best_of(&v->devices.v[i]);

		for (size_t n = 0; c && !v->devices.v[i].optional && n < c->chain.n;
		     n++) {
			const struct link *l = &c->chain.v[n];

			if (l->state == ANSWER_FIXABLE && l->remedy &&
			    !was_asked(&steps, l->remedy) &&
			    !vec_push(a, &steps, l->remedy))
				return steps.n;
		}
	}
	return steps.n;
}

static void write_head(const struct writer *w, const struct verdict *v)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_TEXT);
	size_t steps = a ? count_steps(v, a) : 0;

	strbuf_printf(w->out, "\n%s: ", v->platform);
	write_answer(w, v->answer, 0);
	strbuf_printf(w->out, ", %s", support_name(v->support));
	if (v->answer == ANSWER_FIXABLE && steps)
		strbuf_printf(w->out, "; %zu %s missing", steps,
			      steps == 1 ? "step is" : "steps are");
	strbuf_char(w->out, '\n');
}

/* Where a boot takes it from: a file, a volume, the disk's first sector. */
static void add_place(const struct held *h, struct strbuf *out)
{
	const char *place = h->source.path && strcmp(h->source.path, "/boot") != 0
				    ? h->source.path
			    : h->source.volume ? h->source.volume
					       : "sector 0";

	strbuf_str(out, " (");
	escape_text(out, slice_str(place));
	strbuf_char(out, ')');
}

static void write_stays(const struct writer *w, const struct device_verdict *d)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < d->holds.n; i++) {
		strbuf_printf(&text, "%s%s",
			      i == 0                ? ""
			      : i + 1 == d->holds.n ? " and "
						    : ", ",
			      d->holds.v[i].text);
		add_place(&d->holds.v[i], &text);
	}
	strbuf_printf(&text, " %s on it: %s", d->holds.n == 1 ? "is" : "are",
		      d->stays_text);
	strbuf_printf(w->out, "%*s", LABEL, "");
	write_wrapped(w, strbuf_text(&text), LABEL, LABEL);
}

/* Is it mended by the step that an earlier link of the same rule asks for? */
static bool is_told(const struct choice_verdict *c, size_t at)
{
	const struct link *l = &c->chain.v[at];

	for (size_t i = 0; l->remedy && i < at; i++)
		if (c->chain.v[i].remedy && strcmp(c->chain.v[i].rule, l->rule) == 0 &&
		    strcmp(c->chain.v[i].remedy, l->remedy) == 0)
			return true;
	return false;
}

/* Every link that is not whole, or not all there is to say, the one that decides first.
 */
static void write_broken(const struct writer *w, const struct choice_verdict *c)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < c->chain.n; i++) {
			bool decides = i == c->decides;

			if ((c->chain.v[i].state == ANSWER_READY &&
			     !c->chain.v[i].warning) ||
			    (c->answer == ANSWER_BLOCKED && !decides) ||
			    decides != (pass == 0) || (!decides && is_told(c, i)))
				continue;
			strbuf_printf(w->out, "%*s", LABEL, "");
			write_wrapped(w, c->chain.v[i].text, LABEL, LABEL + 2);
		}
	}
}

/* The first document; where documents disagree, all of them. */
static void add_documents(const struct support_verdict *s, struct strbuf *out)
{
	size_t n = s->answer == SUPPORT_DISPUTED || !s->cites.n ? s->cites.n : 1;

	for (size_t i = 0; i < n; i++) {
		const struct citation *c = &s->cites.v[i];
		bool same = i && strcmp(c->title, c[-1].title) == 0;

		strbuf_printf(out, "%s%s%s%s", i ? "; " : " (", same ? "" : c->title,
			      c->section && !same ? ", " : "",
			      c->section ? c->section : "");
	}
	strbuf_str(out, n ? ")" : "");
}

/* What the documents say of this guest, and where. */
static void write_rules(const struct writer *w, const struct verdict *v)
{
	static const char *const labels[SUPPORT_COUNT] = {
		[SUPPORT_NOT_LISTED] = "Rule: ",
		[SUPPORT_SUPPORTED] = "Rule: ",
		[SUPPORT_UNSUPPORTED] = "Unsupported: ",
		[SUPPORT_DISPUTED] = "Disputed: ",
	};

	for (size_t i = 0; i < v->support_rows.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct support_verdict *s = &v->support_rows.v[i];

		if (!s->note)
			continue;
		strbuf_str(&text, s->note);
		add_documents(s, &text);
		if (!s->verified)
			strbuf_str(&text, "; not verified: the page was not at hand");
		write_labelled(w, labels[s->answer], strbuf_text(&text));
	}
}

static void write_label(const struct writer *w, const struct facts *f,
			const struct device_verdict *d)
{
	_cleanup_strbuf_ struct strbuf label = STRBUF_INIT(LIMIT_TEXT);
	bool disk = false;

	for (size_t i = 0; d->name && i < f->disks.n && !disk; i++) {
		disk = f->disks.v[i].name && strcmp(f->disks.v[i].name, d->name) == 0;
		if (disk)
			strbuf_printf(&label, "disk %zu", i + 1);
	}
	if (!disk && d->name)
		escape_text(&label, slice_str(d->name));
	else if (!disk)
		strbuf_str(&label, role_name(d->role));
	strbuf_str(w->out, "  ");
	write_padded(w, strbuf_text(&label), LABEL - 2);
	if (disk) {
		write_guest(w, d->name);
		strbuf_str(w->out, ": ");
	} else if (label.n >= LABEL - 2) {
		strbuf_str(w->out, ": ");
	}
}

/* Was the reason of this device told of one before it? */
static bool is_repeated(const struct verdict *v, const struct device_verdict *d)
{
	const struct choice_verdict *c = best_of(d);

	if (!c || c->answer != ANSWER_BLOCKED)
		return false;
	for (const struct device_verdict *other = v->devices.v; other < d; other++) {
		const struct choice_verdict *o = best_of(other);

		if (o && o->answer == ANSWER_BLOCKED &&
		    strcmp(o->chain.v[o->decides].text, c->chain.v[c->decides].text) == 0)
			return true;
	}
	return false;
}

static void write_device(const struct writer *w, const struct facts *f,
			 const struct verdict *v, const struct device_verdict *d)
{
	const struct choice_verdict *c = best_of(d);
	bool repeated = is_repeated(v, d);

	write_label(w, f, d);
	if (d->stays_emulated) {
		strbuf_str(w->out, "stays emulated, ");
		write_answer(w, d->answer, 0);
	} else {
		write_answer(w, d->answer, 0);
		if (c && c->answer == ANSWER_READY)
			strbuf_printf(w->out, " with %s", c->name);
	}
	strbuf_str(w->out, repeated ? " for the same reason" : "");
	strbuf_char(w->out, '\n');
	if (d->stays_emulated)
		write_stays(w, d);
	if (c && !repeated)
		write_broken(w, c);
}

void write_devices(const struct writer *w, const struct facts *f, const struct verdict *v)
{
	write_head(w, v);
	for (size_t i = 0; i < v->devices.n; i++)
		if (!v->devices.v[i].optional)
			write_device(w, f, v, &v->devices.v[i]);
	write_fallbacks(w, v);
	for (size_t i = 0; i < v->sheets.n; i++) {
		const struct worksheet *s = &v->sheets.v[i];

		if (s->host)
			write_labelled(w, "Needs the host: ", s->host);
	}
	if (v->host)
		write_labelled(w, "Judged for the host: ", v->host);
	write_rules(w, v);
	for (size_t i = 0; i < v->remarks.n; i++)
		write_labelled(w, "Note: ", v->remarks.v[i]);
}
