/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli.h"

static int set_output(struct paravet *p, const struct guest_options *o)
{
	enum paravet_output kind = o->in_place  ? PARAVET_OUTPUT_IN_PLACE
				   : o->dry_run ? PARAVET_OUTPUT_NONE
				   : o->copy    ? PARAVET_OUTPUT_COPY
						: PARAVET_OUTPUT_OVERLAY;
	int r = o->output_count ? 0 : paravet_set_output(p, "", kind);

	for (unsigned i = 0; r == 0 && i < o->output_count; i++)
		r = paravet_set_output(p, o->outputs[i], kind);
	return r == 0 && o->undo ? paravet_set_undo(p, o->undo) : r;
}

static int apply(struct paravet *p, const struct guest_options *o)
{
	int r = set_output(p, o);
	int status;

	if (r == 0)
		r = paravet_judge(p);
	if (r == 0)
		r = paravet_apply(p);
	if (r < 0)
		return report_failure(p, r);
	status = print_document(p, paravet_applied(p, o->format, o->flags));
	return status ? status : paravet_applied_answer(p);
}

/* Exactly one place for the result. */
static const char *check_output(const struct guest_options *o)
{
	if (!o->output_count + !o->in_place + !o->dry_run != 2)
		return "where does the result go? one of -o FILE, --in-place, --dry-run";
	/* What finds its disks is one name. */
	if (o->output_count > 1 && o->disk_count > 1 && o->output_count != o->disk_count)
		return "either one -o, or one for each disk, in their order";
	if (o->copy && !o->output_count)
		return "--copy goes with -o FILE";
	if (o->undo && !o->in_place)
		return "--undo goes with --in-place";
	if (o->machine_out && !o->machine && o->disk_count > 1)
		return "--machine-out goes with --machine FILE";
	return NULL;
}

static int run(int argc, char **argv)
{
	struct guest_options o = {.applying = true};
	struct paravet *p;
	int status = options_parse(&cmd_apply, argc, argv, &o);
	const char *wrong;

	if (status)
		return status - 1;
	wrong = check_output(&o);
	if (wrong)
		return options_mistake(&cmd_apply, wrong);
	p = guest_open(&o, &status);
	if (!p)
		return status;
	status = apply(p, &o);
	paravet_free(p);
	return status;
}

const struct command cmd_apply = {
	.name = "apply",
	.summary = "Makes the plan's changes offline, on an overlay or in place.",
	.arguments = "--on PLATFORM -o FILE | --in-place | --dry-run [OPTION]...\n"
		     "                     DISK... | -d DOMAIN",
	.options = OPTIONS_GUEST | OPTIONS_DISKS | OPTIONS_PLATFORMS | OPTIONS_HOST |
		   OPTIONS_ONE_PLATFORM | OPTIONS_KERNELS | OPTIONS_APPLY,
	.help = "The platform:\n"
		"      --on PLATFORM        kvm, xen, vmware, hyperv, nitro, gce, "
		"rhel5-xen;\n"
		"                           kvm:virtio-scsi takes one driver "
		"alternative\n" HOST_OPTION_HELP KERNEL_OPTION_HELP
		"Where the result goes:\n"
		"  -o, --output FILE        a new qcow2 overlay on the disk, which stays "
		"as it is\n"
		"                           (of several changed disks: one for each "
		"disk)\n"
		"      --copy               FILE is a whole raw copy instead\n"
		"      --in-place           the disks themselves; paravet undo takes it "
		"back\n"
		"      --undo FILE          record for that (DISK.paravet-undo); "
		"of a device,\n"
		"                           a file on another disk\n"
		"      --dry-run            nowhere: what would be changed is "
		"shown\n"
		"      --machine-out FILE   the description of --machine, written anew\n"
		"What is given besides:\n"
		"      --kmod FILE.rpm      a package of drivers, for the kernels that "
		"load\n"
		"                           them; may be repeated\n" DISKS_OPTIONS_HELP
		"\n"
		"No program of the guest is run. Steps that are more than changes of "
		"files are\n"
		"left to you, and named.\n"
		"Exit status, of the guest with the changes: 0 ready, 1 fixable, 2 "
		"blocked,\n"
		"3 unknown; 64 and above: see paravet --help.\n",
	.run = run,
};
