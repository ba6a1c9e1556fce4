/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grubby's grub2 test configurations, where the fixtures are there: every one is read,
 * its entries are those that its menuentry and linux lines name in plain sight, and the
 * default title is the one that grubby prints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "limits.h"
#include "memory-host.h"
#include "text.h"

static char folder[512];

static struct slice slurp(struct arena *a, const char *name)
{
	static char buf[256 * 1024];
	char path[1024];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "re");
	if (!f)
		return SLICE_NONE;
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	return slice_of(arena_memdup(a, buf, n), n);
}

static bool has_word(struct slice line, const char *word, struct slice *ret_rest)
{
	struct slice first;

	return text_word(&line, &first) && slice_starts(first, word) &&
	       (*ret_rest = text_trim(line), true);
}

/* The n-th kernel that a "linux" line names, and its number of menuentry lines. */
static size_t plain_entries(struct slice text, strs *ret_kernels, struct arena *a)
{
	struct text t = text_of(text);
	struct slice line, rest, kernel;
	size_t n = 0;

	while (text_line(&t, &line)) {
		if (slice_starts(text_trim(line), "#"))
			continue;
		if (has_word(line, "menuentry", &rest) && slice_at(rest, 0) == '\'')
			n++;
		if (has_word(line, "linux", &rest) && text_word(&rest, &kernel))
			assert_true(vec_push(a, ret_kernels, arena_strndup(a, kernel)));
	}
	return n;
}

static void check_config(struct arena *a, const char *name, const char *title_file)
{
	struct slice text = slurp(a, name), title = slurp(a, title_file);
	const struct memory_file files[] = {
		{"/boot/grub2/grub.cfg", (const char *)text.p, text.n}, {0}};
	struct memory_host m = {files, NULL, a};
	struct grub_host host = memory_grub_host(&m);
	struct grub_result result = {0};
	struct err e = ERR_INIT;
	strs kernels = {0};

	if (text.n == 0)
		return;
	if (grub_read(&host, &(struct grub_start){.path = files[0].path}, a, a, &result,
		      &e) < 0)
		fail_msg("%s: %s", name, e.text);
	assert_int_equal(result.entries.n, plain_entries(text, &kernels, a));
	assert_int_equal(result.entries.n, kernels.n);
	for (size_t i = 0; i < kernels.n; i++)
		assert_string_equal(result.entries.v[i].kernel, kernels.v[i]);
	for (size_t i = 0; i < result.entries.n; i++)
		assert_int_equal(result.entries.v[i].is_default, i == 0);
	if (title.n)
		assert_true(slice_eq(text_trim(title), result.entries.v[0].title));
}

static void test_grubby(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 25; i++) {
		_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);
		char name[64], title[64];

		if (i == 4) /* its submenu has no title: GRUB itself refuses it */
			continue;

		snprintf(name, sizeof(name), "grub2.%u", i);
		snprintf(title, sizeof(title), "results/defaulttitle/g2.%u", i);
		check_config(a, name, title);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_grubby)};
	const char *fixtures = getenv("PARAVET_FIXTURES");
	_cleanup_arena_ struct arena *a = arena_new(LIMIT_SCRATCH);

	snprintf(folder, sizeof(folder), "%s/bootcfg/grubby-tests",
		 fixtures ? fixtures : SOURCE_ROOT "/../shared/fixtures");
	if (!a || slurp(a, "grub2.1").n == 0) {
		puts("no sample data bootcfg/grubby-tests");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
