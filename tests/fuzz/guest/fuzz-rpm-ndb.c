/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpm: NDB databases. */
#include "fuzz-rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_rpmdb(slice_of(data, size), SLICE_NONE, rpm_ndb_read, false);
	return 0;
}
