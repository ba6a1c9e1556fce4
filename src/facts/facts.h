/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is known of one guest, as plain data in one arena: what is there and
 * where it was read, and no decision. Facts can be written as JSON and read back (codec.h
 * of this folder), so a guest read once can be judged again under other rules.
 *
 * A string that is not known is NULL. Strings hold the guest's bytes as they are; whoever
 * prints them escapes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "machine_facts.h"
#include "vec.h"

#define FACTS_FORMAT 1 /* raised when a reader of the JSON would have to change */

/* Where a fact was read. */
struct source {
	const char *disk;   /* as the user named it */
	const char *volume; /* "partition 2", "LV vg0/root"; NULL for the disk itself */
	const char *path;   /* path in the guest, links resolved */
	uint64_t line;      /* 0 when it does not apply */
	uint64_t offset;    /* in bytes, of binary facts; 0 when it does not apply */
};

enum known { KNOWN_NOT, KNOWN_NO, KNOWN_YES }; /* an unknown is never a no */

/* Something that could not be read, or was read in an unusual way. */
struct problem_fact {
	const char *about; /* "disk", "volume", "filesystem", "kernel", "module",
			      "initramfs", "bootloader", "packages", "os", "names",
			      "network", "startup", "settings" */
	const char *code;  /* err_code_name(), or "remark" */
	const char *text;  /* one sentence */
	struct source source;
};

struct disk_fact {
	const char *name;   /* as the user named it */
	const char *format; /* "raw", "qcow2", "directory" */
	uint64_t size, sector_size;
	const char *scheme; /* "gpt", "mbr", "none" */
	const char *disk_id;
	const char *boot_code; /* see volume.h */
	strs chain;            /* backing and data files, "backing base.qcow2 (qcow2)" */
};

struct volume_fact {
	const char *disk; /* a logical volume may lie on several: the first of `disks` */
	const char *name; /* "partition 2", "LV vg0/root", "MD md0" */
	uint64_t number, start, size;
	const char *type; /* MBR type, GPT type GUID, "lvm", "md"; "luks": what an
			     encrypted one opened as */
	const char *type_name, *partuuid, *partlabel;
	const char *fs; /* "ext4", "swap", "xfs", ...; NULL when nothing was recognised */
	const char *uuid, *label;
	const char *journal;
	const char *unmountable; /* why Linux does not mount it as it is; or NULL */
	bool read;               /* a reader opened it */
	strs mounted_at;         /* guest paths, when it is part of the tree */
	strs subvolumes;    /* of Btrfs: what is shown at each of mounted_at ("@", "/") */
	strs disks;         /* of what lies on several: all of them */
	uint64_t device;    /* its number in a file system that lies on several, else 0 */
	strs missing;       /* devices of that file system, array or mirrored logical
			       volume that are not here */
	strs group_missing; /* physical volumes of a logical volume's group that are not
			       here: "PV pv1 (was /dev/sdb)" */
	strs on;            /* volumes that a logical volume or array lies on, by title */
	const char *level;  /* of an array of MD: "raid1", "linear"; of a logical volume
			       that is mirrored: "raid1", "mirror" */
	const char *metadata;   /* its superblocks' version: "1.2" */
	const char *array_uuid; /* "3aaa0122:29827cfa:5331ad66:ca767371" */
	strs device_names;      /* below /dev, of an array, its partitions, and what an
			   encrypted one opened as: "md0", "mapper/sda5_crypt" */
	const char *cipher;     /* of an encrypted volume: "aes-xts-plain64"; else NULL */
	uint64_t key_bits;      /* of that cipher; 0: not known */
	strs tokens; /* what opens it besides a passphrase: "clevis", "systemd-tpm2" */
};

struct os_fact {
	const char *id;      /* "debian", "rhel", "unknown" */
	const char *version; /* "12", "5.1" */
	const char *name;    /* "Debian GNU/Linux 12 (bookworm)" */
	const char *like;    /* ID_LIKE */
	const char
		*arch; /* "x86_64", "i686", "aarch64", ... of user space, NULL unknown */
	const char *init; /* the file that /sbin/init is: "/usr/lib/systemd/systemd" */
	struct source source;
};

/* One of several operating systems. */
struct system_fact {
	uint64_t number;  /* from 1: for --os */
	const char *name; /* "Debian GNU/Linux 12 (bookworm)", NULL unknown */
	const char *disk, *volume, *subvolume; /* where its / lies */
	bool chosen;                           /* the facts are about it */
};

struct package_fact {
	const char *manager; /* "dpkg", "rpm", "pacman", "apk" */
	const char *name, *version, *arch;
	const char *status; /* "installed", "config-files", ... */
	const char *kind; /* "kernel"; "modules": of a kernel that another package owns */
	const char *kernel; /* the release it owns, or has modules for; NULL unknown */
	struct source source;
};

/* One module file, wherever it lies, or the proof that it is built in. */
struct module_fact {
	const char *name;    /* dashes as underscores */
	const char *state;   /* "file", "builtin", "absent", "broken" */
	const char *problem; /* why "broken": "not an ELF file", "for arm64" ... */
	const char *vermagic, *arch;
	enum known crc_agrees; /* its symbol CRCs against those of its neighbours */
	const char
		*crc_problem; /* the first symbol that differs, and from which module */
	strs depends;         /* from its own .modinfo */
	strs aliases;         /* from .modinfo or modules.builtin.modinfo */
	strs closure; /* every module it needs, in load order, rebuilt from .modinfo */
	strs closure_missing; /* those of them that are neither a file nor built in */
	enum known dep_file_agrees;   /* does modules.dep name the same closure? */
	const char *dep_file_problem; /* how it differs */
	enum known in_alias_file;     /* of a copy in an initramfs with aliases: does the
					 modules.alias in there name it? */
	struct source source;         /* the file, or the line of modules.builtin */
};

/* A line of modprobe.d, modprobe.conf or a kernel command line that changes loading. */
struct modprobe_fact {
	const char *kind;     /* "blacklist", "install", "alias", "options", "softdep" */
	const char *module;   /* the module or alias it speaks of, as written */
	const char *argument; /* the rest of the line, or NULL */
	struct source source;
};

/* A module that a script or a list loads by name when the guest starts. */
struct startup_fact {
	const char *module; /* dashes as underscores; as written when a script computes it
			     */
	const char *path;   /* as written, when it is named by a path; NULL by its name */
	const char *how;    /* "insmod", "modprobe", "list" */
	struct source source;
};

/* A list of modules in the guest's own settings, from which its next initramfs is made:
 * one that stands in one line and that no script computes. */
struct module_setting_fact {
	const char *name; /* "INITRD_MODULES" */
	const char *text; /* the assignment as it stands: INITRD_MODULES="ext3 piix" */
	struct source source;
};

/* A list of patterns by which LVM takes or leaves devices. */
struct lvm_filter_fact {
	const char *name; /* "filter", "global_filter" */
	strs patterns;    /* "a|^/dev/sda2$|", the first that matches decides */
	const char *word; /* of its line, that begins the value; NULL: it cannot be
			     changed word by word */
	struct source source;
};

/* A device of LVM's devices file. */
struct lvm_device_fact {
	const char *idtype, *idname; /* "sys_wwid", by which LVM finds the device */
	const char *devname;         /* that it had last; NULL: not known */
	const char *pvid; /* UUID of the physical volume without dashes, or NULL */
	struct source source;
};

/* What says which devices LVM looks at. */
struct lvm_fact {
	VEC(struct lvm_filter_fact) filters;
	VEC(struct lvm_device_fact) devices; /* none: there is no devices file */
	enum known use_devicesfile;          /* what lvm.conf says of it */
	const char *search_for_devnames;     /* what it says, or NULL */
	const char *problem; /* why a file of it could not be read; NULL: all were */
};

typedef VEC(struct modprobe_fact) modprobe_list;
typedef VEC(struct startup_fact) startup_list;
typedef VEC(struct module_fact) module_list;

struct segment_fact {
	uint64_t offset;   /* in the initramfs file */
	const char *codec; /* codec_name() */
	const char *
		kind; /* "cpio", "early-cpio" (microcode, ACPI tables), "ext2", "empty" */
	uint64_t files; /* members */
};

/* A name of a disk or partition somewhere in the guest's configuration. */
struct name_fact {
	const char *where;  /* "fstab", "crypttab", "root=", "resume=", "resume.conf",
			       "menu setting", "device.map", "mdadm.conf",
			       "rd.lvm.lv", "rd.md.uuid", ... */
	const char *spec;   /* "UUID=...", "/dev/sda1" */
	const char *word;   /* the word of its line that holds it, as written:
			       RESUME="/dev/sda5"; NULL: it is the word itself */
	const char *target; /* mount point, mapping name, "swap" */
	const char *
		kind; /* "uuid", "label", "partuuid", "partlabel", "bus-name" (sda, xvda),
			 "by-path", "by-id", "lvm", "mapper", "md", "virtual", "other" */
	bool stable;  /* keeps meaning the same when the disk changes its bus */
	bool needed;  /* the boot fails or waits without it (not noauto, not nofail) */
	const char
		*resolves_to; /* "web01.qcow2, partition 2", NULL when nothing matches */
	struct source source;
};
typedef VEC(struct name_fact) name_list;

/* A word that an initramfs puts before those of the kernel's command line. */
struct word_fact {
	const char *text; /* as written: "rd.lvm=0" */
	struct source source;
};
typedef VEC(struct word_fact) word_list;

struct initramfs_fact {
	const char *path;    /* as the boot entry or the naming rule gives it */
	const char *state;   /* "read", "partly" (every question answered before the end),
				"empty", "absent", "broken" */
	const char *problem; /* why "broken": the error */
	uint64_t size;
	const char *generator; /* "initramfs-tools", "dracut", ..., "unknown" */
	const char *generator_version;
	enum known host_only;
	const char
		*policy; /* what its own configuration says: "MODULES=list", "hostonly" */
	const char *loads;  /* how drivers get loaded: "udev", "list", "script", "none" */
	const char *kernel; /* release named by its lib/modules directory, or NULL */
	bool alias_index;   /* modules.alias or modules.alias.bin is inside */
	bool dep_index;     /* modules.dep or modules.dep.bin is inside */
	strs tools;         /* what puts volumes together inside: "lvm", "mdadm",
			       "cryptsetup", "raidautorun" (a command of nash) */
	VEC(struct segment_fact) segments;
	strs modules;           /* names of all modules inside (dashes as underscores) */
	strs listed;            /* modules that are loaded by name: conf/modules, ... */
	module_list wanted;     /* the modules asked for, as they are inside */
	modprobe_list modprobe; /* lines of its own modprobe.d */
	struct lvm_fact lvm;    /* its own copies */
	name_list names; /* of disks in its own files: conf/conf.d, crypttab, mdadm.conf;
			    `needed`: / is not found without it */
	word_list words; /* for dracut itself ("rd.auto"), of its own etc/cmdline.d */
	struct source source;
};

struct kernel_fact {
	const char *release; /* as uname -r: "6.1.0-56-amd64" */
	const char *arch;    /* of the image: "x86_64", "i386", "aarch64"; NULL unknown */
	const char *flavour; /* "amd64", "cloud-amd64", "PAE", ...; NULL none */
	const char *image;   /* path; NULL when no image was found */
	const char *image_state;   /* "ok", "empty", "broken", "absent" */
	const char *image_problem; /* why not ok */
	const char *image_release; /* the release string inside the image */
	const char *config;        /* path of its config file, or NULL */
	strs configs;            /* those of facts.asked_configs that it sets, with their
				    value: "CONFIG_XEN_PVHVM_GUEST=y"; "=n" when it
				    says "is not set" */
	bool config_read;        /* it was: a symbol that it does not name is one that the
				    kernel does not have */
	const char *modules_dir; /* path, or NULL */
	uint64_t modules_files;  /* lines of modules.dep */
	const char *package;     /* name of the package that owns it */
	bool is_default;         /* the default boot entry starts it */
	strs entries;            /* titles of the boot entries that start it */
	module_list modules;     /* the modules asked for and what they need */
	struct initramfs_fact initramfs;
	struct source source;
};

struct entry_fact {
	const char *title;
	const char *id;
	const char *kernel; /* path as the guest sees it */
	strs initramfs;     /* paths as the guest sees them */
	const char *cmdline;
	bool is_default;
	struct source source;
	struct source cmdline_source; /* line 0: several lines, or not known */
};

/* A word of a setting from which the boot loader's menu is made the next time. */
struct menu_setting_fact {
	const char *name;  /* "GRUB_CMDLINE_LINUX"; "" for a file that is one command line
			    */
	const char *value; /* the word without quotes: "root=/dev/sda1" */
	const char *word;  /* of its line, that holds it, as written */
	struct source source;
};

struct boot_fact {
	const char *
		loader; /* "grub2", "grub-legacy", "systemd-boot", ...; NULL none found */
	const char *loader_name; /* for people: "GRUB 2" */
	bool readable;           /* its configuration has a reader here */
	const char *config;      /* path of the file read */
	bool bios, uefi; /* the guest can start that way (loader code or file is there) */
	const char *mbr_disk;                /* disk whose sector 0 holds boot code */
	const char *boot_disk, *boot_volume; /* where /boot lies */
	const char *esp_disk, *esp_volume;   /* the EFI system partition */
	const char *efi_file; /* path of the program there that UEFI starts */
	enum known
		removable_path;  /* \EFI\BOOT\BOOT*.EFI is there: starts without NVRAM */
	const char *default_how; /* "saved_entry=...", "default=0", "first BLS entry" */
	strs unreplayed; /* paths of files read at the start that are another file, or
			    none, as long as nobody replays the journal */
	VEC(struct entry_fact) entries;
	VEC(struct menu_setting_fact) settings;
	struct source source;
};

/* A network card, as a file of the guest configures or names it. */
struct nic_fact {
	const char *device;      /* "eth0", or patterns: "en* eth*"; NULL: known by other
				    means alone */
	const char *driver;      /* the module loaded for it; NULL unknown */
	const char *driver_from; /* "alias" (of modprobe.conf), "hwconf" (kudzu's list),
				    "match" (the file speaks of cards of this driver) */
	const char *hwaddr;      /* the address it is bound to, as written; NULL none */
	const char *method;      /* how it gets its IP address: "dhcp", "static", ... */
	enum known boot;         /* is it started at boot? */
	struct source source;
	const char *kind;  /* of file: "ifcfg", "interfaces", "netplan", "networkmanager",
			      "networkd"; "link", "udev" only name cards, and "hwconf" is
			      a list of hardware */
	bool names;        /* the card that it speaks of gets the name `device` by it */
	const char *bound; /* what ties it to a driver or to a place of the machine, as
			      written: "Driver=e1000"; NULL: nothing */
	uint64_t bound_line; /* where that stands; 0: in several lines */
};

/* How the guest names its network cards. */
struct naming_fact {
	const char *by;        /* cards that no rule names: "kernel" (eth0, eth1, ... as
				  they are found), "link" (the policy of a .link file),
				  "rules" (by place, udev before .link files); NULL: not
				  known */
	const char *policy;    /* NamePolicy= of that .link file */
	enum known link_files; /* does udev read .link files? */
	enum known generator;  /* does udev write a rule for every new card? */
	enum known by_ifcfg;   /* do start scripts name a card by its HWADDR=? */
	uint64_t systemd;      /* version; 0: none, or not known */
	struct source source;  /* what decides `by` */
};

/* Bytes of a disk as the guest sees it. */
struct piece_fact {
	const char *disk;
	uint64_t offset, length;
};

/* A file that is read when the guest starts, and where it lies. */
struct boot_file_fact {
	const char
		*what; /* "config" (of the boot loader), "kernel", "initramfs", "init" */
	const char *name; /* path as the boot entry or the kernel has it: "/sbin/init" */
	const char *path; /* links resolved */
	uint64_t size;
	VEC(struct piece_fact) pieces; /* in order; holes are left out */
};

struct given_package_fact; /* given.h */

struct facts {
	uint64_t format;     /* FACTS_FORMAT */
	const char *program; /* "paravet 0.1" */
	VEC(struct disk_fact) disks;
	VEC(struct volume_fact) volumes;
	VEC(struct system_fact) systems; /* all, where there are several; else none */
	struct os_fact os;
	VEC(struct package_fact) packages;
	VEC(struct kernel_fact) kernels;
	struct boot_fact boot;
	modprobe_list modprobe;
	startup_list startup;
	VEC(struct module_setting_fact) module_settings;
	name_list names;
	struct lvm_fact lvm;
	VEC(struct nic_fact) nics;
	struct naming_fact naming;
	const char *root_disk, *root_volume, *root_fs; /* where / lies */
	VEC(struct boot_file_fact) boot_files; /* empty unless they were asked for */
	struct machine machine;                /* empty when no description was given */
	/* packages of drivers that were given; none when nothing was asked of them */
	VEC(struct given_package_fact) given_packages;
	strs asked;         /* modules that were looked for: others were not read */
	strs asked_configs; /* kernel configuration symbols that were looked for */
	VEC(struct problem_fact) problems;
	strs sandbox; /* layers that were active while reading: "rlimits", "landlock", ...
		       */
	uint64_t read_calls, read_bytes; /* on the disks */
};

/* The boot entry that starts by default, or NULL when that is not known. */
const struct entry_fact *facts_default_entry(const struct facts *f);
/* The kernel that the default boot entry starts, or NULL when that is not known. */
const struct kernel_fact *facts_default_kernel(const struct facts *f);
/* Where no boot entry was found: the only kernel that has an image, or NULL. */
const struct kernel_fact *facts_only_kernel(const struct facts *f);
/* Is its initramfs a part of its image: of a unified kernel image, which is made and
 * signed as a whole? */
bool kernel_is_unified(const struct kernel_fact *k);
/* Does the boot loader load what a list of blocks names (LILO, zipl), so that whoever
 * changes a file that it loads has to run its program? */
bool boot_is_mapped(const struct boot_fact *b);
/* Was a folder given, and no disk? Then there is no boot sector, no file system and no
 * partition to look at. */
bool facts_is_folder(const struct facts *f);
/* Another volume that answers to the same UUID=, PARTUUID= or LABEL=, whichever `name`
 * picks; NULL: there is none, or no such name. Devices of one file system of Btrfs share
 * its UUID and label. */
enum volume_name { VOLUME_UUID, VOLUME_PARTUUID, VOLUME_LABEL };
const struct volume_fact *facts_twin(const struct facts *f, const struct volume_fact *v,
				     enum volume_name name);
/* The disk that a name resolves to, as the user named it; NULL: to none. */
const char *facts_disk_of_name(const struct facts *f, const struct name_fact *n);
/* The volume that it resolves to; NULL: to none, or to a whole disk without one. */
const struct volume_fact *facts_volume_of_name(const struct facts *f,
					       const struct name_fact *n);
/* "web01.qcow2, partition 2", NULL when there is none of that title. */
const struct volume_fact *facts_volume_titled(const struct facts *f, const char *title);
typedef VEC(const struct volume_fact *) volume_refs;
/* A volume (NULL: none) and all that it lies on, from the top, each once; false: the
 * arena is full. */
_must_check_ bool facts_stack_of(const struct facts *f, const struct volume_fact *v,
				 struct arena *a, volume_refs *ret);
/* The volume that / is on, or NULL. */
const struct volume_fact *facts_root_volume(const struct facts *f);
/* The topmost array of MD among them, or NULL. */
const struct volume_fact *facts_array_of(const volume_refs *stack);
/* The module of that name (dashes or underscores), or NULL: not asked for. */
const struct module_fact *module_by_name(const module_list *list, const char *name);
/* Do two module names mean the same? Dashes and underscores are equal. */
bool module_name_eq(const char *a, const char *b);

/* Facts as JSON text. */
struct strbuf;
void facts_to_json(const struct facts *f, struct strbuf *out);
/* The JSON Schema of that text. */
void facts_schema(struct strbuf *out);
/* Reads them back into the arena. Everything is checked: the text may come from a worker
 * that an image has taken over, or from a file. */
int facts_from_json(struct slice json, struct arena *a, struct facts *ret, struct err *e);
