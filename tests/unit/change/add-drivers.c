/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What would be written to add drivers to the initramfs that starts by default:
 * add-drivers DISK|FOLDER SEGMENT-FILE DRIVER... prints where the segment goes, "path
 * FILE", "at BYTE", "codec NAME" and the names of what is in it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assembly.h"
#include "image.h"
#include "initramfs.h"
#include "limits.h"

static int fail(const struct err *e)
{
	fprintf(stderr, "%s: %s\n", err_code_name(e->code), e->text);
	return 1;
}

static int open_disk(const char *name, struct arena *a, struct assembly_disk *ret,
		     struct err *e)
{
	struct blocks_opener nobody = {NULL, NULL};
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	*ret = (struct assembly_disk){.name = name};
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, ERR_IO, "%s cannot be opened", name);
	if (S_ISDIR(st.st_mode))
		return fs_open_directory(fd, a, &ret->directory, e);
	return blocks_open(fd, NULL, &nobody, a, &ret->chain, &ret->blocks, e);
}

static int print_segment(const char *file, const struct kernel_fact *k,
			 const struct initramfs_segment *s)
{
	FILE *out = fopen(file, "wb");

	if (!out ||
	    (s->bytes.n && fwrite(s->bytes.p, 1, s->bytes.n, out) != s->bytes.n) ||
	    fclose(out) != 0)
		return 1;
	printf("path %s\nat %" PRIu64 "\n", k->initramfs.source.path, s->at);
	if (s->bytes.n)
		printf("codec %s\n", codec_name(s->codec));
	for (size_t i = 0; i < s->added.modules.n; i++)
		printf("module %s\n", s->added.modules.v[i]);
	for (size_t i = 0; i < s->added.files.n; i++)
		printf("file %s\n", s->added.files.v[i]);
	return 0;
}

static int add(struct guest *g, char **drivers, const char *file, struct err *e)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_ADDING_MEMORY);
	struct initramfs_segment segment;
	const struct kernel_fact *k;
	strs names = {0};

	k = facts_default_kernel(g->facts);
	if (!a || !k)
		return err_set(e, ERR_ABSENT, "no kernel that starts by default");
	for (; *drivers; drivers++)
		if (!vec_push(a, &names, (const char *)*drivers))
			return arena_full(a, e);
	if (change_initramfs_segment(g, k, &names, a, &segment, e) < 0)
		return -(int)e->code;
	return print_segment(file, k, &segment);
}

int main(int argc, char **argv)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_FACTS);
	_cleanup_arena_ struct arena *scratch = arena_new(LIMIT_SCRATCH);
	struct facts facts = {0};
	struct guest g = {.arena = a, .scratch = scratch, .facts = &facts};
	struct assembly assembly = {0};
	struct assembly_disk disk;
	struct err e = ERR_INIT;
	int r;

	if (argc < 4 || !a || !scratch)
		return 64;
	for (int i = 3; i < argc; i++)
		if (!vec_push(a, &facts.asked, (const char *)argv[i]))
			return 70;
	r = open_disk(argv[1], a, &disk, &e);
	if (r >= 0)
		r = assembly_build(&assembly, &disk, 1, &g, &e);
	if (r >= 0 && !g.tree)
		r = err_set(&e, ERR_ABSENT, "no root file system");
	if (r >= 0)
		r = guest_read(&g, &e);
	if (r >= 0)
		r = add(&g, argv + 3, argv[2], &e);
	if (r < 0)
		r = fail(&e);
	assembly_done(&assembly);
	blocks_free(disk.blocks);
	return r;
}
