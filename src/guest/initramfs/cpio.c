/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cpio.h"

#include <string.h>

#include "escape.h"
#include "text.h"

enum { CPIO_HEADER = 110, CPIO_FIELDS = 13 };

/* The order of the fields behind the magic, each 8 hexadecimal digits. */
enum cpio_field {
	F_INO,
	F_MODE,
	F_UID,
	F_GID,
	F_NLINK,
	F_MTIME,
	F_SIZE,
	F_DEV_MAJOR,
	F_DEV_MINOR,
	F_RDEV_MAJOR,
	F_RDEV_MINOR,
	F_NAME_SIZE,
	F_SUM,
};

static int cpio_used(struct cpio *c, struct slice part, struct err *e)
{
	if (part.n == 0)
		return err_set(e, ERR_CORRUPT, "ends early");
	c->left -= part.n;
	if (c->has_sum)
		for (size_t i = 0; i < part.n; i++)
			c->sum += (uint32_t)slice_at(part, i);
	return 0;
}

static int cpio_body_end(struct cpio *c, struct stream *s, struct err *e)
{
	uint32_t pad = c->pad;

	c->pad = 0;
	if (c->has_sum && c->sum != c->want_sum)
		return err_set(e, ERR_CORRUPT, "wrong checksum of \"%s\"",
			       escape_short(slice_str(c->name)).text);
	c->has_sum = false;
	return stream_skip(s, pad, e);
}

int cpio_body(struct cpio *c, struct stream *s, void *buf, struct err *e)
{
	uint8_t *to = buf;
	struct slice part;
	int r;

	while (c->left) {
		r = stream_some(s, c->left, &part, e);
		if (r >= 0)
			r = cpio_used(c, part, e);
		if (r < 0)
			return r;
		memcpy(to, part.p, part.n);
		to += part.n;
	}
	return cpio_body_end(c, s, e);
}

static int cpio_skip_body(struct cpio *c, struct stream *s, struct err *e)
{
	struct slice part;
	int r;

	while (c->left) {
		r = stream_some(s, c->left, &part, e);
		if (r >= 0)
			r = cpio_used(c, part, e);
		if (r < 0)
			return r;
	}
	return cpio_body_end(c, s, e);
}

static int cpio_header(struct slice head, uint32_t *fields, struct err *e)
{
	if (slice_starts(head, "070707"))
		return err_set(e, ERR_CORRUPT,
			       "a cpio archive in the old format (070707), "
			       "which Linux does not unpack");
	if (!slice_starts(head, "070701") && !slice_starts(head, "070702"))
		return err_set(e, ERR_CORRUPT, "no cpio header where one should be");
	for (unsigned i = 0; i < CPIO_FIELDS; i++) {
		struct slice digits;
		uint64_t v;

		if (!slice_sub(head, 6 + 8 * i, 8, &digits) ||
		    !text_hex(digits, UINT32_MAX, &v))
			return err_set(e, ERR_CORRUPT,
				       "a cpio header with \"%s\" instead of a number",
				       escape_short(digits).text);
		fields[i] = (uint32_t)v;
	}
	return 0;
}

/* Header and name together, and the body, are filled up to a multiple of 4. */
static uint32_t padding(uint32_t n)
{
	return -n & 3;
}

static int cpio_name(struct cpio *c, struct stream *s, uint32_t size, struct err *e)
{
	int r;

	if (size == 0 || size > LIMIT_PATH)
		return err_set(e, ERR_CORRUPT,
			       "a cpio member whose name has %u bytes (at most %d)", size,
			       LIMIT_PATH);
	r = stream_take(s, c->name, size + padding(CPIO_HEADER + size), e);
	if (r < 0)
		return r;
	if (c->name[size - 1] != '\0')
		return err_set(e, ERR_CORRUPT, "a cpio member whose name has no end");
	return 0;
}

int cpio_next(struct cpio *c, struct stream *s, struct cpio_member *ret, struct err *e)
{
	uint32_t fields[CPIO_FIELDS];
	uint8_t head[CPIO_HEADER];
	int r;

	r = cpio_skip_body(c, s, e);
	if (r >= 0)
		r = stream_take(s, head, sizeof(head), e);
	if (r >= 0)
		r = cpio_header(slice_of(head, sizeof(head)), fields, e);
	if (r >= 0)
		r = cpio_name(c, s, fields[F_NAME_SIZE], e);
	if (r < 0)
		return r;
	c->left = fields[F_SIZE];
	c->pad = padding(fields[F_SIZE]);
	/* Sums are of files' bytes: other members, and hard links without the bytes, have
	 * none. */
	c->has_sum = slice_at(slice_of(head, sizeof(head)), 5) == '2' && c->left &&
		     (fields[F_MODE] & CPIO_TYPE) == CPIO_FILE;
	c->want_sum = fields[F_SUM];
	c->sum = 0;
	*ret = (struct cpio_member){
		.name = slice_str(c->name),
		.mode = fields[F_MODE],
		.size = fields[F_SIZE],
		.nlink = fields[F_NLINK],
		.ino = fields[F_INO],
		.dev_major = fields[F_DEV_MAJOR],
		.dev_minor = fields[F_DEV_MINOR],
		.is_end = strcmp(c->name, "TRAILER!!!") == 0,
	};
	if (ret->is_end) {
		r = cpio_skip_body(c, s, e);
		if (r < 0)
			return r;
	}
	return 0;
}
