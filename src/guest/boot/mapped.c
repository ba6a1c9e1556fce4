/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LILO and zipl in a guest's tree. */
#include "boot/mapped.h"

#include "bls.h"
#include "boot.h"
#include "escape.h"
#include "grub.h"
#include "limits.h"

/* As it is in the guest, or as it is written where it is not there. */
static int locate(struct guest *g, const char *device, const char *path, const char **ret,
		  struct err *e)
{
	struct err why = ERR_INIT;
	strs candidates = {0};
	struct file file;
	int r = boot_candidates(g, device, path, &candidates, e);

	if (r < 0)
		return r;
	r = boot_find(g, &candidates, &file, &why);
	if (r == -ERR_NOMEM || r == -ERR_BUG) {
		*e = why;
		return r;
	}
	*ret = arena_strdup(g->arena, r >= 0         ? file.path
				      : candidates.n ? candidates.v[0]
						     : path);
	return *ret ? 0 : arena_full(g->arena, e);
}

/* Line 0 of a command line: to change it there alone changes nothing. */
static int add_entry(struct guest *g, const struct mapped_entry *m, const char *device,
		     struct source where, struct err *e)
{
	struct entry_fact f = {
		.title = arena_strdup(g->arena, m->label),
		.id = arena_strdup(g->arena, m->label),
		.cmdline = arena_strdup(g->arena, m->cmdline ? m->cmdline : ""),
		.source = where,
		.cmdline_source = where};
	const char *initrd;
	int r = 0;

	if (!f.title || !f.id || !f.cmdline)
		return arena_full(g->arena, e);
	f.source.line = m->line;
	f.cmdline_source.line = 0;
	if (m->kernel)
		r = locate(g, device, m->kernel, &f.kernel, e);
	if (r >= 0 && m->kernel && m->initrd) {
		r = locate(g, device, m->initrd, &initrd, e);
		if (r >= 0 && !vec_push(g->arena, &f.initramfs, initrd))
			return arena_full(g->arena, e);
	}
	if (r >= 0 && m->kernel && !m->cmdline)
		r = err_set(e, ERR_UNSUPPORTED,
			    "the command line of \"%s\" stands in a file of its own, "
			    "which is not read",
			    escape_short(slice_str(m->label)).text);
	if (r < 0)
		return r;
	return vec_push(g->arena, &g->facts->boot.entries, f) ? 0
							      : arena_full(g->arena, e);
}

static int choose(struct guest *g, const char *label, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	size_t i = 0;

	if (b->entries.n == 0)
		return err_set(e, ERR_ABSENT, "it names nothing that could be started");
	while (label && i < b->entries.n && strcmp(b->entries.v[i].id, label) != 0)
		i++;
	if (i == b->entries.n)
		return err_set(e, ERR_CORRUPT, "its default, %s, is none of its entries",
			       escape_short(slice_str(label)).text);
	b->entries.v[i].is_default = true;
	b->default_how =
		label ? arena_printf(g->arena, "default=%s", label) : "the first entry";
	return b->default_how ? 0 : arena_full(g->arena, e);
}

/* What the program wrote when it ran last is what gets loaded. */
static int remark_map(struct guest *g, const struct file *f, const char *program,
		      struct err *e)
{
	return guest_remark(g, "bootloader", guest_source(g, f, 0, 0),
			    "%s loads the blocks that its map lists, which was not read: "
			    "this file says what the map was made from when %s ran last, "
			    "if nothing was changed since",
			    g->facts->boot.loader_name, program) < 0
		       ? arena_full(g->arena, e)
		       : 0;
}

static int read_menu(struct guest *g, const char *config, const char *program,
		     int (*parse)(struct slice text, struct arena *a,
				  struct mapped_menu *ret, struct err *e),
		     struct file *ret_file, struct mapped_menu *ret, struct err *e)
{
	struct slice text;
	int r = guest_config(g, config, ret_file, &text, e);

	if (r >= 0)
		r = remark_map(g, ret_file, program, e);
	if (r >= 0)
		r = parse(text, g->scratch, ret, e);
	for (size_t i = 0; r >= 0 && i < ret->entries.n; i++)
		r = add_entry(g, &ret->entries.v[i], GRUB_GUEST,
			      guest_source(g, ret_file, 0, 0), e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(config)).text) : 0;
}

int boot_read_lilo(struct guest *g, const char *config, struct err *e)
{
	struct mapped_menu menu;
	struct file file;
	int r = read_menu(g, config, "lilo", lilo_parse, &file, &menu, e);

	return r < 0 ? r : choose(g, menu.chosen, e);
}

/* --- Entries of the Boot Loader Specification, which zipl reads as well --- */

static int wants_kernel(struct guest *g, struct bls_entry *b, struct err *e)
{
	(void)g;
	return b->kernel ? 0 : err_set(e, ERR_ABSENT, "no linux line");
}

static int add_bls(struct guest *g, struct err *e)
{
	bls_list list = {0};
	int r = boot_read_bls(g, "/boot/loader/entries", wants_kernel, &list, e);

	bls_sort_grub(&list);
	for (size_t i = 0; r >= 0 && i < list.n; i++) {
		const struct bls_entry *b = &list.v[i];
		const struct mapped_entry m = {
			.label = b->title,
			.kernel = b->kernel,
			.initrd = b->initrds.n ? b->initrds.v[b->initrds.n - 1] : NULL,
			.cmdline = b->options ? b->options : ""};

		r = add_entry(g, &m, GRUB_BOOT, *b->where, e);
	}
	return r;
}

int boot_read_zipl(struct guest *g, const char *config, struct err *e)
{
	struct mapped_menu menu;
	struct file file;
	int r = read_menu(g, config, "zipl", zipl_parse, &file, &menu, e);

	if (r >= 0)
		r = add_bls(g, e);
	return r < 0 ? r : choose(g, menu.chosen, e);
}
