/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Drivers are added to any bytes as initramfs of a small guest. Anyone who is root in the
 * guest makes this input. What comes out has to be an initramfs that holds the driver, to
 * which nothing is left to add.
 */
#include <stdlib.h>
#include <string.h>

#include "../../unit/guest/elf-maker.h"
#include "limits.h"
#include "segment/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VER    "6.1.0-9-amd64"
#define FOLDER "lib/modules/" VER

static const char blk[] = "alias=virtio:d00000002v*\0depends=virtio\0name=virtio_blk\0"
			  "vermagic=" VER " SMP ",
		  bus[] = "depends=\0name=virtio\0vermagic=" VER " SMP ";
static struct elf_maker blk_elf = {true, false, 1, 62, .n = 0},
			bus_elf = {true, false, 1, 62, .n = 0};

/* The guest's files by their paths; folders have no body. */
static struct entry {
	const char *path;
	enum node_type type;
	struct slice body;
} entries[] = {
	{"", NODE_DIR, {NULL, 0}},
	{"boot", NODE_DIR, {NULL, 0}},
	{"boot/initrd", NODE_FILE, {NULL, 0}},
	{"lib", NODE_DIR, {NULL, 0}},
	{"lib/modules", NODE_DIR, {NULL, 0}},
	{FOLDER, NODE_DIR, {NULL, 0}},
	{FOLDER "/modules.dep", NODE_FILE, {NULL, 0}},
	{FOLDER "/modules.builtin", NODE_FILE, {NULL, 0}},
	{FOLDER "/virtio_blk.ko", NODE_FILE, {NULL, 0}},
	{FOLDER "/virtio.ko", NODE_FILE, {NULL, 0}},
};
enum { INITRD = 2, DEP = 6, BLK = 8, BUS = 9 };

static int node_of(size_t i, struct node *ret)
{
	*ret = (struct node){i, entries[i].type, entries[i].body.n, 0644};
	return 0;
}

static int root(struct fs *fs, struct node *ret, struct err *e)
{
	(void)fs, (void)e;
	return node_of(0, ret);
}

static int lookup(struct fs *fs, const struct node *dir, struct slice name,
		  struct node *ret, struct err *e)
{
	const char *above = entries[dir->id].path;
	size_t n = strlen(above);

	(void)fs;
	for (size_t i = 1; i < ARRAY_LEN(entries); i++) {
		const char *path = entries[i].path;

		if (strncmp(path, above, n) == 0 && (n == 0 || path[n] == '/') &&
		    slice_eq(name, path + n + (n > 0)))
			return node_of(i, ret);
	}
	return err_set(e, ERR_ABSENT, "no such file");
}

static int list(struct fs *fs, const struct node *dir, fs_entry_fn fn, void *ctx,
		struct err *e)
{
	(void)fs, (void)dir, (void)fn, (void)ctx, (void)e;
	return 0;
}

static int read_bytes(struct fs *fs, const struct node *file, uint64_t off, void *buf,
		      size_t len, struct err *e)
{
	(void)fs, (void)e;
	memcpy(buf, entries[file->id].body.p + off, len);
	return 0;
}

static const struct fs_ops memory_ops = {
	.root = root, .lookup = lookup, .list = list, .read = read_bytes};

struct run {
	struct arena *facts_arena, *scratch, *a;
	struct facts facts;
	struct kernel_fact *kernel;
	struct initramfs_segment segment;
	int r;
};

/* The guest is read, and the segment made. */
static void run_new(struct run *run, struct slice initrd)
{
	static struct fs fs = {.ops = &memory_ops, .type = "memory"};
	static const char *const drivers[] = {"virtio_blk"};
	struct kernel_fact k = {.release = VER,
				.arch = "x86_64",
				.modules_dir = "/" FOLDER,
				.initramfs.path = "/boot/initrd"};
	struct guest g = {.complete = true};
	struct err e = ERR_INIT;
	struct initramfs_wish wish = {0};

	*run = (struct run){.facts_arena = arena_new(LIMIT_FACTS),
			    .scratch = arena_new(LIMIT_SCRATCH),
			    .a = arena_new(LIMIT_ADDING_MEMORY)};
	g.arena = run->facts_arena;
	g.scratch = run->scratch;
	g.facts = &run->facts;
	entries[INITRD].body = initrd;
	if (!run->a || !vec_push(g.arena, &g.facts->asked, drivers[0]) ||
	    !vec_push(g.arena, &wish.drivers, drivers[0]) ||
	    !vec_push(g.arena, &wish.allowed, drivers[0]) ||
	    !vec_push(g.arena, &g.facts->kernels, k) ||
	    tree_new(g.arena, &g.tree, &e) < 0 ||
	    tree_mount(g.tree, "/", &fs, (struct place){"disk", ""}, &e) < 0 ||
	    read_modules.read(&g, &e) < 0)
		abort();
	run->r = read_initramfs.read(&g, &e);
	run->kernel = &g.facts->kernels.v[0];
	if (run->r >= 0)
		run->r = change_initramfs_segment(&g, run->kernel, &wish, run->a,
						  &run->segment, &e);
	if (run->r < 0 && (e.code == ERR_NONE || e.code == ERR_BUG))
		abort();
}

static void run_done(struct run *run)
{
	arena_free(run->facts_arena);
	arena_free(run->scratch);
	arena_free(run->a);
}

/* What came of it, read again. */
static void check(const struct run *before, struct slice initrd)
{
	size_t n = before->segment.bytes.n, old = before->segment.whole ? 0 : initrd.n;
	uint8_t *whole = malloc(old + n);
	const struct module_fact *m;
	struct run after;

	if (!whole)
		abort();
	memcpy(whole, initrd.p, old);
	memcpy(whole + old, before->segment.bytes.p, n);
	run_new(&after, slice_of(whole, old + n));
	m = module_by_name(&after.kernel->initramfs.wanted, "virtio_blk");
	if (after.kernel->initramfs.segments.n < LIMIT_INITRAMFS_SEGMENTS &&
	    (after.r < 0 || after.segment.bytes.n || !m || strcmp(m->state, "file") != 0))
		abort();
	run_done(&after);
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run;

	if (!entries[BLK].body.n) {
		maker_add(&blk_elf, ".modinfo", blk, sizeof(blk));
		maker_add(&bus_elf, ".modinfo", bus, sizeof(bus));
		entries[BLK].body = maker_finish(&blk_elf);
		entries[BUS].body = maker_finish(&bus_elf);
		entries[DEP].body = slice_str("virtio_blk.ko: virtio.ko\nvirtio.ko:\n");
	}
	run_new(&run, slice_of(data, size));
	if (run.r >= 0 && run.segment.bytes.n)
		check(&run, slice_of(data, size));
	run_done(&run);
	return 0;
}
