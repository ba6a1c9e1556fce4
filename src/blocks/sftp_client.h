/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of SFTP (sftp_proto.h), as far as reading one file takes it: a file
 * of another machine, over a socket whose other end is ssh. Nothing can be written.
 */
#pragma once

#include "blocks.h"

/* What leads there where SFTP does not. */
#define SFTP_OTHERWISE \
	"serve the disk there with `qemu-nbd --read-only --socket=S FILE`, bring the " \
	"socket here with `ssh -L S:S HOST`, and name nbd+unix:///?socket=S"

/* The first words of a client. They stand alone, so that whoever makes the connection can
 * wait for an answer, and blocks_sftp() is called afterwards. */
int sftp_greet(int sock, struct err *e);

/* The regular file `path` as raw blocks. Takes the socket over on success. ERR_ABSENT: it
 * is not there. ERR_REFUSED: it may not be read. ERR_UNSUPPORTED: it is none, or the
 * server speaks another version. ERR_CORRUPT: the server makes no sense. */
int blocks_sftp(int sock, const char *path, struct blocks **ret, struct err *e);
