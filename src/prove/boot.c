/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting one boot, and ending it. */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "escape.h"
#include "limits.h"

/* QEMU's own, above the guest's memory: code it translates takes most of it. */
enum { QEMU_MEMORY_MIB = 4096 };

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

/* Starts the server of one file, the next of b->served. Takes its fd over. */
static int start_server(struct boot *b, const struct prove_disk *d,
			const struct serve_range *ranges, size_t n, struct err *e)
{
	struct serve_options o = {.part = d->part,
				  .written_limit = LIMIT_PROVE_WRITTEN,
				  .sandbox = b->options->sandbox};
	size_t i = b->served_count;
	int r;

	b->served_at[i] = clock_ms();
	b->served[i] = (struct served)SERVED_NONE;
	r = serve_start(d->fd, d->format, &d->opener, ranges, n, &o, &b->served[i], e);
	if (r < 0)
		close(d->fd);
	else
		b->served_count++;
	return r;
}

static int serve_disk(struct boot *b, size_t i, struct err *e)
{
	const struct setup_disk *disk = &b->setup->disks.v[i];
	VEC(struct serve_range) ranges = {0};
	struct prove_disk own = b->disks[i];
	int r;

	for (size_t k = 0; k < b->sight.ranges.n; k++) {
		const struct sight_range *s = &b->sight.ranges.v[k];
		struct serve_range range = {s->off, s->len, (unsigned)k};

		if (disk->name && strcmp(s->disk, disk->name) == 0 &&
		    !vec_push(b->arena, &ranges, range))
			return arena_full(b->arena, e);
	}
	own.fd = fcntl(own.fd, F_DUPFD_CLOEXEC, 3);
	if (own.fd < 0)
		return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	r = start_server(b, &own, ranges.v, ranges.n, e);
	return r < 0 ? err_wrap(
			       e, "%s",
			       escape_short(slice_str(disk->name ? disk->name : "a disk"))
				       .text)
		     : 0;
}

/* The guest's changes of the variables go where those of its disks go. */
static int serve_variables(struct boot *b, const char *path, struct err *e)
{
	struct prove_disk file = {.fd = open(path, O_RDONLY | O_CLOEXEC),
				  .format = "raw"};

	if (file.fd < 0)
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return start_server(b, &file, NULL, 0, e);
}

/* After the disks: their servers have their numbers. */
static int find_firmware(struct boot *b, struct setup_wires *w, struct err *e)
{
	const struct setup_kind *kind = b->setup->kind;
	int r;

	if (!b->setup->uefi)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(kind->files) && kind->files[i].code; i++) {
		if (access(kind->files[i].code, R_OK) < 0)
			continue;
		r = serve_variables(b, kind->files[i].variables, e);
		w->firmware = kind->files[i].code;
		w->variables = r < 0 ? -1 : b->served[b->served_count - 1].client_fd;
		return r;
	}
	return err_set(e, ERR_PROGRAM,
		       "this guest starts by UEFI, and %s is not installed: install the "
		       "package %s",
		       kind->firmware, kind->firmware_package);
}

static int serve_host(struct boot *b, struct setup_wires *w, struct err *e)
{
	struct prove_disk root = {.fd = fcntl(b->setup->lab->root, F_DUPFD_CLOEXEC, 3),
				  .format = "raw"};
	int r;

	if (root.fd < 0)
		return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	r = start_server(b, &root, NULL, 0, e);
	w->host_root = r < 0 ? -1 : b->served[b->served_count - 1].client_fd;
	return r < 0 ? err_wrap(e, "the disk of the Xen host") : 0;
}

static int start_qemu(struct boot *b, const struct setup_wires *w, struct err *e)
{
	struct process_limits limits = {
		.memory = (b->machine.memory + QEMU_MEMORY_MIB +
			   (b->setup->xen ? SETUP_XEN_MEMORY : 0)) *
			  1024 * 1024,
		/* Its threads together: two processors at most are busy. */
		.seconds = 2 * b->patience.limit / 1000 + 10,
	};
	int keep[BOOT_SERVED_MAX + 7];
	size_t n = 0;
	strs argv = {0};
	int r = setup_command(b->setup, &b->machine, w, b->arena, &argv, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < b->served_count; i++)
		keep[n++] = b->served[i].client_fd;
	keep[n++] = w->network;
	keep[n++] = w->serial;
	if (w->direct)
		keep[n++] = w->direct->kernel_fd;
	if (w->direct && w->direct->initramfs_fd >= 0)
		keep[n++] = w->direct->initramfs_fd;
	if (b->setup->xen) {
		keep[n++] = b->setup->lab->hypervisor;
		keep[n++] = b->setup->lab->kernel;
		keep[n++] = b->setup->lab->initramfs;
	}
	b->start = clock_ms();
	return process_start(&argv,
			     &(struct process_options){
				     .keep = keep, .keep_count = n, .limits = &limits},
			     &b->runner, e);
}

static int start_machine(struct boot *b, struct setup_wires *w, struct err *e)
{
	int r = 0;

	if (b->setup->xl) {
		b->start = clock_ms();
		return xl_start(b->setup, &b->machine, w, w->serial, &b->runner, e);
	}
	r = b->setup->xen ? serve_host(b, w, e) : find_firmware(b, w, e);
	return r < 0 ? r : start_qemu(b, w, e);
}

int boot_start(struct boot *b, struct err *e)
{
	_cleanup_close_ int network = -1, serial = -1;
	struct setup_wires w = {
		.network = -1, .serial = -1, .direct = b->options->direct};
	int r;

	b->network = b->serial = -1;
	b->runner = (struct process)PROCESS_NONE;
	b->console = (struct serial)SERIAL_INIT;
	b->complaints = (struct strbuf)STRBUF_INIT(16 * 1024);
	r = dom0_init(&b->dom0, e);
	b->machine.mark = b->dom0.mark;
	if (r >= 0)
		r = pair(&b->network, &network, e);
	if (r >= 0)
		r = pair(&b->serial, &serial, e);
	for (size_t i = 0; r >= 0 && i < b->setup->disks.n; i++) {
		r = serve_disk(b, i, e);
		w.disks[i] = r >= 0 ? b->served[i].client_fd : -1;
	}
	if (r < 0)
		return r;
	w.network = network;
	w.serial = serial;
	r = start_machine(b, &w, e);
	/* The servers are to see the machine's end. */
	for (size_t i = 0; i < b->served_count; i++) {
		cleanup_close(&b->served[i].client_fd);
		b->served[i].client_fd = -1;
	}
	return r;
}

void boot_end(struct boot *b)
{
	if (b->setup->xl)
		xl_end(&b->runner, &b->serial);
	else
		process_end(&b->runner);
	for (size_t i = 0; i < b->served_count; i++)
		serve_stop(&b->served[i]);
	b->served_count = 0;
	cleanup_close(&b->network);
	cleanup_close(&b->serial);
	b->network = b->serial = -1;
	serial_done(&b->console);
	dom0_done(&b->dom0);
	strbuf_done(&b->complaints);
}
