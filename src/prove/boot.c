/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting one boot, and ending it. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "escape.h"
#include "limits.h"

enum {
	/* QEMU's own, above the guest's memory: code it translates takes most of it. */
	QEMU_MEMORY_MIB = 4096,
	VARIABLES_MAX = 1024 * 1024,
};

/* OVMF, as Debian and its kin install it: code, and the variables to start from. */
static const struct {
	const char *code, *variables;
} firmwares[] = {
	{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
	{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
};

int64_t boot_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void boot_tell(const struct boot *b, bool done, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (!b->options->tell)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->options->tell(b->options->tell_ctx, done, text);
}

static int pair(int *ret_ours, int *ret_theirs, struct err *e)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, ERR_IO, "socketpair: %s", strerror(errno));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*ret_ours = ends[0];
	*ret_theirs = ends[1];
	return 0;
}

/* The guest writes to a copy of the variables, which has no name. */
static int copy_variables(const char *path, int *ret, struct err *e)
{
	_cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = memfd_create("variables", MFD_CLOEXEC);
	static char buf[VARIABLES_MAX];
	ssize_t n = from < 0 ? -1 : read(from, buf, sizeof(buf));

	if (n <= 0 || to < 0 || write(to, buf, (size_t)n) != n)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	*ret = TAKE_FD(to);
	return 0;
}

static int find_firmware(struct boot *b, struct setup_wires *w, struct err *e)
{
	if (!b->setup->uefi)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(firmwares); i++) {
		if (access(firmwares[i].code, R_OK) < 0)
			continue;
		w->firmware = firmwares[i].code;
		return copy_variables(firmwares[i].variables, &b->variables, e);
	}
	return err_set(e, ERR_PROGRAM,
		       "this guest starts by UEFI, and OVMF is not installed: install "
		       "the package ovmf");
}

static int serve(struct boot *b, size_t i, struct err *e)
{
	const struct setup_disk *disk = &b->setup->disks.v[i];
	struct serve_options o = {.written_limit = (uint64_t)LIMIT_PROVE_WRITTEN,
				  .sandbox = b->options->sandbox};
	VEC(struct serve_range) ranges = {0};
	int fd = fcntl(b->disks[i].fd, F_DUPFD_CLOEXEC, 3);
	int r;

	if (fd < 0)
		return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	for (size_t k = 0; k < b->sight.ranges.n; k++) {
		const struct sight_range *s = &b->sight.ranges.v[k];
		struct serve_range range = {s->off, s->len, (unsigned)k};

		if (strcmp(s->disk, disk->name) == 0 &&
		    !vec_push(b->arena, &ranges, range)) {
			close(fd);
			return arena_full(b->arena, e);
		}
	}
	b->served_at[i] = boot_clock();
	b->served[i] = (struct served)SERVED_NONE;
	r = serve_start(fd, b->disks[i].format, &b->disks[i].opener, ranges.v, ranges.n,
			&o, &b->served[i], e);
	if (r < 0) {
		close(fd);
		return err_wrap(e, "%s", escape_short(slice_str(disk->name)).text);
	}
	b->served_count = i + 1;
	return 0;
}

static int start_qemu(struct boot *b, const struct setup_wires *w, struct err *e)
{
	struct process_limits limits = {
		.memory = (b->machine.memory + QEMU_MEMORY_MIB) * 1024 * 1024,
		/* Its threads together: two processors at most are busy. */
		.seconds = 2 * b->patience.limit / 1000 + 10,
	};
	int keep[LIMIT_DISKS + 3];
	size_t n = 0;
	strs argv = {0};
	int r = setup_command(b->setup, &b->machine, w, b->arena, &argv, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < b->served_count; i++)
		keep[n++] = w->disks[i];
	keep[n++] = w->network;
	keep[n++] = w->serial;
	if (w->firmware)
		keep[n++] = w->variables;
	b->start = boot_clock();
	return process_start(&argv, keep, n, &limits, &b->qemu, e);
}

int boot_start(struct boot *b, struct err *e)
{
	_cleanup_close_ int network = -1, serial = -1;
	struct setup_wires w = {.network = -1, .serial = -1};
	int r;

	b->network = b->serial = b->variables = -1;
	b->qemu = (struct process)PROCESS_NONE;
	b->console = (struct serial)SERIAL_INIT;
	b->complaints = (struct strbuf)STRBUF_INIT(16 * 1024);
	r = find_firmware(b, &w, e);
	if (r >= 0)
		r = pair(&b->network, &network, e);
	if (r >= 0)
		r = pair(&b->serial, &serial, e);
	for (size_t i = 0; r >= 0 && i < b->setup->disks.n; i++) {
		r = serve(b, i, e);
		w.disks[i] = r >= 0 ? b->served[i].client_fd : -1;
	}
	if (r < 0)
		return r;
	w.network = network;
	w.serial = serial;
	w.variables = b->variables;
	r = start_qemu(b, &w, e);
	/* The servers are to see QEMU's end. */
	for (size_t i = 0; i < b->served_count; i++) {
		cleanup_close(&b->served[i].client_fd);
		b->served[i].client_fd = -1;
	}
	return r;
}

void boot_end(struct boot *b)
{
	process_end(&b->qemu);
	for (size_t i = 0; i < b->served_count; i++)
		serve_stop(&b->served[i]);
	b->served_count = 0;
	cleanup_close(&b->network);
	cleanup_close(&b->serial);
	cleanup_close(&b->variables);
	b->network = b->serial = b->variables = -1;
	serial_done(&b->console);
	strbuf_done(&b->complaints);
}
