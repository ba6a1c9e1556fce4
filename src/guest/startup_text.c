/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "startup_text.h"

#include "limits.h"
#include "module_file.h"
#include "path.h"
#include "shell.h"
#include "strbuf.h"
#include "text.h"

struct script {
	struct shell shell;
	struct arena *arena;
	struct source source;
	startup_list *list;
	struct slice variable; /* of the `for` loop around */
	VEC(struct slice) values;
	unsigned depth; /* of if, case, loops and braces */
	unsigned turns; /* words looked at, in loops each time */
};

/* --- Facts --- */

static int add(struct arena *a, startup_list *list, struct slice text, const char *how,
	       struct source source, struct err *e)
{
	struct startup_fact fact = {.how = how, .source = source};
	struct slice base = path_last_part(text);
	const char *file;

	if (!base.n)
		return 0;
	if (list->n == LIMIT_STARTUP)
		return err_set(e, ERR_LIMIT, "more than %d modules loaded by name",
			       LIMIT_STARTUP);
	fact.module = module_name_of(base, a);
	if (fact.module || base.n < text.n) {
		fact.path = arena_strndup(a, text);
		if (!fact.path)
			return arena_full(a, e);
	}
	if (!fact.module) { /* a name has no suffix */
		file = arena_strndup(a, base);
		file = file ? arena_printf(a, "%s.ko", file) : NULL;
		fact.module = file ? module_name_of(slice_str(file), a) : NULL;
	}
	return fact.module && vec_push(a, list, fact) ? 0 : arena_full(a, e);
}

static int no_text(struct slice text, struct err *e)
{
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	return 0;
}

int startup_names_parse(struct slice text, struct arena *a, struct source source,
			startup_list *list, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, word;
	int r = no_text(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		source.line = t.line;
		if (text_word(&line, &word) && slice_at(word, 0) != '#' &&
		    slice_at(word, 0) != ';')
			r = add(a, list, word, "list", source, e);
	}
	return r;
}

/* --- The options of insmod and modprobe --- */

struct loader {
	const char *name;
	const char *idle;   /* with one of these letters it loads nothing */
	const char *valued; /* letters with a value */
	const char *const *long_idle, *const *long_valued;
};

static const char *const insmod_idle[] = {"--noload", "--probe", "--version", "--help",
					  NULL};
static const char *const insmod_valued[] = {"--name", "--blob", "--persist", "--prefix",
					    NULL};
static const char *const modprobe_idle[] = {"--remove",        "--dry-run",
					    "--show",          "--list",
					    "--showconfig",    "--show-config",
					    "--show-depends",  "--show-modversions",
					    "--show-exports",  "--dump-modversions",
					    "--resolve-alias", "--version",
					    "--help",          NULL};
static const char *const modprobe_valued[] = {"--config", "--set-version", "--dirname",
					      "--type",   "--name",        NULL};

/* Of kmod, module-init-tools and modutils; in insmod of modutils -k, -s and the like
 * change nothing here. */
static const struct loader loaders[] = {
	{"insmod", "npVh", "oOeP", insmod_idle, insmod_valued},
	{"modprobe", "rnlcDRVh", "CSdto", modprobe_idle, modprobe_valued},
};

static bool is_word(struct slice s, const char *const *words)
{
	for (; *words; words++)
		if (slice_eq(s, *words))
			return true;
	return false;
}

static bool has_letter(const char *letters, int c)
{
	return slice_find(slice_str(letters), 0, (uint8_t)c) < slice_str(letters).n;
}

enum option { OPTION_PLAIN, OPTION_IDLE, OPTION_ALL, OPTION_VALUED, OPTION_NONE };

/* What the word is, if it is an option. */
static enum option option_of(const struct loader *l, struct slice word)
{
	if (slice_at(word, 0) != '-' || word.n == 1)
		return OPTION_NONE;
	if (slice_starts(word, "--"))
		return is_word(word, l->long_idle)     ? OPTION_IDLE
		       : is_word(word, l->long_valued) ? OPTION_VALUED
		       : slice_eq(word, "--all")       ? OPTION_ALL
						       : OPTION_PLAIN;
	for (size_t i = 1; i < word.n; i++) {
		int c = slice_at(word, i);

		if (has_letter(l->idle, c))
			return OPTION_IDLE;
		if (has_letter(l->valued, c))
			return i + 1 == word.n ? OPTION_VALUED : OPTION_PLAIN;
		if (c == 'a')
			return OPTION_ALL;
	}
	return OPTION_PLAIN;
}

/* --- Commands --- */

static int add_value(struct script *s, struct slice word, struct slice value,
		     const char *how, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_PATH + 1);

	if (s->turns++ == LIMIT_STARTUP)
		return err_set(e, ERR_LIMIT, "line %llu: more than %d modules by name",
			       (unsigned long long)s->source.line, LIMIT_STARTUP);
	shell_value(word, s->variable, value, &text);
	if (!strbuf_ok(&text))
		return err_set(e, ERR_LIMIT, "line %llu: a word of more than %d bytes",
			       (unsigned long long)s->source.line, LIMIT_PATH);
	return add(s->arena, s->list, slice_str(strbuf_text(&text)), how, s->source, e);
}

static bool uses(struct slice word, struct slice variable)
{
	_cleanup_strbuf_ struct strbuf with = STRBUF_INIT(LIMIT_TEXT),
				       without = STRBUF_INIT(LIMIT_TEXT);

	shell_value(word, variable, slice_str("*"), &with);
	shell_value(word, SLICE_NONE, SLICE_NONE, &without);
	return strcmp(strbuf_text(&with), strbuf_text(&without)) != 0;
}

/* In a loop, the word stands for one module a turn. */
static int add_word(struct script *s, struct slice word, const char *how, struct err *e)
{
	int r = 0;

	if (!s->variable.n || !uses(word, s->variable)) {
		struct slice variable = s->variable;

		s->variable = SLICE_NONE;
		r = add_value(s, word, SLICE_NONE, how, e);
		s->variable = variable;
	} else {
		for (size_t i = 0; r >= 0 && i < s->values.n; i++)
			r = add_value(s, word, s->values.v[i], how, e);
	}
	return r;
}

static bool is_idle(const struct loader *l, const struct slice *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (option_of(l, words[i]) == OPTION_IDLE)
			return true;
	return false;
}

/* What follows the first module is parameters of it, unless -a is there. */
static int read_loader(struct script *s, const struct loader *l,
		       const struct slice *words, size_t n, struct err *e)
{
	bool all = false, options = true;
	int r = 0;

	if (is_idle(l, words, n))
		return 0;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		enum option option = options ? option_of(l, words[i]) : OPTION_NONE;

		if (slice_eq(words[i], "--")) {
			options = false;
		} else if (option == OPTION_NONE) {
			r = add_word(s, words[i], l->name, e);
			if (!all)
				break;
		}
		all |= option == OPTION_ALL;
		i += option == OPTION_VALUED ? 1 : 0;
	}
	return r;
}

/* for NAME in WORD... */
static int read_for(struct script *s, const struct slice *words, size_t n, struct err *e)
{
	s->values.n = 0;
	s->variable = SLICE_NONE;
	if (n < 3 || !slice_eq(words[1], "in"))
		return 0;
	s->variable = words[0];
	for (size_t i = 2; i < n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const char *value;

		shell_value(words[i], SLICE_NONE, SLICE_NONE, &text);
		value = arena_strdup(s->shell.arena, strbuf_text(&text));
		if (!value || !vec_push(s->shell.arena, &s->values, slice_str(value)))
			return arena_full(s->shell.arena, e);
	}
	return 0;
}

static bool is_assignment(struct slice word)
{
	size_t n = 0;

	while (text_is_alnum(slice_at(word, n)) || slice_at(word, n) == '_')
		n++;
	return n > 0 && slice_at(word, n) == '=';
}

/* Words before a command that say when or how it is run. */
static bool is_introduction(struct slice word)
{
	static const char *const words[] = {"then",  "else",    "elif", "do",    "!",
					    "time",  "exec",    "nice", "nohup", "sudo",
					    "env",   "command", "eval", "if",    "while",
					    "until", "{",       NULL};

	return is_word(word, words) || is_assignment(word) ||
	       slice_eq(path_last_part(word), "busybox");
}

static bool is_opening(struct slice word)
{
	static const char *const words[] = {"if",     "while", "until", "for",
					    "select", "case",  "{",     NULL};

	return is_word(word, words);
}

static bool is_closing(struct slice word)
{
	static const char *const words[] = {"fi", "done", "esac", "}", NULL};

	return is_word(word, words);
}

/* `function f {`; with parentheses the brace is a command of its own. */
static bool is_function(const struct shell_command *c)
{
	return c->n > 2 && slice_eq(c->words[0], "function") &&
	       slice_eq(c->words[2], "{");
}

/* The first word that is a command; counts what opens and closes on the way. */
static size_t find_command(struct script *s, const struct shell_command *c)
{
	size_t i = is_function(c) ? 2 : 0;

	for (; i < c->n; i++) {
		if (is_opening(c->words[i]))
			s->depth++;
		else if (is_closing(c->words[i]) && s->depth)
			s->depth--;
		if (!is_introduction(c->words[i]))
			break;
	}
	return i;
}

static int read_command(struct script *s, const struct shell_command *c, bool *ret_exit,
			struct err *e)
{
	size_t at = find_command(s, c);
	struct slice name;

	if (at == c->n)
		return 0;
	name = path_last_part(c->words[at]);
	s->source.line = c->line;
	if (slice_eq(name, "for"))
		return read_for(s, c->words + at + 1, c->n - at - 1, e);
	if (slice_eq(name, "done"))
		s->variable = SLICE_NONE;
	*ret_exit = slice_eq(name, "exit") && at == 0 && !s->depth && !c->nested &&
		    !c->conditional;
	for (size_t i = 0; i < ARRAY_LEN(loaders); i++)
		if (slice_eq(name, loaders[i].name))
			return read_loader(s, &loaders[i], c->words + at + 1,
					   c->n - at - 1, e);
	return 0;
}

int startup_script_parse(struct slice text, struct arena *scratch, struct arena *a,
			 struct source source, startup_list *list, struct err *e)
{
	struct script s = {.shell = shell_of(text, scratch),
			   .arena = a,
			   .source = source,
			   .list = list};
	struct shell_command command;
	bool finished = false;
	int r = no_text(text, e);

	while (r >= 0 && !finished && shell_next(&s.shell, &command))
		r = read_command(&s, &command, &finished, e);
	return r >= 0 && s.shell.too_many ? arena_full(scratch, e) : r;
}
