/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Boots a guest with a platform's devices and watches it from outside. The guest's disks
 * are only read; it is on a network that leads nowhere; QEMU and what serves it are
 * children that die with the calling thread, and no file with a name is made. On a
 * machine that is a Xen host its own xl may run the guest instead (xl.h).
 */
#pragma once

#include "direct.h"
#include "proof.h"
#include "serve.h"

/* A disk of the guest, in the order of facts->disks. */
struct prove_disk {
	int fd; /* stays the caller's */
	struct blocks_part part;
	const char *format;
	struct blocks_opener opener;
};

/* The Xen host that `make xen-lab` builds: files, open for reading. */
struct xen_lab {
	int hypervisor, kernel, initramfs; /* of the host, as QEMU takes them */
	int root;                          /* the disk of its first domain */
};

struct prove_options {
	unsigned seconds; /* 0: PROVE_SECONDS_KVM, _TCG, _XL or _XEN */
	uint64_t memory;  /* MiB; 0: PROVE_MEMORY */
	/* What QEMU loads itself, and then the verdict is on a direct boot, too; NULL:
	 * firmware and boot loader. */
	const struct direct *direct;
	enum sandbox_mode sandbox;
	/* Opens the Xen host, which stays the caller's: 1 when there is one, 0 when there
	 * is none; or NULL. Asked for platforms that need it, and unless it is forced
	 * only where this machine is not such a host itself. */
	bool force_xen_lab;
	int (*xen_lab)(void *ctx, struct xen_lab *ret, struct err *e);
	void *xen_lab_ctx;
	/* Progress for people: a step that was seen (`done`), or what is awaited; or
	 * NULL.
	 */
	void (*tell)(void *ctx, bool done, const char *text);
	void *tell_ctx;
	/* What the boot leaves: "serial.log", "qemu.log" or "xl.log", as it comes; or
	 * NULL. */
	void (*keep)(void *ctx, const char *name, struct slice bytes);
	void *keep_ctx;
};

enum {
	PROVE_SECONDS_KVM = 60,
	PROVE_SECONDS_TCG = 240,
	PROVE_SECONDS_XL = 120,
	PROVE_SECONDS_XEN = 1800,
	PROVE_MEMORY = 512
};

/* Boots the guest and compares. ERR_PROGRAM when QEMU or its firmware is not installed.
 * What cannot be booted is no error: the proof says why. */
int prove(const struct facts *f, const struct platform *p, const struct verdict *v,
	  const struct prove_disk *disks, const struct prove_options *o, struct arena *a,
	  struct proof *ret, struct err *e);
