/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <unistd.h>

#include "cli.h"

/* What stands on the terminal. */
struct screen {
	bool terminal;
	unsigned steps; /* told so far, on one line */
	int columns;    /* of what is awaited, behind them */
};

static void erase_awaited(struct screen *s)
{
	for (; s->columns > 0; s->columns--)
		fputs("\b \b", stderr);
}

/* On a terminal the steps make one line, and what is awaited stands behind them until it
 * comes; in a log each step is a line. */
static void show(void *ctx, int done, const char *text)
{
	struct screen *s = ctx;

	if (!s->terminal) {
		if (done)
			fprintf(stderr, "%s\n", text);
		return;
	}
	erase_awaited(s);
	if (done)
		fprintf(stderr, "%s%s",
			s->steps == 0   ? ""
			: s->steps == 1 ? " ... "
					: ", ",
			text);
	else
		s->columns = fprintf(stderr, " (%s)", text);
	s->steps += done != 0;
	fflush(stderr);
}

static void end_line(struct screen *s)
{
	erase_awaited(s);
	if (s->terminal && s->steps)
		fputc('\n', stderr);
}

static int boot(struct paravet *p, const struct guest_options *o)
{
	struct screen screen = {.terminal = isatty(STDERR_FILENO)};
	int r;

	paravet_set_progress(p, show, &screen);
	r = paravet_judge(p);
	if (r == 0)
		r = paravet_prove(p);
	end_line(&screen);
	if (r < 0)
		return report_failure(p, r);
	r = print_document(p, paravet_proof(p, o->format, o->flags));
	return r ? r : paravet_proof_result(p);
}

static int run(int argc, char **argv)
{
	struct guest_options o = {.proving = true};
	struct paravet *p;
	int status = options_parse(&cmd_prove, argc, argv, &o);

	if (status)
		return status - 1;
	p = guest_open(&o, &status);
	if (!p)
		return status;
	status = boot(p, &o);
	paravet_free(p);
	return status;
}

const struct command cmd_prove = {
	.name = "prove",
	.summary = "Boots the guest on a throw-away overlay: is the verdict right?",
	.arguments = "--on PLATFORM [OPTION]... DISK...",
	.options =
		OPTIONS_GUEST | OPTIONS_PLATFORMS | OPTIONS_ONE_PLATFORM | OPTIONS_PROVE,
	.help = "The platform:\n"
		"      --on PLATFORM        kvm, vmware, nitro, gce, emulated; "
		"kvm:virtio-scsi\n"
		"                           takes one driver alternative\n"
		"The boot:\n"
		"      --timeout SECONDS    how long it is watched: 60 with KVM, 240 "
		"without\n"
		"      --memory MIB         of the guest (512)\n"
		"      --keep-log DIR       what the guest prints on its serial console, "
		"and QEMU\n" GUEST_OPTIONS_HELP "\n"
		"QEMU reads the disks and changes nothing; the guest reaches no "
		"network.\n"
		"Exit status: 0 proven (the boot agrees with paravet check, whichever "
		"way),\n"
		"1 disproven, 3 not provable here; 64 and above: see paravet --help.\n",
	.run = run,
};
