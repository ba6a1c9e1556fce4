/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The image of an ext2 file system as initrd (RHEL 3): what is added is written into it,
 * and where it has no room into a copy on a larger file system. Its times are those of
 * the last change that was made to it, so that the same image gives the same bytes.
 */
#include <string.h>

#include "adding.h"
#include "encode.h"
#include "escape.h"
#include "ext/grow.h"
#include "fs_write.h"
#include "limits.h"

enum {
	TYPE = 0170000,
	FOLDER = 0040000,
	FILE_TYPE = 0100000,
	PERMISSIONS = 07777,
	WTIME = 1024 + 48, /* s_wtime of the superblock */
	TRIES = 8
};

typedef VEC(struct fs_step) step_list;

struct writing {
	struct adding *g;
	int64_t now;
	struct fs_writer *w;
	struct strmap *made; /* folders, by their paths: struct node */
};

static int64_t last_write(struct slice image)
{
	struct reader r = reader_of(image);
	uint32_t time;

	rd_seek(&r, WTIME);
	time = rd_u32le(&r);
	return rd_ok(&r) && time ? time : 1;
}

/* The folder that a member lies in; NULL: it is to be made as well. */
static int find_folder(struct writing *w, const char *path, const struct node **ret,
		       struct slice *ret_name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *folder = arena_strndup(
		w->g->a, slice_of(path, slash ? (size_t)(slash - path) : 0));
	const struct old_member *old;

	if (!folder)
		return arena_full(w->g->a, e);
	*ret_name = slice_str(slash ? slash + 1 : path);
	old = old_archive_find(&w->g->old, folder);
	if (old && (old->mode & TYPE) != FOLDER)
		return err_set(e, ERR_UNSUPPORTED, "/%s in it is a link, no folder",
			       escape_short(slice_str(folder)).text);
	*ret = old ? &old->node : strmap_get(w->made, slice_str(folder));
	return 0;
}

static int add_step(struct writing *w, const struct new_member *m, step_list *steps,
		    struct err *e)
{
	const struct old_member *old = old_archive_find(&w->g->old, m->path);
	struct fs_step step = {.bytes = m->body.n};
	struct slice name;
	int r = 0;

	step.kind = (m->mode & TYPE) == FOLDER ? FS_STEP_MKDIR
		    : old                      ? FS_STEP_REPLACE
					       : FS_STEP_CREATE;
	if (step.kind == FS_STEP_REPLACE)
		step.node = &old->node;
	else
		r = find_folder(w, m->path, &step.node, &name, e);
	if (r < 0)
		return r;
	return vec_push(w->g->a, steps, step) ? 0 : arena_full(w->g->a, e);
}

static int keep_folder(struct writing *w, const char *path, const struct node *node,
		       struct err *e)
{
	const struct node *copy = arena_memdup(w->g->a, node, sizeof(*node));

	return copy && strmap_set(w->made, slice_str(path), (void *)(uintptr_t)copy)
		       ? 0
		       : arena_full(w->g->a, e);
}

static int write_member(struct writing *w, const struct new_member *m, struct err *e)
{
	const struct old_member *old = old_archive_find(&w->g->old, m->path);
	bool is_folder = (m->mode & TYPE) == FOLDER;
	struct fs_new new = {.mode = m->mode & PERMISSIONS};
	const struct node *dir = NULL;
	struct fs_wrote wrote = {0};
	int r;

	if (old && !is_folder && (old->mode & TYPE) == FILE_TYPE) {
		r = fs_writer_replace(w->w, &old->node, m->body, &wrote, e);
		if (r >= 0 && wrote.links > 1)
			r = err_set(e, ERR_UNSUPPORTED, "it has several names in it");
		return r;
	}
	r = find_folder(w, m->path, &dir, &new.name, e);
	if (r >= 0 && !dir)
		r = err_set(e, ERR_BUG, "a folder of it was not made");
	if (r < 0)
		return r;
	if (!is_folder)
		return fs_writer_create(w->w, dir, &new, m->body, &wrote, e);
	r = fs_writer_mkdir(w->w, dir, &new, &wrote, e);
	return r < 0 ? r : keep_folder(w, m->path, &wrote.node, e);
}

static int write_members(struct writing *w, struct err *e)
{
	const new_members *members = &w->g->out.members;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < members->n; i++) {
		r = write_member(w, &members->v[i], e);
		if (r < 0)
			err_wrap(e, "/%s",
				 escape_short(slice_str(members->v[i].path)).text);
	}
	return r < 0 ? r : fs_writer_finish(w->w, e);
}

/* Writes into the image. *ret_full: it has no room, and nothing was written. */
static int write_image(struct writing *w, struct blocks *image, bool *ret_full,
		       struct err *e)
{
	step_list steps = {0};
	const char *name = NULL;
	int r = fs_writer_open(image, w->g->a, w->now, &w->w, &name, e);

	*ret_full = false;
	for (size_t i = 0; r >= 0 && i < w->g->out.members.n; i++)
		r = add_step(w, &w->g->out.members.v[i], &steps, e);
	if (r >= 0) {
		r = fs_writer_room(w->w, steps.v, steps.n, e);
		*ret_full = r == -ERR_REFUSED;
	}
	if (r >= 0)
		r = write_members(w, e);
	w->w = fs_writer_free(w->w);
	return r;
}

static int check_ram_disk(const struct adding *g, uint64_t kib, struct err *e)
{
	uint64_t most = ram_disk_kib(g);

	if (kib <= most && kib <= LIMIT_INITRD_IMAGE / 1024)
		return 0;
	return err_set(e, ERR_UNSUPPORTED,
		       "with the drivers it unpacks to more than the %llu KiB that a RAM "
		       "disk of this kernel has: add ramdisk_size=%llu to the kernel's "
		       "command line first",
		       (unsigned long long)most, (unsigned long long)kib);
}

/* Bytes that are added, at least. */
static uint64_t added_bytes(const struct adding *g)
{
	uint64_t n = 0;

	for (size_t i = 0; i < g->out.members.n; i++)
		n += g->out.members.v[i].body.n;
	return n;
}

/* One try with so many bytes; the result is in *buffer. */
static int write_larger(struct writing *w, struct blocks *old, uint64_t size,
			uint8_t **buffer, bool *ret_full, struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *new = NULL;
	uint8_t *bytes = calloc(1, (size_t)size);
	int r = bytes ? blocks_buffer(bytes, (size_t)size, &new, e)
		      : err_set(e, ERR_NOMEM, "out of memory");

	free(*buffer);
	*buffer = bytes;
	*ret_full = false;
	if (r >= 0)
		r = ext_grow(old, new, (uint32_t)w->g->out.members.n, w->now, e);
	return r < 0 ? r : write_image(w, new, ret_full, e);
}

/* Until it fits: how much a file system needs besides its files is only known by trying.
 */
static int write_until_it_fits(struct writing *w, struct blocks *old, uint8_t **buffer,
			       size_t *ret_size, struct err *e)
{
	uint64_t more = added_bytes(w->g) + 32 * 1024, size;
	bool full = true;
	int r = 0;

	for (unsigned i = 0; full && i < TRIES; i++, more += more / 8 + 32 * 1024) {
		size = (old->size + more + 4095) / 4096 * 4096;
		r = check_ram_disk(w->g, size / 1024, e);
		if (r < 0)
			return r;
		err_clear(e);
		r = write_larger(w, old, size, buffer, &full, e);
		*ret_size = (size_t)size;
	}
	return r;
}

static int add_to_image(struct writing *w, uint8_t **buffer, size_t *ret_size,
			struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *old = NULL, *same = NULL;
	struct slice image = w->g->old.image;
	bool full = false;
	int r = blocks_memory(image, &old, e);

	*ret_size = image.n;
	*buffer = malloc(image.n);
	if (r >= 0 && !*buffer)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	memcpy(*buffer, image.p, image.n);
	r = blocks_buffer(*buffer, image.n, &same, e);
	if (r >= 0)
		r = write_image(w, same, &full, e);
	return full ? write_until_it_fits(w, old, buffer, ret_size, e) : r;
}

static int pack(struct adding *g, enum codec codec, struct slice image, struct slice *ret,
		struct err *e)
{
	const void *copy;

	if (codec != CODEC_NONE)
		return codec_encode_all(codec, image, g->a, ret, e);
	copy = arena_memdup(g->a, image.p, image.n);
	*ret = slice_of(copy, copy ? image.n : 0);
	return copy ? 0 : arena_full(g->a, e);
}

int image_pack(struct adding *g, struct initramfs_segment *ret, struct err *e)
{
	struct initramfs_segment s = {
		.whole = true, .codec = g->old.codec, .added = g->out};
	struct writing w = {.g = g, .now = last_write(g->old.image)};
	_cleanup_free_ uint8_t *buffer = NULL;
	size_t size = 0;
	int r;

	if (!codec_encodes(s.codec))
		return err_set(e, ERR_UNSUPPORTED,
			       "the image is compressed by %s, which is not written here",
			       codec_name(s.codec));
	w.made = strmap_new(g->a);
	if (!w.made)
		return arena_full(g->a, e);
	r = add_to_image(&w, &buffer, &size, e);
	if (r >= 0)
		r = pack(g, s.codec, slice_of(buffer, size), &s.bytes, e);
	if (r < 0)
		return err_wrap(e, "ext2 image");
	*ret = s;
	return 0;
}
