/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole guests of the time of Xen's PV drivers as packages (RHEL 3 to 5), from files to
 * facts: every reader runs, as for a directory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpio-maker.h"
#include "elf-maker.h"
#include "fake-guest.h"

#define TEXT(s) s, sizeof(s) - 1

static void ask(struct fake_guest *f)
{
	static const char *const names[] = {"xen-vbd", "xen-vnif", "xen-platform-pci"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_true(vec_push(f->guest.arena, &f->facts.asked, names[i]));
}

static void read_whole(struct fake_guest *f)
{
	struct err e = ERR_INIT;

	ask(f);
	fake_open(f);
	if (guest_read(&f->guest, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < f->facts.problems.n; i++)
		print_message("%s: %s\n", f->facts.problems.v[i].about,
			      f->facts.problems.v[i].text);
}

/* A bzImage of boot protocol 2.03 (2.4) or 2.04 (2.6.18): without xloadflags. */
static void put_image(const struct fake_guest *f, const char *path, uint8_t minor,
		      const char *release)
{
	uint8_t image[4096] = {[0x1f1] = 2, [0x206] = minor, [0x207] = 2, [0x20e] = 0x80};

	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x280, release, strlen(release));
	fake_file(f, path, slice_of(image, sizeof(image)));
}

/* A module of 2.6: vermagic and the modules it needs. */
static struct slice new_module(struct elf_maker *m, uint16_t machine, const char *depends,
			       uint32_t layout)
{
	static char info[256];
	uint8_t versions[64];
	int n = snprintf(info, sizeof(info),
			 "license=GPL%cdepends=%s%cvermagic=2.6.18-53.el5PAE SMP "
			 "mod_unload 686 REGPARM 4KSTACKS gcc-4.1",
			 0, depends, 0);

	*m = (struct elf_maker){machine == 62, false, 1, machine, .n = 0};
	maker_version(m, versions, layout, "struct_module");
	maker_add(m, ".modinfo", info, (size_t)n + 1);
	maker_add(m, "__versions", versions, sizeof(versions));
	return maker_finish(m);
}

#define EL5 "/lib/modules/2.6.18-53.el5PAE/"

static void put_rhel5(const struct fake_guest *f)
{
	struct cpio_maker m = {0};
	struct elf_maker elf;

	fake_text(f, "/etc/redhat-release",
		  "Red Hat Enterprise Linux Server release 5.1 (Tikanga)\n");
	fake_text(f, "/etc/fstab",
		  "/dev/VolGroup00/LogVol00 / ext3 defaults 1 1\n"
		  "LABEL=/boot /boot ext3 defaults 1 2\n");
	fake_text(f, "/sbin/modprobe", "ELF");
	fake_text(f, "/etc/modprobe.conf",
		  "alias eth0 xen-vnif\nalias scsi_hostadapter ata_piix\n"
		  "alias scsi_hostadapter1 xen-vbd\n");
	fake_text(f, "/etc/sysconfig/network-scripts/ifcfg-eth0",
		  "DEVICE=eth0\nHWADDR=00:16:3E:11:22:33\nONBOOT=yes\n");
	fake_text(f, "/boot/grub/grub.conf",
		  "default=0\ntimeout=5\nsplashimage=(hd0,0)/grub/splash.xpm.gz\n"
		  "hiddenmenu\n"
		  "title Red Hat Enterprise Linux Server (2.6.18-53.el5PAE)\n"
		  "\troot (hd0,0)\n\tkernel /vmlinuz-2.6.18-53.el5PAE ro "
		  "root=/dev/VolGroup00/LogVol00 rhgb quiet\n"
		  "\tinitrd /initrd-2.6.18-53.el5PAE.img\n");
	fake_link(f, "./grub.conf", "/boot/grub/menu.lst");
	fake_link(f, "../boot/grub/grub.conf", "/etc/grub.conf");
	fake_text(f, "/boot/grub/device.map", "(hd0)     /dev/hda\n");
	put_image(f, "/boot/vmlinuz-2.6.18-53.el5PAE", 4, "2.6.18-53.el5PAE (x@y)");
	fake_file(f, EL5 "kernel/drivers/net/8139cp.ko", new_module(&elf, 3, "mii", 7));
	fake_file(f, EL5 "kernel/drivers/net/mii.ko", new_module(&elf, 3, "", 7));
	fake_file(f, EL5 "extra/xenpv/0.1-5.el5/xen-platform-pci.ko",
		  new_module(&elf, 3, "", 7));
	fake_file(f, EL5 "extra/xenpv/0.1-5.el5/xen-vbd.ko",
		  new_module(&elf, 3, "xen-platform-pci", 7));
	fake_text(f, EL5 "weak-updates/.keep", "");
	fake_link(f, "../extra/xenpv/0.1-5.el5/xen-vbd.ko",
		  EL5 "weak-updates/xen-vnif.ko");
	fake_text(f, EL5 "modules.dep",
		  EL5 "kernel/drivers/net/8139cp.ko: " EL5
		      "kernel/drivers/net/mii.ko\n" EL5 "kernel/drivers/net/mii.ko:\n" EL5
		      "extra/xenpv/0.1-5.el5/xen-platform-pci.ko:\n" EL5
		      "extra/xenpv/0.1-5.el5/xen-vbd.ko: " EL5
		      "extra/xenpv/0.1-5.el5/xen-platform-pci.ko\n");
	cpio_text(&m, "init",
		  "#!/bin/nash\nmount -t proc /proc /proc\nsetquiet\n"
		  "echo \"Loading xen-platform-pci.ko module\"\n"
		  "insmod /lib/xen-platform-pci.ko \ninsmod /lib/jbd.ko \n"
		  "mkrootdev -t ext3 -o defaults,ro dm-0\n");
	cpio_file(&m, "lib/xen-platform-pci.ko", new_module(&elf, 3, "", 7));
	cpio_file(&m, "lib/xen-vbd.ko", new_module(&elf, 3, "xen-platform-pci", 7));
	cpio_end(&m);
	fake_file(f, "/boot/initrd-2.6.18-53.el5PAE.img", cpio_slice(&m));
	cpio_free(&m);
}

static const struct modprobe_fact *alias(const struct fake_guest *f, const char *name)
{
	for (size_t i = 0; i < f->facts.modprobe.n; i++)
		if (strcmp(f->facts.modprobe.v[i].kind, "alias") == 0 &&
		    strcmp(f->facts.modprobe.v[i].module, name) == 0)
			return &f->facts.modprobe.v[i];
	fail_msg("no alias %s", name);
	return NULL;
}

static const struct module_fact *module(const struct kernel_fact *k, const char *name)
{
	const struct module_fact *m = module_by_name(&k->modules, name);

	assert_non_null(m);
	return m;
}

static void test_rhel5(_unused_ void **state)
{
	const struct initramfs_fact *i;
	const struct kernel_fact *k;
	struct fake_guest f;

	fake_new(&f);
	put_rhel5(&f);
	read_whole(&f);
	assert_string_equal(f.facts.os.id, "rhel");
	assert_string_equal(f.facts.os.version, "5.1");
	assert_string_equal(f.facts.boot.loader, "grub-legacy");
	assert_string_equal(f.facts.boot.default_how, "default=0");
	assert_int_equal(f.facts.kernels.n, 1);
	k = facts_default_kernel(&f.facts);
	assert_non_null(k);
	assert_string_equal(k->release, "2.6.18-53.el5PAE");
	assert_string_equal(k->flavour, "PAE");
	assert_string_equal(k->arch, "i386");
	assert_string_equal(k->image_state, "ok");
	assert_string_equal(k->image_release, "2.6.18-53.el5PAE");
	assert_string_equal(module(k, "xen_vbd")->state, "file");
	assert_string_equal(module(k, "xen-vbd")->source.path,
			    EL5 "extra/xenpv/0.1-5.el5/xen-vbd.ko");
	assert_string_equal(module(k, "xen_vbd")->closure.v[0], "xen_platform_pci");
	assert_int_equal(module(k, "xen_vbd")->dep_file_agrees, KNOWN_YES);
	assert_int_equal(module(k, "xen_vbd")->crc_agrees, KNOWN_YES);
	/* Found through the link, though modules.dep does not name it. */
	assert_string_equal(module(k, "xen_vnif")->state, "file");
	assert_int_equal(module(k, "xen_vnif")->dep_file_agrees, KNOWN_NO);
	i = &k->initramfs;
	assert_string_equal(i->path, "/boot/initrd-2.6.18-53.el5PAE.img");
	assert_string_equal(i->state, "read");
	assert_string_equal(i->generator, "mkinitrd");
	assert_string_equal(i->loads, "script");
	assert_int_equal(i->listed.n, 2);
	assert_string_equal(i->listed.v[0], "xen_platform_pci");
	assert_string_equal(module_by_name(&i->wanted, "xen_vbd")->state, "file");
	assert_false(strs_has(&i->listed, "xen_vbd"));
	assert_string_equal(alias(&f, "eth0")->argument, "xen-vnif");
	assert_string_equal(alias(&f, "scsi_hostadapter1")->argument, "xen-vbd");
	assert_int_equal(f.facts.nics.n, 1);
	assert_string_equal(f.facts.nics.v[0].driver, "xen-vnif");
	assert_string_equal(f.facts.nics.v[0].hwaddr, "00:16:3E:11:22:33");
	fake_done(&f);
}

/* A module of 2.4: the version, and CRCs in the names of symbols. */
static struct slice old_module(struct elf_maker *m, const char *version)
{
	static const char names[] = "\0printk_Rsmp_1b7d4074\0kmalloc_Rsmp_93d4cfe6";
	static uint8_t symbols[48] = {[16] = 1, [32] = 22};
	static char info[64];
	int n = snprintf(info, sizeof(info), "kernel_version=%s", version);

	*m = (struct elf_maker){false, false, 1, 3, .n = 0};
	maker_add(m, ".modinfo", info, (size_t)n + 1);
	maker_add(m, ".symtab", symbols, sizeof(symbols));
	m->sections[1].link = 3;
	maker_add(m, ".strtab", names, sizeof(names));
	return maker_finish(m);
}

#define EL3 "/lib/modules/2.4.21-50.ELsmp/"

static void put_rhel3(const struct fake_guest *f)
{
	struct elf_maker elf;

	fake_text(f, "/etc/redhat-release",
		  "Red Hat Enterprise Linux ES release 3 (Taroon Update 9)\n");
	fake_text(f, "/etc/fstab", "LABEL=/ / ext3 defaults 1 1\n");
	fake_text(f, "/sbin/insmod", "ELF");
	fake_link(f, "insmod", "/sbin/modprobe");
	fake_text(f, "/etc/modules.conf",
		  "alias eth0 8139cp\nalias scsi_hostadapter mptscsih\n"
		  "options mptscsih x=1\nabove mptscsih mptctl\n"
		  "post-install foo /bin/true\nalias eth1 \\\n  e1000\n");
	fake_text(f, "/etc/sysconfig/hwconf",
		  "-\nclass: NETWORK\ndevice: eth0\ndriver: 8139too\n"
		  "network.hwaddr: 00:16:3e:00:00:09\n");
	fake_text(f, "/boot/grub/grub.conf",
		  "default=1\nfallback=0\n"
		  "title old\n\troot (hd0,0)\n\tkernel /boot/vmlinuz-2.4.21-50.ELsmp ro "
		  "root=LABEL=/\n\tinitrd /boot/initrd-2.4.21-50.ELsmp.img\n"
		  "title removed\n\troot (hd0,0)\n\tkernel /boot/vmlinuz-2.4.21-47.EL\n");
	put_image(f, "/boot/vmlinuz-2.4.21-50.ELsmp", 3, "2.4.21-50.ELsmp (x@y)");
	fake_file(f, EL3 "kernel/drivers/net/mii.o", old_module(&elf, "2.4.21-50.ELsmp"));
	fake_file(f, EL3 "kernel/drivers/net/8139cp.o",
		  old_module(&elf, "2.4.21-50.ELsmp"));
	fake_file(f, EL3 "extra/xenpv/0.1-5.el/xen-platform-pci.o",
		  old_module(&elf, "2.4.21-52.ELsmp"));
	fake_file(f, EL3 "extra/xenpv/0.1-5.el/xen-vbd.o",
		  old_module(&elf, "2.4.21-52.ELsmp"));
	fake_text(f, EL3 "modules.dep",
		  EL3 "kernel/drivers/net/mii.o:\n\n" EL3
		      "kernel/drivers/net/8139cp.o:\t" EL3
		      "kernel/drivers/net/mii.o\n\n" EL3
		      "extra/xenpv/0.1-5.el/xen-platform-pci.o:\n\n" EL3
		      "extra/xenpv/0.1-5.el/xen-vbd.o:\t" EL3
		      "extra/xenpv/0.1-5.el/xen-platform-pci.o \\\n\t" EL3
		      "kernel/drivers/net/mii.o\n\n");
	fake_text(f, "/boot/initrd-2.4.21-50.ELsmp.img", "\x1f\x8b damaged");
}

static void test_rhel3(_unused_ void **state)
{
	const struct kernel_fact *k;
	const struct module_fact *m;
	struct fake_guest f;

	fake_new(&f);
	put_rhel3(&f);
	read_whole(&f);
	assert_string_equal(f.facts.os.id, "rhel");
	assert_string_equal(f.facts.boot.loader, "grub-legacy");
	/* The default's kernel was removed. */
	assert_non_null(strstr(f.facts.boot.default_how, "fallback=0"));
	k = facts_default_kernel(&f.facts);
	assert_non_null(k);
	assert_string_equal(k->release, "2.4.21-50.ELsmp");
	assert_string_equal(k->flavour, "smp");
	assert_string_equal(k->arch, "i386");
	assert_string_equal(k->image_state, "ok");
	assert_string_equal(k->initramfs.state, "broken");
	m = module(k, "xen_vbd");
	assert_string_equal(m->state, "file");
	assert_string_equal(m->vermagic, "2.4.21-52.ELsmp");
	assert_int_equal(m->closure.n, 2);
	assert_string_equal(m->closure.v[0], "xen_platform_pci");
	assert_string_equal(m->closure.v[1], "mii");
	assert_int_equal(m->crc_agrees, KNOWN_YES);
	assert_string_equal(alias(&f, "eth0")->argument, "8139cp");
	assert_string_equal(alias(&f, "eth1")->argument, "e1000");
	assert_string_equal(alias(&f, "scsi_hostadapter")->argument, "mptscsih");
	assert_int_equal(f.facts.nics.n, 1);
	assert_string_equal(f.facts.nics.v[0].device, "eth0");
	assert_string_equal(f.facts.nics.v[0].driver, "8139cp");
	assert_string_equal(f.facts.nics.v[0].hwaddr, "00:16:3e:00:00:09");
	fake_done(&f);
}

/* None of the modules asked for is there: another one, or the package, tells what the
 * image does not say. */
static void test_arch(_unused_ void **state)
{
	struct fake_guest f;
	struct elf_maker elf;
	struct package_fact p = {.manager = "rpm",
				 .name = "kernel",
				 .arch = "ia32e",
				 .kernel = "2.4.21-50.EL"};
	struct kernel_fact *k;

	fake_new(&f);
	put_image(&f, "/boot/vmlinuz-2.4.21-50.EL", 3, "2.4.21-50.EL (x@y)");
	put_image(&f, "/boot/vmlinuz-2.6.18-53.el5", 4, "2.6.18-53.el5 (x@y)");
	fake_file(&f, "/lib/modules/2.6.18-53.el5/kernel/fs/ext3.ko",
		  new_module(&elf, 62, "", 7));
	fake_text(&f, "/lib/modules/2.6.18-53.el5/modules.dep", "kernel/fs/ext3.ko:\n");
	assert_true(vec_push(f.guest.arena, &f.facts.packages, p));
	read_whole(&f);
	assert_int_equal(f.facts.kernels.n, 2);
	k = &f.facts.kernels.v[0];
	assert_string_equal(k->release, "2.6.18-53.el5");
	assert_string_equal(k->arch, "x86_64");
	assert_string_equal(f.facts.kernels.v[1].arch, "x86_64");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rhel5),
		cmocka_unit_test(test_rhel3),
		cmocka_unit_test(test_arch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
