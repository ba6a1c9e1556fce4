/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "requests.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* A shorter read is of something that stands alone. */
	LONG = 64 * 1024,
	/* Reads like the last one that are asked for ahead of it: one that is being sent
	 * and one that is being read. */
	AHEAD = 2,
	/* Some tenths of a millisecond. */
	TRIES = 400,
};

/* A server on this machine answers a small request sooner than a processor that sleeps
 * wakes up: a guest in a VMDK took 94 ms instead of 108 (bench/run.py --formats). So a
 * while is spent asking, and what is far away is slept for. */
static ssize_t receive(int sock, void *to, size_t n)
{
	ssize_t got = -1;

	for (unsigned i = 0; got < 0 && i < TRIES; i++) {
		got = recv(sock, to, n, MSG_DONTWAIT);
		if (got < 0 && errno != EAGAIN)
			break;
		if (got < 0)
			sched_yield();
	}
	return got < 0 ? read(sock, to, n) : got;
}

int requests_receive(int sock, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		ssize_t got = receive(sock, to, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, ERR_IO, "the disk's server does not answer");
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

int requests_transmit(int sock, const void *buf, size_t n, struct err *e)
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

int requests_senseless(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the disk's server makes no sense");
}

/* What holds, or will hold, the byte at `off`. */
static struct asked *find_asked(struct requests *q, uint64_t off)
{
	for (size_t i = 0; i < q->protocol->count; i++) {
		struct asked *a = &q->asked[i];

		if (a->state != ASKED_NOTHING && off >= a->off && off - a->off < a->len)
			return a;
	}
	return NULL;
}

static struct asked *find_waiting(struct requests *q, uint64_t id)
{
	for (size_t i = 0; i < q->protocol->count; i++)
		if (q->asked[i].state == ASKED_WAITING && q->asked[i].id == id)
			return &q->asked[i];
	return NULL;
}

/* What is not waited for, and not `kept`: a free one, or the oldest. NULL: there is none.
 */
static struct asked *find_idle(struct requests *q, const struct asked *kept)
{
	struct asked *found = NULL;

	for (size_t i = 0; i < q->protocol->count; i++) {
		struct asked *a = &q->asked[i];

		if (a != kept && a->state != ASKED_WAITING &&
		    (!found || a->id < found->id))
			found = a;
	}
	return found;
}

static void forget(struct asked *a)
{
	a->state = ASKED_NOTHING;
	a->id = 0;
}

static int ask(struct requests *q, struct asked *a, uint64_t off, size_t len,
	       struct err *e)
{
	int r;

	forget(a);
	r = q->protocol->ask(q, ++q->id, off, len, e);
	if (r < 0)
		return r;
	a->state = ASKED_WAITING;
	a->id = q->id;
	a->off = off;
	a->len = len;
	return 0;
}

/* The bytes of an answer: straight to `to`, or NULL: kept. There may be less of them than
 * was asked for; the rest is asked for again, should it be wanted. */
static int take_bytes(struct requests *q, struct asked *a, size_t n, uint8_t *to,
		      struct err *e)
{
	if (n == 0 || n > a->len)
		return requests_senseless(e);
	a->len = n;
	if (to) {
		forget(a);
		return requests_receive(q->sock, to, n, e);
	}
	if (!a->bytes)
		a->bytes = malloc(q->protocol->piece);
	if (!a->bytes)
		return err_set(e, ERR_NOMEM, "out of memory");
	a->state = ASKED_HERE;
	return requests_receive(q->sock, a->bytes, n, e);
}

/* The next answer, whichever it is of; that of `wanted` goes to `to`. 1: the server could
 * not read that one. */
static int take_answer(struct requests *q, const struct asked *wanted, uint8_t *to,
		       struct err *e)
{
	struct requests_answer answer = {.id = 0};
	struct asked *a;
	int r = q->protocol->hear(q, &answer, e);

	if (r < 0)
		return r;
	a = find_waiting(q, answer.id);
	if (!a)
		return requests_senseless(e);
	if (!answer.failed)
		return take_bytes(q, a, answer.n == REQUESTS_WHOLE ? a->len : answer.n,
				  a == wanted ? to : NULL, e);
	/* What was asked for ahead is asked for again, should it be wanted. */
	forget(a);
	if (a == wanted)
		return 1;
	err_clear(e);
	return 0;
}

/* Asks for [off, off + len), or for its start. */
static int ask_now(struct requests *q, uint64_t off, size_t len, struct asked **ret,
		   struct err *e)
{
	struct asked *a;
	int r = 0;

	while (r >= 0 && !(a = find_idle(q, NULL)))
		r = take_answer(q, NULL, NULL, e);
	if (r < 0)
		return r;
	*ret = a;
	return ask(q, a, off, len < q->protocol->piece ? len : q->protocol->piece, e);
}

/* A read in work. */
struct reading {
	uint64_t end;
	size_t more; /* that the next one is expected to want from there on */
};

static size_t expected(const struct requests *q, const struct reading *x, uint64_t at)
{
	/* More would only be more for nothing where a file ends. */
	uint64_t n = at < x->end                     ? x->end - at
		     : at - x->end < AHEAD * x->more ? x->more
						     : 0;

	n = n < q->size - at ? n : q->size - at;
	return n < q->protocol->piece ? (size_t)n : q->protocol->piece;
}

static int ask_ahead(struct requests *q, const struct asked *now, const struct reading *x,
		     struct err *e)
{
	uint64_t at = now->off + now->len;
	int r = 0;

	for (unsigned n = 0; r >= 0 && n < q->protocol->ahead; n++) {
		struct asked *a = find_asked(q, at);
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

/* The bytes of an answer, up to `most` from `off` of the disk on; *ret_n is 0 when it
 * does not reach there. 1: the server could not read. */
static int fetch(struct requests *q, struct asked *a, uint64_t off, uint8_t *to,
		 size_t most, size_t *ret_n, struct err *e)
{
	size_t skip = (size_t)(off - a->off), n;
	bool straight = a->state == ASKED_WAITING && skip == 0 && a->len <= most;
	int r = 0;

	while (r == 0 && a->state == ASKED_WAITING)
		r = take_answer(q, a, straight ? to : NULL, e);
	if (r)
		return r;
	n = a->len > skip ? a->len - skip : 0;
	*ret_n = n < most ? n : most;
	if (!straight && n)
		memcpy(to, a->bytes + skip, *ret_n);
	return 0;
}

/* The start of [off, x->end): *ret_n bytes of it. 1: the server could not read. */
static int read_piece(struct requests *q, const struct reading *x, uint64_t off,
		      uint8_t *to, size_t *ret_n, struct err *e)
{
	struct asked *a = find_asked(q, off);
	size_t left = (size_t)(x->end - off);
	bool before = a;
	uint64_t n;
	int r = a ? 0 : ask_now(q, off, left, &a, e);

	if (r >= 0)
		r = ask_ahead(q, a, x, e);
	if (r < 0)
		return r;
	n = a->off + a->len - off;
	n = n < left ? n : left;
	r = fetch(q, a, off, to, (size_t)n, ret_n, e);
	/* More may have been asked for than is wanted, or less have come. */
	if (before && (r > 0 || (r == 0 && *ret_n == 0))) {
		err_clear(e);
		r = ask_now(q, off, (size_t)n, &a, e);
		if (r >= 0)
			r = fetch(q, a, off, to, (size_t)n, ret_n, e);
	}
	return r;
}

/* What is expected behind a read: as much again where long ones follow each other. */
static size_t expected_behind(struct requests *q, uint64_t off, size_t len)
{
	bool follows = off == q->end;

	if (len < LONG)
		return 0;
	q->end = off + len;
	return follows ? len : 0;
}

int requests_read(struct requests *q, uint64_t off, void *buf, size_t len, struct err *e)
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
	return r > 0 ? -(int)e->code : r;
}

void requests_done(struct requests *q)
{
	for (size_t i = 0; i < REQUESTS_MAX; i++)
		free(q->asked[i].bytes);
}
