/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel and the initramfs of a direct boot. They are copied out of the disks by a
 * worker, into files without a name that are sealed before anybody else reads them.
 */
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "checked.h"
#include "escape.h"
#include "job.h"
#include "kernel_image.h"
#include "limits.h"
#include "unified.h"

enum {
	PIECE = 256 * 1024, /* read and written at a time */
	ALIGN = 4,          /* where the next of several archives starts, as with GRUB */
};

/* What a worker copies, one file behind the other. */
struct order {
	struct paravet *handle;
	const strs *paths;
	bool kernel; /* it has to be an x86 boot image */
	struct sandbox_scratch to;
};

static int check_kernel(struct job *job, const struct file *f, struct err *e)
{
	struct file_bytes bytes = file_bytes_of(f);
	struct kernel_image image;
	int r = kernel_image_read(&bytes, job->scratch, &image, e);

	if (r >= 0 && strcmp(image.kind, "x86 boot image") != 0)
		r = err_set(e, ERR_UNSUPPORTED,
			    "QEMU loads x86 boot images, and this is not one: %s",
			    image.kind);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(f->path)).text) : 0;
}

static int put(const struct order *o, uint64_t at, const uint8_t *buf, size_t n,
	       struct err *e)
{
	while (n) {
		ssize_t done = pwrite(o->to.fd, buf, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_set(e, ERR_IO, "cannot keep the copy: %s",
				       strerror(errno));
		buf += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

static int copy_file(struct job *job, const struct order *o, const struct file *f,
		     uint64_t *at, struct err *e)
{
	uint8_t *buf = arena_alloc(job->scratch, PIECE);
	uint64_t size = f->node.size;

	if (!buf)
		return arena_full(job->scratch, e);
	if (!range_fits(*at, size, o->to.max))
		return err_set(
			e, ERR_LIMIT, "%s: has %llu bytes; at most %llu MiB are loaded",
			escape_short(slice_str(f->path)).text, (unsigned long long)size,
			(unsigned long long)o->to.max >> 20);
	for (uint64_t off = 0; off < size; off += PIECE) {
		size_t n = size - off < PIECE ? (size_t)(size - off) : PIECE;
		int r = file_read(f, off, buf, n, e);

		if (r >= 0)
			r = put(o, *at + off, buf, n, e);
		if (r < 0)
			return r;
	}
	*at += (size + ALIGN - 1) / ALIGN * ALIGN;
	return 0;
}

static int copy_path(struct job *job, struct guest *g, const struct order *o,
		     const char *path, uint64_t *at, struct err *e)
{
	struct file f;
	int r = tree_find(g->tree, path, &f, e);

	if (r < 0)
		return r;
	if (f.node.type != NODE_FILE)
		return err_set(e, ERR_ABSENT, "%s: not a regular file",
			       escape_short(slice_str(f.path)).text);
	r = unified_part(&f, o->kernel ? UNIFIED_KERNEL : UNIFIED_INITRAMFS, job->scratch,
			 NULL, e);
	if (r >= 0 && o->kernel)
		r = check_kernel(job, &f, e);
	return r < 0 ? r : copy_file(job, o, &f, at, e);
}

static int copy_all(struct job *job, const struct order *o, struct err *e)
{
	struct facts facts = {0};
	struct guest g = {.arena = job->arena, .scratch = job->scratch, .facts = &facts};
	uint64_t at = 0;
	int r = job_assemble(job, &g, e);

	if (r >= 0 && !g.tree)
		r = err_set(e, ERR_ABSENT, "no file system of the guest was found");
	for (size_t i = 0; r >= 0 && i < o->paths->n; i++)
		r = copy_path(job, &g, o, o->paths->v[i], &at, e);
	return r;
}

static int copy_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	const struct order *o = ctx;
	_cleanup_(job_done) struct job job = {0};
	struct err why = ERR_INIT;
	int r = job_new(o->handle, box, &job, e);

	if (r < 0)
		return r;
	if (copy_all(&job, o, &why) < 0)
		job_failed(&why, out);
	else
		strbuf_char(out, 'F');
	return 0;
}

static int run_copy(struct paravet *p, struct order *o, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_TEXT);
	struct slice body;
	int r = job_open_disks(p, e);

	if (r >= 0)
		r = job_run(p, copy_job, o,
			    (struct job_files){.list = &o->to, .n = 1, .keys = true},
			    &result, e);
	handle_close_inputs(p);
	return r < 0 ? r : job_result(&result, &body, e);
}

/* The files as one, which nobody can change any more. */
static int copy_files(struct paravet *p, const strs *paths, bool kernel, int *ret_fd,
		      struct err *e)
{
	_cleanup_close_ int fd =
		memfd_create("paravet-direct", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct order o = {
		.handle = p,
		.paths = paths,
		.kernel = kernel,
		.to = {fd, kernel ? LIMIT_DIRECT_KERNEL : LIMIT_DIRECT_INITRAMFS}};
	int r = fd < 0 ? err_set(e, ERR_IO, "memfd: %s", strerror(errno))
		       : run_copy(p, &o, e);

	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_set(e, ERR_IO, "memfd: %s", strerror(errno));
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* What is wrong with the guest's files is no failure of this program. */
static int tell_why(struct paravet *p, const struct err *why, struct direct *d,
		    struct err *e)
{
	if (why->code == ERR_PROGRAM || why->code == ERR_NOMEM) {
		*e = *why;
		return -(int)why->code;
	}
	d->not_provable =
		arena_printf(p->arena, "the kernel cannot be loaded: %s", why->text);
	return d->not_provable ? 0 : arena_full(p->arena, e);
}

int proving_load(struct paravet *p, struct direct *ret, struct err *e)
{
	struct err why = ERR_INIT;
	strs kernel = {0};
	int r = direct_choose(&p->facts, p->arena, ret, e);

	if (r < 0 || ret->not_provable || p->root)
		return r;
	if (!vec_push(p->arena, &kernel, ret->kernel))
		return arena_full(p->arena, e);
	r = copy_files(p, &kernel, true, &ret->kernel_fd, &why);
	if (r >= 0 && ret->initramfs.n)
		r = copy_files(p, &ret->initramfs, false, &ret->initramfs_fd, &why);
	return r < 0 ? tell_why(p, &why, ret, e) : 0;
}
