/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The numbers of SFTP, version 3, in the words of draft-ietf-secsh-filexfer-02. All are
 * big endian. A packet is its length, a type and, but for the first of each side, the
 * number of a request; a string is its length and its bytes.
 */
#pragma once

enum { SFTP_VERSION = 3 };

enum sftp_type {
	SFTP_INIT = 1,
	SFTP_HELLO = 2, /* VERSION in the draft */
	SFTP_OPEN = 3,
	SFTP_CLOSE = 4,
	SFTP_READ = 5,
	SFTP_FSTAT = 8,
	SFTP_STATUS = 101,
	SFTP_HANDLE = 102,
	SFTP_DATA = 103,
	SFTP_ATTRS = 105,
};

enum sftp_status {
	SFTP_OK = 0,
	SFTP_EOF = 1,
	SFTP_NO_SUCH_FILE = 2,
	SFTP_PERMISSION_DENIED = 3,
};

enum { SFTP_OPEN_READ = 1 };

enum sftp_attributes {
	SFTP_ATTR_SIZE = 1 << 0,
	SFTP_ATTR_OWNERS = 1 << 1,
	SFTP_ATTR_MODE = 1 << 2,
};

enum {
	SFTP_LENGTH_BYTES = 4,
	/* Bytes of a file that every server sends at a time: packets of 34,000 are the
	 * least that one must take. */
	SFTP_PIECE = 32768,
	SFTP_HANDLE_MAX = 256,
};
