/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pe.h"

#include "checked.h"

enum {
	HEAD_SIZE = 16 * 1024,
	PE_OFFSET = 0x3c,
	PE_HEAD = 24, /* the signature and the COFF header */
	SECTION_SIZE = 40,
	MAGIC_WIDE = 0x20b,
	/* In the optional header: the address and size of the list of signatures. */
	SIGNATURES = 128,
	SIGNATURES_WIDE = 144,
};

/* Machines of PE files, as UEFI names them. */
static const struct {
	uint16_t machine;
	const char *arch;
} pe_machines[] = {
	{0x014c, "i386"}, {0x8664, "x86_64"},  {0xaa64, "aarch64"},
	{0x01c2, "arm"},  {0x5064, "riscv64"}, {0x6264, "loongarch64"},
	{0x0200, "ia64"},
};

const char *pe_arch(uint16_t machine)
{
	for (size_t i = 0; i < ARRAY_LEN(pe_machines); i++)
		if (pe_machines[i].machine == machine)
			return pe_machines[i].arch;
	return NULL;
}

static bool is_signed(struct slice head, uint64_t optional, uint16_t size)
{
	struct reader rd = reader_of(head);
	unsigned at;

	rd_seek(&rd, optional);
	at = rd_u16le(&rd) == MAGIC_WIDE ? SIGNATURES_WIDE : SIGNATURES;
	if (size < at + 8)
		return false;
	rd_seek(&rd, optional + at + 4);
	return rd_u32le(&rd) != 0 && rd_ok(&rd);
}

/* What is in the file may be padded, and what is in memory longer. */
static int read_section(struct reader *rd, const struct file_bytes *b,
			struct pe_section *ret, struct err *e)
{
	struct pe_section s = {.name = rd_bytes(rd, 8)};
	uint32_t in_memory = rd_u32le(rd);

	rd_skip(rd, 4);
	s.size = rd_u32le(rd);
	s.off = rd_u32le(rd);
	rd_skip(rd, SECTION_SIZE - 24);
	if (!rd_ok(rd))
		return err_set(e, ERR_CORRUPT, "its table of sections is cut");
	if (!range_fits(s.off, s.size, b->size))
		return err_set(e, ERR_CORRUPT,
			       "cut short: %llu bytes of %llu or more are there",
			       (unsigned long long)b->size,
			       (unsigned long long)(s.off + s.size));
	if (in_memory && in_memory < s.size)
		s.size = in_memory;
	s.name = slice_of(s.name.p, slice_find(s.name, 0, '\0'));
	*ret = s;
	return 0;
}

int pe_read(const struct file_bytes *b, struct arena *a, struct pe *ret, struct err *e)
{
	struct pe pe = {0};
	struct reader rd;
	uint32_t at;
	uint16_t sections, optional;
	int r = file_bytes_head(b, HEAD_SIZE, a, &pe.head, e);

	if (r < 0)
		return r;
	rd = reader_of(pe.head);
	rd_seek(&rd, PE_OFFSET);
	at = rd_u32le(&rd);
	if (!slice_starts(pe.head, "MZ") || !slice_has(pe.head, at, "PE\0\0", 4))
		return err_set(e, ERR_CORRUPT, "%s",
			       b->size ? "no program for UEFI" : "an empty file");
	rd_seek(&rd, at + 4ull);
	pe.arch = pe_arch(rd_u16le(&rd));
	sections = rd_u16le(&rd);
	rd_skip(&rd, 12);
	optional = rd_u16le(&rd);
	rd_skip(&rd, optional + 2u); /* and the flags */
	if (!rd_ok(&rd))
		return err_set(e, ERR_CORRUPT, "its head is cut");
	pe.is_signed = is_signed(pe.head, (uint64_t)at + PE_HEAD, optional);
	for (uint16_t i = 0; r >= 0 && i < sections; i++) {
		struct pe_section s;

		r = read_section(&rd, b, &s, e);
		if (r >= 0 && !vec_push(a, &pe.sections, s))
			r = arena_full(a, e);
	}
	if (r >= 0)
		*ret = pe;
	return r;
}
