/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every cap on what an image may ask of this program, each with its reason. Reaching one
 * is ERR_LIMIT, which makes the answer `unknown` and names the cap; nothing is cut
 * silently.
 */
#pragma once

/* A machine has no more disks than a libvirt virtio-scsi bus offers by hand: 64 is ample.
 */
#define LIMIT_DISKS 64

/* Longest text made from one guest string (a kernel command line is at most 4 KiB). */
#define LIMIT_TEXT ((size_t)64 * 1024)

/* All facts of one guest: 20 kernels of 200 modules each take about 3 MiB. */
#define LIMIT_FACTS ((size_t)24 * 1024 * 1024)

/* Facts as one JSON document on the pipe from the worker. */
#define LIMIT_FACTS_JSON ((size_t)32 * 1024 * 1024)

/* Working memory of one reader (a 1.4 MiB modules.alias, a 4 MiB dpkg status file). */
#define LIMIT_SCRATCH ((size_t)32 * 1024 * 1024)

/* Configuration files (fstab, grub.cfg, os-release): the largest grub.cfg seen is 60 KiB.
 */
#define LIMIT_CONFIG_FILE ((size_t)1024 * 1024)

/* dpkg's status file is 4 MiB with 4,000 packages; modules.alias 1.4 MiB. */
#define LIMIT_TABLE_FILE ((size_t)16 * 1024 * 1024)

/* One path component and one whole path, as Linux has them. */
#define LIMIT_NAME 255
#define LIMIT_PATH 4096

/* Symbolic links followed in one look-up, as Linux does. */
#define LIMIT_SYMLINKS 40

/* Entries of one directory: /lib/modules and /boot hold tens, a hostile one millions. */
#define LIMIT_DIR_ENTRIES 100000

/* Sections of an ELF object: a module has about 60, one linked with a section per
 * function some thousands. */
#define LIMIT_ELF_SECTIONS 16384

/* One section of a module that is read (.modinfo, __versions): 100 KiB for the largest.
 */
#define LIMIT_MODULE_SECTION ((size_t)1024 * 1024)

/* A compressed module, unpacked: 2 MiB for the drivers asked for, more when they carry
 * debugging information. */
#define LIMIT_MODULE_UNPACKED ((size_t)12 * 1024 * 1024)

/* Lines of fstab: a server with many bind mounts has a few hundred. */
#define LIMIT_FSTAB_ENTRIES 4096

/* Operating systems on the disks of one machine whose boot menus are compared: people
 * have three; snapshots that look like systems may be hundreds. */
#define LIMIT_SYSTEMS 16

/* GRUB scripts. grub-mkconfig's largest output runs some thousand commands for a hundred
 * entries; nesting is if inside menuentry inside submenu. A hostile script loops. */
#define LIMIT_GRUB_STEPS     50000
#define LIMIT_GRUB_NESTING   40
#define LIMIT_GRUB_CALLS     16 /* functions, sourced files, eval: inside one another */
#define LIMIT_GRUB_FILES     64 /* files read by one configuration */
#define LIMIT_GRUB_VARIABLES 512
#define LIMIT_GRUB_FUNCTIONS 256
#define LIMIT_GRUB_REMARKS   16

/* What is unpacked of a kernel to find its configuration: a vmlinux has 30 to 80 MiB. */
#define LIMIT_KERNEL_UNPACKED ((uint64_t)192 * 1024 * 1024)

/* Ways to start one unified kernel image: a few (factory reset, another console). */
#define LIMIT_UNIFIED_PROFILES 64

/* Parts of GRUB's image for UEFI: its modules, about 100 of 350. */
#define LIMIT_GRUB_OBJECTS 1024

/* Entries of a boot menu: one a kernel, twice with recovery entries, and snapshots. */
#define LIMIT_BOOT_ENTRIES 1024

/* Files that one configuration of Syslinux includes, those within others too: a menu of a
 * live disk has some ten, one that includes itself twice would never end. */
#define LIMIT_BOOT_INCLUDES 64
/* Nesting of mount points that are put together: /var/lib/dpkg needs three. */
#define LIMIT_MOUNT_DEPTH 8

/* Files opened for one guest: its disks and everything behind them. */
#define LIMIT_FILES 768
/* Those that one image names: VMware cuts a disk of 1 TiB into 512 pieces. With fewer
 * than 1024, which is how many descriptors a process may have, all can be open. */
#define LIMIT_IMAGE_NAMES 600
/* The description of a VMDK, with 100 bytes for each of its pieces. */
#define LIMIT_VMDK_DESCRIPTION ((size_t)256 * 1024)

/* Files that describe this machine: a release file has a few hundred bytes; the first
 * processor of /proc/cpuinfo, which stands for all, some 2,000. */
#define LIMIT_HOST_FILE ((size_t)16 * 1024)

/* One handle: platform files, facts of one guest, its verdicts. */
#define LIMIT_HANDLE ((size_t)96 * 1024 * 1024)

/* Patterns of LVM's filters and entries of its devices file: one or two for each disk. */
#define LIMIT_LVM_SETTINGS 4096

/* Words of the settings from which boot menus are made: a command line has some 30. */
#define LIMIT_MENU_SETTINGS 1024

/* Names of disks in a guest's configuration: fstab's lines and a few more. */
#define LIMIT_NAMES 8192
/* Kernels of one guest: a machine that never removed one has about 50. */
#define LIMIT_KERNELS 256

/* Files and directories of one kernel's modules: about 8,000 in the largest kernels. */
#define LIMIT_MODULE_FILES 50000

/* Modules that one module needs, and the length of a chain of them: 15 and 6 in practice.
 */
#define LIMIT_MODULE_CLOSURE 256
#define LIMIT_MODULE_CHAIN   64

/* Modules read besides those asked for, to learn the kernel's symbol CRCs from them. */
#define LIMIT_MODULE_NEIGHBOURS 8
/* What a compressed stream may declare as its window or dictionary: the Linux kernel
 * reads no zstd window above this, and xz -9 needs half of it. */
#define LIMIT_CODEC_WINDOW ((size_t)128 * 1024 * 1024)
/* Images below the disk itself. People keep a handful of snapshots; each open image
 * holds up to half a MiB of tables and clusters. */
#define LIMIT_BACKING_DEPTH 32

/* A qcow2 first-level table, as QEMU caps it: enough for 2 EiB in 2 MiB clusters. */
#define LIMIT_QCOW2_L1 ((uint64_t)32 * 1024 * 1024)

/* The entries of a GPT: 128 of 128 bytes are 16 KiB, what everybody writes. */
#define LIMIT_GPT_TABLE ((uint64_t)1024 * 1024)

/* Partitions of one disk, as Linux numbers them (DISK_MAX_PARTS). */
#define LIMIT_PARTITIONS 256
/* Files that a worker may have open besides the disks it was given, and how often it may
 * ask for one: 64 disks with backing chains of 8. */
#define LIMIT_WORKER_FILES    512
#define LIMIT_WORKER_REQUESTS 2048

/* What paravet apply may change on one disk: segments of initramfs for ten kernels, none
 * of which is above 20 MiB even with every driver of a distribution. */
#define LIMIT_CHANGED ((uint64_t)256 * 1024 * 1024)

/* Files that a worker may write its results to: for each of 64 disks what is changed, a
 * copy, and what undoes it. */
#define LIMIT_WORKER_OUTPUTS 192

/* A worker that sleeps uses no processor time: its wall clock is this many times the
 * limit for processor time. */
#define LIMIT_WORKER_WALL 4
/* Rows of one list in a platform file: the longest support table has under a hundred. */
#define LIMIT_PLATFORM_ROWS 1000

/* Metadata of one file system kept in memory, in chunks of LIMIT_CACHE_CHUNK: 32 KiB
 * serve a guest's inspection in 24 reads instead of 79, and larger ones take longer. A
 * Debian guest has some 190 of them, a third of which was read twice with 32 kept. */
#define LIMIT_CACHE_CHUNK  ((size_t)32 * 1024)
#define LIMIT_CACHE_CHUNKS 64

/* Block groups of an ext file system: 2^18 are 32 TiB, whose descriptors take 16 MiB. */
#define LIMIT_EXT_GROUPS (1u << 18)

/* The same where files are changed: the bitmaps of 2^14 groups (2 TiB) are 128 MiB to
 * read, though little to keep. */
#define LIMIT_EXT_WRITE_GROUPS (1u << 14)

/* Clusters, bytes of the table of clusters, and files of a FAT file system that is
 * changed: an EFI system partition has some thousands of the first and some hundreds of
 * the last. */
#define LIMIT_FAT_WRITE_CLUSTERS (1u << 22)
#define LIMIT_FAT_WRITE_TABLE    ((uint64_t)32 * 1024 * 1024)
#define LIMIT_FAT_WRITE_ENTRIES  (1u << 20)

/* One file that is written: the largest initramfs that is read, twice. */
#define LIMIT_FILE_WRITTEN ((uint64_t)1024 * 1024 * 1024)

/* Contiguous runs of one file: a 1 GiB initramfs torn into 4 KiB pieces has 2^18. */
#define LIMIT_FILE_RUNS (1u << 18)

/* Index blocks read to map one file: 2^16 map 256 GiB of 4 KiB blocks one by one. */
#define LIMIT_MAP_BLOCKS (1u << 16)

/* Subvolumes of one Btrfs that are looked into: of hundreds that snapper or Docker made,
 * those that lie at the top, and what fstab names. */
#define LIMIT_BTRFS_TREES 4096

/* Bytes of one directory: LIMIT_DIR_ENTRIES of the longest names. */
#define LIMIT_DIR_BYTES ((uint64_t)32 * 1024 * 1024)

/* Bytes of one directory of FAT, as Linux and Microsoft's specification cap it: 65,536
 * entries. */
#define LIMIT_FAT_DIR ((uint64_t)2 * 1024 * 1024)

/* Blocks and revoke records in a journal: mke2fs makes at most 2^18 blocks (1 GiB). */
#define LIMIT_JOURNAL_BLOCKS (1u << 18)

/* Memory while a journal is read: LIMIT_JOURNAL_BLOCKS tags, kept in doubling arrays. */
#define LIMIT_JOURNAL_MEMORY ((size_t)32 * 1024 * 1024)

/* One transaction of XFS's log, which is kept until it is known to be whole: Linux writes
 * at most an eighth of the log at once, 32 MiB of the usual ones. */
#define LIMIT_XFS_TRANSACTION ((size_t)48 * 1024 * 1024)

/* Files and directories of a tar archive inside of GRUB: some 400 with all its modules.
 */
#define LIMIT_TAR_NODES 65536

/* What pax's head says of one member of a tar archive: its name, times, attributes. */
#define LIMIT_TAR_PAX 65536

/* Files and directories remembered of a directory of the host. */
#define LIMIT_HOST_NODES 65536

/* Looked-up names that a tree remembers (some 200 bytes each). */
#define LIMIT_DENTRIES 4096
/* Segments of one initramfs: Ubuntu has four, one per early table and microcode. */
#define LIMIT_INITRAMFS_SEGMENTS 64

/* Members of one initramfs: a generic dracut image has about 5,000. */
#define LIMIT_INITRAMFS_MEMBERS 200000

/* What all segments unpack to: it has to fit into the guest's memory; with all firmware
 * some hundreds of MiB. */
#define LIMIT_INITRAMFS_BYTES ((uint64_t)4 * 1024 * 1024 * 1024)

/* Hard links in an initramfs whose bytes are still to come. */
#define LIMIT_INITRAMFS_LINKS 4096

/* rpm databases. The largest file seen is 300 MiB (Berkeley DB files never shrink). */
#define LIMIT_RPMDB ((uint64_t)1024 * 1024 * 1024)

/* Their index of package names: 200 KiB with 3,600 packages. */
#define LIMIT_RPMDB_NAMES ((uint64_t)8 * 1024 * 1024)

/* One package header: kernel-devel with 20,000 files has 3 MiB; its tags, as rpm caps
 * them; and the packages of one system (a full distribution has 60,000). */
#define LIMIT_RPM_HEADER   ((size_t)12 * 1024 * 1024)
#define LIMIT_RPM_TAGS     65535
#define LIMIT_RPM_PACKAGES 200000

/* Steps of SQLite's machine: a scan of 60,000 packages takes under a million. */
#define LIMIT_SQLITE_STEPS 20000000

/* One copy of LVM2's metadata: the area has 1 MiB by default and holds two copies; some
 * 400 bytes a logical volume. Sections are nested four deep. */
#define LIMIT_LVM_TEXT  ((uint64_t)4 * 1024 * 1024)
#define LIMIT_LVM_DEPTH 8

/* Volumes of all groups, as many as partitions of some disks. */
#define LIMIT_LVM_VOLUMES 4096

/* Logical volumes in logical volumes: the image of the log of a mirror lies four deep. */
#define LIMIT_LVM_STACK 8

/* Images of one logical volume: Linux takes no more of RAID, and 8 of a mirror. */
#define LIMIT_LVM_IMAGES 253

/* The log of a mirror, a bit for each region: enough for 64 TiB in regions of 512 KiB. */
#define LIMIT_LVM_LOG ((uint64_t)16 * 1024 * 1024)

/* Active devices of one array of MD: a superblock of 4 KiB has room for so many. */
#define LIMIT_MD_PLACES 1920

/* Arrays on arrays: mirrors that are striped, or the other way round. */
#define LIMIT_MD_DEPTH 4

/* ARRAY lines of one mdadm.conf, one for each array: storage servers have some tens. */
#define LIMIT_MD_LINES 1024

/* Words for dracut that an initramfs holds: the kernel's own command line has 4 KiB at
 * most, and the words are looked through once for each word that was seen before. */
#define LIMIT_INITRAMFS_WORDS 1024

/* An initrd that is the image of a file system: it has to fit on a RAM disk, which is
 * ramdisk_size= (8 MiB, 16 in later kernels) unless the command line says otherwise. */
#define LIMIT_INITRD_IMAGE ((size_t)32 * 1024 * 1024)

/* Modules that a guest loads by name when it starts: a handful; a loop may multiply. */
#define LIMIT_STARTUP 4096

/* Pieces of one file that is read at the start: an initramfs of 100 MiB on a full file
 * system lies in some hundred. */
#define LIMIT_BOOT_FILE_PIECES 16384

/* What a guest may write while it is booted on trial: logs, a random seed, a package
 * index at the worst. It lies in a nameless temporary file. */
#define LIMIT_PROVE_WRITTEN ((uint64_t)2 * 1024 * 1024 * 1024)

/* A kernel that QEMU is given for a direct boot (Debian's has 8 MiB, one with everything
 * built in some tens), and what it gets as its initramfs: the default size of a trial's
 * memory, into which it has to fit. Both lie in this host's memory meanwhile. */
#define LIMIT_DIRECT_KERNEL    ((uint64_t)128 * 1024 * 1024)
#define LIMIT_DIRECT_INITRAMFS ((uint64_t)512 * 1024 * 1024)
/* Disks of a guest on the Xen host that runs under QEMU: each is a PCI device of it, and
 * has a letter there. */
#define LIMIT_XEN_DISKS 20

/* Network cards in a guest's configuration: a router with a card a VLAN has some tens. */
#define LIMIT_NICS 1024

/* Nesting of a netplan file: routes of a tunnel of a bridge are 7 deep. */
#define LIMIT_NETPLAN_DEPTH 32

/* Description of one machine: libvirt's largest are some 30 KiB, an OVF of 20 disks 60.
 */
#define LIMIT_MACHINE_FILE ((size_t)1024 * 1024)

/* What an OVA holds: an envelope, a manifest, a certificate, disks and translations. */
#define LIMIT_OVA_MEMBERS 1024

/* Disks, and network cards, of one machine: VMware allows 256 and 10. */
#define LIMIT_MACHINE_DEVICES 512

/* What a description says of one device, kept as written: libvirt's longest disks, with
 * their backing files, take some KiB. */
#define LIMIT_MACHINE_ENTRY ((size_t)64 * 1024)

/* Nesting of a machine description in XML: libvirt's and OVF's use fewer than 10. */
#define LIMIT_XML_DEPTH 64
/* Module files that are held against a kernel at once: a driver package has a handful. */
#define LIMIT_LOADING_FILES 64

/* Modules of a kernel read to learn the symbols that others need, where no list of them
 * was found: after 60 of Debian's most symbols of a driver have been seen. */
#define LIMIT_LOADING_NEIGHBOURS 256

/* Symbols that are listed one by one; the others are counted. */
#define LIMIT_SYMBOLS_LISTED 32

/* Words of vermagic: ten in practice. */
#define LIMIT_VERMAGIC_WORDS 64

/* A module's symbol table or its names: the largest driver has 60,000 symbols. */
#define LIMIT_MODULE_SYMBOLS ((size_t)8 * 1024 * 1024)

/* Module files that were given, unpacked, with their symbols. */
#define LIMIT_LOADING_MEMORY ((size_t)64 * 1024 * 1024)

/* One request of a machine for its disk: QEMU cuts what its guest asks for at the size
 * that the server offers. */
#define LIMIT_NBD_REQUEST ((uint32_t)2 * 1024 * 1024)

/* An option of the handshake: a name of at most 4096 bytes, and a few numbers. */
#define LIMIT_NBD_OPTION 8192

/* A packet of SFTP that holds no bytes of a file: the greeting of a server lists its
 * extensions in some 300 bytes, a request holds a path. */
#define LIMIT_SFTP_PACKET ((size_t)16 * 1024)

/* Blocks of 4 KiB that a machine may change on the copy of its disk (16 GiB, which take
 * 200 MiB to remember): a boot changes some hundreds of MiB at most. */
#define LIMIT_COW_BLOCKS ((uint64_t)4 * 1024 * 1024)

/* Pieces of a disk that are changed in place, as an undo record lists them: making a
 * guest ready changes some hundred; their table takes 20 MiB. */
#define LIMIT_UNDO_RUNS (1 << 18)

/* Ranges of a disk that are watched: a few for each file that a boot reads. */
#define LIMIT_WATCHED 4096

/* An index of depmod: the longest keys are aliases of some 200 bytes; the largest index,
 * of all symbols of a kernel's modules, has 60,000 nodes. */
#define LIMIT_INDEX_KEY   1024
#define LIMIT_INDEX_NODES (1 << 18)
/* Values told on a way through such an index: more than a file of 16 MiB is ever made to
 * hold, unless several places share a node. */
#define LIMIT_INDEX_VALUES (1 << 20)

/* Initramfs that are packed anew because their files cannot grow: two with all drivers of
 * a distribution. */
#define LIMIT_REPACKED ((size_t)80 * 1024 * 1024)

/* What is put together to be added to an initramfs: drivers and all they need, 2 MiB
 * unpacked, ten times as much with debugging information; and the segment made of it. */
#define LIMIT_ADDED         ((size_t)32 * 1024 * 1024)
#define LIMIT_ADDING_MEMORY ((size_t)96 * 1024 * 1024)

/* A package of drivers that somebody gives (.rpm): kmod-xenpv has 100 KiB, the largest of
 * vendors' some MiB; what is unpacked of it, and its files. */
#define LIMIT_DRIVER_PACKAGE          ((size_t)32 * 1024 * 1024)
#define LIMIT_DRIVER_PACKAGE_UNPACKED ((uint64_t)64 * 1024 * 1024)
#define LIMIT_DRIVER_PACKAGE_FILES    4096

/* Such packages at once, one for each variant of a kernel; and the memory for one. */
#define LIMIT_DRIVER_PACKAGES       16
#define LIMIT_DRIVER_PACKAGE_MEMORY ((size_t)112 * 1024 * 1024)

/* Encrypted volumes (LUKS). Their headers say how much work and memory a key takes, and a
 * hostile one says any number. cryptsetup chooses what takes two seconds on the machine
 * that makes a slot, and never more than 1 GiB unless it is told to; eight such slots are
 * within these bounds: iterations of PBKDF2 (1,000,000 take 0.2 to 0.5 s), KiB that
 * Argon2 fills over all passes (1 GiB a second), its memory, and the seconds of processor
 * time that a reader gets besides when a key is given. */
#define LIMIT_LUKS_ITERATIONS ((uint64_t)200 * 1000 * 1000)
#define LIMIT_LUKS_ARGON2     ((uint64_t)64 * 1024 * 1024)
#define LIMIT_LUKS_MEMORY     ((size_t)1024 * 1024 * 1024)
#define LIMIT_LUKS_SECONDS    240

/* The stored key of a slot: 4,000 stripes of a key of 64 bytes are 250 KiB. */
#define LIMIT_LUKS_MATERIAL ((size_t)1024 * 1024)

/* LUKS 2's header as cryptsetup caps it, and the text in it: 32 slots and as many tokens
 * take less than 100 KiB, and a hostile one 80 times its length of memory. */
#define LIMIT_LUKS_HEADER ((uint64_t)4 * 1024 * 1024)
#define LIMIT_LUKS_JSON   ((size_t)512 * 1024)
/* Entries of each of its lists, as cryptsetup caps them. */
#define LIMIT_LUKS_SLOTS 32

/* An encrypted volume inside of another one inside of another one: nobody does that. */
#define LIMIT_LUKS_DEPTH 4

/* Keys that are given, and one of them, as cryptsetup caps a key file. */
#define LIMIT_KEYS     64
#define LIMIT_KEY_FILE ((size_t)8 * 1024 * 1024)
