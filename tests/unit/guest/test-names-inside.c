/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of disks in the files of an initramfs: what is read, and what / needs of it. */
#include "guest-tree.h"
#include "initramfs-case.h"
#include "names.h"

/* What a later archive holds takes the place of a file as a whole. */
static void test_names_of_disks(_unused_ void **state)
{
	struct cpio_maker m = {0};
	const struct name_fact *n;
	struct run run;

	cpio_text(&m, "conf/conf.d/cryptroot",
		  "target=a,source=/dev/sda3,key=none\nsource=/dev/sdb1\n");
	cpio_text(&m, "conf/conf.d/resume", "# c\nRESUME='/dev/sda5' # x\n");
	cpio_text(&m, "conf/initramfs.conf", "MODULES=most\nRESUME=auto\n");
	cpio_text(&m, "conf/conf.d/root", "ROOT=/dev/sda1\n");
	cpio_text(&m, "cryptroot/crypttab", "b /dev/sda4 none luks\n");
	cpio_text(&m, "etc/mdadm/mdadm.conf", "DEVICE /dev/sd*\n");
	cpio_end(&m);
	cpio_align(&m, 512);
	cpio_text(&m, "cryptroot/crypttab", "# none\nb UUID=1 none luks\n");
	cpio_end(&m);
	run = run_bytes(cpio_slice(&m));
	assert_string_equal(run.fact.state, "read");
	assert_int_equal(run.fact.names.n, 6);
	n = &run.fact.names.v[0];
	assert_string_equal(n->where, "crypttab");
	assert_string_equal(n->spec, "/dev/sda3");
	assert_string_equal(n->target, "a");
	assert_string_equal(n->word, "target=a,source=/dev/sda3,key=none");
	assert_string_equal(n->source.path, "conf/conf.d/cryptroot");
	n = &run.fact.names.v[1];
	assert_string_equal(n->where, "resume.conf");
	assert_string_equal(n->spec, "/dev/sda5");
	assert_string_equal(n->word, "RESUME='/dev/sda5'");
	assert_int_equal(n->source.line, 2);
	assert_string_equal(run.fact.names.v[2].spec, "auto");
	n = &run.fact.names.v[3];
	assert_string_equal(n->where, "root=");
	assert_string_equal(n->word, "ROOT=/dev/sda1");
	assert_string_equal(run.fact.names.v[4].target, "DEVICE");
	n = &run.fact.names.v[5];
	assert_string_equal(n->spec, "UUID=1");
	assert_int_equal(n->source.line, 2);
	run_done(&run);
	cpio_free(&m);
}

static void test_a_name_with_a_nul_byte_is_damage(_unused_ void **state)
{
	struct cpio_maker m = {0};

	cpio_file(&m, "cryptroot/crypttab", slice_of("a /dev/sda\0 none\n", 18));
	cpio_end(&m);
	expect_broken(cpio_slice(&m), "cryptroot/crypttab holds a NUL byte");
	cpio_free(&m);
}

/* An archive that comes later may have put a name of the bus right. */
static void test_a_name_of_the_bus_is_read_to_the_end(_unused_ void **state)
{
	static const char *const specs[] = {"/dev/sda5", "UUID=5"};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct cpio_maker m = {0};
		struct run run;
		char text[64];

		snprintf(text, sizeof(text), "RESUME=%s\n", specs[i]);
		cpio_text(&m, "conf/conf.d/resume", text);
		cpio_debian(&m);
		cpio_end(&m);
		run = run_with(cpio_slice(&m), (struct how){.partly_allowed = true});
		assert_string_equal(run.fact.state, i ? "partly" : "read");
		run_done(&run);
		cpio_free(&m);
	}
}

static struct volume_fact *luks_root(struct guest_tree *t)
{
	struct volume_fact *v;

	guest_tree_disk(t, "mbr", "grub");
	guest_tree_volume(t, NULL)->fs = "crypto_LUKS";
	guest_tree_volume(t, NULL)->fs = "crypto_LUKS";
	v = guest_tree_volume(t, NULL);
	v->name = "LUKS";
	v->type = "luks";
	assert_true(vec_push(t->arena, &v->on, (const char *)"disk.img, partition 2"));
	t->facts.root_disk = "disk.img";
	t->facts.root_volume = "LUKS";
	return v;
}

/* Is the line of this crypttab needed? */
static bool is_needed(struct guest_tree *t, const char *spec, const char *target)
{
	name_list list = {0};
	struct name_fact n = {.where = "crypttab",
			      .spec = spec,
			      .target = target,
			      .source.path = "cryptroot/crypttab"};

	assert_true(vec_push(t->arena, &list, n));
	assert_int_equal(names_inside(&t->guest, &list, &t->e), 0);
	assert_int_equal(list.n, 1);
	return list.v[0].needed;
}

static void test_what_opens_the_volume_of_root(void **state)
{
	struct guest_tree *t = *state;
	struct volume_fact *v;

	assert_true(is_needed(t, "/dev/sda2", "a")); /* what / is on is not known */
	v = luks_root(t);
	t->facts.root_volume = "partition 1";
	assert_false(is_needed(t, "/dev/sda2", "a"));
	t->facts.root_volume = "LUKS";
	assert_true(is_needed(t, "/dev/sda2", "a"));
	assert_false(is_needed(t, "/dev/sda1", "b"));
	/* on a disk that is not here: it may be the one, unless that has another name */
	assert_true(is_needed(t, "/dev/sdz2", "a"));
	assert_true(vec_push(t->arena, &v->device_names, (const char *)"mapper/a"));
	assert_true(is_needed(t, "/dev/sdz2", "a"));
	assert_false(is_needed(t, "/dev/sdz2", "b"));
}

static void test_arrays_of_root(void **state)
{
	struct guest_tree *t = *state;
	struct volume_fact *v;
	name_list list = {0}, again = {0};
	struct names_text text = {.text = slice_str("DEVICE /dev/sd*\n"),
				  .source.path = "etc/mdadm.conf",
				  .arena = t->arena,
				  .scratch = t->scratch,
				  .to = &list};

	guest_tree_disk(t, "mbr", "grub");
	v = guest_tree_volume(t, NULL);
	t->facts.root_disk = "disk.img";
	t->facts.root_volume = "partition 1";
	assert_int_equal(names_of_mdadm(&text, &t->e), 0);
	assert_true(vec_push(t->arena, &again, list.v[0]));
	assert_int_equal(names_inside(&t->guest, &list, &t->e), 0);
	assert_false(list.v[0].needed);
	v->array_uuid = "1:2:3:4";
	assert_int_equal(names_inside(&t->guest, &again, &t->e), 0);
	assert_true(again.v[0].needed);
	assert_string_equal(again.v[0].kind, "bus-name");
}

/* dracut: the boot loader's root= comes behind its own. */
static void test_words_of_a_command_line(void **state)
{
	struct guest_tree *t = *state;
	struct entry_fact entry = {.cmdline = "ro root=UUID=1", .is_default = true};

	for (int rooted = 0; rooted < 2; rooted++) {
		name_list list = {0};
		struct names_text text = {
			.text = slice_str("rd.luks.uuid=luks-1-2\n"
					  " \"root=/dev/sda1\" resume=/dev/sda2 quiet\n"),
			.source.path = "etc/cmdline.d/x.conf",
			.arena = t->arena,
			.scratch = t->scratch,
			.to = &list};

		assert_int_equal(names_of_cmdline(&text, &t->e), 0);
		assert_int_equal(names_inside(&t->guest, &list, &t->e), 0);
		assert_int_equal(list.n, 3);
		assert_string_equal(list.v[0].spec, "UUID=1-2");
		assert_string_equal(list.v[1].where, "root=");
		assert_string_equal(list.v[1].word, "\"root=/dev/sda1\"");
		assert_int_equal(list.v[1].source.line, 2);
		assert_int_equal(list.v[1].needed, !rooted);
		assert_string_equal(list.v[2].where, "resume=");
		assert_false(list.v[2].needed);
		assert_true(vec_push(t->arena, &t->facts.boot.entries, entry));
	}
}

/* init reads initramfs.conf, then conf.d in the order of the names of files. */
static void test_the_last_resume_counts(void **state)
{
	static const struct name_fact raw[] = {
		{.where = "resume.conf",
		 .spec = "/dev/sda5",
		 .source = {.path = "conf/conf.d/resume", .line = 2}},
		{.where = "resume.conf",
		 .spec = "/dev/sda6",
		 .source = {.path = "conf/conf.d/resume", .line = 1}},
		{.where = "resume.conf",
		 .spec = "/dev/sda7",
		 .source = {.path = "conf/conf.d/a", .line = 9}},
		{.where = "resume.conf",
		 .spec = "/dev/sda8",
		 .source = {.path = "conf/initramfs.conf", .line = 1}},
		{.where = "resume.conf",
		 .spec = "none",
		 .source = {.path = "conf/conf.d/zz", .line = 1}},
	};
	struct guest_tree *t = *state;

	for (size_t all = 4; all <= ARRAY_LEN(raw); all++) {
		name_list list = {0};

		for (size_t i = 0; i < all; i++)
			assert_true(vec_push(t->arena, &list, raw[i]));
		assert_int_equal(names_inside(&t->guest, &list, &t->e), 0);
		assert_int_equal(list.n, all == 4);
		if (all == 4)
			assert_string_equal(list.v[0].spec, "/dev/sda5");
	}
}

/* Of two volumes with that label init takes one: no answer rests on which. */
static void test_what_nothing_needs_may_mean_two(void **state)
{
	struct guest_tree *t = *state;
	struct name_fact n = {.where = "resume.conf",
			      .spec = "LABEL=swap",
			      .source = {.path = "conf/conf.d/resume", .line = 1}};
	name_list list = {0};

	guest_tree_volume(t, NULL)->label = "swap";
	guest_tree_volume(t, NULL)->label = "swap";
	assert_true(vec_push(t->arena, &list, n));
	assert_int_equal(names_inside(&t->guest, &list, &t->e), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(t->facts.problems.n, 0);
}

int main(void)
{
#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, guest_tree_setup, guest_tree_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_of_disks),
		cmocka_unit_test(test_a_name_with_a_nul_byte_is_damage),
		cmocka_unit_test(test_a_name_of_the_bus_is_read_to_the_end),
		CASE(test_what_opens_the_volume_of_root),
		CASE(test_arrays_of_root),
		CASE(test_words_of_a_command_line),
		CASE(test_the_last_resume_counts),
		CASE(test_what_nothing_needs_may_mean_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
