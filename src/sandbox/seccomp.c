/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: the system calls that are left to a worker, as a table. Everything else kills
 * it; the kernel's log then names the call (audit type 1326).
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "filter.h"
#include "limits.h"

#ifdef NATIVE_ARCH

/* clang-format off */
#define ALLOW_IN_DIR(call, ...) {__NR_##call, IN_DIR, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define ALLOW_WRITING(call, ...) {__NR_##call, WRITING, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define ALLOW_OUTPUT(call) {__NR_##call, OUTPUT, SECCOMP_RET_ALLOW, {{CHECK_OUTPUT, 0}}}
#define ALLOW_SERVING(call, ...) {__NR_##call, SERVING, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define DENY(call, use) {__NR_##call, use, SECCOMP_RET_ERRNO | EACCES, {{CHECK_NONE}}}

#define WRITES_OR_MAKES (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_TMPFILE)

/* O_TMPFILE has O_DIRECTORY in it, which a reader of directories does set. */
#define OPEN_TO_READ {CHECK_CLEAR, 2, WRITES_OR_MAKES & ~O_DIRECTORY}

static const struct row rows[] = {
	/* reading the disks; the most frequent calls come first */
	ALLOW(pread64, NO_CHECK),
	ALLOW(read, NO_CHECK),
	ALLOW(lseek, NO_CHECK),
	ALLOW(close, NO_CHECK),
#ifdef __NR_fstat
	ALLOW(fstat, NO_CHECK),
#endif
#ifdef __NR_newfstatat /* how the C library does fstat() */
	ALLOW(newfstatat, {CHECK_SET, 3, AT_EMPTY_PATH}),
#endif
	ALLOW(statx, {CHECK_SET, 2, AT_EMPTY_PATH}),
	ALLOW(ioctl, {CHECK_EQUAL, 1, BLKGETSIZE64}), /* size of a block device */
	ALLOW(ioctl, {CHECK_EQUAL, 1, BLKSSZGET}),    /* and of its sectors */
	ALLOW(fcntl, {CHECK_EQUAL, 1, F_GETFL}),      /* fdopendir() asks */
	ALLOW(fcntl, {CHECK_EQUAL, 1, F_DUPFD_CLOEXEC}),

	/* memory: never executable, never shared with a file */
	ALLOW(mmap, {CHECK_CLEAR, 2, PROT_EXEC}, {CHECK_CLEAR, 3, MAP_SHARED}),
	ALLOW(mprotect, {CHECK_CLEAR, 2, PROT_EXEC}),
	ALLOW(munmap, NO_CHECK),
	ALLOW(mremap, NO_CHECK),
	ALLOW(brk, NO_CHECK),
	ALLOW(madvise, NO_CHECK),
	ALLOW(mlock, NO_CHECK), /* keys stay out of swap; RLIMIT_MEMLOCK bounds it */

	/* talking to the parent; to the servers of disks, whose sockets it hands out, by
	 * read(), recv() and send(): no address, of which only half could be compared, but
	 * its length can */
	ALLOW(sendto, {CHECK_EQUAL, 4, 0}, {CHECK_EQUAL, 5, 0}),
	ALLOW(recvfrom, {CHECK_EQUAL, 3, MSG_DONTWAIT}, {CHECK_EQUAL, 5, 0}),
	ALLOW(sendmsg, {CHECK_SOCKET, 0}),
	ALLOW(recvmsg, {CHECK_SOCKET, 0}),

	/* libext2fs reads its environment only where the program is not set-uid */
	ALLOW(getuid, NO_CHECK),
	ALLOW(geteuid, NO_CHECK),
	ALLOW(getgid, NO_CHECK),
	ALLOW(getegid, NO_CHECK),
	ALLOW(prctl, {CHECK_EQUAL, 0, PR_GET_DUMPABLE}),

	/* the C library: locks, time, seeds, sorting (how much memory is there?) */
	ALLOW(futex, NO_CHECK),
	ALLOW(clock_gettime, NO_CHECK),
	ALLOW(gettimeofday, NO_CHECK),
	ALLOW(getrandom, NO_CHECK),
	ALLOW(sysinfo, NO_CHECK),
	ALLOW(sched_getaffinity, NO_CHECK),
	ALLOW(sched_yield, NO_CHECK),
	ALLOW(restart_syscall, NO_CHECK), /* after a stop and a continue */

	/* the end: abort() tells standard error (/dev/null) and signals itself */
	ALLOW(exit_group, NO_CHECK),
	ALLOW(exit, NO_CHECK),
	ALLOW(rt_sigprocmask, NO_CHECK),
	ALLOW(rt_sigreturn, NO_CHECK),
	ALLOW(rt_sigaction, NO_CHECK),
	ALLOW(getpid, NO_CHECK),
	ALLOW(gettid, NO_CHECK),
	ALLOW(tgkill, {CHECK_SELF, 0}),
	ALLOW(write, {CHECK_EQUAL, 0, STDERR_FILENO}),
	ALLOW(writev, {CHECK_EQUAL, 0, STDERR_FILENO}),

	/* reading a directory tree; Landlock and chroot say which */
	ALLOW_IN_DIR(openat, OPEN_TO_READ),
	ALLOW_IN_DIR(getdents64, NO_CHECK),
	ALLOW_IN_DIR(readlinkat, NO_CHECK),
	ALLOW_IN_DIR(fstatfs, NO_CHECK),
	ALLOW_IN_DIR(statx, NO_CHECK),
#ifdef __NR_newfstatat
	ALLOW_IN_DIR(newfstatat, NO_CHECK),
#endif

	ALLOW_WRITING(pwrite64, {CHECK_SCRATCH, 0}),
	ALLOW_OUTPUT(pwrite64),
	ALLOW_OUTPUT(ftruncate),
	ALLOW_OUTPUT(fsync),

	/* a server waits for its peer and its parent */
	ALLOW_SERVING(recvfrom, {CHECK_PEER, 0}),
	ALLOW_SERVING(sendto, {CHECK_PEER, 0}),
	ALLOW_SERVING(ppoll, NO_CHECK),
#ifdef __NR_poll
	ALLOW_SERVING(poll, NO_CHECK),
#endif

	/* Not death but "permission denied": the C library looks for message catalogues
	 * (strerror), time zones and the like behind our back and goes on without. */
	DENY(openat, NO_DIR),
	DENY(readlinkat, NO_DIR),
	DENY(faccessat, ALWAYS),
#ifdef __NR_open
	DENY(open, ALWAYS),
#endif
#ifdef __NR_readlink
	DENY(readlink, ALWAYS),
#endif
#ifdef __NR_access
	DENY(access, ALWAYS),
#endif

#if SANDBOX_SANITIZED /* its reports; not the program that would name the lines */
#ifdef __NR_stat
	DENY(stat, ALWAYS),
#endif
	ALLOW(ioctl, {CHECK_EQUAL, 1, TCGETS}),
	ALLOW(prlimit64, NO_CHECK),
	ALLOW(sigaltstack, NO_CHECK),
#endif
};
/* clang-format on */

enum { OUTPUT_ROWS = 3, OUTPUT_ROW = 1 + 2 + 2 };

_Static_assert(FILTER_FIXED + ARRAY_LEN(rows) * FILTER_ROW +
			       LIMIT_WORKER_OUTPUTS * OUTPUT_ROWS * OUTPUT_ROW <=
		       BPF_MAXINSNS,
	       "the kernel takes a program of any guest");

static bool applies(enum use use, const struct seccomp_fds *fds)
{
	return use == ALWAYS || (use == IN_DIR && fds->dir_mode) ||
	       (use == NO_DIR && !fds->dir_mode) ||
	       (use == WRITING && fds->scratch >= 0) ||
	       (use == SERVING && fds->peer >= 0);
}

static void add_outputs(struct filter *f, const struct row *r,
			const struct seccomp_fds *fds)
{
	struct seccomp_fds one = *fds;

	for (size_t i = 0; i < fds->output_count; i++) {
		one.output = fds->outputs[i].fd;
		filter_row(f, r, &one);
	}
}

bool seccomp_confine(const struct seccomp_fds *fds)
{
	struct filter f = {.n = 0};

	filter_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].use == OUTPUT)
			add_outputs(&f, &rows[i], fds);
		else if (applies(rows[i].use, fds))
			filter_row(&f, &rows[i], fds);
	return filter_load(&f, SECCOMP_RET_KILL_PROCESS);
}

#else

bool seccomp_confine(const struct seccomp_fds *fds)
{
	(void)fds;
	return false;
}

#endif
