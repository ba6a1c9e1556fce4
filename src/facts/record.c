/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include <jansson.h>

#include "escape.h"
#include "facts.h"

/* Every VEC has this layout; the macro only changes the type of .v. */
typedef VEC(uint8_t) any_list;

static const char *const known_words[] = {"unknown", "no", "yes", NULL};

static const char *text_or_null(const char *const *at)
{
	return *at;
}

static void write_list(const struct field *f, const any_list *list, struct strbuf *out)
{
	strbuf_char(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_char(out, ',');
		record_write(f->record, list->v + i * f->record->size, out);
	}
	strbuf_char(out, ']');
}

static void write_strings(const strs *list, struct strbuf *out)
{
	strbuf_char(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_char(out, ',');
		json_quote(out, list->v[i]);
	}
	strbuf_char(out, ']');
}

static void write_value(const struct field *f, const void *at, struct strbuf *out)
{
	const char *s;

	switch (f->kind) {
	case FIELD_STR:
		s = text_or_null(at);
		if (s)
			json_quote(out, s);
		else
			strbuf_str(out, "null");
		break;
	case FIELD_U64:
		strbuf_printf(out, "%llu", *(const unsigned long long *)at);
		break;
	case FIELD_BOOL:
		strbuf_str(out, *(const bool *)at ? "true" : "false");
		break;
	case FIELD_KNOWN:
		json_quote(out, known_words[*(const enum known *)at]);
		break;
	case FIELD_ENUM:
		json_quote(out, f->words[*(const unsigned *)at]);
		break;
	case FIELD_STRS:
		write_strings(at, out);
		break;
	case FIELD_RECORD:
		record_write(f->record, at, out);
		break;
	case FIELD_LIST:
		write_list(f, at, out);
		break;
	}
}

void record_write(const struct record *r, const void *p, struct strbuf *out)
{
	strbuf_char(out, '{');
	for (const struct field *f = r->fields; f->name; f++) {
		if (f != r->fields)
			strbuf_char(out, ',');
		json_quote(out, f->name);
		strbuf_char(out, ':');
		write_value(f, (const uint8_t *)p + f->offset, out);
	}
	strbuf_char(out, '}');
}

static int read_record(const struct record *r, json_t *json, struct arena *a, void *ret,
		       struct err *e);

static int wrong(const struct field *f, const char *want, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s: expected %s", f->name, want);
}

static bool word_fits(const char *const *words, const char *s)
{
	for (; *words; words++)
		if (strcmp(*words, s) == 0)
			return true;
	return false;
}

static int read_string(const struct field *f, json_t *json, struct arena *a,
		       const char **ret, struct err *e)
{
	if (json_is_null(json)) {
		*ret = NULL;
		return 0;
	}
	if (!json_is_string(json))
		return wrong(f, "a string", e);
	if (f->words && !word_fits(f->words, json_string_value(json)))
		return wrong(f, "one of the words of its list", e);
	*ret = arena_strdup(a, json_string_value(json));
	return *ret ? 0 : arena_full(a, e);
}

static int read_known(const struct field *f, json_t *json, enum known *ret, struct err *e)
{
	for (unsigned i = 0; json_is_string(json) && known_words[i]; i++) {
		if (strcmp(known_words[i], json_string_value(json)) == 0) {
			*ret = (enum known)i;
			return 0;
		}
	}
	return wrong(f, "unknown, no or yes", e);
}

static int read_enum(const struct field *f, json_t *json, unsigned *ret, struct err *e)
{
	for (unsigned i = 0; json_is_string(json) && f->words[i]; i++) {
		if (strcmp(f->words[i], json_string_value(json)) == 0) {
			*ret = i;
			return 0;
		}
	}
	return wrong(f, "one of the words of its list", e);
}

static int read_strings(const struct field *f, json_t *json, struct arena *a, strs *ret,
			struct err *e)
{
	json_t *item;
	size_t i;

	if (!json_is_array(json))
		return wrong(f, "a list of strings", e);
	json_array_foreach(json, i, item)
	{
		const char *s = NULL;
		int r = read_string(f, item, a, &s, e);

		if (r < 0)
			return r;
		if (!s)
			return wrong(f, "strings", e);
		if (!vec_push(a, ret, s))
			return arena_full(a, e);
	}
	return 0;
}

static int read_list(const struct field *f, json_t *json, struct arena *a, any_list *ret,
		     struct err *e)
{
	json_t *item;
	size_t i;

	if (!json_is_array(json))
		return wrong(f, "a list", e);
	json_array_foreach(json, i, item)
	{
		void *at = vec_add_(a, (void **)&ret->v, &ret->n, &ret->cap,
				    f->record->size);
		int r;

		if (!at)
			return arena_full(a, e);
		r = read_record(f->record, item, a, at, e);
		if (r < 0)
			return err_wrap(e, "%s[%zu]", f->name, i);
	}
	return 0;
}

static int read_value(const struct field *f, json_t *json, struct arena *a, void *at,
		      struct err *e)
{
	switch (f->kind) {
	case FIELD_STR:
		return read_string(f, json, a, at, e);
	case FIELD_U64:
		if (!json_is_integer(json) || json_integer_value(json) < 0)
			return wrong(f, "a number from 0", e);
		*(uint64_t *)at = (uint64_t)json_integer_value(json);
		return 0;
	case FIELD_BOOL:
		if (!json_is_boolean(json))
			return wrong(f, "true or false", e);
		*(bool *)at = json_is_true(json);
		return 0;
	case FIELD_KNOWN:
		return read_known(f, json, at, e);
	case FIELD_ENUM:
		return read_enum(f, json, at, e);
	case FIELD_STRS:
		return read_strings(f, json, a, at, e);
	case FIELD_RECORD:
		return read_record(f->record, json, a, at, e);
	case FIELD_LIST:
		return read_list(f, json, a, at, e);
	}
	return err_set(e, ERR_BUG, "%s: a field of no kind", f->name);
}

static int read_record(const struct record *r, json_t *json, struct arena *a, void *ret,
		       struct err *e)
{
	size_t known = 0;

	if (!json_is_object(json))
		return err_set(e, ERR_CORRUPT, "expected an object (%s)", r->name);
	for (const struct field *f = r->fields; f->name; f++, known++) {
		json_t *value = json_object_get(json, f->name);
		int x;

		if (!value)
			return err_set(e, ERR_CORRUPT, "%s: %s is missing", r->name,
				       f->name);
		x = read_value(f, value, a, (uint8_t *)ret + f->offset, e);
		if (x < 0)
			return err_wrap(e, "%s", r->name);
	}
	if (json_object_size(json) != known)
		return err_set(e, ERR_CORRUPT, "%s has keys that are not known", r->name);
	return 0;
}

static void drop_json(json_t **json)
{
	json_decref(*json);
}

int record_read(const struct record *r, struct slice json, struct arena *a, void *ret,
		struct err *e)
{
	_cleanup_(drop_json) json_t *root = NULL;
	json_error_t why;

	root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return err_set(e, ERR_CORRUPT, "not JSON: line %d: %s", why.line,
			       escape_short(slice_str(why.text)).text);
	memset(ret, 0, r->size);
	return read_record(r, root, a, ret, e);
}
