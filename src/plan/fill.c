/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The holes of a step's texts, for one guest. */
#include "escape.h"
#include "form.h"
#include "limits.h"
#include "making.h"

/* What stands for a value that is not known: a word that a person replaces. */
static const char *const unknown[STEP_WORD_COUNT] = {
	[STEP_PACKAGE] = "PACKAGE",
	[STEP_KERNEL] = "VERSION",
	[STEP_FLAVOUR] = "",
	[STEP_VARIANT] = "the kernel's architecture",
	[STEP_RELEASE] = "this release",
	[STEP_CARD] = "ethN",
	[STEP_DISK] = "DISK",
	[STEP_TARGET] = "xvdX",
	[STEP_MINOR] = "MINOR",
	[STEP_DRIVER] = "MODULE",
	[STEP_COMMAND_WORD] = "WORD",
	[STEP_MACHINE] = "GUEST",
	[STEP_CONFIG] = "/etc/xen/GUEST",
};

static void of_kernel(struct maker *m, const struct plan_kernel *k, const char **values)
{
	const struct worksheet *w = k->sheet;

	values[STEP_KERNEL] = k->fact->release;
	values[STEP_FLAVOUR] = k->flavour;
	values[STEP_COMMAND_WORD] = needed_word(k);
	if (!w)
		return;
	values[STEP_PACKAGE] = w->package;
	values[STEP_RELEASE] = w->release;
	if (w->arch)
		values[STEP_VARIANT] = say(&m->judge, "%s%s%s", w->arch,
					   *k->flavour ? "-" : "", k->flavour);
}

static void of_device(struct maker *m, const struct device_verdict *d,
		      const char **values)
{
	const struct platform_choice *c = platform_choice_of(m, d);
	char letter;

	values[STEP_CARD] = values[STEP_DISK] = d->name;
	if (!c)
		return;
	values[STEP_DRIVER] = c->alias ? c->alias : best_choice(d)->module;
	letter = c->disk_prefix ? disk_letter(m, d) : 0;
	if (!letter)
		return;
	values[STEP_TARGET] = say(&m->judge, "%s%c", c->disk_prefix, letter);
	if (letter <= 'p') /* disks behind it have numbers of another form */
		values[STEP_MINOR] = say(&m->judge, "%d", (letter - 'a') * 16);
}

static const char *fill(struct maker *m, const struct task *t, const char *form,
			void (*put)(struct strbuf *, struct slice))
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);
	const struct machine *machine = &m->judge.facts->machine;
	const char *values[STEP_WORD_COUNT] = {
		[STEP_MACHINE] = machine->name, [STEP_CONFIG] = machine->source};
	struct fill fills[STEP_WORD_COUNT + 1] = {0};

	if (t->kernel)
		of_kernel(m, t->kernel, values);
	if (t->device)
		of_device(m, t->device, values);
	for (unsigned w = 0; w < STEP_WORD_COUNT; w++) {
		fills[w].hole = step_word_name(w);
		fills[w].value = values[w] ? values[w] : unknown[w];
	}
	form_fill(&b, form, fills, put);
	if (!strbuf_ok(&b)) /* half a command would be another one */
		m->judge.full = true;
	return say(&m->judge, "%s", strbuf_text(&b));
}

const char *fill_text(struct maker *m, const struct task *t, const char *form)
{
	return fill(m, t, form, escape_text);
}

/* A word without a value adds nothing, not a pair of quotes. */
static void quote(struct strbuf *b, struct slice s)
{
	if (s.n)
		shell_quote(b, s);
}

const char *fill_command(struct maker *m, const struct task *t, const char *form)
{
	return fill(m, t, form, quote);
}
