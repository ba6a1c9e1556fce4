/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of forms, and what is done to every machine whatever its form. */
#include "machine.h"

#include "escape.h"
#include "limits.h"
#include "parts.h"

/* All are asked; the order is only that of the error message. */
static const struct machine_format *const machine_formats[] = {
	&machine_xl, &machine_libvirt, &machine_vmx, &machine_ovf};

static int recognise(struct slice text, const struct machine_format **ret, struct err *e)
{
	const struct machine_format *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(machine_formats); i++) {
		const struct machine_format *f = machine_formats[i];

		if (!f->recognise(text))
			continue;
		if (found)
			return err_set(e, ERR_AMBIGUOUS,
				       "it reads as %s and as %s at the same time",
				       found->doc, f->doc);
		found = f;
	}
	if (!found)
		return err_set(e, ERR_UNSUPPORTED,
			       "no description of a machine that is known here: neither "
			       "%s, nor %s, nor %s, nor %s",
			       machine_formats[0]->doc, machine_formats[1]->doc,
			       machine_formats[2]->doc, machine_formats[3]->doc);
	*ret = found;
	return 0;
}

static int parse(struct slice text, struct parts *p, struct err *e)
{
	const struct machine_format *f;
	int r = 0;

	if (text.n > LIMIT_MACHINE_FILE)
		return err_set(e, ERR_LIMIT,
			       "a description of more than %zu bytes is not read",
			       LIMIT_MACHINE_FILE);
	if (slice_find(text, 0, 0) < text.n)
		return err_set(e, ERR_CORRUPT,
			       "a NUL byte at offset %zu: this is no text file (UTF-16 "
			       "has to be converted to UTF-8)",
			       slice_find(text, 0, 0));
	r = recognise(text, &f, e);
	if (r < 0)
		return r;
	p->m.format = f->name;
	r = f->parse(text, p, e);
	if (r < 0)
		return r;
	parts_remarks(p);
	if (p->too_many)
		return err_set(e, ERR_LIMIT, "more than %d disks or network cards",
			       LIMIT_MACHINE_DEVICES);
	return p->full ? arena_full(p->arena, e) : 0;
}

int machine_parse(struct slice text, const char *name, struct arena *a,
		  struct machine *ret, struct err *e)
{
	struct parts p = {.arena = a, .text = text};
	int r;

	p.m.source = parts_dup(&p, slice_str(name));
	r = parse(text, &p, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(name)).text);
	*ret = p.m;
	return 0;
}
