/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks among the words of a kernel's command line: of the boot loader, or of
 * the part of it that dracut keeps in its image (dracut.cmdline(7)).
 */
#include "names.h"
#include "text.h"

static const struct parameter {
	const char *name; /* with its "=" */
	const char *where;
	const char *prefix; /* put before the value */
	bool needed;        /* an initramfs waits for resume= a while, then goes on */
} parameters[] = {
	{"root=", "root=", "", true},
	{"real_root=", "root=", "", true},
	{"resume=", "resume=", "", false},
	{"rd.luks.uuid=", "rd.luks.uuid", "UUID=", true},
	{"rd_LUKS_UUID=", "rd.luks.uuid", "UUID=", true},
	{"rd.luks.name=", "rd.luks.name", "UUID=", true},
	{"rd.lvm.lv=", "rd.lvm.lv", "/dev/", true},
	{"rd_LVM_LV=", "rd.lvm.lv", "/dev/", true},
	{"cryptdevice=", "cryptdevice=", "", true},
	{"rd.md.uuid=", "rd.md.uuid", "/dev/disk/by-id/md-uuid-", true},
	{"rd_MD_UUID=", "rd.md.uuid", "/dev/disk/by-id/md-uuid-", true},
};

/* The value without what the parameter adds: "luks-" before a UUID, "=name" or ":name"
 * behind it. */
static struct slice bare_value(const struct parameter *p, struct slice value)
{
	struct slice left, right;

	value = text_unquote(value);
	if (slice_starts(value, "luks-"))
		value = slice_of(value.p + 5, value.n - 5);
	if (strcmp(p->where, "rd.luks.name") == 0 &&
	    text_split(value, '=', &left, &right))
		return left;
	if (strcmp(p->where, "cryptdevice=") == 0 &&
	    text_split(value, ':', &left, &right))
		return left;
	return value;
}

int names_of_word(const struct names_text *t, struct slice word, struct name_fact f,
		  uint64_t line, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(parameters); i++) {
		const struct parameter *p = &parameters[i];
		struct name_fact here = f;
		struct slice value;

		if (!slice_after(word, p->name, &value))
			continue;
		value = bare_value(p, value);
		here.spec = arena_printf(t->scratch, "%s%.*s", p->prefix, (int)value.n,
					 (const char *)value.p);
		if (!here.spec)
			return arena_full(t->scratch, e);
		here.target = f.where ? p->where : NULL;
		here.needed = !f.where && p->needed;
		here.where = f.where ? f.where : p->where;
		r = names_put(t, line, here, e);
	}
	return r;
}

int names_of_cmdline(const struct names_text *t, struct err *e)
{
	struct text lines = text_of(t->text);
	struct slice line, word;
	int r = 0;

	while (r == 0 && text_line(&lines, &line))
		while (r == 0 && text_argument(&line, &word)) {
			struct name_fact f = {.word = arena_strndup(t->scratch, word)};

			r = f.word ? names_of_word(t, text_unquote(word), f, lines.line,
						   e)
				   : arena_full(t->scratch, e);
		}
	return r;
}
