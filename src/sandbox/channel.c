/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages between the parent and the worker. The parent trusts nothing in them: it
 * decodes with the bounded reader and takes no file descriptors.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "internal.h"
#include "put.h"

/* Room for one descriptor, aligned as the kernel wants it. */
union one_fd {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int))];
};

static void attach_fd(struct msghdr *h, union one_fd *control, int fd)
{
	struct cmsghdr *c;

	memset(control, 0, sizeof(*control));
	h->msg_control = control->room;
	h->msg_controllen = sizeof(control->room);
	c = CMSG_FIRSTHDR(h);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
}

bool channel_send(int sock, const struct message *m, bool wait)
{
	uint8_t header[MESSAGE_HEADER];
	struct iovec iov[2] = {{header, sizeof(header)},
			       {(void *)(uintptr_t)m->bytes.p, m->bytes.n}};
	struct msghdr h = {.msg_iov = iov, .msg_iovlen = 2};
	union one_fd control;
	ssize_t n;

	put_le(header, 4, m->type);
	put_le(header + 4, 4, m->a);
	put_le(header + 8, 4, m->b);
	if (m->fd >= 0)
		attach_fd(&h, &control, m->fd);
	do
		n = sendmsg(sock, &h, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)(sizeof(header) + m->bytes.n);
}

bool channel_decode(struct slice packet, struct message *ret)
{
	struct reader r = reader_of(packet);
	uint32_t type = rd_u32le(&r);
	struct message m = {.a = rd_u32le(&r), .fd = -1};

	m.b = rd_u32le(&r);
	m.bytes = rd_bytes(&r, rd_left(&r));
	if (!rd_ok(&r) || type < MESSAGE_ASK || type > MESSAGE_READY)
		return false;
	m.type = (enum message_type)type;
	*ret = m;
	return true;
}

static int take_fd(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

bool channel_receive(int sock, void *buf, size_t cap, struct message *ret)
{
	struct iovec iov = {buf, cap};
	union one_fd control;
	struct msghdr h = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.room,
			   .msg_controllen = sizeof(control.room)};
	_cleanup_close_ int fd = -1;
	ssize_t n;

	do
		n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	fd = take_fd(&h);
	if ((h.msg_flags & MSG_TRUNC) || !channel_decode(slice_of(buf, (size_t)n), ret))
		return false;
	ret->fd = TAKE_FD(fd);
	return true;
}
