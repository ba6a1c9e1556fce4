/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line that would give a handle what it was given. */
#include "escape.h"
#include "handle.h"
#include "limits.h"

static void put(const char *option, const char *word, struct strbuf *out)
{
	strbuf_printf(out, " --%s ", option);
	shell_quote(out, slice_str(word));
}

static int list_formats(struct paravet *p, strs *ret)
{
	if (p->finding)
		return vec_push(p->arena, ret, p->machine_form)
			       ? 0
			       : arena_full(p->arena, &p->error);
	for (size_t i = 0; i < p->disks.n; i++)
		if (!vec_push(p->arena, ret, p->disks.v[i].format))
			return arena_full(p->arena, &p->error);
	return 0;
}

int handle_report_options(struct paravet *p, unsigned flags, struct report_options *ret)
{
	static const char *const policies[] = {
		[PARAVET_BACKING_REFUSE] = "refuse",
		[PARAVET_BACKING_ANY] = "any",
	};
	_cleanup_strbuf_ struct strbuf more = STRBUF_INIT(LIMIT_TEXT);
	struct report_options o = {.color = flags & PARAVET_COLOR,
				   .verbose = flags & PARAVET_VERBOSE};
	int r;

	for (size_t i = 0; i < p->key_words.n; i++)
		put("key", p->key_words.v[i], &more);
	if (p->backing != PARAVET_BACKING_SAME_DIR)
		put("backing", policies[p->backing], &more);
	if (p->host_word)
		put("host", p->host_word, &more);
	o.more = arena_strdup(p->arena, strbuf_text(&more));
	r = o.more ? list_formats(p, &o.formats) : arena_full(p->arena, &p->error);
	if (r >= 0)
		*ret = o;
	return r;
}
