/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A description of a machine as the source: a worker reads which disks it names (and
 * where they lie in an OVA), this process opens those that the policy allows, and the
 * rest goes on as if they had been given together with the description.
 */
#include <errno.h>
#include <fcntl.h>
#include <strings.h>

#include "escape.h"
#include "job.h"
#include "limits.h"
#include "machine.h"
#include "ova.h"
#include "record.h"
#include "text.h"

/* What the worker answers. */
struct found_disk {
	const char *file;   /* as written */
	const char *href;   /* what it means where no file is called so; or NULL */
	const char *format; /* of the image; NULL: not stated */
	const char *pool;   /* of a storage volume; NULL: a file */
	uint64_t line;      /* of the description */
	uint64_t at, size;  /* in an archive */
};

struct found {
	const char *form;  /* of the description */
	bool archive;      /* it lies in one, as do the disks */
	uint64_t at, size; /* there */
	VEC(struct found_disk) disks;
};

static const struct field disk_fields[] = {
	F_STR(struct found_disk, file, "as written"),
	F_STR(struct found_disk, href, "what it means otherwise"),
	F_STR(struct found_disk, format, "of the image"),
	F_STR(struct found_disk, pool, "of a storage volume"),
	F_U64(struct found_disk, line, "of the description"),
	F_U64(struct found_disk, at, "where it starts in the archive"),
	F_U64(struct found_disk, size, "bytes in the archive"),
	F_END};
static const struct record disk_record = {"found_disk", "A disk that is named.",
					  sizeof(struct found_disk), disk_fields};
static const struct field found_fields[] = {
	F_STR(struct found, form, "of the description"),
	F_BOOL(struct found, archive, "all lies in an archive"),
	F_U64(struct found, at, "where the description starts in it"),
	F_U64(struct found, size, "bytes of the description in it"),
	F_LIST(struct found, disks, &disk_record, "in the order of their start"),
	F_END};
static const struct record found_record = {"found", "What a description names.",
					   sizeof(struct found), found_fields};

/* --- what is a description --- */

static const struct form {
	const char *name;   /* as --add DISK,format= has it, and as facts do */
	const char *ending; /* of the file's name, where that says so */
} forms[] = {
	{"vmx", ".vmx"},     {"ovf", ".ovf"}, {"ova", ".ova"},
	{"libvirt", ".xml"}, {"xl", ".cfg"},
};

static bool ends_in(const char *path, const char *ending)
{
	size_t n = strlen(path), len = strlen(ending);

	return n > len && strcasecmp(path + n - len, ending) == 0;
}

bool finding_is_description(const char *path, const char *format)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (format ? strcmp(format, forms[i].name) == 0
			   : !remote_is_uri(path) && ends_in(path, forms[i].ending))
			return true;
	return false;
}

int finding_set(struct paravet *p, const char *path, const char *form, struct err *e)
{
	int r;

	if (remote_is_uri(path))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s: the description of a machine is read from a file of "
			       "this machine: copy it, and its disks, here",
			       escape_short(slice_str(path)).text);
	r = files_open_machine(p, path, e);
	if (r < 0)
		return r;
	p->machine_form = form ? arena_strdup(p->arena, form) : NULL;
	p->finding = true;
	return form && !p->machine_form ? arena_full(p->arena, e) : 0;
}

/* --- in the worker --- */

/* An address of OVF has bytes as "%20"; NULL: this has none. */
static const char *decode_href(struct arena *a, const char *href)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_PATH + 1);
	struct slice s = slice_str(href), hex;

	if (!strchr(href, '%'))
		return NULL;
	for (size_t i = 0; i < s.n; i++) {
		uint64_t byte;

		if (slice_at(s, i) == '%' && slice_sub(s, i + 1, 2, &hex) &&
		    text_hex(hex, 0xff, &byte) && byte) {
			strbuf_char(&out, (char)byte);
			i += 2;
		} else {
			strbuf_char(&out, (char)slice_at(s, i));
		}
	}
	return strbuf_ok(&out) ? arena_strdup(a, strbuf_text(&out)) : NULL;
}

static int find_member(const struct ova *o, struct found_disk *d, struct err *e)
{
	struct blocks_part part;
	int r = ova_find(o, d->file, &part, e);

	if (r == -ERR_ABSENT && d->href) {
		err_clear(e);
		r = ova_find(o, d->href, &part, e);
	}
	if (r < 0)
		return err_wrap(e, "line %llu", (unsigned long long)d->line);
	d->at = part.at;
	d->size = part.size;
	return 0;
}

static int list_disks(struct job *job, const struct ova *o, const struct machine *m,
		      struct found *ret, struct err *e)
{
	machine_image_list images = {0};
	int r = machine_images(m, job->arena, &images, e);

	ret->form = m->format;
	for (size_t i = 0; r >= 0 && i < images.n; i++) {
		const struct machine_image *image = &images.v[i];
		struct found_disk d = {.file = image->file,
				       .format = image->format,
				       .pool = image->pool,
				       .line = image->line};

		if (text_same(m->format, "ovf"))
			d.href = decode_href(job->arena, d.file);
		if (ret->archive)
			r = find_member(o, &d, e);
		if (r >= 0 && !vec_push(job->arena, &ret->disks, d))
			r = arena_full(job->arena, e);
	}
	return r;
}

/* The text of the description, and how it is called. */
static int read_text(struct job *job, struct blocks *file, struct ova *ova,
		     struct found *ret, struct slice *ret_text, const char **ret_name,
		     struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *member = NULL;
	int r = ova_probe(file, e);

	ret->archive = r > 0;
	*ret_name = job->handle->machine;
	if (r <= 0)
		return r < 0 ? r : machine_file_text(file, job->scratch, ret_text, e);
	r = ova_read(file, job->scratch, ova, e);
	if (r < 0)
		return r;
	ret->at = ova->description.at;
	ret->size = ova->description.size;
	*ret_name = arena_printf(job->arena, "%s: %s", *ret_name, ova->envelope);
	if (!*ret_name)
		return arena_full(job->arena, e);
	r = blocks_window(file, ret->at, ret->size, &member, e);
	return r < 0 ? r : machine_file_text(member, job->scratch, ret_text, e);
}

static int read_description(struct job *job, struct blocks *file, struct found *ret,
			    struct err *e)
{
	struct ova ova = {.envelope = NULL};
	struct machine m = {0};
	struct slice text;
	const char *name;
	int r = read_text(job, file, &ova, ret, &text, &name, e);

	if (r < 0)
		return err_wrap(e, "%s",
				escape_short(slice_str(job->handle->machine)).text);
	r = machine_parse(text, name, job->arena, &m, e);
	if (r < 0)
		return r;
	r = list_disks(job, &ova, &m, ret, e);
	return r < 0 ? err_wrap(e, "%s", escape_short(slice_str(name)).text) : 0;
}

static int find_disks(void *ctx, struct sandbox *box, struct strbuf *out, struct err *e)
{
	_cleanup_(blocks_freep) struct blocks *file = NULL;
	_cleanup_(job_done) struct job job = {0};
	struct paravet *p = ctx;
	struct found found = {.form = NULL};
	struct err why = ERR_INIT;
	int r = job_new(p, box, &job, e);

	if (r < 0)
		return r;
	r = blocks_raw(p->machine_fd, &file, e);
	if (r < 0)
		return r;
	p->machine_fd = -1;
	if (read_description(&job, file, &found, &why) < 0) {
		job_failed(&why, out);
		return 0;
	}
	strbuf_char(out, 'F');
	record_write(&found_record, &found, out);
	return strbuf_ok(out) ? 0 : err_set(e, ERR_LIMIT, "too many disks are named");
}

/* --- in the parent --- */

/* Where a user would look next. */
static int explain(const struct paravet *p, const struct found_disk *d, struct err *e)
{
	bool absent = e->code == ERR_ABSENT;

	return err_wrap(e, "%s: line %llu: %s", escape_short(slice_str(p->machine)).text,
			(unsigned long long)d->line,
			absent ? "a disk is missing" : "a disk cannot be opened");
}

static int open_member(struct paravet *p, const struct found_disk *d, struct err *e)
{
	const char *name = arena_printf(p->arena, "%s/%s", p->machine, d->file);

	return name ? files_open_member(p, name, (struct blocks_part){d->at, d->size},
					d->format, e)
		    : arena_full(p->arena, e);
}

static int open_one(struct paravet *p, const struct found *f, const struct found_disk *d,
		    struct err *e)
{
	const char *path = d->file;
	int r;

	if (d->pool && p->domain) {
		r = domain_volume(p, d->pool, d->file, &path, e);
		if (r < 0)
			return r;
	} else if (d->pool)
		return err_set(e, ERR_UNSUPPORTED,
			       "it is the volume %s of libvirt's storage pool %s: name "
			       "the machine by -d, so that libvirt tells where it lies",
			       escape_short(slice_str(d->file)).text,
			       escape_short(slice_str(d->pool)).text);
	if (f->archive)
		return open_member(p, d, e);
	r = files_open_found(p, path, d->format, e);
	if (r == -ERR_ABSENT && d->href) {
		err_clear(e);
		r = files_open_found(p, d->href, d->format, e);
	}
	return r;
}

static int open_found(struct paravet *p, const struct found *f, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < f->disks.n; i++) {
		const struct found_disk *d = &f->disks.v[i];
		struct machine_image image = {.file = d->file, .pool = d->pool};

		r = d->file ? open_one(p, f, d, e)
			    : err_set(e, ERR_CORRUPT, "a disk without a name");
		if (r < 0)
			return explain(p, d, e);
		image.disk = p->disks.v[p->disks.n - 1].name;
		if (!vec_push(p->arena, &p->images, image))
			r = arena_full(p->arena, e);
	}
	return r;
}

static int check_form(const struct paravet *p, const struct found *f, struct err *e)
{
	const char *form = f->archive ? "ova" : f->form;

	if (!p->machine_form || text_same(p->machine_form, form))
		return 0;
	return err_set(e, ERR_USAGE, "%s: it is a description of the form %s, not %s",
		       escape_short(slice_str(p->machine)).text, form ? form : "?",
		       p->machine_form);
}

static int ask_worker(struct paravet *p, struct found *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf result = STRBUF_INIT(LIMIT_FACTS_JSON);
	struct slice body;
	int r = job_run(p, find_disks, p, (struct job_files){0}, &result, e);

	if (r < 0)
		return err_wrap(e, "%s", escape_short(slice_str(p->machine)).text);
	r = job_result(&result, &body, e);
	if (r < 0)
		return r;
	r = record_read(&found_record, body, p->arena, ret, e);
	return r < 0 ? err_wrap(e, "the reader's answer") : 0;
}

int finding_run(struct paravet *p, struct err *e)
{
	struct found found = {.form = NULL};
	int again, r;

	if (!p->finding)
		return 0;
	if (p->domain) {
		r = domain_describe(p, e);
		if (r < 0)
			return r;
	}
	again = fcntl(p->machine_fd, F_DUPFD_CLOEXEC, 3);
	if (again < 0)
		return err_set(e, ERR_IO, "dup: %s", strerror(errno));
	r = ask_worker(p, &found, e);
	cleanup_close(&p->machine_fd); /* of a worker that is no process it is closed */
	p->machine_fd = again;
	if (r >= 0)
		r = check_form(p, &found, e);
	if (r >= 0 && found.archive)
		p->machine_part = (struct blocks_part){found.at, found.size};
	return r < 0 ? r : open_found(p, &found, e);
}
