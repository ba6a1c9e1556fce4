/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbol table (System V ABI, chapter 4) as a kernel uses it: an exported symbol has
 * a __ksymtab_NAME, and with CONFIG_MODVERSIONS a __crc_NAME, whose value is the CRC, or
 * since Linux 5.19 the place of the CRC in a section.
 */
#include "module_symbols.h"

#include <string.h>

#include "codec.h"
#include "elf.h"
#include "limits.h"
#include "strmap.h"
#include "text.h"

enum { SHN_UNDEF = 0, SHN_RESERVED = 0xff00, SHN_ABS = 0xfff1, STB_WEAK = 2 };

struct symbol {
	struct slice name;
	uint64_t value;
	uint16_t section;
	unsigned bind;
};

struct table {
	const struct elf *elf;
	struct slice names;
	struct strmap *exports; /* names to positions in symbols->exports, from 1 */
	bool old;
	uint16_t crc_section; /* the last one that a CRC was in, and its bytes */
	struct slice crc_bytes;
	struct module_symbols symbols;
};

/* The next entry of the symbol table. */
static bool decode(const struct table *t, struct reader *rd, struct symbol *ret)
{
	const struct elf *elf = t->elf;
	uint32_t name = elf_u32(elf, rd);
	struct slice rest = SLICE_NONE;
	uint8_t info;

	if (elf->wide) {
		info = rd_u8(rd);
		rd_skip(rd, 1);
		ret->section = elf_u16(elf, rd);
		ret->value = elf_u64(elf, rd);
		rd_skip(rd, 8);
	} else {
		ret->value = elf_u32(elf, rd);
		rd_skip(rd, 4);
		info = rd_u8(rd);
		rd_skip(rd, 1);
		ret->section = elf_u16(elf, rd);
	}
	ret->bind = info >> 4;
	return rd_ok(rd) && name < t->names.n &&
	       slice_sub(t->names, name, t->names.n - name, &rest) &&
	       slice_sub(rest, 0, slice_find(rest, 0, '\0'), &ret->name);
}

/* Symbols that the loader makes up itself. */
static bool is_made_up(struct slice name)
{
	return name.n == 0 || slice_eq(name, "_GLOBAL_OFFSET_TABLE_") ||
	       slice_eq(name, ".TOC.");
}

static int add_need(struct table *t, struct slice name, struct err *e)
{
	uint32_t crc;

	if (is_made_up(name))
		return 0;
	if (t->old)
		module_old_symbol(name, &name, &crc);
	/* 64-bit PowerPC: the code of a function has a dot before its name. */
	if (slice_at(name, 0) == '.' && !slice_sub(name, 1, name.n - 1, &name))
		return 0;
	return vec_push(t->elf->arena, &t->symbols.needs, name)
		       ? 0
		       : arena_full(t->elf->arena, e);
}

static struct module_export *export_of(struct table *t, struct slice name, struct err *e)
{
	uintptr_t at = (uintptr_t)strmap_get(t->exports, name);
	struct module_export *added;

	if (at)
		return &t->symbols.exports.v[at - 1];
	added = vec_add(t->elf->arena, &t->symbols.exports);
	if (!added ||
	    !strmap_set(t->exports, name, (void *)(uintptr_t)t->symbols.exports.n)) {
		arena_full(t->elf->arena, e);
		return NULL;
	}
	added->name = name;
	return added;
}

static int add_export(struct table *t, struct slice name, struct err *e)
{
	struct module_export *x;
	bool has_crc = false;
	uint32_t crc = 0;

	if (name.n == 0)
		return 0;
	if (t->old)
		has_crc = module_old_symbol(name, &name, &crc);
	x = export_of(t, name, e);
	if (!x)
		return -(int)e->code;
	if (has_crc) {
		x->has_crc = true;
		x->crc = crc;
	}
	return 0;
}

static int load_crcs(struct table *t, uint16_t index, struct err *e)
{
	struct elf_section section;
	int r;

	if (index == t->crc_section)
		return 0;
	r = elf_section(t->elf, index, &section, e);
	if (r >= 0)
		r = elf_content(t->elf, &section, &t->crc_bytes, e);
	if (r >= 0)
		t->crc_section = index;
	return r;
}

static int add_crc(struct table *t, const struct symbol *s, struct slice name,
		   struct err *e)
{
	const struct elf *elf = t->elf;
	uint64_t crc = s->value;
	struct module_export *x;

	if (s->section == SHN_UNDEF)
		return 0;
	if (s->section < SHN_RESERVED) {
		struct reader rd;
		int r = load_crcs(t, s->section, e);

		if (r < 0)
			return r;
		rd = reader_of(t->crc_bytes);
		rd_seek(&rd, s->value);
		crc = elf_u32(elf, &rd);
		if (!rd_ok(&rd))
			return err_set(e, ERR_CORRUPT, "a CRC lies outside its section");
	} else if (s->section != SHN_ABS) {
		return 0;
	}
	x = export_of(t, name, e);
	if (!x)
		return -(int)e->code;
	x->has_crc = true;
	x->crc = (uint32_t)crc;
	return 0;
}

static int take_symbol(struct table *t, const struct symbol *s, struct err *e)
{
	static const char crc[] = "__crc_", ksymtab[] = "__ksymtab_";
	struct slice name;

	if (slice_starts(s->name, crc) &&
	    slice_sub(s->name, sizeof(crc) - 1, s->name.n - sizeof(crc) + 1, &name))
		return add_crc(t, s, name, e);
	if (s->section == SHN_UNDEF)
		return s->bind == STB_WEAK ? 0 : add_need(t, s->name, e);
	if (slice_starts(s->name, ksymtab) && !slice_eq(s->name, "__ksymtab_strings") &&
	    slice_sub(s->name, sizeof(ksymtab) - 1, s->name.n - sizeof(ksymtab) + 1,
		      &name))
		return add_export(t, name, e);
	return 0;
}

/* The names of what is exported, where the symbols that say so were stripped. */
static int read_names(struct table *t, struct err *e)
{
	struct elf_section section;
	struct slice all, one = SLICE_NONE;
	int r = elf_find(t->elf, t->old ? ".kstrtab" : "__ksymtab_strings", &section, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 0;
	}
	if (r >= 0)
		r = elf_content(t->elf, &section, &all, e);
	for (size_t at = 0; r >= 0 && at < all.n;) {
		size_t end = slice_find(all, at, '\0');

		if (!slice_sub(all, at, end - at, &one))
			break;
		r = add_export(t, one, e);
		at = end + 1;
	}
	return r;
}

static int read_table(struct table *t, struct err *e)
{
	struct elf_section symbols, strings;
	size_t entry = t->elf->wide ? 24 : 16;
	struct slice all;
	struct reader rd;
	int r = elf_find(t->elf, ".symtab", &symbols, e);

	if (r >= 0)
		r = elf_section(t->elf, symbols.link, &strings, e);
	if (r >= 0)
		r = elf_content_upto(t->elf, &symbols, LIMIT_MODULE_SYMBOLS, &all, e);
	if (r >= 0)
		r = elf_content_upto(t->elf, &strings, LIMIT_MODULE_SYMBOLS, &t->names,
				     e);
	if (r < 0)
		return r;
	if (all.n % entry)
		return err_set(e, ERR_CORRUPT,
			       "the symbol table is no whole number of entries");
	rd = reader_of(all);
	rd_skip(&rd, all.n ? entry : 0); /* the first is a placeholder */
	while (r >= 0 && rd_left(&rd)) {
		struct symbol s;

		if (!decode(t, &rd, &s))
			return err_set(e, ERR_CORRUPT, "a symbol without a name");
		r = take_symbol(t, &s, e);
	}
	return r;
}

int module_symbols_from(const struct file_bytes *bytes, bool old, struct arena *a,
			struct module_symbols *ret, struct err *e)
{
	struct table t = {.old = old, .exports = strmap_new(a)};
	struct elf elf;
	int r = elf_open(bytes, a, &elf, e);

	if (r < 0)
		return r;
	if (!t.exports)
		return arena_full(a, e);
	t.elf = &elf;
	r = read_table(&t, e);
	if (r >= 0 && t.symbols.exports.n == 0)
		r = read_names(&t, e);
	if (r < 0)
		return err_wrap(e, "symbols");
	*ret = t.symbols;
	return 0;
}

int module_read(const struct file_bytes *bytes, struct arena *a, struct module_info *ret,
		struct module_symbols *ret_symbols, struct err *e)
{
	struct file_bytes source = *bytes;
	struct slice head, packed, *plain = arena_new_of(a, struct slice);
	int r;

	if (!plain)
		return arena_full(a, e);
	r = file_bytes_head(bytes, 8, a, &head, e);
	if (r >= 0 && codec_detect(head) != CODEC_NONE) {
		if (bytes->size > LIMIT_MODULE_UNPACKED)
			return err_set(e, ERR_LIMIT,
				       "a compressed file of %llu bytes is above the "
				       "limit of %zu",
				       (unsigned long long)bytes->size,
				       LIMIT_MODULE_UNPACKED);
		r = file_bytes_read(bytes, 0, bytes->size, a, &packed, e);
		if (r >= 0)
			r = module_unpack(packed, a, plain, e);
		source = file_bytes_in(plain);
	}
	if (r >= 0)
		r = module_parse_from(&source, a, ret, e);
	if (r >= 0 && ret_symbols)
		r = module_symbols_from(&source, !ret->has_depends, a, ret_symbols, e);
	return r;
}
