/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "packages/rpm_file.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"
#include "initramfs/cpio.h"
#include "limits.h"
#include "module_file.h"
#include "text.h"

enum {
	LEAD_SIZE = 96,
	LEAD_TYPE = 6, /* offset of a number: 0 for programs, 1 for sources */
	MAGIC_SIZE = 8,
	COUNTS_SIZE = 8,
	ENTRY_SIZE = 16,
	SIGNATURE_ALIGN = 8,
	PERMISSIONS = 07777,
};

/* While a package is read. */
struct unpacking {
	struct arena *a;
	struct rpm_file *to;
};

/* --- the parts of the file --- */

/* The header behind its magic: counts, index and data. */
static int take_header(struct reader *r, const char *what, struct slice *ret,
		       struct err *e)
{
	static const uint8_t magic[] = {0x8e, 0xad, 0xe8, 0x01};
	struct slice head = rd_bytes(r, MAGIC_SIZE);
	struct reader counts = *r;
	uint64_t entries = rd_u32be(&counts), data = rd_u32be(&counts);

	if (!rd_ok(&counts) || !slice_has(head, 0, magic, sizeof(magic)))
		return err_set(e, ERR_CORRUPT, "no header of %s where one should be",
			       what);
	if (data > LIMIT_RPM_HEADER || entries > LIMIT_RPM_TAGS)
		return err_set(e, ERR_LIMIT, "a header of %s with %" PRIu64 " bytes",
			       what, data);
	*ret = rd_bytes(r, COUNTS_SIZE + entries * ENTRY_SIZE + data);
	return rd_ok(r) ? 0
			: err_set(e, ERR_CORRUPT, "the header of %s is cut short", what);
}

static int take_lead(struct reader *r, struct err *e)
{
	static const uint8_t magic[] = {0xed, 0xab, 0xee, 0xdb};
	struct slice lead = rd_bytes(r, LEAD_SIZE);
	struct reader type = reader_of(lead);

	if (!rd_ok(r) || !slice_has(lead, 0, magic, sizeof(magic)))
		return err_set(e, ERR_CORRUPT, "this is no rpm package");
	rd_seek(&type, LEAD_TYPE);
	if (rd_u16be(&type) != 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "this is a package of sources: give the one that was "
			       "built of it");
	return 0;
}

static int skip_signature(struct reader *r, struct err *e)
{
	struct slice signature;
	int q = take_header(r, "signatures", &signature, e);

	if (q >= 0 && signature.n % SIGNATURE_ALIGN)
		rd_skip(r, SIGNATURE_ALIGN - signature.n % SIGNATURE_ALIGN);
	return q;
}

/* --- its files --- */

/* "./lib/modules/x.ko" as "/lib/modules/x.ko". */
static int path_of(struct unpacking *u, struct slice name, const char **ret,
		   struct err *e)
{
	const char *path = arena_strndup(u->a, name);
	struct slice rest, part;

	while (path && (slice_starts(slice_str(path), "./") || *path == '/'))
		path += *path == '.' ? 2 : 1;
	path = path ? arena_printf(u->a, "/%s", path) : NULL;
	if (!path)
		return arena_full(u->a, e);
	rest = slice_str(path + 1);
	do {
		bool more = text_split(rest, '/', &part, &rest);

		part = more ? part : rest;
		rest = more ? rest : SLICE_NONE;
		if (part.n == 0 || part.n > LIMIT_NAME || slice_eq(part, ".") ||
		    slice_eq(part, ".."))
			return err_set(e, ERR_CORRUPT, "a file is called %s",
				       escape_short(name).text);
	} while (rest.n);
	*ret = path;
	return 0;
}

/* What brings drivers to a kernel. */
static int classify(struct unpacking *u, struct rpm_file_member *m, bool *ret_kept,
		    struct err *e)
{
	static const char modules[] = "/lib/modules/", config[] = "/etc/depmod.d/";
	struct slice path = slice_str(m->path), rest, release;

	*ret_kept = slice_starts(path, config) && slice_ends(path, ".conf");
	if (!slice_starts(path, modules) ||
	    !slice_sub(path, strlen(modules), path.n - strlen(modules), &rest) ||
	    !text_split(rest, '/', &release, &rest))
		return 0;
	m->module = module_name_of(path, u->a);
	m->kernel = m->module ? arena_strndup(u->a, release) : NULL;
	*ret_kept = m->module != NULL;
	return m->module && !m->kernel ? arena_full(u->a, e) : 0;
}

static int keep(struct unpacking *u, struct cpio *c, struct stream *s,
		const struct cpio_member *from, struct rpm_file_member *m, struct err *e)
{
	void *body;
	int r;

	if ((from->mode & CPIO_TYPE) != CPIO_FILE || (from->nlink > 1 && !from->size))
		return err_set(e, ERR_UNSUPPORTED, "%s is a link, and no file of its own",
			       escape_short(slice_str(m->path)).text);
	if (from->size > LIMIT_MODULE_UNPACKED)
		return err_set(e, ERR_LIMIT, "%s has %" PRIu32 " bytes",
			       escape_short(slice_str(m->path)).text, from->size);
	body = arena_alloc(u->a, from->size ? from->size : 1);
	if (!body)
		return arena_full(u->a, e);
	r = cpio_body(c, s, body, e);
	if (r < 0)
		return r;
	m->mode = from->mode & PERMISSIONS;
	m->bytes = slice_of(body, from->size);
	for (size_t i = 0; i < u->to->members.n; i++)
		if (strcmp(u->to->members.v[i].path, m->path) == 0)
			return err_set(e, ERR_CORRUPT, "it has two files %s",
				       escape_short(slice_str(m->path)).text);
	return vec_push(u->a, &u->to->members, *m) ? 0 : arena_full(u->a, e);
}

static int take_member(struct unpacking *u, struct cpio *c, struct stream *s,
		       const struct cpio_member *from, struct err *e)
{
	struct rpm_file_member m = {.path = NULL};
	bool kept = false;
	int r;

	if ((from->mode & CPIO_TYPE) == CPIO_DIR)
		return 0;
	r = path_of(u, from->name, &m.path, e);
	if (r >= 0)
		r = classify(u, &m, &kept, e);
	if (r < 0)
		return r;
	if (u->to->members.n + u->to->others.n >= LIMIT_DRIVER_PACKAGE_FILES)
		return err_set(e, ERR_LIMIT, "a package of more than %d files",
			       LIMIT_DRIVER_PACKAGE_FILES);
	if (kept)
		return keep(u, c, s, from, &m, e);
	return vec_push(u->a, &u->to->others, m.path) ? 0 : arena_full(u->a, e);
}

static int read_archive(struct unpacking *u, struct codec_input in, struct slice pending,
			struct err *e)
{
	uint64_t total = pending.n;
	_cleanup_stream_ struct stream s = {.in = in,
					    .piece = pending,
					    .total = &total,
					    .max = LIMIT_DRIVER_PACKAGE_UNPACKED};
	struct cpio_member m = {.is_end = false};
	struct cpio c = {0};
	int r = 0;

	while (r >= 0 && !m.is_end) {
		r = cpio_next(&c, &s, &m, e);
		if (r >= 0 && !m.is_end)
			r = take_member(u, &c, &s, &m, e);
	}
	/* To the end, where the sum of what was compressed stands. */
	if (r >= 0)
		r = stream_skip_zeros(&s, e);
	return r > 0 ? err_set(e, ERR_CORRUPT, "something stands behind its files") : r;
}

static int no_more(void *ctx, struct slice *ret, struct err *e)
{
	(void)ctx;
	(void)e;
	*ret = SLICE_NONE;
	return 0;
}

static int fill_decoded(void *ctx, struct slice *ret, struct err *e)
{
	return decoder_read(ctx, ret, e);
}

static int read_payload(struct unpacking *u, struct slice payload, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	enum codec codec = codec_detect(payload);
	int r;

	if (codec == CODEC_NONE && slice_starts(payload, "0707"))
		return read_archive(u, (struct codec_input){no_more, NULL}, payload, e);
	if (codec == CODEC_NONE)
		return err_set(e, ERR_UNSUPPORTED,
			       "its files are packed in a way that is not known: gzip, "
			       "bzip2, lzma, xz and zstd are");
	r = decoder_new(codec, (struct codec_input){NULL, NULL}, payload, &d, e);
	return r < 0 ? r
		     : read_archive(u, (struct codec_input){fill_decoded, d}, SLICE_NONE,
				    e);
}

static int read_all(struct blocks *b, struct arena *a, struct slice *ret, struct err *e)
{
	void *bytes;
	int r;

	if (b->size > LIMIT_DRIVER_PACKAGE)
		return err_set(e, ERR_LIMIT,
			       "%" PRIu64 " bytes: a package of drivers has at most %zu",
			       b->size, LIMIT_DRIVER_PACKAGE);
	bytes = arena_alloc(a, (size_t)b->size + 1);
	if (!bytes)
		return arena_full(a, e);
	r = blocks_read(b, 0, bytes, (size_t)b->size, e);
	if (r >= 0)
		*ret = slice_of(bytes, (size_t)b->size);
	return r;
}

int rpm_file_read(struct blocks *b, struct arena *a, struct rpm_file *ret, struct err *e)
{
	struct unpacking u = {a, ret};
	struct slice file = SLICE_NONE, header;
	struct reader r;
	int q = read_all(b, a, &file, e);

	*ret = (struct rpm_file){0};
	if (q < 0)
		return q;
	r = reader_of(file);
	q = take_lead(&r, e);
	if (q >= 0)
		q = skip_signature(&r, e);
	if (q >= 0)
		q = take_header(&r, "the package", &header, e);
	if (q >= 0)
		q = rpm_package_parse(header, a, a, &ret->package, e);
	if (q >= 0)
		q = read_payload(&u, rd_bytes(&r, rd_left(&r)), e);
	return q < 0 ? q : 0;
}
