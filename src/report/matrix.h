/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `paravet matrix`: what is held of a platform's published support statements, as tables.
 * A model of titles, columns and cells is built once and written in four forms.
 */
#pragma once

#include "platform.h"
#include "report.h"

struct matrix_row {
	strs cells;
};

struct matrix_table {
	const char *title;
	strs columns;
	VEC(struct matrix_row) rows;
	strs notes, sources;
};

struct matrix {
	const char *platform, *name, *summary;
	VEC(struct matrix_table) tables;
};

enum matrix_form { MATRIX_TEXT, MATRIX_MARKDOWN, MATRIX_HTML, MATRIX_JSON };

/* The tables of one platform: those published as tables, cell by cell; its rows of
 * support by distribution; what is disputed. */
int matrix_build(const struct platform *p, struct arena *a, struct matrix *ret,
		 struct err *e);

/* All platforms in one table: their names and what they are. */
int matrix_list(const platform_list *list, struct arena *a, struct matrix *ret,
		struct err *e);

void matrix_write(const struct matrix *m, enum matrix_form form,
		  const struct report_options *options, struct strbuf *out);
