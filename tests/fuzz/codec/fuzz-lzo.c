/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One LZO1X block; the first two bytes are the size of its output. */
#include <stdint.h>
#include <stdlib.h>

#include "lzo1x.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *out;
	size_t n, made;

	if (size < 2)
		return 0;
	n = (size_t)data[0] << 8 | data[1];
	out = malloc(n ? n : 1);
	if (!out)
		return 0;
	if (lzo1x_unpack(slice_of(data + 2, size - 2), out, n, &made))
		/* All of it is set: reading it must not be noticed by the sanitizers. */
		for (size_t i = 0; i < made; i++)
			((volatile uint8_t *)out)[i] ^= 1;
	free(out);
	return 0;
}
