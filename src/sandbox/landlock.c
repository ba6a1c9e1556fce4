/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Landlock (Linux documentation, userspace-api/landlock): no file can be opened, made,
 * removed or truncated any more, except for what rules allow; no TCP; no signals or
 * abstract sockets to the outside. Written with raw system calls and own constants,
 * because the kernel that runs may be newer than the headers.
 */
#include <linux/landlock.h>
#include <sys/syscall.h>

#include "internal.h"

/* struct landlock_ruleset_attr with the fields of later kernels. A kernel that does not
 * know a field accepts it as long as it is zero. */
struct ruleset {
	uint64_t fs;
	uint64_t net;    /* since ABI 4 */
	uint64_t scoped; /* since ABI 6 */
};

/* struct landlock_path_beneath_attr, which has the same first 12 bytes. */
struct beneath {
	uint64_t allowed;
	int32_t dir_fd;
};

/* All rights that exist up to an ABI: its last bit. */
static const struct {
	int abi;
	unsigned last_bit;
} fs_rights[] = {
	{5, 15}, /* IOCTL_DEV */
	{3, 14}, /* TRUNCATE */
	{2, 13}, /* REFER */
	{1, 12}, /* EXECUTE to MAKE_SYM */
};

static uint64_t all_fs_rights(int abi)
{
	for (size_t i = 0; i < ARRAY_LEN(fs_rights); i++)
		if (abi >= fs_rights[i].abi)
			return ((uint64_t)2 << fs_rights[i].last_bit) - 1;
	return 0;
}

static bool allow(int ruleset, const struct landlock_rule *r)
{
	struct beneath rule = {.allowed = r->allowed, .dir_fd = r->fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
		       0) == 0;
}

bool landlock_confine(const struct landlock_rule *rules, size_t n)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
			   LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset attr = {.fs = all_fs_rights((int)abi),
			       .net = abi >= 4 ? 3 : 0, /* BIND_TCP, CONNECT_TCP */
			       .scoped =
				       abi >= 6 ? 3 : 0}; /* abstract sockets, signals */
	_cleanup_close_ int ruleset = -1;

	if (abi < 1)
		return false;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!allow(ruleset, &rules[i]))
			return false;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
}
