/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks of other machines, named by a URI: what an NBD server offers, as QEMU and libnbd
 * take it (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md), and images
 * that are files there.
 *
 *     nbd://HOST[:PORT]/[EXPORT]           over TCP
 *     nbd+unix:///[EXPORT]?socket=PATH     over a local socket
 *     ssh://[USER@]HOST[:PORT]/PATH        a file, by the program ssh
 */
#pragma once

#include "arena.h"
#include "err.h"

struct remote {
	const char *user;        /* of ssh; NULL: as it is configured */
	const char *host, *port; /* NULL: a local socket; the port that ssh takes */
	const char *socket;      /* its path, or NULL */
	const char *export_name; /* "": the server's only one */
	const char *path;        /* of a file that ssh leads to; NULL: NBD */
};

/* Is it such a URI, or one of a kind that is not supported? Anything else is a path. */
bool remote_is_uri(const char *name);

/* ERR_USAGE: not well formed. ERR_UNSUPPORTED: TLS, other protocols. The words are the
 * arena's. */
int remote_parse(const char *uri, struct arena *a, struct remote *ret, struct err *e);

/* By which command such a disk is copied to this machine. */
const char *remote_copy_command(const struct remote *r);

/* Connects to an NBD server, within seconds; the fd is the caller's. ERR_ABSENT: nobody
 * answers there. */
int remote_connect(const struct remote *r, int *ret_fd, struct err *e);
