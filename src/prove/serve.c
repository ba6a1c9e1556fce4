/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The process that serves a disk: started by the parent's half of this file, confined by
 * the sandbox, and kept by the other half, which opens the image, answers the machine and
 * passes events on.
 */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "checked.h"
#include "clock.h"
#include "limits.h"
#include "nbd.h"

enum {
	/* Until the image is open. */
	READY_SECONDS = 15,
	/* For the tables of a chain of images, one request, and the 128 MiB window that
	 * a compressed cluster may declare. */
	MEMORY_MIB = 64 + 128
};

/* What the process is made with, and what it has. */
struct server {
	int image_fd, peer_fd, scratch_fd;
	const char *format, *name;
	struct blocks_part part;
	const struct serve_range *watched;
	size_t count;
	uint64_t limit, start;

	struct sandbox *box;
	struct watch *watch;
};

/* Passes on the events that wait. Without `wait`, as many as there is room for: a parent
 * that does not listen must not stop the machine. */
static void pass_events(struct server *s, bool wait)
{
	uint8_t buf[EVENT_BYTES_MAX];
	const struct serve_event *v;

	while ((v = watch_next(s->watch))) {
		if (!sandbox_tell(s->box, event_encode(v, buf), wait))
			return;
		watch_taken(s->watch);
	}
}

static int peer_gone(struct err *e)
{
	return err_set(e, ERR_ABSENT, "the machine has gone");
}

/* Until the peer has sent something, or is gone. */
static int wait_for_peer(struct server *s, struct err *e)
{
	struct pollfd p[2] = {{.fd = s->peer_fd, .events = POLLIN},
			      {.fd = sandbox_parent_fd(s->box),
			       .events = watch_next(s->watch) ? POLLOUT : 0}};

	poll(p, ARRAY_LEN(p), -1);
	if (p[1].revents & (POLLHUP | POLLERR))
		return err_set(e, ERR_REFUSED, "nobody waits for the machine any more");
	pass_events(s, false);
	return 0;
}

static int peer_receive(void *ctx, void *buf, size_t n, struct err *e)
{
	struct server *s = ctx;
	uint8_t *to = buf;
	int r = 0;

	pass_events(s, false);
	while (r >= 0 && n) {
		ssize_t got = recv(s->peer_fd, to, n, MSG_DONTWAIT);

		if (got > 0) {
			to += got;
			n -= (size_t)got;
		} else if (got < 0 && errno == EAGAIN)
			r = wait_for_peer(s, e);
		else if (got == 0 || errno != EINTR)
			r = peer_gone(e);
	}
	return r;
}

static int peer_send(void *ctx, const void *buf, size_t n, struct err *e)
{
	struct server *s = ctx;
	const uint8_t *from = buf;

	while (n) {
		ssize_t sent = send(s->peer_fd, from, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return peer_gone(e);
		from += sent;
		n -= (size_t)sent;
	}
	return 0;
}

static int ask_for_file(void *ctx, unsigned from, const char *name, int *ret_fd,
			unsigned *ret_id, struct err *e)
{
	return sandbox_ask(ctx, from, name, ret_fd, ret_id, e);
}

static int ask_for_server(void *ctx, unsigned from, const char *format, int *ret_fd,
			  unsigned *ret_id, struct err *e)
{
	return sandbox_ask_disk(ctx, from, format, ret_fd, ret_id, e);
}

/* Answers the machine until it is gone. */
static int serve_disk(struct server *s, struct blocks *disk, struct err *e)
{
	struct nbd_io io = {peer_receive, peer_send, s};
	_cleanup_(watch_freep) struct watch *watch = NULL;
	_cleanup_(cow_freep) struct cow *cow = NULL;
	struct nbd_export x = {.name = s->name};
	struct err why = ERR_INIT;
	int r = watch_new(s->watched, s->count, s->start, &watch, e);

	if (r >= 0)
		r = cow_new(disk, s->scratch_fd, s->limit, &cow, e);
	if (r >= 0)
		r = sandbox_ready(s->box, e);
	if (r < 0)
		return r;
	s->watch = x.watch = watch;
	x.cow = cow;
	r = nbd_serve(&x, &io, &why);
	if (r < 0 && why.code != ERR_ABSENT) {
		pass_events(s, true);
		*e = why;
		return r;
	}
	watch_closed(watch);
	pass_events(s, true);
	return 0;
}

static int serve_job(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	struct server *s = ctx;
	struct blocks_opener opener = {ask_for_file, box, ask_for_server};
	_cleanup_(blocks_freep) struct blocks *disk = NULL;
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
	struct blocks_chain chain = {0};
	int r;

	(void)out;
	s->box = box;
	if (!a)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = blocks_open_part(s->image_fd, s->part, s->format, &opener, a, &chain, &disk,
			     e);
	return r < 0 ? r : serve_disk(s, disk, e);
}

static int make_peer(int *ret_client, int *ret_server, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_IO, "cannot make a socket for the machine: %s",
			       strerror(errno));
	*ret_client = ends[0];
	*ret_server = ends[1];
	return 0;
}

static int start_process(struct server *s, const struct blocks_opener *opener,
			 enum sandbox_mode mode, struct sandbox_child *ret, struct err *e)
{
	struct sandbox_server server = {.peer_fd = s->peer_fd};
	struct sandbox_scratch scratch = {.fd = s->scratch_fd};
	struct sandbox_options o = {.mode = mode,
				    .keep_fds = &s->image_fd,
				    .keep_count = 1,
				    .dir_fd = -1,
				    .seconds = READY_SECONDS,
				    .broker = opener ? opener->open : NULL,
				    .disk_broker = opener ? opener->serve : NULL,
				    .broker_ctx = opener ? opener->ctx : NULL,
				    .scratch = &scratch,
				    .server = &server};
	int r = cow_needs(s->limit, &scratch.max, &o.memory, e);

	o.memory += (uint64_t)MEMORY_MIB << 20;
	return r < 0 ? r : sandbox_start(&o, serve_job, s, ret, e);
}

static unsigned *copy_ids(const struct serve_range *watched, size_t n)
{
	unsigned *ids = calloc(n + 1, sizeof(*ids));

	for (size_t i = 0; ids && i < n; i++)
		ids[i] = watched[i].id;
	return ids;
}

int serve_start(int image_fd, const char *format, const struct blocks_opener *opener,
		const struct serve_range *watched, size_t n,
		const struct serve_options *o, struct served *ret, struct err *e)
{
	_cleanup_close_ int client = -1, peer = -1, scratch = -1;
	_cleanup_free_ unsigned *ids = copy_ids(watched, n);
	struct sandbox_child child;
	struct server s = {.image_fd = image_fd,
			   .format = format,
			   .part = o->part,
			   .name = o->export_name ? o->export_name : "",
			   .watched = watched,
			   .count = n,
			   .limit = o->written_limit,
			   .start = clock_ms()};
	int r = ids ? make_peer(&client, &peer, e)
		    : err_set(e, ERR_NOMEM, "out of memory");

	if (r >= 0)
		r = cow_scratch(o->temporary_dir, &scratch, e);
	if (r < 0)
		return r;
	s.peer_fd = peer;
	s.scratch_fd = scratch;
	r = start_process(&s, opener, o->sandbox, &child, e);
	if (r < 0)
		return r;
	close(image_fd);
	*ret = (struct served){.child = child,
			       .client_fd = TAKE_FD(client),
			       .event_fd = child.sock,
			       .ids = TAKE_PTR(ids),
			       .count = n};
	return 0;
}

int serve_next(struct served *s, struct serve_event *ret, struct err *e)
{
	uint8_t buf[SANDBOX_HEADER + EVENT_BYTES_MAX];
	struct slice word;
	int r = sandbox_hear(&s->child, buf, sizeof(buf), &word, e);

	if (r > 0 && !event_decode(word, s->ids, s->count, ret))
		return err_set(e, ERR_BUG, "the server of the disk makes no sense");
	return r;
}

void serve_stop(struct served *s)
{
	sandbox_stop(&s->child);
	if (s->client_fd >= 0)
		close(s->client_fd);
	free(s->ids);
	*s = (struct served)SERVED_NONE;
}
