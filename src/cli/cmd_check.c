/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {0};
	struct paravet *p;
	int status = options_parse(&cmd_check, argc, argv, &o);
	int r;

	if (status)
		return status - 1;
	p = guest_open(&o, &status);
	if (!p)
		return status;
	r = paravet_judge(p);
	if (r < 0)
		status = report_failure(p, r);
	else
		status = print_document(p, paravet_report(p, o.format, o.flags));
	if (status == 0)
		status = paravet_answer(p);
	paravet_free(p);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "Can this guest use para-virtualized drivers, and if not, why?",
	.arguments = "[OPTION]... DISK... | --root DIR",
	.options = OPTIONS_GUEST | OPTIONS_PLATFORMS | OPTIONS_HOST,
	.help = "Platforms:\n"
		"      --on PLATFORM,...    kvm, xen, vmware, hyperv, nitro, gce; all "
		"(default);\n"
		"                           kvm:virtio-scsi takes one driver "
		"alternative\n" HOST_OPTION_HELP GUEST_OPTIONS_HELP "\n"
		"Exit status: 0 ready, 1 fixable, 2 blocked, 3 unknown (the worst of "
		"the\n"
		"platforms asked); 64 and above: see paravet --help.\n",
	.run = run,
};
