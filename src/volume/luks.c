/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "luks.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "escape.h"
#include "luks_crypto.h"
#include "luks_parts.h"

const char *luks_text(struct reader *rd, size_t n, struct arena *a)
{
	struct slice s = rd_bytes(rd, n);

	return arena_strndup(a, slice_of(s.p, slice_find(s, 0, 0)));
}

int luks_refuse(struct luks *l, struct arena *a, struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (l->code != ERR_NONE)
		return 0;
	va_start(ap, fmt);
	l->problem = arena_vprintf(a, fmt, ap);
	va_end(ap);
	l->code = ERR_UNSUPPORTED;
	return l->problem ? 0 : arena_full(a, e);
}

/* The part of a header that no key changes: does the range make sense, is the cipher
 * known? */
static int check_payload(struct blocks *b, struct luks *l, bool verify, struct arena *a,
			 struct err *e)
{
	struct err why = ERR_INIT;

	if (l->code != ERR_NONE)
		return 0;
	if (l->off >= b->size)
		return luks_refuse(l, a, e,
				   "its encrypted data begins behind the end of the "
				   "volume: the header lies apart from it (a detached "
				   "header), or the volume was cut short");
	if (l->size == 0 || l->size > b->size - l->off)
		l->size = b->size - l->off;
	l->size -= l->size % l->sector_size;
	if (l->key_bytes == 0 || l->key_bytes > LUKS_KEY_MAX)
		return luks_refuse(l, a, e, "its key of %" PRIu64 " bytes is not read",
				   l->key_bytes);
	if (verify && crypto_cipher_check(l->cipher, (size_t)l->key_bytes, &why) < 0)
		return luks_refuse(l, a, e, "%s", why.text);
	return 0;
}

int luks_read(struct blocks *b, bool verify, struct arena *a, struct luks *ret,
	      struct err *e)
{
	struct luks l = {.sector_size = LUKS_SECTOR};
	uint8_t head[8];
	struct slice s = slice_of(head, sizeof(head));
	int r = b->size < sizeof(head) ? 0 : blocks_read(b, 0, head, sizeof(head), e);

	if (r < 0)
		return r;
	if (b->size < sizeof(head) || !slice_has(s, 0, "LUKS\xba\xbe", 6))
		return err_set(e, ERR_ABSENT, "no LUKS header");
	l.version = (unsigned)slice_at(s, 6) << 8 | (unsigned)slice_at(s, 7);
	if (l.version == 1)
		r = luks1_read(b, a, &l, e);
	else if (l.version == 2)
		r = luks2_read(b, verify, a, &l, e);
	else
		r = err_set(e, ERR_UNSUPPORTED, "version %u is not read", l.version);
	if (r >= 0)
		r = check_payload(b, &l, verify, a, e);
	if (r < 0)
		return err_wrap(e, "LUKS header");
	*ret = l;
	return 0;
}

void luks_known_wipe(struct luks_known *known)
{
	for (size_t i = 0; i < known->n; i++)
		secret_wipe(&known->v[i].key);
	known->n = 0;
}

/* What cannot be remembered costs its work again. */
static void remember(struct luks_known *known, const struct luks *l,
		     const struct secret *key)
{
	struct err ignored = ERR_INIT;

	if (!known || known->n == LIMIT_KEYS ||
	    strlen(l->uuid) >= sizeof(known->v[0].uuid) ||
	    secret_new(key->n, &known->v[known->n].key, &ignored) < 0)
		return;
	memcpy(known->v[known->n].key.p, key->p, key->n);
	memcpy(known->v[known->n].uuid, l->uuid, strlen(l->uuid) + 1);
	known->n++;
}

int luks_open_known(struct blocks *b, const struct luks *l,
		    const struct luks_known *known, struct luks_budget *budget,
		    struct blocks **ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && l->slots.n && i < known->n; i++) {
		const struct secret *key = &known->v[i].key;

		if (strcmp(known->v[i].uuid, l->uuid) != 0 || key->n != l->key_bytes)
			continue;
		r = luks_is_key(&l->slots.v[0].digest, key, budget, e);
		if (r == 1)
			r = luks_blocks(b, l, secret_slice(key), ret, e) < 0
				    ? -(int)e->code
				    : 1;
	}
	return r;
}

/* Is it an error that has nothing to do with one slot? */
static bool ends_search(const struct err *e)
{
	return e->code == ERR_NOMEM || e->code == ERR_BUG || e->code == ERR_IO;
}

/* What keeps one slot from being tried is told when no other one opens. 1: *ret is the
 * volume's key. */
static int find_key(struct blocks *b, const struct luks *l, struct slice key,
		    struct luks_budget *budget, struct secret *ret, struct err *e)
{
	struct err why = ERR_INIT;

	for (size_t i = 0; i < l->slots.n; i++) {
		struct err slot = ERR_INIT;
		int r = luks_slot_open(b, &l->slots.v[i], key, budget, ret, &slot);

		if (r == 1)
			return 1;
		if (r == 0)
			continue;
		err_wrap(&slot, "key slot %u", l->slots.v[i].number);
		if (why.code == ERR_NONE || ends_search(&slot))
			why = slot;
		if (ends_search(&slot))
			break;
	}
	if (why.code == ERR_NONE)
		return 0;
	*e = why;
	return -(int)why.code;
}

int luks_open(struct blocks *b, const struct luks *l, struct slice key,
	      struct luks_budget *budget, struct luks_known *known, struct blocks **ret,
	      struct err *e)
{
	_cleanup_secret_ struct secret found = {0};
	int r;

	if (l->code != ERR_NONE)
		return err_set(e, l->code, "%s", l->problem);
	r = find_key(b, l, key, budget, &found, e);
	if (r != 1)
		return r;
	r = luks_blocks(b, l, secret_slice(&found), ret, e);
	if (r < 0)
		return r;
	remember(known, l, &found);
	return 1;
}
