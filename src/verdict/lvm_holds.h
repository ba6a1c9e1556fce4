/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Does LVM find the physical volumes of a guest once its disks are presented by a choice
 * of the platform? Asked of the settings on the guest's disk and of the copies in an
 * initramfs, by the verdict, and by the plan that mends them.
 */
#pragma once

#include "chain.h"

/* Is something that the boot needs on a logical volume? */
bool boot_needs_lvm(const struct facts *f);
/* Is / itself? */
bool root_is_logical(const struct facts *f);
/* One whose name depends on the bus: not one within another volume. */
bool is_physical_volume(const struct volume_fact *v);

/* The first filter that does not let LVM take this volume, whichever name it may get;
 * NULL: they all do, or none counts. `inside`: in an initramfs, where udev makes no names
 * of LVM's own. */
const struct lvm_filter_fact *filter_against(struct judge *j,
					     const struct platform_choice *choice,
					     const struct lvm_fact *lvm,
					     const struct volume_fact *v, bool inside);
/* Is there a pattern among them that LVM would refuse? */
bool is_bad_filter(const struct lvm_filter_fact *f);

/* The entry of the devices file by which LVM does not find this volume any more; NULL: it
 * finds it, or no entry is of it. */
const struct lvm_device_fact *entry_against(struct judge *j,
					    const struct platform_choice *choice,
					    const struct lvm_fact *lvm,
					    const struct volume_fact *v);
/* The pattern that lets LVM take this volume on any disk of the choice. */
const char *accepting_pattern(struct judge *j, const struct platform_choice *choice,
			      const struct volume_fact *v);
/* The only name that the volume can get: "/dev/vda2"; NULL: there may be others. */
const char *only_name(struct judge *j, const struct platform_choice *choice,
		      const struct volume_fact *v);
