/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Just enough of ELF (System V ABI, chapter 4) to find a section by its name, in 32 and
 * 64 bits and both byte orders. Only what is asked for is read.
 */
#pragma once

#include "arena.h"
#include "file_bytes.h"

struct elf {
	const struct file_bytes *bytes;
	struct arena *arena;
	bool wide, big; /* 64 bits; most significant byte first */
	uint16_t type, machine;
	uint64_t sections, section_count;
	uint64_t names;        /* index of the section that holds the names */
	struct slice table;    /* the section headers */
	struct slice strings;  /* the section names */
	uint64_t section_size; /* of one header in the table */
};

struct elf_section {
	struct slice name;
	uint32_t type, link;
	uint64_t offset, size;
};

enum { ELF_TYPE_REL = 1 };

/* Reads the headers and checks that every section lies inside the file. */
int elf_open(const struct file_bytes *bytes, struct arena *a, struct elf *ret,
	     struct err *e);

/* The section with that name, the first if there are several; ERR_ABSENT. */
int elf_find(const struct elf *elf, const char *name, struct elf_section *ret,
	     struct err *e);
/* The section at that index, below section_count. */
int elf_section(const struct elf *elf, uint64_t index, struct elf_section *ret,
		struct err *e);

/* Its bytes. ERR_LIMIT above LIMIT_MODULE_SECTION. */
int elf_content(const struct elf *elf, const struct elf_section *section,
		struct slice *ret, struct err *e);
/* The same with another limit. */
int elf_content_upto(const struct elf *elf, const struct elf_section *section, size_t max,
		     struct slice *ret, struct err *e);

/* The architecture of any ELF file from its first 20 bytes or more: "x86_64", "ppc64le",
 * "unknown" for a machine without a name here; NULL when it is not an ELF file. */
const char *elf_arch(struct slice head);

/* Numbers in the file's byte order. */
uint16_t elf_u16(const struct elf *elf, struct reader *r);
uint32_t elf_u32(const struct elf *elf, struct reader *r);
uint64_t elf_u64(const struct elf *elf, struct reader *r);
/* 4 or 8 bytes, by the file's class. */
uint64_t elf_word(const struct elf *elf, struct reader *r);
