/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of entries of the Boot Loader Specification in a guest's tree. */
#include "boot.h"
#include "escape.h"
#include "limits.h"

static int read_entry(struct guest *g, const char *path, const char *name,
		      boot_bls_fn look, bls_list *list, struct err *e)
{
	struct source *where = arena_new_of(g->scratch, struct source);
	struct bls_entry entry;
	struct slice text;
	struct file file;
	int r;

	if (!where)
		return arena_full(g->scratch, e);
	if (list->n == LIMIT_BOOT_ENTRIES)
		return err_set(e, ERR_LIMIT, "more than %d boot entries",
			       LIMIT_BOOT_ENTRIES);
	r = guest_config(g, path, &file, &text, e);
	if (r >= 0)
		r = bls_parse(text, name, g->scratch, &entry, e);
	if (r >= 0) {
		*where = guest_source(g, &file, 0, 0);
		entry.where = where;
		r = look(g, &entry, e);
	}
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	return vec_push(g->scratch, list, entry) ? 0 : arena_full(g->scratch, e);
}

int boot_read_bls(struct guest *g, const char *dir, boot_bls_fn look, bls_list *list,
		  struct err *e)
{
	dir_list names = {0};
	int r = tree_list(g->tree, dir, &names, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		const char *path;

		if (!slice_ends(slice_str(names.v[i].name), ".conf"))
			continue;
		path = arena_printf(g->scratch, "%s/%s", dir, names.v[i].name);
		r = path ? read_entry(g, path, names.v[i].name, look, list, e)
			 : arena_full(g->scratch, e);
	}
	return r < 0 ? r : 0;
}
