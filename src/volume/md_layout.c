/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the bytes of an array lie: as Linux computes it in raid0.c (create_strip_zones,
 * map_sector), md-linear.c and raid10.c (setup_geo, calc_sectors, find_phys).
 */
#include "checked.h"
#include "md_parts.h"

/* --- linear and RAID0 --- */

static int add_zone(struct md_layout *l, struct arena *a, uint64_t off, uint64_t end,
		    const size_t *disks, size_t n, struct err *e)
{
	struct md_zone z = {l->size, end - off, off, n, disks};

	if (!checked_mul(z.len, n, &z.len) || !checked_add(l->size, z.len, &l->size))
		return err_set(e, ERR_CORRUPT, "it is larger than anything can be");
	return z.len == 0 || vec_push(a, &l->zones, z) ? 0 : arena_full(a, e);
}

static int chain(struct md_layout *l, struct arena *a, size_t *all, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n; i++)
		r = add_zone(l, a, 0, l->disks[i].size, all + i, 1, e);
	return r;
}

/* The smallest size above `off`; 0: there is none. */
static uint64_t next_end(const struct md_layout *l, uint64_t off)
{
	uint64_t end = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->disks[i].size > off && (!end || l->disks[i].size < end))
			end = l->disks[i].size;
	return end;
}

/* Linux counts chunks as if their size were a power of two (raid0_size): with another
 * size the end of the last zone is not used. */
static uint64_t counted(const struct md_layout *l)
{
	uint64_t mask = l->chunk / MD_SECTOR - 1, sum = 0;

	for (size_t i = 0; i < l->n; i++)
		sum += (l->disks[i].size / MD_SECTOR & ~mask) * MD_SECTOR;
	return sum;
}

int md_layout_zones(struct md_layout *l, struct arena *a, struct err *e)
{
	size_t *all = arena_calloc(a, l->n, sizeof(*all));
	uint64_t off = 0, end;
	int r = 0;

	if (!all)
		return arena_full(a, e);
	for (size_t i = 0; i < l->n; i++) {
		all[i] = i;
		if (l->chunk)
			l->disks[i].size -= l->disks[i].size % l->chunk;
	}
	if (l->level == MD_LINEAR)
		return chain(l, a, all, e);
	for (; r == 0 && (end = next_end(l, off)); off = end) {
		size_t *disks = arena_calloc(a, l->n, sizeof(*disks)), n = 0;

		if (!disks)
			return arena_full(a, e);
		for (size_t i = 0; i < l->n; i++)
			if (l->disks[i].size > off)
				disks[n++] = i;
		r = add_zone(l, a, off, end, disks, n, e);
	}
	if (r == 0)
		l->size = counted(l);
	return r;
}

bool md_layout_matters(const struct md_layout *l)
{
	for (size_t i = 0; i < l->zones.n; i++)
		if (l->zones.v[i].start / l->chunk % l->zones.v[i].n)
			return true;
	return false;
}

static const struct md_zone *zone_at(const struct md_layout *l, uint64_t off)
{
	size_t i = 0;

	while (i + 1 < l->zones.n && l->zones.v[i + 1].start <= off)
		i++;
	return &l->zones.v[i];
}

static struct md_place zone_place(const struct md_layout *l, uint64_t off)
{
	const struct md_zone *z = zone_at(l, off);
	uint64_t in = off - z->start, from = l->original ? off : in;

	if (z->n == 1)
		return (struct md_place){z->disks[0], z->off + in};
	return (struct md_place){z->disks[from / l->chunk % z->n],
				 z->off + in / (l->chunk * z->n) * l->chunk +
					 off % l->chunk};
}

/* --- RAID10 --- */

static int bad_layout(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "its layout makes no sense");
}

int md_layout_10(struct md_layout *l, uint32_t number, uint64_t used, struct err *e)
{
	uint64_t chunks = used / l->chunk, of_each;

	l->near = number & 255;
	l->far = number >> 8 & 255;
	l->offset = number >> 16 & 1;
	if (l->near * l->far < 2 || l->near * l->far > l->n || number >> 17 > 2)
		return bad_layout(e);
	l->set = l->n;
	if (number >> 17 == 1)
		return err_set(e, ERR_UNSUPPORTED,
			       "its layout is one that Linux calls buggy, which is not "
			       "read by this version");
	if (number >> 17 == 2)
		l->set = l->near * l->far;
	if (!checked_mul(chunks / l->far, l->n, &chunks) ||
	    !checked_mul(chunks / l->near, l->chunk, &l->size) ||
	    !checked_mul(chunks / l->near, l->near * l->far, &of_each))
		return bad_layout(e);
	of_each = of_each / l->n + (of_each % l->n != 0);
	l->stride = l->offset ? l->chunk : of_each / l->far * l->chunk;
	return 0;
}

/* The device of the next copy further inside: round its own set of devices, of which the
 * last one takes those that are left over, too. */
static uint64_t next_far(const struct md_layout *l, uint64_t disk)
{
	uint64_t rest = l->n % l->set, last = (l->n / l->set - 1) * l->set;
	uint64_t first = disk / l->set * l->set, to = disk + l->near;

	if (rest && to > last)
		return last + (to - last) % (l->set + rest);
	return first + to % l->set;
}

static struct md_place first_10(const struct md_layout *l, uint64_t off)
{
	uint64_t chunk = off / l->chunk * l->near, stripe = chunk / l->n;

	return (struct md_place){chunk % l->n,
				 stripe * (l->offset ? l->far : 1) * l->chunk +
					 off % l->chunk};
}

/* From one copy to the next: those further inside, then the one that lies beside. */
static void step_10(const struct md_layout *l, struct md_copies *c)
{
	if (c->told == 0) {
		c->near = c->at = first_10(l, c->off);
	} else if (c->told % l->far) {
		c->at.disk = next_far(l, c->at.disk);
		c->at.off += l->stride;
	} else {
		if (++c->near.disk == l->n)
			c->near = (struct md_place){0, c->near.off + l->chunk};
		c->at = c->near;
	}
}

/* --- All --- */

bool md_layout_next(const struct md_layout *l, struct md_copies *c, struct md_place *ret)
{
	switch (l->level) {
	case MD_RAID1:
		if (c->told == l->n)
			return false;
		c->at = (struct md_place){c->told, c->off};
		break;
	case MD_RAID10:
		if (c->told == l->near * l->far)
			return false;
		step_10(l, c);
		break;
	default:
		if (c->told)
			return false;
		c->at = zone_place(l, c->off);
	}
	c->told++;
	*ret = c->at;
	return true;
}

uint64_t md_layout_piece(const struct md_layout *l, uint64_t off, uint64_t len)
{
	const struct md_zone *z;
	uint64_t there;

	if (l->level == MD_RAID1)
		return len;
	z = l->level == MD_RAID10 ? NULL : zone_at(l, off);
	there = z && z->n == 1 ? z->start + z->len - off : l->chunk - off % l->chunk;
	return there < len ? there : len;
}
