/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What stands between a guest and its platforms: for each platform the link that decides
 * each device. A reason that several devices or platforms share is printed once.
 */
#include <string.h>

#include "limits.h"
#include "text.h"
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
	/* Modules that several platforms lack are added in one step, told below. */
	if (reason->remedy && !(reason->add_form && verdicts->n > 1)) {
		strbuf_str(w->out, "    mend it in the guest: ");
		write_wrapped(w, reason->remedy, 26, 6);
	}
}

/* Walks the reasons of all devices that are mended by adding modules with `form`. */
static bool names_module(const struct link *l, const char *form, const char *module)
{
	return l && l->add_form && strcmp(l->add_form, form) == 0 &&
	       strs_has(&l->add_modules, module);
}

/* Was the module named by a reason before device `d` of verdict `v`? */
static bool was_named(const verdict_list *verdicts, size_t v, size_t d, const char *form,
		      const char *module)
{
	for (size_t i = 0; i <= v; i++) {
		const struct verdict *verdict = &verdicts->v[i];

		for (size_t n = 0; n < (i == v ? d : verdict->devices.n); n++)
			if (names_module(reason_of(&verdict->devices.v[n]), form, module))
				return true;
	}
	return false;
}

/* Every module that some reason adds with this form, each once. */
static void join_modules(const verdict_list *verdicts, const char *form,
			 struct strbuf *out)
{
	for (size_t v = 0; v < verdicts->n; v++) {
		for (size_t d = 0; d < verdicts->v[v].devices.n; d++) {
			const struct link *l = reason_of(&verdicts->v[v].devices.v[d]);

			for (size_t m = 0; l && l->add_form && m < l->add_modules.n;
			     m++) {
				const char *module = l->add_modules.v[m];

				if (strcmp(l->add_form, form) == 0 &&
				    !was_named(verdicts, v, d, form, module))
					strbuf_printf(out, "%s%s", out->n ? " " : "",
						      module);
			}
		}
	}
}

/* One step that adds the modules of all platforms. */
static void write_additions(const struct writer *w, const verdict_list *verdicts,
			    const char *form)
{
	static const char key[] = "{modules}";
	_cleanup_strbuf_ struct strbuf modules = STRBUF_INIT(LIMIT_TEXT),
				       text = STRBUF_INIT(LIMIT_TEXT);
	const char *at = strstr(form, key);

	if (!at)
		return;
	join_modules(verdicts, form, &modules);
	strbuf_str(&text, "Mend it in the guest, for all of these at once: ");
	strbuf_add(&text, form, (size_t)(at - form));
	strbuf_str(&text, strbuf_text(&modules));
	strbuf_str(&text, at + sizeof(key) - 1);
	write_wrapped(w, strbuf_text(&text), 0, 4);
}

static bool boot_disk_ready(const struct verdict *v)
{
	for (size_t i = 0; i < v->devices.n; i++)
		if (strcmp(v->devices.v[i].role, "boot-disk") == 0 &&
		    v->devices.v[i].answer != ANSWER_READY)
			return false;
	return true;
}

/* Another kernel of the boot menu may do what the default one cannot. */
void write_fallbacks(const struct writer *w, const struct verdict *v)
{
	for (size_t i = 0; i < v->fallbacks.n; i++) {
		if (v->fallbacks.v[i].answer != ANSWER_READY || boot_disk_ready(v))
			continue;
		strbuf_printf(w->out, "    the boot disk is ready with kernel ");
		write_guest(w, v->fallbacks.v[i].release);
		strbuf_str(w->out, " of the boot menu\n");
		return;
	}
}

/* The first link of a ready device that the next initramfs breaks; NULL: none. */
static const struct link *ends_with_rebuild(const struct device_verdict *d)
{
	const struct choice_verdict *c =
		d->choices.n && !d->optional && d->answer == ANSWER_READY
			? &d->choices.v[d->best]
			: NULL;

	for (size_t i = 0; c && i < c->chain.n; i++)
		if (c->chain.v[i].until_rebuild)
			return &c->chain.v[i];
	return NULL;
}

/* What is ready today, and stops being so unnoticed. */
static void write_until_rebuild(const struct writer *w, const struct verdict *v,
				bool *any)
{
	for (size_t d = 0; d < v->devices.n; d++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct link *l = ends_with_rebuild(&v->devices.v[d]);

		if (!l)
			continue;
		if (!*any)
			strbuf_char(w->out, '\n');
		*any = true;
		strbuf_printf(&text,
			      "Note: %s: %s ready until the initramfs is made anew: %s",
			      v->platform, role_name(v->devices.v[d].role), l->text);
		write_wrapped(w, strbuf_text(&text), 0, 4);
		if (l->remedy) {
			strbuf_str(w->out, "    mend it in the guest: ");
			write_wrapped(w, l->remedy, 26, 6);
		}
	}
}

/* What is chosen of a device that people may want to be warned of: one that works, or
 * will. Others have more to worry about. */
static const struct choice_verdict *warned_choice(const struct device_verdict *d)
{
	bool works = d->answer == ANSWER_READY || d->answer == ANSWER_FIXABLE;

	return d->choices.n && !d->optional && works ? &d->choices.v[d->best] : NULL;
}

static bool has_warning(const struct verdict *v, const char *text)
{
	for (size_t d = 0; d < v->devices.n; d++) {
		const struct choice_verdict *c = warned_choice(&v->devices.v[d]);

		for (size_t i = 0; c && i < c->chain.n; i++)
			if (c->chain.v[i].warning &&
			    strcmp(c->chain.v[i].text, text) == 0)
				return true;
	}
	return false;
}

static void write_warning(const struct writer *w, const verdict_list *verdicts, size_t v,
			  const char *role, const char *warning)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	strbuf_printf(&text, "Note: %s", verdicts->v[v].platform);
	for (size_t i = v + 1; i < verdicts->n; i++)
		if (has_warning(&verdicts->v[i], warning))
			strbuf_printf(&text, ", %s", verdicts->v[i].platform);
	strbuf_printf(&text, ": %s: %s", role_name(role), warning);
	write_wrapped(w, strbuf_text(&text), 0, 4);
}

static bool was_warned(const verdict_list *verdicts, size_t before, const char *text)
{
	for (size_t i = 0; i < before; i++)
		if (has_warning(&verdicts->v[i], text))
			return true;
	return false;
}

static void write_advice(const struct writer *w, const char *advice)
{
	if (!advice)
		return;
	strbuf_str(w->out, "    what to do: ");
	write_wrapped(w, advice, 16, 6);
}

/* What no driver loses, and people may. Platforms with the same warning are told
 * together, and the same advice on several is told behind the last of them. */
static void write_warnings(const struct writer *w, const verdict_list *verdicts,
			   bool *any)
{
	const char *advice = NULL;

	for (size_t v = 0; v < verdicts->n; v++)
		for (size_t d = 0; d < verdicts->v[v].devices.n; d++) {
			const struct device_verdict *device =
				&verdicts->v[v].devices.v[d];
			const struct choice_verdict *c = warned_choice(device);

			for (size_t i = 0; c && i < c->chain.n; i++) {
				const struct link *l = &c->chain.v[i];

				if (!l->warning || was_warned(verdicts, v, l->text))
					continue;
				if (advice && !text_same(advice, l->remedy))
					write_advice(w, advice);
				advice = l->remedy;
				strbuf_str(w->out, *any ? "" : "\n");
				*any = true;
				write_warning(w, verdicts, v, device->role, l->text);
			}
		}
	write_advice(w, advice);
}

void write_reasons(const struct writer *w, const verdict_list *verdicts)
{
	const char *form = NULL; /* there is one default kernel, so one form */
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
			if (reason->add_form)
				form = reason->add_form;
			write_reason(w, verdicts, v, reason);
		}
		write_fallbacks(w, verdict);
		write_until_rebuild(w, verdict, &any);
	}
	write_warnings(w, verdicts, &any);
	if (form && verdicts->n > 1)
		write_additions(w, verdicts, form);
}
