/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet undo` for people. */
#include "undone_text.h"

#include <inttypes.h>

#include "escape.h"

void report_undone(const struct undone *u, struct strbuf *out)
{
	bool many = u->disks.n > 1;

	if (!u->disks.n) {
		escape_text(out, slice_str(u->record));
		strbuf_str(out, ": the undo record was not finished, so nothing was "
				"changed: there is nothing to undo\n");
		return;
	}
	for (size_t i = 0; i < u->disks.n; i++) {
		strbuf_str(out, i ? ", " : "");
		escape_text(out, slice_str(u->disks.v[i]));
	}
	if (u->differed == 0) {
		strbuf_printf(out, ": %s before: there is nothing to undo\n",
			      many ? "are as they were" : "is as it was");
		return;
	}
	strbuf_printf(out,
		      ": %s as %s before: %" PRIu64 " of %" PRIu64 " changed ranges %s\n",
		      !u->restored ? "can be made"
		      : many       ? "are"
				   : "is",
		      many ? "they were" : "it was", u->differed, u->ranges,
		      u->restored ? "were restored" : "differ; nothing was written");
	if (!u->complete)
		strbuf_str(out, "The change had not come to its end.\n");
}
