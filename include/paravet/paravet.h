/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * libparavet: reads the disks of a virtual machine without booting or mounting them, and
 * says whether that guest can use para-virtualized drivers on a host platform.
 *
 * A program makes one handle per guest, names its disks, reads them, judges what was
 * read:
 *
 *     struct paravet *p = paravet_new();
 *     if (paravet_set_platforms(p, "kvm") == 0 &&
 *         paravet_add_disk(p, "web01.qcow2", NULL) == 0 && paravet_read(p) == 0 &&
 *         paravet_judge(p) == 0)
 *             puts(paravet_report(p, PARAVET_JSON, 0));
 *     else
 *             fprintf(stderr, "%s\n", paravet_error(p));
 *     paravet_free(p);
 *
 * Calls that can fail return 0 on success and a negative enum paravet_status otherwise;
 * then paravet_error() has a sentence for people. Calls in the wrong order, and reading
 * twice with one handle, are PARAVET_USAGE; memory that runs out is PARAVET_INTERNAL
 * everywhere.
 *
 * Strings given are copied. Strings returned belong to the handle and are the caller's
 * until the next call with that handle, or until paravet_free().
 *
 * A handle is used by one thread at a time. paravet_read() and paravet_read_modules()
 * start a confined child process and wait for it.
 */
#ifndef PARAVET_H
#define PARAVET_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PARAVET_API __attribute__((visibility("default")))

/** One guest. */
struct paravet;

/** Failures of a call. The numbers are those of sysexits.h, negated. */
enum paravet_status {
	PARAVET_OK = 0,
	PARAVET_USAGE = -64,    /**< the call, or a name in it, makes no sense */
	PARAVET_BAD_DATA = -65, /**< a disk or document is damaged or not understood */
	PARAVET_NO_INPUT = -66, /**< a file cannot be opened or read */
	PARAVET_UNAVAILABLE =
		-69,           /**< something that is needed is missing on this host */
	PARAVET_INTERNAL = -70 /**< out of memory, or a bug */
};

/** Answers, as paravet_answer() gives them. */
enum paravet_answer {
	PARAVET_READY = 0,   /**< driven by PV drivers at the next default boot */
	PARAVET_FIXABLE = 1, /**< a listed step makes it ready */
	PARAVET_BLOCKED = 2, /**< it cannot be */
	PARAVET_UNKNOWN = 3  /**< evidence is missing */
};

/** Which files behind an image (backing files, external data files) may be opened. */
enum paravet_backing {
	PARAVET_BACKING_SAME_DIR, /**< in the directory of the image: the default */
	PARAVET_BACKING_REFUSE,   /**< none */
	PARAVET_BACKING_ANY       /**< wherever they are */
};

/** How the process that reads the disks is confined. */
enum paravet_sandbox {
	PARAVET_SANDBOX_AUTO,    /**< as far as this kernel can: the default */
	PARAVET_SANDBOX_REQUIRE, /**< fully, or not at all: fail when a layer is missing
				  */
	PARAVET_SANDBOX_OFF      /**< not: read in this process */
};

/** Forms of a document. One that a call does not know is PARAVET_TEXT to it. */
enum paravet_format {
	PARAVET_TEXT,
	PARAVET_JSON,
	PARAVET_MARKDOWN, /**< of paravet_matrix() and paravet_plan() */
	PARAVET_HTML,     /**< of paravet_matrix() */
	PARAVET_SCRIPT /**< of paravet_plan(): a script for sh, to be run in the guest */
};

/** Flags of the calls that return a document. */
enum paravet_report_flags {
	PARAVET_VERBOSE = 1, /**< everything: each step with its evidence and sources */
	PARAVET_COLOR = 2    /**< terminal colours */
};

/**
 * paravet_new() - make a handle for one guest
 *
 * Returns: the handle, to be freed with paravet_free(); NULL when out of memory.
 * Since: 0.1
 */
PARAVET_API struct paravet *paravet_new(void);

/**
 * paravet_free() - free a handle and everything that came from it
 * @p: the handle; NULL is allowed
 *
 * Since: 0.1
 */
PARAVET_API void paravet_free(struct paravet *p);

/**
 * paravet_error() - why the last call failed
 * @p: the handle
 *
 * Returns: one sentence, printable; "" when nothing failed. Borrowed until the next call.
 * Since: 0.1
 */
PARAVET_API const char *paravet_error(const struct paravet *p);

/**
 * paravet_error_code() - what kind of failure it was
 * @p: the handle
 *
 * For calls that return a document, and NULL on failure.
 * Returns: a negative enum paravet_status; PARAVET_OK when the last call did not fail.
 * Since: 0.1
 */
PARAVET_API int paravet_error_code(const struct paravet *p);

/**
 * paravet_add_disk() - name a disk of the guest
 * @p: the handle
 * @path: image file or block device; opened read-only here
 * @format: "raw" or "qcow2"; NULL recognises it
 *
 * The first disk is the one that the machine tries to boot from. A file whose name ends
 * in .vmx, .ovf, .ova, .xml or .cfg, or of the format "vmx", "ovf", "ova", "libvirt" or
 * "xl", is a description of the machine instead, as paravet_set_machine() takes it: it is
 * named alone, and paravet_read() opens the disks that it names, as far as the policy of
 * paravet_set_backing() allows.
 * Returns: 0, PARAVET_USAGE (more disks than the program takes) or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_add_disk(struct paravet *p, const char *path, const char *format);

/**
 * paravet_add_key() - give the key of an encrypted volume (LUKS)
 * @p: the handle
 * @device: a disk or volume as it is printed ("partition 3", "web01.img, partition 3"),
 *          the UUID of LUKS, a name as in fstab ("/dev/sda3", "/dev/vg0/root"), or "all"
 * @path: the file or pipe that holds the passphrase or key, all bytes of which count;
 *        where these open nothing, a newline at the end is left out; "-" reads
 *        standard input
 *
 * Several keys for one volume are tried in turn. They are overwritten by paravet_free().
 * Where a key that was given for one volume does not open it, paravet_read() is
 * PARAVET_NO_INPUT; where no such volume is, PARAVET_USAGE.
 * Returns: 0, PARAVET_USAGE, PARAVET_NO_INPUT, or PARAVET_UNAVAILABLE where the library
 * was built without libgcrypt.
 * Since: 0.1
 */
PARAVET_API int paravet_add_key(struct paravet *p, const char *device, const char *path);

/**
 * paravet_set_root() - read a directory of this host instead of disks
 * @p: the handle
 * @dir: the guest's root directory: "/", a chroot, a mounted image
 *
 * Returns: 0, PARAVET_USAGE or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_set_root(struct paravet *p, const char *dir);

/**
 * paravet_set_machine() - name the description of the virtual machine
 * @p: the handle
 * @path: an xm or xl configuration, libvirt domain XML, a VMX file or an OVF envelope;
 *        recognised by its content; opened read-only here
 *
 * What it says becomes part of the facts. It may stand alone, without disks.
 * Returns: 0, PARAVET_USAGE or PARAVET_NO_INPUT; paravet_read() returns PARAVET_BAD_DATA
 * when it makes no sense.
 * Since: 0.1
 */
PARAVET_API int paravet_set_machine(struct paravet *p, const char *path);

/**
 * paravet_set_domain() - name a domain of libvirt instead of disks
 * @p: the handle
 * @domain: its name, UUID or number, as virsh takes it
 * @uri: of the connection; NULL: libvirt's usual one
 *
 * paravet_read() asks libvirt by virsh(1), read-only, for its configuration and state,
 * and opens the disks that are files, block devices, or volumes that are either. A domain
 * that is not shut off can be read, which a remark of the facts tells, and not be changed
 * by paravet_apply().
 * Returns: 0 or PARAVET_USAGE; paravet_read() returns PARAVET_UNAVAILABLE when virsh is
 * not installed, and PARAVET_NO_INPUT when libvirt does not have it.
 * Since: 0.1
 */
PARAVET_API int paravet_set_domain(struct paravet *p, const char *domain,
				   const char *uri);

/**
 * paravet_set_os() - choose one of several operating systems
 * @p: the handle
 * @os: its number in the list "systems" of the facts, or its volume: "partition 2",
 *      "UUID=...", "LABEL=...", "/dev/vg/root", or the name of a subvolume
 *
 * Without it the one is read that every boot menu on the disks starts. Comes before
 * paravet_read(), which returns PARAVET_USAGE when there is no such system.
 * Returns: 0, or PARAVET_INTERNAL when out of memory.
 * Since: 0.1
 */
PARAVET_API int paravet_set_os(struct paravet *p, const char *os);

/**
 * paravet_set_backing() - which files behind an image may be opened
 * @p: the handle
 * @policy: see enum paravet_backing
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_backing(struct paravet *p, enum paravet_backing policy);

/**
 * paravet_set_sandbox() - how the reading process is confined
 * @p: the handle
 * @mode: see enum paravet_sandbox
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_sandbox(struct paravet *p, enum paravet_sandbox mode);

/**
 * paravet_set_complete() - read on when every question is answered
 * @p: the handle
 * @complete: not 0: lists in the facts are complete; 0 (the default): reading an
 * initramfs ends where nothing that was asked can be answered any more
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_complete(struct paravet *p, int complete);

/**
 * paravet_set_platform_dir() - where platform files are read from
 * @p: the handle
 * @dir: a folder of *.yaml files; NULL: $PARAVET_PLATFORMS, or the installed ones
 *
 * Returns: 0 or PARAVET_INTERNAL.
 * Since: 0.1
 */
PARAVET_API int paravet_set_platform_dir(struct paravet *p, const char *dir);

/**
 * paravet_set_platforms() - on which platforms the guest is to be judged
 * @p: the handle
 * @platforms: names separated by commas, each with one driver alternative after a colon
 * if it is to be taken ("xen,kvm:virtio-scsi"); NULL or "all": every platform
 * that fits the guest; "all" among others: these, and each of the others as it is named
 *
 * Called before paravet_read(), which looks for the drivers of these platforms only.
 * Returns: 0, PARAVET_USAGE (no such platform) or PARAVET_BAD_DATA (a platform file).
 * Since: 0.1
 */
PARAVET_API int paravet_set_platforms(struct paravet *p, const char *platforms);

/**
 * paravet_set_host() - on which host the guest is to run
 * @p: the handle
 * @host: "rhel5.1/x86_64/intel": release, architecture of its kernel, vendor of its
 *        processors, every part optional; "auto": this machine; NULL: not known
 *
 * Published tables ask for certain hosts. Called before paravet_judge() and
 * paravet_add_kernel(). "auto" never fails for what it cannot find out:
 * paravet_host() tells.
 * Returns: 0 or PARAVET_USAGE: the description makes no sense.
 * Since: 0.1
 */
PARAVET_API int paravet_set_host(struct paravet *p, const char *host);

/**
 * paravet_host() - the host that was set, as far as it is known
 * @p: the handle
 *
 * Returns: "rhel5.1/x86_64/intel", "unknown release/x86_64/intel"; NULL when no host was
 * set. Borrowed until the next call.
 * Since: 0.1
 */
PARAVET_API const char *paravet_host(const struct paravet *p);

/**
 * paravet_read() - read the guest
 * @p: the handle, with disks or a root directory, or a description of the machine
 *
 * Damage inside the guest is no failure: it becomes part of the facts.
 * Returns: 0 or a negative enum paravet_status; PARAVET_UNAVAILABLE when
 * PARAVET_SANDBOX_REQUIRE cannot be met.
 * Since: 0.1
 */
PARAVET_API int paravet_read(struct paravet *p);

/**
 * paravet_read_facts() - take facts that were read before, instead of disks
 * @p: the handle
 * @json: what paravet_facts() gave; need not end in a NUL
 * @length: its bytes
 *
 * Returns: 0 or PARAVET_BAD_DATA.
 * Since: 0.1
 */
PARAVET_API int paravet_read_facts(struct paravet *p, const char *json, size_t length);

/**
 * paravet_facts() - what was read, with no judgement
 * @p: the handle, after paravet_read()
 * @format: PARAVET_JSON (schema/facts.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_facts(struct paravet *p, enum paravet_format format,
				      unsigned flags);

/**
 * paravet_judge() - judge the guest on the platforms set
 * @p: the handle, after paravet_read()
 *
 * Returns: 0 or a negative enum paravet_status.
 * Since: 0.1
 */
PARAVET_API int paravet_judge(struct paravet *p);

/**
 * paravet_answer() - the answer over all platforms judged
 * @p: the handle, after paravet_judge()
 *
 * Returns: an enum paravet_answer: PARAVET_READY only when every platform is ready.
 * Since: 0.1
 */
PARAVET_API int paravet_answer(const struct paravet *p);

/**
 * paravet_report() - the verdicts
 * @p: the handle, after paravet_judge()
 * @format: PARAVET_JSON (schema/verdict.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_report(struct paravet *p, enum paravet_format format,
				       unsigned flags);

/**
 * paravet_plan() - the steps that make the guest use the platform's drivers
 * @p: the handle, after paravet_judge() on exactly one platform
 * @format: PARAVET_JSON (schema/plan.schema.json), PARAVET_TEXT, PARAVET_MARKDOWN or
 *          PARAVET_SCRIPT
 * @flags: see enum paravet_report_flags
 *
 * The steps of the platform's published procedure that this guest needs, in order, with
 * the lines of files before and after; and what no step mends. Nothing is changed. After
 * paravet_set_applying() those that paravet_apply() would make are tried on copies of the
 * disks, but for PARAVET_SCRIPT: the plan then has the SHA-256 of each file before and
 * after, and the answer with the changes, or why they could not be tried.
 * Returns: the document, borrowed until the next call; NULL on failure: PARAVET_USAGE
 * when not one platform is set. Since: 0.1
 */
PARAVET_API const char *paravet_plan(struct paravet *p, enum paravet_format format,
				     unsigned flags);

/**
 * paravet_add_plan_kernel() - change this kernel of the guest
 * @p: the handle
 * @release: as uname -r prints it
 *
 * Comes before paravet_plan() and paravet_apply(), once for each kernel: they then leave
 * the initramfs, the module indexes and the packages of the other kernels as they are,
 * and are PARAVET_USAGE where the boot loader offers no such kernel. Without it every
 * kernel is changed that the boot loader offers.
 * Returns: 0, or PARAVET_INTERNAL when out of memory. Since: 0.1
 */
PARAVET_API int paravet_add_plan_kernel(struct paravet *p, const char *release);

/** Where a changed guest goes. */
enum paravet_output {
	PARAVET_OUTPUT_NONE,    /**< nowhere: what would be changed is told */
	PARAVET_OUTPUT_OVERLAY, /**< a qcow2 overlay on the disk, which stays as it is */
	PARAVET_OUTPUT_COPY,    /**< a raw copy of the disk with the changes */
	PARAVET_OUTPUT_IN_PLACE /**< the disk itself, after an undo record */
};

/**
 * paravet_set_applying() - the plan is going to be applied
 * @p: the handle
 * @applying: not 0: the disks stay open for paravet_apply(), and for paravet_plan() to
 * try the changes; 0 is the default
 *
 * Comes before paravet_read(). Since: 0.1
 */
PARAVET_API void paravet_set_applying(struct paravet *p, int applying);

/**
 * paravet_add_package() - give a package of drivers for the guest
 * @p: the handle
 * @path: an rpm package of modules, such as kmod-xenpv-0.1-9.el5.i686.rpm
 *
 * paravet_apply() puts its modules in place for each kernel that loads them, where the
 * platform's procedure has a package installed. May be called for several packages; comes
 * before paravet_read(). Returns: 0, PARAVET_NO_INPUT (the file cannot be opened) or
 * PARAVET_USAGE (too many). Since: 0.1
 */
PARAVET_API int paravet_add_package(struct paravet *p, const char *path);

/**
 * paravet_set_output() - where the changed guest goes
 * @p: the handle
 * @path: a file that is not there yet; "" for PARAVET_OUTPUT_NONE and
 *        PARAVET_OUTPUT_IN_PLACE
 * @kind: see enum paravet_output
 *
 * Called once where one disk is changed, or once for each disk of the guest, in their
 * order: only those that are changed get their file then. Returns: 0, or PARAVET_INTERNAL
 * when out of memory. Since: 0.1
 */
PARAVET_API int paravet_set_output(struct paravet *p, const char *path,
				   enum paravet_output kind);

/**
 * paravet_set_machine_output() - where the machine's description goes with its changes
 * @p: the handle
 * @path: a file that is not there yet
 *
 * paravet_apply() writes the description that paravet_set_machine() named anew, with the
 * devices offered as the plan says; the old one stays as it is. Comes before
 * paravet_read(). Returns: 0, PARAVET_USAGE (no description was named) or
 * PARAVET_INTERNAL when out of memory. Since: 0.1
 */
PARAVET_API int paravet_set_machine_output(struct paravet *p, const char *path);

/**
 * paravet_set_undo() - where the record goes that undoes a change in place
 * @p: the handle
 * @path: a file that is not there yet
 *
 * Without it: beside the first disk, by its name with ".paravet-undo" behind it; beside a
 * device, and in memory unless the disks are there, too, no record is made.
 * Returns: 0, or PARAVET_INTERNAL when out of memory. Since: 0.1
 */
PARAVET_API int paravet_set_undo(struct paravet *p, const char *path);

/**
 * paravet_apply() - make the guest use a platform's drivers
 * @p: the handle, after paravet_set_applying(), paravet_read() and paravet_judge() on
 *     exactly one platform
 *
 * Makes those steps of the plan that are changes of files, in a worker as confined as the
 * reader, on a copy on write; reads and judges the guest again; and only then writes the
 * result. No program of the guest is run. Returns: 0, also when steps are left to people;
 * PARAVET_USAGE (packages for a platform that takes none, among others), PARAVET_NO_INPUT
 * (the guest cannot be changed from outside, with the reason) or PARAVET_BAD_DATA.
 * Since: 0.1
 */
PARAVET_API int paravet_apply(struct paravet *p);

/**
 * paravet_applied() - what was changed, and what is left
 * @p: the handle, after paravet_apply()
 * @format: PARAVET_JSON (schema/apply.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure. Since: 0.1
 */
PARAVET_API const char *paravet_applied(struct paravet *p, enum paravet_format format,
					unsigned flags);

/**
 * paravet_applied_answer() - the answer with the changes
 * @p: the handle, after paravet_apply()
 *
 * Returns: an enum paravet_answer. Since: 0.1
 */
PARAVET_API int paravet_applied_answer(const struct paravet *p);

/** Does a boot agree with the verdict? As paravet_proof_result() gives it. */
enum paravet_proof_result {
	PARAVET_PROVEN = 0,      /**< it does, whichever way */
	PARAVET_DISPROVEN = 1,   /**< it does not */
	PARAVET_NOT_PROVABLE = 3 /**< nothing could be compared */
};

/**
 * paravet_set_proving() - the guest is going to be booted
 * @p: the handle
 * @proving: not 0: paravet_read() also finds where the files of the start lie, and the
 *           disks stay open for paravet_prove(); 0 is the default
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_proving(struct paravet *p, int proving);

/**
 * paravet_set_direct() - boot without firmware and boot loader
 * @p: the handle
 * @direct: not 0: QEMU loads the kernel and the initramfs of the default boot entry, or
 *          the only kernel where there is no entry; paravet_judge() then leaves out what
 *          it would say of the boot loader. Since kernel and initramfs come from the
 *          guest's disks, a worker as confined as the reader copies them. 0 is the
 *          default
 *
 * Comes before paravet_judge(). Since: 0.1
 */
PARAVET_API void paravet_set_direct(struct paravet *p, int direct);

/**
 * paravet_set_time_limit() - how long a boot is watched at most
 * @p: the handle
 * @seconds: 0: 60 with KVM, 240 without, 1800 on the Xen host
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_time_limit(struct paravet *p, unsigned seconds);

/**
 * paravet_set_guest_memory() - how much memory a booted guest has
 * @p: the handle
 * @mib: 0: 512
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_guest_memory(struct paravet *p, unsigned mib);

/**
 * paravet_set_log_dir() - keep what a boot prints
 * @p: the handle
 * @dir: a folder, made if it is not there; serial.log and qemu.log or xl.log are written
 * in it
 *
 * Returns: 0 or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_set_log_dir(struct paravet *p, const char *dir);

/**
 * paravet_set_xen_lab() - where the Xen host lies that boots for Xen are tried on
 * @p: the handle
 * @dir: the folder that "make xen-lab" has filled; opened when a boot needs it
 * @always: 0: not on a machine that is a Xen host, where its own xl runs the guest
 *
 * Without one, the platforms of Xen are provable only by root on a Xen host. Returns: 0,
 * or PARAVET_INTERNAL when out of memory. Since: 0.1
 */
PARAVET_API int paravet_set_xen_lab(struct paravet *p, const char *dir, int always);

/** Tells what a boot has come to: a step that was seen (`done` is not 0), or what is
 * awaited, twice a second. `text` is printable and borrowed. */
typedef void paravet_progress(void *ctx, int done, const char *text);

/**
 * paravet_set_progress() - be told how a boot goes
 * @p: the handle
 * @progress: called during paravet_prove(); NULL: not
 * @ctx: passed to it
 *
 * Since: 0.1
 */
PARAVET_API void paravet_set_progress(struct paravet *p, paravet_progress *progress,
				      void *ctx);

/**
 * paravet_prove() - boot the guest and compare with the verdict
 * @p: the handle, after paravet_set_proving(), paravet_read() and paravet_judge() on
 *     exactly one platform
 *
 * The disks are not changed, and the guest reaches no network. QEMU and the servers of
 * the disks are child processes that die with the calling thread. Returns: 0, whatever
 * the boot came to; PARAVET_USAGE, PARAVET_UNAVAILABLE (QEMU or the guest's firmware is
 * not installed) or PARAVET_NO_INPUT (QEMU or the Xen host does not
 * run, or that host's files are not there). Since: 0.1
 */
PARAVET_API int paravet_prove(struct paravet *p);

/**
 * paravet_proof() - what came of the boot, with the evidence
 * @p: the handle, after paravet_prove()
 * @format: PARAVET_JSON (schema/prove.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_proof(struct paravet *p, enum paravet_format format,
				      unsigned flags);

/**
 * paravet_proof_result() - do the verdict and the boot agree?
 * @p: the handle, after paravet_prove()
 *
 * Returns: an enum paravet_proof_result.
 * Since: 0.1
 */
PARAVET_API int paravet_proof_result(const struct paravet *p);

/**
 * paravet_add_kernel() - judge a kernel by its name alone
 * @p: the handle
 * @name: a package ("kernel-PAE-2.6.18-53.1.4.el5.i686") or what uname -r prints
 *
 * What the published tables of RHEL 5's Xen say of it, on the host of paravet_set_host().
 * Needs no disk.
 * Returns: 0 or PARAVET_USAGE: the name makes no sense.
 * Since: 0.1
 */
PARAVET_API int paravet_add_kernel(struct paravet *p, const char *name);

/**
 * paravet_kernels() - the answers for the kernels added
 * @p: the handle
 * @format: PARAVET_JSON (schema/kernel.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_kernels(struct paravet *p, enum paravet_format format,
					unsigned flags);

/**
 * paravet_kernels_answer() - the worst answer of the kernels added
 * @p: the handle
 *
 * Packages that are no kernels, and para-virtualized kernels, are not counted.
 * Returns: an enum paravet_answer; PARAVET_UNKNOWN when none counts.
 * Since: 0.1
 */
PARAVET_API int paravet_kernels_answer(const struct paravet *p);

/**
 * paravet_matrix() - what is held of a platform's published support statements
 * @p: the handle
 * @platform: its name; NULL: the list of all platforms
 * @format: any
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_matrix(struct paravet *p, const char *platform,
				       enum paravet_format format, unsigned flags);

/**
 * paravet_add_module() - name a kernel module file: would it load?
 * @p: the handle; its disks or root directory have the kernels
 * @path: .ko or .o, compressed or not; opened here, parsed by the confined process
 *
 * Modules that are named together may need each other.
 * Returns: 0, PARAVET_USAGE (too many) or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_add_module(struct paravet *p, const char *path);

/**
 * paravet_add_neighbour() - name a module that the kernel in question does load
 * @p: the handle
 * @path: as for paravet_add_module()
 *
 * It shows how a kernel was built that is not on a disk.
 * Returns: 0, PARAVET_USAGE (too many) or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_add_neighbour(struct paravet *p, const char *path);

/**
 * paravet_set_symvers() - the kernel's list of exported symbols
 * @p: the handle
 * @path: Module.symvers, or symvers.gz and the like
 *
 * Instead of a disk, or in place of the list that the guest has.
 * Returns: 0, PARAVET_USAGE (there is one) or PARAVET_NO_INPUT.
 * Since: 0.1
 */
PARAVET_API int paravet_set_symvers(struct paravet *p, const char *path);

/**
 * paravet_set_kernel() - which kernel is asked about
 * @p: the handle
 * @release: as uname -r prints it; NULL: every kernel of the guest that has an image, a
 *   boot entry or a package
 *
 * Returns: 0 or PARAVET_INTERNAL.
 * Since: 0.1
 */
PARAVET_API int paravet_set_kernel(struct paravet *p, const char *release);

/**
 * paravet_read_modules() - read the kernels and hold the modules against them
 * @p: the handle, with modules, and disks, a root directory or a Module.symvers
 *
 * Instead of paravet_read().
 * Returns: 0 or a negative enum paravet_status; PARAVET_USAGE when the guest does not
 * have the kernel asked about.
 * Since: 0.1
 */
PARAVET_API int paravet_read_modules(struct paravet *p);

/**
 * paravet_modules() - the answer for every module and kernel, and what was compared
 * @p: the handle, after paravet_read_modules()
 * @format: PARAVET_JSON (schema/module.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_modules(struct paravet *p, enum paravet_format format,
					unsigned flags);

/**
 * paravet_modules_answer() - the worst answer for the kernel that starts by default
 * @p: the handle, after paravet_read_modules()
 *
 * Where it is not known which kernel starts, all of them count.
 * Returns: PARAVET_READY (loads), PARAVET_BLOCKED (refused) or PARAVET_UNKNOWN.
 * Since: 0.1
 */
PARAVET_API int paravet_modules_answer(const struct paravet *p);

/** Flags of paravet_undo(). */
enum paravet_undo_flags {
	PARAVET_DRY_RUN = 1 /**< nothing is written */
};

/**
 * paravet_undo() - make disks that were changed in place as they were before
 * @p: the handle; it needs no disks
 * @record: the undo record that was written before the change
 * @disks: the changed disks in the record's order, NULL behind the last; NULL: those that
 *         the record names, which then have to lie in the record's folder and be the same
 *         files still
 * @flags: see enum paravet_undo_flags
 *
 * Byte for byte. Where a disk was changed since, nothing at all is written to any. It may
 * be repeated, also when it was broken off. Of a record that was not finished nothing was
 * changed, and nothing has to be undone. Returns: 0, PARAVET_BAD_DATA (the record is
 * damaged, a disk was changed since) or PARAVET_NO_INPUT (a file cannot be opened, or
 * another process has a disk open). Since: 0.1
 */
PARAVET_API int paravet_undo(struct paravet *p, const char *record,
			     const char *const *disks, unsigned flags);

/**
 * paravet_undone() - what was undone
 * @p: the handle, after paravet_undo()
 * @format: PARAVET_JSON (schema/undo.schema.json) or PARAVET_TEXT
 * @flags: see enum paravet_report_flags
 *
 * Returns: the document, borrowed until the next call; NULL on failure.
 * Since: 0.1
 */
PARAVET_API const char *paravet_undone(struct paravet *p, enum paravet_format format,
				       unsigned flags);

/**
 * paravet_version() - the library's version
 *
 * Returns: its number, as "0.1"; never freed.
 * Since: 0.1
 */
PARAVET_API const char *paravet_version(void);

#ifdef __cplusplus
}
#endif

#endif
