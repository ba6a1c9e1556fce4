/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Running commands: expansion of words, the control structures, functions and files.
 * Every command counts as a step and every loop and call has a cap, so that any script
 * ends.
 */
#include "grub.h"

#include <stdarg.h>
#include <stdio.h>

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

int grub_remark(struct grub_eval *g, struct err *e, const char *fmt, ...)
{
	char text[512];
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strs_has(&g->remarks, text) || g->remarks.n > LIMIT_GRUB_REMARKS)
		return 0;
	copy = g->remarks.n < LIMIT_GRUB_REMARKS
		       ? arena_strdup(g->a, text)
		       : "there is more to remark on in this configuration";
	return copy && vec_push(g->a, &g->remarks, copy) ? 0 : arena_full(g->a, e);
}

/* --- Expansion --- */

/* Arguments while they are put together. */
struct fields {
	struct grub_eval *g;
	strs *list;
	struct strbuf text;
	bool present; /* the current one is there even when its text is empty */
};

static int end_field(struct fields *f, struct err *e)
{
	const char *copy;

	if (!strbuf_ok(&f->text))
		return err_set(e, ERR_LIMIT, "a word of more than %zu bytes", LIMIT_TEXT);
	if (f->text.n == 0 && !f->present)
		return 0;
	copy = arena_strdup(f->g->a, strbuf_text(&f->text));
	strbuf_done(&f->text);
	f->text = (struct strbuf)STRBUF_INIT(LIMIT_TEXT);
	f->present = false;
	return copy && vec_push(f->g->a, f->list, copy) ? 0 : arena_full(f->g->a, e);
}

static int add_split(struct fields *f, const char *value, struct err *e)
{
	struct slice s = slice_str(value);

	for (size_t i = 0; i < s.n; i++) {
		int c = slice_at(s, i), r;

		if (!text_is_blank(c)) {
			strbuf_char(&f->text, (char)c);
			continue;
		}
		r = end_field(f, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* $@ and $*: every argument; "$@" keeps them apart, "$*" joins them. */
static int add_arguments(struct fields *f, const struct grub_part *part, struct err *e)
{
	const strs *args = f->g->args;
	bool join = part->quoted && strcmp(part->text, "*") == 0;
	int r;

	for (size_t i = 0; args && i < args->n; i++) {
		if (i && join) {
			strbuf_char(&f->text, ' ');
		} else if (i) {
			r = end_field(f, e);
			if (r < 0)
				return r;
		}
		if (part->quoted) {
			strbuf_str(&f->text, args->v[i]);
			f->present = true;
		} else if ((r = add_split(f, args->v[i], e)) < 0) {
			return r;
		}
	}
	return 0;
}

static const char *value_of(struct fields *f, const char *name)
{
	const strs *args = f->g->args;
	uint64_t number;

	if (strcmp(name, "?") == 0)
		return arena_printf(f->g->a, "%u", f->g->status);
	if (strcmp(name, "#") == 0)
		return arena_printf(f->g->a, "%zu", args ? args->n : 0);
	if (text_u64(slice_str(name), UINT64_MAX, &number)) {
		if (number == 0 || !args || number > args->n)
			return "";
		return args->v[number - 1];
	}
	name = grub_env_get(f->g->env, name);
	return name ? name : "";
}

static int add_part(struct fields *f, const struct grub_part *part, struct err *e)
{
	const char *value = part->text;

	f->present = f->present || part->quoted;
	if (part->variable && (strcmp(value, "@") == 0 || strcmp(value, "*") == 0))
		return add_arguments(f, part, e);
	if (part->variable) {
		value = value_of(f, value);
		if (!value)
			return arena_full(f->g->a, e);
		if (!part->quoted)
			return add_split(f, value, e);
	}
	strbuf_str(&f->text, value);
	return 0;
}

int grub_expand(struct grub_eval *g, const struct grub_word *words, size_t n, strs *ret,
		struct err *e)
{
	strs list = {0};
	struct fields f = {.g = g, .list = &list, .text = STRBUF_INIT(LIMIT_TEXT)};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		for (size_t k = 0; r == 0 && k < words[i].parts.n; k++)
			r = add_part(&f, &words[i].parts.v[k], e);
		if (r == 0)
			r = end_field(&f, e);
	}
	strbuf_done(&f.text);
	if (r == 0)
		*ret = list;
	return r;
}

/* --- Control --- */

/* One pass of a loop is over: does the loop go on? */
static bool loop_goes_on(struct grub_eval *g)
{
	if (g->flow == GRUB_RUN)
		return true;
	if (g->flow != GRUB_BREAK && g->flow != GRUB_CONTINUE)
		return false;
	if (g->flow_levels > 1) {
		g->flow_levels--;
		return false;
	}
	bool again = g->flow == GRUB_CONTINUE;

	g->flow = GRUB_RUN;
	return again;
}

static int count_step(struct grub_eval *g, const struct grub_command *c, struct err *e)
{
	if (++g->steps > LIMIT_GRUB_STEPS)
		return err_set(e, ERR_LIMIT, "line %u: more than %d commands were run",
			       c->line, LIMIT_GRUB_STEPS);
	return 0;
}

static int run_for(struct grub_eval *g, const struct grub_command *c, struct err *e)
{
	strs values;
	int r;

	for (size_t i = 1; i < c->words.n; i++)
		if (c->words.v[i].wild)
			return err_set(
				e, ERR_UNSUPPORTED,
				"line %u: a 'for' over a file pattern is not read yet",
				c->line);
	r = grub_expand(g, c->words.v + 1, c->words.n - 1, &values, e);
	if (r < 0)
		return r;
	g->status = 0;
	for (size_t i = 0; i < values.n; i++) {
		r = grub_env_set(g->env, g->a, c->words.v[0].plain, values.v[i], e);
		if (r == 0)
			r = count_step(g, c, e);
		if (r == 0)
			r = grub_run(g, c->body, e);
		if (r < 0 || !loop_goes_on(g))
			return r;
	}
	return 0;
}

static int run_while(struct grub_eval *g, const struct grub_command *c, struct err *e)
{
	bool wanted = c->kind == GRUB_WHILE;

	for (;;) {
		int r = count_step(g, c, e);

		if (r == 0)
			r = grub_run(g, c->condition, e);
		if (r < 0 || g->flow != GRUB_RUN || (g->status == 0) != wanted)
			return r;
		r = grub_run(g, c->body, e);
		if (r < 0 || !loop_goes_on(g))
			return r;
	}
}

static int run_if(struct grub_eval *g, const struct grub_command *c, struct err *e)
{
	const struct grub_block *branch;
	int r = grub_run(g, c->condition, e);

	if (r < 0 || g->flow != GRUB_RUN)
		return r;
	branch = g->status == 0 ? c->body : c->other;
	g->status = 0;
	return branch ? grub_run(g, branch, e) : 0;
}

static int define_function(struct grub_eval *g, const struct grub_command *c,
			   struct err *e)
{
	struct grub_function f = {c->words.v[0].plain, c->body};

	g->status = 0;
	for (size_t i = 0; i < g->functions.n; i++) {
		if (strcmp(g->functions.v[i].name, f.name) == 0) {
			g->functions.v[i] = f;
			return 0;
		}
	}
	if (g->functions.n == LIMIT_GRUB_FUNCTIONS)
		return err_set(e, ERR_LIMIT, "more than %d functions",
			       LIMIT_GRUB_FUNCTIONS);
	return vec_push(g->a, &g->functions, f) ? 0 : arena_full(g->a, e);
}

int grub_call(struct grub_eval *g, const struct grub_block *block, const strs *args,
	      struct err *e)
{
	const strs *outer = g->args;
	int r;

	if (g->calls == LIMIT_GRUB_CALLS)
		return err_set(e, ERR_LIMIT, "more than %d functions inside one another",
			       LIMIT_GRUB_CALLS);
	g->calls++;
	g->args = args;
	r = grub_run(g, block, e);
	g->args = outer;
	g->calls--;
	if (g->flow == GRUB_RETURN)
		g->flow = GRUB_RUN;
	return r;
}

/* Not a command of GRUB: a function, or NAME=VALUE, or unknown. */
static int run_other(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct slice name = slice_str(c->argv.v[0]), left, right;
	strs args = {.v = c->argv.v + 1, .n = c->argv.n - 1, .cap = c->argv.n - 1};
	const char *variable, *value;

	for (size_t i = 0; i < g->functions.n; i++)
		if (slice_eq(name, g->functions.v[i].name))
			return grub_call(g, g->functions.v[i].body, &args, e);
	if (text_split(name, '=', &left, &right)) {
		variable = arena_strndup(g->a, left);
		value = arena_strndup(g->a, right);
		if (!variable || !value)
			return arena_full(g->a, e);
		g->status = 0;
		return grub_env_set(g->env, g->a, variable, value, e);
	}
	g->status = 1;
	return grub_remark(g, e, "line %u: the command '%s' is not known here and was %s",
			   c->command->line, escape_short(name).text,
			   "left out, as if it had failed");
}

static int run_simple(struct grub_eval *g, const struct grub_command *command,
		      struct err *e)
{
	struct grub_argv c = {.command = command};
	bool inverted, known = false;
	int r = grub_expand(g, command->words.v, command->words.n, &c.argv, e);

	if (r < 0 || c.argv.n == 0)
		return r;
	inverted = strcmp(c.argv.v[0], "!") == 0;
	if (inverted) {
		if (c.argv.n == 1) {
			g->status = 1;
			return 0;
		}
		c.argv.v++;
		c.argv.n--;
	}
	r = grub_builtin(g, &c, &known, e);
	if (r >= 0 && known)
		g->status = (unsigned)r;
	else if (r >= 0)
		r = run_other(g, &c, e);
	if (inverted)
		g->status = !g->status;
	return r < 0 ? r : 0;
}

int grub_run(struct grub_eval *g, const struct grub_block *block, struct err *e)
{
	for (size_t i = 0; i < block->commands.n; i++) {
		const struct grub_command *c = &block->commands.v[i];
		int r = count_step(g, c, e);

		if (r < 0)
			return r;
		switch (c->kind) {
		case GRUB_SIMPLE:
			r = run_simple(g, c, e);
			break;
		case GRUB_IF:
			r = run_if(g, c, e);
			break;
		case GRUB_FOR:
			r = run_for(g, c, e);
			break;
		case GRUB_WHILE:
		case GRUB_UNTIL:
			r = run_while(g, c, e);
			break;
		case GRUB_FUNCTION:
			r = define_function(g, c, e);
			break;
		}
		if (r < 0 || g->flow != GRUB_RUN)
			return r;
	}
	return 0;
}

/* --- Files --- */

int grub_split_path(struct grub_eval *g, const char *name, const char **ret_device,
		    const char **ret_path, struct err *e)
{
	struct slice s = slice_str(name);
	const char *device = grub_env_get(g->env, "root");
	size_t close = slice_find(s, 0, ')');

	if (slice_starts(s, "(") && close < s.n) {
		device = arena_strndup(g->a, slice_of(s.p + 1, close - 1));
		name += close + 1;
		if (!device)
			return arena_full(g->a, e);
	}
	*ret_device = device ? device : "";
	*ret_path = name;
	return 0;
}

int grub_load(struct grub_eval *g, const char *name, struct grub_file *ret, struct err *e)
{
	struct grub_file file = {0};
	const char *device;
	struct slice text;
	int r = grub_split_path(g, name, &device, &file.path, e);

	if (r < 0)
		return r;
	if (g->files == LIMIT_GRUB_FILES)
		return err_set(e, ERR_LIMIT, "more than %d files are read",
			       LIMIT_GRUB_FILES);
	r = g->host->read(g->host->ctx, device, file.path, &text, &file.where, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 1;
	}
	if (r < 0)
		return r;
	g->files++;
	r = grub_parse(text, file.where, g->a, &file.block, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(file.path)).text);
	*ret = file;
	return 0;
}

int grub_run_file(struct grub_eval *g, const struct grub_file *file, struct err *e)
{
	int r;

	if (g->calls == LIMIT_GRUB_CALLS)
		return err_set(e, ERR_LIMIT, "more than %d files inside one another",
			       LIMIT_GRUB_CALLS);
	g->calls++;
	r = grub_run(g, file->block, e);
	g->calls--;
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(file->path)).text) : r;
}
