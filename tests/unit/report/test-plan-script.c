/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls the steps of a plan become in its script; tests/cli runs such scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_text.h"

struct fixture {
	struct arena *arena;
	struct facts facts;
	struct plan plan;
	struct strbuf out;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.arena = arena_new(1 << 20);
	f.out = (struct strbuf)STRBUF_INIT(1 << 20);
	f.plan.platform = f.plan.platform_name = "test";
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	strbuf_done(&f->out);
	arena_free(f->arena);
	return 0;
}

static struct plan_step *step(struct fixture *f, const char *id, const char *where)
{
	struct plan_step *s = vec_add(f->arena, &f->plan.steps);

	assert_non_null(s);
	s->n = f->plan.steps.n;
	s->id = id;
	s->where = where;
	s->title = "Title";
	s->text = "Text";
	s->verified = true;
	return s;
}

static void edit(struct fixture *f, struct plan_step *s, struct plan_edit e)
{
	assert_true(vec_push(f->arena, &s->edits, e));
}

static void command(struct fixture *f, struct plan_step *s, const char *text)
{
	assert_true(vec_push(f->arena, &s->commands, text));
}

static void drivers(struct fixture *f, struct plan_step *s, const char *generator)
{
	struct plan_drivers d = {"/boot/initrd", "6.1", generator, {0}};

	assert_true(vec_push(f->arena, &d.modules, "virtio_blk"));
	assert_true(vec_push(f->arena, &s->drivers, d));
}

static void entry(struct fixture *f, const char *menu, uint64_t line)
{
	struct entry_fact e = {.kernel = "/vmlinuz",
			       .cmdline_source = {.path = menu, .line = line}};

	assert_true(vec_push(f->arena, &f->facts.boot.entries, e));
}

/* The part behind what every script begins with. */
static const char *steps(struct fixture *f)
{
	const char *at;

	report_plan_script(&f->facts, &f->plan, &f->out);
	assert_true(strbuf_ok(&f->out));
	at = strstr(strbuf_text(&f->out), "\nthe_guest() {");
	assert_non_null(at);
	return at;
}

static void has(struct fixture *f, const char *want)
{
	const char *text = steps(f);

	if (!strstr(text, want))
		fail_msg("no \"%s\" in:%s", want, text);
}

static void test_lines(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	edit(f, s, (struct plan_edit){"/etc/fstab", 3, false, "/dev/sda1", "UUID=1"});
	edit(f, s, (struct plan_edit){"/etc/x", 4, true, "alias a b", "alias a c"});
	edit(f, s, (struct plan_edit){"/etc/y", 0, true, NULL, "it's new"});
	has(f, "\twords /etc/fstab 3 /dev/sda1 UUID=1\n"
	       "\tline /etc/x 4 'alias a b' 'alias a c'\n"
	       "\tlast /etc/y 'it'\\''s new'\n");
}

static void test_generators(void **state)
{
	struct fixture *f = *state;

	drivers(f, step(f, "remedy", "guest"), "dracut");
	has(f, "\tinitramfs dracut /boot/initrd 6.1 0 virtio_blk\n");
}

/* An image that holds a stale copy of the module is told by its size. */
static void test_the_image_that_was_seen(void **state)
{
	struct fixture *f = *state;
	struct kernel_fact k = {.release = "6.1"};

	k.initramfs.path = "/boot/initrd";
	k.initramfs.size = 12345;
	assert_true(vec_push(f->arena, &f->facts.kernels, k));
	drivers(f, step(f, "remedy", "guest"), "dracut");
	has(f, "\tinitramfs dracut /boot/initrd 6.1 12345 virtio_blk\n");
}

static void indexes(struct fixture *f, struct plan_step *s, const char *release)
{
	struct plan_indexes x = {.kernel = release, .folder = "/lib/modules/6.1"};

	assert_true(vec_push(f->arena, &s->indexes, x));
}

static void test_indexes(void **state)
{
	struct fixture *f = *state;

	indexes(f, step(f, "remedy", "guest"), "6.1");
	indexes(f, step(f, "remedy", "guest"), "-b/etc");
	indexes(f, step(f, "remedy", "guest"), "../etc");
	indexes(f, step(f, "remedy", "guest"), NULL);
	has(f, "\tstep 1 Title\n\trun depmod -a 6.1\n\n\tstep 2 Title\n\tby_hand Text\n\n"
	       "\tstep 3 Title\n\tby_hand Text\n\n\tstep 4 Title\n\tby_hand Text\n}\n");
}

/* What comes after a step of a procedure that is left to people rests on it. */
static void test_after_a_step_that_is_left(void **state)
{
	struct fixture *f = *state;
	const struct plan_edit e = {"/etc/x", 0, true, NULL, "line"};

	step(f, "package", "guest");
	edit(f, step(f, "alias", "guest"), e);
	edit(f, step(f, "remedy", "guest"), e);
	has(f, "\tstep 1 Title\n\tby_hand Text\n\n\tstep 2 Title\n\tby_hand Text\n"
	       "\tnote '/etc/x, at its end: line'\n\n\tstep 3 Title\n\tlast /etc/x "
	       "line\n}\n");
}

/* Whoever made that initramfs is not known to the script. */
/* Trying it from outside has shown that it would not serve. */
static void test_futile(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	edit(f, s, (struct plan_edit){"/etc/fstab", 3, false, "/dev/sda1", "UUID=1"});
	s->futile = "fstab has it";
	has(f,
	    "\tstep 1 Title\n\tby_hand Text\n\tnote 'not done here, as it does not help: "
	    "fstab has it'\n");
}

static void test_unknown_generator(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	drivers(f, s, "booster");
	has(f, "\tstep 1 Title\n\tby_hand Text\n}\n");
}

static void test_menu(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	entry(f, "/boot/grub/grub.cfg", 7);
	edit(f, s,
	     (struct plan_edit){"/boot/grub/grub.cfg", 7, false, "root=a", "root=b"});
	has(f, "\tmenu /boot/grub/grub.cfg 7 /vmlinuz root=a root=b root=a root=b\n"
	       "\tmenu_made /boot/grub/grub.cfg\n"
	       "\tmenu_keeps /boot/grub/grub.cfg root=a root=b\n");
}

/* A word that comes behind all others is one to add. */
static void test_menu_word(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "rhel6-word", "guest");

	entry(f, "/boot/grub/grub.conf", 7);
	edit(f, s,
	     (struct plan_edit){"/boot/grub/grub.conf", 7, false, "ro a", "ro a new"});
	has(f, "\tmenu /boot/grub/grub.conf 7 /vmlinuz 'ro a' 'ro a new' '' new\n");
}

/* The settings of GRUB are a script, too: nothing that it would run gets in. */
static void test_menu_hostile(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	entry(f, "/boot/grub/grub.cfg", 7);
	edit(f, s,
	     (struct plan_edit){"/boot/grub/grub.cfg", 7, false, "root=a", "root=$(b)"});
	has(f, "\tby_hand Text\n"
	       "\tnote '/boot/grub/grub.cfg:7, the rest of the line stays: root=a -> "
	       "root=$(b)'\n}\n");
}

/* A text of several lines is for people. */
static void test_newline(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");

	edit(f, s, (struct plan_edit){"/etc/x", 1, false, "a", "b\nreboot"});
	has(f, "\tnote '/etc/x:1, the rest of the line stays: a -> b\\nreboot'\n}\n");
}

/* The initramfs holds a copy of modprobe's settings. */
static void test_modprobe(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");
	struct kernel_fact k = {.release = "6.1"};

	k.initramfs.path = "/boot/initrd";
	k.initramfs.generator = "initramfs-tools";
	assert_true(vec_push(f->arena, &k.entries, "entry"));
	assert_true(vec_push(f->arena, &f->facts.kernels, k));
	edit(f, s, (struct plan_edit){"/etc/modprobe.d/x.conf", 1, true, "a b", "# a b"});
	has(f, "\tline /etc/modprobe.d/x.conf 1 'a b' '# a b'\n"
	       "\tinitramfs initramfs-tools /boot/initrd 6.1 0\n");
}

static void test_commands(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "package", "guest");

	command(f, s, "cd 'a b'");
	command(f, s, "rpm -i x*");
	has(f, "\tnote Text\n\tif todo 'cd '\\''a b'\\''' 'rpm -i x*'; then\n\t\t(\n"
	       "\t\t\tcd 'a b'\n\t\t\trpm -i x*\n\t\t)\n\t\tran 'cd '\\''a b'\\''' "
	       "'rpm -i x*'\n\tfi\n");
}

/* Every line of a host's step stays a comment, and what comes after it is for later. */
static void test_host(void **state)
{
	struct fixture *f = *state;

	command(f, step(f, "start", "host"), "virsh start \"a\n\"; reboot");
	command(f, step(f, "check", "guest"), "ifconfig eth0");
	has(f, "\n# 1. On the host: Title\n#    Text\n#        virsh start \"a\n"
	       "#        \"; reboot\n\n\tstep 2 Title\n\tby_hand Text\n\tnote 'ifconfig "
	       "eth0'\n}\n");
}

static void test_shut_down(void **state)
{
	struct fixture *f = *state;

	step(f, "shut-down", "guest")->shuts_down = true;
	command(f, &f->plan.steps.v[f->plan.steps.n - 1], "shutdown -h now");
	has(f, "\tby_hand Text\n\tnote 'shutdown -h now'\n}\n");
}

/* What tells this guest from another: its system, its kernel and its /. */
static void test_guest(void **state)
{
	struct fixture *f = *state;
	struct plan_step *s = step(f, "remedy", "guest");
	struct name_fact n = {.where = "fstab", .target = "/", .spec = "/dev/sda1"};
	struct volume_fact v = {.uuid = "1"};

	f->facts.os = (struct os_fact){.id = "a;b", .version = "1"};
	f->facts.os.source.path = "/usr/lib/os-release";
	f->plan.kernel = "6.1";
	n.source = (struct source){.path = "/etc/fstab", .line = 3};
	assert_true(vec_push(f->arena, &f->facts.names, n));
	assert_true(vec_push(f->arena, &v.mounted_at, "/"));
	assert_true(vec_push(f->arena, &f->facts.volumes, v));
	edit(f, s, (struct plan_edit){"/etc/fstab", 3, false, "/dev/sda1", "UUID=1"});
	has(f, "\tis_os 'a;b' 1\n\thas_kernel 6.1\n\tis_root_uuid 1\n"
	       "\thas_root /dev/sda1 UUID=1\n}\n");
}

static void test_obstacle(void **state)
{
	struct fixture *f = *state;
	struct plan_obstacle o = {.state = ANSWER_BLOCKED, .text = "there is none"};

	assert_true(vec_push(f->arena, &o.subjects, "eth0"));
	assert_true(vec_push(f->arena, &f->plan.obstacles, o));
	has(f, "\tby_hand 'eth0 blocked: there is none'\n}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		TEST(test_generators),
		TEST(test_futile),
		TEST(test_unknown_generator),
		TEST(test_the_image_that_was_seen),
		TEST(test_indexes),
		TEST(test_after_a_step_that_is_left),
		TEST(test_menu),
		TEST(test_menu_word),
		TEST(test_menu_hostile),
		TEST(test_newline),
		TEST(test_modprobe),
		TEST(test_commands),
		TEST(test_host),
		TEST(test_shut_down),
		TEST(test_guest),
		TEST(test_obstacle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
