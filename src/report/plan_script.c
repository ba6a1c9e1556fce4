/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan as a shell script for the guest's administrator: its steps in the guest, made
 * there by the guest's own tools. It is a list of calls of what plan_script_start.sh
 * defines; every value of the guest is one quoted word of it.
 */
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "plan_text.h"
#include "text.h"
#include "write.h"

/* made of plan_script_start.sh */
static const char start[] =
#include "plan_script_start.inc"
	;

/* "\twords /etc/fstab 3 /dev/sda1 UUID=..." */
#define CALL(out, name, ...) \
	put_call((out), (name), (const char *const[]){__VA_ARGS__}, \
		 ARRAY_LEN(((const char *const[]){__VA_ARGS__})))

static void put_words(struct strbuf *out, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		strbuf_char(out, ' ');
		shell_quote(out, slice_str(words[i] ? words[i] : ""));
	}
}

static void put_call(struct strbuf *out, const char *name, const char *const *words,
		     size_t n)
{
	strbuf_printf(out, "\t%s", name);
	put_words(out, words, n);
	strbuf_char(out, '\n');
}

/* Every line of it is a comment, wherever its own lines end. */
static void put_comment(struct strbuf *out, const char *label, const char *text)
{
	struct text lines = text_of(slice_str(text));
	struct slice line;

	while (text_line(&lines, &line)) {
		strbuf_printf(out, "# %s", label);
		escape_again(out, line);
		strbuf_char(out, '\n');
	}
}

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
			put_comment(out, label, strbuf_text(&line));
		else
			CALL(out, "note", strbuf_text(&line));
	}
}

/* The boot loader's entry that an edit changes, or NULL. */
static const struct entry_fact *entry_at(const struct facts *f,
					 const struct plan_edit *edit)
{
	for (size_t i = 0; i < f->boot.entries.n; i++) {
		const struct entry_fact *e = &f->boot.entries.v[i];

		if (!edit->whole && text_same(e->cmdline_source.path, edit->file) &&
		    e->cmdline_source.line == edit->line)
			return e;
	}
	return NULL;
}

/* What an edit of a command line means for the settings that it is made from. */
struct swap {
	const char *remove, *add;
};

static struct swap swap_of(const struct plan_edit *edit)
{
	const char *before = edit->before ? edit->before : "";
	const char *after = edit->after ? edit->after : "";
	size_t n = strlen(before);

	if (n && strncmp(after, before, n) == 0 && after[n] == ' ')
		return (struct swap){"", after + n + 1};
	return (struct swap){before, after};
}

/* /etc/default/grub is itself a script, which must not get anything to run. */
static bool is_plain_setting(const char *words)
{
	return words[strspn(words, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_@%+=:,./- ")] == '\0';
}

static bool can_edit(const struct facts *f, const struct plan_edit *edit)
{
	const char *after = edit->after ? edit->after : "";

	if (!edit->file || *edit->file != '/' || strchr(after, '\n') ||
	    (edit->before && strchr(edit->before, '\n')))
		return false;
	if (entry_at(f, edit) && !is_plain_setting(swap_of(edit).add))
		return false;
	if (!edit->line)
		return !edit->before && *after;
	return edit->before && (*after || !edit->whole);
}

static bool is_known_generator(const char *generator)
{
	static const char *const known[] = {"initramfs-tools", "dracut", "mkinitcpio",
					    "suse-mkinitrd", "mkinitrd"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (text_same(generator, known[i]))
			return true;
	return false;
}

/* Does it begin with a slash, so that no program takes it for an option? */
static bool is_path(const char *s)
{
	return s && *s == '/';
}

static bool can_rebuild(const char *generator, const char *image, const char *release)
{
	return is_known_generator(generator) && is_path(image) && release &&
	       *release != '-' && !strchr(release, '/');
}

static bool can_do(const struct facts *f, const struct plan_step *s)
{
	bool can = plan_step_changes(s) || s->commands.n;

	for (size_t i = 0; i < s->edits.n; i++)
		can = can && can_edit(f, &s->edits.v[i]);
	for (size_t i = 0; i < s->drivers.n; i++)
		can = can &&
		      can_rebuild(s->drivers.v[i].generator, s->drivers.v[i].initramfs,
				  s->drivers.v[i].kernel);
	return can;
}

static void put_edit(struct strbuf *out, const struct facts *f,
		     const struct plan_edit *edit)
{
	const struct entry_fact *e = entry_at(f, edit);
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(32);
	struct swap swap = swap_of(edit);

	strbuf_printf(&line, "%llu", (unsigned long long)edit->line);
	if (e)
		CALL(out, "menu", edit->file, strbuf_text(&line), e->kernel, edit->before,
		     edit->after, swap.remove, swap.add);
	else if (!edit->line)
		CALL(out, "last", edit->file, edit->after);
	else
		CALL(out, edit->whole ? "line" : "words", edit->file, strbuf_text(&line),
		     edit->before, edit->after);
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
		if (!entry_at(f, edit))
			continue;
		if (!file_done)
			CALL(out, "menu_made", edit->file);
		if (!edit_done)
			CALL(out, "menu_keeps", edit->file, edit->before, edit->after);
	}
}

static void put_drivers(struct strbuf *out, const struct plan_step *s)
{
	for (size_t i = 0; i < s->drivers.n; i++) {
		const struct plan_drivers *d = &s->drivers.v[i];
		const char *const words[] = {d->generator, d->initramfs, d->kernel};

		strbuf_str(out, "\tinitramfs");
		put_words(out, words, ARRAY_LEN(words));
		put_words(out, d->modules.v, d->modules.n);
		strbuf_char(out, '\n');
	}
}

/* An initramfs holds a copy of modprobe's settings. */
static void put_copies(struct strbuf *out, const struct facts *f,
		       const struct plan_step *s)
{
	bool copied = false;

	for (size_t i = 0; i < s->edits.n; i++)
		copied = copied ||
			 slice_starts(slice_str(s->edits.v[i].file), "/etc/modprobe.d/");
	for (size_t i = 0; copied && !s->drivers.n && i < f->kernels.n; i++) {
		const struct kernel_fact *k = &f->kernels.v[i];

		if (k->entries.n &&
		    can_rebuild(k->initramfs.generator, k->initramfs.path, k->release))
			CALL(out, "initramfs", k->initramfs.generator, k->initramfs.path,
			     k->release);
	}
}

/* They stand in the script as they are; in a shell of their own, as one may be cd. */
static void put_commands(struct strbuf *out, const struct plan_step *s)
{
	if (!s->commands.n)
		return;
	strbuf_str(out, "\tif todo");
	put_words(out, s->commands.v, s->commands.n);
	strbuf_str(out, "; then\n\t\t(\n");
	for (size_t i = 0; i < s->commands.n; i++)
		strbuf_printf(out, "\t\t\t%s\n", s->commands.v[i]);
	strbuf_str(out, "\t\t)\n\t\tran");
	put_words(out, s->commands.v, s->commands.n);
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
	for (size_t i = 0; i < s->commands.n; i++)
		CALL(out, "note", s->commands.v[i]);
	put_places(out, s, NULL);
}

static void put_guest_step(struct strbuf *out, const struct facts *f,
			   const struct plan_step *s, bool later)
{
	put_head(out, s);
	if (later || !can_do(f, s)) {
		put_by_hand(out, s);
		return;
	}
	if (s->text && strcmp(s->id, "remedy") != 0)
		CALL(out, "note", s->text);
	put_commands(out, s);
	for (size_t i = 0; i < s->edits.n; i++)
		put_edit(out, f, &s->edits.v[i]);
	put_menus(out, f, s);
	for (size_t i = 0; i < s->indexes.n; i++)
		CALL(out, "run", "depmod", "-a", s->indexes.v[i].kernel);
	put_drivers(out, s);
	put_copies(out, f, s);
}

static void put_host_step(struct strbuf *out, const struct plan_step *s)
{
	strbuf_printf(out, "\n# %llu. On the host: ", (unsigned long long)s->n);
	escape_again(out, slice_str(s->title));
	strbuf_char(out, '\n');
	for (size_t i = 0; i < s->reasons.n; i++)
		put_comment(out, "   why: ", s->reasons.v[i]);
	if (s->text)
		put_comment(out, "   ", s->text);
	for (size_t i = 0; i < s->commands.n; i++)
		put_comment(out, "       ", s->commands.v[i]);
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
	bool later = false;

	strbuf_str(out, "\n# The steps "
			"---------------------------------------------------------------"
			"-----------\n\nsteps() {\n\t:\n");
	for (size_t i = 0; i < plan->steps.n; i++) {
		const struct plan_step *s = &plan->steps.v[i];

		later = later || is_on_host(s) || s->shuts_down;
		if (is_on_host(s))
			put_host_step(out, s);
		else
			put_guest_step(out, f, s, later);
	}
	for (size_t i = 0; i < plan->obstacles.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

		plan_obstacle_text(&plan->obstacles.v[i], &text);
		strbuf_str(out, i ? "" : "\n");
		CALL(out, "by_hand", strbuf_text(&text));
	}
	strbuf_str(out, "}\n");
}

static const struct name_fact *root_in_fstab(const struct facts *f)
{
	for (size_t i = 0; i < f->names.n; i++)
		if (text_same(f->names.v[i].where, "fstab") &&
		    text_same(f->names.v[i].target, "/"))
			return &f->names.v[i];
	return NULL;
}

static const char *root_uuid(const struct facts *f)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (strs_has(&f->volumes.v[i].mounted_at, "/"))
			return f->volumes.v[i].uuid;
	return NULL;
}

/* The names that / has in fstab: as it was read, and as the plan changes it. */
static void put_root(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	const struct name_fact *root = root_in_fstab(f);
	const char *uuid = root_uuid(f);

	if (uuid)
		CALL(out, "is_root_uuid", uuid);
	if (!root || !root->spec)
		return;
	strbuf_str(out, "\thas_root");
	put_words(out, &root->spec, 1);
	for (size_t i = 0; i < plan->steps.n; i++)
		for (size_t k = 0; k < plan->steps.v[i].edits.n; k++) {
			const struct plan_edit *edit = &plan->steps.v[i].edits.v[k];

			if (text_same(edit->file, root->source.path) &&
			    edit->line == root->source.line &&
			    text_same(edit->before, root->spec))
				put_words(out, &edit->after, 1);
		}
	strbuf_char(out, '\n');
}

/* Whatever is known that tells this guest from another one. */
static void put_checks(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	const char *read_in = f->os.source.path ? f->os.source.path : "";
	bool os = strstr(read_in, "os-release") != NULL;

	strbuf_str(out, "\nthe_guest() {\n\t:\n");
	if (os)
		CALL(out, "is_os", f->os.id, f->os.version);
	if (plan->kernel)
		CALL(out, "has_kernel", plan->kernel);
	put_root(out, f, plan);
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
	put_comment(out, "Platform: ",
		    plan->platform_name ? plan->platform_name : plan->platform);
	put_comment(out, "Made by:  ", f->program ? f->program : "paravet");
	write_summary(&(struct writer){.out = &guest, .width = UINT16_MAX}, f);
	put_comment(out, "Guest:    ", strbuf_text(&guest));
	for (size_t i = 0; i < plan->remarks.n; i++)
		put_comment(out, "Note:     ", plan->remarks.v[i]);
	strbuf_str(out, "\n# shellcheck disable=SC2317 # no guest needs every function\n"
			"set -eu\n\n");
}

void report_plan_script(const struct facts *f, const struct plan *plan,
			struct strbuf *out)
{
	put_header(out, f, plan);
	strbuf_str(out, start);
	put_checks(out, f, plan);
	put_steps(out, f, plan);
	strbuf_str(out, "\nbegin ${1+\"$@\"}\nthe_guest\npass='check'\nsteps\nleft=0\n"
			"pass='make'\n[ -z \"$dry\" ] || pass='show'\nsteps\nfinish\n");
}
