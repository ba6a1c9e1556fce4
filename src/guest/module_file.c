/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a kernel module says of itself: the key=value strings of .modinfo and the symbol
 * CRCs of __versions (struct modversion_info), or of __version_ext_crcs and
 * __version_ext_names (Linux 6.14 and later), or those in the symbol names of Linux 2.4.
 */
#include "module_file.h"

#include <string.h>

#include "codec.h"
#include "elf.h"
#include "limits.h"
#include "path.h"
#include "text.h"

enum { VERSION_ENTRY = 64 }; /* a CRC of one machine word, and the name */

static int copy_word(struct arena *a, struct slice word, strs *list, struct err *e)
{
	const char *s = arena_strndup(a, word);

	if (!s || !vec_push(a, list, s))
		return arena_full(a, e);
	return 0;
}

static int add_depends(struct arena *a, struct slice value, strs *list, struct err *e)
{
	struct slice word, rest = value;
	int r = 0;

	while (r >= 0 && rest.n) {
		if (!text_split(rest, ',', &word, &rest)) {
			word = rest;
			rest = SLICE_NONE;
		}
		if (word.n)
			r = copy_word(a, word, list, e);
	}
	return r;
}

static int set_once(struct arena *a, struct slice value, const char **to, struct err *e)
{
	if (*to)
		return 0;
	*to = arena_strndup(a, value);
	return *to ? 0 : arena_full(a, e);
}

static int add_info(struct arena *a, struct slice key, struct slice value,
		    struct module_info *info, const char **old_version, struct err *e)
{
	if (slice_eq(key, "depends")) {
		info->has_depends = true;
		return add_depends(a, value, &info->depends, e);
	}
	if (slice_eq(key, "alias"))
		return copy_word(a, value, &info->aliases, e);
	if (slice_eq(key, "softdep"))
		return copy_word(a, value, &info->softdeps, e);
	if (slice_eq(key, "firmware"))
		return copy_word(a, value, &info->firmware, e);
	if (slice_eq(key, "vermagic"))
		return set_once(a, value, &info->vermagic, e);
	if (slice_eq(key, "kernel_version"))
		return set_once(a, value, old_version, e);
	if (slice_eq(key, "name"))
		return set_once(a, value, &info->name, e);
	return 0;
}

static int read_modinfo(const struct elf *elf, struct module_info *info, struct err *e)
{
	const char *old_version = NULL;
	struct elf_section section;
	struct slice all, key, value;
	int r = elf_find(elf, ".modinfo", &section, e);

	if (r == -ERR_ABSENT)
		return err_set(e, ERR_CORRUPT, "an ELF file without .modinfo");
	if (r >= 0)
		r = elf_content(elf, &section, &all, e);
	for (size_t at = 0; r >= 0 && at < all.n;) {
		size_t end = slice_find(all, at, '\0');
		struct slice one = SLICE_NONE;

		if (!slice_sub(all, at, end - at, &one))
			break;
		if (text_split(one, '=', &key, &value))
			r = add_info(elf->arena, key, value, info, &old_version, e);
		at = end + 1;
	}
	if (r < 0)
		return err_wrap(e, ".modinfo");
	if (!info->vermagic)
		info->vermagic = old_version;
	return 0;
}

static int add_crc(struct arena *a, struct module_info *info, struct slice symbol,
		   uint32_t crc, struct err *e)
{
	const char *name = arena_strndup(a, symbol);

	if (!name || !vec_push(a, &info->crcs, ((struct module_crc){name, crc})))
		return arena_full(a, e);
	return 0;
}

static int read_versions(const struct elf *elf, const struct elf_section *section,
			 struct module_info *info, struct err *e)
{
	uint64_t word = elf->wide ? 8 : 4;
	struct slice all;
	struct reader rd;
	int r = elf_content(elf, section, &all, e);

	if (r < 0)
		return r;
	if (all.n % VERSION_ENTRY)
		return err_set(e, ERR_CORRUPT, "%zu bytes are no whole number of entries",
			       all.n);
	rd = reader_of(all);
	while (r >= 0 && rd_left(&rd) >= VERSION_ENTRY) {
		uint64_t crc = elf_word(elf, &rd);
		struct slice name = rd_bytes(&rd, VERSION_ENTRY - word);
		size_t n = slice_find(name, 0, '\0');

		if (n == name.n || !slice_sub(name, 0, n, &name))
			return err_set(e, ERR_CORRUPT, "a symbol's name has no end");
		r = add_crc(elf->arena, info, name, (uint32_t)crc, e);
	}
	return r;
}

static int read_ext_versions(const struct elf *elf, const struct elf_section *crcs,
			     struct module_info *info, struct err *e)
{
	struct elf_section section;
	struct slice values, names, name = SLICE_NONE;
	struct reader rd;
	int r = elf_find(elf, "__version_ext_names", &section, e);

	if (r == -ERR_ABSENT)
		return err_set(e, ERR_CORRUPT, "CRCs without names");
	if (r >= 0)
		r = elf_content(elf, &section, &names, e);
	if (r >= 0)
		r = elf_content(elf, crcs, &values, e);
	if (r < 0)
		return r;
	rd = reader_of(values);
	for (size_t at = 0; r >= 0 && rd_left(&rd) > 0;) {
		uint32_t crc = elf_u32(elf, &rd);
		size_t end = slice_find(names, at, '\0');

		if (!rd_ok(&rd) || end >= names.n ||
		    !slice_sub(names, at, end - at, &name))
			return err_set(e, ERR_CORRUPT, "CRCs and names do not match");
		r = add_crc(elf->arena, info, name, crc, e);
		at = end + 1;
	}
	return r;
}

bool module_old_symbol(struct slice name, struct slice *ret_symbol, uint32_t *ret_crc)
{
	struct slice digits, tail;
	uint64_t crc;
	size_t cut;

	if (name.n < 11 || !slice_sub(name, name.n - 8, 8, &digits) ||
	    !text_hex(digits, UINT32_MAX, &crc) || !slice_sub(name, 0, name.n - 8, &tail))
		return false;
	if (slice_ends(tail, "_Rsmp_"))
		cut = 6;
	else if (slice_ends(tail, "_R"))
		cut = 2;
	else
		return false;
	if (!slice_sub(tail, 0, tail.n - cut, ret_symbol))
		return false;
	*ret_crc = (uint32_t)crc;
	return true;
}

static int add_old_symbol(const struct elf *elf, struct slice name,
			  struct module_info *info, struct err *e)
{
	struct slice symbol;
	uint32_t crc;

	return module_old_symbol(name, &symbol, &crc)
		       ? add_crc(elf->arena, info, symbol, crc, e)
		       : 0;
}

static int read_old_symbols(const struct elf *elf, struct module_info *info,
			    struct err *e)
{
	size_t entry = elf->wide ? 24 : 16;
	struct elf_section symbols, strings;
	struct slice table, names, name;
	struct reader rd;
	int r = elf_find(elf, ".symtab", &symbols, e);

	if (r == -ERR_ABSENT)
		return 0;
	if (r >= 0)
		r = elf_section(elf, symbols.link, &strings, e);
	if (r >= 0)
		r = elf_content(elf, &symbols, &table, e);
	if (r >= 0)
		r = elf_content(elf, &strings, &names, e);
	if (r < 0)
		return r;
	rd = reader_of(table);
	while (r >= 0 && rd_left(&rd) >= entry) {
		size_t start = rd.pos;
		uint32_t at = elf_u32(elf, &rd);
		uint16_t index;

		/* st_shndx: 0 is an undefined symbol, one the kernel must have. */
		rd_seek(&rd, start + (elf->wide ? 6 : 14));
		index = elf_u16(elf, &rd);
		rd_seek(&rd, start + entry);
		if (!rd_ok(&rd))
			break;
		if (index != 0 || at >= names.n ||
		    !slice_sub(names, at, slice_find(names, at, '\0') - at, &name))
			continue;
		r = add_old_symbol(elf, name, info, e);
	}
	return r;
}

static int read_crcs(const struct elf *elf, struct module_info *info, bool old,
		     struct err *e)
{
	struct elf_section section;
	int r = elf_find(elf, "__version_ext_crcs", &section, e);

	if (r >= 0) {
		r = read_ext_versions(elf, &section, info, e);
		return r < 0 ? err_wrap(e, "__version_ext_crcs") : 0;
	}
	if (r != -ERR_ABSENT)
		return r;
	r = elf_find(elf, "__versions", &section, e);
	if (r >= 0) {
		r = read_versions(elf, &section, info, e);
		return r < 0 ? err_wrap(e, "__versions") : 0;
	}
	if (r != -ERR_ABSENT)
		return r;
	err_clear(e);
	return old ? read_old_symbols(elf, info, e) : 0;
}

int module_parse_from(const struct file_bytes *bytes, struct arena *a,
		      struct module_info *ret, struct err *e)
{
	struct module_info info = {0};
	struct slice head;
	struct elf elf;
	int r = elf_open(bytes, a, &elf, e);

	if (r < 0)
		return r;
	if (elf.type != ELF_TYPE_REL)
		return err_set(e, ERR_CORRUPT,
			       "an ELF file that is no relocatable object (a program or "
			       "a library)");
	r = file_bytes_head(bytes, 20, a, &head, e);
	if (r < 0)
		return r;
	info.arch = elf_arch(head);
	r = read_modinfo(&elf, &info, e);
	if (r >= 0)
		r = read_crcs(&elf, &info, !info.has_depends, e);
	if (r < 0)
		return r;
	*ret = info;
	return 0;
}

int module_parse(struct slice file, struct arena *a, struct module_info *ret,
		 struct err *e)
{
	struct file_bytes bytes = file_bytes_in(&file);

	return module_parse_from(&bytes, a, ret, e);
}

int module_unpack(struct slice file, struct arena *a, struct slice *ret, struct err *e)
{
	enum codec c = codec_detect(file);

	if (c == CODEC_NONE) {
		*ret = file;
		return 0;
	}
	return codec_decode_all(c, file, LIMIT_MODULE_UNPACKED, a, ret, e);
}

const char *module_name_of(struct slice path, struct arena *a)
{
	static const char *const suffixes[] = {".ko",    ".ko.xz", ".ko.zst",
					       ".ko.gz", ".o",     ".o.gz"};
	struct slice base = path_last_part(path), stem;
	size_t suffix = 0;
	char *name;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (slice_ends(base, suffixes[i]))
			suffix = strlen(suffixes[i]);
	if (suffix == 0 || !slice_sub(base, 0, base.n - suffix, &stem) || stem.n == 0)
		return NULL;
	name = arena_strndup(a, stem);
	for (char *c = name; c && *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}
