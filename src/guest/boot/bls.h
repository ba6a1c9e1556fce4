/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Entries of the Boot Loader Specification (uapi-group.org, "Type #1"): one small file a
 * kernel in loader/entries/. GRUB (blscfg) and systemd-boot read the same files but sort
 * them differently.
 */
#pragma once

#include "facts.h"

struct unified_profile;

struct bls_entry {
	const char *id; /* the file's name without ".conf" */
	const char *title, *version, *machine_id, *sort_key;
	const char *kernel;
	const char *program;   /* what UEFI is to run instead ("uki", "efi") */
	strs initrds;          /* one a line, as written */
	const char *options;   /* several lines joined by a blank; NULL without any */
	unsigned options_line; /* 0: several, or none */
	const struct source *where;
	/* Found where the files are: what is started is a unified kernel image. */
	const char *image; /* its path in the guest, or NULL */
	const struct unified_profile *inside;
};
typedef VEC(struct bls_entry) bls_list;

/* One file. A file without a kernel or a program is no entry for us: ERR_ABSENT. */
int bls_parse(struct slice text, const char *file_name, struct arena *a,
	      struct bls_entry *ret, struct err *e);

/* Newest first, as GRUB's blscfg orders them: by the file's name read as
 * name-version-release. */
void bls_sort_grub(bls_list *list);
/* As systemd-boot does: sort-key, machine-id, version; then the file's name. */
void bls_sort_systemd(bls_list *list);

/* Compares two versions as rpm does: <0, 0, >0. */
int bls_version_cmp(struct slice a, struct slice b);
