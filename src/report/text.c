/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet check`: the guest in two lines, a table of answers, the reasons. */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "write.h"

enum { PROBLEMS_SHOWN = 4 };

static void add_disks(const struct facts *f, struct strbuf *out)
{
	for (size_t i = 0; i < f->disks.n; i++) {
		strbuf_str(out, i ? ", " : "");
		escape_text(out,
			    slice_str(f->disks.v[i].name ? f->disks.v[i].name : "?"));
	}
}

static void add_guest(const char *before, const char *s, struct strbuf *out)
{
	strbuf_str(out, before);
	escape_text(out, slice_str(s));
}

/* "web01.qcow2: Debian GNU/Linux 12, x86_64, BIOS boot by GRUB 2" */
static void write_who(const struct writer *w, const struct facts *f)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	const struct boot_fact *b = &f->boot;

	add_disks(f, &text);
	add_guest(": ", f->os.name ? f->os.name : "an operating system not known here",
		  &text);
	if (f->os.arch)
		add_guest(", ", f->os.arch, &text);
	if (b->bios || b->uefi)
		strbuf_printf(&text, ", %s%s%s boot", b->bios ? "BIOS" : "",
			      b->bios && b->uefi ? " and " : "", b->uefi ? "UEFI" : "");
	if (b->loader_name)
		add_guest(b->bios || b->uefi ? " by " : ", ", b->loader_name, &text);
	write_wrapped(w, strbuf_text(&text), 0, 2);
}

/* The others on these disks. */
static void write_systems(const struct writer *w, const struct facts *f)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < f->systems.n; i++) {
		const struct system_fact *s = &f->systems.v[i];

		if (s->chosen)
			continue;
		strbuf_printf(&text, "%s--os %llu: ",
			      text.n ? "; " : "Other operating systems are there: ",
			      (unsigned long long)s->number);
		add_guest("", s->name ? s->name : "one without a name", &text);
		add_guest(" on ", s->disk ? s->disk : "?", &text);
		if (s->volume)
			add_guest(", ", s->volume, &text);
		if (s->subvolume)
			add_guest(", subvolume ", s->subvolume, &text);
	}
	if (text.n)
		write_wrapped(w, strbuf_text(&text), 0, 2);
}

static void add_initramfs(const struct initramfs_fact *i, struct strbuf *out)
{
	if (!i->path) {
		strbuf_str(out, " without an initramfs");
		return;
	}
	add_guest(" with ", i->path, out);
	if (!i->generator || strcmp(i->generator, "unknown") == 0)
		return;
	add_guest(" (", i->generator, out);
	if (i->policy)
		add_guest(", ", i->policy, out);
	strbuf_char(out, ')');
}

static void write_boots(const struct writer *w, const struct facts *f)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	const struct kernel_fact *k = facts_default_kernel(f);

	if (!k && !f->kernels.n) {
		strbuf_str(&text, "No kernel was found");
	} else if (!k) {
		strbuf_printf(&text, "Which kernel it boots was not found (%zu %s there)",
			      f->kernels.n, f->kernels.n == 1 ? "is" : "are");
	} else {
		add_guest("Boots ", k->release ? k->release : "a kernel without a name",
			  &text);
		add_initramfs(&k->initramfs, &text);
	}
	write_wrapped(w, strbuf_text(&text), 0, 2);
}

/* Backing and data files: whoever sends the disks elsewhere has to send them, too. */
static void write_chain_files(const struct writer *w, const struct facts *f)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < f->disks.n; i++)
		for (size_t n = 0; n < f->disks.v[i].chain.n; n++)
			add_guest(text.n ? ", " : "Read with ", f->disks.v[i].chain.v[n],
				  &text);
	if (text.n)
		write_wrapped(w, strbuf_text(&text), 0, 2);
}

/* Only when a description was given. */
static void write_machine(const struct writer *w, const struct machine *m)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	if (!m->source)
		return;
	add_guest("Machine described by ", m->source, &text);
	add_guest(" (", m->format ? m->format : "?", &text);
	strbuf_str(&text, ")");
	write_wrapped(w, strbuf_text(&text), 0, 2);
	for (size_t i = 0; i < m->remarks.n; i++) {
		_cleanup_strbuf_ struct strbuf note = STRBUF_INIT(LIMIT_TEXT);

		add_guest("Note: ", m->remarks.v[i], &note);
		write_wrapped(w, strbuf_text(&note), 0, 2);
	}
}

/* The worst answer of the devices of a role; false when there are none. */
static bool role_answer(const struct verdict *v, const char *role, enum answer *ret)
{
	bool any = false;

	for (size_t i = 0; i < v->devices.n; i++) {
		const struct device_verdict *d = &v->devices.v[i];

		if (strcmp(d->role, role) != 0)
			continue;
		if (!any || answer_better(*ret, d->answer))
			*ret = d->answer;
		any = true;
	}
	return any;
}

/* The driver of the first boot disk. */
static void write_driver(const struct writer *w, const struct verdict *v)
{
	for (size_t i = 0; i < v->devices.n; i++) {
		const struct device_verdict *d = &v->devices.v[i];

		if (strcmp(d->role, "boot-disk") != 0 || !d->choices.n)
			continue;
		strbuf_printf(w->out, "%s%s", d->choices.v[d->best].module,
			      d->choices.v[d->best].emulated ? " (emulated)" : "");
		return;
	}
}

static void write_table(const struct writer *w, const verdict_list *verdicts)
{
	static const char *const roles[] = {"boot-disk", "disk", "network"};
	static const unsigned columns[] = {11, 12, 9};

	strbuf_str(
		w->out,
		"\nPLATFORM  BOOT DISK  DATA DISKS  NETWORK  SUPPORT      BOOT DRIVER\n");
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct verdict *v = &verdicts->v[i];

		write_padded(w, v->platform, 9);
		strbuf_char(w->out, ' ');
		for (size_t r = 0; r < ARRAY_LEN(roles); r++) {
			enum answer answer = ANSWER_UNKNOWN;

			if (role_answer(v, roles[r], &answer))
				write_answer(w, answer, columns[r]);
			else
				write_padded(w, "-", columns[r]);
		}
		write_padded(w, support_name(v->support), 13);
		write_driver(w, v);
		strbuf_char(w->out, '\n');
	}
}

static bool is_remark(const struct problem_fact *p)
{
	return p->code && strcmp(p->code, "remark") == 0;
}

static void write_problem(const struct writer *w, const struct problem_fact *p)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	_cleanup_strbuf_ struct strbuf where = STRBUF_INIT(LIMIT_TEXT);

	strbuf_str(&text, is_remark(p) ? "Note: " : "Not read: ");
	add_guest("", p->about ? p->about : "something", &text);
	add_guest(": ", p->text ? p->text : "no reason given", &text);
	if (source_text(&p->source, &where))
		strbuf_printf(&text, " (%s)", strbuf_text(&where));
	write_wrapped(w, strbuf_text(&text), 0, 4);
}

void write_problems(const struct writer *w, const struct facts *f, bool verbose)
{
	size_t count = 0;

	for (size_t i = 0; i < f->problems.n; i++) {
		const struct problem_fact *p = &f->problems.v[i];

		if (is_remark(p) && !verbose)
			continue;
		if (count++ == 0)
			strbuf_char(w->out, '\n');
		if (verbose || count <= PROBLEMS_SHOWN)
			write_problem(w, p);
	}
	if (!verbose && count > PROBLEMS_SHOWN)
		strbuf_printf(w->out, "and %zu more; -v shows them\n",
			      count - PROBLEMS_SHOWN);
}

/* What the documents disagree on, or advise against. */
static void write_disputes(const struct writer *w, const verdict_list *verdicts)
{
	for (size_t i = 0; i < verdicts->n; i++) {
		const struct verdict *v = &verdicts->v[i];

		for (size_t n = 0; n < v->support_rows.n; n++) {
			_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
			const struct support_verdict *s = &v->support_rows.v[n];

			if (!s->note)
				continue;
			strbuf_printf(&text, "%s: %s: %s", v->platform,
				      support_name(s->answer), s->note);
			write_wrapped(w, strbuf_text(&text), 0, 4);
		}
	}
}

static void write_hint_of(const struct writer *w, const char *before, const char *command)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	/* write_wrapped() makes one blank of several */
	strbuf_printf(&text, "%s%s", before, command);
	write_wrapped(w, strbuf_text(&text), 0, 2);
}

/* The first platform that a step makes ready, else the first that is not ready. */
static size_t worth_a_look(const verdict_list *verdicts)
{
	static const enum answer order[] = {ANSWER_FIXABLE, ANSWER_UNKNOWN,
					    ANSWER_BLOCKED};

	for (size_t o = 0; o < ARRAY_LEN(order); o++)
		for (size_t i = 0; i < verdicts->n; i++)
			if (verdicts->v[i].answer == order[o])
				return i;
	return 0;
}

/* The command that shows more, for the platform that is worth it most. */
static void write_hint(const struct writer *w, const struct facts *f,
		       const verdict_list *verdicts, const struct report_options *o)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	size_t at = worth_a_look(verdicts);

	if (!verdicts->n)
		return;
	put_guest_words(f, o, &text);
	put_platform_words(verdicts->v[at].platform, &verdicts->v[at].choices, &text);
	strbuf_char(w->out, '\n');
	if (verdicts->n == 1 && verdicts->v[at].answer == ANSWER_FIXABLE)
		write_hint_of(w, "The steps:     paravet plan", strbuf_text(&text));
	write_hint_of(w, "See the chain: paravet check -v", strbuf_text(&text));
}

/* The answers, and what stands in the way. */
static void write_answers(const struct writer *w, const struct facts *f,
			  const verdict_list *verdicts)
{
	if (verdicts->n == 1 && by_device(&verdicts->v[0])) {
		write_devices(w, f, &verdicts->v[0]);
		return;
	}
	write_table(w, verdicts);
	write_reasons(w, verdicts);
	write_disputes(w, verdicts);
}

void write_summary(const struct writer *w, const struct facts *f)
{
	write_who(w, f);
	write_boots(w, f);
	write_systems(w, f);
	write_chain_files(w, f);
	write_machine(w, &f->machine);
}

void report_text(const struct facts *f, const verdict_list *verdicts,
		 const struct report_options *options, struct strbuf *out)
{
	struct writer w = writer_of(options, out);

	write_summary(&w, f);
	if (options->verbose) {
		write_table(&w, verdicts);
		for (size_t i = 0; i < verdicts->n; i++)
			write_chain(&w, &verdicts->v[i]);
	} else {
		write_answers(&w, f, verdicts);
	}
	write_problems(&w, f, options->verbose);
	if (!options->verbose)
		write_hint(&w, f, verdicts, options);
}
