/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notes.h"

#include <stdarg.h>

int volume_note(volume_notes *to, struct arena *a, size_t member, enum err_code code,
		struct err *e, const char *fmt, ...)
{
	struct volume_note note = {.code = code, .member = member};
	va_list ap;

	va_start(ap, fmt);
	note.text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return note.text && vec_push(a, to, note) ? 0 : arena_full(a, e);
}
