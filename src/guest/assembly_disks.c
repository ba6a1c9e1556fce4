/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a disk is divided into. One that is a member of an array as a whole has no table
 * of its own, whatever its first sector looks like.
 */
#include "assembly_disks.h"

static const char *const chain_form = "%s %s (%s)";

static int add_disk(struct guest *g, const struct assembly_disk *d,
		    const struct volume_table *table, struct err *e)
{
	struct disk_fact *f = vec_add(g->arena, &g->facts->disks);

	if (!f)
		return arena_full(g->arena, e);
	f->name = d->name;
	f->format = d->blocks ? d->blocks->format : "directory";
	f->size = d->blocks ? d->blocks->size : 0;
	if (table) {
		f->sector_size = table->sector_size;
		f->scheme = table->scheme;
		f->disk_id = table->disk_id;
		f->boot_code = table->boot_code;
	}
	for (size_t i = 0; i < d->chain.links.n; i++) {
		const struct chain_link *l = &d->chain.links.v[i];
		const char *text =
			arena_printf(g->arena, chain_form, l->role, l->name, l->format);

		if (!text || !vec_push(g->arena, &f->chain, text))
			return arena_full(g->arena, e);
	}
	return 0;
}

static int add_partition(struct assembly *as, struct guest *g, const char *disk,
			 const struct volume *vol, struct err *e)
{
	struct volume_fact f = {
		.disk = disk,
		.number = vol->number,
		.start = vol->start,
		.size = vol->size,
		.type = vol->type,
		.type_name = vol->type_name,
		.partuuid = vol->partuuid,
		.partlabel = vol->partlabel,
	};

	if (vol->number) {
		f.name = arena_printf(g->arena, "partition %u", vol->number);
		if (!f.name)
			return arena_full(g->arena, e);
	}
	return assembly_add_volume(as, g, &f, vol->blocks, e);
}

/* A disk that is a member of an array as a whole: a table on it is the array's, as far as
 * it makes sense at all. */
static int read_whole(struct assembly *as, struct guest *g, const struct assembly_disk *d,
		      struct err *e)
{
	struct volume_fact f = {.disk = d->name, .size = d->blocks->size};
	int r = add_disk(g, d, NULL, e);

	if (r < 0)
		return r;
	g->facts->disks.v[g->facts->disks.n - 1].scheme = "none";
	return assembly_add_volume(as, g, &f, d->blocks, e);
}

/* A disk in a set that the machine's firmware puts together: named, and not read. */
static int name_external(struct guest *g, const struct assembly_disk *d, const char *fs,
			 const char *what, struct err *e)
{
	struct volume_fact f = {.disk = d->name, .size = d->blocks->size, .fs = fs};
	struct err why = ERR_INIT;
	int r = add_disk(g, d, NULL, e);

	if (r < 0)
		return r;
	if (!vec_push(g->arena, &g->facts->volumes, f))
		return arena_full(g->arena, e);
	err_set(&why, ERR_UNSUPPORTED,
		"the disk is a member of %s, which is not read by this version", what);
	return guest_problem(g, "volume", (struct source){.disk = d->name}, &why) < 0
		       ? arena_full(g->arena, e)
		       : 0;
}

int assembly_read_image(struct assembly *as, struct guest *g,
			const struct assembly_disk *d, struct err *e)
{
	struct volume_table table = {0};
	struct err why = ERR_INIT;
	const char *what, *external = md_external(d->blocks, &what);
	int r;

	if (external)
		return name_external(g, d, external, what, e);
	r = volume_read(d->blocks, g->arena, &table, &why);

	if (md_is_whole(d->blocks, r < 0 ? NULL : &table, g->scratch)) {
		volume_done(&table);
		return read_whole(as, g, d, e);
	}
	if (r < 0) {
		struct source source = {.disk = d->name};

		r = add_disk(g, d, NULL, e);
		if (r < 0)
			return r;
		return guest_problem(g, "volume", source, &why) < 0
			       ? arena_full(g->arena, e)
			       : 0;
	}
	if (!vec_push(g->arena, &as->tables, table)) {
		volume_done(&table);
		return arena_full(g->arena, e);
	}
	r = add_disk(g, d, &table, e);
	for (size_t i = 0; r >= 0 && i < table.remarks.n; i++)
		r = guest_remark(g, "volume", (struct source){.disk = d->name}, "%s",
				 table.remarks.v[i]);
	for (size_t i = 0; r >= 0 && i < table.parts.n; i++)
		r = add_partition(as, g, d->name, &table.parts.v[i], e);
	return r;
}

int assembly_read_directory(struct assembly *as, struct guest *g,
			    const struct assembly_disk *d, struct err *e)
{
	struct volume_fact *f;
	int r = add_disk(g, d, NULL, e);

	if (r < 0)
		return r;
	f = vec_add(g->arena, &g->facts->volumes);
	if (!f)
		return arena_full(g->arena, e);
	f->disk = d->name;
	return assembly_add_mountable(as, g, d->directory, g->facts->volumes.n - 1, e);
}
