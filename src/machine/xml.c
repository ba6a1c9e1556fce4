/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xml.h"

#include <libxml/parser.h>
#include <string.h>

#include "escape.h"
#include "text.h"

/* A document type could define entities; the parser is stopped before it reads them. */
static void refuse_doctype(void *ctx, _unused_ const xmlChar *name,
			   _unused_ const xmlChar *public_id,
			   _unused_ const xmlChar *system_id)
{
	xmlParserCtxt *parser = ctx;

	parser->_private = parser; /* the flag that parse_failed() asks for */
	xmlStopParser(parser);
}

static void say_nothing(_unused_ void *ctx, _unused_ xmlErrorPtr error)
{
}

static void parser_freep(xmlParserCtxt **parser)
{
	if (*parser)
		xmlFreeParserCtxt(*parser);
}

static int parse_failed(xmlParserCtxt *parser, struct err *e)
{
	const xmlError *why = xmlCtxtGetLastError(parser);

	if (parser->_private)
		return err_set(
			e, ERR_UNSUPPORTED,
			"it has a document type (<!DOCTYPE>), which no description "
			"of a machine needs: remove it");
	if (!why || !why->message)
		return err_set(e, ERR_CORRUPT, "no well-formed XML");
	return err_set(e, ERR_CORRUPT, "line %d: no well-formed XML: %s", why->line,
		       escape_short(text_trim(slice_str(why->message))).text);
}

int xml_parse(struct slice text, xmlDoc **ret, struct err *e)
{
	/* The encoding is stated, so none is looked up by the document's wish. */
	static const int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
				   XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC |
				   XML_PARSE_NOCDATA;
	_cleanup_(parser_freep) xmlParserCtxt *parser = xmlNewParserCtxt();
	_cleanup_xml_doc_ xmlDoc *doc = NULL;

	if (!parser)
		return err_set(e, ERR_NOMEM, "out of memory");
	parser->sax->internalSubset = refuse_doctype;
	parser->sax->externalSubset = refuse_doctype;
	parser->sax->serror = say_nothing;
	doc = xmlCtxtReadMemory(parser, (const char *)text.p, (int)text.n, NULL, "UTF-8",
				options);
	if (!doc || parser->_private || !xmlDocGetRootElement(doc))
		return parse_failed(parser, e);
	*ret = TAKE_PTR(doc);
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

bool xml_is(const xmlNode *n, const char *name)
{
	return n && n->type == XML_ELEMENT_NODE &&
	       strcmp((const char *)n->name, name) == 0;
}

xmlNode *xml_next(const xmlNode *n, const char *name)
{
	xmlNode *at = n ? n->next : NULL;

	while (at && !xml_is(at, name))
		at = at->next;
	return at;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	xmlNode *first = parent ? parent->children : NULL;

	return !first || xml_is(first, name) ? first : xml_next(first, name);
}

static const char *take(struct parts *p, xmlChar *s)
{
	const char *copy = s ? parts_dup(p, text_trim(slice_str((const char *)s))) : NULL;

	xmlFree(s);
	return copy;
}

const char *xml_text(struct parts *p, const xmlNode *n)
{
	return n ? take(p, xmlNodeGetContent(n)) : NULL;
}

/* xmlGetProp() passes over the prefix of the attribute's name. */
const char *xml_attr(struct parts *p, const xmlNode *n, const char *name)
{
	return n ? take(p, xmlGetProp(n, (const xmlChar *)name)) : NULL;
}

int xml_number(struct parts *p, const xmlNode *n, const char *attr, uint64_t max,
	       uint64_t *ret, struct err *e)
{
	const char *s = attr ? xml_attr(p, n, attr) : xml_text(p, n);
	uint64_t value = 0;

	if (s && !text_u64(slice_str(s), max, &value))
		return err_set(e, ERR_CORRUPT,
			       "line %llu: %s is no number up to %llu: %s",
			       (unsigned long long)xml_line(n),
			       attr ? attr : (const char *)n->name,
			       (unsigned long long)max, escape_short(slice_str(s)).text);
	*ret = value;
	return 0;
}

uint64_t xml_line(const xmlNode *n)
{
	long line = n ? xmlGetLineNo(n) : 0;

	return line > 0 ? (uint64_t)line : 0;
}
