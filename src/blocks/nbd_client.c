/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nbd_client.h"

#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "nbd_proto.h"
#include "nbd_requests.h"
#include "put.h"

enum { HELLO_BYTES = 18, OFFER_BYTES = 10, OPTION_BYTES = 16 };

struct nbd_blocks {
	struct blocks blocks;
	struct nbd_requests requests;
};

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
	return nbd_transmit(sock, head, 4 + OPTION_BYTES + n, e);
}

int nbd_choose(int sock, const char *name, struct nbd_offer *ret, struct err *e)
{
	uint8_t hello[HELLO_BYTES], offer[OFFER_BYTES];
	struct reader rd = reader_of(slice_of(offer, sizeof(offer)));
	int r = nbd_receive(sock, hello, sizeof(hello), e);

	if (r >= 0 && !is_hello(slice_of(hello, sizeof(hello))))
		r = err_set(e, ERR_CORRUPT, "the disk's server speaks another NBD");
	if (r >= 0)
		r = ask_for_export(sock, name, e);
	if (r >= 0)
		r = nbd_receive(sock, offer, sizeof(offer), e);
	if (r < 0)
		return r;
	*ret = (struct nbd_offer){.size = rd_u64be(&rd)};
	ret->flags = rd_u16be(&rd);
	return 0;
}

static int nbd_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	return nbd_requests_read(&((struct nbd_blocks *)b)->requests, off, buf, len, e);
}

static void nbd_done(struct blocks *b)
{
	struct nbd_blocks *n = (struct nbd_blocks *)b;

	nbd_requests_end(&n->requests);
	close(n->requests.sock);
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
	n->requests = (struct nbd_requests){.sock = sock, .size = offer.size};
	*ret = &TAKE_PTR(n)->blocks;
	return 0;
}
