/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An array may lie on several disks, and another one on it, so arrays are looked for when
 * all disks and partitions are known, and again on the arrays that were found. What keeps
 * one from being read becomes a problem; the others are read.
 */
#include "assembly_md.h"

#include "assembly_stack.h"
#include "escape.h"
#include "limits.h"
#include "mdadm_conf.h"
#include "volumes.h"

int assembly_add_raid_member(struct assembly *as, struct guest *g, struct blocks *blocks,
			     size_t volume, struct err *e)
{
	struct physical p = {blocks, volume};

	return vec_push(g->arena, &as->raids, p) ? 0 : arena_full(g->arena, e);
}

/* --- Names below /dev --- */

static int add_name(struct guest *g, struct volume_fact *f, const char *name,
		    struct err *e)
{
	return name && strs_add_once(g->arena, &f->device_names, name)
		       ? 0
		       : arena_full(g->arena, e);
}

/* md7: which array that is differs with mdadm.conf; there is one of each. */
static bool is_number(const char *name)
{
	return strncmp(name, "md", 2) == 0 && name[2] &&
	       name[2 + strspn(name + 2, "0123456789")] == '\0';
}

/* As udev's rules and mdadm name it. */
static int name_array(struct guest *g, const struct md_array *array,
		      struct volume_fact *f, struct err *e)
{
	struct arena *a = g->arena;
	int r = add_name(g, f, array->name, e);

	if (r == 0 && is_number(array->name))
		r = add_name(g, f, arena_printf(a, "md/%s", array->name + 2), e);
	if (r == 0)
		r = add_name(g, f, arena_printf(a, "disk/by-id/md-uuid-%s", array->uuid),
			     e);
	if (r == 0 && array->set_name)
		r = add_name(g, f,
			     arena_printf(a, "disk/by-id/md-name-%s", array->set_name),
			     e);
	return r;
}

/* A partition of it: "md0p1", "md/root1", "disk/by-id/md-uuid-...-part1". */
static int name_part(struct guest *g, const struct array_part *part, struct err *e)
{
	const struct volume_fact *array = &g->facts->volumes.v[part->array];
	struct volume_fact *f = &g->facts->volumes.v[part->volume];
	int r = 0;

	f->device_names = (strs){0};
	for (size_t i = 0; r == 0 && i < array->device_names.n; i++) {
		const char *base = array->device_names.v[i];
		size_t n = strlen(base);
		bool digit = n && base[n - 1] >= '0' && base[n - 1] <= '9';
		const char *between = strncmp(base, "disk/", 5) == 0 ? "-part"
				      : digit                        ? "p"
								     : "";

		r = add_name(
			g, f,
			arena_printf(g->arena, "%s%s%u", base, between, part->number), e);
	}
	return r;
}

static int name_parts(const struct assembly *as, struct guest *g, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < as->array_parts.n; i++)
		r = name_part(g, &as->array_parts.v[i], e);
	return r;
}

/* Into a new list: the old one may be that of another reading of the same disks. */
static int drop_names(struct guest *g, struct volume_fact *f, const char *name,
		      bool numbers, struct err *e)
{
	strs kept = {0};

	for (size_t i = 0; i < f->device_names.n; i++) {
		const char *have = f->device_names.v[i];

		if (strcmp(have, name) != 0 && !(numbers && is_number(have)) &&
		    !vec_push(g->arena, &kept, have))
			return arena_full(g->arena, e);
	}
	f->device_names = kept;
	return 0;
}

/* The array that a line of mdadm.conf means. */
static int find_array(struct guest *g, const struct mdadm_array *line,
		      struct volume_fact **ret, struct err *e)
{
	const char *by_name = line->set_name
				      ? arena_printf(g->scratch, "disk/by-id/md-name-%s",
						     line->set_name)
				      : "";

	*ret = NULL;
	if (!by_name)
		return arena_full(g->scratch, e);
	for (size_t i = 0; !*ret && i < g->facts->volumes.n; i++) {
		struct volume_fact *v = &g->facts->volumes.v[i];

		if (v->array_uuid &&
		    (line->uuid ? mdadm_same_uuid(slice_str(line->uuid), v->array_uuid)
				: strs_has(&v->device_names, by_name)))
			*ret = v;
	}
	return 0;
}

/* It gives that array its name, and takes it from the others. */
static int take_line(struct guest *g, const struct mdadm_array *line, struct err *e)
{
	const char *name = line->device;
	struct volume_fact *to;
	int r;

	if (!name || strncmp(name, "/dev/", 5) != 0)
		return 0;
	name += 5;
	r = find_array(g, line, &to, e);
	for (size_t i = 0; r == 0 && to && i < g->facts->volumes.n; i++)
		if (g->facts->volumes.v[i].array_uuid)
			r = drop_names(g, &g->facts->volumes.v[i], name,
				       is_number(name) && &g->facts->volumes.v[i] == to,
				       e);
	return r == 0 && to ? add_name(g, to, arena_strdup(g->arena, name), e) : r;
}

/* Linux gives the numbers from 127 down to arrays that have none: of a single one it is
 * known which. */
static int name_unnumbered(struct guest *g, struct err *e)
{
	struct volume_fact *only = NULL;
	size_t count = 0;

	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		struct volume_fact *v = &g->facts->volumes.v[i];
		bool numbered = !v->array_uuid;

		for (size_t k = 0; k < v->device_names.n; k++)
			numbered = numbered || is_number(v->device_names.v[k]);
		if (!numbered) {
			only = v;
			count++;
		}
	}
	return count == 1 ? add_name(g, only, "md127", e) : 0;
}

/* Of a file with more lines than anybody has, none is taken. */
static int read_lines(struct guest *g, struct tree *tree, mdadm_arrays *lines,
		      struct err *e)
{
	static const char *const paths[] = {"/etc/mdadm/mdadm.conf", "/etc/mdadm.conf"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct err ignored = ERR_INIT; /* the reader of names tells of it */
		struct err why = ERR_INIT;
		struct slice text;
		struct file file;

		if (tree_read(tree, paths[i], LIMIT_CONFIG_FILE, g->scratch, &file, &text,
			      &ignored) >= 0 &&
		    mdadm_conf_arrays(text, g->scratch, lines, &why) < 0 &&
		    guest_problem(g, "names", guest_source(g, &file, 0, 0), &why) < 0)
			return arena_full(g->arena, e);
	}
	return 0;
}

int assembly_name_arrays(const struct assembly *as, struct guest *g, struct tree *tree,
			 struct err *e)
{
	mdadm_arrays lines = {0};
	int r = as->arrays.n ? read_lines(g, tree, &lines, e) : 0;

	for (size_t i = 0; r == 0 && i < lines.n; i++)
		r = take_line(g, &lines.v[i], e);
	if (r == 0)
		r = name_unnumbered(g, e);
	return r == 0 ? name_parts(as, g, e) : r;
}

/* --- What is on them --- */

/* Two arrays may have one name: then the UUID tells them apart. */
static const char *title_of(struct guest *g, const struct md_array *array)
{
	const char *name = arena_printf(g->arena, "MD %s", array->name);

	for (size_t i = 0; name && i < g->facts->volumes.n; i++)
		if (g->facts->volumes.v[i].name &&
		    strcmp(g->facts->volumes.v[i].name, name) == 0)
			return arena_printf(g->arena, "%s (%s)", name, array->uuid);
	return name;
}

static int add_part(struct assembly *as, struct guest *g, size_t array,
		    const struct volume *vol, struct err *e)
{
	const struct volume_fact *below = &g->facts->volumes.v[array];
	struct array_part part = {g->facts->volumes.n, array, vol->number};
	struct volume_fact f = {
		.start = vol->start,
		.size = vol->size,
		.type = vol->type,
		.type_name = vol->type_name,
		.partuuid = vol->partuuid,
		.partlabel = vol->partlabel,
	};
	int r;

	f.name = arena_printf(g->arena, "%s partition %u", below->name, vol->number);
	if (!f.name || !vec_push(g->arena, &as->array_parts, part))
		return arena_full(g->arena, e);
	r = assembly_lies_on(g, &f, array, e);
	return r == 0 ? assembly_add_volume(as, g, &f, vol->blocks, e) : r;
}

/* 1: the array has a table, and its partitions are volumes now. */
static int add_parts(struct assembly *as, struct guest *g, struct blocks *blocks,
		     size_t array, struct err *e)
{
	struct volume_table table = {0};
	struct err why = ERR_INIT;
	int r = volume_read(blocks, g->arena, &table, &why);

	if (r < 0)
		return assembly_tell(g, &g->facts->volumes.v[array], why.code, why.text,
				     e) < 0
			       ? -(int)e->code
			       : 1;
	if (!vec_push(g->arena, &as->tables, table)) {
		volume_done(&table);
		return arena_full(g->arena, e);
	}
	for (size_t i = 0; r == 0 && i < table.remarks.n; i++)
		r = assembly_tell(g, &g->facts->volumes.v[array], ERR_NONE,
				  table.remarks.v[i], e);
	if (r < 0 || strcmp(table.scheme, "none") == 0)
		return r;
	g->facts->volumes.v[array].read = true;
	for (size_t i = 0; r == 0 && i < table.parts.n; i++)
		r = add_part(as, g, array, &table.parts.v[i], e);
	return r < 0 ? r : 1;
}

static int add_array(struct assembly *as, struct guest *g, const struct md_array *array,
		     const struct physical *members, struct err *e)
{
	struct volume_fact f = {.size = array->size,
				.type = "md",
				.type_name = "Linux RAID array",
				.array_uuid = array->uuid,
				.level = array->level,
				.metadata = array->metadata,
				.missing = array->missing};
	size_t index;
	int r = 0;

	for (size_t i = 0; r == 0 && i < array->members.n; i++)
		r = assembly_lies_on(g, &f, members[array->members.v[i]].volume, e);
	if (r == 0)
		r = name_array(g, array, &f, e);
	if (r < 0)
		return r;
	f.name = title_of(g, array);
	if (!f.name)
		return arena_full(g->arena, e);
	if (array->blocks) {
		index = g->facts->volumes.n;
		if (!vec_push(g->arena, &g->facts->volumes, f))
			return arena_full(g->arena, e);
		r = add_parts(as, g, array->blocks, index, e);
		return r == 0 ? assembly_open_stacked(as, g, array->blocks, index, e)
			      : (r < 0 ? r : 0);
	}
	if (!vec_push(g->arena, &g->facts->volumes, f))
		return arena_full(g->arena, e);
	return assembly_tell(g, &f, array->code, array->problem, e);
}

/* --- Rounds --- */

static int mark_members(struct assembly *as, struct guest *g, size_t from,
			const struct md_member *members, size_t n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct volume_fact *v =
			&g->facts->volumes.v[as->raids.v[from + i].volume];

		v->read = members[i].found;
		if (!members[i].found)
			r = assembly_tell(g, v, ERR_CORRUPT,
					  "it looks like a member of a Linux software "
					  "RAID, but its superblock was written for "
					  "another place",
					  e);
	}
	return r;
}

/* Those that were remembered from `from` on. */
static int find_some(struct assembly *as, struct guest *g, size_t from, struct err *e)
{
	size_t n = as->raids.n - from;
	struct md_member *members = arena_calloc(g->scratch, n, sizeof(*members));
	struct md_set set = {0};
	int r;

	if (!members)
		return arena_full(g->scratch, e);
	for (size_t i = 0; i < n; i++) {
		const struct physical *p = &as->raids.v[from + i];

		members[i].blocks = p->blocks;
		members[i].where =
			volume_title(g->scratch, &g->facts->volumes.v[p->volume]);
		if (!members[i].where)
			return arena_full(g->scratch, e);
	}
	r = md_assemble(members, n, g->arena, g->scratch, &set, e);
	if (r < 0)
		return r;
	if (!vec_push(g->arena, &as->arrays, set)) {
		md_done(&set);
		return arena_full(g->arena, e);
	}
	r = mark_members(as, g, from, members, n, e);
	for (size_t i = 0; r == 0 && i < set.notes.n; i++)
		r = assembly_tell(
			g,
			&g->facts->volumes
				 .v[as->raids.v[from + set.notes.v[i].member].volume],
			set.notes.v[i].code, set.notes.v[i].text, e);
	/* The list may move while members on arrays are added to it. */
	for (size_t i = 0; r == 0 && i < set.arrays.n; i++)
		r = add_array(as, g, &set.arrays.v[i], as->raids.v + from, e);
	return r;
}

int assembly_find_arrays(struct assembly *as, struct guest *g, struct err *e)
{
	size_t from = 0;
	int r = 0;

	for (size_t depth = 0; r == 0 && from < as->raids.n; depth++) {
		size_t next = as->raids.n;

		if (depth == LIMIT_MD_DEPTH)
			return assembly_tell(
				g, &g->facts->volumes.v[as->raids.v[from].volume],
				ERR_LIMIT, "arrays on arrays are nested too deep", e);
		r = find_some(as, g, from, e);
		from = next;
	}
	return r == 0 ? name_parts(as, g, e) : r;
}

void assembly_free_arrays(struct assembly *as)
{
	/* those on top of others first */
	for (size_t i = as->arrays.n; i > 0; i--)
		md_done(&as->arrays.v[i - 1]);
}
