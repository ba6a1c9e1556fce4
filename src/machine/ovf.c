/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * OVF envelopes (DMTF DSP0243, 1.x and 2.x), with what VMware and VirtualBox add. The
 * hardware is a list of items of CIM_ResourceAllocationSettingData: a drive names its
 * controller by the controller's instance, and its image by way of <DiskSection> and
 * <References>.
 */
#include "escape.h"
#include "limits.h"
#include "text.h"
#include "xml.h"

/* CIM_ResourceAllocationSettingData.ResourceType */
enum resource {
	RESOURCE_CPU = 3,
	RESOURCE_MEMORY = 4,
	RESOURCE_IDE = 5,
	RESOURCE_SCSI = 6,
	RESOURCE_NIC = 10,
	RESOURCE_FLOPPY = 14,
	RESOURCE_CD = 15,
	RESOURCE_DVD = 16,
	RESOURCE_DISK = 17,
	RESOURCE_OTHER_STORAGE = 20
};

struct controller {
	const char *instance, *bus, *model;
	unsigned number; /* among those of its bus */
};

struct ovf {
	struct parts *p;
	const struct xml_node *envelope, *system, *hardware;
	VEC(struct controller) controllers;
	bool configurations;
};

static bool recognise(struct slice text)
{
	struct slice name = xml_root_name(text), prefix, local;

	return slice_eq(text_split(name, ':', &prefix, &local) ? local : name,
			"Envelope");
}

static const char *item_text(const struct ovf *o, const struct xml_node *item,
			     const char *name)
{
	return xml_text(o->p, xml_child(item, name));
}

/* OVF 2 has elements of their own for drives and network cards. */
static bool is_item(struct ovf *o, const struct xml_node *n)
{
	if (!xml_is(n, "Item") && !xml_is(n, "StorageItem") &&
	    !xml_is(n, "EthernetPortItem"))
		return false;
	if (!xml_attr(o->p, n, "configuration"))
		return true;
	o->configurations = true;
	return false;
}

#define EACH_ITEM(n, o) \
	for (const struct xml_node *n = xml_child((o)->hardware, NULL); n; \
	     n = xml_next(n, NULL)) \
		if (is_item((o), n))

static int resource_type(const struct ovf *o, const struct xml_node *item, uint64_t *ret,
			 struct err *e)
{
	if (!xml_child(item, "ResourceType"))
		return err_set(e, ERR_CORRUPT, "line %llu: an item without ResourceType",
			       (unsigned long long)xml_line(item));
	return xml_number(o->p, xml_child(item, "ResourceType"), NULL, 65535, ret, e);
}

/* "AHCI", "vmware.sata.ahci", "vmware.nvme.controller", "virtio-scsi" */
static const char *bus_of(uint64_t type, const char *model)
{
	if (type == RESOURCE_IDE)
		return "ide";
	if (type == RESOURCE_SCSI || text_holds(model, "scsi") ||
	    text_holds(model, "sas"))
		return "scsi";
	if (text_holds(model, "nvme"))
		return "nvme";
	return text_holds(model, "ahci") || text_holds(model, "sata") ? "sata" : NULL;
}

/* VirtualBox and VMware list alternatives, the one to take first. */
static const char *first_word(const struct ovf *o, const char *s)
{
	struct slice rest = s ? slice_str(s) : SLICE_NONE, word;

	return text_word(&rest, &word) ? parts_dup(o->p, word) : NULL;
}

static int read_controller(struct ovf *o, const struct xml_node *item, uint64_t type,
			   struct err *e)
{
	struct controller c = {.instance = item_text(o, item, "InstanceID")};

	c.model = first_word(o, item_text(o, item, "ResourceSubType"));
	c.bus = bus_of(type, c.model);
	for (size_t i = 0; i < o->controllers.n; i++)
		if (text_is(o->controllers.v[i].bus, c.bus ? c.bus : ""))
			c.number++;
	if (o->controllers.n == LIMIT_MACHINE_DEVICES)
		return err_set(e, ERR_LIMIT, "more than %d controllers",
			       LIMIT_MACHINE_DEVICES);
	return vec_push(o->p->arena, &o->controllers, c) ? 0 : arena_full(o->p->arena, e);
}

static int find_controllers(struct ovf *o, struct err *e)
{
	EACH_ITEM (n, o) {
		uint64_t type;
		int r = resource_type(o, n, &type, e);

		if (r >= 0 && (type == RESOURCE_IDE || type == RESOURCE_SCSI ||
			       type == RESOURCE_OTHER_STORAGE))
			r = read_controller(o, n, type, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static const struct xml_node *by_attribute(const struct ovf *o,
					   const struct xml_node *list,
					   const char *element, const char *attribute,
					   const char *value)
{
	XML_EACH (n, list, element) {
		if (value && text_is(xml_attr(o->p, n, attribute), value))
			return n;
	}
	return NULL;
}

/* DSP0243 leaves the address that means a format to its maker. */
static const char *format_of(const char *uri)
{
	static const struct {
		const char *part, *format;
	} formats[] = {{"vmdk", "vmdk"},
		       {"qcow", "qcow2"},
		       {"vhdx", "vhdx"},
		       {"vhd", "vpc"},
		       {"raw", "raw"}};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (text_holds(uri, formats[i].part))
			return formats[i].format;
	return NULL;
}

/* "ovf:/disk/vmdisk1" is a row of <DiskSection>, "ovf:/file/file1" one of <References>.
 */
static int find_image(const struct ovf *o, const struct xml_node *item,
		      struct machine_disk *d, struct err *e)
{
	const char *resource = item_text(o, item, "HostResource");
	struct slice s = resource ? slice_str(resource) : SLICE_NONE, id = s;
	const struct xml_node *disk = NULL, *file;
	const char *name, *format;

	if (!resource)
		return 0;
	while (text_split(id, '/', &s, &id))
		continue;
	name = parts_dup(o->p, id);
	if (text_holds(resource, "disk/")) {
		disk = by_attribute(o, xml_child(o->envelope, "DiskSection"), "Disk",
				    "diskId", name);
		if (!disk)
			return err_set(e, ERR_CORRUPT,
				       "line %llu: there is no disk %s in DiskSection",
				       (unsigned long long)xml_line(item),
				       escape_short(id).text);
		name = xml_attr(o->p, disk, "fileRef");
	}
	file = by_attribute(o, xml_child(o->envelope, "References"), "File", "id", name);
	if (name && !file)
		return err_set(e, ERR_CORRUPT,
			       "line %llu: there is no file %s in References",
			       (unsigned long long)xml_line(item),
			       escape_short(slice_str(name)).text);
	d->file = xml_attr(o->p, file, "href");
	format = xml_attr(o->p, disk, "format");
	d->packed = xml_attr(o->p, file, "compression");
	if (text_is(d->packed, "identity"))
		d->packed = NULL;
	d->format = format_of(format);
	if (xml_attr(o->p, file, "chunkSize"))
		d->storage = "pieces";
	if (disk && xml_attr(o->p, disk, "parentRef"))
		d->storage = "delta";
	return 0;
}

static const char *drive_name(const struct ovf *o, const struct controller *c,
			      unsigned at)
{
	if (text_is(c->bus, "ide"))
		return parts_drive_name(o->p, "hd", c->number * 2 + at);
	if (text_is(c->bus, "nvme"))
		return parts_printf(o->p, "nvme%un%u", c->number, at + 1);
	if (text_is(c->bus, "sata"))
		return parts_drive_name(o->p, "sd", c->number * 30 + at);
	return parts_drive_name(o->p, "sd", c->number * 15 + (at > 7 ? at - 1 : at));
}

static int place_drive(const struct ovf *o, const struct xml_node *item,
		       struct machine_disk *d, struct err *e)
{
	enum { UNITS = 64, CONTROLLERS = 8 };
	const char *parent = item_text(o, item, "Parent");
	const struct controller *c = NULL;
	uint64_t at;
	int r = xml_number(o->p, xml_child(item, "AddressOnParent"), NULL, UNITS, &at, e);

	for (size_t i = 0; i < o->controllers.n && parent; i++)
		if (text_is(o->controllers.v[i].instance, parent))
			c = &o->controllers.v[i];
	if (r < 0)
		return r;
	if (!c)
		return err_set(e, ERR_CORRUPT,
			       "line %llu: a drive on the controller %s, which is not "
			       "described",
			       (unsigned long long)xml_line(item),
			       parent ? escape_short(slice_str(parent)).text : "?");
	d->bus = c->bus;
	d->model = c->model;
	if (c->bus && c->number < CONTROLLERS)
		d->target = drive_name(o, c, (unsigned)at);
	d->pv = model_is_pv(c->model);
	d->emulated = !d->pv && c->bus && (c->model || !text_is(c->bus, "scsi"));
	return 0;
}

static int read_drive(struct ovf *o, const struct xml_node *item, uint64_t type,
		      struct err *e)
{
	struct machine_disk *d = parts_disk(o->p, xml_line(item));
	int r = 0;

	if (type == RESOURCE_FLOPPY) {
		d->device = d->bus = "floppy";
		d->target = "fda";
		d->emulated = true;
	} else {
		r = place_drive(o, item, d, e);
	}
	if (type == RESOURCE_CD || type == RESOURCE_DVD) {
		d->device = "cdrom";
		d->readonly = true;
	}
	return r < 0 ? r : find_image(o, item, d, e);
}

static void read_nic(const struct ovf *o, const struct xml_node *item)
{
	struct machine_nic *n = parts_nic(o->p, xml_line(item));

	n->model = first_word(o, item_text(o, item, "ResourceSubType"));
	n->mac = item_text(o, item, "Address");
	n->network = item_text(o, item, "Connection");
	n->pv = model_is_pv(n->model);
	n->emulated = n->model && !n->pv;
}

/* "byte * 2^20" as the standard has it, and what is found besides. */
static int read_memory(const struct ovf *o, const struct xml_node *item, struct err *e)
{
	const char *unit = item_text(o, item, "AllocationUnits");
	uint64_t count, shift = 0;
	struct slice base, power;
	int r = xml_number(o->p, xml_child(item, "VirtualQuantity"), NULL, 1ull << 40,
			   &count, e);

	if (r < 0)
		return r;
	if (!unit || text_is(unit, "MegaBytes") || text_is(unit, "MB"))
		shift = 20;
	else if (text_is(unit, "GigaBytes") || text_is(unit, "GB"))
		shift = 30;
	else if (text_split(slice_str(unit), '^', &base, &power) &&
		 text_u64(text_trim(power), 40, &shift))
		shift += 0;
	else if (!text_is(unit, "byte"))
		return err_set(e, ERR_CORRUPT,
			       "line %llu: a unit of memory makes no "
			       "sense: %s",
			       (unsigned long long)xml_line(item),
			       escape_short(slice_str(unit)).text);
	if (__builtin_mul_overflow(count, 1ull << shift, &o->p->m.memory))
		return err_set(e, ERR_CORRUPT, "line %llu: more memory than can be",
			       (unsigned long long)xml_line(item));
	return 0;
}

static int read_item(struct ovf *o, const struct xml_node *item, struct err *e)
{
	uint64_t type;
	int r = resource_type(o, item, &type, e);

	if (r < 0)
		return r;
	switch (type) {
	case RESOURCE_CPU:
		return xml_number(o->p, xml_child(item, "VirtualQuantity"), NULL, 1 << 16,
				  &o->p->m.vcpus, e);
	case RESOURCE_MEMORY:
		return read_memory(o, item, e);
	case RESOURCE_FLOPPY:
	case RESOURCE_CD:
	case RESOURCE_DVD:
	case RESOURCE_DISK:
		return read_drive(o, item, type, e);
	case RESOURCE_NIC:
		read_nic(o, item);
		return 0;
	default:
		return 0;
	}
}

/* Makers' additions say what the standard leaves open. */
static void read_extensions(struct ovf *o)
{
	const struct xml_node *section = xml_child(o->system, "OperatingSystemSection");
	const struct xml_node *box = xml_child(o->system, "Machine");
	const struct xml_node *firmware =
		xml_child(xml_child(box, "Hardware"), "Firmware");
	const char *system = xml_attr(o->p, section, "osType");
	const char *type = xml_text(
		o->p, xml_child(xml_child(o->hardware, "System"), "VirtualSystemType"));
	const char *word = firmware ? xml_attr(o->p, firmware, "type") : NULL;

	if (!system)
		system = item_text(o, section, "OSType");
	if (system)
		o->p->m.arch = text_holds(system, "64") ? "x86_64" : "i686";
	o->p->m.hypervisor = text_holds(type, "vmx")          ? "vmware"
			     : text_holds(type, "virtualbox") ? "virtualbox"
							      : NULL;
	XML_EACH (n, o->hardware, "Config")
		if (text_is(xml_attr(o->p, n, "key"), "firmware"))
			word = xml_attr(o->p, n, "value");
	if (word)
		o->p->m.firmware = text_holds(word, "efi") ? "uefi" : "bios";
}

static int find_system(struct ovf *o, struct err *e)
{
	struct xml_node *system = xml_child(o->envelope, "VirtualSystem");
	struct xml_node *all = xml_child(o->envelope, "VirtualSystemCollection");

	if (!system)
		system = xml_child(all, "VirtualSystem");
	if (!system)
		return err_set(e, ERR_CORRUPT, "the envelope holds no VirtualSystem");
	if (xml_next(system, "VirtualSystem") ||
	    xml_child(all, "VirtualSystemCollection"))
		return err_set(e, ERR_UNSUPPORTED,
			       "the envelope holds several machines, and one can be "
			       "judged at a time");
	o->system = system;
	o->hardware = xml_child(system, "VirtualHardwareSection");
	return o->hardware ? 0
			   : err_set(e, ERR_CORRUPT,
				     "line %llu: a machine without "
				     "VirtualHardwareSection",
				     (unsigned long long)xml_line(system));
}

static int read_envelope(struct ovf *o, struct err *e)
{
	int r = find_system(o, e);

	if (r < 0)
		return r;
	o->p->m.kind = "hvm";
	o->p->m.name = item_text(o, o->system, "Name");
	if (!o->p->m.name)
		o->p->m.name = xml_attr(o->p, o->system, "id");
	r = find_controllers(o, e);
	EACH_ITEM (n, o) {
		if (r >= 0)
			r = read_item(o, n, e);
	}
	read_extensions(o);
	if (o->configurations)
		parts_remark(o->p, "the description offers several configurations: only "
				   "what is common to all was read");
	return r;
}

static int parse(struct slice text, struct parts *p, struct err *e)
{
	struct xml_node *root = NULL;
	struct ovf o = {.p = p};
	int r = xml_parse(text, p, &root, e);

	if (r < 0)
		return r;
	o.envelope = root;
	return read_envelope(&o, e);
}

const struct machine_format machine_ovf = {
	.name = "ovf",
	.doc = "an OVF envelope",
	.recognise = recognise,
	.parse = parse,
};
