/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The chapter's rules on a guest of RHEL 5 made by hand, under the real platform file:
 * each rule broken, or brought about, one at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "verdict.h"

#define RELEASE "2.6.18-53.1.4.el5PAE"
#define SYSTEM  "web01.qcow2" /* the disk of the sample */
#define DATA    "data.img"

struct fixture {
	struct sample s;
	struct facts *facts;
	struct kernel_fact *kernel;
	struct platform *platform;
	struct verdict verdict;
	struct host host;
	struct verdict_options options;
};

static void push_package(struct fixture *f, const char *name, const char *version,
			 const char *arch, const char *kind)
{
	struct package_fact p = {.manager = "rpm",
				 .name = name,
				 .version = version,
				 .arch = arch,
				 .status = "installed",
				 .kind = kind,
				 .kernel = f->kernel->release};

	assert_true(vec_push(f->s.arena, &f->facts->packages, p));
}

/* All modules are built for the kernel. */
static void fit_modules(struct fixture *f)
{
	module_list *lists[] = {&f->kernel->modules, &f->kernel->initramfs.wanted};

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			lists[l]->v[i].vermagic = arena_printf(
				f->s.arena, "%s SMP mod_unload", f->kernel->release);
}

static void be_kernel(struct fixture *f, const char *release, const char *package,
		      const char *version, const char *arch)
{
	f->kernel->release = release;
	f->facts->packages.n = 0;
	push_package(f, package, version, arch, "kernel");
	f->kernel->initramfs.kernel = release;
	fit_modules(f);
}

/* The module was looked for and was absent; now it is there. */
static void put_module(struct fixture *f, const char *name, const char *alias,
		       const char *needs)
{
	module_list *lists[] = {&f->kernel->modules, &f->kernel->initramfs.wanted};

	for (size_t l = 0; l < ARRAY_LEN(lists); l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (strcmp(lists[l]->v[i].name, name) == 0)
				lists[l]->v[i].name = "gone";
	sample_add(&f->s, name, alias, needs, false);
}

/* xen-vbd and its kin as kmod-xenpv-PAE puts them in place, and the alias of the card. */
static void install_drivers(struct fixture *f)
{
	push_package(f, "kmod-xenpv-PAE", "0.1-9.el5", "i686", "modules");
	put_module(f, "xen_platform_pci", "pci:v00005853d*sv*sd*bc*sc*i*", NULL);
	put_module(f, "xen_vbd", "xen:vbd", "xen_platform_pci");
	put_module(f, "xen_vnif", "xen:vif", "xen_platform_pci");
	sample_modprobe(&f->s, "alias", "eth0", "xen-vnif");
	for (size_t i = 0; i < f->kernel->modules.n; i++)
		f->kernel->modules.v[i].vermagic =
			arena_printf(f->s.arena, "%s SMP mod_unload", f->kernel->release);
}

static void add_disk(struct fixture *f, const char *name)
{
	struct disk_fact disk = {.name = name, .format = "raw", .scheme = "mbr"};

	assert_true(vec_push(f->s.arena, &f->facts->disks, disk));
}

static int set_up(void **state)
{
	static const char *const drivers[] = {"xen_platform_pci", "platform_pci",
					      "xen_vbd",          "xen_vnif",
					      "xen_blkfront",     "xen_netfront"};
	static struct fixture f;
	struct err e = ERR_INIT;

	memset(&f, 0, sizeof(f));
	sample_init(&f.s);
	f.facts = &f.s.facts;
	f.kernel = sample_kernel(&f.s);
	f.facts->os = (struct os_fact){.id = "rhel", .version = "5.1", .arch = "i686"};
	sample_builtin(&f.s, "ide_disk", NULL);
	sample_builtin(&f.s, "piix", NULL);
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
		sample_absent(&f.s, drivers[i]);
	f.kernel->config_read = true;
	be_kernel(&f, RELEASE, "kernel-PAE", "2.6.18-53.1.4.el5", "i686");
	add_disk(&f, DATA);
	assert_true(vec_push(f.s.arena, &f.facts->nics,
			     ((struct nic_fact){.device = "eth0"})));
	*state = &f;
	if (platform_load_file(PLATFORMS "/rhel5-xen.yaml", f.s.arena, &f.platform, &e) <
	    0) {
		fprintf(stderr, "%s\n", e.text);
		return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sample_done(&f->s);
	return 0;
}

static void judge(struct fixture *f)
{
	struct err e = ERR_INIT;

	if (verdict_judge(f->facts, f->platform, &f->options, f->s.arena, &f->verdict,
			  &e) < 0)
		fail_msg("%s", e.text);
}

static void with_host(struct fixture *f, const char *text)
{
	struct err e = ERR_INIT;

	assert_int_equal(host_parse(text, f->s.arena, &f->host, &e), 0);
	f->options.host = &f->host;
	judge(f);
}

static const struct device_verdict *device(struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->verdict.devices.n; i++)
		if (f->verdict.devices.v[i].name &&
		    strcmp(f->verdict.devices.v[i].name, name) == 0)
			return &f->verdict.devices.v[i];
	fail_msg("no device %s", name);
	return NULL;
}

/* The device's best choice has a link of this rule with this state and text. */
static void has_link(struct fixture *f, const char *name, const char *rule,
		     enum answer state, const char *text)
{
	const struct device_verdict *d = device(f, name);
	const struct choice_verdict *c = &d->choices.v[d->best];

	for (size_t i = 0; i < c->chain.n; i++)
		if (strcmp(c->chain.v[i].rule, rule) == 0 &&
		    c->chain.v[i].state == state && strstr(c->chain.v[i].text, text))
			return;
	for (size_t i = 0; i < c->chain.n; i++)
		print_message("%s: %s: %s\n", c->chain.v[i].rule,
			      answer_name(c->chain.v[i].state), c->chain.v[i].text);
	fail_msg("%s has no link %s \"%s\"", name, rule, text);
}

static void is_answer(struct fixture *f, const char *name, enum answer answer)
{
	const struct device_verdict *d = device(f, name);
	const struct choice_verdict *c = &d->choices.v[d->best];

	if (d->answer != answer)
		fail_msg("%s is %s: %s", name, answer_name(d->answer),
			 c->chain.v[c->decides].text);
}

static void test_missing_package_names_the_variant(void **state)
{
	struct fixture *f = *state;

	judge(f);
	is_answer(f, SYSTEM, ANSWER_READY);
	is_answer(f, DATA, ANSWER_FIXABLE);
	has_link(f, DATA, "driver", ANSWER_FIXABLE, "kmod-xenpv-PAE is not installed");
	has_link(f, "eth0", "alias", ANSWER_FIXABLE, "names no driver for eth0");
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
	assert_string_equal(f->verdict.sheets.v[0].version, "5.1");
	assert_string_equal(f->verdict.sheets.v[0].cells.v[0].row, "i686-PAE");
}

static void test_installed_drivers_make_it_ready(void **state)
{
	struct fixture *f = *state;

	install_drivers(f);
	judge(f);
	is_answer(f, DATA, ANSWER_READY);
	is_answer(f, "eth0", ANSWER_READY);
	assert_int_equal(f->verdict.answer, ANSWER_READY);
	assert_int_equal(f->verdict.remarks.n, 1); /* the order of the disks */
}

static void test_package_of_another_variant_is_named(void **state)
{
	struct fixture *f = *state;

	push_package(f, "kmod-xenpv", "0.1-9.el5", "i686", "modules");
	judge(f);
	has_link(f, DATA, "driver", ANSWER_FIXABLE,
		 "kmod-xenpv is installed, but this kernel needs kmod-xenpv-PAE");
}

static bool holds(const struct device_verdict *d, const char *what)
{
	for (size_t i = 0; i < d->holds.n; i++)
		if (strcmp(d->holds.v[i].what, what) == 0)
			return true;
	return false;
}

static void test_all_four_reasons_keep_a_disk_emulated(void **state)
{
	static const char *const reasons[] = {"mbr", "boot-loader", "initramfs",
					      "boot-dir"};
	struct fixture *f = *state;
	const struct device_verdict *d;

	judge(f);
	d = device(f, SYSTEM);
	assert_string_equal(d->role, "boot-disk");
	assert_true(d->stays_emulated);
	assert_string_equal(d->stays_text,
			    "GRUB cannot read para-virtualized block devices");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		assert_true(holds(d, reasons[i]));
	assert_string_equal(d->choices.v[d->best].id, "ide");
	assert_false(device(f, DATA)->stays_emulated);
}

/* Each reason alone does, wherever the others are. */
static void test_one_reason_is_enough(void **state)
{
	struct fixture *f = *state;
	struct boot_fact whole = f->facts->boot;
	const struct source there = {.disk = DATA, .volume = "partition 1"};

	f->facts->boot.mbr_disk = DATA;
	judge(f);
	assert_true(holds(device(f, DATA), "mbr"));
	assert_int_equal(device(f, DATA)->holds.n, 1);
	assert_int_equal(device(f, SYSTEM)->holds.n, 3);
	f->facts->boot = whole;
	f->facts->boot.source = there;
	judge(f);
	assert_true(holds(device(f, DATA), "boot-loader"));
	f->facts->boot = whole;
	f->kernel->initramfs.source.disk = DATA;
	judge(f);
	assert_true(holds(device(f, DATA), "initramfs"));
	f->kernel->initramfs.source.disk = SYSTEM;
	f->facts->boot.boot_disk = DATA;
	judge(f);
	assert_true(holds(device(f, DATA), "boot-dir"));
	assert_true(device(f, DATA)->stays_emulated);
}

/* /boot on a logical volume is on every disk of it. */
static void test_boot_on_a_volume_over_two_disks(void **state)
{
	struct fixture *f = *state;
	struct volume_fact v = {.disk = SYSTEM, .name = "LV vg/boot"};

	assert_true(vec_push(f->s.arena, &v.disks, SYSTEM));
	assert_true(vec_push(f->s.arena, &v.disks, DATA));
	assert_true(vec_push(f->s.arena, &f->facts->volumes, v));
	f->facts->boot.boot_volume = "LV vg/boot";
	judge(f);
	assert_true(holds(device(f, DATA), "boot-dir"));
}

/* A disk with / and nothing that a boot loader reads may be paravirtual, if its driver is
 * in the initramfs. */
static void test_root_alone_needs_the_driver_early(void **state)
{
	struct fixture *f = *state;

	install_drivers(f);
	f->facts->root_disk = DATA;
	for (size_t i = 0; i < f->facts->names.n; i++)
		f->facts->names.v[i].resolves_to = DATA ", partition 1";
	judge(f);
	assert_false(device(f, DATA)->stays_emulated);
	has_link(f, DATA, "initramfs", ANSWER_FIXABLE, "xen_vbd");
}

static void test_host_before_5_1(void **state)
{
	struct fixture *f = *state;

	with_host(f, "rhel5.0/i686");
	assert_int_equal(f->verdict.support, SUPPORT_UNSUPPORTED);
	is_answer(f, DATA, ANSWER_FIXABLE); /* ability is another question */
	with_host(f, "rhel5.1/x86_64/intel");
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
	assert_non_null(strstr(f->verdict.sheets.v[0].notes.v[0], "32-bit guest"));
}

static void test_64_bit_guest_on_32_bit_host(void **state)
{
	struct fixture *f = *state;

	be_kernel(f, "2.6.18-128.el5", "kernel", "2.6.18-128.el5", "x86_64");
	with_host(f, "rhel5.3/i686");
	assert_int_equal(f->verdict.support, SUPPORT_UNSUPPORTED);
	with_host(f, "rhel5.3/x86_64");
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
}

static void test_rhel3_on_64_bit_host_is_disputed(void **state)
{
	struct fixture *f = *state;

	be_kernel(f, "2.4.21-50.ELsmp", "kernel-smp", "2.4.21-50.EL", "athlon");
	judge(f);
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
	with_host(f, "rhel5.1/x86_64/amd");
	assert_int_equal(f->verdict.support, SUPPORT_DISPUTED);
	with_host(f, "rhel5.1/i686/amd");
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
	assert_int_equal(f->verdict.sheets.v[0].disputes.n, 0);
	with_host(f, "rhel5.1/i686/intel");
	assert_int_equal(f->verdict.support, SUPPORT_UNSUPPORTED);
	for (size_t i = 0; i < f->verdict.support_rows.n; i++) {
		const struct support_verdict *s = &f->verdict.support_rows.v[i];

		/* The host takes nothing from what the guest's own row says. */
		if (strcmp(s->row, "rhel3") == 0)
			assert_int_equal(s->answer, SUPPORT_SUPPORTED);
		if (strcmp(s->row, "host") == 0)
			assert_string_equal(s->cites.v[0].section, "12.2");
	}
}

/* Without the drivers, a guest too old for them cannot be helped by a package. */
static void test_guests_before_the_minimum(void **state)
{
	static const struct {
		const char *release, *version;
	} old[] = {{"2.4.21-47.ELsmp", "2.4.21-47.EL"},
		   {"2.6.9-55.ELsmp", "2.6.9-55.EL"}};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(old); i++) {
		be_kernel(f, old[i].release, "kernel-smp", old[i].version, "i686");
		judge(f);
		assert_int_equal(f->verdict.support, SUPPORT_UNSUPPORTED);
		is_answer(f, DATA, ANSWER_BLOCKED);
		has_link(f, DATA, "driver", ANSWER_BLOCKED, "guests are supported from");
	}
	be_kernel(f, "2.6.18-8.el5", "kernel", "2.6.18-8.el5", "i686");
	judge(f);
	assert_int_equal(f->verdict.support, SUPPORT_DISPUTED);
	is_answer(f, DATA, ANSWER_UNKNOWN);
}

/* No document says that there is a package for it. */
static void test_kernel_that_no_table_lists(void **state)
{
	struct fixture *f = *state;

	be_kernel(f, "2.6.18-53.el5debug", "kernel-debug", "2.6.18-53.el5", "i686");
	judge(f);
	assert_int_equal(f->verdict.support, SUPPORT_NOT_LISTED);
	is_answer(f, DATA, ANSWER_UNKNOWN);
	has_link(f, DATA, "driver", ANSWER_UNKNOWN, "no package is documented for");
	assert_string_equal(f->verdict.support_rows.v[0].row, "table-12.1");
	assert_string_equal(f->verdict.support_rows.v[0].note,
			    "Table 12.1 has no row for i686 debug kernels");
}

static void test_kernel_of_para_virtualized_guests(void **state)
{
	struct fixture *f = *state;

	be_kernel(f, "2.6.18-53.el5xen", "kernel-xen", "2.6.18-53.el5", "i686");
	judge(f);
	is_answer(f, SYSTEM, ANSWER_BLOCKED);
	has_link(f, DATA, "kernel", ANSWER_BLOCKED, "para-virtualized guest of Xen only");
	assert_int_equal(f->verdict.support, SUPPORT_NOT_LISTED);
}

static void test_rhel3_needs_a_line_that_loads_the_driver(void **state)
{
	struct fixture *f = *state;
	struct startup_fact line = {.module = "xen_vbd",
				    .how = "insmod",
				    .source = {.path = "/etc/rc.d/rc.local", .line = 8}};

	be_kernel(f, "2.4.21-50.EL", "kernel", "2.4.21-50.EL", "i686");
	install_drivers(f);
	judge(f);
	has_link(f, DATA, "startup", ANSWER_FIXABLE, "/etc/rc.d/rc.local");
	is_answer(f, "eth0", ANSWER_READY);
	assert_true(vec_push(f->s.arena, &f->facts->startup, line));
	judge(f);
	has_link(f, DATA, "startup", ANSWER_READY, "/etc/rc.d/rc.local:8 loads xen_vbd");
	is_answer(f, DATA, ANSWER_READY);
}

/* A line that names the module by its file loads that file, and nothing that it needs. */
static void test_line_of_a_start_script_loads_what_it_says(void **state)
{
	static const struct {
		const char *path;
		enum answer state;
		const char *text;
	} lines[] = {
		{"/lib/modules/2.4.21-50.EL/kernel/xen_vbd.ko", ANSWER_READY, "loads"},
		{"/lib/modules/`uname -r`/kernel/xen_vbd.ko", ANSWER_READY, "loads"},
		{"/lib/modules/$(uname -r)/*/xen_vbd.ko", ANSWER_READY, "loads"},
		{"/lib/modules/2.4.21-47.EL/kernel/xen_vbd.ko", ANSWER_FIXABLE,
		 "another file"},
		{"$DIR/xen_vbd.ko", ANSWER_UNKNOWN, "which file"},
	};
	struct fixture *f = *state;
	struct startup_fact line = {.module = "xen_vbd",
				    .how = "insmod",
				    .source = {.path = "/etc/rc.d/rc.local", .line = 8}};

	be_kernel(f, "2.4.21-50.EL", "kernel", "2.4.21-50.EL", "i686");
	install_drivers(f);
	sample_module(&f->s, "xen_vbd")->source.path =
		"/lib/modules/2.4.21-50.EL/kernel/xen_vbd.ko";
	assert_true(vec_push(f->s.arena, &f->facts->startup, line));
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		f->facts->startup.v[0].path = lines[i].path;
		judge(f);
		has_link(f, DATA, "startup", lines[i].state, lines[i].text);
		is_answer(f, DATA, lines[i].state);
	}
	f->facts->startup.v[0].path = lines[0].path;
	f->facts->modprobe.n = 0; /* no card brings xen_platform_pci */
	judge(f);
	has_link(f, DATA, "loads", ANSWER_FIXABLE, "xen_platform_pci");
	f->facts->startup.v[0].how = "modprobe"; /* which loads that by itself */
	f->facts->startup.v[0].path = NULL;
	judge(f);
	is_answer(f, DATA, ANSWER_READY);
}

static void test_6_0_needs_a_word(void **state)
{
	struct fixture *f = *state;

	be_kernel(f, "2.6.32-71.el6.x86_64", "kernel", "2.6.32-71.el6", "x86_64");
	assert_true(
		vec_push(f->s.arena, &f->kernel->configs, "CONFIG_XEN_PLATFORM_PCI=y"));
	put_module(f, "xen_blkfront", "xen:vbd", NULL);
	put_module(f, "xen_netfront", "xen:vif", NULL);
	be_kernel(f, "2.6.32-71.el6.x86_64", "kernel", "2.6.32-71.el6", "x86_64");
	judge(f);
	has_link(f, DATA, "word", ANSWER_FIXABLE, "lacks xen_pv_hvm=enable");
	has_link(f, "eth0", "word", ANSWER_FIXABLE, "lacks xen_pv_hvm=enable");
	f->facts->boot.entries.v[0].cmdline = "root=UUID=1 ro xen_pv_hvm=enable";
	judge(f);
	is_answer(f, DATA, ANSWER_READY);
	f->facts->boot.entries.v[0].cmdline = "root=UUID=1 ro";
	be_kernel(f, "2.6.32-131.el6.x86_64", "kernel", "2.6.32-131.0.15.el6", "x86_64");
	judge(f);
	is_answer(f, DATA, ANSWER_READY);
}

/* --- The description of the machine --- */

static struct machine *describe(struct fixture *f)
{
	struct machine *m = &f->facts->machine;
	struct machine_disk system = {
		.order = 1, .target = "hda", .disk = SYSTEM, .emulated = true, .line = 3};
	struct machine_disk data = {
		.order = 2, .target = "hdb", .disk = DATA, .emulated = true, .line = 4};
	struct machine_nic nic = {.order = 1,
				  .type = "ioemu",
				  .mac = "00:16:3e:00:00:01",
				  .emulated = true,
				  .line = 5};

	m->source = "guest.cfg";
	m->hypervisor = "xen";
	m->kind = "hvm";
	assert_true(vec_push(f->s.arena, &m->disks, system));
	assert_true(vec_push(f->s.arena, &m->disks, data));
	assert_true(vec_push(f->s.arena, &m->nics, nic));
	install_drivers(f);
	return m;
}

static void test_emulated_devices_of_the_machine(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	judge(f);
	has_link(f, SYSTEM, "machine", ANSWER_READY, "guest.cfg:3");
	has_link(f, DATA, "machine", ANSWER_FIXABLE,
		 "guest.cfg:4 offers data.img as hdb, an emulated disk");
	has_link(f, "eth0", "machine", ANSWER_FIXABLE, "type=ioemu");
	assert_int_equal(f->verdict.remarks.n, 0);
	m->disks.v[1].target = "xvdb";
	m->disks.v[1].emulated = false;
	m->disks.v[1].pv = m->nics.v[0].pv = true; /* no type: both kinds */
	judge(f);
	assert_int_equal(f->verdict.answer, ANSWER_READY);
}

/* type=bridge of libvirt is how the card is joined to the host's network. */
static void test_emulated_card_of_libvirt(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	m->nics.v[0].type = "bridge";
	m->nics.v[0].model = "rtl8139";
	judge(f);
	has_link(f, "eth0", "machine", ANSWER_FIXABLE,
		 "guest.cfg:5 offers an emulated card only: model rtl8139");
}

static void test_boot_disk_offered_as_paravirtual_only(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	m->disks.v[0].target = "xvda";
	m->disks.v[0].emulated = false;
	m->disks.v[0].pv = true;
	judge(f);
	has_link(f, SYSTEM, "machine", ANSWER_FIXABLE, "no boot loader reads");
}

static void test_machines_of_other_kinds(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	m->hypervisor = "vmware"; /* how it was before a move */
	judge(f);
	assert_int_equal(f->verdict.answer, ANSWER_READY);
	m->hypervisor = "xen";
	m->kind = "pv";
	judge(f);
	has_link(f, DATA, "machine", ANSWER_BLOCKED, "para-virtualized guest");
}

/* Of a para-virtualized guest nothing is emulated that could stay so. */
static void test_nothing_stays_emulated_of_pv_guests(void **state)
{
	struct fixture *f = *state;

	describe(f)->kind = "pv";
	judge(f);
	assert_false(device(f, SYSTEM)->stays_emulated);
	f->facts->machine = (struct machine){0};
	be_kernel(f, "2.6.18-53.el5xen", "kernel-xen", "2.6.18-53.el5", "i686");
	judge(f);
	assert_false(device(f, SYSTEM)->stays_emulated);
}

static void test_description_of_other_files(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	m->disks.v[0].disk = m->disks.v[1].disk = NULL;
	judge(f);
	has_link(f, DATA, "machine", ANSWER_UNKNOWN, "names other files");
	m->disks.v[0].disk = SYSTEM;
	judge(f);
	has_link(f, DATA, "machine", ANSWER_FIXABLE, "has no disk data.img");
}

static void test_address_of_a_card(void **state)
{
	struct fixture *f = *state;
	struct machine *m = describe(f);

	m->nics.v[0].pv = true;
	f->facts->nics.v[0].hwaddr = "00:16:3E:00:00:01";
	judge(f);
	is_answer(f, "eth0", ANSWER_READY);
	f->facts->nics.v[0].hwaddr = "00:0c:29:00:00:01";
	judge(f);
	has_link(f, "eth0", "address", ANSWER_FIXABLE, "00:0c:29:00:00:01");
}

static void test_alias_of_each_card(void **state)
{
	struct fixture *f = *state;

	install_drivers(f);
	sample_modprobe(&f->s, "alias", "eth1", "8139cp");
	judge(f);
	is_answer(f, "eth0", ANSWER_READY);
	has_link(f, "eth1", "alias", ANSWER_FIXABLE, "alias eth1 8139cp");
}

/* modprobe.conf.dist has aliases as well, but is its package's. */
static void test_alias_goes_into_the_file_of_cards(void **state)
{
	struct fixture *f = *state;

	sample_modprobe(&f->s, "alias", "char-major-6-*", "lp");
	judge(f);
	has_link(f, "eth0", "alias", ANSWER_FIXABLE,
		 "/etc/modprobe.conf names no driver for eth0");
}

static void test_whom_the_chapter_is_about(void **state)
{
	struct fixture *f = *state;

	assert_true(verdict_applies(f->facts, f->platform));
	f->facts->os.id = "debian";
	assert_false(verdict_applies(f->facts, f->platform));
	f->facts->os.id = "centos";
	f->facts->os.version = "6.10";
	assert_true(verdict_applies(f->facts, f->platform));
	f->facts->os.version = "7.9";
	assert_false(verdict_applies(f->facts, f->platform));
}

/* An unknown distribution gets an answer too: by what is there, with no support. */
static void test_guest_of_another_family(void **state)
{
	struct fixture *f = *state;

	f->facts->packages.n = 0;
	be_kernel(f, "6.1.0-56-amd64", "linux-image", "6.1", "amd64");
	f->facts->packages.n = 0;
	judge(f);
	assert_int_equal(f->verdict.sheets.n, 0);
	assert_int_equal(f->verdict.support, SUPPORT_NOT_LISTED);
	is_answer(f, SYSTEM, ANSWER_READY);
	assert_int_not_equal(device(f, DATA)->answer, ANSWER_READY);
}

static void test_guest_that_is_not_installed_yet(void **state)
{
	struct fixture *f = *state;
	struct problem_fact none = {.about = "os", .code = "absent", .text = "none"};

	f->facts->kernels.n = 0;
	f->facts->volumes.n = 0;
	f->facts->boot = (struct boot_fact){0};
	f->facts->root_disk = f->facts->root_volume = NULL;
	for (size_t i = 0; i < f->facts->disks.n; i++) {
		f->facts->disks.v[i].scheme = "none";
		f->facts->disks.v[i].boot_code = "none";
	}
	assert_true(vec_push(f->s.arena, &f->facts->problems, none));
	judge(f);
	assert_int_equal(f->verdict.answer, ANSWER_UNKNOWN);
	has_link(f, DATA, "kernel", ANSWER_UNKNOWN, "no guest is installed yet");
	f->facts->problems.v[0].about = "volume"; /* there is something */
	judge(f);
	has_link(f, DATA, "kernel", ANSWER_UNKNOWN, "no kernel was found");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_missing_package_names_the_variant),
		T(test_installed_drivers_make_it_ready),
		T(test_package_of_another_variant_is_named),
		T(test_all_four_reasons_keep_a_disk_emulated),
		T(test_one_reason_is_enough),
		T(test_boot_on_a_volume_over_two_disks),
		T(test_root_alone_needs_the_driver_early),
		T(test_host_before_5_1),
		T(test_64_bit_guest_on_32_bit_host),
		T(test_rhel3_on_64_bit_host_is_disputed),
		T(test_guests_before_the_minimum),
		T(test_kernel_that_no_table_lists),
		T(test_kernel_of_para_virtualized_guests),
		T(test_rhel3_needs_a_line_that_loads_the_driver),
		T(test_line_of_a_start_script_loads_what_it_says),
		T(test_6_0_needs_a_word),
		T(test_emulated_devices_of_the_machine),
		T(test_emulated_card_of_libvirt),
		T(test_boot_disk_offered_as_paravirtual_only),
		T(test_machines_of_other_kinds),
		T(test_nothing_stays_emulated_of_pv_guests),
		T(test_description_of_other_files),
		T(test_address_of_a_card),
		T(test_alias_of_each_card),
		T(test_alias_goes_into_the_file_of_cards),
		T(test_whom_the_chapter_is_about),
		T(test_guest_of_another_family),
		T(test_guest_that_is_not_installed_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
