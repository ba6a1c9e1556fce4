/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands between a guest and its platforms: for each platform the link that decides
 * each device. A reason that several devices or platforms share is printed once.
 */
#include <string.h>

#include "limits.h"
#include "write.h"

/* The link that decides a device that is not ready; NULL when it is. */
static const struct link *reason_of(const struct device_verdict *d)
{
	const struct choice_verdict *c;

	if (d->optional || d->answer == ANSWER_READY || !d->choices.n)
		return NULL;
	c = &d->choices.v[d->best];
	return c->decides < c->chain.n ? &c->chain.v[c->decides] : NULL;
}

static bool same_reason(const struct link *a, const struct link *b)
{
	return a->state == b->state && strcmp(a->text, b->text) == 0 &&
	       strcmp(a->remedy ? a->remedy : "", b->remedy ? b->remedy : "") == 0;
}

static bool has_reason(const struct verdict *v, const struct link *reason)
{
	for (size_t i = 0; i < v->devices.n; i++) {
		const struct link *l = reason_of(&v->devices.v[i]);

		if (l && same_reason(l, reason))
			return true;
	}
	return false;
}

/* Was this reason printed before it came up at device `d` of verdict `v`? */
static bool is_repeated(const verdict_list *verdicts, size_t v, size_t d,
			const struct link *reason)
{
	for (size_t i = 0; i < v; i++)
		if (has_reason(&verdicts->v[i], reason))
			return true;
	for (size_t i = 0; i < d; i++) {
		const struct link *l = reason_of(&verdicts->v[v].devices.v[i]);

		if (l && same_reason(l, reason))
			return true;
	}
	return false;
}

/* The devices of a platform that a reason stops: "boot disk, network card". */
static void write_roles(const struct verdict *v, const struct link *reason,
			struct strbuf *out)
{
	const char *last = NULL;

	for (size_t i = 0; i < v->devices.n; i++) {
		const struct link *l = reason_of(&v->devices.v[i]);
		const char *role = role_name(v->devices.v[i].role);

		if (!l || !same_reason(l, reason) || (last && strcmp(last, role) == 0))
			continue;
		strbuf_printf(out, "%s%s", last ? ", " : "", role);
		last = role;
	}
}

static void write_reason(const struct writer *w, const verdict_list *verdicts, size_t v,
			 const struct link *reason)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	strbuf_str(&text, verdicts->v[v].platform);
	for (size_t i = v + 1; i < verdicts->n; i++)
		if (has_reason(&verdicts->v[i], reason))
			strbuf_printf(&text, ", %s", verdicts->v[i].platform);
	strbuf_str(&text, ": ");
	write_roles(&verdicts->v[v], reason, &text);
	strbuf_printf(&text, " %s: %s", answer_name(reason->state), reason->text);
	write_wrapped(w, strbuf_text(&text), 0, 4);
	if (reason->remedy) {
		strbuf_str(w->out, "    mend it in the guest: ");
		write_wrapped(w, reason->remedy, 26, 6);
	}
}

/* Another kernel of the boot menu may do what the default one cannot. */
static void write_fallbacks(const struct writer *w, const struct verdict *v)
{
	for (size_t i = 0; i < v->fallbacks.n; i++) {
		if (v->fallbacks.v[i].answer != ANSWER_READY || v->answer == ANSWER_READY)
			continue;
		strbuf_printf(w->out, "    the boot disk is ready with kernel ");
		write_guest(w, v->fallbacks.v[i].release);
		strbuf_str(w->out, " of the boot menu\n");
		return;
	}
}

void write_reasons(const struct writer *w, const verdict_list *verdicts)
{
	bool any = false;

	for (size_t v = 0; v < verdicts->n; v++) {
		const struct verdict *verdict = &verdicts->v[v];

		for (size_t d = 0; d < verdict->devices.n; d++) {
			const struct link *reason = reason_of(&verdict->devices.v[d]);

			if (!reason || is_repeated(verdicts, v, d, reason))
				continue;
			if (!any)
				strbuf_char(w->out, '\n');
			any = true;
			write_reason(w, verdicts, v, reason);
		}
		write_fallbacks(w, verdict);
	}
}
