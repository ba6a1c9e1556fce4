/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* BLAKE2b (RFC 7693) without a key. */
#pragma once

#include "slice.h"

/* `n` is how many bytes the hash has: 1 to 64. */
void blake2b(struct slice bytes, uint8_t *ret, size_t n);
