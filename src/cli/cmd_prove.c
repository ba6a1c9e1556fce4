/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { COLUMNS = 80 }; /* of a terminal, at least */

/* What stands on the terminal: a line that says what is booted, and one with the steps
 * seen so far and what is awaited. That one is written again and again. */
struct screen {
	bool terminal;
	bool begun; /* the first line is there */
	char steps[80];
	int columns; /* of the second line */
};

/* Blanks wipe out what is left of a longer line. A line that is cut stays one line. */
static void rewrite(struct screen *s, const char *awaited)
{
	char line[COLUMNS];
	int n = snprintf(line, sizeof(line), "  %s%s%s", s->steps,
			 *s->steps && *awaited ? "; " : "", awaited);

	n = n < COLUMNS ? n : COLUMNS - 1;
	fprintf(stderr, "\r%s%*s", line, s->columns > n ? s->columns - n : 0, "");
	s->columns = n;
	fflush(stderr);
}

/* In a log each step is a line. */
static void show(void *ctx, int done, const char *text)
{
	struct screen *s = ctx;
	size_t n = strlen(s->steps);

	if (!s->terminal || !s->begun) {
		if (done)
			fprintf(stderr, "%s\n", text);
		s->begun = s->begun || done;
		return;
	}
	if (done)
		snprintf(s->steps + n, sizeof(s->steps) - n, "%s%s", n ? ", " : "", text);
	rewrite(s, done ? "" : text);
}

static void end_line(struct screen *s)
{
	if (!s->terminal || !s->begun)
		return;
	rewrite(s, "");
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
	.arguments = "--on PLATFORM [OPTION]... DISK... | -d DOMAIN",
	.options = OPTIONS_GUEST | OPTIONS_DISKS | OPTIONS_PLATFORMS |
		   OPTIONS_ONE_PLATFORM | OPTIONS_PROVE,
	.help = "The platform:\n"
		"      --on PLATFORM        kvm, vmware, nitro, gce, xen, rhel5-xen, "
		"emulated;\n"
		"                           kvm:virtio-scsi takes one driver "
		"alternative\n"
		"The boot:\n"
		"      --direct             straight into the kernel, without firmware "
		"and boot\n"
		"                           loader: is it these that fail?\n"
		"      --timeout SECONDS    how long it is watched: 60 with KVM, 240 "
		"without,\n"
		"                           120 on this machine's own Xen, 1800 on one "
		"under\n"
		"                           QEMU\n"
		"      --memory MIB         of the guest (512)\n"
		"      --keep-log DIR       what the guest prints on its serial console, "
		"and QEMU\n"
		"      --xen-lab DIR        the Xen host that make xen-lab has built in "
		"DIR, for\n"
		"                           xen and rhel5-xen "
		"(~/.cache/paravet/xen-lab,\n"
		"                           unless this machine is a Xen host and this "
		"is root)\n" DISKS_OPTIONS_HELP "\n"
		"QEMU reads the disks and changes nothing; the guest reaches no "
		"network.\n"
		"Exit status: 0 proven (the boot agrees with paravet check, whichever "
		"way),\n"
		"1 disproven, 3 not provable here; 64 and above: see paravet --help.\n",
	.run = run,
};
