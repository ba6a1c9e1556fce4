/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a shell script for the guest's administrator: its steps in the guest, made
 * there by the guest's own tools. It is a list of calls of what the *.sh files
 * beside it define; every value of the guest is one quoted word of it.
 */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "script.h"
#include "text.h"
#include "write.h"

/* made of begin.sh and those that follow it */
static const char start[] =
#include "script_start.inc"
	;

static void put_places(struct strbuf *out, const struct plan_step *s, const char *label)
{
	for (size_t i = 0; i < s->edits.n; i++) {
		const struct plan_edit *edit = &s->edits.v[i];
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(2 * LIMIT_TEXT);

		plan_edit_place(edit, &line);
		strbuf_str(&line, ": ");
		escape_text(&line, slice_str(edit->before ? edit->before : ""));
		strbuf_str(&line, edit->before ? " -> " : "");
		escape_text(&line, slice_str(edit->after ? edit->after : "(nothing)"));
		if (label)
			script_put_comment(out, label, strbuf_text(&line));
		else
			CALL(out, "note", strbuf_text(&line));
	}
}

static void put_edit(struct strbuf *out, const struct facts *f,
		     const struct plan_edit *edit)
{
	const struct entry_fact *e = script_entry_at(f, edit);
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(32);
	struct script_swap swap = script_swap_of(edit);

	strbuf_printf(&line, "%llu", (unsigned long long)edit->line);
	if (e)
		CALL(out, "menu", edit->file, strbuf_text(&line), e->kernel, edit->before,
		     edit->after, swap.remove, swap.add);
	else
		CALL(out, edit->whole ? "line" : "words", edit->file, strbuf_text(&line),
		     edit->before, edit->after);
}

/* Lines that go to the end of one file, the first of them at `at`, are one call. */
static void put_last(struct strbuf *out, const struct plan_step *s, size_t at)
{
	const struct plan_edit *edit = &s->edits.v[at];

	if (at && plan_edit_follows(edit - 1, edit))
		return;
	strbuf_str(out, "\tlast");
	script_put_words(out, &edit->file, 1);
	do
		script_put_words(out, &s->edits.v[at].after, 1);
	while (++at < s->edits.n &&
	       plan_edit_follows(&s->edits.v[at - 1], &s->edits.v[at]));
	strbuf_char(out, '\n');
}

/* A generated menu is made anew once for all edits of it, and looked at again. */
static void put_menus(struct strbuf *out, const struct facts *f,
		      const struct plan_step *s)
{
	for (size_t i = 0; i < s->edits.n; i++) {
		const struct plan_edit *edit = &s->edits.v[i];
		bool file_done = false, edit_done = false;

		for (size_t k = 0; k < i; k++) {
			const struct plan_edit *old = &s->edits.v[k];

			file_done = file_done || text_same(old->file, edit->file);
			edit_done = edit_done || (text_same(old->file, edit->file) &&
						  text_same(old->before, edit->before) &&
						  text_same(old->after, edit->after));
		}
		if (!script_entry_at(f, edit))
			continue;
		if (!file_done)
			CALL(out, "menu_made", edit->file);
		if (!edit_done)
			CALL(out, "menu_keeps", edit->file, edit->before, edit->after);
	}
}

/* The bytes of an initramfs as it was read, by which the script knows it again. */
static uint64_t size_of(const struct facts *f, const char *initramfs)
{
	for (size_t i = 0; i < f->kernels.n; i++)
		if (text_same(f->kernels.v[i].initramfs.path, initramfs))
			return f->kernels.v[i].initramfs.size;
	return 0;
}

static void put_drivers(struct strbuf *out, const struct facts *f,
			const struct plan_step *s)
{
	for (size_t i = 0; i < s->drivers.n; i++) {
		const struct plan_drivers *d = &s->drivers.v[i];
		const char *const words[] = {d->generator, d->initramfs, d->kernel};

		strbuf_str(out, "\tinitramfs");
		script_put_words(out, words, ARRAY_LEN(words));
		strbuf_printf(out, " %llu", (unsigned long long)size_of(f, d->initramfs));
		script_put_words(out, d->modules.v, d->modules.n);
		strbuf_char(out, '\n');
	}
}

/* Does an initramfs hold a copy of this file? */
static bool is_copied(const char *file)
{
	static const char *const copied[] = {"/etc/modprobe.d/", "/etc/crypttab",
					     "/etc/lvm/", "/etc/mdadm",
					     "/etc/initramfs-tools/conf.d/"};

	for (size_t i = 0; i < ARRAY_LEN(copied); i++)
		if (slice_starts(slice_str(file), copied[i]))
			return true;
	return false;
}

static void put_copies(struct strbuf *out, const struct facts *f,
		       const struct plan_step *s)
{
	bool copied = false;

	for (size_t i = 0; i < s->edits.n; i++)
		copied = copied || is_copied(s->edits.v[i].file);
	for (size_t i = 0;
	     copied && !boot_is_mapped(&f->boot) && !s->drivers.n && i < f->kernels.n;
	     i++) {
		const struct kernel_fact *k = &f->kernels.v[i];

		if (k->entries.n && !kernel_is_unified(k) &&
		    script_can_rebuild(k->initramfs.generator, k->initramfs.path,
				       k->release))
			CALL(out, "initramfs", k->initramfs.generator, k->initramfs.path,
			     k->release, "0");
	}
}

/* They stand in the script as they are; in a shell of their own, as one may be cd. */
static void put_commands(struct strbuf *out, const struct plan_step *s)
{
	if (!s->commands.n)
		return;
	strbuf_str(out, "\tif todo");
	script_put_words(out, s->commands.v, s->commands.n);
	strbuf_str(out, "; then\n\t\t(\n");
	for (size_t i = 0; i < s->commands.n; i++)
		strbuf_printf(out, "\t\t\t%s\n", s->commands.v[i]);
	strbuf_str(out, "\t\t)\n\t\tran");
	script_put_words(out, s->commands.v, s->commands.n);
	strbuf_str(out, "\n\tfi\n");
}

static void put_head(struct strbuf *out, const struct plan_step *s)
{
	_cleanup_strbuf_ struct strbuf n = STRBUF_INIT(32);

	strbuf_printf(&n, "%llu", (unsigned long long)s->n);
	strbuf_char(out, '\n');
	CALL(out, "step", strbuf_text(&n), s->title);
	for (size_t i = 0; i < s->reasons.n; i++)
		CALL(out, "why", s->reasons.v[i]);
	if (!s->verified)
		CALL(out, "note", plan_unverified);
}

static void put_by_hand(struct strbuf *out, const struct plan_step *s)
{
	CALL(out, "by_hand", s->text ? s->text : s->title);
	if (s->futile) {
		_cleanup_strbuf_ struct strbuf why = STRBUF_INIT(LIMIT_TEXT);

		strbuf_printf(&why, "not done here, as it does not help: %s", s->futile);
		CALL(out, "note", strbuf_text(&why));
	}
	for (size_t i = 0; i < s->commands.n; i++)
		CALL(out, "note", s->commands.v[i]);
	put_places(out, s, NULL);
}

static void put_guest_step(struct strbuf *out, const struct facts *f,
			   const struct plan_step *s, bool made)
{
	put_head(out, s);
	if (!made) {
		put_by_hand(out, s);
		return;
	}
	if (s->text && strcmp(s->id, "remedy") != 0)
		CALL(out, "note", s->text);
	put_commands(out, s);
	for (size_t i = 0; i < s->edits.n; i++)
		if (s->edits.v[i].line || script_entry_at(f, &s->edits.v[i]))
			put_edit(out, f, &s->edits.v[i]);
		else
			put_last(out, s, i);
	put_menus(out, f, s);
	for (size_t i = 0; i < s->indexes.n; i++)
		CALL(out, "run", "depmod", "-a", s->indexes.v[i].kernel);
	put_drivers(out, f, s);
	put_copies(out, f, s);
}

static void put_host_step(struct strbuf *out, const struct plan_step *s)
{
	strbuf_printf(out, "\n# %llu. On the host: ", (unsigned long long)s->n);
	escape_again(out, slice_str(s->title));
	strbuf_char(out, '\n');
	for (size_t i = 0; i < s->reasons.n; i++)
		script_put_comment(out, "   why: ", s->reasons.v[i]);
	if (s->text)
		script_put_comment(out, "   ", s->text);
	for (size_t i = 0; i < s->commands.n; i++)
		script_put_comment(out, "       ", s->commands.v[i]);
	put_places(out, s, "   ");
}

static bool is_on_host(const struct plan_step *s)
{
	return strcmp(s->where, "host") == 0;
}

/* What comes behind a step on the host, or after the guest was shut down, is nothing for
 * this run of the script. */
static void put_steps(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	bool later = false, open = false;

	strbuf_str(out, "\n# The steps "
			"---------------------------------------------------------------"
			"-----------\n\nsteps() {\n\t:\n");
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		later = later || is_on_host(s) || s->shuts_down;
		if (is_on_host(s))
			put_host_step(out, s);
		else
			put_guest_step(out, f, s,
				       plan_step_is_next(s,
							 !later && !s->futile &&
								 script_can_do(f, s),
							 &open));
	}
	for (size_t i = 0; i < plan->obstacles.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_obstacle_text(&plan->obstacles.v[i], &text);
		strbuf_str(out, i ? "" : "\n");
		CALL(out, "by_hand", strbuf_text(&text));
	}
	strbuf_str(out, "}\n");
}

static void put_header(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	_cleanup_strbuf_ struct strbuf guest = STRBUF_INIT(LIMIT_TEXT);

	strbuf_str(
		out,
		"#!/bin/sh\n"
		"# Makes a guest use para-virtualized drivers, with its own tools: to be "
		"run as\n# root INSIDE of that guest. -n only shows what would be "
		"done. Every file that is\n# changed is kept as FILE.paravet-orig; a "
		"second run changes nothing more.\n"
		"# Status: 0 done, 1 stopped, 2 something is left to you, 64 wrong "
		"option.\n#\n");
	script_put_comment(out, "Platform: ",
			   plan->platform_name ? plan->platform_name : plan->platform);
	script_put_comment(out, "Made by:  ", f->program ? f->program : "paravet");
	write_summary(&(struct writer){.out = &guest, .width = UINT16_MAX}, f);
	script_put_comment(out, "Guest:    ", strbuf_text(&guest));
	for (size_t i = 0; i < plan->remarks.n; i++)
		script_put_comment(out, "Note:     ", plan->remarks.v[i]);
	strbuf_str(out, "\n# shellcheck disable=SC2317 # no guest needs every function\n"
			"set -eu\n\n");
}

void report_plan_script(const struct facts *f, const struct plan *plan,
			struct strbuf *out)
{
	put_header(out, f, plan);
	strbuf_str(out, start);
	script_put_checks(out, f, plan);
	put_steps(out, f, plan);
	strbuf_str(out, "\nbegin ${1+\"$@\"}\nthe_guest\npass='check'\nsteps\nleft=0\n"
			"pass='make'\n[ -z \"$dry\" ] || pass='show'\nsteps\nfinish\n");
}
