/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The advisory locks by which QEMU's processes keep off each other's images: open file
 * description locks on single bytes of the image. A process holds byte 100 + n while it
 * makes use of permission n, and byte 200 + n while it lets nobody else make use of it.
 * They go with the last descriptor of that open file, a worker's included.
 */
#pragma once

#include "err.h"

enum change_lock_mode {
	CHANGE_LOCK_READ, /* others may read, too */
	CHANGE_LOCK_WRITE /* nobody else may use the image at all */
};

/* ERR_REFUSED when a process holds the image in a way that does not go with that. */
int change_lock(int fd, enum change_lock_mode mode, struct err *e);
