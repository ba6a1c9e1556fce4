/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names below /dev/disk/by-id and by-path hold a serial number or a place of the machine,
 * which no disk image tells. But the guest itself says which disk one of them means: the
 * line by which it mounts / names the disk that / was found on, so all names with the
 * same beginning are partitions of that disk.
 */
#include "names.h"
#include "text.h"
#include "volumes.h"

/* "/dev/disk/by-id/ata-X-part2" is partition 2 of "/dev/disk/by-id/ata-X". */
static bool take_apart(const struct name_fact *n, struct slice *ret_disk,
		       uint64_t *ret_partition)
{
	static const char part[] = "-part";
	struct slice s = slice_str(n->spec), digits;
	size_t at = s.n;

	if (!text_same(n->kind, "by-id") && !text_same(n->kind, "by-path"))
		return false;
	while (at > 0 && text_is_digit(slice_at(s, at - 1)))
		at--;
	return !n->stable && at > strlen(part) &&
	       slice_has(s, at - strlen(part), part, strlen(part)) &&
	       slice_sub(s, at, s.n - at, &digits) &&
	       text_u64(digits, 255, ret_partition) &&
	       slice_sub(s, 0, at - strlen(part), ret_disk);
}

static const struct volume_fact *volume_at(const struct facts *f, const char *mount)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (strs_has(&f->volumes.v[i].mounted_at, mount))
			return &f->volumes.v[i];
	return NULL;
}

/* Does it name / itself, and the partition on which that was found? */
static bool is_of_root(const struct name_fact *n, const struct volume_fact *root,
		       struct slice *ret_disk)
{
	uint64_t partition;

	return (text_same(n->where, "root=") ||
		(text_same(n->where, "fstab") && text_same(n->target, "/"))) &&
	       take_apart(n, ret_disk, &partition) && partition == root->number;
}

static int resolve_list(struct naming *n, name_list *list, struct slice base,
			const char *disk, struct err *e)
{
	const struct facts *f = n->g->facts;

	for (size_t i = 0; i < list->n; i++) {
		struct name_fact *name = &list->v[i];
		uint64_t partition;
		struct slice own;

		if (name->resolves_to || !take_apart(name, &own, &partition) ||
		    !slice_same(own, base))
			continue;
		for (size_t v = 0; v < f->volumes.n; v++) {
			if (f->volumes.v[v].number != partition || !partition ||
			    !text_same(f->volumes.v[v].disk, disk))
				continue;
			name->resolves_to = volume_title(n->g->arena, &f->volumes.v[v]);
			if (!name->resolves_to)
				return arena_full(n->g->arena, e);
		}
	}
	return 0;
}

static int resolve_like(struct naming *n, struct slice base, const char *disk,
			struct err *e)
{
	struct facts *f = n->g->facts;
	int r = resolve_list(n, &f->names, base, disk, e);

	for (size_t i = 0; r == 0 && i < f->kernels.n; i++)
		r = resolve_list(n, &f->kernels.v[i].initramfs.names, base, disk, e);
	return r;
}

int names_resolve_paths(struct naming *n, struct err *e)
{
	const struct facts *f = n->g->facts;
	const struct volume_fact *root = volume_at(f, "/");
	int r = 0;

	for (size_t i = 0; root && root->number && r == 0 && i < f->names.n; i++) {
		struct slice base;

		if (is_of_root(&f->names.v[i], root, &base))
			r = resolve_like(n, base, root->disk, e);
	}
	return r;
}
