/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of this folder share about opening a chain of images: the raw file below
 * an image, format recognition, and the way taken so far (for loops and depth).
 */
#pragma once

#include "blocks.h"
#include "limits.h"

/* The images from the outermost to the one being opened. */
struct image_walk {
	const struct blocks_opener *opener; /* NULL: no other file is opened */
	struct arena *arena;
	struct blocks_chain *chain;
	struct blocks_part part; /* where the outermost lies in its file */
	bool *named;             /* the error already says in which backing file it is */
	unsigned depth;          /* of the image being opened; 0 is the disk itself */
	unsigned n;              /* used ids */
	unsigned ids[LIMIT_BACKING_DEPTH + 1];
};

/* As blocks_raw_part(), but the fd stays the caller's until raw_own(). */
int raw_borrow(int fd, struct blocks_part part, struct blocks **ret, struct err *e);
void raw_own(struct blocks *b);

/* Refuses what is too small to be an image. */
int image_check_size(const struct blocks *file, struct err *e);

/* The image format whose magic the file has, NULL when it has none. */
int image_probe(struct blocks *file, const char **ret_format, struct err *e);
/* ERR_UNSUPPORTED for what is no disk and no image of one, with what to do. */
int image_refuse_others(struct blocks *file, struct err *e);

/* ERR_UNSUPPORTED for an image of that format which is a part of a disk, and which the
 * program that reads the format takes for a whole one. */
int image_refuse_differing(int fd, struct blocks_part part, const char *format,
			   struct err *e);

/* Opens the file `name` that the image being opened names as its backing file; `format`
 * as stored there, or NULL when it states none. */
int image_open_backing(struct image_walk *w, const char *name, const char *format,
		       struct blocks **ret, struct err *e);
/* The same for an external data file, which is always raw. */
int image_open_data(struct image_walk *w, const char *name, struct blocks **ret,
		    struct err *e);

/* The image whose number is last in the walk. Takes the fd over on success. */
int qcow2_open(int fd, struct image_walk *w, struct blocks **ret, struct err *e);
