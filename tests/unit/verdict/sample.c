/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#define DISK "web01.qcow2"

static void need(bool ok)
{
	if (!ok)
		abort();
}

struct kernel_fact *sample_kernel(struct sample *s)
{
	return &s->facts.kernels.v[0];
}

struct module_fact *sample_module(struct sample *s, const char *name)
{
	module_list *list = &sample_kernel(s)->modules;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0)
			return &list->v[i];
	return NULL;
}

struct module_fact *sample_copy(struct sample *s, const char *name)
{
	module_list *list = &sample_kernel(s)->initramfs.wanted;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0)
			return &list->v[i];
	return NULL;
}

static void push(struct sample *s, strs *list, const char *item)
{
	if (item)
		need(vec_push(s->arena, list, item));
}

void sample_add(struct sample *s, const char *name, const char *alias, const char *needs,
		bool early)
{
	struct kernel_fact *k = sample_kernel(s);
	struct module_fact m = {.name = name,
				.state = "file",
				.vermagic = SAMPLE_VERMAGIC,
				.arch = "x86_64",
				.crc_agrees = KNOWN_YES,
				.dep_file_agrees = KNOWN_YES};

	m.source = (struct source){
		DISK, "partition 1",
		arena_printf(s->arena, "/lib/modules/" SAMPLE_RELEASE "/kernel/%s.ko",
			     name),
		0, 0};
	push(s, &m.depends, needs);
	push(s, &m.closure, needs);
	push(s, &m.aliases, alias);
	need(vec_push(s->arena, &k->modules, m));
	if (!early)
		m = (struct module_fact){.name = name, .state = "absent"};
	m.closure = (strs){0};
	m.crc_agrees = KNOWN_NOT;
	m.dep_file_agrees = m.in_alias_file = early ? KNOWN_YES : KNOWN_NOT;
	m.source.path = k->initramfs.path;
	need(vec_push(s->arena, &k->initramfs.wanted, m));
	if (early)
		push(s, &k->initramfs.modules, name);
}

static void add_no_file(struct sample *s, const char *name, const char *state,
			const char *alias)
{
	struct kernel_fact *k = sample_kernel(s);
	struct module_fact m = {.name = name, .state = state};

	push(s, &m.aliases, alias);
	need(vec_push(s->arena, &k->modules, m));
	m.state = "absent";
	m.aliases = (strs){0};
	need(vec_push(s->arena, &k->initramfs.wanted, m));
}

void sample_builtin(struct sample *s, const char *name, const char *alias)
{
	add_no_file(s, name, "builtin", alias);
}

void sample_absent(struct sample *s, const char *name)
{
	add_no_file(s, name, "absent", NULL);
}

void sample_name(struct sample *s, const char *where, const char *spec,
		 const char *target, const char *kind, bool stable)
{
	struct name_fact n = {.where = where,
			      .spec = spec,
			      .target = target,
			      .kind = kind,
			      .stable = stable,
			      .needed = true,
			      .resolves_to = DISK ", partition 1",
			      .source = {DISK, "partition 1", "/etc/fstab", 3, 0}};

	need(vec_push(s->arena, &s->facts.names, n));
}

void sample_modprobe(struct sample *s, const char *kind, const char *module,
		     const char *argument)
{
	struct modprobe_fact m = {
		kind,
		module,
		argument,
		{DISK, "partition 1", "/etc/modprobe.d/local.conf", 2, 0}};

	need(vec_push(s->arena, &s->facts.modprobe, m));
}

static void add_kernel(struct sample *s)
{
	struct kernel_fact *k = vec_add(s->arena, &s->facts.kernels);

	need(k != NULL);
	*k = (struct kernel_fact){
		.release = SAMPLE_RELEASE,
		.arch = "x86_64",
		.flavour = "amd64",
		.image = "/boot/vmlinuz-" SAMPLE_RELEASE,
		.image_state = "ok",
		.config = "/boot/config-" SAMPLE_RELEASE,
		.modules_dir = "/lib/modules/" SAMPLE_RELEASE,
		.package = "linux-image-" SAMPLE_RELEASE,
		.is_default = true,
		.source = {DISK, "partition 1", "/boot/vmlinuz-" SAMPLE_RELEASE, 0, 0}};
	k->initramfs = (struct initramfs_fact){
		.path = "/boot/initrd.img-" SAMPLE_RELEASE,
		.state = "read",
		.generator = "initramfs-tools",
		.policy = "MODULES=most",
		.loads = "udev",
		.kernel = SAMPLE_RELEASE,
		.alias_index = true,
		.dep_index = true,
		.source = {DISK, "partition 1", "/boot/initrd.img-" SAMPLE_RELEASE, 0,
			   0}};
}

static void add_modules(struct sample *s)
{
	sample_add(s, "virtio", NULL, NULL, true);
	sample_add(s, "virtio_blk", "virtio:d00000002v*", "virtio", true);
	sample_add(s, "virtio_pci", "pci:v00001AF4d*sv*sd*bc*sc*i*", "virtio", true);
	sample_add(s, "virtio_net", "virtio:d00000001v*", "virtio", false);
	sample_add(s, "virtio_scsi", "virtio:d00000008v*", "virtio", false);
	sample_add(s, "sd_mod", "scsi:t-0x00*", NULL, true);
	sample_add(s, "ext4", "fs-ext4", NULL, true);
	sample_absent(s, "vmw_pvscsi");
}

static void add_boot(struct sample *s)
{
	struct facts *f = &s->facts;
	struct entry_fact entry = {.title = "Debian",
				   .kernel = "/boot/vmlinuz-" SAMPLE_RELEASE,
				   .cmdline = "root=UUID=1 ro quiet",
				   .is_default = true};

	f->boot = (struct boot_fact){
		.loader = "grub2",
		.loader_name = "GRUB 2",
		.readable = true,
		.config = "/boot/grub/grub.cfg",
		.bios = true,
		.mbr_disk = DISK,
		.boot_disk = DISK,
		.boot_volume = "partition 1",
		.source = {DISK, "partition 1", "/boot/grub/grub.cfg", 0, 0}};
	need(vec_push(s->arena, &f->boot.entries, entry));
	f->root_disk = DISK;
	f->root_volume = "partition 1";
	f->root_fs = "ext4";
	sample_name(s, "root=", "UUID=1", "/", "uuid", true);
	sample_name(s, "fstab", "UUID=1", "/", "uuid", true);
}

void sample_init(struct sample *s)
{
	struct facts *f = &s->facts;
	struct disk_fact disk = {.name = DISK,
				 .format = "qcow2",
				 .size = 1 << 30,
				 .sector_size = 512,
				 .scheme = "mbr",
				 .boot_code = "grub"};

	memset(s, 0, sizeof(*s));
	s->arena = arena_new(8 << 20);
	need(s->arena != NULL);
	f->format = FACTS_FORMAT;
	f->program = "paravet test";
	f->os = (struct os_fact){.id = "debian",
				 .version = "12",
				 .name = "Debian GNU/Linux 12 (bookworm)",
				 .arch = "x86_64"};
	need(vec_push(s->arena, &f->disks, disk));
	add_kernel(s);
	add_modules(s);
	add_boot(s);
}

void sample_done(struct sample *s)
{
	s->arena = arena_free(s->arena);
}
