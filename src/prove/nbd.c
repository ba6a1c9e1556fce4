/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The transmission phase: one request, one reply, in order.
 */
#include "nbd.h"

#include <string.h>

#include "limits.h"
#include "nbd_proto.h"
#include "put.h"

enum { CMD_FLAG_FUA = 1 << 0, CMD_FLAG_NO_HOLE = 1 << 1 };

/* Numbers of the protocol, which are Linux's. */
enum { NBD_OK = 0, NBD_EIO = 5, NBD_ENOMEM = 12, NBD_EINVAL = 22, NBD_ENOSPC = 28 };

struct request {
	uint16_t flags, type;
	uint64_t cookie, off;
	uint32_t len;
};

struct transmission {
	const struct nbd_export *x;
	const struct nbd_io *io;
	uint8_t *reply;   /* NBD_REPLY_BYTES, and what was read behind them */
	uint8_t *payload; /* LIMIT_NBD_REQUEST bytes */
};

static int receive_request(struct transmission *t, struct request *ret, struct err *e)
{
	uint8_t buf[NBD_REQUEST_BYTES];
	struct reader r = reader_of(slice_of(buf, sizeof(buf)));
	int got = t->io->receive(t->io->ctx, buf, sizeof(buf), e);

	if (got < 0)
		return got;
	if (rd_u32be(&r) != NBD_REQUEST_MAGIC)
		return err_set(e, ERR_CORRUPT, "the client's request has a wrong magic");
	ret->flags = rd_u16be(&r);
	ret->type = rd_u16be(&r);
	ret->cookie = rd_u64be(&r);
	ret->off = rd_u64be(&r);
	ret->len = rd_u32be(&r);
	if (ret->type != NBD_CMD_WRITE || ret->len == 0)
		return 0;
	/* What follows could not be told from a request otherwise. */
	if (ret->len > LIMIT_NBD_REQUEST)
		return err_set(e, ERR_CORRUPT,
			       "the client writes %u bytes at once, more than it may",
			       ret->len);
	return t->io->receive(t->io->ctx, t->payload, ret->len, e);
}

static uint32_t number_of(enum err_code code)
{
	return code == ERR_USAGE   ? NBD_EINVAL
	       : code == ERR_LIMIT ? NBD_ENOSPC
	       : code == ERR_NOMEM ? NBD_ENOMEM
				   : NBD_EIO;
}

static int do_read(struct transmission *t, const struct request *q, struct err *e)
{
	int r = cow_read(t->x->cow, q->off, t->payload, q->len, e);

	if (r >= 0)
		watch_read(t->x->watch, q->off, q->len);
	return r;
}

static int do_write(struct transmission *t, const struct request *q, struct err *e)
{
	int r = q->type == NBD_CMD_WRITE
			? cow_write(t->x->cow, q->off, t->payload, q->len, e)
			: cow_zero(t->x->cow, q->off, q->len, e);

	if (r >= 0)
		watch_write(t->x->watch, q->off, q->len);
	return r;
}

/* Nothing of what was written has to last. */
static int do_flush(struct transmission *t, const struct request *q, struct err *e)
{
	(void)t;
	(void)q;
	(void)e;
	return 0;
}

static const struct command {
	uint16_t type, flags;
	bool payload_back; /* the reply has `len` bytes */
	int (*act)(struct transmission *t, const struct request *q, struct err *e);
} commands[] = {
	{NBD_CMD_READ, CMD_FLAG_FUA, true, do_read},
	{NBD_CMD_WRITE, CMD_FLAG_FUA, false, do_write},
	{NBD_CMD_FLUSH, CMD_FLAG_FUA, false, do_flush},
	{NBD_CMD_WRITE_ZEROES, CMD_FLAG_FUA | CMD_FLAG_NO_HOLE, false, do_write},
};

/* The command, when the request is one that is offered. */
static const struct command *find_command(const struct request *q)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (commands[i].type == q->type)
			return (q->flags & ~(unsigned)commands[i].flags) ||
					       (commands[i].payload_back &&
						q->len > LIMIT_NBD_REQUEST)
				       ? NULL
				       : &commands[i];
	return NULL;
}

static int handle_request(struct transmission *t, const struct request *q, struct err *e)
{
	const struct command *c = find_command(q);
	uint32_t number = c ? NBD_OK : NBD_EINVAL;
	struct err why = ERR_INIT;
	uint8_t *to;

	if (c && c->act(t, q, &why) < 0) {
		number = number_of(why.code);
		if (why.code != ERR_USAGE)
			watch_failed(t->x->watch, &why);
	}
	to = put_be(t->reply, 4, NBD_REPLY_MAGIC);
	to = put_be(to, 4, number);
	put_be(to, 8, q->cookie);
	return t->io->send(t->io->ctx, t->reply,
			   number == NBD_OK && c->payload_back
				   ? NBD_REPLY_BYTES + (size_t)q->len
				   : NBD_REPLY_BYTES,
			   e);
}

int nbd_serve(const struct nbd_export *x, const struct nbd_io *io, struct err *e)
{
	_cleanup_free_ uint8_t *buf = malloc(NBD_REPLY_BYTES + (size_t)LIMIT_NBD_REQUEST);
	struct transmission t = {.x = x, .io = io, .reply = buf};
	struct request q = {0};
	int r = buf ? nbd_handshake(x, io, e) : err_set(e, ERR_NOMEM, "out of memory");

	if (r <= 0)
		return r;
	t.payload = t.reply + NBD_REPLY_BYTES;
	watch_connected(x->watch);
	for (;;) {
		r = receive_request(&t, &q, e);
		if (r < 0 || q.type == NBD_CMD_DISC)
			return r;
		r = handle_request(&t, &q, e);
		if (r < 0)
			return r;
	}
}
