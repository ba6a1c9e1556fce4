/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper's inside: the child that has the machine's own xl run a guest (xl.h). */
#pragma once

#include "nbd_device.h"
#include "xl.h"
#include "xl_text.h"

struct keeper {
	/* What it is to do; made by its parent. */
	const struct setup *setup;
	const struct setup_machine *machine;
	const struct setup_wires *wires;
	int stream; /* the lines go there; its end is the parent's */

	/* What it has. */
	struct arena *arena;
	int signals;                  /* SIGTERM and its like, as a descriptor */
	char name[16], bridge[16];    /* of the domain, and of its network */
	char folder[80];              /* "": not made */
	char config[96], serial[96];  /* files in it */
	int serial_listener, console; /* the guest's serial line; -1 */
	int frames;                   /* what the PV card sends; -1 */
	struct nbd_device devices[LIMIT_XEN_DISKS];
	size_t attached;
	bool bridged, made; /* there is something to take back */
	unsigned domain;
};

/* Tells a line. */
_printf_(2, 3) void keeper_tell(const struct keeper *k, const char *fmt, ...);
/* Tells that the host failed, with the last lines of what a program printed. */
void keeper_fail(const struct keeper *k, const char *what, const struct strbuf *printed);
/* Runs a program of the host, whose words end with NULL, and appends what it prints to
 * `out`. Returns its exit status, or -1. */
enum { KEEPER_OUTPUT = 256 * 1024 };
int keeper_run(const struct keeper *k, struct strbuf *out, const char *program, ...);
/* Is the parent gone, or does somebody want an end? Never waits. */
bool keeper_is_asked_to_stop(const struct keeper *k);

/* The child's whole life. */
_Noreturn void keeper_main(struct keeper *k);

/* xl_watch.c. Tells what is seen of the guest until it has ended, or until somebody wants
 * an end. */
void keeper_watch(struct keeper *k);
