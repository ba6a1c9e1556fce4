/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 2's menu and default entry from configurations in memory, in the shapes that
 * grub-mkconfig of Debian and Fedora writes, and from scripts made to hurt.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "limits.h"
#include "memory-host.h"

#define UUID "3e0a9a9c-5f0c-4d70-9f1c-0f4f9d3b7a11"
#define CFG  "/boot/grub/grub.cfg"

struct fixture {
	struct arena *a, *out;
	struct grub_result result;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new(LIMIT_SCRATCH);
	f->out = arena_new(LIMIT_FACTS);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->a);
	arena_free(f->out);
	free(f);
	return 0;
}

static int read_files(struct fixture *f, const struct memory_file *files)
{
	struct memory_host m = {files, UUID, f->a};
	struct grub_host host = memory_grub_host(&m);

	f->result = (struct grub_result){0};
	err_clear(&f->e);
	return grub_read(&host, &(struct grub_start){.path = files[0].path}, f->a, f->out,
			 &f->result, &f->e);
}

static int read_text(struct fixture *f, const char *text)
{
	const struct memory_file files[] = {{CFG, text, 0}, {0}};

	return read_files(f, files);
}

/* The title of the default entry, checking that there is exactly one. */
static const char *default_title(const struct fixture *f)
{
	const char *title = NULL;

	for (size_t i = 0; i < f->result.entries.n; i++) {
		if (!f->result.entries.v[i].is_default)
			continue;
		assert_null(title);
		title = f->result.entries.v[i].title;
	}
	return title ? title : "";
}

/* --- Debian --- */

#define DEBIAN_HEADER \
	"if [ -s $prefix/grubenv ]; then\n" \
	"  set have_grubenv=true\n" \
	"  load_env\n" \
	"fi\n" \
	"if [ \"${next_entry}\" ] ; then\n" \
	"   set default=\"${next_entry}\"\n" \
	"   set next_entry=\n" \
	"   save_env next_entry\n" \
	"   set boot_once=true\n" \
	"else\n" \
	"   set default=\"%s\"\n" \
	"fi\n" \
	"\n" \
	"if [ x\"${feature_menuentry_id}\" = xy ]; then\n" \
	"  menuentry_id_option=\"--id\"\n" \
	"else\n" \
	"  menuentry_id_option=\"\"\n" \
	"fi\n" \
	"\n" \
	"export menuentry_id_option\n" \
	"\n" \
	"function savedefault {\n" \
	"  if [ -z \"${boot_once}\" ]; then\n" \
	"    saved_entry=\"${chosen}\"\n" \
	"    save_env saved_entry\n" \
	"  fi\n" \
	"}\n" \
	"function load_video {\n" \
	"  if [ x$feature_all_video_module = xy ]; then\n" \
	"    insmod all_video\n" \
	"  else\n" \
	"    insmod vbe\n" \
	"  fi\n" \
	"}\n" \
	"if loadfont unicode ; then\n" \
	"  set gfxmode=auto\n" \
	"  load_video\n" \
	"  insmod gfxterm\n" \
	"fi\n" \
	"terminal_output gfxterm\n" \
	"function gfxmode {\n" \
	"	set gfxpayload=\"${1}\"\n" \
	"	if [ \"${1}\" = \"keep\" ]; then\n" \
	"		set vt_handoff=vt.handoff=7\n" \
	"	else\n" \
	"		set vt_handoff=\n" \
	"	fi\n" \
	"}\n" \
	"if [ \"${recordfail}\" != 1 ]; then\n" \
	"  set linux_gfx_mode=keep\n" \
	"fi\n" \
	"export linux_gfx_mode\n"

#define DEBIAN_BODY(version, more) \
	"		load_video\n" \
	"		gfxmode $linux_gfx_mode\n" \
	"		insmod gzio\n" \
	"		if [ x$grub_platform = xxen ]; then insmod xzio; insmod " \
	"lzopio; fi\n" \
	"		insmod part_gpt\n" \
	"		insmod ext2\n" \
	"		set root='hd0,gpt2'\n" \
	"		if [ x$feature_platform_search_hint = xy ]; then\n" \
	"		  search --no-floppy --fs-uuid --set=root " \
	"--hint-bios=hd0,gpt2 --hint-efi=hd0,gpt2  " UUID "\n" \
	"		else\n" \
	"		  search --no-floppy --fs-uuid --set=root " UUID "\n" \
	"		fi\n" \
	"		echo	'Loading Linux " version " ...'\n" \
	"		linux	/boot/vmlinuz-" version " root=UUID=" UUID " ro " more \
	" quiet $vt_handoff\n" \
	"		echo	'Loading initial ramdisk ...'\n" \
	"		initrd	/boot/initrd.img-" version "\n"

#define DEBIAN_MENU \
	"menuentry 'Debian GNU/Linux' --class debian --class gnu-linux --class os " \
	"$menuentry_id_option 'gnulinux-simple-" UUID "' {\n" DEBIAN_BODY( \
		"6.1.0-30-amd64", \
		"") "}\n" \
		    "submenu 'Advanced options for Debian GNU/Linux' " \
		    "$menuentry_id_option 'gnulinux-advanced-" UUID "' {\n" \
		    "	menuentry 'Debian GNU/Linux, with Linux 6.1.0-30-amd64' " \
		    "--class debian " \
		    "$menuentry_id_option 'gnulinux-6.1.0-30-amd64-advanced-" UUID \
		    "' {\n" DEBIAN_BODY( \
			    "6.1.0-30-amd64", \
			    "") "	}\n" \
				"	menuentry 'Debian GNU/Linux, with Linux " \
				"6.1.0-28-amd64 (recovery mode)' " \
				"--class debian " \
				"$menuentry_id_option " \
				"'gnulinux-6.1.0-28-amd64-recovery-" UUID \
				"' {\n" DEBIAN_BODY( \
					"6.1.0-28-amd64", \
					"single") "	}\n" \
						  "}\n" \
						  "if [ \"$grub_platform\" = \"efi\" " \
						  "]; then\n" \
						  "	fwsetup --is-supported\n" \
						  "	if [ \"$?\" = 0 ]; then\n" \
						  "		menuentry 'UEFI " \
						  "Firmware Settings' " \
						  "$menuentry_id_option " \
						  "'uefi-firmware' {\n" \
						  "			fwsetup\n" \
						  "		}\n" \
						  "	fi\n" \
						  "fi\n" \
						  "if [ -f  " \
						  "${config_directory}/custom.cfg ]; " \
						  "then\n" \
						  "  source " \
						  "${config_directory}/custom.cfg\n" \
						  "elif [ -z \"${config_directory}\" " \
						  "-a -f  $prefix/custom.cfg ]; then\n" \
						  "  source $prefix/custom.cfg\n" \
						  "fi\n"

static int read_debian(struct fixture *f, const char *def, const char *block)
{
	char text[16384];
	const struct memory_file files[] = {
		{CFG, text, 0}, {"/boot/grub/grubenv", block, 0}, {0}};

	assert_true(snprintf(text, sizeof(text), DEBIAN_HEADER "%s", def, DEBIAN_MENU) <
		    (int)sizeof(text));
	return read_files(f, files);
}

#define ENV(lines) "# GRUB Environment Block\n" lines "##########"

static void test_debian(void **state)
{
	struct fixture *f = *state;
	const struct entry_fact *entry;

	assert_int_equal(read_debian(f, "0", ""), 0);
	assert_int_equal(f->result.entries.n, 3);
	entry = &f->result.entries.v[0];
	assert_string_equal(entry->title, "Debian GNU/Linux");
	assert_string_equal(entry->id, "gnulinux-simple-" UUID);
	assert_string_equal(entry->kernel, "/boot/vmlinuz-6.1.0-30-amd64");
	assert_int_equal(entry->initramfs.n, 1);
	assert_string_equal(entry->initramfs.v[0], "/boot/initrd.img-6.1.0-30-amd64");
	assert_string_equal(entry->cmdline, "root=UUID=" UUID " ro quiet vt.handoff=7");
	assert_true(entry->is_default);
	assert_string_equal(entry->source.path, CFG);
	assert_int_equal(entry->source.line, 53);
	assert_string_equal(entry->cmdline_source.path, CFG);
	assert_int_equal(entry->cmdline_source.line, 67);
	entry = &f->result.entries.v[2];
	assert_string_equal(entry->title,
			    "Advanced options for Debian GNU/Linux>Debian GNU/Linux, "
			    "with Linux 6.1.0-28-amd64 (recovery mode)");
	assert_string_equal(entry->cmdline,
			    "root=UUID=" UUID " ro single quiet vt.handoff=7");
	assert_false(entry->is_default);
	assert_string_equal(f->result.default_how, "default=0");
	assert_string_equal(f->result.config, CFG);
	assert_int_equal(f->result.remarks.n, 0);
}

static void test_debian_defaults(void **state)
{
	static const struct {
		const char *def, *env, *title, *how;
	} rows[] = {
		{"1>1", "", "6.1.0-28", "default=1>1"},
		{"1", "", "with Linux 6.1.0-30", "default=1"},
		{"7", "", "Debian GNU/Linux", "default=7 (names no entry"},
		{"gnulinux-advanced-" UUID ">gnulinux-6.1.0-28-amd64-recovery-" UUID, "",
		 "6.1.0-28", "default=gnulinux-advanced"},
		{"Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux "
		 "6.1.0-30-amd64",
		 "", "with Linux 6.1.0-30", "default=Advanced"},
		{"1>nothing", "", "with Linux 6.1.0-30",
		 "default=1>nothing (names no entry"},
		{"${saved_entry}", ENV("saved_entry=1>1\n"), "6.1.0-28",
		 "saved_entry=1>1"},
		{"${saved_entry}", ENV(""), "Debian GNU/Linux", "no default is set"},
		{"0", ENV("next_entry=1>1\nsaved_entry=0\n"), "6.1.0-28",
		 "next_entry=1>1"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(read_debian(f, rows[i].def, rows[i].env), 0);
		assert_non_null(strstr(default_title(f), rows[i].title));
		assert_int_equal(
			strncmp(f->result.default_how, rows[i].how, strlen(rows[i].how)),
			0);
	}
}

static void test_wrapper(void **state)
{
	const struct memory_file files[] = {
		{"/boot/efi/EFI/debian/grub.cfg",
		 "search.fs_uuid " UUID " root hd0,gpt2 \n"
		 "set prefix=($root)'/boot/grub'\n"
		 "configfile $prefix/grub.cfg\n"
		 "menuentry never { true; }\n",
		 0},
		{CFG,
		 "load_env\nset default=$saved_entry\n"
		 "menuentry a { linux /a; }\nmenuentry b { linux ($root)/b x; }\n",
		 0},
		{"/boot/grub/grubenv", ENV("saved_entry=b\n"), 0},
		{0}};
	struct fixture *f = *state;

	assert_int_equal(read_files(f, files), 0);
	assert_int_equal(f->result.entries.n, 2);
	assert_string_equal(default_title(f), "b");
	assert_string_equal(f->result.entries.v[1].kernel, "/b");
	assert_string_equal(f->result.config, CFG);
}

/* --- Fedora --- */

static void test_bls(void **state)
{
	struct memory_file files[] = {
		{CFG,
		 "load_env\n"
		 "set default=\"${saved_entry}\"\n"
		 "if [ -z \"${kernelopts}\" ]; then\n"
		 "  set kernelopts=\"root=/dev/mapper/rhel-root ro \"\n"
		 "fi\n"
		 "insmod blscfg\n"
		 "blscfg\n"
		 "menuentry 'System setup' { fwsetup; }\n",
		 0},
		{"/boot/grub/grubenv", ENV(""), 0},
		{"/loader/entries/6f-0-rescue.conf",
		 "title Rescue\nversion 0-rescue\nlinux /vmlinuz-0-rescue\n"
		 "initrd /initramfs-0-rescue.img\noptions $kernelopts\n",
		 0},
		{"/loader/entries/6f-5.14.0-70.el9.x86_64.conf",
		 "title RHEL 5.14.0-70\nlinux /vmlinuz-5.14.0-70.el9.x86_64\n"
		 "initrd /initramfs-5.14.0-70.el9.x86_64.img $tuned_initrd\n"
		 "options $kernelopts $tuned_params\noptions quiet\n",
		 0},
		{"/loader/entries/6f-5.14.0-162.el9.x86_64.conf",
		 "# newest\ntitle RHEL 5.14.0-162\nlinux /vmlinuz-5.14.0-162.el9.x86_64\n"
		 "initrd /initramfs-5.14.0-162.el9.x86_64.img\n"
		 "options root=UUID=" UUID " ro\n",
		 0},
		{"/loader/entries/README", "not an entry", 0},
		{0}};
	struct fixture *f = *state;

	assert_int_equal(read_files(f, files), 0);
	assert_int_equal(f->result.entries.n, 4);
	assert_string_equal(f->result.entries.v[0].id, "6f-5.14.0-162.el9.x86_64");
	assert_string_equal(f->result.entries.v[0].cmdline, "root=UUID=" UUID " ro");
	assert_string_equal(f->result.entries.v[1].id, "6f-5.14.0-70.el9.x86_64");
	assert_string_equal(f->result.entries.v[1].cmdline,
			    "root=/dev/mapper/rhel-root ro   quiet");
	assert_int_equal(f->result.entries.v[1].initramfs.n, 1);
	assert_string_equal(f->result.entries.v[2].id, "6f-0-rescue");
	assert_string_equal(default_title(f), "RHEL 5.14.0-162");
	assert_string_equal(f->result.default_how, "first BLS entry");
	assert_string_equal(f->result.entries.v[1].source.path,
			    "/loader/entries/6f-5.14.0-70.el9.x86_64.conf");

	files[1].text = ENV("saved_entry=6f-5.14.0-70.el9.x86_64\n"
			    "kernelopts=root=/dev/sda1 ro\n"
			    "tuned_params=skew_tick=1\n");
	assert_int_equal(read_files(f, files), 0);
	assert_string_equal(default_title(f), "RHEL 5.14.0-70");
	assert_string_equal(f->result.entries.v[1].cmdline,
			    "root=/dev/sda1 ro skew_tick=1 quiet");
	assert_string_equal(f->result.default_how, "saved_entry=6f-5.14.0-70.el9.x86_64");
	files[1].text = ENV("saved_entry=2\n");
	assert_int_equal(read_files(f, files), 0);
	assert_string_equal(default_title(f), "Rescue");
}

/* --- The language --- */

/* Runs `script`, whose last word says what the entry's command line becomes. */
static void expect_cmdline(struct fixture *f, const char *script, const char *cmdline)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s\nmenuentry t {\n linux /k $result\n}\n", script);
	if (read_text(f, text) != 0)
		fail_msg("%s: %s", script, f->e.text);
	assert_string_equal(f->result.entries.v[0].cmdline, cmdline);
}

static void test_language(void **state)
{
	static const struct {
		const char *script, *cmdline;
	} rows[] = {
		{"result=a", "a"},
		{"set x=1; set result=\"$x${x}2\\$x\\\\\" # not this", "112$x\\\\"},
		{"set result='a  b'", "a b"},
		{"set result=a\\ b\\\n\\ c", "a b c"},
		{"if [ a = b ]; then result=1; elif [ 2 -gt 1 -a ! -f /nothing ]; then "
		 "result=2; else result=3; fi",
		 "2"},
		{"if ! false; then result=1; fi", "1"},
		{"if [ -e " CFG " -o x = y ]; then result=1; fi", "1"},
		{"if test -s /none; then result=1; else result=$?; fi", "0"},
		{"if [ -d /boot/grub ]; then result=dir; fi", "dir"},
		{"if [ ]; then result=1; else result=0; fi", "0"},
		{"if [ \"\" ]; then result=1; else result=0; fi", "0"},
		{"if [ ( a = b -o a = a ) -a c ]; then result=1; fi", "1"},
		{"if [ abc '<' abd -a 10 -ge 9 -a 1 -ne 2 -a 1 -le 1 ]; then result=1; "
		 "fi",
		 "1"},
		{"for i in a 'b c' d; do result=\"$result $i\"; done", "a b c d"},
		{"for i in 1 2 3; do if [ $i = 2 ]; then continue; fi; "
		 "result=$result$i; done",
		 "13"},
		{"while true; do result=x$result; if [ $result = xxx ]; then break; fi; "
		 "done",
		 "xxx"},
		{"until [ x$result = xyy ]; do result=${result}y; done", "yy"},
		{"function f { result=\"$#$1$2\"; return 1; result=no; }\nf a 'b c'\n"
		 "if [ $? = 1 ]; then result=\"$result!\"; fi",
		 "2ab c!"},
		{"function f { shift; for i in \"$@\"; do result=\"$result[$i]\"; done; "
		 "}\n"
		 "f x 'a b' c",
		 "[a b][c]"},
		{"a=\"1 2\"; for i in $a \"$a\"; do result=\"$result+$i\"; done",
		 "+1+2+1 2"},
		{"unset result; set", ""},
		{"eval 'result=a; result=\"$result\"b'", "ab"},
		{"{echo=1", NULL},
		{"if search --file --set=d " CFG "; then result=found; fi", "found"},
		{"if search --no-floppy --label nothing; then result=1; else result=0; "
		 "fi",
		 "0"},
		{"if keystatus --shift; then result=1; else result=0; fi", "0"},
		{"result=\"$\"\"x\"", NULL},
		{"result=$\"text\"", "text"},
		{"if nosuchcommand; then result=1; else result=0; fi", "0"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].cmdline)
			expect_cmdline(f, rows[i].script, rows[i].cmdline);
		else
			assert_int_equal(read_text(f, rows[i].script), -ERR_CORRUPT);
	}
}

static void test_remark_on_unknown_command(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		read_text(f, "frobnicate\nfrobnicate\nmenuentry a { linux /k; }"), 0);
	assert_int_equal(f->result.remarks.n, 2);
	assert_non_null(strstr(f->result.remarks.v[0], "frobnicate"));
}

/* What grub-script-check refuses is refused here, with its line. */
static void test_bad_syntax(void **state)
{
	static const char *const rows[] = {
		"true && false",
		"a | b",
		"menuentry x { }",
		"menuentry x {\n linux /k\n",
		"menuentry x { linux /k; }\n}",
		"function f { true }",
		"function f {\n}",
		"if true; then fi",
		"if true; then true",
		"if true; do true; done",
		"echo ${a:-b}",
		"echo a{b",
		"echo 'a",
		"echo \"a",
		"echo $",
		"a;;b",
		"; a",
		"fi",
		"menuentry x { echo a } echo b",
		"for i in a; do; true; done",
		"for \"i\" in a; do true; done",
		"echo a\\",
		"[ a < b ]",
		"menuentry x { function f { true; }; f }",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (read_text(f, rows[i]) != -ERR_CORRUPT)
			fail_msg("accepted: %s", rows[i]);
	assert_int_equal(read_text(f, "true\n\nif true; then\n"), -ERR_CORRUPT);
	assert_non_null(strstr(f->e.text, "line 4"));
}

/* Loops, recursion and growth end in ERR_LIMIT, an endless menu too. */
static void test_limits(void **state)
{
	static const char *const rows[] = {
		"while true; do true; done",
		"function f { f; }\nf",
		"until false; do set a=$a$a; done",
		"source " CFG,
		"configfile " CFG,
		"set a=aaaaaaaaaaaaaaaa; while true; do set a=$a$a; done",
		"while true; do menuentry a { true; }; done",
		"set a=; while true; do set a=${a}a; eval \"set v$a=1\"; done",
		"submenu a { source " CFG "; }",
		"eval \"$x\"; set x='eval \"$x\"'; eval \"$x\"",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int r = read_text(f, rows[i]);

		if (r != -ERR_LIMIT)
			fail_msg("%s: %d %s", rows[i], r, f->e.text);
	}
}

static void test_deep_nesting(void **state)
{
	struct fixture *f = *state;
	char text[64 * 1024] = "";
	size_t n = 0;

	for (size_t i = 0; i < 5000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "if a;then ");
	assert_int_equal(read_text(f, text), -ERR_LIMIT);
	n = 0;
	for (size_t i = 0; i < 5000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "x {");
	assert_int_equal(read_text(f, text), -ERR_LIMIT);
}

static void test_no_menu(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, "# nothing\n"), -ERR_UNSUPPORTED);
	assert_int_equal(read_text(f, ""), -ERR_UNSUPPORTED);
}

static void test_entries(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f,
				   "set root=hd0,1\nset x=outer\n"
				   "submenu s { menuentry \"in $x\" { linux /in; }; }\n"
				   "menuentry chain { chainloader +1; }\n"
				   "menuentry xen { multiboot2 /boot/xen-4.17-amd64.gz "
				   "placeholder y\n"
				   " module2 /vmlinuz placeholder root=/dev/sda1 ro\n"
				   " module2 --nounzip /initrd\n}\n"
				   "menuentry two { linux /k 'a b' c\\'d\n initrd /u.img "
				   "newc:x:/v.img; "
				   "}\n"
				   "search --fs-uuid --set=root " UUID "\n"
				   "menuentry away { linux (UUID=elsewhere)/k; }\n"),
			 0);
	assert_int_equal(f->result.entries.n, 5);
	assert_string_equal(f->result.entries.v[0].title, "s>in ");
	assert_true(f->result.entries.v[0].is_default);
	assert_null(f->result.entries.v[1].kernel);
	assert_string_equal(f->result.entries.v[2].kernel, "/vmlinuz");
	assert_string_equal(f->result.entries.v[2].cmdline, "root=/dev/sda1 ro");
	assert_string_equal(f->result.entries.v[2].initramfs.v[0], "/initrd");
	assert_string_equal(f->result.entries.v[3].cmdline, "\"a b\" c\\'d");
	assert_int_equal(f->result.entries.v[3].initramfs.n, 2);
	assert_string_equal(f->result.entries.v[3].initramfs.v[1], "/v.img");
	assert_null(f->result.entries.v[4].kernel);
	assert_non_null(strstr(f->result.remarks.v[0], "no part of this guest"));
}

/* --- grubenv --- */

static void test_grubenv(void **state)
{
	static const char block[] = ENV("a=1\n# a comment\nb=x=y\\\\z\\\nnext\nc=\n");
	struct fixture *f = *state;
	grubenv table;

	assert_int_equal(
		grubenv_parse(slice_of(block, sizeof(block) - 1), f->a, &table, &f->e),
		0);
	assert_int_equal(table.n, 3);
	assert_string_equal(table.v[1].name, "b");
	assert_string_equal(table.v[1].value, "x=y\\z\nnext");
	assert_string_equal(table.v[2].value, "");
	assert_int_equal(grubenv_parse(slice_str("saved_entry=1\n"), f->a, &table, &f->e),
			 -ERR_CORRUPT);
	assert_int_equal(grubenv_parse(slice_str(ENV("a=1\nb")), f->a, &table, &f->e),
			 -ERR_CORRUPT);
	assert_int_equal(grubenv_parse(slice_str("# GRUB Environment Block\na=1\\"), f->a,
				       &table, &f->e),
			 -ERR_CORRUPT);
	/* A damaged block is never taken for an empty one. */
	assert_int_equal(read_debian(f, "0", "# GRUB Environment Block\nsaved"),
			 -ERR_CORRUPT);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_debian),       CASE(test_debian_defaults),
		CASE(test_wrapper),      CASE(test_bls),
		CASE(test_language),     CASE(test_remark_on_unknown_command),
		CASE(test_bad_syntax),   CASE(test_limits),
		CASE(test_deep_nesting), CASE(test_no_menu),
		CASE(test_entries),      CASE(test_grubenv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
