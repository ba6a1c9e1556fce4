/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One kernel module file: an ELF object (.ko, or .o of Linux 2.4) with its .modinfo and
 * __versions sections.
 */
#pragma once

#include "arena.h"
#include "facts.h"

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
	VEC(struct module_crc) crcs; /* __versions: the symbols it was built against */
};

/* Reads an uncompressed module. ERR_CORRUPT with the reason when it is not one: "not an
 * ELF file", "an ELF file without .modinfo", ... */
int module_parse(struct slice file, struct arena *a, struct module_info *ret,
		 struct err *e);

/* Bytes of a module that lies elsewhere: read() gives [off, off + len), which lies inside
 * `size`, borrowed or in the arena. */
struct module_bytes {
	uint64_t size;
	int (*read)(void *ctx, uint64_t off, uint64_t len, struct arena *a,
		    struct slice *ret, struct err *e);
	void *ctx;
};

/* The same from such bytes: only the headers and the sections needed are read. What was
 * read to find them stays in `a` too. */
int module_parse_from(const struct module_bytes *bytes, struct arena *a,
		      struct module_info *ret, struct err *e);

/* The architecture of any ELF file from its first 20 bytes or more: "x86_64", "ppc64le",
 * "unknown" for a machine without a name here; NULL when it is not an ELF file. */
const char *elf_arch(struct slice head);

/* Uncompresses a module by its magic (.gz, .xz, .zst) into the arena; as it is otherwise.
 */
int module_unpack(struct slice file, struct arena *a, struct slice *ret, struct err *e);

/* "virtio_blk" from "kernel/drivers/block/virtio-blk.ko.xz": base name without suffix,
 * dashes as underscores; NULL when the path does not end in .ko, .o and so on (or when
 * the arena is full). */
const char *module_name_of(struct slice path, struct arena *a);
