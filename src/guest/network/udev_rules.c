/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of udev that give names to network cards (udev(7)). */
#include "network/parts.h"

/* KEY OPERATOR "VALUE", and commas between them. */
struct term {
	struct slice key, op, value;
	struct slice whole; /* as written */
};

static bool is_operator(int c)
{
	return c == '=' || c == '!' || c == '+' || c == '-' || c == ':';
}

/* Takes the next term off the front of *line; false at its end, and where the rest is no
 * such thing. */
static bool next_term(struct slice *line, struct term *ret)
{
	struct slice s = *line;
	size_t n = 0, op, value, end;

	while (text_is_blank(slice_at(s, n)) || slice_at(s, n) == ',')
		n++;
	s = behind(s, n);
	n = 0;
	while (n < s.n && !is_operator(slice_at(s, n)) && !text_is_blank(slice_at(s, n)))
		n++;
	for (op = n; text_is_blank(slice_at(s, op)); op++)
		;
	for (value = op; is_operator(slice_at(s, value)); value++)
		;
	ret->key = slice_of(s.p, n);
	ret->op = slice_of(behind(s, op).p, value - op);
	while (text_is_blank(slice_at(s, value)))
		value++;
	if (!n || !ret->op.n || slice_at(s, value) != '"')
		return false;
	end = slice_find(s, value + 1, '"');
	if (end >= s.n)
		return false;
	ret->value = slice_of(behind(s, value + 1).p, end - value - 1);
	ret->whole = slice_of(s.p, end + 1);
	*line = behind(s, end + 1);
	return true;
}

/* Of the card itself, or of a device above it: its driver, its place, what it is. */
static bool is_bound_to(const struct term *t)
{
	static const char *const keys[] = {"KERNELS",
					   "ID",
					   "PLACE",
					   "DEVPATH",
					   "DRIVERS",
					   "DRIVER",
					   "ENV{ID_PATH}",
					   "ENV{ID_NET_DRIVER}",
					   "ATTRS{vendor}",
					   "ATTRS{device}",
					   "ATTRS{subsystem_vendor}",
					   NULL};

	return slice_eq(t->op, "==") && is_one_of(t->key, keys) &&
	       !slice_eq(t->value, "?*") && !slice_eq(t->value, "*");
}

static int take_term(const struct term *t, struct arena *a, struct nic_fact *nic,
		     struct err *e)
{
	bool compares = slice_eq(t->op, "==");

	if (compares &&
	    (slice_eq(t->key, "ATTR{address}") || slice_eq(t->key, "SYSFS{address}")))
		return keep(a, t->value, &nic->hwaddr, e);
	if (slice_eq(t->key, "NAME") && !compares && !slice_starts(t->op, "!"))
		return keep(a, t->value, &nic->device, e);
	return is_bound_to(t) ? keep(a, t->whole, &nic->bound, e) : 0;
}

/* A rule whose name is put together while udev runs ("$result") names nothing here. */
static bool is_told(const struct nic_fact *nic)
{
	return nic->device && (nic->hwaddr || nic->bound) && !strpbrk(nic->device, "$%");
}

int udev_names_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	nic_list list = {0};
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		struct nic_fact nic = {.source.line = t.line};
		struct term term;

		if (slice_at(text_trim(line), 0) == '#')
			continue;
		while (r >= 0 && next_term(&line, &term))
			r = take_term(&term, a, &nic, e);
		nic.names = true;
		nic.bound_line = nic.bound ? t.line : 0;
		if (r >= 0 && is_told(&nic))
			r = add_card(a, &list, nic, e);
	}
	if (r >= 0)
		*ret = list;
	return r;
}
