/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a confined program that is none of ours may and may not do (qemu-nbd, which reads
 * images by their names): tried in a child that is confined like it. */
#include "box-test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/msdos_fs.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* "given" may be read; "other" lies beside it. */
static char top[] = "/tmp/paravet-program-XXXXXX";
static int sockets[2] = {-1, -1}, listening = -1, given = -1;

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "bytes", 5), 5);
	close(fd);
}

static int set_up(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	(void)state;
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	assert_int_equal(mkdir("given", 0700), 0);
	make_file("given/image");
	make_file("other");
	given = open("given", O_PATH | O_CLOEXEC);
	assert_true(given >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
	listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(
		bind(listening, (struct sockaddr *)&name, sizeof(name.sun_family)), 0);
	assert_int_equal(listen(listening, 1), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink("given/image");
	unlink("given/new");
	unlink("other");
	rmdir("given/folder");
	rmdir("given");
	return chdir("/") == 0 ? rmdir(top) : -1;
}

static long read_given(void)
{
	char got[5];
	int fd = open("given/image", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && pread(fd, got, 5, 0) == 5 && memcmp(got, "bytes", 5) == 0 ? 0
										    : -1;
}

static long list_given(void)
{
	return open("given", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long use_socket(void)
{
	char c;

	return send(sockets[0], "x", 1, 0) == 1 && recv(sockets[1], &c, 1, 0) == 1 ? 0
										   : -1;
}

static long wait_for_client(void)
{
	return accept(listening, NULL, NULL) < 0 && errno == EAGAIN ? 0 : -1;
}

static long have_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static void *return_given(void *p)
{
	return p;
}

static long have_threads(void)
{
	pthread_t thread;
	void *got = NULL;

	return pthread_create(&thread, NULL, return_given, top) == 0 &&
			       pthread_join(thread, &got) == 0 && got == top
		       ? 0
		       : -1;
}

static long signal_itself(void)
{
	return tgkill(getpid(), gettid(), 0);
}

static long read_own_limit(void)
{
	struct rlimit r;

	return getrlimit(RLIMIT_NOFILE, &r);
}

/* Where a call can fail for other reasons, too: only the filter's own answer counts. */
static long refused(long r)
{
	return r < 0 && errno == EPERM ? -1 : 0;
}

static long read_other(void)
{
	return open("other", O_RDONLY | O_CLOEXEC);
}

static long write_given(void)
{
	return open("given/image", O_WRONLY | O_CLOEXEC);
}

static long make_new(void)
{
	return open("given/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long make_folder(void)
{
	return mkdir("given/folder", 0700);
}

static long remove_given(void)
{
	return unlink("given/image");
}

static long rename_given(void)
{
	return rename("given/image", "given/new");
}

static long truncate_given(void)
{
	return truncate("given/image", 0);
}

static long truncate_other(void)
{
	return truncate("other", 0);
}

static long change_mode(void)
{
	return chmod("given/image", 0666);
}

static long change_mode_beside(void)
{
	return fchmodat(AT_FDCWD, "other", 0666, 0);
}

static long change_owner(void)
{
	return chown("other", getuid(), getgid());
}

static long change_time(void)
{
	return utimensat(AT_FDCWD, "other", NULL, 0);
}

static long change_attribute(void)
{
	return setxattr("other", "user.x", "y", 1, 0);
}

/* These go by a descriptor that was opened to read, for the file's owner. */
static long change_by_ioctl(unsigned long request)
{
	char none[4096] = {0}; /* as large as btrfs's largest */

	return refused(ioctl(open("given/image", O_RDONLY | O_CLOEXEC), request, none));
}

static long change_flags(void)
{
	return change_by_ioctl(FS_IOC_SETFLAGS);
}

static long change_extended_flags(void)
{
	return change_by_ioctl(FS_IOC_FSSETXATTR);
}

static long change_version(void)
{
	return change_by_ioctl(FS_IOC_SETVERSION);
}

static long seal_for_good(void)
{
	return change_by_ioctl(FS_IOC_ENABLE_VERITY);
}

/* Each goes by a descriptor that was opened to read, too, some by one of a folder. */
static long change_as_one_file_system(void)
{
	static const unsigned long requests[] = {
		_IOW('f', 4, long), /* the version, as ext3 and ext4 have it */
		_IO('f', 9),        /* ext4: its map of blocks into extents */
		FAT_IOCTL_SET_ATTRIBUTES,
		BTRFS_IOC_SUBVOL_CREATE,
		BTRFS_IOC_SUBVOL_CREATE_V2,
		BTRFS_IOC_SNAP_CREATE,
		BTRFS_IOC_SNAP_CREATE_V2,
		BTRFS_IOC_SNAP_DESTROY,
		BTRFS_IOC_SNAP_DESTROY_V2,
		BTRFS_IOC_SUBVOL_SETFLAGS,
		BTRFS_IOC_SET_RECEIVED_SUBVOL,
		BTRFS_IOC_DEFRAG,
		BTRFS_IOC_DEFRAG_RANGE,
	};
	long r = -1;

	for (size_t i = 0; r < 0 && i < ARRAY_LEN(requests); i++)
		r = change_by_ioctl(requests[i]);
	return r;
}

static long encrypt_folder(void)
{
	return change_by_ioctl(FS_IOC_SET_ENCRYPTION_POLICY);
}

/* Its user's files could not be read any more. */
static long take_key_away(void)
{
	return change_by_ioctl(FS_IOC_REMOVE_ENCRYPTION_KEY);
}

static long run_another(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return -1;
}

static long make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long make_pair(void)
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, (int[2]){-1, -1});
}

static long connect_given(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	return refused(connect(listening, (struct sockaddr *)&to, sizeof(to)));
}

/* Sockets made by the kernel's own threads pass by every filter of calls. */
static long queue_calls(void)
{
#ifdef SYS_io_uring_setup
	char params[120] = {0};

	return refused(syscall(SYS_io_uring_setup, 4, params));
#else
	return -1;
#endif
}

static long signal_parent(void)
{
	return kill(getppid(), 0);
}

static long signal_thread_of_parent(void)
{
	return tgkill(getppid(), getppid(), 0);
}

static long signal_any_thread(void)
{
	return syscall(SYS_tkill, getppid(), 0);
}

static long queue_signal(void)
{
	siginfo_t info = {.si_code = SI_QUEUE};

	return syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info);
}

static long signal_by_descriptor(void)
{
#ifdef SYS_pidfd_open
	int fd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	return fd < 0 ? -1 : syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
#else
	return -1;
#endif
}

static long name_parent(void)
{
	return syscall(SYS_pidfd_open, getppid(), 0);
}

/* The kernel would send it what F_SETSIG says. */
static long signal_by_socket(void)
{
	return fcntl(sockets[0], F_SETOWN, getppid());
}

static long signal_by_socket_as_thread(void)
{
	struct f_owner_ex to = {F_OWNER_TID, getppid()};

	return fcntl(sockets[0], F_SETOWN_EX, &to);
}

static long signal_by_ioctl(void)
{
	int to = getppid();

	return ioctl(sockets[0], FIOSETOWN, &to);
}

static long signal_group_by_ioctl(void)
{
	int to = getppid();

	return ioctl(sockets[0], SIOCSPGRP, &to);
}

static long limit_parent(void)
{
	struct rlimit r;

	return prlimit(getppid(), RLIMIT_CPU, NULL, &r);
}

static long slow_parent(void)
{
	return setpriority(PRIO_PROCESS, (id_t)getppid(), 19);
}

static long slow_disk_of_parent(void)
{
	return syscall(SYS_ioprio_set, 1, getppid(), 2 << 13 | 4);
}

static long bind_parent(void)
{
	cpu_set_t all;

	return sched_getaffinity(0, sizeof(all), &all) < 0
		       ? 0
		       : sched_setaffinity(getppid(), sizeof(all), &all);
}

static long schedule_parent(void)
{
	struct sched_param p = {0};

	return sched_setscheduler(getppid(), SCHED_OTHER, &p);
}

static long set_parameters_of_parent(void)
{
	struct sched_param p = {0};

	return sched_setparam(getppid(), &p);
}

static long set_attributes_of_parent(void)
{
	uint32_t attr[14] = {sizeof(attr)};

	return syscall(SYS_sched_setattr, getppid(), attr, 0);
}

static long migrate_parent(void)
{
	unsigned long nodes = 1;

	return refused(syscall(SYS_migrate_pages, getppid(), 64, &nodes, &nodes));
}

static long move_pages_of_parent(void)
{
	return refused(syscall(SYS_move_pages, getppid(), 0, NULL, NULL, NULL, 0));
}

static long compare_with_parent(void)
{
	return refused(syscall(SYS_kcmp, getppid(), getpid(), 0, 0, 0));
}

static long find_locks_of_parent(void)
{
	void *head;
	size_t n;

	return refused(syscall(SYS_get_robust_list, getppid(), &head, &n));
}

/* The name alone does: it need not have been opened. */
static long remove_named_queue(void)
{
	return refused(syscall(SYS_mq_unlink, "paravet-none"));
}

/* Any number does: these were made by others, and are found by trying. */
static long use_shared_memory(void)
{
	return refused(shmat(-1, NULL, 0) == (void *)-1 ? -1 : 0);
}

static long remove_shared_memory(void)
{
	return refused(shmctl(-1, IPC_RMID, NULL));
}

static long send_message(void)
{
	struct {
		long type;
		char text[1];
	} message = {1, "x"};

	return refused(msgsnd(-1, &message, 1, IPC_NOWAIT));
}

static long take_message(void)
{
	struct {
		long type;
		char text[1];
	} message;

	return refused(msgrcv(-1, &message, 1, 0, IPC_NOWAIT));
}

static long remove_queue(void)
{
	return refused(msgctl(-1, IPC_RMID, NULL));
}

static long use_semaphore(void)
{
	struct sembuf op = {.sem_op = 1};

	return refused(semop(-1, &op, 1));
}

static long use_semaphore_for_a_while(void)
{
	struct sembuf op = {.sem_op = 1};
	struct timespec t = {0};

	return refused(semtimedop(-1, &op, 1, &t));
}

static long remove_semaphore(void)
{
	return refused(semctl(-1, 0, IPC_RMID));
}

static long trace_parent(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static long read_parent(void)
{
	char c;
	struct iovec to = {&c, 1}, from = {top, 1};

	return process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static long mount_something(void)
{
	return refused(syscall(SYS_mount, "none", "given", "tmpfs", 0, NULL));
}

/* Reaches a file system that is mounted, as fsopen() does one that is not. */
static long pick_mounted(void)
{
	return refused(syscall(SYS_fspick, AT_FDCWD, "/", 0));
}

static long configure_mount(void)
{
	return refused(syscall(SYS_fsconfig, -1, 0, NULL, NULL, 0));
}

static long finish_mount(void)
{
	return refused(syscall(SYS_fsmount, -1, 0, 0));
}

static long leave_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static long end_child(pid_t pid)
{
	if (pid == 0)
		_exit(0);
	return pid > 0 ? waitpid(pid, NULL, 0) : refused(pid);
}

/* A child gets every right in a user namespace that it begins. */
static long leave_by_child(void)
{
	static const unsigned long spaces[] = {
		CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
		CLONE_NEWIPC,  CLONE_NEWPID, CLONE_NEWNET,
	};
	long r = -1;

	for (size_t i = 0; r < 0 && i < ARRAY_LEN(spaces); i++)
		r = end_child((pid_t)syscall(SYS_clone, spaces[i] | SIGCHLD, NULL, NULL,
					     NULL, 0));
	return r;
}

/* Its flags lie in memory, where no filter looks: the C library has to do without. */
static long leave_by_new_call(void)
{
	uint64_t args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, args, sizeof(args));

	if (pid < 0 && errno == ENOSYS)
		return -1;
	end_child(pid);
	return 0;
}

static const struct attempt {
	const char *name;
	long (*act)(void);
	bool allowed;
} attempts[] = {
	{"read what it was given", read_given, true},
	{"list a folder that it was given", list_given, true},
	{"use its sockets", use_socket, true},
	{"wait for a client", wait_for_client, true},
	{"have children", have_child, true},
	{"have threads", have_threads, true},
	{"signal itself", signal_itself, true},
	{"read its own limits", read_own_limit, true},
	{"read another file", read_other, false},
	{"open what it was given for writing", write_given, false},
	{"make a file", make_new, false},
	{"make a folder", make_folder, false},
	{"remove a file", remove_given, false},
	{"rename a file", rename_given, false},
	{"truncate what it was given", truncate_given, false},
	{"truncate another file", truncate_other, false},
	{"change a mode", change_mode, false},
	{"change the mode of another file", change_mode_beside, false},
	{"change an owner", change_owner, false},
	{"change a time", change_time, false},
	{"change an attribute", change_attribute, false},
	{"change flags", change_flags, false},
	{"change extended flags", change_extended_flags, false},
	{"change a version", change_version, false},
	{"seal a file for good", seal_for_good, false},
	{"change a file as one file system does", change_as_one_file_system, false},
	{"encrypt a folder", encrypt_folder, false},
	{"take a key away", take_key_away, false},
	{"run a program that it was not given", run_another, false},
	{"make a socket", make_socket, false},
	{"make a pair of sockets", make_pair, false},
	{"connect a socket", connect_given, false},
	{"queue calls", queue_calls, false},
	{"signal its parent", signal_parent, false},
	{"signal a thread of its parent", signal_thread_of_parent, false},
	{"signal any thread", signal_any_thread, false},
	{"queue a signal", queue_signal, false},
	{"signal by a descriptor", signal_by_descriptor, false},
	{"name its parent", name_parent, false},
	{"have its parent signalled", signal_by_socket, false},
	{"have a thread of its parent signalled", signal_by_socket_as_thread, false},
	{"have its parent signalled by ioctl", signal_by_ioctl, false},
	{"have its parent's group signalled by ioctl", signal_group_by_ioctl, false},
	{"change its parent's limits", limit_parent, false},
	{"slow its parent down", slow_parent, false},
	{"slow its parent's reading down", slow_disk_of_parent, false},
	{"bind its parent to a processor", bind_parent, false},
	{"choose its parent's scheduler", schedule_parent, false},
	{"set its parent's parameters", set_parameters_of_parent, false},
	{"set its parent's attributes", set_attributes_of_parent, false},
	{"migrate its parent's memory", migrate_parent, false},
	{"move its parent's pages", move_pages_of_parent, false},
	{"compare itself with its parent", compare_with_parent, false},
	{"find its parent's locks", find_locks_of_parent, false},
	{"use shared memory", use_shared_memory, false},
	{"remove shared memory", remove_shared_memory, false},
	{"send a message", send_message, false},
	{"take a message", take_message, false},
	{"remove a queue of messages", remove_queue, false},
	{"remove a queue by its name", remove_named_queue, false},
	{"use a semaphore", use_semaphore, false},
	{"use a semaphore for a while", use_semaphore_for_a_while, false},
	{"remove a semaphore", remove_semaphore, false},
	{"trace its parent", trace_parent, false},
	{"read its parent's memory", read_parent, false},
	{"mount", mount_something, false},
	{"pick what is mounted", pick_mounted, false},
	{"configure a mount", configure_mount, false},
	{"finish a mount", finish_mount, false},
	{"enter a name space", leave_namespace, false},
	{"begin a name space with a child", leave_by_child, false},
	{"begin one by the new call", leave_by_new_call, false},
};

enum { DONE, FAILED, NOT_CONFINED };

static int try(const struct attempt *a)
{
	struct sandbox_program p = {.readable = &given, .n = 1};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (!sandbox_confine_program(&p))
			_exit(NOT_CONFINED);
		_exit(a->act() < 0 ? FAILED : DONE);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_attempts(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		const struct attempt *a = &attempts[i];
		int got = try(a);

		if (got == NOT_CONFINED) {
			print_message("this kernel has no Landlock or no seccomp\n");
			skip();
		}
		if ((got == DONE) == a->allowed)
			continue;
		print_error("a confined program %s %s\n",
			    a->allowed ? "could not" : "could", a->name);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* It is not enough that a rule cannot be made: nothing then runs half confined. */
static void test_no_such_file(void **state)
{
	int none = -1;
	struct sandbox_program p = {.readable = &none, .n = 1};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(sandbox_confine_program(&p) ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_no_such_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
