/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which address a card has that the guest knows by name: the guest's own files, or the
 * machine's description, say so. Where neither does for sure there is none: a rule for
 * the wrong card would swap two networks.
 */
#include "chain.h"

#include <string.h>

#include "text.h"

enum { ADDRESS_BYTES = 6 };

/* "00-16-3E-00-00-01" as "00:16:3e:00:00:01"; NULL for what is no address of a card. */
static const char *address(struct judge *j, const char *text)
{
	struct slice s = slice_str(text ? text : "");
	unsigned char b[ADDRESS_BYTES];

	if (s.n != 3 * ADDRESS_BYTES - 1)
		return NULL;
	for (size_t i = 0; i < ADDRESS_BYTES; i++) {
		struct slice hex;
		uint64_t byte;
		int c = slice_at(s, 3 * i + 2);

		if (!slice_sub(s, 3 * i, 2, &hex) || !text_hex(hex, 0xff, &byte) ||
		    (i + 1 < ADDRESS_BYTES && c != ':' && c != '-'))
			return NULL;
		b[i] = (unsigned char)byte;
	}
	if (b[0] & 1) /* of a group of cards */
		return NULL;
	return say(j, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
		   b[5]);
}

/* Two addresses as people write them: case does not count. */
static bool is_address(const char *a, const char *b)
{
	return a && b && strcasecmp(a, b) == 0;
}

/* The machine's description knows the addresses of all its cards. */
static bool addresses_known(const struct machine *m)
{
	for (size_t i = 0; i < m->nics.n; i++)
		if (!m->nics.v[i].mac)
			return false;
	return m->nics.n > 0;
}

bool is_foreign_address(const struct judge *j, const char *mac)
{
	const struct machine *m = &j->facts->machine;

	for (size_t i = 0; i < m->nics.n; i++)
		if (is_address(m->nics.v[i].mac, mac))
			return false;
	return addresses_known(m);
}

/* The address that some file of the guest has for this card. */
static const char *by_guest(struct judge *j, const struct card_change *c)
{
	const struct facts *f = j->facts;
	const char *own = address(j, c->nic->hwaddr);

	for (size_t i = 0; !own && c->nic->device && i < f->nics.n; i++)
		if (text_same(f->nics.v[i].device, c->nic->device))
			own = address(j, f->nics.v[i].hwaddr);
	return own && !is_foreign_address(j, own) ? own : NULL;
}

/* "e1000" and "e1000e" are two, "VmxNet3" is vmxnet3; "virtio" is for virtio_net. */
bool is_card_driven(const struct machine_nic *n, const char *driver)
{
	return n->model && driver &&
	       (slice_same_folded(slice_str(n->model), slice_str(driver)) ||
		(slice_starts(slice_str(n->model), "virtio") &&
		 strcmp(driver, "virtio_net") == 0));
}

/* Does a file of the guest have this address for something else? */
static bool is_claimed(const struct judge *j, const struct card_change *c,
		       const char *mac)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->nics.n; i++)
		if (is_address(f->nics.v[i].hwaddr, mac) &&
		    !text_same(f->nics.v[i].device, c->nic->device))
			return true;
	return false;
}

/* "enp2s1" and "ens1" of 0000:02:01.0 behind a bridge, "ens192" of VMware's slot 192
 * (systemd.net-naming-scheme(7); slots have numbers on the first bus only). */
bool is_named_by_place(struct judge *j, const struct machine_nic *n, const char *name)
{
	struct slice s = slice_str(n->place ? n->place : ""), domain, bus, slot, left;
	uint64_t b, d;

	if (!s.n)
		return false;
	if (text_u64(s, UINT16_MAX, &d))
		return text_same(name, say(j, "ens%u", (unsigned)d));
	if (!text_split(s, ':', &domain, &left) || !text_split(left, ':', &bus, &left) ||
	    !text_split(left, '.', &slot, &left) || !slice_eq(domain, "0000") ||
	    !slice_eq(left, "0") || !text_hex(bus, UINT8_MAX, &b) ||
	    !text_hex(slot, UINT8_MAX, &d))
		return false;
	return text_same(name, say(j, "enp%us%u", (unsigned)b, (unsigned)d)) ||
	       (b == 0 && text_same(name, say(j, "ens%u", (unsigned)d)));
}

/* The only card of the machine at the place that gives the name. */
static const struct machine_nic *nic_at_place(struct judge *j, const char *name)
{
	const struct machine *m = &j->facts->machine;
	const struct machine_nic *found = NULL;

	for (size_t i = 0; i < m->nics.n; i++) {
		if (!is_named_by_place(j, &m->nics.v[i], name))
			continue;
		if (found)
			return NULL;
		found = &m->nics.v[i];
	}
	return found;
}

/* The card of the machine at the place that gave it its name; the only one of the kind
 * that the file speaks of; or the only one that there is. */
static const char *by_machine(struct judge *j, const struct card_change *c, bool alone)
{
	const struct machine *m = &j->facts->machine;
	const struct machine_nic *found =
		c->kind == CARD_BOUND ? NULL : nic_at_place(j, c->nic->device);
	size_t count = found != NULL;

	for (size_t i = 0; c->kind == CARD_BOUND && i < m->nics.n; i++)
		if (is_card_driven(&m->nics.v[i], c->nic->driver)) {
			found = &m->nics.v[i];
			count++;
		}
	if (!count && alone && m->nics.n == 1) {
		found = &m->nics.v[0];
		count = 1;
	}
	return count == 1 && !is_claimed(j, c, found->mac) ? address(j, found->mac)
							   : NULL;
}

static bool same_card(const struct card_change *a, const struct card_change *b)
{
	return a->nic == b->nic || text_same(a->nic->device, b->nic->device);
}

/* Is every change of one and the same card? */
static bool is_alone(const card_changes *list)
{
	for (size_t i = 1; i < list->n; i++)
		if (!same_card(&list->v[0], &list->v[i]))
			return false;
	return true;
}

/* One address cannot be that of two cards. */
static void drop_doubles(card_changes *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *mac = list->v[i].mac;
		bool twice = false;

		for (size_t k = 0; k < list->n; k++)
			twice = twice || (text_same(list->v[k].mac, mac) &&
					  !same_card(&list->v[i], &list->v[k]));
		for (size_t k = 0; twice && k < list->n; k++)
			if (text_same(list->v[k].mac, mac))
				list->v[k].mac = NULL;
	}
}

void find_card_addresses(struct judge *j, card_changes *list)
{
	bool alone = is_alone(list);

	for (size_t i = 0; i < list->n; i++) {
		struct card_change *c = &list->v[i];

		if (c->kind == CARD_REORDERED)
			continue;
		c->mac = by_guest(j, c);
		if (!c->mac)
			c->mac = by_machine(j, c, alone);
	}
	drop_doubles(list);
}
