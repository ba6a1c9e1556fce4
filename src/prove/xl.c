/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parent's half: it finds xl, and starts and ends the keeper. */
#include "xl.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "xl_here.h"
#include "xl_keeper.h"

/* xl takes a minute at most for each thing that it waits for. */
enum { END_SECONDS = 120 };

int xl_find(struct arena *a, struct xl_host *ret, const char **ret_why, struct err *e)
{
	static const char no_root[] = "only root can use its xl";
	struct err why = ERR_INIT;
	struct xl_host h = {0};
	enum xl_here here = xl_here();
	int r;

	*ret_why = here == XL_NOT_ROOT ? no_root : NULL;
	if (here != XL_HOST)
		return 0;
	r = process_find("xl", a, &h.xl, &why);
	if (r >= 0)
		r = process_find("xenstore-ls", a, &h.xenstore_ls, &why);
	if (r >= 0)
		r = process_find("xenstore-read", a, &h.xenstore_read, &why);
	if (r < 0) {
		*ret_why = arena_strdup(a, why.text);
		return *ret_why ? 0 : arena_full(a, e);
	}
	if (process_find("modprobe", a, &h.modprobe, &why) < 0)
		h.modprobe = NULL;
	*ret = h;
	return 1;
}

/* Handlers of the parent must not run here; what asks for an end is a descriptor. */
static int own_signals(void)
{
	static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t all, asked;

	sigemptyset(&asked);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		sigaddset(&asked, ends[i]);
		sigaction(ends[i], &plain, NULL);
	}
	sigaction(SIGCHLD, &plain, NULL);
	plain.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &plain, NULL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return signalfd(-1, &asked, SFD_CLOEXEC);
}

static void close_others(const struct keeper *k)
{
	int kept[LIMIT_XEN_DISKS + 2] = {STDERR_FILENO, k->stream};
	size_t n = 2;

	for (size_t i = 0; i < k->setup->disks.n; i++)
		kept[n++] = k->wires->disks[i];
	sandbox_close_others(kept, n);
}

/* Not in the terminal's group: Ctrl-C ends the parent, and that ends the guest. */
_Noreturn static void run_keeper(struct keeper *k, int parent, int out)
{
	bool alone;

	setsid();
	alone = prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) < 0 || getppid() != parent;
	if (alone || dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	close_others(k);
	k->signals = own_signals();
	keeper_main(k);
}

int xl_start(const struct setup *s, const struct setup_machine *m,
	     const struct setup_wires *w, int stream, struct process *ret, struct err *e)
{
	struct keeper k = {.setup = s, .machine = m, .wires = w, .stream = stream};
	int out[2], parent = getpid();
	sigset_t all, before;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return err_set(e, ERR_IO, "pipe: %s", strerror(errno));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_keeper(&k, parent, out[1]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(out[1]);
	if (pid < 0) {
		close(out[0]);
		return err_set(e, ERR_IO, "fork: %s", strerror(errno));
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	*ret = (struct process){.pid = pid, .errors = out[0]};
	return 0;
}

/* One that is late goes on, and is not waited for. */
void xl_end(struct process *keeper, int *stream)
{
	const struct timespec tick = {.tv_nsec = 20000000};
	char buf[4096];

	cleanup_close(stream);
	*stream = -1;
	for (int ms = 0; ms < END_SECONDS * 1000 && !process_has_ended(keeper);
	     ms += 20) {
		while (keeper->errors >= 0 && read(keeper->errors, buf, sizeof(buf)) > 0)
			;
		nanosleep(&tick, NULL);
	}
	if (process_has_ended(keeper))
		process_end(keeper);
	cleanup_close(&keeper->errors);
	*keeper = (struct process)PROCESS_NONE;
}
