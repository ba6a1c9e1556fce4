/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Xen's own configurations: xm (RHEL 5) and xl (xl.cfg(5), xl-disk-configuration(5),
 * xl-network-configuration(5), xen-vbd-interface(7)).
 */
#include <string.h>

#include "escape.h"
#include "parts.h"
#include "text.h"
#include "xl_disk.h"
#include "xl_text.h"

enum key {
	KEY_NAME,
	KEY_BUILDER,
	KEY_TYPE,
	KEY_PVH,
	KEY_MEMORY,
	KEY_VCPUS,
	KEY_BOOT,
	KEY_BIOS,
	KEY_FIRMWARE,
	KEY_HDTYPE,
	KEY_PLATFORM_PCI,
	KEY_DISK,
	KEY_VIF,
	KEY_COUNT
};
static const char *const keys[KEY_COUNT + 1] = {
	"name", "builder", "type",     "pvh",    "memory",           "vcpus",
	"boot", "bios",    "firmware", "hdtype", "xen_platform_pci", "disk",
	"vif",  NULL};

static bool recognise(struct slice text)
{
	static const char *const words[] = {"name", "builder", "memory",
					    "disk", "vif",     NULL};
	static const char *const foreign[] = {"config.version", "virtualHW.version",
					      NULL};

	return slice_at(text_trim(text), 0) != '<' && xl_text_assigns(text, words) &&
	       !xl_text_assigns(text, foreign);
}

static struct slice text_value(const struct xl_value *v)
{
	return v->set && !v->is_list ? v->items.v[0].text : SLICE_NONE;
}

static bool value_is(const struct xl_value *v, const char *word)
{
	return slice_eq(text_value(v), word);
}

static int number_value(const struct xl_value *v, enum key key, uint64_t max,
			uint64_t *ret, struct err *e)
{
	if (!v->set || text_u64(text_trim(text_value(v)), max, ret))
		return 0;
	return err_set(e, ERR_CORRUPT, "line %u: `%s` is no number up to %llu: %s",
		       v->line, keys[key], (unsigned long long)max,
		       escape_short(text_value(v)).text);
}

/* Without any of these the guest is para-virtualized, in xm and in xl. */
static int read_kind(const struct xl_value *v, struct machine *m, struct err *e)
{
	const struct xl_value *type = &v[KEY_TYPE];

	if (value_is(type, "hvm") || value_is(type, "pv") || value_is(type, "pvh")) {
		m->kind = value_is(type, "hvm")  ? "hvm"
			  : value_is(type, "pv") ? "pv"
						 : "pvh";
		return 0;
	}
	if (type->set)
		return err_set(e, ERR_CORRUPT,
			       "line %u: the type of a guest is hvm, pv or pvh, not %s",
			       type->line, escape_short(text_value(type)).text);
	m->kind = value_is(&v[KEY_BUILDER], "hvm") ? "hvm"
		  : value_is(&v[KEY_PVH], "1")     ? "pvh"
						   : "pv";
	return 0;
}

static void read_firmware(const struct xl_value *v, struct parts *p)
{
	static const char *const uefi[] = {"ovmf", "uefi", NULL};
	static const char *const bios[] = {"seabios", "rombios", "bios", NULL};
	const struct xl_value *given = v[KEY_BIOS].set ? &v[KEY_BIOS] : &v[KEY_FIRMWARE];
	const char *word = parts_dup(p, text_value(given));

	if (!text_is(p->m.kind, "hvm"))
		return;
	if (word_in(word, uefi))
		p->m.firmware = "uefi";
	else if (!given->set || word_in(word, bios))
		p->m.firmware = "bios"; /* what Xen takes when nothing is said */
	else
		parts_remark(p, "the firmware %s (line %u) is not known here", word,
			     given->line);
}

/* What `keyword=value,...` of one network card says. */
static void read_nic(struct parts *p, const struct xl_item *item)
{
	struct machine_nic *n = parts_nic(p, item->line);
	struct slice rest = item->text, part, key, value;
	bool more = rest.n != 0, hvm = text_is(p->m.kind, "hvm");

	while (more) {
		more = text_split(rest, ',', &part, &rest);
		if (!text_split(more ? part : rest, '=', &key, &value))
			continue;
		key = text_trim(key);
		value = text_trim(value);
		if (slice_eq(key, "type"))
			n->type = parts_dup(p, value);
		else if (slice_eq(key, "model"))
			n->model = parts_dup(p, value);
		else if (slice_eq(key, "mac"))
			n->mac = parts_dup(p, value);
		else if (slice_eq(key, "bridge") || slice_eq(key, "network"))
			n->network = parts_dup(p, value);
	}
	if (!item->joined)
		parts_entry(p, item->text, item->line, &n->entry, &n->offset);
	/* type=ioemu asks for the emulated card; netfront, vif and paravirtualised for
	 * the other; without a type an HVM guest gets both. */
	n->emulated = hvm && (!n->type || text_is(n->type, "ioemu"));
	n->pv = !hvm || !text_is(n->type, "ioemu");
}

static int need_list(const struct xl_value *v, enum key key, struct err *e)
{
	if (!v->set || v->is_list)
		return 0;
	return err_set(e, ERR_CORRUPT, "line %u: `%s` has to be a list: [ '...' ]",
		       v->line, keys[key]);
}

static int read_devices(const struct xl_value *v, struct parts *p, struct err *e)
{
	bool ahci = value_is(&v[KEY_HDTYPE], "ahci");
	int r = need_list(&v[KEY_DISK], KEY_DISK, e);

	if (r >= 0)
		r = need_list(&v[KEY_VIF], KEY_VIF, e);
	for (size_t i = 0; r >= 0 && i < v[KEY_DISK].items.n; i++)
		r = xl_disk_read(p, &v[KEY_DISK].items.v[i], ahci, e);
	for (size_t i = 0; r >= 0 && i < v[KEY_VIF].items.n; i++)
		read_nic(p, &v[KEY_VIF].items.v[i]);
	return r;
}

/* boot="dc": a floppy, c hard disk, d CD-ROM, n network; HVM guests only. */
static void read_boot(const struct xl_value *v, struct parts *p)
{
	struct slice order = text_value(&v[KEY_BOOT]);

	for (size_t i = 0; i < order.n && text_is(p->m.kind, "hvm"); i++) {
		int c = slice_at(order, i);

		if (c == 'a' || c == 'c' || c == 'd')
			parts_boot_next(p, c == 'a'   ? "floppy"
					   : c == 'c' ? "disk"
						      : "cdrom");
	}
}

static int parse(struct slice text, struct parts *p, struct err *e)
{
	struct xl_value v[KEY_COUNT] = {0};
	uint64_t mib = 0;
	int r = xl_text_read(text, keys, KEY_COUNT, p->arena, v, e);

	if (r >= 0)
		r = number_value(&v[KEY_MEMORY], KEY_MEMORY, 1u << 30, &mib, e);
	if (r >= 0)
		r = number_value(&v[KEY_VCPUS], KEY_VCPUS, 1u << 16, &p->m.vcpus, e);
	if (r >= 0)
		r = read_kind(v, &p->m, e);
	if (r < 0)
		return r;
	p->m.hypervisor = "xen";
	p->m.name = parts_dup(p, text_value(&v[KEY_NAME]));
	p->m.memory = mib << 20;
	if (!v[KEY_VCPUS].set)
		p->m.vcpus = 1;
	read_firmware(v, p);
	r = read_devices(v, p, e);
	if (r < 0)
		return r;
	read_boot(v, p);
	if (value_is(&v[KEY_PLATFORM_PCI], "0") && text_is(p->m.kind, "hvm"))
		parts_remark(p,
			     "xen_platform_pci = 0 (line %u): para-virtualized drivers "
			     "find no Xen platform device in this machine",
			     v[KEY_PLATFORM_PCI].line);
	return 0;
}

const struct machine_format machine_xl = {
	.name = "xl",
	.doc = "an xm or xl configuration",
	.recognise = recognise,
	.parse = parse,
};
