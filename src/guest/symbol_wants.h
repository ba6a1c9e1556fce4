/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbols that the modules given need, and everything that was learnt of them in one
 * kernel. Only wanted symbols are kept, so a list of 30,000 costs no memory.
 */
#pragma once

#include "loading.h"
#include "module_crcs.h"
#include "module_symbols.h"
#include "symbol_lists.h"

/* What one kind of evidence says of a symbol. */
struct sighting {
	const char *exporter; /* "vmlinux", "virtio_ring"; NULL: not seen */
	const char *where;    /* a path, or "module virtio_ring" */
	bool has_crc;
	uint32_t crc;
};

struct want {
	struct slice name;
	struct sighting given;    /* exported by one of the files given */
	struct sighting list;     /* Module.symvers */
	struct sighting index;    /* modules.symbols, System.map */
	struct sighting exporter; /* the module that exports it, as read */
	struct crc_votes votes;   /* CRCs that the kernel's own modules want */
	bool used;                /* one of these needs it, so it is there */
};

struct wants {
	struct arena *arena;
	struct strmap *by_name;
	VEC(struct want *) all;
	bool list_read;    /* Module.symvers was read whole */
	bool map_read;     /* System.map says what the kernel itself exports */
	bool modules_read; /* modules.symbols says what its modules export */
	bool list_differs; /* Module.symvers is not of this kernel: see wants_settle() */
	bool full;         /* the arena was full */
};

int wants_new(struct arena *a, struct wants *ret, struct err *e);
/* Everything that a module needs. Its strings must live as long as the wants. */
int wants_add(struct wants *w, const struct module_info *info,
	      const struct module_symbols *symbols, struct err *e);
struct want *wants_get(const struct wants *w, struct slice name);

enum wants_source { WANTS_SYMVERS, WANTS_INDEX };
/* Takes a list in; `where` says which. */
struct wants_list {
	struct wants *wants;
	enum wants_source source;
	const char *where;
};
struct symbol_taker wants_taker(struct wants_list *list);

/* What a module of this kernel exports or, from its own words, needs. */
int wants_exports(struct wants *w, const struct module_symbols *symbols, bool given,
		  const char *module, struct err *e);
void wants_uses(struct wants *w, const struct module_info *info,
		const struct module_symbols *symbols, const char *module);

/* Is all known that more modules of this kernel could tell? */
bool wants_satisfied(const struct wants *w);
/* A list whose CRCs most modules of the kernel contradict is another kernel's: from here
 * on it does not count. */
void wants_settle(struct wants *w);

/* Fills the counts and the list of symbols of a loading. `states_crcs`: of the kernel. */
int wants_judge(const struct wants *w, const struct module_info *info,
		const struct module_symbols *symbols, enum known states_crcs,
		struct arena *a, struct loading_fact *ret, struct err *e);
/* Which module exports it, or NULL: the kernel itself, or not known. */
const char *want_exporter(const struct wants *w, const struct want *want);
/* Was everything that this kernel exports listed somewhere? */
bool wants_complete(const struct wants *w);
