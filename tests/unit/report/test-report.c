/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person sees: fits a screen, names reason and remedy, and is safe to print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "applied_text.h"
#include "plan_text.h"
#include "report.h"
#include "sample.h"

struct fixture {
	struct sample s;
	platform_list platforms;
	verdict_list verdicts;
	struct strbuf out;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err e = ERR_INIT;

	memset(&f, 0, sizeof(f));
	sample_init(&f.s);
	f.out = (struct strbuf)STRBUF_INIT(4 << 20);
	*state = &f;
	return platform_load_dir(PLATFORMS, NULL, f.s.arena, &f.platforms, &e);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	strbuf_done(&f->out);
	sample_done(&f->s);
	return 0;
}

static const char *report(struct fixture *f, struct report_options o)
{
	struct err e = ERR_INIT;

	f->verdicts = (verdict_list){0};
	for (size_t i = 0; i < f->platforms.n; i++) {
		struct verdict v;

		if (!verdict_applies(&f->s.facts, f->platforms.v[i]))
			continue;
		assert_int_equal(verdict_judge(&f->s.facts, f->platforms.v[i], NULL,
					       f->s.arena, &v, &e),
				 0);
		assert_true(vec_push(f->s.arena, &f->verdicts, v));
	}
	strbuf_done(&f->out);
	f->out = (struct strbuf)STRBUF_INIT(4 << 20);
	report_text(&f->s.facts, &f->verdicts, &o, &f->out);
	assert_true(strbuf_ok(&f->out));
	return strbuf_text(&f->out);
}

static struct platform *platform_named(struct fixture *f, const char *id)
{
	for (size_t i = 0; i < f->platforms.n; i++)
		if (strcmp(f->platforms.v[i]->id, id) == 0)
			return f->platforms.v[i];
	fail_msg("no platform %s", id);
	return NULL;
}

static void has(const char *text, const char *want)
{
	if (!text || !strstr(text, want))
		fail_msg("no \"%s\" in:\n%s", want, text ? text : "nothing");
}

static void fits(const char *text, size_t lines, size_t columns)
{
	size_t count = 0;

	for (const char *at = text; *at; count++) {
		const char *end = strchr(at, '\n');

		assert_non_null(end);
		if ((size_t)(end - at) > columns)
			fail_msg("a line of %zu: %.*s", (size_t)(end - at),
				 (int)(end - at), at);
		at = end + 1;
	}
	if (count > lines)
		fail_msg("%zu lines:\n%s", count, text);
}

static void test_screen(void **state)
{
	struct fixture *f = *state;
	const char *text, *stated[] = {"raw"};
	const strs formats = {.v = stated, .n = 1};

	f->platforms.v[0] = platform_named(f, "kvm");
	f->platforms.n = 1;
	text = report(f, (struct report_options){0});
	has(text, "web01.qcow2: Debian GNU/Linux 12 (bookworm), x86_64, BIOS boot by "
		  "GRUB 2\n");
	has(text, "kvm       ready      -           ready    supported    virtio_blk\n");
	has(text, "paravet check -v web01.qcow2 --on kvm\n");
	fits(text, 10, 80);
	f->s.facts.disks.v[0].name = "-x.img";
	text = report(f, (struct report_options){0});
	has(text, "paravet check -v ./-x.img --on kvm\n");
	text = report(
		f, (struct report_options){.formats = formats, .more = " --backing any"});
	has(text, "paravet check -v -a -x.img,format=raw --backing any --on kvm\n");
	f->s.facts.disks.v[0].format = "directory";
	text = report(f, (struct report_options){0});
	has(text, "paravet check -v --root -x.img --on kvm\n");
	sample_copy(&f->s, "virtio_blk")->state = "absent";
	text = report(f, (struct report_options){0});
	has(text, "kvm: boot disk fixable: virtio_blk is not in");
	has(text, "mend it in the guest: add virtio_blk to");
	fits(text, 14, 80);
}

/* Ready, and a rebuild of the initramfs would end it. */
static void test_note_about_the_next_initramfs(void **state)
{
	struct fixture *f = *state;
	const char *text;

	f->platforms.v[0] = platform_named(f, "kvm");
	f->platforms.n = 1;
	sample_modprobe(&f->s, "blacklist", "virtio_blk", NULL);
	text = report(f, (struct report_options){0});
	has(text, "kvm       ready ");
	has(text, "virtio_blk\n\nNote: kvm: boot disk ready until the initramfs is made "
		  "anew:\n");
	has(text, "    mend it in the guest: remove that line, then rebuild");
	fits(text, 14, 80);
}

static void test_all_platforms(void **state)
{
	struct fixture *f = *state;
	static const char *const absent[] = {"xen_blkfront",
					     "xenblk",
					     "xen_vbd",
					     "xen_netfront",
					     "xennet",
					     "xen_vnif",
					     "pvscsi",
					     "vmxnet3",
					     "hv_vmbus",
					     "hv_storvsc",
					     "hv_netvsc",
					     "ena",
					     "gve",
					     "nvme",
					     "ata_piix",
					     "platform_pci",
					     "xen_platform_pci"};

	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		sample_absent(&f->s, absent[i]);
	fits(report(f, (struct report_options){0}), 36, 80);
}

static void test_shared_reason(void **state)
{
	struct fixture *f = *state;
	const char *text, *first;

	sample_kernel(&f->s)->image_state = "empty";
	text = report(f, (struct report_options){0});
	has(text, "gce, hyperv, kvm, nitro, vmware, xen: boot disk, network card "
		  "blocked:");
	first = strstr(text, "is empty (0 bytes)");
	assert_non_null(first);
	assert_null(strstr(first + 1, "is empty (0 bytes)"));
}

static void test_verbose(void **state)
{
	struct fixture *f = *state;
	const char *text = report(f, (struct report_options){.verbose = true});

	has(text, "== kvm: KVM with virtio: ready ==");
	has(text, "boot disk web01.qcow2: ready with virtio-blk");
	has(text, "rule: Virtual I/O Device");
	has(text, "read in web01.qcow2, partition 1,");
	has(text, "kvm-debian-6: supported");
	assert_null(strstr(text, "\033"));
	text = report(f, (struct report_options){.color = true});
	has(text, "\033[32mready\033[0m");
}

static void test_hostile(void **state)
{
	struct fixture *f = *state;
	struct problem_fact p = {.about = "names",
				 .code = "corrupt",
				 .text = "bad \033[2J line",
				 .source = {.path = "/etc/\rfstab", .line = 3}};
	const char *text;

	f->s.facts.os.name = "Evil\033]0;x\007 OS";
	sample_kernel(&f->s)->release = "6.1\n\033[31m";
	sample_kernel(&f->s)->initramfs.path = "/boot/\033c";
	assert_true(vec_push(f->s.arena, &f->s.facts.problems, p));
	f->s.facts.machine.source = "x\n.cfg";
	assert_true(vec_push(f->s.arena, &f->s.facts.machine.remarks, "hda \033[2J"));
	for (int verbose = 0; verbose < 2; verbose++) {
		text = report(f,
			      (struct report_options){.verbose = verbose, .width = 300});
		has(text, "Evil\\x1b]0;x\\x07 OS");
		has(text, "Machine described by x\\n.cfg (?)\nNote: hda \\x1b[2J\n");
		has(text, "Not read: names: bad \\x1b[2J line (/etc/\\x0dfstab:3)");
		for (; *text; text++)
			assert_true(*text == '\n' || (unsigned char)*text >= ' ');
	}
}

static void test_nothing_known(void **state)
{
	struct fixture *f = *state;

	f->s.facts = (struct facts){.format = FACTS_FORMAT};
	has(report(f, (struct report_options){.width = 300}), "no kernel was found");
	report(f, (struct report_options){.verbose = true, .width = 20});
}

/* Logical volumes have longer names than the column of partitions is wide. */
static void test_long_names_end(void **state)
{
	struct fixture *f = *state;
	struct volume_fact volume = {.disk = f->s.facts.disks.v[0].name,
				     .name = "LV VolGroup00/LogVol00",
				     .fs = "ext3",
				     .size = 32 << 20};

	assert_true(vec_push(f->s.arena, &f->s.facts.volumes, volume));
	report_facts(&f->s.facts, &(struct report_options){0}, &f->out);
	has(strbuf_text(&f->out), "    LV VolGroup00/LogVol00  32 MiB, ext3");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

static void test_what_is_left_is_told_once(void **state)
{
	static const char why[] = "xen_vbd is not built in";
	struct fixture *f = *state;
	struct report_options o = {.width = 80};
	struct applied a = {.after = ANSWER_FIXABLE};
	const char *first;

	for (unsigned i = 0; i < 2; i++) {
		struct plan_step *s = vec_add(f->s.arena, &a.left.steps);

		assert_non_null(s);
		s->title = "Install it";
		assert_true(vec_push(f->s.arena, &s->reasons, why));
	}
	a.plan = a.left;
	a.plan.platform = "rhel5-xen";
	report_applied(&f->s.facts, &a, &o, &f->out);
	first = strstr(strbuf_text(&f->out), why);
	assert_non_null(first);
	assert_null(strstr(first + 1, why));
}

/* inspect keeps within a terminal what guests say at length. */
static void test_facts_are_wrapped(void **state)
{
	struct fixture *f = *state;
	struct facts *facts = &f->s.facts;
	const struct source source = {.disk = "a-disk-with-a-long-name.qcow2",
				      .volume = "partition 1",
				      .path = "/etc/sysconfig/network-scripts/ifcfg-eth0",
				      .line = 3};
	const struct name_fact name = {.spec = "/dev/disk/by-id/scsi-0QEMU_DISK_1-part1",
				       .target = "/srv",
				       .source = source};
	const struct nic_fact nic = {.device = "eth0",
				     .hwaddr = "00:16:3e:2e:c5:a9",
				     .driver = "8139cp",
				     .source = source};
	const struct problem_fact problem = {.about = "network",
					     .text = "a sentence that goes on for long",
					     .source = source};
	const struct startup_fact startup = {
		.module = "xen_vbd", .how = "insmod", .source = source};

	facts->os.source = source;
	assert_true(vec_push(f->s.arena, &facts->names, name) &&
		    vec_push(f->s.arena, &facts->nics, nic) &&
		    vec_push(f->s.arena, &facts->problems, problem) &&
		    vec_push(f->s.arena, &facts->startup, startup));
	report_facts(facts, &(struct report_options){.width = 80}, &f->out);
	assert_true(strbuf_ok(&f->out));
	fits(strbuf_text(&f->out), 60, 80);
	has(strbuf_text(&f->out), "  unsafe  /dev/disk/by-id/scsi-0QEMU_DISK_1-part1 for "
				  "/srv\n          (a-disk");
}

/* Several lines for the end of one file are one change of it. */
static void test_lines_of_one_file_stand_together(void **state)
{
	struct fixture *f = *state;
	const char *file = "/etc/initramfs-tools/modules", *text, *again;
	struct plan_edit edits[] = {
		{.file = file, .after = "virtio_pci"},
		{.file = file, .after = "virtio_blk"},
		{.file = "/etc/fstab", .line = 2, .before = "old", .after = "new"}};
	struct plan_step step = {.n = 1,
				 .id = "remedy",
				 .where = "guest",
				 .title = "change",
				 .verified = true,
				 .edits = {.v = edits, .n = ARRAY_LEN(edits)}};
	struct plan plan = {.platform = "kvm", .steps = {.v = &step, .n = 1}};

	report_plan_markdown(&f->s.facts, &plan, &(struct report_options){0}, &f->out);
	text = strbuf_text(&f->out);
	has(text, "\n```diff\n+virtio_pci\n+virtio_blk\n```\n");
	again = strstr(strstr(text, "/etc/initramfs") + 1, "/etc/initramfs");
	assert_null(again);
	has(text, "\n```diff\n-old\n+new\n```\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_screen),
		TEST(test_all_platforms),
		TEST(test_shared_reason),
		TEST(test_verbose),
		TEST(test_note_about_the_next_initramfs),
		TEST(test_hostile),
		TEST(test_nothing_known),
		TEST(test_facts_are_wrapped),
		TEST(test_lines_of_one_file_stand_together),
		TEST(test_long_names_end),
		TEST(test_what_is_left_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
