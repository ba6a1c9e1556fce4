/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* By what a script tells the guest that it was made for. */
#include <string.h>

#include "script.h"
#include "text.h"

static const struct name_fact *root_in_fstab(const struct facts *f)
{
	for (size_t i = 0; i < f->names.n; i++)
		if (text_same(f->names.v[i].where, "fstab") &&
		    text_same(f->names.v[i].target, "/"))
			return &f->names.v[i];
	return NULL;
}

static const char *root_uuid(const struct facts *f)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (strs_has(&f->volumes.v[i].mounted_at, "/"))
			return f->volumes.v[i].uuid;
	return NULL;
}

/* The names that / has in fstab: as it was read, and as the plan changes it. */
static void put_root(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	const struct name_fact *root = root_in_fstab(f);
	const char *uuid = root_uuid(f);

	if (uuid)
		CALL(out, "is_root_uuid", uuid);
	if (!root || !root->spec)
		return;
	strbuf_str(out, "\thas_root");
	script_put_words(out, &root->spec, 1);
	for (size_t i = 0; i < plan->steps.n; i++)
		for (size_t k = 0; k < plan->steps.v[i].edits.n; k++) {
			const struct plan_edit *edit = &plan->steps.v[i].edits.v[k];

			if (text_same(edit->file, root->source.path) &&
			    edit->line == root->source.line &&
			    text_same(edit->before, root->spec))
				script_put_words(out, &edit->after, 1);
		}
	strbuf_char(out, '\n');
}

/* Whatever is known that tells this guest from another one. */
void script_put_checks(struct strbuf *out, const struct facts *f, const struct plan *plan)
{
	const char *read_in = f->os.source.path ? f->os.source.path : "";
	bool os = strstr(read_in, "os-release") != NULL;

	strbuf_str(out, "\nthe_guest() {\n\t:\n");
	if (os)
		CALL(out, "is_os", f->os.id, f->os.version);
	if (plan->kernel)
		CALL(out, "has_kernel", plan->kernel);
	put_root(out, f, plan);
	strbuf_str(out, "}\n");
}
