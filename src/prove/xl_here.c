/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xl_here.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "text.h"

static struct slice read_short(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size);

	return slice_of(buf, n > 0 ? (size_t)n : 0);
}

/* Of xenfs. */
enum xl_here xl_here(void)
{
	static const char word[] = "control_d";
	char buf[64];
	struct slice text = read_short("/proc/xen/capabilities", buf, sizeof(buf));

	if (slice_search(text, word, sizeof(word) - 1) == text.n)
		return XL_NO_HOST;
	return geteuid() == 0 ? XL_HOST : XL_NOT_ROOT;
}

static bool read_count(unsigned domain, unsigned id, const char *name, uint64_t *ret)
{
	char path[128], buf[32];

	snprintf(path, sizeof(path),
		 "/sys/bus/xen-backend/devices/vbd-%u-%u/statistics/%s", domain, id,
		 name);
	return text_u64(text_trim(read_short(path, buf, sizeof(buf))), UINT64_MAX, ret);
}

bool xl_counts(unsigned domain, unsigned id, uint64_t *ret_reads, uint64_t *ret_writes)
{
	return read_count(domain, id, "rd_req", ret_reads) &&
	       read_count(domain, id, "wr_req", ret_writes);
}

bool xl_bridge(const char *name, bool make)
{
	_cleanup_close_ int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return sock >= 0 && ioctl(sock, make ? SIOCBRADDBR : SIOCBRDELBR, name) == 0;
}
