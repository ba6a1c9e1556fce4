/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "checked.h"
#include "limits.h"
#include "tar.h"
#include "text.h"

enum {
	NAME = 0,
	NAME_LEN = 100,
	MODE = 100,
	MODE_LEN = 8,
	SIZE = 124,
	SIZE_LEN = 12,
	CHECKSUM = 148,
	CHECKSUM_LEN = 8,
	TYPE = 156,
	LINK = 157,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_LEN = 155
};

/* The text of a field, up to a NUL. */
static struct slice field(struct slice head, size_t at, size_t len)
{
	struct reader rd = reader_of(head);
	struct slice s;

	rd_seek(&rd, at);
	s = rd_bytes(&rd, len);
	s.n = slice_find(s, 0, '\0');
	return s;
}

/* An octal number with blanks around it. */
static bool number(struct slice head, size_t at, size_t len, uint64_t *ret)
{
	struct slice s = field(head, at, len);
	uint64_t value = 0;
	size_t i = 0;
	int c;

	while (slice_at(s, i) == ' ')
		i++;
	for (; (c = slice_at(s, i)) >= '0' && c <= '7'; i++)
		value = value << 3 | (uint64_t)(c - '0'); /* 12 digits at most */
	while (slice_at(s, i) == ' ')
		i++;
	*ret = value;
	return i == s.n;
}

/* A size in octal digits or, as GNU tar writes what those cannot say, in bytes behind a
 * mark. */
static bool size_of(struct slice head, uint64_t *ret)
{
	struct reader rd = reader_of(head);

	if (slice_at(head, SIZE) != 0x80)
		return number(head, SIZE, SIZE_LEN, ret);
	rd_seek(&rd, SIZE);
	if (rd_u32be(&rd) != 0x80000000u)
		return false;
	*ret = rd_u64be(&rd);
	return *ret <= INT64_MAX;
}

/* The sum of all bytes, with blanks in place of the sum itself. */
static bool is_head(struct slice head)
{
	uint64_t sum = CHECKSUM_LEN * ' ', want;

	for (size_t i = 0; i < head.n; i++)
		if (i < CHECKSUM || i >= CHECKSUM + CHECKSUM_LEN)
			sum += (uint64_t)slice_at(head, i);
	return slice_has(head, MAGIC, "ustar", 5) &&
	       number(head, CHECKSUM, CHECKSUM_LEN, &want) && want == sum;
}

int tar_probe(struct blocks *b, struct err *e)
{
	uint8_t bytes[TAR_BLOCK];
	int r = b->size < sizeof(bytes) ? 0 : blocks_read(b, 0, bytes, sizeof(bytes), e);

	if (r < 0)
		return r;
	return b->size >= sizeof(bytes) && is_head(slice_of(bytes, sizeof(bytes)));
}

static struct slice copy(struct arena *a, struct slice s)
{
	return slice_of(arena_strndup(a, s), s.n);
}

/* A long name has its prefix in a field of its own. */
static struct slice name_of(struct slice head, struct arena *a)
{
	struct slice name = field(head, NAME, NAME_LEN);
	struct slice prefix = field(head, PREFIX, PREFIX_LEN);
	const char *joined;

	if (prefix.n == 0)
		return copy(a, name);
	joined = arena_printf(a, "%.*s/%.*s", (int)prefix.n, (const char *)prefix.p,
			      (int)name.n, (const char *)name.p);
	return slice_of(joined, prefix.n + 1 + name.n);
}

/* What a member of GNU's kind says: the name, or the link, of the next one. */
static int read_text(struct blocks *b, const struct tar_member *m, size_t max,
		     struct arena *a, struct slice *ret, struct err *e)
{
	uint8_t *text;
	int r;

	if (m->size > max)
		return err_set(e, ERR_LIMIT, "a name of %" PRIu64 " bytes", m->size);
	text = arena_alloc(a, (size_t)m->size + 1);
	if (!text)
		return arena_full(a, e);
	r = blocks_read(b, m->at, text, (size_t)m->size, e);
	if (r < 0)
		return r;
	ret->p = text;
	ret->n = slice_find(slice_of(text, (size_t)m->size), 0, '\0');
	return 0;
}

/* What heads before that of a member say of it. */
struct notes {
	struct slice name, link; /* none: NULL */
	bool sized;
	uint64_t size;
};

/* "30 path=a/long/name\n": lines that say how long they are, the length included. */
static bool take_record(struct slice *rest, struct notes *n)
{
	struct slice length, record, key, value;
	uint64_t len;

	if (!text_split(*rest, ' ', &length, &record) ||
	    !text_u64(length, rest->n, &len) || len < length.n + 2 ||
	    !slice_sub(*rest, length.n + 1, len - length.n - 2, &record) ||
	    slice_at(*rest, (size_t)len - 1) != '\n' ||
	    !text_split(record, '=', &key, &value) ||
	    !slice_sub(*rest, len, rest->n - len, rest))
		return false;
	if (slice_eq(key, "path"))
		n->name = value;
	else if (slice_eq(key, "linkpath"))
		n->link = value;
	else if (slice_eq(key, "size"))
		n->sized = text_u64(value, INT64_MAX, &n->size);
	return !slice_eq(key, "size") || n->sized;
}

static int read_pax(struct blocks *b, const struct tar_member *m, struct arena *a,
		    struct notes *n, struct err *e)
{
	struct slice rest;
	int r = read_text(b, m, LIMIT_TAR_PAX, a, &rest, e);

	while (r >= 0 && rest.n)
		if (!take_record(&rest, n))
			return err_set(e, ERR_CORRUPT, "a head of pax makes no sense");
	return r;
}

/* Links, directories, devices and pipes have no bytes. */
static void decode_type(int type, struct tar_member *m)
{
	switch (type) {
	case '2':
		m->type = NODE_SYMLINK;
		break;
	case '5':
		m->type = NODE_DIR;
		break;
	case '3':
	case '4':
	case '6':
		m->type = NODE_OTHER;
		break;
	default: /* a type that is not known is a file, as POSIX has it */
		m->type = NODE_FILE;
		m->hard = type == '1';
	}
	if (m->type != NODE_FILE || m->hard)
		m->size = 0;
}

/* Does this head only say something of the next one? */
static bool is_note(int type)
{
	return type == 'L' || type == 'K' || type == 'x' || type == 'g';
}

/* Decodes the head and moves *at behind the member. */
static int decode(struct blocks *b, struct slice head, const struct notes *n,
		  uint64_t *at, struct arena *a, struct tar_member *ret, struct err *e)
{
	struct tar_member m = {.at = *at + TAR_BLOCK};
	uint64_t mode;

	if (!is_head(head))
		return err_set(e, ERR_CORRUPT, "no head of a member is there");
	if (!size_of(head, &m.size))
		return err_set(e, ERR_CORRUPT, "the size of a member makes no sense");
	if (n->sized && !is_note(slice_at(head, TYPE)))
		m.size = n->size;
	if (number(head, MODE, MODE_LEN, &mode))
		m.mode = mode & 07777;
	decode_type(slice_at(head, TYPE), &m);
	m.name = name_of(head, a);
	m.link = copy(a, field(head, LINK, NAME_LEN));
	if (!m.name.p || !m.link.p)
		return arena_full(a, e);
	if (!range_fits(m.at, m.size, b->size))
		return err_set(e, ERR_CORRUPT, "a member of %" PRIu64 " bytes is cut off",
			       m.size);
	/* No overflow: it lies in the archive. */
	*at = m.at + (m.size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	*ret = m;
	return 0;
}

static int take_note(struct blocks *b, const struct tar_member *m, int type, bool pax,
		     struct arena *a, struct notes *n, struct err *e)
{
	if (type == 'L')
		return read_text(b, m, LIMIT_PATH + 1, a, &n->name, e);
	if (type == 'K')
		return read_text(b, m, LIMIT_PATH + 1, a, &n->link, e);
	return pax && type == 'x' ? read_pax(b, m, a, n, e) : 0;
}

static int next(struct blocks *b, uint64_t *at, bool pax, struct arena *a,
		struct tar_member *ret, struct err *e)
{
	struct notes notes = {.sized = false};
	uint8_t bytes[TAR_BLOCK];
	struct slice head = slice_of(bytes, sizeof(bytes));
	int r;

	do {
		if (!range_fits(*at, TAR_BLOCK, b->size))
			return 0;
		r = blocks_read(b, *at, bytes, sizeof(bytes), e);
		/* Zeroes end an archive; GRUB looks no further than at the name. */
		if (r < 0 || (slice_at(head, NAME) == 0 && slice_at(head, PREFIX) == 0))
			return r;
		r = decode(b, head, &notes, at, a, ret, e);
		if (r >= 0)
			r = take_note(b, ret, slice_at(head, TYPE), pax, a, &notes, e);
	} while (r >= 0 && is_note(slice_at(head, TYPE)));
	if (r >= 0 && notes.name.p)
		ret->name = notes.name;
	if (r >= 0 && notes.link.p)
		ret->link = notes.link;
	return r < 0 ? r : 1;
}

int tar_next(struct blocks *b, uint64_t *at, bool pax, struct arena *a,
	     struct tar_member *ret, struct err *e)
{
	int r = next(b, at, pax, a, ret, e);

	return r < 0 ? err_wrap(e, "tar archive, byte %" PRIu64, *at) : r;
}
