/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest is booted with: the choices that its verdict is about, and the command
 * line that presents them, made from the platform's data.
 */
#pragma once

#include "direct.h"
#include "limits.h"
#include "prove.h"

/* One disk of the machine, in the order given by the user. */
struct setup_disk {
	const char *name;
	const struct platform_choice *choice;
	const char *offer; /* of the Xen host: "ahci", "ide", "pv" */
};

/* What QEMU plays for guests of one kind of processor. */
struct setup_kind {
	const char *program, *package; /* of QEMU */
	const char *machine;
	const char *processor; /* under TCG; that of KVM is this machine's */
	const char *screen;    /* NULL: none */
	bool kvm;              /* may this machine's processor be of that kind? */
	const char *firmware, *firmware_package; /* of UEFI */
	struct setup_firmware {
		const char *code,
			*variables; /* files, of which the first that is there */
	} files[4];
};

struct setup {
	const char *not_provable; /* why nothing can be booted; NULL: it can */
	const struct setup_kind *kind;
	bool uefi;
	bool xen;                  /* on a Xen host: */
	const struct xl_host *xl;  /* this machine, by its own xl; or NULL, and then */
	const struct xen_lab *lab; /* one that runs in QEMU */
	VEC(struct setup_disk) disks;
	size_t starts;                      /* the disk that the firmware starts from */
	const struct platform_choice *boot; /* of the disk that / lies on */
	enum answer boot_answer;
	size_t root;                        /* the number of that disk */
	const struct platform_choice *card; /* NULL: the guest gets none */
	const char *card_missing;           /* why */
	const char *card_offer;             /* of the Xen host: "emulated", "pv" */
	enum answer card_answer;
};

/* Chooses what the guest is booted with. Texts live in the arena. */
int setup_choose(const struct facts *f, const struct platform *p, const struct verdict *v,
		 struct arena *a, struct setup *ret, struct err *e);

/* What the machine is wired to: descriptors that QEMU inherits. */
struct setup_wires {
	int disks[LIMIT_DISKS]; /* NBD, one for each disk of the setup */
	int network, serial;
	const char *firmware;        /* UEFI's code; NULL: QEMU's BIOS */
	int variables;               /* NBD: what UEFI keeps its variables in */
	int host_root;               /* NBD: the disk of the Xen host's first domain */
	const struct direct *direct; /* what QEMU loads itself; NULL: the firmware */
};

struct setup_machine {
	const char *program; /* full path */
	bool kvm;
	uint64_t memory;  /* MiB */
	const char *mac;  /* of the card */
	const char *mark; /* setup->xen: of the lines of the host (dom0.h) */
};

/* What the Xen host needs beside the guest's memory, MiB. */
enum { SETUP_XEN_MEMORY = 1536 };

/* Appends QEMU's command line. */
int setup_command(const struct setup *s, const struct setup_machine *m,
		  const struct setup_wires *w, struct arena *a, strs *ret, struct err *e);
