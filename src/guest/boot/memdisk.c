/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memdisk.h"

/* A part of a file as blocks. */
struct file_part {
	struct blocks blocks;
	const struct file *file;
	uint64_t off;
};

static int part_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct file_part *p = (const struct file_part *)b;

	return file_read(p->file, p->off + off, buf, len, e);
}

static const struct blocks_ops part_ops = {.read = part_read};

/* [off, off + size), which lies inside of the file. */
static int open_part(const struct file *file, uint64_t off, uint64_t size,
		     struct blocks **ret, struct err *e)
{
	struct file_part *p = calloc(1, sizeof(*p));

	if (!p)
		return err_set(e, ERR_NOMEM, "out of memory");
	p->blocks = (struct blocks){.ops = &part_ops,
				    .format = "file system inside of GRUB",
				    .size = size,
				    .sector_size = 512};
	p->file = file;
	p->off = off;
	*ret = &p->blocks;
	return 0;
}

static int open_tree(struct guest *g, struct memdisk *m, struct err *e)
{
	const struct place place = {"GRUB's image", ""};
	const char *name = NULL;
	int r = fs_open_tar(m->blocks, &m->fs, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		r = fs_open(m->blocks, g->arena, &m->fs, &name, e);
	}
	if (r >= 0)
		r = tree_new(g->arena, &m->tree, e);
	return r < 0 ? r : tree_mount(m->tree, "/", m->fs, place, e);
}

int memdisk_open(struct guest *g, const struct efi_start *start, struct memdisk *ret,
		 struct err *e)
{
	const struct efi_image *image = &start->image;
	struct memdisk m = {0};
	int r;

	if (image->memdisk_size == 0)
		return 0;
	r = open_part(&start->file, image->memdisk, image->memdisk_size, &m.blocks, e);
	if (r < 0)
		return r;
	if (open_tree(g, &m, &m.why) < 0)
		err_wrap(&m.why, "the file system inside of GRUB");
	/* GRUB may know what is not known here: its files are not absent. */
	if (m.why.code == ERR_ABSENT)
		m.why.code = ERR_UNSUPPORTED;
	r = -(int)m.why.code;
	if (r == -ERR_NOMEM || r == -ERR_IO || r == -ERR_BUG) {
		*e = m.why;
		memdisk_done(&m);
		return r;
	}
	*ret = m;
	return 0;
}

void memdisk_done(struct memdisk *m)
{
	fs_free(m->fs);
	blocks_free(m->blocks);
}

int memdisk_find(const struct memdisk *m, const char *path, struct file *ret,
		 struct err *e)
{
	if (m->why.code != ERR_NONE) {
		*e = m->why;
		return -(int)e->code;
	}
	return m->tree ? tree_find(m->tree, path, ret, e)
		       : err_set(e, ERR_ABSENT, "GRUB has no memdisk");
}
