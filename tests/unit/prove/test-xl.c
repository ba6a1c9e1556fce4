/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine that is a Xen host itself: scripts stand for xl and XenStore, a child of the
 * keeper for the guest, which reads its disk by NBD, and files for the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "limits.h"
#include "nbd_client.h"
#include "nbd_device.h"
#include "prove.h"
#include "put.h"
#include "text.h"
#include "xl.h"
#include "xl_here.h"
#include "xl_text.h"

enum { KERNEL_AT = 8192, INITRAMFS_AT = 16384, INIT_AT = 65536, SIZE = 1 << 20 };

static char folder[] = "/tmp/paravet-test-XXXXXX";
static enum xl_here here = XL_HOST;

static char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned n;

	snprintf(path[++n % 4], sizeof(path[0]), "%s/%s", folder, name);
	return path[n % 4];
}

static bool is_there(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

static void put_file(const char *name, const char *text)
{
	FILE *f = fopen(in_folder(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

static const char *read_text(const char *name)
{
	static char text[8192];
	FILE *f = fopen(in_folder(name), "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = 0;
	return text;
}

static bool wait_for(const char *name, bool there)
{
	for (int i = 0; i < 1000 && is_there(name) != there; i++)
		usleep(10000);
	return is_there(name) == there;
}

/* In place of the library's. */
enum xl_here xl_here(void)
{
	return here;
}

bool xl_counts(unsigned domain, unsigned id, uint64_t *ret_reads, uint64_t *ret_writes)
{
	*ret_writes = 0;
	return domain == 7 && id == 51712 &&
	       text_u64(slice_str(read_text("requests")), 1000, ret_reads);
}

bool xl_bridge(const char *name, bool make)
{
	(void)name;
	if (make)
		put_file("bridge", "");
	else
		unlink(in_folder("bridge"));
	return true;
}

static void guest_reads(int disk, uint64_t at)
{
	uint8_t request[28], answer[16 + 512], *to = put_be(request, 4, 0x25609513);

	to = put_be(to, 4, 0);
	to = put_be(to, 8, 1);
	to = put_be(to, 8, at);
	put_be(to, 4, 512);
	if (write(disk, request, sizeof(request)) != sizeof(request) ||
	    recv(disk, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		_exit(1);
}

/* On the serial line that the configuration names. */
static void guest_says(const char *words)
{
	static const char key[] = "serial=\"unix:";
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *path = strstr(read_text("config"), key);

	if (!path)
		_exit(1);
	path += sizeof(key) - 1;
	snprintf(at.sun_path, sizeof(at.sun_path), "%.*s", (int)strcspn(path, "\""),
		 path);
	if (connect(sock, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    write(sock, words, strlen(words)) < 0)
		_exit(1);
	sleep(30);
}

/* What it does stands in the file "kind". */
_Noreturn static void run_guest(int disk)
{
	struct nbd_offer offer;
	struct err e = ERR_INIT;
	const char *kind = read_text("kind");
	bool pv = strcmp(kind, "pv") == 0;

	alarm(40);
	if (nbd_choose(disk, "", &offer, &e) < 0 || offer.size != SIZE ||
	    !wait_for("unpaused", true))
		_exit(1);
	guest_reads(disk, KERNEL_AT);
	guest_reads(disk, INITRAMFS_AT);
	if (strcmp(kind, "gives-up") == 0)
		guest_says("Linux\r\nGave up waiting for root file system\r\n");
	if (strcmp(kind, "hang") == 0)
		sleep(30);
	usleep(300000);
	if (strcmp(kind, "stops") == 0) {
		sleep(2);
		put_file("state", "---s--");
		sleep(30);
	}
	if (pv) {
		put_file("requests", "3");
		put_file("connected", "");
	}
	usleep(1500000);
	guest_reads(disk, INIT_AT);
	put_file("requests", pv ? "9" : "5");
	sleep(30);
	_exit(0);
}

int nbd_attach(int sock, struct nbd_device *ret, struct err *e)
{
	(void)e;
	ret->number = 0;
	snprintf(ret->path, sizeof(ret->path), "/dev/nbd0");
	put_file("attached", "");
	if (fork() == 0)
		run_guest(sock);
	return 0;
}

int nbd_detach(const struct nbd_device *d, struct err *e)
{
	(void)d;
	(void)e;
	unlink(in_folder("attached"));
	return 0;
}

struct fake {
	struct arena *arena;
	struct facts facts;
	struct platform *platform;
	struct verdict verdict;
	struct proof proof;
	int disk;
};

static void add_file(struct fake *t, const char *what, uint64_t at)
{
	struct boot_file_fact file = {.what = what, .name = what, .path = what};
	struct piece_fact piece = {"a.img", at, 512};

	assert_true(vec_push(t->arena, &file.pieces, piece));
	assert_true(vec_push(t->arena, &t->facts.boot_files, file));
}

static void put_program(const char *name, const char *script)
{
	char text[1024];

	snprintf(text, sizeof(text), "#!/bin/sh\ncd %s\n%s\n", folder, script);
	put_file(name, text);
	assert_int_equal(chmod(in_folder(name), 0755), 0);
}

static void put_programs(void)
{
	put_program("xl",
		    "echo \"$*\" >>calls\n"
		    "case $1 in\n"
		    "create) [ ! -e no-memory ] || { echo 'no memory' >&2; exit 1; }\n"
		    "	cp \"$4\" config; : >domain ;;\n"
		    "list) [ -e domain ] || exit 1\n"
		    "	state=-b----; [ ! -e state ] || read state <state\n"
		    "	printf 'Name ID Mem VCPUs State Time(s)\\n"
		    "%s 7 512 1 %s 3.5\\n' \"$2\" \"$state\" ;;\n"
		    "unpause) : >unpaused ;;\n"
		    "destroy) rm domain ;;\n"
		    "esac");
	put_program("xenstore-ls", "state=2; [ ! -e connected ] || state=4\n"
				   "echo \"$2/51712/dev = \\\"xvda\\\"\"\n"
				   "echo \"$2/51712/state = \\\"$state\\\"\"");
	put_program("xenstore-read", "echo 1");
	put_program("modprobe", "exit 1");
}

static int set_up(void **state)
{
	static struct fake t;
	struct disk_fact disk = {.name = "a.img", .format = "raw", .size = SIZE};
	platform_list list = {0};
	strs ids = {0};
	struct err e = ERR_INIT;
	char command[64];

	t = (struct fake){.arena = arena_new(LIMIT_HANDLE),
			  .disk = memfd_create("disk", MFD_CLOEXEC)};
	assert_true(t.disk >= 0 && ftruncate(t.disk, SIZE) == 0);
	assert_true(vec_push(t.arena, &t.facts.disks, disk));
	t.facts.root_disk = disk.name;
	t.facts.os.arch = "x86_64";
	t.facts.boot.bios = true;
	t.facts.boot.mbr_disk = disk.name;
	add_file(&t, "kernel", KERNEL_AT);
	add_file(&t, "initramfs", INITRAMFS_AT);
	add_file(&t, "init", INIT_AT);
	assert_true(vec_push(t.arena, &ids, "xen"));
	assert_int_equal(
		platform_load_dir(SOURCE_ROOT "/platforms", &ids, t.arena, &list, &e), 0);
	t.platform = list.v[0];
	assert_int_equal(
		verdict_judge(&t.facts, t.platform, NULL, t.arena, &t.verdict, &e), 0);
	snprintf(command, sizeof(command), "/bin/rm -rf %s/*", folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(mkdir(in_folder("tmp"), 0700), 0);
	put_programs();
	here = XL_HOST;
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	struct fake *t = *state;

	close(t->disk);
	arena_free(t->arena);
	return 0;
}

static int prove_with(struct fake *t, const char *kind, struct prove_options *o,
		      struct err *e)
{
	struct prove_disk disk = {.fd = t->disk, .format = "raw"};

	put_file("kind", kind);
	return prove(&t->facts, t->platform, &t->verdict, &disk, o, t->arena, &t->proof,
		     e);
}

static void boots(struct fake *t, const char *kind)
{
	struct prove_options o = {.seconds = 24};
	struct err e = ERR_INIT;

	if (prove_with(t, kind, &o, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(t->proof.accelerator, "Xen");
}

static void says(const char *text, const char *words)
{
	if (!text || !strstr(text, words))
		fail_msg("not \"%s\" in: %s", words, text ? text : "nothing");
}

/* Everything that was made is gone again. */
static void nothing_is_left(void)
{
	assert_true(wait_for("domain", false));
	assert_true(wait_for("attached", false));
	assert_true(wait_for("bridge", false));
	for (int i = 0; i < 500 && rmdir(in_folder("tmp")) < 0; i++)
		usleep(10000);
	assert_false(is_there("tmp"));
}

static void test_a_guest_that_uses_its_driver_works(void **state)
{
	struct fake *t = *state;

	boots(t, "pv");
	assert_int_equal(t->proof.disk.outcome, OUTCOME_WORKED);
	says(t->proof.disk.text, "was read through xen-blkfront");
	says(read_text("calls"), "create -p -e ");
	says(read_text("calls"), "unpause paravet-");
	says(read_text("calls"), "destroy paravet-");
	nothing_is_left();
}

static void test_one_that_reads_the_emulated_disk_does_not(void **state)
{
	struct fake *t = *state;

	boots(t, "emulated");
	assert_int_equal(t->proof.disk.outcome, OUTCOME_FAILED);
	says(t->proof.disk.text, "from the emulated disk");
	nothing_is_left();
}

static void test_the_serial_line_tells_why(void **state)
{
	struct fake *t = *state;

	boots(t, "gives-up");
	assert_int_equal(t->proof.disk.outcome, OUTCOME_FAILED);
	says(t->proof.disk.text, "the initramfs gave up waiting for /");
	nothing_is_left();
}

static void test_a_guest_that_stops_ends_the_boot(void **state)
{
	struct fake *t = *state;

	boots(t, "stops");
	assert_int_equal(t->proof.disk.outcome, OUTCOME_FAILED);
	says(t->proof.disk.text, "restarted or stopped before");
	nothing_is_left();
}

/* Without the counts, what the driver did cannot be known. */
static void test_a_host_that_does_not_count_is_an_error(void **state)
{
	struct prove_options o = {.seconds = 24};
	struct fake *t = *state;
	struct err e = ERR_INIT;

	put_file("connected", "");
	assert_int_equal(prove_with(t, "hang", &o, &e), -ERR_IO);
	says(e.text, "does not count requests");
	nothing_is_left();
}

static void test_a_host_that_cannot_is_an_error(void **state)
{
	struct prove_options o = {.seconds = 24};
	struct fake *t = *state;
	struct err e = ERR_INIT;

	put_file("no-memory", "");
	assert_int_equal(prove_with(t, "pv", &o, &e), -ERR_IO);
	says(e.text, "the Xen host: xl create; no memory");
	nothing_is_left();
}

static void test_nothing_is_left_of_one_that_is_killed(void **state)
{
	struct fake *t = *state;
	pid_t pid = fork();

	if (pid == 0) {
		boots(t, "hang");
		_exit(0);
	}
	assert_true(wait_for("unpaused", true));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	nothing_is_left();
	says(read_text("calls"), "destroy paravet-");
}

static void refuses(struct fake *t, struct prove_options *o, const char *words)
{
	struct err e = ERR_INIT;

	assert_int_equal(prove_with(t, "pv", o, &e), 0);
	assert_null(t->proof.accelerator);
	says(t->proof.text, words);
	assert_false(is_there("calls"));
}

static void test_xl_is_not_used_by_others_than_root(void **state)
{
	struct prove_options o = {0};
	struct fake *t = *state;

	here = XL_NOT_ROOT;
	refuses(t, &o, "this machine is one, but only root can use its xl");
}

static void test_nor_where_it_is_not_installed(void **state)
{
	struct prove_options o = {0};
	struct fake *t = *state;

	unlink(in_folder("xl"));
	refuses(t, &o, "this machine is one, but xl is not installed");
}

static void test_nor_where_the_host_under_qemu_was_named(void **state)
{
	struct prove_options o = {.force_xen_lab = true};
	struct fake *t = *state;

	refuses(t, &o, "it needs a Xen host");
}

static void test_configuration(void **state)
{
	struct setup_disk disks[] = {{.name = "a", .offer = "ahci"},
				     {.name = "b", .offer = "pv"}};
	const char *devices[] = {"/dev/nbd3", "/dev/nbd0"};
	struct xl_guest g = {"paravet-5", "paravet-5", "/tmp/x/serial", devices};
	struct setup_machine m = {.memory = 256, .mac = "52:54:00:00:00:01"};
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(4096);
	struct setup s = {.card_offer = "emulated"};

	(void)state;
	s.disks.v = disks;
	s.disks.n = 2;
	xl_put_config(&s, &m, &g, &text);
	says(strbuf_text(&text), "name=\"paravet-5\"\n");
	says(strbuf_text(&text), "memory=256\n");
	says(strbuf_text(&text), "serial=\"unix:/tmp/x/serial\"\n");
	says(strbuf_text(&text), "hdtype=\"ahci\"\n");
	says(strbuf_text(&text), "disk=[\n  \"format=raw,vdev=xvda,access=rw,"
				 "backendtype=phy,target=/dev/nbd3\",\n]\n");
	says(strbuf_text(&text), "vif=[\"mac=52:54:00:00:00:01,bridge=paravet-5,"
				 "script=vif-bridge,type=ioemu,model=rtl8139\"]\n");
	assert_false(xl_is_pv_only(&s, 0));
	assert_true(xl_is_pv_only(&s, 1));
	strbuf_done(&text);
	text = (struct strbuf)STRBUF_INIT(4096);
	disks[0].offer = "ide";
	s.card_missing = "none";
	xl_put_config(&s, &m, &g, &text);
	says(strbuf_text(&text), "hdtype=\"ide\"\n");
	says(strbuf_text(&text), "vif=[]\n");
}

static void test_list(void **state)
{
	static const struct {
		const char *text;
		bool ok, ended, waits;
	} rows[] = {
		{"a 5 512 1 -b---- 12.3\n", true, false, false},
		{"Name ID Mem VCPUs State Time(s)\na 5 512 1 r----- 12.3", true},
		{"a 5 512 1 ------ 12.3", true, false, true},
		{"a 5 512 1 ---s-- 12.3", true, true, false},
		{"a 5 512 1 ----c- 12.3", true, true, false},
		{"a 5 512 1 --ps-d 12.3", true, true, false},
		{"b 5 512 1 -b---- 12.3", false},
		{"a x 512 1 -b---- 12.3", false},
		{"a 5 512 1 -b---- 12", false},
		{"a 5 512 1", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct xl_domain d = {0};

		assert_int_equal(xl_parse_list(slice_str(rows[i].text), "a", &d),
				 rows[i].ok);
		if (!rows[i].ok)
			continue;
		assert_int_equal(d.id, 5);
		assert_int_equal(d.milliseconds, 12300);
		assert_int_equal(d.ended, rows[i].ended);
		assert_int_equal(d.waits, rows[i].waits);
	}
}

static void test_store(void **state)
{
	static const char text[] = "/local/domain/0/backend/vbd/5/51712 = \"\"\n"
				   "/local/domain/0/backend/vbd/5/51712/frontend = "
				   "\"/local/domain/5/device/vbd/51712\"\n"
				   "/local/domain/0/backend/vbd/5/51712/dev = \"xvda\"\n"
				   "/local/domain/0/backend/vbd/5/51712/state = \"4\"\n"
				   "/local/domain/0/backend/vbd/5/51728/state = \"2\"\n"
				   "/local/domain/0/backend/vbd/5/51728/dev = \"xvdb\"\n"
				   "/local/domain/0/backend/vbd/5/x/state = \"4\"\n"
				   "nothing\n/ = 4\n= =\n";
	struct xl_disk disks[LIMIT_XEN_DISKS];

	(void)state;
	assert_int_equal(xl_parse_disks(slice_str(text), disks, LIMIT_XEN_DISKS), 2);
	assert_int_equal(disks[0].id, 51712);
	assert_int_equal(disks[0].disk, 0);
	assert_true(disks[0].connected);
	assert_int_equal(disks[1].disk, 1);
	assert_false(disks[1].connected);
	assert_int_equal(xl_parse_disks(slice_str(text), disks, 1), 1);
}

#define BOOT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOT(test_a_guest_that_uses_its_driver_works),
		BOOT(test_one_that_reads_the_emulated_disk_does_not),
		BOOT(test_the_serial_line_tells_why),
		BOOT(test_a_guest_that_stops_ends_the_boot),
		BOOT(test_a_host_that_does_not_count_is_an_error),
		BOOT(test_a_host_that_cannot_is_an_error),
		BOOT(test_nothing_is_left_of_one_that_is_killed),
		BOOT(test_xl_is_not_used_by_others_than_root),
		BOOT(test_nor_where_it_is_not_installed),
		BOOT(test_nor_where_the_host_under_qemu_was_named),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_store),
	};
	char command[64];
	int failed;

	if (!mkdtemp(folder))
		return 99;
	setenv("PATH", folder, 1);
	setenv("TMPDIR", in_folder("tmp"), 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof(command), "/bin/rm -rf %s", folder);
	return system(command) == 0 ? failed : 99;
}
