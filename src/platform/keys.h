/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of a platform file as tables: one row a key, read by parse.c. */
#pragma once

#include "platform.h"

enum key_kind {
	KEY_STR,   /* one of `words`, when there are any */
	KEY_STRS,  /* a list of such */
	KEY_CELLS, /* a list of texts that may be empty */
	KEY_BOOL,
	KEY_WORD,   /* a position in `words`, kept as an enum */
	KEY_ROWS,   /* a list of mappings: a VEC of structs */
	KEY_CITES,  /* "source" or "source#section" */
	KEY_DRIVER, /* the id of a driver */
	KEY_DRIVERS,
};

struct rows;

struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	bool required;
	const struct rows *rows;
	const char *const *words;
};

struct rows {
	size_t size, line; /* of the struct, and the offset of its line */
	const struct key *keys;
};

/* What a file is read into: the keys of the outermost mapping. */
struct platform_document {
	struct platform platform;
	const char *format;
};
extern const struct key platform_document_keys[];
