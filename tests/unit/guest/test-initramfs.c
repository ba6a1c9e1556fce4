/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is read from a whole initramfs: segments, modules, settings, generators. */
#include "../codec/tool.h"
#include "encode.h"
#include "initramfs-case.h"

static void check_debian(const struct run *run)
{
	const struct initramfs_fact *f = &run->fact;
	const struct module_fact *m;

	assert_int_equal(run->r, 0);
	assert_int_equal(run->e.code, ERR_NONE);
	if (f->problem)
		fail_msg("%s", f->problem);
	assert_string_equal(f->state, "read");
	assert_string_equal(f->generator, "initramfs-tools");
	assert_int_equal(f->host_only, KNOWN_NO);
	assert_string_equal(f->policy, "MODULES=most");
	assert_string_equal(f->loads, "udev");
	assert_string_equal(f->kernel, "6.1.0-9-amd64");
	assert_true(f->alias_index && f->dep_index);
	assert_int_equal(f->modules.n, 2);
	assert_true(strs_has(&f->modules, "xen_blkfront"));
	assert_int_equal(f->listed.n, 2);
	assert_true(strs_has(&f->listed, "virtio_net"));
	assert_int_equal(f->modprobe.n, 1); /* kmod reads only *.conf */
	assert_string_equal(f->modprobe.v[0].module, "amd64_edac");
	assert_string_equal(f->modprobe.v[0].source.path, "etc/modprobe.d/amd.conf");
	assert_int_equal(f->wanted.n, 3);
	m = run_module(run, "virtio_blk");
	assert_string_equal(m->state, "file");
	assert_string_equal(m->arch, "x86_64");
	assert_string_equal(m->vermagic, "6.1.0-9-amd64 SMP ");
	assert_int_equal(m->depends.n, 2);
	assert_int_equal(m->aliases.n, 1);
	assert_string_equal(m->source.path, MODULES "kernel/drivers/block/virtio_blk.ko");
	assert_string_equal(run_module(run, "virtio_pci")->state, "builtin");
}

/* In one piece, and in pieces that cut every header and name. */
static void test_plain(_unused_ void **state)
{
	static const size_t steps[] = {0, 1, 13, 4096};
	struct cpio_maker m = {0};

	cpio_debian(&m);
	cpio_end(&m);
	cpio_align(&m, 512);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct run run = run_with(cpio_slice(&m), (struct how){steps[i]});

		check_debian(&run);
		assert_int_equal(run.fact.segments.n, 1);
		assert_int_equal(run.fact.segments.v[0].files, 18);
		assert_string_equal(run.fact.segments.v[0].codec, "none");
		assert_string_equal(run.fact.segments.v[0].kind, "cpio");
		run_done(&run);
	}
	cpio_free(&m);
}

static void cpio_early(struct cpio_maker *m, const char *file)
{
	cpio_dir(m, "kernel");
	cpio_text(m, file, "microcode");
	cpio_end(m);
}

static const char *const packers[][4] = {
	{"gzip", "-9n"}, {"bzip2"},     {"xz", "--check=crc32"}, {"xz", "--format=lzma"},
	{"lzop", "-9"},  {"lz4", "-l"}, {"zstd", "-19"},
};

/* Ubuntu's form: three plain archives, two of them early, then a compressed one. */
static void check_segments(const char *const *packer, size_t pad, size_t step)
{
	struct cpio_maker m = {0}, main = {0};
	struct bytes packed;
	struct run run;
	size_t at;

	cpio_debian(&main);
	cpio_end(&main);
	packed = tool_filter(packer, cpio_slice(&main));
	cpio_free(&main);
	if (packed.n == SIZE_MAX) {
		print_message("no %s here\n", packer[0]);
		return;
	}
	cpio_early(&m, "kernel/x86/microcode/AuthenticAMD.bin");
	cpio_align(&m, pad);
	cpio_early(&m, "kernel/x86/microcode/GenuineIntel.bin");
	cpio_align(&m, pad);
	cpio_text(&m, "usr/lib/firmware/x.bin", "firmware");
	cpio_end(&m);
	cpio_align(&m, pad);
	at = m.n;
	cpio_raw(&m, packed.p, packed.n);
	cpio_align(&m, pad);
	run = run_with(cpio_slice(&m), (struct how){step});
	check_debian(&run);
	assert_int_equal(run.fact.segments.n, 4);
	assert_string_equal(run.fact.segments.v[0].kind, "early-cpio");
	assert_string_equal(run.fact.segments.v[1].kind, "early-cpio");
	assert_string_equal(run.fact.segments.v[2].kind, "cpio");
	assert_string_equal(run.fact.segments.v[3].kind, "cpio");
	assert_int_equal(run.fact.segments.v[3].offset, at);
	assert_int_equal(run.fact.segments.v[3].files, 18);
	run_done(&run);
	cpio_free(&m);
	free(packed.p);
}

static void test_segments(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(packers); i++) {
		check_segments(packers[i], 4, 0);
		check_segments(packers[i], 512, 7);
	}
}

/* Two archives in one stream, and two streams. */
static void test_joined(_unused_ void **state)
{
	static const char *const gzip[] = {"gzip", "-n", NULL};
	struct cpio_maker both = {0}, two = {0};
	struct bytes packed;
	struct run run;

	cpio_text(&both, "first", "1");
	cpio_end(&both);
	cpio_align(&both, 512);
	cpio_debian(&both);
	cpio_end(&both);
	packed = tool_filter(gzip, cpio_slice(&both));
	if (packed.n == SIZE_MAX)
		skip();
	cpio_raw(&two, packed.p, packed.n);
	cpio_raw(&two, packed.p, packed.n);
	run = run_bytes(cpio_slice(&two));
	check_debian(&run);
	assert_int_equal(run.fact.segments.n, 2);
	assert_int_equal(run.fact.segments.v[1].files, 19);
	assert_int_equal(run.fact.segments.v[1].offset, packed.n);
	run_done(&run);
	free(packed.p);
	cpio_free(&both);
	cpio_free(&two);
}

/* The cpio program, with real folders, links and sums. */
static int run_cpio(const char *dir, const char *format, const char *out)
{
	const char *script[] = {
		"sh", "-c",
		"set -e; mkdir -p usr/lib/modules/6.1.0-9-amd64/extra; ln -s usr/lib "
		"lib; "
		"cp module usr/lib/modules/6.1.0-9-amd64/extra/virtio_blk.ko; "
		"ln usr/lib/modules/6.1.0-9-amd64/extra/virtio_blk.ko "
		"usr/lib/modules/6.1.0-9-amd64/extra/virtio_pci.ko; rm module; "
		"find . | LC_ALL=C sort | cpio --quiet -o -H \"$0\"",
		format, NULL};

	return tool_run(script, dir, NULL, out);
}

static void check_cpio_program(const char *format)
{
	char dir[] = "/tmp/paravet-test-XXXXXX", path[64], out[64];
	const char *remove[] = {"rm", "-rf", dir, NULL};
	struct elf_maker elf;
	struct bytes archive;
	struct run run;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/module", dir);
	snprintf(out, sizeof(out), "%s.cpio", dir);
	assert_int_equal(
		tool_write(path, make_module(&elf, VIRTIO_BLK, sizeof(VIRTIO_BLK))), 0);
	if (run_cpio(dir, format, out) != 0) {
		print_message("no cpio here\n");
	} else {
		archive = tool_read(out);
		run = run_bytes(bytes_slice(archive));
		assert_string_equal(run.fact.state, "read");
		assert_string_equal(run_module(&run, "virtio_blk")->state, "file");
		assert_string_equal(run_module(&run, "virtio_pci")->state, "file");
		assert_string_equal(run_module(&run, "virtio_pci")->source.path,
				    MODULES "extra/virtio_pci.ko");
		assert_int_equal(run_module(&run, "virtio_pci")->depends.n, 2);
		run_done(&run);
		if (strcmp(format, "crc") == 0) {
			archive.p[slice_search(bytes_slice(archive), "virtio:d", 8)] ^= 1;
			expect_broken(bytes_slice(archive), "wrong checksum of");
		}
		free(archive.p);
	}
	unlink(out);
	tool_run(remove, NULL, NULL, NULL);
}

static void test_cpio_program(_unused_ void **state)
{
	check_cpio_program("newc");
	check_cpio_program("crc");
}

/* The files that tell a generator, and what is expected of them. */
static const struct {
	const char *generator, *version, *policy, *loads;
	enum known host_only;
	const char *listed; /* one of them */
	struct {
		const char *path, *text;
	} files[6];
} generators[] = {
	{"initramfs-tools",
	 NULL,
	 "MODULES=dep",
	 "udev",
	 KNOWN_YES,
	 "sr_mod",
	 {{"conf/initramfs.conf", "MODULES=most\n"},
	  {"conf/conf.d/driver-policy", "MODULES=dep\n"},
	  {"conf/modules", "sr_mod\n"},
	  {"sbin/udevd", ""},
	  {"lib/modules/6.1/modules.alias.bin", ""}}},
	{"initramfs-tools",
	 NULL,
	 "MODULES=list",
	 "list",
	 KNOWN_NOT,
	 "xen_blkfront",
	 {{"conf/initramfs.conf", "MODULES=\"list\"\n"},
	  {"conf/modules", "xen-blkfront\n"},
	  {"usr/lib/systemd/systemd-udevd", ""}}},
	{"dracut",
	 "059-4",
	 "hostonly",
	 "udev",
	 KNOWN_YES,
	 "virtio_blk",
	 {{"usr/lib/dracut/dracut-059-4", ""},
	  {"usr/lib/dracut/hostonly-files", "/etc/x\n"},
	  {"etc/cmdline.d/20-force_drivers.conf",
	   "rd.driver.pre=virtio_blk,virtio_net\n"},
	  {"usr/lib/systemd/systemd-udevd", ""},
	  {"usr/lib/modules/6.1/modules.alias", ""}}},
	{"dracut",
	 "004-32.el6",
	 NULL,
	 "udev",
	 KNOWN_NOT,
	 "virtio_blk",
	 {{"dracut-004-32.el6", ""},
	  {"etc/cmdline", "rdloaddriver=virtio_pci\n rdloaddriver=virtio_blk\n"},
	  {"sbin/udevd", ""},
	  {"lib/modules/2.6.32/modules.alias", ""}}},
	{"dracut",
	 "004-409.el6",
	 "no-hostonly",
	 "none",
	 KNOWN_NO,
	 NULL,
	 {{"dracut-004-409.el6", ""},
	  {"lib/dracut/hostonly-files", "/etc/x\n"},
	  {"lib/dracut/build-parameter.txt", " '--no-hostonly' '-a' 'rescue'\n"}}},
	{"mkinitcpio",
	 "37",
	 "autodetect hook",
	 "list",
	 KNOWN_YES,
	 "virtio_scsi",
	 {{"buildconfig", "HOOKS=(base autodetect block)\n"},
	  {"config", "MODULES=\"virtio-scsi ext4\"\nHOOKS=\"\"\n"},
	  {"VERSION", "37"}}},
	{"mkinitcpio",
	 NULL,
	 "no autodetect hook",
	 "none",
	 KNOWN_NO,
	 NULL,
	 {{"buildconfig", "HOOKS=\"base udev\"\n"}}},
	{"mkinitfs",
	 NULL,
	 NULL,
	 "udev",
	 KNOWN_NOT,
	 "af_packet",
	 {{"init", "#!/bin/sh\nVERSION=3.11.1\nmodprobe -a $KOPT_modules\n"},
	  {"etc/modules", "af_packet\n"},
	  {"sbin/nlplug-findfs", ""},
	  {"lib/modules/6.6.31-0-lts/modules.alias.bin", ""}}},
	{"mkinitfs",
	 NULL,
	 NULL,
	 "none",
	 KNOWN_NOT,
	 NULL,
	 {{"usr/bin/nlplug-findfs", ""}}},
	{"booster",
	 NULL,
	 NULL,
	 "udev",
	 KNOWN_NOT,
	 "hid_generic",
	 {{"etc/booster.init.yaml",
	   "kernel: 6.9.1-arch1-1\nmodulesforceload:\n    - usbhid\n    - hid_generic\n"},
	  {"usr/lib/modules/booster.alias", ""},
	  {"usr/lib/modules/virtio_blk.ko", ""}}},
	{"genkernel", NULL, NULL, "none", KNOWN_NOT, NULL, {{"etc/initrd.defaults", ""}}},
	{"make-initrd", NULL, NULL, "none", KNOWN_NOT, NULL, {{"lib/uevent/each", ""}}},
	{"suse-mkinitrd", NULL, NULL, "none", KNOWN_NOT, NULL, {{"run_all.sh", ""}}},
	{"suse-mkinitrd",
	 NULL,
	 NULL,
	 "list",
	 KNOWN_NOT,
	 "virtio_blk",
	 {{"run_all.sh",
	   "[ \"$RESOLVED_INITRD_MODULES\" ] || RESOLVED_INITRD_MODULES='ext3 "
	   "virtio-blk'\nmodules=\"$RESOLVED_INITRD_MODULES\"\n"
	   "source boot/01-start.sh\n"}}},
	{"suse-mkinitrd",
	 NULL,
	 NULL,
	 "none",
	 KNOWN_NOT,
	 NULL,
	 {{"run_all.sh", "source boot/01-start.sh\nmodules=\"virtio_blk\"\n"}}},
	{"mkinitrd",
	 NULL,
	 NULL,
	 "script",
	 KNOWN_NOT,
	 "xenblk",
	 {{"init", "#!/bin/nash\nmount -t proc /proc /proc\n  insmod /lib/xenblk.ko \n"},
	  {"lib/xenblk.ko", ""}}},
	{"tiny-initramfs",
	 NULL,
	 NULL,
	 "list",
	 KNOWN_NOT,
	 "virtio_blk",
	 {{"init", "\177ELF"}, {"modules", "/virtio.ko\n/virtio-blk.ko opt=1\n"}}},
	{"unknown",
	 NULL,
	 NULL,
	 "script",
	 KNOWN_NOT,
	 "virtio_blk",
	 {{"init", "#!/bin/sh\ninsmod -f /lib/virtio_blk.ko\n"}}},
};

static void assert_text(const char *got, const char *want)
{
	if (!want)
		assert_null(got);
	else if (!got)
		fail_msg("nothing instead of \"%s\"", want);
	else
		assert_string_equal(got, want);
}

static void test_generators(_unused_ void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(generators); i++) {
		struct cpio_maker m = {0};
		struct run run;

		for (size_t j = 0; j < ARRAY_LEN(generators[i].files); j++)
			if (generators[i].files[j].path)
				cpio_text(&m, generators[i].files[j].path,
					  generators[i].files[j].text);
		cpio_end(&m);
		run = run_bytes(cpio_slice(&m));
		print_message("%s %s\n", generators[i].generator,
			      generators[i].files[0].path);
		assert_string_equal(run.fact.state, "read");
		assert_text(run.fact.generator, generators[i].generator);
		assert_text(run.fact.generator_version, generators[i].version);
		assert_text(run.fact.policy, generators[i].policy);
		assert_text(run.fact.loads, generators[i].loads);
		assert_int_equal(run.fact.host_only, generators[i].host_only);
		if (generators[i].listed)
			assert_true(strs_has(&run.fact.listed, generators[i].listed));
		else
			assert_int_equal(run.fact.listed.n, 0);
		run_done(&run);
		cpio_free(&m);
	}
}

/* The programs for volumes, also where sbin is but another name of bin. */
static void test_tools(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, "usr/bin/lvm", "x");
	cpio_text(&m, "usr/bin/mdadm", "x");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_true(strs_has(&run.fact.tools, "lvm"));
	assert_true(strs_has(&run.fact.tools, "mdadm"));
	run_done(&run);
	cpio_free(&m);
}

/* dracut's command line can forbid modules; older modprobe.d files have no suffix. */
static void test_forbidden(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, "etc/cmdline.d/x.conf",
		  "ro\nrd.driver.blacklist=virtio_blk,floppy \"rd.lvm=0\"");
	cpio_text(&m, "etc/modprobe.d/blacklist", "blacklist xen-blkfront\n");
	cpio_text(&m, "etc/modprobe.d/more.conf", "install virtio_pci /bin/false\n");
	cpio_symlink(&m, "etc/modprobe.d/none.conf", "/dev/null");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	assert_int_equal(run.fact.modprobe.n, 4);
	assert_string_equal(run.fact.modprobe.v[0].module, "virtio_blk");
	assert_int_equal(run.fact.modprobe.v[0].source.line, 2);
	assert_string_equal(run.fact.modprobe.v[0].argument,
			    "rd.driver.blacklist=virtio_blk,floppy");
	assert_int_equal(run.fact.words.n, 2);
	assert_string_equal(run.fact.words.v[1].text, "\"rd.lvm=0\"");
	assert_string_equal(run.fact.words.v[1].source.path, "etc/cmdline.d/x.conf");
	assert_int_equal(run.fact.words.v[1].source.line, 2);
	assert_string_equal(run.fact.modprobe.v[2].kind, "install");
	assert_string_equal(run.fact.modprobe.v[3].module, "xen-blkfront");
	run_done(&run);
	cpio_free(&m);
	cpio_symlink(&m, "etc/modprobe.d/away.conf", "/usr/share/some/file");
	cpio_end(&m);
	expect_broken(cpio_slice(&m), "a link to /usr/share/some/file");
	cpio_free(&m);
}

/* When all is known before the end, the rest is not read, unless that is asked for. */
/* virtio_blk with one CRC, as built for that release. */
static void add_built_for(struct cpio_maker *m, const char *release, uint32_t crc)
{
	struct elf_maker elf = {.wide = true, .type = 1, .machine = 62};
	uint8_t versions[64];
	char modinfo[64];
	int n = snprintf(modinfo, sizeof(modinfo), "name=virtio_blk%cvermagic=%s SMP ", 0,
			 release);

	maker_version(&elf, versions, crc, "module_layout");
	maker_add(&elf, ".modinfo", modinfo, (size_t)n + 1);
	maker_add(&elf, "__versions", versions, sizeof(versions));
	cpio_file(m, MODULES "kernel/drivers/block/virtio_blk.ko", maker_finish(&elf));
}

static void test_a_copy_of_another_release_gives_its_crcs(_unused_ void **state)
{
	struct cpio_maker m = {0};
	const struct foreign_copy *copy;
	struct run run;

	add_built_for(&m, "6.1.0-9-cloud-amd64", 7);
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_int_equal(run.foreign.list.n, 1);
	copy = &run.foreign.list.v[0];
	assert_string_equal(run.fact.wanted.v[copy->wanted].name, "virtio_blk");
	assert_int_equal(copy->info.crcs.n, 1);
	assert_string_equal(copy->info.crcs.v[0].symbol, "module_layout");
	assert_int_equal(copy->info.crcs.v[0].crc, 7);
	run_done(&run);
	cpio_free(&m);
}

static void test_a_later_right_copy_takes_the_place_of_a_foreign_one(
	_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	add_built_for(&m, "6.1.0-9-cloud-amd64", 7);
	add_built_for(&m, "6.1.0-9-amd64", 8);
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_int_equal(run.foreign.list.n, 1);
	assert_int_equal(run.foreign.list.v[0].info.crcs.n, 0);
	run_done(&run);
	cpio_free(&m);
}

/* As dracut reads them, however the archive has them: the files of etc/cmdline.d by their
 * names, then etc/cmdline. */
static void test_words_come_in_the_order_of_dracut(_unused_ void **state)
{
	static const char *const want[] = {"rd.a", "rd.b=2", "rd.c", "rd.d"};
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, "etc/cmdline", "rd.d quiet\n");
	cpio_text(&m, "etc/cmdline.d/20-b.conf", "rd.b=1\n");
	cpio_text(&m, "etc/cmdline.d/10-a.conf", "rd.a\n");
	cpio_text(&m, "etc/cmdline.d/20-b.conf", "rd.b=2\nrd.c ro");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_int_equal(run.fact.words.n, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_string_equal(run.fact.words.v[i].text, want[i]);
	run_done(&run);
	cpio_free(&m);
}

static void test_too_many_words(_unused_ void **state)
{
	static char text[6 * (LIMIT_INITRAMFS_WORDS + 1) + 1];
	struct cpio_maker m = {0};

	for (size_t i = 0; i <= LIMIT_INITRAMFS_WORDS; i++)
		memcpy(text + 6 * i, "rd.ab ", 6);
	cpio_text(&m, "etc/cmdline", text);
	cpio_end(&m);
	expect_broken(cpio_slice(&m), "more than 1024 words for dracut");
	cpio_free(&m);
}

static struct slice pack_module(struct arena *a)
{
	struct elf_maker elf = {0};
	struct err e = ERR_INIT;
	struct slice packed;

	assert_int_equal(
		codec_encode_all(CODEC_GZIP,
				 make_module(&elf, VIRTIO_BLK, sizeof(VIRTIO_BLK)), a,
				 &packed, &e),
		0);
	return packed;
}

/* The vermagic that is told of virtio_blk in the initramfs. */
static const char *vermagic_of(struct slice file, const packed_modules *known,
			       struct arena *a)
{
	struct cpio_maker m = {0};
	const char *vermagic;
	struct run run;

	cpio_file(&m, MODULES "kernel/drivers/block/virtio_blk.ko.gz", file);
	cpio_end(&m);
	run = run_with(cpio_slice(&m), (struct how){.packed = known});
	assert_string_equal(run.fact.wanted.v[0].state, "file");
	vermagic = arena_strdup(a, run.fact.wanted.v[0].vermagic);
	run_done(&run);
	cpio_free(&m);
	return vermagic;
}

/* What the disk's file said is taken for its copy, and for no other file. */
static void test_a_packed_module_of_the_disk_is_not_unpacked_again(_unused_ void **state)
{
	static const char shown[] = "6.1.0-9-amd64 as the disk has it";
	struct arena *a = arena_new(1 << 20);
	struct slice file = pack_module(a), other;
	struct packed_module p = {.vermagic = shown};
	packed_modules known = {0};

	assert_true(packed_module_hash(file, p.hash));
	assert_false(packed_module_hash(slice_str("\177ELF as it is"), p.hash));
	assert_true(vec_push(a, &known, p));
	assert_string_equal(vermagic_of(file, &known, a), shown);
	other = slice_of(arena_memdup(a, file.p, file.n), file.n);
	((uint8_t *)other.p)[4] ^= 1; /* the time in gzip's header */
	assert_string_not_equal(vermagic_of(other, &known, a), shown);
	/* One of another release is asked for its CRCs, which only the file has. */
	known.v[0].vermagic = "6.1.0-8-amd64";
	assert_string_not_equal(vermagic_of(file, &known, a), "6.1.0-8-amd64");
	arena_free(a);
}

static void test_early_stop(_unused_ void **state)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_debian(&m);
	cpio_raw(&m, "damage that is not seen", 20);
	run = run_with(cpio_slice(&m), (struct how){.partly_allowed = true});
	assert_string_equal(run.fact.state, "partly");
	assert_null(run.fact.problem);
	assert_string_equal(run.fact.loads, "udev");
	assert_string_equal(run_module(&run, "virtio_blk")->state, "file");
	assert_int_equal(run_module(&run, "virtio_blk")->in_alias_file, KNOWN_YES);
	run_done(&run);
	expect_broken(cpio_slice(&m), "usr/sbin/last");
	cpio_free(&m);
	/* Not in order: a modprobe.d could still come. */
	cpio_text(&m, "zzz", "");
	cpio_debian(&m);
	cpio_end(&m);
	run = run_with(cpio_slice(&m), (struct how){.partly_allowed = true});
	assert_string_equal(run.fact.state, "read");
	run_done(&run);
	cpio_free(&m);
}

/* What the indexes inside say of virtio_blk; kmod is there or an older modprobe. */
static struct run run_indexes(bool kmod, const struct index_pair *dep, size_t deps,
			      const char *dep_text, const char *alias_text)
{
	struct cpio_maker m = {0};
	struct run run;

	cpio_text(&m, kmod ? "usr/bin/kmod" : "usr/bin/busybox", "");
	cpio_module(&m, MODULES "kernel/drivers/block/virtio_blk.ko");
	cpio_module(&m, MODULES "kernel/drivers/virtio/virtio_ring.ko");
	if (dep)
		cpio_index(&m, MODULES "modules.dep.bin", dep, deps);
	if (dep_text)
		cpio_text(&m, MODULES "modules.dep", dep_text);
	if (alias_text)
		cpio_text(&m, MODULES "modules.alias", alias_text);
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	cpio_free(&m);
	return run;
}

static void expect_dep(struct run run, const char *problem)
{
	const struct module_fact *m = run_module(&run, "virtio_blk");

	assert_text(m->dep_file_problem, problem);
	assert_int_equal(m->dep_file_agrees, problem ? KNOWN_NO : KNOWN_YES);
	run_done(&run);
}

#define BLK_LINE \
	"kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio_ring.ko"

static void test_own_indexes(_unused_ void **state)
{
	static const struct index_pair moved[] = {{"virtio_blk", "extra/virtio_blk.ko:"}},
				       bare[] = {{"virtio_blk", "block/virtio_blk.ko:"}},
				       odd[] = {{"virtio_blk", "no colon"}};
	struct run run;

	expect_dep(run_indexes(true, run_dep, ARRAY_LEN(run_dep), NULL, NULL), NULL);
	expect_dep(run_indexes(true, run_dep + 1, 1, BLK_LINE "\n", NULL),
		   "modules.dep does not name it");
	expect_dep(run_indexes(true, moved, 1, NULL, NULL),
		   "modules.dep names another file");
	expect_dep(run_indexes(true, bare, 1, NULL, NULL),
		   "modules.dep does not name virtio_ring for it");
	expect_dep(run_indexes(true, odd, 1, NULL, NULL),
		   MODULES "modules.dep.bin is damaged: a value has no colon");
	/* kmod does not read the text; what came before it does. */
	expect_dep(run_indexes(true, NULL, 0, BLK_LINE "\n", NULL),
		   "kmod needs its binary form, which is missing");
	expect_dep(run_indexes(false, NULL, 0, BLK_LINE "\n", NULL), NULL);
	expect_dep(run_indexes(false, NULL, 0, "kernel/x.ko:\n", NULL),
		   "modules.dep does not name it");
	run = run_indexes(false, NULL, 0, BLK_LINE "\n",
			  "alias virtio:d2v* virtio_blk\n");
	assert_int_equal(run_module(&run, "virtio_blk")->in_alias_file, KNOWN_YES);
	run_done(&run);
	run = run_indexes(false, NULL, 0, BLK_LINE "\n",
			  "alias virtio:d2v* virtio_net\n");
	assert_int_equal(run_module(&run, "virtio_blk")->in_alias_file, KNOWN_NO);
	run_done(&run);
	run = run_indexes(false, NULL, 0, NULL, NULL);
	assert_int_equal(run_module(&run, "virtio_blk")->dep_file_agrees, KNOWN_NOT);
	assert_int_equal(run_module(&run, "virtio_blk")->in_alias_file, KNOWN_NOT);
	run_done(&run);
}

/* The real ones of the fixtures, against what cpio lists. */
static const char *fixtures(void)
{
	const char *dir = getenv("PARAVET_FIXTURES");

	return dir ? dir : SOURCE_ROOT "/../shared/fixtures";
}

static struct bytes fixture(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/initrd/%s", fixtures(), name);
	return tool_read(path);
}

static void test_fixtures(_unused_ void **state)
{
	struct bytes img = fixture("arch-archbak/initramfs-linux.img");
	struct bytes list =
		fixture("arch-archbak/initramfs-linux.img.EXPECTED.cpio-t.txt");
	struct bytes cramfs = fixture("ubuntu-hoary-2.6.10/"
				      "initrd.img-2.6.10-5-amd64-generic");
	struct run run;

	if (img.p && list.p) {
		uint64_t lines = 0;

		for (size_t i = 0; i < list.n; i++)
			lines += list.p[i] == '\n';
		run = run_with(bytes_slice(img), (struct how){65536});
		assert_string_equal(run.fact.state, "read");
		assert_int_equal(run.fact.segments.v[0].files, lines);
		assert_string_equal(run.fact.generator, "mkinitcpio");
		assert_string_equal(run.fact.generator_version, "18");
		assert_string_equal(run.fact.kernel, "4.3.3-3-ARCH");
		assert_int_equal(run.fact.host_only, KNOWN_YES);
		assert_string_equal(run.fact.loads, "udev");
		assert_int_equal(run.fact.modules.n, 29);
		run_done(&run);
	}
	if (cramfs.p)
		expect_broken(bytes_slice(cramfs), "in the form of a cramfs file system");
	free(img.p);
	free(list.p);
	free(cramfs.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_cpio_program),
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_tools),
		cmocka_unit_test(test_forbidden),
		cmocka_unit_test(test_a_copy_of_another_release_gives_its_crcs),
		cmocka_unit_test(
			test_a_later_right_copy_takes_the_place_of_a_foreign_one),
		cmocka_unit_test(test_words_come_in_the_order_of_dracut),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_a_packed_module_of_the_disk_is_not_unpacked_again),
		cmocka_unit_test(test_early_stop),
		cmocka_unit_test(test_own_indexes),
		cmocka_unit_test(test_fixtures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
