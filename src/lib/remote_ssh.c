/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way to a file of another machine: the program ssh, which knows the user's
 * configuration, agent and jump hosts, and may ask on the terminal. It starts the host's
 * SFTP server; what that says is read by the worker (sftp_client.h).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "sftp_client.h"
#include "sftp_gate.h"
#include "text.h"

static const char *const program = "ssh";

enum {
	/* For all that comes before the server's first words, with a password that is
	 * typed: as long as sshd waits for that. */
	SIGN_IN_MS = 120000,
	/* For the rest of its words, once it ends. */
	LAST_WORDS_MS = 1000,
	WORDS_MAX = 4096,
	/* Of what watches over the connection: one packet each way. */
	GATE_MEMORY_MIB = 8,
	GATE_SECONDS = 10, /* until it is ready */
};

/* Nothing that the user's configuration wants of a session is done on the side, and it
 * never becomes the connection that others share: it ends with the worker. It may use
 * such a one. */
static const char *const options[] = {"-T",
				      "-a",
				      "-x",
				      "-oClearAllForwardings=yes",
				      "-oPermitLocalCommand=no",
				      "-oRemoteCommand=none",
				      "-oControlMaster=no"};

/* Signing in. */
struct sign_in {
	struct process child;
	int sock;
	bool silent; /* it has closed what it complains to */
	char words[WORDS_MAX];
	size_t n;
};

static const struct {
	const char *said, *advice;
} advices[] = {
	{"Host key verification failed",
	 "sign in by ssh once, to look at its key and confirm it"},
	{"Permission denied",
	 "a key that is known there is needed in ssh's agent or configuration, or a "
	 "terminal for the password"},
	{"subsystem request failed",
	 "its sshd offers no SFTP (\"Subsystem sftp\" in sshd_config)"},
};

static bool add(struct paravet *p, strs *argv, const char *a, const char *b)
{
	return vec_push(p->arena, argv, a) && (!b || vec_push(p->arena, argv, b));
}

static int command(struct paravet *p, const struct remote *r, strs *argv, struct err *e)
{
	const char *full;
	bool added = true;

	if (process_find(program, p->arena, &full, e) < 0)
		return err_set(e, ERR_PROGRAM,
			       "%s is not installed, which reaches it: install the "
			       "package openssh-client (Debian, Ubuntu) or "
			       "openssh-clients (Fedora, RHEL, SUSE)",
			       program);
	added = add(p, argv, full, NULL);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		added = added && add(p, argv, options[i], NULL);
	if (r->port)
		added = added && add(p, argv, "-p", r->port);
	if (r->user)
		added = added && add(p, argv, "-l", r->user);
	added = added && add(p, argv, "-s", "--") && add(p, argv, r->host, "sftp");
	return added ? 0 : arena_full(p->arena, e);
}

static int make_ends(int *ret_a, int *ret_b, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_IO, "cannot make a socket for %s: %s", program,
			       strerror(errno));
	*ret_a = ends[0];
	*ret_b = ends[1];
	return 0;
}

static int start(struct paravet *p, const struct remote *r, struct sign_in *ret,
		 struct err *e)
{
	struct process_options o = {.for_user = true};
	_cleanup_close_ int theirs = -1;
	strs argv = {0};
	int got = command(p, r, &argv, e);

	if (got >= 0)
		got = make_ends(&ret->sock, &theirs, e);
	if (got < 0)
		return got;
	o.input_fd = o.output_fd = theirs;
	return process_start(&argv, &o, &ret->child, e);
}

/* Takes what it complains of; of much the last. */
static void hear(struct sign_in *s)
{
	ssize_t n;

	if (s->n == WORDS_MAX) {
		s->n = WORDS_MAX / 2;
		memmove(s->words, s->words + WORDS_MAX / 2, s->n);
	}
	n = read(s->child.errors, s->words + s->n, WORDS_MAX - s->n);
	s->silent = n == 0;
	s->n += n > 0 ? (size_t)n : 0;
}

/* Waits for a word on the socket, or for all that is complained of when it has no more.
 * False: the time is up. */
static bool await(struct sign_in *s, bool for_answer, unsigned ms)
{
	uint64_t now = clock_ms(), end = now + ms;

	for (; now < end && !(s->silent && !for_answer); now = clock_ms()) {
		struct pollfd p[] = {
			{.fd = for_answer ? s->sock : -1, .events = POLLIN},
			{.fd = s->silent ? -1 : s->child.errors, .events = POLLIN}};

		if (poll(p, ARRAY_LEN(p), (int)(end - now)) <= 0)
			continue;
		if (p[1].revents)
			hear(s);
		if (p[0].revents)
			return true;
	}
	return s->silent && !for_answer;
}

static int complaint(struct paravet *p, struct sign_in *s, struct err *e)
{
	struct slice said, rest;
	const char *advice = NULL;

	(void)await(s, false, LAST_WORDS_MS);
	process_end(&s->child);
	said = text_last_line(slice_of(s->words, s->n));
	if (slice_after(said, "ssh: ", &rest))
		said = rest;
	for (size_t i = 0; i < ARRAY_LEN(advices); i++)
		if (slice_search(said, advices[i].said, strlen(advices[i].said)) < said.n)
			advice = advices[i].advice;
	if (said.n && slice_at(said, said.n - 1) == '.')
		said.n--;
	return err_set(e, ERR_ABSENT, "%s: %s%s%s", program,
		       said.n ? escape_short(said).text
			      : process_end_text(&s->child, p->arena),
		       advice ? ": " : "", advice ? advice : "");
}

static int sign_in(struct paravet *p, struct sign_in *s, struct err *e)
{
	char first;

	/* Where it has ended already, what it says of that is better. */
	(void)sftp_greet(s->sock, &(struct err)ERR_INIT);
	if (!await(s, true, SIGN_IN_MS))
		return err_set(e, ERR_ABSENT,
			       "%s has not reached its SFTP server within %d seconds",
			       program, SIGN_IN_MS / 1000);
	return recv(s->sock, &first, 1, MSG_PEEK) == 1 ? 0 : complaint(p, s, e);
}

/* --- the gate (sftp_gate.h) --- */

struct gate {
	const char *path;
	int client, server;
};

static int gate_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct gate *g = ctx;
	int r = sandbox_ready(box, e);

	(void)out;
	return r < 0 ? r : sftp_gate_run(g->path, g->client, g->server, e);
}

static int start_gate(struct paravet *p, struct gate *g, struct err *e)
{
	struct sandbox_server peer = {.peer_fd = g->client};
	struct sandbox_options o = {.mode = handle_sandbox(p),
				    .keep_fds = &g->server,
				    .keep_count = 1,
				    .dir_fd = -1,
				    .memory = (uint64_t)GATE_MEMORY_MIB << 20,
				    .seconds = GATE_SECONDS,
				    .server = &peer};
	struct sandbox_child child;
	int r = sandbox_start(&o, gate_job, g, &child, e);

	if (r >= 0 && !vec_push(p->arena, &p->gates, child)) {
		sandbox_stop(&child);
		r = arena_full(p->arena, e);
	}
	return r;
}

/* The worker's end of a socket behind which that file lies, and nothing else of the host.
 */
static int put_gate(struct paravet *p, const struct remote *r, int server, int *ret_fd,
		    struct err *e)
{
	_cleanup_close_ int mine = -1, theirs = -1;
	struct gate g = {.path = r->path, .server = server};
	int got = make_ends(&mine, &theirs, e);

	if (got < 0)
		return got;
	g.client = mine;
	got = start_gate(p, &g, e);
	if (got >= 0)
		*ret_fd = TAKE_FD(theirs);
	return got;
}

int remote_ssh_connect(struct paravet *p, const struct remote *r, int *ret_fd,
		       struct err *e)
{
	struct sign_in s = {.child = PROCESS_NONE, .sock = -1};
	int got = start(p, r, &s, e);

	if (got >= 0)
		got = sign_in(p, &s, e);
	if (got >= 0)
		got = put_gate(p, r, s.sock, ret_fd, e);
	cleanup_close(&s.sock);
	if (got >= 0 && vec_push(p->arena, &p->servers, s.child))
		return 0;
	process_end(&s.child);
	if (got < 0)
		return got;
	close(*ret_fd);
	return arena_full(p->arena, e);
}
