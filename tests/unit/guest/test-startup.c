/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules that scripts and lists load by name when the guest starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"
#include "shell.h"
#include "startup_text.h"
#include "strbuf.h"

struct row {
	const char *module, *path, *how;
	uint64_t line;
};

struct scan {
	struct arena *arena, *scratch;
	startup_list list;
	struct err e;
};

static int set_up(void **state)
{
	static struct scan s;

	s = (struct scan){.arena = arena_new(1 << 24), .scratch = arena_new(1 << 24)};
	*state = &s;
	return s.arena && s.scratch ? 0 : -1;
}

static int tear_down(void **state)
{
	struct scan *s = *state;

	arena_free(s->arena);
	arena_free(s->scratch);
	return 0;
}

static void is_row(const struct startup_fact *f, struct row want)
{
	assert_string_equal(f->module, want.module);
	assert_string_equal(f->how, want.how);
	assert_int_equal(f->source.line, want.line);
	if (want.path)
		assert_non_null(f->path);
	else
		assert_null(f->path);
	if (want.path)
		assert_string_equal(f->path, want.path);
}

static void scan_script(struct scan *s, const char *text)
{
	struct source source = {.path = "/etc/rc.local"};

	s->list.n = 0;
	if (startup_script_parse(slice_str(text), s->scratch, s->arena, source, &s->list,
				 &s->e) < 0)
		fail_msg("%s", s->e.text);
}

/* The script loads exactly these, in this order. */
static void loads(struct scan *s, const char *text, const struct row *rows, size_t n)
{
	scan_script(s, text);
	if (s->list.n != n)
		fail_msg("%zu modules of: %s", s->list.n, text);
	for (size_t i = 0; i < n; i++)
		is_row(&s->list.v[i], rows[i]);
}
#define LOADS(s, text, ...) \
	loads(s, text, (const struct row[]){__VA_ARGS__}, \
	      ARRAY_LEN(((const struct row[]){__VA_ARGS__})))
#define LOADS_NOTHING(s, text) loads(s, text, NULL, 0)

static void the_line_of_the_guide_is_found(void **state)
{
	LOADS(*state,
	      "#!/bin/sh\n#\n# This script will be executed *after* all the others.\n"
	      "touch /var/lock/subsys/local\n"
	      "insmod /lib/modules/`uname -r`/extra/xenpv/0.1-5.el/xen-vbd.o\n",
	      {"xen_vbd", "/lib/modules/`uname -r`/extra/xenpv/0.1-5.el/xen-vbd.o",
	       "insmod", 5});
}

static void paths_stay_as_written_but_for_quotes(void **state)
{
	LOADS(*state,
	      "/sbin/insmod \"/lib/modules/$(uname -r)/a b/xen-vbd.ko\" p=1 q\n"
	      "/sbin/insmod '/lib/`x`/one.o'\n"
	      "insmod /lib/${KERNEL:-x y}/two\\ three.ko.gz\n"
	      "insmod /lib/`basename \\`uname -r\\``/four.o\n"
	      "insmod five.o; insmod six\n"
	      "insmod /lib/modules/'uname -r'/seven.o",
	      {"xen_vbd", "/lib/modules/$(uname -r)/a b/xen-vbd.ko", "insmod", 1},
	      {"one", "/lib/`x`/one.o", "insmod", 2},
	      {"two three", "/lib/${KERNEL:-x y}/two three.ko.gz", "insmod", 3},
	      {"four", "/lib/`basename \\`uname -r\\``/four.o", "insmod", 4},
	      {"five", "five.o", "insmod", 5}, {"six", NULL, "insmod", 5},
	      {"seven", "/lib/modules/uname -r/seven.o", "insmod", 6});
}

static void options_are_not_modules(void **state)
{
	struct scan *s = *state;

	LOADS(s,
	      "modprobe -q xen-vnif\nmodprobe -k -s -C /etc/x.conf b c=d\n"
	      "modprobe --config /x --quiet e f\nmodprobe --config=/x g\n"
	      "modprobe -qa h -v i\nmodprobe --all j k\ninsmod -f -o name l.o\n"
	      "insmod -fo name m.o\nmodprobe -- n\n",
	      {"xen_vnif", NULL, "modprobe", 1}, {"b", NULL, "modprobe", 2},
	      {"e", NULL, "modprobe", 3}, {"g", NULL, "modprobe", 4},
	      {"h", NULL, "modprobe", 5}, {"i", NULL, "modprobe", 5},
	      {"j", NULL, "modprobe", 6}, {"k", NULL, "modprobe", 6},
	      {"l", "l.o", "insmod", 7}, {"m", "m.o", "insmod", 8},
	      {"n", NULL, "modprobe", 9});
	LOADS_NOTHING(s, "modprobe -r a\nmodprobe --remove a\nmodprobe -qr a\n"
			 "modprobe -n a\nmodprobe --show-depends a\ninsmod -p a.o\n"
			 "modprobe -l\nmodprobe\ninsmod -o\n");
}

static void commands_end_at_signs(void **state)
{
	LOADS(*state,
	      "cd /x;insmod a.o&&insmod b.o||insmod c.o&modprobe d|cat\n"
	      "(modprobe e) && { modprobe f; }\n"
	      "modprobe g >/dev/null 2>&1; modprobe h &>/dev/null\n"
	      "modprobe i>/dev/null\nmodprobe \\\n  j\n>/dev/null modprobe k\n",
	      {"a", "a.o", "insmod", 1}, {"b", "b.o", "insmod", 1},
	      {"c", "c.o", "insmod", 1}, {"d", NULL, "modprobe", 1},
	      {"e", NULL, "modprobe", 2}, {"f", NULL, "modprobe", 2},
	      {"g", NULL, "modprobe", 3}, {"h", NULL, "modprobe", 3},
	      {"i", NULL, "modprobe", 4}, {"j", NULL, "modprobe", 5},
	      {"k", NULL, "modprobe", 7});
}

static void words_that_only_look_like_it_are_passed_over(void **state)
{
	LOADS_NOTHING(*state,
		      "# insmod a.o\n  #modprobe b\necho insmod c.o # modprobe d\n"
		      "x=`modprobe e`\necho \"\nmodprobe f\n\" '\ninsmod g.o'\n"
		      "grep modprobe /etc/x\nMODPROBE=modprobe\nmodprobed h\n"
		      "cat >/tmp/x <<EOF\nmodprobe i\nEOF\n"
		      "cat <<-'END' && true\n\tinsmod j.o\n\tEND\n");
	LOADS(*state, "cat <<EOF\nmodprobe a\nEOF\nmodprobe b\n",
	      {"b", NULL, "modprobe", 4});
	LOADS(*state, "cat <<<modprobe\nmodprobe a#b\n", {"a#b", NULL, "modprobe", 2});
}

static void conditions_and_loops_are_looked_into(void **state)
{
	LOADS(*state,
	      "if [ ! -c /dev/input/uinput ] ; then\n"
	      "\texec /sbin/modprobe uinput >/dev/null 2>&1\nfi\n"
	      "for i in nvram 'floppy' \"a\"-b; do\n\tmodprobe $i >/dev/null 2>&1\n"
	      "  insmod /lib/`uname -r`/x-${i}.ko\ndone\n"
	      "modprobe $i\n"
	      "case $1 in start) modprobe c;; *) modprobe d;; esac\n"
	      "A=b LC_ALL=C busybox modprobe e\nif modprobe f; then :; fi\n",
	      {"uinput", NULL, "modprobe", 2}, {"nvram", NULL, "modprobe", 5},
	      {"floppy", NULL, "modprobe", 5}, {"a_b", NULL, "modprobe", 5},
	      {"x_nvram", "/lib/`uname -r`/x-nvram.ko", "insmod", 6},
	      {"x_floppy", "/lib/`uname -r`/x-floppy.ko", "insmod", 6},
	      {"x_a_b", "/lib/`uname -r`/x-a-b.ko", "insmod", 6},
	      {"$i", NULL, "modprobe", 8}, {"c", NULL, "modprobe", 9},
	      {"d", NULL, "modprobe", 9}, {"e", NULL, "modprobe", 10},
	      {"f", NULL, "modprobe", 11});
}

static void nothing_is_read_behind_the_exit(void **state)
{
	struct scan *s = *state;

	LOADS(s, "modprobe a\nexit 0\nmodprobe b\n", {"a", NULL, "modprobe", 1});
	LOADS(s,
	      "[ -x /x ] || exit 0\n[ -x /x ] &&\n\n  exit\n(exit 1)\nif x; then\nexit "
	      "1\n"
	      "fi\nf() {\n exit 1\n}\nfunction g { exit 2; }\n}\ncase x in y) exit;; "
	      "esac\n"
	      "modprobe a\n",
	      {"a", NULL, "modprobe", 15});
}

static void damaged_scripts_end(void **state)
{
	struct scan *s = *state;
	static const char *const texts[] = {
		"",           "'",  "\"`",          "`",        "$(",
		"${",         "\\", "a \\",         "<<",       "cat <<E",
		"2>",         "&>", "modprobe \"a", "for",      "for i in",
		"for i in a", ")",  "modprobe '",   "insmod /", "modprobe ''",
		"function",   "$"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		scan_script(s, texts[i]);
	assert_int_equal(startup_script_parse(slice_of("a\0b", 3), s->scratch, s->arena,
					      (struct source){0}, &s->list, &s->e),
			 -ERR_CORRUPT);
}

static void loops_without_end_are_refused(void **state)
{
	struct scan *s = *state;
	struct strbuf b = STRBUF_INIT(1 << 20);

	strbuf_str(&b, "for i in");
	for (unsigned i = 0; i < 100; i++)
		strbuf_str(&b, " ''");
	for (unsigned i = 0; i < 100; i++)
		strbuf_str(&b, "\nmodprobe $i");
	assert_int_equal(startup_script_parse(slice_of(b.s, b.n), s->scratch, s->arena,
					      (struct source){0}, &s->list, &s->e),
			 -ERR_LIMIT);
	assert_int_equal(s->list.n, 0);
	strbuf_done(&b);
}

static void lists_have_a_module_a_line(void **state)
{
	struct scan *s = *state;

	assert_int_equal(
		startup_names_parse(
			slice_str("# loop\n; lp\n\n  xen-vnif  debug=1\r\nlp # x\n"),
			s->arena, (struct source){.path = "/etc/modules"}, &s->list,
			&s->e),
		0);
	assert_int_equal(s->list.n, 2);
	is_row(&s->list.v[0], (struct row){"xen_vnif", NULL, "list", 4});
	is_row(&s->list.v[1], (struct row){"lp", NULL, "list", 5});
	assert_int_equal(startup_names_parse(slice_of("a\0", 2), s->arena,
					     (struct source){0}, &s->list, &s->e),
			 -ERR_CORRUPT);
}

static void a_word_loses_its_quotes(_unused_ void **state)
{
	static const char *const rows[][2] = {
		{"a'b c'\"d e\"\\ f", "ab cd e f"},
		{"`x 'y'`$(z)", "`x 'y'`$(z)"},
		{"\"$v-${v}\"", "V-V"},
		{"'$v'", "$v"},
		{"$vv${vv}", "$vv${vv}"},
		{"\"it's\"", "it's"},
		{"a\\\nb", "ab"},
		{"'open", "open"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf b = STRBUF_INIT(100);

		shell_value(slice_str(rows[i][0]), slice_str("v"), slice_str("V"), &b);
		assert_string_equal(strbuf_text(&b), rows[i][1]);
		strbuf_done(&b);
	}
}

/* --- In a guest --- */

static void fake_script(const struct fake_guest *f, const char *path, const char *text)
{
	char full[512];

	fake_text(f, path, text);
	snprintf(full, sizeof(full), "%s%s", f->dir, path);
	assert_int_equal(chmod(full, 0755), 0);
}

static const struct startup_fact *at(const struct fake_guest *f, size_t i)
{
	assert_true(i < f->facts.startup.n);
	return &f->facts.startup.v[i];
}

static void red_hat_scripts_are_read_once(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_script(&f, "/etc/rc.d/rc.local", "insmod /x/xen-vbd.o\n");
	fake_link(&f, "rc.d/rc.local", "/etc/rc.local");
	fake_script(&f, "/etc/rc.modules", "modprobe a\n");
	fake_script(&f, "/etc/sysconfig/modules/b.modules", "modprobe b\n");
	fake_script(&f, "/etc/sysconfig/modules/b.modules.rpmsave", "modprobe c\n");
	assert_int_equal(fake_read(&f, &read_startup), 0);
	assert_int_equal(f.facts.problems.n, 0);
	assert_int_equal(f.facts.startup.n, 3);
	is_row(at(&f, 0), (struct row){"b", NULL, "modprobe", 1});
	is_row(at(&f, 1), (struct row){"a", NULL, "modprobe", 1});
	is_row(at(&f, 2), (struct row){"xen_vbd", "/x/xen-vbd.o", "insmod", 1});
	assert_string_equal(at(&f, 2)->source.path, "/etc/rc.d/rc.local");
	assert_string_equal(at(&f, 2)->source.disk, "disk");
	fake_done(&f);
}

static void a_script_that_cannot_be_run_loads_nothing(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/rc.d/rc.local", "modprobe a\n");
	fake_text(&f, "/etc/rc.modules", "true\n");
	assert_int_equal(fake_read(&f, &read_startup), 0);
	assert_int_equal(f.facts.startup.n, 0);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].about, "startup");
	assert_non_null(strstr(f.facts.problems.v[0].text, "not executable"));
	assert_string_equal(f.facts.problems.v[0].source.path, "/etc/rc.d/rc.local");
	fake_done(&f);
}

static void lists_hide_those_of_the_same_name(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_text(&f, "/etc/modules", "a\n");
	fake_text(&f, "/etc/modules-load.d/x.conf", "b\n");
	fake_link(&f, "../modules", "/etc/modules-load.d/modules.conf");
	fake_link(&f, "/dev/null", "/etc/modules-load.d/z.conf");
	fake_text(&f, "/usr/lib/modules-load.d/x.conf", "c\n");
	fake_text(&f, "/usr/lib/modules-load.d/y.conf", "d\n");
	fake_text(&f, "/usr/lib/modules-load.d/z.conf", "e\n");
	fake_text(&f, "/usr/lib/modules-load.d/README", "f\n");
	fake_text(&f, "/run/modules-load.d/r.conf", "g\n");
	assert_int_equal(fake_read(&f, &read_startup), 0);
	assert_int_equal(f.facts.startup.n, 3);
	is_row(at(&f, 0), (struct row){"a", NULL, "list", 1});
	is_row(at(&f, 1), (struct row){"b", NULL, "list", 1});
	is_row(at(&f, 2), (struct row){"d", NULL, "list", 1});
	fake_done(&f);
}

static void a_damaged_file_does_not_hide_the_others(_unused_ void **state)
{
	struct fake_guest f;

	fake_new(&f);
	fake_file(&f, "/etc/rc.modules", slice_of("a\0b", 3));
	fake_text(&f, "/etc/modules", "a\n");
	assert_int_equal(fake_read(&f, &read_startup), 0);
	assert_int_equal(f.facts.startup.n, 1);
	assert_int_equal(f.facts.problems.n, 1);
	assert_string_equal(f.facts.problems.v[0].code, "corrupt");
	fake_done(&f);
}

#define SCAN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCAN(the_line_of_the_guide_is_found),
		SCAN(paths_stay_as_written_but_for_quotes),
		SCAN(options_are_not_modules),
		SCAN(commands_end_at_signs),
		SCAN(words_that_only_look_like_it_are_passed_over),
		SCAN(conditions_and_loops_are_looked_into),
		SCAN(nothing_is_read_behind_the_exit),
		SCAN(damaged_scripts_end),
		SCAN(loops_without_end_are_refused),
		SCAN(lists_have_a_module_a_line),
		cmocka_unit_test(a_word_loses_its_quotes),
		cmocka_unit_test(red_hat_scripts_are_read_once),
		cmocka_unit_test(a_script_that_cannot_be_run_loads_nothing),
		cmocka_unit_test(lists_hide_those_of_the_same_name),
		cmocka_unit_test(a_damaged_file_does_not_hide_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
