/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The edits of a plan, made in the text of one file. A line that is not what the plan
 * says stops everything: the file was changed since it was read, or is written in a form
 * that an edit cannot follow.
 */
#pragma once

#include "plan.h"
#include "strbuf.h"

typedef VEC(const struct plan_edit *) edit_refs;

/* Appends the new text of a file to `out`. All line numbers are those of `text`. Lines
 * that go to the end and are there already, blanks aside, are not added again, and a last
 * line without a newline stays one; lines that all end in CR LF go on doing so.
 * ERR_REFUSED names the line that is not as expected,
 * or that two edits want otherwise. */
int text_edit(struct slice text, const edit_refs *edits, struct strbuf *out,
	      struct err *e);
