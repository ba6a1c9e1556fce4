/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors that a child keeps of its parent's. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "sandbox.h"

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* Closes first..last. Kernels before 5.9 have no close_range(). */
static void close_between(unsigned first, unsigned last)
{
	struct rlimit most = {0};

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &most);
	for (unsigned fd = first; fd <= last && fd < most.rlim_cur; fd++)
		close((int)fd);
}

/* Standard input, output and error must be something: a file opened later would get the
 * number, and a library that prints would meet it. */
static void fill_standard_fds(void)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = dup(fd);
}

void sandbox_close_others(int *kept, size_t n)
{
	unsigned next = 0;

	qsort(kept, n, sizeof(*kept), compare_fds);
	for (size_t i = 0; i < n; i++) {
		unsigned fd = (unsigned)kept[i];

		if (fd > next)
			close_between(next, fd - 1);
		next = fd + 1;
	}
	close_between(next, ~0u);
	fill_standard_fds();
}
