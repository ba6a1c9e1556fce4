/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the boot loaders' readers share. A reader gets the configuration file that was
 * found and fills facts->boot: entries, default_how, and config when another file turns
 * out to hold the menu.
 */
#pragma once

#include "bls.h"
#include "guest.h"

int boot_read_grub2(struct guest *g, const char *config, struct err *e);
/* From GRUB's own image, g->efi: its prefix and script lead to the menu. */
int boot_read_grub_image(struct guest *g, struct err *e);
int boot_read_grub_legacy(struct guest *g, const char *config, struct err *e);
int boot_read_syslinux(struct guest *g, const char *config, struct err *e);
int boot_read_systemd(struct guest *g, const char *config, struct err *e);
int boot_read_lilo(struct guest *g, const char *config, struct err *e);
int boot_read_zipl(struct guest *g, const char *config, struct err *e);
/* A unified kernel image that UEFI starts by itself. */
int boot_read_unified(struct guest *g, const char *path, struct err *e);

/* The candidates for a path on a device of a boot loader, likeliest first. None when the
 * device is known to be outside the guest's tree. Strings live in scratch. */
int boot_candidates(struct guest *g, const char *device, const char *path, strs *ret,
		    struct err *e);
/* The candidate that is there, as *ret_file; ERR_ABSENT when none is. */
int boot_find(struct guest *g, const strs *candidates, struct file *ret_file,
	      struct err *e);
/* Is /boot a file system of its own? */
bool boot_is_apart(struct guest *g);

/* Completes an entry; ERR_ABSENT: it is none for this boot loader. */
typedef int (*boot_bls_fn)(struct guest *g, struct bls_entry *entry, struct err *e);
/* Adds the entries (*.conf) of a folder to the list, in scratch. A folder that is not
 * there has none. */
int boot_read_bls(struct guest *g, const char *dir, boot_bls_fn look, bls_list *list,
		  struct err *e);

/* How well a vendor's directory below EFI fits: that of this system, another one's, and
 * the place for removable media last. */
unsigned boot_vendor_rank(const struct guest *g, struct slice vendor);

/* Where the EFI system partition is mounted in guests, NULL at the end. */
extern const char *const boot_esp_paths[];
