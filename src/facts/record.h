/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Structs that can be written as JSON and read back, described by tables: one row a
 * field, with the sentence that documents it. The same table writes the document, checks
 * one that comes in, and makes its JSON Schema, so the three cannot disagree.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "strbuf.h"

enum field_kind {
	FIELD_STR,    /* const char *; NULL is null */
	FIELD_U64,    /* uint64_t */
	FIELD_BOOL,   /* bool */
	FIELD_KNOWN,  /* enum known: "unknown", "no", "yes" */
	FIELD_ENUM,   /* another enum from 0: its position in `words` */
	FIELD_STRS,   /* strs */
	FIELD_RECORD, /* a struct inside the struct */
	FIELD_LIST    /* VEC of structs */
};

struct record;

struct field {
	const char *name;
	const char *doc;
	enum field_kind kind;
	size_t offset;
	const struct record *record; /* of FIELD_RECORD and FIELD_LIST */
	const char *const
		*words; /* the only values, ends in NULL; of FIELD_STR, NULL: any */
};

struct record {
	const char *name, *doc;
	size_t size;
	const struct field *fields; /* ends with a row without name */
};

/* Rows of a table; T is the struct. */
#define F_STR(T, member, text) \
	{ \
#member, text, FIELD_STR, offsetof(T, member), NULL, NULL \
	}
#define F_WORD(T, member, list, text) \
	{ \
#member, text, FIELD_STR, offsetof(T, member), NULL, list \
	}
#define F_U64(T, member, text) \
	{ \
#member, text, FIELD_U64, offsetof(T, member), NULL, NULL \
	}
#define F_BOOL(T, member, text) \
	{ \
#member, text, FIELD_BOOL, offsetof(T, member), NULL, NULL \
	}
#define F_KNOWN(T, member, text) \
	{ \
#member, text, FIELD_KNOWN, offsetof(T, member), NULL, NULL \
	}
#define F_ENUM(T, member, list, text) \
	{ \
#member, text, FIELD_ENUM, offsetof(T, member), NULL, list \
	}
#define F_STRS(T, member, text) \
	{ \
#member, text, FIELD_STRS, offsetof(T, member), NULL, NULL \
	}
#define F_RECORD(T, member, rec, text) \
	{ \
#member, text, FIELD_RECORD, offsetof(T, member), rec, NULL \
	}
#define F_LIST(T, member, rec, text) \
	{ \
#member, text, FIELD_LIST, offsetof(T, member), rec, NULL \
	}
#define F_END \
	{ \
		NULL \
	}

/* Appends the struct at `p` as a JSON object on one line. */
void record_write(const struct record *r, const void *p, struct strbuf *out);

/* Fills the struct at `ret` from JSON text; strings and lists go into the arena.
 * ERR_CORRUPT on anything the table does not describe: an unknown key, a missing one, a
 * wrong type, a word that is not in the list. */
int record_read(const struct record *r, struct slice json, struct arena *a, void *ret,
		struct err *e);

/* Appends the JSON Schema (draft 2020-12) of the record. */
void record_schema(const struct record *r, const char *title, struct strbuf *out);
