/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the console of the Xen host, which a guest writes to as well: it says the
 * same wherever it is cut, nothing of it is believed without the mark, and what is told
 * of it is printable. */
#include <stdlib.h>
#include <string.h>

#include "dom0.h"

enum { PIECE = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct console {
	struct dom0 dom0;
	struct serial guest;
	struct frames frames;
};

static void feed(struct console *c, const char *mark, const uint8_t *data, size_t size,
		 size_t piece)
{
	static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0, 0, 1};
	struct err e = ERR_INIT;

	*c = (struct console){.guest = SERIAL_INIT};
	memcpy(c->frames.mac, mac, sizeof(mac));
	if (dom0_init(&c->dom0, &e) < 0)
		abort();
	if (mark)
		memcpy(c->dom0.mark, mark, strlen(mark) + 1);
	for (size_t at = 0; at < size; at += piece)
		dom0_feed(&c->dom0,
			  slice_of(data + at, size - at < piece ? size - at : piece),
			  &c->guest, &c->frames);
}

static void done(struct console *c)
{
	dom0_done(&c->dom0);
	serial_done(&c->guest);
}

static void check_same(const struct dom0 *a, const struct dom0 *b)
{
	if (a->ready != b->ready || a->created != b->created || a->card != b->card ||
	    a->ended != b->ended || a->failed != b->failed || a->faulted != b->faulted ||
	    strcmp(a->why, b->why) != 0)
		abort();
	for (size_t i = 0; i < LIMIT_XEN_DISKS; i++)
		if (a->disks[i].connected != b->disks[i].connected ||
		    a->disks[i].reads != b->disks[i].reads ||
		    a->disks[i].writes != b->disks[i].writes)
			abort();
	for (const char *c = a->why; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			abort();
}

static void check_nothing(const struct console *c)
{
	const struct dom0 *d = &c->dom0;

	if (d->ready || d->created || d->card || d->ended || d->failed || c->frames.first)
		abort();
	for (size_t i = 0; i < LIMIT_XEN_DISKS; i++)
		if (d->disks[i].connected || d->disks[i].reads || d->disks[i].writes)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct console whole, cut;

	feed(&whole, "mark", data, size, size ? size : 1);
	feed(&cut, "mark", data, size, PIECE);
	check_same(&whole.dom0, &cut.dom0);
	if (whole.guest.hurt != cut.guest.hurt || whole.guest.lines != cut.guest.lines ||
	    whole.frames.first != cut.frames.first)
		abort();
	done(&whole);
	done(&cut);
	feed(&whole, NULL, data, size, size ? size : 1);
	check_nothing(&whole);
	done(&whole);
	return 0;
}
