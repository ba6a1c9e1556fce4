/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "super-features.h"

#include <inttypes.h>

#include "strbuf.h"

int fs_refuse_features(uint64_t bits, const struct fs_feature *names, size_t n,
		       struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(256);

	if (!bits)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (bits & names[i].bit) {
			strbuf_printf(&text, " %s", names[i].name);
			bits &= ~names[i].bit;
		}
	if (bits)
		strbuf_printf(&text, " 0x%" PRIx64, bits);
	return err_set(e, ERR_UNSUPPORTED, "it uses features that are not supported:%s",
		       strbuf_text(&text));
}
