/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[ERR_CODE_COUNT] = {
	[ERR_NONE] = "none",
	[ERR_NOMEM] = "no-memory",
	[ERR_IO] = "io",
	[ERR_CORRUPT] = "corrupt",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_ABSENT] = "absent",
	[ERR_AMBIGUOUS] = "ambiguous",
	[ERR_LIMIT] = "limit",
	[ERR_REFUSED] = "refused",
	[ERR_USAGE] = "usage",
	[ERR_PROGRAM] = "program",
	[ERR_BUG] = "bug",
};

const char *err_code_name(enum err_code code)
{
	return (unsigned)code < ERR_CODE_COUNT ? code_names[code] : "bug";
}

int err_record(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -(int)code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char context[256];
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(context, sizeof(context) - 2, fmt, ap);
	va_end(ap);
	n = strlen(context);
	memmove(e->text + n + 2, e->text, sizeof(e->text) - n - 2);
	memcpy(e->text, context, n);
	memcpy(e->text + n, ": ", 2);
	e->text[sizeof(e->text) - 1] = '\0';
	return -(int)e->code;
}

void err_clear(struct err *e)
{
	e->code = ERR_NONE;
	e->text[0] = '\0';
}
