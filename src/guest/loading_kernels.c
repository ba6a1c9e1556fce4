/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loading_kernels.h"

#include <string.h>

#include "escape.h"

static bool is_folder_only(const struct kernel_fact *k)
{
	bool is_named = k->entries.n || k->is_default || k->image_problem;

	return !k->image && !k->package && !is_named;
}

bool loading_asks(const struct loading_input *in, const struct kernel_fact *k)
{
	if (!k->release)
		return false;
	return in->release ? strcmp(in->release, k->release) == 0 : !is_folder_only(k);
}

static void add_name(struct strbuf *names, const struct kernel_fact *k)
{
	strbuf_printf(names, "%s%s", names->n ? ", " : "",
		      escape_short(slice_str(k->release)).text);
}

int loading_no_kernel(const struct guest *g, const char *release, struct err *e)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(600);

	for (size_t i = 0; i < g->facts->kernels.n; i++)
		if (g->facts->kernels.v[i].release)
			add_name(&names, &g->facts->kernels.v[i]);
	return err_set(e, ERR_USAGE, "the guest has no kernel %s; it has: %s",
		       escape_short(slice_str(release)).text,
		       names.n ? strbuf_text(&names) : "none");
}

int loading_tell_left_out(struct guest *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT(600);

	for (size_t i = 0; i < g->facts->kernels.n; i++)
		if (g->facts->kernels.v[i].release &&
		    is_folder_only(&g->facts->kernels.v[i]))
			add_name(&names, &g->facts->kernels.v[i]);
	if (names.n == 0)
		return 0;
	return guest_remark(g, "modules", (struct source){0},
			    "left out: %s%s (modules, but no kernel image, boot entry or "
			    "package: --kernel asks about one)",
			    strbuf_text(&names),
			    strbuf_ok(&names) ? "" : " and others") < 0
		       ? arena_full(g->arena, e)
		       : 0;
}
