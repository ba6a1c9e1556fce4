/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rpm: SQLite databases and their logs. */
#include "fuzz-rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice second, first = fuzz_split(slice_of(data, size), &second);

	fuzz_rpmdb(first, second, rpm_sqlite_read, true);
	return 0;
}
