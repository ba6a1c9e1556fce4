/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* interfaces(5) of Debian's ifupdown. */
#include "network/parts.h"

static struct nic_fact *nic_named(nic_list *list, struct slice name)
{
	for (size_t i = 0; i < list->n; i++)
		if (slice_eq(name, list->v[i].device))
			return &list->v[i];
	return NULL;
}

/* One card may have several stanzas, and "auto" may come before or behind them. */
static int add_iface(nic_list *list, struct slice name, unsigned line, struct arena *a,
		     struct nic_fact **ret, struct err *e)
{
	struct nic_fact *nic = nic_named(list, name);
	int r = 0;

	if (!nic) {
		r = add_card(a, list,
			     (struct nic_fact){.source.line = line, .boot = KNOWN_NO}, e);
		if (r < 0)
			return r;
		nic = &list->v[list->n - 1];
		r = keep(a, name, &nic->device, e);
	}
	*ret = nic;
	return r;
}

int interfaces_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, word, name, family, method;
	nic_list list = {0};
	struct nic_fact *nic;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (!text_word(&line, &word))
			continue;
		if (slice_eq(word, "iface") && text_word(&line, &name) &&
		    !slice_eq(name, "lo")) {
			r = add_iface(&list, name, t.line, a, &nic, e);
			if (r >= 0 && text_word(&line, &family) &&
			    text_word(&line, &method) && !nic->method)
				r = keep(a, method, &nic->method, e);
		} else if (slice_eq(word, "auto") || slice_eq(word, "allow-hotplug")) {
			while (r >= 0 && text_word(&line, &name)) {
				if (slice_eq(name, "lo"))
					continue;
				r = add_iface(&list, name, t.line, a, &nic, e);
				if (r >= 0)
					nic->boot = KNOWN_YES;
			}
		}
	}
	if (r >= 0)
		*ret = list;
	return r;
}
