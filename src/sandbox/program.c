/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Confining a program that is none of ours, and that finds its files by itself (qemu-nbd
 * and the extents of an image). It is called between fork() and exec(): system calls
 * only.
 */
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "internal.h"
#include "limits.h"

/* Files of a guest, and what the program itself needs. */
enum { RULES_MAX = LIMIT_FILES + 16 };

static bool rule_of(int fd, struct landlock_rule *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	ret->fd = fd;
	ret->allowed = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
	if (S_ISDIR(st.st_mode))
		ret->allowed |= LANDLOCK_ACCESS_FS_READ_DIR;
	return true;
}

bool sandbox_confine_program(const struct sandbox_program *p)
{
	struct landlock_rule rules[RULES_MAX];

	if (p->n > RULES_MAX)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!rule_of(p->readable[i], &rules[i]))
			return false;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       landlock_confine(rules, p->n) && seccomp_confine_program();
}
