/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts and lists of any bytes name modules, or are refused; a name is never empty, and
 * stands on a line of the text. */
#include <string.h>

#include "startup_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const startup_list *list, struct slice text)
{
	size_t lines = 1;

	for (size_t i = 0; i < text.n; i++)
		lines += slice_at(text, i) == '\n';
	for (size_t i = 0; i < list->n; i++) {
		const struct startup_fact *f = &list->v[i];

		if (!f->module || !f->module[0] || !f->how || strchr(f->module, '/') ||
		    strchr(f->module, '-') || !f->source.line || f->source.line > lines)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_arena_ struct arena *a = arena_new(1024 * 1024);
	_cleanup_arena_ struct arena *scratch = arena_new(1024 * 1024);
	struct slice text = slice_of(data, size);
	startup_list script = {0}, names = {0};
	struct err e = ERR_INIT;

	if (!a || !scratch)
		return 0;
	(void)!startup_script_parse(text, scratch, a, (struct source){0}, &script, &e);
	check(&script, text);
	(void)!startup_names_parse(text, a, (struct source){0}, &names, &e);
	check(&names, text);
	return 0;
}
