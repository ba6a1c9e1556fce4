/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kmod_index_write.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "put.h"

#define MAGIC   0xb007f457u
#define VERSION 0x00020001u
/* What a node has, in the top bits of the number that says where it is. */
#define HAS_PREFIX   0x80000000u
#define HAS_VALUES   0x40000000u
#define HAS_CHILDREN 0x20000000u

enum { CHARACTERS = 128 };

static void add_u32be(struct strbuf *out, uint32_t v)
{
	uint8_t bytes[4];

	put_be(bytes, sizeof(bytes), v);
	strbuf_add(out, bytes, sizeof(bytes));
}

static int compare(const void *a, const void *b)
{
	const struct kmod_entry *x = a, *y = b;
	int order = strcmp(x->key, y->key);

	if (order == 0)
		order = (x->priority > y->priority) - (x->priority < y->priority);
	return order ? order : strcmp(x->value, y->value);
}

/* How many characters behind `depth` the keys of all `n` entries share. They are sorted:
 * the first and the last one tell. */
static size_t shared(const struct kmod_entry *v, size_t n, size_t depth)
{
	const char *first = v[0].key + depth, *last = v[n - 1].key + depth;
	size_t i = 0;

	while (first[i] && first[i] == last[i])
		i++;
	return i;
}

static uint32_t write_node(const struct kmod_entry *v, size_t n, size_t depth,
			   struct strbuf *out);

/* The nodes below, in order of their characters; where each lies goes into `places`. */
static void write_children(const struct kmod_entry *v, size_t n, size_t depth,
			   struct strbuf *out, uint32_t places[CHARACTERS])
{
	for (size_t i = 0, end; i < n; i = end) {
		unsigned char c = (unsigned char)v[i].key[depth];

		for (end = i; end < n && (unsigned char)v[end].key[depth] == c; end++)
			;
		places[c] = write_node(v + i, end - i, depth + 1, out);
	}
}

/* The node of entries that share the first `depth` characters of their keys; those behind
 * it come before it. As deep as a key is long. */
static uint32_t write_node(const struct kmod_entry *v, size_t n, size_t depth,
			   struct strbuf *out)
{
	/* depmod gives the root none */
	size_t prefix = depth ? shared(v, n, depth) : 0, below = depth + prefix,
	       values = 0;
	uint32_t places[CHARACTERS] = {0}, at;

	while (values < n && v[values].key[below] == '\0')
		values++;
	write_children(v + values, n - values, below, out, places);
	at = (uint32_t)out->n;
	if (prefix) {
		strbuf_add(out, v[0].key + depth, prefix);
		strbuf_char(out, '\0');
		at |= HAS_PREFIX;
	}
	if (values < n) {
		unsigned char first = (unsigned char)v[values].key[below],
			      last = (unsigned char)v[n - 1].key[below];

		strbuf_char(out, (char)first);
		strbuf_char(out, (char)last);
		for (unsigned c = first; c <= last; c++)
			add_u32be(out, places[c]);
		at |= HAS_CHILDREN;
	}
	if (values) {
		add_u32be(out, (uint32_t)values);
		at |= HAS_VALUES;
	}
	for (size_t i = 0; i < values; i++) {
		add_u32be(out, v[i].priority);
		strbuf_add(out, v[i].value, strlen(v[i].value) + 1);
	}
	return at;
}

static int check_keys(const kmod_entries *list, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *key = list->v[i].key;

		if (strlen(key) > LIMIT_INDEX_KEY)
			return err_set(e, ERR_LIMIT, "a key has more than %d bytes",
				       LIMIT_INDEX_KEY);
		for (const char *c = key; *c; c++)
			if ((unsigned char)*c >= CHARACTERS)
				return err_set(e, ERR_CORRUPT,
					       "\"%s\" is no key of an index",
					       escape_short(slice_str(key)).text);
	}
	return 0;
}

int kmod_index_write(kmod_entries *list, struct strbuf *out, struct err *e)
{
	uint32_t root;
	int r = check_keys(list, e);

	if (r < 0)
		return r;
	add_u32be(out, MAGIC);
	add_u32be(out, VERSION);
	add_u32be(out, 0);
	root = (uint32_t)out->n;
	if (list->n) {
		qsort(list->v, list->n, sizeof(*list->v), compare);
		root = write_node(list->v, list->n, 0, out);
	}
	if (!strbuf_ok(out) || out->n > LIMIT_TABLE_FILE)
		return err_set(e, ERR_LIMIT, "an index of more than %zu bytes",
			       LIMIT_TABLE_FILE);
	for (int i = 0; i < 4; i++)
		out->s[8 + i] = (char)(root >> (24 - 8 * i));
	return 0;
}
