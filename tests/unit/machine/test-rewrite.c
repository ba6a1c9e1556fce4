/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries of devices rewritten so that they are para-virtualized, and put back. */
#include "machine-test.h"
#include "rewrite.h"

#define HVM "name='a'\nbuilder='hvm'\n"
#define DOMAIN(devices) \
	"<domain type='xen'><name>a</name><os><type>hvm</type></os><devices>" devices \
	"</devices></domain>"

static const char *disk_to(struct machine_case *c, const char *target, const char *want)
{
	const char *got = NULL;

	if (rewrite_disk_pv(&c->m, disk_at(&c->m, target), want, c->arena, &got, &c->e) <
	    0)
		fail_msg("%s: %s", target, c->e.text);
	return got;
}

static void refuse_disk(struct machine_case *c, const char *target, const char *want,
			enum err_code code, const char *words)
{
	const char *got = NULL;

	err_clear(&c->e);
	assert_int_equal(rewrite_disk_pv(&c->m, disk_at(&c->m, target), want, c->arena,
					 &got, &c->e),
			 -(int)code);
	assert_null(got);
	if (!strstr(c->e.text, words))
		fail_msg("no \"%s\" in: %s", words, c->e.text);
}

static const char *nic_to(struct machine_case *c, size_t i)
{
	const char *got = NULL;

	assert_true(i < c->m.nics.n);
	if (rewrite_nic_pv(&c->m, &c->m.nics.v[i], c->arena, &got, &c->e) < 0)
		fail_msg("card %zu: %s", i, c->e.text);
	return got;
}

static void xm_disks_change_only_their_name(void **state)
{
	static const char *const rows[][3] = {
		{"file:/x/hdb.img,hdb,w", "hdb", "file:/x/hdb.img,xvdb,w"},
		{"phy:/dev/vg/b, ioemu:hdb ,w!", "hdb", "phy:/dev/vg/b, xvdb ,w!"},
		{"tap:aio:/x,/dev/hdb,r,0", "hdb", "tap:aio:/x,xvdb,r,0"},
		{"phy:x,hdb:disk,w", "hdb", "phy:x,xvdb:disk,w"},
		{"phy:x,832,w", "hdb", "phy:x,xvdb,w"},
		{"/x,raw,sdb,rw,backendtype=phy", "sdb",
		 "/x,raw,xvdb,rw,backendtype=phy"},
		{"format=raw, vdev = hdb , access=rw,target=/vdev=hdb,x", "hdb",
		 "format=raw, vdev = xvdb , access=rw,target=/vdev=hdb,x"},
		{"/x,,hdb,,", "hdb", "/x,,xvdb,,"},
		{"phy:x,xvdc,w", "xvdc", "phy:x,xvdb,w"},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text),
			 i % 2 ? HVM "disk=[ '%s' ]\n" : HVM "disk=[\"%s\"]\n",
			 rows[i][0]);
		parse_text(c, text);
		assert_string_equal(disk_to(c, rows[i][1], "xvdb"), rows[i][2]);
	}
}

static void xm_cards_lose_their_type(void **state)
{
	static const char *const rows[][2] = {
		{"type=ioemu, mac=00:16:3e:2e:c5:a9, bridge=xenbr0",
		 "mac=00:16:3e:2e:c5:a9, bridge=xenbr0"},
		{"mac=1, type=ioemu, bridge=b", "mac=1, bridge=b"},
		{"mac=1,bridge=b,type=ioemu", "mac=1,bridge=b"},
		{"type=ioemu", ""},
		{" type = IOEMU ,type=ioemu,model=rtl8139", "model=rtl8139"},
		{"mac=1,bridge=b", "mac=1,bridge=b"},
		{"type=netfront,mac=1", "type=netfront,mac=1"},
		{"", ""},
	};
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(4096);
	struct machine_case *c = *state;

	strbuf_str(&b, HVM "vif = [");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		strbuf_printf(&b, i % 2 ? " '%s',\n" : "\"%s\", ", rows[i][0]);
	strbuf_str(&b, "]\n");
	parse_text(c, strbuf_text(&b));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(nic_to(c, i), rows[i][1]);
}

static void libvirt_disks_change_name_and_bus(void **state)
{
	static const char *const rows[][3] = {
		{"<disk type='file'><driver name='file'/><target dev='hdb' bus='ide'/>"
		 "</disk>",
		 "hdb",
		 "<disk type='file'><driver name='file'/><target dev='xvdb' bus='xen'/>"
		 "</disk>"},
		{"<disk><!-- <target dev='hda'/> --><source dev='hdb'/>\n"
		 "<target\n bus = \"scsi\" a:b='>'\tdev= \"sdb\" ></target></disk>",
		 "sdb",
		 "<disk><!-- <target dev='hda'/> --><source dev='hdb'/>\n"
		 "<target\n bus = \"xen\" a:b='>'\tdev= \"xvdb\" ></target></disk>"},
		{"<disk device='disk'><x><target dev='hda'/></x><target "
		 "dev='hdb'/></disk>",
		 "hdb",
		 "<disk device='disk'><x><target dev='hda'/></x><target "
		 "dev='xvdb'/></disk>"},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[600];

		snprintf(text, sizeof(text), DOMAIN("%s"), rows[i][0]);
		parse_text(c, text);
		assert_string_equal(disk_to(c, rows[i][1], "xvdb"), rows[i][2]);
	}
}

static void libvirt_cards_get_the_model_netfront(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, DOMAIN("<interface type='bridge'><model type='rtl8139'/>"
			     "</interface><interface><mac address='1'/><model\n"
			     "type = \"e1000\" /></interface>"
			     "<interface type='bridge'/>"
			     "<interface><model type='netfront'/></interface>"));
	assert_string_equal(
		nic_to(c, 0),
		"<interface type='bridge'><model type='netfront'/></interface>");
	assert_string_equal(nic_to(c, 1), "<interface><mac address='1'/><model\n"
					  "type = \"netfront\" /></interface>");
	assert_string_equal(nic_to(c, 2), "<interface type='bridge'/>");
	assert_string_equal(nic_to(c, 3),
			    "<interface><model type='netfront'/></interface>");
}

static void what_cannot_be_rewritten_is_refused(void **state)
{
	struct machine_case *c = *state;
	struct machine_nic host = {.entry = "x", .line = 5};
	const char *got;

	parse_text(c, HVM "disk=['phy:x,hda,w','phy:y,hdc:cdrom,r','phy:z,xvdb,w',"
			  "'phy:u,' 'hdb,w']\n");
	refuse_disk(c, "hdc", "xvdc", ERR_UNSUPPORTED, "line 3: this drive is no disk");
	refuse_disk(c, "hda", "xvdb", ERR_USAGE, "xvdb is the name of another");
	refuse_disk(c, "hda", "hdb", ERR_USAGE, "not hdb");
	refuse_disk(c, "hda", "xvd", ERR_USAGE, "not xvd");
	refuse_disk(c, "hda", "xvdb'", ERR_USAGE, "not xvdb'");
	refuse_disk(c, "hdb", "xvdc", ERR_UNSUPPORTED, "line 3: the entry");
	assert_int_equal(rewrite_nic_pv(&c->m, &host, c->arena, &got, &c->e),
			 -ERR_UNSUPPORTED);
	parse_text(c, "<domain type='kvm'><devices><disk><target dev='hda'/></disk>"
		      "</devices></domain>");
	refuse_disk(c, "hda", "xvda", ERR_UNSUPPORTED, "not of kvm");
	c->m.format = "vmx";
	refuse_disk(c, "hda", "xvda", ERR_UNSUPPORTED, "the form vmx");
	parse_text(c, DOMAIN("<disk><target dev='hda'/></disk>"));
	c->m.disks.v[0].entry = "<disk><target/></disk>";
	refuse_disk(c, "hda", "xvda", ERR_CORRUPT, "cannot be named");
	c->m.disks.v[0].entry = "<disk><target dev='hda'";
	refuse_disk(c, "hda", "xvda", ERR_CORRUPT, "XML");
}

/* --- The whole text --- */

static struct slice whole(struct machine_case *c, const char *text,
			  const struct rewrite *rows, size_t n, int want)
{
	rewrite_list list = {0};
	struct slice got = SLICE_NONE;

	for (size_t i = 0; i < n; i++)
		assert_true(vec_push(c->arena, &list, rows[i]));
	err_clear(&c->e);
	assert_int_equal(rewrite_whole(slice_str(text), &list, c->arena, &got, &c->e),
			 want);
	return got;
}
#define WHOLE(c, text, want, ...) \
	whole(c, text, (const struct rewrite[]){__VA_ARGS__}, \
	      ARRAY_LEN(((const struct rewrite[]){__VA_ARGS__})), want)

static void changes_are_put_in_their_places(void **state)
{
	struct machine_case *c = *state;

	assert_true(slice_eq(WHOLE(c, "abcdef", 0, {4, "ef", ""}, {1, "b", "BBB"}),
			     "aBBBcd"));
	assert_true(slice_eq(WHOLE(c, "abc", 0, {3, "", "d"}, {0, "a", "a"}), "abcd"));
	assert_true(slice_eq(whole(c, "abc", NULL, 0, 0), "abc"));
}

static void changes_that_do_not_fit_are_refused(void **state)
{
	struct machine_case *c = *state;

	WHOLE(c, "abc", -ERR_CORRUPT, {1, "c", "d"});
	assert_non_null(strstr(c->e.text, "`c` does not stand at offset 1"));
	WHOLE(c, "abc", -ERR_CORRUPT, {2, "cd", "d"});
	WHOLE(c, "abc", -ERR_CORRUPT, {UINT64_MAX, "c", "d"});
	WHOLE(c, "abc", -ERR_CORRUPT, {4, "", "d"});
	WHOLE(c, "abc", -ERR_USAGE, {0, "ab", "d"}, {1, "b", "d"});
	assert_non_null(strstr(c->e.text, "offset 1"));
}

static void a_whole_machine_is_rewritten(void **state)
{
	static const char text[] =
		HVM "disk = [ 'file:/g,hda,w', # ioemu:hdb\n 'phy:/d,ioemu:hdb,w' ]\n"
		    "vif = [ 'type=ioemu,mac=00:16:3e:00:00:01' ]\n";
	struct machine_case *c = *state;
	struct slice got;

	parse_text(c, text);
	got = WHOLE(c, text, 0,
		    {c->m.nics.v[0].offset, c->m.nics.v[0].entry, nic_to(c, 0)},
		    {c->m.disks.v[1].offset, c->m.disks.v[1].entry,
		     disk_to(c, "hdb", "xvdb")});
	assert_true(slice_eq(got, HVM
			     "disk = [ 'file:/g,hda,w', # ioemu:hdb\n 'phy:/d,xvdb,w' ]\n"
			     "vif = [ 'mac=00:16:3e:00:00:01' ]\n"));
}

/* The entry of the disk with another image; NULL when it is refused. */
static const char *image_to(struct machine_case *c, const char *target, const char *file,
			    const char *format)
{
	const struct machine_disk *d = disk_at(&c->m, target);
	const struct rewrite_image image = {file, format};
	const char *got = NULL;
	int r;

	err_clear(&c->e);
	r = rewrite_disk_image(&c->m, d, d->entry, &image, c->arena, &got, &c->e);
	assert_true(r >= 0 || r == -ERR_UNSUPPORTED);
	return got;
}

static void xm_images_get_their_name_and_format(void **state)
{
	/* as it was; a raw copy in that folder; an overlay elsewhere */
	static const char *const rows[][3] = {
		{"file:/x/a.img,hda,w", "file:/x/b.img,hda,w",
		 "tap:qcow2:/y/c.qcow2,hda,w"},
		{"tap:aio:a.img,hda,w", "tap:aio:b.img,hda,w",
		 "tap:qcow2:/y/c.qcow2,hda,w"},
		{"tap:qcow2:/x/a.img,hda,w", "tap:aio:/x/b.img,hda,w",
		 "tap:qcow2:/y/c.qcow2,hda,w"},
		{"tap2:vhd:/x/a.img,hda,w", "tap2:aio:/x/b.img,hda,w",
		 "tap:qcow2:/y/c.qcow2,hda,w"},
		{"phy:/x/a,ioemu:hda,w", "file:/x/b.img,ioemu:hda,w",
		 "tap:qcow2:/y/c.qcow2,ioemu:hda,w"},
		{"qcow2:/x/a,hda,w", "raw:/x/b.img,hda,w", "tap:qcow2:/y/c.qcow2,hda,w"},
		{"/x/a,raw,hda,rw", "/x/b.img,raw,hda,rw", "/y/c.qcow2,qcow2,hda,rw"},
		{"/x/a, qcow2 ,hda", "/x/b.img, raw ,hda", "/y/c.qcow2, qcow2 ,hda"},
		{"/x/a,,hda,,", "/x/b.img,raw,hda,,", "/y/c.qcow2,qcow2,hda,,"},
		{"/x/a,hda,w", "/x/b.img,hda,w", "tap:qcow2:/y/c.qcow2,hda,w"},
		{"vdev=hda,target=/x/a", "vdev=hda,target=/x/b.img",
		 "vdev=hda,format=qcow2,target=/y/c.qcow2"},
		{"format=vhd, vdev=hda, backendtype=tap, target=/x/a",
		 "format=raw, vdev=hda, backendtype=tap, target=/x/b.img",
		 "format=qcow2, vdev=hda, backendtype=qdisk, target=/y/c.qcow2"},
		{"/dev/a,raw,hda,rw,backendtype=phy",
		 "/dev/b.img,raw,hda,rw,backendtype=qdisk",
		 "/y/c.qcow2,qcow2,hda,rw,backendtype=qdisk"},
		{"file:hda,hda,w", "file:b.img,hda,w", "tap:qcow2:/y/c.qcow2,hda,w"},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];

		snprintf(text, sizeof(text), HVM "disk=['%s']\n", rows[i][0]);
		parse_text(c, text);
		assert_string_equal(image_to(c, "hda", "b.img", "raw"), rows[i][1]);
		assert_string_equal(image_to(c, "hda", "/y/c.qcow2", "qcow2"),
				    rows[i][2]);
		assert_null(image_to(c, "hda", "b,img", "raw"));
		assert_null(image_to(c, "hda", "b'img", "raw"));
		assert_non_null(strstr(c->e.text, "put b'img (raw) there by hand"));
	}
	parse_text(c, HVM "disk=['/x/a,raw,hda,rw,script=block-iscsi']\n");
	assert_null(image_to(c, "hda", "b.img", "raw"));
}

#define TARGET "<target dev='hda' bus='ide'/>"

static void libvirt_images_get_their_name_and_format(void **state)
{
	static const char *const rows[][3] = {
		{"<disk type='file'><source file='/x/a.img'/>" TARGET "</disk>",
		 "<disk type='file'><source file='/x/b.img'/>" TARGET "</disk>",
		 "<disk type='file'><driver name='tap' type='qcow2'/>"
		 "<source file='/y/c.qcow2'/>" TARGET "</disk>"},
		{"<disk type='file'><driver name='qemu' type='qcow2'/><source "
		 "file='/x/a'/>" TARGET "</disk>",
		 "<disk type='file'><driver name='qemu' type='raw'/><source "
		 "file='/x/b.img'/>" TARGET "</disk>",
		 "<disk type='file'><driver name='qemu' type='qcow2'/><source "
		 "file='/y/c.qcow2'/>" TARGET "</disk>"},
		{"<disk type='block'><driver name='phy'/><source\ndev = \"/dev/vg/a\" "
		 "/>" TARGET "</disk>",
		 "<disk type='file'><driver name='file'/><source\nfile = "
		 "\"/dev/vg/b.img\" />" TARGET "</disk>",
		 "<disk type='file'><driver type='qcow2' name='tap'/><source\nfile = "
		 "\"/y/c.qcow2\" />" TARGET "</disk>"},
		{"<disk type='file'><driver name='tap' type='qcow'/><source "
		 "file='/x/a'/>" TARGET "</disk>",
		 "<disk type='file'><driver name='tap' type='aio'/><source "
		 "file='/x/b.img'/>" TARGET "</disk>",
		 "<disk type='file'><driver name='tap' type='qcow2'/><source "
		 "file='/y/c.qcow2'/>" TARGET "</disk>"},
	};
	static const char *const more[] = {
		"<disk><source file='/x/a'/><backingStore type='file'/>" TARGET "</disk>",
		"<disk><source file='/x/a'><encryption/></source>" TARGET "</disk>",
		"<disk type='volume'><source pool='p' volume='a'/>" TARGET "</disk>",
	};
	struct machine_case *c = *state;
	char text[600];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), DOMAIN("%s"), rows[i][0]);
		parse_text(c, text);
		assert_string_equal(image_to(c, "hda", "b.img", "raw"), rows[i][1]);
		assert_string_equal(image_to(c, "hda", "/y/c.qcow2", "qcow2"),
				    rows[i][2]);
	}
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		snprintf(text, sizeof(text), DOMAIN("%s"), more[i]);
		parse_text(c, text);
		assert_null(image_to(c, "hda", "b.img", "raw"));
	}
}

/* Machines whose devices are not rewritten: tap is no driver there. */
static void libvirt_images_of_qemu_get_its_driver(void **state)
{
	static const char *const types[] = {"kvm", "qemu"};
	struct machine_case *c = *state;
	char text[600];

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		snprintf(text, sizeof(text),
			 "<domain type='%s'><name>a</name><os><type>hvm</type></os>"
			 "<devices><disk type='file'><source file='/x/a.img'/>" TARGET
			 "</disk></devices></domain>",
			 types[i]);
		parse_text(c, text);
		assert_true(rewrite_takes_images(&c->m));
		assert_string_equal(image_to(c, "hda", "c.qcow2", "qcow2"),
				    "<disk type='file'><driver name='qemu' "
				    "type='qcow2'/><source file='/x/c.qcow2'/>" TARGET
				    "</disk>");
		assert_string_equal(image_to(c, "hda", "b.img", "raw"),
				    "<disk type='file'><source file='/x/b.img'/>" TARGET
				    "</disk>");
		refuse_disk(c, "hda", "xvda", ERR_UNSUPPORTED, "only machines of Xen");
	}
	c->m.hypervisor = "vmware";
	assert_false(rewrite_takes_images(&c->m));
	assert_null(image_to(c, "hda", "b.img", "raw"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACHINE_TEST(xm_disks_change_only_their_name),
		MACHINE_TEST(xm_cards_lose_their_type),
		MACHINE_TEST(libvirt_disks_change_name_and_bus),
		MACHINE_TEST(libvirt_cards_get_the_model_netfront),
		MACHINE_TEST(what_cannot_be_rewritten_is_refused),
		MACHINE_TEST(changes_are_put_in_their_places),
		MACHINE_TEST(changes_that_do_not_fit_are_refused),
		MACHINE_TEST(a_whole_machine_is_rewritten),
		MACHINE_TEST(xm_images_get_their_name_and_format),
		MACHINE_TEST(libvirt_images_get_their_name_and_format),
		MACHINE_TEST(libvirt_images_of_qemu_get_its_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
