/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes members of MD arrays in memory: superblocks with right checksums. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline void md_put(uint8_t *to, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static inline uint64_t md_get(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static inline void md_seal(uint8_t *super, size_t size, size_t sum_at)
{
	uint64_t sum = 0;

	md_put(super + sum_at, 4, 0);
	for (size_t at = 0; at + 1 < size; at += 4)
		sum += md_get(super + at, size - at < 4 ? 2 : 4);
	md_put(super + sum_at, 4, (sum & UINT32_MAX) + (sum >> 32));
}

/* Of version 1. Sizes are bytes. */
struct md_make {
	int level;
	unsigned minor, layout, features, places, number;
	uint64_t super, data, size, used, chunk, events;
	const char *name;
	const uint16_t *roles; /* NULL: each in its place */
};

static inline void md_seal_1(uint8_t *super)
{
	md_seal(super, 256 + md_get(super + 220, 4) * 2, 216);
}

static inline uint8_t *md_make_1(uint8_t *disk, const struct md_make *m)
{
	uint8_t *s = disk + m->super;

	memset(s, 0, 256 + m->places * 2);
	md_put(s, 4, 0xa92b4efc);
	md_put(s + 4, 4, 1);
	md_put(s + 8, 4, m->features);
	memcpy(s + 16, "0123456789abcdef", 16);
	snprintf((char *)s + 32, 32, "%s", m->name);
	md_put(s + 64, 8, 1700000000);
	md_put(s + 72, 4, (uint64_t)(int64_t)m->level);
	md_put(s + 76, 4, m->layout);
	md_put(s + 80, 8, m->used / 512);
	md_put(s + 88, 4, m->chunk / 512);
	md_put(s + 92, 4, m->places);
	md_put(s + 128, 8, m->data / 512);
	md_put(s + 136, 8, m->size / 512);
	md_put(s + 144, 8, m->super / 512);
	md_put(s + 160, 4, m->number);
	md_put(s + 200, 8, m->events);
	md_put(s + 208, 8, UINT64_MAX);
	md_put(s + 220, 4, m->places);
	for (unsigned i = 0; i < m->places; i++)
		md_put(s + 256 + i * 2, 2, m->roles ? m->roles[i] : i);
	md_seal_1(s);
	return s;
}

/* Of version 0.90, a mirror of two, 64 KiB before the end. */
static inline uint8_t *md_make_0(uint8_t *disk, size_t size, unsigned number)
{
	uint8_t *s = disk + size / 65536 * 65536 - 65536;

	memset(s, 0, 4096);
	md_put(s, 4, 0xa92b4efc);
	md_put(s + 8, 4, 90);
	md_put(s + 5 * 4, 4, 0x01234567);
	md_put(s + 6 * 4, 4, 1700000000);
	md_put(s + 7 * 4, 4, 1);
	md_put(s + 8 * 4, 4, 64);
	md_put(s + 10 * 4, 4, 2);
	md_put(s + 11 * 4, 4, 7);
	md_put(s + 33 * 4, 4, 1);
	md_put(s + 39 * 4, 4, 40);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *d = s + 512 + i * 128;

		md_put(d, 4, i);
		md_put(d + 4, 4, 8);
		md_put(d + 8, 4, 16 * i + 2);
		md_put(d + 12, 4, i);
		md_put(d + 16, 4, 6);
		if (i == number)
			memcpy(s + 992 * 4, d, 128);
	}
	md_seal(s, 4096, 152);
	return s;
}
