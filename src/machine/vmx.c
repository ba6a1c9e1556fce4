/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * VMware's VMX: lines of `key = "value"`, keys in any case. There is no specification;
 * the keys read are those that VMware's knowledge base and SDK describe.
 */
#include <stdarg.h>
#include <stdio.h>

#include "escape.h"
#include "limits.h"
#include "parts.h"
#include "strmap.h"
#include "text.h"

struct entry {
	struct slice value;
	unsigned line;
};

struct vmx {
	struct parts *p;
	struct strmap *entries; /* by key in lower case */
};

/* Where drives can be, and how they are named then. */
static const struct bus {
	const char *name, *drive;
	unsigned controllers, units;
	bool needs_controller; /* counts only when the controller itself is present */
	const char *device;
} buses[] = {
	{"scsi", "sd", 4, 65, true, "disk"},     {"sata", "sd", 4, 30, true, "disk"},
	{"ide", "hd", 2, 2, false, "disk"},      {"nvme", "nvme", 4, 64, true, "disk"},
	{"floppy", "fd", 2, 1, false, "floppy"},
};

static bool recognise(struct slice text)
{
	struct text lines = text_of(text);
	struct slice line, left, right;

	while (slice_at(text_trim(text), 0) != '<' && text_line(&lines, &line)) {
		struct escaped key;

		if (!text_split(line, '=', &left, &right))
			continue;
		key = escape_short(text_trim(left));
		if (text_is(key.text, "config.version") ||
		    text_is(key.text, "virtualHW.version"))
			return true;
	}
	return false;
}

static int lower(struct slice s, struct arena *a, struct slice *ret, struct err *e)
{
	char *copy = arena_strndup(a, s);

	if (!copy)
		return arena_full(a, e);
	for (size_t i = 0; i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	*ret = slice_of(copy, s.n);
	return 0;
}

/* "#!/usr/bin/vmware" and comments start with '#'. */
static int read_line(struct vmx *v, struct slice line, unsigned number, struct err *e)
{
	struct arena *a = v->p->arena;
	struct slice key, value;
	struct entry *entry;
	int r;

	if (!text_split(line, '=', &key, &value))
		return err_set(e, ERR_CORRUPT, "line %u: no `key = \"value\"`: %s",
			       number, escape_short(line).text);
	value = text_trim(value);
	if (slice_at(value, 0) == '"' &&
	    (value.n < 2 || slice_at(value, value.n - 1) != '"'))
		return err_set(e, ERR_CORRUPT,
			       "line %u: the string that starts here has no end", number);
	r = lower(text_trim(key), a, &key, e);
	if (r < 0)
		return r;
	entry = arena_new_of(a, struct entry);
	if (!entry)
		return arena_full(a, e);
	*entry = (struct entry){text_unquote(value), number};
	return strmap_set(v->entries, key, entry) ? 0 : arena_full(a, e);
}

static int read_lines(struct vmx *v, struct slice text, struct err *e)
{
	struct text lines = text_of(text);
	struct slice line;
	int r = 0;

	while (r >= 0 && text_line(&lines, &line)) {
		if (lines.line == 1 && slice_starts(line, "\xef\xbb\xbf"))
			continue; /* a byte order mark before .encoding */
		line = text_trim(line);
		if (line.n && slice_at(line, 0) != '#')
			r = read_line(v, line, lines.line, e);
	}
	return r;
}

_printf_(2, 3) static const struct entry *get(const struct vmx *v, const char *fmt, ...)
{
	char key[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(key, sizeof(key), fmt, args);
	va_end(args);
	return strmap_get(v->entries, slice_str(key));
}

/* "|22" is the byte 0x22: how quotes and bars get into a value. */
static const char *text_entry(const struct vmx *v, const struct entry *entry)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; entry && i < entry->value.n; i++) {
		struct slice hex;
		uint64_t byte;

		if (slice_at(entry->value, i) == '|' &&
		    slice_sub(entry->value, i + 1, 2, &hex) &&
		    text_hex(hex, 0xff, &byte) && byte) {
			strbuf_char(&b, (char)byte);
			i += 2;
		} else {
			strbuf_char(&b, (char)slice_at(entry->value, i));
		}
	}
	v->p->too_many |= !strbuf_ok(&b);
	return parts_dup(v->p, slice_str(strbuf_text(&b)));
}

static bool is_true(const struct entry *entry)
{
	return entry && text_is(escape_short(entry->value).text, "true");
}

static int number_entry(const struct entry *entry, const char *key, uint64_t max,
			uint64_t *ret, struct err *e)
{
	if (!entry || text_u64(text_trim(entry->value), max, ret))
		return 0;
	return err_set(e, ERR_CORRUPT, "line %u: %s is no number up to %llu: %s",
		       entry->line, key, (unsigned long long)max,
		       escape_short(entry->value).text);
}

static const char *drive_name(const struct vmx *v, const struct bus *bus,
			      unsigned controller, unsigned unit)
{
	if (text_is(bus->name, "nvme"))
		return parts_printf(v->p, "nvme%un%u", controller, unit + 1);
	if (text_is(bus->name, "floppy"))
		return parts_drive_name(v->p, "fd", controller);
	/* The SCSI controller itself is unit 7 of its bus. Units above 15 (of pvscsi)
	 * have no names that are free in any case. */
	if (text_is(bus->name, "scsi") && unit > 15)
		return parts_printf(v->p, "scsi%u:%u", controller, unit);
	if (text_is(bus->name, "scsi"))
		return parts_drive_name(v->p, "sd",
					controller * 15 + (unit > 7 ? unit - 1 : unit));
	return parts_drive_name(v->p, bus->drive, controller * bus->units + unit);
}

/* VMware names the kind "cdrom-image", "cdrom-raw", "atapi-cdrom", "scsi-hardDisk". */
static const char *device_of(const struct vmx *v, const struct bus *bus,
			     const struct entry *type, const char *file)
{
	const char *word = text_entry(v, type);
	struct slice name = file ? slice_str(file) : SLICE_NONE;

	if (text_holds(word, "cdrom"))
		return "cdrom";
	if (text_holds(word, "passthru"))
		return "lun";
	return !word && (slice_ends(name, ".iso") || slice_ends(name, ".ISO"))
		       ? "cdrom"
		       : bus->device;
}

static void add_drive(const struct vmx *v, const struct bus *bus, unsigned controller,
		      unsigned unit, const char *at)
{
	const struct entry *name = get(v, "%s.filename", at);
	const struct entry *present = get(v, "%s.present", at);
	struct machine_disk *d;

	if (!is_true(present))
		return;
	d = parts_disk(v->p, name ? name->line : present->line);
	d->target = drive_name(v, bus, controller, unit);
	d->bus = bus->name;
	d->file = text_entry(v, name);
	d->device = device_of(v, bus, get(v, "%s.devicetype", at), d->file);
	d->readonly = text_is(d->device, "cdrom");
	if (d->file && slice_ends(slice_str(d->file), ".vmdk"))
		d->format = "vmdk";
	if (text_is(bus->name, "scsi"))
		d->model = text_entry(v, get(v, "scsi%u.virtualdev", controller));
	d->pv = model_is_pv(d->model);
	/* Without virtualDev the SCSI controller depends on the product. */
	d->emulated = !d->pv && (d->model || !text_is(bus->name, "scsi"));
}

static void read_drives(const struct vmx *v)
{
	for (size_t i = 0; i < ARRAY_LEN(buses); i++)
		for (unsigned c = 0; c < buses[i].controllers; c++) {
			const struct bus *bus = &buses[i];

			if (bus->needs_controller &&
			    !is_true(get(v, "%s%u.present", bus->name, c)))
				continue;
			for (unsigned u = 0; u < bus->units; u++) {
				char at[32];

				snprintf(at, sizeof(at),
					 bus->units == 1 ? "%s%u" : "%s%u:%u", bus->name,
					 c, u);
				add_drive(v, bus, c, u, at);
			}
		}
}

static void read_nics(const struct vmx *v)
{
	enum { CARDS = 10 };

	for (unsigned i = 0; i < CARDS; i++) {
		const struct entry *present = get(v, "ethernet%u.present", i);
		const struct entry *mac = get(v, "ethernet%u.address", i);
		struct machine_nic *n;

		if (!is_true(present))
			continue;
		n = parts_nic(v->p, present->line);
		n->type = text_entry(v, get(v, "ethernet%u.connectiontype", i));
		n->model = text_entry(v, get(v, "ethernet%u.virtualdev", i));
		n->mac = text_entry(v,
				    mac ? mac : get(v, "ethernet%u.generatedaddress", i));
		n->network = text_entry(v, get(v, "ethernet%u.networkname", i));
		n->place = text_entry(v, get(v, "ethernet%u.pcislotnumber", i));
		n->pv = model_is_pv(n->model);
		n->emulated = n->model && !n->pv;
	}
}

/* bios.bootOrder = "cdrom,hdd". */
static void read_boot(const struct vmx *v)
{
	const struct entry *order = get(v, "bios.bootorder");
	struct slice rest = order ? order->value : SLICE_NONE, item;
	bool more = order != NULL;

	while (more) {
		struct escaped word;

		more = text_split(rest, ',', &item, &rest);
		word = escape_short(text_trim(more ? item : rest));
		if (text_is(word.text, "hdd"))
			parts_boot_next(v->p, "disk");
		else if (text_is(word.text, "cdrom") || text_is(word.text, "floppy"))
			parts_boot_next(v->p,
					text_is(word.text, "cdrom") ? "cdrom" : "floppy");
	}
}

static int read_machine(const struct vmx *v, struct err *e)
{
	struct machine *m = &v->p->m;
	const char *system = text_entry(v, get(v, "guestos"));
	uint64_t mib = 0;
	int r = number_entry(get(v, "memsize"), "memsize", 1u << 30, &mib, e);

	m->vcpus = 1;
	if (r >= 0)
		r = number_entry(get(v, "numvcpus"), "numvcpus", 1u << 16, &m->vcpus, e);
	if (r < 0)
		return r;
	m->memory = mib << 20;
	m->hypervisor = "vmware";
	m->kind = "hvm";
	m->name = text_entry(v, get(v, "displayname"));
	m->firmware = text_is(text_entry(v, get(v, "firmware")), "efi") ? "uefi" : "bios";
	/* What the guest was declared to be; the processor itself is 64-bit anyway. */
	if (system)
		m->arch = slice_ends(slice_str(system), "-64") ? "x86_64" : "i686";
	read_drives(v);
	read_nics(v);
	read_boot(v);
	return 0;
}

static int parse(struct slice text, struct parts *p, struct err *e)
{
	struct vmx v = {.p = p, .entries = strmap_new(p->arena)};
	int r;

	if (!v.entries)
		return arena_full(p->arena, e);
	r = read_lines(&v, text, e);
	return r < 0 ? r : read_machine(&v, e);
}

const struct machine_format machine_vmx = {
	.name = "vmx",
	.doc = "a VMX file of VMware",
	.recognise = recognise,
	.parse = parse,
};
