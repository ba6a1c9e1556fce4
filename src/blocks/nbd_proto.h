/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers of the NBD protocol, in the words of its specification:
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md. All are big endian.
 */
#pragma once

#include <stdint.h>

/* The handshake, fixed newstyle. */
#define NBD_GREETING     "NBDMAGIC"
#define NBD_OPTION_MAGIC UINT64_C(0x49484156454f5054) /* "IHAVEOPT" */

enum { NBD_FLAG_FIXED_NEWSTYLE = 1 << 0, NBD_FLAG_NO_ZEROES = 1 << 1 };

enum nbd_option {
	NBD_OPT_EXPORT_NAME = 1,
	NBD_OPT_ABORT = 2,
	NBD_OPT_LIST = 3,
	NBD_OPT_INFO = 6,
	NBD_OPT_GO = 7,
};

/* The transmission, simple replies. */
#define NBD_REQUEST_MAGIC UINT32_C(0x25609513)
#define NBD_REPLY_MAGIC   UINT32_C(0x67446698)

enum { NBD_REQUEST_BYTES = 28, NBD_REPLY_BYTES = 16 };

enum nbd_command {
	NBD_CMD_READ = 0,
	NBD_CMD_WRITE = 1,
	NBD_CMD_DISC = 2,
	NBD_CMD_FLUSH = 3,
	NBD_CMD_WRITE_ZEROES = 6,
};
