/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "luks.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "escape.h"
#include "luks_crypto.h"
#include "luks_parts.h"

int luks_refuse(struct luks *l, struct arena *a, struct err *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (l->code != ERR_NONE)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->code = ERR_UNSUPPORTED;
	l->problem = arena_strdup(a, text);
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

/* What keeps one slot from being tried is told when no other one opens. */
int luks_open(struct blocks *b, const struct luks *l, struct slice key,
	      struct luks_budget *budget, struct blocks **ret, struct err *e)
{
	_cleanup_secret_ struct secret found = {0};
	struct err why = ERR_INIT;
	int r = 0;

	if (l->code != ERR_NONE)
		return err_set(e, l->code, "%s", l->problem);
	for (size_t i = 0; r != 1 && i < l->slots.n; i++) {
		struct err slot = ERR_INIT;

		r = luks_slot_open(b, &l->slots.v[i], key, budget, &found, &slot);
		if (r >= 0)
			continue;
		err_wrap(&slot, "key slot %u", l->slots.v[i].number);
		if (slot.code == ERR_NOMEM || slot.code == ERR_BUG ||
		    slot.code == ERR_IO) {
			*e = slot;
			return r;
		}
		if (why.code == ERR_NONE)
			why = slot;
	}
	if (r == 1) {
		r = luks_blocks(b, l, secret_slice(&found), ret, e);
		return r < 0 ? r : 1;
	}
	if (why.code == ERR_NONE)
		return 0;
	*e = why;
	return -(int)why.code;
}
