/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest made by hand, for tests: Debian 12 on one disk, BIOS, GRUB, ext4, with virtio
 * as modules in its initramfs. Tests break one thing at a time.
 */
#pragma once

#include "facts.h"

#define SAMPLE_RELEASE  "6.1.0-56-amd64"
#define SAMPLE_VERMAGIC SAMPLE_RELEASE " SMP preempt mod_unload modversions"

struct sample {
	struct arena *arena;
	struct facts facts;
};

void sample_init(struct sample *s);
void sample_done(struct sample *s);

struct kernel_fact *sample_kernel(struct sample *s);
/* The module on the disk, and its copy in the initramfs. */
struct module_fact *sample_module(struct sample *s, const char *name);
struct module_fact *sample_copy(struct sample *s, const char *name);

/* One more module file of the default kernel, in the initramfs too when `early`. NULL
 * ends a list; `alias` and `needs` may be NULL. */
void sample_add(struct sample *s, const char *name, const char *alias, const char *needs,
		bool early);
void sample_builtin(struct sample *s, const char *name, const char *alias);
void sample_absent(struct sample *s, const char *name);
void sample_name(struct sample *s, const char *where, const char *spec,
		 const char *target, const char *kind, bool stable);
void sample_modprobe(struct sample *s, const char *kind, const char *module,
		     const char *argument);
