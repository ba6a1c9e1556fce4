/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file of the guest as input of a stream or a decoder, in pieces of a fixed size. */
#pragma once

#include "codec.h"
#include "tree.h"

struct file_pieces {
	const struct file *file;
	uint64_t off;
	uint8_t *buf;
};

/* The input, which borrows *ret; its buffer lives in the arena. */
int file_pieces_open(const struct file *file, struct arena *a, struct file_pieces *ret,
		     struct codec_input *ret_input, struct err *e);
