/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The LZO1X compression of one block. */
#pragma once

#include "slice.h"

/* Unpacks `in` into exactly `out_len` bytes at `out`. False when `in` is damaged, has
 * bytes behind its end mark, or makes more or less output than that. */
_must_check_ bool lzo1x_unpack(struct slice in, uint8_t *out, size_t out_len);
