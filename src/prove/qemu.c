/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's command line. */
#include "qemu.h"

#include <stdio.h>

#include "form.h"

struct command {
	struct arena *arena;
	strs *args;
	bool full;
};

static void add(struct command *c, const char *text)
{
	if (!text || !vec_push(c->arena, c->args, text))
		c->full = true;
}

/* -option value */
_printf_(3, 4) static void add_option(struct command *c, const char *option,
				      const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(c, option);
	add(c, n < (int)sizeof(text) ? arena_strdup(c->arena, text) : NULL);
}

static void put_plain(struct strbuf *b, struct slice s)
{
	strbuf_add(b, s.p, s.n);
}

/* `place` is for disks. */
static void add_devices(struct command *c, const struct platform_choice *choice,
			size_t number, size_t place, const char *mac)
{
	char n[24], boot[24], drive[32];
	struct fill fills[QEMU_WORD_COUNT + 1] = {
		{qemu_word_name(QEMU_N), n},         {qemu_word_name(QEMU_BOOT), boot},
		{qemu_word_name(QEMU_DRIVE), drive}, {qemu_word_name(QEMU_NETDEV), "net"},
		{qemu_word_name(QEMU_MAC), mac},
	};

	snprintf(n, sizeof(n), "%zu", number);
	snprintf(boot, sizeof(boot), "%zu", place);
	snprintf(drive, sizeof(drive), "drive%zu", number);
	for (size_t i = 0; i < choice->qemu.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(1000);

		form_fill(&text, choice->qemu.v[i], fills, put_plain);
		add_option(c, "-device", "%s", strbuf_text(&text));
		c->full = c->full || !strbuf_ok(&text);
	}
}

static void add_confined(struct command *c, const struct setup_machine *m)
{
	add(c, m->program);
	add(c, "-nodefaults");
	add(c, "-no-user-config");
	add(c, "-no-reboot");
	/* obsolete=, ...: no calls of old kernels, no change of user, no programs, no
	 * priorities. */
	add_option(c, "-sandbox",
		   "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
		   "resourcecontrol=deny");
	add_option(c, "-display", "none");
}

static void add_machine(struct command *c, const struct setup_kind *kind,
			const struct setup_machine *m)
{
	add_option(c, "-machine", "%s,accel=%s", kind->machine, m->kvm ? "kvm" : "tcg");
	add_option(c, "-cpu", "%s", m->kvm ? "host" : kind->processor);
	add_option(c, "-smp", "1");
	add_option(c, "-m", "%llu", (unsigned long long)m->memory);
	if (kind->screen)
		add_option(c, "-vga", "%s", kind->screen);
	/* From the guest's own disks, or not at all. */
	add_option(c, "-boot", "strict=on");
}

/* A block device over a socket. */
_printf_(3, 4) static void add_nbd(struct command *c, int fd, const char *name, ...)
{
	char node[32];
	va_list ap;

	va_start(ap, name);
	vsnprintf(node, sizeof(node), name, ap);
	va_end(ap);
	add_option(c, "-blockdev", "driver=nbd,node-name=%s,server.type=fd,server.str=%d",
		   node, fd);
}

static void add_firmware(struct command *c, const struct setup_wires *w)
{
	if (!w->firmware)
		return;
	add_option(c, "-blockdev", "driver=file,node-name=code,read-only=on,filename=%s",
		   w->firmware);
	add_nbd(c, w->variables, "variables");
	add_option(c, "-machine", "pflash0=code,pflash1=variables");
}

/* The files are opened once more by their descriptors' names. */
static void add_direct(struct command *c, const struct direct *d)
{
	if (!d)
		return;
	add_option(c, "-kernel", "/proc/self/fd/%d", d->kernel_fd);
	if (d->initramfs_fd >= 0)
		add_option(c, "-initrd", "/proc/self/fd/%d", d->initramfs_fd);
	add(c, "-append");
	add(c, d->cmdline);
}

static void add_serial(struct command *c, const struct setup_wires *w)
{
	add_option(c, "-chardev", "socket,id=serial,fd=%d", w->serial);
	add_option(c, "-serial", "chardev:serial");
}

/* What the first domain is to do (tests/lab/xen/dom0-init.sh). A comma separates what the
 * hypervisor is handed, and two are one. */
static const char *orders(struct command *c, const struct setup *s,
			  const struct setup_machine *m)
{
	struct strbuf text = STRBUF_INIT(2048);
	const char *ret;

	strbuf_printf(&text,
		      "paravet.mark=%s paravet.memory=%llu paravet.disks=", m->mark,
		      (unsigned long long)m->memory);
	for (size_t i = 0; i < s->disks.n; i++)
		strbuf_printf(&text, "%svd%c/xvd%c/%s", i ? ",," : "", (char)('b' + i),
			      (char)('a' + i), s->disks.v[i].offer);
	if (!s->card_missing)
		strbuf_printf(&text, " paravet.nics=%s/%s", m->mac, s->card_offer);
	ret = strbuf_ok(&text) ? arena_strdup(c->arena, strbuf_text(&text)) : NULL;
	strbuf_done(&text);
	return ret;
}

/* Debian's Xen has no shadow paging, so npt; its first domain crashed on newer models of
 * the processor than qemu64. */
static void add_xen(struct command *c, const struct setup *s,
		    const struct setup_machine *m, const struct setup_wires *w)
{
	const char *what = orders(c, s, m);

	if (!what) {
		c->full = true;
		return;
	}
	add_option(c, "-machine", "pc,accel=tcg");
	add_option(c, "-cpu", "qemu64,+svm,+npt,+nx");
	add_option(c, "-smp", "2");
	add_option(c, "-m", "%llu", (unsigned long long)m->memory + SETUP_XEN_MEMORY);
	add_option(c, "-kernel", "/proc/self/fd/%d", s->lab->hypervisor);
	add_option(c, "-append",
		   "console=com1 noreboot dom0_mem=768M,max:768M guest_loglvl=all");
	add_option(c, "-initrd",
		   "/proc/self/fd/%d console=hvc0 quiet %s,/proc/self/fd/%d",
		   s->lab->kernel, what, s->lab->initramfs);
	add_serial(c, w);
	add_nbd(c, w->host_root, "host");
	add_option(c, "-device", "virtio-blk-pci,drive=host");
	for (size_t i = 0; i < s->disks.n; i++) {
		add_nbd(c, w->disks[i], "drive%zu", i);
		add_option(c, "-device", "virtio-blk-pci,drive=drive%zu", i);
	}
}

/* BIOS tries one disk only: the one that is to start the guest comes first. */
static size_t place_of(const struct setup *s, size_t disk)
{
	return disk == s->starts ? 0 : disk < s->starts ? disk + 1 : disk;
}

int setup_command(const struct setup *s, const struct setup_machine *m,
		  const struct setup_wires *w, struct arena *a, strs *ret, struct err *e)
{
	struct command c = {a, ret, false};
	/* What QEMU loads itself is first in its list of what to boot from. */
	size_t first = w->direct ? 1 : 0;

	add_confined(&c, m);
	if (s->xen) {
		add_xen(&c, s, m, w);
		return c.full ? arena_full(a, e) : 0;
	}
	add_machine(&c, s->kind, m);
	add_firmware(&c, w);
	add_direct(&c, w->direct);
	add_serial(&c, w);
	for (size_t i = 0; i < s->disks.n; i++) {
		add_nbd(&c, w->disks[i], "drive%zu", i);
		add_devices(&c, s->disks.v[i].choice, i, first + place_of(s, i), m->mac);
	}
	if (!s->card_missing) {
		add_option(&c, "-netdev", "socket,id=net,fd=%d", w->network);
		add_devices(&c, s->card, 0, 0, m->mac);
	}
	return c.full ? arena_full(a, e) : 0;
}
