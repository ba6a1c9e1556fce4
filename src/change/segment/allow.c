/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines of modprobe.d inside the initramfs that forbid modules become comments. */
#include "adding.h"

#include "escape.h"
#include "fits.h"
#include "limits.h"
#include "text.h"

bool is_to_go(const struct adding *g, const struct modprobe_fact *line)
{
	for (size_t i = 0; line->source.path && line->source.line && i < g->allowed->n;
	     i++)
		if (modprobe_forbids(line, g->allowed->v[i], false))
			return true;
	return false;
}

static bool goes_at(const struct adding *g, const char *path, unsigned line)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].source.line == line &&
		    text_same(list->v[i].source.path, path) && is_to_go(g, &list->v[i]))
			return true;
	return false;
}

/* All other bytes stay. A line that goes on behind a backslash is a comment as a whole:
 * modprobe.d(5) joins the lines first. */
static int comment_out(struct adding *g, const char *path, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_CONFIG_FILE);
	struct slice body, line;
	struct text t;
	size_t done = 0;
	const void *copy;

	if (!old_archive_file(&g->old, path, &body))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s in it cannot be changed: rebuild it",
			       escape_short(slice_str(path)).text);
	for (t = text_of(body); text_line(&t, &line); done = t.pos) {
		if (goes_at(g, path, t.line))
			strbuf_str(&out, "# ");
		strbuf_add(&out, body.p + done, t.pos - done);
	}
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "%s has more than %zu bytes",
			       escape_short(slice_str(path)).text, LIMIT_CONFIG_FILE);
	copy = arena_memdup(g->a, out.s, out.n);
	return copy ? add_file(g, path, 0644, slice_of(copy, out.n), e)
		    : arena_full(g->a, e);
}

int add_allowed(struct adding *g, struct err *e)
{
	const modprobe_list *list = &g->kernel->initramfs.modprobe;
	strs done = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < list->n; i++) {
		const char *path = list->v[i].source.path;

		if (!is_to_go(g, &list->v[i]) || strs_has(&done, path))
			continue;
		if (!vec_push(g->a, &done, path))
			return arena_full(g->a, e);
		r = comment_out(g, path, e);
	}
	return r;
}
