/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of hardware that kudzu keeps. */
#include "network/parts.h"

static int end_block(nic_list *list, struct arena *a, const struct nic_fact *nic,
		     bool network, struct err *e)
{
	if (!network || !nic->device)
		return 0;
	return add_card(a, list, *nic, e);
}

/* Blocks that begin with a line "-", of lines "key: value". */
int hwconf_parse(struct slice text, struct arena *a, nic_list *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key, value;
	struct nic_fact nic = {0};
	nic_list list = {0};
	bool network = false;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (slice_eq(text_trim(line), "-")) {
			r = end_block(&list, a, &nic, network, e);
			nic = (struct nic_fact){.source.line = t.line};
			network = false;
			continue;
		}
		if (!text_split(line, ':', &key, &value))
			continue;
		value = text_unquote(text_trim(value));
		if (slice_eq(key, "class"))
			network = slice_eq(value, "NETWORK");
		else if (slice_eq(key, "device"))
			r = keep(a, value, &nic.device, e);
		else if (slice_eq(key, "driver"))
			r = keep(a, value, &nic.driver, e);
		else if (slice_eq(key, "network.hwaddr"))
			r = keep(a, value, &nic.hwaddr, e);
	}
	if (r >= 0)
		r = end_block(&list, a, &nic, network, e);
	if (r >= 0)
		*ret = list;
	return r;
}
