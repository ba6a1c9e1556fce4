/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper's life: it makes the guest, watches it, and takes all back. */
#include "xl_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "escape.h"
#include "text.h"
#include "xl_here.h"

enum {
	/* xl waits a minute for a device model and 40 seconds for a script. */
	RUN_SECONDS = 300,
	/* Of a device model that was too slow: what it has read by then is in memory. */
	TRIES = 3,
	LAST_LINES = 5,
};

static void send_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return;
		s += sent;
		n -= (size_t)sent;
	}
}

void keeper_tell(const struct keeper *k, const char *fmt, ...)
{
	char text[1024];
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT(sizeof(text) + 64);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_printf(&line, "%s %s\n", k->machine->mark, text);
	send_all(k->stream, strbuf_text(&line), line.n);
}

void keeper_fail(const struct keeper *k, const char *what, const struct strbuf *printed)
{
	struct text lines = text_of(slice_str(strbuf_text(printed)));
	struct slice last[LAST_LINES], line;
	size_t n = 0;

	keeper_tell(k, "failed %s", what);
	while (text_line(&lines, &line))
		if (text_trim(line).n)
			last[n++ % LAST_LINES] = line;
	for (size_t i = n > LAST_LINES ? n - LAST_LINES : 0; i < n; i++)
		keeper_tell(k, "failed %s", escape_short(last[i % LAST_LINES]).text);
}

bool keeper_is_asked_to_stop(const struct keeper *k)
{
	struct pollfd p[2] = {{.fd = k->stream}, {.fd = k->signals, .events = POLLIN}};

	return poll(p, ARRAY_LEN(p), 0) > 0;
}

/* What there is to read; false at the end. */
static bool take_output(int fd, struct strbuf *out)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		strbuf_add(out, buf, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Until it has ended: it may have children that hold its output open. */
static void wait_for(struct process *p, struct strbuf *out)
{
	enum { TICK = 20 };
	struct pollfd poll_output = {.fd = p->errors, .events = POLLIN};

	for (int ms = 0; ms < RUN_SECONDS * 1000 && !process_has_ended(p); ms += TICK)
		if (poll(&poll_output, 1, TICK) > 0 && !take_output(p->errors, out))
			poll_output.fd = -1;
	while (poll_output.fd >= 0 && poll(&poll_output, 1, 0) > 0)
		if (!take_output(p->errors, out))
			break;
	process_end(p);
}

int keeper_run(const struct keeper *k, struct strbuf *out, const char *program, ...)
{
	struct arena_mark mark = arena_mark(k->arena);
	struct process p = PROCESS_NONE;
	const char *word = program;
	struct err e = ERR_INIT;
	strs argv = {0};
	va_list ap;
	bool ok = true;

	va_start(ap, program);
	for (; word; word = va_arg(ap, const char *))
		ok = ok && vec_push(k->arena, &argv, word);
	va_end(ap);
	ok = ok && process_start(&argv, &(struct process_options){0}, &p, &e) >= 0;
	arena_rewind(k->arena, mark);
	if (!ok) {
		strbuf_str(out, e.text);
		return -1;
	}
	wait_for(&p, out);
	return process_went_well(&p) ? 0 : 1;
}

/* A folder that only this user can look into. A path with other characters would end
 * words of the configuration. */
static bool make_folder(struct keeper *k)
{
	const char *dir = getenv("TMPDIR");
	bool plain = dir && *dir == '/' && strlen(dir) < sizeof(k->folder) - 16;

	for (const char *c = plain ? dir : ""; *c; c++)
		plain = plain && (text_is_alnum((unsigned char)*c) || strchr("/._-", *c));
	snprintf(k->folder, sizeof(k->folder), "%s/paravet-XXXXXX", plain ? dir : "/tmp");
	if (!mkdtemp(k->folder)) {
		k->folder[0] = 0;
		return false;
	}
	snprintf(k->config, sizeof(k->config), "%s/guest.cfg", k->folder);
	snprintf(k->serial, sizeof(k->serial), "%s/serial", k->folder);
	return true;
}

/* A file would grow as the guest likes; of a terminal the first lines would be lost. */
static bool listen_to_serial(struct keeper *k)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", k->serial);
	k->serial_listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return k->serial_listener >= 0 &&
	       bind(k->serial_listener, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	       listen(k->serial_listener, 1) == 0;
}

static bool write_config(const struct keeper *k, const struct strbuf *text)
{
	_cleanup_close_ int fd =
		open(k->config, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 && strbuf_ok(text) &&
	       write(fd, text->s, text->n) == (ssize_t)text->n;
}

static bool attach_disks(struct keeper *k)
{
	_cleanup_strbuf_ struct strbuf none = STRBUF_INIT(KEEPER_OUTPUT);
	struct err e = ERR_INIT;

	/* Where it is part of the kernel, this fails and does not matter. */
	if (k->setup->xl->modprobe)
		keeper_run(k, &none, k->setup->xl->modprobe, "-q", "nbd", NULL);
	for (size_t i = 0; i < k->setup->disks.n; i++) {
		if (nbd_attach(k->wires->disks[i], &k->devices[i], &e) < 0) {
			keeper_tell(k, "failed %s", escape_short(slice_str(e.text)).text);
			return false;
		}
		k->attached++;
		close(k->wires->disks[i]);
	}
	return true;
}

static bool failed(const struct keeper *k, const char *what)
{
	keeper_tell(k, "failed %s: %s", what, strerror(errno));
	return false;
}

static bool prepare(struct keeper *k)
{
	bool card = !k->setup->card_missing;

	if (!make_folder(k))
		return failed(k, "a temporary folder");
	if (!listen_to_serial(k))
		return failed(k, k->serial);
	if (!attach_disks(k))
		return false;
	k->bridged = card && xl_bridge(k->bridge, true);
	return !card || k->bridged ? true : failed(k, "a bridge for the network card");
}

static struct xl_guest guest_of(const struct keeper *k,
				const char *paths[static LIMIT_XEN_DISKS])
{
	for (size_t i = 0; i < k->attached; i++)
		paths[i] = k->devices[i].path;
	return (struct xl_guest){k->name, k->bridge, k->serial, paths};
}

/* Paused before its first instruction. */
static bool create(struct keeper *k)
{
	_cleanup_strbuf_ struct strbuf config = STRBUF_INIT(16 * 1024);
	const char *paths[LIMIT_XEN_DISKS];
	struct xl_guest g = guest_of(k, paths);
	const char *xl = k->setup->xl->xl;

	xl_put_config(k->setup, k->machine, &g, &config);
	if (!write_config(k, &config))
		return failed(k, k->config);
	for (int i = 0; i < TRIES; i++) {
		_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
		int r;

		if (keeper_is_asked_to_stop(k))
			return false;
		k->made = true;
		r = keeper_run(k, &said, xl, "create", "-p", "-e", k->config, NULL);
		(void)!write(STDERR_FILENO, strbuf_text(&said), said.n);
		if (r == 0)
			return true;
		if (i + 1 == TRIES)
			keeper_fail(k, "xl create", &said);
	}
	return false;
}

static bool attach_pv_disks(const struct keeper *k)
{
	const char *paths[LIMIT_XEN_DISKS];
	struct xl_guest g = guest_of(k, paths);

	for (size_t i = 0; i < k->setup->disks.n; i++) {
		_cleanup_strbuf_ struct strbuf spec = STRBUF_INIT(256);
		_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);

		if (!xl_is_pv_only(k->setup, i))
			continue;
		xl_put_disk(&g, i, &spec);
		if (keeper_run(k, &said, k->setup->xl->xl, "block-attach", k->name,
			       strbuf_text(&spec), NULL) != 0) {
			keeper_fail(k, "xl block-attach", &said);
			return false;
		}
	}
	return true;
}

static bool start(struct keeper *k)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
	const char *xl = k->setup->xl->xl;
	struct xl_domain d;

	if (keeper_run(k, &said, xl, "list", k->name, NULL) != 0 ||
	    !xl_parse_list(slice_str(strbuf_text(&said)), k->name, &d)) {
		keeper_fail(k, "xl list", &said);
		return false;
	}
	k->domain = d.id;
	if (!attach_pv_disks(k))
		return false;
	if (keeper_run(k, &said, xl, "unpause", k->name, NULL) != 0) {
		keeper_fail(k, "xl unpause", &said);
		return false;
	}
	keeper_tell(k, "guest created");
	return true;
}

static void take_back(struct keeper *k)
{
	_cleanup_strbuf_ struct strbuf said = STRBUF_INIT(KEEPER_OUTPUT);
	struct err e = ERR_INIT;

	if (k->made)
		keeper_run(k, &said, k->setup->xl->xl, "destroy", k->name, NULL);
	if (k->bridged)
		xl_bridge(k->bridge, false);
	for (size_t i = 0; i < k->attached; i++)
		nbd_detach(&k->devices[i], &e);
	if (k->folder[0]) {
		unlink(k->config);
		unlink(k->serial);
		rmdir(k->folder);
	}
}

_Noreturn void keeper_main(struct keeper *k)
{
	k->serial_listener = k->console = k->frames = -1;
	k->arena = arena_new(LIMIT_SCRATCH);
	/* Both fit into the name of a network interface. */
	snprintf(k->name, sizeof(k->name), "paravet-%d", (int)getpid());
	snprintf(k->bridge, sizeof(k->bridge), "%s", k->name);
	if (k->arena && prepare(k)) {
		keeper_tell(k, "dom0 ready");
		if (create(k) && start(k))
			keeper_watch(k);
	}
	take_back(k);
	keeper_tell(k, "end");
	_exit(0);
}
