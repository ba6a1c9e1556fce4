/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Unpacks LZO1X, bitstream version 0, as Linux's Documentation/staging/lzo.rst describes
 * it: instructions that copy from the output made so far, each followed by 0 to 3
 * literals, and runs of literals.
 */
#include "lzo1x.h"

#include <string.h>

struct lzo {
	struct reader in;
	uint8_t *out;
	size_t made, room;
	unsigned state; /* literals copied by the last instruction: 0 to 3, or 4 for more
			 */
};

/* A copy from the output: `distance` 0 is the end mark. */
struct match {
	size_t length, distance;
	unsigned state; /* literals that follow */
};

/* A length that did not fit the instruction's bits: 255 for each zero byte, then the
 * first other byte. The number of zero bytes is bounded by the input. */
static size_t long_length(struct lzo *z, size_t base)
{
	size_t length = base;
	uint8_t byte;

	while ((byte = rd_u8(&z->in)) == 0 && rd_ok(&z->in))
		length += 255;
	return length + byte;
}

static bool copy_literals(struct lzo *z, size_t n)
{
	if (n > z->room - z->made || n > rd_left(&z->in))
		return false;
	rd_copy(&z->in, z->out + z->made, n);
	z->made += n;
	z->state = n < 4 ? (unsigned)n : 4;
	return true;
}

static bool copy_match(struct lzo *z, struct match m)
{
	uint8_t *to = z->out + z->made;
	const uint8_t *from;

	if (m.distance > z->made || m.length > z->room - z->made)
		return false;
	from = to - m.distance;
	if (m.distance >= m.length)
		memcpy(to, from, m.length);
	else /* the copy reads what it has just written: a repeating pattern */
		for (size_t i = 0; i < m.length; i++)
			to[i] = from[i];
	z->made += m.length;
	return copy_literals(z, m.state);
}

/* 0001HLLL and 001LLLLL: a length, then 14 bits of distance and the state. */
static struct match far_match(struct lzo *z, uint8_t op)
{
	bool farther = op < 32;
	size_t mask = farther ? 7 : 31;
	size_t length = op & mask;
	struct match m;
	uint16_t word;

	if (length == 0)
		length = long_length(z, mask);
	word = rd_u16le(&z->in);
	m.length = length + 2;
	m.state = word & 3;
	m.distance = (word >> 2) + 1u;
	if (farther) {
		m.distance = ((size_t)(op & 8) << 11) + (word >> 2);
		if (m.distance)
			m.distance += 16384;
	}
	return m;
}

static struct match read_match(struct lzo *z, uint8_t op)
{
	struct match m;

	if (op >= 16 && op < 64)
		return far_match(z, op);
	m.state = op & 3;
	if (op >= 64) {
		m.length = (size_t)(op >> 5) + 1;
		m.distance = ((size_t)rd_u8(&z->in) << 3) + ((op >> 2) & 7) + 1;
	} else {
		/* What 0000DDSS means depends on the literals before it. */
		m.length = z->state == 4 ? 3 : 2;
		m.distance = ((size_t)rd_u8(&z->in) << 2) + (op >> 2) +
			     (z->state == 4 ? 2049 : 1);
	}
	return m;
}

/* 1 go on, 0 at the end mark, -1 damaged. */
static int instruction(struct lzo *z)
{
	uint8_t op = rd_u8(&z->in);
	struct match m;

	if (!rd_ok(&z->in))
		return -1;
	if (op < 16 && z->state == 0) {
		size_t n = op ? op : long_length(z, 15);

		return rd_ok(&z->in) && copy_literals(z, n + 3) ? 1 : -1;
	}
	m = read_match(z, op);
	if (!rd_ok(&z->in))
		return -1;
	if (m.distance == 0)
		return 0;
	return copy_match(z, m) ? 1 : -1;
}

bool lzo1x_unpack(struct slice in, uint8_t *out, size_t room, size_t *ret_n)
{
	struct lzo z = {.in = reader_of(in), .out = out, .room = room};
	int r = 1;

	/* The first byte may be a run of literals of its own kind. */
	if (slice_at(in, 0) > 17) {
		size_t n = rd_u8(&z.in) - 17u;

		if (!copy_literals(&z, n))
			return false;
	}
	while (r > 0)
		r = instruction(&z);
	*ret_n = z.made;
	return r == 0 && rd_left(&z.in) == 0;
}
