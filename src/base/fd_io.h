/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading and writing files at an offset: all bytes or an error, whatever interrupts. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* ERR_IO when the file ends before. */
_must_check_ int fd_read_at(int fd, uint64_t off, void *buf, size_t len, struct err *e);

/* After an error a part may have been written. */
_must_check_ int fd_write_at(int fd, uint64_t off, const void *buf, size_t len,
			     struct err *e);
