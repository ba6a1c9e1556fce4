/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Images that another program reads and serves. It opens the files that an image names by
 * itself, but only those that were asked for before: so the same policy holds for them,
 * and the same refusal is told, as for the files behind an image that is read here.
 */
#include <string.h>

#include "image.h"
#include "nbd_client.h"

static int ask_for_names(struct image_walk *w, int fd, const char *format, struct err *e);

/* The file `fd` is the parent of the last of the walk, and may have one itself. */
static int follow_parent(struct image_walk *w, int fd, const char *name, unsigned id,
			 struct err *e)
{
	struct image_walk below = *w;
	struct blocks *file;
	const char *format = NULL;
	int r = image_descend(&below, "parent", name, id, e);

	if (r >= 0)
		r = raw_borrow(fd, BLOCKS_WHOLE, &file, e);
	if (r < 0)
		return r;
	r = image_probe(file, &format, e);
	blocks_free(file);
	if (r < 0)
		return r;
	if (!format || strcmp(format, "vmdk") != 0)
		return err_set(e, ERR_CORRUPT, "it is no VMDK image");
	return ask_for_names(&below, fd, format, e);
}

static int ask_for_name(struct image_walk *w, const struct image_name *n, struct err *e)
{
	_cleanup_close_ int fd = -1;
	bool parent = strcmp(n->role, "parent") == 0;
	unsigned id = 0;
	int r = image_ask(w, n->role, n->name, &fd, &id, e);

	if (r >= 0)
		r = image_note_link(w, n->role, n->name, parent ? "vmdk" : "raw", e);
	if (r < 0)
		return r;
	if (!n->stated)
		return image_refuse_unstated(fd, n->name, e);
	r = parent ? follow_parent(w, fd, n->name, id, e) : 0;
	return r < 0 ? image_say_which(w, n->role, n->name, e) : 0;
}

static int ask_for_names(struct image_walk *w, int fd, const char *format, struct err *e)
{
	image_name_list names = {0};
	struct blocks *file;
	int r = raw_borrow(fd, w->part, &file, e);

	if (r < 0)
		return r;
	r = image_names(file, format, w->arena, &names, e);
	blocks_free(file);
	for (size_t i = 0; r >= 0 && i < names.n; i++)
		r = ask_for_name(w, &names.v[i], e);
	return r;
}

int image_open_served(struct image_walk *w, int fd, const char *format,
		      struct blocks **ret, struct err *e)
{
	const char *name = blocks_served_name(format);
	const char *kept = arena_strdup(w->arena, format);
	const struct blocks_opener *opener = w->opener;
	_cleanup_close_ int sock = -1;
	unsigned ignored;
	int r = image_refuse_differing(fd, w->part, format, e);

	if (r < 0)
		return r;
	if (!opener || !opener->serve)
		return err_set(e, ERR_UNSUPPORTED,
			       "is a %s image, which is not read here: convert it with "
			       "`qemu-img convert -f %s -O qcow2 IN OUT`",
			       name, format);
	if (!kept)
		return arena_full(w->arena, e);
	/* What lies inside a file has nothing behind it. */
	if (!w->part.size)
		r = ask_for_names(w, fd, format, e);
	if (r >= 0)
		r = opener->serve(opener->ctx, w->ids[w->n - 1], format, &sock, &ignored,
				  e);
	if (r >= 0)
		r = blocks_nbd(sock, "", kept, ret, e);
	if (r < 0)
		return err_wrap(e, "%s image", name);
	(void)TAKE_FD(sock);
	close(fd);
	return 0;
}
