/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of a client's words reaches an SFTP server: that one file is opened for reading,
 * and read. A session of SFTP has all rights of its user, and the process that parses an
 * image must not have those of writing, or of reading other files, however it was
 * deceived. Another process passes on what they say to each other.
 */
#pragma once

#include <stdbool.h>

#include "err.h"
#include "slice.h"

struct sftp_gate {
	const char *path; /* of the file */
	bool opened;      /* it was asked for: only once */
};

/* May this packet of the client, without its length, be passed on? */
bool sftp_gate_allows(struct sftp_gate *g, struct slice packet);

/* Passes on what both say, between the two sockets, until one has gone or the client says
 * what it may not. 0: the client has gone. ERR_REFUSED: it said that. ERR_IO: the server
 * has gone. */
int sftp_gate_run(const char *path, int client, int server, struct err *e);
