/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpm: Packages and its index Name. */
#include "fuzz-rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice second, first = fuzz_split(slice_of(data, size), &second);

	fuzz_rpmdb(first, second, rpm_bdb_read, false);
	return 0;
}
