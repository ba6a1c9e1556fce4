/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as an XFS image. The maker of the disk image controls all of the input.
 */
#include "visit.h"

enum { SIZE = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return visit_image(data, size, SIZE);
}
