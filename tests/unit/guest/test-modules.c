/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <zlib.h>

#include "elf-maker.h"
#include "fake-guest.h"
#include "module_index.h"

#define DIR_NAME "/lib/modules/6.1.0"

/* Of the modules that are made from now on. */
static const char *built_for = "6.1.0";

/* A module with one symbol, module_layout, of that CRC. */
static struct slice make_module(struct elf_maker *m, const char *depends, uint32_t crc)
{
	static uint8_t versions[64];
	static char modinfo[400];
	int n = snprintf(modinfo, sizeof(modinfo),
			 "alias=pci:v1%cdepends=%s%cvermagic=%s SMP ", 0, depends, 0,
			 built_for);

	*m = (struct elf_maker){.wide = true, .type = 1, .machine = 62};
	maker_version(m, versions, crc, "module_layout");
	maker_add(m, ".modinfo", modinfo, (size_t)n + 1);
	maker_add(m, "__versions", versions, sizeof(versions));
	return maker_finish(m);
}

static void add_module(const struct fake_guest *f, const char *name, const char *depends,
		       uint32_t crc)
{
	struct elf_maker m;
	char path[200];

	snprintf(path, sizeof(path), DIR_NAME "/kernel/%s.ko", name);
	fake_file(f, path, make_module(&m, depends, crc));
}

static void add_packed(const struct fake_guest *f, const char *path, const char *depends)
{
	uint8_t out[20000];
	struct elf_maker m;
	struct slice plain = make_module(&m, depends, 1);
	z_stream z = {.next_in = (Bytef *)plain.p,
		      .avail_in = (uInt)plain.n,
		      .next_out = out,
		      .avail_out = sizeof(out)};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), 0);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	fake_file(f, path, slice_of(out, z.total_out));
	deflateEnd(&z);
}

static void add_kernel(struct fake_guest *f, const char *config, const char *dir)
{
	struct kernel_fact k = {.release = "6.1.0", .config = config, .modules_dir = dir};

	vec_push(f->guest.arena, &f->facts.kernels, k);
}

static void ask(struct fake_guest *f, const char *name)
{
	vec_push(f->guest.arena, &f->facts.asked, name);
}

static const struct module_fact *fact(const struct fake_guest *f, const char *name)
{
	const struct module_fact *m =
		module_by_name(&f->facts.kernels.v[0].modules, name);

	if (!m)
		fail_msg("no fact of %s", name);
	return m;
}

static const char *text(const char *s)
{
	return s ? s : "(null)";
}

static void test_index(_unused_ void **state)
{
	_cleanup_arena_ struct arena *a = arena_new(1 << 20);
	static const char dep[] = "kernel/a-b.ko.xz: kernel/c.ko kernel/d.ko\n"
				  "/lib/modules/2.4.21/kernel/c.o:\t/lib/x/d.o \\\n"
				  "\t/lib/x/e.o\n"
				  "\n"
				  "kernel/d.ko:\n";
	struct module_index index;
	const struct module_line *line;
	struct err e = ERR_INIT;

	assert_int_equal(module_index_parse(slice_str(dep), a, &index, &e), 0);
	assert_int_equal(index.lines.n, 3);
	line = module_index_find(&index, "a_b");
	assert_true(slice_eq(line->path, "kernel/a-b.ko.xz"));
	assert_true(slice_eq(line->depends, "kernel/c.ko kernel/d.ko"));
	line = module_index_find(&index, "c");
	assert_int_equal(line->line, 2);
	assert_true(slice_eq(line->depends, "/lib/x/d.o \t/lib/x/e.o"));
	assert_int_equal(module_index_find(&index, "d")->line, 5);
	assert_null(module_index_find(&index, "e"));
	assert_int_equal(
		module_index_parse(slice_str("kernel/a.ko: kern"), a, &index, &e),
		-ERR_CORRUPT);
}

static void test_closure(_unused_ void **state)
{
	const struct module_fact *m;
	struct fake_guest f;

	fake_new(&f);
	add_module(&f, "virtio", "", 1);
	add_module(&f, "virtio-ring", "virtio", 1);
	add_module(&f, "virtio_blk", "virtio-ring,virtio", 1);
	add_module(&f, "virtio_net", "virtio_ring,net_failover", 1);
	add_module(&f, "stranger", "", 2);
	add_module(&f, "loop", "loop", 1);
	fake_text(&f, DIR_NAME "/modules.dep",
		  "kernel/virtio.ko:\n"
		  "kernel/virtio-ring.ko: kernel/virtio.ko\n"
		  "kernel/virtio_blk.ko: kernel/virtio-ring.ko kernel/virtio.ko\n"
		  "kernel/virtio_net.ko: kernel/virtio-ring.ko\n"
		  "kernel/stranger.ko:\n"
		  "kernel/loop.ko:\n");
	fake_text(&f, DIR_NAME "/modules.builtin", "kernel/drivers/nvme/host/nvme.ko\n");
	fake_file(&f, DIR_NAME "/modules.builtin.modinfo",
		  slice_of("nvme.alias=pci:x\0nvme.license=GPL\0", 33));
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "virtio_blk");
	ask(&f, "virtio-net");
	ask(&f, "stranger");
	ask(&f, "nvme");
	ask(&f, "ena");
	ask(&f, "loop");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	m = fact(&f, "virtio_blk");
	assert_string_equal(m->state, "file");
	assert_string_equal(m->arch, "x86_64");
	assert_int_equal(m->closure.n, 2);
	assert_string_equal(m->closure.v[0], "virtio");
	assert_string_equal(m->closure.v[1], "virtio_ring");
	assert_int_equal(m->closure_missing.n, 0);
	assert_int_equal(m->dep_file_agrees, KNOWN_YES);
	assert_int_equal(m->crc_agrees, KNOWN_YES);
	assert_string_equal(m->source.path, DIR_NAME "/kernel/virtio_blk.ko");
	m = fact(&f, "virtio_net");
	assert_int_equal(m->closure_missing.n, 1);
	assert_string_equal(m->closure_missing.v[0], "net_failover");
	assert_int_equal(m->dep_file_agrees, KNOWN_NO);
	assert_string_equal(fact(&f, "net_failover")->state, "absent");
	m = fact(&f, "stranger");
	assert_int_equal(m->crc_agrees, KNOWN_NO);
	assert_non_null(strstr(m->crc_problem, "module_layout"));
	m = fact(&f, "nvme");
	assert_string_equal(m->state, "builtin");
	assert_int_equal(m->source.line, 1);
	assert_int_equal(m->aliases.n, 1);
	assert_string_equal(fact(&f, "ena")->state, "absent");
	assert_int_equal(fact(&f, "loop")->closure.n, 0);
	assert_string_equal(f.facts.kernels.v[0].arch, "x86_64");
	assert_int_equal(f.facts.kernels.v[0].modules_files, 6);
	fake_done(&f);
}

/* Modules of one foreign package agree with each other, which says nothing of this
 * kernel: its own are the witnesses. */
static void test_witnesses(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	built_for = "6.1.9";
	add_module(&f, "xen_vbd", "", 2);
	add_module(&f, "xen_vnif", "", 2);
	add_module(&f, "xen_balloon", "", 2);
	built_for = "6.1.0";
	fake_text(&f, DIR_NAME "/modules.dep",
		  "kernel/xen_vbd.ko:\nkernel/xen_vnif.ko:\nkernel/xen_balloon.ko:\n");
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "xen_vbd");
	ask(&f, "xen_vnif");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	assert_int_equal(fact(&f, "xen_vbd")->crc_agrees, KNOWN_NOT);
	fake_done(&f);
}

/* Without a usable modules.dep the directory is looked through, and that is said. */
static void test_stale(_unused_ void **state)
{
	const struct module_fact *m;
	struct fake_guest f;

	fake_new(&f);
	add_module(&f, "virtio_blk", "virtio", 1);
	add_packed(&f, DIR_NAME "/kernel/drivers/virtio/virtio.ko.gz", "");
	add_packed(&f, DIR_NAME "/extra/ena.ko.gz", "");
	fake_text(&f, DIR_NAME "/modules.builtin", "");
	fake_text(&f, DIR_NAME "/modules.dep",
		  "kernel/virtio_blk.ko: kernel/virtio.ko\n"
		  "kernel/virtio.ko:\n");
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "virtio_blk");
	ask(&f, "ena");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	m = fact(&f, "virtio");
	assert_string_equal(text(m->state), "file");
	assert_int_equal(m->dep_file_agrees, KNOWN_NO);
	m = fact(&f, "ena");
	assert_string_equal(text(m->state), "file");
	assert_int_equal(m->dep_file_agrees, KNOWN_NO);
	assert_int_equal(f.facts.problems.n, 2);
	assert_string_equal(f.facts.problems.v[0].code, "remark");
	fake_done(&f);
}

/* A modules.dep may be whole and not name a module: what the build made is looked for. */
static void test_not_in_modules_dep(_unused_ void **state)
{
	const struct module_fact *m;
	struct fake_guest f;

	fake_new(&f);
	add_module(&f, "virtio", "", 1);
	add_module(&f, "virtio_net", "virtio", 1);
	fake_text(&f, DIR_NAME "/modules.builtin", "");
	fake_text(&f, DIR_NAME "/modules.dep", "kernel/virtio.ko:\n");
	fake_text(&f, DIR_NAME "/modules.order",
		  "kernel/virtio.ko\nkernel/virtio_net.ko\nkernel/gone.ko\n");
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "virtio_net");
	ask(&f, "gone");
	ask(&f, "ena");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	m = fact(&f, "virtio_net");
	assert_string_equal(text(m->state), "file");
	assert_int_equal(m->dep_file_agrees, KNOWN_NO);
	assert_string_equal(text(m->dep_file_problem), "modules.dep does not name it");
	assert_string_equal(text(fact(&f, "gone")->state), "absent");
	assert_string_equal(text(fact(&f, "ena")->state), "absent");
	fake_done(&f);
}

static void test_broken(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, DIR_NAME "/kernel/virtio_blk.ko", "");
	fake_text(&f, DIR_NAME "/kernel/virtio.ko.gz", "\x1f\x8bno gzip");
	add_module(&f, "virtio_net", "virtio_blk", 1);
	fake_text(&f, DIR_NAME "/modules.builtin", "");
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "virtio_blk");
	ask(&f, "virtio");
	ask(&f, "virtio_net");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	assert_string_equal(text(fact(&f, "virtio_blk")->state), "broken");
	assert_string_equal(text(fact(&f, "virtio_blk")->problem), "an empty file");
	assert_string_equal(text(fact(&f, "virtio")->state), "broken");
	/* What needs a broken module cannot be loaded. */
	assert_int_equal(fact(&f, "virtio_net")->closure_missing.n, 1);
	fake_done(&f);
}

/* A directory that cannot be read may hold what is asked for: nothing is absent then. */
static void test_unread_directory(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	add_module(&f, "virtio", "", 1);
	fake_text(&f, DIR_NAME "/modules.builtin", "");
	fake_text(&f, DIR_NAME "/modules.dep", "kernel/virtio.ko:\n");
	fake_link(&f, "updates", DIR_NAME "/updates"); /* a link to itself */
	add_kernel(&f, NULL, DIR_NAME);
	ask(&f, "virtio");
	ask(&f, "ena");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	assert_string_equal(text(fact(&f, "virtio")->state), "file");
	assert_null(fact(&f, "ena")->state);
	assert_non_null(strstr(text(fact(&f, "ena")->problem), "could not be read"));
	assert_int_equal(f.facts.problems.n, 1);
	fake_done(&f);
}

/* Two images of one release share the reading of their modules. */
static void test_shared(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	add_module(&f, "virtio", "", 1);
	fake_text(&f, DIR_NAME "/modules.builtin", "");
	add_kernel(&f, NULL, DIR_NAME);
	add_kernel(&f, NULL, DIR_NAME);
	f.facts.kernels.v[1].arch = "x86_64";
	ask(&f, "virtio");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	assert_int_equal(f.facts.problems.n, 1); /* no modules.dep, said once */
	assert_int_equal(f.facts.kernels.v[1].modules.n, 1);
	assert_string_equal(text(f.facts.kernels.v[1].modules.v[0].state), "file");
	assert_string_equal(f.facts.kernels.v[1].arch, "x86_64");
	fake_done(&f);
}

/* Before Linux 2.6.33 the configuration says what is built in; where nothing says it, an
 * absent file is no proof. */
static void test_config(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/boot/config-6.1.0",
		  "# CONFIG_VIRTIO_NET is not set\n"
		  "CONFIG_VIRTIO_BLK=y\n"
		  "CONFIG_XEN=m\n");
	add_kernel(&f, "/boot/config-6.1.0", NULL);
	ask(&f, "virtio_blk");
	ask(&f, "virtio_net");
	ask(&f, "unheard_of");
	vec_push(f.guest.arena, &f.facts.asked_configs, "CONFIG_XEN");
	assert_int_equal(fake_read(&f, &read_modules), 0);
	assert_string_equal(text(fact(&f, "virtio_blk")->state), "builtin");
	assert_int_equal(fact(&f, "virtio_blk")->source.line, 2);
	assert_string_equal(text(fact(&f, "virtio_net")->state), "absent");
	assert_null(fact(&f, "unheard_of")->state);
	assert_non_null(fact(&f, "unheard_of")->problem);
	assert_int_equal(f.facts.kernels.v[0].configs.n, 1);
	assert_string_equal(f.facts.kernels.v[0].configs.v[0], "CONFIG_XEN=m");
	fake_done(&f);
}

static void test_modprobe_dirs(_unused_ void **state)
{
	struct entry_fact entry = {.is_default = true,
				   .cmdline = "ro module_blacklist=virtio_blk,ena quiet "
					      "rd.driver.blacklist=nvme",
				   .cmdline_source = {.path = "/boot/grub/grub.cfg"}};
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/sbin/kmod", "");
	fake_link(&f, "kmod", "/sbin/modprobe");
	fake_text(&f, "/lib/modprobe.d/a.conf", "blacklist hidden\n");
	fake_text(&f, "/lib/modprobe.d/b.conf", "blacklist b\n");
	fake_text(&f, "/etc/modprobe.d/a.conf", "install a /bin/true\n");
	fake_text(&f, "/etc/modprobe.d/old", "blacklist old\n");
	fake_text(&f, "/etc/modprobe.conf", "blacklist older\n");
	vec_push(f.guest.arena, &f.facts.boot.entries, entry);
	assert_int_equal(fake_read(&f, &read_modprobe), 0);
	assert_int_equal(f.facts.modprobe.n, 5);
	assert_string_equal(f.facts.modprobe.v[0].kind, "install");
	assert_string_equal(f.facts.modprobe.v[1].module, "b");
	assert_string_equal(f.facts.modprobe.v[3].module, "ena");
	assert_string_equal(f.facts.modprobe.v[4].argument, "rd.driver.blacklist=nvme");
	assert_string_equal(f.facts.modprobe.v[4].source.path, "/boot/grub/grub.cfg");
	fake_done(&f);
}

/* module-init-tools read every name, and modprobe.conf. */
static void test_old_modprobe(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/sbin/modprobe", "");
	fake_text(&f, "/etc/modprobe.d/blacklist", "blacklist a\n");
	fake_text(&f, "/etc/modprobe.d/x.rpmsave", "blacklist b\n");
	fake_text(&f, "/etc/modprobe.conf", "alias scsi_hostadapter xenblk\n");
	assert_int_equal(fake_read(&f, &read_modprobe), 0);
	assert_int_equal(f.facts.modprobe.n, 2);
	assert_string_equal(f.facts.modprobe.v[1].argument, "xenblk");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_closure),
		cmocka_unit_test(test_witnesses),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_not_in_modules_dep),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_modprobe_dirs),
		cmocka_unit_test(test_old_modprobe),
		cmocka_unit_test(test_unread_directory),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
