/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way from the firmware to the program that loads a kernel. Firmware without stored
 * entries, as a new virtual machine has it, starts \EFI\BOOT\BOOT<processor>.EFI; that is
 * looked at first. A stored entry names a vendor's directory.
 */
#include "efi.h"

#include <strings.h>

#include "boot.h"
#include "escape.h"
#include "tolerate.h"

enum { STEPS_MAX = 4 };

/* What firmware on a machine for guests of these processors starts, by the names of the
 * specification. 32-bit guests run on the same machines as those of 64 bits. */
static const struct processor {
	const char *arch, *of_program, *name;
} processors[] = {
	{"x86_64", "x86_64", "X64"},       {"i386", "x86_64", "X64"},
	{"i686", "x86_64", "X64"},         {"aarch64", "aarch64", "AA64"},
	{"riscv64", "riscv64", "RISCV64"},
};

static const struct processor *processor_of(const struct guest *g)
{
	const char *arch = g->facts->os.arch;

	for (size_t i = 0; arch && i < ARRAY_LEN(processors); i++)
		if (strcmp(processors[i].arch, arch) == 0)
			return &processors[i];
	return &processors[0];
}

/* Looks at one file. ERR_ABSENT when it is not there; a broken one is told and counts as
 * absent. Its name on the disk may be in another case: *ret has it as asked for. */
static int try_program(struct guest *g, const char *dir, const char *name,
		       struct efi_start *ret, struct err *e)
{
	const char *path = arena_printf(g->arena, "%s/%s", dir, name);
	struct file_bytes bytes;
	int r;

	if (!path)
		return arena_full(g->scratch, e);
	r = tree_find(g->tree, path, &ret->file, e);
	if (r >= 0 && ret->file.node.type != NODE_FILE)
		r = err_set(e, ERR_ABSENT, "%s is no file", path);
	if (r < 0)
		return r;
	bytes = file_bytes_of(&ret->file);
	r = efi_image_read(&bytes, g->arena, &ret->image, e);
	if (r >= 0 && ret->image.arch &&
	    strcmp(ret->image.arch, processor_of(g)->of_program) != 0)
		r = err_set(e, ERR_CORRUPT, "it is for %s", ret->image.arch);
	if (r >= 0) {
		ret->path = path;
		ret->dir = dir;
		return 0;
	}
	if (e->code != ERR_CORRUPT)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	if (guest_remark(g, "bootloader", guest_source(g, &ret->file, 0, 0),
			 "UEFI cannot start %s: %s", escape_short(slice_str(path)).text,
			 e->text) < 0)
		return arena_full(g->arena, e);
	return err_set(e, ERR_ABSENT, "%s cannot be started", path);
}

/* The first of these names below a directory. */
static int try_names(struct guest *g, const char *dir, const char *const *forms, size_t n,
		     struct efi_start *ret, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = arena_printf(g->scratch, "%s%s.efi", forms[i],
						processor_of(g)->name);
		int r;

		if (!name)
			return arena_full(g->scratch, e);
		for (char *c = (char *)name + strlen(forms[i]); *c != '.'; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 'a' - 'A' : *c);
		r = try_program(g, dir, name, ret, e);
		if (r != -ERR_ABSENT)
			return r;
		err_clear(e);
	}
	return err_set(e, ERR_ABSENT, "%s has no boot loader", dir);
}

/* --- Directories of vendors --- */

typedef int (*vendor_fn)(struct guest *g, const char *dir, struct efi_start *ret,
			 struct err *e);

/* The best directory below EFI where `fn` finds something. */
static int search_vendors(struct guest *g, const char *esp, vendor_fn fn,
			  struct efi_start *ret, struct err *e)
{
	const char *above = arena_printf(g->scratch, "%s/EFI", esp);
	dir_list names = {0};
	unsigned best = 0;
	int r = above ? tree_list(g->tree, above, &names, e) : arena_full(g->scratch, e);

	for (size_t i = 0; r >= 0 && i < names.n; i++) {
		unsigned rank = boot_vendor_rank(g, slice_str(names.v[i].name));
		const char *dir = arena_printf(g->arena, "%s/%s", above, names.v[i].name);
		struct efi_start found = *ret;

		if (!dir)
			return arena_full(g->scratch, e);
		if (rank <= best)
			continue;
		r = fn(g, dir, &found, e);
		if (r >= 0) {
			best = rank;
			*ret = found;
		} else if (e->code != ERR_NOMEM && e->code != ERR_BUG) {
			r = tolerate(g, "bootloader", dir, e);
		}
	}
	if (r < 0)
		return r;
	return best ? 0
		    : err_set(e, ERR_ABSENT, "no boot loader below %s",
			      escape_short(slice_str(above)).text);
}

static int vendor_program(struct guest *g, const char *dir, struct efi_start *ret,
			  struct err *e)
{
	static const char *const forms[] = {"shim", "grub", "systemd-boot"};

	return try_names(g, dir, forms, ARRAY_LEN(forms), ret, e);
}

/* A directory that fallback finds has a list of what to start, whose first entry is that
 * vendor's shim. */
static int vendor_with_list(struct guest *g, const char *dir, struct efi_start *ret,
			    struct err *e)
{
	static const char *const forms[] = {"shim", "grub"};
	const char *list =
		arena_printf(g->scratch, "%s/BOOT%s.CSV", dir, processor_of(g)->name);
	struct file file;
	int r = list ? tree_find(g->tree, list, &file, e) : arena_full(g->scratch, e);

	return r < 0 ? r : try_names(g, dir, forms, ARRAY_LEN(forms), ret, e);
}

/* --- Steps --- */

static bool is_there(struct guest *g, const char *dir, const char *form)
{
	struct err ignored = ERR_INIT;
	struct efi_start unused = {0};

	return try_names(g, dir, &form, 1, &unused, &ignored) >= 0;
}

/* shim starts GRUB beside it. In \EFI\BOOT it starts fallback first where that is there:
 * it goes to a vendor's directory and stores an entry for it. */
static int follow_shim(struct guest *g, struct efi_start *s, struct err *e)
{
	static const char *const grub[] = {"grub"};
	int r;

	if (s->removable == KNOWN_YES && strcmp(s->path, s->first) == 0 &&
	    is_there(g, s->dir, "fb"))
		r = search_vendors(g, s->esp, vendor_with_list, s, e);
	else
		r = try_names(g, s->dir, grub, ARRAY_LEN(grub), s, e);
	return r;
}

/* The file for removable media: *ret is KNOWN_NOT when it could not be looked at. */
static int try_removable(struct guest *g, const char *esp, struct efi_start *s,
			 struct err *e)
{
	const char *dir = arena_printf(g->arena, "%s/EFI/BOOT", esp);
	const char *name = arena_printf(g->arena, "BOOT%s.EFI", processor_of(g)->name);
	int r = dir && name ? try_program(g, dir, name, s, e) : arena_full(g->arena, e);

	s->removable = r >= 0 ? KNOWN_YES : r == -ERR_ABSENT ? KNOWN_NO : KNOWN_NOT;
	if (r < 0)
		r = tolerate(g, "bootloader", dir ? dir : esp, e);
	return r;
}

int efi_find_start(struct guest *g, const char *esp, struct efi_start *ret, struct err *e)
{
	struct efi_start s = {.esp = esp};
	int r = try_removable(g, esp, &s, e);

	*ret = s;
	if (r >= 0 && s.removable != KNOWN_YES)
		r = search_vendors(g, esp, vendor_program, &s, e);
	if (r < 0)
		return r;
	s.first = s.path;
	*ret = s;
	for (unsigned i = 0; r >= 0 && s.image.kind == EFI_SHIM && i < STEPS_MAX; i++)
		if ((r = follow_shim(g, &s, e)) >= 0)
			*ret = s;
	/* A shim without it stays where it is. */
	return r < 0 ? tolerate(g, "bootloader", s.path, e) : 0;
}
