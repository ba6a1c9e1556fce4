/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known by its magic bytes: every file system, container and kind of space that a
 * disk of a guest may hold, named as blkid names it.
 */
#pragma once

#include "fs.h"

/* How sure a match is, and what it means beside a file system with a reader. */
enum signature_rank {
	SIGNATURE_WEAK,     /* two bytes: counts only where no reader says yes */
	SIGNATURE_STRONG,   /* a second reading beside a reader's yes: ambiguous */
	SIGNATURE_CONTAINER /* lies around a file system (a RAID member): comes first */
};

struct signature_match {
	const char *name;
	const char *what; /* "is ..." in a sentence, with what to do where one can */
	enum signature_rank rank;
	struct fs_identity identity;
};

/* 1 and a match of at least `least`, or 0. `except` is a name that does not count (a
 * reader has claimed it), or NULL. */
int signature_find(struct blocks *b, struct arena *a, const char *except,
		   enum signature_rank least, struct signature_match *ret, struct err *e);

/* 16 bytes as blkid prints a UUID, or NULL when all are zero (or the arena is full). */
const char *uuid_text(struct arena *a, struct slice bytes);

/* A label field: up to a NUL, without blanks at its end; NULL when nothing is left. */
const char *label_text(struct arena *a, struct slice field);

/* The serial number of FAT and exFAT as blkid prints it, or NULL when it is zero. */
const char *serial_text(struct arena *a, uint32_t serial);
