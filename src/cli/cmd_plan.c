/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int run(int argc, char **argv)
{
	struct guest_options o = {.applying = true}; /* on copies of the disks */

	return guest_judge(&cmd_plan, &o, argc, argv, paravet_plan);
}

const struct command cmd_plan = {
	.name = "plan",
	.summary = "Which steps make this guest use para-virtualized drivers?",
	.arguments = "--on PLATFORM [OPTION]... DISK... | -d DOMAIN | --root DIR",
	.options = OPTIONS_GUEST | OPTIONS_PLATFORMS | OPTIONS_HOST |
		   OPTIONS_ONE_PLATFORM | OPTIONS_KERNELS | OPTIONS_MARKDOWN |
		   OPTIONS_SCRIPT,
	.help = "The platform:\n"
		"      --on PLATFORM        kvm, xen, vmware, hyperv, nitro, gce, "
		"rhel5-xen;\n"
		"                           kvm:virtio-scsi takes one driver "
		"alternative\n" HOST_OPTION_HELP KERNEL_OPTION_HELP "The form:\n"
		"      --script             a shell script for the guest's "
		"administrator, to "
		"run\n"
		"                           INSIDE the guest with its own "
		"tools\n" GUEST_OPTIONS_HELP "\n"
		"Nothing is changed. --format also takes markdown. With --machine the "
		"steps show\n"
		"the lines of that file before and after.\n"
		"Exit status: 0 nothing to do, 1 the steps make it ready, 2 blocked, 3 "
		"unknown;\n"
		"64 and above: see paravet --help.\n",
	.run = run,
};
