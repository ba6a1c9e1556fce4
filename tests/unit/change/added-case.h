/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest with one kernel and its initramfs, to which drivers are added: the segment is
 * put behind the initramfs, and all is read again.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../guest/cpio-maker.h"
#include "../guest/elf-maker.h"
#include "../guest/fake-guest.h"
#include "encode.h"
#include "kmod_index.h"
#include "segment/kmod_index_write.h"
#include "segment/old_archive.h"
#include "segment/segment.h"

#define VER    "6.1.0-9-amd64"
#define FOLDER "/lib/modules/" VER "/"
#define INSIDE "usr/lib/modules/" VER "/"
#define MAGIC  "\0vermagic=" VER " SMP mod_unload "

struct added {
	struct fake_guest f;
	struct arena *a;
	struct initramfs_segment segment;
	struct old_archive now; /* the initramfs with the segment */
	struct err e;
	struct elf_maker elf;
	strs allowed;    /* what make_segment() allows */
	edit_refs edits; /* and changes inside */
	int r;
};

static inline void put_module(struct added *t, const char *path, const char *info,
			      size_t n)
{
	t->elf = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(&t->elf, ".modinfo", info, n);
	fake_file(&t->f, path, maker_finish(&t->elf));
}

#define PUT_MODULE(t, path, info) \
	put_module((t), FOLDER path, info MAGIC, sizeof(info MAGIC))

/* A kernel with virtio's modules, ext4 with what it asks for, and a network card. */
static inline void added_new(struct added *t)
{
	struct kernel_fact k = {.release = VER,
				.arch = "x86_64",
				.modules_dir = "/lib/modules/" VER,
				.config = "/boot/config",
				.initramfs.path = "/boot/initrd"};

	*t = (struct added){.a = arena_new(LIMIT_ADDING_MEMORY)};
	fake_new(&t->f);
	PUT_MODULE(t, "kernel/virtio_ring.ko", "depends=\0name=virtio_ring");
	PUT_MODULE(t, "kernel/virtio.ko", "depends=virtio_ring\0name=virtio");
	PUT_MODULE(t, "kernel/drivers/virtio_blk.ko",
		   "alias=virtio:d00000002v*\0depends=virtio,virtio_ring\0"
		   "name=virtio_blk");
	PUT_MODULE(t, "kernel/drivers/xen-blkfront.ko",
		   "alias=xen:vbd\0alias=xenblk\0depends=\0name=xen_blkfront");
	PUT_MODULE(t, "kernel/fs/ext4.ko",
		   "alias=fs-ext4\0depends=\0name=ext4\0softdep=pre: crypto-crc32c");
	PUT_MODULE(t, "kernel/crc32c_generic.ko",
		   "alias=crypto-crc32c\0depends=\0name=crc32c_generic");
	PUT_MODULE(t, "kernel/ena.ko",
		   "alias=pci:v00001D0Fd*\0depends=\0name=ena\0firmware=ena/fw.bin");
	fake_text(&t->f, FOLDER "modules.dep",
		  "kernel/virtio_ring.ko:\n"
		  "kernel/virtio.ko: kernel/virtio_ring.ko\n"
		  "kernel/drivers/virtio_blk.ko: kernel/virtio.ko kernel/virtio_ring.ko\n"
		  "kernel/drivers/xen-blkfront.ko:\nkernel/fs/ext4.ko:\n"
		  "kernel/crc32c_generic.ko:\nkernel/ena.ko:\n");
	fake_text(&t->f, FOLDER "modules.alias",
		  "# comment\nalias crypto_crc32c crc32c_generic\n");
	fake_text(&t->f, FOLDER "modules.symbols",
		  "alias symbol:register_virtio_driver virtio\nalias symbol:x ext4\n");
	fake_text(&t->f, FOLDER "modules.builtin", "kernel/nvme.ko\n");
	fake_text(&t->f, "/boot/config", "CONFIG_RD_GZIP=y\n");
	if (!vec_push(t->f.guest.arena, &t->f.facts.kernels, k))
		abort();
}

static inline void added_done(struct added *t)
{
	fake_done(&t->f);
	arena_free(t->a);
}

static inline struct kernel_fact *added_kernel(struct added *t)
{
	return &t->f.facts.kernels.v[0];
}

/* The archive, with its trailer written here, becomes the initramfs. */
static inline void put_initramfs(struct added *t, struct cpio_maker *m, enum codec codec)
{
	struct slice packed;

	cpio_end(m);
	assert_int_equal(codec_encode_all(codec, cpio_slice(m), t->a, &packed, &t->e), 0);
	fake_file(&t->f, "/boot/initrd", packed);
	cpio_free(m);
}

static inline bool any_body(const void *ctx, struct slice path)
{
	(void)ctx;
	(void)path;
	return true;
}

/* What makes the guest's facts, asked for these modules (NULL ends them). */
static inline void read_guest(struct added *t, const char *const *asked)
{
	struct kernel_fact *k = added_kernel(t);

	/* the tree remembers how large files are */
	fs_free(t->f.fs);
	t->f.fs = NULL;
	t->f.guest.tree = NULL;
	t->f.facts.asked = (strs){0};
	for (; *asked; asked++)
		assert_true(vec_push(t->f.guest.arena, &t->f.facts.asked, *asked));
	k->modules = (module_list){0};
	k->initramfs = (struct initramfs_fact){.path = "/boot/initrd"};
	t->f.guest.complete = true;
	assert_int_equal(fake_read(&t->f, &read_modules), 0);
	assert_int_equal(fake_read(&t->f, &read_initramfs), 0);
}

static inline void make_segment(struct added *t, const char *const *drivers)
{
	struct initramfs_wish wish = {.allowed = t->allowed, .edits = t->edits};

	read_guest(t, drivers);
	for (; *drivers; drivers++)
		assert_true(vec_push(t->a, &wish.drivers, *drivers));
	err_clear(&t->e);
	t->r = change_initramfs_segment(&t->f.guest, added_kernel(t), &wish, t->a,
					&t->segment, &t->e);
}

/* Writes the segment, and reads all again. */
static inline void append_segment(struct added *t, const char *const *drivers)
{
	struct slice old = SLICE_NONE, new = t->segment.bytes;
	struct file f;
	uint8_t *whole;

	if (!t->segment.whole)
		assert_int_equal(tree_read(t->f.guest.tree, "/boot/initrd",
					   LIMIT_TABLE_FILE, t->a, &f, &old, &t->e),
				 0);
	whole = arena_alloc(t->a, old.n + new.n);
	assert_non_null(whole);
	if (old.n)
		memcpy(whole, old.p, old.n);
	memcpy(whole + old.n, new.p, new.n);
	fake_file(&t->f, "/boot/initrd", slice_of(whole, old.n + new.n));
	read_guest(t, drivers);
	assert_int_equal(tree_find(t->f.guest.tree, "/boot/initrd", &f, &t->e), 0);
	if (old_archive_read(&f, any_body, NULL, t->a, &t->now, &t->e) < 0)
		fail_msg("%s", t->e.text);
}

#define DRIVERS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The drivers are added, and the initramfs is whole. */
static inline void add_drivers(struct added *t, const char *const *drivers)
{
	make_segment(t, drivers);
	if (t->r < 0)
		fail_msg("%s", t->e.text);
	append_segment(t, drivers);
	assert_string_equal(added_kernel(t)->initramfs.state, "read");
}

static inline void expect_refused(struct added *t, const char *driver, const char *words)
{
	make_segment(t, DRIVERS(driver));
	assert_true(t->r < 0);
	if (!strstr(t->e.text, words))
		fail_msg("\"%s\" lacks \"%s\"", t->e.text, words);
}

static inline void expect_file(struct added *t, const char *path, const char *text)
{
	struct slice body;

	if (!old_archive_file(&t->now, path, &body))
		fail_msg("no %s", path);
	if (!slice_eq(body, text))
		fail_msg("%s is \"%.*s\"", path, (int)body.n, (const char *)body.p);
}

/* It is there, its indexes name it, and what it needs. */
static inline void expect_inside(struct added *t, const char *module)
{
	const struct initramfs_fact *i = &added_kernel(t)->initramfs;
	const struct module_fact *m = module_by_name(&i->wanted, module);

	if (!m || strcmp(m->state, "file") != 0)
		fail_msg("%s is not inside", module);
	if (m->dep_file_agrees != KNOWN_YES)
		fail_msg("%s: %s", module, m->dep_file_problem);
	assert_true(!m->aliases.n || m->in_alias_file == KNOWN_YES);
	for (size_t n = 0; n < m->depends.n; n++)
		assert_true(strs_has(&i->modules, m->depends.v[n]));
}
