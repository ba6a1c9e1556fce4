/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest sends into a network that nobody else is on. QEMU's socket network writes
 * each frame behind its length, four bytes in network order.
 */
#pragma once

#include <stdint.h>

#include "slice.h"

/* The largest frame that QEMU passes on: NET_BUFSIZE, 4 KiB more than 64 KiB. */
enum { FRAME_MAX = 4096 + 65536, MAC_BYTES = 6 };

struct frames {
	uint8_t mac[MAC_BYTES]; /* of the guest's card */
	const char *first;      /* what it sent first, "DHCP"; NULL: nothing yet */
	bool asked;             /* for an address */
	bool broken;            /* the stream made no sense; nothing is read any more */
	size_t have;
	uint8_t buf[4 + FRAME_MAX];
};

/* Takes bytes of the stream as they come. */
void frames_feed(struct frames *f, struct slice bytes);

/* Takes one frame; its beginning is enough. */
void frames_take(struct frames *f, struct slice frame);

/* What a frame is, for people: "DHCP", "ARP", ...; NULL when it is not from that card. */
const char *frame_kind(struct slice frame, const uint8_t mac[MAC_BYTES]);
