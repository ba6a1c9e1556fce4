/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "killer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

enum { KILLED = 9 };

static int watched[8];
static unsigned watched_count, calls;

ssize_t __real_pwrite64(int fd, const void *buf, size_t n, off_t off);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t n, off_t off);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

static unsigned long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

void killer_watch(int fd)
{
	watched[watched_count++] = fd;
}

unsigned killer_count(void)
{
	return calls;
}

/* Is this the call? */
static bool is_last(int fd)
{
	for (unsigned i = 0; i < watched_count; i++)
		if (watched[i] == fd)
			return ++calls == number("KILL_AT");
	return false;
}

ssize_t __wrap_pwrite64(int fd, const void *buf, size_t n, off_t off)
{
	if (is_last(fd)) {
		size_t part = number("KILL_PART");

		if (part && __real_pwrite64(fd, buf, part < n ? part : n, off) < 0)
			_exit(1);
		_exit(KILLED);
	}
	return __real_pwrite64(fd, buf, n, off);
}

int __wrap_fsync(int fd)
{
	if (is_last(fd))
		_exit(KILLED);
	return __real_fsync(fd);
}
