/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* VMX files and OVF envelopes. */
#include "machine-test.h"

static const char vmx[] = "#!/usr/bin/vmware\n"
			  ".encoding = \"UTF-8\"\n"
			  "config.version = \"8\"\n"
			  "displayName = \"web |22one|22\"\n"
			  "guestOS = \"rhel5-64\"\n"
			  "memsize = \"1024\"\n"
			  "numvcpus = \"2\"\n"
			  "firmware = \"efi\"\n"
			  "bios.bootOrder = \"cdrom, hdd\"\n"
			  "scsi0.present = \"TRUE\"\n"
			  "scsi0.virtualDev = \"pvscsi\"\n"
			  "SCSI0:0.PRESENT = \"true\"\n"
			  "scsi0:0.fileName = \"web.vmdk\"\n"
			  "scsi0:9.present = \"TRUE\"\n"
			  "scsi0:9.fileName = \"/vmfs/volumes/x/data.vmdk\"\n"
			  "scsi1.present = \"TRUE\"\n"
			  "scsi1:0.present = \"TRUE\"\n"
			  "scsi2:0.present = \"TRUE\"\n"
			  "ide1:0.present = \"TRUE\"\n"
			  "ide1:0.deviceType = \"cdrom-image\"\n"
			  "ide1:0.fileName = \"linux.iso\"\n"
			  "ide0:0.present = \"FALSE\"\n"
			  "nvme0.present = \"TRUE\"\n"
			  "nvme0:0.present = \"TRUE\"\n"
			  "ethernet0.present = \"TRUE\"\n"
			  "ethernet0.virtualDev = \"vmxnet3\"\n"
			  "ethernet0.generatedAddress = \"00:50:56:00:00:01\"\n"
			  "ethernet0.networkName = \"VM Network\"\n"
			  "ethernet0.pciSlotNumber = \"192\"\n"
			  "ethernet1.present = \"TRUE\"\n"
			  "ethernet1.virtualDev = \"e1000\"\n"
			  "ethernet2.present = \"TRUE\"\n";

static void test_vmx(void **state)
{
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, vmx);
	assert_string_equal(c->m.format, "vmx");
	assert_string_equal(c->m.name, "web \"one\"");
	assert_string_equal(c->m.hypervisor, "vmware");
	assert_string_equal(c->m.firmware, "uefi");
	assert_string_equal(c->m.arch, "x86_64");
	assert_int_equal(c->m.memory, 1024 << 20);
	assert_int_equal(c->m.vcpus, 2);
	assert_int_equal(c->m.disks.n, 5);
	d = disk_at(&c->m, "sda");
	assert_null(d->entry);
	assert_string_equal(d->file, "web.vmdk");
	assert_string_equal(d->format, "vmdk");
	assert_string_equal(d->model, "pvscsi");
	assert_true(d->pv && !d->emulated);
	assert_int_equal(d->line, 13);
	assert_string_equal(disk_at(&c->m, "sdi")->file, "/vmfs/volumes/x/data.vmdk");
	d = disk_at(&c->m, "sdp");
	assert_true(!d->pv && !d->emulated); /* no virtualDev */
	d = disk_at(&c->m, "hdc");
	assert_string_equal(d->device, "cdrom");
	assert_true(d->emulated && d->readonly);
	assert_int_equal(d->boot_order, 1);
	assert_true(disk_at(&c->m, "nvme0n1")->emulated);
	assert_int_equal(c->m.nics.n, 3);
	assert_true(c->m.nics.v[0].pv && !c->m.nics.v[0].emulated);
	assert_string_equal(c->m.nics.v[0].mac, "00:50:56:00:00:01");
	assert_string_equal(c->m.nics.v[0].place, "192");
	assert_null(c->m.nics.v[1].place);
	assert_true(!c->m.nics.v[1].pv && c->m.nics.v[1].emulated);
	assert_true(has_remark(&c->m, "network card 3 (line 32)"));
}

static void test_vmx_damage(void **state)
{
	struct machine_case *c = *state;

	refuse_text(c, "config.version = \"8\"\nhello\n", ERR_CORRUPT, "line 2: no `key");
	refuse_text(c, "config.version = \"8\"\na = \"b\n", ERR_CORRUPT, "line 2");
	refuse_text(c, "config.version = \"8\"\nmemsize = \"-1\"\n", ERR_CORRUPT,
		    "line 2: memsize");
}

#define OVF(system, files, disks, items) \
	"<?xml version=\"1.0\"?>\n<ovf:Envelope " \
	"xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\" " \
	"xmlns:rasd=\"http://r\" xmlns:vmw=\"http://v\">" \
	"<References>" files "</References><DiskSection>" disks "</DiskSection>\n" \
	"<VirtualSystem ovf:id=\"web\">" \
	"<OperatingSystemSection ovf:id=\"80\" vmw:osType=\"rhel5_64Guest\"/>" \
	"<VirtualHardwareSection><System><VirtualSystemType>" system \
	"</VirtualSystemType></System>\n" items "</VirtualHardwareSection>" \
	"</VirtualSystem></ovf:Envelope>\n"
#define ITEM(id, type, more) \
	"<Item><rasd:InstanceID>" id "</rasd:InstanceID><rasd:ResourceType>" type \
	"</rasd:ResourceType>" more "</Item>\n"
#define FILES "<File ovf:id=\"f1\" ovf:href=\"web-disk1.vmdk\"/>"
#define DISKS \
	"<Disk ovf:diskId=\"d1\" ovf:fileRef=\"f1\" " \
	"ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html\"/>" \
	"<Disk ovf:diskId=\"d2\"/>"
#define DRIVE(id, parent, at, resource) \
	ITEM(id, "17", \
	     "<rasd:Parent>" parent "</rasd:Parent><rasd:AddressOnParent>" at \
	     "</rasd:AddressOnParent><rasd:HostResource>" resource \
	     "</rasd:HostResource>")

static const char ovf[] = OVF(
	"vmx-10", FILES, DISKS,
	ITEM("1", "3", "<rasd:VirtualQuantity>2</rasd:VirtualQuantity>") ITEM(
		"2", "4",
		"<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>"
		"<rasd:VirtualQuantity>512</rasd:VirtualQuantity>")
		ITEM("3", "6", "<rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType>")
			ITEM("4", "5",
			     "") ITEM("5", "20",
				      "<rasd:ResourceSubType>vmware.sata.ahci</"
				      "rasd:ResourceSubType>") DRIVE("6", "3", "0",
								     "ovf:/disk/d1")
				DRIVE("7", "5", "1", "ovf:/disk/d2") ITEM(
					"8", "15",
					"<rasd:Parent>4</rasd:Parent>"
					"<rasd:AddressOnParent>0</rasd:AddressOnParent>")
					ITEM("9", "10",
					     "<rasd:ResourceSubType>VmxNet3</"
					     "rasd:ResourceSubType>"
					     "<rasd:Connection>VM "
					     "Network</rasd:Connection>") "<vmw:Config "
									  "vmw:key="
									  "\"firmware\" "
									  "vmw:value="
									  "\"efi\"/>");

static void test_ovf(void **state)
{
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, ovf);
	assert_string_equal(c->m.format, "ovf");
	assert_string_equal(c->m.name, "web");
	assert_string_equal(c->m.hypervisor, "vmware");
	assert_string_equal(c->m.arch, "x86_64");
	assert_string_equal(c->m.firmware, "uefi");
	assert_int_equal(c->m.memory, 512 << 20);
	assert_int_equal(c->m.vcpus, 2);
	assert_int_equal(c->m.disks.n, 3);
	d = disk_at(&c->m, "sda");
	assert_null(d->entry);
	assert_string_equal(d->file, "web-disk1.vmdk");
	assert_string_equal(d->format, "vmdk");
	assert_true(d->pv && !d->emulated);
	assert_int_equal(d->line, 9);
	d = disk_at(&c->m, "sdb");
	assert_string_equal(d->bus, "sata");
	assert_true(d->emulated && !d->file); /* made empty on import */
	d = disk_at(&c->m, "hda");
	assert_string_equal(d->device, "cdrom");
	assert_true(d->emulated);
	assert_int_equal(c->m.nics.n, 1);
	assert_true(c->m.nics.v[0].pv);
	assert_string_equal(c->m.nics.v[0].network, "VM Network");
}

static void test_ovf_damage(void **state)
{
	struct machine_case *c = *state;

	refuse_text(c, OVF("", "", "", DRIVE("6", "3", "0", "ovf:/disk/d1")), ERR_CORRUPT,
		    "line 4: a drive on the controller 3");
	refuse_text(
		c,
		OVF("", "", "", ITEM("3", "5", "") DRIVE("6", "3", "0", "ovf:/disk/d1")),
		ERR_CORRUPT, "no disk d1");
	refuse_text(c,
		    OVF("", "", DISKS,
			ITEM("3", "5", "") DRIVE("6", "3", "0", "ovf:/disk/d1")),
		    ERR_CORRUPT, "no file f1");
	refuse_text(c, OVF("", "", "", "<Item/>"), ERR_CORRUPT, "ResourceType");
	refuse_text(c, OVF("", "", "", ITEM("3", "5", "") DRIVE("6", "3", "4096", "")),
		    ERR_CORRUPT, "AddressOnParent");
	refuse_text(c, "<Envelope/>", ERR_CORRUPT, "no VirtualSystem");
	refuse_text(c, "<Envelope><VirtualSystem/></Envelope>", ERR_CORRUPT,
		    "VirtualHardwareSection");
	refuse_text(c,
		    "<Envelope><VirtualSystemCollection><VirtualSystem/>"
		    "<VirtualSystem/></VirtualSystemCollection></Envelope>",
		    ERR_UNSUPPORTED, "several machines");
}

static void test_configurations(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, OVF("", "", "",
			  "<Item ovf:configuration=\"small\"><rasd:ResourceType>3"
			  "</rasd:ResourceType></Item>"));
	assert_true(has_remark(&c->m, "several configurations"));
	assert_int_equal(c->m.vcpus, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_vmx),
		MACHINE_TEST(test_vmx_damage),
		MACHINE_TEST(test_ovf),
		MACHINE_TEST(test_ovf_damage),
		MACHINE_TEST(test_configurations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
