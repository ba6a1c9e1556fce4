/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which format a disk image has, and the files below it. A format is stated by the user
 * (or by the image above) or proven by a magic number. What is not read here is read by a
 * program that the opener starts, or is refused by name, because its bytes taken for a
 * raw disk would look like an empty guest.
 */
#include <inttypes.h>
#include <string.h>

#include "blocks.h"
#include "checked.h"
#include "escape.h"
#include "image.h"

/* What `format` may be when it is named. "file" is how QEMU calls a plain file's bytes,
 * and some writers store it as a backing format. */
static bool is_raw_name(const char *format)
{
	return strcmp(format, "raw") == 0 || strcmp(format, "file") == 0 ||
	       strcmp(format, "host_device") == 0;
}

int image_check_size(const struct blocks *file, struct err *e)
{
	if (file->size == 0)
		return err_set(e, ERR_CORRUPT, "is empty (0 bytes)");
	if (file->size < 512)
		return err_set(e, ERR_CORRUPT,
			       "has only %" PRIu64
			       " bytes, less than one sector: it is no disk image; what "
			       "describes a machine is named with --machine",
			       file->size);
	return 0;
}

bool image_is_here(const char *format)
{
	return is_raw_name(format) || strcmp(format, "qcow2") == 0;
}

int image_check_format(const char *format, struct err *e)
{
	if (image_is_here(format) || blocks_served_name(format))
		return 0;
	return err_set(e, ERR_USAGE,
		       "the image format \"%s\" is not known: raw, qcow2, vmdk, vhdx, "
		       "vpc (VHD), vdi and others of qemu-img's are",
		       escape_short(slice_str(format)).text);
}

int image_find_format(struct blocks *file, const char **ret_format, struct err *e)
{
	int r = image_probe(file, ret_format, e);

	/* Any other header shows an image, and a VMDK's description may be that short. */
	if (r < 0 || *ret_format)
		return r;
	r = image_check_size(file, e);
	if (r >= 0)
		r = image_refuse_others(file, e);
	if (r >= 0)
		*ret_format = "raw";
	return r;
}

static int find_format(int fd, struct blocks_part part, const char **ret_format,
		       struct err *e)
{
	struct blocks *file;
	int r = raw_borrow(fd, part, &file, e);

	if (r < 0)
		return r;
	r = image_find_format(file, ret_format, e);
	blocks_free(file);
	return r;
}

int image_open_here(struct blocks *file, struct image_walk *w, const char *format,
		    struct blocks **ret, struct err *e)
{
	int r = image_check_size(file, e);

	if (r < 0)
		return r;
	if (strcmp(format, "qcow2") == 0)
		return qcow2_open(file, w, ret, e);
	*ret = file;
	return 0;
}

/* The image in the file of that walk, as far as it is read here. Takes the fd over on
 * success. */
static int open_in_file(int fd, struct image_walk *w, const char *format,
			struct blocks **ret, struct err *e)
{
	struct blocks *file;
	int r = raw_borrow(fd, w->part, &file, e);

	if (r < 0)
		return r;
	r = image_open_here(file, w, format, ret, e);
	if (r < 0) {
		blocks_free(file);
		return r;
	}
	raw_own(file);
	return 0;
}

int blocks_open_part(int fd, struct blocks_part part, const char *format,
		     const struct blocks_opener *opener, struct arena *a,
		     struct blocks_chain *chain, struct blocks **ret, struct err *e)
{
	bool named = false;
	struct image_walk w = {.opener = opener,
			       .named = &named,
			       .arena = a,
			       .chain = chain,
			       .part = part,
			       .n = 1};
	int r = format ? image_check_format(format, e)
		       : find_format(fd, part, &format, e);

	if (r < 0)
		return r;
	if (!image_is_here(format))
		return image_open_served(&w, fd, format, ret, e);
	/* What lies inside a file has nothing behind it. */
	if (part.size)
		w.opener = NULL;
	return open_in_file(fd, &w, format, ret, e);
}

int blocks_open(int fd, const char *format, const struct blocks_opener *opener,
		struct arena *a, struct blocks_chain *chain, struct blocks **ret,
		struct err *e)
{
	return blocks_open_part(fd, BLOCKS_WHOLE, format, opener, a, chain, ret, e);
}

/* Names that QEMU would not take for a path: "json:{...}", "nbd://host/disk". */
static bool is_protocol(const char *name)
{
	return strcspn(name, ":") < strcspn(name, "/") && strchr(name, ':');
}

int image_ask(struct image_walk *w, const char *role, const char *name, int *ret_fd,
	      unsigned *ret_id, struct err *e)
{
	struct escaped shown = escape_short(slice_str(name));
	int r;

	if (is_protocol(name))
		return err_set(e, ERR_UNSUPPORTED,
			       "its %s file \"%s\" is not a plain file name, and only "
			       "files are read: copy the disk with `qemu-img convert -O "
			       "qcow2 IN OUT`",
			       role, shown.text);
	if (!w->opener)
		return err_set(e, ERR_REFUSED,
			       "it needs its %s file \"%s\", and no further file may be "
			       "opened here",
			       role, shown.text);
	r = w->opener->open(w->opener->ctx, w->ids[w->n - 1], name, ret_fd, ret_id, e);
	if (r != -ERR_ABSENT)
		return r;
	return err_set(
		e, ERR_ABSENT,
		"its %s file \"%s\" is not there: copy it along, as the image holds "
		"only a part of the disk",
		role, shown.text);
}

static int too_deep(struct err *e)
{
	return err_set(e, ERR_LIMIT, "more than %d backing files", LIMIT_BACKING_DEPTH);
}

int image_descend(struct image_walk *w, const char *what, const char *name, unsigned id,
		  struct err *e)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->ids[i] == id)
			return err_set(e, ERR_CORRUPT,
				       "its %s \"%s\" has this image above it: "
				       "the backing files form a loop",
				       what, escape_short(slice_str(name)).text);
	if (w->depth >= LIMIT_BACKING_DEPTH)
		return too_deep(e);
	w->depth++;
	w->ids[w->n++] = id;
	w->part = BLOCKS_WHOLE;
	return 0;
}

int image_say_which(struct image_walk *w, const char *what, const char *name,
		    struct err *e)
{
	if (!*w->named)
		err_wrap(e, "%s \"%s\"", what, escape_short(slice_str(name)).text);
	*w->named = true;
	return -(int)e->code;
}

int image_note_link(struct image_walk *w, const char *role, const char *name,
		    const char *format, struct err *e)
{
	struct chain_link link = {name, format, role};

	if (w->chain && !vec_push(w->arena, &w->chain->links, link))
		return arena_full(w->arena, e);
	return 0;
}

int image_open_data(struct image_walk *w, const char *name, struct blocks **ret,
		    struct err *e)
{
	_cleanup_close_ int fd = -1;
	unsigned id = 0;
	int r = image_ask(w, "data", name, &fd, &id, e);

	if (r < 0)
		return r;
	if (id == w->ids[w->n - 1])
		return err_set(e, ERR_CORRUPT, "it names itself as its data file");
	r = image_note_link(w, "data", name, "raw", e);
	if (r == 0)
		r = blocks_raw(fd, ret, e);
	if (r < 0)
		return err_wrap(e, "data file \"%s\"",
				escape_short(slice_str(name)).text);
	(void)TAKE_FD(fd);
	return 0;
}

int image_refuse_unstated(int fd, const char *name, struct err *e)
{
	struct blocks *file;
	const char *format = NULL;
	int r = raw_borrow(fd, BLOCKS_WHOLE, &file, e);

	if (r < 0)
		return r;
	r = image_probe(file, &format, e);
	blocks_free(file);
	if (r < 0 || !format)
		return r;
	return err_set(
		e, ERR_AMBIGUOUS,
		"it does not state the format of its backing file, which is either "
		"a %s image or a raw disk whose guest wrote such a header: state it "
		"with `qemu-img rebase -u -F FORMAT -b \"%s\" IMAGE`, or copy the "
		"whole disk with `qemu-img convert -O qcow2 IMAGE OUT`",
		format, escape_short(slice_str(name)).text);
}

static int open_backing_fd(struct image_walk *w, int fd, const char *name,
			   const char *format, struct blocks **ret, struct err *e)
{
	const char *stored = format ? format : "raw";
	int r = image_check_format(stored, e);

	if (r < 0) {
		/* The image is at fault, not the user. */
		e->code = ERR_UNSUPPORTED;
		return -ERR_UNSUPPORTED;
	}
	r = image_note_link(w, "backing", name, is_raw_name(stored) ? "raw" : stored, e);
	if (r < 0)
		return r;
	return image_is_here(stored) ? open_in_file(fd, w, stored, ret, e)
				     : image_open_served(w, fd, stored, ret, e);
}

int image_open_backing(struct image_walk *w, const char *name, const char *format,
		       struct blocks **ret, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct image_walk below = *w;
	unsigned id = 0;
	int r = image_ask(w, "backing", name, &fd, &id, e);

	if (r >= 0)
		r = image_descend(&below, "backing file", name, id, e);
	if (r >= 0 && !format)
		r = image_refuse_unstated(fd, name, e);
	if (r < 0)
		return r;
	r = open_backing_fd(&below, fd, name, format, ret, e);
	if (r < 0)
		return image_say_which(w, "backing file", name, e);
	(void)TAKE_FD(fd);
	return 0;
}

int blocks_qcow2(int fd, unsigned id, unsigned depth, const struct blocks_opener *opener,
		 struct arena *a, struct blocks_chain *chain, struct blocks **ret,
		 struct err *e)
{
	bool named = false;
	struct image_walk w = {.opener = opener,
			       .named = &named,
			       .arena = a,
			       .chain = chain,
			       .depth = depth,
			       .n = 1,
			       .ids = {id}};

	if (depth > LIMIT_BACKING_DEPTH)
		return too_deep(e);
	return open_in_file(fd, &w, "qcow2", ret, e);
}
