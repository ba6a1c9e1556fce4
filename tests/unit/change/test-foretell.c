/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What trying a plan has shown becomes part of its steps, and what a worker says of it is
 * checked first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "change.h"

#define OLD "1111111111111111111111111111111111111111111111111111111111111111"
#define NEW "2222222222222222222222222222222222222222222222222222222222222222"

struct fixture {
	struct arena *arena;
	struct plan plan;
	struct changes changes;
	struct err e;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.arena = arena_new(1 << 20);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	return 0;
}

static void step(struct fixture *f, const char *id, struct plan_edit edit)
{
	struct plan_step s = {
		.n = f->plan.steps.n + 1, .id = id, .where = "guest", .title = "Title"};

	assert_true(vec_push(f->arena, &s.edits, edit));
	assert_true(vec_push(f->arena, &f->plan.steps, s));
}

/* What a worker says. */
static int take(struct fixture *f, const char *json)
{
	int r = changes_from_json(slice_str(json), f->arena, &f->changes, &f->e);

	return r < 0 ? r : change_foretell(&f->plan, &f->changes, f->arena, &f->e);
}

#define STEP(n, made, reason, files) \
	"{\"n\":" #n ",\"made\":" made ",\"reason\":" reason ",\"files\":[" files "]}"
#define FILE_(path, how, old, new, notes) \
	"{\"path\":\"" path "\",\"disk\":\"d.img\",\"volume\":\"partition 1\"," \
	"\"how\":\"" how "\",\"old_size\":1,\"new_size\":2,\"old_sha256\":" old \
	",\"new_sha256\":" new ",\"notes\":[" notes "]}"
#define REPLAYED(steps, files, replays) \
	"{\"steps\":[" steps "],\"files\":[" files "],\"replays\":[" replays \
	"],\"disks\":[]}"
#define CHANGES(steps, files) REPLAYED(steps, files, "")
#define SUM(text)             "\"" text "\""

static void is_state(const struct plan_state *s, const char *kind, const char *path,
		     const char *sha256)
{
	assert_string_equal(s->kind, kind);
	if (path)
		assert_string_equal(s->path, path);
	if (sha256)
		assert_string_equal(s->sha256, sha256);
	else
		assert_null(s->sha256);
}

static void test_files_of_steps(void **state)
{
	struct fixture *f = *state;
	const struct plan_step *s;

	step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	step(f, "remedy", (struct plan_edit){"/etc/x.conf", 0, true, NULL, "line"});
	assert_int_equal(
		take(f, CHANGES(STEP(1, "true", "null", "\"/etc/fstab\"") "," STEP(
					2, "true", "null", "\"/etc/x.conf\""),
				FILE_("/etc/fstab", "edited", SUM(OLD), SUM(NEW),
				      "") "," FILE_("/etc/x.conf", "created", "null",
						    SUM(NEW), ""))),
		0);
	s = &f->plan.steps.v[0];
	assert_int_equal(s->files.n, 1);
	assert_string_equal(s->files.v[0].new_sha256, NEW);
	assert_int_equal(s->preconditions.n, 3);
	is_state(&s->preconditions.v[0], "file", "/etc/fstab", OLD);
	is_state(&s->preconditions.v[1], "clean", NULL, NULL);
	is_state(&s->preconditions.v[2], "line", "/etc/fstab", NULL);
	assert_int_equal(s->undo.n, 1);
	is_state(&s->undo.v[0], "file", "/etc/fstab", OLD);
	s = &f->plan.steps.v[1];
	assert_int_equal(s->preconditions.n, 2);
	is_state(&s->preconditions.v[0], "absent", "/etc/x.conf", NULL);
	assert_int_equal(s->undo.n, 1);
	is_state(&s->undo.v[0], "absent", "/etc/x.conf", NULL);
}

static void test_a_step_that_is_left(void **state)
{
	struct fixture *f = *state;

	step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	assert_int_equal(
		take(f, CHANGES(STEP(1, "false", "\"line \\u001b[2J\"", ""), "")), 0);
	assert_string_equal(f->plan.steps.v[0].left, "line \\x1b[2J");
	assert_int_equal(f->plan.steps.v[0].files.n, 0);
	is_state(&f->plan.steps.v[0].undo.v[0], "line", "/etc/fstab", NULL);
}

static void test_a_journal_that_is_replayed(void **state)
{
	struct fixture *f = *state;
	const plan_states *needs;

	step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	assert_int_equal(
		take(f, REPLAYED(STEP(1, "true", "null", "\"/etc/fstab\""),
				 FILE_("/etc/fstab", "edited", SUM(OLD), SUM(NEW), ""),
				 "{\"disk\":\"d.img\",\"volume\":\"partition 1\"}")),
		0);
	assert_int_equal(f->plan.replays.n, 1);
	assert_string_equal(f->plan.replays.v[0].volume, "partition 1");
	needs = &f->plan.steps.v[0].preconditions;
	assert_int_equal(needs->n, 2);
	is_state(&needs->v[0], "file", "/etc/fstab", OLD);
	is_state(&needs->v[1], "line", "/etc/fstab", NULL);
	assert_int_equal(take(f, REPLAYED("", "", "{\"disk\":null,\"volume\":null}")),
			 -ERR_CORRUPT);
}

/* A step that was made, and after which its reasons are as they were. */
static void test_a_step_that_does_not_help(void **state)
{
	struct fixture *f = *state;
	struct plan left = {0};
	struct plan_step still = {.n = 1};
	struct plan_drivers drivers = {.initramfs = "/boot/i"};

	for (size_t i = 0; i < 4; i++)
		step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	for (size_t i = 0; i < 4; i++)
		assert_true(vec_push(f->arena, &f->plan.steps.v[i].reasons,
				     i == 1 ? "it had b" : "it has a"));
	/* tools of the guest make another initramfs */
	assert_true(vec_push(f->arena, &f->plan.steps.v[2].drivers, drivers));
	assert_int_equal(take(f, CHANGES(STEP(1, "true", "null", "") "," STEP(
						 2, "true", "null",
						 "") "," STEP(3, "true", "null",
							      "") "," STEP(4, "false",
									   "\"x\"", ""),
					 "")),
			 0);
	assert_true(vec_push(f->arena, &still.reasons, "it has a"));
	assert_true(vec_push(f->arena, &left.steps, still));
	change_find_futile(&f->plan, &f->changes, &left);
	assert_string_equal(f->plan.steps.v[0].futile, "it has a");
	for (size_t i = 1; i < 4; i++)
		assert_null(f->plan.steps.v[i].futile);
	change_call_futile(&f->plan, &f->changes, "it would be worse");
	assert_string_equal(f->plan.steps.v[0].futile, "it would be worse");
	assert_string_equal(f->plan.steps.v[1].futile, "it would be worse");
	assert_null(f->plan.steps.v[2].futile);
	assert_null(f->plan.steps.v[3].futile);
}

static void test_every_file_that_was_there_has_its_sum(void **state)
{
	static const char *const words[] = {"edited", "appended", "repacked"};
	struct fixture *f = *state;

	step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const char *with = arena_printf(
			f->arena,
			CHANGES(STEP(1, "true", "null", "\"/etc/fstab\""),
				FILE_("/etc/fstab", "%s", SUM(OLD), SUM(NEW), "")),
			words[i]);
		const char *without = arena_printf(
			f->arena,
			CHANGES(STEP(1, "true", "null", "\"/etc/fstab\""),
				FILE_("/etc/fstab", "%s", "null", SUM(NEW), "")),
			words[i]);

		assert_int_equal(take(f, with), 0);
		assert_int_equal(take(f, without), -ERR_CORRUPT);
	}
}

/* A worker that an image has taken over. */
static void test_answers_that_make_no_sense(void **state)
{
	static const char *const answers[] = {
		CHANGES("", ""),
		CHANGES(STEP(1, "true", "null", "\"/etc/fstab\""), ""),
		CHANGES(STEP(1, "true", "null", ""),
			FILE_("/x", "edited", "null", SUM(NEW), "")),
		CHANGES(STEP(1, "true", "null", ""),
			FILE_("/x", "created", SUM(OLD), SUM(NEW), "")),
		CHANGES(STEP(1, "true", "null", ""),
			FILE_("/x", "edited", SUM(OLD), SUM("12"), "")),
		CHANGES(STEP(1, "true", "null", ""),
			FILE_("/x", "edited", SUM(OLD), "null", "")),
		CHANGES(STEP(1, "true", "null", ""),
			"{\"path\":\"/x\",\"disk\":\"d\",\"volume\":null,\"how\":null,"
			"\"old_size\":1,\"new_size\":2,\"old_sha256\":\"" OLD
			"\",\"new_sha256\":\"" NEW "\",\"notes\":[]}"),
	};
	struct fixture *f = *state;

	step(f, "remedy", (struct plan_edit){"/etc/fstab", 3, false, "a", "b"});
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (take(f, answers[i]) >= 0)
			fail_msg("answer %zu was taken", i);
		assert_int_equal(f->e.code, ERR_CORRUPT);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_files_of_steps),
		TEST(test_a_step_that_does_not_help),
		TEST(test_a_journal_that_is_replayed),
		TEST(test_a_step_that_is_left),
		TEST(test_every_file_that_was_there_has_its_sum),
		TEST(test_answers_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
