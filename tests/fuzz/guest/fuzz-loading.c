/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What `paravet module` reads: the first byte says whether the others are a list of
 * symbols, or a module that is held against a kernel with a small list.
 */
#include "loading_read.h"
#include "strbuf.h"
#include "symbol_lists.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct listed_symbol *s)
{
	*(size_t *)ctx += s->name.n + s->module.n;
}

static void try_module(struct slice bytes)
{
	static const char symvers[] = "0x1b7d4074\tprintk\tvmlinux\n"
				      "0x00000007\txenbus_read\tdrivers/xen/xenbus\n";
	_cleanup_arena_ struct arena *a = arena_new((size_t)8 << 20);
	_cleanup_arena_ struct arena *scratch = arena_new((size_t)8 << 20);
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1 << 20);
	struct facts facts = {0};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};
	struct loading_input in = {.symvers = {.name = "symvers"}, .release = "6.1.0"};
	struct loading_file f = {.name = "a.ko"};
	struct loadings l = {0};
	struct err e = ERR_INIT;

	if (a && scratch && blocks_memory(bytes, &f.blocks, &e) >= 0 &&
	    blocks_memory(slice_str(symvers), &in.symvers.blocks, &e) >= 0 &&
	    vec_push(a, &in.modules, f) && vec_push(a, &in.neighbours, f) &&
	    loading_read(&g, &in, &l, &e) >= 0)
		loadings_to_json(&l, &out);
	blocks_free(f.blocks);
	blocks_free(in.symvers.blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = slice_of(data, size), rest = SLICE_NONE;
	size_t seen = 0;
	const struct symbol_taker to = {take, &seen};
	struct err e = ERR_INIT;

	if (!slice_sub(all, 1, size ? size - 1 : 0, &rest))
		return 0;
	switch (slice_at(all, 0)) {
	case 's':
		(void)symvers_parse(rest, &to, &e);
		break;
	case 'm':
		(void)system_map_parse(rest, &to, &e);
		break;
	case 'i':
		(void)modules_symbols_parse(rest, &to, &e);
		break;
	default:
		try_module(rest);
	}
	return 0;
}
