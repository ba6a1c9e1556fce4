/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lvm_holds.h"

#include <inttypes.h>
#include <string.h>

#include "lvm_pattern.h"
#include "text.h"

bool is_physical_volume(const struct volume_fact *v)
{
	return text_same(v->fs, "LVM2_member") && !v->on.n;
}

static bool is_logical(const char *volume)
{
	return volume && slice_starts(slice_str(volume), "LV ");
}

bool root_is_logical(const struct facts *f)
{
	return is_logical(f->root_volume);
}

bool boot_needs_lvm(const struct facts *f)
{
	for (size_t i = 0; i < f->names.n; i++) {
		const struct name_fact *n = &f->names.v[i];
		const struct volume_fact *v = facts_volume_of_name(f, n);

		if (n->needed &&
		    (text_same(n->kind, "lvm") || (v && is_logical(v->name))))
			return true;
	}
	return root_is_logical(f);
}

const char *only_name(struct judge *j, const struct platform_choice *choice,
		      const struct volume_fact *v)
{
	return j->facts->disks.n == 1
		       ? say(j, "/dev/%s",
			     device_name(j, choice->disk_prefix, 0, v->number))
		       : NULL;
}

/* --- Filters --- */

/* lvm.conf(5): the first pattern that matches a name decides of it; one name that is
 * accepted is enough, and without any match the device is accepted. */
static bool accepts(const struct lvm_filter_fact *f, const char *const *names)
{
	bool rejected = false;

	for (; *names; names++) {
		enum lvm_match match = LVM_NO_MATCH;

		for (size_t i = 0; match == LVM_NO_MATCH && i < f->patterns.n; i++)
			match = lvm_pattern_match(f->patterns.v[i], *names);
		if (match == LVM_ACCEPTS)
			return true;
		rejected = rejected || match != LVM_NO_MATCH;
	}
	return !rejected;
}

bool is_bad_filter(const struct lvm_filter_fact *f)
{
	for (size_t i = 0; i < f->patterns.n; i++)
		if (lvm_pattern_match(f->patterns.v[i], "/dev/sda") == LVM_BAD_PATTERN)
			return true;
	return false;
}

/* Whichever of the guest's disks this one is among them. */
static bool accepts_all(struct judge *j, const struct platform_choice *choice,
			const struct lvm_filter_fact *f, const struct volume_fact *v,
			bool inside)
{
	for (size_t disk = 0; disk < j->facts->disks.n; disk++) {
		const char *names[4] = {0};
		size_t n = 0;

		names[n++] = say(j, "/dev/%s",
				 device_name(j, choice->disk_prefix, disk, v->number));
		if (v->partuuid)
			names[n++] = say(j, "/dev/disk/by-partuuid/%s", v->partuuid);
		/* by a rule of LVM's, 69-dm-lvm.rules, which dracut leaves out */
		if (v->uuid && !inside)
			names[n++] = say(j, "/dev/disk/by-id/lvm-pv-uuid-%s", v->uuid);
		if (!accepts(f, names))
			return false;
	}
	return true;
}

/* Does LVM go by its devices file? Then it passes over filters (_accept_p() in its
 * lib/filters/filter-regex.c). What it does where lvm.conf says nothing was chosen when
 * it was built: both have to hold then. */
static bool takes_filters(const struct lvm_fact *lvm)
{
	return !(lvm->devices.n && lvm->use_devicesfile == KNOWN_YES);
}

const struct lvm_filter_fact *filter_against(struct judge *j,
					     const struct platform_choice *choice,
					     const struct lvm_fact *lvm,
					     const struct volume_fact *v, bool inside)
{
	for (size_t i = 0; takes_filters(lvm) && i < lvm->filters.n; i++)
		if (!accepts_all(j, choice, &lvm->filters.v[i], v, inside))
			return &lvm->filters.v[i];
	return NULL;
}

const char *accepting_pattern(struct judge *j, const struct platform_choice *choice,
			      const struct volume_fact *v)
{
	bool numbered = text_same(choice->disk_prefix, "nvme");
	const char *disk =
		say(j, numbered ? "%s[0-9]+n1" : "%s[a-z]+", choice->disk_prefix);

	return v->number ? say(j, "a|^/dev/%s%s%" PRIu64 "$|", disk, numbered ? "p" : "",
			       v->number)
			 : say(j, "a|^/dev/%s$|", disk);
}

/* --- The devices file --- */

/* The UUID of a physical volume, which the file has without dashes. */
static bool is_of(const struct lvm_device_fact *d, const struct volume_fact *v)
{
	const char *at = d->pvid;

	if (!at || !v->uuid)
		return false;
	for (const char *c = v->uuid; *c; c++)
		if (*c != '-' && *at++ != *c)
			return false;
	return *at == '\0';
}

/* lvmdevices(8), "device ID types": what is stacked on disks has an identity of its own;
 * serial numbers and WWIDs are those of the device that the machine presents. A device by
 * its name is looked for by the UUID of its physical volume where the name is another's,
 * but without "all" not on devices that have a WWID (device_ids_search() in LVM2's
 * lib/device/device_id.c). */
static bool is_found(struct judge *j, const struct platform_choice *choice,
		     const struct lvm_fact *lvm, const struct lvm_device_fact *d,
		     const struct volume_fact *v)
{
	static const char *const stacked[] = {"crypt_uuid", "md_uuid", "lvmlv_uuid",
					      "loop_file"};
	const char *now = only_name(j, choice, v);

	for (size_t i = 0; i < ARRAY_LEN(stacked); i++)
		if (text_same(d->idtype, stacked[i]))
			return true;
	return text_same(d->idtype, "devname") &&
	       (text_same(d->idname, now) || text_same(lvm->search_for_devnames, "all"));
}

const struct lvm_device_fact *entry_against(struct judge *j,
					    const struct platform_choice *choice,
					    const struct lvm_fact *lvm,
					    const struct volume_fact *v)
{
	for (size_t i = 0; lvm->use_devicesfile != KNOWN_NO && i < lvm->devices.n; i++)
		if (is_of(&lvm->devices.v[i], v) &&
		    !is_found(j, choice, lvm, &lvm->devices.v[i], v))
			return &lvm->devices.v[i];
	return NULL;
}
