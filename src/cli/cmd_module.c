/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int read_modules(struct paravet *p, const struct guest_options *o)
{
	int r = guest_name(p, o);

	for (unsigned i = 0; r == 0 && i < o->module_count; i++)
		r = paravet_add_module(p, o->modules[i]);
	for (unsigned i = 0; r == 0 && i < o->neighbour_count; i++)
		r = paravet_add_neighbour(p, o->neighbours[i]);
	if (r == 0 && o->symvers)
		r = paravet_set_symvers(p, o->symvers);
	if (r == 0)
		r = paravet_set_kernel(p, o->kernel);
	return r == 0 ? paravet_read_modules(p) : r;
}

static int run(int argc, char **argv)
{
	struct guest_options o = {0};
	int status = options_parse(&cmd_module, argc, argv, &o), r;
	struct paravet *p;

	if (status)
		return status - 1;
	p = handle_open(&o, &status);
	if (!p)
		return status;
	r = read_modules(p, &o);
	status = r < 0 ? report_failure(p, r)
		       : print_document(p, paravet_modules(p, o.format, o.flags));
	if (status == 0)
		status = paravet_modules_answer(p);
	paravet_free(p);
	return status;
}

const struct command cmd_module = {
	.name = "module",
	.summary = "Would a kernel load this module file, and what breaks?",
	.arguments = "[OPTION]... FILE... --for DISK...|[RELEASE:]SYMVERS",
	.options = OPTIONS_GUEST | OPTIONS_MODULES,
	.help = "The modules:\n"
		"  FILE...                  .ko or .o, compressed or not; they may need "
		"each\n"
		"                           other\n"
		"The kernels:\n"
		"      --for DISK...        those on the disks of one guest, the boot "
		"disk first\n"
		"      --kernel RELEASE     only this one\n"
		"      --for [RELEASE:]SYMVERS\n"
		"                           a kernel of which only Module.symvers, "
		"symvers.gz or\n"
		"                           the like is at hand; with a disk: in place "
		"of its own\n"
		"      --neighbour FILE     a module that this kernel loads: shows how "
		"it was\n"
		"                           built\n"
		"The disks:\n" SOURCE_OPTIONS_HELP OUTPUT_OPTIONS_HELP
		"  -v, --verbose            what was read, and every module needed\n"
		"Other:\n"
		"      --sandbox MODE       how the reader is confined: auto (default), "
		"require,\n"
		"                           off\n"
		"  -h, --help\n"
		"\n"
		"Exit status: 0 loads, 2 refused, 3 cannot be known: the worst of all "
		"files, for\n"
		"the kernel that starts by default, or for all where that is not known; "
		"64 and\n"
		"above: see paravet --help.\n",
	.run = run,
};
