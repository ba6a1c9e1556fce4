/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scratch file. It never has a name, so nothing can be left behind, whoever is killed
 * and when.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cow.h"
#include "escape.h"

/* Kernels and file systems without O_TMPFILE answer with one of these. */
static bool has_no_nameless(int error)
{
	return error == EOPNOTSUPP || error == EISDIR || error == EINVAL;
}

int cow_scratch(const char *dir, int *ret_fd, struct err *e)
{
	int fd;

	if (!dir)
		dir = getenv("TMPDIR");
	if (!dir || !*dir)
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && has_no_nameless(errno))
		fd = memfd_create("paravet", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_IO,
			       "cannot make a temporary file in %s: %s: name another "
			       "folder with TMPDIR",
			       escape_short(slice_str(dir)).text, strerror(errno));
	*ret_fd = fd;
	return 0;
}
