/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory of the host as a file system (check --root DIR). Every step opens one
 * component below a directory that is already open, never follows a link and never goes
 * up, so nothing outside of DIR is reached; links are resolved by the tree. Devices,
 * sockets and pipes are seen but never opened. The system calls used are openat,
 * newfstatat, readlinkat, getdents64, pread64 and close: what the sandbox allows.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "fs.h"
#include "limits.h"
#include "name.h"
#include "strmap.h"

enum { MAX_DEPTH = 2048, LIST_BUFFER = 32 * 1024 };

/* A name below another node; node 0 is the directory itself. */
struct host_node {
	uint32_t parent;
	const char *name;
};

struct directory {
	struct fs fs;
	int root;
	struct arena *arena;
	struct strmap *known; /* "PARENT/NAME" to the index of the node */
	VEC(struct host_node) nodes;
	/* The directory and the file last used, kept open. */
	uint32_t dir_id, file_id;
	int dir, file;
};

static int fail(int error, struct err *e)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ENAMETOOLONG:
		return err_set(e, ERR_ABSENT, "no such file or directory");
	case EACCES:
	case EPERM:
		return err_set(e, ERR_REFUSED,
			       "permission denied: run as root, or as a user who may "
			       "read it");
	case ELOOP:
		return err_set(e, ERR_REFUSED, "it became a link while it was read");
	case ENOMEM:
		return err_set(e, ERR_NOMEM, "out of memory");
	default:
		return err_set(e, ERR_IO, "%s", strerror(error));
	}
}

static int add_node(struct directory *d, uint32_t parent, struct slice name,
		    uint32_t *ret, struct err *e)
{
	char text[LIMIT_NAME + 16];
	struct host_node node = {parent, NULL};
	const char *key;
	void *known;

	snprintf(text, sizeof(text), "%" PRIu32 "/%.*s", parent, (int)name.n,
		 (const char *)name.p);
	known = strmap_get(d->known, slice_str(text));
	if (known) {
		*ret = (uint32_t)(uintptr_t)known;
		return 0;
	}
	if (d->nodes.n >= LIMIT_HOST_NODES)
		return err_set(e, ERR_LIMIT, "more than %d files were looked at",
			       LIMIT_HOST_NODES);
	key = arena_strdup(d->arena, text);
	node.name = arena_strndup(d->arena, name);
	*ret = (uint32_t)d->nodes.n;
	if (!key || !node.name || !vec_push(d->arena, &d->nodes, node) ||
	    !strmap_set(d->known, slice_str(key), (void *)(uintptr_t)*ret))
		return arena_full(d->arena, e);
	return 0;
}

static int open_below(int dir, const char *name, int flags, struct err *e)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 ? fd : fail(errno, e);
}

/* Opens the directory with this id and keeps it; the fd is borrowed. */
static int use_dir(struct directory *d, uint64_t id, int *ret, struct err *e)
{
	uint32_t chain[MAX_DEPTH];
	_cleanup_close_ int fd = -1;
	size_t depth = 0;

	if (id >= d->nodes.n)
		return err_set(e, ERR_BUG, "no such node");
	if (id == 0 || (d->dir >= 0 && d->dir_id == id)) {
		*ret = id ? d->dir : d->root;
		return 0;
	}
	for (uint32_t i = (uint32_t)id; i; i = d->nodes.v[i].parent) {
		if (depth == MAX_DEPTH)
			return err_set(e, ERR_LIMIT, "directories are nested too deep");
		chain[depth++] = i;
	}
	while (depth--) {
		int below =
			open_below(fd >= 0 ? fd : d->root, d->nodes.v[chain[depth]].name,
				   O_PATH | O_DIRECTORY, e);

		if (below < 0)
			return below;
		if (fd >= 0)
			close(fd);
		fd = below;
	}
	if (d->dir >= 0)
		close(d->dir);
	d->dir = TAKE_FD(fd);
	d->dir_id = (uint32_t)id;
	*ret = d->dir;
	return 0;
}

static enum node_type type_of(mode_t mode)
{
	return S_ISREG(mode)   ? NODE_FILE
	       : S_ISDIR(mode) ? NODE_DIR
	       : S_ISLNK(mode) ? NODE_SYMLINK
			       : NODE_OTHER;
}

static struct node node_of(const struct stat *st, uint64_t id)
{
	return (struct node){.id = id,
			     .type = type_of(st->st_mode),
			     .size = (uint64_t)st->st_size,
			     .mode = st->st_mode & 07777};
}

static int directory_root(struct fs *fs, struct node *ret, struct err *e)
{
	struct stat st;

	if (fstat(((struct directory *)fs)->root, &st) < 0)
		return fail(errno, e);
	*ret = node_of(&st, 0);
	return 0;
}

static int directory_lookup(struct fs *fs, const struct node *dir, struct slice name,
			    struct node *ret, struct err *e)
{
	struct directory *d = (struct directory *)fs;
	char text[LIMIT_NAME + 1] = "";
	struct reader r = reader_of(name);
	struct stat st;
	uint32_t id;
	int fd, r2;

	if (!fs_is_name(name))
		return err_set(e, ERR_ABSENT, "no such file or directory");
	rd_copy(&r, text, name.n);
	r2 = use_dir(d, dir->id, &fd, e);
	if (r2 < 0)
		return r2;
	if (fstatat(fd, text, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(errno, e);
	r2 = add_node(d, (uint32_t)dir->id, name, &id, e);
	if (r2 < 0)
		return r2;
	*ret = node_of(&st, id);
	return 0;
}

static enum node_type listed_type(int fd, const struct dirent64 *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_REG:
		return NODE_FILE;
	case DT_DIR:
		return NODE_DIR;
	case DT_LNK:
		return NODE_SYMLINK;
	case DT_UNKNOWN:
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return type_of(st.st_mode);
		return NODE_OTHER;
	default:
		return NODE_OTHER;
	}
}

static int list_open(int fd, fs_entry_fn fn, void *ctx, struct err *e)
{
	_cleanup_free_ uint8_t *buffer = malloc(LIST_BUFFER);
	size_t entries = 0;
	ssize_t n;

	if (!buffer)
		return err_set(e, ERR_NOMEM, "out of memory");
	while ((n = getdents64(fd, buffer, LIST_BUFFER)) > 0) {
		const struct dirent64 *entry;

		for (ssize_t at = 0; at < n; at += entry->d_reclen) {
			int r;

			entry = (const void *)(buffer + at);
			if (strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0)
				continue;
			if (++entries > LIMIT_DIR_ENTRIES)
				return err_set(e, ERR_LIMIT,
					       "the directory has more than %d entries",
					       LIMIT_DIR_ENTRIES);
			r = fn(ctx, slice_str(entry->d_name), listed_type(fd, entry), e);
			if (r != 0)
				return r < 0 ? r : 0;
		}
	}
	return n < 0 ? fail(errno, e) : 0;
}

static int directory_list(struct fs *fs, const struct node *dir, fs_entry_fn fn,
			  void *ctx, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int below, r = use_dir((struct directory *)fs, dir->id, &below, e);

	if (r < 0)
		return r;
	fd = open_below(below, ".", O_RDONLY | O_DIRECTORY, e);
	return fd < 0 ? fd : list_open(fd, fn, ctx, e);
}

/* The open directory that holds a node, and the node's name in it. */
static int use_parent(struct directory *d, uint64_t id, int *ret_dir,
		      const char **ret_name, struct err *e)
{
	if (id == 0 || id >= d->nodes.n)
		return err_set(e, ERR_BUG, "no such node");
	*ret_name = d->nodes.v[id].name;
	return use_dir(d, d->nodes.v[id].parent, ret_dir, e);
}

static int directory_readlink(struct fs *fs, const struct node *link, struct arena *a,
			      struct slice *ret, struct err *e)
{
	struct directory *d = (struct directory *)fs;
	char target[LIMIT_PATH + 1];
	const char *name, *copy;
	ssize_t n;
	int dir, r = use_parent(d, link->id, &dir, &name, e);

	if (r < 0)
		return r;
	n = readlinkat(dir, name, target, sizeof(target));
	if (n < 0)
		return fail(errno, e);
	if (n > LIMIT_PATH)
		return err_set(e, ERR_LIMIT, "the link is longer than %d bytes",
			       LIMIT_PATH);
	copy = arena_strndup(a, slice_of(target, (size_t)n));
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, (size_t)n);
	return 0;
}

/* Opens a regular file and keeps it. O_NONBLOCK: were it a pipe by now, opening it must
 * not wait. */
static int use_file(struct directory *d, uint64_t id, struct err *e)
{
	_cleanup_close_ int fd = -1;
	const char *name;
	struct stat st;
	int dir, r;

	if (d->file >= 0 && d->file_id == id)
		return 0;
	r = use_parent(d, id, &dir, &name, e);
	if (r < 0)
		return r;
	fd = open_below(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, e);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return fail(errno, e);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_REFUSED, "it is not a regular file");
	if (d->file >= 0)
		close(d->file);
	d->file = TAKE_FD(fd);
	d->file_id = (uint32_t)id;
	return 0;
}

static int directory_read(struct fs *fs, const struct node *file, uint64_t off, void *buf,
			  size_t len, struct err *e)
{
	struct directory *d = (struct directory *)fs;
	uint8_t *to = buf;
	int r = file->type == NODE_FILE ? use_file(d, file->id, e)
					: err_set(e, ERR_USAGE, "not a regular file");

	while (r >= 0 && len) {
		ssize_t n = pread(d->file, to, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(errno, e);
		if (n == 0)
			return err_set(e, ERR_IO, "it became shorter while it was read");
		to += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return r;
}

static void directory_done(struct fs *fs)
{
	struct directory *d = (struct directory *)fs;

	if (d->dir >= 0)
		close(d->dir);
	if (d->file >= 0)
		close(d->file);
	close(d->root);
}

static const struct fs_ops directory_ops = {
	.root = directory_root,
	.lookup = directory_lookup,
	.list = directory_list,
	.readlink = directory_readlink,
	.read = directory_read,
	.done = directory_done,
};

int fs_open_directory(int fd, struct arena *a, struct fs **ret, struct err *e)
{
	_cleanup_free_ struct directory *d = calloc(1, sizeof(*d));
	struct host_node root = {0, ""};
	struct stat st;

	if (!d)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (fstat(fd, &st) < 0)
		return fail(errno, e);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_USAGE, "it is not a directory");
	d->fs.ops = &directory_ops;
	d->fs.type = "directory";
	d->arena = a;
	d->root = fd;
	d->dir = d->file = -1;
	d->known = strmap_new(a);
	if (!d->known || !vec_push(a, &d->nodes, root))
		return arena_full(a, e);
	*ret = &TAKE_PTR(d)->fs;
	return 0;
}
