/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The steps that a guest needs, from facts and verdicts made by hand: in order, for each
 * card, disk and kernel, with the lines that change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

struct guest {
	struct arena *arena;
	struct platform *platform;
	struct facts facts;
	struct verdict verdict;
	struct plan_options options;
	struct plan plan;
};

static void need(bool ok)
{
	if (!ok)
		fail_msg("out of memory");
}

/* The shipped procedure, with one way to present each device. */
static void give_devices(struct guest *g)
{
	static const struct platform_choice disk = {
		.id = "vbd", .name = "xen-vbd", .disk_prefix = "xvd"};
	static const struct platform_choice card = {
		.id = "vnif", .name = "xen-vnif", .alias = "xen-vnif"};
	static const char *const roles[] = {"disk", "network"};
	static const char *const modules[] = {"xen_vbd", "xen_vnif"};

	memset(&g->platform->devices, 0, sizeof(g->platform->devices));
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		struct platform_driver *driver =
			arena_new_of(g->arena, struct platform_driver);
		struct platform_device d = {.role = roles[i]};
		struct platform_choice c = i ? card : disk;

		need(driver && vec_push(g->arena, &driver->modules, modules[i]));
		c.driver = driver;
		need(vec_push(g->arena, &d.choices, c));
		need(vec_push(g->arena, &g->platform->devices, d));
	}
}

static int set_up(void **state)
{
	static struct guest g;
	struct err e = ERR_INIT;

	memset(&g, 0, sizeof(g));
	g.arena = arena_new(16 << 20);
	if (platform_load_file(PLATFORMS "/rhel5-xen.yaml", g.arena, &g.platform, &e) < 0)
		fail_msg("%s", e.text);
	give_devices(&g);
	g.verdict.platform = g.platform->id;
	*state = &g;
	return 0;
}

static int tear_down(void **state)
{
	struct guest *g = *state;

	arena_free(g->arena);
	return 0;
}

static void add_module(struct guest *g, struct kernel_fact *k, const char *name)
{
	struct module_fact m = {.name = name, .state = "absent"};

	need(vec_push(g->arena, &k->modules, m));
}

/* A kernel of the boot menu, without the drivers; the first one starts by default. */
static void boots(struct guest *g, const char *rpm)
{
	struct kernel_fact k = {.is_default = g->facts.kernels.n == 0};
	struct worksheet sheet = {0};
	struct err e = ERR_INIT;
	struct kernel_id id;

	if (kernel_id_parse(slice_str(rpm), g->arena, &id, &e) < 0 ||
	    worksheet_judge(&id, rpm, g->platform, NULL, g->arena, &sheet, &e) < 0)
		fail_msg("%s", e.text);
	k.release = kernel_id_uname(&id, g->arena);
	need(vec_push(g->arena, &k.entries, "entry"));
	add_module(g, &k, "xen_vbd");
	add_module(g, &k, "xen_vnif");
	need(vec_push(g->arena, &g->facts.kernels, k));
	if (k.is_default)
		need(vec_push(g->arena, &g->verdict.sheets, sheet));
}

static void device(struct guest *g, const char *role, const char *name)
{
	bool disk = strcmp(role, "network") != 0;
	struct choice_verdict c = {.id = disk ? "vbd" : "vnif",
				   .module = disk ? "xen_vbd" : "xen_vnif"};
	struct device_verdict d = {.role = role, .name = name};

	need(vec_push(g->arena, &d.choices, c));
	need(vec_push(g->arena, &g->verdict.devices, d));
}

/* A link of the device added last. */
static struct link *broken(struct guest *g, const char *rule, enum answer state,
			   const char *text)
{
	struct device_verdict *d = &g->verdict.devices.v[g->verdict.devices.n - 1];
	struct link l = {.rule = rule, .state = state, .text = text};

	need(vec_push(g->arena, &d->choices.v[0].chain, l));
	return &d->choices.v[0].chain.v[d->choices.v[0].chain.n - 1];
}

static void missing(struct guest *g, const char *rule)
{
	broken(g, rule, ANSWER_FIXABLE, rule);
}

/* The package with the drivers, which the tables name. */
static void no_package(struct guest *g)
{
	broken(g, "driver", ANSWER_FIXABLE, "driver")->package =
		g->verdict.sheets.v[0].package;
}

static void missing_at(struct guest *g, const char *rule, const char *path, uint64_t line)
{
	broken(g, rule, ANSWER_FIXABLE, rule)->source =
		(struct source){"system.img", "partition 1", path, line, 0};
}

static void plan(struct guest *g)
{
	struct err e = ERR_INIT;

	if (plan_make(&g->facts, g->platform, &g->verdict, &g->options, g->arena,
		      &g->plan, &e) < 0)
		fail_msg("%s", e.text);
}

/* The ids of the steps in order, blanks between them. */
static void steps(const struct guest *g, const char *want)
{
	char got[600] = "";

	for (size_t i = 0; i < g->plan.steps.n; i++) {
		size_t used = strlen(got);

		assert_int_equal(g->plan.steps.v[i].n, i + 1);
		snprintf(got + used, sizeof(got) - used, "%s%s", i ? " " : "",
			 g->plan.steps.v[i].id);
	}
	assert_string_equal(got, want);
}

static const struct plan_step *step(const struct guest *g, const char *id)
{
	for (size_t i = 0; i < g->plan.steps.n; i++)
		if (strcmp(g->plan.steps.v[i].id, id) == 0)
			return &g->plan.steps.v[i];
	fail_msg("no step %s", id);
	return NULL;
}

static void edit(const struct plan_step *s, size_t at, const char *file, uint64_t line,
		 const char *before, const char *after)
{
	const struct plan_edit *e = &s->edits.v[at];

	assert_true(at < s->edits.n);
	assert_string_equal(e->file, file);
	assert_int_equal(e->line, line);
	assert_string_equal(e->before ? e->before : "-", before ? before : "-");
	assert_string_equal(e->after, after);
}

static void alias(struct guest *g, const char *path, uint64_t line, const char *card,
		  const char *module)
{
	struct modprobe_fact m = {
		"alias", card, module, {"system.img", "partition 1", path, line, 0}};

	need(vec_push(g->arena, &g->facts.modprobe, m));
}

static void disk_name(struct guest *g, const char *spec, uint64_t line,
		      const char *resolves_to)
{
	struct name_fact n = {
		.where = "fstab",
		.spec = spec,
		.kind = "bus-name",
		.needed = true,
		.resolves_to = resolves_to,
		.source = {"system.img", "partition 1", "/etc/fstab", line, 0}};

	need(vec_push(g->arena, &g->facts.names, n));
}

static void disk(struct guest *g, const char *name)
{
	struct disk_fact d = {.name = name};

	need(vec_push(g->arena, &g->facts.disks, d));
}

static void state_is(const plan_states *list, size_t i, const char *kind,
		     const char *path, const char *text)
{
	assert_true(i < list->n);
	assert_string_equal(list->v[i].kind, kind);
	assert_string_equal(list->v[i].path ? list->v[i].path : "", path ? path : "");
	assert_string_equal(list->v[i].text ? list->v[i].text : "", text ? text : "");
}

static void test_rhel5_pae(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;

	boots(g, "kernel-PAE-2.6.18-53.1.4.el5.i686");
	alias(g, "/etc/modprobe.conf", 1, "eth0", "8139cp");
	device(g, "network", "eth0");
	no_package(g);
	missing_at(g, "alias", "/etc/modprobe.conf", 1);
	plan(g);
	steps(g, "rhel5-package alias shut-down machine-nic start check-card");
	s = step(g, "rhel5-package");
	assert_string_equal(s->title, "Install kmod-xenpv-PAE for 2.6.18-53.1.4.el5PAE");
	assert_string_equal(s->commands.v[0], "yum install kmod-xenpv-PAE");
	assert_string_equal(s->where, "guest");
	assert_string_equal(s->reasons.v[0], "driver");
	assert_false(s->verified);
	assert_int_equal(s->preconditions.n, 0);
	state_is(&s->undo, 0, "command", NULL, "rpm -e kmod-xenpv-PAE");
	s = step(g, "alias");
	edit(s, 0, "/etc/modprobe.conf", 1, "alias eth0 8139cp", "alias eth0 xen-vnif");
	state_is(&s->preconditions, 0, "step", NULL, NULL);
	assert_int_equal(s->preconditions.v[0].line, 1);
	state_is(&s->preconditions, 1, "line", "/etc/modprobe.conf", "alias eth0 8139cp");
	state_is(&s->undo, 0, "line", "/etc/modprobe.conf", "alias eth0 8139cp");
	s = step(g, "machine-nic");
	assert_string_equal(s->where, "host");
	assert_non_null(strstr(s->text, "--machine FILE"));
	assert_string_equal(step(g, "start")->commands.v[0], "virsh start GUEST");
	assert_string_equal(g->plan.release, "RHEL 5.1");
}

static void test_every_kernel_gets_its_package(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-PAE-2.6.18-53.1.4.el5.i686");
	boots(g, "kernel-PAE-2.6.18-53.el5.i686");
	boots(g, "kernel-2.6.18-53.el5.i686");
	boots(g, "kernel-xen-2.6.18-53.el5.i686");
	boots(g, "kernel-2.6.18-128.el5.i686");
	device(g, "network", "eth0");
	no_package(g);
	plan(g);
	steps(g, "rhel5-package rhel5-package shut-down machine-nic start check-card");
	assert_int_equal(g->plan.steps.v[0].reasons.n, 2); /* one package serves both */
	assert_string_equal(g->plan.steps.v[0].commands.v[0],
			    "yum install kmod-xenpv-PAE");
	assert_string_equal(g->plan.steps.v[1].commands.v[0], "yum install kmod-xenpv");
	assert_non_null(strstr(g->plan.steps.v[1].title, "2.6.18-53.el5"));
	assert_int_equal(g->plan.steps.v[1].reasons.n, 1);
}

static void test_every_card_has_its_line(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-128.el5.x86_64");
	alias(g, "/etc/modprobe.conf", 2, "eth0", "8139cp");
	device(g, "network", "eth0");
	missing_at(g, "alias", "/etc/modprobe.conf", 2);
	device(g, "network", "eth1");
	missing_at(g, "alias", "/etc/modprobe.conf", 0);
	plan(g);
	steps(g, "alias alias shut-down machine-nic machine-nic start check-card "
		 "check-card");
	edit(&g->plan.steps.v[0], 0, "/etc/modprobe.conf", 2, "alias eth0 8139cp",
	     "alias eth0 xen-vnif");
	edit(&g->plan.steps.v[1], 0, "/etc/modprobe.conf", 0, NULL,
	     "alias eth1 xen-vnif");
	assert_string_equal(g->plan.steps.v[1].subjects.v[0], "eth1");
}

static void test_rhel3(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;

	disk(g, "system.img");
	disk(g, "data.img");
	boots(g, "kernel-smp-2.4.21-50.EL.athlon");
	disk_name(g, "/dev/hda1", 1, "system.img, partition 1");
	disk_name(g, "/dev/hdd1", 4, "data.img, partition 1");
	device(g, "disk", "data.img");
	no_package(g);
	missing_at(g, "startup", "/etc/rc.d/rc.local", 0);
	missing_at(g, "names", "/etc/fstab", 4);
	device(g, "network", "eth0");
	no_package(g);
	missing_at(g, "alias", "/etc/modules.conf", 0);
	plan(g);
	steps(g, "rhel3-package rhel3-copy rhel3-load alias rhel3-startup rhel3-nodes "
		 "names shut-down machine-nic machine-disk start check-card "
		 "check-disk");
	s = step(g, "rhel3-copy");
	assert_string_equal(s->commands.v[0],
			    "mkdir -p /lib/modules/2.4.21-50.ELsmp/extra/xenpv");
	assert_string_equal(s->commands.v[1],
			    "cp -R /lib/modules/2.4.21-52.ELsmp/extra/xenpv/* "
			    "/lib/modules/2.4.21-50.ELsmp/extra/xenpv");
	assert_true(s->verified);
	s = step(g, "rhel3-load");
	assert_string_equal(s->commands.v[1], "insmod xen-platform-pci.o");
	assert_string_equal(s->commands.v[4], "insmod xen-vnif.o");
	edit(step(g, "alias"), 0, "/etc/modules.conf", 0, NULL, "alias eth0 xen-vnif");
	edit(step(g, "rhel3-startup"), 0, "/etc/rc.d/rc.local", 0, NULL,
	     "insmod /lib/modules/2.4.21-50.ELsmp/extra/xenpv/*/xen-vbd.o");
	assert_string_equal(step(g, "rhel3-nodes")->commands.v[0],
			    "mknod /dev/xvdd b 202 48");
	s = step(g, "names");
	assert_int_equal(s->edits.n, 1);
	edit(s, 0, "/etc/fstab", 4, "/dev/hdd1", "/dev/xvdd1");
	assert_false(s->edits.v[0].whole);
}

/* Where the copied module lies is known once it is there. */
static void test_startup_of_a_module_that_is_there(void **state)
{
	struct guest *g = *state;
	struct module_fact *m;

	boots(g, "kernel-2.4.21-50.EL.i686");
	m = &g->facts.kernels.v[0].modules.v[0];
	m->state = "file";
	m->source.path = "/lib/modules/2.4.21-50.EL/extra/xenpv/0.1-5.el/xen-vbd.o";
	device(g, "disk", "data.img");
	missing(g, "startup");
	plan(g);
	edit(step(g, "rhel3-startup"), 0, "/etc/rc.d/rc.local", 0, NULL,
	     "insmod /lib/modules/2.4.21-50.EL/extra/xenpv/0.1-5.el/xen-vbd.o");
}

static void test_rhel4(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-largesmp-2.6.9-67.EL.x86_64");
	device(g, "network", "eth0");
	no_package(g);
	missing_at(g, "alias", "/etc/modprobe.conf", 0);
	plan(g);
	steps(g, "rhel4-tools rhel4-package alias shut-down machine-nic start "
		 "rhel4-kudzu check-card");
	assert_string_equal(step(g, "rhel4-tools")->commands.v[1],
			    "rpm -Uvh module-init-tools*");
	assert_non_null(strstr(step(g, "rhel4-package")->text, "x86_64-largesmp"));
}

static void test_rhel6_0(void **state)
{
	struct guest *g = *state;
	struct entry_fact entry = {.cmdline = "ro root=/dev/sda1 quiet",
				   .is_default = true,
				   .cmdline_source = {"system.img", "partition 1",
						      "/boot/grub/grub.conf", 7, 0}};
	const struct plan_step *s;

	boots(g, "kernel-2.6.32-71.el6.x86_64");
	need(vec_push(g->arena, &g->facts.boot.entries, entry));
	device(g, "network", "eth0");
	missing(g, "word");
	device(g, "network", "eth1");
	missing(g, "word");
	plan(g);
	steps(g, "rhel6-word shut-down machine-nic machine-nic start check-card "
		 "check-card");
	s = step(g, "rhel6-word");
	assert_string_equal(s->title,
			    "Add xen_pv_hvm=enable to the kernel's command line");
	assert_true(s->verified);
	assert_int_equal(s->edits.n, 1);
	edit(s, 0, "/boot/grub/grub.conf", 7, "ro root=/dev/sda1 quiet",
	     "ro root=/dev/sda1 quiet xen_pv_hvm=enable");
}

static void test_nothing_to_do(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.32-131.el6.x86_64");
	device(g, "network", "eth0");
	broken(g, "driver", ANSWER_READY, "there");
	g->verdict.answer = ANSWER_READY;
	plan(g);
	steps(g, "");
	assert_int_equal(g->plan.obstacles.n, 0);
}

static void test_blocked(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-53.el5.x86_64");
	device(g, "disk", "data.img");
	broken(g, "kernel", ANSWER_BLOCKED, "is empty")->remedy = "reinstall it";
	device(g, "network", "eth0");
	broken(g, "kernel", ANSWER_BLOCKED, "is empty")->remedy = "reinstall it";
	no_package(g);
	g->verdict.answer = ANSWER_BLOCKED;
	plan(g);
	assert_int_equal(g->plan.obstacles.n, 1);
	assert_string_equal(g->plan.obstacles.v[0].advice, "reinstall it");
	assert_int_equal(g->plan.obstacles.v[0].subjects.n, 2);
	steps(g, "");
}

/* Its emulated card would be taken away, and nothing would run the other one. */
static void test_card_without_a_driver_stays_as_it_is(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-debug-2.6.18-53.el5.x86_64");
	g->facts.machine.source = "web01.xm";
	device(g, "disk", "data.img");
	broken(g, "machine", ANSWER_FIXABLE, "emulated");
	device(g, "network", "eth0");
	broken(g, "driver", ANSWER_UNKNOWN, "no package is known");
	broken(g, "alias", ANSWER_FIXABLE, "alias eth0 8139cp")->remedy = "write there";
	broken(g, "machine", ANSWER_FIXABLE, "type=ioemu")->remedy = "take it off";
	g->verdict.answer = ANSWER_UNKNOWN;
	plan(g);
	steps(g, "shut-down machine-disk start check-disk");
	g->verdict.devices.v[1].choices.v[0].chain.v[0].state = ANSWER_BLOCKED;
	plan(g);
	steps(g, "shut-down machine-disk start check-disk");
}

/* Without a published procedure the links' own remedies are the steps. */
static void test_remedies(void **state)
{
	struct guest *g = *state;
	struct link *l;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	device(g, "disk", "data.img");
	l = broken(g, "initramfs", ANSWER_FIXABLE, "virtio_blk is not in it");
	l->remedy = "add virtio_blk, then rebuild";
	l->add_form = "add {modules}, then rebuild";
	need(vec_push(g->arena, &l->add_modules, "virtio_blk"));
	broken(g, "names", ANSWER_FIXABLE, "fstab has /dev/sda1")->remedy = "write UUID=";
	device(g, "network", "eth0");
	l = broken(g, "initramfs", ANSWER_FIXABLE, "virtio_net is not in it");
	l->remedy = "add virtio_net, then rebuild";
	l->add_form = "add {modules}, then rebuild";
	need(vec_push(g->arena, &l->add_modules, "virtio_net"));
	plan(g);
	steps(g, "remedy remedy");
	assert_string_equal(g->plan.steps.v[0].text,
			    "add virtio_blk virtio_net, then rebuild");
	assert_int_equal(g->plan.steps.v[0].reasons.n, 2);
	assert_int_equal(g->plan.steps.v[0].subjects.n, 2);
	assert_string_equal(g->plan.steps.v[1].text, "write UUID=");
}

/* A kernel of the boot menu, whose initramfs lacks a driver that it has itself. */
static struct kernel_fact *lacks_inside(struct guest *g, const char *release,
					const char *initramfs, const char *generator)
{
	struct module_fact m = {.name = "virtio_blk", .state = "file"};
	struct kernel_fact k = {.release = release,
				.is_default = g->facts.kernels.n == 0,
				.initramfs = {.path = initramfs,
					      .state = "read",
					      .generator = generator}};

	need(vec_push(g->arena, &k.entries, "entry"));
	need(vec_push(g->arena, &k.modules, m));
	m.state = "absent";
	need(vec_push(g->arena, &k.initramfs.wanted, m));
	need(vec_push(g->arena, &g->facts.kernels, k));
	return &g->facts.kernels.v[g->facts.kernels.n - 1];
}

static void lacks_virtio_blk(struct guest *g)
{
	struct link *l;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	device(g, "disk", "data.img");
	l = broken(g, "initramfs", ANSWER_FIXABLE, "virtio_blk is not in it");
	l->remedy = "add it";
	need(vec_push(g->arena, &l->add_modules, "virtio_blk"));
}

static void test_every_initramfs_of_the_menu_gets_the_driver(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;

	lacks_inside(g, "6.1.0-9-amd64", "/boot/initrd.img-9", "initramfs-tools");
	lacks_inside(g, "6.1.0-8-amd64", "/boot/initrd.img-8", "initramfs-tools");
	lacks_inside(g, "6.1.0-7-amd64", "/boot/initrd.img-7", "initramfs-tools")
		->initramfs.wanted.v[0]
		.state = "file";
	lacks_virtio_blk(g);
	plan(g);
	steps(g, "remedy");
	s = &g->plan.steps.v[0];
	assert_int_equal(s->drivers.n, 2);
	assert_string_equal(s->drivers.v[0].initramfs, "/boot/initrd.img-9");
	assert_string_equal(s->drivers.v[0].kernel, "6.1.0-9-amd64");
	assert_string_equal(s->drivers.v[0].modules.v[0], "virtio_blk");
	assert_string_equal(s->drivers.v[1].initramfs, "/boot/initrd.img-8");
	assert_int_equal(s->edits.n, 1);
	edit(s, 0, "/etc/initramfs-tools/modules", 0, NULL, "virtio_blk");
}

static void test_only_the_kernels_that_were_named(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;

	lacks_inside(g, "6.1.0-9-amd64", "/boot/initrd.img-9", "initramfs-tools");
	lacks_inside(g, "6.1.0-8-amd64", "/boot/initrd.img-8", "initramfs-tools");
	lacks_virtio_blk(g);
	need(vec_push(g->arena, &g->options.kernels, "6.1.0-8-amd64"));
	plan(g);
	s = &g->plan.steps.v[0];
	assert_int_equal(s->drivers.n, 1);
	assert_string_equal(s->drivers.v[0].initramfs, "/boot/initrd.img-8");
	assert_int_equal(g->plan.remarks.n, 1);
	assert_non_null(strstr(g->plan.remarks.v[0], "6.1.0-9-amd64 starts by default"));
}

static void test_a_kernel_that_is_not_offered(void **state)
{
	struct guest *g = *state;
	struct err e = ERR_INIT;

	lacks_inside(g, "6.1.0-9-amd64", "/boot/initrd.img-9", "initramfs-tools");
	lacks_inside(g, "6.1.0-8-amd64", "/boot/initrd.img-8", "initramfs-tools");
	need(vec_push(g->arena, &g->options.kernels, "6.1.0-9-amd64"));
	need(vec_push(g->arena, &g->options.kernels, "6.\033[2J"));
	assert_true(plan_make(&g->facts, g->platform, &g->verdict, &g->options, g->arena,
			      &g->plan, &e) < 0);
	assert_int_equal(e.code, ERR_USAGE);
	assert_string_equal(e.text,
			    "the boot loader offers no kernel 6.\\x1b[2J; it offers "
			    "6.1.0-9-amd64, 6.1.0-8-amd64");
}

static void test_dracut_keeps_drivers_in_a_file_of_its_own(void **state)
{
	struct guest *g = *state;

	lacks_inside(g, "5.14.0", "/boot/initramfs.img", "dracut");
	lacks_virtio_blk(g);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/dracut.conf.d/paravet.conf", 0, NULL,
	     "add_drivers+=\" virtio_blk \"");
}

static void test_alpine_keeps_drivers_in_a_feature_of_its_own(void **state)
{
	struct guest *g = *state;

	lacks_inside(g, "6.6.31-0-lts", "/boot/initramfs-lts", "mkinitfs")
		->modules.v[0]
		.source.path =
		"/lib/modules/6.6.31-0-lts/kernel/drivers/block/virtio_blk.ko.gz";
	lacks_virtio_blk(g);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/mkinitfs/features.d/paravet.modules", 0, NULL,
	     "kernel/drivers/block/virtio_blk.ko*");
	edit(&g->plan.steps.v[0], 1, "/etc/mkinitfs/mkinitfs.conf", 0, NULL,
	     "features=\"$features paravet\"");
}

static void suse_has(struct guest *g, const char *text, uint64_t line)
{
	struct module_setting_fact f = {.name = "INITRD_MODULES",
					.text = text,
					.source = {"system.img", "partition 1",
						   "/etc/sysconfig/kernel", line, 0}};

	need(vec_push(g->arena, &g->facts.module_settings, f));
}

static void lacks_on_suse(struct guest *g)
{
	lacks_inside(g, "3.0.101-63-default", "/boot/initrd-3", "suse-mkinitrd");
	lacks_inside(g, "3.0.101-60-default", "/boot/initrd-2", "suse-mkinitrd");
	lacks_virtio_blk(g);
}

static void test_suse_keeps_drivers_in_its_list(void **state)
{
	struct guest *g = *state;

	suse_has(g, "INITRD_MODULES=\"ata_piix ext3\"", 12);
	lacks_on_suse(g);
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 1);
	edit(&g->plan.steps.v[0], 0, "/etc/sysconfig/kernel", 12,
	     "INITRD_MODULES=\"ata_piix ext3\"",
	     "INITRD_MODULES=\"ata_piix ext3 virtio_blk\"");
	assert_false(g->plan.steps.v[0].edits.v[0].whole);
}

static void test_a_list_of_suse_may_be_empty_or_have_it(void **state)
{
	struct guest *g = *state;

	suse_has(g, "INITRD_MODULES=", 1);
	lacks_on_suse(g);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/sysconfig/kernel", 1,
	     "INITRD_MODULES=", "INITRD_MODULES=\"virtio_blk\"");
	g->facts.module_settings.v[0].text = "INITRD_MODULES='virtio-blk'";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

/* One that a script computes is left as it is: the shell reads what comes last. */
static void test_suse_without_a_plain_list_gets_a_line(void **state)
{
	struct guest *g = *state;

	lacks_on_suse(g);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/sysconfig/kernel", 0, NULL,
	     "INITRD_MODULES=\"$INITRD_MODULES virtio_blk\"");
}

static void has_alias(struct guest *g, const char *name, const char *module,
		      const char *file)
{
	struct modprobe_fact f = {.kind = "alias",
				  .module = name,
				  .argument = module,
				  .source = {"system.img", "partition 1", file, 1, 0}};

	need(vec_push(g->arena, &g->facts.modprobe, f));
}

static void test_red_hat_keeps_drivers_by_aliases(void **state)
{
	struct guest *g = *state;
	struct kernel_fact *k =
		lacks_inside(g, "2.6.18-348.el5", "/boot/initrd", "mkinitrd");

	k->modules.v[0].source.path = "/lib/modules/2.6.18-348.el5/virtio-blk.ko";
	has_alias(g, "scsi_hostadapter", "ata_piix", "/etc/modprobe.conf");
	has_alias(g, "scsi_hostadapter2", "sym53c8xx", "/etc/modprobe.conf");
	has_alias(g, "scsi_hostadapter1", "other", "/etc/modprobe.d/away");
	lacks_virtio_blk(g);
	need(vec_push(g->arena,
		      &g->verdict.devices.v[0].choices.v[0].chain.v[0].add_modules,
		      "virtio_pci"));
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 2);
	edit(&g->plan.steps.v[0], 0, "/etc/modprobe.conf", 0, NULL,
	     "alias scsi_hostadapter1 virtio-blk");
	edit(&g->plan.steps.v[0], 1, "/etc/modprobe.conf", 0, NULL,
	     "alias scsi_hostadapter3 virtio_pci");
	has_alias(g, "scsi_hostadapter1", "virtio_blk", "/etc/modprobe.conf");
	has_alias(g, "scsi_hostadapter7", "virtio_pci max=1", "/etc/modprobe.conf");
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

static void test_rhel_3_keeps_them_in_modules_conf(void **state)
{
	struct guest *g = *state;

	lacks_inside(g, "2.4.21-50.EL", "/boot/initrd", "mkinitrd");
	has_alias(g, "eth0", "8139cp", "/etc/modules.conf");
	lacks_virtio_blk(g);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/modules.conf", 0, NULL,
	     "alias scsi_hostadapter virtio_blk");
}

/* What the guest's modules call each other ends up in its scripts. */
static void test_no_driver_of_a_hostile_name(void **state)
{
	struct guest *g = *state;

	lacks_inside(g, "5.14.0", "/boot/initramfs.img", "dracut");
	lacks_virtio_blk(g);
	g->verdict.devices.v[0].choices.v[0].chain.v[0].add_modules.v[0] =
		"x\"; reboot; \"";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].drivers.n, 0);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

static void entry(struct guest *g, const char *cmdline, uint64_t line)
{
	struct entry_fact e = {.cmdline = cmdline,
			       .cmdline_source = {"system.img", "partition 1",
						  "/boot/grub/grub.cfg", line, 0}};

	need(vec_push(g->arena, &e.initramfs, "/boot/initrd.img"));
	need(vec_push(g->arena, &g->facts.boot.entries, e));
}

static void test_every_entry_of_the_menu_names_root_by_uuid(void **state)
{
	struct guest *g = *state;
	struct volume_fact v = {
		.disk = "data.img", .name = "partition 1", .fs = "ext4", .uuid = "1-2-3"};

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	need(vec_push(g->arena, &g->facts.volumes, v));
	disk(g, "data.img");
	disk_name(g, "/dev/sda1", 7, "data.img, partition 1");
	g->facts.names.v[0].where = "root=";
	entry(g, "ro root=/dev/sda1 quiet", 7);
	entry(g, "root=/dev/sda1 single", 9);
	entry(g, "root=/dev/sda10", 11);
	device(g, "disk", "data.img");
	broken(g, "names", ANSWER_FIXABLE, "it has /dev/sda1")->remedy = "write UUID=";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 2);
	edit(&g->plan.steps.v[0], 0, "/boot/grub/grub.cfg", 7, "root=/dev/sda1",
	     "root=UUID=1-2-3");
	edit(&g->plan.steps.v[0], 1, "/boot/grub/grub.cfg", 9, "root=/dev/sda1",
	     "root=UUID=1-2-3");
}

/* UUID= is followed by programs of an initramfs. */
static void test_a_kernel_alone_finds_root_by_partuuid(void **state)
{
	struct guest *g = *state;
	struct volume_fact v = {.disk = "data.img",
				.name = "partition 1",
				.fs = "ext4",
				.uuid = "1-2-3",
				.partuuid = "4-5"};
	struct kernel_fact k = {
		.release = "6.1",
		.initramfs = {.path = "/boot/ucode.img", .state = "empty"}};

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	need(vec_push(g->arena, &g->facts.volumes, v));
	v.name = "partition 2";
	v.partuuid = NULL;
	v.uuid = "6-7";
	need(vec_push(g->arena, &g->facts.volumes, v));
	disk(g, "data.img");
	disk_name(g, "/dev/sda1", 7, "data.img, partition 1");
	disk_name(g, "/dev/sda2", 8, "data.img, partition 2");
	g->facts.names.v[0].where = "root=";
	g->facts.names.v[1].where = "root=";
	entry(g, "ro root=/dev/sda1 quiet", 7);
	entry(g, "ro root=/dev/sda2 quiet", 8);
	entry(g, "root=/dev/sda1 single", 9);
	g->facts.boot.entries.v[0].initramfs.n = 0;
	g->facts.boot.entries.v[1].initramfs.n = 0;
	device(g, "disk", "data.img");
	broken(g, "names", ANSWER_FIXABLE, "it has /dev/sda1")->remedy = "write UUID=";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 2);
	edit(&g->plan.steps.v[0], 0, "/boot/grub/grub.cfg", 7, "root=/dev/sda1",
	     "root=PARTUUID=4-5");
	edit(&g->plan.steps.v[0], 1, "/boot/grub/grub.cfg", 9, "root=/dev/sda1",
	     "root=UUID=1-2-3");
	/* microcode alone finds nothing */
	need(vec_push(g->arena, &k.entries, "with microcode"));
	need(vec_push(g->arena, &g->facts.kernels, k));
	g->facts.boot.entries.v[2].title = "with microcode";
	plan(g);
	edit(&g->plan.steps.v[0], 1, "/boot/grub/grub.cfg", 9, "root=/dev/sda1",
	     "root=PARTUUID=4-5");
}

/* The only step takes `written` off this command line, where the verdict says `word`. */
static void goes_away(struct guest *g, const char *cmdline, const char *word,
		      const char *written)
{
	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	entry(g, cmdline, 7);
	device(g, "disk", "data.img");
	broken(g, "loads", ANSWER_FIXABLE, "no")->word = word;
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/boot/grub/grub.cfg", 7, written, "");
}

static void test_a_word_that_forbids_goes_away(void **state)
{
	static const char word[] = "module_blacklist=virtio_blk";

	goes_away(*state, "ro module_blacklist=virtio_blk quiet", word, word);
}

/* What is changed is the word as it stands there. */
static void test_a_quoted_word_goes_away_with_its_quotes(void **state)
{
	goes_away(*state, "ro \"rd.lvm=0\" quiet", "rd.lvm=0", "\"rd.lvm=0\"");
}

/* Words with a blank between them go where quotes hold them together. */
static void test_a_word_gets_another_one_beside_it(void **state)
{
	static const char *const words[] = {"GRUB_CMDLINE_LINUX=\"rd.lvm.lv=vg/a",
					    "rd.lvm.lv=vg/a\"",
					    "GRUB_CMDLINE_LINUX=rd.lvm.lv=vg/a"};
	static const char then[] = "rd.lvm.lv=vg/a rd.lvm.lv=vg/b";
	struct guest *g = *state;
	struct link *l;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	entry(g, "ro rd.lvm.lv=vg/a", 7);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		need(vec_push(g->arena, &g->facts.boot.settings,
			      ((struct menu_setting_fact){
				      .name = "GRUB_CMDLINE_LINUX",
				      .value = "rd.lvm.lv=vg/a",
				      .word = words[i],
				      .source = {.path = "/etc/default/grub",
						 .line = i + 1}})));
	device(g, "disk", "data.img");
	l = broken(g, "loads", ANSWER_FIXABLE, "no");
	l->word = "rd.lvm.lv=vg/a";
	l->word_then = then;
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 3);
	edit(&g->plan.steps.v[0], 0, "/boot/grub/grub.cfg", 7, "rd.lvm.lv=vg/a", then);
	edit(&g->plan.steps.v[0], 1, "/etc/default/grub", 1, words[0],
	     "GRUB_CMDLINE_LINUX=\"rd.lvm.lv=vg/a rd.lvm.lv=vg/b");
	edit(&g->plan.steps.v[0], 2, "/etc/default/grub", 2, words[1],
	     "rd.lvm.lv=vg/a rd.lvm.lv=vg/b\"");
}

static void test_a_word_that_forbids_others_too_is_left_to_people(void **state)
{
	struct guest *g = *state;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	entry(g, "ro module_blacklist=nouveau,virtio_blk quiet", 7);
	device(g, "disk", "data.img");
	broken(g, "loads", ANSWER_FIXABLE, "no")->word =
		"module_blacklist=nouveau,virtio_blk";
	plan(g);
	assert_int_equal(g->plan.steps.n, 1);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

static void test_a_line_that_forbids_becomes_a_comment(void **state)
{
	struct guest *g = *state;
	struct modprobe_fact m = {
		"blacklist",
		"virtio_blk",
		NULL,
		{"system.img", "partition 1", "/etc/modprobe.d/no.conf", 3, 0}};

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	need(vec_push(g->arena, &g->facts.modprobe, m));
	device(g, "disk", "data.img");
	missing_at(g, "loads", "/etc/modprobe.d/no.conf", 3);
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/modprobe.d/no.conf", 3, "blacklist virtio_blk",
	     "# blacklist virtio_blk");
}

static void forbids_inside(struct guest *g, struct kernel_fact *k, uint64_t line)
{
	struct modprobe_fact m = {
		.kind = "blacklist",
		.module = "virtio_blk",
		.source = {.path = "etc/modprobe.d/no.conf", .line = line}};

	k->initramfs.wanted.v[0].state = "file";
	need(vec_push(g->arena, &k->initramfs.modprobe, m));
}

/* No generator is told: the file that it takes into the next one is another's. */
static void test_every_initramfs_that_forbids_is_changed(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;
	struct link *l;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	forbids_inside(g, lacks_inside(g, "9", "/boot/initrd.img-9", "dracut"), 3);
	lacks_inside(g, "8", "/boot/initrd.img-8", "dracut");
	forbids_inside(g, lacks_inside(g, "7", "/boot/initrd.img-7", "dracut"), 1);
	device(g, "disk", "data.img");
	missing(g, "loads");
	l = broken(g, "initramfs", ANSWER_FIXABLE, "loads");
	l->source = (struct source){.path = "etc/modprobe.d/no.conf", .line = 3};
	plan(g);
	s = &g->plan.steps.v[0];
	assert_int_equal(s->edits.n, 0);
	assert_int_equal(s->drivers.n, 2);
	assert_int_equal(s->drivers.v[0].modules.n, 0);
	assert_string_equal(s->drivers.v[0].allowed.v[0], "virtio_blk");
	assert_string_equal(s->drivers.v[1].initramfs, "/boot/initrd.img-7");
	assert_int_equal(s->drivers.v[1].allowed.n, 1);
}

static void test_a_stale_index_gets_the_line(void **state)
{
	struct guest *g = *state;
	struct kernel_fact *k;
	const struct plan_step *s;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	k = lacks_inside(g, "6.1", "/boot/initrd.img", "dracut");
	k->modules_dir = "/lib/modules/6.1";
	k->modules.v[0].dep_file_agrees = KNOWN_NO;
	k->modules.v[0].source.path = "/lib/modules/6.1/kernel/virtio_blk.ko";
	device(g, "disk", "data.img");
	missing_at(g, "loads", "/lib/modules/6.1/kernel/virtio_blk.ko", 0);
	plan(g);
	s = &g->plan.steps.v[0];
	assert_int_equal(s->indexes.n, 1);
	assert_string_equal(s->indexes.v[0].kernel, "6.1");
	assert_string_equal(s->indexes.v[0].folder, "/lib/modules/6.1");
	assert_int_equal(s->indexes.v[0].modules.n, 1);
	assert_string_equal(s->indexes.v[0].modules.v[0], "virtio_blk");
	state_is(&s->preconditions, 0, "file", "/lib/modules/6.1/modules.dep", NULL);
	state_is(&s->undo, 0, "file", "/lib/modules/6.1/modules.dep", NULL);
}

/* fstab names a partition of the disk by its bus: its UUID is known. */
static void test_names_by_uuid(void **state)
{
	struct guest *g = *state;
	struct volume_fact v = {
		.disk = "data.img", .name = "partition 1", .fs = "ext4", .uuid = "1-2-3"};

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	disk(g, "data.img");
	disk(g, "other.img");
	need(vec_push(g->arena, &g->facts.volumes, v));
	disk_name(g, "/dev/sdb1", 4, "data.img, partition 1");
	disk_name(g, "/dev/sdb2", 5, "data.img, partition 2");
	disk_name(g, "/dev/sdc1", 6, "other.img, partition 1");
	device(g, "disk", "data.img");
	broken(g, "names", ANSWER_FIXABLE, "fstab has /dev/sdb1")->remedy = "write UUID=";
	plan(g);
	steps(g, "remedy");
	assert_int_equal(g->plan.steps.v[0].edits.n, 1);
	edit(&g->plan.steps.v[0], 0, "/etc/fstab", 4, "/dev/sdb1", "UUID=1-2-3");
}

/* A name in one of the guest's files; it means partition 1 of the disk. */
static struct name_fact *name_in(struct guest *g, const char *where, const char *file,
				 const char *spec, const char *word)
{
	disk_name(g, spec, 3, "data.img, partition 1");
	g->facts.names.v[g->facts.names.n - 1].where = where;
	g->facts.names.v[g->facts.names.n - 1].word = word;
	g->facts.names.v[g->facts.names.n - 1].source.path = file;
	return &g->facts.names.v[g->facts.names.n - 1];
}

static void plan_names(struct guest *g, struct volume_fact v)
{
	v.disk = "data.img";
	v.name = "partition 1";
	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	disk(g, "data.img");
	need(vec_push(g->arena, &g->facts.volumes, v));
	device(g, "disk", "data.img");
	broken(g, "names", ANSWER_FIXABLE, "it has /dev/sdb1")->remedy = "write UUID=";
	plan(g);
}

static void test_luks_by_uuid(void **state)
{
	struct guest *g = *state;

	name_in(g, "crypttab", "/etc/crypttab", "/dev/sdb1", NULL);
	name_in(g, "fstab", "/etc/fstab", "/dev/sdb1", NULL);
	plan_names(g, (struct volume_fact){
			      .fs = "crypto_LUKS", .uuid = "1-2", .partuuid = "3-4"});
	/* what fstab wants to mount there is no file system */
	assert_int_equal(g->plan.steps.v[0].edits.n, 1);
	edit(&g->plan.steps.v[0], 0, "/etc/crypttab", 3, "/dev/sdb1", "UUID=1-2");
}

/* A copy of the same UUID: another name that is its own, or none. */
static void test_no_uuid_of_two(void **state)
{
	struct guest *g = *state;
	struct volume_fact v = {
		.fs = "ext4", .uuid = "1-2", .partuuid = "3-4", .label = "a"};
	struct volume_fact copy = {.disk = "copy.img",
				   .name = "partition 7",
				   .fs = "ext4",
				   .uuid = "1-2",
				   .label = "b"};

	need(vec_push(g->arena, &g->facts.volumes, copy));
	name_in(g, "fstab", "/etc/fstab", "/dev/sdb1", NULL);
	plan_names(g, v);
	edit(&g->plan.steps.v[0], 0, "/etc/fstab", 3, "/dev/sdb1", "PARTUUID=3-4");
	assert_int_equal(g->plan.remarks.n, 0);
	g->facts.volumes.v[0].partuuid = "3-4";
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/fstab", 3, "/dev/sdb1", "LABEL=a");
	g->facts.volumes.v[0].label = "a";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
	assert_int_equal(g->plan.remarks.n, 1);
	assert_non_null(strstr(g->plan.remarks.v[0],
			       "/dev/sdb1 in /etc/fstab stays: UUID 1-2 is that of "
			       "copy.img, partition 7, too"));
	/* Devices of one file system of Btrfs. */
	g->facts.volumes.v[0].device = 1;
	g->facts.volumes.v[1].device = 2;
	plan(g);
	edit(&g->plan.steps.v[0], 0, "/etc/fstab", 3, "/dev/sdb1", "UUID=1-2");
}

static void test_no_uuid_of_two_for_root(void **state)
{
	struct guest *g = *state;
	struct volume_fact copy = {
		.disk = "copy.img", .name = "partition 7", .fs = "ext4", .uuid = "1-2"};

	need(vec_push(g->arena, &g->facts.volumes, copy));
	name_in(g, "root=", "/boot/grub/grub.cfg", "/dev/sdb1", NULL);
	entry(g, "ro root=/dev/sdb1", 3);
	plan_names(g,
		   (struct volume_fact){.fs = "ext4", .uuid = "1-2", .partuuid = "3-4"});
	edit(&g->plan.steps.v[0], 0, "/boot/grub/grub.cfg", 3, "root=/dev/sdb1",
	     "root=PARTUUID=3-4");
}

/* One file has names of two disks, which have different remedies. */
static void test_what_is_changed_once_is_one_step(void **state)
{
	static const char *const specs[] = {"/dev/sda1", "/dev/sdb1"};
	static const char *const disks[] = {"data.img", "other.img"};
	struct guest *g = *state;

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	for (size_t i = 0; i < 2; i++) {
		struct name_fact n = {.where = "mdadm.conf",
				      .target = "DEVICE",
				      .spec = specs[i],
				      .kind = "bus-name",
				      .needed = true,
				      .source = {.path = "/etc/mdadm.conf", .line = 1}};

		disk(g, disks[i]);
		need(vec_push(g->arena, &g->facts.names, n));
		device(g, "disk", disks[i]);
		broken(g, "names", ANSWER_FIXABLE, specs[i])->remedy = disks[i];
	}
	plan(g);
	steps(g, "remedy");
	assert_int_equal(g->plan.steps.v[0].edits.n, 2);
	assert_int_equal(g->plan.steps.v[0].reasons.n, 2);
	assert_int_equal(g->plan.steps.v[0].subjects.n, 2);
	/* Without a change both are told. */
	g->facts.names.n = 0;
	plan(g);
	steps(g, "remedy remedy");
}

/* The swap space that was left there is written over at every start. */
static void test_plain_crypt_by_partuuid(void **state)
{
	struct guest *g = *state;

	name_in(g, "crypttab", "/etc/crypttab", "/dev/sdb1", NULL);
	plan_names(g,
		   (struct volume_fact){.fs = "swap", .uuid = "1-2", .partuuid = "3-4"});
	edit(&g->plan.steps.v[0], 0, "/etc/crypttab", 3, "/dev/sdb1", "PARTUUID=3-4");
}

static void test_no_name_lasts(void **state)
{
	struct guest *g = *state;

	name_in(g, "crypttab", "/etc/crypttab", "/dev/sdb1", NULL);
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "1-2"});
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

static void test_a_part_of_a_word(void **state)
{
	struct guest *g = *state;

	name_in(g, "resume.conf", "/etc/resume", "/dev/sdb1", "RESUME='/dev/sdb1'");
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "1-2"});
	edit(&g->plan.steps.v[0], 0, "/etc/resume", 3, "RESUME='/dev/sdb1'",
	     "RESUME='UUID=1-2'");
}

/* The same file in the initramfs of two kernels. */
static void names_inside(struct guest *g)
{
	const struct name_fact n = {.where = "resume.conf",
				    .spec = "/dev/sdb1",
				    .word = "RESUME=/dev/sdb1",
				    .kind = "bus-name",
				    .resolves_to = "data.img, partition 1",
				    .source = {.path = "conf/conf.d/resume", .line = 3}};

	lacks_inside(g, "6.1.0-9-amd64", "/boot/initrd.img-9", "initramfs-tools");
	lacks_inside(g, "6.1.0-8-amd64", "/boot/initrd.img-8", "initramfs-tools");
	for (size_t k = 0; k < 2; k++)
		need(vec_push(g->arena, &g->facts.kernels.v[k].initramfs.names, n));
}

static void test_names_in_every_initramfs(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;
	const struct plan_edit *e;

	names_inside(g);
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "1-2"});
	s = &g->plan.steps.v[0];
	assert_int_equal(s->edits.n, 0);
	assert_int_equal(s->drivers.n, 2);
	assert_string_equal(s->drivers.v[1].initramfs, "/boot/initrd.img-8");
	assert_int_equal(s->drivers.v[1].edits.n, 1);
	e = &s->drivers.v[1].edits.v[0];
	assert_string_equal(e->file, "conf/conf.d/resume");
	assert_int_equal(e->line, 3);
	assert_string_equal(e->before, "RESUME=/dev/sdb1");
	assert_string_equal(e->after, "RESUME=UUID=1-2");
}

/* Only what no step mends is told besides. */
static void test_a_warning_of_a_line_that_is_mended(void **state)
{
	struct guest *g = *state;
	struct link *l;

	names_inside(g);
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "1-2"});
	l = broken(g, "names", ANSWER_READY, "it is waited for");
	l->warning = true;
	l->source = (struct source){.path = "conf/conf.d/resume", .line = 3};
	plan(g);
	assert_int_equal(g->plan.remarks.n, 0);
	l->source.line = 4;
	plan(g);
	assert_int_equal(g->plan.remarks.n, 1);
	assert_string_equal(g->plan.remarks.v[0], "it is waited for");
}

static void test_names_in_the_initramfs_that_was_named(void **state)
{
	struct guest *g = *state;

	names_inside(g);
	need(vec_push(g->arena, &g->options.kernels, "6.1.0-8-amd64"));
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "1-2"});
	assert_int_equal(g->plan.steps.v[0].drivers.n, 1);
	assert_string_equal(g->plan.steps.v[0].drivers.v[0].initramfs,
			    "/boot/initrd.img-8");
}

/* A UUID is whatever stands in the superblock; the file is read by a shell. */
static void test_a_hostile_uuid(void **state)
{
	struct guest *g = *state;

	name_in(g, "resume.conf", "/etc/resume", "/dev/sdb1", "RESUME=/dev/sdb1");
	plan_names(g, (struct volume_fact){.fs = "swap", .uuid = "$(reboot)"});
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

static void test_device_map(void **state)
{
	struct guest *g = *state;

	name_in(g, "device.map", "/boot/grub/device.map", "/dev/sda", NULL)->target =
		"(hd0)";
	g->facts.boot.loader = "grub-legacy";
	plan_names(g, (struct volume_fact){0});
	edit(&g->plan.steps.v[0], 0, "/boot/grub/device.map", 3, "(hd0) /dev/sda",
	     "(hd0) /dev/xvda");
}

/* Which of them is the first one then, nobody knows. */
static void test_device_map_of_several_disks(void **state)
{
	struct guest *g = *state;

	name_in(g, "device.map", "/boot/grub/device.map", "/dev/sda", NULL)->target =
		"(hd0)";
	g->facts.boot.loader = "grub-legacy";
	disk(g, "other.img");
	plan_names(g, (struct volume_fact){0});
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

/* What names of LVM's settings on the guest and in its initramfs. */
static void lvm_filter(struct guest *g, struct lvm_fact *to, const char *path,
		       const char *word)
{
	struct lvm_filter_fact f = {
		.name = "filter", .word = word, .source = {.path = path, .line = 4}};

	need(vec_push(g->arena, &f.patterns, "r|.*|"));
	need(vec_push(g->arena, &to->filters, f));
}

static void plan_lvm(struct guest *g)
{
	struct volume_fact v = {.fs = "LVM2_member", .uuid = "ab-c", .number = 2};

	g->facts.root_volume = "LV vg/root";
	plan_names(g, v);
}

static void test_lvm_takes_the_new_bus(void **state)
{
	static const char *const words[] = {"[", "filter=[\"a|x|\",", "\"r|.*|\"", NULL};
	static const char *const after[] = {
		"[ \"a|^/dev/xvd[a-z]+2$|\",",
		"filter=[ \"a|^/dev/xvd[a-z]+2$|\", \"a|x|\",",
		"[ \"a|^/dev/xvd[a-z]+2$|\", \"r|.*|\" ]",
	};
	struct guest *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		lvm_filter(g, &g->facts.lvm, "/etc/lvm/lvm.conf", words[i]);
	plan_lvm(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, ARRAY_LEN(after));
	for (size_t i = 0; i < ARRAY_LEN(after); i++)
		edit(&g->plan.steps.v[0], i, "/etc/lvm/lvm.conf", 4, words[i], after[i]);
}

static void test_lvm_inside_the_initramfs(void **state)
{
	struct guest *g = *state;
	const struct plan_drivers *d;

	boots(g, "kernel-PAE-2.6.18-53.1.4.el5.i686");
	g->facts.kernels.v[0].initramfs.path = "/boot/initrd";
	lvm_filter(g, &g->facts.kernels.v[0].initramfs.lvm, "etc/lvm/lvm.conf", "[");
	plan_lvm(g);
	assert_int_equal(g->plan.steps.v[0].drivers.n, 1);
	d = &g->plan.steps.v[0].drivers.v[0];
	assert_string_equal(d->initramfs, "/boot/initrd");
	assert_int_equal(d->modules.n, 0);
	assert_int_equal(d->edits.n, 1);
	assert_string_equal(d->edits.v[0].file, "etc/lvm/lvm.conf");
	assert_string_equal(d->edits.v[0].after, "[ \"a|^/dev/xvd[a-z]+2$|\",");
}

static void lvm_device(struct guest *g)
{
	struct lvm_device_fact d = {.idtype = "sys_wwid",
				    .idname = "t10.ATA",
				    .devname = "/dev/sda2",
				    .pvid = "abc",
				    .source = {.path = "/etc/devices", .line = 3}};

	need(vec_push(g->arena, &g->facts.lvm.devices, d));
}

static void test_lvm_finds_a_volume_by_its_name(void **state)
{
	struct guest *g = *state;

	lvm_device(g);
	plan_lvm(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 3);
	edit(&g->plan.steps.v[0], 0, "/etc/devices", 3, "IDTYPE=sys_wwid",
	     "IDTYPE=devname");
	edit(&g->plan.steps.v[0], 1, "/etc/devices", 3, "IDNAME=t10.ATA",
	     "IDNAME=/dev/xvda2");
	edit(&g->plan.steps.v[0], 2, "/etc/devices", 3, "DEVNAME=/dev/sda2",
	     "DEVNAME=/dev/xvda2");
}

static void test_lvm_on_one_of_several_disks(void **state)
{
	struct guest *g = *state;

	lvm_device(g);
	disk(g, "other.img");
	plan_lvm(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 0);
}

/* A file system without a partition table around it. */
static void test_a_bare_disk_by_uuid(void **state)
{
	struct guest *g = *state;
	struct volume_fact v = {.disk = "data.img", .fs = "ext4", .uuid = "1-2-3"};

	memset(&g->platform->steps, 0, sizeof(g->platform->steps));
	disk(g, "data.img");
	need(vec_push(g->arena, &g->facts.volumes, v));
	disk_name(g, "/dev/sdb", 4, "data.img");
	disk_name(g, "/dev/sdb1", 5, "data.img, partition 1");
	device(g, "disk", "data.img");
	broken(g, "names", ANSWER_FIXABLE, "fstab has /dev/sdb")->remedy = "write UUID=";
	plan(g);
	assert_int_equal(g->plan.steps.v[0].edits.n, 1);
	edit(&g->plan.steps.v[0], 0, "/etc/fstab", 4, "/dev/sdb", "UUID=1-2-3");
}

/* What the procedure does not know of is done before the guest is shut down. */
static void test_remedies_beside_a_procedure(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-128.el5.x86_64");
	device(g, "network", "eth0");
	missing_at(g, "alias", "/etc/modprobe.conf", 0);
	broken(g, "platform", ANSWER_FIXABLE, "a word is there")->remedy = "take it off";
	plan(g);
	steps(g, "alias remedy shut-down machine-nic start check-card");
}

/* A package does not lift a prohibition. */
static void test_a_forbidden_driver(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-53.el5.x86_64");
	device(g, "network", "eth0");
	broken(g, "loads", ANSWER_FIXABLE, "forbidden")->remedy = "remove that line";
	plan(g);
	steps(g, "remedy shut-down machine-nic start check-card");
	assert_string_equal(g->plan.steps.v[0].text, "remove that line");
}

static void test_helpers_call_for_nothing(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-53.el5.x86_64");
	device(g, "network", "eth0");
	g->verdict.devices.v[0].optional = true;
	no_package(g);
	broken(g, "loads", ANSWER_BLOCKED, "no");
	plan(g);
	steps(g, "");
	assert_int_equal(g->plan.obstacles.n, 0);
}

/* Guests choose their names: none of them becomes a command or drives a terminal. */
static void test_hostile_names(void **state)
{
	struct guest *g = *state;
	const struct plan_step *s;

	boots(g, "kernel-2.6.18-53.el5.x86_64");
	g->facts.machine.name = "x; reboot";
	device(g, "network", "e`id`\033[2J");
	no_package(g);
	plan(g);
	s = step(g, "check-card");
	assert_string_equal(s->commands.v[0],
			    "ifconfig \"$(printf 'e\\140id\\140\\033\\1332J')\"");
	assert_string_equal(s->title, "Check that e`id`\\x1b[2J works");
	assert_string_equal(step(g, "start")->commands.v[0], "virsh start 'x; reboot'");
}

static void describe(struct guest *g)
{
	struct machine *m = &g->facts.machine;
	struct machine_disk d = {.target = "hdb",
				 .bus = "ide",
				 .device = "disk",
				 .disk = "data.img",
				 .emulated = true,
				 .line = 4,
				 .entry = "phy:/dev/vg/data,hdb,w"};
	struct machine_nic n = {.type = "ioemu",
				.emulated = true,
				.line = 5,
				.entry = "type=ioemu, bridge=xenbr0"};

	m->source = "guest.cfg";
	m->format = "xl";
	m->hypervisor = "xen";
	m->name = "rhel5";
	need(vec_push(g->arena, &m->disks, d));
	need(vec_push(g->arena, &m->nics, n));
}

static void test_description_of_the_machine(void **state)
{
	struct guest *g = *state;

	disk(g, "system.img");
	disk(g, "data.img");
	describe(g);
	boots(g, "kernel-2.6.18-128.el5.x86_64");
	device(g, "disk", "data.img");
	broken(g, "machine", ANSWER_FIXABLE, "hdb")->source =
		(struct source){.disk = "guest.cfg", .line = 4};
	device(g, "network", "eth0");
	broken(g, "machine", ANSWER_FIXABLE, "ioemu")->source =
		(struct source){.disk = "guest.cfg", .line = 5};
	plan(g);
	steps(g, "shut-down machine-nic machine-disk start-file check-card check-disk");
	edit(step(g, "machine-disk"), 0, "guest.cfg", 4, "phy:/dev/vg/data,hdb,w",
	     "phy:/dev/vg/data,xvdb,w");
	edit(step(g, "machine-nic"), 0, "guest.cfg", 5, "type=ioemu, bridge=xenbr0",
	     "bridge=xenbr0");
	assert_string_equal(step(g, "start-file")->commands.v[0], "xm create guest.cfg");
	g->facts.machine.format = "libvirt"; /* xm reads no XML */
	plan(g);
	assert_string_equal(step(g, "start-domain")->commands.v[0],
			    "virsh define guest.cfg");
	g->facts.machine.format = "xl";
	plan(g);
	assert_null(step(g, "machine-disk")->text); /* its lines are told */
}

/* A description that offers the devices so already is left alone. */
static void test_described_as_it_should_be(void **state)
{
	struct guest *g = *state;

	describe(g);
	boots(g, "kernel-2.6.18-53.el5.x86_64");
	device(g, "network", "eth0");
	no_package(g);
	plan(g);
	steps(g, "rhel5-package shut-down start-file check-card");
}

static void test_what_stays(void **state)
{
	struct guest *g = *state;

	boots(g, "kernel-2.6.18-128.el5.x86_64");
	device(g, "disk", "system.img");
	g->verdict.devices.v[0].stays_emulated = true;
	g->verdict.devices.v[0].stays_text = "GRUB is on it";
	need(vec_push(g->arena, &g->verdict.remarks, "taken for granted"));
	plan(g);
	assert_int_equal(g->plan.remarks.n, 2);
	assert_string_equal(g->plan.remarks.v[0],
			    "system.img stays as it is: GRUB is on it");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rhel5_pae),
		TEST(test_every_kernel_gets_its_package),
		TEST(test_every_card_has_its_line),
		TEST(test_rhel3),
		TEST(test_startup_of_a_module_that_is_there),
		TEST(test_rhel4),
		TEST(test_rhel6_0),
		TEST(test_nothing_to_do),
		TEST(test_blocked),
		TEST(test_card_without_a_driver_stays_as_it_is),
		TEST(test_remedies),
		TEST(test_every_initramfs_of_the_menu_gets_the_driver),
		TEST(test_only_the_kernels_that_were_named),
		TEST(test_a_kernel_that_is_not_offered),
		TEST(test_dracut_keeps_drivers_in_a_file_of_its_own),
		TEST(test_alpine_keeps_drivers_in_a_feature_of_its_own),
		TEST(test_suse_keeps_drivers_in_its_list),
		TEST(test_a_list_of_suse_may_be_empty_or_have_it),
		TEST(test_suse_without_a_plain_list_gets_a_line),
		TEST(test_red_hat_keeps_drivers_by_aliases),
		TEST(test_rhel_3_keeps_them_in_modules_conf),
		TEST(test_no_driver_of_a_hostile_name),
		TEST(test_every_entry_of_the_menu_names_root_by_uuid),
		TEST(test_a_kernel_alone_finds_root_by_partuuid),
		TEST(test_a_word_that_forbids_goes_away),
		TEST(test_a_quoted_word_goes_away_with_its_quotes),
		TEST(test_a_word_gets_another_one_beside_it),
		TEST(test_a_word_that_forbids_others_too_is_left_to_people),
		TEST(test_a_line_that_forbids_becomes_a_comment),
		TEST(test_every_initramfs_that_forbids_is_changed),
		TEST(test_a_stale_index_gets_the_line),
		TEST(test_names_by_uuid),
		TEST(test_luks_by_uuid),
		TEST(test_no_uuid_of_two),
		TEST(test_no_uuid_of_two_for_root),
		TEST(test_what_is_changed_once_is_one_step),
		TEST(test_plain_crypt_by_partuuid),
		TEST(test_no_name_lasts),
		TEST(test_a_part_of_a_word),
		TEST(test_names_in_every_initramfs),
		TEST(test_a_warning_of_a_line_that_is_mended),
		TEST(test_names_in_the_initramfs_that_was_named),
		TEST(test_a_hostile_uuid),
		TEST(test_device_map),
		TEST(test_device_map_of_several_disks),
		TEST(test_lvm_takes_the_new_bus),
		TEST(test_lvm_inside_the_initramfs),
		TEST(test_lvm_finds_a_volume_by_its_name),
		TEST(test_lvm_on_one_of_several_disks),
		TEST(test_a_bare_disk_by_uuid),
		TEST(test_remedies_beside_a_procedure),
		TEST(test_a_forbidden_driver),
		TEST(test_helpers_call_for_nothing),
		TEST(test_hostile_names),
		TEST(test_description_of_the_machine),
		TEST(test_described_as_it_should_be),
		TEST(test_what_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
