/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starting a worker: its socket, the descriptors it keeps, and the fork.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"

/* What stays open in the worker: what the caller says, and its socket. */
static int *list_kept(const struct sandbox_options *o, int sock, size_t *ret_n)
{
	int *kept = calloc(o->keep_count + o->output_count + 5, sizeof(*kept));
	size_t n = 0;

	if (!kept)
		return NULL;
	for (size_t i = 0; i < o->keep_count; i++)
		if (o->keep_fds[i] >= 0)
			kept[n++] = o->keep_fds[i];
	if (o->dir_fd >= 0)
		kept[n++] = o->dir_fd;
	if (o->scratch)
		kept[n++] = o->scratch->fd;
	for (size_t i = 0; i < o->output_count; i++)
		kept[n++] = o->outputs[i].fd;
	if (o->server)
		kept[n++] = o->server->peer_fd;
	if (SANDBOX_SANITIZED || o->mode == SANDBOX_OFF)
		kept[n++] = STDERR_FILENO; /* for its reports */
	kept[n++] = sock;
	*ret_n = n;
	return kept;
}

/* fork() with all signals blocked, so that no handler of the parent runs in the worker.
 */
static pid_t fork_worker(const struct worker *w)
{
	sigset_t all, before;
	pid_t pid;
	int cause;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		worker_main(w);
	cause = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = cause;
	return pid;
}

/* Both ends lie above standard error: the worker's must not be in the way of 0 to 2. */
static int make_socket(int *ret_parent, int *ret_worker, struct err *e)
{
	int ends[2], raised;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_IO, "cannot make a socket for the worker: %s",
			       strerror(errno));
	*ret_parent = ends[0];
	*ret_worker = ends[1];
	if (ends[1] > STDERR_FILENO)
		return 0;
	raised = fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (raised < 0)
		return err_set(e, ERR_IO, "cannot make a socket for the worker: %s",
			       strerror(errno));
	close(ends[1]);
	*ret_worker = raised;
	return 0;
}

int worker_start(const struct sandbox_options *o, sandbox_job job, void *ctx,
		 pid_t *ret_pid, int *ret_sock, struct err *e)
{
	struct worker w = {.options = o, .job = job, .ctx = ctx, .parent = getpid()};
	_cleanup_close_ int mine = -1, theirs = -1;
	_cleanup_free_ int *kept = NULL;
	pid_t pid;
	int r = make_socket(&mine, &theirs, e);

	if (r < 0)
		return r;
	kept = list_kept(o, theirs, &w.kept_count);
	if (!kept)
		return err_set(e, ERR_NOMEM, "out of memory");
	w.kept = kept;
	w.sock = theirs;
	pid = fork_worker(&w);
	if (pid < 0)
		return err_set(e, ERR_IO, "cannot start a worker: %s", strerror(errno));
	close(TAKE_FD(theirs));
	*ret_sock = TAKE_FD(mine);
	*ret_pid = pid;
	return 0;
}
