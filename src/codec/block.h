/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What block.c shares with the file that inflates, of which there is one for each
 * library.
 */
#pragma once

/* NULL is allowed. */
void block_inflate_free(void *state);
