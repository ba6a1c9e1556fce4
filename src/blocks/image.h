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
	struct blocks_part part; /* where the image being opened lies in its file */
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

/* Asks for the file `name` of the image last in the walk. `role`: "backing", "data". */
int image_ask(struct image_walk *w, const char *role, const char *name, int *ret_fd,
	      unsigned *ret_id, struct err *e);
/* Notes it for the report, as of that format. */
int image_note_link(struct image_walk *w, const char *role, const char *name,
		    const char *format, struct err *e);
/* A guest can write any header into its own raw disk, so what a backing file holds says
 * nothing when the overlay does not state its format. Plain bytes can only be raw. */
int image_refuse_unstated(int fd, const char *name, struct err *e);
/* The file of that number is the image being opened now; `what` it is of the one before
 * it, by the name `name`. Refuses loops. */
int image_descend(struct image_walk *w, const char *what, const char *name, unsigned id,
		  struct err *e);
/* Adds to an error in which file it is: the lowest is enough, a long chain would push the
 * reason out of the message. Returns the error. */
int image_say_which(struct image_walk *w, const char *what, const char *name,
		    struct err *e);

/* A file that an image of a format that is not read here names. */
struct image_name {
	const char *name;
	const char *role; /* "extent", "parent", "backing" */
	bool stated;      /* what it is: no program has to look at what it holds */
};
typedef VEC(struct image_name) image_name_list;

/* Those that the image in that file names; strings and list are the arena's. */
int image_names(struct blocks *file, const char *format, struct arena *a,
		image_name_list *ret, struct err *e);

/* An image of a format that is not read here, whose number is last in the walk, is read
 * by the program that the opener starts. Closes the fd on success: the program has opened
 * the file for itself. */
int image_open_served(struct image_walk *w, int fd, const char *format,
		      struct blocks **ret, struct err *e);

/* Opens the file `name` that the image being opened names as its backing file; `format`
 * as stored there, or NULL when it states none. */
int image_open_backing(struct image_walk *w, const char *name, const char *format,
		       struct blocks **ret, struct err *e);
/* The same for an external data file, which is always raw. */
int image_open_data(struct image_walk *w, const char *name, struct blocks **ret,
		    struct err *e);

/* The image whose number is last in the walk. Takes the fd over on success. */
int qcow2_open(int fd, struct image_walk *w, struct blocks **ret, struct err *e);
