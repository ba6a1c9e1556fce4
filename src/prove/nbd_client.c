/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of the handshake (see nbd.h), in its oldest form, which every server
 * knows: EXPORT_NAME.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "nbd_device.h"
#include "put.h"
#include "slice.h"

enum {
	HELLO_BYTES = 18,
	OFFER_BYTES = 10,
	FLAG_FIXED_NEWSTYLE = 1 << 0,
	FLAG_NO_ZEROES = 1 << 1,
	OPT_EXPORT_NAME = 1,
};

static const char hello_magic[] = "NBDMAGICIHAVEOPT";

static int receive(int sock, uint8_t *buf, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = recv(sock, buf, n, MSG_WAITALL);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)n)
		return err_set(e, ERR_IO, "the disk's server does not answer");
	return 0;
}

int nbd_choose(int sock, struct nbd_offer *ret, struct err *e)
{
	uint8_t hello[HELLO_BYTES], offer[OFFER_BYTES], answer[20], *to = answer;
	struct reader flags, r = reader_of(slice_of(offer, sizeof(offer)));

	if (receive(sock, hello, sizeof(hello), e) < 0)
		return -(int)e->code;
	flags = reader_of(slice_of(hello, sizeof(hello)));
	rd_skip(&flags, sizeof(hello_magic) - 1);
	if (!slice_has(flags.s, 0, hello_magic, sizeof(hello_magic) - 1) ||
	    !(rd_u16be(&flags) & FLAG_NO_ZEROES))
		return err_set(e, ERR_CORRUPT, "the disk's server speaks another NBD");
	to = put_be(to, 4, FLAG_FIXED_NEWSTYLE | FLAG_NO_ZEROES);
	memcpy(to, hello_magic + 8, 8);
	to = put_be(to + 8, 4, OPT_EXPORT_NAME);
	put_be(to, 4, 0);
	if (send(sock, answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
		return err_set(e, ERR_IO, "the disk's server has gone");
	if (receive(sock, offer, sizeof(offer), e) < 0)
		return -(int)e->code;
	*ret = (struct nbd_offer){.size = rd_u64be(&r)};
	ret->flags = rd_u16be(&r);
	return 0;
}
