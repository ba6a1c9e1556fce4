/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nodes of devices, which start scripts of RHEL 3 do not make. */
#include "escape.h"
#include "limits.h"
#include "staged.h"
#include "text.h"

enum { NODE_MODE = 0660 };

/* The number of the group disk, as the guest's own list has it: "disk:x:6:root". */
static int find_group(struct stage *s, uint16_t *ret, struct err *e)
{
	struct slice all, line, name, word;
	struct text t;
	struct file f;
	uint64_t number;
	int r = tree_read(s->g->tree, "/etc/group", LIMIT_CONFIG_FILE, s->g->arena, &f,
			  &all, e);

	if (r < 0 && r != -ERR_ABSENT)
		return r;
	err_clear(e);
	t = text_of(r < 0 ? SLICE_NONE : all);
	while (text_line(&t, &line))
		if (text_split(line, ':', &name, &line) && slice_eq(name, "disk") &&
		    text_split(line, ':', &word, &line) &&
		    text_split(line, ':', &word, &line) &&
		    text_u64(word, UINT16_MAX, &number)) {
			*ret = (uint16_t)number;
			return 0;
		}
	return 0; /* root's alone then */
}

static int stage_device(struct stage *s, const struct plan_device *d, uint16_t group,
			struct err *e)
{
	struct staged f;
	struct file there;
	int r = stage_look(s, d->path, &there, e);

	if (r != 0)
		return r < 0 || there.node.type == NODE_OTHER
			       ? r
			       : err_set(e, ERR_REFUSED, "%s is no device",
					 escape_short(slice_str(d->path)).text);
	if (d->major > UINT8_MAX || d->minor > UINT8_MAX)
		return err_set(e, ERR_UNSUPPORTED, "%s has numbers of a later kernel",
			       escape_short(slice_str(d->path)).text);
	r = stage_open(s, d->path, &f, e);
	if (r < 0)
		return r;
	f.kind = FS_NEW_DEVICE;
	f.mode = NODE_MODE;
	f.device = *d;
	f.group = group;
	return stage_keep(s, &f, e);
}

int stage_devices(struct stage *s, const struct plan_step *step, struct err *e)
{
	uint16_t group = 0;
	int r = step->devices.n ? find_group(s, &group, e) : 0;

	for (size_t i = 0; r >= 0 && i < step->devices.n; i++)
		r = stage_device(s, &step->devices.v[i], group, e);
	return r < 0 ? r : 0;
}
