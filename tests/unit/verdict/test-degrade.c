/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Evidence taken away never makes an answer better: every field of the facts is blanked,
 * one at a time, by the tables that describe them, and the guest is judged again. What
 * counts against a guest (a blacklist line, a problem, an unstable name, a word that says
 * why something is broken) is left alone, as its absence is no evidence that is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sample.h"
#include "tables.h"
#include "verdict.h"

typedef VEC(uint8_t) any_list;

struct trial {
	struct sample s;
	platform_list platforms;
	struct verdict whole[8];
	size_t answers[ANSWER_COUNT];
	unsigned done;
	char path[300];
};

/* Facts that speak against the guest. */
static bool is_against(const char *record, const char *field)
{
	static const char *const rows[][2] = {{"facts", "modprobe"},
					      {"facts", "names"},
					      {"facts", "problems"},
					      {"initramfs", "modprobe"},
					      {"module", "closure_missing"},
					      {"modprobe", NULL},
					      {"name", "needed"},
					      {"name", "kind"},
					      {"name", "target"},
					      {"name", "resolves_to"}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i][0], record) == 0 &&
		    (!rows[i][1] || strcmp(rows[i][1], field) == 0))
			return true;
	return false;
}

static void compare(const struct trial *t, const char *what, enum answer now,
		    enum answer before)
{
	if ((now == ANSWER_READY || now == ANSWER_FIXABLE) && answer_better(now, before))
		fail_msg("without %s, %s is %s, was %s", t->path, what, answer_name(now),
			 answer_name(before));
}

static void judge_again(struct trial *t)
{
	struct arena_mark mark = arena_mark(t->s.arena);

	for (size_t i = 0; i < t->platforms.n; i++) {
		const struct verdict *whole = &t->whole[i];
		struct err e = ERR_INIT;
		struct verdict v;

		assert_int_equal(verdict_judge(&t->s.facts, t->platforms.v[i], NULL,
					       t->s.arena, &v, &e),
				 0);
		t->answers[v.answer]++;
		compare(t, v.platform, v.answer, whole->answer);
		for (size_t d = 0; d < v.devices.n && v.devices.n == whole->devices.n;
		     d++)
			for (size_t c = 0; c < v.devices.v[d].choices.n; c++)
				compare(t, v.devices.v[d].choices.v[c].id,
					v.devices.v[d].choices.v[c].answer,
					whole->devices.v[d].choices.v[c].answer);
	}
	t->done++;
	arena_rewind(t->s.arena, mark);
}

static void blank_all(struct trial *t, const struct record *r, uint8_t *at);

static size_t size_of(const struct field *f)
{
	switch (f->kind) {
	case FIELD_STR:
		return sizeof(char *);
	case FIELD_U64:
		return sizeof(uint64_t);
	case FIELD_BOOL:
		return sizeof(bool);
	case FIELD_KNOWN:
	case FIELD_ENUM:
		return sizeof(enum known);
	case FIELD_STRS:
	case FIELD_LIST:
		return sizeof(any_list);
	default:
		return 0;
	}
}

static void blank_field(struct trial *t, const struct field *f, uint8_t *at)
{
	uint8_t kept[sizeof(any_list)];
	size_t n = size_of(f);

	if (n) {
		memcpy(kept, at, n);
		memset(at, 0, n);
		judge_again(t);
		memcpy(at, kept, n);
	}
	if (f->kind == FIELD_RECORD)
		blank_all(t, f->record, at);
	if (f->kind == FIELD_LIST) {
		any_list *list = (any_list *)at;

		for (size_t i = 0; i < list->n; i++)
			blank_all(t, f->record, list->v + i * f->record->size);
	}
}

static void blank_all(struct trial *t, const struct record *r, uint8_t *at)
{
	size_t before = strlen(t->path);

	for (const struct field *f = r->fields; f->name; f++) {
		snprintf(t->path + before, sizeof(t->path) - before, "%s.%s", r->name,
			 f->name);
		if (!is_against(r->name, f->name) || f->kind == FIELD_LIST)
			blank_field(t, f, at + f->offset);
		t->path[before] = 0;
	}
}

static void start(struct trial *t, void (*breaks)(struct sample *s))
{
	struct err e = ERR_INIT;

	memset(t, 0, sizeof(*t));
	sample_init(&t->s);
	if (breaks)
		breaks(&t->s);
	assert_int_equal(
		platform_load_dir(PLATFORMS, NULL, t->s.arena, &t->platforms, &e), 0);
	for (size_t i = 0; i < t->platforms.n; i++) {
		assert_int_equal(verdict_judge(&t->s.facts, t->platforms.v[i], NULL,
					       t->s.arena, &t->whole[i], &e),
				 0);
	}
}

/* The same guest with what every shipped platform needs. */
static void all_platforms(struct sample *s)
{
	s->facts.kernels.v[0].modules.n--; /* vmw_pvscsi, absent */
	s->facts.kernels.v[0].initramfs.wanted.n--;
	sample_add(s, "xen_blkfront", "xen:vbd", NULL, true);
	sample_add(s, "xen_netfront", "xen:vif", NULL, false);
	sample_builtin(s, "platform_pci", "pci:v00005853d00000001sv*sd*bc*sc*i*");
	sample_add(s, "vmw_pvscsi", "pci:v000015ADd000007C0sv*sd*bc*sc*i*", NULL, true);
	sample_add(s, "vmxnet3", "pci:v000015ADd000007B0sv*sd*bc*sc*i*", NULL, false);
	sample_add(s, "hv_vmbus", "acpi*:VMBUS:*", NULL, true);
	sample_add(s, "hv_storvsc", "vmbus:32264132cb86a2449b5c50d1417354f5", "hv_vmbus",
		   true);
	sample_add(s, "hv_netvsc", "vmbus:635161f83edfc546913ff2d2f965ed0e", "hv_vmbus",
		   false);
	sample_add(s, "nvme", "pci:v*d*sv*sd*bc01sc08i02*", NULL, true);
	sample_add(s, "ena", "pci:v00001D0Fd0000EC20sv*sd*bc*sc*i*", NULL, false);
}

static void run(void (*breaks)(struct sample *s))
{
	static struct trial t;

	start(&t, breaks);
	blank_all(&t, &facts_record, (uint8_t *)&t.s.facts);
	assert_true(t.done > 300);
	print_message("%u trials: ready %zu, fixable %zu, blocked %zu, unknown %zu\n",
		      t.done, t.answers[ANSWER_READY], t.answers[ANSWER_FIXABLE],
		      t.answers[ANSWER_BLOCKED], t.answers[ANSWER_UNKNOWN]);
	sample_done(&t.s);
}

static void test_whole(void **state)
{
	static struct trial t;

	(void)state;
	start(&t, all_platforms);
	for (size_t i = 0; i < t.platforms.n; i++)
		if (verdict_applies(&t.s.facts, t.platforms.v[i]) &&
		    t.whole[i].answer != ANSWER_READY)
			fail_msg("%s is %s", t.platforms.v[i]->id,
				 answer_name(t.whole[i].answer));
	sample_done(&t.s);
	run(all_platforms);
}

static void test_plain(void **state)
{
	(void)state;
	run(NULL);
}

static void damage(struct sample *s)
{
	all_platforms(s);
	sample_module(s, "virtio_pci")->crc_agrees = KNOWN_NO;
	sample_module(s, "xen_blkfront")->dep_file_agrees = KNOWN_NO;
	sample_module(s, "nvme")->vermagic = "5.10.0 SMP mod_unload";
	sample_copy(s, "vmw_pvscsi")->state = "absent";
	sample_copy(s, "hv_storvsc")->state = "broken";
	s->facts.boot.bios = false;
	s->facts.boot.uefi = true;
	s->facts.boot.removable_path = KNOWN_NO;
}

static void test_damaged(void **state)
{
	(void)state;
	run(damage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
