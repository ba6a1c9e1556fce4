/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events between the confined process and its parent, which trusts nothing in them.
 */
#include <string.h>

#include "escape.h"
#include "put.h"
#include "watch.h"

struct slice event_encode(const struct serve_event *v, uint8_t buf[EVENT_BYTES_MAX])
{
	size_t n = strlen(v->why);
	uint8_t *to = put_be(buf, 4, v->kind);

	to = put_be(to, 4, v->id);
	to = put_be(to, 4, v->code);
	to = put_be(to, 8, v->milliseconds);
	to = put_be(to, 8, v->reads);
	to = put_be(to, 8, v->writes);
	to = put_be(to, 8, v->read_bytes);
	to = put_be(to, 8, v->written_bytes);
	memcpy(to, v->why, n);
	return slice_of(buf, (size_t)(to - buf) + n);
}

/* As much of the foreign words as there is room for, printable. */
static void take_words(struct serve_event *v, struct slice words)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(sizeof(v->why) * 4);
	struct slice kept;

	escape_again(&text, words);
	if (!strbuf_ok(&text))
		return;
	kept = slice_of(text.s, text.n);
	for (size_t off = 0, n; off < kept.n; off += n) {
		n = utf8_len(kept, off);
		if (n == 0 || off + n >= sizeof(v->why))
			break;
		memcpy(v->why + off, text.s + off, n);
	}
}

static bool is_range_kind(enum serve_event_kind kind)
{
	return kind == SERVE_READ_WATCHED || kind == SERVE_WROTE;
}

bool event_decode(struct slice bytes, const unsigned *ids, size_t n,
		  struct serve_event *ret)
{
	struct reader r = reader_of(bytes);
	uint32_t kind = rd_u32be(&r), id = rd_u32be(&r), code = rd_u32be(&r);
	struct serve_event v = {.milliseconds = rd_u64be(&r)};
	struct slice words;

	v.reads = rd_u64be(&r);
	v.writes = rd_u64be(&r);
	v.read_bytes = rd_u64be(&r);
	v.written_bytes = rd_u64be(&r);
	words = rd_bytes(&r, rd_left(&r));
	if (!rd_ok(&r) || bytes.n > EVENT_BYTES_MAX || kind >= SERVE_EVENT_KIND_COUNT ||
	    code >= ERR_CODE_COUNT || (code != ERR_NONE) != (kind == SERVE_FAILED))
		return false;
	v.kind = (enum serve_event_kind)kind;
	v.code = (enum err_code)code;
	if (is_range_kind(v.kind)) {
		if (id >= n)
			return false;
		v.id = ids[id];
	}
	take_words(&v, words);
	*ret = v;
	return true;
}
