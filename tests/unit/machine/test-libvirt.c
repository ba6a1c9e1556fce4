/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt domain XML of KVM and Xen, and XML that wants more than it may. */
#include "machine-test.h"

#define KVM(os, devices) \
	"<?xml version='1.0'?>\n<!-- <domain> -->\n<domain type='kvm'><name>web</name>" \
	"<memory>2097152</memory><currentMemory unit='MiB'>1024</currentMemory>" \
	"<vcpu current='2'>4</vcpu>" os "<devices>\n" devices "</devices></domain>\n"
#define OS "<os><type arch='x86_64' machine='q35'>hvm</type><boot dev='hd'/></os>"

static const char kvm[] =
	KVM(OS, "<disk type='file'><driver name='qemu' type='qcow2'/>"
		"<source file='/img/web.qcow2'/><target dev='vda' bus='virtio'/></disk>\n"
		"<disk type='block' device='disk'><source dev='/dev/vg/b'/>"
		"<target dev='sda' bus='scsi'/>"
		"<address type='drive' controller='1' unit='0'/></disk>\n"
		"<disk type='file' device='disk'><source file='/c'/>"
		"<target dev='sdb' bus='scsi'/></disk>\n"
		"<disk type='network' device='disk'><source protocol='rbd' name='p/i'/>"
		"<target dev='hda'/></disk>\n"
		"<disk type='file' device='cdrom'><target dev='sdc' bus='sata'/></disk>\n"
		"<controller type='scsi' index='0'/>"
		"<controller type='scsi' index='1' model='virtio-scsi'/>"
		"<interface type='network'><mac address='52:54:00:00:00:01'/>"
		"<source network='default'/><model type='virtio'/></interface>\n"
		"<interface type='bridge'><source bridge='br0'/><model type='e1000'/>"
		"</interface><interface type='user'/><interface type='hostdev'/>\n");

static void test_kvm(void **state)
{
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, kvm);
	assert_string_equal(c->m.format, "libvirt");
	assert_string_equal(c->m.name, "web");
	assert_string_equal(c->m.hypervisor, "kvm");
	assert_string_equal(c->m.kind, "hvm");
	assert_string_equal(c->m.firmware, "bios");
	assert_string_equal(c->m.arch, "x86_64");
	assert_int_equal(c->m.memory, 1024 << 20);
	assert_int_equal(c->m.vcpus, 2);
	d = disk_at(&c->m, "vda");
	assert_true(d->pv && !d->emulated);
	assert_string_equal(d->file, "/img/web.qcow2");
	assert_string_equal(d->format, "qcow2");
	assert_int_equal(d->line, 4);
	d = disk_at(&c->m, "sda");
	assert_string_equal(d->model, "virtio-scsi");
	assert_true(d->pv && !d->emulated);
	d = disk_at(&c->m, "sdb");
	assert_true(!d->pv && !d->emulated);
	assert_true(has_remark(&c->m, "sdb (line 6): the model of its controller"));
	d = disk_at(&c->m, "hda");
	assert_string_equal(d->bus, "ide");
	assert_string_equal(d->file, "p/i");
	assert_true(d->emulated);
	assert_int_equal(d->boot_order, 1); /* firmware reads it without a PV driver */
	d = disk_at(&c->m, "sdc");
	assert_true(d->emulated && d->readonly && !d->file);
}

static void test_places_of_cards(void **state)
{
	static const char *const rows[][2] = {
		{"<address type='pci' domain='0x0000' bus='0x01' slot='0x1f' "
		 "function='0x2'/>",
		 "0000:01:1f.2"},
		{"<address type='pci' bus='0x0a'/>", "0000:0a:00.0"},
		{"<address type='ccw' bus='0x01'/>", NULL},
		{"<address type='pci' bus='1'/>", NULL},
		{"<address type='pci' bus='0x'/>", NULL},
		{"<address type='pci' slot='0x20'/>", NULL},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[400];
		const char *place;

		snprintf(text, sizeof(text),
			 "<domain type='kvm'><devices><interface type='network'>%s"
			 "</interface></devices></domain>",
			 rows[i][0]);
		parse_text(c, text);
		place = c->m.nics.v[0].place;
		assert_int_equal(place != NULL, rows[i][1] != NULL);
		if (place)
			assert_string_equal(place, rows[i][1]);
	}
}

static void test_cards(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, kvm);
	assert_int_equal(c->m.nics.n, 4);
	assert_true(c->m.nics.v[0].pv && !c->m.nics.v[0].emulated);
	assert_string_equal(c->m.nics.v[0].network, "default");
	assert_true(!c->m.nics.v[1].pv && c->m.nics.v[1].emulated);
	assert_true(!c->m.nics.v[2].pv && !c->m.nics.v[2].emulated);
	assert_true(has_remark(&c->m, "network card 3 (line 10): its model"));
	assert_false(has_remark(&c->m, "network card 4"));
}

static void test_firmware(void **state)
{
	static const struct {
		const char *text, *firmware;
	} cases[] = {
		{KVM("<os firmware='efi'><type arch='x86_64'>hvm</type></os>", ""),
		 "uefi"},
		{KVM("<os><type arch='x86_64'>hvm</type><loader type='pflash'>/x</loader>"
		     "</os>",
		     ""),
		 "uefi"},
		{KVM("<os firmware='bios'><type>hvm</type></os>", ""), "bios"},
		{KVM("<os><type arch='aarch64'>hvm</type></os>", ""), NULL},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		parse_text(c, cases[i].text);
		assert_string_equal(c->m.firmware ? c->m.firmware : "-",
				    cases[i].firmware ? cases[i].firmware : "-");
	}
}

static void test_xen(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, "<domain type='xen' id='3'><name>x</name>"
		      "<os><type>hvm</type></os><devices>"
		      "<disk type='file'><driver name='tap' type='aio'/>"
		      "<source file='/u.dsk'/><target dev='xvda'/></disk>"
		      "<disk type='file'><driver name='file'/><source file='/u.dsk'/>"
		      "<target dev='hda'/></disk>"
		      "<interface type='bridge'><model type='netfront'/></interface>"
		      "<interface type='bridge'/></devices></domain>");
	assert_true(c->m.disks.v[0].pv && !c->m.disks.v[0].emulated);
	assert_string_equal(c->m.disks.v[0].format, "raw");
	assert_true(!c->m.disks.v[1].pv && c->m.disks.v[1].emulated);
	assert_true(c->m.nics.v[0].pv && !c->m.nics.v[0].emulated);
	assert_true(c->m.nics.v[1].pv && c->m.nics.v[1].emulated);
	assert_true(has_remark(&c->m, "xvda and hda are both /u.dsk"));
	parse_text(c, "<domain type='xen'><os><type machine='xenpv'>linux</type></os>"
		      "<devices><interface type='bridge'/></devices></domain>");
	assert_string_equal(c->m.kind, "pv");
	assert_true(c->m.nics.v[0].pv && !c->m.nics.v[0].emulated);
	parse_text(c, "<domain type='xen'><os><type>xenpvh</type></os></domain>");
	assert_string_equal(c->m.kind, "pvh");
	parse_text(c, "<domain type='lxc'><os><type>exe</type></os></domain>");
	assert_null(c->m.kind);
	assert_true(has_remark(&c->m, "is not known"));
}

static void test_boot(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, KVM(OS, "<disk><target dev='vda'/><boot order='2'/></disk>"
			      "<disk><target dev='vdb'/><boot order='1'/></disk>"));
	assert_int_equal(disk_at(&c->m, "vda")->boot_order, 2);
	assert_int_equal(disk_at(&c->m, "vdb")->boot_order, 1);
}

static void test_hostile(void **state)
{
	struct machine_case *c = *state;

	refuse_text(c,
		    "<!DOCTYPE domain [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>"
		    "<domain><name>&b;</name></domain>",
		    ERR_UNSUPPORTED, "document type");
	refuse_text(c, "<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>",
		    ERR_UNSUPPORTED, "document type");
	refuse_text(c, "<domain>\n<name>x</domain>", ERR_CORRUPT, "line 2");
	refuse_text(c, "<domain><name>&b;</name></domain>", ERR_CORRUPT, "line 1");
	refuse_text(c, "<domain><name>\xff</name></domain>", ERR_CORRUPT, "line 1");
	refuse_text(c, "<domain><vcpu>many</vcpu></domain>", ERR_CORRUPT, "vcpu");
	refuse_text(c, "<domain><memory unit='stones'>3</memory></domain>", ERR_CORRUPT,
		    "stones");
	refuse_text(c, "<domain><memory unit='TiB'>1125899906842624</memory></domain>",
		    ERR_CORRUPT, "memory");
	refuse_text(c, "<domain><devices><disk device='tape'/></devices></domain>",
		    ERR_UNSUPPORTED, "tape");
	refuse_text(c, "<domain", ERR_CORRUPT, "XML");
	refuse_text(c, "<!-- <domain>", ERR_UNSUPPORTED, "no description");
	refuse_text(c, "<network><name>x</name></network>", ERR_UNSUPPORTED,
		    "no description");
}

static void test_entries(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf<domain type='xen'><os><type>hvm</type></os><devices>\r\n"
		"<disk type='file'\n ><!-- > --><target dev='hdb'/></disk>"
		"<disk><source file='&lt;&#x61;'/><target dev='hdc'/></disk >\n"
		"<disk/>\n<x:interface type='bridge' /></devices></domain>";
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, text);
	d = disk_at(&c->m, "hdb");
	is_entry(text, d->entry, d->offset,
		 "<disk type='file'\n ><!-- > --><target dev='hdb'/></disk>");
	d = disk_at(&c->m, "hdc");
	is_entry(text, d->entry, d->offset,
		 "<disk><source file='&lt;&#x61;'/><target dev='hdc'/></disk >");
	is_entry(text, c->m.disks.v[2].entry, c->m.disks.v[2].offset, "<disk/>");
	is_entry(text, c->m.nics.v[0].entry, c->m.nics.v[0].offset,
		 "<x:interface type='bridge' />");
}

static void test_cut(void **state)
{
	struct machine_case *c = *state;

	for (size_t n = 0; n + 2 < sizeof(kvm); n++) {
		struct arena_mark mark = arena_mark(c->arena);

		assert_true(machine_parse(slice_of(kvm, n), "cut", c->arena, &c->m,
					  &c->e) < 0);
		arena_rewind(c->arena, mark);
	}
}

static void test_caps(void **state)
{
	struct machine_case *c = *state;
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(2 << 20);

	strbuf_str(&b, "<domain><devices>");
	for (unsigned i = 0; i <= LIMIT_MACHINE_DEVICES; i++)
		strbuf_str(&b, "<disk><target dev='vda'/></disk>");
	strbuf_str(&b, "</devices></domain>");
	refuse_text(c, strbuf_text(&b), ERR_LIMIT, "more than 512 disks");
	while (b.n <= LIMIT_MACHINE_FILE)
		strbuf_str(&b, "                                ");
	refuse_text(c, strbuf_text(&b), ERR_LIMIT, "bytes");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_kvm),      MACHINE_TEST(test_cards),
		MACHINE_TEST(test_firmware), MACHINE_TEST(test_xen),
		MACHINE_TEST(test_boot),     MACHINE_TEST(test_hostile),
		MACHINE_TEST(test_cut),      MACHINE_TEST(test_caps),
		MACHINE_TEST(test_entries),  MACHINE_TEST(test_places_of_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
