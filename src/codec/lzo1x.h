/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LZO1X compression of one block. */
#pragma once

#include "slice.h"

/* Unpacks `in` into the `room` bytes at `out`; *ret_n is how many it made. False when
 * `in` is damaged, has bytes behind its end mark, or makes more output than that. */
_must_check_ bool lzo1x_unpack(struct slice in, uint8_t *out, size_t room, size_t *ret_n);
