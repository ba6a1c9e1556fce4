/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a Xen host says of the guest: lines of its first domain behind a mark that the
 * guest cannot know (tests/lab/xen/dom0-init.sh describes them), and lines of the guest
 * behind "guest: ". The one that QEMU runs says them on its console, where the hypervisor
 * puts its own, among them what the guest's firmware says; where this machine is the
 * host, it is the keeper (xl.h), which also tells "guest processor HAD WAITED".
 *
 * A guest may print what it likes, lines may come in pieces, and the hypervisor may begin
 * one in the middle of another: a line of the first domain counts when it is whole and
 * makes sense, and nothing depends on one that comes only once.
 */
#pragma once

#include "err.h"
#include "frames.h"
#include "limits.h"
#include "serial.h"

/* A mark: letters and digits, chosen anew for each boot. */
enum { DOM0_MARK_CHARS = 32 };

/* A disk of the guest, as the host's own block driver sees it. */
struct dom0_disk {
	bool connected;         /* the guest's PV driver and the host agreed on a ring */
	uint64_t reads, writes; /* requests of that ring */
};

struct dom0 {
	char mark[DOM0_MARK_CHARS + 1];
	bool ready;   /* the host is up */
	bool created; /* the guest runs */
	bool card;    /* the guest's PV driver of the card has connected */
	bool ended;   /* the guest has ended, or the host */
	/* Processor time that the guest has had, and waited for, milliseconds; and how
	 * often that was told. */
	uint64_t had, waited;
	unsigned looks;
	bool faulted; /* the guest's processor stopped for what it cannot go on from: the
			 emulation of the host does that now and then */
	bool failed;  /* the host could not run the guest: why */
	char why[400];
	struct dom0_disk disks[LIMIT_XEN_DISKS]; /* xvda first */
	struct strbuf line;                      /* the one that comes */
};

/* A random mark. */
int dom0_init(struct dom0 *d, struct err *e);
void dom0_done(struct dom0 *d);

/* Takes bytes of the console as they come. What the guest and its firmware print goes to
 * `guest`, what the guest's PV card sends to `frames`. */
void dom0_feed(struct dom0 *d, struct slice bytes, struct serial *guest,
	       struct frames *frames);
