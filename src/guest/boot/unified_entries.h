/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boot entries that are unified kernel images (unified.h), or name one. */
#pragma once

#include "bls.h"
#include "guest.h"

/* Fills what is known of the unified kernel image at a path of the guest. ERR_ABSENT when
 * it is none. */
int unified_entry(struct guest *g, const char *path, struct bls_entry *b, struct err *e);
/* Appends those in EFI/Linux of where boot loaders look, one entry for each way to start.
 */
int unified_list(struct guest *g, bls_list *list, struct err *e);
/* The entry of such an image as a fact. */
int unified_add(struct guest *g, const struct bls_entry *b, struct err *e);
