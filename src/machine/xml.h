/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML documents from a stranger, through libxml2: UTF-8 only, no document type (so no
 * entities), no network, no other files. Names are compared without their prefix.
 */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>

#include "err.h"
#include "parts.h"
#include "slice.h"

static inline void xml_doc_freep(xmlDoc **doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
}
#define _cleanup_xml_doc_ _cleanup_(xml_doc_freep)

int xml_parse(struct slice text, xmlDoc **ret, struct err *e);

/* The name of the outermost element as the text has it, prefix included; an empty slice
 * when this is no XML. For recognising a form before anything is parsed. */
struct slice xml_root_name(struct slice text);

bool xml_is(const xmlNode *n, const char *name);
/* The first child element of that name; NULL when there is none, or no parent. */
xmlNode *xml_child(const xmlNode *parent, const char *name);
/* The next sibling element of that name. */
xmlNode *xml_next(const xmlNode *n, const char *name);
/* for (each child element of that name) */
#define XML_EACH(n, parent, name) \
	for (xmlNode *n = xml_child(parent, name); n; n = xml_next(n, name))

/* Copies in the arena, blanks at the ends removed; NULL when not there or empty. */
const char *xml_text(struct parts *p, const xmlNode *n);
const char *xml_attr(struct parts *p, const xmlNode *n, const char *name);
/* The text, or attribute when `attr` is not NULL, as a number; 0 when it is not there. */
int xml_number(struct parts *p, const xmlNode *n, const char *attr, uint64_t max,
	       uint64_t *ret, struct err *e);
uint64_t xml_line(const xmlNode *n);
