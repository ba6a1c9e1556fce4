/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This machine as a host. Its own files are read here, in the calling process: they
 * belong to the host, not to a guest. They are read with the same care, and what cannot
 * be read is not known.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "handle.h"
#include "limits.h"
#include "os_release.h"
#include "text.h"

/* What is more exact comes first: Oracle's systems also carry Red Hat's own file, and
 * CentOS 7 and 8 have only their major version in os-release. */
static const struct {
	const char *path;
	release_parser *parse;
	const char *id;
} release_files[] = {
	{"etc/oracle-release", redhat_release_parse, "ol"},
	{"etc/enterprise-release", redhat_release_parse, "ol"},
	{"etc/redhat-release", redhat_release_parse, NULL},
	{"etc/os-release", os_release_parse, NULL},
	{"usr/lib/os-release", os_release_parse, NULL},
};

/* Up to `max` bytes from the file's start; nothing when it cannot be read. */
static struct slice read_head(int root, const char *path, uint8_t *buffer, size_t max)
{
	_cleanup_close_ int fd =
		openat(root, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return SLICE_NONE;
	/* The size of a file in /proc is 0: only reading tells. */
	while (n < max && (got = read(fd, buffer + n, max - n)) > 0)
		n += (size_t)got;
	return slice_of(buffer, n);
}

static int find_release(int root, uint8_t *buffer, struct arena *a, struct host *h,
			struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(release_files) && !h->release; i++) {
		struct slice text =
			read_head(root, release_files[i].path, buffer, LIMIT_HOST_FILE);
		struct os_fact os = {0};
		struct err why = ERR_INIT;
		int r;

		if (text.n == 0 || text.n == LIMIT_HOST_FILE)
			continue; /* not there, or no file of this kind */
		r = release_files[i].parse(text, release_files[i].id, a, &os, &why);
		if (r >= 0)
			r = host_set_release(h, os.id, os.version, a, &why);
		if (why.code == ERR_LIMIT) {
			*e = why;
			return r;
		}
	}
	return 0;
}

/* The processors of one machine have one vendor: the first line that names it tells. */
static const char *find_vendor(struct slice cpuinfo)
{
	static const struct {
		const char *id, *vendor;
	} vendors[] = {{"GenuineIntel", "intel"}, {"AuthenticAMD", "amd"}};
	struct text t = text_of(cpuinfo);
	struct slice line, key, value;

	while (text_line(&t, &line)) {
		if (!text_split(line, ':', &key, &value))
			continue;
		key = text_trim(key);
		/* x86 calls it vendor_id, Itanium vendor. */
		if (!slice_eq(key, "vendor_id") && !slice_eq(key, "vendor"))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(vendors); i++)
			if (slice_eq(text_trim(value), vendors[i].id))
				return vendors[i].vendor;
		return NULL;
	}
	return NULL;
}

int host_auto(const char *root, const char *machine, struct arena *a, struct host *ret,
	      struct err *e)
{
	_cleanup_close_ int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint8_t buffer[LIMIT_HOST_FILE];
	struct host h = {.arch = host_arch(slice_str(machine))};
	int r;

	/* One that no table knows is told as it is: it fits none of them. */
	if (!h.arch && *machine) {
		h.arch = arena_strdup(a, machine);
		if (!h.arch)
			return arena_full(a, e);
	}
	r = find_release(dir, buffer, a, &h, e);
	if (r < 0)
		return r;
	h.vendor = find_vendor(read_head(dir, "proc/cpuinfo", buffer, sizeof(buffer)));
	*ret = h;
	return 0;
}
