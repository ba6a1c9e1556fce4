/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked of the server of a disk over a socket and not yet answered, whatever the
 * protocol: several reads at a time, whose answers come in any order and are told apart
 * by their numbers. So that the server reads while what it sent is worked on, a long read
 * is asked for in pieces, and long reads that follow each other are asked for ahead.
 */
#pragma once

#include <stdbool.h>

#include "blocks.h"

/* At a time, of any protocol. */
enum { REQUESTS_MAX = 32 };

struct requests;

/* The head of an answer. */
struct requests_answer {
	uint64_t id; /* of the request */
	size_t n;    /* bytes that follow, 1 or more; REQUESTS_WHOLE: as asked for */
	bool failed; /* the server could not read there; nothing follows */
};
#define REQUESTS_WHOLE SIZE_MAX

struct requests_protocol {
	/* Asks for [off, off + len), of at most a piece. */
	int (*ask)(struct requests *q, uint64_t id, uint64_t off, size_t len,
		   struct err *e);
	/* Takes the head of the next answer. One that failed says why in `e`. */
	int (*hear)(struct requests *q, struct requests_answer *ret, struct err *e);
	size_t piece;   /* bytes of a request */
	unsigned count; /* requests at a time */
	unsigned ahead; /* of the one that is waited for, while long reads follow */
};

enum asked_state {
	ASKED_NOTHING,
	ASKED_WAITING,
	ASKED_HERE, /* its bytes are kept */
};

struct asked {
	enum asked_state state;
	uint64_t id, off;
	size_t len;
	uint8_t *bytes; /* a piece, once there was need for it */
};

struct requests {
	const struct requests_protocol *protocol;
	int sock;
	uint64_t size; /* of the disk */
	uint64_t id;   /* of the last request */
	bool broken;   /* what follows on the socket cannot be told apart any more */
	struct asked asked[REQUESTS_MAX];
	uint64_t end; /* of the last long read */
};

/* Any range inside of the disk. ERR_IO: the server cannot read there, after which others
 * may go well, or it has gone. ERR_CORRUPT: it makes no sense; nothing it says is
 * believed from then on. */
int requests_read(struct requests *q, uint64_t off, void *buf, size_t len, struct err *e);

/* Frees what is kept. The socket stays open. */
void requests_done(struct requests *q);

/* All `n` bytes, or ERR_IO. */
int requests_receive(int sock, void *buf, size_t n, struct err *e);
int requests_transmit(int sock, const void *buf, size_t n, struct err *e);
/* ERR_CORRUPT: what the server says cannot be right. */
int requests_senseless(struct err *e);
