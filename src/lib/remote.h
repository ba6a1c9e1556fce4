/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks that an NBD server offers, named by a URI as QEMU and libnbd take it
 * (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md):
 *
 *     nbd://HOST[:PORT]/[EXPORT]           over TCP
 *     nbd+unix:///[EXPORT]?socket=PATH     over a local socket
 */
#pragma once

#include "arena.h"
#include "err.h"

struct remote {
	const char *host, *port; /* NULL: a local socket */
	const char *socket;      /* its path, or NULL */
	const char *export_name; /* "": the server's only one */
};

/* Is it such a URI, or one of a kind that is not supported? Anything else is a path. */
bool remote_is_uri(const char *name);

/* ERR_USAGE: not well formed. ERR_UNSUPPORTED: TLS, other protocols. The words are the
 * arena's. */
int remote_parse(const char *uri, struct arena *a, struct remote *ret, struct err *e);

/* Connects, within seconds; the fd is the caller's. ERR_ABSENT: nobody answers there. */
int remote_connect(const struct remote *r, int *ret_fd, struct err *e);
