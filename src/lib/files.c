/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only place where this library opens files that somebody names. Everything is opened
 * without blocking, and read-only but for what is to be changed; the worker gets
 * descriptors and never a path.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"

static enum err_code code_of_errno(int error)
{
	return error == ENOENT || error == ENOTDIR ? ERR_ABSENT
	       : error == EACCES || error == EPERM ? ERR_REFUSED
						   : ERR_IO;
}

static const char *advice_of_errno(int error)
{
	return error == ENOENT   ? ": check the name"
	       : error == EACCES ? ": read access to it is needed"
	       : error == EBUSY  ? ": it is mounted, or part of another device"
				 : "";
}

/* The folder that an open file really lies in, whatever links led there. */
static int real_dir(struct paravet *p, int fd, const char **ret_path,
		    const char **ret_dir, struct err *e)
{
	char link[64], path[LIMIT_PATH + 1];
	ssize_t n;
	char *slash;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return err_set(e, ERR_IO,
			       "cannot tell where the file lies: %s (is /proc mounted?)",
			       strerror(errno));
	path[n] = '\0';
	*ret_path = arena_strdup(p->arena, path);
	slash = strrchr(path, '/');
	if (slash)
		*(slash == path ? slash + 1 : slash) = '\0';
	*ret_dir = arena_strdup(p->arena, path);
	return *ret_path && *ret_dir ? 0 : arena_full(p->arena, e);
}

static const char *kind_of(mode_t mode)
{
	return S_ISDIR(mode)    ? "a directory: use --root for a directory"
	       : S_ISFIFO(mode) ? "a fifo: save it to a file first"
	       : S_ISSOCK(mode) ? "a socket: a disk image or block device is needed"
	       : S_ISCHR(mode)
		       ? "a character device: a disk image or block device is needed"
		       : "not a disk image or block device";
}

/* May this file be opened for that image, or description? NULL: any may. */
struct policy {
	int (*check)(const struct paravet *p, const struct opened *from,
		     const struct opened *file, struct err *e);
	const struct opened *from;
};

static int fail(int error, struct err *e)
{
	return err_set(e, code_of_errno(error), "%s%s", strerror(error),
		       advice_of_errno(error));
}

/* Looks at a file before it is opened: opening alone starts a watchdog or rewinds a
 * tape. */
static int see(const char *path, struct stat *ret, int *ret_fd, struct err *e)
{
	*ret_fd = open(path, O_PATH | O_CLOEXEC);
	if (*ret_fd < 0)
		return fail(errno, e);
	return fstat(*ret_fd, ret) < 0 ? err_set(e, ERR_IO, "%s", strerror(errno)) : 0;
}

/* Opens what was seen, whatever has that name by now. */
static int open_seen(int seen, int flags)
{
	char same[64];

	snprintf(same, sizeof(same), "/proc/self/fd/%d", seen);
	return open(same, flags | O_CLOEXEC | O_NOCTTY);
}

/* What was seen is there, whatever the error says: what leads to it is not. */
static int fail_seen(int error, struct err *e)
{
	return error == ENOENT
		       ? err_set(e, ERR_IO, "cannot open it: %s (is /proc mounted?)",
				 strerror(error))
		       : fail(error, e);
}

static int see_disk(const char *path, struct stat *ret, int *ret_fd, struct err *e)
{
	int r = see(path, ret, ret_fd, e);

	return r >= 0 && !S_ISREG(ret->st_mode) && !S_ISBLK(ret->st_mode)
		       ? err_set(e, ERR_REFUSED, "it is %s", kind_of(ret->st_mode))
		       : r;
}

static int look_at(struct paravet *p, const char *path, const struct policy *policy,
		   struct opened *ret, int *ret_fd, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r = see_disk(path, &st, &fd, e);

	if (r >= 0)
		r = real_dir(p, fd, &ret->path, &ret->dir, e);
	if (r >= 0 && policy)
		r = policy->check(p, policy->from, ret, e);
	if (r < 0)
		return r;
	ret->dev = st.st_dev;
	ret->ino = st.st_ino;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int open_file(struct paravet *p, const char *path, const struct policy *policy,
		     int *ret_fd, struct err *e)
{
	_cleanup_close_ int seen = -1, fd = -1;
	struct opened o = {0};
	int r = look_at(p, path, policy, &o, &seen, e);

	if (r < 0)
		return r;
	fd = open_seen(seen, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fail_seen(errno, e);
	if (!vec_push(p->arena, &p->opened, o))
		return arena_full(p->arena, e);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* It is reached when the worker asks for it (serving.c), each time anew. */
static int note_remote(struct paravet *p, struct disk_input *d, struct err *e)
{
	struct remote *r = arena_new_of(p->arena, struct remote);
	struct opened o = {.path = d->name, .dir = "", .remote = r};

	if (!r)
		return arena_full(p->arena, e);
	if (remote_parse(d->name, p->arena, r, e) < 0)
		return -(int)e->code;
	if (!r->path && d->format && strcmp(d->format, "raw") != 0)
		return err_set(
			e, ERR_UNSUPPORTED,
			"what an NBD server offers is read as a raw disk: a server "
			"that reads the image offers that");
	d->remote = r;
	return vec_push(p->arena, &p->opened, o) ? 0 : arena_full(p->arena, e);
}

static int name_disk(struct paravet *p, const char *name, const char *format,
		     struct disk_input *ret, struct err *e)
{
	struct disk_input d = {.fd = -1, .prove_fd = -1};

	if (p->disks.n == LIMIT_DISKS)
		return err_set(e, ERR_USAGE, "more than %d disks", LIMIT_DISKS);
	d.name = arena_strdup(p->arena, name);
	d.format = format ? arena_strdup(p->arena, format) : NULL;
	if (!d.name || (format && !d.format))
		return arena_full(p->arena, e);
	*ret = d;
	return 0;
}

static int add_disk(struct paravet *p, struct disk_input *d, struct err *e)
{
	if (vec_push(p->arena, &p->disks, *d))
		return 0;
	cleanup_close(&d->fd);
	return arena_full(p->arena, e);
}

/* Was this file opened before? Its number, or 0. */
static unsigned number_of(const struct paravet *p, const struct opened *file)
{
	for (size_t i = 0; i < p->opened.n; i++)
		if (p->opened.v[i].dev == file->dev && p->opened.v[i].ino == file->ino &&
		    !p->opened.v[i].remote && &p->opened.v[i] != file)
			return (unsigned)i + 1;
	return 0;
}

/* Every volume of a disk that is there twice would be found twice. It was opened last. */
static int check_new(struct paravet *p, const char *path, struct err *e)
{
	unsigned seen = number_of(p, &p->opened.v[p->opened.n - 1]);
	const char *other = seen && seen <= p->disks.n ? p->disks.v[seen - 1].name : path;
	struct escaped name = escape_short(slice_str(path));

	if (!seen)
		return 0;
	p->opened.n--;
	if (strcmp(other, path) == 0)
		return err_set(e, ERR_USAGE, "%s is named twice: name each disk once",
			       name.text);
	return err_set(e, ERR_USAGE, "%s is the same disk as %s: name each disk once",
		       name.text, escape_short(slice_str(other)).text);
}

static int add_new(struct paravet *p, const char *path, struct disk_input *d,
		   struct err *e)
{
	int r = check_new(p, path, e);

	if (r >= 0)
		return add_disk(p, d, e);
	cleanup_close(&d->fd);
	return r;
}

int files_open_disk(struct paravet *p, const char *path, const char *format,
		    struct err *e)
{
	struct disk_input d;
	int r = name_disk(p, path, format, &d, e);

	if (r < 0)
		return r;
	r = remote_is_uri(path) ? note_remote(p, &d, e)
				: open_file(p, path, NULL, &d.fd, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	return add_new(p, path, &d, e);
}

int files_open_machine(struct paravet *p, const char *path, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int r = open_file(p, path, NULL, &fd, e);

	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	/* The files counted there are disks and what lies behind them. */
	p->machine_origin = p->opened.v[--p->opened.n];
	p->machine = arena_strdup(p->arena, path);
	if (!p->machine)
		return arena_full(p->arena, e);
	p->machine_fd = TAKE_FD(fd);
	return 0;
}

/* Is a folder that one, or in it? Both are real names. */
static bool lies_in(const char *folder, const char *within)
{
	struct slice rest;

	return slice_after(slice_str(folder), within, &rest) &&
	       (rest.n == 0 || slice_at(rest, 0) == '/' || strcmp(within, "/") == 0);
}

static int check_found(const struct paravet *p, const struct opened *from,
		       const struct opened *file, struct err *e)
{
	/* libvirt has these files open for its machines: it is believed. */
	if (p->backing == PARAVET_BACKING_ANY || p->domain ||
	    lies_in(file->dir, from->dir))
		return 0;
	return err_set(e, ERR_REFUSED,
		       "it lies outside of the folder of the description; if you trust "
		       "that, allow it with --backing=any");
}

/* By which path a name of the description is opened, and told. */
static const char *path_of_found(struct paravet *p, const char *name)
{
	const char *slash = strrchr(p->machine, '/');
	struct stat st;

	if (name[0] == '/' || p->domain)
		return arena_strdup(p->arena, name);
	/* Where a link led to the description, its disks are not beside the link. */
	if (lstat(p->machine, &st) < 0 || S_ISLNK(st.st_mode))
		return arena_printf(p->arena, "%s/%s", p->machine_origin.dir, name);
	return arena_printf(p->arena, "%.*s%s", slash ? (int)(slash + 1 - p->machine) : 0,
			    p->machine, name);
}

int files_open_found(struct paravet *p, const char *name, const char *format,
		     struct err *e)
{
	struct policy policy = {check_found, &p->machine_origin};
	const char *path = path_of_found(p, name);
	struct disk_input d;
	int r = path ? name_disk(p, path, format, &d, e) : arena_full(p->arena, e);

	if (r >= 0 && p->domain && name[0] != '/')
		r = err_set(e, ERR_UNSUPPORTED, "it is no absolute path");
	if (r >= 0 && p->backing == PARAVET_BACKING_REFUSE && !p->domain)
		r = err_set(e, ERR_REFUSED, "--backing=refuse forbids to open it");
	if (r >= 0)
		r = open_file(p, path, &policy, &d.fd, e);
	if (r < 0)
		return path ? err_wrap(e, "%s", escape_short(slice_str(path)).text) : r;
	return add_new(p, path, &d, e);
}

int files_open_member(struct paravet *p, const char *name, struct blocks_part part,
		      const char *format, struct err *e)
{
	struct opened o = p->machine_origin;
	struct disk_input d;
	int r = name_disk(p, name, format, &d, e);

	if (r < 0)
		return r;
	d.part = o.part = part;
	if (!vec_push(p->arena, &p->opened, o))
		return arena_full(p->arena, e);
	d.fd = fcntl(p->machine_fd, F_DUPFD_CLOEXEC, 3);
	return d.fd < 0 ? err_set(e, ERR_IO, "dup: %s", strerror(errno))
			: add_disk(p, &d, e);
}

int files_open_plain(struct paravet *p, const char *path, struct host_file *ret,
		     struct err *e)
{
	_cleanup_close_ int seen = -1, fd = -1;
	struct stat st;
	int r = see(path, &st, &seen, e);

	if (r >= 0 && !S_ISREG(st.st_mode))
		r = err_set(e, ERR_REFUSED, "it is not a regular file");
	if (r >= 0 && (fd = open_seen(seen, O_RDONLY | O_NONBLOCK)) < 0)
		r = fail_seen(errno, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	ret->name = arena_strdup(p->arena, path);
	if (!ret->name)
		return arena_full(p->arena, e);
	ret->fd = TAKE_FD(fd);
	return 0;
}

int files_open_record(struct paravet *p, const char *path, struct record_file *ret,
		      struct err *e)
{
	struct host_file file = {.fd = -1};
	int r = files_open_plain(p, path, &file, e);

	if (r < 0)
		return r;
	r = real_dir(p, file.fd, &ret->path, &ret->dir, e);
	if (r < 0)
		close(file.fd);
	else
		ret->fd = file.fd;
	return r;
}

/* A pipe is waited for: whoever names it as a key means what comes out of it. */
int files_open_key(const char *path, int *ret_fd, struct err *e)
{
	_cleanup_close_ int seen = -1;
	struct stat st;
	int r = see(path, &st, &seen, e);

	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return err_set(e, ERR_REFUSED, "it is neither a file nor a pipe");
	*ret_fd = open_seen(seen, O_RDONLY);
	return *ret_fd < 0 ? fail_seen(errno, e) : 0;
}

/* A block device that is mounted, or part of another, is not opened (O_EXCL); with files
 * that means nothing. */
int files_open_changed(struct paravet *p, const char *path, bool to_write,
		       struct changed_file *ret, struct err *e)
{
	int mode = to_write ? O_RDWR | O_EXCL : O_RDONLY;
	_cleanup_close_ int seen = -1, fd = -1;
	struct stat st;
	int r = see_disk(path, &st, &seen, e);

	if (r >= 0)
		r = real_dir(p, seen, &ret->path, &ret->dir, e);
	if (r >= 0 && (fd = open_seen(seen, mode | O_NONBLOCK)) < 0)
		r = errno == EACCES && to_write
			    ? err_set(e, ERR_REFUSED,
				      "%s: the right to write to it is needed",
				      strerror(errno))
			    : fail_seen(errno, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	ret->device = S_ISBLK(st.st_mode);
	ret->inode = ret->device ? 0 : st.st_ino;
	ret->fd = TAKE_FD(fd);
	return 0;
}

int files_open_log(const struct paravet *p, const char *name)
{
	return openat(p->log_dir, name,
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static int open_of_xen_lab(const char *dir, const char *name, int *ret_fd, struct err *e)
{
	_cleanup_close_ int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd =
		folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(e, code_of_errno(errno),
			       "%s: %s: %s: \"make xen-lab\" in paravet's source builds "
			       "the Xen host",
			       escape_short(slice_str(dir)).text, name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_REFUSED, "%s: %s is not a regular file",
			       escape_short(slice_str(dir)).text, name);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int files_open_xen_lab(const char *dir, struct xen_lab *ret, struct err *e)
{
	int r = open_of_xen_lab(dir, "xen", &ret->hypervisor, e);

	if (r >= 0)
		r = open_of_xen_lab(dir, "vmlinux.dom0", &ret->kernel, e);
	if (r >= 0)
		r = open_of_xen_lab(dir, "dom0-initrd.gz", &ret->initramfs, e);
	if (r >= 0)
		r = open_of_xen_lab(dir, "dom0.img", &ret->root, e);
	return r;
}

int files_open_root(struct paravet *p, const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno == ENOTDIR ? ERR_USAGE : code_of_errno(errno),
			       "%s: %s%s", escape_short(slice_str(dir)).text,
			       strerror(errno),
			       errno == ENOTDIR ? ": a disk image is named without --root"
						: advice_of_errno(errno));
	p->root = arena_strdup(p->arena, dir);
	p->root_fd = fd;
	return p->root ? 0 : arena_full(p->arena, e);
}

static int check_policy(const struct paravet *p, const struct opened *from,
			const struct opened *file, struct err *e)
{
	if (p->backing == PARAVET_BACKING_SAME_DIR && strcmp(from->dir, file->dir) != 0)
		return err_set(e, ERR_REFUSED,
			       "%s lies in another directory than the image that names "
			       "it; if you "
			       "trust the image, allow it with --backing=any",
			       escape_short(slice_str(file->path)).text);
	return 0;
}

int files_broker(void *ctx, unsigned from, const char *name, int *ret_fd,
		 unsigned *ret_id, struct err *e)
{
	struct paravet *p = ctx;
	_cleanup_close_ int fd = -1;
	struct policy policy = {check_policy, NULL};
	struct opened origin;
	const struct opened *file;
	const char *path;
	unsigned seen;
	int r;

	if (from == 0 || from > p->opened.n)
		return err_set(e, ERR_BUG, "a file behind no image");
	if (p->backing == PARAVET_BACKING_REFUSE)
		return err_set(
			e, ERR_REFUSED,
			"the image needs %s, and --backing=refuse forbids to open it",
			escape_short(slice_str(name)).text);
	if (p->opened.n >= LIMIT_FILES)
		return err_set(e, ERR_LIMIT, "more than %d files behind the disks",
			       LIMIT_FILES);
	path = name[0] == '/'
		       ? name
		       : arena_printf(p->arena, "%s/%s", p->opened.v[from - 1].dir, name);
	if (!path)
		return arena_full(p->arena, e);
	origin = p->opened.v[from - 1]; /* the list may move */
	policy.from = &origin;
	r = open_file(p, path, &policy, &fd, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(name)).text);
	file = &p->opened.v[p->opened.n - 1];
	seen = number_of(p, file);
	if (seen)
		p->opened.n--;
	*ret_id = seen ? seen : (unsigned)p->opened.n;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
