/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tables that describe the facts: each row is a field of facts.h with the sentence
 * that the JSON Schema and the manual show.
 */
#include "tables.h"

#include "facts.h"
#include "given.h"

static const struct field source_fields[] = {
	F_STR(struct source, disk, "disk, as the user named it"),
	F_STR(struct source, volume, "\"partition 2\"; null for the disk itself"),
	F_STR(struct source, path, "path in the guest, links resolved"),
	F_U64(struct source, line, "line, from 1; 0 when it does not apply"),
	F_U64(struct source, offset, "byte offset; 0 when it does not apply"),
	F_END};
const struct record source_record = {"source", "Where a fact was read.",
				     sizeof(struct source), source_fields};

#define F_SOURCE(T) F_RECORD(T, source, &source_record, "where it was read")

static const struct field problem_fields[] = {
	F_STR(struct problem_fact, about,
	      "what could not be read, or was read in an unusual way"),
	F_STR(struct problem_fact, code, "kind of error, or \"remark\""),
	F_STR(struct problem_fact, text, "one sentence"), F_SOURCE(struct problem_fact),
	F_END};
const struct record problem_record = {"problem", "Something that could not be read.",
				      sizeof(struct problem_fact), problem_fields};

static const struct field disk_fields[] = {
	F_STR(struct disk_fact, name, "as the user named it"),
	F_STR(struct disk_fact, format, "image format, or \"directory\""),
	F_U64(struct disk_fact, size, "bytes that the guest sees"),
	F_U64(struct disk_fact, sector_size, "bytes"),
	F_STR(struct disk_fact, scheme, "partition table: gpt, mbr, none"),
	F_STR(struct disk_fact, disk_id, "MBR disk signature or GPT disk GUID"),
	F_STR(struct disk_fact, boot_code,
	      "what sector 0 holds: grub, syslinux, windows, other, none"),
	F_STRS(struct disk_fact, chain, "backing and data files that were opened"),
	F_END};
static const struct record disk_record = {"disk", "A disk of the guest.",
					  sizeof(struct disk_fact), disk_fields};

static const struct field volume_fields[] = {
	F_STR(struct volume_fact, disk, "disk it lies on, or the first of them"),
	F_STR(struct volume_fact, name,
	      "\"partition 2\", \"LV vg0/root\", \"MD md0\", \"LUKS in partition 2\"; "
	      "null "
	      "for a disk without a table"),
	F_U64(struct volume_fact, number,
	      "as Linux numbers it: 1 is sda1; 0 is the whole disk, or a logical "
	      "volume"),
	F_U64(struct volume_fact, start,
	      "byte offset on the disk; 0 for a logical volume"),
	F_U64(struct volume_fact, size, "bytes"),
	F_STR(struct volume_fact, type,
	      "MBR type, GPT type GUID, lvm, md, or luks: what an encrypted volume "
	      "opened "
	      "as"),
	F_STR(struct volume_fact, type_name, "the same in words"),
	F_STR(struct volume_fact, partuuid, "as PARTUUID= has it"),
	F_STR(struct volume_fact, partlabel, "GPT name"),
	F_STR(struct volume_fact, fs, "what is on it"),
	F_STR(struct volume_fact, uuid, "of the file system"),
	F_STR(struct volume_fact, label, "of the file system"),
	F_STR(struct volume_fact, journal,
	      "clean, replayed (in memory; the image is as it was), or not replayed "
	      "(what "
	      "was written last is not shown)"),
	F_STR(struct volume_fact, unmountable,
	      "why Linux does not mount it as it is; null: nothing is known"),
	F_BOOL(struct volume_fact, read, "a reader opened it"),
	F_STRS(struct volume_fact, mounted_at,
	       "guest paths, when it is part of the tree"),
	F_STRS(struct volume_fact, subvolumes,
	       "of Btrfs: the subvolume that each of mounted_at shows"),
	F_STRS(struct volume_fact, disks,
	       "of a logical volume, an array, or a file system over several devices: "
	       "all that it "
	       "lies on"),
	F_U64(struct volume_fact, device,
	      "its number in a file system that lies on several devices, or 0"),
	F_STRS(struct volume_fact, missing,
	       "devices of that file system, of an array, or images of a logical volume, "
	       "that are on none of the disks given"),
	F_STRS(struct volume_fact, group_missing,
	       "of a logical volume: physical volumes of its group that are on none of "
	       "the disks given"),
	F_STRS(struct volume_fact, on,
	       "of a logical volume, an array, a partition on one, or what an encrypted "
	       "volume "
	       "opened as: volumes it lies on"),
	F_STR(struct volume_fact, level,
	      "of an array of Linux software RAID, or of a logical volume on several "
	      "images: raid1, ...; mirror"),
	F_STR(struct volume_fact, metadata, "version of its superblocks: 0.90, 1.2, ..."),
	F_STR(struct volume_fact, array_uuid, "as mdadm(8) prints it"),
	F_STRS(struct volume_fact, device_names,
	       "of an array, partitions on it, and what an encrypted volume opened as: "
	       "names below /dev that mean it"),
	F_STR(struct volume_fact, cipher, "of an encrypted volume"),
	F_U64(struct volume_fact, key_bits, "of that cipher; 0: not known"),
	F_STRS(struct volume_fact, tokens,
	       "of an encrypted volume: what opens it besides a passphrase"),
	F_END};
static const struct field system_fields[] = {
	F_U64(struct system_fact, number, "from 1: what --os takes"),
	F_STR(struct system_fact, name, "for people; null: not known"),
	F_STR(struct system_fact, disk, "disk on which its / lies"),
	F_STR(struct system_fact, volume, "volume on which its / lies"),
	F_STR(struct system_fact, subvolume, "of Btrfs, that is its /"),
	F_BOOL(struct system_fact, chosen, "everything else here is about it"),
	F_END};
static const struct record system_record = {"system", "One of several operating systems.",
					    sizeof(struct system_fact), system_fields};

static const struct record volume_record = {"volume",
					    "A partition, logical volume or array.",
					    sizeof(struct volume_fact), volume_fields};

static const struct field os_fields[] = {
	F_STR(struct os_fact, id, "as os-release(5) has it; \"unknown\" otherwise"),
	F_STR(struct os_fact, version, "12, 5.1, ..."),
	F_STR(struct os_fact, name, "for people"),
	F_STR(struct os_fact, like, "ID_LIKE of os-release"),
	F_STR(struct os_fact, arch, "of user space"),
	F_STR(struct os_fact, init, "the file that /sbin/init leads to"),
	F_SOURCE(struct os_fact),
	F_END};
static const struct record os_record = {"os", "The operating system.",
					sizeof(struct os_fact), os_fields};

static const char *const package_kinds[] = {"kernel", "modules", NULL};
static const struct field package_fields[] = {
	F_STR(struct package_fact, manager, "dpkg, rpm, pacman, apk"),
	F_STR(struct package_fact, name, "package"),
	F_STR(struct package_fact, version, "as the package manager prints it"),
	F_STR(struct package_fact, arch, "as the package manager prints it"),
	F_STR(struct package_fact, status, "installed, config-files, ..."),
	F_WORD(struct package_fact, kind, package_kinds, "what it brings"),
	F_STR(struct package_fact, kernel,
	      "release of the kernel it owns, or has modules for"),
	F_SOURCE(struct package_fact),
	F_END};
static const struct record package_record = {
	"package", "A package that owns a kernel, or modules beside it.",
	sizeof(struct package_fact), package_fields};

static const char *const module_states[] = {"file", "builtin", "absent", "broken", NULL};
static const struct field module_fields[] = {
	F_STR(struct module_fact, name, "dashes as underscores"),
	F_WORD(struct module_fact, state, module_states, "what was found of it"),
	F_STR(struct module_fact, problem, "why it is broken"),
	F_STR(struct module_fact, vermagic, "of its .modinfo"),
	F_STR(struct module_fact, arch, "of its ELF header"),
	F_KNOWN(struct module_fact, crc_agrees,
		"do its symbol CRCs agree with its neighbours'?"),
	F_STR(struct module_fact, crc_problem, "the first symbol that differs"),
	F_STRS(struct module_fact, depends, "of its own .modinfo"),
	F_STRS(struct module_fact, aliases, "device patterns it binds to"),
	F_STRS(struct module_fact, closure, "every module it needs, in load order"),
	F_STRS(struct module_fact, closure_missing,
	       "those that are neither a file nor built in"),
	F_KNOWN(struct module_fact, dep_file_agrees,
		"does modules.dep name the same closure?"),
	F_STR(struct module_fact, dep_file_problem, "how modules.dep differs"),
	F_KNOWN(struct module_fact, in_alias_file,
		"does the initramfs's own modules.alias name it?"),
	F_SOURCE(struct module_fact),
	F_END};
static const struct record module_record = {"module", "A kernel module.",
					    sizeof(struct module_fact), module_fields};

static const struct field modprobe_fields[] = {
	F_STR(struct modprobe_fact, kind, "blacklist, install, alias, options, softdep"),
	F_STR(struct modprobe_fact, module, "module or alias it speaks of"),
	F_STR(struct modprobe_fact, argument, "the rest of the line"),
	F_SOURCE(struct modprobe_fact), F_END};
static const struct record modprobe_record = {
	"modprobe", "A line that changes module loading.", sizeof(struct modprobe_fact),
	modprobe_fields};

static const struct field lvm_filter_fields[] = {
	F_STR(struct lvm_filter_fact, name, "filter, global_filter"),
	F_STRS(struct lvm_filter_fact, patterns, "the first that matches decides"),
	F_STR(struct lvm_filter_fact, word,
	      "the word of its line that begins the value; null: it cannot be changed "
	      "word by word"),
	F_SOURCE(struct lvm_filter_fact), F_END};
static const struct record lvm_filter_record = {
	"lvm_filter", "Patterns by which LVM takes or leaves devices.",
	sizeof(struct lvm_filter_fact), lvm_filter_fields};

static const struct field lvm_device_fields[] = {
	F_STR(struct lvm_device_fact, idtype, "by what LVM finds it"),
	F_STR(struct lvm_device_fact, idname, "the value of that"),
	F_STR(struct lvm_device_fact, devname, "name that it had last"),
	F_STR(struct lvm_device_fact, pvid,
	      "UUID of the physical volume, without dashes"),
	F_SOURCE(struct lvm_device_fact),
	F_END};
static const struct record lvm_device_record = {
	"lvm_device", "A device of LVM's devices file.", sizeof(struct lvm_device_fact),
	lvm_device_fields};

static const struct field lvm_fields[] = {
	F_LIST(struct lvm_fact, filters, &lvm_filter_record, "patterns of lvm.conf"),
	F_LIST(struct lvm_fact, devices, &lvm_device_record, "the devices file"),
	F_KNOWN(struct lvm_fact, use_devicesfile, "does lvm.conf say to use it?"),
	F_STR(struct lvm_fact, search_for_devnames, "as lvm.conf has it"),
	F_STR(struct lvm_fact, problem, "why a file of it could not be read"),
	F_END};
static const struct record lvm_record = {"lvm", "What says which devices LVM looks at.",
					 sizeof(struct lvm_fact), lvm_fields};

static const char *const startup_hows[] = {"insmod", "modprobe", "list", NULL};
static const struct field startup_fields[] = {
	F_STR(struct startup_fact, module,
	      "dashes as underscores; as written when a script computes it"),
	F_STR(struct startup_fact, path, "as written, when it is named by a path"),
	F_WORD(struct startup_fact, how, startup_hows, "what loads it"),
	F_SOURCE(struct startup_fact), F_END};
static const struct record startup_record = {
	"startup", "A module that is loaded by name when the guest starts.",
	sizeof(struct startup_fact), startup_fields};

static const struct field module_setting_fields[] = {
	F_STR(struct module_setting_fact, name, "the variable"),
	F_STR(struct module_setting_fact, text, "the assignment as it stands"),
	F_SOURCE(struct module_setting_fact), F_END};
static const struct record module_setting_record = {
	"module_setting", "A list of modules from which the next initramfs is made.",
	sizeof(struct module_setting_fact), module_setting_fields};

static const struct field segment_fields[] = {
	F_U64(struct segment_fact, offset, "in the initramfs file"),
	F_STR(struct segment_fact, codec, "compression"),
	F_STR(struct segment_fact, kind, "cpio, early-cpio, ext2, empty"),
	F_U64(struct segment_fact, files, "members"), F_END};
static const struct record segment_record = {"segment", "A part of an initramfs.",
					     sizeof(struct segment_fact), segment_fields};

static const struct field name_fields[] = {
	F_STR(struct name_fact, where, "fstab, crypttab, root=, resume=, ..."),
	F_STR(struct name_fact, spec, "as written"),
	F_STR(struct name_fact, word,
	      "the word of its line that holds it; null: it is the word itself"),
	F_STR(struct name_fact, target, "mount point or mapping"),
	F_STR(struct name_fact, kind,
	      "uuid, label, partuuid, bus-name, by-path, lvm, ..."),
	F_BOOL(struct name_fact, stable, "means the same after a change of bus"),
	F_BOOL(struct name_fact, needed, "the boot fails or waits without it"),
	F_STR(struct name_fact, resolves_to, "disk and volume it means now"),
	F_SOURCE(struct name_fact),
	F_END};
static const struct record name_record = {"name",
					  "A name of a disk in the configuration.",
					  sizeof(struct name_fact), name_fields};

static const struct field word_fields[] = {F_STR(struct word_fact, text, "as written"),
					   F_SOURCE(struct word_fact), F_END};
static const struct record word_record = {
	"word",
	"A word that an initramfs puts before those of the kernel's command line.",
	sizeof(struct word_fact), word_fields};

static const char *const initramfs_states[] = {"read",   "partly", "empty",
					       "absent", "broken", NULL};
static const struct field initramfs_fields[] = {
	F_STR(struct initramfs_fact, path,
	      "as the boot entry or the naming rule gives it"),
	F_WORD(struct initramfs_fact, state, initramfs_states,
	       "partly: every question was answered before the end"),
	F_STR(struct initramfs_fact, problem, "why it is broken or empty"),
	F_U64(struct initramfs_fact, size, "bytes"),
	F_STR(struct initramfs_fact, generator, "the program that made it"),
	F_STR(struct initramfs_fact, generator_version, "its version"),
	F_KNOWN(struct initramfs_fact, host_only,
		"made for the one machine it was made on?"),
	F_STR(struct initramfs_fact, policy, "what its own configuration says"),
	F_STR(struct initramfs_fact, loads,
	      "how drivers get loaded: udev, list, script, none"),
	F_STR(struct initramfs_fact, kernel, "release that its modules directory names"),
	F_BOOL(struct initramfs_fact, alias_index, "modules.alias is inside"),
	F_BOOL(struct initramfs_fact, dep_index, "modules.dep is inside"),
	F_STRS(struct initramfs_fact, tools, "programs inside that put volumes together"),
	F_LIST(struct initramfs_fact, segments, &segment_record, "its parts, in order"),
	F_STRS(struct initramfs_fact, modules, "names of all modules seen inside"),
	F_STRS(struct initramfs_fact, listed, "modules that it loads by name"),
	F_LIST(struct initramfs_fact, wanted, &module_record,
	       "the modules asked for, as they are inside"),
	F_LIST(struct initramfs_fact, modprobe, &modprobe_record,
	       "lines of its own modprobe.d"),
	F_RECORD(struct initramfs_fact, lvm, &lvm_record, "its own copies for LVM"),
	F_LIST(struct initramfs_fact, names, &name_record,
	       "names of disks in its own files; needed: / is not found without it"),
	F_LIST(struct initramfs_fact, words, &word_record,
	       "words for dracut itself, of its own etc/cmdline.d"),
	F_SOURCE(struct initramfs_fact),
	F_END};
static const struct record initramfs_record = {"initramfs", "The initramfs of a kernel.",
					       sizeof(struct initramfs_fact),
					       initramfs_fields};

static const char *const image_states[] = {"ok", "empty", "broken", "absent", NULL};
static const struct field kernel_fields[] = {
	F_STR(struct kernel_fact, release, "as uname -r prints it"),
	F_STR(struct kernel_fact, arch, "of the image"),
	F_STR(struct kernel_fact, flavour, "amd64, cloud-amd64, PAE, ..."),
	F_STR(struct kernel_fact, image, "path of the kernel image"),
	F_WORD(struct kernel_fact, image_state, image_states, "what the image is"),
	F_STR(struct kernel_fact, image_problem, "why it is not ok"),
	F_STR(struct kernel_fact, image_release, "release that the image itself states"),
	F_STR(struct kernel_fact, config, "path of its build configuration"),
	F_STRS(struct kernel_fact, configs, "symbols asked for that it sets: CONFIG_X=y"),
	F_BOOL(struct kernel_fact, config_read,
	       "it was read: the kernel lacks symbols that it does not name"),
	F_STR(struct kernel_fact, modules_dir, "path of its modules"),
	F_U64(struct kernel_fact, modules_files, "modules listed in modules.dep"),
	F_STR(struct kernel_fact, package, "package that owns it"),
	F_BOOL(struct kernel_fact, is_default, "the default boot entry starts it"),
	F_STRS(struct kernel_fact, entries, "titles of the boot entries that start it"),
	F_LIST(struct kernel_fact, modules, &module_record,
	       "the modules asked for, and what they need"),
	F_RECORD(struct kernel_fact, initramfs, &initramfs_record, "its initramfs"),
	F_SOURCE(struct kernel_fact),
	F_END};
static const struct record kernel_record = {"kernel", "A kernel of the guest.",
					    sizeof(struct kernel_fact), kernel_fields};

static const struct field entry_fields[] = {
	F_STR(struct entry_fact, title, "as the menu shows it, submenus joined by >"),
	F_STR(struct entry_fact, id, "identifier"),
	F_STR(struct entry_fact, kernel, "path as the guest sees it"),
	F_STRS(struct entry_fact, initramfs, "paths as the guest sees them"),
	F_STR(struct entry_fact, cmdline, "kernel command line"),
	F_BOOL(struct entry_fact, is_default, "starts when nobody chooses"),
	F_SOURCE(struct entry_fact),
	F_RECORD(struct entry_fact, cmdline_source, &source_record,
		 "the line with the command line; line 0: several, or not known"),
	F_END};
static const struct record entry_record = {"entry", "A boot entry.",
					   sizeof(struct entry_fact), entry_fields};

static const struct field menu_setting_fields[] = {
	F_STR(struct menu_setting_fact, name,
	      "GRUB_CMDLINE_LINUX, ...; empty for a file that is one command line"),
	F_STR(struct menu_setting_fact, value, "the word without quotes"),
	F_STR(struct menu_setting_fact, word, "the word of its line that holds it"),
	F_SOURCE(struct menu_setting_fact), F_END};
static const struct record menu_setting_record = {
	"menu_setting", "A word of the settings from which the next boot menu is made.",
	sizeof(struct menu_setting_fact), menu_setting_fields};

static const struct field boot_fields[] = {
	F_STR(struct boot_fact, loader, "grub2, ...; null when none was found"),
	F_STR(struct boot_fact, loader_name, "the same for people"),
	F_BOOL(struct boot_fact, readable, "its configuration has a reader"),
	F_STR(struct boot_fact, config, "path of the file read"),
	F_BOOL(struct boot_fact, bios, "the guest can start by BIOS"),
	F_BOOL(struct boot_fact, uefi, "the guest can start by UEFI"),
	F_STR(struct boot_fact, mbr_disk, "disk whose sector 0 holds boot code"),
	F_STR(struct boot_fact, boot_disk, "disk on which /boot lies"),
	F_STR(struct boot_fact, boot_volume, "volume on which /boot lies"),
	F_STR(struct boot_fact, esp_disk, "disk of the EFI system partition"),
	F_STR(struct boot_fact, esp_volume, "the EFI system partition"),
	F_STR(struct boot_fact, efi_file, "the program there that UEFI starts"),
	F_KNOWN(struct boot_fact, removable_path,
		"starts by UEFI without stored boot entries?"),
	F_STR(struct boot_fact, default_how, "how the default entry was found"),
	F_STRS(struct boot_fact, unreplayed,
	       "files of the start that the boot loader, which replays no journal, does "
	       "not see as they are"),
	F_LIST(struct boot_fact, entries, &entry_record, "boot entries in menu order"),
	F_LIST(struct boot_fact, settings, &menu_setting_record,
	       "words from which the menu is made the next time"),
	F_SOURCE(struct boot_fact),
	F_END};
static const struct record boot_record = {"boot", "How the guest starts.",
					  sizeof(struct boot_fact), boot_fields};

static const char *const nic_kinds[] = {"ifcfg",          "interfaces", "netplan",
					"networkmanager", "networkd",   "link",
					"udev",           "hwconf",     NULL};
static const struct field nic_fields[] = {
	F_STR(struct nic_fact, device,
	      "name, or patterns of names; null when it is known by its address"),
	F_STR(struct nic_fact, driver, "the module loaded for it"),
	F_STR(struct nic_fact, driver_from,
	      "alias (of modprobe.conf), hwconf (kudzu's list of hardware), match (the "
	      "file speaks of cards of this driver)"),
	F_STR(struct nic_fact, hwaddr, "the address it is bound to, as written"),
	F_STR(struct nic_fact, method, "how it gets its IP address"),
	F_KNOWN(struct nic_fact, boot, "is it started at boot?"),
	F_SOURCE(struct nic_fact),
	F_WORD(struct nic_fact, kind, nic_kinds,
	       "of file; link and udev only name cards, hwconf is a list of hardware"),
	F_BOOL(struct nic_fact, names, "the card that it speaks of gets this name by it"),
	F_STR(struct nic_fact, bound,
	      "what ties it to a driver or to a place of the machine, as written"),
	F_U64(struct nic_fact, bound_line, "line of that; 0: several, or none"),
	F_END};
static const struct record nic_record = {"nic",
					 "A network card, as the guest configures it.",
					 sizeof(struct nic_fact), nic_fields};

static const char *const naming_words[] = {"kernel", "link", "rules", NULL};
static const struct field naming_fields[] = {
	F_WORD(struct naming_fact, by, naming_words,
	       "cards that no rule names: by the kernel (eth0), by the policy of a .link "
	       "file, by rules of udev before .link files; null: not known"),
	F_STR(struct naming_fact, policy, "NamePolicy= of that .link file"),
	F_KNOWN(struct naming_fact, link_files, "does udev read .link files?"),
	F_KNOWN(struct naming_fact, generator,
		"does udev write a rule for every new card?"),
	F_KNOWN(struct naming_fact, by_ifcfg,
		"do start scripts name a card by its HWADDR=?"),
	F_U64(struct naming_fact, systemd, "version; 0: none, or not known"),
	F_SOURCE(struct naming_fact),
	F_END};
static const struct record naming_record = {"naming",
					    "How the guest names its network cards.",
					    sizeof(struct naming_fact), naming_fields};

static const struct field piece_fields[] = {
	F_STR(struct piece_fact, disk, "as the user named it"),
	F_U64(struct piece_fact, offset, "in bytes, on the disk as the guest sees it"),
	F_U64(struct piece_fact, length, "in bytes"), F_END};
static const struct record piece_record = {"piece", "Bytes of a disk.",
					   sizeof(struct piece_fact), piece_fields};

static const char *const boot_files[] = {"config", "kernel", "initramfs", "init", NULL};
static const struct field boot_file_fields[] = {
	F_WORD(struct boot_file_fact, what, boot_files,
	       "the boot loader's configuration, the kernel, its initramfs, the first "
	       "program"),
	F_STR(struct boot_file_fact, name, "path as the boot entry or the kernel has it"),
	F_STR(struct boot_file_fact, path, "links resolved"),
	F_U64(struct boot_file_fact, size, "in bytes"),
	F_LIST(struct boot_file_fact, pieces, &piece_record, "where it lies, in order"),
	F_END};
static const struct record boot_file_record = {
	"boot_file", "A file that is read when the guest starts.",
	sizeof(struct boot_file_fact), boot_file_fields};

static const struct field facts_fields[] = {
	F_U64(struct facts, format, "version of this document's form"),
	F_STR(struct facts, program, "what wrote it"),
	F_LIST(struct facts, disks, &disk_record, "disks, in the order given"),
	F_LIST(struct facts, volumes, &volume_record, "partitions, disk by disk"),
	F_LIST(struct facts, systems, &system_record,
	       "operating systems, where there are several"),
	F_RECORD(struct facts, os, &os_record, "operating system"),
	F_LIST(struct facts, packages, &package_record,
	       "packages that own kernels, or modules beside them"),
	F_LIST(struct facts, kernels, &kernel_record, "kernels"),
	F_RECORD(struct facts, boot, &boot_record, "boot loader, and where it lies"),
	F_LIST(struct facts, modprobe, &modprobe_record,
	       "lines that change module loading"),
	F_LIST(struct facts, startup, &startup_record,
	       "modules that are loaded by name when the guest starts"),
	F_LIST(struct facts, module_settings, &module_setting_record,
	       "lists of modules for the next initramfs, in the guest's own settings"),
	F_LIST(struct facts, names, &name_record, "names of disks in the configuration"),
	F_RECORD(struct facts, lvm, &lvm_record, "which devices LVM looks at"),
	F_LIST(struct facts, nics, &nic_record, "network cards that it configures"),
	F_RECORD(struct facts, naming, &naming_record, "how network cards get names"),
	F_STR(struct facts, root_disk, "disk on which / lies"),
	F_STR(struct facts, root_volume, "volume on which / lies"),
	F_STR(struct facts, root_fs, "file system of /"),
	F_LIST(struct facts, boot_files, &boot_file_record,
	       "files that are read at the start; empty unless they were asked for"),
	F_RECORD(struct facts, machine, &machine_record,
		 "the machine, when its description was given"),
	F_LIST(struct facts, given_packages, &given_package_record,
	       "packages of drivers that were given"),
	F_STRS(struct facts, asked, "modules that were looked for; others were not read"),
	F_STRS(struct facts, asked_configs,
	       "kernel configuration symbols that were looked for"),
	F_LIST(struct facts, problems, &problem_record, "what could not be read"),
	F_STRS(struct facts, sandbox, "layers that confined the reader"),
	F_U64(struct facts, read_calls, "reads of the disks"),
	F_U64(struct facts, read_bytes, "bytes read of the disks"),
	F_END};
const struct record facts_record = {"facts", "What paravet read of one guest, and where.",
				    sizeof(struct facts), facts_fields};
