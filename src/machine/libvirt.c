/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's domain XML (https://libvirt.org/formatdomain.html), of any hypervisor. */
#include "escape.h"
#include "text.h"
#include "xml.h"

static bool recognise(struct slice text)
{
	return slice_eq(xml_root_name(text), "domain");
}

/* Units of <memory>; without one it is KiB. */
static int read_size(struct parts *p, const struct xml_node *n, uint64_t *ret,
		     struct err *e)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = {
		{"KiB", 1 << 10},  {"k", 1 << 10},        {"b", 1},
		{"bytes", 1},      {"KB", 1000},          {"MiB", 1 << 20},
		{"M", 1 << 20},    {"MB", 1000 * 1000},   {"GiB", 1 << 30},
		{"G", 1 << 30},    {"GB", 1000000000},    {"TiB", 1ull << 40},
		{"T", 1ull << 40}, {"TB", 1000000000000},
	};
	const char *unit = xml_attr(p, n, "unit");
	uint64_t count = 0;
	int r = xml_number(p, n, NULL, 1ull << 50, &count, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (!unit || text_is(unit, units[i].name)) {
			if (__builtin_mul_overflow(count, units[i].bytes, ret))
				break;
			return 0;
		}
	return err_set(e, ERR_CORRUPT, "line %llu: a size of memory makes no sense: %s",
		       (unsigned long long)xml_line(n),
		       unit ? escape_short(slice_str(unit)).text : "");
}

static void read_system(struct parts *p, const struct xml_node *domain)
{
	static const char *const x86[] = {"x86_64", "i686", "i386", NULL};
	static const char *const pvh[] = {"xenpvh", "pvh", NULL};
	static const char *const pv[] = {"linux", "xen", NULL};
	const struct xml_node *os = xml_child(domain, "os"),
			      *type = xml_child(os, "type");
	const struct xml_node *loader = xml_child(os, "loader");
	const char *kind = xml_text(p, type), *firmware = xml_attr(p, os, "firmware");
	struct machine *m = &p->m;

	m->hypervisor = xml_attr(p, domain, "type");
	m->arch = xml_attr(p, type, "arch");
	m->kind = text_is(kind, "hvm")                         ? "hvm"
		  : word_in(kind, pvh)                         ? "pvh"
		  : !word_in(kind, pv)                         ? NULL
		  : word_in(xml_attr(p, type, "machine"), pvh) ? "pvh"
							       : "pv";
	if (!text_is(m->kind, "hvm"))
		return;
	if (text_is(firmware, "efi") || text_is(xml_attr(p, loader, "type"), "pflash"))
		m->firmware = "uefi";
	else if (text_is(firmware, "bios") ||
		 (!firmware && (!m->arch || word_in(m->arch, x86))))
		m->firmware = "bios";
}

/* Where <source> has the name depends on the kind of storage. */
static const char *source_file(struct parts *p, const struct xml_node *source)
{
	static const char *const attributes[] = {"file", "dev", "name", "volume", "dir"};
	const char *found = NULL;

	for (size_t i = 0; !found && i < ARRAY_LEN(attributes); i++)
		found = xml_attr(p, source, attributes[i]);
	return found;
}

/* Without bus= the name of the target tells. */
static const char *bus_of(struct parts *p, const struct xml_node *target,
			  const char *name)
{
	static const struct {
		const char *prefix, *bus;
	} prefixes[] = {{"hd", "ide"},  {"sd", "scsi"},   {"vd", "virtio"},
			{"xvd", "xen"}, {"fd", "floppy"}, {"ubd", "uml"}};
	const char *bus = xml_attr(p, target, "bus");

	if (text_is(bus, "fdc"))
		return "floppy";
	for (size_t i = 0; !bus && name && i < ARRAY_LEN(prefixes); i++)
		if (slice_starts(slice_str(name), prefixes[i].prefix))
			bus = prefixes[i].bus;
	return bus;
}

/* The model of the controller that <address> names; 0 without one. */
static const char *controller_model(struct parts *p, const struct xml_node *devices,
				    const struct xml_node *address, const char *bus)
{
	const char *want = xml_attr(p, address, "controller");

	XML_EACH (c, devices, "controller") {
		const char *index = xml_attr(p, c, "index");

		if (text_is(xml_attr(p, c, "type"), bus) &&
		    text_is(index ? index : "0", want ? want : "0"))
			return xml_attr(p, c, "model");
	}
	return NULL;
}

static void set_disk_kind(struct machine_disk *d, const struct machine *m)
{
	static const char *const emulated[] = {"ide", "sata", "nvme", "floppy",
					       "usb", "sd",   NULL};

	d->pv = text_is(d->bus, "virtio") || text_is(d->bus, "xen") ||
		text_is(m->kind, "pv") || text_is(m->kind, "pvh") ||
		(text_is(d->bus, "scsi") && model_is_pv(d->model));
	if (d->pv)
		return;
	/* Xen has one SCSI controller; elsewhere its default depends on the version. */
	d->emulated =
		word_in(d->bus, emulated) ||
		(text_is(d->bus, "scsi") && (d->model || text_is(m->hypervisor, "xen")));
}

static int read_disk(struct parts *p, const struct xml_node *devices,
		     const struct xml_node *n, struct err *e)
{
	static const char *const known[] = {"disk", "cdrom", "floppy", "lun", NULL};
	const struct xml_node *target = xml_child(n, "target");
	const char *device = xml_attr(p, n, "device");
	struct machine_disk *d = parts_disk(p, xml_line(n));

	if (device && !word_in(device, known))
		return err_set(e, ERR_UNSUPPORTED,
			       "line %llu: a disk of the kind %s is not known here",
			       (unsigned long long)xml_line(n),
			       escape_short(slice_str(device)).text);
	for (size_t i = 0; known[i]; i++)
		if (text_is(device, known[i]))
			d->device = known[i];
	d->target = xml_attr(p, target, "dev");
	d->bus = bus_of(p, target, d->target);
	d->storage = xml_attr(p, n, "type");
	d->file = source_file(p, xml_child(n, "source"));
	d->pool = xml_attr(p, xml_child(n, "source"), "pool");
	d->format = xml_attr(p, xml_child(n, "driver"), "type");
	if (text_is(d->format, "aio"))
		d->format = "raw"; /* Xen's old <driver name='tap' type='aio'/> */
	d->readonly = xml_child(n, "readonly") || text_is(d->device, "cdrom");
	if (text_is(d->bus, "scsi") || text_is(d->bus, "sata"))
		d->model = controller_model(p, devices, xml_child(n, "address"), d->bus);
	set_disk_kind(d, &p->m);
	parts_entry(p, xml_source(n), d->line, &d->entry, &d->offset);
	return xml_number(p, xml_child(n, "boot"), "order", 1000, &d->boot_order, e);
}

/* <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/> */
static const char *place_of(struct parts *p, const struct xml_node *address)
{
	static const char *const names[] = {"domain", "bus", "slot", "function"};
	static const uint64_t max[] = {0xffff, 0xff, 0x1f, 7};
	uint64_t n[ARRAY_LEN(names)] = {0};

	if (!text_is(xml_attr(p, address, "type"), "pci"))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *text = xml_attr(p, address, names[i]);
		struct slice s = slice_str(text ? text : "0x0");

		if (!slice_starts(s, "0x") || !slice_sub(s, 2, s.n - 2, &s) ||
		    !text_hex(s, max[i], &n[i]))
			return NULL;
	}
	return parts_printf(p, "%04x:%02x:%02x.%x", (unsigned)n[0], (unsigned)n[1],
			    (unsigned)n[2], (unsigned)n[3]);
}

static void read_nic(struct parts *p, const struct xml_node *n)
{
	const struct xml_node *source = xml_child(n, "source");
	struct machine_nic *nic = parts_nic(p, xml_line(n));
	bool xen = text_is(p->m.hypervisor, "xen");

	nic->type = xml_attr(p, n, "type");
	nic->model = xml_attr(p, xml_child(n, "model"), "type");
	nic->mac = xml_attr(p, xml_child(n, "mac"), "address");
	nic->network = xml_attr(p, source, "bridge");
	if (!nic->network)
		nic->network = xml_attr(p, source, "network");
	if (!nic->network)
		nic->network = xml_attr(p, source, "dev");
	nic->place = place_of(p, xml_child(n, "address"));
	parts_entry(p, xml_source(n), nic->line, &nic->entry, &nic->offset);
	if (text_is(nic->type, "hostdev"))
		return; /* a card of the host itself */
	nic->pv = model_is_pv(nic->model) || !text_is(p->m.kind, "hvm") ||
		  (xen && !nic->model);
	nic->emulated = text_is(p->m.kind, "hvm") && !model_is_pv(nic->model) &&
			(nic->model || xen);
}

/* <boot dev='hd'/> of <os>, when no device has an order of its own. */
static void read_boot(struct parts *p, const struct xml_node *domain)
{
	static const struct {
		const char *word, *device;
	} kinds[] = {{"hd", "disk"}, {"cdrom", "cdrom"}, {"fd", "floppy"}};

	for (size_t i = 0; i < p->m.disks.n; i++)
		if (p->m.disks.v[i].boot_order)
			return;
	XML_EACH (n, xml_child(domain, "os"), "boot") {
		const char *word = xml_attr(p, n, "dev");

		for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
			if (text_is(word, kinds[i].word))
				parts_boot_next(p, kinds[i].device);
	}
}

static int read_domain(struct parts *p, const struct xml_node *domain, struct err *e)
{
	const struct xml_node *devices = xml_child(domain, "devices");
	const struct xml_node *vcpu = xml_child(domain, "vcpu");
	const struct xml_node *memory = xml_child(domain, "currentMemory");
	int r = read_size(p, memory ? memory : xml_child(domain, "memory"), &p->m.memory,
			  e);

	if (r >= 0)
		r = xml_number(p, vcpu, xml_attr(p, vcpu, "current") ? "current" : NULL,
			       1u << 16, &p->m.vcpus, e);
	p->m.name = xml_text(p, xml_child(domain, "name"));
	read_system(p, domain);
	XML_EACH (n, devices, "disk") {
		if (r >= 0)
			r = read_disk(p, devices, n, e);
	}
	XML_EACH (n, devices, "interface")
		read_nic(p, n);
	if (r >= 0)
		read_boot(p, domain);
	return r;
}

static int parse(struct slice text, struct parts *p, struct err *e)
{
	struct xml_node *root = NULL;
	int r = xml_parse(text, p, &root, e);

	return r < 0 ? r : read_domain(p, root, e);
}

const struct machine_format machine_libvirt = {
	.name = "libvirt",
	.doc = "libvirt domain XML",
	.recognise = recognise,
	.parse = parse,
};
