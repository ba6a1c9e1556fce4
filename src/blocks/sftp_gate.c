/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sftp_gate.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "limits.h"
#include "requests.h"
#include "sftp_proto.h"

/* Words of the client that are not yet whole packets. */
struct heard {
	uint8_t bytes[LIMIT_SFTP_PACKET];
	size_t n;
};

static bool allows_open(struct sftp_gate *g, struct reader *rd)
{
	uint32_t n = rd_u32be(rd);
	struct slice path = rd_bytes(rd, n);
	uint32_t how = rd_u32be(rd), attributes = rd_u32be(rd);

	if (g->opened || !rd_ok(rd) || rd_left(rd) || !slice_eq(path, g->path))
		return false;
	g->opened = true;
	return how == SFTP_OPEN_READ && attributes == 0;
}

bool sftp_gate_allows(struct sftp_gate *g, struct slice packet)
{
	struct reader rd = reader_of(packet);
	uint8_t type = rd_u8(&rd);

	rd_skip(&rd, 4); /* the number of the request */
	switch (type) {
	case SFTP_OPEN:
		return allows_open(g, &rd);
	/* The only handle there is came from that. */
	case SFTP_FSTAT:
	case SFTP_READ:
	case SFTP_CLOSE:
		return rd_ok(&rd);
	default:
		return false;
	}
}

/* The first packet of what was heard, once it is whole. 1: it is. */
static int next_packet(const struct heard *h, struct slice *ret, struct err *e)
{
	struct slice s = slice_of(h->bytes, h->n);
	struct reader rd = reader_of(s);
	uint32_t n = rd_u32be(&rd);

	if (!rd_ok(&rd))
		return 0;
	if (n > sizeof(h->bytes) - SFTP_LENGTH_BYTES)
		return err_set(e, ERR_REFUSED, "a packet of SFTP that is too long");
	return slice_sub(s, SFTP_LENGTH_BYTES, n, ret);
}

static int pass_request(struct sftp_gate *g, struct heard *h, int client, int server,
			struct err *e)
{
	ssize_t got = read(client, h->bytes + h->n, sizeof(h->bytes) - h->n);
	struct slice packet;
	int r;

	if (got < 0 && errno == EINTR)
		return 1;
	if (got <= 0)
		return 0;
	h->n += (size_t)got;
	while ((r = next_packet(h, &packet, e)) > 0) {
		size_t n = SFTP_LENGTH_BYTES + packet.n;

		if (!sftp_gate_allows(g, packet))
			return err_set(
				e, ERR_REFUSED,
				"a request of SFTP that only reading does not need");
		r = requests_transmit(server, h->bytes, n, e);
		if (r < 0)
			return r;
		h->n -= n;
		memmove(h->bytes, h->bytes + n, h->n);
	}
	return r < 0 ? r : 1;
}

static int pass_answer(int client, int server, struct err *e)
{
	uint8_t bytes[2 * SFTP_PIECE];
	ssize_t got = read(server, bytes, sizeof(bytes));

	if (got < 0 && errno == EINTR)
		return 1;
	if (got <= 0)
		return err_set(e, ERR_IO, "the disk's server has gone away");
	return requests_transmit(client, bytes, (size_t)got, e) < 0 ? 0 : 1;
}

int sftp_gate_run(const char *path, int client, int server, struct err *e)
{
	struct sftp_gate gate = {.path = path};
	struct heard heard = {.n = 0};
	int r = 1;

	while (r > 0) {
		struct pollfd p[] = {{.fd = client, .events = POLLIN},
				     {.fd = server, .events = POLLIN}};

		if (poll(p, 2, -1) < 0 && errno == EINTR)
			continue;
		if (p[0].revents == 0 && p[1].revents == 0)
			return err_set(e, ERR_IO, "cannot wait: %s", strerror(errno));
		if (p[0].revents)
			r = pass_request(&gate, &heard, client, server, e);
		if (r > 0 && p[1].revents)
			r = pass_answer(client, server, e);
	}
	return r;
}
