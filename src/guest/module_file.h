/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One kernel module file: an ELF object (.ko, or .o of Linux 2.4) with its .modinfo and
 * __versions sections.
 */
#pragma once

#include "arena.h"
#include "facts.h"
#include "file_bytes.h"

struct module_crc {
	const char *symbol;
	uint32_t crc;
};

/* What a module says of itself. Strings live in the arena given. */
struct module_info {
	const char *arch; /* "x86_64", "i386", "aarch64", ... from the ELF header */
	const char *name; /* name= of .modinfo, or NULL (older kernels) */
	const char
		*vermagic; /* vermagic=, or for 2.4 kernel_version=; NULL when missing */
	bool has_depends;  /* there is a depends=, maybe an empty one (not so in 2.4) */
	strs depends, aliases, softdeps;
	strs firmware; /* names of files below /lib/firmware that it may ask for */
	VEC(struct module_crc) crcs; /* __versions: the symbols it was built against */
};

/* Reads an uncompressed module. ERR_CORRUPT with the reason when it is not one: "not an
 * ELF file", "an ELF file without .modinfo", ... */
int module_parse(struct slice file, struct arena *a, struct module_info *ret,
		 struct err *e);

/* The same from a file of which only the headers and the sections needed are read. What
 * was read to find them stays in `a` too. */
int module_parse_from(const struct file_bytes *bytes, struct arena *a,
		      struct module_info *ret, struct err *e);

/* Uncompresses a module by its magic (.gz, .xz, .zst) into the arena; as it is otherwise.
 */
int module_unpack(struct slice file, struct arena *a, struct slice *ret, struct err *e);

/* Linux 2.4 puts the CRC into the symbol's name: printk_R1b7d4074, and with SMP kernels
 * printk_Rsmp_1b7d4074. False for a name without one. */
bool module_old_symbol(struct slice name, struct slice *ret_symbol, uint32_t *ret_crc);

/* "virtio_blk" from "kernel/drivers/block/virtio-blk.ko.xz": base name without suffix,
 * dashes as underscores; NULL when the path does not end in .ko, .o and so on (or when
 * the arena is full). */
const char *module_name_of(struct slice path, struct arena *a);
