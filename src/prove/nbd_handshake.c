/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handshake: the client sends options until it has chosen the export.
 */
#include <string.h>

#include "limits.h"
#include "nbd.h"
#include "nbd_proto.h"
#include "put.h"

static const uint32_t REP_ACK = 1, REP_INFO = 3, REP_ERR_UNSUP = 0x80000001,
		      REP_ERR_POLICY = 0x80000002, REP_ERR_INVALID = 0x80000003,
		      REP_ERR_UNKNOWN = 0x80000006;

enum { INFO_EXPORT = 0, INFO_BLOCK_SIZE = 3 };

/* HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_WRITE_ZEROES. What is written is never meant to
 * last, so that flushing costs nothing. */
enum { EXPORT_FLAGS = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 };

static const uint64_t REPLY_MAGIC = 0x0003e889045565a9;

struct handshake {
	const struct nbd_export *x;
	const struct nbd_io *io;
	bool no_zeroes;
	uint32_t option;
	struct slice data; /* of the option */
	uint8_t buf[LIMIT_NBD_OPTION];
};

/* What the options lead to; negative is an error. */
enum outcome { OUTCOME_ABORT, OUTCOME_GO, OUTCOME_MORE };

static int reply(const struct handshake *h, uint32_t type, struct slice data,
		 struct err *e)
{
	uint8_t buf[20 + 16], *to = put_be(buf, 8, REPLY_MAGIC);
	struct reader r = reader_of(data);

	to = put_be(to, 4, h->option);
	to = put_be(to, 4, type);
	to = put_be(to, 4, data.n);
	rd_copy(&r, to, data.n);
	return h->io->send(h->io->ctx, buf, 20 + data.n, e);
}

/* An answer without data, after which the client goes on. */
static int answer(const struct handshake *h, uint32_t type, struct err *e)
{
	int r = reply(h, type, SLICE_NONE, e);

	return r < 0 ? r : OUTCOME_MORE;
}

static bool is_our_name(const struct handshake *h, struct slice name)
{
	return slice_eq(name, h->x->name);
}

/* EXPORT_NAME has no way to say no but to hang up. */
static int option_export_name(struct handshake *h, struct err *e)
{
	uint8_t buf[10 + 124] = {0}, *to = put_be(buf, 8, cow_size(h->x->cow));
	int r;

	if (!is_our_name(h, h->data))
		return err_set(e, ERR_CORRUPT, "the client asks for another disk");
	put_be(to, 2, EXPORT_FLAGS);
	r = h->io->send(h->io->ctx, buf, h->no_zeroes ? 10 : sizeof(buf), e);
	return r < 0 ? r : OUTCOME_GO;
}

static int send_infos(const struct handshake *h, struct err *e)
{
	uint8_t buf[14], *to = put_be(buf, 2, INFO_EXPORT);
	int r;

	to = put_be(to, 8, cow_size(h->x->cow));
	to = put_be(to, 2, EXPORT_FLAGS);
	r = reply(h, REP_INFO, slice_of(buf, (size_t)(to - buf)), e);
	if (r < 0)
		return r;
	to = put_be(buf, 2, INFO_BLOCK_SIZE);
	to = put_be(to, 4, 1);
	to = put_be(to, 4, COW_BLOCK);
	to = put_be(to, 4, LIMIT_NBD_REQUEST);
	return reply(h, REP_INFO, slice_of(buf, (size_t)(to - buf)), e);
}

/* INFO and GO: a name and a list of infos, of which all that there are are sent. */
static int option_go(struct handshake *h, struct err *e)
{
	struct reader rd = reader_of(h->data);
	struct slice name = rd_bytes(&rd, rd_u32be(&rd));
	int r;

	rd_skip(&rd, 2 * (uint64_t)rd_u16be(&rd));
	if (!rd_ok(&rd) || rd_left(&rd) > 0)
		return answer(h, REP_ERR_INVALID, e);
	if (!is_our_name(h, name))
		return answer(h, REP_ERR_UNKNOWN, e);
	r = send_infos(h, e);
	if (r >= 0)
		r = reply(h, REP_ACK, SLICE_NONE, e);
	return r < 0 ? r : h->option == NBD_OPT_GO ? OUTCOME_GO : OUTCOME_MORE;
}

static int option_abort(struct handshake *h, struct err *e)
{
	int r = reply(h, REP_ACK, SLICE_NONE, e);

	return r < 0 ? r : OUTCOME_ABORT;
}

static int handle_option(struct handshake *h, struct err *e)
{
	switch (h->option) {
	case NBD_OPT_EXPORT_NAME:
		return option_export_name(h, e);
	case NBD_OPT_ABORT:
		return option_abort(h, e);
	case NBD_OPT_LIST:
		return answer(h, REP_ERR_POLICY, e);
	case NBD_OPT_INFO:
	case NBD_OPT_GO:
		return option_go(h, e);
	default:
		return answer(h, REP_ERR_UNSUP, e);
	}
}

static int receive_option(struct handshake *h, struct err *e)
{
	uint8_t head[16];
	struct reader r = reader_of(slice_of(head, sizeof(head)));
	uint32_t len;
	int got = h->io->receive(h->io->ctx, head, sizeof(head), e);

	if (got < 0)
		return got;
	if (rd_u64be(&r) != NBD_OPTION_MAGIC)
		return err_set(e, ERR_CORRUPT, "the client's option has a wrong magic");
	h->option = rd_u32be(&r);
	len = rd_u32be(&r);
	if (len > sizeof(h->buf))
		return err_set(e, ERR_CORRUPT, "the client's option has %u bytes", len);
	h->data = slice_of(h->buf, len);
	return len ? h->io->receive(h->io->ctx, h->buf, len, e) : 0;
}

static int greet(struct handshake *h, struct err *e)
{
	uint8_t hello[18], flags[4], *to = hello;
	struct reader rd = reader_of(slice_of(flags, sizeof(flags)));
	uint32_t said;
	int r;

	memcpy(to, NBD_GREETING, 8);
	to = put_be(to + 8, 8, NBD_OPTION_MAGIC);
	put_be(to, 2, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
	r = h->io->send(h->io->ctx, hello, sizeof(hello), e);
	if (r >= 0)
		r = h->io->receive(h->io->ctx, flags, sizeof(flags), e);
	if (r < 0)
		return r;
	said = rd_u32be(&rd);
	if (said & ~(uint32_t)(NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES))
		return err_set(e, ERR_CORRUPT, "the client wants flags %#x", said);
	h->no_zeroes = said & NBD_FLAG_NO_ZEROES;
	return 0;
}

int nbd_handshake(const struct nbd_export *x, const struct nbd_io *io, struct err *e)
{
	struct handshake h = {.x = x, .io = io};
	int outcome = OUTCOME_MORE, r = greet(&h, e);

	while (r >= 0 && outcome == OUTCOME_MORE) {
		r = receive_option(&h, e);
		if (r >= 0)
			r = outcome = handle_option(&h, e);
	}
	return r < 0 ? r : outcome == OUTCOME_GO;
}
