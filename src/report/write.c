/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "write.h"

#include <string.h>

#include "escape.h"
#include "limits.h"
#include "text.h"

struct writer writer_of(const struct report_options *o, struct strbuf *out)
{
	return (struct writer){out, o->color, o->width ? o->width : 80};
}

/* Columns of printable UTF-8: one for each character. */
static unsigned columns_of(struct slice s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		if ((slice_at(s, i) & 0xc0) != 0x80)
			n++;
	return n;
}

static void write_blanks(const struct writer *w, unsigned n)
{
	while (n--)
		strbuf_char(w->out, ' ');
}

void write_wrapped(const struct writer *w, const char *text, unsigned used,
		   unsigned indent)
{
	struct slice rest = slice_str(text), word;
	bool first = true;

	while (text_word(&rest, &word)) {
		unsigned n = columns_of(word);

		if (!first && used + 1 + n > w->width) {
			strbuf_char(w->out, '\n');
			write_blanks(w, indent);
			used = indent;
		} else if (!first) {
			strbuf_char(w->out, ' ');
			used++;
		}
		strbuf_add(w->out, word.p, word.n);
		used += n;
		first = false;
	}
	strbuf_char(w->out, '\n');
}

void write_labelled(const struct writer *w, const char *label, const char *text)
{
	strbuf_str(w->out, label);
	write_wrapped(w, text, columns_of(slice_str(label)), 4);
}

void write_padded(const struct writer *w, const char *text, unsigned columns)
{
	unsigned n = columns_of(slice_str(text));

	strbuf_str(w->out, text);
	if (n < columns)
		write_blanks(w, columns - n);
}

void write_answer(const struct writer *w, enum answer answer, unsigned columns)
{
	static const char *const colors[ANSWER_COUNT] = {[ANSWER_UNKNOWN] = "\033[34m",
							 [ANSWER_BLOCKED] = "\033[31m",
							 [ANSWER_FIXABLE] = "\033[33m",
							 [ANSWER_READY] = "\033[32m"};
	const char *name = answer_name(answer);

	if (w->color)
		strbuf_str(w->out, colors[answer]);
	strbuf_str(w->out, name);
	if (w->color)
		strbuf_str(w->out, "\033[0m");
	if (strlen(name) < columns)
		write_blanks(w, columns - (unsigned)strlen(name));
}

void write_guest(const struct writer *w, const char *s)
{
	if (s)
		escape_text(w->out, slice_str(s));
	else
		strbuf_str(w->out, "unknown");
}

bool source_text(const struct source *s, struct strbuf *ret)
{
	const char *const parts[] = {s->disk, s->volume, s->path};
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!parts[i])
			continue;
		strbuf_str(ret, any ? ", " : "");
		escape_text(ret, slice_str(parts[i]));
		any = true;
	}
	if (any && s->line)
		strbuf_printf(ret, ":%llu", (unsigned long long)s->line);
	else if (any && s->offset)
		strbuf_printf(ret, ", byte %llu", (unsigned long long)s->offset);
	return any;
}

void cite_text(const struct citation *c, struct strbuf *ret)
{
	strbuf_str(ret, c->title);
	if (c->section)
		strbuf_printf(ret, ", %s", c->section);
	if (c->url || c->checked)
		strbuf_printf(ret, " (%s%s%s%s)", c->url ? c->url : "",
			      c->url && c->checked ? ", " : "", c->checked ? "read " : "",
			      c->checked ? c->checked : "");
}

const char *role_name(const char *role)
{
	static const char *const names[][2] = {{"boot-disk", "boot disk"},
					       {"disk", "data disk"},
					       {"network", "network card"}};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(role, names[i][0]) == 0)
			return names[i][1];
	return role;
}

static void put_word(const char *before, const char *s, struct strbuf *out)
{
	strbuf_str(out, before);
	shell_quote(out, slice_str(s));
}

void put_file_word(const char *name, struct strbuf *out)
{
	strbuf_str(out, name[0] == '-' ? "./" : "");
	shell_quote(out, slice_str(name));
}

/* A disk, or a description that finds disks, with the format that was stated. */
static void put_named(const char *name, const char *format, struct strbuf *out)
{
	_cleanup_strbuf_ struct strbuf both = STRBUF_INIT(LIMIT_TEXT);

	if (!format) {
		strbuf_char(out, ' ');
		put_file_word(name, out);
		return;
	}
	strbuf_printf(&both, "%s,format=%s", name, format);
	put_word(" -a ", strbuf_text(&both), out);
}

static void put_source_words(const struct facts *f, const struct report_options *o,
			     struct strbuf *out)
{
	const struct machine *m = &f->machine;

	if (m->domain) {
		put_word(" -d ", m->domain, out);
		if (m->connection)
			put_word(" -c ", m->connection, out);
		return;
	}
	if (m->finds_disks && m->source) {
		put_named(m->source, o->formats.n ? o->formats.v[0] : NULL, out);
		return;
	}
	for (size_t i = 0; i < f->disks.n; i++) {
		const char *name = f->disks.v[i].name ? f->disks.v[i].name : "DISK";

		if (text_same(f->disks.v[i].format, "directory"))
			put_word(" --root ", name, out);
		else
			put_named(name, i < o->formats.n ? o->formats.v[i] : NULL, out);
	}
	if (m->source)
		put_word(" --machine ", m->source, out);
}

void put_platform_words(const char *platform, const strs *choices, struct strbuf *out)
{
	strbuf_printf(out, " --on %s", platform);
	for (size_t i = 0; i < choices->n; i++)
		strbuf_printf(out, ":%s", choices->v[i]);
}

void put_guest_words(const struct facts *f, const struct report_options *o,
		     struct strbuf *out)
{
	put_source_words(f, o, out);
	for (size_t i = 0; i < f->systems.n; i++)
		if (f->systems.v[i].chosen)
			strbuf_printf(out, " --os %llu",
				      (unsigned long long)f->systems.v[i].number);
	strbuf_str(out, o->more ? o->more : "");
}
