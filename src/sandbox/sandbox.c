/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parent's side of the sandbox: it forks the worker, answers its messages until there
 * is a result, an error, silence for too long, or a death, and always reaps it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "clock.h"
#include "escape.h"
#include "internal.h"
#include "limits.h"
#include "text.h"

struct session {
	const struct sandbox_options *options;
	int sock;
	uint64_t deadline; /* on clock_ms() */
	unsigned requests;
	struct strbuf result;
	uint8_t packet[MESSAGE_MAX];
};

/* How one step of a session ended (or a negative error code). */
enum step { STEP_MORE, STEP_NONE, STEP_READY, STEP_DONE, STEP_GONE };

/* What the clock on the wall may show. */
static uint64_t wall_seconds(const struct sandbox_options *o)
{
	return (uint64_t)o->seconds * LIMIT_WORKER_WALL;
}

static int took_too_long(const struct sandbox_options *o, struct err *e)
{
	return err_set(e, ERR_LIMIT, "took longer than %" PRIu64 " seconds",
		       wall_seconds(o));
}

/* An empty packet and the end of the socket look the same to recv(). */
static bool worker_hung_up(int sock)
{
	struct pollfd p = {.fd = sock};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* The next packet if it is there (STEP_MORE), STEP_NONE or STEP_GONE. */
static int receive_now(int sock, void *buf, size_t cap, struct slice *ret, struct err *e)
{
	ssize_t n = recv(sock, buf, cap, MSG_DONTWAIT | MSG_TRUNC);

	if (n > (ssize_t)cap)
		return err_set(e, ERR_BUG, "the worker sent an oversized packet");
	if ((n == 0 && worker_hung_up(sock)) || (n < 0 && errno == ECONNRESET))
		return STEP_GONE;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR
			       ? STEP_NONE
			       : err_set(e, ERR_IO, "cannot read from the worker: %s",
					 strerror(errno));
	*ret = slice_of(buf, (size_t)n);
	return STEP_MORE;
}

/* The next packet, or STEP_GONE. */
static int receive(struct session *s, struct slice *ret, struct err *e)
{
	struct pollfd p = {.fd = s->sock, .events = POLLIN};

	for (;;) {
		int r = receive_now(s->sock, s->packet, sizeof(s->packet), ret, e);
		uint64_t now;

		if (r != STEP_NONE)
			return r;
		now = clock_ms();
		if (now >= s->deadline)
			return took_too_long(s->options, e);
		poll(&p, 1, s->deadline - now > 60000 ? 60000 : (int)(s->deadline - now));
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
	sandbox_broker broker = ask->b == ASKED_FILE   ? o->broker
				: ask->b == ASKED_DISK ? o->disk_broker
						       : NULL;
	int got;

	if (n == 0 || n > LIMIT_PATH || slice_find(ask->bytes, 0, '\0') < n)
		got = err_set(why, ERR_CORRUPT, "a file name that cannot be one");
	else if (!broker || ++s->requests > LIMIT_WORKER_REQUESTS)
		got = err_set(why, ERR_REFUSED, "no more files may be opened");
	else {
		rd_copy(&r, name, n);
		got = broker(o->broker_ctx, ask->a, name, &reply->fd, &reply->b, why);
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

static int senseless(struct err *e)
{
	return err_set(e, ERR_BUG, "the worker sent something senseless");
}

static int handle(struct session *s, struct slice packet, struct err *e)
{
	struct message m;
	int r;

	if (!channel_decode(packet, &m) || m.type == MESSAGE_REPLY ||
	    (m.type == MESSAGE_READY && !s->options->server))
		return senseless(e);
	if (m.type == MESSAGE_READY)
		return STEP_READY;
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

/* After the end of the socket: why is the worker dead? Without options (a server that was
 * ready) it had no limit of time. */
static int explain_death(const struct sandbox_options *o, int status,
			 const struct rusage *used, struct err *e)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (sig == SIGSYS)
		return err_set(
			e, ERR_REFUSED,
			"the worker was stopped: it tried a forbidden system call");
	if (o && (sig == SIGXCPU ||
		  (sig == SIGKILL &&
		   used->ru_utime.tv_sec + used->ru_stime.tv_sec >= (time_t)o->seconds)))
		return err_set(e, ERR_LIMIT,
			       "took longer than %u seconds of processor time",
			       o->seconds);
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

static int start(struct session *s, sandbox_job job, void *ctx, pid_t *ret_pid,
		 int *ret_sock, struct err *e)
{
	int r = worker_start(s->options, job, ctx, ret_pid, ret_sock, e);

	if (r < 0)
		return r;
	s->sock = *ret_sock;
	s->deadline = clock_ms() + wall_seconds(s->options) * 1000;
	return 0;
}

static int run_worker(struct session *s, sandbox_job job, void *ctx, struct err *e)
{
	_cleanup_close_ int sock = -1;
	pid_t pid;
	int r = start(s, job, ctx, &pid, &sock, e);

	return r < 0 ? r : attend(s, pid, e);
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

static int session_new(const struct sandbox_options *o, struct session **ret,
		       struct err *e)
{
	struct session *s;

	if (o->seconds == 0 || o->memory == 0)
		return err_set(e, ERR_USAGE, "a worker without time or memory");
	if (o->output_count > LIMIT_WORKER_OUTPUTS)
		return err_set(e, ERR_USAGE, "a worker with more than %d outputs",
			       LIMIT_WORKER_OUTPUTS);
	s = malloc(sizeof(*s));
	if (!s)
		return err_set(e, ERR_NOMEM, "out of memory");
	s->options = o;
	s->requests = 0;
	s->result = (struct strbuf)STRBUF_INIT(o->result_max);
	*ret = s;
	return 0;
}

int sandbox_run(const struct sandbox_options *o, sandbox_job job, void *ctx,
		struct strbuf *ret, struct err *e)
{
	_cleanup_free_ struct session *s = NULL;
	int r = session_new(o, &s, e);

	if (r < 0)
		return r;
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

/* Serves the child until it is ready; anything else is its end. */
static int await_ready(struct session *s, pid_t pid, struct err *e)
{
	struct rusage used = {0};
	int status = 0, r = serve(s, e);

	if (r == STEP_READY)
		return 0;
	reap(pid, &status, &used);
	return r == STEP_GONE ? explain_death(s->options, status, &used, e)
	       : r == STEP_DONE
		       ? err_set(e, ERR_BUG, "the worker ended before it was ready")
		       : r;
}

int sandbox_start(const struct sandbox_options *o, sandbox_job job, void *ctx,
		  struct sandbox_child *ret, struct err *e)
{
	_cleanup_free_ struct session *s = NULL;
	_cleanup_close_ int sock = -1;
	pid_t pid = -1;
	int r = session_new(o, &s, e);

	if (r >= 0)
		r = start(s, job, ctx, &pid, &sock, e);
	if (r >= 0)
		r = await_ready(s, pid, e);
	if (s)
		strbuf_done(&s->result);
	if (r < 0)
		return r;
	*ret = (struct sandbox_child){.pid = pid, .sock = TAKE_FD(sock)};
	return 0;
}

/* What a packet of a server says, as sandbox_hear() returns it. */
static int heard(struct slice packet, struct slice *ret, struct err *e)
{
	struct message m;

	if (!channel_decode(packet, &m))
		return senseless(e);
	if (m.type == MESSAGE_ERROR)
		return worker_error(&m, e);
	if (m.type == MESSAGE_END && m.bytes.n == 0)
		return err_set(e, ERR_ABSENT, "the worker has ended");
	if (m.type != MESSAGE_PART)
		return senseless(e);
	*ret = m.bytes;
	return 1;
}

int sandbox_hear(struct sandbox_child *c, void *buf, size_t cap, struct slice *ret,
		 struct err *e)
{
	struct rusage used = {0};
	struct slice packet;
	int status = 0, r;

	if (c->pid < 0)
		return err_set(e, ERR_ABSENT, "the worker has ended");
	r = receive_now(c->sock, buf, cap, &packet, e);
	if (r == STEP_NONE)
		return 0;
	if (r == STEP_MORE)
		r = heard(packet, ret, e);
	if (r == 1)
		return 1;
	reap(c->pid, &status, &used);
	c->pid = -1;
	return r == STEP_GONE ? explain_death(NULL, status, &used, e) : r;
}

void sandbox_stop(struct sandbox_child *c)
{
	struct rusage used;
	int status;

	if (c->pid > 0)
		reap(c->pid, &status, &used);
	c->pid = -1;
	if (c->sock >= 0)
		close(TAKE_FD(c->sock));
}
