/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of NBD (nbd_proto.h): a disk that another process serves over a
 * socket. The handshake in its oldest form, EXPORT_NAME, which every server knows; then
 * reads with simple replies, several at a time (requests.h).
 */
#pragma once

#include "blocks.h"

/* What the server offers. */
struct nbd_offer {
	uint64_t size;
	uint16_t flags; /* of the transmission, as the kernel takes them, too */
};

/* The handshake, after which the socket is in the transmission phase. `name` of the
 * export; "" is the server's only one. ERR_CORRUPT: the server speaks something else.
 * ERR_IO: it went away, which is also how it says that it has no such export. */
int nbd_choose(int sock, const char *name, struct nbd_offer *ret, struct err *e);

/* The export `name` as blocks that call themselves `format`, a string that lasts as long.
 * Takes the socket over on success; the server is told when the blocks are freed. */
int blocks_nbd(int sock, const char *name, const char *format, struct blocks **ret,
	       struct err *e);
