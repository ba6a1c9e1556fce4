/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a platform file, YAML 1.1 as libyaml has it, by tables: one row a key. The format
 * is described in paravet-platform(5). Every error names the file and the line.
 */
#include "parse.h"

#include <stddef.h>
#include <string.h>
#include <yaml.h>

#include "escape.h"
#include "keys.h"
#include "limits.h"
#include "text.h"

struct loader {
	yaml_document_t *doc;
	const char *file;
	struct arena *arena;
	struct platform *platform;
};

typedef VEC(char) any_list;
typedef VEC(const struct platform_driver *) driver_list;

static int load_map(const struct loader *l, yaml_node_t *map, const struct key *keys,
		    void *ret, struct err *e);

static uint64_t line_of(const yaml_node_t *n)
{
	return n->start_mark.line + 1;
}

#define FAIL(l, node, ...) platform_fail((l)->file, line_of(node), e, __VA_ARGS__)

static struct slice scalar(const yaml_node_t *n)
{
	return slice_of(n->data.scalar.value, n->data.scalar.length);
}

static bool find_word(const struct key *k, struct slice s, unsigned *ret)
{
	for (unsigned i = 0; k->words[i]; i++) {
		if (slice_eq(s, k->words[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int load_str(const struct loader *l, const yaml_node_t *n, const struct key *k,
		    const char **ret, struct err *e)
{
	unsigned word;

	if (n->type != YAML_SCALAR_NODE ||
	    (!n->data.scalar.length && k->kind != KEY_CELLS))
		return FAIL(l, n, "%s must be a text", k->name);
	if (slice_find(scalar(n), 0, 0) < n->data.scalar.length)
		return FAIL(l, n, "%s holds a NUL byte", k->name);
	if (k->words && !find_word(k, scalar(n), &word))
		return FAIL(l, n, "%s: %s is none of its values", k->name,
			    escape_short(scalar(n)).text);
	*ret = arena_strndup(l->arena, scalar(n));
	return *ret ? 0 : arena_full(l->arena, e);
}

static int load_word(const struct loader *l, const yaml_node_t *n, const struct key *k,
		     unsigned *ret, struct err *e)
{
	const char *text;

	if (load_str(l, n, k, &text, e) < 0)
		return -(int)e->code;
	find_word(k, slice_str(text), ret);
	return 0;
}

static int load_bool(const struct loader *l, const yaml_node_t *n, const char *key,
		     bool *ret, struct err *e)
{
	if (n->type == YAML_SCALAR_NODE && slice_eq(scalar(n), "true"))
		*ret = true;
	else if (n->type == YAML_SCALAR_NODE && slice_eq(scalar(n), "false"))
		*ret = false;
	else
		return FAIL(l, n, "%s must be true or false", key);
	return 0;
}

static int load_cite(const struct loader *l, const yaml_node_t *n, const struct key *k,
		     platform_cites *ret, struct err *e)
{
	struct platform_cite cite = {0};
	const struct platform *p = l->platform;
	struct slice id, section;
	const char *text;

	if (load_str(l, n, k, &text, e) < 0)
		return -(int)e->code;
	if (!text_split(slice_str(text), '#', &id, &section)) {
		id = slice_str(text);
		section = SLICE_NONE;
	}
	for (size_t i = 0; i < p->sources.n && !cite.source; i++)
		if (slice_eq(id, p->sources.v[i].id))
			cite.source = &p->sources.v[i];
	if (!cite.source)
		return FAIL(l, n, "there is no source %s", escape_short(id).text);
	if (section.n) {
		cite.section = arena_strndup(l->arena, section);
		if (!cite.section)
			return arena_full(l->arena, e);
	}
	return vec_push(l->arena, ret, cite) ? 0 : arena_full(l->arena, e);
}

static int load_driver(const struct loader *l, const yaml_node_t *n, const struct key *k,
		       const struct platform_driver **ret, struct err *e)
{
	const struct platform *p = l->platform;
	const char *id;

	if (load_str(l, n, k, &id, e) < 0)
		return -(int)e->code;
	for (size_t i = 0; i < p->drivers.n; i++) {
		if (strcmp(p->drivers.v[i].id, id) == 0) {
			*ret = &p->drivers.v[i];
			return 0;
		}
	}
	return FAIL(l, n, "there is no driver %s", escape_short(slice_str(id)).text);
}

static int load_row(const struct loader *l, yaml_node_t *n, const struct key *k,
		    any_list *ret, struct err *e)
{
	uint64_t line = line_of(n);
	char *row;

	if (n->type != YAML_MAPPING_NODE)
		return FAIL(l, n, "%s must be a list of mappings", k->name);
	row = vec_add_(l->arena, (void **)&ret->v, &ret->n, &ret->cap, k->rows->size);
	if (!row)
		return arena_full(l->arena, e);
	memcpy(row + k->rows->line, &line, sizeof(line));
	return load_map(l, n, k->rows->keys, row, e);
}

static int load_item(const struct loader *l, yaml_node_t *n, const struct key *k,
		     void *ret, struct err *e)
{
	const struct platform_driver *driver = NULL;
	const char *s = NULL;
	int r;

	switch (k->kind) {
	case KEY_ROWS:
		return load_row(l, n, k, ret, e);
	case KEY_CITES:
		return load_cite(l, n, k, ret, e);
	case KEY_DRIVERS:
		r = load_driver(l, n, k, &driver, e);
		if (r < 0)
			return r;
		return vec_push(l->arena, (driver_list *)ret, driver)
			       ? 0
			       : arena_full(l->arena, e);
	default:
		break;
	}
	r = load_str(l, n, k, &s, e);
	if (r < 0)
		return r;
	return vec_push(l->arena, (strs *)ret, s) ? 0 : arena_full(l->arena, e);
}

static int load_list(const struct loader *l, yaml_node_t *n, const struct key *k,
		     void *ret, struct err *e)
{
	size_t items;

	if (n->type != YAML_SEQUENCE_NODE)
		return FAIL(l, n, "%s must be a list", k->name);
	items = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	if (items > LIMIT_PLATFORM_ROWS)
		return FAIL(l, n, "%s has more than %d items", k->name,
			    LIMIT_PLATFORM_ROWS);
	for (size_t i = 0; i < items; i++) {
		yaml_node_t *item =
			yaml_document_get_node(l->doc, n->data.sequence.items.start[i]);
		int r = load_item(l, item, k, ret, e);

		if (r < 0)
			return r;
	}
	return 0;
}

static int load_value(const struct loader *l, yaml_node_t *n, const struct key *k,
		      void *ret, struct err *e)
{
	switch (k->kind) {
	case KEY_STR:
		return load_str(l, n, k, ret, e);
	case KEY_BOOL:
		return load_bool(l, n, k->name, ret, e);
	case KEY_WORD:
		return load_word(l, n, k, ret, e);
	case KEY_DRIVER:
		return load_driver(l, n, k, ret, e);
	default:
		return load_list(l, n, k, ret, e);
	}
}

static const struct key *find_key(const struct key *keys, struct slice name)
{
	for (; keys->name; keys++)
		if (slice_eq(name, keys->name))
			return keys;
	return NULL;
}

/* Every key of the mapping is in the table, once. */
static int check_keys(const struct loader *l, const yaml_node_t *map,
		      const struct key *keys, struct err *e)
{
	uint64_t seen = 0;

	for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		const yaml_node_t *n = yaml_document_get_node(l->doc, p->key);
		const struct key *k =
			n->type == YAML_SCALAR_NODE ? find_key(keys, scalar(n)) : NULL;

		if (!k)
			return FAIL(l, n, "unknown key %s",
				    n->type == YAML_SCALAR_NODE
					    ? escape_short(scalar(n)).text
					    : "that is no text");
		if (seen & (1ull << (k - keys)))
			return FAIL(l, n, "%s is given twice", k->name);
		seen |= 1ull << (k - keys);
	}
	return 0;
}

static int load_map(const struct loader *l, yaml_node_t *map, const struct key *keys,
		    void *ret, struct err *e)
{
	int r = check_keys(l, map, keys, e);

	/* In the order of the table: references point to lists loaded before them. */
	for (const struct key *k = keys; r >= 0 && k->name; k++) {
		yaml_node_t *value = NULL;

		for (const yaml_node_pair_t *p = map->data.mapping.pairs.start;
		     p < map->data.mapping.pairs.top; p++) {
			if (slice_eq(scalar(yaml_document_get_node(l->doc, p->key)),
				     k->name))
				value = yaml_document_get_node(l->doc, p->value);
		}
		if (value)
			r = load_value(l, value, k, (char *)ret + k->offset, e);
		else if (k->required)
			r = FAIL(l, map, "%s is missing", k->name);
	}
	return r;
}

static int load_document(yaml_document_t *doc, const char *file, struct arena *a,
			 struct platform **ret, struct err *e)
{
	struct platform_document *d = arena_new_of(a, struct platform_document);
	yaml_node_t *root = yaml_document_get_root_node(doc);
	struct loader l = {doc, file, a, d ? &d->platform : NULL};
	int r;

	if (!d)
		return arena_full(a, e);
	if (!root || root->type != YAML_MAPPING_NODE)
		return platform_fail(file, 1, e, "no mapping of keys");
	d->platform.file = arena_strdup(a, file);
	if (!d->platform.file)
		return arena_full(a, e);
	r = load_map(&l, root, platform_document_keys, d, e);
	if (r < 0)
		return r;
	r = platform_check(&d->platform, e);
	if (r < 0)
		return r;
	*ret = &d->platform;
	return 0;
}

int platform_parse(struct slice text, const char *file, struct arena *a,
		   struct platform **ret, struct err *e)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	int r;

	if (text.n > LIMIT_CONFIG_FILE)
		return err_set(e, ERR_LIMIT, "%s: more than %zu bytes", file,
			       LIMIT_CONFIG_FILE);
	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_NOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, text.p, text.n);
	if (yaml_parser_load(&parser, &doc)) {
		r = load_document(&doc, file, a, ret, e);
		yaml_document_delete(&doc);
	} else {
		r = platform_fail(file, parser.problem_mark.line + 1, e, "%s",
				  parser.problem ? parser.problem : "no YAML");
	}
	yaml_parser_delete(&parser);
	return r;
}
