/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An encrypted volume is opened when it is found, before volume groups are put together:
 * most often one lies in it. Without a key it is told what it is, and a guest whose / is
 * not found may have it in there.
 */
#include "assembly_luks.h"

#include <inttypes.h>
#include <strings.h>

#include "assembly_stack.h"
#include "crypttab.h"
#include "escape.h"
#include "limits.h"
#include "text.h"
#include "volumes.h"

static struct volume_fact *fact_at(const struct guest *g, size_t volume)
{
	return &g->facts->volumes.v[volume];
}

/* --- Whose key is it? --- */

static bool is_for_all(const struct volume_key *k)
{
	return strcmp(k->device, "all") == 0;
}

/* By its disk, as it is printed, by the UUID, or as the guest names it. */
static bool is_for(const struct guest *g, const struct volume_key *k, size_t volume)
{
	const struct volume_fact *v = fact_at(g, volume);
	const char *title = volume_title(g->scratch, v);
	size_t index;

	return is_for_all(k) || text_same(k->device, v->disk) ||
	       text_same(k->device, v->name) || text_same(k->device, title) ||
	       (v->uuid && strcasecmp(k->device, v->uuid) == 0) ||
	       (volume_by_spec(g->facts, k->device, &index) == SPEC_ONE &&
		index == volume);
}

int assembly_check_keys(const struct assembly *as, struct guest *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf seen = STRBUF_INIT(800);

	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = fact_at(g, i);
		const char *title = volume_title(g->scratch, v);

		if (text_same(v->fs, "crypto_LUKS") && title)
			strbuf_printf(&seen, "%s%s", seen.n ? "; " : "",
				      escape_short(slice_str(title)).text);
	}
	for (size_t i = 0; i < as->key_count; i++)
		if (!as->keys[i].fits && !is_for_all(&as->keys[i]))
			return err_set(e, ERR_USAGE,
				       "--key %s: no encrypted volume is called that; "
				       "encrypted here: %s",
				       escape_short(slice_str(as->keys[i].device)).text,
				       seen.n ? strbuf_text(&seen) : "none");
	return 0;
}

/* --- One that stays closed --- */

const char *assembly_why_locked(const struct assembly *as, size_t volume)
{
	for (size_t i = 0; i < as->locked.n; i++)
		if (as->locked.v[i].volume == volume)
			return as->locked.v[i].why;
	return NULL;
}

/* "LUKS 2, aes-xts-plain64 with a key of 512 bits, UUID 1234-..." */
static const char *what_it_is(struct guest *g, const struct luks *l)
{
	return arena_printf(
		g->scratch, "LUKS %u, %s with a key of %" PRIu64 " bits, UUID %s",
		l->version, escape_short(slice_str(l->cipher ? l->cipher : "?")).text,
		l->key_bytes * 8, escape_short(slice_str(l->uuid)).text);
}

static const char *other_ways(struct guest *g, const struct luks *l)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(300);

	for (size_t i = 0; i < l->tokens.n; i++)
		strbuf_printf(&b, "%s%s", i ? ", " : "",
			      escape_short(slice_str(l->tokens.v[i])).text);
	return b.n ? arena_printf(g->scratch,
				  " (%s cannot be used from here: a passphrase or "
				  "recovery key can)",
				  strbuf_text(&b))
		   : "";
}

/* `why`: what kept a key from opening it; NULL: there is none. */
static int lock(struct assembly *as, struct guest *g, size_t volume, const struct luks *l,
		const struct err *why, struct err *e)
{
	const char *title = volume_title(g->scratch, fact_at(g, volume));
	const char *what = what_it_is(g, l), *other = other_ways(g, l);
	struct locked locked = {.volume = volume};

	if (!title || !what || !other)
		return arena_full(g->scratch, e);
	locked.why =
		why ? arena_printf(g->arena, "%s is encrypted (%s), and stays closed: %s",
				   escape_short(slice_str(title)).text, what, why->text)
		    : arena_printf(g->arena,
				   "%s is encrypted (%s): give its key with --key "
				   "%s:file:FILE%s",
				   escape_short(slice_str(title)).text, what,
				   escape_short(slice_str(l->uuid)).text, other);
	return locked.why && vec_push(g->arena, &as->locked, locked)
		       ? 0
		       : arena_full(g->arena, e);
}

/* --- One that is opened --- */

static int add_opened(struct assembly *as, struct guest *g, struct blocks *plain,
		      size_t volume, struct err *e)
{
	const struct volume_fact *below = fact_at(g, volume);
	struct volume_fact f = {.type = "luks", .size = plain->size};
	int r;

	if (!vec_push(g->arena, &as->opened, plain)) {
		blocks_free(plain);
		return arena_full(g->arena, e);
	}
	f.name = below->name ? arena_printf(g->arena, "LUKS in %s", below->name) : "LUKS";
	if (!f.name)
		return arena_full(g->arena, e);
	r = assembly_lies_on(g, &f, volume, e);
	if (r < 0)
		return r;
	fact_at(g, volume)->read = true;
	return assembly_add_volume(as, g, &f, plain, e);
}

/* As it is, as cryptsetup takes a key file; then without the newline at its end, which a
 * person's editor has put there. */
static int try_key(struct assembly *as, const struct luks *l, struct blocks *blocks,
		   struct slice key, struct blocks **ret, struct err *e)
{
	int r = luks_open(blocks, l, key, &as->budget, as->known, ret, e);

	if (r != 0 || key.n < 2 || slice_at(key, key.n - 1) != '\n')
		return r;
	return luks_open(blocks, l, slice_of(key.p, key.n - 1), &as->budget, as->known,
			 ret, e);
}

static int wrong_key(struct guest *g, const struct volume_key *k, size_t volume,
		     const struct luks *l, struct err *e)
{
	const char *title = volume_title(g->scratch, fact_at(g, volume));

	return err_set(e, ERR_REFUSED,
		       "%s: the key of --key %s opens none of its %zu key slots: give "
		       "another one",
		       escape_short(slice_str(title ? title : "")).text,
		       escape_short(slice_str(k->device)).text, l->slots.n);
}

/* 1: opened. 0: there is no key for it, or *why says what keeps it closed. */
static int try_keys(struct assembly *as, struct guest *g, struct blocks *blocks,
		    size_t volume, const struct luks *l, struct blocks **ret,
		    struct err *why, struct err *e)
{
	const struct volume_key *own = NULL;
	struct err ignored = ERR_INIT;

	if (as->known &&
	    luks_open_known(blocks, l, as->known, &as->budget, ret, &ignored) == 1)
		return 1;
	for (size_t i = 0; i < as->key_count; i++) {
		struct volume_key *k = &as->keys[i];
		struct err here = ERR_INIT;
		int r;

		if (!is_for(g, k, volume))
			continue;
		if (!is_for_all(k))
			own = k;
		r = try_key(as, l, blocks, k->key, ret, &here);
		if (r == 1)
			return 1;
		if (r == 0)
			err_set(why, ERR_REFUSED,
				"none of the keys that were given opens it");
		else if (here.code == ERR_NOMEM || here.code == ERR_BUG)
			*e = here;
		else
			*why = here;
		if (e->code != ERR_NONE)
			return -(int)e->code;
	}
	return own && why->code == ERR_REFUSED ? wrong_key(g, own, volume, l, e) : 0;
}

static int note_header(struct guest *g, size_t volume, const struct luks *l,
		       struct err *e)
{
	struct volume_fact *v = fact_at(g, volume);

	v->cipher = l->cipher ? arena_strdup(g->arena, l->cipher) : NULL;
	v->key_bits = l->key_bytes * 8;
	for (size_t i = 0; i < l->tokens.n; i++) {
		const char *token = arena_strdup(g->arena, l->tokens.v[i]);

		if (!token || !vec_push(g->arena, &v->tokens, token))
			return arena_full(g->arena, e);
	}
	for (size_t i = 0; i < l->remarks.n; i++)
		if (guest_remark(g, "volume", volume_source(v), "LUKS header: %s",
				 l->remarks.v[i]) < 0)
			return arena_full(g->arena, e);
	return l->cipher && !v->cipher ? arena_full(g->arena, e) : 0;
}

static int open_here(struct assembly *as, struct guest *g, struct blocks *blocks,
		     size_t volume, const struct luks *l, struct err *e)
{
	struct err why = ERR_INIT, inner = ERR_INIT;
	struct blocks *plain = NULL;
	int r;

	if (l->code != ERR_NONE)
		err_set(&why, l->code, "%s", l->problem);
	else if (as->luks_depth == LIMIT_LUKS_DEPTH)
		err_set(&why, ERR_LIMIT, "it lies in %d others", LIMIT_LUKS_DEPTH);
	r = why.code == ERR_NONE
		    ? try_keys(as, g, blocks, volume, l, &plain, &why, &inner)
		    : 0;
	if (r < 0) {
		*e = inner;
		return r;
	}
	if (r == 0) {
		r = lock(as, g, volume, l, why.code == ERR_NONE ? NULL : &why, e);
		if (r < 0 || why.code == ERR_NONE || !as->key_count)
			return r;
		return assembly_tell(g, fact_at(g, volume), why.code, why.text, e);
	}
	as->luks_depth++;
	r = add_opened(as, g, plain, volume, e);
	as->luks_depth--;
	return r;
}

/* A key for what cannot be opened by any is no mistake of who gave it. */
static void mark_keys(struct assembly *as, struct guest *g, size_t volume)
{
	for (size_t i = 0; i < as->key_count; i++)
		as->keys[i].fits = as->keys[i].fits || is_for(g, &as->keys[i], volume);
}

int assembly_open_luks(struct assembly *as, struct guest *g, struct blocks *blocks,
		       size_t volume, struct err *e)
{
	struct err why = ERR_INIT;
	struct luks l = {0};
	int r = luks_read(blocks, as->key_count > 0, g->scratch, &l, &why);

	mark_keys(as, g, volume);
	if (r < 0 && (why.code == ERR_NOMEM || why.code == ERR_BUG)) {
		*e = why;
		return r;
	}
	if (r < 0) {
		struct locked locked = {.volume = volume};

		locked.why = arena_printf(
			g->arena, "%s is encrypted, and stays closed: %s",
			volume_title(g->scratch, fact_at(g, volume)), why.text);
		if (!locked.why || !vec_push(g->arena, &as->locked, locked))
			return arena_full(g->arena, e);
		return assembly_tell(g, fact_at(g, volume), why.code, why.text, e);
	}
	r = note_header(g, volume, &l, e);
	return r < 0 ? r : open_here(as, g, blocks, volume, &l, e);
}

/* --- Names --- */

int assembly_map_names(struct guest *g, struct tree *tree, struct err *e)
{
	struct err why = ERR_INIT;
	struct slice text;
	struct file file;
	crypttab table = {0};
	int r = 0;

	/* A new list: other facts may have a copy of the one before. */
	for (size_t i = 0; i < g->facts->volumes.n; i++)
		if (text_same(fact_at(g, i)->type, "luks"))
			fact_at(g, i)->device_names = (strs){0};
	if (tree_read(tree, "/etc/crypttab", LIMIT_CONFIG_FILE, g->scratch, &file, &text,
		      &why) >= 0)
		r = crypttab_parse(text, g->scratch, &table, e);
	for (size_t i = 0; r >= 0 && i < table.n; i++)
		r = crypttab_map(g, table.v[i].name, table.v[i].device, e);
	return r;
}
