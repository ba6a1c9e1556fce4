/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This machine as the Xen host: its own xl runs the guest. A child of this process, the
 * keeper, attaches the served disks (nbd_device.h), makes the guest, and tells what it
 * sees in the lines of dom0.h, as the first domain of the Xen host under QEMU does. It
 * outlives its parent, however that ends: as soon as the stream's other end or the
 * calling thread is gone, it destroys the guest and takes back all that it has made.
 */
#pragma once

#include "process.h"
#include "qemu.h"

/* Programs, by their full paths. */
struct xl_host {
	const char *xl, *xenstore_ls, *xenstore_read;
	const char *modprobe; /* NULL: there is none, and the modules are there or not */
};

/* Can this machine run the guest? 1 yes; 0 no, and `ret_why` says what is in the way
 * where it is a Xen host, or is NULL. Texts live in the arena. */
int xl_find(struct arena *a, struct xl_host *ret, const char **ret_why, struct err *e);

/* Starts the keeper. `stream` is its end of a stream socket, which stays the caller's, as
 * do the sockets of the disks. */
int xl_start(const struct setup *s, const struct setup_machine *m,
	     const struct setup_wires *w, int stream, struct process *ret, struct err *e);

/* Ends the guest, waits until all is taken back, and closes `stream`, the caller's end.
 * Idempotent. */
void xl_end(struct process *keeper, int *stream);
