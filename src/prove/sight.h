/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was seen of a boot from outside, and when that is enough. Nothing here waits or
 * reads: events come in with their time, and an end comes out.
 */
#pragma once

#include "facts.h"
#include "serve.h"

/* What a watched range of a disk stands for. */
enum sight_kind {
	SIGHT_MENU,   /* the end of the boot loader's configuration */
	SIGHT_LOADED, /* the end of a file that the boot loader reads: kernel, initramfs
		       */
	SIGHT_INIT,   /* a part of the first program of the root file system */
	SIGHT_ROOT,   /* the volume that / lies on */
	SIGHT_ESP,    /* the start of the EFI system partition, which firmware reads */
};

struct sight_range {
	const char *disk; /* as the user named it */
	uint64_t off, len;
	enum sight_kind kind;
	size_t file; /* of SIGHT_LOADED: index in facts->boot_files */
	bool seen;
};
/* A range's number in the list is its id. */
typedef VEC(struct sight_range) sight_ranges;

/* The ranges to watch. Of a direct boot nobody reads kernel and initramfs there. */
int sight_choose(const struct facts *f, bool direct, struct arena *a, sight_ranges *ret,
		 struct err *e);

struct sight {
	sight_ranges ranges;
	/* Milliseconds since the start; 0: not yet. */
	uint64_t now;
	uint64_t menu;   /* the boot loader had read its configuration */
	uint64_t stray;  /* init was read before the kernel was seen to be loaded */
	uint64_t kernel; /* the boot loader was done with the kernel and initramfs */
	uint64_t root;   /* init was read after that */
	uint64_t wrote;  /* / was written to after that */
	uint64_t used;   /* its volume was read, the last time, after the kernel */
	uint64_t card;   /* the network card sent its first frame */
	uint64_t asked;  /* it asked for an address */
	uint64_t hurt;   /* the serial console told of a failure */
	bool excused;    /* which no device is to blame for */
	bool direct;     /* the kernel runs from the start */
	uint64_t idle;   /* for so long the processor has had next to nothing to do */
	uint64_t busy;   /* processor time since the kernel was loaded, or the start */
	bool gone;       /* QEMU has ended, or the guest */
	bool faulted;    /* it did so by no fault of the guest */
	bool wants_card; /* there is one to wait for */

	bool no_guest; /* the Xen host has not made the guest yet */
	bool hidden;   /* the firmware is not offered the disk that it is to start from */
	/* A disk that is offered as an emulated one, too: then that init was read is not
	 * enough, and `root` comes when its PV driver did that. */
	bool wants_pv;
	uint64_t init;      /* init was read, whichever way */
	uint64_t pv;        /* the PV driver had connected */
	uint64_t pv_before; /* its requests before init was read */
	uint64_t pv_so_far; /* its requests */
};

/* How long to wait for what, in milliseconds. */
struct patience {
	uint64_t limit;  /* in all */
	uint64_t settle; /* for the card, once / is there */
	uint64_t idle; /* with nothing to do: then the guest waits for what never comes */
	uint64_t busy; /* of processor time: then it will not come any more */
};

/* For a boot that is watched `limit` milliseconds, where `usual` are enough. A longer
 * limit is for a machine that gets little of the processor: how much of it a boot takes
 * stays the same. */
struct patience sight_patience(uint64_t limit, uint64_t usual);

/* A read, or a write, of a range. Later ones come again, see SERVE_AGAIN_MS. */
void sight_read(struct sight *s, unsigned id, uint64_t ms);
void sight_wrote(struct sight *s, unsigned id, uint64_t ms);

/* The PV driver of the disk has connected, and made so many requests so far. They are
 * told some time after they were made. */
void sight_pv(struct sight *s, uint64_t requests, uint64_t ms);

/* A frame of the card, one that asks for an address or another. Firmware that starts from
 * networks sends some, too: false when it does not count. */
bool sight_frame(struct sight *s, bool asks, uint64_t ms);

/* Is any file of the boot loader watched? Without one, when the kernel starts is not
 * seen. */
bool sight_sees_kernel(const struct sight *s);

/* Was the disk nothing to the firmware? It then has no driver for the device, for which
 * the guest is not to blame. */
bool sight_is_blind(const struct sight *s);

enum sight_end { SIGHT_ON, SIGHT_STARTED, SIGHT_FAILED, SIGHT_UNCLEAR };

/* Is it over, and why? `ret_why` is one sentence, for the last two. */
enum sight_end sight_decide(const struct sight *s, const struct patience *p,
			    const char **ret_why);
