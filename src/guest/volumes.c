/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "volumes.h"

#include <strings.h>

#include "mdadm_conf.h"
#include "text.h"

/* What a prefix of a spec compares with. */
static const struct tag {
	const char *prefix;
	size_t member;
	bool fold_case; /* FAT serial numbers and GUIDs are written either way */
} tags[] = {
	{"UUID=", offsetof(struct volume_fact, uuid), true},
	{"LABEL=", offsetof(struct volume_fact, label), false},
	{"PARTUUID=", offsetof(struct volume_fact, partuuid), true},
	{"PARTLABEL=", offsetof(struct volume_fact, partlabel), false},
	{"/dev/disk/by-uuid/", offsetof(struct volume_fact, uuid), true},
	{"/dev/disk/by-label/", offsetof(struct volume_fact, label), false},
	{"/dev/disk/by-partuuid/", offsetof(struct volume_fact, partuuid), true},
	{"/dev/disk/by-partlabel/", offsetof(struct volume_fact, partlabel), false},
};

static bool same(struct slice want, const char *have, bool fold_case)
{
	size_t n = have ? strlen(have) : 0;

	if (n == 0 || n != want.n)
		return false;
	return fold_case ? strncasecmp((const char *)want.p, have, n) == 0
			 : slice_eq(want, have);
}

bool volumes_same_fs(const struct volume_fact *a, const struct volume_fact *b)
{
	return a->device && b->device && a->device != b->device &&
	       text_same(a->uuid, b->uuid);
}

static enum spec_match match_tag(const struct facts *f, const struct tag *t,
				 struct slice value, size_t *ret_index)
{
	enum spec_match found = SPEC_NONE;

	for (size_t i = 0; i < f->volumes.n; i++) {
		const char *have =
			*(const char *const *)((const uint8_t *)&f->volumes.v[i] +
					       t->member);

		if (!same(value, have, t->fold_case) ||
		    (found == SPEC_ONE &&
		     volumes_same_fs(&f->volumes.v[i], &f->volumes.v[*ret_index])))
			continue;
		if (found == SPEC_ONE)
			return SPEC_SEVERAL;
		found = SPEC_ONE;
		*ret_index = i;
	}
	return found;
}

/* "sdb3" is disk 1, partition 3; "nvme1n1p3" and "mmcblk1p3" too. */
static bool split_bus_name(struct slice name, uint64_t *ret_disk, uint64_t *ret_part)
{
	static const char *const letters[] = {"sd", "hd", "vd", "xvd"};
	static const char *const numbers[] = {"nvme", "mmcblk"};
	struct slice rest;

	*ret_part = 0;
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		size_t n = strlen(letters[i]);

		if (!slice_starts(name, letters[i]) || slice_at(name, n) < 'a' ||
		    slice_at(name, n) > 'z')
			continue;
		*ret_disk = (uint64_t)(slice_at(name, n) - 'a');
		rest = slice_of(name.p + n + 1, name.n - n - 1);
		return rest.n == 0 || text_u64(rest, 255, ret_part);
	}
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct slice disk, part;

		if (!slice_starts(name, numbers[i]))
			continue;
		rest = slice_of(name.p + strlen(numbers[i]), name.n - strlen(numbers[i]));
		if (text_split(rest, 'p', &disk, &part) && !text_u64(part, 255, ret_part))
			return false;
		if (*ret_part == 0)
			disk = rest;
		if (text_split(disk, 'n', &disk, &part) && !slice_eq(part, "1"))
			return false;
		return text_u64(disk, 255, ret_disk);
	}
	return false;
}

static enum spec_match match_bus_name(const struct facts *f, struct slice name,
				      size_t *ret_index)
{
	uint64_t disk, part;

	if (!split_bus_name(name, &disk, &part) || disk >= f->disks.n)
		return SPEC_NONE;
	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (v->number == part && (part || !v->name) && !v->on.n &&
		    strcmp(v->disk, f->disks.v[disk].name) == 0) {
			*ret_index = i;
			return SPEC_ONE;
		}
	}
	return SPEC_NONE;
}

/* "LV vg0/root" by "vg0/root", or by device mapper's "vg0-root", where a dash inside of a
 * name is written twice. */
static bool is_logical(const char *name, struct slice want, bool mapped)
{
	size_t at = 0;

	if (!name || !slice_starts(slice_str(name), "LV "))
		return false;
	for (name += 3; *name; name++) {
		int c = mapped && *name == '/' ? '-' : (unsigned char)*name;

		if (slice_at(want, at++) != c)
			return false;
		if (mapped && *name == '-' && slice_at(want, at++) != '-')
			return false;
	}
	return at == want.n;
}

/* Behind "/dev/". */
static enum spec_match match_logical(const struct facts *f, struct slice want,
				     size_t *ret_index)
{
	static const char *const mappers[] = {"mapper/", "disk/by-id/dm-name-"};
	enum spec_match found = SPEC_NONE;
	bool mapped = false;

	for (size_t i = 0; !mapped && i < ARRAY_LEN(mappers); i++) {
		size_t n = strlen(mappers[i]);

		mapped = slice_starts(want, mappers[i]);
		if (mapped)
			want = slice_of(want.p + n, want.n - n);
	}
	for (size_t i = 0; i < f->volumes.n; i++) {
		if (!is_logical(f->volumes.v[i].name, want, mapped))
			continue;
		if (found == SPEC_ONE)
			return SPEC_SEVERAL;
		found = SPEC_ONE;
		*ret_index = i;
	}
	return found;
}

/* "md-uuid-3AAA0122-..." as udev's "md-uuid-3aaa0122:...": digits count. */
static bool is_array(const struct volume_fact *v, struct slice want)
{
	struct slice uuid;

	if (v->array_uuid && slice_after(want, "disk/by-id/md-uuid-", &uuid))
		return mdadm_same_uuid(uuid, v->array_uuid);
	for (size_t i = 0; i < v->device_names.n; i++)
		if (slice_eq(want, v->device_names.v[i]))
			return true;
	return false;
}

/* An array, a partition on one, or what an encrypted volume opened as, behind "/dev/". */
static enum spec_match match_given(const struct facts *f, struct slice want,
				   size_t *ret_index)
{
	enum spec_match found = SPEC_NONE;

	for (size_t i = 0; i < f->volumes.n; i++) {
		if (!is_array(&f->volumes.v[i], want))
			continue;
		if (found == SPEC_ONE)
			return SPEC_SEVERAL;
		found = SPEC_ONE;
		*ret_index = i;
	}
	return found;
}

enum spec_match volume_by_spec(const struct facts *f, const char *spec, size_t *ret_index)
{
	struct slice s = slice_str(spec);

	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		size_t n = strlen(tags[i].prefix);

		if (slice_starts(s, tags[i].prefix))
			return match_tag(f, &tags[i],
					 text_unquote(slice_of(s.p + n, s.n - n)),
					 ret_index);
	}
	if (slice_starts(s, "/dev/")) {
		struct slice name = slice_of(s.p + 5, s.n - 5);
		enum spec_match found = match_given(f, name, ret_index);

		if (found == SPEC_NONE)
			found = match_logical(f, name, ret_index);
		return found == SPEC_NONE ? match_bus_name(f, name, ret_index) : found;
	}
	return SPEC_NONE;
}

const char *volume_title(struct arena *a, const struct volume_fact *v)
{
	return v->name ? arena_printf(a, "%s, %s", v->disk, v->name)
		       : arena_strdup(a, v->disk);
}

struct source volume_source(const struct volume_fact *v)
{
	return (struct source){.disk = v->disk, .volume = v->name};
}
