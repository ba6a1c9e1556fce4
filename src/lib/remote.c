/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "escape.h"
#include "limits.h"
#include "text.h"

enum { CONNECT_MS = 10000 };

/* What QEMU's tools take as a disk's name and what is done here with it. */
static const struct {
	const char *prefix;
	bool local; /* else over TCP */
	const char *refusal;
} schemes[] = {
	{"nbd://", false, NULL},
	{"nbd+unix://", true, NULL},
	{"nbds://", false, "NBD with TLS is not spoken here"},
	{"nbds+unix://", true, "NBD with TLS is not spoken here"},
	{"ssh://", false,
	 "files are not read over ssh: serve the disk there with `qemu-nbd --read-only "
	 "--socket=S FILE`, bring the socket here with `ssh -L S:S HOST`, and name "
	 "nbd+unix:///?socket=S"},
	{"http://", false, "nothing is read over HTTP: fetch the image first"},
	{"https://", false, "nothing is read over HTTP: fetch the image first"},
};

/* The row of the URI, and what follows its prefix. */
static size_t find_scheme(struct slice uri, struct slice *ret_rest)
{
	size_t i = 0;

	while (i < ARRAY_LEN(schemes) && !slice_after(uri, schemes[i].prefix, ret_rest))
		i++;
	return i;
}

bool remote_is_uri(const char *name)
{
	struct slice rest;

	return find_scheme(slice_str(name), &rest) < ARRAY_LEN(schemes);
}

/* "%20" is a blank (RFC 3986, 2.1). */
static int decode(struct slice s, struct arena *a, const char **ret, struct err *e)
{
	char *to = arena_alloc(a, s.n + 1), *end = to;

	if (!to)
		return arena_full(a, e);
	for (size_t i = 0; i < s.n; i++) {
		uint64_t c = (uint64_t)slice_at(s, i);
		struct slice digits;

		if (c == '%' && (!slice_sub(s, i + 1, 2, &digits) ||
				 !text_hex(digits, 255, &c) || c == 0))
			return err_set(e, ERR_USAGE,
				       "\"%%\" is followed by two "
				       "hexadecimal digits, not 00");
		i += slice_at(s, i) == '%' ? 2 : 0;
		*end++ = (char)c;
	}
	*end = '\0';
	*ret = to;
	return 0;
}

/* "host", "host:10809", "[::1]:10809" */
static int parse_server(struct slice s, struct arena *a, struct remote *ret,
			struct err *e)
{
	struct slice host = s, port = slice_str("10809"), rest;

	if (slice_after(s, "[", &rest)) {
		if (!text_split(rest, ']', &host, &rest))
			return err_set(e, ERR_USAGE, "\"[\" without \"]\"");
		slice_after(rest, ":", &port);
	} else if (text_split(s, ':', &host, &rest))
		port = rest;
	if (host.n == 0)
		return err_set(e, ERR_USAGE, "it names no host");
	ret->host = arena_strndup(a, host);
	ret->port = arena_strndup(a, port);
	return ret->host && ret->port ? 0 : arena_full(a, e);
}

static int parse_socket(struct slice query, struct arena *a, struct remote *ret,
			struct err *e)
{
	struct slice word = query, rest = query, path;
	bool more = true;

	while (more) {
		word = rest;
		more = text_split(rest, '&', &word, &rest);
		if (slice_after(word, "socket=", &path))
			return decode(path, a, &ret->socket, e);
	}
	return err_set(e, ERR_USAGE, "it names no socket: \"?socket=PATH\"");
}

int remote_parse(const char *uri, struct arena *a, struct remote *ret, struct err *e)
{
	struct slice s, server, path = SLICE_NONE, query = SLICE_NONE;
	size_t i = find_scheme(slice_str(uri), &s);
	int r;

	if (i == ARRAY_LEN(schemes))
		return err_set(e, ERR_USAGE, "it is no URI of a disk");
	if (schemes[i].refusal)
		return err_set(e, ERR_UNSUPPORTED, "%s", schemes[i].refusal);
	*ret = (struct remote){0};
	text_split(s, '?', &s, &query);
	server = s;
	text_split(s, '/', &server, &path);
	if (schemes[i].local && server.n)
		return err_set(e, ERR_USAGE, "a local socket has no host: \"%s/\"",
			       schemes[i].prefix);
	r = schemes[i].local ? parse_socket(query, a, ret, e)
			     : parse_server(server, a, ret, e);
	return r < 0 ? r : decode(path, a, &ret->export_name, e);
}

/* connect() that gives up. */
static bool connect_soon(int fd, const struct sockaddr *to, socklen_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int cause = 0, blocking = fcntl(fd, F_GETFL);
	socklen_t size = sizeof(cause);

	fcntl(fd, F_SETFL, blocking | O_NONBLOCK);
	if (connect(fd, to, n) < 0 && errno != EINPROGRESS)
		return false;
	if (poll(&p, 1, CONNECT_MS) == 0)
		cause = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &size);
	errno = cause;
	return cause == 0 && fcntl(fd, F_SETFL, blocking) == 0;
}

static int no_answer(const struct remote *r, struct err *e)
{
	const char *where = r->socket ? r->socket : r->host;

	return err_set(e, ERR_ABSENT, "no NBD server answers at %s%s%s: %s",
		       escape_short(slice_str(where)).text, r->socket ? "" : ", port ",
		       r->socket ? "" : escape_short(slice_str(r->port)).text,
		       strerror(errno));
}

static int connect_local(const struct remote *r, int *ret_fd, struct err *e)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(r->socket) >= sizeof(to.sun_path))
		return err_set(e, ERR_USAGE,
			       "the path of a socket has less than %zu bytes",
			       sizeof(to.sun_path));
	memcpy(to.sun_path, r->socket, strlen(r->socket));
	if (fd < 0 || !connect_soon(fd, (struct sockaddr *)&to, sizeof(to)))
		return no_answer(r, e);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int connect_tcp(const struct remote *r, int *ret_fd, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;
	int cause = getaddrinfo(r->host, r->port, &hints, &list);

	if (cause)
		return err_set(e, ERR_ABSENT, "%s: %s",
			       escape_short(slice_str(r->host)).text,
			       gai_strerror(cause));
	for (const struct addrinfo *i = list; i && *ret_fd < 0; i = i->ai_next) {
		_cleanup_close_ int fd =
			socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, i->ai_protocol);

		if (fd >= 0 && connect_soon(fd, i->ai_addr, i->ai_addrlen))
			*ret_fd = TAKE_FD(fd);
	}
	freeaddrinfo(list);
	return *ret_fd < 0 ? no_answer(r, e) : 0;
}

int remote_connect(const struct remote *r, int *ret_fd, struct err *e)
{
	*ret_fd = -1;
	return r->socket ? connect_local(r, ret_fd, e) : connect_tcp(r, ret_fd, e);
}
