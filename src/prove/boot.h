/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One boot: what it is made of, and what is done with it. */
#pragma once

#include "dom0.h"
#include "frames.h"
#include "kvm.h"
#include "process.h"
#include "prove.h"
#include "qemu.h"
#include "serial.h"
#include "sight.h"
#include "xl.h"

enum { BOOT_SERVED_MAX = LIMIT_DISKS + 1 };

struct boot {
	const struct setup *setup;
	const struct prove_disk *disks;
	const struct prove_options *options;
	struct arena *arena;
	struct setup_machine machine;
	struct patience patience;

	struct served served[BOOT_SERVED_MAX]; /* the disks; then OVMF's variables, or
						  the disk of the Xen host */
	size_t served_count;
	uint64_t served_at[BOOT_SERVED_MAX]; /* when the server of each was started */
	int network, serial;                 /* this process's ends */
	struct process runner;               /* QEMU, or xl's keeper */
	uint64_t start;                      /* on clock_ms() */

	struct sight sight;
	struct frames frames;
	struct serial console;
	struct dom0 dom0;         /* of the Xen host */
	struct strbuf complaints; /* what QEMU printed */
	/* Processor time at the last look, for sight.idle. */
	uint64_t had, waited, looked;
	unsigned looks;     /* of the Xen host that were taken into account */
	struct err failure; /* of a server of a disk */
	enum sight_end end;
	const char *why;
	bool said_host, said_kernel, said_root, said_card;
};

/* Starts the servers of the disks, and QEMU or xl. boot_end() also after a failure. */
int boot_start(struct boot *b, struct err *e);
/* Watches until the end, which is in b->end. */
int boot_watch(struct boot *b, struct err *e);
void boot_end(struct boot *b);

/* Tells a step that was seen, or what is awaited. */
_printf_(3, 4) void boot_tell(const struct boot *b, bool done, const char *fmt, ...);
