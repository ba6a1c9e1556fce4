/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose program is in the first 440 bytes of a disk: boot loaders print messages, so they
 * carry their names. A text is looked for, code is not disassembled.
 */
#include <string.h>

#include "scheme.h"

enum { CODE_SIZE = 440 };

/* In order: Windows also says "Missing operating system", which is SYSLINUX's whole
 * vocabulary. "Missing OS" is its program for GPT disks, "isolinux" for hybrid ISOs. */
static const struct {
	const char *text, *name;
} marks[] = {
	{"GRUB ", "grub"},
	{"LILO", "lilo"},
	{"SYSLINUX", "syslinux"},
	{"EXTLINUX", "syslinux"},
	{"isolinux", "syslinux"},
	{"BOOTMGR", "windows"},
	{"NTLDR", "windows"},
	{"Invalid partition table", "windows"},
	{"Missing operating system", "syslinux"},
	{"Missing OS", "syslinux"},
};

const char *boot_code_of(struct slice sector0)
{
	struct slice code = sector0;
	struct reader r;
	bool empty = true;

	if (code.n > CODE_SIZE)
		code.n = CODE_SIZE;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (slice_search(code, marks[i].text, strlen(marks[i].text)) < code.n)
			return marks[i].name;
	for (r = reader_of(code); rd_left(&r);)
		empty &= rd_u8(&r) == 0;
	return empty ? "none" : "other";
}
