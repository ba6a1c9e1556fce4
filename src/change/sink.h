/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that changes are written to have in common. */
#pragma once

#include <stdint.h>

#include "err.h"

/* Bytes of a file or block device. */
_must_check_ int sink_size(int fd, uint64_t *ret, struct err *e);

/* ERR_USAGE unless the file is empty. */
_must_check_ int sink_is_new(int fd, struct err *e);

/* Returns when everything written is on stable storage. */
_must_check_ int sink_sync(int fd, struct err *e);
