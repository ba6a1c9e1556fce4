/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which operating system this is, by the files that say so, and the architecture of its
 * programs. This selects citations; it decides nothing.
 */
#include "elf.h"
#include "guest.h"
#include "os_release.h"
#include "tolerate.h"

/* The first that is there and names a distribution is taken: what is more exact comes
 * first. Clones of Red Hat's also have a redhat-release, Ubuntu a debian_version. */
static const struct {
	const char *path;
	release_parser *parse;
	const char *id;
} release_files[] = {
	{"/etc/os-release", os_release_parse, NULL},
	{"/usr/lib/os-release", os_release_parse, NULL},
	{"/etc/rocky-release", redhat_release_parse, "rocky"},
	{"/etc/almalinux-release", redhat_release_parse, "almalinux"},
	{"/etc/oracle-release", redhat_release_parse, "ol"},
	{"/etc/enterprise-release", redhat_release_parse, "ol"},
	{"/etc/centos-release", redhat_release_parse, "centos"},
	{"/etc/fedora-release", redhat_release_parse, "fedora"},
	{"/etc/altlinux-release", redhat_release_parse, "altlinux"},
	{"/etc/mandriva-release", redhat_release_parse, "mandriva"},
	{"/etc/redhat-release", redhat_release_parse, NULL},
	{"/etc/system-release", redhat_release_parse, NULL},
	{"/etc/SuSE-release", suse_release_parse, "suse"},
	{"/etc/gentoo-release", redhat_release_parse, "gentoo"},
	{"/etc/lsb-release", lsb_release_parse, NULL},
	{"/etc/alpine-release", plain_release_parse, "alpine"},
	{"/etc/arch-release", plain_release_parse, "arch"},
	{"/etc/slackware-version", plain_release_parse, "slackware"},
	{"/etc/debian_version", plain_release_parse, "debian"},
};

/* Systems that are no Linux are named, so that nobody looks for its drivers there. */
static const struct {
	const char *path, *id, *name;
} other_systems[] = {
	{"/Windows/System32", "windows", "Windows (no reader)"},
	{"/WINDOWS/system32", "windows", "Windows (no reader)"},
	{"/WINNT/system32", "windows", "Windows (no reader)"},
	{"/boot/kernel/kernel", "freebsd", "FreeBSD (no reader)"},
	{"/netbsd", "netbsd", "NetBSD (no reader)"},
	{"/bsd", "openbsd", "OpenBSD (no reader)"},
};

/* Programs that every system has; the first that is an ELF file tells. */
static const char *const programs[] = {
	"/bin/sh",
	"/usr/bin/sh",
	"/bin/bash",
	"/sbin/init",
	"/usr/sbin/init",
	"/lib/systemd/systemd",
	"/usr/lib/systemd/systemd",
	"/lib64/ld-linux-x86-64.so.2",
	"/lib/ld-linux.so.2",
	"/lib/ld-linux-aarch64.so.1",
};

static int read_release(struct guest *g, size_t row, struct os_fact *os, struct err *e)
{
	struct os_fact found = {0};
	struct slice text;
	struct file f;
	int r = guest_config(g, release_files[row].path, &f, &text, e);

	if (r >= 0)
		r = release_files[row].parse(text, release_files[row].id, g->arena,
					     &found, e);
	if (r < 0)
		return tolerate(g, "os", release_files[row].path, e);
	found.source = guest_source(g, &f, 0, 0);
	*os = found;
	return 0;
}

/* CentOS 7 and 8 have only their major version in os-release. */
static int refine_centos(struct guest *g, struct os_fact *os, struct err *e)
{
	struct os_fact exact = {0};
	struct slice text, version;
	struct file f;
	int r;

	if (!slice_eq(slice_str(os->id), "centos") || !os->version)
		return 0;
	version = slice_str(os->version);
	if (slice_find(version, 0, '.') < version.n)
		return 0;
	r = guest_config(g, "/etc/centos-release", &f, &text, e);
	if (r >= 0)
		r = redhat_release_parse(text, "centos", g->arena, &exact, e);
	if (r < 0)
		return tolerate(g, "os", "/etc/centos-release", e);
	if (exact.version && slice_starts(slice_str(exact.version), os->version) &&
	    slice_at(slice_str(exact.version), version.n) == '.') {
		os->version = exact.version;
		os->source = guest_source(g, &f, 0, 0);
	}
	return 0;
}

static int find_other(struct guest *g, struct os_fact *os, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(other_systems); i++) {
		struct file f;
		int r = tree_find(g->tree, other_systems[i].path, &f, e);

		if (r >= 0) {
			os->id = other_systems[i].id;
			os->name = other_systems[i].name;
			os->source = guest_source(g, &f, 0, 0);
			return 0;
		}
		r = tolerate(g, "os", other_systems[i].path, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The kernel's word for 32-bit x86 is that of the ELF machine, user space's is i686. */
static const char *user_space_name(const char *arch)
{
	return slice_eq(slice_str(arch), "i386") ? "i686" : arch;
}

static int find_arch(struct guest *g, struct os_fact *os, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(programs) && !os->arch; i++) {
		struct file_bytes bytes;
		struct slice head;
		struct file f;
		int r = tree_find(g->tree, programs[i], &f, e);

		if (r >= 0 && f.node.type != NODE_FILE)
			continue;
		if (r >= 0) {
			bytes = file_bytes_of(&f);
			r = file_bytes_head(&bytes, 64, g->scratch, &head, e);
		}
		if (r < 0)
			r = tolerate(g, "os", programs[i], e);
		else if (elf_arch(head))
			os->arch = user_space_name(elf_arch(head));
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the kernel starts as the first program, unless it is told another one. */
static int find_init(struct guest *g, struct os_fact *os, struct err *e)
{
	static const char path[] = "/sbin/init";
	struct file f;
	int r = tree_find(g->tree, path, &f, e);

	if (r < 0)
		return tolerate(g, "os", path, e);
	os->init = guest_source(g, &f, 0, 0).path;
	return 0;
}

static int read_system(struct guest *g, struct err *e)
{
	struct os_fact *os = &g->facts->os;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_LEN(release_files) && !os->id; i++)
		r = read_release(g, i, os, e);
	if (r >= 0 && os->id)
		r = refine_centos(g, os, e);
	if (r >= 0 && !os->id)
		r = find_other(g, os, e);
	if (r >= 0 && !os->id) {
		os->id = "unknown";
		r = guest_remark(g, "os", (struct source){0},
				 "no file names the operating system: looked for %s, %s "
				 "and %zu others",
				 release_files[0].path, release_files[1].path,
				 ARRAY_LEN(release_files) - 2);
	}
	if (r >= 0)
		r = find_arch(g, os, e);
	if (r >= 0)
		r = find_init(g, os, e);
	return r;
}

const struct guest_reader read_os = {
	"os", "the distribution, its version, and the architecture of its programs",
	read_system};
