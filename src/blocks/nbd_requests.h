/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of an NBD server and not yet answered, as the transmission phase has it
 * (nbd_proto.h): several reads at a time, whose answers come in any order and are told
 * apart by their cookies. So that the server reads while what it sent is worked on, a
 * long read is asked for in pieces, and long reads that follow each other are asked for
 * ahead.
 */
#pragma once

#include <stdbool.h>

#include "blocks.h"

enum {
	NBD_ASKED = 4,          /* requests at a time */
	NBD_PIECE = 256 * 1024, /* bytes of each */
};

enum nbd_state {
	NBD_FREE,
	NBD_WAITING, /* asked for */
	NBD_HERE,    /* its bytes are kept */
};

struct nbd_asked {
	enum nbd_state state;
	uint64_t cookie, off;
	size_t len;
	uint8_t *bytes; /* of NBD_PIECE, once there was need for it */
};

struct nbd_requests {
	int sock;
	uint64_t size;   /* of the disk */
	uint64_t cookie; /* of the last request */
	bool broken;     /* what follows on the socket cannot be told apart any more */
	struct nbd_asked asked[NBD_ASKED];
	uint64_t end; /* of the last long read */
};

/* Any range inside of the disk. ERR_IO: the server cannot read there, after which others
 * may go well, or it has gone. ERR_CORRUPT: it makes no sense; nothing it says is
 * believed from then on. */
int nbd_requests_read(struct nbd_requests *q, uint64_t off, void *buf, size_t len,
		      struct err *e);

/* Takes leave of the server. The socket stays open. */
void nbd_requests_end(struct nbd_requests *q);

/* All `n` bytes, or ERR_IO. */
int nbd_receive(int sock, void *buf, size_t n, struct err *e);
int nbd_transmit(int sock, const void *buf, size_t n, struct err *e);
