/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of the symbols that a kernel exports: Module.symvers of its build, System.map,
 * and depmod(8)'s modules.symbols.
 */
#pragma once

#include "arena.h"

struct listed_symbol {
	struct slice name;
	struct slice module; /* "vmlinux", "drivers/virtio/virtio_ring", "virtio_ring" */
	bool has_crc;
	uint32_t crc;
};

/* Called for every symbol; slices are borrowed from the text. */
struct symbol_taker {
	void (*take)(void *ctx, const struct listed_symbol *s);
	void *ctx;
};

/* "0xCRC symbol module [kind [namespace]]" a line. ERR_CORRUPT when one is not of that
 * form, or the last is cut short. */
int symvers_parse(struct slice text, const struct symbol_taker *to, struct err *e);

/* "address kind name" a line. ERR_ABSENT: it is a map that does not say what is exported
 * (it has no __ksymtab_ names: Debian's stub, user space). */
int system_map_parse(struct slice text, const struct symbol_taker *to, struct err *e);

/* "alias symbol:NAME MODULE" a line. */
int modules_symbols_parse(struct slice text, const struct symbol_taker *to,
			  struct err *e);
