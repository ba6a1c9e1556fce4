/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which files a description names as disks, in which order, and what is none. */
#include "machine-test.h"

#include "images.h"

static machine_image_list images_of(struct machine_case *c, const char *text)
{
	machine_image_list list = {0};

	parse_text(c, text);
	if (machine_images(&c->m, c->arena, &list, &c->e) < 0)
		fail_msg("%s", c->e.text);
	return list;
}

static void refuse(struct machine_case *c, const char *text, enum err_code code,
		   const char *words)
{
	machine_image_list list = {0};

	parse_text(c, text);
	err_clear(&c->e);
	assert_int_equal(machine_images(&c->m, c->arena, &list, &c->e), -(int)code);
	if (!strstr(c->e.text, words))
		fail_msg("no \"%s\" in: %s", words, c->e.text);
}

#define DOMAIN(disks) \
	"<domain type='kvm'><os><type>hvm</type></os><devices>" disks \
	"</devices></domain>"
#define DISK(type, source, more) \
	"<disk type='" type "'><source " source "/>" more "</disk>\n"

static void test_the_boot_disk_is_first(void **state)
{
	machine_image_list list = images_of(
		*state,
		DOMAIN(DISK("file", "file='/a'", "<target dev='vda'/>") DISK(
			"file", "file='/b'",
			"<driver type='qcow2'/><target dev='vdb'/>"
			"<boot order='2'/>") DISK("block", "dev='/dev/c'",
						  "<target dev='vdc'/><boot order='1'/>")
			       DISK("file", "file='/d.iso'", "<target dev='hda'/>")));

	assert_int_equal(list.n, 4);
	assert_string_equal(list.v[0].file, "/dev/c");
	assert_string_equal(list.v[0].format, "raw");
	assert_string_equal(list.v[1].file, "/b");
	assert_string_equal(list.v[1].format, "qcow2");
	assert_string_equal(list.v[2].file, "/a");
	assert_int_equal(list.v[2].line, 1);
	assert_string_equal(list.v[3].file, "/d.iso");
}

static void test_removable_and_empty_drives_are_none(void **state)
{
	static const char cdrom[] =
		"config.version = \"8\"\n"
		"ide0:0.present = \"TRUE\"\nide0:0.fileName = \"a.iso\"\n"
		"ide0:1.present = \"TRUE\"\nide0:1.fileName = \"disk.vmdk\"\n"
		"floppy0.present = \"TRUE\"\nfloppy0.fileName = \"f.img\"\n";
	machine_image_list list = images_of(*state, cdrom);

	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0].file, "disk.vmdk");
	assert_string_equal(list.v[0].format, "vmdk");
	assert_int_equal(list.v[0].line, 5);
	refuse(*state, "config.version = \"8\"\nide0:0.present = \"TRUE\"\n", ERR_ABSENT,
	       "names no disk");
}

static void test_an_image_offered_twice_is_one(void **state)
{
	struct machine_case *c = *state;
	machine_image_list list =
		images_of(c, "builder = \"hvm\"\n"
			     "disk = [ 'file:/x,hda,w', 'tap:aio:/x,xvda,w',\n"
			     "'/y,vhd,xvdb,w' ]\n");

	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[1].format, "vpc");
	list.v[0].disk = "X";
	list.v[1].disk = "Y";
	machine_match_images(&c->m, &list);
	assert_true(c->m.finds_disks);
	assert_string_equal(c->m.disks.v[0].disk, "X");
	assert_string_equal(c->m.disks.v[1].disk, "X");
	assert_string_equal(c->m.disks.v[2].disk, "Y");
}

static void test_what_is_no_file_is_refused_by_name(void **state)
{
	machine_image_list list;

	refuse(*state, DOMAIN("\n" DISK("network", "protocol='rbd' name='pool/web'", "")),
	       ERR_UNSUPPORTED, "line 2: the disk pool/web (network) is no file");
	refuse(*state, DOMAIN(DISK("dir", "dir='/etc'", "")), ERR_UNSUPPORTED,
	       "/etc (dir) is no file");
	refuse(*state,
	       "type = \"hvm\"\ndisk = [ 'vdev=xvda,script=block-iscsi,target=iqn.x' ]\n",
	       ERR_UNSUPPORTED, "line 2: the disk iqn.x (script) is no file");
	list = images_of(*state, DOMAIN(DISK("volume", "pool='p' volume='v'", "")));
	assert_string_equal(list.v[0].pool, "p");
	assert_string_equal(list.v[0].file, "v");
}

#define OVF(file, disk) \
	"<Envelope><References><File id=\"f\" href=\"d\" " file "/></References>" \
	"<DiskSection><Disk diskId=\"d\" fileRef=\"f\" " disk "/></DiskSection>" \
	"<VirtualSystem id=\"x\"><VirtualHardwareSection>" \
	"<Item><InstanceID>1</InstanceID><ResourceType>5</ResourceType></Item>" \
	"<Item><AddressOnParent>0</AddressOnParent>" \
	"<HostResource>ovf:/disk/d</HostResource><InstanceID>2</InstanceID>" \
	"<Parent>1</Parent><ResourceType>17</ResourceType></Item>" \
	"</VirtualHardwareSection></VirtualSystem></Envelope>"

static void test_forms_of_ovf(void **state)
{
	static const struct {
		const char *text, *format;
	} rows[] = {
		{OVF("", ""), NULL},
		{OVF("compression=\"identity\"", "format=\"http://x/vmdk.html#sparse\""),
		 "vmdk"},
		{OVF("", "format=\"http://x/qcow-image-format.html\""), "qcow2"},
		{OVF("", "format=\"http://x/vhd\""), "vpc"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		machine_image_list list = images_of(*state, rows[i].text);

		assert_int_equal(list.n, 1);
		if (rows[i].format)
			assert_string_equal(list.v[0].format, rows[i].format);
		else
			assert_null(list.v[0].format);
	}
	refuse(*state, OVF("compression=\"gzip\"", ""), ERR_UNSUPPORTED,
	       "the disk d (gzip) is compressed");
	refuse(*state, OVF("chunkSize=\"512\"", ""), ERR_UNSUPPORTED,
	       "is cut into pieces");
	refuse(*state, OVF("", "parentRef=\"x\""), ERR_UNSUPPORTED, "(parentRef)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_the_boot_disk_is_first),
		MACHINE_TEST(test_removable_and_empty_drives_are_none),
		MACHINE_TEST(test_an_image_offered_twice_is_one),
		MACHINE_TEST(test_what_is_no_file_is_refused_by_name),
		MACHINE_TEST(test_forms_of_ovf),
	};

	return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
