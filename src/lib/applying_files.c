/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where changes are written to: new files, or the disk itself and the record beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applying.h"
#include "escape.h"
#include "limits.h"

static int fail(struct err *e, const char *path)
{
	return err_set(e, errno == EEXIST ? ERR_REFUSED : ERR_IO, "%s: %s%s",
		       escape_short(slice_str(path)).text, strerror(errno),
		       errno == EEXIST ? ": nothing is overwritten, choose another name"
				       : "");
}

static int make(const char *path, int *ret_fd, struct err *e)
{
	*ret_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
	return *ret_fd < 0 ? fail(e, path) : 0;
}

int change_output_new(const char *path, struct change_output *ret, struct err *e)
{
	int r;

	*ret = CHANGE_OUTPUT_NONE;
	ret->path = strdup(path);
	if (!ret->path)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = make(path, &ret->fd, e);
	ret->ours = r >= 0;
	return r;
}

void change_output_done(struct change_output *o, bool kept)
{
	if (o->fd >= 0 && o->ours && !kept)
		unlink(o->path);
	if (o->record_fd >= 0 && !kept)
		unlink(o->record);
	cleanup_close(&o->fd);
	cleanup_close(&o->record_fd);
	free(o->path);
	free(o->record);
	*o = CHANGE_OUTPUT_NONE;
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
