/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "strmap.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>

struct entry {
	struct slice key;
	void *value;
	uint64_t hash;
};

struct strmap {
	struct arena *arena;
	struct entry *slots; /* open addressing, linear probing; a power of two */
	size_t n, size;
};

/* Chosen once, also when two threads make their first map at the same time. */
static uint64_t hash_seed(void)
{
	static _Atomic uint64_t seed;
	uint64_t chosen = atomic_load(&seed), fresh;

	if (chosen)
		return chosen;
	if (getrandom(&fresh, sizeof(fresh), GRND_NONBLOCK) != sizeof(fresh))
		fresh = (uintptr_t)&seed; /* address randomisation is the fallback */
	fresh |= 1;
	return atomic_compare_exchange_strong(&seed, &chosen, fresh) ? fresh : chosen;
}

/* FNV-1a with a secret start and a final mix. */
static uint64_t hash_bytes(struct slice key)
{
	uint64_t h = hash_seed();

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ key.p[i]) * 0x100000001b3u;
	h ^= h >> 32;
	return h * 0x9e3779b97f4a7c15u;
}

struct strmap *strmap_new(struct arena *a)
{
	struct strmap *m = arena_new_of(a, struct strmap);

	if (!m)
		return NULL;
	m->arena = a;
	m->size = 64;
	m->slots = arena_calloc(a, m->size, sizeof(*m->slots));
	return m->slots ? m : NULL;
}

static struct entry *find_slot(const struct strmap *m, struct slice key, uint64_t hash)
{
	size_t i = hash & (m->size - 1);

	while (m->slots[i].key.p) {
		if (m->slots[i].hash == hash && slice_same(m->slots[i].key, key))
			break;
		i = (i + 1) & (m->size - 1);
	}
	return &m->slots[i];
}

static bool grow(struct strmap *m)
{
	struct strmap wider = *m;

	wider.size = m->size * 2;
	wider.slots = arena_calloc(m->arena, wider.size, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].key.p)
			*find_slot(&wider, m->slots[i].key, m->slots[i].hash) =
				m->slots[i];
	*m = wider;
	return true;
}

bool strmap_set(struct strmap *m, struct slice key, void *value)
{
	uint64_t hash = hash_bytes(key);
	struct entry *e;

	if (m->n * 2 >= m->size && !grow(m))
		return false;
	if (!key.p)
		key.p = (const uint8_t *)"";
	e = find_slot(m, key, hash);
	if (!e->key.p)
		m->n++;
	*e = (struct entry){key, value, hash};
	return true;
}

void *strmap_get(const struct strmap *m, struct slice key)
{
	return find_slot(m, key, hash_bytes(key))->value;
}

size_t strmap_count(const struct strmap *m)
{
	return m->n;
}
