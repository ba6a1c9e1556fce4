/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {0};

	return guest_judge(&cmd_check, &o, argc, argv, paravet_report);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "Can this guest use para-virtualized drivers, and if not, why?",
	.arguments = "[OPTION]... DISK... | -d DOMAIN | --root DIR",
	.options = OPTIONS_GUEST | OPTIONS_PLATFORMS | OPTIONS_HOST,
	.help = "Platforms:\n"
		"      --on PLATFORM,...    kvm, xen, vmware, hyperv, nitro, gce, "
		"rhel5-xen;\n"
		"                           all (default): those that fit the guest;\n"
		"                           kvm:virtio-scsi takes one driver "
		"alternative;\n"
		"                           may be repeated\n" HOST_OPTION_HELP
			GUEST_OPTIONS_HELP "\n"
		"Exit status: 0 ready, 1 fixable, 2 blocked, 3 unknown (the worst of "
		"the\n"
		"platforms asked); 64 and above: see paravet --help.\n",
	.run = run,
};
