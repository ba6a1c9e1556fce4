/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shows what the readers see of an image, for oracle.py to compare with what the standard
 * tools see.
 *   fs-dump list IMAGE|DIRECTORY   every file: "TYPE PATH SIZE CRC-OR-TARGET"; names are
 *                                  in hex
 *   fs-dump tar ARCHIVE            the same of a tar archive
 *   fs-dump blocks IMAGE           the image with its journal replayed, on stdout
 *   fs-dump identify IMAGE         "NAME UUID LABEL"
 *   fs-dump find IMAGE PATH        that file alone, as in the list
 *   fs-dump options IMAGE OPTIONS  the list of the tree of files that they choose
 *   fs-dump systems IMAGE          the paths of those that may hold a system
 *   fs-dump devices IMAGE...       the list of what lies on several
 *   fs-dump damaged IMAGE...       the same; where files lie may be a damaged copy
 * A failure is "error CODE TEXT" and exit status 1.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "ext.h"
#include "limits.h"
#include "tree.h"

enum { PIECE = 100000, READ_MAX = 128 * 1024 * 1024 };

static struct arena *arena;
static bool damaged;

static int complain(const char *about, const struct err *e)
{
	printf("error %s %s%s%s\n", err_code_name(e->code), about, *about ? " " : "",
	       e->text);
	return 1;
}

static void print_hex(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", (unsigned)slice_at(s, i));
}

/* The bytes that file_where() leads to, up to the size of the file. */
struct found {
	uint64_t size, n;
	uLong crc;
};

static int add_found(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		     struct err *e)
{
	struct found *found = ctx;
	static uint8_t piece[PIECE];

	while (len) {
		size_t n = len < PIECE ? (size_t)len : PIECE;
		uint64_t left = found->size > found->n ? found->size - found->n : 0;
		int r = blocks_read(b, off, piece, n, e);

		if (r < 0)
			return r;
		b->reads--; /* the oracle counts those of the file system */
		b->bytes -= n;
		found->crc = crc32_z(found->crc, piece, left < n ? (size_t)left : n);
		found->n += n;
		off += n;
		len -= n;
	}
	return 0;
}

/* The bytes on the disk must be the file's, unless it has holes or the journal holds some
 * of them. */
static int check_where(const struct file *f, uLong crc, struct err *e)
{
	struct found found = {.size = f->node.size, .crc = crc32(0, NULL, 0)};
	bool replayed =
		damaged || (f->fs->journal && strcmp(f->fs->journal, "replayed") == 0);
	int r = file_where(f, add_found, &found, e);

	if (r < 0 && e->code == ERR_UNSUPPORTED) {
		err_clear(e);
		return 0;
	}
	if (r >= 0 && found.n >= found.size && !replayed && found.crc != crc)
		return err_set(e, ERR_BUG, "it lies elsewhere");
	return r;
}

/* Reads whole and in pieces; both must agree. */
static int print_file(const struct file *f, struct err *e)
{
	struct arena_mark mark = arena_mark(arena);
	struct slice whole;
	uLong crc = crc32(0, NULL, 0), pieces = crc;
	static uint8_t piece[PIECE];
	int r = file_read_all(f, READ_MAX, arena, &whole, e);

	if (r >= 0)
		crc = crc32_z(crc, whole.p, whole.n);
	for (uint64_t off = 0; r >= 0 && off < f->node.size;) {
		size_t n =
			f->node.size - off < PIECE ? (size_t)(f->node.size - off) : PIECE;

		r = file_read(f, off, piece, n, e);
		pieces = crc32_z(pieces, piece, n);
		off += n;
	}
	if (r >= 0 && crc != pieces)
		r = err_set(e, ERR_BUG, "pieces differ from the whole");
	if (r >= 0)
		r = check_where(f, crc, e);
	if (r >= 0)
		printf("%08lx", crc);
	arena_rewind(arena, mark);
	return r;
}

static int print_one(struct tree *t, const char *path, int *bad)
{
	static const char letters[] = {'f', 'd', 'l', 'o'};
	struct err e = ERR_INIT;
	struct file f;
	const char *target;
	int r = tree_find_link(t, path, &f, &e);

	if (r >= 0) {
		printf("%c ", letters[f.node.type]);
		print_hex(slice_str(path));
		printf(" %" PRIu64 " ", f.node.type == NODE_DIR ? 0 : f.node.size);
		if (f.node.type == NODE_FILE)
			r = print_file(&f, &e);
		if (f.node.type == NODE_SYMLINK) {
			r = tree_readlink(t, &f, &target, &e);
			if (r >= 0)
				print_hex(slice_str(target));
		}
		printf("\n");
	}
	if (r < 0)
		*bad |= complain("", &e);
	return r >= 0 && f.node.type == NODE_DIR;
}

static void print_dir(struct tree *t, const char *path, unsigned depth, int *bad)
{
	struct err e = ERR_INIT;
	dir_list list;

	if (!print_one(t, path, bad) || depth > 20)
		return;
	if (tree_list(t, path, &list, &e) < 0) {
		*bad |= complain("", &e);
		return;
	}
	for (size_t i = 0; i < list.n; i++) {
		const char *below =
			arena_printf(arena, "%s/%s", path[1] ? path : "", list.v[i].name);

		if (!below)
			return;
		print_dir(t, below, depth + 1, bad);
	}
}

static int list(struct fs *fs, const char *only)
{
	struct err e = ERR_INIT;
	struct tree *t;
	int bad = 0;

	printf("fs %s %s %s %s\n", fs->type, fs->uuid ? fs->uuid : "-",
	       fs->label ? fs->label : "-", fs->journal ? fs->journal : "-");
	for (size_t i = 0; i < fs->remarks.n; i++)
		printf("remark %s\n", fs->remarks.v[i]);
	if (tree_new(arena, &t, &e) < 0 ||
	    tree_mount(t, "/", fs, (struct place){"disk", ""}, &e) < 0)
		return complain("", &e);
	if (only)
		print_one(t, only, &bad);
	else
		print_dir(t, "/", 0, &bad);
	return bad;
}

static int write_blocks(struct fs *fs)
{
	static uint8_t piece[1 << 20];
	struct blocks *b = ((struct ext *)fs)->io.blocks;
	struct err e = ERR_INIT;

	for (uint64_t off = 0; off < b->size;) {
		size_t n = b->size - off < sizeof(piece) ? (size_t)(b->size - off)
							 : sizeof(piece);

		if (blocks_read(b, off, piece, n, &e) < 0)
			return complain("", &e);
		if (fwrite(piece, 1, n, stdout) != n)
			return 1;
		off += n;
	}
	return 0;
}

static int identify(struct blocks *b)
{
	struct fs_identity id;
	struct err e = ERR_INIT;

	if (fs_identify(b, arena, &id, &e) < 0)
		return complain("", &e);
	printf("%s %s %s\n", id.name, id.uuid ? id.uuid : "-", id.label ? id.label : "-");
	return 0;
}

/* In KiB. What getrusage() says includes the process that started this one. */
static long peak_memory(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[200];
	long peak = 0;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak = strtol(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return peak;
}

static int print_system(_unused_ void *ctx, struct fs *fs, _unused_ struct err *e)
{
	printf("system %s\n", fs->subvolume ? fs->subvolume : "-");
	return 0;
}

static int options(struct fs *fs, const char *text)
{
	struct err e = ERR_INIT;
	struct fs *chosen = NULL;

	if (fs_choose(fs, text, &chosen, &e) < 0)
		return complain("", &e);
	return list(chosen, NULL);
}

static int stored(struct fs *fs)
{
	struct err e = ERR_INIT;
	struct fs *as_stored = NULL;

	return fs_as_stored(fs, &as_stored, &e) < 0 ? complain("", &e)
						    : list(as_stored, NULL);
}

static int show(const char *verb, struct fs *fs, const char *more)
{
	struct err e = ERR_INIT;

	if (strcmp(verb, "systems") == 0)
		return fs_systems(fs, print_system, NULL, &e) < 0 ? complain("", &e) : 0;
	if (strcmp(verb, "options") == 0)
		return options(fs, more);
	if (strcmp(verb, "stored") == 0)
		return stored(fs);
	return strcmp(verb, "blocks") == 0 ? write_blocks(fs) : list(fs, more);
}

static int run_devices(char **paths, size_t n)
{
	static struct blocks *devices[64];
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct fs_identity id = {0};
	struct err e = ERR_INIT;
	int r = n > 0 && n <= ARRAY_LEN(devices) ? 0 : -1;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		r = fd < 0 ? -1 : blocks_raw(fd, &devices[i], &e);
	}
	if (r >= 0)
		r = fs_identify(devices[0], arena, &id, &e);
	if (r >= 0)
		r = fs_open_members(devices, n, id.name, arena, &fs, &e);
	r = r < 0 ? complain("", &e) : list(fs, NULL);
	for (size_t i = 0; fs && i < fs->missing.n; i++)
		printf("missing %s\n", fs->missing.v[i]);
	for (size_t i = 0; i < n; i++)
		devices[i] = blocks_free(devices[i]);
	return r;
}

static int run(const char *verb, const char *path, int fd, bool is_dir)
{
	_cleanup_(blocks_freep) struct blocks *b = NULL;
	_cleanup_(fs_freep) struct fs *fs = NULL;
	struct err e = ERR_INIT;
	const char *name = "-";
	int r = is_dir ? fs_open_directory(fd, arena, &fs, &e) : blocks_raw(fd, &b, &e);

	if (r >= 0 && b && strcmp(verb, "identify") == 0)
		return identify(b);
	if (r >= 0 && b)
		r = strcmp(verb, "tar") == 0 ? fs_open_tar(b, &fs, &e)
					     : fs_open(b, arena, &fs, &name, &e);
	if (r < 0)
		return complain(name, &e);
	r = show(verb, fs, path);
	if (b)
		fprintf(stderr, "reads %" PRIu64 " bytes %" PRIu64 " peak %ld\n",
			b->reads, b->bytes, peak_memory());
	return r;
}

int main(int argc, char **argv)
{
	struct stat st;
	bool devices = argc > 2 && (strcmp(argv[1], "devices") == 0 ||
				    strcmp(argv[1], "damaged") == 0);
	int fd = !devices && (argc == 3 || argc == 4)
			 ? open(argv[2], O_RDONLY | O_CLOEXEC)
			 : -1;
	int r;

	if (!devices && (fd < 0 || fstat(fd, &st) < 0)) {
		fprintf(stderr, "usage: fs-dump list|tar|blocks|identify|stored|systems "
				"IMAGE, find "
				"IMAGE PATH, options IMAGE OPTIONS, or devices|damaged "
				"IMAGE...\n");
		return 2;
	}
	damaged = devices && strcmp(argv[1], "damaged") == 0;
	arena = arena_new((size_t)1 << 30);
	if (!arena)
		return 2;
	r = devices ? run_devices(argv + 2, (size_t)argc - 2)
		    : run(argv[1], argc == 4 ? argv[3] : NULL, fd, S_ISDIR(st.st_mode));
	arena_free(arena);
	return r;
}
