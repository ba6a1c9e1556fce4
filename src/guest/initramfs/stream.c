/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

void stream_done(struct stream *s)
{
	free(s->joined);
	s->joined = NULL;
}

/* The next piece of the input, counted. */
static int stream_get(void *ctx, struct slice *ret, struct err *e)
{
	struct stream *s = ctx;
	struct slice piece = SLICE_NONE;
	int r;

	if (!s->ended) {
		r = s->in.fill(s->in.ctx, &piece, e);
		if (r < 0)
			return r;
	}
	if (piece.n > s->max - *s->total)
		return err_set(e, ERR_LIMIT, "holds more than %llu bytes",
			       (unsigned long long)s->max);
	s->ended = piece.n == 0;
	*s->total += piece.n;
	/* The offset is that of the end while nothing is left. */
	s->offset += piece.n;
	*ret = piece;
	return 0;
}

int stream_fill(struct stream *s, struct err *e)
{
	int r;

	if (s->piece.n)
		return 0;
	r = stream_get(s, &s->piece, e);
	if (r < 0)
		return r;
	s->offset -= s->piece.n;
	return 0;
}

static void stream_used(struct stream *s, size_t n)
{
	s->piece = slice_of(s->piece.p + n, s->piece.n - n);
	s->offset += n;
}

/* Puts `head` and `tail` together as the current piece. */
static int stream_join(struct stream *s, struct slice head, struct slice tail,
		       struct err *e)
{
	uint8_t *joined = malloc(head.n + tail.n + 1);

	if (!joined)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (head.n)
		memcpy(joined, head.p, head.n);
	if (tail.n)
		memcpy(joined + head.n, tail.p, tail.n);
	free(s->joined);
	s->joined = joined;
	s->piece = slice_of(joined, head.n + tail.n);
	return 0;
}

int stream_peek(struct stream *s, size_t n, struct slice *ret, struct err *e)
{
	int r;

	r = stream_fill(s, e);
	while (r >= 0 && s->piece.n < n && !s->ended) {
		/* What is left of the piece is borrowed: keep it over the next fill. */
		uint64_t offset = s->offset;
		struct slice more = SLICE_NONE;

		r = stream_join(s, s->piece, SLICE_NONE, e);
		if (r >= 0)
			r = stream_get(s, &more, e);
		if (r >= 0)
			r = stream_join(s, s->piece, more, e);
		s->offset = offset;
	}
	if (r < 0)
		return r;
	*ret = slice_of(s->piece.p, s->piece.n < n ? s->piece.n : n);
	return 0;
}

int stream_some(struct stream *s, uint64_t max, struct slice *ret, struct err *e)
{
	size_t n;
	int r;

	r = stream_fill(s, e);
	if (r < 0)
		return r;
	n = s->piece.n < max ? s->piece.n : (size_t)max;
	*ret = slice_of(s->piece.p, n);
	stream_used(s, n);
	return 0;
}

int stream_take(struct stream *s, void *buf, size_t n, struct err *e)
{
	struct slice part;
	size_t got = 0;
	int r;

	while (got < n) {
		r = stream_some(s, n - got, &part, e);
		if (r < 0)
			return r;
		if (part.n == 0)
			return err_set(e, ERR_CORRUPT, "ends early");
		memcpy((uint8_t *)buf + got, part.p, part.n);
		got += part.n;
	}
	return 0;
}

int stream_skip(struct stream *s, uint64_t n, struct err *e)
{
	struct slice part;
	int r;

	while (n) {
		r = stream_some(s, n, &part, e);
		if (r < 0)
			return r;
		if (part.n == 0)
			return err_set(e, ERR_CORRUPT, "ends early");
		n -= part.n;
	}
	return 0;
}

int stream_skip_zeros(struct stream *s, struct err *e)
{
	for (;;) {
		size_t n = 0;
		int r;

		r = stream_fill(s, e);
		if (r < 0)
			return r;
		if (s->piece.n == 0)
			return 0;
		while (n < s->piece.n && slice_at(s->piece, n) == 0)
			n++;
		stream_used(s, n);
		if (s->piece.n)
			return 1;
	}
}

struct codec_input stream_source(struct stream *s)
{
	s->offset += s->piece.n;
	return (struct codec_input){stream_get, s};
}

int stream_resume(struct stream *s, struct slice rest, struct err *e)
{
	s->offset -= rest.n;
	return stream_join(s, rest, SLICE_NONE, e);
}
