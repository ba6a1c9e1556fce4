/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What words of the command line make dracut leave alone of what / lies on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chain.h"

#define UUID "01234567:89abcdef:01234567:89abcdef"

struct guest {
	struct facts facts;
	struct kernel_fact kernel;
	struct judge judge;
	link_list chain;
};

static int set_up(void **state)
{
	static struct guest g;
	struct disk_fact disk = {.name = "a"};

	g = (struct guest){.kernel.initramfs = {.generator = "dracut",
						.generator_version = "057-1"}};
	g.judge = (struct judge){.facts = &g.facts,
				 .kernel = &g.kernel,
				 .chain = &g.chain,
				 .arena = arena_new(1 << 20)};
	g.facts.root_disk = "a";
	assert_true(vec_push(g.judge.arena, &g.facts.disks, disk));
	*state = &g;
	return 0;
}

static int tear_down(void **state)
{
	arena_free(((struct guest *)*state)->judge.arena);
	return 0;
}

/* The first one has /, and lies on all that come after it. */
static void add(struct guest *g, struct volume_fact v)
{
	struct arena *a = g->judge.arena;

	v.disk = "a";
	if (g->facts.volumes.n)
		assert_true(vec_push(a, &g->facts.volumes.v[0].on,
				     arena_printf(a, "a, %s", v.name)));
	else
		g->facts.root_volume = v.name;
	assert_true(vec_push(a, &g->facts.volumes, v));
}

static void add_logical(struct guest *g)
{
	add(g, (struct volume_fact){.name = "LV vg0/root", .type = "lvm"});
}

/* Nothing lies on it. */
static void add_beside(struct guest *g, const char *name)
{
	struct volume_fact v = {.disk = "a", .name = name, .type = "lvm"};

	assert_true(vec_push(g->judge.arena, &g->facts.volumes, v));
}

static void add_array(struct guest *g, const char *name, const char *uuid)
{
	add(g, (struct volume_fact){.name = name, .array_uuid = uuid});
}

static void say_inside(struct guest *g, const char *word)
{
	struct word_fact w = {word, {.path = "etc/cmdline.d/x.conf"}};

	assert_true(vec_push(g->judge.arena, &g->kernel.initramfs.words, w));
}

/* The first link with this command line; NULL when nothing keeps dracut from it. */
static const struct link *judged(struct guest *g, const char *cmdline)
{
	bool whole;

	g->judge.cmdline = cmdline;
	g->chain.n = 0;
	whole = judge_dracut(&g->judge);
	assert_false(g->judge.full);
	assert_int_equal(whole, g->chain.n == 0);
	return whole ? NULL : &g->chain.v[0];
}

static void expect(struct guest *g, const char *cmdline, enum answer answer,
		   const char *text)
{
	const struct link *l = judged(g, cmdline);

	if (!l || l->state != answer || !strstr(l->text, text))
		fail_msg("%s: %s", cmdline, l ? l->text : "nothing");
}

#define READY(cmdline) assert_null(judged(g, cmdline))

static void test_logical_volumes(void **state)
{
	struct guest *g = *state;

	add_logical(g);
	g->facts.root_volume = "LV vg0/root";
	add(g, (struct volume_fact){.name = "partition 2"});
	add_beside(g, "LV vg0/swap");
	READY("root=/dev/vg0/root"); /* as booted, whatever the manual says */
	expect(g, "rd.lvm.lv=vg0/swap", ANSWER_FIXABLE,
	       "names other logical volumes (rd.lvm.lv=vg0/swap) than that of /");
	assert_string_equal(g->chain.v[0].remedy,
			    "add rd.lvm.lv=vg0/root to the kernel command line");
	assert_string_equal(g->chain.v[0].word, "rd.lvm.lv=vg0/swap");
	assert_string_equal(g->chain.v[0].word_then,
			    "rd.lvm.lv=vg0/swap rd.lvm.lv=vg0/root");
	/* What is not here goes: dracut would wait for it. */
	expect(g, "rd.lvm.lv=vg0/srv", ANSWER_FIXABLE, "names other logical volumes");
	assert_string_equal(g->chain.v[0].word_then, "rd.lvm.lv=vg0/root");
	expect(g, "rd.lvm.vg=vg", ANSWER_FIXABLE, "(rd.lvm.vg=vg)");
	expect(g, "rd.lvm.lv=/dev/vg0/root", ANSWER_FIXABLE, "other logical volumes");
	READY("rd.lvm.lv=vg0/swap rd.lvm.lv=vg0/root");
	READY("\"rd.lvm.lv=vg0/root\"");
	READY("rd_LVM_LV=vg0/root");
	READY("rd.lvm.vg=vg0");
	READY("rd.lvm.lv=vg0"); /* all of the group */
	READY("rd_LVM_VG=vg0");
	expect(g, "rd.lvm.lv=vg0/root rd.lvm=0", ANSWER_FIXABLE,
	       "the command line has rd.lvm=0, so dracut leaves the logical volume of /");
	assert_string_equal(g->chain.v[0].word, "rd.lvm=0");
	expect(g, "rd.lvm.lv=vg0/root rd_NO_LVM", ANSWER_FIXABLE, "has rd_NO_LVM");
	READY("rd.lvm.lv=vg0/root rd_NO_LVM rd.lvm=0 rd.lvm=1");
	READY("rd.lvm.lv=vg0/root rd.md=0 rd.luks=0");
}

static void test_arrays_are_named_by_their_digits(void **state)
{
	struct guest *g = *state;

	add_array(g, "MD md0", UUID);
	expect(g, "ro", ANSWER_UNKNOWN, "neither rd.md.uuid= nor rd.auto asks for it");
	assert_string_equal(g->chain.v[0].remedy,
			    "add rd.md.uuid=" UUID " to the kernel command line");
	READY("rd.md.uuid=" UUID);
	READY("rd.md.uuid=01234567-89ab-cdef-0123-456789abcdef");
	READY("rd_MD_UUID=0123456789abcdef0123456789abcdef");
	expect(g, "rd.md.uuid=0123456789abcdef0123456789abcde", ANSWER_FIXABLE,
	       "names other arrays");
	expect(g, "rd.md.uuid=" UUID "0", ANSWER_FIXABLE, "names other arrays");
	expect(g, "rd.md.uuid=", ANSWER_UNKNOWN, "neither");
}

static void test_old_dracut_takes_all_that_it_finds(void **state)
{
	struct guest *g = *state;

	add_array(g, "MD md0", UUID);
	g->kernel.initramfs.generator_version = "004-409.el6";
	READY("ro");
	expect(g, "rd_NO_MD", ANSWER_FIXABLE, "has rd_NO_MD");
	expect(g, "rd_MD_UUID=0", ANSWER_FIXABLE, "names other");
	g->kernel.initramfs.generator_version = "023";
	READY("ro");
	g->kernel.initramfs.generator_version = "024";
	expect(g, "ro", ANSWER_UNKNOWN, "neither");
	g->kernel.initramfs.generator_version = NULL;
	expect(g, "ro", ANSWER_UNKNOWN, "neither");
	READY("rd.auto");
	READY("rd.auto=1");
	expect(g, "rd.auto rd.auto=0", ANSWER_UNKNOWN, "neither");
	expect(g, "rd.auto rd.md.uuid=0", ANSWER_FIXABLE, "names other");
	g->kernel.initramfs.generator = "initramfs-tools";
	READY("rd.md=0");
}

/* What the boot loader says comes behind what is inside, and counts. */
static void test_words_inside(void **state)
{
	struct guest *g = *state;

	add_logical(g);
	say_inside(g, "rd.lvm.lv=vg0/root");
	READY("ro");
	say_inside(g, "rd.lvm=0");
	expect(g, "ro", ANSWER_FIXABLE,
	       "etc/cmdline.d/x.conf in the initramfs has rd.lvm=0");
	assert_string_equal(g->chain.v[0].remedy,
			    "add rd.lvm=1 to the kernel command line");
	assert_null(g->chain.v[0].word);
	READY("rd.lvm=1");
	READY("rd.lvm");
}

/* As booted (debian-lvm-dracut-other of the lab): dracut waits for all that is named,
 * then gives up. */
static void test_what_dracut_waits_for(void **state)
{
	struct guest *g = *state;
	struct name_fact luks = {.where = "rd.luks.uuid", .spec = "UUID=1"};

	add(g, (struct volume_fact){.name = "partition 1"});
	add_beside(g, "LV vg0/swap");
	READY("rd.lvm.lv=vg0/swap");
	READY("rd.lvm.vg=vg0");
	expect(g, "rd.lvm.lv=vg0/swap rd.lvm.lv=vg0/srv", ANSWER_UNKNOWN,
	       "dracut waits for what rd.lvm.lv=vg0/srv names, which is on none of these "
	       "disks");
	assert_string_equal(g->chain.v[0].remedy,
			    "take it off the kernel command line, or name its disk, too");
	expect(g, "rd.md.uuid=" UUID, ANSWER_UNKNOWN, "what rd.md.uuid=" UUID " names");
	READY("rd.lvm.lv=vg0/srv rd.lvm=0");
	g->kernel.initramfs.generator_version = "004";
	READY("rd_LVM_LV=vg0/srv");
	g->kernel.initramfs.generator_version = "057";
	assert_true(vec_push(g->judge.arena, &g->facts.names, luks));
	expect(g, "ro", ANSWER_UNKNOWN, "what UUID=1 names");
	READY("rd.luks=0");
}

/* Quotes stand around a word or its value, and keep blanks together. */
static void test_quotes(void **state)
{
	struct guest *g = *state;

	add_array(g, "MD md0", UUID);
	READY("rd.md.uuid=\"" UUID "\"");
	READY("\"rd.md.uuid=" UUID "\"");
	READY("rd.auto dyndbg=\"file a.c rd.md=0 +p\"");
	expect(g, "rd.auto=\"0\"", ANSWER_UNKNOWN, "neither rd.md.uuid=");
	expect(g, "rd.auto rd.md=\"0\"", ANSWER_FIXABLE, "has rd.md=\"0\"");
	assert_string_equal(g->chain.v[0].word, "rd.md=\"0\"");
	READY("rd.auto=x=0");
}

static void test_files_of_this_host_that_are_left_out(void **state)
{
	struct guest *g = *state;

	add(g, (struct volume_fact){.name = "partition 1"});
	READY("rd.hostonly=0");
	add_array(g, "MD md0", UUID);
	say_inside(g, "rd.md.uuid=" UUID);
	READY("rd.hostonly=1");
	expect(g, "rd.hostonly=0", ANSWER_UNKNOWN,
	       "the command line has rd.hostonly=0, so dracut leaves out files");
}

static void test_each_layer_counts(void **state)
{
	struct guest *g = *state;

	add_logical(g);
	add_array(g, "MD md0", UUID);
	add_array(g, "MD md1", "11111111:89abcdef:01234567:89abcdef");
	add(g, (struct volume_fact){.name = "partition 2", .cipher = "aes-xts-plain64"});
	expect(g, "rd.lvm.vg=vg0 rd.md.uuid=" UUID, ANSWER_FIXABLE, "names other arrays");
	assert_string_equal(g->chain.v[0].remedy,
			    "add rd.md.uuid=11111111:89abcdef:01234567:89abcdef to the "
			    "kernel command line");
	expect(g, "rd.auto rd.luks=off", ANSWER_FIXABLE,
	       "has rd.luks=off, so dracut leaves the encrypted volume of / alone");
	expect(g, "rd.auto rd.md=no", ANSWER_FIXABLE, "has rd.md=no");
	assert_int_equal(g->chain.n, 1); /* for both arrays */
	READY("rd.auto");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_logical_volumes),
		TEST(test_arrays_are_named_by_their_digits),
		TEST(test_old_dracut_takes_all_that_it_finds),
		TEST(test_words_inside),
		TEST(test_what_dracut_waits_for),
		TEST(test_quotes),
		TEST(test_files_of_this_host_that_are_left_out),
		TEST(test_each_layer_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
