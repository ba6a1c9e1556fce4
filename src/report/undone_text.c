/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet undo` for people. */
#include "undone_text.h"

#include <inttypes.h>

#include "escape.h"

void report_undone(const struct undone *u, struct strbuf *out)
{
	escape_text(out, slice_str(u->disk ? u->disk : u->record));
	if (!u->disk) {
		strbuf_str(out, ": the undo record was not finished, so nothing was "
				"changed: there is nothing to undo\n");
		return;
	}
	if (u->differed == 0) {
		strbuf_str(out, ": is as it was before: there is nothing to undo\n");
		return;
	}
	strbuf_printf(out,
		      ": %s as it was before: %" PRIu64 " of %" PRIu64
		      " changed ranges %s\n",
		      u->restored ? "is" : "can be made", u->differed, u->ranges,
		      u->restored ? "were restored" : "differ; nothing was written");
	if (!u->complete)
		strbuf_str(out, "The change had not come to its end.\n");
}
