/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as what a booted guest sends into its network and prints on its console: a
 * stream says the same wherever it is cut, and what is told of it is printable. */
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "serial.h"

enum { PIECE = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const char *a, const char *b)
{
	if ((a == NULL) != (b == NULL) || (a && strcmp(a, b) != 0))
		abort();
}

static void feed_frames(struct frames *f, const uint8_t *data, size_t size, size_t piece)
{
	static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0, 0, 1};

	*f = (struct frames){0};
	memcpy(f->mac, mac, sizeof(mac));
	for (size_t at = 0; at < size; at += piece)
		frames_feed(f,
			    slice_of(data + at, size - at < piece ? size - at : piece));
}

static void check_frames(const uint8_t *data, size_t size)
{
	static struct frames whole, cut;

	feed_frames(&whole, data, size, size ? size : 1);
	feed_frames(&cut, data, size, PIECE);
	check_same(whole.first, cut.first);
	if (whole.broken != cut.broken || whole.asked != cut.asked)
		abort();
}

static void feed_serial(struct serial *s, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size; at += piece)
		serial_feed(s,
			    slice_of(data + at, size - at < piece ? size - at : piece));
}

static void check_serial(const uint8_t *data, size_t size)
{
	struct serial whole = SERIAL_INIT, cut = SERIAL_INIT;

	feed_serial(&whole, data, size, size ? size : 1);
	feed_serial(&cut, data, size, PIECE);
	/* The words around the telling ones depend on the cut, what they mean may not. */
	if (whole.hurt != cut.hurt || !strbuf_ok(&whole.line))
		abort();
	for (const char *c = whole.reason; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
	serial_done(&whole);
	serial_done(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_frames(data, size);
	check_serial(data, size);
	return 0;
}
