/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which boot loader starts this guest: one row a loader, found by its configuration. Of
 * several, the one whose code is in a disk's first sector is taken, else the first row.
 */
#include "boot.h"

#include "efi.h"
#include "escape.h"
#include "limits.h"
#include "text.h"

enum { PATHS_MAX = 8 };

struct boot_loader {
	const char *name, *title;
	const char *code; /* what disk_fact.boot_code says of it, or NULL */
	int (*read)(struct guest *g, const char *config, struct err *e); /* or NULL */
	const char *paths[PATHS_MAX]; /* a "*" stands for one directory */
	bool uefi_only;               /* there is no code of it that a BIOS starts */
};

static const struct boot_loader loaders[] = {
	{"grub2",
	 "GRUB 2",
	 "grub",
	 boot_read_grub2,
	 {"/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/grub/grub.cfg",
	  "/boot/efi/EFI/*/grub.cfg", "/efi/EFI/*/grub.cfg"}},
	{"systemd-boot",
	 "systemd-boot",
	 NULL,
	 boot_read_systemd,
	 {"/boot/efi/loader/loader.conf", "/efi/loader/loader.conf",
	  "/boot/loader/loader.conf"},
	 .uefi_only = true},
	{"grub-legacy",
	 "GRUB Legacy",
	 "grub",
	 boot_read_grub_legacy,
	 {"/boot/grub/grub.conf", "/boot/grub/menu.lst", "/grub/menu.lst",
	  "/boot/efi/EFI/*/grub.conf"}},
	{"extlinux",
	 "extlinux (or U-Boot with extlinux.conf)",
	 "syslinux",
	 boot_read_syslinux,
	 {"/boot/extlinux/extlinux.conf", "/boot/extlinux.conf",
	  "/extlinux/extlinux.conf", "/extlinux.conf"}},
	{"syslinux",
	 "Syslinux",
	 "syslinux",
	 boot_read_syslinux,
	 {"/boot/syslinux/syslinux.cfg", "/boot/syslinux.cfg", "/syslinux/syslinux.cfg",
	  "/syslinux.cfg", "/boot/efi/EFI/*/syslinux.cfg", "/efi/EFI/*/syslinux.cfg",
	  "/boot/EFI/*/syslinux.cfg"}},
	{"lilo", "LILO", "lilo", boot_read_lilo, {"/etc/lilo.conf"}},
	{"elilo",
	 "ELILO",
	 NULL,
	 NULL,
	 {"/boot/efi/EFI/*/elilo.conf", "/etc/elilo.conf"},
	 .uefi_only = true},
	{"refind",
	 "rEFInd",
	 NULL,
	 NULL,
	 {"/boot/efi/EFI/refind/refind.conf", "/efi/EFI/refind/refind.conf",
	  "/boot/refind_linux.conf"},
	 .uefi_only = true},
	{"limine",
	 "Limine",
	 NULL,
	 NULL,
	 {"/boot/limine.conf", "/boot/limine/limine.conf", "/boot/limine.cfg",
	  "/boot/efi/limine.conf", "/boot/efi/EFI/limine/limine.conf"}},
	{"zipl", "zipl", NULL, boot_read_zipl, {"/etc/zipl.conf"}},
	{"yaboot", "yaboot", NULL, NULL, {"/etc/yaboot.conf"}},
	{"u-boot", "U-Boot", NULL, NULL, {"/boot/boot.scr"}},
};

/* A loader whose configuration is there. */
struct found {
	const struct boot_loader *loader;
	const char *path;
	struct file file;
};

static int find_file(struct guest *g, const char *path, struct file *ret, struct err *e)
{
	int r = tree_find(g->tree, path, ret, e);

	if (r >= 0 && ret->node.type != NODE_FILE)
		return err_set(e, ERR_ABSENT, "%s is no file", path);
	return r;
}

unsigned boot_vendor_rank(const struct guest *g, struct slice vendor)
{
	if (g->facts->os.id && slice_same_folded(vendor, slice_str(g->facts->os.id)))
		return 3;
	return slice_same_folded(vendor, slice_str("BOOT")) ? 1 : 2;
}

static int find_below(struct guest *g, const char *pattern, struct found *ret,
		      struct err *e)
{
	struct slice dir, rest;
	const char *above;
	struct err unread = ERR_INIT;
	dir_list names = {0};
	unsigned best = 0;
	int r;

	if (!text_split(slice_str(pattern), '*', &dir, &rest))
		return err_set(e, ERR_BUG, "%s has no pattern", pattern);
	above = arena_strndup(g->scratch, dir);
	if (!above)
		return arena_full(g->scratch, e);
	r = tree_list(g->tree, above, &names, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < names.n; i++) {
		unsigned rank = boot_vendor_rank(g, slice_str(names.v[i].name));
		const char *path =
			arena_printf(g->scratch, "%s%s%.*s", above, names.v[i].name,
				     (int)rest.n, (const char *)rest.p);
		struct err why = ERR_INIT;
		struct file file;

		if (!path)
			return arena_full(g->scratch, e);
		if (rank <= best)
			continue;
		if (find_file(g, path, &file, &why) < 0) {
			if (why.code != ERR_ABSENT)
				unread = why;
			continue;
		}
		best = rank;
		ret->path = path;
		ret->file = file;
	}
	if (best)
		return 0;
	if (unread.code == ERR_NONE)
		return err_set(e, ERR_ABSENT, "%s is not there", pattern);
	*e = unread;
	return -(int)unread.code;
}

static bool is_on_esp(const char *path)
{
	return slice_starts(slice_str(path), "/boot/efi/") ||
	       slice_starts(slice_str(path), "/efi/");
}

/* The paths in their order, or those on the EFI system partition first. 1: found. What
 * could not be looked up is no absence: the first such error goes to *unread. */
static int find_loader(struct guest *g, const struct boot_loader *l, bool esp_first,
		       struct found *ret, struct err *unread, struct err *e)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < PATHS_MAX && l->paths[i]; i++) {
			const char *path = l->paths[i];
			struct err why = ERR_INIT;
			int r;

			if (is_on_esp(path) != (esp_first == (pass == 0)))
				continue;
			ret->loader = l;
			ret->path = path;
			r = strchr(path, '*') ? find_below(g, path, ret, &why)
					      : find_file(g, path, &ret->file, &why);
			if (r >= 0)
				return 1;
			if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
				*e = why;
				return r;
			}
			if (why.code != ERR_ABSENT && unread->code == ERR_NONE)
				*unread = why;
		}
	}
	return 0;
}

typedef VEC(struct found) found_list;

static int find_all(struct guest *g, found_list *ret, struct err *unread, struct err *e)
{
	const struct boot_fact *b = &g->facts->boot;
	bool esp_first = b->esp_disk && !b->mbr_disk;

	for (size_t i = 0; i < ARRAY_LEN(loaders); i++) {
		struct found f;
		int r = find_loader(g, &loaders[i], esp_first, &f, unread, e);

		if (r < 0)
			return r;
		if (r > 0 && !vec_push(g->scratch, ret, f))
			return arena_full(g->scratch, e);
	}
	return 0;
}

static bool code_is_there(const struct guest *g, const struct boot_loader *l)
{
	for (size_t i = 0; l->code && i < g->facts->disks.n; i++) {
		const char *code = g->facts->disks.v[i].boot_code;

		if (code && strcmp(code, l->code) == 0)
			return true;
	}
	return false;
}

static bool starts_systemd_boot(const struct guest *g)
{
	return g->efi && g->efi->image.kind == EFI_SYSTEMD_BOOT;
}

static const struct found *choose(const struct guest *g, const found_list *list)
{
	for (size_t i = 0; starts_systemd_boot(g) && i < list->n; i++)
		if (strcmp(list->v[i].loader->name, "systemd-boot") == 0)
			return &list->v[i];
	for (size_t i = 0; i < list->n; i++)
		if (code_is_there(g, list->v[i].loader))
			return &list->v[i];
	return &list->v[0];
}

static int remark_others(struct guest *g, const found_list *list,
			 const struct found *chosen, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct found *f = &list->v[i];

		if (f == chosen)
			continue;
		if (guest_remark(g, "bootloader", guest_source(g, &f->file, 0, 0),
				 "a configuration of %s is there too (%s); %s was taken "
				 "%s",
				 f->loader->title, escape_short(slice_str(f->path)).text,
				 chosen->loader->title,
				 code_is_there(g, chosen->loader)
					 ? "because its code is in the first sector"
					 : "as the likelier one") < 0)
			return arena_full(g->arena, e);
	}
	return 0;
}

/* GRUB's menu in /boot was taken, and the EFI system partition holds another one that
 * does not lead there. */
static int remark_second_menu(struct guest *g, const struct found *chosen, struct err *e)
{
	struct found other;
	struct slice text;
	struct err unread = ERR_INIT, ignored = ERR_INIT;

	/* What cannot be read of it was told when the loaders were looked for. */
	if (strcmp(chosen->loader->name, "grub2") != 0 || is_on_esp(chosen->path) ||
	    find_loader(g, chosen->loader, true, &other, &unread, &ignored) <= 0 ||
	    !is_on_esp(other.path) ||
	    guest_config(g, other.path, &other.file, &text, &ignored) < 0 ||
	    slice_search(text, "configfile", strlen("configfile")) < text.n)
		return 0;
	return guest_remark(g, "bootloader", guest_source(g, &other.file, 0, 0),
			    "%s is a menu of its own: UEFI starts that one, not %s",
			    escape_short(slice_str(other.path)).text, chosen->path) < 0
		       ? arena_full(g->arena, e)
		       : 0;
}

static int read_chosen(struct guest *g, const struct found *f, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	struct err why = ERR_INIT;
	int r;

	b->loader = f->loader->name;
	b->loader_name = f->loader->title;
	b->readable = f->loader->read != NULL;
	b->bios = b->bios && !f->loader->uefi_only;
	b->source = guest_source(g, &f->file, 0, 0);
	b->config = arena_strdup(g->arena, f->path);
	if (!b->config)
		return arena_full(g->arena, e);
	if (f->loader->read)
		r = f->loader->read(g, f->path, &why);
	else
		r = err_set(&why, ERR_UNSUPPORTED,
			    "the configuration of %s (%s) is not read yet",
			    f->loader->title, escape_short(slice_str(f->path)).text);
	if (r >= 0)
		return 0;
	for (size_t i = 0; i < b->entries.n; i++)
		b->entries.v[i].is_default = false;
	b->default_how = NULL;
	if (why.code == ERR_NOMEM || why.code == ERR_BUG) {
		*e = why;
		return r;
	}
	return guest_problem(g, "bootloader", b->source, &why) < 0
		       ? arena_full(g->arena, e)
		       : 0;
}

static int no_loader(const struct guest *g, struct err *e)
{
	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		if (v->type_name && strcmp(v->type_name, "EFI System") == 0 && !v->read)
			return err_set(e, ERR_UNSUPPORTED,
				       "no boot loader's configuration was found, but "
				       "%s of %s (EFI System) was not read",
				       v->name ? v->name : "the partition",
				       escape_short(slice_str(v->disk)).text);
	}
	return err_set(e, ERR_ABSENT, "no boot loader's configuration was found");
}

static int read_image(struct guest *g, _unused_ const char *config, struct err *e)
{
	return boot_read_grub_image(g, e);
}

static int refuse_image(struct guest *g, _unused_ const char *config, struct err *e)
{
	const struct efi_start *s = g->efi;

	return err_set(e, ERR_UNSUPPORTED, "%s is %s, %s",
		       escape_short(slice_str(s->path)).text,
		       efi_kind_name(s->image.kind),
		       s->image.kind == EFI_SHIM ? "which finds no boot loader to start"
						 : "which is not read yet");
}

/* Programs that tell by themselves what they start: no other file counts then. */
static const struct boot_loader *loader_of_image(const struct guest *g)
{
	static const struct boot_loader grub = {"grub2", "GRUB 2", NULL, read_image, {0}};
	static const struct boot_loader shim = {"shim", "shim", NULL, refuse_image, {0}};
	static const struct boot_loader kernel = {
		"efi-stub", "a kernel that UEFI starts", NULL, refuse_image, {0}};
	static const struct boot_loader unified = {
		"unified", "a unified kernel image", NULL, boot_read_unified, {0}};
	const struct boot_fact *b = &g->facts->boot;

	if (!g->efi || (b->bios && b->mbr_disk))
		return NULL;
	switch (g->efi->image.kind) {
	case EFI_GRUB:
		return g->efi->image.prefix || g->efi->image.script ? &grub : NULL;
	case EFI_SHIM:
		return &shim;
	case EFI_UNIFIED:
		return &unified;
	case EFI_KERNEL:
		return &kernel;
	default:
		return NULL;
	}
}

/* What LILO starts, only its map tells where its configuration is gone; another loader's
 * files count for nothing then. */
static int check_lilo(struct guest *g, const found_list *list, struct err *e)
{
	const struct boot_fact *b = &g->facts->boot;

	if (b->uefi || !b->mbr_disk)
		return 0;
	for (size_t i = 0; i < list->n; i++)
		if (code_is_there(g, list->v[i].loader))
			return 0;
	for (size_t i = 0; i < g->facts->disks.n; i++) {
		const struct disk_fact *d = &g->facts->disks.v[i];

		if (text_same(d->name, b->mbr_disk) && text_same(d->boot_code, "lilo"))
			return err_set(e, ERR_UNSUPPORTED,
				       "the first sector of %s holds LILO, and "
				       "/etc/lilo.conf is not there: what starts, only "
				       "LILO's map says, which is not read",
				       escape_short(slice_str(d->name)).text);
	}
	return 0;
}

static int read_loader(struct guest *g, struct err *e)
{
	struct err unread = ERR_INIT;
	found_list list = {0};
	const struct found *chosen;
	int r;

	if (!g->tree)
		return 0; /* without a root file system: said before */
	if (loader_of_image(g)) {
		const struct found image = {loader_of_image(g), g->efi->path,
					    g->efi->file};

		return read_chosen(g, &image, e);
	}
	r = find_all(g, &list, &unread, e);
	if (r >= 0)
		r = check_lilo(g, &list, e);
	if (r < 0)
		return r;
	if (list.n == 0 && unread.code != ERR_NONE) {
		*e = unread;
		return -(int)unread.code;
	}
	if (list.n == 0)
		return no_loader(g, e);
	if (unread.code != ERR_NONE &&
	    guest_problem(g, "bootloader", (struct source){0}, &unread) < 0)
		return arena_full(g->arena, e);
	chosen = choose(g, &list);
	r = read_chosen(g, chosen, e);
	if (r == 0)
		r = remark_others(g, &list, chosen, e);
	if (r == 0)
		r = remark_second_menu(g, chosen, e);
	return r;
}

const struct guest_reader read_bootloader = {
	.name = "bootloader",
	.doc = "boot loader, its menu, and which entry is the default",
	.read = read_loader,
};
