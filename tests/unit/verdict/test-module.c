/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module.h"
#include "strbuf.h"

static const char rhel5[] = "2.6.18-53.el5 SMP mod_unload 686 REGPARM 4KSTACKS gcc-4.1";

struct sample {
	struct build_fact kernel;
	struct loading_fact files[2];
	struct need_fact need;
	struct symbol_fact symbol;
	struct loadings loadings;
	struct arena *arena;
	module_verdicts verdicts;
};

/* A module that fits, of a kernel that is wholly known. */
static void start(struct sample *s)
{
	*s = (struct sample){.arena = arena_new(1 << 20)};
	s->files[0] = (struct loading_fact){.file = "xen-platform-pci.ko",
					    .is_module = KNOWN_YES,
					    .name = "xen_platform_pci",
					    .arch = "i386",
					    .vermagic = rhel5,
					    .states_crcs = true,
					    .symbols = 3,
					    .fitting = 3};
	s->files[1] = s->files[0];
	s->files[1].file = "xen-vbd.ko";
	s->files[1].name = "xen_vbd";
	s->kernel = (struct build_fact){.release = "2.6.18-53.el5",
					.arch = "i386",
					.vermagic = rhel5,
					.vermagic_from = "ext3",
					.states_crcs = KNOWN_YES,
					.complete = KNOWN_YES};
	s->kernel.loadings.v = s->files;
	s->kernel.loadings.n = 1;
	s->loadings.program = "test";
	s->loadings.kernels.v = &s->kernel;
	s->loadings.kernels.n = 1;
}

static const struct module_verdict *judge(struct sample *s)
{
	struct err e = ERR_INIT;

	s->verdicts = (module_verdicts){0};
	if (module_judge(&s->loadings, s->arena, &s->verdicts, &e) < 0)
		fail_msg("%s", e.text);
	return &s->verdicts.v[0];
}

static void expect(struct sample *s, enum module_answer answer, const char *reason)
{
	const struct module_verdict *v = judge(s);

	if (v->answer != answer || (reason && (!v->reason || !strstr(v->reason, reason))))
		fail_msg("%s: %s", module_answer_name(v->answer),
			 v->reason ? v->reason : "");
	if (!reason)
		assert_null(v->reason);
	s->arena = arena_free(s->arena);
}

static void test_fits(_unused_ void **state)
{
	struct sample s;

	start(&s);
	expect(&s, MODULE_LOADS, NULL);
	start(&s);
	s.files[0].arch = "i686"; /* one architecture to a kernel */
	expect(&s, MODULE_LOADS, NULL);
}

static void test_words(_unused_ void **state)
{
	static const struct {
		const char *module, *reason;
	} rows[] = {
		{"2.6.18-53.el5 SMP mod_unload K7 REGPARM 4KSTACKS gcc-4.1",
		 "processor family: the module is built for K7, the kernel for 686"},
		{"2.6.18-53.el5 mod_unload 686 REGPARM 4KSTACKS gcc-4.1",
		 "the kernel is built with SMP, the module without"},
		{"2.6.18-53.el5 SMP preempt mod_unload 686 REGPARM 4KSTACKS gcc-4.1",
		 "preemption: the module is built with preempt"},
		{"2.6.18-53.el5 SMP mod_unload 686 4KSTACKS gcc-4.1",
		 "calling convention: the kernel is built with REGPARM"},
		{"2.6.18-53.el5 SMP mod_unload 686 REGPARM gcc-4.1",
		 "stack size: the kernel is built with 4KSTACKS"},
		{"2.6.18-53.el5 SMP mod_unload 686 REGPARM 4KSTACKS gcc-3.4",
		 "compiler: the module is built for gcc-3.4, the kernel for gcc-4.1"},
		{"2.6.18-53.el5 SMP 686 REGPARM 4KSTACKS gcc-4.1",
		 "module unloading: the kernel is built with mod_unload"},
		{"2.6.18-53.el5 SMP mod_unload modversions 686 REGPARM 4KSTACKS gcc-4.1",
		 "symbol versions: the module is built with modversions"},
		{"2.6.18-53.el5 SMP mod_unload 686 REGPARM 4KSTACKS gcc-4.1 odd",
		 "the module is built with odd, the kernel without"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sample s;

		start(&s);
		s.files[0].vermagic = rows[i].module;
		expect(&s, MODULE_REFUSED, rows[i].reason);
	}
}

static void test_too_many_words(_unused_ void **state)
{
	char words[4000] = "2.6.18-53.el5";
	struct sample s;

	for (size_t n = strlen(words); n < sizeof(words) - 3; n += 2)
		memcpy(words + n, " a", 3);
	start(&s);
	s.files[0].vermagic = words;
	expect(&s, MODULE_UNKNOWN, "more than 64 words");
}

/* A package for i686 on a kernel for athlon: which word, and what to take instead. */
static void test_processor(_unused_ void **state)
{
	const struct module_verdict *v;
	struct sample s;

	start(&s);
	s.kernel.vermagic = "2.6.9-67.EL SMP K7 REGPARM 4KSTACKS gcc-3.4";
	s.files[0].vermagic = "2.6.9-67.EL SMP 686 REGPARM 4KSTACKS gcc-3.4";
	s.kernel.release = "2.6.9-67.EL";
	v = judge(&s);
	assert_int_equal(v->answer, MODULE_REFUSED);
	assert_non_null(strstr(v->reason, "built for 686, the kernel for K7"));
	assert_non_null(strstr(v->remedy, "athlon"));
	assert_non_null(strstr(v->remedy, "processor-specific"));
	assert_non_null(strstr(v->remarks.v[0], "xen-pci-platform"));
	arena_free(s.arena);
}

static void test_version(_unused_ void **state)
{
	static const char other[] =
		"2.6.18-8.el5 SMP mod_unload 686 REGPARM 4KSTACKS gcc-4.1";
	struct sample s;

	start(&s);
	s.files[0].vermagic = other; /* the CRCs agree: it does not count */
	expect(&s, MODULE_LOADS, NULL);
	start(&s);
	s.files[0].vermagic = other;
	s.kernel.states_crcs = KNOWN_NO;
	expect(&s, MODULE_REFUSED, "built for 2.6.18-8.el5, not for 2.6.18-53.el5");
	start(&s);
	s.files[0].vermagic = other;
	s.kernel.states_crcs = KNOWN_NOT;
	expect(&s, MODULE_UNKNOWN, "whether symbol CRCs count");
	start(&s);
	s.kernel.vermagic = NULL;
	expect(&s, MODULE_UNKNOWN, "how it was built");
	start(&s);
	s.files[0].vermagic = NULL;
	s.files[0].states_crcs = false;
	expect(&s, MODULE_UNKNOWN, "does not say for which kernel");
}

/* Nothing else that is compared is evidence between Linux 2.4 and 2.6. */
static void test_series(_unused_ void **state)
{
	static const char ko[] =
		"it is a module of Linux 2.6 (built for 2.6.18-53.el5), the kernel is "
		"Linux 2.4";
	struct sample s;

	start(&s);
	s.files[0].vermagic = "2.4.21-52.ELsmp";
	s.files[0].differing = 3;
	expect(&s, MODULE_REFUSED,
	       "it is a module of Linux 2.4 (built for 2.4.21-52.ELsmp), the kernel is "
	       "Linux 2.6");
	start(&s);
	s.files[0].arch = "x86_64"; /* even then */
	s.kernel.release = s.kernel.vermagic = "2.4.21-50.ELsmp";
	expect(&s, MODULE_REFUSED, ko);
	start(&s);
	s.kernel.release = "2.4.21-50.ELsmp";
	s.kernel.vermagic = NULL;
	expect(&s, MODULE_REFUSED, ko);
	start(&s);
	s.kernel.release = NULL;
	s.kernel.vermagic = "2.4.21-50.ELsmp";
	expect(&s, MODULE_REFUSED, ko);
	start(&s);
	s.kernel.release = s.kernel.vermagic = "2.4.21-50.EL";
	s.files[0].vermagic = "2.4.21-52.EL"; /* the CRCs agree */
	expect(&s, MODULE_LOADS, NULL);
	start(&s);
	s.files[0].vermagic = "odd"; /* of no series that is known */
	s.kernel.release = s.kernel.vermagic = "2.4.21-50.EL";
	expect(&s, MODULE_LOADS, NULL);
}

static void test_architecture(_unused_ void **state)
{
	struct sample s;

	start(&s);
	s.kernel.arch = "x86_64";
	expect(&s, MODULE_REFUSED, "the module is for i386, the kernel for x86_64");
	start(&s);
	s.kernel.arch = NULL;
	expect(&s, MODULE_UNKNOWN, "architecture of the kernel");
	start(&s);
	s.files[0].is_module = KNOWN_NO;
	s.files[0].problem = "cut short";
	expect(&s, MODULE_REFUSED, "cut short");
	start(&s);
	s.files[0].is_module = KNOWN_NOT;
	s.files[0].problem = "too large";
	expect(&s, MODULE_UNKNOWN, "too large");
}

static void use_symbol(struct sample *s, struct symbol_fact symbol)
{
	start(s);
	s->symbol = symbol;
	s->files[0].listed.v = &s->symbol;
	s->files[0].listed.n = 1;
	s->files[0].fitting = 2;
}

static void test_symbols(_unused_ void **state)
{
	struct sample s;

	use_symbol(&s, (struct symbol_fact){"struct_module", "differs", "0x00000001",
					    "0x00000002", "/boot/symvers.gz"});
	s.files[0].differing = 1;
	expect(&s, MODULE_REFUSED, "disagrees about the version of struct_module");
	use_symbol(&s, (struct symbol_fact){.name = "gone", .state = "unresolved"});
	s.files[0].unresolved = 1;
	expect(&s, MODULE_REFUSED, "nothing exports gone");
	use_symbol(&s, (struct symbol_fact){.name = "who", .state = "unknown"});
	s.files[0].unknown = 1;
	expect(&s, MODULE_UNKNOWN, "exports who is not known");
	use_symbol(&s, (struct symbol_fact){.name = "up", .state = "not compared"});
	s.files[0].uncompared = 1;
	expect(&s, MODULE_UNKNOWN, "the CRC of up in this kernel is not known");
	start(&s);
	s.files[0].states_crcs = false;
	expect(&s, MODULE_LOADS, NULL); /* so old a kernel only warns */
	start(&s);
	s.files[0].states_crcs = false;
	s.kernel.release = "2.6.32-71.el6";
	s.files[0].vermagic = s.kernel.vermagic = "2.6.32-71.el6 SMP";
	expect(&s, MODULE_REFUSED, "states no symbol CRCs");
}

static void need(struct sample *s, const char *state, uint64_t unresolved)
{
	start(s);
	s->need = (struct need_fact){.name = "virtio", .state = state, .problem = "why"};
	s->files[0].needs.v = &s->need;
	s->files[0].needs.n = 1;
	s->files[0].unknown = unresolved;
}

static void test_needs(_unused_ void **state)
{
	struct sample s;

	need(&s, "builtin", 0);
	expect(&s, MODULE_LOADS, NULL);
	need(&s, "absent", 0); /* what it had is in the kernel now */
	expect(&s, MODULE_LOADS, NULL);
	need(&s, "absent", 1);
	expect(&s, MODULE_REFUSED, "needs virtio, which is missing");
	need(&s, NULL, 1);
	expect(&s, MODULE_UNKNOWN, "");
	need(&s, "broken", 0);
	expect(&s, MODULE_REFUSED, "damaged: why");
	need(&s, "file", 0);
	s.need.arch = "x86_64";
	expect(&s, MODULE_REFUSED, "which is for x86_64");
}

/* What another module exports is no reason to take another build of this one. */
static void test_name_as_well(_unused_ void **state)
{
	const struct module_verdict *v;
	struct sample s;

	need(&s, "absent", 0);
	s.need.name = "xen_platform_pci";
	s.need.spelled = "xen-platform-pci";
	s.files[0].unresolved = 1;
	v = judge(&s);
	assert_int_equal(v->answer, MODULE_REFUSED);
	assert_non_null(strstr(v->reason, "nothing exports"));
	assert_non_null(strstr(v->remedy, "name xen-platform-pci.ko as well"));
	s.files[0].unresolved = 0;
	s.files[0].unknown = 1; /* now only the other module is known to be missing */
	v = judge(&s);
	assert_non_null(strstr(v->reason, "which is missing"));
	assert_non_null(strstr(v->remedy, "name xen-platform-pci.ko as well"));
	s.need.state = NULL; /* there is no disk to look for it */
	v = judge(&s);
	assert_int_equal(v->answer, MODULE_UNKNOWN);
	assert_non_null(strstr(v->remedy, "name xen-platform-pci.ko as well"));
	s.files[0].vermagic = "2.6.18-53.el5 mod_unload 686 REGPARM 4KSTACKS gcc-4.1";
	v = judge(&s);
	assert_non_null(strstr(v->reason, "SMP"));
	assert_non_null(strstr(v->remedy, "built for this kernel"));
	arena_free(s.arena);
}

/* Of two files given together, one needs the other, which is refused. */
static void test_together(_unused_ void **state)
{
	struct sample s;

	need(&s, "given", 0);
	s.need.name = "xen_platform_pci";
	s.files[1].needs = s.files[0].needs;
	s.files[0].needs.n = 0;
	s.kernel.loadings.n = 2;
	s.files[0].arch = "x86_64";
	judge(&s);
	assert_int_equal(s.verdicts.n, 2);
	assert_int_equal(s.verdicts.v[1].answer, MODULE_REFUSED);
	assert_non_null(
		strstr(s.verdicts.v[1].reason, "xen_platform_pci, which is refused"));
	arena_free(s.arena);
}

/* Only the kernel that starts counts, where that is known. */
static void test_answer(_unused_ void **state)
{
	struct module_verdict list[] = {{.answer = MODULE_LOADS},
					{.answer = MODULE_REFUSED}};
	module_verdicts verdicts = {list, 2, 2};

	assert_int_equal(module_answer_of(&verdicts), MODULE_REFUSED);
	list[0].is_default = true;
	assert_int_equal(module_answer_of(&verdicts), MODULE_LOADS);
	verdicts.n = 0;
	assert_int_equal(module_answer_of(&verdicts), MODULE_UNKNOWN);
}

/* Loading facts come from a worker: they are read back whole or not at all. */
static void test_json(_unused_ void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(1 << 16),
				       again = STRBUF_INIT(1 << 16);
	struct loadings got = {0};
	struct err e = ERR_INIT;
	struct sample s;

	use_symbol(&s,
		   (struct symbol_fact){.name = "\033[31mup", .state = "not compared"});
	s.loadings.format = LOADINGS_FORMAT;
	loadings_to_json(&s.loadings, &out);
	assert_int_equal(
		loadings_from_json(slice_str(strbuf_text(&out)), s.arena, &got, &e), 0);
	loadings_to_json(&got, &again);
	assert_string_equal(strbuf_text(&out), strbuf_text(&again));
	assert_int_equal(
		loadings_from_json(slice_of(out.s, out.n / 2), s.arena, &got, &e),
		-ERR_CORRUPT);
	arena_free(s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_processor),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_architecture),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_name_as_well),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
