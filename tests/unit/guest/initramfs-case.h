/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an initramfs from memory, in pieces of a chosen size, for the tests. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpio-maker.h"
#include "elf-maker.h"
#include "index-maker.h"
#include "initramfs.h"
#include "limits.h"

struct run {
	struct arena *arena;
	struct initramfs_fact fact;
	struct foreign_copies foreign;
	struct err e;
	int r;
};

struct run_input {
	struct slice left;
	size_t step;
	uint8_t *piece;
};

static inline int run_fill(void *ctx, struct slice *ret, struct err *e)
{
	struct run_input *in = ctx;
	size_t n = in->left.n < in->step ? in->left.n : in->step;

	(void)e;
	free(in->piece);
	in->piece = malloc(n ? n : 1);
	assert_non_null(in->piece);
	if (n)
		memcpy(in->piece, in->left.p, n);
	*ret = slice_of(in->piece, n);
	in->left = slice_of(in->left.p + n, in->left.n - n);
	return 0;
}

struct how {
	size_t step; /* 0: all at once */
	bool partly_allowed;
	uint64_t size; /* 0: that of the bytes */
	const packed_modules *packed;
};

static const char *const run_wanted[] = {"virtio_blk", "xen-blkfront", "virtio_pci"};

static inline struct run run_with(struct slice bytes, struct how how)
{
	struct run_input in = {bytes, how.step ? how.step : SIZE_MAX, NULL};
	struct arena *scratch = arena_new(LIMIT_SCRATCH);
	struct run run = {.arena = arena_new(LIMIT_FACTS)};
	strs wanted = {0};
	struct initramfs_order order = {&wanted, !how.partly_allowed, how.packed};

	assert_non_null(run.arena);
	assert_non_null(scratch);
	for (size_t i = 0; i < ARRAY_LEN(run_wanted); i++)
		assert_true(vec_push(scratch, &wanted, run_wanted[i]));
	run.r = initramfs_read((struct codec_input){run_fill, &in},
			       how.size ? how.size : bytes.n, &order, run.arena, scratch,
			       &run.fact, &run.foreign, &run.e);
	arena_free(scratch);
	free(in.piece);
	return run;
}

static inline struct run run_bytes(struct slice bytes)
{
	return run_with(bytes, (struct how){0});
}

static inline void run_done(struct run *run)
{
	run->arena = arena_free(run->arena);
}

/* It must be broken, for a reason with these words in it. */
static inline void expect_broken(struct slice bytes, const char *words)
{
	struct run run = run_bytes(bytes);

	assert_int_equal(run.r, 0);
	assert_string_equal(run.fact.state, "broken");
	if (!strstr(run.fact.problem, words))
		fail_msg("\"%s\" lacks \"%s\"", run.fact.problem, words);
	run_done(&run);
}

/* The element of a wanted module. */
static inline const struct module_fact *run_module(const struct run *run,
						   const char *name)
{
	const struct module_fact *m = module_by_name(&run->fact.wanted, name);

	assert_non_null(m);
	return m;
}

/* A module file; the maker holds its bytes. */
static inline struct slice make_module(struct elf_maker *m, const char *modinfo, size_t n)
{
	*m = (struct elf_maker){true, false, 1, 62, .n = 0};
	maker_add(m, ".modinfo", modinfo, n);
	return maker_finish(m);
}

#define VIRTIO_BLK \
	"license=GPL\0alias=virtio:d00000002v*\0depends=virtio,virtio_ring\0" \
	"name=virtio_blk\0vermagic=6.1.0-9-amd64 SMP "
#define MODULES "usr/lib/modules/6.1.0-9-amd64/"

static inline void cpio_module(struct cpio_maker *m, const char *name)
{
	struct elf_maker elf;

	cpio_file(m, name, make_module(&elf, VIRTIO_BLK, sizeof(VIRTIO_BLK)));
}

static inline void cpio_index(struct cpio_maker *m, const char *name,
			      const struct index_pair *pairs, size_t n)
{
	struct index_maker index;

	cpio_file(m, name, make_index(&index, pairs, n));
}

/* What depmod writes for the two modules below. */
static const struct index_pair run_dep[] = {
	{"virtio_blk",
	 "kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko "
	 "kernel/drivers/virtio/virtio_ring.ko"},
	{"xen_blkfront", "kernel/drivers/block/xen-blkfront.ko:"},
};
static const struct index_pair run_alias[] = {
	{"virtio:d00000002v*", "virtio_blk"},
	{"virtio:d00000002v*", "xen_blkfront"},
};

/* An archive as initramfs-tools makes it, without its trailer. */
static inline void cpio_debian(struct cpio_maker *m)
{
	cpio_dir(m, ".");
	cpio_text(m, "conf/initramfs.conf", "# comment\nMODULES=most\nBUSYBOX=auto\n");
	cpio_text(m, "conf/modules", "# comment\nvirtio-net\nunix\n");
	cpio_text(m, "etc/modprobe.d/amd.conf", "blacklist amd64_edac\n");
	cpio_text(m, "init", "#!/bin/sh\necho hello\n");
	cpio_symlink(m, "lib", "usr/lib");
	cpio_text(m, "scripts/init-top/udev", "#!/bin/sh\n");
	cpio_text(m, "usr/bin/kmod", "ELF");
	cpio_text(m, "usr/lib/modprobe.d/old", "blacklist nothing\n");
	cpio_dir(m, MODULES);
	cpio_module(m, MODULES "kernel/drivers/block/virtio_blk.ko");
	cpio_module(m, MODULES "kernel/drivers/block/xen-blkfront.ko");
	cpio_text(m, MODULES "modules.alias", "alias virtio:d2v* virtio_blk\n");
	cpio_index(m, MODULES "modules.alias.bin", run_alias, ARRAY_LEN(run_alias));
	cpio_text(m, MODULES "modules.builtin", "kernel/drivers/virtio/virtio_pci.ko\n");
	cpio_text(m, MODULES "modules.dep", "\n");
	cpio_index(m, MODULES "modules.dep.bin", run_dep, ARRAY_LEN(run_dep));
	cpio_text(m, "usr/sbin/last", "");
}
