/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes schema/facts.schema.json from the tables: ninja -C BUILD update-schema. */
#include <stdio.h>

#include "tables.h"

int main(int argc, char **argv)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1024 * 1024);
	FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;

	if (!file) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 1;
	}
	record_schema(&facts_record, "paravet facts", &out);
	if (!strbuf_ok(&out) || fputs(strbuf_text(&out), file) == EOF ||
	    fclose(file) == EOF)
		return 1;
	return 0;
}
