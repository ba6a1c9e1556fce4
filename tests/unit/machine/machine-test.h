/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsing texts and files in tests, and finding what was read. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "limits.h"
#include "machine.h"
#include "strbuf.h"

struct machine_case {
	struct arena *arena;
	struct err e;
	struct machine m;
};

static int case_setup(void **state)
{
	static struct machine_case c;

	c = (struct machine_case){.arena = arena_new(LIMIT_FACTS)};
	*state = &c;
	return c.arena ? 0 : -1;
}

static int case_teardown(void **state)
{
	arena_free(((struct machine_case *)*state)->arena);
	return 0;
}

#define MACHINE_TEST(f) cmocka_unit_test_setup_teardown(f, case_setup, case_teardown)

_unused_ static void parse_text(struct machine_case *c, const char *text)
{
	c->m = (struct machine){0};
	if (machine_parse(slice_str(text), "test", c->arena, &c->m, &c->e) < 0)
		fail_msg("%s", c->e.text);
}

/* The text is refused with this code, and the sentence holds `words`. */
_unused_ static void refuse_text(struct machine_case *c, const char *text,
				 enum err_code code, const char *words)
{
	err_clear(&c->e);
	assert_int_equal(machine_parse(slice_str(text), "test", c->arena, &c->m, &c->e),
			 -(int)code);
	if (!strstr(c->e.text, words))
		fail_msg("no \"%s\" in: %s", words, c->e.text);
}

_unused_ static bool has_remark(const struct machine *m, const char *words)
{
	for (size_t i = 0; i < m->remarks.n; i++)
		if (strstr(m->remarks.v[i], words))
			return true;
	return false;
}

_unused_ static const struct machine_disk *disk_at(const struct machine *m,
						   const char *target)
{
	for (size_t i = 0; i < m->disks.n; i++)
		if (m->disks.v[i].target && strcmp(m->disks.v[i].target, target) == 0)
			return &m->disks.v[i];
	fail_msg("no disk %s", target);
	return NULL;
}

/* The entry is this text, and stands at its offset. */
_unused_ static void is_entry(const char *text, const char *entry, uint64_t offset,
			      const char *want)
{
	assert_non_null(entry);
	assert_string_equal(entry, want);
	assert_true(slice_has(slice_str(text), offset, want, strlen(want)));
}
