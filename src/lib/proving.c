/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a verdict to a boot that tests it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "escape.h"
#include "handle.h"
#include "limits.h"
#include "proof_text.h"
#include "prove.h"

/* How one disk's chain asks for its files: it calls the disk itself 0. */
struct chain {
	struct paravet *handle;
	unsigned disk; /* its number among the handle's files, from 1 */
};

static int open_behind(void *ctx, unsigned from, const char *name, int *ret_fd,
		       unsigned *ret_id, struct err *e)
{
	struct chain *c = ctx;
	unsigned id;
	int r = files_broker(c->handle, from ? from : c->disk, name, ret_fd, &id, e);

	if (r >= 0)
		*ret_id = id == c->disk ? 0 : id;
	return r;
}

static int serve_behind(void *ctx, unsigned from, const char *format, int *ret_fd,
			unsigned *ret_id, struct err *e)
{
	struct chain *c = ctx;

	return serving_broker(c->handle, from ? from : c->disk, format, ret_fd, ret_id,
			      e);
}

int proving_keep_disks(struct paravet *p, struct err *e)
{
	for (size_t i = 0; (p->proving || p->applying) && i < p->disks.n; i++) {
		struct disk_input *d = &p->disks.v[i];

		if (d->remote && p->proving)
			return err_set(e, ERR_UNSUPPORTED,
				       "%s: no guest is booted from there: copy the disk "
				       "with `%s`",
				       escape_short(slice_str(d->name)).text,
				       remote_copy_command(d->remote));
		if (d->remote)
			continue;
		d->prove_fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 3);
		if (d->prove_fd < 0)
			return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	}
	return 0;
}

static void close_xen_host(struct xen_lab *l)
{
	cleanup_close(&l->hypervisor);
	cleanup_close(&l->kernel);
	cleanup_close(&l->initramfs);
	cleanup_close(&l->root);
	*l = (struct xen_lab){-1, -1, -1, -1};
}

void proving_close(struct paravet *p)
{
	close_xen_host(&p->xen_host);
	for (size_t i = 0; i < p->disks.n; i++) {
		cleanup_close(&p->disks.v[i].prove_fd);
		p->disks.v[i].prove_fd = -1;
	}
	cleanup_close(&p->log_dir);
	p->log_dir = -1;
}

void paravet_set_proving(struct paravet *p, int proving)
{
	p->proving = proving != 0;
}

void paravet_set_direct(struct paravet *p, int direct)
{
	p->direct = direct != 0;
}

void paravet_set_time_limit(struct paravet *p, unsigned seconds)
{
	p->time_limit = seconds;
}

void paravet_set_guest_memory(struct paravet *p, unsigned mib)
{
	p->memory = mib;
}

int paravet_set_log_dir(struct paravet *p, const char *dir)
{
	err_clear(&p->error);
	cleanup_close(&p->log_dir);
	p->log_dir = -1;
	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		p->log_dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->log_dir < 0)
		err_set(&p->error, ERR_IO, "%s: %s", escape_short(slice_str(dir)).text,
			strerror(errno));
	return handle_status(p);
}

int paravet_set_xen_lab(struct paravet *p, const char *dir, int always)
{
	err_clear(&p->error);
	p->force_xen_lab = always != 0;
	p->xen_lab = arena_strdup(p->arena, dir);
	if (!p->xen_lab)
		arena_full(p->arena, &p->error);
	return handle_status(p);
}

static int open_xen_host(void *ctx, struct xen_lab *ret, struct err *e)
{
	struct paravet *p = ctx;
	int r;

	if (!p->xen_lab)
		return 0;
	close_xen_host(&p->xen_host);
	r = files_open_xen_lab(p->xen_lab, &p->xen_host, e);
	*ret = p->xen_host;
	return r < 0 ? r : 1;
}

void paravet_set_progress(struct paravet *p, paravet_progress *progress, void *ctx)
{
	p->progress = progress;
	p->progress_ctx = ctx;
}

static void tell(void *ctx, bool done, const char *text)
{
	const struct paravet *p = ctx;

	if (p->progress)
		p->progress(p->progress_ctx, done, text);
}

/* The logs of one boot. */
struct logs {
	const struct paravet *handle;
	struct log {
		const char *name;
		int fd;
		bool failed;
	} list[2];
	size_t n;
};

static struct log *log_of(struct logs *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->list[i].name, name) == 0)
			return &l->list[i];
	if (l->n == ARRAY_LEN(l->list))
		return NULL;
	l->list[l->n] = (struct log){name, files_open_log(l->handle, name), false};
	return &l->list[l->n++];
}

static void keep(void *ctx, const char *name, struct slice bytes)
{
	struct log *log = log_of(ctx, name);

	if (log && !log->failed)
		log->failed = write(log->fd, bytes.p, bytes.n) != (ssize_t)bytes.n;
}

static int end_logs(struct logs *l, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (l->list[i].failed)
			r = err_set(e, ERR_IO, "%s could not be written",
				    l->list[i].name);
		cleanup_close(&l->list[i].fd);
	}
	return r;
}

static void close_direct(const struct direct *d)
{
	cleanup_close(&d->kernel_fd);
	cleanup_close(&d->initramfs_fd);
}

static int run(struct paravet *p, struct err *e)
{
	struct chain chains[LIMIT_DISKS];
	struct prove_disk disks[LIMIT_DISKS] = {{.fd = -1}};
	_cleanup_(close_direct) struct direct direct = DIRECT_NONE;
	struct logs logs = {.handle = p};
	struct prove_options o = {.seconds = p->time_limit,
				  .memory = p->memory,
				  .sandbox = handle_sandbox(p),
				  .force_xen_lab = p->force_xen_lab,
				  .xen_lab = open_xen_host,
				  .xen_lab_ctx = p,
				  .tell = tell,
				  .tell_ctx = p,
				  .keep = p->log_dir >= 0 ? keep : NULL,
				  .keep_ctx = &logs};
	struct err why = ERR_INIT;
	int r;

	/* The facts come from a worker that an image may have taken over. */
	if (p->facts.disks.n > (p->root ? 1 : p->disks.n))
		return err_set(e, ERR_CORRUPT, "facts of more disks than were named");
	for (size_t i = 0; i < p->disks.n; i++) {
		chains[i] = (struct chain){p, (unsigned)i + 1};
		disks[i] = (struct prove_disk){p->disks.v[i].prove_fd,
					       p->disks.v[i].part,
					       p->disks.v[i].format,
					       {open_behind, &chains[i], serve_behind}};
	}
	r = p->direct ? proving_load(p, &direct, e) : 0;
	if (r < 0)
		return r;
	o.direct = p->direct ? &direct : NULL;
	r = prove(&p->facts, p->platforms.v[0].platform, &p->verdicts.v[0], disks, &o,
		  p->arena, &p->proof, e);
	if (end_logs(&logs, &why) < 0 && r >= 0) {
		*e = why;
		r = -(int)why.code;
	}
	return r;
}

int paravet_prove(struct paravet *p)
{
	err_clear(&p->error);
	if (!p->was_judged || !p->proving)
		return handle_misuse(p, p->was_judged
						? "paravet_set_proving() comes before "
						  "paravet_read()"
						: "nothing was judged yet");
	if (p->platforms.n != 1)
		return handle_misuse(p, "a guest is booted for one platform");
	p->was_proven = run(p, &p->error) >= 0;
	return handle_status(p);
}

const char *paravet_proof(struct paravet *p, enum paravet_format format, unsigned flags)
{
	struct report_options options = {.color = flags & PARAVET_COLOR,
					 .verbose = flags & PARAVET_VERBOSE};

	handle_start_document(p);
	if (!p->was_proven) {
		handle_misuse(p, "nothing was booted yet");
		return NULL;
	}
	if (format == PARAVET_JSON)
		proof_to_json(&p->facts, &p->proof, &p->document);
	else
		report_proof(&p->proof, &options, &p->document);
	return handle_finish_document(p);
}

int paravet_proof_result(const struct paravet *p)
{
	return p->was_proven ? proof_exit_status(&p->proof) : PARAVET_NOT_PROVABLE;
}
