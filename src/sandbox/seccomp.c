/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: the system calls that are left, as a table that is turned into a BPF program
 * (Linux documentation, userspace-api/seccomp_filter). Everything else kills the worker;
 * the kernel's log then names the call (audit type 1326).
 *
 * A row may check one or two arguments. Several rows for one call are alternatives. Only
 * the low 32 bits are checked: every argument checked here is an int or a flag below
 * 2^32 to the kernel.
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "internal.h"
#include "limits.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_ARCH AUDIT_ARCH_PPC64LE
#endif

#ifdef NATIVE_ARCH

enum check_kind {
	CHECK_NONE,
	CHECK_EQUAL,   /* the argument is the value */
	CHECK_CLEAR,   /* none of the value's bits is set */
	CHECK_SET,     /* all of the value's bits are set */
	CHECK_SOCKET,  /* the argument is the socket to the parent */
	CHECK_PEER,    /* the argument is the socket to the server's peer */
	CHECK_SCRATCH, /* the argument is the scratch file */
	CHECK_OUTPUT,  /* the argument is the output that the row is for */
	CHECK_SELF     /* the argument is the worker's own process number */
};

struct check {
	enum check_kind kind;
	unsigned arg;
	uint32_t value;
};

enum use {
	ALWAYS,
	IN_DIR,  /* only when a directory may be read */
	NO_DIR,  /* only without one */
	WRITING, /* only with a scratch file */
	OUTPUT,  /* once for each output */
	SERVING  /* only in a server */
};

struct row {
	uint32_t nr;
	enum use use;
	uint32_t action;
	struct check checks[2];
};

/* clang-format off */
#define ALLOW(call, ...) {__NR_##call, ALWAYS, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define ALLOW_IN_DIR(call, ...) {__NR_##call, IN_DIR, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define ALLOW_WRITING(call, ...) {__NR_##call, WRITING, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define ALLOW_OUTPUT(call) {__NR_##call, OUTPUT, SECCOMP_RET_ALLOW, {{CHECK_OUTPUT, 0}}}
#define ALLOW_SERVING(call, ...) {__NR_##call, SERVING, SECCOMP_RET_ALLOW, {__VA_ARGS__}}
#define DENY(call, use) {__NR_##call, use, SECCOMP_RET_ERRNO | EACCES, {{CHECK_NONE}}}
#define NO_CHECK {CHECK_NONE}

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

enum {
	ROW_MAX = 1 + 2 * 3 + 2, /* the most instructions that one row becomes */
	OUTPUT_ROWS = 3,
	OUTPUT_ROW = 1 + 2 + 2,
	PROGRAM_MAX = 10 + (int)ARRAY_LEN(rows) * ROW_MAX +
		      LIMIT_WORKER_OUTPUTS * OUTPUT_ROWS * OUTPUT_ROW
};

_Static_assert(PROGRAM_MAX <= BPF_MAXINSNS, "the kernel takes a program of any guest");

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short n;
};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	p->code[p->n++] = (struct sock_filter){code, yes, no, k};
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The value that an argument has to equal. */
static uint32_t wanted(const struct check *c, const struct seccomp_fds *fds)
{
	switch (c->kind) {
	case CHECK_SOCKET:
		return (uint32_t)fds->sock;
	case CHECK_PEER:
		return (uint32_t)fds->peer;
	case CHECK_SCRATCH:
		return (uint32_t)fds->scratch;
	case CHECK_OUTPUT:
		return (uint32_t)fds->output;
	case CHECK_SELF:
		return (uint32_t)getpid();
	default:
		return c->value;
	}
}

/* Goes on when the check holds, else jumps over `skip` instructions after it. */
static void emit_check(struct program *p, const struct check *c,
		       const struct seccomp_fds *fds, uint8_t skip)
{
	emit_load(p, offsetof(struct seccomp_data, args) + 8 * (size_t)c->arg);
	switch (c->kind) {
	case CHECK_SET:
		emit(p, BPF_ALU | BPF_AND | BPF_K, c->value, 0, 0);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, c->value, 0, skip);
		break;
	case CHECK_CLEAR:
		emit(p, BPF_JMP | BPF_JSET | BPF_K, c->value, skip, 0);
		break;
	default:
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, wanted(c, fds), 0, skip);
	}
}

static uint8_t check_length(const struct check *c)
{
	return c->kind == CHECK_NONE ? 0 : c->kind == CHECK_SET ? 3 : 2;
}

/* The accumulator holds the call's number before and after. */
static void emit_row(struct program *p, const struct row *r,
		     const struct seccomp_fds *fds)
{
	uint8_t first = check_length(&r->checks[0]), second = check_length(&r->checks[1]);
	uint8_t reload = first ? 1 : 0;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, r->nr, 0,
	     (uint8_t)(first + second + 1 + reload));
	if (first)
		emit_check(p, &r->checks[0], fds, (uint8_t)(second + 1));
	if (second)
		emit_check(p, &r->checks[1], fds, 1);
	emit(p, BPF_RET | BPF_K, r->action, 0, 0);
	if (reload)
		emit_load(p, offsetof(struct seccomp_data, nr));
}

static bool applies(enum use use, const struct seccomp_fds *fds)
{
	return use == ALWAYS || (use == IN_DIR && fds->dir_mode) ||
	       (use == NO_DIR && !fds->dir_mode) ||
	       (use == WRITING && fds->scratch >= 0) ||
	       (use == SERVING && fds->peer >= 0);
}

static void emit_outputs(struct program *p, const struct row *r,
			 const struct seccomp_fds *fds)
{
	struct seccomp_fds one = *fds;

	for (size_t i = 0; i < fds->output_count; i++) {
		one.output = fds->outputs[i].fd;
		emit_row(p, r, &one);
	}
}

/* The architecture, and numbers of no other kind (x32 has bit 30). */
static void emit_start(struct program *p)
{
	emit_load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	emit_load(p, offsetof(struct seccomp_data, nr));
	emit(p, BPF_JMP | BPF_JSET | BPF_K, 1u << 30, 0, 1);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
}

static void emit_all(struct program *p, const struct seccomp_fds *fds)
{
	emit_start(p);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].use == OUTPUT)
			emit_outputs(p, &rows[i], fds);
		else if (applies(rows[i].use, fds))
			emit_row(p, &rows[i], fds);
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
}

static bool load(struct program *p)
{
	struct sock_fprog prog = {.len = p->n, .filter = p->code};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

bool seccomp_confine(const struct seccomp_fds *fds)
{
	struct program p = {.n = 0};

	emit_all(&p, fds);
	return load(&p);
}

/* Newer than some headers; the same number everywhere. */
enum {
	NR_FCHMODAT2 = 452,
	NR_SETXATTRAT = 463,
	NR_REMOVEXATTRAT = 466,
	NR_FILE_SETATTR = 469,
};

/* What a program that reads images needs for nothing: new sockets and their peers, other
 * processes, the kernel itself, and what Landlock leaves open about files (their modes,
 * owners, times and attributes; before Linux 6.2 their length). It keeps the sockets that
 * it was given. */
static const uint32_t denied[] = {
	/* these would make calls that no filter sees */
	__NR_io_uring_setup,
	__NR_io_uring_enter,
	__NR_io_uring_register,
#ifdef __NR_chmod
	__NR_chmod,
	__NR_chown,
	__NR_lchown,
	__NR_utime,
	__NR_utimes,
	__NR_futimesat,
#endif
	__NR_fchmod,
	__NR_fchmodat,
	NR_FCHMODAT2,
	__NR_fchown,
	__NR_fchownat,
	__NR_utimensat,
	__NR_truncate,
	__NR_setxattr,
	__NR_lsetxattr,
	__NR_fsetxattr,
	NR_SETXATTRAT,
	__NR_removexattr,
	__NR_lremovexattr,
	__NR_fremovexattr,
	NR_REMOVEXATTRAT,
	NR_FILE_SETATTR,
	__NR_tkill,
	__NR_tgkill, /* but for its own threads */
	__NR_rt_sigqueueinfo,
	__NR_rt_tgsigqueueinfo,
	__NR_pidfd_send_signal,
	__NR_pidfd_getfd,
	__NR_process_madvise,
	__NR_userfaultfd,
	__NR_fsopen,
	__NR_open_tree,
	__NR_move_mount,
	__NR_mount_setattr,
	__NR_kexec_load,
	__NR_mq_open,
	__NR_socket,
	__NR_socketpair,
	__NR_connect,
	__NR_bind,
	__NR_listen,
	__NR_ptrace,
	__NR_kill,
	__NR_process_vm_readv,
	__NR_process_vm_writev,
	__NR_mount,
	__NR_umount2,
	__NR_pivot_root,
	__NR_chroot,
	__NR_unshare,
	__NR_setns,
	__NR_bpf,
	__NR_perf_event_open,
	__NR_add_key,
	__NR_keyctl,
	__NR_request_key,
	__NR_init_module,
	__NR_reboot,
	__NR_finit_module,
	__NR_delete_module,
	__NR_swapon,
	__NR_name_to_handle_at,
	__NR_open_by_handle_at,
	__NR_shmget,
	__NR_msgget,
	__NR_semget,
};

static const struct row own_threads = ALLOW(tgkill, {CHECK_SELF, 0});

_Static_assert(8 + ROW_MAX + 2 * ARRAY_LEN(denied) <= PROGRAM_MAX,
	       "there is room for them");

bool seccomp_confine_program(void)
{
	struct program p = {.n = 0};

	emit_start(&p);
	emit_row(&p, &own_threads, NULL);
	for (size_t i = 0; i < ARRAY_LEN(denied); i++) {
		emit(&p, BPF_JMP | BPF_JEQ | BPF_K, denied[i], 0, 1);
		emit(&p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
	}
	emit(&p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	return load(&p);
}

#else

bool seccomp_confine(const struct seccomp_fds *fds)
{
	(void)fds;
	return false;
}

bool seccomp_confine_program(void)
{
	return false;
}

#endif
