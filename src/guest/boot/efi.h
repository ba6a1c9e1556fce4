/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What UEFI starts: a program on the EFI system partition, and the one that this leads to
 * (UEFI specification, 3.5 "Boot Mechanisms"; PE format of Microsoft).
 */
#pragma once

#include "file_bytes.h"
#include "guest.h"

enum efi_kind {
	EFI_OTHER,
	EFI_SHIM, /* checks a signature and starts GRUB beside it */
	EFI_GRUB,
	EFI_SYSTEMD_BOOT,
	EFI_UNIFIED, /* a kernel with its initramfs in one file */
	EFI_KERNEL,
};

/* A program for UEFI. Strings live in the arena. */
struct efi_image {
	enum efi_kind kind;
	const char *arch; /* NULL unknown */
	/* Of GRUB: what grub-mkimage put in. NULL: not said. */
	const char *prefix;             /* "/EFI/debian", "(,gpt2)/boot/grub" */
	const char *script;             /* run before the menu */
	uint64_t memdisk, memdisk_size; /* a file system inside of the file; 0: none */
};

/* ERR_CORRUPT when firmware could not load it. */
int efi_image_read(const struct file_bytes *bytes, struct arena *a, struct efi_image *ret,
		   struct err *e);

/* The way from the firmware to the program that loads a kernel. */
struct efi_start {
	const char *esp;      /* where the EFI system partition is in the guest's tree */
	const char *first;    /* the file that the firmware starts */
	enum known removable; /* it is \EFI\BOOT\BOOT*.EFI, which needs no stored entry */
	const char *path, *dir; /* the program that this leads to, and its directory */
	struct file file;
	struct efi_image image;
};

/* ERR_ABSENT when the partition mounted at `esp` has no program for the guest's
 * processor. Broken ones are told as problems of the guest. What `ret` says of the first
 * program is set even when the way from there was not found. */
int efi_find_start(struct guest *g, const char *esp, struct efi_start *ret,
		   struct err *e);

/* "GRUB", "shim", ...: for people. */
const char *efi_kind_name(enum efi_kind kind);
