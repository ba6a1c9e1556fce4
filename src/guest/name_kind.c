/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kinds of names of disks. A name that the kernel makes of the bus and the order of
 * discovery (sda, vdb1, xvda, cciss/c0d0p1) changes with the driver; so do by-path and
 * by-id names, which hold the bus or the model. A name that is written on the disk itself
 * does not.
 */
#include "name_kind.h"

#include "text.h"

static struct slice behind(struct slice s, const char *prefix)
{
	struct slice rest = SLICE_NONE;
	size_t n = slice_str(prefix).n;

	if (!slice_sub(s, n, s.n - n, &rest))
		return SLICE_NONE;
	return rest;
}

/* by-id names of what is stacked on disks are made of their own identity. */
static bool is_stable_id(struct slice name)
{
	static const char *const stable[] = {"dm-uuid-", "dm-name-", "md-uuid-",
					     "md-name-", "lvm-pv-uuid-"};

	for (size_t i = 0; i < ARRAY_LEN(stable); i++)
		if (slice_starts(name, stable[i]))
			return true;
	return false;
}

/* Letters after the prefix, then digits, or a pattern: sda, sdaa12, sd[a-z]*, vd*. */
static bool is_lettered(struct slice name)
{
	static const char *const prefixes[] = {"sd", "hd", "vd", "xvd", "ubd"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		struct slice rest;
		int c;

		if (!slice_starts(name, prefixes[i]))
			continue;
		rest = behind(name, prefixes[i]);
		c = slice_at(rest, 0);
		if ((c >= 'a' && c <= 'z') || c == '[' || c == '*' || c == '?' ||
		    c == '.')
			return true;
	}
	return false;
}

static bool is_bus_name(struct slice name)
{
	static const char *const numbered[] = {
		"nvme", "mmcblk", "pmem",     "dasd",     "cciss/c",   "ida/c",
		"rd/c", "i2o/hd", "ataraid/", "ide/host", "scsi/host", "discs/disc"};

	if (is_lettered(name))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(numbered); i++)
		if (slice_starts(name, numbered[i]))
			return true;
	return false;
}

static bool starts_any(struct slice name, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slice_starts(name, prefixes[i]))
			return true;
	return false;
}

/* "vg0/root": two components, and the first is none of the directories that /dev has. */
static bool is_lvm(struct slice name)
{
	static const char *const directories[] = {
		"mapper",  "md",  "disk", "cciss", "ida",   "rd",     "i2o",
		"ataraid", "pts", "shm",  "block", "input", "floppy", "cdroms"};
	struct slice group, volume;

	if (!text_split(name, '/', &group, &volume) || !group.n || !volume.n ||
	    slice_find(volume, 0, '/') < volume.n)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (slice_eq(group, directories[i]))
			return false;
	return true;
}

/* Behind "/dev/". */
static struct name_kind kind_of_device(struct slice name)
{
	static const struct {
		const char *prefix, *kind;
		bool stable;
	} rows[] = {
		{"disk/by-uuid/", "uuid", true},
		{"disk/by-label/", "label", true},
		{"disk/by-partuuid/", "partuuid", true},
		{"disk/by-partlabel/", "partlabel", true},
		{"disk/by-path/", "by-path", false},
		{"mapper/", "mapper", true},
		{"md", "md", true},
		{"dm-", "other", false},
	};
	static const char *const removable[] = {"sr",   "scd", "cdrom", "dvd",
						"cdrw", "fd",  "floppy"};
	static const char *const virtual[] = {"ram", "zram", "loop",   "shm",    "nfs",
					      "pts", "zero", "random", "urandom"};

	if (is_lvm(name))
		return (struct name_kind){"lvm", true};
	if (slice_starts(name, "disk/by-id/"))
		return (struct name_kind){"by-id",
					  is_stable_id(behind(name, "disk/by-id/"))};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (slice_starts(name, rows[i].prefix))
			return (struct name_kind){rows[i].kind, rows[i].stable};
	if (is_bus_name(name))
		return (struct name_kind){"bus-name", false};
	if (starts_any(name, removable, ARRAY_LEN(removable)))
		return (struct name_kind){"removable", true};
	if (starts_any(name, virtual, ARRAY_LEN(virtual)))
		return (struct name_kind){NULL, true};
	return (struct name_kind){"other", false};
}

/* "803" or "0803": major and minor number in hexadecimal, as LILO writes root=. */
static bool is_device_number(struct slice s)
{
	uint64_t number;
	struct slice major, minor;

	if (text_split(s, ':', &major, &minor))
		return text_u64(major, 4095, &number) &&
		       text_u64(minor, 1048575, &number);
	return s.n >= 3 && s.n <= 4 && text_hex(s, 0xffff, &number);
}

struct name_kind name_kind_of(const char *spec)
{
	static const struct {
		const char *prefix, *kind;
	} tags[] = {
		{"UUID=", "uuid"},
		{"LABEL=", "label"},
		{"PARTUUID=", "partuuid"},
		{"PARTLABEL=", "partlabel"},
	};
	struct slice s = slice_str(spec);

	for (size_t i = 0; i < ARRAY_LEN(tags); i++)
		if (slice_starts(s, tags[i].prefix))
			return (struct name_kind){tags[i].kind, true};
	if (slice_starts(s, "ID="))
		return (struct name_kind){"by-id", is_stable_id(behind(s, "ID="))};
	if (slice_starts(s, "/dev/"))
		return kind_of_device(behind(s, "/dev/"));
	if (is_device_number(s))
		return (struct name_kind){"bus-name", false};
	if (slice_starts(s, "zfs:") || slice_starts(s, "ZFS=") || slice_eq(s, "zfs"))
		return (struct name_kind){"other", true};
	return (struct name_kind){NULL, true};
}

bool name_is_virtual_fs(const char *type)
{
	static const char *const types[] = {
		"proc",        "sysfs",      "tmpfs",     "devtmpfs",  "devpts",
		"ramfs",       "cgroup",     "cgroup2",   "debugfs",   "tracefs",
		"securityfs",  "configfs",   "efivarfs",  "hugetlbfs", "mqueue",
		"binfmt_misc", "usbfs",      "usbdevfs",  "rootfs",    "overlay",
		"aufs",        "nfs",        "nfs4",      "cifs",      "smbfs",
		"smb3",        "ceph",       "glusterfs", "lustre",    "coda",
		"9p",          "virtiofs",   "vboxsf",    "afs",       "davfs",
		"sshfs",       "autofs",     "nfsd",      "fusectl",   "pstore",
		"bpf",         "rpc_pipefs", "subfs",     "vmhgfs"};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (slice_eq(slice_str(types[i]), type))
			return true;
	return slice_starts(slice_str(type), "fuse.");
}
