/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of a plan in the text of one file: made as they are told, or refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text_edit.h"

#define FSTAB "/etc/fstab"

/* One edit of each kind. */
#define WORDS(n, from, to) \
	((struct plan_edit){.file = FSTAB, .line = (n), .before = (from), .after = (to)})
#define LINES(n, from, to) \
	((struct plan_edit){.file = FSTAB, \
			    .line = (n), \
			    .whole = true, \
			    .before = (from), \
			    .after = (to)})
#define LAST(text)   LINES(0, NULL, text)
#define EDITS(...)   ((struct plan_edit[]){__VA_ARGS__})
#define COUNT(edits) (sizeof(edits) / sizeof(*(edits)))

enum { MAX_EDITS = 8, MAX_TEXT = 1000 };

static int edit_bytes(struct slice text, const struct plan_edit *edits, size_t n,
		      struct strbuf *out, struct err *e)
{
	const struct plan_edit *refs[MAX_EDITS];
	edit_refs list = {.v = refs, .n = n};

	assert_true(n <= MAX_EDITS);
	for (size_t i = 0; i < n; i++)
		refs[i] = &edits[i];
	return text_edit(text, &list, out, e);
}

static void expect(const char *text, const struct plan_edit *edits, size_t n,
		   const char *wanted)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(MAX_TEXT);
	struct err e = ERR_INIT;

	if (edit_bytes(slice_str(text), edits, n, &out, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(strbuf_text(&out), wanted);
}

static void expect_refused_bytes(struct slice text, const struct plan_edit *edits,
				 size_t n, const char *why)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(MAX_TEXT);
	struct err e = ERR_INIT;

	assert_int_equal(edit_bytes(text, edits, n, &out, &e), -ERR_REFUSED);
	assert_string_equal(e.text, why);
}

static void expect_refused(const char *text, const struct plan_edit *edits, size_t n,
			   const char *why)
{
	expect_refused_bytes(slice_str(text), edits, n, why);
}

#define BECOMES(text, wanted, ...) \
	expect(text, EDITS(__VA_ARGS__), COUNT(EDITS(__VA_ARGS__)), wanted)
#define REFUSED(text, why, ...) \
	expect_refused(text, EDITS(__VA_ARGS__), COUNT(EDITS(__VA_ARGS__)), why)

static void words_are_replaced_and_the_rest_of_the_line_stays(void **state)
{
	(void)state;
	BECOMES("# a\n/dev/sda1 \t/  ext4  defaults\nLABEL=b /b\n",
		"# a\nUUID=1 \t/  ext4  defaults\nLABEL=b /b\n",
		WORDS(2, "/dev/sda1", "UUID=1"));
	BECOMES("linux  /vmlinuz root=/dev/sda1   ro\n",
		"linux  /vmlinuz root=UUID=1 quiet\n",
		WORDS(1, "root=/dev/sda1 ro", "root=UUID=1 quiet"));
	BECOMES("\tkernel /vmlinuz ro\n", "\tkernel /vmlinuz ro x=1\n",
		WORDS(1, "ro", "ro x=1"));
}

static void a_part_of_a_word_is_no_word(void **state)
{
	(void)state;
	BECOMES("/dev/sda1 x/dev/sda1 /dev/sda1x /dev/sda1\n",
		"UUID=1 x/dev/sda1 /dev/sda1x UUID=1\n", WORDS(1, "/dev/sda1", "UUID=1"));
	REFUSED("/dev/sda11 /\n", "line 1 of /etc/fstab has no word /dev/sda1",
		WORDS(1, "/dev/sda1", "UUID=1"));
}

static void words_go_away_with_the_blanks_before_them(void **state)
{
	(void)state;
	BECOMES("root=x  quiet  ro\n", "root=x  ro\n", WORDS(1, "quiet", NULL));
	BECOMES("root=x quiet\n", "root=x\n", WORDS(1, "quiet", ""));
	BECOMES("quiet\n", "\n", WORDS(1, "quiet", NULL));
	BECOMES("a  quiet quiet b\n", "a b\n", WORDS(1, "quiet", NULL));
}

static void the_same_word_is_replaced_wherever_it_stands(void **state)
{
	(void)state;
	BECOMES("/dev/sda /dev/sda /dev/sdb /dev/sda\n", "u u /dev/sdb u\n",
		WORDS(1, "/dev/sda", "u"));
	/* What was put in is not looked at again. */
	BECOMES("a a\n", "a a a a\n", WORDS(1, "a", "a a"));
}

static void several_edits_share_a_line(void **state)
{
	(void)state;
	BECOMES("root=a resume=b\nresume=b\n", "root=A resume=B\nresume=C\n",
		WORDS(1, "root=a", "root=A"), WORDS(1, "resume=b", "resume=B"),
		WORDS(2, "resume=b", "resume=C"));
	REFUSED("root=a\n", "line 1 of /etc/fstab has no word root=a",
		WORDS(1, "root=a", "root=b"), WORDS(1, "root=a", "root=c"));
}

static void whole_lines_are_replaced_blanks_aside(void **state)
{
	(void)state;
	BECOMES("x\n alias  eth0\t8139cp \ny\n", "x\nalias eth0 xen-vnif\ny\n",
		LINES(2, "alias eth0 8139cp", "alias eth0 xen-vnif"));
	BECOMES("a\nb\nc\nd\n", "a\nB\nd\n", LINES(2, "b\nc", "B"));
	BECOMES("a\nb\n", "b\n", LINES(1, "a", NULL));
	BECOMES("a\nb\n", "a\nB\nC\n", LINES(2, "b", "B\nC"));
	/* Numbers of lines are those of the old text. */
	BECOMES("a\nb\nc\n", "1\n2\n3\nb\nC\n", LINES(1, "a", "1\n2\n3"),
		WORDS(3, "c", "C"));
}

static void a_line_that_is_not_as_expected_is_refused(void **state)
{
	static const char why[] = "line 2 of /etc/fstab is not what it was";

	(void)state;
	REFUSED("a\nb c\n", why, LINES(2, "b", "B"));
	REFUSED("a\nb\n", why, LINES(2, "b c", "B"));
	REFUSED("x\nb\nX\n", "line 3 of /etc/fstab is not what it was",
		LINES(2, "b\nc", "B"));
	REFUSED("a\nb\n", why, LINES(2, "b\nc", "B"));
	REFUSED("a\n\n", why, LINES(2, "b", "B"));
	REFUSED("a\nx\n", "line 2 of /etc/fstab has no word b", WORDS(2, "b", "B"));
	REFUSED("a\n\n", "line 2 of /etc/fstab has no word b", WORDS(2, "b", "B"));
}

static void a_line_past_the_end_is_refused(void **state)
{
	(void)state;
	REFUSED("a\n", "/etc/fstab has no line 2", WORDS(2, "a", "b"));
	REFUSED("a\n", "/etc/fstab has no line 3", WORDS(1, "a", "b"),
		LINES(3, "a", "b"));
	REFUSED("", "/etc/fstab has no line 1", WORDS(1, "a", "b"));
}

static void an_edit_inside_lines_that_go_is_refused(void **state)
{
	static const char why[] =
		"two changes of line 2 of /etc/fstab do not go together";

	(void)state;
	REFUSED("a\nb\nc\n", why, LINES(1, "a\nb", "A"), WORDS(2, "b", "B"));
	REFUSED("a\nb\nc\n", why, LINES(2, "b", "B"), LINES(2, "b", "C"));
	REFUSED("a\nb\nc\n", why, LINES(2, "b", "B"), WORDS(2, "b", "C"));
	REFUSED("a\nb\nc\n", why, WORDS(2, "b", "B"), LINES(2, "b", "C"));
}

/* Two steps of a plan may ask for the same. */
static void the_same_edit_twice_is_made_once(void **state)
{
	(void)state;
	BECOMES("a\nb\n", "a\nB\n", LINES(2, "b", "B"), LINES(2, "b", "B"));
	BECOMES("a x\nb\n", "B x\nb\n", WORDS(1, "a", "B"), WORDS(1, "a", "B"));
	BECOMES("a\n", "a\nb\n", LAST("b"), LAST("b"));
}

static void lines_go_to_the_end_unless_they_are_there(void **state)
{
	(void)state;
	BECOMES("a\n", "a\nb\nc\n", LAST("b\nc"));
	BECOMES("virtio_blk\na\n", "virtio_blk\na\nvirtio_pci\n",
		LAST("virtio_blk\nvirtio_pci"));
	BECOMES(" alias  eth0 x \n", " alias  eth0 x \n", LAST("alias eth0 x"));
	/* The line that was there is another one now. */
	BECOMES("alias a b\n", "# alias a b\nalias a b\n",
		LINES(1, "alias a b", "# alias a b"), LAST("alias a b"));
	BECOMES("# virtio_blk\n", "# virtio_blk\nvirtio_blk\n", LAST("virtio_blk"));
}

static void an_empty_file_gets_lines(void **state)
{
	(void)state;
	BECOMES("", "a\nb\n", LAST("a\nb"));
	BECOMES("\n", "\na\n", LAST("a"));
	BECOMES("", "", LAST(""));
}

static void a_last_line_without_a_newline_stays_so(void **state)
{
	(void)state;
	BECOMES("a\nb c", "a\nB c", WORDS(2, "b", "B"));
	BECOMES("a\nb", "A\nb", LINES(1, "a", "A"));
	BECOMES("a\nb", "a\nB", LINES(2, "b", "B"));
	BECOMES("a\nb", "a\nb", LAST("b"));
	/* Unless lines follow it. */
	BECOMES("a", "a\nb\n", LAST("b"));
}

/* Where all end in CR LF, they go on doing so. */
static void lines_of_dos_stay_such(void **state)
{
	(void)state;
	BECOMES("a\r\nb c\r\n", "A\r\nb c\r\n", WORDS(1, "a", "A"));
	BECOMES("a\r\nb c\r\n", "a\r\nb C\r\n", WORDS(2, "c", "C"));
	BECOMES("a\r\nb c\r\n", "a\r\nb\r\n", WORDS(2, "c", ""));
	BECOMES("a\r\nb", "B\r\nC\r\nb", LINES(1, "a", "B\nC"));
	BECOMES("a\r\nb", "a\r\nb\r\nc\r\n", LAST("c"));
	BECOMES("a\r\n", "a\r\n", LAST("a"));
}

static void lines_of_several_systems_are_refused(void **state)
{
	static const char why[] = "/etc/fstab is no plain text: it has NUL bytes";
	static const char mixed[] =
		"/etc/fstab has carriage returns that are no line ends like the others: "
		"change it inside the guest";
	struct plan_edit edit = WORDS(1, "a", "b");

	(void)state;
	REFUSED("a\r\nb\n", mixed, edit);
	REFUSED("a\nb\r\n", mixed, edit);
	REFUSED("a\nb\r", mixed, LAST("c"));
	REFUSED("a\rb\r\n", mixed, edit);
	REFUSED("a\r", mixed, edit);
	expect_refused_bytes(slice_of("a\n\0b\n", 5), &edit, 1, why);
	expect_refused_bytes(slice_of("\0", 1), &edit, 1, why);
}

static void what_the_guest_named_is_escaped(void **state)
{
	struct plan_edit edit = WORDS(1, "\033[2J", "b");

	(void)state;
	edit.file = "/etc/\033]0;x";
	expect_refused("a\n", &edit, 1, "line 1 of /etc/\\x1b]0;x has no word \\x1b[2J");
	/* Bytes that are no UTF-8 are words as any others. */
	BECOMES("\xff\xfe a\n", "b a\n", WORDS(1, "\xff\xfe", "b"));
}

static void nothing_to_replace_is_refused(void **state)
{
	(void)state;
	REFUSED("a\n", "line 1 of /etc/fstab has no word ", WORDS(1, "", "b"));
	REFUSED("a\n", "line 1 of /etc/fstab has no word ", WORDS(1, NULL, "b"));
	REFUSED("a\n", "line 1 of /etc/fstab is not what it was", LINES(1, NULL, "b"));
	REFUSED("a\n", "line 1 of /etc/fstab is not what it was", LINES(1, "", "b"));
}

static void a_text_that_grows_too_long_is_refused(void **state)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(10);
	struct plan_edit edit = WORDS(1, "a", "0123456789");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(edit_bytes(slice_str("a\n"), &edit, 1, &out, &e), -ERR_LIMIT);
	assert_string_equal(e.text, "the new text is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_replaced_and_the_rest_of_the_line_stays),
		cmocka_unit_test(a_part_of_a_word_is_no_word),
		cmocka_unit_test(words_go_away_with_the_blanks_before_them),
		cmocka_unit_test(the_same_word_is_replaced_wherever_it_stands),
		cmocka_unit_test(several_edits_share_a_line),
		cmocka_unit_test(whole_lines_are_replaced_blanks_aside),
		cmocka_unit_test(a_line_that_is_not_as_expected_is_refused),
		cmocka_unit_test(a_line_past_the_end_is_refused),
		cmocka_unit_test(an_edit_inside_lines_that_go_is_refused),
		cmocka_unit_test(the_same_edit_twice_is_made_once),
		cmocka_unit_test(lines_go_to_the_end_unless_they_are_there),
		cmocka_unit_test(an_empty_file_gets_lines),
		cmocka_unit_test(a_last_line_without_a_newline_stays_so),
		cmocka_unit_test(lines_of_dos_stay_such),
		cmocka_unit_test(lines_of_several_systems_are_refused),
		cmocka_unit_test(what_the_guest_named_is_escaped),
		cmocka_unit_test(nothing_to_replace_is_refused),
		cmocka_unit_test(a_text_that_grows_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
