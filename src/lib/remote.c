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
static int parse_server(struct slice s, const char *usual_port, struct arena *a,
			struct remote *ret, struct err *e)
{
	struct slice host = s, port = SLICE_NONE, rest;
	bool has_port;

	if (slice_after(s, "[", &rest)) {
		if (!text_split(rest, ']', &host, &rest))
			return err_set(e, ERR_USAGE, "\"[\" without \"]\"");
		has_port = slice_after(rest, ":", &port);
	} else
		has_port = text_split(s, ':', &host, &port);
	if (host.n == 0)
		return err_set(e, ERR_USAGE, "it names no host");
	ret->port = has_port ? arena_strndup(a, port) : usual_port;
	return ret->port || !has_port ? decode(host, a, &ret->host, e) : arena_full(a, e);
}

/* The server, and the path behind it. */
static struct slice split_path(struct slice s, struct slice *ret_path)
{
	struct slice server = s;

	*ret_path = SLICE_NONE;
	text_split(s, '/', &server, ret_path);
	return server;
}

static int parse_nbd(struct slice s, struct arena *a, struct remote *ret, struct err *e)
{
	struct slice path, query;
	int r;

	text_split(s, '?', &s, &query);
	r = parse_server(split_path(s, &path), "10809", a, ret, e);
	return r < 0 ? r : decode(path, a, &ret->export_name, e);
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

static int parse_nbd_local(struct slice s, struct arena *a, struct remote *ret,
			   struct err *e)
{
	struct slice path, query = SLICE_NONE;
	int r;

	text_split(s, '?', &s, &query);
	if (split_path(s, &path).n)
		return err_set(e, ERR_USAGE,
			       "a local socket has no host: \"nbd+unix:///\"");
	r = parse_socket(query, a, ret, e);
	return r < 0 ? r : decode(path, a, &ret->export_name, e);
}

/* Is it a name that ssh takes for an option, or that means something to the shell of a
 * ProxyCommand? (ssh has refused the same since 9.6.) */
static bool is_harmless(const char *name)
{
	if (name[0] == '-' || name[0] == '\0')
		return false;
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f ||
		    strchr("@'`\"$\\;&<>|(){}", *name))
			return false;
	return true;
}

static int check_ssh(const struct remote *r, struct err *e)
{
	uint64_t port;

	if (!is_harmless(r->host) || (r->user && !is_harmless(r->user)))
		return err_set(
			e, ERR_USAGE,
			"\"%s\" is no name of a %s: if it is, give it another one "
			"in ssh's configuration",
			escape_short(slice_str(is_harmless(r->host) ? r->user : r->host))
				.text,
			is_harmless(r->host) ? "user" : "host");
	if (r->port && (!text_u64(slice_str(r->port), 65535, &port) || port == 0))
		return err_set(e, ERR_USAGE, "\"%s\" is no port",
			       escape_short(slice_str(r->port)).text);
	return 0;
}

static int parse_ssh(struct slice s, struct arena *a, struct remote *ret, struct err *e)
{
	struct slice path, server = split_path(s, &path), user;
	int r = 0;

	if (slice_find(path, 0, '?') < path.n)
		return err_set(e, ERR_USAGE,
			       "nothing follows a \"?\": ssh's own configuration has its "
			       "options, and a name with that character has \"%%3F\"");
	if (path.n == 0)
		return err_set(e, ERR_USAGE, "it names no file: ssh://HOST/PATH");
	/* With the slash before it. */
	path = slice_of(path.p - 1, path.n + 1);
	if (text_split(server, '@', &user, &server))
		r = decode(user, a, &ret->user, e);
	if (r >= 0)
		r = parse_server(server, NULL, a, ret, e);
	if (r >= 0)
		r = check_ssh(ret, e);
	return r < 0 ? r : decode(path, a, &ret->path, e);
}

/* What QEMU's tools take as a disk's name and what is done here with it. */
static const struct {
	const char *prefix;
	int (*parse)(struct slice rest, struct arena *a, struct remote *ret,
		     struct err *e);
	const char *refusal; /* instead */
} schemes[] = {
	{"nbd://", parse_nbd, NULL},
	{"nbd+unix://", parse_nbd_local, NULL},
	{"ssh://", parse_ssh, NULL},
	{"nbds://", NULL, "NBD with TLS is not spoken here"},
	{"nbds+unix://", NULL, "NBD with TLS is not spoken here"},
	{"sftp://", NULL, "such a disk is named ssh://HOST/PATH"},
	{"http://", NULL, "nothing is read over HTTP: fetch the image first"},
	{"https://", NULL, "nothing is read over HTTP: fetch the image first"},
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

int remote_parse(const char *uri, struct arena *a, struct remote *ret, struct err *e)
{
	struct slice rest;
	size_t i = find_scheme(slice_str(uri), &rest);

	if (i == ARRAY_LEN(schemes))
		return err_set(e, ERR_USAGE, "it is no URI of a disk");
	if (schemes[i].refusal)
		return err_set(e, ERR_UNSUPPORTED, "%s", schemes[i].refusal);
	*ret = (struct remote){0};
	return schemes[i].parse(rest, a, ret, e);
}

const char *remote_copy_command(const struct remote *r)
{
	return r->path ? "scp" : "qemu-img convert -O qcow2 URI FILE";
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
