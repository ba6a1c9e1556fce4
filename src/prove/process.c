/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "text.h"

int process_find(const char *program, struct arena *a, const char **ret, struct err *e)
{
	const char *path = getenv("PATH");
	struct slice rest = slice_str(path ? path : "/usr/bin:/bin"), dir = rest;
	bool more = true;

	while (more) {
		const char *full;

		dir = rest;
		more = text_split(rest, ':', &dir, &rest);
		full = arena_printf(a, "%.*s/%s", (int)dir.n, (const char *)dir.p,
				    program);
		if (!full)
			return arena_full(a, e);
		if (dir.n && access(full, X_OK) == 0) {
			*ret = full;
			return 0;
		}
	}
	return err_set(e, ERR_PROGRAM, "%s is not installed", program);
}

static bool confine(const struct process_limits *limits)
{
	struct rlimit memory = {limits->memory, limits->memory};
	struct rlimit seconds = {limits->seconds, limits->seconds + 1};
	struct rlimit written = {limits->written, limits->written}, nothing = {0, 0};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       setrlimit(RLIMIT_CORE, &nothing) == 0 &&
	       setrlimit(RLIMIT_FSIZE, &written) == 0 &&
	       setrlimit(RLIMIT_CPU, &seconds) == 0 && setrlimit(RLIMIT_AS, &memory) == 0;
}

enum { END_MS = 2000 }; /* for a program that is asked to end */

enum { LISTEN_FD = 3 }; /* where sd_listen_fds(3) has the first socket */

/* The one descriptor that stays open besides standard input, output and error, or all
 * that are named. */
static bool keep_open(const struct process_options *o)
{
	if (o->listen_fd)
		return o->listen_fd == LISTEN_FD ? fcntl(LISTEN_FD, F_SETFD, 0) == 0
						 : dup2(o->listen_fd, LISTEN_FD) >= 0;
	for (size_t i = 0; i < o->keep_count; i++)
		if (fcntl(o->keep[i], F_SETFD, 0) < 0)
			return false;
	return true;
}

enum { ROOM = 4 }; /* for words of our own */

/* Behind the last one. */
static void add_word(char **list, const char *word)
{
	while (*list)
		list++;
	*list = (char *)(uintptr_t)word;
}

/* Only what is safe between fork() and exec(). */
_Noreturn static void run_child(char *const *argv, char **environment,
				const struct process_options *o, int parent, int out)
{
	int output = o->output_fd ? o->output_fd : out;
	int end_signal = o->for_user ? SIGTERM : SIGKILL;
	char listen_pid[32];
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	snprintf(listen_pid, sizeof(listen_pid), "LISTEN_PID=%d", (int)getpid());
	if (o->listen_fd)
		add_word(environment, listen_pid);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Not in the terminal's group: Ctrl-C ends the parent, and that ends it. */
	if (!o->for_user)
		setsid();
	if (prctl(PR_SET_PDEATHSIG, end_signal, 0, 0, 0) < 0 || getppid() != parent ||
	    null < 0 || dup2(o->input_fd ? o->input_fd : null, STDIN_FILENO) < 0 ||
	    dup2(output, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    (o->limits && !confine(o->limits)) ||
	    syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		_exit(126);
	if (!keep_open(o))
		_exit(126);
	if (o->files && !sandbox_confine_program(o->files))
		_exit(PROCESS_NOT_CONFINED);
	execve(argv[0], argv, o->for_user ? environ : environment);
	_exit(127);
}

/* A copy that execve() takes, with room for more; the strings stay the arena's. */
static char **copy_argv(const strs *argv)
{
	char **ret = calloc(argv->n + ROOM + 1, sizeof(*ret));

	for (size_t i = 0; ret && i < argv->n; i++)
		ret[i] = (char *)(uintptr_t)argv->v[i];
	return ret;
}

int process_start(const strs *argv, const struct process_options *o, struct process *ret,
		  struct err *e)
{
	static const strs nothing = {0};
	_cleanup_free_ char **copy = copy_argv(argv);
	_cleanup_free_ char **environment =
		copy_argv(o->environment ? o->environment : &nothing);
	int out[2], parent = getpid();
	pid_t pid;

	if (!copy || !environment)
		return err_set(e, ERR_NOMEM, "out of memory");
	add_word(environment, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	add_word(environment, "LC_ALL=C");
	if (o->listen_fd)
		add_word(environment, "LISTEN_FDS=1");
	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		run_child(copy, environment, o, parent, out[1]);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return err_set(e, ERR_IO, "cannot start %s: %s", argv->v[0],
			       strerror(errno));
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	*ret = (struct process){.pid = pid, .errors = out[0], .for_user = o->for_user};
	return 0;
}

bool process_has_ended(struct process *p)
{
	if (p->pid && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
		p->pid = 0;
	return p->pid == 0;
}

/* "nanoseconds-run nanoseconds-waited slices", Documentation/scheduler/sched-stats.rst.
 */
static bool thread_times(int tasks, const char *thread, uint64_t *had, uint64_t *waited)
{
	char path[64], buf[128];
	_cleanup_close_ int fd = -1;
	struct slice line, word;
	uint64_t a, b;
	ssize_t n;

	snprintf(path, sizeof(path), "%.20s/schedstat", thread);
	fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));
	line = slice_of(buf, n > 0 ? (size_t)n : 0);
	if (!text_word(&line, &word) || !text_u64(word, UINT64_MAX, &a) ||
	    !text_word(&line, &word) || !text_u64(word, UINT64_MAX, &b))
		return false;
	*had += a;
	*waited += b;
	return true;
}

bool process_times(int pid, uint64_t *ret_had, uint64_t *ret_waited)
{
	uint64_t had = 0, waited = 0;
	const struct dirent *entry;
	bool any = false;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = pid ? opendir(path) : NULL;
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			any = thread_times(dirfd(tasks), entry->d_name, &had, &waited) ||
			      any;
	if (tasks)
		closedir(tasks);
	*ret_had = had / 1000000;
	*ret_waited = waited / 1000000;
	return any;
}

bool process_went_well(const struct process *p)
{
	return p->pid == 0 && WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0;
}

const char *process_end_text(const struct process *p, struct arena *a)
{
	return WIFSIGNALED(p->status)
		       ? arena_printf(a, "signal %d (%s)", WTERMSIG(p->status),
				      strsignal(WTERMSIG(p->status)))
		       : arena_printf(a, "exit status %d", WEXITSTATUS(p->status));
}

/* Whoever asks on a terminal has switched its echo off. */
static void ask_to_end(struct process *p)
{
	kill(p->pid, SIGTERM);
	for (unsigned ms = 0; ms < END_MS && !process_has_ended(p); ms++)
		poll(NULL, 0, 1);
}

void process_end(struct process *p)
{
	if (!process_has_ended(p) && p->for_user)
		ask_to_end(p);
	if (!process_has_ended(p)) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
			;
		p->pid = 0;
	}
	cleanup_close(&p->errors);
	p->errors = -1;
}
