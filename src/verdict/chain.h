/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the links share. A judge walks one chain: one platform's choice for one device
 * under one kernel. It never fails half-way: running out of memory is noted in `full`
 * and reported at the end.
 */
#pragma once

#include "verdict.h"

struct judge {
	const struct facts *facts;
	const struct platform *platform;
	const struct platform_choice *choice;
	const struct kernel_fact *kernel;
	const char *cmdline; /* of the entry that starts the kernel, or NULL */
	const char *role;    /* of the device */
	const char *disk;    /* the disk judged; NULL: not a disk, or not known which */
	const char *card; /* the network card judged: "eth0"; NULL: none, or not known */
	bool starts;      /* the firmware's boot loader reads from this disk */
	bool direct;      /* no boot loader takes part, see struct verdict_options */
	bool early;       /* its driver is needed before / is mounted */
	const struct worksheet
		*sheet; /* the default kernel in published tables, or NULL */
	struct arena *arena;
	link_list *chain;
	bool full;
};

/* A driver as one kernel has it. */
enum found {
	FOUND_UNKNOWN,
	FOUND_NOT,
	FOUND_BROKEN,
	FOUND_FILE,
	FOUND_BUILTIN,
	FOUND_OPTION
};

struct driver_found {
	enum found found;
	const char *name;            /* module, or option: "CONFIG_X" */
	const struct module_fact *m; /* NULL when found by option, or not at all */
};

/* Text in the arena; "" and `full` when there is no room. */
_printf_(2, 3) const char *say(struct judge *j, const char *fmt, ...);
/* A guest's string made printable; "unknown" for NULL. */
const char *plain(struct judge *j, const char *s);
/* "virtio_blk, virtio_pci and ext4". */
const char *join(struct judge *j, const strs *list);

/* Appends a link; NULL when there is no room. */
_printf_(5, 6) struct link *add_link(struct judge *j, const char *rule, enum answer state,
				     struct source source, const char *fmt, ...);
void add_remedy(struct link *l, const char *text);
void add_cites(struct judge *j, citations *to, const platform_cites *from);

/* The answer of a chain, and the link that makes it: the first blocked one, else the
 * first unknown, else the first fixable. */
enum answer chain_answer(const link_list *chain, uint64_t *ret_decides);

/* devices.c */
/* The command line of the entry that starts this kernel. */
const char *cmdline_of(const struct facts *f, const struct kernel_fact *k);
/* Judges every device of the guest. */
void add_devices(struct judge *j, const struct verdict_options *o, struct verdict *v);
/* Judges the boot disk under the kernels that do not start by default. */
int add_fallbacks(const struct judge *from, const struct verdict_options *o,
		  struct verdict *v, struct err *e);

/* holds.c */
typedef __typeof__(((struct device_verdict *)0)->holds) held_list;
/* What a boot takes from the disk. */
void find_holds(struct judge *j, const char *disk, held_list *ret);
/* Does / lie on the disk, alone or among others? */
bool holds_root(const struct facts *f, const char *disk);

/* sheet.c */
/* Looks the default kernel up in the platform's tables and sets j->sheet; `host` may be
 * NULL. */
int find_sheet(struct judge *j, const struct host *host, worksheet_list *ret,
	       struct err *e);
/* A kernel that starts as a para-virtualized guest only. */
bool is_pv_kernel(struct judge *j, const struct kernel_fact *k);
/* What the tables make of a driver that is missing. */
struct sheet_remedy {
	const char *package, *text, *remedy;
	enum answer state;
	const platform_cites *cites;
};
bool sheet_remedy(struct judge *j, struct sheet_remedy *ret);
void add_sheet_support(struct judge *j, struct verdict *v);

/* cards.c */
/* The names of the guest's network cards. */
void find_cards(struct judge *j, strs *ret);
void judge_alias(struct judge *j);
void judge_address(struct judge *j);

/* card_names.c: do the names by which cards are configured still find them? */
void judge_card_names(struct judge *j);

/* How cards of the choice get their names in this guest. */
enum card_naming { CARDS_UNKNOWN, CARDS_BY_ORDER, CARDS_BY_PLACE, CARDS_BY_XEN };

/* card_changes.c: what a file says of a card that it will not find. */
struct card_change {
	const struct nic_fact *nic;
	enum {
		CARD_RENAMED,
		CARD_BOUND,    /* to another driver or place */
		CARD_REORDERED /* it may be found before or behind others */
	} kind;
	const char *mac; /* of the card, as link.mac */
};
typedef VEC(struct card_change) card_changes;
enum card_naming card_naming_of(const struct judge *j);
void find_card_changes(struct judge *j, card_changes *ret);
/* Does it say how a card is to be used, and is it used when the guest starts? */
bool configures_card(const struct nic_fact *n);

/* card_address.c: fills in the addresses, as far as the machine's description or the
 * guest tells them. */
void find_card_addresses(struct judge *j, card_changes *list);
/* Does a card of the machine's description get this name by its place? */
bool is_named_by_place(struct judge *j, const struct machine_nic *n, const char *name);
/* Is it a card for this driver? */
bool is_card_driven(const struct machine_nic *n, const char *driver);
/* Is it known that no card of the machine has this address? */
bool is_foreign_address(const struct judge *j, const char *mac);

/* startup.c */
/* Modules that nothing loads unless a line of a start script does. */
void judge_startup(struct judge *j);

/* offered.c */
/* Is it described as a para-virtualized guest of this platform? */
bool is_pv_machine(const struct judge *j);
void judge_offered(struct judge *j);

/* driver.c: is the driver there, would it load, does it bind. */
struct driver_found find_driver(const struct kernel_fact *k,
				const struct platform_driver *d);
/* All three as links of the chain. */
void judge_driver(struct judge *j, const struct platform_driver *d);
/* The same in one link: the first that is broken, or one that says all is well. */
void judge_need(struct judge *j, const struct platform_driver *d);

/* loads.c: the links of one module file. */
struct fault {
	enum answer state;
	const char *text, *remedy;
	struct source source;
	const char *word; /* of the command line, to be taken off it; or NULL */
};
/* Is a file of this module made for this kernel: format, architecture, vermagic, CRCs?
 * `twin` is the same module as it lies on the disk when `m` is a copy, else NULL. */
struct fault file_fault(struct judge *j, const struct module_fact *m,
			const struct module_fact *twin);
/* Is all that this module needs there, and fit for this kernel? */
struct fault closure_fault(struct judge *j, const struct module_fact *m);
/* Both, and nothing forbids it? */
struct fault load_fault(struct judge *j, const struct module_fact *m);
/* A line that keeps the module from being loaded, of `list` or the command line. One
 * that another module needs is loaded in spite of "blacklist". */
struct fault modprobe_fault(struct judge *j, const modprobe_list *list, const char *name,
			    bool is_need);

/* Is the module among these names with commas between them? */
bool in_list(struct slice list, const char *name);

/* What the fault says that mends it. */
void add_fault_remedy(struct link *l, const struct fault *fault);

/* inside.c */
bool is_inside(const struct initramfs_fact *i, const char *name);
/* Will the initramfs load this copy that it holds of a module? NULL: yes; else why not.
 */
const char *not_loaded(struct judge *j, const struct module_fact *disk,
		       const struct module_fact *copy, const char *name,
		       enum answer *ret);
/* Does it hold a copy of this module that it loads, with all that this needs, whatever
 * is wrong with the one on the disk? */
bool loaded_inside(struct judge *j, const struct module_fact *disk);

/* early.c: a boot disk's drivers and what / lies on are there before / is mounted. */
void judge_early(struct judge *j);
/* Is nothing but the kernel needed to find the disk (no initramfs is loaded)? */
bool without_initramfs(const struct kernel_fact *k);

/* places.c */
void judge_kernel(struct judge *j);
/* Words that the kernel's command line must not have, and one that it needs. */
void judge_exclusions(struct judge *j);
void judge_boot_loader(struct judge *j);

/* names.c */
/* The line of fstab by which the / that was found names itself, when it is not `n`; NULL:
 * there is none. */
const struct name_fact *own_root_line(const struct facts *f, const struct name_fact *n);
void judge_names(struct judge *j);

/* lvm.c: what LVM's settings keep from it. True: nothing that the boot needs. */
bool judge_lvm(struct judge *j);
/* dracut.c: words that keep dracut from what / lies on. True: none. */
bool judge_dracut(struct judge *j);

/* md.c */
/* Does a pattern of mdadm.conf take the members on this disk, whatever it is called then?
 * False: also where none is known. */
bool takes_members(struct judge *j, const char *pattern);

/* device_name.c */
/* What the kernel calls a disk with this prefix, counted from 0, or a partition of it:
 * "vdb", "nvme1n1p2". */
const char *device_name(struct judge *j, const char *prefix, uint64_t disk,
			uint64_t partition);

/* remedy.c */
const char *remedy_rebuild(struct judge *j, const strs *modules);
/* What mends a file whose copy is in the initramfs: `text` does it, and it is made anew.
 */
const char *remedy_inside(struct judge *j, const char *text);
/* What mends a name of a disk; `inside`: in the initramfs. */
const char *remedy_of_name(struct judge *j, const struct name_fact *n, bool inside);
bool is_installed(const struct facts *f, const char *package);
/* Sets the remedy of a link that lacks modules: to add them, alone or with others. */
void remedy_add(struct judge *j, struct link *l, const strs *modules);
/* The platform's remedy for a link of this driver; *ret_ready: is it known to do? */
const char *remedy_of_platform(struct judge *j, const char *link,
			       const struct platform_driver *d, const char *module,
			       bool *ret_ready);
