/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "direct.h"

#include "escape.h"
#include "limits.h"
#include "text.h"

static const struct volume_fact *root_of(const struct facts *f)
{
	for (size_t i = 0; i < f->volumes.n; i++)
		if (strs_has(&f->volumes.v[i].mounted_at, "/"))
			return &f->volumes.v[i];
	return NULL;
}

/* UUID= is read by an initramfs, PARTUUID= by the kernel itself. */
static const char *make_cmdline(const struct facts *f, bool initramfs, struct arena *a)
{
	const struct volume_fact *root = root_of(f);

	if (root && initramfs && root->uuid)
		return arena_printf(a, "root=UUID=%s ro", root->uuid);
	if (root && root->partuuid)
		return arena_printf(a, "root=PARTUUID=%s ro", root->partuuid);
	return NULL;
}

static int take_entry(const struct entry_fact *entry, struct arena *a, struct direct *d,
		      struct err *e)
{
	const char *title = escape_dup(a, slice_str(entry->title ? entry->title : ""));

	d->kernel = entry->kernel;
	d->initramfs = entry->initramfs;
	d->cmdline = entry->cmdline ? entry->cmdline : "";
	if (!d->kernel)
		d->not_provable = "the default boot entry names no kernel";
	d->from = title ? arena_printf(a, "as the boot entry \"%s\" says", title) : NULL;
	return d->from ? 0 : arena_full(a, e);
}

static int take_only_kernel(const struct facts *f, struct arena *a, struct direct *d,
			    struct err *e)
{
	const struct kernel_fact *k = facts_only_kernel(f);
	bool initramfs =
		k && k->initramfs.path && !text_same(k->initramfs.state, "absent");

	if (!k) {
		d->not_provable = "no boot entry was found, and not one kernel alone";
		return 0;
	}
	d->kernel = k->image;
	if (initramfs && !vec_push(a, &d->initramfs, k->initramfs.path))
		return arena_full(a, e);
	d->cmdline = make_cmdline(f, initramfs, a);
	if (!d->cmdline)
		d->not_provable = "no boot entry was found, and no name of / that this "
				  "kernel understands";
	d->from = "of the only kernel: there is no boot entry";
	return 0;
}

int direct_choose(const struct facts *f, struct arena *a, struct direct *ret,
		  struct err *e)
{
	const struct entry_fact *entry = facts_default_entry(f);
	struct direct d = DIRECT_NONE;
	int r = 0;

	if (entry)
		r = take_entry(entry, a, &d, e);
	else if (f->boot.entries.n)
		d.not_provable = "which boot entry starts by default is not known";
	else
		r = take_only_kernel(f, a, &d, e);
	if (r >= 0)
		*ret = d;
	return r;
}

const char *direct_text(const struct direct *d, struct arena *a)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	strbuf_str(&text, "QEMU loaded ");
	escape_text(&text, slice_str(d->kernel));
	for (size_t i = 0; i < d->initramfs.n; i++) {
		strbuf_str(&text, i + 1 == d->initramfs.n ? " and " : ", ");
		escape_text(&text, slice_str(d->initramfs.v[i]));
	}
	strbuf_str(&text, " with \"");
	escape_text(&text, slice_str(d->cmdline));
	strbuf_printf(&text, "\", %s", d->from);
	return strbuf_ok(&text) ? arena_strdup(a, strbuf_text(&text)) : NULL;
}
