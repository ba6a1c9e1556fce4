/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Module.symvers (Documentation/kbuild/modules of the kernel): CRC, symbol, module, kind
 * of export, namespace, separated by tabs; the CRC is 0x00000000 without modversions.
 */
#include "symbol_lists.h"

#include "module_file.h"
#include "text.h"

static int check_form(struct slice text, struct err *e)
{
	if (text.n == 0)
		return err_set(e, ERR_CORRUPT, "an empty file");
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	if (slice_at(text, text.n - 1) != '\n')
		return err_set(e, ERR_CORRUPT, "cut short: its last line has no end");
	return 0;
}

int symvers_parse(struct slice text, const struct symbol_taker *to, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	int r = check_form(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		struct listed_symbol s = {0};
		struct slice crc, digits;
		uint64_t value;

		if (!text_word(&line, &crc))
			continue;
		if (!slice_starts(crc, "0x") || !slice_sub(crc, 2, crc.n - 2, &digits) ||
		    !text_hex(digits, UINT32_MAX, &value) || !text_word(&line, &s.name) ||
		    !text_word(&line, &s.module))
			return err_set(e, ERR_CORRUPT,
				       "line %u is not \"0xCRC symbol module\"", t.line);
		s.has_crc = value != 0;
		s.crc = (uint32_t)value;
		to->take(to->ctx, &s);
	}
	return r;
}

int system_map_parse(struct slice text, const struct symbol_taker *to, struct err *e)
{
	static const char prefix[] = "__ksymtab_";
	struct text t = text_of(text);
	struct slice line;
	bool any = false;
	int r = check_form(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		struct listed_symbol s = {.module = slice_str("vmlinux")};
		struct slice address, kind, name;

		if (!text_word(&line, &address) || !text_word(&line, &kind) ||
		    kind.n != 1 || !text_word(&line, &name))
			return err_set(e, ERR_CORRUPT,
				       "line %u is not \"address kind name\"", t.line);
		if (!slice_starts(name, prefix) ||
		    !slice_sub(name, sizeof(prefix) - 1, name.n - sizeof(prefix) + 1,
			       &s.name) ||
		    s.name.n == 0)
			continue;
		s.has_crc = module_old_symbol(s.name, &s.name, &s.crc);
		to->take(to->ctx, &s);
		any = true;
	}
	if (r >= 0 && !any)
		r = err_set(e, ERR_ABSENT, "a map that does not say what is exported");
	return r;
}

int modules_symbols_parse(struct slice text, const struct symbol_taker *to, struct err *e)
{
	static const char prefix[] = "symbol:";
	struct text t = text_of(text);
	struct slice line;
	int r = check_form(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		struct listed_symbol s = {0};
		struct slice word, symbol;

		if (!text_word(&line, &word) || slice_starts(word, "#"))
			continue;
		if (!slice_eq(word, "alias") || !text_word(&line, &symbol) ||
		    !slice_starts(symbol, prefix) ||
		    !slice_sub(symbol, sizeof(prefix) - 1, symbol.n - sizeof(prefix) + 1,
			       &s.name) ||
		    !text_word(&line, &s.module))
			return err_set(e, ERR_CORRUPT,
				       "line %u is not \"alias symbol:name module\"",
				       t.line);
		to->take(to->ctx, &s);
	}
	return r;
}
