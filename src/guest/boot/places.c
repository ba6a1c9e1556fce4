/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the parts lie that the firmware and the boot loader need: boot code in a disk's
 * first sector, /boot, the EFI system partition. They may be on several disks, and each
 * of these must be visible to the boot loader on the target.
 */
#include "boot.h"

#include "efi.h"
#include "escape.h"
#include "fstab.h"
#include "text.h"
#include "tolerate.h"

static bool has_code(const struct disk_fact *d)
{
	return d->boot_code && strcmp(d->boot_code, "none") != 0;
}

/* --- /boot --- */

static int find_boot(struct guest *g, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	struct source where;
	struct file file;
	int r = tree_find(g->tree, "/boot", &file, e);

	if (r == -ERR_ABSENT) {
		err_clear(e);
		r = tree_find(g->tree, "/", &file, e);
	}
	if (r < 0)
		return r;
	where = guest_source(g, &file, 0, 0);
	b->boot_disk = where.disk;
	b->boot_volume = where.volume;
	return 0;
}

/* --- BIOS --- */

/* GRUB on a GPT disk has its core image in a partition of its own. */
static bool has_bios_boot(const struct guest *g, const struct disk_fact *d)
{
	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		if (strcmp(v->disk, d->name) == 0 && v->type_name &&
		    strcmp(v->type_name, "BIOS boot") == 0)
			return true;
	}
	return false;
}

/* Of several disks with boot code the one with /boot is taken, else the first. */
static const struct disk_fact *choose_mbr(const struct guest *g, unsigned *ret_count)
{
	const struct disk_fact *chosen = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < g->facts->disks.n; i++) {
		const struct disk_fact *d = &g->facts->disks.v[i];

		if (!has_code(d))
			continue;
		++*ret_count;
		if (!chosen || (text_same(d->name, g->facts->boot.boot_disk) &&
				!text_same(chosen->name, g->facts->boot.boot_disk)))
			chosen = d;
	}
	return chosen;
}

static int find_mbr(struct guest *g, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	unsigned count;
	const struct disk_fact *d = choose_mbr(g, &count);
	int r = 0;

	if (!d)
		return 0;
	b->mbr_disk = d->name;
	b->bios = true;
	if (count > 1)
		r = guest_remark(g, "bootloader", (struct source){.disk = d->name},
				 "%u disks hold boot code; %s is taken as the one that "
				 "the BIOS starts",
				 count, escape_short(slice_str(d->name)).text);
	/* On a GPT disk nothing but code that reads GPT is of use, and that has a name.
	 */
	if (r == 0 && text_same(d->scheme, "gpt") && text_same(d->boot_code, "other")) {
		b->bios = false;
		r = guest_remark(g, "bootloader", (struct source){.disk = d->name},
				 "the code in the first sector of a GPT disk is of no "
				 "boot loader that is known: it is not counted on");
	}
	if (r == 0 && text_same(d->scheme, "gpt") && text_same(d->boot_code, "grub") &&
	    !has_bios_boot(g, d)) {
		b->bios = false;
		r = guest_remark(g, "bootloader", (struct source){.disk = d->name},
				 "GRUB's code is in the first sector of a GPT disk "
				 "without a BIOS boot partition: it cannot start there");
	}
	return r < 0 ? arena_full(g->arena, e) : 0;
}

/* --- UEFI --- */

static bool is_esp_type(const struct volume_fact *v)
{
	return text_same(v->type_name, "EFI System") || text_same(v->type, "0xEF");
}

static bool is_mounted_as_esp(const struct volume_fact *v)
{
	return strs_has(&v->mounted_at, "/boot/efi") ||
	       strs_has(&v->mounted_at, "/efi") ||
	       (text_same(v->fs, "vfat") && strs_has(&v->mounted_at, "/boot"));
}

/* A mounted one before one known by its type, one on the disk of /boot before others. */
static unsigned esp_rank(const struct guest *g, const struct volume_fact *v)
{
	if (!is_esp_type(v) && !is_mounted_as_esp(v))
		return 0;
	return 1 + 2 * is_mounted_as_esp(v) +
	       text_same(v->disk, g->facts->boot.boot_disk);
}

static const struct volume_fact *choose_esp(const struct guest *g)
{
	const struct volume_fact *best = NULL;

	for (size_t i = 0; i < g->facts->volumes.n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[i];

		if (esp_rank(g, v) > (best ? esp_rank(g, best) : 0))
			best = v;
	}
	return best;
}

static bool is_there(struct guest *g, const char *path)
{
	struct err ignored = ERR_INIT;
	struct file file;

	return tree_find(g->tree, path, &file, &ignored) >= 0;
}

/* What <esp>/EFI holds: a program for the guest's processor, and \EFI\BOOT\BOOT*.EFI. */
static int look_into_efi(struct guest *g, const char *esp, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	const char *dir = arena_printf(g->scratch, "%s/EFI", esp);
	struct efi_start *start = arena_new_of(g->arena, struct efi_start);
	struct file file;
	int r = dir && start ? tree_find(g->tree, dir, &file, e)
			     : arena_full(g->arena, e);

	if (r < 0)
		return r;
	r = efi_find_start(g, esp, start, e);
	b->uefi = start->first != NULL;
	b->removable_path = start->removable;
	if (start->first) {
		g->efi = start;
		b->efi_file = start->first;
	}
	return r < 0 ? tolerate(g, "bootloader", dir, e) : 0;
}

/* Was a boot loader for UEFI installed in this guest? */
static bool has_efi_packages(struct guest *g)
{
	static const char *const markers[] = {
		"/boot/grub/x86_64-efi",      "/boot/grub2/x86_64-efi",
		"/boot/grub/arm64-efi",       "/boot/grub2/arm64-efi",
		"/usr/lib/grub/x86_64-efi",   "/usr/lib/grub/arm64-efi",
		"/usr/lib/grub/i386-efi",     "/usr/lib/grub/riscv64-efi",
		"/usr/share/grub2/x86_64-efi"};

	for (size_t i = 0; i < ARRAY_LEN(markers); i++)
		if (is_there(g, markers[i]))
			return true;
	return false;
}

static bool fstab_mounts_esp(struct guest *g)
{
	struct err ignored = ERR_INIT;
	struct slice text;
	struct file file;
	fstab table = {0};

	if (guest_config(g, "/etc/fstab", &file, &text, &ignored) < 0 ||
	    fstab_parse(text, g->scratch, &table, &ignored) < 0)
		return false;
	for (size_t i = 0; i < table.n; i++)
		if (strcmp(table.v[i].dir, "/boot/efi") == 0 ||
		    strcmp(table.v[i].dir, "/efi") == 0)
			return true;
	return false;
}

/* The EFI system partition cannot be looked into: what the guest says of it is taken. */
static int infer_uefi(struct guest *g, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	struct source where = {.disk = b->esp_disk, .volume = b->esp_volume};

	b->removable_path = KNOWN_NOT;
	b->uefi = has_efi_packages(g) || fstab_mounts_esp(g);
	return guest_remark(g, "bootloader", where,
			    "the EFI system partition was not read: %s",
			    b->uefi ? "that UEFI can start this guest is inferred from "
				      "its boot loader's files or fstab"
				    : "whether UEFI can start this guest is not known") <
			       0
		       ? arena_full(g->arena, e)
		       : 0;
}

static int find_uefi(struct guest *g, struct err *e)
{
	struct boot_fact *b = &g->facts->boot;
	const struct volume_fact *v = choose_esp(g);

	if (v) {
		b->esp_disk = v->disk;
		b->esp_volume = v->name;
	}
	for (size_t i = 0; boot_esp_paths[i]; i++) {
		int r = look_into_efi(g, boot_esp_paths[i], e);

		if (r == 0 && !b->esp_disk)
			b->esp_disk = b->boot_disk; /* a directory of the host */
		if (r != -ERR_ABSENT)
			return r;
		err_clear(e);
	}
	if (!v || (v->read && v->mounted_at.n))
		return 0;
	return infer_uefi(g, e);
}

static int read_places(struct guest *g, struct err *e)
{
	int r;

	if (!g->tree)
		return 0;
	r = find_boot(g, e);
	if (r >= 0)
		r = find_mbr(g, e);
	return r < 0 ? r : find_uefi(g, e);
}

const struct guest_reader read_boot_places = {
	.name = "bootloader",
	.doc = "the disks that firmware and boot loader need: MBR code, /boot, EFI "
	       "system "
	       "partition",
	.read = read_places,
};
