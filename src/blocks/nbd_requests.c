/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nbd_requests.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nbd_proto.h"
#include "put.h"

enum {
	/* A shorter read is of something that stands alone. */
	LONG = 64 * 1024,
	/* Pieces asked for ahead of the one that is waited for: one that is being sent
	 * and one that is being read. More would only be more for nothing where a file
	 * ends. */
	AHEAD = 2,
};

/* read(2), because a confined process has no other call for a socket that it was given.
 */
int nbd_receive(int sock, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		ssize_t got = read(sock, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, ERR_IO, "the disk's server does not answer");
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

int nbd_transmit(int sock, const void *buf, size_t n, struct err *e)
{
	ssize_t sent;

	/* What is sent is far smaller than a socket's buffer, even while the server waits
	 * for us to take what it sends. */
	do
		sent = send(sock, buf, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)n ? 0
				  : err_set(e, ERR_IO, "the disk's server has gone away");
}

static int transmit_request(struct nbd_requests *q, enum nbd_command type, uint64_t off,
			    size_t len, struct err *e)
{
	uint8_t buf[NBD_REQUEST_BYTES], *to = put_be(buf, 4, NBD_REQUEST_MAGIC);

	to = put_be(to, 2, 0);
	to = put_be(to, 2, type);
	to = put_be(to, 8, ++q->cookie);
	to = put_be(to, 8, off);
	put_be(to, 4, len);
	return nbd_transmit(q->sock, buf, sizeof(buf), e);
}

/* What holds, or will hold, the byte at `off`. */
static struct nbd_asked *find_asked(struct nbd_requests *q, uint64_t off)
{
	for (size_t i = 0; i < NBD_ASKED; i++) {
		struct nbd_asked *a = &q->asked[i];

		if (a->state != NBD_FREE && off >= a->off && off - a->off < a->len)
			return a;
	}
	return NULL;
}

static struct nbd_asked *find_waiting(struct nbd_requests *q, uint64_t cookie)
{
	for (size_t i = 0; i < NBD_ASKED; i++)
		if (q->asked[i].state == NBD_WAITING && q->asked[i].cookie == cookie)
			return &q->asked[i];
	return NULL;
}

/* What is not waited for, and not `kept`: a free one, or the oldest. NULL: there is none.
 */
static struct nbd_asked *find_idle(struct nbd_requests *q, const struct nbd_asked *kept)
{
	struct nbd_asked *found = NULL;

	for (size_t i = 0; i < NBD_ASKED; i++) {
		struct nbd_asked *a = &q->asked[i];

		if (a != kept && a->state != NBD_WAITING &&
		    (!found || a->cookie < found->cookie))
			found = a;
	}
	return found;
}

static void forget(struct nbd_asked *a)
{
	a->state = NBD_FREE;
	a->cookie = 0;
}

static int ask(struct nbd_requests *q, struct nbd_asked *a, uint64_t off, size_t len,
	       struct err *e)
{
	forget(a);
	if (transmit_request(q, NBD_CMD_READ, off, len, e) < 0)
		return -(int)e->code;
	a->state = NBD_WAITING;
	a->cookie = q->cookie;
	a->off = off;
	a->len = len;
	return 0;
}

/* The bytes of an answer: straight to `to`, or NULL: kept. */
static int take_bytes(struct nbd_requests *q, struct nbd_asked *a, uint8_t *to,
		      struct err *e)
{
	if (to) {
		forget(a);
		return nbd_receive(q->sock, to, a->len, e);
	}
	if (!a->bytes)
		a->bytes = malloc(NBD_PIECE);
	if (!a->bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	a->state = NBD_HERE;
	return nbd_receive(q->sock, a->bytes, a->len, e);
}

/* The next answer, whichever it is of; that of `wanted` goes to `to`. 1: the server could
 * not read that one. */
static int take_answer(struct nbd_requests *q, const struct nbd_asked *wanted,
		       uint8_t *to, struct err *e)
{
	uint8_t head[NBD_REPLY_BYTES];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	struct nbd_asked *a;
	uint32_t magic, error;

	if (nbd_receive(q->sock, head, sizeof(head), e) < 0)
		return -(int)e->code;
	magic = rd_u32be(&rd);
	error = rd_u32be(&rd);
	a = find_waiting(q, rd_u64be(&rd));
	if (magic != NBD_REPLY_MAGIC || !a)
		return err_set(e, ERR_CORRUPT, "the disk's server makes no sense");
	if (!error)
		return take_bytes(q, a, a == wanted ? to : NULL, e);
	/* Such an answer has nothing behind it. What was asked for ahead is asked for
	 * again, should it be wanted. */
	forget(a);
	if (a != wanted)
		return 0;
	(void)err_set(e, ERR_IO, "the disk's server cannot read there: %s",
		      strerror(error < 200 ? (int)error : EIO));
	return 1;
}

/* Asks for [off, off + len), or for its start. */
static int ask_now(struct nbd_requests *q, uint64_t off, size_t len,
		   struct nbd_asked **ret, struct err *e)
{
	struct nbd_asked *a;
	int r = 0;

	while (r >= 0 && !(a = find_idle(q, NULL)))
		r = take_answer(q, NULL, NULL, e);
	if (r < 0)
		return r;
	*ret = a;
	return ask(q, a, off, len < NBD_PIECE ? len : NBD_PIECE, e);
}

/* A read in work. */
struct reading {
	uint64_t end;
	size_t more; /* that the next one is expected to want from there on */
};

static size_t expected(const struct nbd_requests *q, const struct reading *x, uint64_t at)
{
	uint64_t n = at < x->end ? x->end - at : x->more;

	n = n < q->size - at ? n : q->size - at;
	return n < NBD_PIECE ? (size_t)n : NBD_PIECE;
}

static int ask_ahead(struct nbd_requests *q, const struct nbd_asked *now,
		     const struct reading *x, struct err *e)
{
	uint64_t at = now->off + now->len;
	int r = 0;

	for (unsigned n = 0; r >= 0 && n < AHEAD; n++) {
		struct nbd_asked *a = find_asked(q, at);
		size_t want = a ? 0 : expected(q, x, at);

		if (!a && want)
			a = find_idle(q, now);
		if (!a)
			break;
		if (want)
			r = ask(q, a, at, want, e);
		at = a->off + a->len;
	}
	return r;
}

/* `n` bytes of an answer, from `off` of the disk on. 1: the server could not read. */
static int fetch(struct nbd_requests *q, struct nbd_asked *a, uint64_t off, uint8_t *to,
		 size_t n, struct err *e)
{
	bool straight = a->state == NBD_WAITING && n == a->len;
	int r = 0;

	while (r == 0 && a->state == NBD_WAITING)
		r = take_answer(q, a, straight ? to : NULL, e);
	if (r == 0 && !straight)
		memcpy(to, a->bytes + (off - a->off), n);
	return r;
}

/* The start of [off, x->end): *ret_n bytes of it. 1: the server could not read. */
static int read_piece(struct nbd_requests *q, const struct reading *x, uint64_t off,
		      uint8_t *to, size_t *ret_n, struct err *e)
{
	struct nbd_asked *a = find_asked(q, off);
	size_t left = (size_t)(x->end - off);
	bool before = a;
	uint64_t n;
	int r = a ? 0 : ask_now(q, off, left, &a, e);

	if (r >= 0)
		r = ask_ahead(q, a, x, e);
	if (r < 0)
		return r;
	n = a->off + a->len - off;
	*ret_n = n < left ? (size_t)n : left;
	r = fetch(q, a, off, to, *ret_n, e);
	/* It may have been asked for more than is wanted. */
	if (r > 0 && before) {
		r = ask_now(q, off, *ret_n, &a, e);
		if (r >= 0)
			r = fetch(q, a, off, to, *ret_n, e);
	}
	return r;
}

/* What is expected behind a read: as much again where long ones follow each other. */
static size_t expected_behind(struct nbd_requests *q, uint64_t off, size_t len)
{
	bool follows = off == q->end;

	if (len < LONG)
		return 0;
	q->end = off + len;
	return follows ? len : 0;
}

int nbd_requests_read(struct nbd_requests *q, uint64_t off, void *buf, size_t len,
		      struct err *e)
{
	struct reading x = {.end = off + len};
	uint8_t *to = buf;
	size_t n;
	int r = 0;

	if (q->broken)
		return err_set(e, ERR_IO, "the disk's server has gone away");
	x.more = expected_behind(q, off, len);
	for (; r == 0 && off < x.end; off += n, to += n)
		r = read_piece(q, &x, off, to, &n, e);
	q->broken = r < 0;
	return r > 0 ? -ERR_IO : r;
}

void nbd_requests_end(struct nbd_requests *q)
{
	struct err ignored = ERR_INIT;

	(void)transmit_request(q, NBD_CMD_DISC, 0, 0, &ignored);
	for (size_t i = 0; i < NBD_ASKED; i++)
		free(q->asked[i].bytes);
}
