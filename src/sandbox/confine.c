/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layers of the sandbox, from the outside in. Each takes something away that the
 * next ones would forbid anyway, so that one hole is not enough. seccomp comes last,
 * because it forbids what the others need for themselves.
 *
 * Left out on purpose: new network, IPC and mount namespaces. They cost 0.3 to 0.5 ms per
 * worker (a user namespace costs 0.02 ms), and seccomp has no row for sockets, IPC or
 * mounts at all.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "checked.h"
#include "internal.h"
#include "limits.h"
#include "text.h"

static bool set_limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit l;

	if (getrlimit(resource, &l) < 0)
		return false;
	l.rlim_max = hard < l.rlim_max ? (rlim_t)hard : l.rlim_max;
	l.rlim_cur = soft < l.rlim_max ? (rlim_t)soft : l.rlim_max;
	return setrlimit(resource, &l) == 0;
}

/* The process's address space as /proc/self/statm has it, in bytes. */
static bool mapped_now(uint64_t *ret)
{
	_cleanup_close_ int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char buf[128];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));
	struct slice line, pages;
	uint64_t count;

	if (n <= 0)
		return false;
	line = slice_of(buf, (size_t)n);
	return text_word(&line, &pages) && text_u64(pages, UINT64_MAX, &count) &&
	       checked_mul(count, (uint64_t)sysconf(_SC_PAGESIZE), ret);
}

static bool limit_memory(const struct worker *w)
{
	uint64_t now, most;

	/* AddressSanitizer maps terabytes for its shadow, and more as it goes. */
	return !SANDBOX_SANITIZED && mapped_now(&now) &&
	       checked_add(now, w->options->memory, &most) &&
	       set_limit(RLIMIT_AS, most, most);
}

/* The size that the largest of its files may reach. */
static uint64_t largest_file(const struct sandbox_options *o)
{
	uint64_t most = o->scratch ? o->scratch->max : 0;

	for (size_t i = 0; i < o->output_count; i++)
		if (o->outputs[i].max > most)
			most = o->outputs[i].max;
	return most;
}

static bool limit_resources(const struct worker *w)
{
	const struct sandbox_server *server = w->options->server;
	uint64_t seconds = w->options->seconds;
	uint64_t files = w->kept_count + 3 + LIMIT_WORKER_FILES;
	uint64_t written = largest_file(w->options);

	/* SIGXCPU tells the parent why; SIGKILL comes a second later. A server works for
	 * as long as its parent wants. */
	return (server || set_limit(RLIMIT_CPU, seconds, seconds + 1)) &&
	       set_limit(RLIMIT_FSIZE, written, written) &&
	       set_limit(RLIMIT_NPROC, 0, 0) && set_limit(RLIMIT_NOFILE, files, files) &&
	       set_limit(RLIMIT_CORE, 0, 0);
}

/* Makes the readable directory the root; without one, a directory of /proc where the
 * only names are the numbers of the worker's own descriptors. */
static bool change_root(int dir_fd)
{
	if (dir_fd >= 0)
		return fchdir(dir_fd) == 0 && chroot(".") == 0;
	return chroot("/proc/self/fdinfo") == 0 && chdir("/") == 0;
}

/* root may do it at once and keeps its right to read; others need a user namespace. */
static bool hide_files(const struct worker *w)
{
	return change_root(w->options->dir_fd) ||
	       (unshare(CLONE_NEWUSER) == 0 && change_root(w->options->dir_fd));
}

/* root that inspects a directory may read what others own, and nothing more. */
static bool drop_capabilities(const struct worker *w)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2] = {0}, none[2] = {0};

	if (syscall(SYS_capget, &h, now) < 0)
		return false;
	if (w->options->dir_fd >= 0)
		none[0].effective = none[0].permitted =
			now[0].permitted & 1u << CAP_DAC_READ_SEARCH;
	return syscall(SYS_capset, &h, none) == 0;
}

/* The worker dies with its parent, and nobody may trace it or see its memory. After
 * hide_files(), since a change of credentials can undo both. */
static bool tie_to_parent(const struct worker *w)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == w->parent &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool forbid_new_privileges(const struct worker *w)
{
	(void)w;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool restrict_files(const struct worker *w)
{
	struct landlock_rule dir = {w->options->dir_fd,
				    LANDLOCK_ACCESS_FS_READ_FILE |
					    LANDLOCK_ACCESS_FS_READ_DIR};

	return landlock_confine(&dir, dir.fd >= 0 ? 1 : 0);
}

static bool restrict_calls(const struct worker *w)
{
	const struct sandbox_options *o = w->options;
	struct seccomp_fds fds = {.sock = w->sock,
				  .peer = o->server ? o->server->peer_fd : -1,
				  .scratch = o->scratch ? o->scratch->fd : -1,
				  .outputs = o->outputs,
				  .output_count = o->output_count,
				  .dir_mode = o->dir_fd >= 0};

	return seccomp_confine(&fds);
}

/* The hiding of files is not required: it needs /proc, and a user namespace, which some
 * distributions forbid; Landlock and seccomp stand without it. */
static const struct layer {
	const char *name;
	bool (*apply)(const struct worker *w);
	bool required;
} layers[] = {
	{"memory", limit_memory, !SANDBOX_SANITIZED},
	{"chroot", hide_files, false},
	{"capabilities", drop_capabilities, true},
	{"untraceable", tie_to_parent, true},
	{"rlimits", limit_resources, true},
	{"no_new_privs", forbid_new_privileges, true},
	{"landlock", restrict_files, true},
	{"seccomp", restrict_calls, true},
};

_Static_assert(ARRAY_LEN(layers) <= ARRAY_LEN(((struct sandbox *)0)->names),
	       "struct sandbox has room for every layer");

int confine(struct sandbox *box, const struct worker *w, struct err *e)
{
	sandbox_close_others(w->kept, w->kept_count);
	if (box->options->mode == SANDBOX_OFF)
		return 0;
	box->layers.v = box->names;
	box->layers.cap = ARRAY_LEN(box->names);
	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		const struct layer *l = &layers[i];

		if (l->apply(w))
			box->layers.v[box->layers.n++] = l->name;
		else if (l->required && box->options->mode == SANDBOX_REQUIRE)
			return err_set(e, ERR_PROGRAM,
				       "the sandbox is required, but its layer \"%s\" "
				       "is not available here",
				       l->name);
	}
	return 0;
}
