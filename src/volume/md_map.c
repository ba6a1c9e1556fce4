/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An array as blocks. What is read comes from the first copy, and from the next one where
 * that fails, as Linux does; what is written goes to all copies, so that mirrors stay the
 * same.
 */
#include "md_parts.h"

struct map {
	struct blocks blocks;
	const struct md_layout *layout;
};

/* The device that has the next copy; NULL: there are no more. Copies on devices that are
 * not read are passed over. */
static const struct md_disk *next_copy(const struct md_layout *l, struct md_copies *c,
				       uint64_t *ret_off)
{
	struct md_place place;

	while (md_layout_next(l, c, &place)) {
		const struct md_disk *d = &l->disks[place.disk];

		if (!d->blocks)
			continue;
		*ret_off = d->off + place.off;
		return d;
	}
	return NULL;
}

static int no_copy(struct err *e)
{
	return err_set(e, ERR_ABSENT, "no member of the array has these bytes");
}

static int read_piece(const struct md_layout *l, uint64_t off, uint8_t *to, size_t n,
		      struct err *e)
{
	struct err first = ERR_INIT, why = ERR_INIT;
	const struct md_disk *d;
	struct md_copies copies = {.off = off};
	uint64_t at;

	while ((d = next_copy(l, &copies, &at))) {
		if (blocks_read(d->blocks, at, to, n, &why) >= 0)
			return 0;
		if (first.code == ERR_NONE)
			first = why;
	}
	if (first.code == ERR_NONE)
		return no_copy(e);
	*e = first;
	return -(int)first.code;
}

static int map_read(struct blocks *b, uint64_t off, void *buf, size_t len, struct err *e)
{
	const struct md_layout *l = ((const struct map *)b)->layout;
	uint8_t *to = buf;
	int r = 0;

	while (r >= 0 && len) {
		size_t n = (size_t)md_layout_piece(l, off, len);

		r = read_piece(l, off, to, n, e);
		to += n;
		off += n;
		len -= n;
	}
	return r;
}

static int write_piece(const struct md_layout *l, uint64_t off, const uint8_t *from,
		       size_t n, struct err *e)
{
	const struct md_disk *d;
	struct md_copies copies = {.off = off};
	uint64_t at, written = 0;

	for (; (d = next_copy(l, &copies, &at)); written++) {
		int r = blocks_write(d->blocks, at, from, n, e);

		if (r < 0)
			return r;
	}
	return written ? 0 : no_copy(e);
}

static int map_write(struct blocks *b, uint64_t off, const void *buf, size_t len,
		     struct err *e)
{
	const struct md_layout *l = ((const struct map *)b)->layout;
	const uint8_t *from = buf;
	int r = 0;

	if (l->why)
		return err_set(e, l->unwritable, "%s", l->why);
	while (r >= 0 && len) {
		size_t n = (size_t)md_layout_piece(l, off, len);

		r = write_piece(l, off, from, n, e);
		from += n;
		off += n;
		len -= n;
	}
	return r;
}

/* Linux reads from whichever copy it likes, so all of them are told. */
static int where_piece(const struct md_layout *l, uint64_t off, uint64_t n,
		       blocks_piece_fn fn, void *ctx, struct err *e)
{
	const struct md_disk *d;
	struct md_copies copies = {.off = off};
	uint64_t at, told = 0;

	for (; (d = next_copy(l, &copies, &at)); told++) {
		int r = blocks_where(d->blocks, at, n, fn, ctx, e);

		if (r < 0)
			return r;
	}
	return told ? 0 : no_copy(e);
}

static int map_where(struct blocks *b, uint64_t off, uint64_t len, blocks_piece_fn fn,
		     void *ctx, struct err *e)
{
	const struct md_layout *l = ((const struct map *)b)->layout;
	int r = 0;

	while (r >= 0 && len) {
		uint64_t n = md_layout_piece(l, off, len);

		r = where_piece(l, off, n, fn, ctx, e);
		off += n;
		len -= n;
	}
	return r;
}

static const struct blocks_ops map_ops = {
	.read = map_read, .write = map_write, .where = map_where};

int md_map(const struct md_layout *l, struct blocks **ret, struct err *e)
{
	struct map *m = calloc(1, sizeof(*m));

	if (!m)
		return err_set(e, ERR_NOMEM, "out of memory");
	m->blocks = (struct blocks){.ops = &map_ops,
				    .format = "array",
				    .size = l->size,
				    .sector_size = MD_SECTOR};
	m->layout = l;
	for (size_t i = 0; i < l->n; i++) {
		const struct blocks *below = l->disks[i].blocks;

		if (below && below->sector_size > m->blocks.sector_size)
			m->blocks.sector_size = below->sector_size;
	}
	*ret = &m->blocks;
	return 0;
}
