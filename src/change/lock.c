/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * As QEMU does it: first what is wanted is marked by read locks, which everybody may
 * have, then it is looked whether somebody else has marked what does not go with it. Of
 * two that come at once, both see the other.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>

enum {
	USED = 100, /* the byte of the first permission that is made use of */
	KEPT = 200  /* the byte of the first that is not shared */
};

/* Permissions as QEMU numbers them. */
enum { MAY_READ = 1u << 0, MAY_WRITE = 1u << 1, MAY_RESIZE = 1u << 3, ALL = 0xf };

static const struct wish {
	unsigned used, kept; /* permissions */
} wishes[] = {
	[CHANGE_LOCK_READ] = {MAY_READ, MAY_WRITE | MAY_RESIZE},
	[CHANGE_LOCK_WRITE] = {MAY_READ | MAY_WRITE, ALL},
};

/* Asks for locks on the bytes of the permissions: F_OFD_SETLK with F_RDLCK marks them,
 * F_OFD_GETLK with F_WRLCK tells whether somebody else has one. */
static int lock_bytes(int fd, int command, short type, unsigned first,
		      unsigned permissions, struct err *e)
{
	for (unsigned i = 0; permissions >> i; i++) {
		struct flock l = {.l_type = type,
				  .l_whence = SEEK_SET,
				  .l_start = first + i,
				  .l_len = 1};

		if (!(permissions >> i & 1))
			continue;
		if (fcntl(fd, command, &l) < 0)
			return err_set(e, ERR_IO, "cannot be locked: %s",
				       strerror(errno));
		if (command == F_OFD_GETLK && l.l_type != F_UNLCK)
			return err_set(e, ERR_REFUSED,
				       "another process has it open: shut the virtual "
				       "machine down first");
	}
	return 0;
}

int change_lock(int fd, enum change_lock_mode mode, struct err *e)
{
	const struct wish *w = &wishes[mode];
	int r = lock_bytes(fd, F_OFD_SETLK, F_RDLCK, USED, w->used, e);

	if (r >= 0)
		r = lock_bytes(fd, F_OFD_SETLK, F_RDLCK, KEPT, w->kept, e);
	if (r >= 0)
		r = lock_bytes(fd, F_OFD_GETLK, F_WRLCK, USED, w->kept, e);
	return r < 0 ? r : lock_bytes(fd, F_OFD_GETLK, F_WRLCK, KEPT, w->used, e);
}
