/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Xen's own configurations, in xm's way and xl's. */
#include "machine-test.h"

/* As RHEL 5 had them: a Python program with literal values in it. */
static const char xm[] =
	"import os, re\n"
	"arch = os.uname()[4]\n"
	"if re.search('64', arch):\n"
	"    arch_libdir = 'lib64'\n"
	"else:\n"
	"    arch_libdir = 'lib'\n"
	"kernel = \"/usr/lib/xen/boot/hvmloader\"\n"
	"builder='hvm'\n"
	"memory = \"512\" # MiB\n"
	"name = \"rhel5\" 'pae'\n"
	"device_model = '/usr/' + arch_libdir + '/xen/bin/qemu-dm'\n"
	"boot = \"cd\"\n"
	"disk = [ 'file:/var/lib/xen/guest.dsk,hda,w',\n"
	"         'tap:aio:/var/lib/xen/data.dsk,xvda,w', # data\n"
	"         'phy:/dev/cdrom,hdc:cdrom,r', 'phy:/dev/sdz,ioemu:sdb,w!', ]\n"
	"vif = [ 'type=ioemu, mac=00:16:3e:2e:c5:a9, bridge=xenbr0',\n"
	"        'mac=00:16:3e:2f:d5:a9,bridge=xenbr1',\n"
	"        'type=netfront', '' ]\n";

static void test_xm(void **state)
{
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, xm);
	assert_string_equal(c->m.format, "xl");
	assert_string_equal(c->m.source, "test");
	assert_string_equal(c->m.name, "rhel5pae");
	assert_string_equal(c->m.hypervisor, "xen");
	assert_string_equal(c->m.kind, "hvm");
	assert_string_equal(c->m.firmware, "bios");
	assert_int_equal(c->m.memory, 512 << 20);
	assert_int_equal(c->m.vcpus, 1);
	assert_int_equal(c->m.disks.n, 4);
	d = disk_at(&c->m, "hda");
	assert_string_equal(d->file, "/var/lib/xen/guest.dsk");
	assert_string_equal(d->bus, "ide");
	assert_string_equal(d->format, "raw");
	assert_true(d->emulated && !d->pv && !d->readonly);
	assert_int_equal(d->boot_order, 1);
	assert_int_equal(d->line, 13);
	d = disk_at(&c->m, "xvda");
	assert_string_equal(d->file, "/var/lib/xen/data.dsk");
	assert_true(!d->emulated && d->pv);
	assert_int_equal(d->line, 14);
	d = disk_at(&c->m, "hdc");
	assert_string_equal(d->device, "cdrom");
	assert_true(d->readonly);
	assert_int_equal(d->boot_order, 2);
	d = disk_at(&c->m, "sdb");
	assert_string_equal(d->bus, "scsi");
	assert_true(d->emulated);
}

static void test_cards(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, xm);
	assert_int_equal(c->m.nics.n, 4);
	assert_true(c->m.nics.v[0].emulated && !c->m.nics.v[0].pv);
	assert_string_equal(c->m.nics.v[0].mac, "00:16:3e:2e:c5:a9");
	assert_string_equal(c->m.nics.v[0].network, "xenbr0");
	assert_true(c->m.nics.v[1].emulated && c->m.nics.v[1].pv);
	assert_true(!c->m.nics.v[2].emulated && c->m.nics.v[2].pv);
	assert_true(c->m.nics.v[3].emulated && c->m.nics.v[3].pv);
	assert_true(has_remark(&c->m, "network card 2 (line 17) has no type"));
	assert_false(has_remark(&c->m, "network card 1"));
	assert_false(has_remark(&c->m, "network card 3"));
}

static void test_entries(void **state)
{
	static const char text[] =
		"builder='hvm'\ndisk=[\"vdev = hdb ,target=/a b\", '''phy:/x,hdc,w''',\n"
		" 'phy:/y,' 'hdd,w' ]\nvif = [ '', ' type=ioemu' ]\n";
	struct machine_case *c = *state;
	const struct machine_disk *d;

	parse_text(c, xm);
	d = disk_at(&c->m, "sdb");
	is_entry(xm, d->entry, d->offset, "phy:/dev/sdz,ioemu:sdb,w!");
	parse_text(c, text);
	d = disk_at(&c->m, "hdb");
	is_entry(text, d->entry, d->offset, "vdev = hdb ,target=/a b");
	d = disk_at(&c->m, "hdc");
	is_entry(text, d->entry, d->offset, "phy:/x,hdc,w");
	assert_null(disk_at(&c->m, "hdd")->entry);
	is_entry(text, c->m.nics.v[0].entry, c->m.nics.v[0].offset, "");
	assert_int_equal(c->m.nics.v[0].offset, strstr(text, "'',"
							     " ' type") -
							text + 1);
	is_entry(text, c->m.nics.v[1].entry, c->m.nics.v[1].offset, " type=ioemu");
}

static void test_long_entry(void **state)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_MACHINE_FILE);
	struct machine_case *c = *state;

	strbuf_str(&b, "name='a'\ndisk=['phy:/");
	while (b.n <= LIMIT_MACHINE_ENTRY + 32)
		strbuf_char(&b, 'x');
	strbuf_str(&b, ",hda,w']\n");
	parse_text(c, strbuf_text(&b));
	assert_null(disk_at(&c->m, "hda")->entry);
	assert_true(has_remark(&c->m, "line 2: the entry of a device is longer"));
}

static void test_disk_forms(void **state)
{
	static const struct {
		const char *spec, *target, *file, *format;
		bool cdrom, readonly;
	} forms[] = {
		{"/dev/vg/g,raw,hda,rw", "hda", "/dev/vg/g", "raw", false, false},
		{"/dev/vg/g,,hda,,backendtype=phy", "hda", "/dev/vg/g", NULL, false,
		 false},
		{"/g,qcow2,xvda,ro", "xvda", "/g", "qcow2", false, true},
		{"/g,,hdb,,", "hdb", "/g", NULL, false, false},
		{"format=raw, vdev=xvda, access=rw, target=/a,b=c", "xvda", "/a,b=c",
		 "raw", false, false},
		{"vdev=hdc,devtype=cdrom,format=raw,access=ro", "hdc", NULL, "raw", true,
		 true},
		{",hdc:cdrom,r", "hdc", NULL, NULL, true, true},
		{"/x.iso,raw,hdc,ro,cdrom", "hdc", "/x.iso", "raw", true, true},
		{"tap:qcow2:/x,xvdb,w,0", "xvdb", "/x", "qcow2", false, false},
		{"phy:vg/x,768,w", "hda", "vg/x", "raw", false, false},
		{"phy:vg/x,51728,w", "xvdb", "vg/x", "raw", false, false},
		{"phy:vg/x,2064,w", "sdb", "vg/x", "raw", false, false},
		{"phy:vg/x,d2,w", "xvdc", "vg/x", "raw", false, false},
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		char text[300];
		const struct machine_disk *d;

		snprintf(text, sizeof(text), "type = 'hvm'\ndisk = [ \"%s\" ]\n",
			 forms[i].spec);
		parse_text(c, text);
		d = disk_at(&c->m, forms[i].target);
		assert_string_equal(d->file ? d->file : "-",
				    forms[i].file ? forms[i].file : "-");
		assert_string_equal(d->format ? d->format : "-",
				    forms[i].format ? forms[i].format : "-");
		assert_int_equal(strcmp(d->device, "cdrom") == 0, forms[i].cdrom);
		assert_int_equal(d->readonly, forms[i].readonly);
	}
}

static void test_kinds(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, "name='a'\ndisk=['phy:/x,hda,w']\nvif=['']\n");
	assert_string_equal(c->m.kind, "pv");
	assert_null(c->m.firmware);
	assert_true(c->m.disks.v[0].pv && !c->m.disks.v[0].emulated);
	assert_true(c->m.nics.v[0].pv && !c->m.nics.v[0].emulated);
	assert_true(has_remark(&c->m, "a para-virtualized guest"));
	parse_text(c, "name='a'\ntype='pvh'\n");
	assert_string_equal(c->m.kind, "pvh");
	parse_text(c, "name='a'\ntype=\"hvm\"\nbios='ovmf'\nxen_platform_pci=0\n");
	assert_string_equal(c->m.firmware, "uefi");
	assert_true(has_remark(&c->m, "no Xen platform device"));
	parse_text(c, "name='a'\ntype='hvm'\nfirmware='new'\n");
	assert_null(c->m.firmware);
	assert_true(has_remark(&c->m, "firmware new"));
	parse_text(c, "type='hvm'\nhdtype='ahci'\ndisk=['/x,raw,hda,w']\nmemory=1\n");
	assert_string_equal(c->m.disks.v[0].bus, "sata");
}

static void test_remarks(void **state)
{
	struct machine_case *c = *state;

	parse_text(c, "builder='hvm'\ndisk=['file:/g,hda,w','phy:/g,xvda,w',"
		      "'phy:/a,hdb,w','phy:/b,hdc,w','phy:/c,hdd,w']\n");
	assert_true(has_remark(&c->m, "hda and xvda are both /g"));
	assert_false(has_remark(&c->m, "IDE"));
	parse_text(c, "builder='hvm'\ndisk=['file:/g,hda,w','phy:/d,hde,w',"
		      "'phy:/a,hdb,w','phy:/b,hdc,w','phy:/c,hdd,w']\n");
	assert_true(has_remark(&c->m, "5 emulated IDE drives"));
}

static void test_computed(void **state)
{
	static const char *const texts[] = {
		"name = 'a'\ndisk = disks()\n",
		"name = 'a'\ndisk = [ 'phy:' + volume ]\n",
		"name = 'a'\ndisk += [ 'phy:/x,hda,w' ]\n",
		"name = 'a'\ndisk.append('phy:/x,hda,w')\n",
		"name = 'a'\nif x:\n  disk = [ 'phy:/x,hda,w' ]\n",
		"name = 'a'\nif x: disk = [ 'phy:/x,hda,w' ]\n",
		"name = 'a'\ndisk = [ 'phy:/x,hda,w' ][0:1]\n",
		"name = 'a'\ndisk = [ 'phy:/%s,hda,w' % x ]\n",
		"name = 'a'\ndisk = [ ('phy:/x', 'hda', 'w') ]\n",
	};
	struct machine_case *c = *state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		enum err_code code =
			strchr(texts[i], '%') ? ERR_CORRUPT : ERR_UNSUPPORTED;

		refuse_text(c, texts[i], code, i == 4 ? "line 3" : "line 2");
	}
}

static void test_damage(void **state)
{
	struct machine_case *c = *state;

	refuse_text(c, "name = 'a\nmemory = 5\n", ERR_CORRUPT, "line 1: the string");
	refuse_text(c, "name = 'a'\ndisk = [ 'phy:/x,hda,w',\n", ERR_CORRUPT,
		    "line 2: the list of `disk` has no end");
	refuse_text(c, "name = 'a'\ndisk = [ 'a' 'b'\n'c' 5 ]", ERR_CORRUPT, "line 3");
	refuse_text(c, "name = 'a'\nx = [ (", ERR_CORRUPT, "bracket");
	refuse_text(c, "name = 'a'\ndisk = 'phy:/x,hda,w'\n", ERR_CORRUPT, "be a list");
	refuse_text(c, "name = 'a'\ndisk = ['phy:/x,vda,w']\n", ERR_CORRUPT, "`vda`");
	refuse_text(c, "name = 'a'\ndisk = ['vdev=hda,bus=5']\n", ERR_CORRUPT, "`bus=5`");
	refuse_text(c, "name = 'a'\ndisk = ['/x']\n", ERR_CORRUPT, "not ``");
	refuse_text(c, "name = 'a'\nmemory = 'much'\n", ERR_CORRUPT, "line 2: `memory`");
	refuse_text(c, "name = 'a'\ntype = 'hvmm'\n", ERR_CORRUPT, "line 2: the type");
	refuse_text(c, "hello\n", ERR_UNSUPPORTED, "libvirt domain XML");
	refuse_text(c, "", ERR_UNSUPPORTED, "no description");
}

/* No beginning of a good file gives anything but an error or fewer statements. */
static void test_cut(void **state)
{
	struct machine_case *c = *state;

	for (size_t n = 0; n < sizeof(xm); n++) {
		struct arena_mark mark = arena_mark(c->arena);

		if (machine_parse(slice_of(xm, n), "cut", c->arena, &c->m, &c->e) >= 0)
			assert_true(c->m.disks.n == 0 || c->m.disks.n == 4);
		arena_rewind(c->arena, mark);
	}
}

static void test_match(void **state)
{
	struct machine_case *c = *state;
	strs names = {0};

	assert_true(vec_push(c->arena, &names, "copy/guest.dsk"));
	assert_true(vec_push(c->arena, &names, "a/data.dsk"));
	parse_text(c, xm);
	assert_int_equal(machine_match_disks(&c->m, &names, c->arena, &c->e), 0);
	assert_string_equal(disk_at(&c->m, "hda")->disk, "copy/guest.dsk");
	assert_string_equal(disk_at(&c->m, "xvda")->disk, "a/data.dsk");
	assert_null(disk_at(&c->m, "sdb")->disk);
	assert_true(has_remark(&c->m, "sdb of the machine (/dev/sdz) was not given"));
	assert_false(has_remark(&c->m, "hdc of"));
	assert_false(has_remark(&c->m, "names no disk"));
	assert_true(vec_push(c->arena, &names, "b/data.dsk"));
	parse_text(c, xm);
	assert_int_equal(machine_match_disks(&c->m, &names, c->arena, &c->e), 0);
	assert_null(disk_at(&c->m, "xvda")->disk);
	assert_true(has_remark(&c->m, "a/data.dsk or b/data.dsk"));
	assert_false(has_remark(&c->m, "xvda of the machine (")); /* one of them is */
	assert_true(vec_push(c->arena, &names, "c/else.dsk"));
	parse_text(c, xm);
	assert_int_equal(machine_match_disks(&c->m, &names, c->arena, &c->e), 0);
	assert_true(has_remark(&c->m, "c/else.dsk was given, but"));
	assert_false(has_remark(&c->m, "b/data.dsk was given"));
	names = (strs){0};
	parse_text(c, xm);
	assert_int_equal(machine_match_disks(&c->m, &names, c->arena, &c->e), 0);
	assert_false(has_remark(&c->m, "not given"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_xm),         MACHINE_TEST(test_cards),
		MACHINE_TEST(test_disk_forms), MACHINE_TEST(test_kinds),
		MACHINE_TEST(test_remarks),    MACHINE_TEST(test_computed),
		MACHINE_TEST(test_damage),     MACHINE_TEST(test_cut),
		MACHINE_TEST(test_match),      MACHINE_TEST(test_entries),
		MACHINE_TEST(test_long_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
