/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "rewrite_entry.h"
#include "strbuf.h"
#include "text.h"
#include "xl_disk.h"

/* --- Putting texts together --- */

static int by_offset(const void *a, const void *b)
{
	const struct rewrite *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int rewrite_one(struct slice file, const struct rewrite *r, uint64_t *done,
		       struct strbuf *out, struct err *e)
{
	size_t n = strlen(r->before);
	struct slice kept;

	if (r->offset < *done)
		return err_set(e, ERR_USAGE, "two changes of the text at offset %llu",
			       (unsigned long long)r->offset);
	if (!slice_has(file, r->offset, r->before, n) ||
	    !slice_sub(file, *done, r->offset - *done, &kept))
		return err_set(e, ERR_CORRUPT,
			       "`%s` does not stand at offset %llu: the description has "
			       "changed since it was read",
			       escape_short(slice_str(r->before)).text,
			       (unsigned long long)r->offset);
	strbuf_add(out, kept.p, kept.n);
	strbuf_str(out, r->after);
	*done = r->offset + n;
	return 0;
}

int rewrite_whole(struct slice file, const rewrite_list *list, struct arena *a,
		  struct slice *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_MACHINE_FILE);
	struct rewrite *sorted = arena_calloc(a, list->n, sizeof(*sorted));
	struct slice rest = SLICE_NONE;
	uint64_t done = 0;
	const char *copy;
	int r = sorted ? 0 : arena_full(a, e);

	if (r >= 0 && list->n) {
		memcpy(sorted, list->v, list->n * sizeof(*sorted));
		qsort(sorted, list->n, sizeof(*sorted), by_offset);
	}
	for (size_t i = 0; r >= 0 && i < list->n; i++)
		r = rewrite_one(file, &sorted[i], &done, &out, e);
	if (r < 0)
		return r;
	if (slice_sub(file, done, file.n - done, &rest))
		strbuf_add(&out, rest.p, rest.n);
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "a description of more than %zu bytes",
			       LIMIT_MACHINE_FILE);
	copy = arena_memdup(a, strbuf_text(&out), out.n);
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, out.n);
	return 0;
}

int rewrite_entry(const char *entry, const rewrite_list *list, struct arena *a,
		  const char **ret, struct err *e)
{
	struct slice text;
	const char *copy;
	int r = rewrite_whole(slice_str(entry), list, a, &text, e);

	if (r < 0)
		return r;
	copy = arena_strndup(a, text);
	if (!copy)
		return arena_full(a, e);
	*ret = copy;
	return 0;
}

int rewrite_add(struct slice entry, struct slice part, const char *after,
		rewrite_list *list, struct arena *a, struct err *e)
{
	struct rewrite change = {.after = after, .before = arena_strndup(a, part)};

	change.offset = slice_offset(entry, part);
	return change.before && after && vec_push(a, list, change) ? 0 : arena_full(a, e);
}

/* --- What can be rewritten --- */

bool rewrite_is_xl(const struct machine *m)
{
	return text_is(m->format, "xl");
}

static bool is_form(const struct machine *m)
{
	return rewrite_is_xl(m) || text_is(m->format, "libvirt");
}

bool rewrite_is_xen(const struct machine *m)
{
	return text_is(m->hypervisor, "xen");
}

bool rewrite_takes_images(const struct machine *m)
{
	return is_form(m) && (rewrite_is_xen(m) || text_is(m->hypervisor, "kvm") ||
			      text_is(m->hypervisor, "qemu"));
}

int rewrite_check_form(const struct machine *m, bool takes, const char *entry,
		       uint64_t line, struct err *e)
{
	if (!is_form(m))
		return err_set(
			e, ERR_UNSUPPORTED,
			"a description in the form %s is not rewritten: xm, xl and "
			"libvirt XML are",
			m->format ? m->format : "that is not known");
	if (!takes)
		return err_set(e, ERR_UNSUPPORTED,
			       "only machines of Xen are rewritten, not of %s",
			       m->hypervisor ? escape_short(slice_str(m->hypervisor)).text
					     : "a hypervisor that is not stated");
	if (!entry)
		return err_set(e, ERR_UNSUPPORTED,
			       "line %llu: the entry of the device is not written in one "
			       "piece: change it by hand",
			       (unsigned long long)line);
	return 0;
}

static bool is_pv_name(const char *target)
{
	struct slice s = slice_str(target);

	if (!slice_starts(s, "xvd") || s.n < 4 || s.n > 5)
		return false;
	for (size_t i = 3; i < s.n; i++)
		if (slice_at(s, i) < 'a' || slice_at(s, i) > 'z')
			return false;
	return true;
}

static int check_target(const struct machine *m, const struct machine_disk *d,
			const char *target, struct err *e)
{
	if (!text_is(d->device, "disk"))
		return err_set(e, ERR_UNSUPPORTED,
			       "line %llu: this drive is no disk: it stays emulated",
			       (unsigned long long)d->line);
	if (!is_pv_name(target))
		return err_set(e, ERR_USAGE,
			       "a para-virtualized disk of Xen is called xvda to xvdzz, "
			       "not %s",
			       escape_short(slice_str(target)).text);
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].order != d->order &&
		    text_is(m->disks.v[i].target, target))
			return err_set(e, ERR_USAGE,
				       "%s is the name of another disk (line %llu)",
				       target, (unsigned long long)m->disks.v[i].line);
	return 0;
}

/* --- xm and xl --- */

/* "ioemu:hdb", "/dev/hdb" and "hdb:disk" become "xvdb", "xvdb" and "xvdb:disk". */
static int rewrite_xl_disk(const char *entry, const char *target, struct arena *a,
			   const char **ret, struct err *e)
{
	struct slice whole = slice_str(entry), word = SLICE_NONE, name, kind;
	rewrite_list list = {0};
	int r = xl_disk_target(whole, &word, e);

	if (r < 0)
		return r;
	if (!word.n)
		return err_set(e, ERR_CORRUPT, "`%s` names no disk",
			       escape_short(whole).text);
	name = word;
	if (slice_starts(name, "ioemu:"))
		(void)text_split(word, ':', &kind, &name);
	if (text_split(name, ':', &name, &kind)) {
		const char *behind = arena_strndup(a, kind);

		target = behind ? arena_printf(a, "%s:%s", target, behind) : NULL;
	}
	r = rewrite_add(whole, word, target, &list, a, e);
	return r < 0 ? r : rewrite_entry(entry, &list, a, ret, e);
}

static bool is_emulated_type(struct slice item, struct arena *a)
{
	struct slice key, value;

	return text_split(item, '=', &key, &value) && slice_eq(text_trim(key), "type") &&
	       text_is(arena_strndup(a, text_trim(value)), "ioemu");
}

/* Leaves `type=ioemu` out, with its comma. */
static int rewrite_xl_nic(const char *entry, struct arena *a, const char **ret,
			  struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_MACHINE_ENTRY + 1);
	struct slice rest = slice_str(entry), item;
	bool more = true, any = false, left_out = false;
	const char *copy;

	while (more) {
		struct arena_mark mark = arena_mark(a);
		bool emulated;

		more = text_split(rest, ',', &item, &rest);
		item = more ? item : rest;
		emulated = is_emulated_type(item, a);
		arena_rewind(a, mark);
		left_out |= emulated;
		if (emulated)
			continue;
		if (any)
			strbuf_char(&out, ',');
		else if (left_out) /* blanks behind the comma go with it */
			item = text_trim(item);
		strbuf_add(&out, item.p, item.n);
		any = true;
	}
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "an entry of more than %zu bytes",
			       LIMIT_MACHINE_ENTRY);
	copy = arena_strdup(a, strbuf_text(&out));
	if (!copy)
		return arena_full(a, e);
	*ret = copy;
	return 0;
}

/* --- libvirt --- */

int rewrite_parse(const char *entry, struct arena *a, struct xml_node **ret,
		  struct err *e)
{
	struct parts p = {.arena = a, .text = slice_str(entry)};

	return xml_parse(p.text, &p, ret, e);
}

static int rewrite_xml_disk(const char *entry, const char *target, struct arena *a,
			    const char **ret, struct err *e)
{
	struct slice whole = slice_str(entry), dev, bus;
	struct xml_node *root, *node;
	rewrite_list list = {0};
	int r = rewrite_parse(entry, a, &root, e);

	if (r < 0)
		return r;
	node = xml_child(root, "target");
	if (!xml_attr_source(node, "dev", &dev))
		return err_set(e, ERR_CORRUPT,
			       "the disk has no <target dev='...'>: it cannot be named");
	r = rewrite_add(whole, dev, target, &list, a, e);
	if (r >= 0 && xml_attr_source(node, "bus", &bus))
		r = rewrite_add(whole, bus, "xen", &list, a, e);
	return r < 0 ? r : rewrite_entry(entry, &list, a, ret, e);
}

static int rewrite_xml_nic(const char *entry, struct arena *a, const char **ret,
			   struct err *e)
{
	struct xml_node *root;
	rewrite_list list = {0};
	struct slice type;
	int r = rewrite_parse(entry, a, &root, e);

	if (r < 0)
		return r;
	if (xml_attr_source(xml_child(root, "model"), "type", &type))
		r = rewrite_add(slice_str(entry), type, "netfront", &list, a, e);
	return r < 0 ? r : rewrite_entry(entry, &list, a, ret, e);
}

/* --- All --- */

int rewrite_disk_pv(const struct machine *m, const struct machine_disk *d,
		    const char *target, struct arena *a, const char **ret, struct err *e)
{
	int r = rewrite_check_form(m, rewrite_is_xen(m), d->entry, d->line, e);

	if (r >= 0)
		r = check_target(m, d, target, e);
	if (r < 0)
		return r;
	return rewrite_is_xl(m) ? rewrite_xl_disk(d->entry, target, a, ret, e)
				: rewrite_xml_disk(d->entry, target, a, ret, e);
}

int rewrite_nic_pv(const struct machine *m, const struct machine_nic *n, struct arena *a,
		   const char **ret, struct err *e)
{
	int r = rewrite_check_form(m, rewrite_is_xen(m), n->entry, n->line, e);

	if (r < 0)
		return r;
	if (!n->emulated && !n->pv)
		return err_set(e, ERR_UNSUPPORTED,
			       "line %llu: a card of the host itself, or one that is not "
			       "known to be emulated",
			       (unsigned long long)n->line);
	if (n->pv) {
		*ret = n->entry;
		return 0;
	}
	return rewrite_is_xl(m) ? rewrite_xl_nic(n->entry, a, ret, e)
				: rewrite_xml_nic(n->entry, a, ret, e);
}
