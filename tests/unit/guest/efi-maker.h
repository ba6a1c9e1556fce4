/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Programs for UEFI, as small as they can be: the heads of PE and one section.
 */
#pragma once

#include "guest-tree.h"

enum { EFI_X64 = 0x8664, EFI_IA32 = 0x14c, EFI_DATA = 512, EFI_SIZE = 16384 };

struct efi_maker {
	uint8_t bytes[EFI_SIZE];
	size_t n;
};

static void efi_put(struct efi_maker *m, size_t at, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		m->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* A program with one section of `data` (of whole words). */
static inline struct efi_maker efi_make(uint16_t machine, const char *section,
					struct slice data)
{
	struct efi_maker m = {.n = EFI_DATA + data.n};
	struct reader r = reader_of(data);

	assert_true(data.n <= EFI_SIZE - EFI_DATA);
	memcpy(m.bytes, "MZ", 2);
	efi_put(&m, 0x3c, 64, 4);
	memcpy(m.bytes + 64, "PE\0\0", 4);
	efi_put(&m, 68, machine, 2);
	efi_put(&m, 70, 1, 2); /* sections */
	memcpy(m.bytes + 88, section, strlen(section));
	efi_put(&m, 88 + 16, data.n, 4);
	efi_put(&m, 88 + 20, EFI_DATA, 4);
	rd_copy(&r, m.bytes + EFI_DATA, data.n);
	return m;
}

/* One more section behind the others. */
static inline void efi_section(struct efi_maker *m, const char *section, const char *text)
{
	unsigned n = m->bytes[70];
	size_t head = 88 + 40 * n;
	struct reader r = reader_of(slice_str(text));

	assert_true(head + 40 <= EFI_DATA && m->n + strlen(text) <= EFI_SIZE);
	efi_put(m, 70, n + 1, 2);
	memcpy(m->bytes + head, section, strlen(section));
	efi_put(m, head + 16, strlen(text), 4);
	efi_put(m, head + 20, m->n, 4);
	rd_copy(&r, m->bytes + m->n, strlen(text));
	m->n += strlen(text);
}

/* One object of GRUB's section, in whole words with a zero behind it. */
static inline size_t efi_part(struct efi_maker *m, size_t at, uint32_t type,
			      struct slice data)
{
	size_t n = (data.n + 8) / 8 * 8;
	struct reader r = reader_of(data);

	assert_true(at + 8 + n <= EFI_SIZE);
	efi_put(m, at, type, 4);
	efi_put(m, at + 4, 8 + n, 4);
	rd_copy(&r, m->bytes + at + 8, data.n);
	return at + 8 + n;
}

/* GRUB with its prefix, a script (NULL: without one) and a file system. */
static inline struct efi_maker efi_grub_with(const char *prefix, const char *script,
					     struct slice memdisk)
{
	static const uint8_t room[EFI_SIZE - EFI_DATA];
	struct efi_maker m = efi_make(EFI_X64, "mods", slice_of(room, sizeof(room)));
	size_t at = EFI_DATA + 24;

	efi_put(&m, EFI_DATA, 0x676d696d, 4);
	efi_put(&m, EFI_DATA + 8, 24, 8);
	if (memdisk.n)
		at = efi_part(&m, at, 1, memdisk);
	if (script)
		at = efi_part(&m, at, 2, slice_str(script));
	at = efi_part(&m, at, 3, slice_str(prefix));
	efi_put(&m, EFI_DATA + 16, at - EFI_DATA, 8);
	return m;
}

static inline struct efi_maker efi_grub(const char *prefix, const char *script)
{
	return efi_grub_with(prefix, script, SLICE_NONE);
}

static inline void efi_file(struct guest_tree *t, size_t volume, const char *path,
			    struct efi_maker m)
{
	guest_tree_bytes(t, volume, path, slice_of(m.bytes, m.n));
}

static inline struct efi_maker efi_shim(void)
{
	return efi_make(EFI_X64, ".sbat", slice_str("sbat,1,x\nshim,4,UEFI shim,shim\n"));
}
