/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which choices of the platform a guest is booted with: those that its verdict rests on.
 */
#include <string.h>

#include "escape.h"
#include "qemu.h"
#include "root_layers.h"
#include "text.h"

static const struct platform_choice *choice_by_id(const struct platform *p,
						  const char *role, const char *id)
{
	const struct platform_device *d = platform_device(p, role);

	for (size_t i = 0; d && id && i < d->choices.n; i++)
		if (strcmp(d->choices.v[i].id, id) == 0)
			return &d->choices.v[i];
	return NULL;
}

/* The choice that decided the answer of a device. */
static const struct platform_choice *best_of(const struct platform *p,
					     const struct device_verdict *d)
{
	return d && d->choices.n ? choice_by_id(p, d->role, d->choices.v[d->best].id)
				 : NULL;
}

static const struct device_verdict *device_of_disk(const struct verdict *v,
						   const char *disk)
{
	for (size_t i = 0; i < v->devices.n; i++)
		if (v->devices.v[i].name && disk &&
		    strcmp(v->devices.v[i].name, disk) == 0)
			return &v->devices.v[i];
	return NULL;
}

static const struct device_verdict *device_of_role(const struct verdict *v,
						   const char *role)
{
	for (size_t i = 0; i < v->devices.n; i++)
		if (strcmp(v->devices.v[i].role, role) == 0)
			return &v->devices.v[i];
	return NULL;
}

static const char *not_shown(const struct platform *p, const struct platform_choice *c,
			     struct arena *a)
{
	if (!c)
		return arena_printf(a, "%s has no device that fits this guest", p->name);
	if (c->not_provable)
		return c->not_provable;
	return c->qemu.n || c->xen
		       ? NULL
		       : arena_printf(a, "how QEMU presents %s is not known", c->name);
}

static const struct machine_disk *described(const struct facts *f, const char *disk)
{
	for (size_t i = 0; i < f->machine.disks.n; i++)
		if (text_same(f->machine.disks.v[i].disk, disk))
			return &f->machine.disks.v[i];
	return NULL;
}

static bool is_described(const struct facts *f, const struct platform *p)
{
	return f->machine.source && f->machine.hypervisor &&
	       strs_has(&p->hypervisors, f->machine.hypervisor);
}

/* As the machine's description has it, where the verdict asks for that as well. */
static const char *offer_of(const struct facts *f, const struct platform *p,
			    const struct platform_choice *c, const char *disk)
{
	const struct machine_disk *d =
		c->must_be_offered && is_described(f, p) ? described(f, disk) : NULL;

	if (!d)
		return c->xen;
	if (d->pv && !d->emulated)
		return "pv";
	return strcmp(c->xen, "pv") == 0 ? "ahci" : c->xen;
}

/* As Debian and its kin install them. */
static const struct setup_kind pc = {
	.program = "qemu-system-x86_64",
	.package = "qemu-system-x86",
	.machine = "pc",
	.processor = "max",
	.screen = "std",
	.kvm = true,
	.firmware = "OVMF",
	.firmware_package = "ovmf",
	.files = {{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
		  {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
		  {"/usr/share/edk2/ovmf/OVMF_CODE.fd",
		   "/usr/share/edk2/ovmf/OVMF_VARS.fd"}},
};
/* "max" would authenticate each pointer, which costs most of the time. */
static const struct setup_kind arm64 = {
	.program = "qemu-system-aarch64",
	.package = "qemu-system-arm",
	.machine = "virt",
	.processor = "cortex-a72",
	.firmware = "AAVMF",
	.firmware_package = "qemu-efi-aarch64",
	.files = {{"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
		  {"/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw",
		   "/usr/share/edk2/aarch64/vars-template-pflash.raw"}},
};

/* By the processor of the default kernel; 32-bit PCs are of the same kind. NULL: there is
 * none. */
static const struct setup_kind *kind_of(const struct facts *f)
{
	static const char *const pcs[] = {"x86_64", "i386", "i486", "i586", "i686"};
	const struct kernel_fact *k = facts_default_kernel(f);
	const char *arch = k && k->arch ? k->arch : f->os.arch;

	if (text_same(arch, "aarch64") || text_same(arch, "arm64"))
		return &arm64;
	for (size_t i = 0; arch && i < ARRAY_LEN(pcs); i++)
		if (strcmp(arch, pcs[i]) == 0)
			return &pc;
	return arch ? NULL : &pc;
}

static int choose_disks(const struct facts *f, const struct platform *p,
			const struct verdict *v, struct arena *a, struct setup *s,
			struct err *e)
{
	const char *starts = s->uefi ? f->boot.esp_disk : f->boot.mbr_disk;

	for (size_t i = 0; i < f->disks.n && !s->not_provable; i++) {
		const char *name = f->disks.v[i].name;
		const struct device_verdict *d = device_of_disk(v, name);
		struct setup_disk disk = {name, d ? best_of(p, d) : s->boot};

		s->not_provable = not_shown(p, disk.choice, a);
		if (!s->not_provable && s->xen)
			disk.offer = offer_of(f, p, disk.choice, name);
		if (text_same(name, f->root_disk))
			s->root = i;
		if (text_same(name, starts))
			s->starts = i;
		if (!vec_push(a, &s->disks, disk))
			return arena_full(a, e);
	}
	return 0;
}

/* What QEMU's machine "pc" has room for. */
enum {
	IDE_PLACES = 4,  /* two channels of two disks */
	PCI_PLACES = 29, /* 32, of which its bridges and the screen take three */
};

/* On the controller that the machine has; all others bring one for each disk. */
static bool is_ide(const struct platform_choice *c)
{
	return c->qemu.n == 1 && slice_starts(slice_str(c->qemu.v[0]), "ide-hd,drive=");
}

static const char *wider_choice(const struct platform *p)
{
	const struct platform_device *d = platform_device(p, "boot-disk");

	for (size_t i = 0; d && i < d->choices.n; i++)
		if (d->choices.v[i].qemu.n && !is_ide(&d->choices.v[i]))
			return d->choices.v[i].id;
	return NULL;
}

/* Why the disks have no room in the machine; NULL: they have. */
static const char *too_many(const struct platform *p, const struct setup *s,
			    struct arena *a)
{
	size_t ide = 0, pci = s->card_missing ? 0 : 1;
	const char *wider = wider_choice(p);

	if (s->xen)
		return NULL;
	for (size_t i = 0; i < s->disks.n; i++)
		*(is_ide(s->disks.v[i].choice) ? &ide : &pci) += 1;
	if (ide && s->kind != &pc)
		return arena_printf(a, "a machine of that processor has no IDE%s%s%s%s",
				    wider ? ": try --on " : "", wider ? p->id : "",
				    wider ? ":" : "", wider ? wider : "");
	if (ide > IDE_PLACES)
		return arena_printf(a,
				    "the IDE controller has places for %d disks, and "
				    "there are %zu%s%s%s%s",
				    IDE_PLACES, ide, wider ? ": try --on " : "",
				    wider ? p->id : "", wider ? ":" : "",
				    wider ? wider : "");
	if (pci > PCI_PLACES)
		return arena_printf(a,
				    "QEMU's machine has places for %d disks and cards, "
				    "and there are %zu",
				    PCI_PLACES, pci);
	return NULL;
}

/* A host of today has a PV card beside each emulated one, so that one without cannot be
 * had. */
static void offer_card(const struct facts *f, const struct platform *p, struct setup *s)
{
	const struct machine_nic *n =
		s->card->must_be_offered && is_described(f, p) && f->machine.nics.n
			? &f->machine.nics.v[0]
			: NULL;

	s->card_offer = n && n->pv && !n->emulated ? "pv" : s->card->xen;
	if (n && n->emulated && !n->pv)
		s->card_missing = "the Xen host offers no emulated card without a "
				  "para-virtualized one";
}

/* A frame shows that the card's driver works, whatever the guest calls the card. */
static enum answer answer_of_driver(const struct device_verdict *d)
{
	const struct choice_verdict *c = d->choices.n ? &d->choices.v[d->best] : NULL;
	enum answer worst = c && c->chain.n ? ANSWER_READY : d->answer;

	for (size_t i = 0; c && i < c->chain.n; i++)
		if (strcmp(c->chain.v[i].rule, "card-name") != 0 &&
		    answer_better(worst, c->chain.v[i].state))
			worst = c->chain.v[i].state;
	return worst;
}

static void choose_card(const struct facts *f, const struct platform *p,
			const struct verdict *v, struct arena *a, struct setup *s)
{
	const struct device_verdict *d = device_of_role(v, "network");

	s->card = best_of(p, d);
	s->card_answer = d ? answer_of_driver(d) : ANSWER_UNKNOWN;
	s->card_missing = not_shown(p, s->card, a);
	if (!s->card_missing && s->xen)
		offer_card(f, p, s);
}

int setup_choose(const struct facts *f, const struct platform *p, const struct verdict *v,
		 struct arena *a, struct setup *ret, struct err *e)
{
	const struct device_verdict *boot = device_of_disk(v, f->root_disk);
	const struct setup_kind *kind = kind_of(f);
	struct setup s = {.kind = kind ? kind : &pc};
	int r;

	if (!boot)
		boot = device_of_role(v, "boot-disk");
	s.boot = best_of(p, boot);
	s.boot_answer = boot ? boot->answer : ANSWER_UNKNOWN;
	s.uefi = f->boot.uefi && !f->boot.bios;
	s.xen = s.boot && s.boot->xen;
	if (p->not_provable)
		s.not_provable = arena_printf(a, "%s cannot be booted here: %s", p->id,
					      p->not_provable);
	else if (!f->disks.n)
		s.not_provable = "the disks could not be read";
	else if (facts_is_folder(f))
		s.not_provable = "a directory cannot be booted: name the guest's disks";
	else if (is_below_root(f, "luks", a))
		s.not_provable = "its / is encrypted: nobody is there to give the key "
				 "while it starts, and what it reads then cannot be "
				 "told from the disk";
	else if (!kind)
		s.not_provable = "guests of other processors than x86 and ARM's 64-bit "
				 "ones are not booted here";
	else if (kind != &pc && (s.xen || !s.uefi))
		s.not_provable = "guests of this processor are booted by UEFI alone";
	else if (s.xen && s.uefi)
		s.not_provable = "guests of Xen that start by UEFI are not booted here";
	else if (s.xen && f->disks.n > LIMIT_XEN_DISKS)
		s.not_provable = "the Xen host does not take so many disks";
	else
		s.not_provable = not_shown(p, s.boot, a);
	choose_card(f, p, v, a, &s);
	r = choose_disks(f, p, v, a, &s, e);
	if (r < 0)
		return r;
	if (!s.not_provable)
		s.not_provable = too_many(p, &s, a);
	*ret = s;
	return 0;
}
