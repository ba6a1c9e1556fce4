/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of this machine itself; tests put theirs in its place. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum xl_here { XL_NO_HOST, XL_NOT_ROOT, XL_HOST };

/* Is it the control domain of a Xen host, and may this process use it? */
enum xl_here xl_here(void);

/* Requests of a disk's ring, as the host's block driver counts them; `id` is the disk's
 * number in XenStore. */
bool xl_counts(unsigned domain, unsigned id, uint64_t *ret_reads, uint64_t *ret_writes);

/* Makes a bridge of this name, or takes it back; errno says why not. It is never set up,
 * so that it takes every frame and passes none on, neither to this machine nor to others;
 * they are seen before it. */
bool xl_bridge(const char *name, bool make);
