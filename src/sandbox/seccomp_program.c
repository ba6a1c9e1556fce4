/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seccomp for a program that is none of ours: the calls that are refused, as a table. */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <linux/sched.h>
#include <linux/sockios.h>

#include "filter.h"

#ifdef NATIVE_ARCH

/* Newer than some headers; the same number everywhere. */
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

/* <linux/ext4.h> is newer, too. */
#ifndef EXT4_IOC_SETVERSION
#define EXT4_IOC_SETVERSION _IOW('f', 4, long)
#define EXT4_IOC_MIGRATE    _IO('f', 9)
#endif

/* clang-format off */
#define REFUSE(call, ...) {__NR_##call, ALWAYS, SECCOMP_RET_ERRNO | EPERM, {__VA_ARGS__}}

/* Those that clone() can make: CLONE_NEWTIME's bit belongs to the signal there. */
#define NEW_SPACES                                                                        \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |    \
	 CLONE_NEWPID | CLONE_NEWNET)

/* What a program that reads images needs for nothing: new sockets and their peers, other
 * processes, the kernel itself, and what Landlock leaves open about files (their modes,
 * owners, times, attributes and flags; before Linux 6.2 their length). It keeps the
 * sockets that it was given. */
static const struct row rows[] = {
	/* these would make calls that no filter sees */
	REFUSE(io_uring_setup, NO_CHECK),
	REFUSE(io_uring_enter, NO_CHECK),
	REFUSE(io_uring_register, NO_CHECK),

#ifdef __NR_chmod
	REFUSE(chmod, NO_CHECK),
	REFUSE(chown, NO_CHECK),
	REFUSE(lchown, NO_CHECK),
	REFUSE(utime, NO_CHECK),
	REFUSE(utimes, NO_CHECK),
	REFUSE(futimesat, NO_CHECK),
#endif
	REFUSE(fchmod, NO_CHECK),
	REFUSE(fchmodat, NO_CHECK),
	REFUSE(fchmodat2, NO_CHECK),
	REFUSE(fchown, NO_CHECK),
	REFUSE(fchownat, NO_CHECK),
	REFUSE(utimensat, NO_CHECK),
	REFUSE(truncate, NO_CHECK),
	REFUSE(setxattr, NO_CHECK),
	REFUSE(lsetxattr, NO_CHECK),
	REFUSE(fsetxattr, NO_CHECK),
	REFUSE(setxattrat, NO_CHECK),
	REFUSE(removexattr, NO_CHECK),
	REFUSE(lremovexattr, NO_CHECK),
	REFUSE(fremovexattr, NO_CHECK),
	REFUSE(removexattrat, NO_CHECK),
	REFUSE(file_setattr, NO_CHECK),
	/* the same by a descriptor that was opened to read */
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_SETFLAGS}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_FSSETXATTR}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_SETVERSION}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_ENABLE_VERITY}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_SET_ENCRYPTION_POLICY}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FS_IOC_REMOVE_ENCRYPTION_KEY}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, EXT4_IOC_SETVERSION}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, EXT4_IOC_MIGRATE}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FAT_IOCTL_SET_ATTRIBUTES}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_DEFRAG}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_DEFRAG_RANGE}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SET_RECEIVED_SUBVOL}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SUBVOL_SETFLAGS}),
	/* by one of a folder, where Landlock does not see it */
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SUBVOL_CREATE}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SUBVOL_CREATE_V2}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SNAP_CREATE}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SNAP_CREATE_V2}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SNAP_DESTROY}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, BTRFS_IOC_SNAP_DESTROY_V2}),

	REFUSE(kill, NO_CHECK),
	REFUSE(tkill, NO_CHECK),
	ALLOW(tgkill, {CHECK_SELF, 0}), /* its own threads */
	REFUSE(tgkill, NO_CHECK),
	REFUSE(rt_sigqueueinfo, NO_CHECK),
	REFUSE(rt_tgsigqueueinfo, NO_CHECK),
	/* the kernel signals whoever is named as the owner of a socket (F_SETSIG) */
	REFUSE(fcntl, {CHECK_EQUAL, 1, F_SETOWN}),
	REFUSE(fcntl, {CHECK_EQUAL, 1, F_SETOWN_EX}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, FIOSETOWN}),
	REFUSE(ioctl, {CHECK_EQUAL, 1, SIOCSPGRP}),
	REFUSE(pidfd_open, NO_CHECK),
	REFUSE(pidfd_send_signal, NO_CHECK),
	REFUSE(pidfd_getfd, NO_CHECK),
	REFUSE(process_madvise, NO_CHECK),
	REFUSE(process_vm_readv, NO_CHECK),
	REFUSE(process_vm_writev, NO_CHECK),
	REFUSE(ptrace, NO_CHECK),
	REFUSE(kcmp, NO_CHECK),
	REFUSE(get_robust_list, NO_CHECK),
	REFUSE(migrate_pages, NO_CHECK),
	REFUSE(move_pages, NO_CHECK),
	REFUSE(setpriority, NO_CHECK),
	REFUSE(ioprio_set, NO_CHECK),
	REFUSE(sched_setaffinity, NO_CHECK),
	REFUSE(sched_setattr, NO_CHECK),
	REFUSE(sched_setparam, NO_CHECK),
	REFUSE(sched_setscheduler, NO_CHECK),
	ALLOW(prlimit64, {CHECK_EQUAL, 0, 0}), /* how the C library does getrlimit() */
	REFUSE(prlimit64, NO_CHECK),

	REFUSE(userfaultfd, NO_CHECK),
	REFUSE(fsopen, NO_CHECK),
	REFUSE(fspick, NO_CHECK),
	REFUSE(fsconfig, NO_CHECK),
	REFUSE(fsmount, NO_CHECK),
	REFUSE(open_tree, NO_CHECK),
	REFUSE(move_mount, NO_CHECK),
	REFUSE(mount_setattr, NO_CHECK),
	REFUSE(kexec_load, NO_CHECK),
	REFUSE(mq_open, NO_CHECK),
	REFUSE(mq_unlink, NO_CHECK),
	REFUSE(socket, NO_CHECK),
	REFUSE(socketpair, NO_CHECK),
	REFUSE(connect, NO_CHECK),
	REFUSE(bind, NO_CHECK),
	REFUSE(listen, NO_CHECK),
	REFUSE(mount, NO_CHECK),
	REFUSE(umount2, NO_CHECK),
	REFUSE(pivot_root, NO_CHECK),
	REFUSE(chroot, NO_CHECK),
	REFUSE(unshare, NO_CHECK),
	REFUSE(setns, NO_CHECK),
	/* threads and children, but none with all rights in a space of its own */
	ALLOW(clone, {CHECK_CLEAR, 0, NEW_SPACES}),
	REFUSE(clone, NO_CHECK),
	/* its flags lie in memory; without it the C library calls clone() */
	{__NR_clone3, ALWAYS, SECCOMP_RET_ERRNO | ENOSYS, {NO_CHECK}},
	REFUSE(bpf, NO_CHECK),
	REFUSE(perf_event_open, NO_CHECK),
	REFUSE(add_key, NO_CHECK),
	REFUSE(keyctl, NO_CHECK),
	REFUSE(request_key, NO_CHECK),
	REFUSE(init_module, NO_CHECK),
	REFUSE(reboot, NO_CHECK),
	REFUSE(finit_module, NO_CHECK),
	REFUSE(delete_module, NO_CHECK),
	REFUSE(swapon, NO_CHECK),
	REFUSE(name_to_handle_at, NO_CHECK),
	REFUSE(open_by_handle_at, NO_CHECK),

	/* others' can be used by their numbers alone */
	REFUSE(shmget, NO_CHECK),
	REFUSE(shmat, NO_CHECK),
	REFUSE(shmctl, NO_CHECK),
	REFUSE(msgget, NO_CHECK),
	REFUSE(msgsnd, NO_CHECK),
	REFUSE(msgrcv, NO_CHECK),
	REFUSE(msgctl, NO_CHECK),
	REFUSE(semget, NO_CHECK),
	REFUSE(semctl, NO_CHECK),
	REFUSE(semtimedop, NO_CHECK),
#ifdef __NR_semop
	REFUSE(semop, NO_CHECK),
#endif
#ifdef __NR_ipc /* PowerPC has one call for all of these, too, */
	REFUSE(ipc, NO_CHECK),
#endif
#ifdef __NR_socketcall /* and one for those of sockets, which nobody needs there */
	REFUSE(socketcall, NO_CHECK),
#endif
};
/* clang-format on */

_Static_assert(FILTER_FIXED + ARRAY_LEN(rows) * FILTER_ROW <= BPF_MAXINSNS,
	       "the kernel takes a program of all rows");

bool seccomp_confine_program(void)
{
	struct filter f = {.n = 0};

	filter_start(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		filter_row(&f, &rows[i], NULL);
	return filter_load(&f, SECCOMP_RET_ALLOW);
}

#else

bool seccomp_confine_program(void)
{
	return false;
}

#endif
