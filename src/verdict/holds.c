/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a boot takes from a disk before any driver of the guest runs: the MBR code, the
 * boot loader, the initramfs and /boot. A platform whose boot loaders read no
 * paravirtual disk keeps such a disk emulated.
 */
#include "chain.h"
#include "text.h"

#include <string.h>

/* Is the disk one of several that the volume of a source lies on? */
static bool lies_on(const struct facts *f, const struct source *s, const char *disk)
{
	for (size_t i = 0; s->volume && i < f->volumes.n; i++)
		if (text_same(f->volumes.v[i].name, s->volume) &&
		    text_same(f->volumes.v[i].disk, s->disk) &&
		    strs_has(&f->volumes.v[i].disks, disk))
			return true;
	return false;
}

bool holds_root(const struct facts *f, const char *disk)
{
	const struct volume_fact *root = facts_root_volume(f);

	return disk &&
	       (text_same(f->root_disk, disk) || (root && strs_has(&root->disks, disk)));
}

static const struct disk_fact *disk_named(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->disks.n; i++)
		if (text_same(f->disks.v[i].name, name))
			return &f->disks.v[i];
	return NULL;
}

static void add_held(struct judge *j, held_list *ret, const char *what, const char *text,
		     struct source source)
{
	struct held h = {what, text, source};

	if (!vec_push(j->arena, ret, h))
		j->full = true;
}

static void add_mbr(struct judge *j, const char *disk, held_list *ret)
{
	const struct disk_fact *d = disk_named(j->facts, disk);

	if (!text_same(j->facts->boot.mbr_disk, disk))
		return;
	add_held(j, ret, "mbr",
		 d && d->boot_code ? say(j, "the MBR code of %s", plain(j, d->boot_code))
				   : "the MBR code",
		 (struct source){.disk = disk});
}

static void add_loader(struct judge *j, const char *disk, held_list *ret)
{
	const struct boot_fact *b = &j->facts->boot;

	if (!b->loader ||
	    !(text_same(b->source.disk, disk) || lies_on(j->facts, &b->source, disk)))
		return;
	add_held(j, ret, "boot-loader",
		 plain(j, b->loader_name ? b->loader_name : b->loader), b->source);
}

static bool has_initramfs(const struct facts *f, const struct kernel_fact *k,
			  const char *disk)
{
	const struct initramfs_fact *i = &k->initramfs;

	return i->path && !text_same(i->state, "absent") &&
	       (text_same(i->source.disk, disk) || lies_on(f, &i->source, disk));
}

/* That of the default kernel, if it is there. */
static void add_initramfs(struct judge *j, const char *disk, held_list *ret)
{
	const struct kernel_fact *found = NULL;

	for (size_t i = 0; i < j->facts->kernels.n; i++) {
		const struct kernel_fact *k = &j->facts->kernels.v[i];

		if (has_initramfs(j->facts, k, disk) && (!found || k->is_default))
			found = k;
	}
	if (found)
		add_held(j, ret, "initramfs", "the initrd", found->initramfs.source);
}

static void add_boot_dir(struct judge *j, const char *disk, held_list *ret)
{
	const struct boot_fact *b = &j->facts->boot;
	struct source boot = {.disk = b->boot_disk, .volume = b->boot_volume};

	if (text_same(b->boot_disk, disk) || lies_on(j->facts, &boot, disk))
		add_held(j, ret, "boot-dir", "/boot",
			 (struct source){.disk = disk,
					 .volume = b->boot_volume,
					 .path = "/boot"});
}

void find_holds(struct judge *j, const char *disk, held_list *ret)
{
	add_mbr(j, disk, ret);
	add_loader(j, disk, ret);
	add_initramfs(j, disk, ret);
	add_boot_dir(j, disk, ret);
}
