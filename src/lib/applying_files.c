/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where changes are written to: new files, or the disk itself and the record beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "applying.h"
#include "escape.h"
#include "fd_io.h"
#include "lock.h"
#include "path.h"

static int fail(struct err *e, const char *path)
{
	return err_set(e, errno == EEXIST ? ERR_REFUSED : ERR_IO, "%s: %s%s",
		       escape_short(slice_str(path)).text, strerror(errno),
		       errno == EEXIST ? ": nothing is overwritten, choose another name"
				       : "");
}

static int make(const char *path, mode_t mode, int *ret_fd, struct err *e)
{
	*ret_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	return *ret_fd < 0 ? fail(e, path) : 0;
}

/* The folder of a path that need not be there, without links; free() it. */
static char *folder_of(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL, *real;

	if (slash)
		*(slash == copy ? slash + 1 : slash) = '\0';
	real = copy ? realpath(slash ? copy : ".", NULL) : NULL;
	free(copy);
	return real;
}

/* The umask, without being changed for all threads: proc(5) has it among its first lines.
 * Linux before 4.7 does not tell it, nor does a host without /proc. */
static bool read_umask(mode_t *ret)
{
	_cleanup_close_ int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	static const char key[] = "\nUmask:";
	char text[256], *at, *end;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	unsigned long mask;

	if (n < 0)
		return false;
	text[n] = '\0';
	at = strstr(text, key);
	if (!at)
		return false;
	mask = strtoul(at + strlen(key), &end, 8);
	if (*end != '\n' || mask > 0777)
		return false;
	*ret = (mode_t)mask;
	return true;
}

/* Has the folder a list of who may open what is made there? It counts in the place of the
 * umask (acl(5)). */
static bool has_own_list(const char *path)
{
	_cleanup_free_ char *folder = folder_of(path);

	return !folder || getxattr(folder, "system.posix_acl_default", NULL, 0) >= 0;
}

/* A file that only its owner may open so far, and in *ret_mode what `mode` means in this
 * folder; where that is not known, its owner alone. */
static int make_closed(const char *path, mode_t mode, int *ret_fd, mode_t *ret_mode,
		       struct err *e)
{
	mode_t closed = mode & (S_IRUSR | S_IWUSR), mask;

	*ret_mode = read_umask(&mask) && !has_own_list(path) ? mode & ~mask : closed;
	return make(path, closed, ret_fd, e);
}

/* A file without a name in the folder of `path`: whatever happens, nothing half-made can
 * be found there. -1: this file system, or a host without /proc, has none. */
static int make_nameless(const char *path, mode_t mode)
{
	_cleanup_free_ char *folder = folder_of(path);

	if (!folder || access("/proc/self/fd", X_OK) < 0)
		return -1;
	return open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
}

/* Devices have rules of their own for who may open them. */
static mode_t mode_like(const struct stat *like)
{
	return (S_ISREG(like->st_mode) ? like->st_mode & 0666 : 0) | S_IRUSR | S_IWUSR;
}

/* Only root can give a file away. Where its group stays another one, that group may do
 * what everybody may. */
static void own_like(int fd, const struct stat *like, mode_t mode)
{
	struct stat now;

	if (!S_ISREG(like->st_mode))
		return;
	if (fchown(fd, like->st_uid, like->st_gid) < 0 &&
	    fchown(fd, (uid_t)-1, like->st_gid) < 0 &&
	    (fstat(fd, &now) < 0 || now.st_gid != like->st_gid))
		mode &= 0707 | (mode & 07) << 3;
	(void)!fchmod(fd, mode);
}

static int make_new(struct change_output *o, mode_t mode, mode_t *ret_mode, struct err *e)
{
	struct stat st;

	o->fd = *o->path ? make_nameless(o->path, mode) : -1;
	o->nameless = o->fd >= 0;
	if (!o->nameless)
		return make_closed(o->path, mode, &o->fd, ret_mode, e);
	if (fstat(o->fd, &st) < 0)
		return fail(e, o->path);
	*ret_mode = st.st_mode & 0777;
	return 0;
}

int change_output_new(const char *path, const struct stat *like,
		      struct change_output *ret, struct err *e)
{
	mode_t mode;
	struct stat there;
	int r;

	*ret = CHANGE_OUTPUT_NONE;
	ret->path = strdup(path);
	if (!ret->path)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (lstat(path, &there) == 0)
		errno = EEXIST;
	if (errno != ENOENT)
		return fail(e, path);
	r = make_new(ret, mode_like(like), &mode, e);
	ret->ours = r >= 0 && !ret->nameless;
	if (r >= 0)
		own_like(ret->fd, like, mode);
	return r;
}

int change_output_fill(struct change_output *o, struct slice bytes, struct err *e)
{
	int r = fd_write_at(o->fd, 0, bytes.p, bytes.n, e);

	if (r >= 0 && fsync(o->fd) < 0)
		r = fail(e, o->path);
	return r;
}

int change_output_keep(struct change_output *o, struct err *e)
{
	char name[64];

	if (!o->nameless)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", o->fd);
	if (linkat(AT_FDCWD, name, AT_FDCWD, o->path, AT_SYMLINK_FOLLOW) < 0)
		return fail(e, o->path);
	o->ours = true;
	return 0;
}

int change_outputs_keep(struct change_outputs *o, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < o->n; i++)
		r = change_output_keep(&o->list[i], e);
	return r;
}

bool change_outputs_began(const struct change_outputs *o)
{
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct err why = ERR_INIT;
	undo_disks disks = {0};

	return o->record_fd >= 0 &&
	       (!a || undo_read_disks(o->record_fd, a, &disks, &why) >= 0 ||
		why.code != ERR_ABSENT);
}

void change_output_done(struct change_output *o, bool kept)
{
	if (o->fd >= 0 && o->ours && !kept)
		unlink(o->path);
	cleanup_close(&o->fd);
	free(o->path);
	*o = CHANGE_OUTPUT_NONE;
}

void change_outputs_done(struct change_outputs *o, bool kept)
{
	for (size_t i = 0; i < o->n; i++)
		change_output_done(&o->list[i], kept);
	if (o->record_fd >= 0 && !kept && !change_outputs_began(o))
		unlink(o->record);
	cleanup_close(&o->record_fd);
	free(o->record);
	*o = CHANGE_OUTPUTS_NONE;
}

int change_backing_name(const char *disk, const char *path, struct arena *a,
			const char **ret, struct err *e)
{
	_cleanup_free_ char *folder = folder_of(path), *real = realpath(disk, NULL);
	const char *name = real ? strrchr(real, '/') : NULL;
	size_t n = name ? (size_t)(name - real) : 0;

	if (!folder || !name)
		return err_set(e, ERR_IO, "%s: %s",
			       escape_short(slice_str(folder ? disk : path)).text,
			       strerror(errno));
	/* What stands before a colon QEMU takes for a protocol. */
	if (strlen(folder) == n && strncmp(folder, real, n) == 0)
		*ret = arena_printf(a, "%s%s", strchr(name, ':') ? "./" : "", name + 1);
	else
		*ret = arena_strdup(a, real);
	return *ret ? 0 : arena_full(a, e);
}

int change_image_name(const char *disk, const char *path, struct arena *a,
		      const char **ret, struct err *e)
{
	_cleanup_free_ char *old = folder_of(disk), *folder = folder_of(path);
	const char *name = arena_strndup(a, path_last_part(slice_str(path)));

	if (!folder)
		return fail(e, path);
	if (!name)
		return arena_full(a, e);
	*ret = old && strcmp(old, folder) == 0
		       ? name
		       : arena_printf(a, "%s/%s", folder[1] ? folder : "", name);
	return *ret ? 0 : arena_full(a, e);
}

static bool same_path(const char *a, const char *b)
{
	_cleanup_free_ char *x = folder_of(a), *y = folder_of(b);

	return x && y && strcmp(x, y) == 0 &&
	       slice_same(path_last_part(slice_str(a)), path_last_part(slice_str(b)));
}

int change_names_differ(const strs *paths, struct err *e)
{
	for (size_t i = 0; i < paths->n; i++)
		for (size_t n = 0; n < i; n++)
			if (same_path(paths->v[n], paths->v[i]))
				return err_set(e, ERR_USAGE,
					       "%s is named for two files that are to "
					       "be written: each needs its own name",
					       escape_short(slice_str(paths->v[i])).text);
	return 0;
}

/* Does the file lie in memory? Of a device its bytes count, not its node. */
static bool is_in_memory(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstat(fd, &st) == 0 && !S_ISBLK(st.st_mode) && fstatfs(fd, &fs) == 0 &&
	       ((uint32_t)fs.f_type == TMPFS_MAGIC || (uint32_t)fs.f_type == RAMFS_MAGIC);
}

/* A record has to live as long as the disks that it is of. */
static int check_lasting(const struct change_outputs *o, const char *path, int folder,
			 struct err *e)
{
	for (size_t i = 0; is_in_memory(folder) && i < o->n; i++)
		if (!is_in_memory(o->list[i].fd))
			return err_set(e, ERR_REFUSED,
				       "%s would lie in memory and be gone with the next "
				       "restart, while the disk stays changed: name a "
				       "file that stays with --undo",
				       escape_short(slice_str(path)).text);
	return 0;
}

int change_outputs_record(struct change_outputs *o, const char *path, struct err *e)
{
	_cleanup_free_ char *folder = folder_of(path);
	_cleanup_close_ int fd = -1;
	int r;

	o->record = strdup(path);
	if (!o->record || !folder)
		return folder ? err_set(e, ERR_NOMEM, "out of memory") : fail(e, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail(e, folder);
	r = check_lasting(o, path, fd, e);
	/* It holds pieces of files that not everybody may read. */
	if (r >= 0)
		r = make(path, 0600, &o->record_fd, e);
	if (r < 0)
		return r;
	/* Its name has to be as safe as its bytes. */
	return fsync(fd) < 0 ? fail(e, folder) : 0;
}

bool change_undo_finds(const char *disk, const char *record)
{
	_cleanup_free_ char *folder = folder_of(record), *of_disk = folder_of(disk);

	return folder && of_disk && strcmp(folder, of_disk) == 0;
}

static int describe(const char *disk, int fd, struct arena *a, struct undo_disk *ret,
		    struct err *e)
{
	_cleanup_free_ char *real = realpath(disk, NULL);
	off_t size = lseek(fd, 0, SEEK_END);
	struct stat st;

	if (!real || size < 0 || fstat(fd, &st) < 0)
		return fail(e, disk);
	*ret = (struct undo_disk){.path = arena_strdup(a, real),
				  .size = (uint64_t)size,
				  .device = S_ISBLK(st.st_mode)};
	if (!ret->device)
		ret->inode = (uint64_t)st.st_ino;
	return ret->path ? 0 : arena_full(a, e);
}

int change_output_in_place(const char *disk, struct arena *a, struct change_output *ret,
			   struct undo_disk *ret_id, struct err *e)
{
	int r;

	/* O_EXCL: no block device that is mounted, or part of another. */
	*ret = (struct change_output){
		.fd = open(disk, O_RDWR | O_EXCL | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
	if (ret->fd < 0)
		return fail(e, disk);
	r = change_lock(ret->fd, CHANGE_LOCK_WRITE, e);
	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(disk)).text);
	return describe(disk, ret->fd, a, ret_id, e);
}
