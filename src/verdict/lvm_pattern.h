/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns by which LVM takes or leaves a device (lvm.conf(5), devices/filter). */
#pragma once

#include <stdbool.h>

enum lvm_match {
	LVM_NO_MATCH,
	LVM_ACCEPTS,
	LVM_REJECTS,
	LVM_BAD_PATTERN /* LVM refuses it, or it is longer than any that is used */
};

/* What a pattern, "a|^/dev/sda|", says of a device's name. */
enum lvm_match lvm_pattern_match(const char *pattern, const char *name);
