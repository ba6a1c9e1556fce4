/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * XML documents from a stranger, through expat: UTF-8 only, no document type (so no
 * entities), no other files. A document becomes a small tree in the arena; names are kept
 * and compared without their prefix.
 */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "parts.h"
#include "slice.h"

struct xml_node;

/* Parses a document; *ret is its outermost element. */
int xml_parse(struct slice text, struct parts *p, struct xml_node **ret, struct err *e);

/* The name of the outermost element as the text has it, prefix included; an empty slice
 * when this is no XML. For recognising a form before anything is parsed. */
struct slice xml_root_name(struct slice text);

bool xml_is(const struct xml_node *n, const char *name);
/* The first child element of that name (NULL: of any); NULL when there is none, or no
 * parent. */
struct xml_node *xml_child(const struct xml_node *parent, const char *name);
/* The next sibling element of that name (NULL: of any). */
struct xml_node *xml_next(const struct xml_node *n, const char *name);
/* for (each child element of that name) */
#define XML_EACH(n, parent, name) \
	for (struct xml_node *n = xml_child(parent, name); n; n = xml_next(n, name))

/* Blanks at the ends removed; NULL when not there or empty. The text is that of the
 * element itself, without its children's. */
const char *xml_text(struct parts *p, const struct xml_node *n);
const char *xml_attr(struct parts *p, const struct xml_node *n, const char *name);
/* The text, or attribute when `attr` is not NULL, as a number; 0 when it is not there. */
int xml_number(struct parts *p, const struct xml_node *n, const char *attr, uint64_t max,
	       uint64_t *ret, struct err *e);
uint64_t xml_line(const struct xml_node *n);
/* The element with its tags, borrowed from the text that was parsed. */
struct slice xml_source(const struct xml_node *n);
/* The value of an attribute as it stands there, between its quotes, borrowed likewise;
 * false when there is none. */
bool xml_attr_source(const struct xml_node *n, const char *name, struct slice *ret);
/* Its name there. */
bool xml_attr_name_source(const struct xml_node *n, const char *name, struct slice *ret);
/* The element's own name, likewise. */
struct slice xml_name_source(const struct xml_node *n);
