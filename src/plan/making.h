/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of this folder share while a plan is made. A maker never fails half-way:
 * running out of memory is noted in its judge, whose say() and plain() it uses, and
 * reported at the end.
 */
#pragma once

#include "chain.h"
#include "plan.h"

/* A kernel of the guest, and what published tables say of it. */
struct plan_kernel {
	const struct kernel_fact *fact;
	const struct worksheet *sheet; /* NULL: nothing */
	const char *flavour;           /* "" without one */
	bool left_out;                 /* others were named */
};

/* The word that a kernel's command line needs, or NULL. */
static inline const char *needed_word(const struct plan_kernel *k)
{
	return k && k->sheet && k->sheet->guest ? k->sheet->guest->word : NULL;
}

/* Why a step is taken: a link that it mends, and whose. */
struct cause {
	const struct device_verdict *device;
	const struct choice_verdict *choice; /* the device's best one */
	const struct link *link; /* NULL: the step is part of any change of the device */
};
typedef VEC(struct cause) cause_list;

struct maker {
	struct judge judge; /* facts, platform, arena, full */
	const struct verdict *verdict;
	const struct plan_options *options;
	/* The default kernel first; none: it is not known which it is. */
	VEC(struct plan_kernel) kernels;
	VEC(const struct link *) mended;              /* by steps of the procedure */
	VEC(const struct given_package_fact *) taken; /* of those given */
	bool asks_package;                            /* a step would install one */
	struct plan *plan;
};

/* One doing of a step. */
struct task {
	const struct platform_step *step;
	cause_list causes;
	const char *why; /* a reason that is no link, or NULL */
	/* of a step for each disk or card, or NULL */
	const struct device_verdict *device;
	const struct plan_kernel *kernel; /* NULL: none is known */
	const cause_list *wanted;         /* of a step for each kernel: all causes */
};

/* make.c */
/* Appends a string unless it is there. */
void add_once(struct maker *m, strs *list, const char *s);
/* "virtio_blk virtio_pci" */
const char *words(struct maker *m, const strs *list);
/* Appends where a link was read. */
void add_source(struct maker *m, struct plan_step *s, const struct link *l);
/* "eth0", "data.img"; the role of a device without a name. */
const char *subject_of(const struct device_verdict *d);
/* The best choice of a device; NULL: it has none, or the platform does not hold it. */
const struct choice_verdict *best_choice(const struct device_verdict *d);
const struct platform_choice *platform_choice_of(const struct maker *m,
						 const struct device_verdict *d);
/* Under a published procedure: would the device be without a driver after all its steps?
 * Then none is taken, as they would take the emulated device away for nothing. */
bool is_out_of_reach(const struct maker *m, const struct device_verdict *d);

/* kernels.c */
int find_kernels(struct maker *m, struct err *e);
/* The driver that a kernel lacks of those for these devices; NULL: it has them. */
const char *lacking_driver(const struct maker *m, const struct plan_kernel *k,
			   const cause_list *causes);

/* fill.c: a text of the step with its holes filled; in a command, values are quoted. */
const char *fill_text(struct maker *m, const struct task *t, const char *form);
const char *fill_command(struct maker *m, const struct task *t, const char *form);

/* disks.c */
/* "/dev/hdb1" with the prefix "xvd": "/dev/xvdb1"; NULL when it is no such name. */
const char *renamed(struct maker *m, const char *spec, const char *prefix);
/* The letter of a disk: 'b' for hdb; 0 when it is not known. */
char disk_letter(const struct maker *m, const struct device_verdict *d);

/* The nodes of a paravirtual disk and its partitions. */
void add_nodes(struct maker *m, const struct task *t, struct plan_step *s);

/* edits.c */
bool same_place(const struct source *a, const struct source *b);
/* Does a step change this line, of a file of the guest or in an initramfs? */
bool is_line_edited(const struct maker *m, const struct source *at);
bool has_edit(const plan_edits *list, const struct plan_edit *edit);
/* Adds a change of a file, unless the list has it: two devices may call for it. */
void add_edit_to(struct maker *m, plan_edits *list, struct plan_edit edit);
void add_edit(struct maker *m, struct plan_step *s, struct plan_edit edit);
void add_edits(struct maker *m, const struct task *t, struct plan_step *s);
/* Makes a comment of the line of modprobe.d that forbids a module. */
void edit_forbidding_line(struct maker *m, const struct link *l, struct plan_step *s);

/* names.c */
/* Puts `now` in place of a part of a word; in a word that a shell reads, nothing that
 * would mean more to it. */
void edit_part(struct maker *m, plan_edits *list, const struct source *at,
	       const char *word, const char *part, const char *now);
/* The same within quotes, where `now` may be several words. */
void edit_quoted_part(struct maker *m, plan_edits *list, const struct source *at,
		      const char *word, const char *part, const char *now);
/* Writes `now` where a name of a disk stands. */
void edit_name(struct maker *m, plan_edits *list, const struct name_fact *n,
	       const char *now);
/* Names that stand together, and where their edits go. */
struct renaming {
	struct maker *m;
	const name_list *names;
	plan_edits *to;
	bool inside; /* of an initramfs */
};
/* Calls `edit` for the guest's own names, and for those in each initramfs that may be
 * changed. */
void rename_everywhere(struct maker *m, struct plan_step *s,
		       void (*edit)(const struct renaming *r, const void *ctx),
		       const void *ctx);
/* The name that nothing else here answers to: UUID=, or where another volume has the
 * same UUID, PARTUUID= or LABEL=. NULL: there is none; why not is told in a remark. */
const char *volume_name(struct maker *m, const struct name_fact *n,
			const struct volume_fact *v);
/* PARTUUID= of a partition; NULL: it has none of its own. */
const char *partition_name(struct maker *m, const struct volume_fact *v);
/* Names of the disk that end with its bus: what is written on its volumes takes their
 * place, or what needs no name. */
void edit_disk_names(struct maker *m, const struct device_verdict *d,
		     struct plan_step *s);

/* device_map.c: lines of GRUB's device.map. */
void edit_device_map(struct maker *m, const struct device_verdict *d,
		     struct plan_step *s);

/* lvm_edits.c: filters and the devices file of LVM, for the disks as this device's best
 * choice names them. */
void edit_lvm(struct maker *m, const struct device_verdict *d, struct plan_step *s);

/* md_names.c: names in mdadm.conf. */
void edit_md_names(struct maker *m, struct plan_step *s);

/* initramfs.c */
/* What the step has for the initramfs of this kernel; NULL: no memory. */
struct plan_drivers *initramfs_of(struct maker *m, struct plan_step *s,
				  const struct kernel_fact *k);
/* Changes of files in it, where it may be changed; none: nothing. */
void edit_in_initramfs(struct maker *m, struct plan_step *s, const struct plan_kernel *k,
		       const plan_edits *edits);
/* The modules that a link lacks, in the initramfs of every kernel that the boot menu
 * offers. */
void add_drivers(struct maker *m, struct plan_step *s, const struct link *l);
/* The same for the module that a line inside forbids, where the link speaks of one. */
void allow_inside(struct maker *m, struct plan_step *s, const struct link *l);

/* keepers.c: what has the generator put them in again. */
void add_keepers(struct maker *m, struct plan_step *s);

/* indexes.c: a driver whose line in modules.dep is stale, where the link speaks of one:
 * its lines, for every kernel of the boot menu with the same fault. */
void add_stale_lines(struct maker *m, struct plan_step *s, const struct link *l);

/* given.c */
/* Puts a package that was given in the place of the step's commands: one whose modules
 * the task's kernel loads. Where none is, the step says why. */
void install_given(struct maker *m, const struct task *t, struct plan_step *s);
/* Where the module of a package that was taken will lie for a kernel; NULL: nowhere. */
const char *given_path(const struct maker *m, const struct plan_kernel *k,
		       const char *module);
/* What became of the packages. */
void tell_given(struct maker *m);

/* card_rules.c: what keeps the name of the network card that a link speaks of, or has a
 * file find it again. */
void add_card_rule(struct maker *m, struct plan_step *s, const struct link *l);

/* cmdline.c */
/* Puts `after` in place of the word `before`; "" takes it away. Also in the settings from
 * which the menu is made anew. */
void edit_cmdlines(struct maker *m, struct plan_step *s, const char *before,
		   const char *after);
/* root= and resume= that end with the bus, or that name nothing. */
void edit_cmdline_names(struct maker *m, struct plan_step *s);
/* What takes the place of a name on a command line; NULL: it stays. `alone`: no initramfs
 * follows it. */
const char *lasting_name(struct maker *m, const struct name_fact *n, bool alone);

/* machine_edits.c */
void edit_machine_disk(struct maker *m, const struct task *t, struct plan_step *s);
void edit_machine_nic(struct maker *m, const struct task *t, struct plan_step *s);

/* remedies.c: a step for each remedy of the links that no step of the procedure mends,
 * and what nothing mends. */
void add_remedies(struct maker *m);
void add_obstacles(struct maker *m);
