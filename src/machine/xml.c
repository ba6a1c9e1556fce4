/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml.h"

#include <expat.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

struct xml_attribute {
	const char *name, *value;
};

struct xml_node {
	const char *name; /* without its prefix */
	const char *text;
	VEC(struct xml_attribute) attributes;
	struct xml_node *parent, *first, *last, *next;
	uint64_t line;
	struct slice source;
};

/* A document under construction. */
struct xml_builder {
	XML_Parser parser;
	struct slice source;
	struct parts *parts;
	struct xml_node *root, *open;
	struct strbuf text; /* of the element that opened or closed last */
	unsigned depth;
	bool doctype, too_deep;
};

/* Newer versions of expat count lines in 64 bits and warn of the older call. */
static uint64_t current_line(XML_Parser parser)
{
#ifdef HAVE_XML_LINE_64
	return XML_GetCurrentLineNumber64(parser);
#else
	return XML_GetCurrentLineNumber(parser);
#endif
}

/* The offset of the event; every event lies in the one buffer that is parsed. */
static size_t current_offset(XML_Parser parser)
{
	return (size_t)XML_GetCurrentByteIndex(parser);
}

static const char *without_prefix(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static const char *keep(struct xml_builder *b, const char *s)
{
	const char *copy = arena_strdup(b->parts->arena, s);

	if (!copy) {
		b->parts->full = true;
		XML_StopParser(b->parser, XML_FALSE);
	}
	return copy;
}

static void add_attributes(struct xml_builder *b, struct xml_node *n, const char **pairs)
{
	for (; *pairs; pairs += 2) {
		struct xml_attribute a = {keep(b, without_prefix(pairs[0])),
					  keep(b, pairs[1])};

		if (!a.name || !a.value ||
		    !vec_push(b->parts->arena, &n->attributes, a)) {
			b->parts->full = true;
			return;
		}
	}
}

static void append(struct xml_builder *b, struct xml_node *n)
{
	struct xml_node *parent = b->open;

	n->parent = parent;
	if (!parent)
		b->root = n;
	else if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	if (parent)
		parent->last = n;
	b->open = n;
}

static void on_start(void *ctx, const char *name, const char **pairs)
{
	struct xml_builder *b = ctx;
	struct xml_node *n = arena_new_of(b->parts->arena, struct xml_node);

	if (!n || ++b->depth > LIMIT_XML_DEPTH) {
		b->parts->full = !n;
		b->too_deep = n != NULL;
		XML_StopParser(b->parser, XML_FALSE);
		return;
	}
	n->line = current_line(b->parser);
	if (!slice_sub(b->source, current_offset(b->parser), 0, &n->source))
		n->source = SLICE_NONE;
	n->name = keep(b, without_prefix(name));
	add_attributes(b, n, pairs);
	append(b, n);
	strbuf_done(&b->text);
}

static void on_text(void *ctx, const char *s, int n)
{
	struct xml_builder *b = ctx;

	strbuf_add(&b->text, s, (size_t)n);
}

/* The event is the end tag; of <x/> it is empty and stands behind it. */
static void end_source(const struct xml_builder *b, struct xml_node *n)
{
	size_t start, end;

	if (!n->source.p)
		return;
	start = slice_offset(b->source, n->source);
	end = current_offset(b->parser) + (size_t)XML_GetCurrentByteCount(b->parser);
	if (end < start || !slice_sub(b->source, start, end - start, &n->source))
		n->source = SLICE_NONE;
}

static void on_end(void *ctx, _unused_ const char *name)
{
	struct xml_builder *b = ctx;

	if (!b->open)
		return;
	end_source(b, b->open);
	if (!b->open->first) /* only what has no children has a text that matters here */
		b->open->text = keep(b, strbuf_text(&b->text));
	strbuf_done(&b->text);
	b->open = b->open->parent;
	b->depth--;
}

/* A document type could define entities; the parser is stopped before it reads them. */
static void on_doctype(void *ctx, _unused_ const char *name,
		       _unused_ const char *system_id, _unused_ const char *public_id,
		       _unused_ int internal)
{
	struct xml_builder *b = ctx;

	b->doctype = true;
	XML_StopParser(b->parser, XML_FALSE);
}

static void builder_done(struct xml_builder *b)
{
	if (b->parser)
		XML_ParserFree(b->parser);
	strbuf_done(&b->text);
}

static int parse_failed(const struct xml_builder *b, struct err *e)
{
	if (b->doctype)
		return err_set(
			e, ERR_UNSUPPORTED,
			"it has a document type (<!DOCTYPE>), which no description "
			"of a machine needs: remove it");
	if (b->too_deep)
		return err_set(e, ERR_LIMIT, "elements are nested deeper than %d",
			       LIMIT_XML_DEPTH);
	if (b->parts->full)
		return arena_full(b->parts->arena, e);
	return err_set(e, ERR_CORRUPT, "line %llu: no well-formed XML: %s",
		       (unsigned long long)current_line(b->parser),
		       XML_ErrorString(XML_GetErrorCode(b->parser)));
}

int xml_parse(struct slice text, struct parts *p, struct xml_node **ret, struct err *e)
{
	_cleanup_(builder_done) struct xml_builder b = {
		.source = text, .parts = p, .text = STRBUF_INIT(LIMIT_MACHINE_FILE)};

	/* The encoding is stated, so none is looked up by the document's wish. */
	b.parser = XML_ParserCreate("UTF-8");
	if (!b.parser)
		return err_set(e, ERR_NOMEM, "out of memory");
	XML_SetUserData(b.parser, &b);
	XML_SetElementHandler(b.parser, on_start, on_end);
	XML_SetCharacterDataHandler(b.parser, on_text);
	XML_SetStartDoctypeDeclHandler(b.parser, on_doctype);
	if (text.n > LIMIT_MACHINE_FILE ||
	    XML_Parse(b.parser, (const char *)text.p, (int)text.n, 1) != XML_STATUS_OK ||
	    !b.root)
		return parse_failed(&b, e);
	*ret = b.root;
	return 0;
}

static bool skip_to(struct slice text, size_t *pos, const char *end)
{
	struct slice rest;
	size_t at;

	if (!slice_sub(text, *pos, text.n - *pos, &rest))
		return false;
	at = slice_search(rest, end, strlen(end));
	*pos += at + strlen(end);
	return at < rest.n;
}

struct slice xml_root_name(struct slice text)
{
	struct slice name = SLICE_NONE;
	size_t pos = slice_starts(text, "\xef\xbb\xbf") ? 3 : 0;

	for (;;) {
		size_t start;

		while (text_is_blank(slice_at(text, pos)))
			pos++;
		if (slice_at(text, pos) != '<')
			return SLICE_NONE;
		if (slice_has(text, pos, "<!--", 4)) {
			if (!skip_to(text, &pos, "-->"))
				return SLICE_NONE;
			continue;
		}
		if (slice_at(text, pos + 1) == '?') {
			if (!skip_to(text, &pos, "?>"))
				return SLICE_NONE;
			continue;
		}
		/* A document type has the same name; xml_parse() then refuses it. */
		start = ++pos;
		if (slice_has(text, pos, "!DOCTYPE ", 9))
			start = pos += 9;
		while (slice_at(text, pos) >= 0 && slice_at(text, pos) != '>' &&
		       slice_at(text, pos) != '/' && !text_is_blank(slice_at(text, pos)))
			pos++;
		return slice_sub(text, start, pos - start, &name) ? name : SLICE_NONE;
	}
}

bool xml_is(const struct xml_node *n, const char *name)
{
	return n && (!name || strcmp(n->name, name) == 0);
}

struct xml_node *xml_next(const struct xml_node *n, const char *name)
{
	struct xml_node *at = n ? n->next : NULL;

	while (at && !xml_is(at, name))
		at = at->next;
	return at;
}

struct xml_node *xml_child(const struct xml_node *parent, const char *name)
{
	struct xml_node *first = parent ? parent->first : NULL;

	return !first || xml_is(first, name) ? first : xml_next(first, name);
}

const char *xml_text(struct parts *p, const struct xml_node *n)
{
	return n && n->text ? parts_dup(p, text_trim(slice_str(n->text))) : NULL;
}

const char *xml_attr(struct parts *p, const struct xml_node *n, const char *name)
{
	for (size_t i = 0; n && i < n->attributes.n; i++)
		if (strcmp(n->attributes.v[i].name, name) == 0)
			return parts_dup(p,
					 text_trim(slice_str(n->attributes.v[i].value)));
	return NULL;
}

int xml_number(struct parts *p, const struct xml_node *n, const char *attr, uint64_t max,
	       uint64_t *ret, struct err *e)
{
	const char *s = attr ? xml_attr(p, n, attr) : xml_text(p, n);
	uint64_t value = 0;

	if (s && !text_u64(slice_str(s), max, &value))
		return err_set(e, ERR_CORRUPT,
			       "line %llu: %s is no number up to %llu: %s",
			       (unsigned long long)xml_line(n), attr ? attr : n->name,
			       (unsigned long long)max, escape_short(slice_str(s)).text);
	*ret = value;
	return 0;
}

uint64_t xml_line(const struct xml_node *n)
{
	return n ? n->line : 0;
}

struct slice xml_source(const struct xml_node *n)
{
	return n ? n->source : SLICE_NONE;
}

static size_t skip_blanks(struct slice s, size_t pos)
{
	while (text_is_blank(slice_at(s, pos)))
		pos++;
	return pos;
}

/* The name at `pos`, of a tag or an attribute, without its prefix; *pos goes behind it.
 */
static struct slice take_name(struct slice s, size_t *pos)
{
	struct slice name = SLICE_NONE, prefix;
	size_t start = *pos;

	while (slice_at(s, *pos) >= 0 && !text_is_blank(slice_at(s, *pos)) &&
	       slice_at(s, *pos) != '=' && slice_at(s, *pos) != '/' &&
	       slice_at(s, *pos) != '>')
		++*pos;
	if (!slice_sub(s, start, *pos - start, &name))
		return SLICE_NONE;
	while (text_split(name, ':', &prefix, &name))
		;
	return name;
}

/* The parser has accepted the text: in the tag stand names and quoted values. */
static bool find_attr(const struct xml_node *n, const char *name, struct slice *ret_name,
		      struct slice *ret_value)
{
	struct slice s = xml_source(n), found;
	size_t pos = 1, end;

	take_name(s, &pos);
	for (;;) {
		pos = skip_blanks(s, pos);
		found = take_name(s, &pos);
		pos = skip_blanks(s, pos);
		if (slice_at(s, pos) != '=')
			return false;
		pos = skip_blanks(s, pos + 1);
		if (slice_at(s, pos) < 0)
			return false;
		end = slice_find(s, pos + 1, (uint8_t)slice_at(s, pos));
		if (slice_eq(found, name)) {
			*ret_name = found;
			return slice_sub(s, pos + 1, end - pos - 1, ret_value);
		}
		pos = end + 1;
	}
}

bool xml_attr_source(const struct xml_node *n, const char *name, struct slice *ret)
{
	struct slice found;

	return find_attr(n, name, &found, ret);
}

bool xml_attr_name_source(const struct xml_node *n, const char *name, struct slice *ret)
{
	struct slice value;

	return find_attr(n, name, ret, &value);
}

struct slice xml_name_source(const struct xml_node *n)
{
	size_t pos = 1;

	return take_name(xml_source(n), &pos);
}
