/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts survive the way through JSON, and a document that differs from the tables is
 * refused with the place that is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "facts.h"
#include "strbuf.h"

struct fixture {
	struct arena *arena;
	struct strbuf json;
	struct err err;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.arena = arena_new(1 << 20);
	f.json = (struct strbuf)STRBUF_INIT(1 << 20);
	f.err = (struct err)ERR_INIT;
	*state = &f;
	return f.arena ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	strbuf_done(&f->json);
	arena_free(f->arena);
	return 0;
}

/* A guest with one value of every kind of field. */
static struct facts sample(struct fixture *fix)
{
	struct facts f = {.format = FACTS_FORMAT, .program = "test", .read_calls = 7};
	struct kernel_fact *k = vec_add(fix->arena, &f.kernels);
	struct module_fact m = {.name = "virtio_blk",
				.state = "file",
				.crc_agrees = KNOWN_YES,
				.source = {.path = "/lib/x", .line = 3}};

	k->release = "6.1.0";
	k->is_default = true;
	k->image_state = "ok";
	k->initramfs.state = "read";
	assert_true(vec_push(fix->arena, &m.depends, "virtio"));
	assert_true(vec_push(fix->arena, &m.depends, "virtio_ring"));
	assert_true(vec_push(fix->arena, &k->modules, m));
	return f;
}

static void facts_survive_the_way_through_json(void **state)
{
	struct fixture *fix = *state;
	struct facts f = sample(fix), got;
	const struct module_fact *m;

	facts_to_json(&f, &fix->json);
	assert_true(strbuf_ok(&fix->json));
	assert_int_equal(facts_from_json(slice_of(fix->json.s, fix->json.n), fix->arena,
					 &got, &fix->err),
			 0);
	assert_int_equal(got.read_calls, 7);
	assert_non_null(facts_default_kernel(&got));
	m = module_by_name(&facts_default_kernel(&got)->modules, "virtio-blk");
	assert_non_null(m);
	assert_string_equal(m->depends.v[1], "virtio_ring");
	assert_int_equal(m->crc_agrees, KNOWN_YES);
	assert_int_equal(m->source.line, 3);
	assert_null(m->problem);
}

static void bytes_that_are_no_utf8_become_visible_text(void **state)
{
	struct fixture *fix = *state;
	struct facts f = sample(fix), got;

	f.os.name = "a\xff\"\n\\z";
	facts_to_json(&f, &fix->json);
	assert_int_equal(facts_from_json(slice_of(fix->json.s, fix->json.n), fix->arena,
					 &got, &fix->err),
			 0);
	assert_string_equal(got.os.name, "a\\xff\"\n\\z");
}

/* Replaces the first `from` in the sample's JSON and reads it. */
static void assert_refused(struct fixture *fix, const char *from, const char *to,
			   const char *sentence)
{
	struct facts f = sample(fix), got;
	struct strbuf changed = STRBUF_INIT(1 << 20);
	const char *at;

	strbuf_done(&fix->json);
	facts_to_json(&f, &fix->json);
	at = strstr(fix->json.s, from);
	assert_non_null(at);
	strbuf_add(&changed, fix->json.s, (size_t)(at - fix->json.s));
	strbuf_str(&changed, to);
	strbuf_str(&changed, at + strlen(from));
	assert_true(facts_from_json(slice_of(changed.s, changed.n), fix->arena, &got,
				    &fix->err) < 0);
	if (!strstr(fix->err.text, sentence))
		fail_msg("\"%s\" does not say \"%s\"", fix->err.text, sentence);
	strbuf_done(&changed);
}

static void a_document_that_differs_is_refused_with_its_place(void **state)
{
	struct fixture *fix = *state;

	assert_refused(fix, "\"program\":", "\"programm\":", "program is missing");
	assert_refused(fix, "\"read_calls\":7", "\"read_calls\":-7", "read_calls");
	assert_refused(fix, "\"read_calls\":7", "\"read_calls\":\"7\"", "read_calls");
	assert_refused(fix, "\"read_calls\":7", "\"read_calls\":7,\"extra\":1",
		       "not known");
	assert_refused(fix, "\"state\":\"file\"", "\"state\":\"perhaps\"", "modules[0]");
	assert_refused(fix, "\"crc_agrees\":\"yes\"", "\"crc_agrees\":\"maybe\"",
		       "crc_agrees");
	assert_refused(fix, "\"depends\":[\"virtio\"", "\"depends\":[null", "depends");
	assert_refused(fix, "{", "[", "not JSON");
	assert_refused(fix, "\"format\":1", "\"format\":999", "format 999");
}

/* Deep enough nesting to exhaust a naive reader's stack. */
static void deep_nesting_is_refused(void **state)
{
	struct fixture *fix = *state;
	struct facts got;

	for (unsigned i = 0; i < 100000; i++)
		strbuf_char(&fix->json, '[');
	assert_true(facts_from_json(slice_of(fix->json.s, fix->json.n), fix->arena, &got,
				    &fix->err) < 0);
}

static void a_full_arena_is_a_limit(void **state)
{
	struct fixture *fix = *state;
	struct facts f = sample(fix), got;
	struct arena *small = arena_new(64);

	facts_to_json(&f, &fix->json);
	assert_int_equal(facts_from_json(slice_of(fix->json.s, fix->json.n), small, &got,
					 &fix->err),
			 -ERR_LIMIT);
	arena_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(facts_survive_the_way_through_json,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			bytes_that_are_no_utf8_become_visible_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_document_that_differs_is_refused_with_its_place, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(deep_nesting_is_refused, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_full_arena_is_a_limit, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
