/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frames.h"

#include <string.h>

enum {
	LENGTH = 4,
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_VLAN = 0x8100,
	ETHER_IPV6 = 0x86dd,
	IP_ICMPV6 = 58,
	IP_UDP = 17,
	DHCP_SERVER = 67,
	DHCPV6_SERVER = 547,
	ROUTER_SOLICITATION = 133
};

static const char *udp_kind(struct reader *r, unsigned dhcp)
{
	rd_skip(r, 2);
	return rd_u16be(r) == dhcp && rd_ok(r) ? "DHCP" : NULL;
}

static const char *ipv4_kind(struct reader *r)
{
	uint8_t header = rd_u8(r), protocol;
	const char *kind;

	rd_skip(r, 8);
	protocol = rd_u8(r);
	rd_skip(r, 10);
	if ((header & 15) > 5)
		rd_skip(r, ((header & 15u) - 5) * 4);
	kind = protocol == IP_UDP ? udp_kind(r, DHCP_SERVER) : NULL;
	return kind ? kind : "IPv4";
}

static const char *ipv6_kind(struct reader *r)
{
	uint8_t next;
	const char *kind = NULL;

	rd_skip(r, 6);
	next = rd_u8(r);
	rd_skip(r, 33);
	if (next == IP_UDP)
		kind = udp_kind(r, DHCPV6_SERVER);
	else if (next == IP_ICMPV6 && rd_u8(r) == ROUTER_SOLICITATION && rd_ok(r))
		kind = "an IPv6 router solicitation";
	return kind ? kind : "IPv6";
}

const char *frame_kind(struct slice frame, const uint8_t mac[MAC_BYTES])
{
	struct reader r = reader_of(frame);
	unsigned type;

	if (!slice_has(frame, MAC_BYTES, mac, MAC_BYTES))
		return NULL;
	rd_skip(&r, 2 * MAC_BYTES);
	type = rd_u16be(&r);
	if (type == ETHER_VLAN) {
		rd_skip(&r, 2);
		type = rd_u16be(&r);
	}
	if (!rd_ok(&r))
		return NULL;
	switch (type) {
	case ETHER_IPV4:
		return ipv4_kind(&r);
	case ETHER_IPV6:
		return ipv6_kind(&r);
	case ETHER_ARP:
		return "ARP";
	default:
		return "a frame";
	}
}

void frames_take(struct frames *f, struct slice frame)
{
	const char *kind = frame_kind(frame, f->mac);

	if (!kind)
		return;
	if (!f->first)
		f->first = kind;
	f->asked = f->asked || strcmp(kind, "DHCP") == 0;
}

/* Takes one whole frame off the front of the buffer. */
static bool take_whole(struct frames *f)
{
	struct slice all = slice_of(f->buf, f->have), frame;
	struct reader r = reader_of(all);
	uint32_t length = rd_u32be(&r);

	if (!rd_ok(&r))
		return false;
	f->broken = length > FRAME_MAX;
	if (f->broken || !slice_sub(all, LENGTH, length, &frame))
		return false;
	frames_take(f, frame);
	f->have -= LENGTH + length;
	memmove(f->buf, f->buf + LENGTH + length, f->have);
	return true;
}

void frames_feed(struct frames *f, struct slice bytes)
{
	struct reader r = reader_of(bytes);

	while (!f->broken && rd_left(&r)) {
		size_t room = sizeof(f->buf) - f->have;
		size_t n = rd_left(&r) < room ? rd_left(&r) : room;

		rd_copy(&r, f->buf + f->have, n);
		f->have += n;
		while (take_whole(f))
			;
	}
}
