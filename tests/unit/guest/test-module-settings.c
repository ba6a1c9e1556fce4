/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of modules in the guest's settings, from which its next initramfs is made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake-guest.h"

static struct fake_guest f;

static int setup(void **state)
{
	(void)state;
	fake_new(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_done(&f);
	return 0;
}

static void read_kernel_settings(const char *text)
{
	fake_text(&f, "/etc/sysconfig/kernel", text);
	assert_int_equal(fake_read(&f, &read_module_settings), 0);
	assert_int_equal(f.facts.problems.n, 0);
}

static void the_list_is_told_as_it_stands(void **state)
{
	const struct module_setting_fact *s;

	(void)state;
	read_kernel_settings("## Type: string\n\nINITRD_MODULES=\"old\"\n"
			     "INITRD_MODULES=\"ata_piix  ext3\" # x\n"
			     "DOMU_INITRD_MODULES=\"xenblk\"\n");
	assert_int_equal(f.facts.module_settings.n, 1);
	s = &f.facts.module_settings.v[0];
	assert_string_equal(s->name, "INITRD_MODULES");
	assert_string_equal(s->text, "INITRD_MODULES=\"ata_piix  ext3\"");
	assert_string_equal(s->source.path, "/etc/sysconfig/kernel");
	assert_int_equal(s->source.line, 4);
}

/* Of these no word can be changed without running a shell. */
static void what_a_script_computes_is_not_told(void **state)
{
	static const char *const texts[] = {
		"INITRD_MODULES=\"a $b\"\n",
		"INITRD_MODULES=\"a\nb\"\n",
		"INITRD_MODULES=a\nINITRD_MODULES=$(cat /x)\n",
		"INITRD_MODULES=a\n[ -e /x ] && INITRD_MODULES=b\n",
		"INITRD_MODULES=a\nexport INITRD_MODULES=b\n",
		"INITRD_MODULES=\"a",
		"INITRD_MODULES=\"a\"b\n",
		"(INITRD_MODULES=a)\n",
		"OTHER=a\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		print_message("%s\n", texts[i]);
		fake_done(&f);
		fake_new(&f);
		read_kernel_settings(texts[i]);
		assert_int_equal(f.facts.module_settings.n, 0);
	}
}

static void a_guest_without_the_file_has_none(void **state)
{
	(void)state;
	assert_int_equal(fake_read(&f, &read_module_settings), 0);
	assert_int_equal(f.facts.module_settings.n, 0);
	assert_int_equal(f.facts.problems.n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_list_is_told_as_it_stands),
		TEST(what_a_script_computes_is_not_told),
		TEST(a_guest_without_the_file_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
