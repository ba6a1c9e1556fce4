/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The JSON Schemas of this folder are made from the tables that write and read the
 * documents. `write-schema DIR` writes them, `write-schema --check DIR` fails when one of
 * them is not what the tables make: ninja -C BUILD update-schema mends that.
 */
#include <stdio.h>
#include <string.h>

#include "applied.h"
#include "facts.h"
#include "module.h"
#include "plan.h"
#include "proof.h"
#include "undo/undone.h"
#include "verdict.h"

enum { SCHEMA_MAX = 1024 * 1024 };

static const struct {
	const char *file;
	void (*make)(struct strbuf *out);
} schemas[] = {
	{"facts.schema.json", facts_schema},
	{"verdict.schema.json", verdict_schema},
	{"kernel.schema.json", worksheets_schema},
	{"module.schema.json", module_schema},
	{"plan.schema.json", plan_schema},
	{"prove.schema.json", proof_schema},
	{"apply.schema.json", applied_schema},
	{"undo.schema.json", undone_schema},
};

static bool write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	return file && fputs(text, file) != EOF && fclose(file) != EOF;
}

static bool is_current(const char *path, const char *text)
{
	static char kept[SCHEMA_MAX];
	FILE *file = fopen(path, "r");
	size_t n = file ? fread(kept, 1, sizeof(kept) - 1, file) : 0;

	if (file)
		fclose(file);
	kept[n] = '\0';
	return strcmp(kept, text) == 0;
}

int main(int argc, char **argv)
{
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;
	const char *dir = check ? argv[2] : argv[1];
	int bad = 0;

	if (argc != (check ? 3 : 2)) {
		fprintf(stderr, "usage: %s [--check] DIR\n", argv[0]);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
		_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(SCHEMA_MAX - 1);
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", dir, schemas[i].file);
		schemas[i].make(&out);
		if (!strbuf_ok(&out) || !(check ? is_current(path, strbuf_text(&out))
						: write_file(path, strbuf_text(&out)))) {
			fprintf(stderr, "%s: %s\n", path,
				check ? "not what the tables make: ninja update-schema"
				      : "cannot write");
			bad = 1;
		}
	}
	return bad;
}
