/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ELF headers and sections; numbers in comments are of the System V ABI, chapter 4.
 */
#include "elf.h"

#include "checked.h"
#include "limits.h"

enum {
	IDENT_SIZE = 16,
	CLASS_32 = 1,
	CLASS_64 = 2,
	DATA_LSB = 1,
	DATA_MSB = 2,
	HEADER_SIZE_32 = 52,
	HEADER_SIZE_64 = 64,
	SECTION_SIZE_32 = 40,
	SECTION_SIZE_64 = 64,
	SECTION_NOBITS = 8,
	INDEX_EXTENDED = 0xffff,
};

uint16_t elf_u16(const struct elf *elf, struct reader *r)
{
	return elf->big ? rd_u16be(r) : rd_u16le(r);
}

uint32_t elf_u32(const struct elf *elf, struct reader *r)
{
	return elf->big ? rd_u32be(r) : rd_u32le(r);
}

uint64_t elf_u64(const struct elf *elf, struct reader *r)
{
	return elf->big ? rd_u64be(r) : rd_u64le(r);
}

uint64_t elf_word(const struct elf *elf, struct reader *r)
{
	return elf->wide ? elf_u64(elf, r) : elf_u32(elf, r);
}

/* Names as uname -m gives them, but "i386" for every 32-bit x86. */
static const struct machine {
	uint16_t id;
	const char *narrow, *narrow_big, *wide, *wide_big;
} machines[] = {
	{2, "sparc", "sparc", "sparc64", "sparc64"},
	{3, "i386", NULL, NULL, NULL},
	{4, NULL, "m68k", NULL, NULL},
	{8, "mipsel", "mips", "mips64el", "mips64"},
	{15, NULL, "parisc", NULL, "parisc64"},
	{18, "sparc", "sparc", NULL, NULL},
	{20, "ppcle", "ppc", NULL, NULL},
	{21, NULL, NULL, "ppc64le", "ppc64"},
	{22, NULL, "s390", NULL, "s390x"},
	{40, "arm", "armeb", NULL, NULL},
	{42, "sh", "sheb", NULL, NULL},
	{43, NULL, NULL, NULL, "sparc64"},
	{50, NULL, NULL, "ia64", NULL},
	{62, "x32", NULL, "x86_64", NULL},
	{183, NULL, NULL, "aarch64", "aarch64_be"},
	{243, "riscv32", NULL, "riscv64", NULL},
	{258, "loongarch32", NULL, "loongarch64", NULL},
	{0x9026, NULL, NULL, "alpha", NULL},
};

static int read_ident(struct slice head, struct elf *elf)
{
	int class = slice_at(head, 4), data = slice_at(head, 5);
	struct reader r = reader_of(head);

	if (!slice_starts(head, "\177ELF") || (class != CLASS_32 && class != CLASS_64) ||
	    (data != DATA_LSB && data != DATA_MSB))
		return -1;
	elf->wide = class == CLASS_64;
	elf->big = data == DATA_MSB;
	rd_skip(&r, IDENT_SIZE);
	elf->type = elf_u16(elf, &r);
	elf->machine = elf_u16(elf, &r);
	return rd_ok(&r) ? 0 : -1;
}

const char *elf_arch(struct slice head)
{
	struct elf elf = {0};

	if (read_ident(head, &elf) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		const struct machine *m = &machines[i];
		const char *name = elf.wide ? (elf.big ? m->wide_big : m->wide)
					    : (elf.big ? m->narrow_big : m->narrow);

		if (m->id == elf.machine && name)
			return name;
	}
	return "unknown";
}

static int read_bytes(const struct elf *elf, uint64_t off, uint64_t len,
		      struct slice *ret, struct err *e)
{
	return file_bytes_read(elf->bytes, off, len, elf->arena, ret, e);
}

static bool decode_section(const struct elf *elf, struct slice header,
			   struct elf_section *ret, uint32_t *ret_name)
{
	struct reader r = reader_of(header);

	*ret_name = elf_u32(elf, &r);
	ret->type = elf_u32(elf, &r);
	(void)elf_word(elf, &r); /* flags */
	(void)elf_word(elf, &r); /* address */
	ret->offset = elf_word(elf, &r);
	ret->size = elf_word(elf, &r);
	ret->link = elf_u32(elf, &r);
	return rd_ok(&r);
}

static int read_header(struct elf *elf, struct err *e)
{
	uint64_t size = elf->wide ? HEADER_SIZE_64 : HEADER_SIZE_32;
	struct slice head;
	struct reader rd;
	int r = read_bytes(elf, 0, size, &head, e);

	if (r < 0)
		return r;
	rd = reader_of(head);
	rd_skip(&rd, IDENT_SIZE + 2 + 2 + 4);
	(void)elf_word(elf, &rd); /* entry */
	(void)elf_word(elf, &rd); /* program headers */
	elf->sections = elf_word(elf, &rd);
	rd_skip(&rd, 4 + 2 + 2 + 2);
	elf->section_size = elf_u16(elf, &rd);
	elf->section_count = elf_u16(elf, &rd);
	elf->names = elf_u16(elf, &rd);
	if (!rd_ok(&rd) || elf->sections == 0)
		return err_set(e, ERR_CORRUPT, "an ELF file without sections");
	if (elf->section_size < (elf->wide ? SECTION_SIZE_64 : SECTION_SIZE_32))
		return err_set(e, ERR_CORRUPT,
			       "an ELF file with section headers of %llu bytes",
			       (unsigned long long)elf->section_size);
	return 0;
}

/* More sections than 16 bits count are counted in the header of section 0. */
static int read_extended(struct elf *elf, struct err *e)
{
	struct elf_section first;
	struct slice header;
	uint32_t name;
	int r;

	if (elf->section_count != 0 && elf->names != INDEX_EXTENDED)
		return 0;
	r = read_bytes(elf, elf->sections, elf->section_size, &header, e);
	if (r < 0)
		return r;
	if (!decode_section(elf, header, &first, &name))
		return err_set(e, ERR_CORRUPT, "an ELF file without sections");
	if (elf->section_count == 0)
		elf->section_count = first.size;
	if (elf->names == INDEX_EXTENDED)
		elf->names = first.link;
	return 0;
}

int elf_section(const struct elf *elf, uint64_t index, struct elf_section *ret,
		struct err *e)
{
	struct elf_section s = {0};
	struct slice header;
	uint32_t name;

	if (index >= elf->section_count ||
	    !slice_sub(elf->table, index * elf->section_size, elf->section_size,
		       &header) ||
	    !decode_section(elf, header, &s, &name))
		return err_set(e, ERR_CORRUPT, "an ELF file without a section %llu",
			       (unsigned long long)index);
	if (s.type != SECTION_NOBITS && !range_fits(s.offset, s.size, elf->bytes->size))
		return err_set(e, ERR_CORRUPT,
			       "cut short: section %llu of the ELF file lies behind its "
			       "end",
			       (unsigned long long)index);
	/* While the table of names itself is looked up there are no names yet. */
	if (elf->strings.n) {
		struct slice rest;

		if (name >= elf->strings.n ||
		    !slice_sub(elf->strings, name, elf->strings.n - name, &rest))
			return err_set(e, ERR_CORRUPT,
				       "section %llu of the ELF file has no name",
				       (unsigned long long)index);
		if (!slice_sub(rest, 0, slice_find(rest, 0, '\0'), &s.name))
			return err_set(e, ERR_BUG, "a name ends behind its table");
	}
	*ret = s;
	return 0;
}

int elf_content_upto(const struct elf *elf, const struct elf_section *section, size_t max,
		     struct slice *ret, struct err *e)
{
	if (section->type == SECTION_NOBITS) {
		*ret = SLICE_NONE;
		return 0;
	}
	if (section->size > max)
		return err_set(e, ERR_LIMIT,
			       "a section of %llu bytes is above the limit of %zu",
			       (unsigned long long)section->size, max);
	return read_bytes(elf, section->offset, section->size, ret, e);
}

int elf_content(const struct elf *elf, const struct elf_section *section,
		struct slice *ret, struct err *e)
{
	return elf_content_upto(elf, section, LIMIT_MODULE_SECTION, ret, e);
}

static int read_table(struct elf *elf, struct err *e)
{
	struct elf_section names;
	uint64_t size;
	int r;

	if (elf->section_count > LIMIT_ELF_SECTIONS)
		return err_set(
			e, ERR_LIMIT, "an ELF file with %llu sections; the limit is %d",
			(unsigned long long)elf->section_count, LIMIT_ELF_SECTIONS);
	if (!checked_mul(elf->section_count, elf->section_size, &size))
		return err_set(e, ERR_CORRUPT, "an ELF file without sections");
	r = read_bytes(elf, elf->sections, size, &elf->table, e);
	if (r < 0)
		return err_wrap(e, "section table");
	r = elf_section(elf, elf->names, &names, e);
	if (r < 0)
		return r;
	r = elf_content(elf, &names, &elf->strings, e);
	if (r < 0)
		return err_wrap(e, "section names");
	if (elf->strings.n == 0)
		return err_set(e, ERR_CORRUPT, "an ELF file without section names");
	return 0;
}

int elf_open(const struct file_bytes *bytes, struct arena *a, struct elf *ret,
	     struct err *e)
{
	struct elf elf = {.bytes = bytes, .arena = a};
	struct elf_section section;
	struct slice head;
	int r;

	if (bytes->size == 0)
		return err_set(e, ERR_CORRUPT, "an empty file");
	r = file_bytes_head(bytes, 20, a, &head, e);
	if (r < 0)
		return r;
	if (slice_has(head, 0, "\0\0\0\0", 4))
		return err_set(e, ERR_CORRUPT,
			       "not an ELF file: it starts with zero bytes, as after a "
			       "crash");
	if (read_ident(head, &elf) < 0)
		return err_set(e, ERR_CORRUPT, "not an ELF file");
	r = read_header(&elf, e);
	if (r >= 0)
		r = read_extended(&elf, e);
	if (r >= 0)
		r = read_table(&elf, e);
	/* Section 0 is a placeholder. */
	for (uint64_t i = 1; r >= 0 && i < elf.section_count; i++)
		r = elf_section(&elf, i, &section, e);
	if (r < 0)
		return r;
	*ret = elf;
	return 0;
}

int elf_find(const struct elf *elf, const char *name, struct elf_section *ret,
	     struct err *e)
{
	for (uint64_t i = 1; i < elf->section_count; i++) {
		struct elf_section section;
		int r = elf_section(elf, i, &section, e);

		if (r < 0)
			return r;
		if (slice_eq(section.name, name)) {
			*ret = section;
			return 0;
		}
	}
	return err_set(e, ERR_ABSENT, "no section %s", name);
}
