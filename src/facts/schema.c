/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON Schema of a record, made from the table that writes and reads it. */
#include "escape.h"
#include "record.h"

static void write_schema(const struct record *r, unsigned depth, struct strbuf *out);

static void indent(struct strbuf *out, unsigned depth)
{
	strbuf_char(out, '\n');
	for (unsigned i = 0; i < depth; i++)
		strbuf_str(out, "  ");
}

static void write_words(const char *const *words, struct strbuf *out)
{
	strbuf_str(out, ", \"enum\": [");
	for (; *words; words++) {
		json_quote(out, *words);
		strbuf_str(out, ", ");
	}
	strbuf_str(out, "null]");
}

static void write_type(const struct field *f, unsigned depth, struct strbuf *out)
{
	switch (f->kind) {
	case FIELD_STR:
		strbuf_str(out, "\"type\": [\"string\", \"null\"]");
		if (f->words)
			write_words(f->words, out);
		break;
	case FIELD_U64:
		strbuf_str(out, "\"type\": \"integer\", \"minimum\": 0");
		break;
	case FIELD_BOOL:
		strbuf_str(out, "\"type\": \"boolean\"");
		break;
	case FIELD_KNOWN:
		strbuf_str(out, "\"enum\": [\"unknown\", \"no\", \"yes\"]");
		break;
	case FIELD_ENUM:
		strbuf_str(out, "\"enum\": [");
		for (unsigned i = 0; f->words[i]; i++) {
			strbuf_str(out, i ? ", " : "");
			json_quote(out, f->words[i]);
		}
		strbuf_char(out, ']');
		break;
	case FIELD_STRS:
		strbuf_str(out, "\"type\": \"array\", \"items\": {\"type\": \"string\"}");
		break;
	case FIELD_RECORD:
		write_schema(f->record, depth, out);
		break;
	case FIELD_LIST:
		strbuf_str(out, "\"type\": \"array\", \"items\": {");
		write_schema(f->record, depth + 1, out);
		strbuf_char(out, '}');
		break;
	}
}

static void write_schema(const struct record *r, unsigned depth, struct strbuf *out)
{
	strbuf_str(out, "\"type\": \"object\", \"additionalProperties\": false,");
	indent(out, depth);
	strbuf_str(out, "\"required\": [");
	for (const struct field *f = r->fields; f->name; f++) {
		strbuf_str(out, f == r->fields ? "" : ", ");
		json_quote(out, f->name);
	}
	strbuf_str(out, "],");
	indent(out, depth);
	strbuf_str(out, "\"properties\": {");
	for (const struct field *f = r->fields; f->name; f++) {
		strbuf_str(out, f == r->fields ? "" : ",");
		indent(out, depth + 1);
		json_quote(out, f->name);
		strbuf_str(out, ": {\"description\": ");
		json_quote(out, f->doc);
		strbuf_str(out, ", ");
		write_type(f, depth + 2, out);
		strbuf_char(out, '}');
	}
	strbuf_char(out, '}');
}

void record_schema(const struct record *r, const char *title, struct strbuf *out)
{
	strbuf_str(out,
		   "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
		   "  \"title\": ");
	json_quote(out, title);
	strbuf_str(out, ",\n  \"description\": ");
	json_quote(out, r->doc);
	strbuf_str(out, ",\n  ");
	write_schema(r, 1, out);
	strbuf_str(out, "\n}\n");
}
