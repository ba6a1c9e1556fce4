/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A disk that is served (serve.h) as a block device of this machine, by Linux's own NBD
 * client: for programs that take devices and no sockets. The kernel picks the device and
 * reads the socket itself; nothing has a name, and no process stands between. Needs root
 * and the kernel module "nbd".
 */
#pragma once

#include <stdint.h>

#include "err.h"

struct nbd_device {
	unsigned number;
	char path[32]; /* "/dev/nbd0" */
};

/* Chooses the export "" over `sock`, whose server waits for a client, and hands the
 * socket to the kernel: it is not needed here any more, and stays the caller's.
 * ERR_UNSUPPORTED: this kernel has no NBD client, or an older one than Linux 4.12's. */
int nbd_attach(int sock, struct nbd_device *ret, struct err *e);

/* The other way round; the server sees the end of its client. */
int nbd_detach(const struct nbd_device *d, struct err *e);
