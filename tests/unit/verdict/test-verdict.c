/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each link of the chain, broken one at a time, and the reason that is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "verdict.h"

static const char PLATFORM[] =
	"format: 1\n"
	"id: test\n"
	"name: Test\n"
	"summary: a platform for tests\n"
	"archs: [x86_64, i386]\n"
	"firmware: [bios, uefi]\n"
	"sources:\n"
	"- {id: book, title: The book, url: 'https://example.org/'}\n"
	"drivers:\n"
	"- id: bus\n"
	"  name: bus\n"
	"  modules: [virtio_pci]\n"
	"  options: [CONFIG_BUS]\n"
	"  binds: [pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00]\n"
	"- {id: blk, name: block device, modules: [virtio_blk, old_blk],\n"
	"   binds: ['virtio:d00000002v00001AF4'], cite: ['book#1']}\n"
	"- {id: scsi, name: SCSI host, modules: [virtio_scsi],\n"
	"   binds: ['virtio:d00000008v00001AF4']}\n"
	"- {id: sd, name: SCSI disks, modules: [sd_mod]}\n"
	"- {id: net, name: network device, modules: [virtio_net],\n"
	"   binds: ['virtio:d00000001v00001AF4']}\n"
	"devices:\n"
	"- role: boot-disk\n"
	"  choices: &disks\n"
	"  - {id: blk, name: block, driver: blk, needs: [bus], disk-prefix: vd}\n"
	"  - {id: scsi, name: SCSI, driver: scsi, needs: [bus, sd], disk-prefix: sd}\n"
	"- {role: disk, choices: *disks}\n"
	"- role: network\n"
	"  choices:\n"
	"  - {id: net, name: network, driver: net, needs: [bus],\n"
	"     not-with-words: [nopv, unplug=never]}\n"
	"remedies:\n"
	"- {id: cloud, mends: driver, distros: [debian], flavours: ['cloud-*'],\n"
	"   ready-after: true, text: 'install the kernel that has {module}'}\n"
	"support:\n"
	"- {id: deb, distros: [debian], from: '11', to: '12', answer: supported,\n"
	"   verified: true, cite: [book]}\n";

struct fixture {
	struct sample s;
	struct platform *platform;
	struct verdict verdict;
	struct verdict_options options;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err e = ERR_INIT;

	memset(&f, 0, sizeof(f));
	sample_init(&f.s);
	*state = &f;
	/* sample guests have old_blk looked for */
	sample_absent(&f.s, "old_blk");
	if (platform_parse(slice_str(PLATFORM), "test.yaml", f.s.arena, &f.platform, &e) <
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

static const struct choice_verdict *judge(struct fixture *f, const char *role)
{
	struct err e = ERR_INIT;

	assert_int_equal(verdict_judge(&f->s.facts, f->platform, &f->options, f->s.arena,
				       &f->verdict, &e),
			 0);
	for (size_t i = 0; i < f->verdict.devices.n; i++) {
		const struct device_verdict *d = &f->verdict.devices.v[i];

		if (strcmp(d->role, role) == 0)
			return &d->choices.v[0];
	}
	fail_msg("no device %s", role);
	return NULL;
}

/* The first choice of the device has this answer for this reason. */
static const struct link *expect(struct fixture *f, const char *role, enum answer answer,
				 const char *rule, const char *text)
{
	const struct choice_verdict *c = judge(f, role);
	const struct link *l = &c->chain.v[c->decides];

	if (c->answer != answer || strcmp(l->rule, rule) != 0 || !strstr(l->text, text))
		fail_msg("%s, %s: %s", answer_name(c->answer), l->rule, l->text);
	return l;
}

/* Is it the copy in the initramfs that gets loaded, or the module on the disk? */
static void load_early(struct fixture *f, bool early)
{
	sample_kernel(&f->s)->initramfs.loads = early ? "udev" : "none";
}

#define BOOT(answer, rule, text) expect(f, "boot-disk", ANSWER_##answer, rule, text)

static void test_ready(void **state)
{
	struct fixture *f = *state;
	const struct choice_verdict *c = judge(f, "boot-disk");

	for (size_t i = 0; i < c->chain.n; i++)
		if (c->chain.v[i].state != ANSWER_READY)
			fail_msg("%s: %s", c->chain.v[i].rule, c->chain.v[i].text);
	assert_int_equal(f->verdict.answer, ANSWER_READY);
	assert_int_equal(f->verdict.support, SUPPORT_SUPPORTED);
	assert_string_equal(f->verdict.support_rows.v[0].cites.v[0].title, "The book");
	assert_int_equal(f->verdict.devices.n, 2);
	BOOT(READY, "boot-loader", "GRUB 2 starts by BIOS from web01.qcow2");
}

static void test_kernel(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact *k = sample_kernel(&f->s);

	k->image_state = "empty";
	BOOT(BLOCKED, "kernel", "is empty (0 bytes)");
	k->image_state = "absent";
	BOOT(BLOCKED, "kernel", "does not exist");
	k->image_state = "broken";
	k->image_problem = "no setup header";
	BOOT(UNKNOWN, "kernel", "no setup header");
	k->image_state = "ok";
	k->image_release = "6.1.0-57-amd64";
	BOOT(UNKNOWN, "kernel", "says that it is 6.1.0-57-amd64, not " SAMPLE_RELEASE);
	k->image_release = SAMPLE_RELEASE;
	BOOT(READY, "boot-loader", "");
	k->arch = "s390x";
	BOOT(BLOCKED, "loads", "is for x86_64, the kernel for s390x");
	k->arch = NULL;
	BOOT(UNKNOWN, "kernel", "architecture");
	k->is_default = false;
	BOOT(UNKNOWN, "kernel", "which of 1 kernels");
	f->s.facts.kernels.n = 0;
	BOOT(UNKNOWN, "kernel", "no kernel was found");
}

static void test_driver_missing(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact *k = sample_kernel(&f->s);
	const struct link *l;

	sample_module(&f->s, "virtio_blk")->state = "absent";
	BOOT(BLOCKED, "driver", "virtio_blk is neither in /lib/modules/");
	k->flavour = "cloud-amd64";
	l = BOOT(FIXABLE, "driver", "neither in");
	assert_string_equal(l->remedy, "install the kernel that has virtio_blk");
	sample_module(&f->s, "old_blk")->state = NULL;
	BOOT(UNKNOWN, "driver", "was not looked for");
}

static void test_module_file(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "virtio_blk");

	load_early(f, false);
	m->state = "broken";
	m->problem = "not an ELF\033 file";
	BOOT(BLOCKED, "driver", "virtio_blk is damaged: not an ELF\\x1b file");
	m->state = "file";
	m->arch = "i686";
	BOOT(BLOCKED, "loads", "virtio_blk is for i686, the kernel for x86_64");
	m->arch = "x86_64";
	m->crc_agrees = KNOWN_NO;
	m->crc_problem = "module_layout differs from ext4's";
	BOOT(BLOCKED, "loads", "module_layout differs");
	m->crc_agrees = KNOWN_NOT;
	BOOT(UNKNOWN, "loads", "could not be compared");
	m->crc_agrees = KNOWN_YES;
	m->dep_file_agrees = KNOWN_NO;
	BOOT(FIXABLE, "loads", "modules.dep is stale");
	m->dep_file_agrees = KNOWN_YES;
	m->depends.n = m->closure.n = 0;
	load_early(f, true);
	BOOT(READY, "boot-loader", "");
}

static void test_vermagic(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "virtio_blk");

	m->vermagic = "6.1.0-55-amd64 SMP preempt mod_unload modversions";
	sample_copy(&f->s, "virtio_blk")->vermagic = m->vermagic;
	BOOT(READY, "boot-loader", ""); /* its CRCs agree */
	load_early(f, false);
	m->crc_agrees = KNOWN_NOT;
	BOOT(UNKNOWN, "loads", "was built for 6.1.0-55-amd64");
	m->vermagic = "6.1.0-55-amd64 SMP preempt mod_unload";
	BOOT(BLOCKED, "loads", "was built for 6.1.0-55-amd64");
	m->vermagic = SAMPLE_RELEASE " SMP mod_unload modversions";
	BOOT(BLOCKED, "loads", "its neighbour virtio as");
	m->vermagic = NULL;
	BOOT(UNKNOWN, "loads", "which kernel virtio_blk is for");
}

static void test_closure(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "virtio_blk");
	struct module_fact *need = sample_module(&f->s, "virtio");

	load_early(f, false);
	need->state = "broken";
	BOOT(BLOCKED, "loads", "virtio_blk needs virtio, which is damaged");
	need->state = "file";
	need->arch = "i386";
	BOOT(BLOCKED, "loads", "virtio is for i386");
	need->arch = "x86_64";
	m->closure.n = 0;
	BOOT(UNKNOWN, "loads", "all that virtio_blk needs");
	m->closure.n = 1;
	assert_true(vec_push(f->s.arena, &m->closure_missing, "gone"));
	BOOT(BLOCKED, "loads", "needs gone, which is missing");
}

static void test_forbidden(void **state)
{
	struct fixture *f = *state;
	struct facts *facts = &f->s.facts;
	struct modprobe_fact *line;

	load_early(f, false);
	sample_modprobe(&f->s, "blacklist", "virtio-blk", NULL);
	expect(f, "boot-disk", ANSWER_FIXABLE, "loads",
	       "/etc/modprobe.d/local.conf forbids virtio_blk");
	line = &facts->modprobe.v[0];
	line->kind = "install";
	line->argument = "/bin/false";
	BOOT(FIXABLE, "loads", "install virtio-blk /bin/false");
	line->module = "virtio";
	BOOT(FIXABLE, "loads", "forbids virtio: install");
	line->kind = "blacklist"; /* not of what another module needs */
	assert_null(strstr(BOOT(FIXABLE, "initramfs", "")->text, "forbids"));
	line->kind = "install";
	line->argument = "/usr/local/bin/strange";
	BOOT(UNKNOWN, "loads", "runs a command instead");
	line->kind = "options";
	load_early(f, true);
	BOOT(READY, "boot-loader", "");
	facts->boot.entries.v[0].cmdline = "ro modprobe.blacklist=floppy,virtio-blk";
	BOOT(FIXABLE, "loads", "the command line has modprobe.blacklist=");
	/* the kernel itself refuses this one, whoever asks for it */
	facts->boot.entries.v[0].cmdline = "ro module_blacklist=virtio";
	BOOT(FIXABLE, "loads", "the command line has module_blacklist=virtio");
}

/* Words of the command line that keep a platform's drivers away. */
static void test_a_line_with_more_behind_the_name_is_no_word(void **state)
{
	struct fixture *f = *state;
	const struct link *l;

	sample_modprobe(&f->s, "blacklist", "virtio_blk", "# as of old=1");
	load_early(f, false);
	l = BOOT(FIXABLE, "loads", "forbids virtio_blk");
	assert_null(l->word);
}

/* One inside of the initramfs is not in the menu of the boot loader. */
static void test_a_word_inside_goes_with_the_initramfs(void **state)
{
	struct fixture *f = *state;
	const struct modprobe_fact word = {
		"blacklist", "virtio-blk", "rd.driver.blacklist=virtio-blk",
		.source = {.path = "etc/cmdline.d/x.conf", .line = 1}};
	const struct link *l;

	load_early(f, true);
	assert_true(
		vec_push(f->s.arena, &sample_kernel(&f->s)->initramfs.modprobe, word));
	l = BOOT(FIXABLE, "initramfs",
		 "etc/cmdline.d/x.conf forbids virtio_blk: "
		 "rd.driver.blacklist=virtio-blk");
	assert_null(l->word);
	assert_int_equal(l->source.line, 1);
}

static void test_words(void **state)
{
	struct fixture *f = *state;
	const char **cmdline = &f->s.facts.boot.entries.v[0].cmdline;

	*cmdline = "root=UUID=1 nopvx unplug=nics nopv=1";
	expect(f, "network", ANSWER_READY, "driver", "virtio_pci is there");
	*cmdline = "root=UUID=1 nopv ro";
	expect(f, "network", ANSWER_FIXABLE, "platform", "the command line has nopv");
	*cmdline = "unplug=never";
	expect(f, "network", ANSWER_FIXABLE, "platform", "has unplug=never");
	BOOT(READY, "boot-loader", "");
}

static void test_binds(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "virtio_blk");

	m->aliases.v[0] = "virtio:d00000009v*";
	BOOT(BLOCKED, "binds", "virtio_blk does not take the block device");
	m->aliases.n = 0;
	BOOT(UNKNOWN, "binds", "does not say which devices");
}

/* A name in a file of the initramfs. */
static struct name_fact *inside(struct fixture *f, const char *where, const char *spec,
				bool needed)
{
	name_list *list = &sample_kernel(&f->s)->initramfs.names;
	struct name_fact n = {.where = where,
			      .spec = spec,
			      .target = "x",
			      .kind = "bus-name",
			      .needed = needed,
			      .resolves_to = "web01.qcow2, partition 1",
			      .source = {.path = "conf/x", .line = 3}};

	list->n = 0;
	assert_true(vec_push(f->s.arena, list, n));
	return &list->v[0];
}

static void test_names_in_the_initramfs(void **state)
{
	struct disk_fact other = {.name = "other.img"};
	struct fixture *f = *state;
	const struct choice_verdict *c;
	struct name_fact *n;
	const struct link *l;
	size_t warnings;

	n = inside(f, "crypttab", "/dev/sda3", true);
	l = BOOT(FIXABLE, "names",
		 "conf/x:3 in the initramfs has /dev/sda3, but disks are named "
		 "/dev/vd... here");
	assert_non_null(strstr(l->remedy, "in /etc/crypttab (blkid prints it), then "));
	n->where = "mdadm.conf";
	n->target = "DEVICE";
	l = BOOT(FIXABLE, "names", "conf/x:3 in the initramfs has /dev/sda3");
	assert_non_null(strstr(l->remedy, "write DEVICE partitions in mdadm.conf"));
	n->resolves_to = NULL;
	BOOT(FIXABLE, "names", "conf/x:3 in the initramfs");
	inside(f, "crypttab", "/dev/vda3", true);
	BOOT(READY, "boot-loader", "");
	inside(f, "crypttab", "/dev/sda3", false);
	BOOT(READY, "boot-loader", "");
	warnings = 0;
	c = judge(f, "boot-disk");
	for (size_t i = 0; i < c->chain.n; i++)
		warnings += c->chain.v[i].warning;
	assert_int_equal(warnings, 1);
	assert_true(vec_push(f->s.arena, &f->s.facts.disks, other));
	n = inside(f, "crypttab", "/dev/sdb3", true);
	BOOT(FIXABLE, "names", "conf/x:3 in the initramfs");
	n->resolves_to = "other.img, partition 3";
	BOOT(READY, "boot-loader", "");
}

/* A pattern that takes the new names, too, keeps nothing away. */
static void test_where_mdadm_looks(void **state)
{
	static const struct {
		const char *spec;
		enum answer one, two; /* of one disk, of two */
	} rows[] = {
		{"/dev/vd[a-z]*", ANSWER_READY, ANSWER_READY},
		{"/dev/vda*", ANSWER_READY, ANSWER_FIXABLE},
		{"/dev/vd?2", ANSWER_FIXABLE, ANSWER_FIXABLE},
		{"/dev/sd*", ANSWER_FIXABLE, ANSWER_FIXABLE},
	};
	struct volume_fact member = {.disk = "web01.qcow2",
				     .name = "partition 1",
				     .number = 1,
				     .fs = "linux_raid_member"};
	struct disk_fact other = {.name = "other.img"};
	struct fixture *f = *state;

	inside(f, "mdadm.conf", "/dev/vd*", true)->target = "DEVICE";
	BOOT(FIXABLE, "names", "conf/x:3 in the initramfs has /dev/vd*");
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, member));
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		size_t row = i % ARRAY_LEN(rows);
		struct name_fact *n = inside(f, "mdadm.conf", rows[row].spec, true);

		if (i == ARRAY_LEN(rows))
			assert_true(vec_push(f->s.arena, &f->s.facts.disks, other));
		n->target = "DEVICE";
		n->resolves_to = NULL;
		assert_int_equal(judge(f, "boot-disk")->answer,
				 i == row ? rows[row].one : rows[row].two);
	}
}

/* It is waited for, and the start goes on. */
static void test_resume_in_the_initramfs(void **state)
{
	static const char *const words[] = {"resume=UUID=1", "noresume"};
	struct fixture *f = *state;
	const struct choice_verdict *c;
	struct name_fact *n;
	size_t warnings = 0;

	n = inside(f, "resume.conf", "/dev/sda5", false);
	BOOT(READY, "boot-loader", "");
	c = judge(f, "boot-disk");
	for (size_t i = 0; i < c->chain.n; i++)
		if (c->chain.v[i].warning) {
			assert_non_null(
				strstr(c->chain.v[i].text,
				       "the start waits for it, then goes on without"));
			warnings++;
		}
	assert_int_equal(warnings, 1);
	n->where = "resume=";
	n->source.path = "etc/cmdline.d/x.conf";
	c = judge(f, "boot-disk");
	assert_true(c->chain.v[c->decides].state == ANSWER_READY);
	for (size_t w = 0; w < 2; w++) {
		f->s.facts.boot.entries.v[0].cmdline = words[w];
		c = judge(f, "boot-disk");
		for (size_t i = 0; i < c->chain.n; i++)
			assert_false(c->chain.v[i].warning);
	}
}

static void test_builtin(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact *k = sample_kernel(&f->s);
	static const char *const names[] = {"virtio", "virtio_blk", "virtio_pci", "ext4",
					    "sd_mod"};

	for (size_t i = 0; i < 5; i++)
		sample_module(&f->s, names[i])->state = "builtin";
	k->initramfs.path = NULL;
	k->initramfs.state = "absent";
	f->s.facts.names.v[0].kind = "partuuid";
	BOOT(READY, "boot-loader", "");
	f->s.facts.names.v[0].kind = "uuid";
	BOOT(FIXABLE, "names", "without an initramfs the kernel cannot follow UUID=1");
	f->s.facts.names.v[0].kind = "partuuid";
	sample_module(&f->s, "virtio_blk")->aliases.n = 0;
	BOOT(READY, "boot-loader", "");
}

/* A boot entry that names an initramfs which is not there, and all drivers built in. */
static void test_builtin_and_no_such_initramfs(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	static const char *const names[] = {"virtio", "virtio_blk", "virtio_pci", "ext4"};

	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		sample_module(&f->s, names[n])->state = "builtin";
	BOOT(READY, "boot-loader", "");
	i->state = "absent";
	BOOT(FIXABLE, "initramfs", "/boot/initrd.img-" SAMPLE_RELEASE " does not exist");
	i->state = "empty"; /* of microcode alone, say: as if there were none */
	BOOT(FIXABLE, "names", "without an initramfs the kernel cannot follow UUID=1");
	f->s.facts.names.v[0].kind = "partuuid";
	BOOT(READY, "boot-loader", "");
	i->state = "broken";
	i->problem = "gzip: ends too early";
	BOOT(UNKNOWN, "initramfs", "could not be read: gzip: ends too early");
}

static void test_option(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact *k = sample_kernel(&f->s);

	sample_module(&f->s, "virtio_pci")->state = "absent";
	BOOT(UNKNOWN, "driver", "neither virtio_pci nor the kernel's configuration");
	assert_true(vec_push(f->s.arena, &k->configs, "CONFIG_BUS=y"));
	BOOT(READY, "boot-loader", "");
	k->configs.v[0] = "CONFIG_BUS=n";
	BOOT(BLOCKED, "driver", "virtio_pci is neither");
}

static void test_initramfs(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	const struct link *l;

	sample_copy(&f->s, "virtio_blk")->state = "absent";
	l = BOOT(FIXABLE, "initramfs",
		 "virtio_blk is not in /boot/initrd.img-" SAMPLE_RELEASE
		 " (initramfs-tools, MODULES=most)");
	assert_string_equal(l->remedy, "add virtio_blk to /etc/initramfs-tools/modules, "
				       "then update-initramfs -u -k " SAMPLE_RELEASE);
	i->generator = "dracut";
	l = BOOT(FIXABLE, "initramfs", "(dracut");
	assert_non_null(strstr(l->remedy, "dracut --force --add-drivers \"virtio_blk\""));
	f->s.facts.boot.loader = "lilo";
	l = BOOT(FIXABLE, "initramfs", "(dracut");
	assert_non_null(strstr(l->remedy, " " SAMPLE_RELEASE ", then lilo"));
	f->s.facts.boot.loader = "grub2";
	i->path = sample_kernel(&f->s)->image;
	l = BOOT(FIXABLE, "initramfs", "(dracut");
	assert_non_null(strstr(l->remedy, "rebuild /boot/vmlinuz"));
	i->path = "/boot/initrd";
	i->state = "partly";
	BOOT(UNKNOWN, "initramfs", "whether virtio_blk is in");
	i->state = "empty";
	BOOT(FIXABLE, "initramfs", "is empty, and");
	i->state = "absent";
	BOOT(FIXABLE, "initramfs", "does not exist, and");
	i->path = NULL;
	BOOT(FIXABLE, "initramfs", "no initramfs is loaded, and");
	i->path = "/boot/initrd";
	i->state = "broken";
	i->problem = "gzip: ends too early";
	BOOT(UNKNOWN, "initramfs", "gzip: ends too early");
	i->state = "read";
	i->kernel = "6.1.0-9-amd64";
	BOOT(FIXABLE, "initramfs", "holds modules of 6.1.0-9-amd64");
}

static void test_initramfs_copy(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	struct module_fact *copy = sample_copy(&f->s, "virtio_blk");

	copy->state = "broken";
	BOOT(FIXABLE, "initramfs", "virtio_blk is damaged");
	copy->state = "file";
	copy->vermagic = "6.1.0-55-amd64 SMP preempt mod_unload";
	BOOT(FIXABLE, "initramfs", "was built for 6.1.0-55-amd64");
	copy->vermagic = SAMPLE_VERMAGIC;
	i->modules.v[0] = "other"; /* was virtio */
	BOOT(FIXABLE, "initramfs", "virtio is not in");
	i->modules.v[0] = "virtio";
	sample_copy(&f->s, "ext4")->state = "absent";
	BOOT(FIXABLE, "initramfs", "ext4 is not in");
	f->s.facts.root_fs = NULL;
	BOOT(UNKNOWN, "root", "the file system of / was not found");
}

/* What the driver of / needs may be missing, too. */
static void test_root_driver_needs(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "ext4");

	assert_true(vec_push(f->s.arena, &m->closure_missing, "jbd2"));
	BOOT(BLOCKED, "root", "ext4 needs jbd2, which is missing");
	m->closure_missing.n = 0;
	sample_add(&f->s, "jbd2", NULL, NULL, true);
	m = sample_module(&f->s, "ext4"); /* the list may have moved */
	assert_true(vec_push(f->s.arena, &m->depends, "jbd2"));
	BOOT(UNKNOWN, "root", "all that ext4 needs was not found out");
	assert_true(vec_push(f->s.arena, &m->closure, "jbd2"));
	BOOT(READY, "boot-loader", "");
	sample_module(&f->s, "jbd2")->state = "broken";
	BOOT(BLOCKED, "root", "ext4 needs jbd2, which is damaged");
}

static void test_initramfs_loading(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	static const char *const order[] = {"virtio", "virtio_pci", "virtio_blk", "ext4",
					    "sd_mod"};

	i->alias_index = false;
	BOOT(FIXABLE, "initramfs", "has no modules.alias");
	i->loads = "script";
	BOOT(FIXABLE, "initramfs", "its script does not load virtio_blk");
	for (size_t n = 0; n < 5; n++)
		assert_true(vec_push(f->s.arena, &i->listed, order[n]));
	BOOT(READY, "boot-loader", "");
	i->listed.v[0] = "virtio_blk"; /* before what it needs */
	i->listed.v[2] = "virtio";
	BOOT(FIXABLE, "initramfs", "or too early");
	i->loads = "list";
	BOOT(READY, "boot-loader", "");
	i->listed.n = 0;
	BOOT(FIXABLE, "initramfs", "nothing loads it");
	i->loads = NULL;
	BOOT(UNKNOWN, "initramfs", "how it loads");
}

/* The init of Alpine Linux has words of its own on the command line. */
static void test_alpine(void **state)
{
	struct fixture *f = *state;
	const char **cmdline = &f->s.facts.boot.entries.v[0].cmdline;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	const struct link *l;

	i->generator = "mkinitfs";
	*cmdline = "root=UUID=1 modules=sd-mod,usb-storage";
	l = BOOT(FIXABLE, "root", "loads ext4 only where modules= or rootfstype=");
	assert_string_equal(l->remedy,
			    "add rootfstype=ext4 to the kernel's command line");
	*cmdline = "root=UUID=1 modules=sd-mod,usb-storage,ext4";
	BOOT(READY, "boot-loader", "");
	*cmdline = "root=UUID=1 rootfstype=ext4 blacklist=floppy,virtio-blk";
	BOOT(FIXABLE, "loads", "the command line has blacklist=floppy,virtio-blk");
	*cmdline = "root=UUID=1 blacklist=virtio";
	assert_true(vec_push(f->s.arena, &i->listed, "ext4"));
	BOOT(READY, "boot-loader", "");
	i->generator = "dracut";
	*cmdline = "root=UUID=1 blacklist=virtio-blk";
	BOOT(READY, "boot-loader", "");
}

/* The copies inside have indexes of their own. */
static void test_initramfs_indexes(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	struct module_fact *copy = sample_copy(&f->s, "virtio_blk");

	copy->dep_file_agrees = KNOWN_NO;
	copy->dep_file_problem = "modules.dep does not name it";
	BOOT(FIXABLE, "initramfs", "its indexes are stale: modules.dep does not name it");
	copy->dep_file_agrees = KNOWN_NOT;
	BOOT(UNKNOWN, "initramfs", "whether its indexes name virtio_blk is not known");
	i->generator = "booster";
	BOOT(READY, "boot-loader", "");
	i->generator = "initramfs-tools";
	copy->dep_file_agrees = KNOWN_YES;
	copy->in_alias_file = KNOWN_NO;
	BOOT(FIXABLE, "initramfs", "modules.alias does not name it");
	copy->in_alias_file = KNOWN_NOT;
	BOOT(UNKNOWN, "initramfs", "whether its indexes name virtio_blk is not known");
	/* by its name it is found without an alias */
	assert_true(vec_push(f->s.arena, &i->listed, "virtio_blk"));
	BOOT(READY, "boot-loader", "");
}

/* The fault of the file on the disk, in a chain that is whole all the same. */
static void expect_until_rebuild(struct fixture *f, const char *text)
{
	const struct choice_verdict *c = judge(f, "boot-disk");

	assert_int_equal(c->answer, ANSWER_READY);
	for (size_t i = 0; i < c->chain.n; i++)
		if (c->chain.v[i].until_rebuild && strstr(c->chain.v[i].text, text))
			return;
	fail_msg("no link says \"%s\"", text);
}

/* What is wrong with the disk's modules does not matter to a copy that was made before.
 */
static void test_loaded_from_initramfs(void **state)
{
	struct fixture *f = *state;
	struct module_fact *m = sample_module(&f->s, "virtio_blk");
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;

	sample_modprobe(&f->s, "blacklist", "virtio-blk", NULL);
	expect_until_rebuild(f, "forbids virtio_blk");
	i->modules.v[0] = "other"; /* was virtio, which virtio_blk needs */
	BOOT(FIXABLE, "loads", "forbids virtio_blk");
	/* nor does one that is damaged on the disk count as inside */
	sample_module(&f->s, "virtio")->state = "broken";
	assert_int_not_equal(judge(f, "boot-disk")->answer, ANSWER_READY);
	sample_module(&f->s, "virtio")->state = "file";
	i->modules.v[0] = "virtio";
	assert_true(vec_push(f->s.arena, &i->modprobe, f->s.facts.modprobe.v[0]));
	BOOT(FIXABLE, "loads", "forbids virtio_blk");
	i->modprobe.n = f->s.facts.modprobe.n = 0;
	m->dep_file_agrees = KNOWN_NO;
	expect_until_rebuild(f, "modules.dep is stale for virtio_blk");
	i->state = "broken";
	BOOT(UNKNOWN, "initramfs", "");
	i->state = "read";
	i->kernel = "6.1.0-55-amd64";
	BOOT(FIXABLE, "loads", "modules.dep is stale for virtio_blk");
	i->kernel = SAMPLE_RELEASE;
	/* the kernel obeys its command line, whoever asks */
	f->s.facts.boot.entries.v[0].cmdline = "ro module_blacklist=virtio_blk";
	m->dep_file_agrees = KNOWN_YES;
	BOOT(FIXABLE, "loads", "the command line has module_blacklist=virtio_blk");
	f->s.facts.boot.entries.v[0].cmdline = "ro \"module_blacklist=virtio_blk\"";
	BOOT(FIXABLE, "loads", "the command line has \"module_blacklist=virtio_blk\"");
}

static const struct link *names_link(const struct choice_verdict *c)
{
	for (size_t i = 0; i < c->chain.n; i++)
		if (strcmp(c->chain.v[i].rule, "names") == 0)
			return &c->chain.v[i];
	fail_msg("no link about names");
	return NULL;
}

static void test_names(void **state)
{
	struct fixture *f = *state;
	struct name_fact *n = &f->s.facts.names.v[1];
	const struct link *l;

	*n = (struct name_fact){.where = "fstab",
				.spec = "/dev/sda5",
				.target = "/srv",
				.kind = "bus-name",
				.needed = true,
				.resolves_to = "web01.qcow2, partition 5",
				.source = {.path = "/etc/fstab", .line = 7}};
	l = BOOT(FIXABLE, "names", "/etc/fstab:7 has /dev/sda5, but disks are named");
	assert_non_null(strstr(l->remedy, "UUID="));
	n->needed = false;
	BOOT(READY, "boot-loader", "");
	assert_non_null(strstr(names_link(judge(f, "boot-disk"))->text,
			       "/dev/sda5 in /etc/fstab will name nothing"));
	n->needed = true;
	n->spec = "/dev/vda5";
	BOOT(READY, "boot-loader", "");
	n->resolves_to = NULL;
	BOOT(UNKNOWN, "names",
	     "what /dev/vda5 in /etc/fstab will mean is not known: it is on none of "
	     "these disks; "
	     "name the guest's other disks, too");
	n->resolves_to = "web01.qcow2, partition 5";
	n->kind = "by-path";
	n->spec = "/dev/disk/by-path/x";
	BOOT(FIXABLE, "names", "names the old bus");
	n->kind = "other";
	BOOT(UNKNOWN, "names", "is not known");
	n->stable = true;
	f->s.facts.names.v[0].resolves_to = NULL;
	BOOT(UNKNOWN, "names", "is on none of these disks");
	f->s.facts.names.n = 0;
	BOOT(UNKNOWN, "names", "neither root= nor");
}

/* The volume that / was read from. */
static struct volume_fact *add_root(struct fixture *f)
{
	struct volume_fact root = {.disk = f->s.facts.root_disk, .name = "partition 1"};

	assert_true(vec_push(f->s.arena, &root.mounted_at, "/"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, root));
	return &f->s.facts.volumes.v[f->s.facts.volumes.n - 1];
}

static void test_root_of_another_volume(void **state)
{
	struct fixture *f = *state;
	struct volume_fact old = {.disk = f->s.facts.root_disk, .name = "partition 2"};

	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, old));
	add_root(f);
	BOOT(READY, "boot-loader", "starts by BIOS");
	f->s.facts.names.v[0].resolves_to = "web01.qcow2, partition 2";
	BOOT(UNKNOWN, "names",
	     "root= names web01.qcow2, partition 2, but the / that was read is on "
	     "partition 1");
	/* The halves of a mirror are one file system. */
	f->s.facts.volumes.v[0].uuid = f->s.facts.volumes.v[1].uuid = "here";
	BOOT(READY, "boot-loader", "starts by BIOS");
}

static void test_root_in_another_subvolume(void **state)
{
	struct fixture *f = *state;
	struct entry_fact *entry = &f->s.facts.boot.entries.v[0];
	struct volume_fact *root = add_root(f);

	assert_true(vec_push(f->s.arena, &root->subvolumes, "@/rootfs"));
	BOOT(READY, "boot-loader", "starts by BIOS");
	entry->cmdline = "ro rootflags=compress=zstd,subvol=/@/rootfs quiet";
	BOOT(READY, "boot-loader", "starts by BIOS");
	entry->cmdline = "ro rootflags=\"subvol=@/.snapshots/7/snapshot\"";
	BOOT(UNKNOWN, "names", "the subvolume @/.snapshots/7/snapshot");
	entry->cmdline = "ro \"rootflags=subvol=@/.snapshots/7/snapshot\"";
	BOOT(UNKNOWN, "names", "the subvolume @/.snapshots/7/snapshot");
	entry->cmdline = "ro rootflags=subvol=@/.snapshots/7/snapshot,noatime";
	BOOT(UNKNOWN, "names", "names the subvolume @/.snapshots/7/snapshot, which");
}

static void test_a_wrong_root_beside_a_right_fstab_is_fixable(void **state)
{
	struct fixture *f = *state;
	const struct link *l;

	add_root(f);
	f->s.facts.names.n = 0;
	sample_name(&f->s, "root=", "UUID=nowhere", "/", "uuid", true);
	sample_name(&f->s, "fstab", "UUID=here", "/", "uuid", true);
	f->s.facts.names.v[0].resolves_to = NULL;
	l = BOOT(FIXABLE, "names", "the / that is here has UUID=here in its fstab");
	assert_string_equal(l->remedy,
			    "name that on the kernel command line: root=UUID=here");
	f->s.facts.names.v[1].resolves_to = NULL;
	BOOT(UNKNOWN, "names", "is on none of these disks");
}

static void test_systemd_needs_no_right_name_of_root_in_fstab(void **state)
{
	struct fixture *f = *state;
	struct entry_fact *entry = &f->s.facts.boot.entries.v[0];
	const struct link *l;

	f->s.facts.names.n = 0;
	sample_name(&f->s, "root=", "UUID=here", "/", "uuid", true);
	sample_name(&f->s, "fstab", "/dev/sda1", "/", "bus-name", false);
	BOOT(FIXABLE, "names", "has /dev/sda1, but disks are named");
	f->s.facts.os.init = "/usr/lib/systemd/systemd";
	l = names_link(judge(f, "boot-disk"));
	assert_int_equal(l->state, ANSWER_READY);
	assert_non_null(strstr(l->text, "systemd takes the / that root= names"));
	assert_string_equal(l->source.path, "/etc/fstab");
	BOOT(READY, "boot-loader", "");
	entry->cmdline = "ro init=/bin/other";
	BOOT(FIXABLE, "names", "has /dev/sda1, but disks are named");
	entry->cmdline = "ro";
	f->s.facts.names.v[0].resolves_to = NULL;
	BOOT(UNKNOWN, "names", "is on none of these disks");
}

static void test_boot_loader(void **state)
{
	struct fixture *f = *state;
	struct boot_fact *b = &f->s.facts.boot;

	b->bios = false;
	BOOT(UNKNOWN, "boot-loader", "how this guest starts");
	b->uefi = true;
	BOOT(UNKNOWN, "boot-loader", "whether \\EFI\\BOOT");
	b->removable_path = KNOWN_NO;
	BOOT(FIXABLE, "boot-loader", "\\EFI\\BOOT has no boot loader");
	b->removable_path = KNOWN_YES;
	BOOT(READY, "boot-loader", "by UEFI");
	f->platform->firmware.n = 1;
	BOOT(BLOCKED, "boot-loader", "starts by UEFI only");
	b->loader = NULL;
	BOOT(UNKNOWN, "boot-loader", "no boot loader");
}

/* A machine that is given kernel and initramfs needs no boot loader, and no entry of one
 * where there is one kernel only. */
static void test_direct(void **state)
{
	struct fixture *f = *state;
	struct boot_fact *b = &f->s.facts.boot;
	struct kernel_fact *k = sample_kernel(&f->s), older = *k;

	assert_true(vec_push(f->s.arena, &b->unreplayed, k->image));
	BOOT(UNKNOWN, "boot-loader", "is not yet in its place, but in the journal");
	f->options.direct = true;
	BOOT(READY, "names", "no name changes");
	b->bios = false;
	b->loader = NULL;
	BOOT(READY, "names", "no name changes");
	b->entries.n = 0;
	k->is_default = false;
	BOOT(READY, "names", "no name changes");
	assert_string_equal(f->verdict.kernel, SAMPLE_RELEASE);
	assert_int_equal(f->verdict.fallbacks.n, 0);
	sample_copy(&f->s, "virtio_blk")->state = "absent";
	BOOT(FIXABLE, "initramfs", "virtio_blk");
	older.is_default = false;
	assert_true(vec_push(f->s.arena, &f->s.facts.kernels, older));
	BOOT(UNKNOWN, "kernel", "which of 2 kernels");
	f->s.facts.kernels.v[1].image = NULL;
	BOOT(FIXABLE, "initramfs", "virtio_blk");
	f->options.direct = false;
	BOOT(UNKNOWN, "kernel", "which of 2 kernels");
}

static void test_folder(void **state)
{
	struct fixture *f = *state;

	f->s.facts.disks.v[0].format = "directory";
	f->s.facts.boot = (struct boot_fact){0};
	for (size_t i = 0; i < f->s.facts.names.n; i++)
		f->s.facts.names.v[i].resolves_to = NULL;
	BOOT(UNKNOWN, "boot-loader", "a folder does not show it");
	f->s.facts.root_fs = NULL;
	BOOT(UNKNOWN, "root", "the file system of / was not found");
}

static void test_root_on_a_logical_volume(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;

	f->s.facts.root_volume = "LV vg0/root";
	sample_add(&f->s, "dm_mod", NULL, NULL, true);
	BOOT(FIXABLE, "root", "lvm, which finds /, is not in");
	assert_true(vec_push(f->s.arena, &i->tools, "lvm"));
	BOOT(READY, "boot-loader", "starts by BIOS");
	i->tools.n = 0;
	i->state = "partly";
	BOOT(UNKNOWN, "root", "whether lvm is in");
	i->state = "read";
	sample_module(&f->s, "dm_mod")->state = "absent";
	BOOT(BLOCKED, "root", "dm_mod");
}

static void test_root_on_an_array(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	struct volume_fact array = {.disk = "web01.qcow2",
				    .name = "MD md0",
				    .level = "raid1",
				    .array_uuid = "01234567:89abcdef:01234567:89abcdef"};
	struct volume_fact logical = {.disk = "web01.qcow2", .name = "LV vg0/root"};

	f->s.facts.root_volume = "LV vg0/root";
	assert_true(vec_push(f->s.arena, &logical.on, "web01.qcow2, MD md0"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, array));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, logical));
	sample_add(&f->s, "dm_mod", NULL, NULL, true);
	assert_true(vec_push(f->s.arena, &i->tools, "lvm"));
	BOOT(UNKNOWN, "root", "md_mod, which / needs, was not looked for");
	sample_add(&f->s, "md_mod", NULL, NULL, true);
	sample_add(&f->s, "raid1", NULL, NULL, true);
	sample_module(&f->s, "raid1")->state = "absent";
	BOOT(BLOCKED, "root", "raid1, which / needs, is missing");
	sample_module(&f->s, "raid1")->state = "builtin";
	BOOT(FIXABLE, "root", "mdadm, which finds /, is not in");
	assert_true(vec_push(f->s.arena, &i->tools, "raidautorun"));
	BOOT(READY, "boot-loader", "starts by BIOS");
}

/* A mirrored logical volume needs what makes it besides LVM itself. */
static void test_root_on_a_mirrored_volume(void **state)
{
	struct fixture *f = *state;
	struct volume_fact logical = {.disk = "web01.qcow2",
				      .name = "LV vg0/root",
				      .type = "lvm",
				      .level = "raid1"};

	f->s.facts.root_volume = "LV vg0/root";
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, logical));
	assert_true(vec_push(f->s.arena, &sample_kernel(&f->s)->initramfs.tools, "lvm"));
	sample_add(&f->s, "dm_mod", NULL, NULL, true);
	BOOT(UNKNOWN, "root", "dm_raid, which / needs, was not looked for");
	sample_add(&f->s, "dm_raid", NULL, NULL, true);
	BOOT(UNKNOWN, "root", "raid1, which / needs, was not looked for");
	sample_add(&f->s, "raid1", NULL, NULL, true);
	BOOT(READY, "boot-loader", "starts by BIOS");
	f->s.facts.volumes.v[f->s.facts.volumes.n - 1].level = "mirror";
	BOOT(UNKNOWN, "root", "dm_mirror, which / needs, was not looked for");
	sample_add(&f->s, "dm_mirror", NULL, NULL, true);
	BOOT(READY, "boot-loader", "starts by BIOS");
}

/* cryptsetup opens what it is told to open, and nothing else. */
static void test_what_opens_an_encrypted_root(void **state)
{
	struct fixture *f = *state;
	struct initramfs_fact *i = &sample_kernel(&f->s)->initramfs;
	struct volume_fact part = {.disk = "web01.qcow2", .name = "partition 5"};
	struct volume_fact opened = {
		.disk = "web01.qcow2", .name = "LUKS in partition 5", .type = "luks"};
	struct name_fact word = {.where = "rd.luks.uuid",
				 .spec = "UUID=0",
				 .kind = "uuid",
				 .stable = true,
				 .resolves_to = "web01.qcow2, partition 6"};
	static const char *const turned_off[] = {"rd.luks.crypttab=0", "luks=yes luks=no",
						 "luks.crypttab=\"false\""};
	const char *cmdline = f->s.facts.boot.entries.v[0].cmdline;
	struct name_fact *line;

	f->s.facts.root_volume = opened.name;
	f->s.facts.names.v[0].resolves_to = "web01.qcow2, LUKS in partition 5";
	part.cipher = "aes-xts-plain64";
	assert_true(vec_push(f->s.arena, &opened.on, "web01.qcow2, partition 5"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, part));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, opened));
	part.name = "partition 6";
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, part));
	sample_add(&f->s, "dm_mod", NULL, NULL, true);
	sample_add(&f->s, "dm_crypt", NULL, NULL, true);
	sample_add(&f->s, "aes_generic", NULL, NULL, true);
	sample_add(&f->s, "xts", NULL, NULL, true);
	assert_true(vec_push(f->s.arena, &i->tools, "cryptsetup"));
	BOOT(UNKNOWN, "root",
	     "what opens the encrypted / is not known: neither a crypttab");
	assert_true(vec_push(f->s.arena, &f->s.facts.names, word));
	BOOT(UNKNOWN, "root",
	     "what opens the encrypted / is not known: neither a crypttab");
	word.resolves_to = "web01.qcow2, partition 5";
	assert_true(vec_push(f->s.arena, &f->s.facts.names, word));
	BOOT(READY, "boot-loader", "starts by BIOS");
	f->s.facts.names.n -= 2;
	line = inside(f, "crypttab", "UUID=0", true);
	line->kind = "uuid";
	line->stable = true;
	line->resolves_to = "web01.qcow2, partition 5";
	BOOT(READY, "boot-loader", "starts by BIOS");
	/* systemd and dracut leave alone what is in it once words name others. */
	i->generator = "dracut";
	BOOT(READY, "boot-loader", "starts by BIOS");
	for (size_t off = 0; off < ARRAY_LEN(turned_off); off++) {
		f->s.facts.boot.entries.v[0].cmdline =
			arena_printf(f->s.arena, "%s %s", cmdline, turned_off[off]);
		BOOT(UNKNOWN, "root", "what opens the encrypted / is not known");
	}
	f->s.facts.boot.entries.v[0].cmdline = cmdline;
	word.resolves_to = "web01.qcow2, partition 6";
	assert_true(vec_push(f->s.arena, &f->s.facts.names, word));
	BOOT(UNKNOWN, "root", "what opens the encrypted / is not known");
	i->generator = "initramfs-tools";
	BOOT(READY, "boot-loader", "starts by BIOS");
	f->s.facts.names.n--;
	line->resolves_to = NULL; /* of no volume that is here */
	BOOT(UNKNOWN, "root", "what opens the encrypted / is not known");
	line->needed = false;
	BOOT(UNKNOWN, "root", "what opens the encrypted / is not known");
	line->where = "rd.luks.uuid"; /* dracut has a part of the command line inside */
	line->resolves_to = "web01.qcow2, partition 5";
	BOOT(READY, "boot-loader", "starts by BIOS");
	/* / on two of them: each has to be named. */
	assert_true(vec_push(f->s.arena,
			     &f->s.facts.volumes.v[f->s.facts.volumes.n - 2].on,
			     "web01.qcow2, partition 6"));
	BOOT(UNKNOWN, "root", "cryptdevice= names partition 6");
	word.resolves_to = "web01.qcow2, partition 6";
	assert_true(vec_push(f->s.arena, &f->s.facts.names, word));
	BOOT(READY, "boot-loader", "starts by BIOS");
}

/* The words of dracut are judged with the names of disks (test-dracut.c has them all). */
static void test_words_for_arrays(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact *k = sample_kernel(&f->s);
	struct entry_fact *entry = &f->s.facts.boot.entries.v[0];
	struct volume_fact array = {.disk = "web01.qcow2",
				    .name = "MD md0",
				    .level = "raid1",
				    .array_uuid = "01234567:89abcdef:01234567:89abcdef"};
	const char *cmdline = entry->cmdline;

	f->s.facts.root_volume = "MD md0";
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, array));
	sample_add(&f->s, "md_mod", NULL, NULL, true);
	sample_add(&f->s, "raid1", NULL, NULL, true);
	assert_true(vec_push(f->s.arena, &k->initramfs.tools, "mdadm"));
	k->initramfs.generator = "dracut";
	BOOT(UNKNOWN, "names", "neither rd.md.uuid= nor rd.auto asks for it");
	entry->cmdline = arena_printf(f->s.arena, "%s rd.auto", cmdline);
	BOOT(READY, "boot-loader", "starts by BIOS");
	entry->cmdline = arena_printf(f->s.arena, "%s rd.auto rd.md=0", cmdline);
	BOOT(FIXABLE, "names", "the command line has rd.md=0");
}

static void test_missing_mirror(void **state)
{
	struct fixture *f = *state;
	struct volume_fact array = {.disk = "web01.qcow2",
				    .name = "MD md0",
				    .level = "raid1",
				    .array_uuid = "01234567:89abcdef:01234567:89abcdef"};

	assert_true(vec_push(f->s.arena, &array.missing, "active device 1"));
	assert_true(vec_push(f->s.arena, &array.mounted_at, "/srv"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, array));
	BOOT(UNKNOWN, "kernel", "what it has that is newer was not seen");
	f->s.facts.volumes.v[f->s.facts.volumes.n - 1].level = NULL;
	BOOT(UNKNOWN, "kernel", "active device 1 of the file system at /srv");
}

/* Debian 12 was seen to wait for a group that lacked a failed image (`paravet prove`). */
static void test_incomplete_group(void **state)
{
	struct fixture *f = *state;
	struct volume_fact logical = {
		.disk = "web01.qcow2", .name = "LV vg0/srv", .type = "lvm"};

	assert_true(
		vec_push(f->s.arena, &logical.group_missing, "PV pv1 (was /dev/sdb)"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, logical));
	BOOT(READY, "boot-loader", "starts by BIOS");
	assert_true(vec_push(f->s.arena, &logical.mounted_at, "/srv"));
	f->s.facts.volumes.n--;
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, logical));
	BOOT(UNKNOWN, "kernel",
	     "PV pv1 (was /dev/sdb) of the volume group of LV vg0/srv");
}

static void test_unsound_file_system(void **state)
{
	struct fixture *f = *state;
	struct volume_fact *root = add_root(f);

	root->journal = "replayed";
	BOOT(READY, "boot-loader", "starts by BIOS");
	root->journal = "not replayed";
	BOOT(UNKNOWN, "kernel", "holds what was written last");
	root->journal = NULL;
	root->unmountable = "its first superblock is damaged";
	BOOT(FIXABLE, "kernel", "is not mounted as it is: its first superblock");
}

static void test_root_on_two_disks(void **state)
{
	struct fixture *f = *state;
	struct disk_fact disk = {.name = "second.img"};
	struct volume_fact volume = {.disk = "web01.qcow2", .name = "LV vg0/root"};

	f->s.facts.root_volume = "LV vg0/root";
	assert_true(vec_push(f->s.arena, &volume.disks, "web01.qcow2"));
	assert_true(vec_push(f->s.arena, &volume.disks, "second.img"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, volume));
	assert_true(vec_push(f->s.arena, &f->s.facts.disks, disk));
	judge(f, "boot-disk");
	assert_string_equal(f->verdict.devices.v[1].name, "second.img");
	assert_string_equal(f->verdict.devices.v[1].role, "boot-disk");
}

static void test_choices(void **state)
{
	struct fixture *f = *state;
	const struct device_verdict *d;

	judge(f, "boot-disk");
	d = &f->verdict.devices.v[0];
	assert_int_equal(d->choices.n, 2);
	assert_string_equal(d->choices.v[d->best].id, "blk");
	assert_int_equal(d->choices.v[1].answer, ANSWER_FIXABLE);
	sample_module(&f->s, "virtio_blk")->state = "absent";
	judge(f, "boot-disk");
	d = &f->verdict.devices.v[0];
	assert_string_equal(d->choices.v[d->best].id, "scsi");
	assert_int_equal(f->verdict.answer, ANSWER_FIXABLE);
	assert_true(vec_push(f->s.arena, &f->options.choices, "blk"));
	judge(f, "boot-disk");
	assert_int_equal(f->verdict.devices.v[0].choices.n, 1);
	assert_int_equal(f->verdict.answer, ANSWER_BLOCKED);
}

/* What lies in /boot of / is not what the boot loader sees when /boot is a volume. */
static void test_unseen_boot(void **state)
{
	struct fixture *f = *state;
	struct volume_fact volume = {.disk = "web01.qcow2", .name = "partition 2"};

	sample_name(&f->s, "fstab", "UUID=2", "/boot", "uuid", true);
	BOOT(UNKNOWN, "kernel", "/boot is on UUID=2, which could not be looked into");
	assert_true(vec_push(f->s.arena, &volume.mounted_at, "/boot"));
	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, volume));
	BOOT(READY, "boot-loader", "");
	f->s.facts.volumes.n = 0;
	f->s.facts.names.v[2].target = "/srv";
	BOOT(READY, "boot-loader", "");
}

static void test_data_disk(void **state)
{
	struct fixture *f = *state;
	struct disk_fact disk = {.name = "data.img"};
	struct name_fact n = {.where = "fstab",
			      .spec = "/dev/sdb1",
			      .target = "/srv",
			      .kind = "bus-name",
			      .needed = true,
			      .resolves_to = "data.img, partition 1"};

	assert_true(vec_push(f->s.arena, &f->s.facts.disks, disk));
	expect(f, "disk", ANSWER_READY, "names", "");
	assert_true(vec_push(f->s.arena, &f->s.facts.names, n));
	expect(f, "disk", ANSWER_FIXABLE, "names", "/dev/sdb1");
	BOOT(READY, "boot-loader", "");
	sample_copy(&f->s, "virtio_blk")->state = "absent"; /* not needed this early */
	f->s.facts.names.n = 2;
	expect(f, "disk", ANSWER_READY, "names", "");
}

/* Damage that takes a partition away leaves the name of it with nothing to mean: no disk
 * is better off by that. */
static void test_name_of_a_lost_partition(void **state)
{
	struct fixture *f = *state;
	struct disk_fact disk = {.name = "data.img"};
	struct name_fact n = {.where = "fstab",
			      .spec = "/dev/sdb1",
			      .target = "/srv",
			      .kind = "bus-name",
			      .needed = true};

	assert_true(vec_push(f->s.arena, &f->s.facts.disks, disk));
	assert_true(vec_push(f->s.arena, &f->s.facts.names, n));
	expect(f, "disk", ANSWER_FIXABLE, "names", "/dev/sdb1");
	BOOT(FIXABLE, "names", "/dev/sdb1");
}

static void test_fallback(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact older = *sample_kernel(&f->s);

	older.is_default = false;
	assert_true(vec_push(f->s.arena, &f->s.facts.kernels, older));
	sample_kernel(&f->s)->image_state = "empty";
	BOOT(BLOCKED, "kernel", "is empty");
	assert_int_equal(f->verdict.fallbacks.n, 1);
	assert_int_equal(f->verdict.fallbacks.v[0].answer, ANSWER_READY);
	assert_string_equal(f->verdict.fallbacks.v[0].choice, "blk");
}

static void test_exit_status(void **state)
{
	struct verdict v[3] = {{.answer = ANSWER_READY},
			       {.answer = ANSWER_FIXABLE},
			       {.answer = ANSWER_BLOCKED}};
	verdict_list list = {v, 1, 3};

	(void)state;
	assert_int_equal(verdict_exit_status(&list), 0);
	list.n = 2;
	assert_int_equal(verdict_exit_status(&list), 1);
	list.n = 3;
	assert_int_equal(verdict_exit_status(&list), 2);
	v[0].answer = ANSWER_UNKNOWN;
	assert_int_equal(verdict_exit_status(&list), 3);
	list.n = 0;
	assert_int_equal(verdict_exit_status(&list), 3);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ready),
		TEST(test_kernel),
		TEST(test_driver_missing),
		TEST(test_module_file),
		TEST(test_vermagic),
		TEST(test_closure),
		TEST(test_forbidden),
		TEST(test_a_line_with_more_behind_the_name_is_no_word),
		TEST(test_a_word_inside_goes_with_the_initramfs),
		TEST(test_words),
		TEST(test_binds),
		TEST(test_names_in_the_initramfs),
		TEST(test_where_mdadm_looks),
		TEST(test_resume_in_the_initramfs),
		TEST(test_builtin),
		TEST(test_builtin_and_no_such_initramfs),
		TEST(test_option),
		TEST(test_initramfs),
		TEST(test_initramfs_copy),
		TEST(test_root_driver_needs),
		TEST(test_initramfs_loading),
		TEST(test_alpine),
		TEST(test_initramfs_indexes),
		TEST(test_loaded_from_initramfs),
		TEST(test_names),
		TEST(test_root_of_another_volume),
		TEST(test_root_in_another_subvolume),
		TEST(test_a_wrong_root_beside_a_right_fstab_is_fixable),
		TEST(test_systemd_needs_no_right_name_of_root_in_fstab),
		TEST(test_boot_loader),
		TEST(test_direct),
		TEST(test_folder),
		TEST(test_root_on_a_logical_volume),
		TEST(test_root_on_two_disks),
		TEST(test_root_on_an_array),
		TEST(test_root_on_a_mirrored_volume),
		TEST(test_words_for_arrays),
		TEST(test_what_opens_an_encrypted_root),
		TEST(test_missing_mirror),
		TEST(test_incomplete_group),
		TEST(test_unsound_file_system),
		TEST(test_choices),
		TEST(test_unseen_boot),
		TEST(test_data_disk),
		TEST(test_name_of_a_lost_partition),
		TEST(test_fallback),
		cmocka_unit_test(test_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
