/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nbd_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limits.h"
#include "nbd_proto.h"
#include "put.h"

enum { HELLO_BYTES = 18, OFFER_BYTES = 10, OPTION_BYTES = 16 };

struct nbd_blocks {
	struct blocks blocks;
	int sock;
	uint64_t cookie; /* of the last request */
	bool broken;     /* what follows on the socket cannot be told apart any more */
};

/* read(2), because a confined process has no other call for a socket that it was given.
 */
static int receive(int sock, void *buf, size_t n, struct err *e)
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

static int transmit(int sock, const void *buf, size_t n, struct err *e)
{
	ssize_t sent;

	/* What is sent is far smaller than a socket's buffer. */
	do
		sent = send(sock, buf, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)n ? 0
				  : err_set(e, ERR_IO, "the disk's server has gone away");
}

/* Of fixed newstyle, and able to leave out the zeroes behind its offer. */
static bool is_hello(struct slice hello)
{
	struct reader r = reader_of(hello);
	struct slice greeting = rd_bytes(&r, sizeof(NBD_GREETING) - 1);

	return slice_eq(greeting, NBD_GREETING) && rd_u64be(&r) == NBD_OPTION_MAGIC &&
	       (rd_u16be(&r) & NBD_FLAG_NO_ZEROES) && rd_ok(&r);
}

static int ask_for_export(int sock, const char *name, struct err *e)
{
	uint8_t head[4 + OPTION_BYTES + LIMIT_NBD_OPTION], *to = head;
	size_t n = strlen(name);

	if (n > LIMIT_NBD_OPTION)
		return err_set(e, ERR_USAGE, "the name of the export is too long");
	to = put_be(to, 4, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
	to = put_be(to, 8, NBD_OPTION_MAGIC);
	to = put_be(to, 4, NBD_OPT_EXPORT_NAME);
	to = put_be(to, 4, n);
	memcpy(to, name, n);
	return transmit(sock, head, 4 + OPTION_BYTES + n, e);
}

int nbd_choose(int sock, const char *name, struct nbd_offer *ret, struct err *e)
{
	uint8_t hello[HELLO_BYTES], offer[OFFER_BYTES];
	struct reader rd = reader_of(slice_of(offer, sizeof(offer)));
	int r = receive(sock, hello, sizeof(hello), e);

	if (r >= 0 && !is_hello(slice_of(hello, sizeof(hello))))
		r = err_set(e, ERR_CORRUPT, "the disk's server speaks another NBD");
	if (r >= 0)
		r = ask_for_export(sock, name, e);
	if (r >= 0)
		r = receive(sock, offer, sizeof(offer), e);
	if (r < 0)
		return r;
	*ret = (struct nbd_offer){.size = rd_u64be(&rd)};
	ret->flags = rd_u16be(&rd);
	return 0;
}

static int request(struct nbd_blocks *n, enum nbd_command type, uint64_t off, size_t len,
		   struct err *e)
{
	uint8_t buf[NBD_REQUEST_BYTES], *to = put_be(buf, 4, NBD_REQUEST_MAGIC);

	to = put_be(to, 2, 0);
	to = put_be(to, 2, type);
	to = put_be(to, 8, ++n->cookie);
	to = put_be(to, 8, off);
	put_be(to, 4, len);
	return transmit(n->sock, buf, sizeof(buf), e);
}

static int take_reply(struct nbd_blocks *n, void *buf, size_t len, struct err *e)
{
	uint8_t head[NBD_REPLY_BYTES];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	int r = receive(n->sock, head, sizeof(head), e);
	uint32_t magic, error;

	if (r < 0)
		return r;
	magic = rd_u32be(&rd);
	error = rd_u32be(&rd);
	if (magic != NBD_REPLY_MAGIC || rd_u64be(&rd) != n->cookie)
		return err_set(e, ERR_CORRUPT, "the disk's server makes no sense");
	/* Such a reply has nothing behind it, and the next request may go well. */
	if (error) {
		n->broken = false;
		return err_set(e, ERR_IO, "the disk's server cannot read there: %s",
			       strerror(error < 200 ? (int)error : EIO));
	}
	return receive(n->sock, buf, len, e);
}

/* At most LIMIT_NBD_REQUEST bytes. */
static int read_part(struct nbd_blocks *n, uint64_t off, void *buf, size_t len,
		     struct err *e)
{
	int r;

	if (n->broken)
		return err_set(e, ERR_IO, "the disk's server has gone away");
	n->broken = true;
	r = request(n, NBD_CMD_READ, off, len, e);
	if (r >= 0)
		r = take_reply(n, buf, len, e);
	if (r >= 0)
		n->broken = false;
	return r;
}

static int nbd_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	uint8_t *to = buf;
	int r = 0;

	while (r >= 0 && len) {
		size_t part = len < LIMIT_NBD_REQUEST ? len : LIMIT_NBD_REQUEST;

		r = read_part((struct nbd_blocks *)b, off, to, part, e);
		off += part;
		to += part;
		len -= part;
	}
	return r;
}

static void nbd_done(struct blocks *b)
{
	struct nbd_blocks *n = (struct nbd_blocks *)b;
	struct err ignored = ERR_INIT;

	(void)request(n, NBD_CMD_DISC, 0, 0, &ignored);
	close(n->sock);
}

int blocks_nbd(int sock, const char *name, const char *format, struct blocks **ret,
	       struct err *e)
{
	static const struct blocks_ops ops = {.read = nbd_read, .done = nbd_done};
	_cleanup_free_ struct nbd_blocks *n = calloc(1, sizeof(*n));
	struct nbd_offer offer;
	int r = n ? nbd_choose(sock, name, &offer, e)
		  : err_set(e, ERR_NOMEM, "out of memory");

	if (r < 0)
		return r;
	if (offer.size > INT64_MAX)
		return err_set(e, ERR_CORRUPT,
			       "the disk's server says a size that no "
			       "disk has");
	n->blocks = (struct blocks){
		.ops = &ops, .format = format, .size = offer.size, .sector_size = 512};
	n->sock = sock;
	*ret = &TAKE_PTR(n)->blocks;
	return 0;
}
