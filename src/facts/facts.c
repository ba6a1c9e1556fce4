/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts.h"

#include "tables.h"
#include "text.h"

bool module_name_eq(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const struct entry_fact *facts_default_entry(const struct facts *f)
{
	for (size_t i = 0; i < f->boot.entries.n; i++)
		if (f->boot.entries.v[i].is_default)
			return &f->boot.entries.v[i];
	return NULL;
}

const struct kernel_fact *facts_default_kernel(const struct facts *f)
{
	for (size_t i = 0; i < f->kernels.n; i++)
		if (f->kernels.v[i].is_default)
			return &f->kernels.v[i];
	return NULL;
}

const struct kernel_fact *facts_only_kernel(const struct facts *f)
{
	const struct kernel_fact *found = NULL;

	for (size_t i = 0; i < f->kernels.n; i++) {
		if (f->boot.entries.n || (found && f->kernels.v[i].image))
			return NULL;
		if (f->kernels.v[i].image)
			found = &f->kernels.v[i];
	}
	return found;
}

bool kernel_is_unified(const struct kernel_fact *k)
{
	return k->image && text_same(k->image, k->initramfs.path);
}

bool boot_is_mapped(const struct boot_fact *b)
{
	return text_same(b->loader, "lilo") || text_same(b->loader, "zipl");
}

/* What resolves_to says begins with the disk: "data.img, partition 1". A disk may have a
 * comma in its own name, so the longest that fits counts. */
static const char *disk_titled(const struct facts *f, const char *title)
{
	struct slice where = slice_str(title ? title : "");
	const char *found = NULL;

	for (size_t i = 0; i < f->disks.n; i++) {
		const char *name = f->disks.v[i].name;
		int next = name ? slice_at(where, strlen(name)) : 0;

		if (name && slice_starts(where, name) && (next < 0 || next == ',') &&
		    (!found || strlen(name) > strlen(found)))
			found = name;
	}
	return found;
}

const char *facts_disk_of_name(const struct facts *f, const struct name_fact *n)
{
	return disk_titled(f, n->resolves_to);
}

const struct volume_fact *facts_root_volume(const struct facts *f)
{
	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (text_same(v->disk, f->root_disk) &&
		    (v->name ? text_same(v->name, f->root_volume) : !f->root_volume))
			return v;
	}
	return NULL;
}

bool facts_is_folder(const struct facts *f)
{
	for (size_t i = 0; i < f->disks.n; i++)
		if (!text_same(f->disks.v[i].format, "directory"))
			return false;
	return f->disks.n > 0;
}

const struct volume_fact *facts_volume_titled(const struct facts *f, const char *title)
{
	const char *disk = disk_titled(f, title);
	struct slice where = slice_str(title ? title : ""), name;
	size_t at = disk ? strlen(disk) : 0;

	for (size_t i = 0; disk && i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];
		/* The one on a bare disk has no name of its own. */
		size_t from = v->name ? at + strlen(", ") : at;

		if (v->disk && strcmp(v->disk, disk) == 0 && where.n >= from &&
		    slice_sub(where, from, where.n - from, &name) &&
		    slice_eq(name, v->name ? v->name : ""))
			return v;
	}
	return NULL;
}

const struct volume_fact *facts_volume_of_name(const struct facts *f,
					       const struct name_fact *n)
{
	return facts_volume_titled(f, n->resolves_to);
}

static const char *name_of(const struct volume_fact *v, enum volume_name name)
{
	return name == VOLUME_UUID    ? v->uuid
	       : name == VOLUME_LABEL ? v->label
				      : v->partuuid;
}

/* Two devices of one file system (Btrfs)? */
static bool are_devices(const struct volume_fact *v, const struct volume_fact *w)
{
	return v->device && w->device && text_same(v->uuid, w->uuid);
}

const struct volume_fact *facts_twin(const struct facts *f, const struct volume_fact *v,
				     enum volume_name name)
{
	for (size_t i = 0; name_of(v, name) && i < f->volumes.n; i++) {
		const struct volume_fact *w = &f->volumes.v[i];
		bool one = name != VOLUME_PARTUUID && are_devices(v, w);

		if (w != v && !one && text_same(name_of(v, name), name_of(w, name)))
			return w;
	}
	return NULL;
}

static bool add_once(struct arena *a, volume_refs *list, const struct volume_fact *v)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == v)
			return true;
	return vec_push(a, list, v);
}

bool facts_stack_of(const struct facts *f, const struct volume_fact *v, struct arena *a,
		    volume_refs *ret)
{
	volume_refs list = {0};
	bool added = !v || add_once(a, &list, v);

	for (size_t i = 0; i < list.n; i++) {
		for (size_t k = 0; added && k < list.v[i]->on.n; k++) {
			v = facts_volume_titled(f, list.v[i]->on.v[k]);
			added = !v || add_once(a, &list, v);
		}
		for (size_t k = 0; added && list.v[i]->device && k < f->volumes.n; k++)
			added = !are_devices(list.v[i], &f->volumes.v[k]) ||
				add_once(a, &list, &f->volumes.v[k]);
	}
	*ret = list;
	return added;
}

const struct volume_fact *facts_array_of(const volume_refs *stack)
{
	for (size_t i = 0; i < stack->n; i++)
		if (stack->v[i]->array_uuid)
			return stack->v[i];
	return NULL;
}

const struct module_fact *module_by_name(const module_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].name && module_name_eq(list->v[i].name, name))
			return &list->v[i];
	return NULL;
}

void facts_to_json(const struct facts *f, struct strbuf *out)
{
	record_write(&facts_record, f, out);
	strbuf_char(out, '\n');
}

void facts_schema(struct strbuf *out)
{
	record_schema(&facts_record, "paravet facts", out);
}

int facts_from_json(struct slice json, struct arena *a, struct facts *ret, struct err *e)
{
	struct facts got;
	int r = record_read(&facts_record, json, a, &got, e);

	if (r < 0)
		return r;
	if (got.format != FACTS_FORMAT)
		return err_set(e, ERR_UNSUPPORTED,
			       "facts of format %llu; this program reads format %d",
			       (unsigned long long)got.format, FACTS_FORMAT);
	*ret = got;
	return 0;
}
