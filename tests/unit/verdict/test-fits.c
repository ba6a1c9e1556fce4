/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which modules may be put into an initramfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fits.h"
#include "sample.h"

static struct sample s;

static int setup(void **state)
{
	(void)state;
	sample_init(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sample_done(&s);
	return 0;
}

static const char *why_not(const char *module)
{
	struct err e = ERR_INIT;
	const char *why = NULL;

	assert_int_equal(
		module_fits(&s.facts, sample_kernel(&s), module, s.arena, &why, &e), 0);
	return why;
}

static void expect(const char *module, const char *words)
{
	const char *why = why_not(module);

	assert_non_null(why);
	if (!strstr(why, words))
		fail_msg("\"%s\" lacks \"%s\"", why, words);
}

static void modules_of_this_kernel_fit(void **state)
{
	(void)state;
	sample_builtin(&s, "nvme", NULL);
	assert_null(why_not("virtio_blk"));
	assert_null(why_not("virtio-blk"));
	assert_null(why_not("nvme"));
}

static void others_do_not(void **state)
{
	(void)state;
	sample_absent(&s, "xen_blkfront");
	expect("xen_blkfront", "xen_blkfront is missing");
	expect("hv_storvsc", "hv_storvsc was not looked for");
	sample_module(&s, "virtio_blk")->crc_agrees = KNOWN_NO;
	expect("virtio_blk", "virtio_blk disagrees with this kernel");
	sample_module(&s, "virtio_blk")->crc_agrees = KNOWN_NOT;
	expect("virtio_blk", "could not be compared");
	sample_module(&s, "virtio_blk")->vermagic = "5.10.0 SMP";
	expect("virtio_blk", "was built for 5.10.0 SMP");
}

static void neither_do_those_whose_needs_do_not(void **state)
{
	(void)state;
	sample_module(&s, "virtio")->state = "broken";
	expect("virtio_blk", "needs virtio, which is damaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(modules_of_this_kernel_fit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(others_do_not, setup, teardown),
		cmocka_unit_test_setup_teardown(neither_do_those_whose_needs_do_not,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
