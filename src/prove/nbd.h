/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server's side of the NBD protocol, fixed newstyle, simple replies:
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, whose words are
 * used here. One client, one export. Structured replies, TLS, contexts and trimming are
 * not offered. The client runs a hostile guest: every length is checked before it is
 * used.
 */
#pragma once

#include "cow.h"
#include "watch.h"

/* How bytes come and go. All of them, or a negative code; ERR_ABSENT when the peer is
 * gone. */
struct nbd_io {
	int (*receive)(void *ctx, void *buf, size_t n, struct err *e);
	int (*send)(void *ctx, const void *buf, size_t n, struct err *e);
	void *ctx;
};

struct nbd_export {
	const char *name;
	struct cow *cow;
	struct watch *watch;
};

/* Serves until the client disconnects: 0 when it said so, ERR_ABSENT when it is just
 * gone, ERR_CORRUPT when what it sends is not NBD. */
int nbd_serve(const struct nbd_export *x, const struct nbd_io *io, struct err *e);

/* nbd_handshake.c: 1 when the client has chosen the export, 0 when it has given up. */
int nbd_handshake(const struct nbd_export *x, const struct nbd_io *io, struct err *e);
