/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parent's side of the sandbox: it forks the worker, answers its messages until there
 * is a result, an error, silence for too long, or a death, and always reaps it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "escape.h"
#include "internal.h"
#include "limits.h"
#include "text.h"

struct session {
	const struct sandbox_options *options;
	int sock;
	int64_t deadline; /* milliseconds of the monotonic clock */
	unsigned requests;
	struct strbuf result;
	uint8_t packet[MESSAGE_MAX];
};

/* How one step of a session ended (or a negative error code). */
enum step { STEP_MORE, STEP_DONE, STEP_GONE };

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int took_too_long(const struct sandbox_options *o, struct err *e)
{
	return err_set(e, ERR_LIMIT, "took longer than %u seconds", o->seconds);
}

/* An empty packet and the end of the socket look the same to recv(). */
static bool worker_hung_up(int sock)
{
	struct pollfd p = {.fd = sock};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* The next packet, or STEP_GONE. */
static int receive(struct session *s, struct slice *ret, struct err *e)
{
	struct pollfd p = {.fd = s->sock, .events = POLLIN};

	for (;;) {
		ssize_t n = recv(s->sock, s->packet, sizeof(s->packet),
				 MSG_DONTWAIT | MSG_TRUNC);
		int64_t left;

		if (n > (ssize_t)sizeof(s->packet))
			return err_set(e, ERR_BUG, "the worker sent an oversized packet");
		if ((n == 0 && worker_hung_up(s->sock)) || (n < 0 && errno == ECONNRESET))
			return STEP_GONE;
		if (n >= 0) {
			*ret = slice_of(s->packet, (size_t)n);
			return STEP_MORE;
		}
		if (errno != EAGAIN && errno != EINTR)
			return err_set(e, ERR_IO, "cannot read from the worker: %s",
				       strerror(errno));
		left = s->deadline - clock_ms();
		if (left <= 0)
			return took_too_long(s->options, e);
		poll(&p, 1, left > 60000 ? 60000 : (int)left);
	}
}

/* Asks the broker on the worker's behalf; what it says goes into `reply`. */
static void ask_broker(struct session *s, const struct message *ask,
		       struct message *reply, struct err *why)
{
	const struct sandbox_options *o = s->options;
	char name[LIMIT_PATH + 1] = "";
	struct reader r = reader_of(ask->bytes);
	size_t n = ask->bytes.n;
	int got;

	if (n == 0 || n > LIMIT_PATH || slice_find(ask->bytes, 0, '\0') < n)
		got = err_set(why, ERR_CORRUPT, "a file name that cannot be one");
	else if (!o->broker || ++s->requests > LIMIT_WORKER_REQUESTS)
		got = err_set(why, ERR_REFUSED, "no more files may be opened");
	else {
		rd_copy(&r, name, n);
		got = o->broker(o->broker_ctx, ask->a, name, &reply->fd, &reply->b, why);
	}
	if (got < 0) {
		reply->a = why->code ? why->code : ERR_BUG;
		reply->bytes = slice_str(why->text);
	}
}

static int answer(struct session *s, const struct message *ask, struct err *e)
{
	struct message reply = {.type = MESSAGE_REPLY, .fd = -1};
	_cleanup_close_ int fd = -1;
	struct err why = ERR_INIT;

	ask_broker(s, ask, &reply, &why);
	fd = reply.fd;
	/* A worker that asks without reading the answers must not block us. */
	if (!channel_send(s->sock, &reply, false))
		return err_set(e, ERR_BUG, "the worker does not take its answers");
	return STEP_MORE;
}

/* The worker's words may hold anything. */
static int worker_error(const struct message *m, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(sizeof(e->text) * 4);
	enum err_code code =
		m->a > ERR_NONE && m->a < ERR_CODE_COUNT ? (enum err_code)m->a : ERR_BUG;
	struct slice words = m->bytes;

	if (words.n > sizeof(e->text))
		words.n = sizeof(e->text);
	escape_again(&text, words);
	return err_set(e, code, "%s", strbuf_text(&text));
}

static int take_part(struct session *s, struct slice bytes, struct err *e)
{
	if (bytes.n > s->options->result_max - s->result.n)
		return err_set(e, ERR_LIMIT, "the result is larger than %zu bytes",
			       s->options->result_max);
	strbuf_add(&s->result, bytes.p, bytes.n);
	if (!strbuf_ok(&s->result))
		return err_set(e, ERR_NOMEM, "out of memory for the worker's result");
	return STEP_MORE;
}

static int handle(struct session *s, struct slice packet, struct err *e)
{
	struct message m;
	int r;

	if (!channel_decode(packet, &m) || m.type == MESSAGE_REPLY)
		return err_set(e, ERR_BUG, "the worker sent something senseless");
	if (m.type == MESSAGE_ASK)
		return answer(s, &m, e);
	if (m.type == MESSAGE_ERROR)
		return worker_error(&m, e);
	r = take_part(s, m.bytes, e);
	return r == STEP_MORE && m.type == MESSAGE_END ? STEP_DONE : r;
}

static int serve(struct session *s, struct err *e)
{
	int r = STEP_MORE;

	while (r == STEP_MORE) {
		struct slice packet = SLICE_NONE;

		/* A worker that sends without end is stopped by the clock as well. */
		r = clock_ms() > s->deadline ? took_too_long(s->options, e)
					     : receive(s, &packet, e);
		if (r == STEP_MORE)
			r = handle(s, packet, e);
	}
	return r;
}

/* After the end of the socket: why is the worker dead? */
static int explain_death(const struct sandbox_options *o, int status,
			 const struct rusage *used, struct err *e)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (sig == SIGSYS)
		return err_set(
			e, ERR_REFUSED,
			"the worker was stopped: it tried a forbidden system call");
	if (sig == SIGXCPU ||
	    (sig == SIGKILL &&
	     used->ru_utime.tv_sec + used->ru_stime.tv_sec >= (time_t)o->seconds))
		return took_too_long(o, e);
	if (sig == SIGKILL)
		return err_set(e, ERR_NOMEM,
			       "the worker was killed; most likely this host has too "
			       "little memory");
	if (sig)
		return err_set(e, ERR_BUG, "the worker crashed while reading (%s)",
			       strsignal(sig));
	return err_set(e, ERR_BUG, "the worker ended without a result (exit status %d)",
		       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* Nothing is left of the worker after this. A worker that is ending already keeps its
 * own cause of death. */
static void reap(pid_t pid, int *status, struct rusage *used)
{
	kill(pid, SIGKILL);
	while (wait4(pid, status, 0, used) < 0)
		if (errno != EINTR)
			return; /* the program around this library reaps for itself */
}

static int attend(struct session *s, pid_t pid, struct err *e)
{
	struct rusage used = {0};
	int status = 0, r = serve(s, e);

	reap(pid, &status, &used);
	return r == STEP_GONE ? explain_death(s->options, status, &used, e) : r;
}

static int compare_fds(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return x < y ? -1 : x > y;
}

/* What stays open in the worker: what the caller says, and its socket. */
static int *list_kept(const struct sandbox_options *o, int sock, size_t *ret_n)
{
	int *kept = calloc(o->keep_count + 3, sizeof(*kept));
	size_t n = 0;

	if (!kept)
		return NULL;
	for (size_t i = 0; i < o->keep_count; i++)
		if (o->keep_fds[i] >= 0)
			kept[n++] = o->keep_fds[i];
	if (o->dir_fd >= 0)
		kept[n++] = o->dir_fd;
	if (SANDBOX_SANITIZED)
		kept[n++] = STDERR_FILENO; /* for its reports */
	kept[n++] = sock;
	qsort(kept, n, sizeof(*kept), compare_fds);
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

static int run_worker(struct session *s, sandbox_job job, void *ctx, struct err *e)
{
	struct worker w = {
		.options = s->options, .job = job, .ctx = ctx, .parent = getpid()};
	_cleanup_close_ int mine = -1, theirs = -1;
	_cleanup_free_ int *kept = NULL;
	pid_t pid;
	int r = make_socket(&mine, &theirs, e);

	if (r < 0)
		return r;
	kept = list_kept(s->options, theirs, &w.kept_count);
	if (!kept)
		return err_set(e, ERR_NOMEM, "out of memory");
	w.kept = kept;
	w.sock = theirs;
	pid = fork_worker(&w);
	if (pid < 0)
		return err_set(e, ERR_IO, "cannot start a worker: %s", strerror(errno));
	close(TAKE_FD(theirs));
	s->sock = mine;
	s->deadline =
		clock_ms() + (int64_t)s->options->seconds * 1000 * LIMIT_WORKER_WALL;
	return attend(s, pid, e);
}

static int run_here(struct session *s, sandbox_job job, void *ctx, struct err *e)
{
	struct sandbox box = {.options = s->options, .sock = -1};
	int r = job(ctx, &box, &s->result, e);

	if (r < 0)
		return r;
	if (!strbuf_ok(&s->result))
		return err_set(e, ERR_LIMIT, "the result is larger than %zu bytes",
			       s->result.max);
	return 0;
}

int sandbox_run(const struct sandbox_options *o, sandbox_job job, void *ctx,
		struct strbuf *ret, struct err *e)
{
	_cleanup_free_ struct session *s = NULL;
	int r;

	if (o->seconds == 0 || o->memory == 0)
		return err_set(e, ERR_USAGE, "a worker without time or memory");
	s = malloc(sizeof(*s));
	if (!s)
		return err_set(e, ERR_NOMEM, "out of memory");
	s->options = o;
	s->requests = 0;
	s->result = (struct strbuf)STRBUF_INIT(o->result_max);
	r = o->mode == SANDBOX_OFF ? run_here(s, job, ctx, e)
				   : run_worker(s, job, ctx, e);
	if (r >= 0) {
		strbuf_add(ret, s->result.s, s->result.n);
		r = strbuf_ok(ret) ? 0
				   : err_set(e, ERR_LIMIT,
					     "the result is larger than its buffer");
	}
	strbuf_done(&s->result);
	return r;
}
