/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker: it confines itself, runs the job and sends what came out of it. It leaves
 * by _exit(): nothing of the parent (buffers, exit handlers) may run twice.
 */
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "internal.h"
#include "limits.h"

/* The parent's handlers must not run here, and a fatal signal must be fatal. Under
 * AddressSanitizer its own handlers stay: they print where the crash was. */
static void reset_signals(void)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++) {
		bool crash = s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL;

		if (!crash || !SANDBOX_SANITIZED)
			sigaction(s, &plain, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool send_result(int sock, struct slice all)
{
	const size_t most = MESSAGE_MAX - MESSAGE_HEADER;
	struct reader r = reader_of(all);
	struct message m = {.type = MESSAGE_PART, .fd = -1};

	while (rd_left(&r) > most) {
		m.bytes = rd_bytes(&r, most);
		if (!channel_send(sock, &m, true))
			return false;
	}
	m.type = MESSAGE_END;
	m.bytes = rd_bytes(&r, rd_left(&r));
	return channel_send(sock, &m, true);
}

static bool send_error(int sock, const struct err *e)
{
	struct message m = {.type = MESSAGE_ERROR,
			    .a = e->code,
			    .bytes = slice_str(e->text),
			    .fd = -1};

	return channel_send(sock, &m, true);
}

static int run_job(const struct worker *w, struct sandbox *box, struct strbuf *out,
		   struct err *e)
{
	int r = confine(box, w, e);

	if (r < 0)
		return r;
	r = w->job(w->ctx, box, out, e);
	if (r < 0)
		return e->code ? r : err_set(e, ERR_BUG, "the job gave no reason");
	if (!strbuf_ok(out))
		return err_set(e, ERR_LIMIT,
			       "the result needs more than %zu bytes, or more memory "
			       "than the worker has",
			       out->max);
	return 0;
}

_Noreturn void worker_main(const struct worker *w)
{
	struct sandbox box = {.options = w->options, .sock = w->sock};
	struct strbuf out = STRBUF_INIT(w->options->result_max);
	struct err e = ERR_INIT;
	bool sent;

	reset_signals();
	/* Large pieces come from the system and go back to it, so that what one reader
	 * has freed does not count when the next one fills its own. */
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);
	mallopt(M_TRIM_THRESHOLD, 128 * 1024);
#endif
	if (run_job(w, &box, &out, &e) < 0)
		sent = send_error(w->sock, &e);
	else
		sent = send_result(w->sock, slice_of(out.s, out.n));
	_exit(sent ? 0 : 1);
}

int sandbox_ready(struct sandbox *box, struct err *e)
{
	struct message m = {.type = MESSAGE_READY, .fd = -1};

	return channel_send(box->sock, &m, true)
		       ? 0
		       : err_set(e, ERR_BUG, "the worker's parent does not listen");
}

bool sandbox_tell(struct sandbox *box, struct slice word, bool wait)
{
	struct message m = {.type = MESSAGE_PART, .bytes = word, .fd = -1};

	return channel_send(box->sock, &m, wait);
}

int sandbox_parent_fd(const struct sandbox *box)
{
	return box->sock;
}

const strs *sandbox_layers(const struct sandbox *box)
{
	return &box->layers;
}

static int ask_parent(struct sandbox *box, enum asked what, unsigned from,
		      struct slice name, int *ret_fd, unsigned *ret_id, struct err *e)
{
	struct message m = {
		.type = MESSAGE_ASK, .a = from, .b = what, .bytes = name, .fd = -1};
	uint8_t buf[MESSAGE_HEADER + sizeof(e->text)];
	_cleanup_close_ int fd = -1;

	if (!channel_send(box->sock, &m, true) ||
	    !channel_receive(box->sock, buf, sizeof(buf), &m))
		return err_set(e, ERR_BUG, "the worker's parent does not answer");
	fd = m.fd;
	if (m.a != ERR_NONE)
		return err_set(e, m.a < ERR_CODE_COUNT ? m.a : ERR_BUG, "%.*s",
			       (int)m.bytes.n, (const char *)m.bytes.p);
	if (fd < 0)
		return err_set(e, ERR_LIMIT, "the worker has too many files open");
	*ret_fd = TAKE_FD(fd);
	*ret_id = m.b;
	return 0;
}

static int ask(struct sandbox *box, enum asked what, unsigned from, const char *name,
	       int *ret_fd, unsigned *ret_id, struct err *e)
{
	const struct sandbox_options *o = box->options;
	sandbox_broker broker = what == ASKED_FILE ? o->broker : o->disk_broker;
	struct slice s = slice_str(name);

	if (!broker)
		return err_set(e, ERR_REFUSED, "no other file may be opened");
	if (s.n == 0 || s.n > LIMIT_PATH)
		return err_set(e, ERR_CORRUPT, "a file name of %zu bytes", s.n);
	if (box->sock < 0)
		return broker(o->broker_ctx, from, name, ret_fd, ret_id, e);
	return ask_parent(box, what, from, s, ret_fd, ret_id, e);
}

int sandbox_ask(struct sandbox *box, unsigned from, const char *name, int *ret_fd,
		unsigned *ret_id, struct err *e)
{
	return ask(box, ASKED_FILE, from, name, ret_fd, ret_id, e);
}

int sandbox_ask_disk(struct sandbox *box, unsigned from, const char *format, int *ret_fd,
		     unsigned *ret_id, struct err *e)
{
	return ask(box, ASKED_DISK, from, format, ret_fd, ret_id, e);
}
