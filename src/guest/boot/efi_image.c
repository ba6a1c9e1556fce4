/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs for UEFI are PE files. Which program it is, its sections tell: GRUB has its
 * modules, its prefix and perhaps a script and a small file system in one called "mods".
 */
#include "efi.h"

#include "limits.h"
#include "pe.h"
#include "x86_boot.h"

enum {
	SBAT_SIZE = 4096,
	/* grub/kernel.h: what lies in "mods", and what grub-mkimage puts there */
	MODULES_MAGIC = 0x676d696d,
	OBJECT_HEAD = 8,
	OBJECT_MEMDISK = 1,
	OBJECT_CONFIG = 2,
	OBJECT_PREFIX = 3,
};

const char *efi_kind_name(enum efi_kind kind)
{
	static const char *const names[] = {
		[EFI_OTHER] = "a program that is not known here",
		[EFI_SHIM] = "shim",
		[EFI_GRUB] = "GRUB 2",
		[EFI_SYSTEMD_BOOT] = "systemd-boot",
		[EFI_UNIFIED] = "a unified kernel image",
		[EFI_KERNEL] = "a kernel",
	};

	return names[kind];
}

/* --- GRUB's section --- */

static int read_text(const struct file_bytes *b, uint64_t off, uint64_t size,
		     struct arena *a, const char **ret, struct err *e)
{
	struct slice text;
	int r;

	if (size > LIMIT_CONFIG_FILE)
		return err_set(e, ERR_LIMIT, "a script of more than %zu bytes in GRUB",
			       LIMIT_CONFIG_FILE);
	r = file_bytes_read(b, off, size, a, &text, e);
	if (r < 0)
		return r;
	*ret = arena_strndup(a, slice_of(text.p, slice_find(text, 0, '\0')));
	return *ret ? 0 : arena_full(a, e);
}

static int read_object(const struct file_bytes *b, uint32_t type, uint64_t off,
		       uint64_t size, struct arena *a, struct efi_image *ret,
		       struct err *e)
{
	switch (type) {
	case OBJECT_MEMDISK:
		ret->memdisk = off;
		ret->memdisk_size = size;
		return 0;
	case OBJECT_CONFIG:
		return read_text(b, off, size, a, &ret->script, e);
	case OBJECT_PREFIX:
		return read_text(b, off, size, a, &ret->prefix, e);
	default:
		return 0;
	}
}

/* The head says where the objects begin and where they end, in 32 or 64 bits. */
static int read_grub(const struct file_bytes *b, const struct pe_section *s,
		     struct arena *a, struct efi_image *ret, struct err *e)
{
	bool wide = !ret->arch || strcmp(ret->arch, "i386") != 0;
	struct slice bytes;
	struct reader rd;
	uint64_t at, end;
	int r = file_bytes_read(b, s->off, s->size < 24 ? s->size : 24, a, &bytes, e);

	if (r < 0)
		return r;
	rd = reader_of(bytes);
	if (rd_u32le(&rd) != MODULES_MAGIC)
		return 0; /* another program's */
	ret->kind = EFI_GRUB;
	rd_skip(&rd, wide ? 4 : 0);
	at = wide ? rd_u64le(&rd) : rd_u32le(&rd);
	end = wide ? rd_u64le(&rd) : rd_u32le(&rd);
	if (!rd_ok(&rd) || end > s->size || at > end)
		return err_set(e, ERR_CORRUPT, "GRUB's modules are cut short");
	for (unsigned i = 0; end - at >= OBJECT_HEAD; i++) {
		uint32_t type, size;

		if (i == LIMIT_GRUB_OBJECTS)
			return err_set(e, ERR_LIMIT, "more than %d parts of GRUB",
				       LIMIT_GRUB_OBJECTS);
		r = file_bytes_read(b, s->off + at, OBJECT_HEAD, a, &bytes, e);
		if (r < 0)
			return r;
		rd = reader_of(bytes);
		type = rd_u32le(&rd);
		size = rd_u32le(&rd);
		if (size < OBJECT_HEAD || size > end - at)
			return err_set(e, ERR_CORRUPT, "a part of GRUB is cut short");
		r = read_object(b, type, s->off + at + OBJECT_HEAD, size - OBJECT_HEAD, a,
				ret, e);
		if (r < 0)
			return r;
		at += size;
	}
	return 0;
}

/* --- The sections --- */

/* Programs that can be revoked say which they are: "shim,4,..." on a line. */
static int read_sbat(const struct file_bytes *b, const struct pe_section *s,
		     struct arena *a, struct efi_image *ret, struct err *e)
{
	struct slice text;
	int r = file_bytes_read(b, s->off, s->size < SBAT_SIZE ? s->size : SBAT_SIZE, a,
				&text, e);

	if (r >= 0 && ret->kind == EFI_OTHER && slice_search(text, "\nshim,", 6) < text.n)
		ret->kind = EFI_SHIM;
	return r;
}

static int read_section(const struct file_bytes *b, const struct pe_section *s,
			struct arena *a, struct efi_image *ret, struct err *e)
{
	if (slice_eq(s->name, ".linux"))
		ret->kind = EFI_UNIFIED;
	else if (slice_eq(s->name, ".sdmagic") && ret->kind == EFI_OTHER)
		ret->kind = EFI_SYSTEMD_BOOT;
	else if (slice_eq(s->name, ".sbat"))
		return read_sbat(b, s, a, ret, e);
	else if (slice_eq(s->name, "mods"))
		return read_grub(b, s, a, ret, e);
	return 0;
}

int efi_image_read(const struct file_bytes *bytes, struct arena *a, struct efi_image *ret,
		   struct err *e)
{
	struct efi_image image = {.kind = EFI_OTHER};
	struct pe pe;
	int r = pe_read(bytes, a, &pe, e);

	if (r < 0)
		return r;
	image.arch = pe.arch;
	if (x86_boot_is(pe.head))
		image.kind = EFI_KERNEL;
	for (size_t i = 0; r >= 0 && i < pe.sections.n; i++)
		r = read_section(bytes, &pe.sections.v[i], a, &image, e);
	if (r >= 0)
		*ret = image;
	return r;
}
