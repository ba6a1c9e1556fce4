/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which volume a name in the guest's configuration means. */
#pragma once

#include "facts.h"

enum spec_match { SPEC_NONE, SPEC_ONE, SPEC_SEVERAL };

/* Finds the volume that `spec` means: UUID=, LABEL=, PARTUUID=, PARTLABEL= (quoted or
 * not), /dev/disk/by-uuid/... and kin, a logical volume as /dev/vg0/root or
 * /dev/mapper/vg0-root, an array as /dev/md0, /dev/md/root or
 * /dev/disk/by-id/md-uuid-..., what an encrypted volume opened as by its name below
 * /dev/mapper, or a bus name such as /dev/sda1 or /dev/nvme0n1p2, where
 * the disks count in the order given. The index is in facts->volumes; of several matches
 * it is the first. Devices of one file system count as one. */
enum spec_match volume_by_spec(const struct facts *f, const char *spec,
			       size_t *ret_index);

/* Are these two devices of one file system? */
bool volumes_same_fs(const struct volume_fact *a, const struct volume_fact *b);

/* "web01.qcow2, partition 2": how a volume is named to people. */
const char *volume_title(struct arena *a, const struct volume_fact *v);
/* Where what is told of it was read. */
struct source volume_source(const struct volume_fact *v);
