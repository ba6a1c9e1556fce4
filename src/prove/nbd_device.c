/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's NBD client over generic netlink: linux/nbd-netlink.h says what it takes,
 * linux/genetlink.h how it is found.
 */
#include "nbd_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/nbd-netlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "limits.h"
#include "nbd_client.h"

enum {
	BLOCK = 512, /* what a guest takes its disk's sector to be */
	HEADERS = NLMSG_HDRLEN + GENL_HDRLEN,
};

/* A message, whose attributes are added at its end; then the answer to it. */
struct message {
	union {
		struct nlmsghdr head;
		uint8_t bytes[1024];
	};
};

static void message_start(struct message *m, uint16_t family, uint8_t command)
{
	struct genlmsghdr generic = {.cmd = command, .version = 1};

	*m = (struct message){.head = {.nlmsg_len = HEADERS,
				       .nlmsg_type = family,
				       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	memcpy(m->bytes + NLMSG_HDRLEN, &generic, sizeof(generic));
}

/* All that is added here fits by far. Returns where the attribute starts. */
static size_t message_add(struct message *m, uint16_t type, const void *data, size_t n)
{
	struct nlattr a = {.nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + n)};
	size_t at = m->head.nlmsg_len;

	memcpy(m->bytes + at, &a, sizeof(a));
	if (n)
		memcpy(m->bytes + at + NLA_HDRLEN, data, n);
	m->head.nlmsg_len += NLA_ALIGN(a.nla_len);
	return at;
}

static void add_u64(struct message *m, uint16_t type, uint64_t v)
{
	message_add(m, type, &v, sizeof(v));
}

/* What was added since then is this attribute's. */
static void message_end_nest(struct message *m, size_t at)
{
	struct nlattr a;

	memcpy(&a, m->bytes + at, sizeof(a));
	a.nla_len = (uint16_t)(m->head.nlmsg_len - at);
	memcpy(m->bytes + at, &a, sizeof(a));
}

/* The first bytes of an attribute of an answer of `len` bytes; false: it has none. */
static bool message_find(const struct message *m, size_t len, uint16_t type, void *ret,
			 size_t n)
{
	for (size_t at = HEADERS; at + NLA_HDRLEN <= len;) {
		struct nlattr a;

		memcpy(&a, m->bytes + at, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > len - at)
			return false;
		if ((a.nla_type & NLA_TYPE_MASK) == type &&
		    a.nla_len - NLA_HDRLEN >= (int)n) {
			memcpy(ret, m->bytes + at + NLA_HDRLEN, n);
			return true;
		}
		at += NLA_ALIGN(a.nla_len);
	}
	return false;
}

/* Sends it; `m` is then the answer, and the length of what there is of that is returned.
 * Negative: errno of the kernel. */
static int message_ask(int sock, struct message *m)
{
	struct message answer = {0};
	int length = 0;

	if (send(sock, m->bytes, m->head.nlmsg_len, 0) < 0)
		return -errno;
	/* Data, if there is any, and then the word that it is done. */
	for (;;) {
		struct message next;
		ssize_t n = recv(sock, next.bytes, sizeof(next.bytes), 0);
		struct nlmsgerr end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < (ssize_t)NLMSG_HDRLEN)
			return n < 0 ? -errno : -EIO;
		if (next.head.nlmsg_type != NLMSG_ERROR) {
			answer = next;
			length = (int)n;
			continue;
		}
		if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(end)))
			return -EIO;
		memcpy(&end, next.bytes + NLMSG_HDRLEN, sizeof(end));
		*m = answer;
		return end.error ? end.error : length;
	}
}

static int open_netlink(uint16_t *ret_family, int *ret_sock, struct err *e)
{
	_cleanup_close_ int sock =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct message m;
	int r;

	message_start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	message_add(&m, CTRL_ATTR_FAMILY_NAME, NBD_GENL_FAMILY_NAME,
		    sizeof(NBD_GENL_FAMILY_NAME));
	r = sock < 0 ? -errno : message_ask(sock, &m);
	if (r < 0 || !message_find(&m, (size_t)r, CTRL_ATTR_FAMILY_ID, ret_family,
				   sizeof(*ret_family)))
		return err_set(
			e, ERR_UNSUPPORTED,
			"this kernel has no NBD client: the module nbd of Linux 4.12 "
			"or newer (%s)",
			strerror(r < 0 ? -r : ENOENT));
	*ret_sock = TAKE_FD(sock);
	return 0;
}

/* The kernel would ask for more at once than the server gives. */
static int limit_requests(const struct nbd_device *d, struct err *e)
{
	char path[64], value[24];
	_cleanup_close_ int fd = -1;
	int n = snprintf(value, sizeof(value), "%u", LIMIT_NBD_REQUEST / 1024);

	snprintf(path, sizeof(path), "/sys/block/nbd%u/queue/max_sectors_kb", d->number);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, (size_t)n) != n)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

static void describe(struct message *m, uint16_t family, const struct nbd_offer *offer,
		     int sock)
{
	uint32_t fd = (uint32_t)sock;
	size_t list, item;

	message_start(m, family, NBD_CMD_CONNECT);
	add_u64(m, NBD_ATTR_SIZE_BYTES, offer->size / BLOCK * BLOCK);
	add_u64(m, NBD_ATTR_BLOCK_SIZE_BYTES, BLOCK);
	add_u64(m, NBD_ATTR_SERVER_FLAGS, offer->flags);
	list = message_add(m, NLA_F_NESTED | NBD_ATTR_SOCKETS, NULL, 0);
	item = message_add(m, NLA_F_NESTED | NBD_SOCK_ITEM, NULL, 0);
	message_add(m, NBD_SOCK_FD, &fd, sizeof(fd));
	message_end_nest(m, item);
	message_end_nest(m, list);
}

int nbd_attach(int sock, struct nbd_device *ret, struct err *e)
{
	_cleanup_close_ int netlink = -1;
	struct nbd_device d = {0};
	struct nbd_offer offer;
	struct message m;
	uint16_t family;
	uint32_t number;
	int r = open_netlink(&family, &netlink, e);

	if (r >= 0)
		r = nbd_choose(sock, "", &offer, e);
	if (r < 0)
		return r;
	describe(&m, family, &offer, sock);
	r = message_ask(netlink, &m);
	if (r < 0 ||
	    !message_find(&m, (size_t)r, NBD_ATTR_INDEX, &number, sizeof(number)))
		return err_set(e, ERR_IO,
			       "the kernel's NBD client does not take the disk: %s",
			       strerror(r < 0 ? -r : EIO));
	d.number = number;
	snprintf(d.path, sizeof(d.path), "/dev/nbd%u", d.number);
	*ret = d;
	r = limit_requests(&d, e);
	if (r < 0) {
		struct err more = ERR_INIT;

		nbd_detach(&d, &more);
	}
	return r;
}

int nbd_detach(const struct nbd_device *d, struct err *e)
{
	_cleanup_close_ int netlink = -1;
	uint32_t number = d->number;
	struct message m;
	uint16_t family;
	int r = open_netlink(&family, &netlink, e);

	if (r < 0)
		return r;
	message_start(&m, family, NBD_CMD_DISCONNECT);
	message_add(&m, NBD_ATTR_INDEX, &number, sizeof(number));
	r = message_ask(netlink, &m);
	if (r < 0)
		return err_set(e, ERR_IO, "%s: %s", d->path, strerror(-r));
	return 0;
}
