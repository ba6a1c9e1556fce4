/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is behind a handle of the public interface. */
#pragma once

#include <sys/stat.h>

#include "applied.h"
#include "assembly.h"
#include "images.h"
#include "module.h"
#include "paravet/paravet.h"
#include "process.h"
#include "prove.h"
#include "remote.h"
#include "report.h"
#include "sandbox.h"
#include "secret.h"
#include "undo/undone.h"
#include "worksheet.h"

/* A file that this process has opened for the worker. */
struct opened {
	const char *path; /* as named by the user, or resolved for backing files */
	const char *dir;  /* the folder it really lies in */
	const struct remote *remote; /* instead; NULL: a file */
	struct blocks_part part;     /* where the image lies in it */
	dev_t dev;
	ino_t ino;
};

struct disk_input {
	const char *name;            /* as named by the user */
	const char *format;          /* or NULL */
	const struct remote *remote; /* served by another machine; NULL: a file */
	struct blocks_part part;     /* of the file, that is the disk */
	int fd;                      /* -1 of a remote one */
	int prove_fd;                /* the same again, for booting; -1: not wanted */
};

/* A module, or a list of symbols. */
struct host_file {
	const char *name; /* as named by the user; NULL: none */
	int fd;
};
typedef VEC(struct host_file) host_files;

/* A key for an encrypted volume. */
struct key_input {
	const char *device; /* struct volume_key */
	struct secret key;
};

/* An undo record, and where it really lies. */
struct record_file {
	const char *path, *dir;
	int fd;
};

/* A disk that was changed in place. */
struct changed_file {
	const char *path, *dir; /* where it really lies */
	int fd;
	bool device;
	uint64_t inode; /* 0 of a device */
};

/* One platform that was asked for. */
struct asked_platform {
	struct platform *platform;
	bool named; /* by the user: judged whatever the guest is */
	struct verdict_options options;
};

struct paravet {
	struct arena *arena; /* of everything below */
	struct err error;
	VEC(struct disk_input) disks;
	VEC(struct opened)
	opened; /* the disks first, in their order; then files behind them */
	VEC(struct key_input) keys;      /* of encrypted volumes */
	strs key_words;                  /* as the user gave them: "all:file:key" */
	struct luks_known known;         /* and what they opened, in the worker */
	VEC(struct process) servers;     /* of images that are not read here */
	VEC(struct sandbox_child) gates; /* between the worker and some of them */
	const char
		*machine; /* description of the machine, as named by the user; or NULL */
	int machine_fd;
	struct blocks_part machine_part; /* of the file, that is the description */
	struct opened machine_origin;    /* where it lies */
	const char *machine_form; /* as it was stated: "ova", "vmx"; NULL: it was not */
	const char *domain, *domain_uri; /* of libvirt, which describes it; or NULL */
	bool domain_runs, domain_saved;  /* is it so? */
	bool finding;              /* the disks are those that the description names */
	machine_image_list images; /* these */
	const char *wanted_os;     /* of several systems; NULL: the one that starts */
	const char *root;          /* directory instead of disks, or NULL */
	int root_fd;
	enum paravet_backing backing;
	enum paravet_sandbox sandbox;
	bool complete;
	bool proving;  /* the guest is to be booted: its disks stay open */
	bool direct;   /* and without firmware and boot loader */
	bool applying; /* a plan is to be applied: its disks stay open */
	enum paravet_output output_kind;
	const char *machine_output; /* where the description goes anew, or NULL */
	struct slice machine_text;  /* as it was when it was read */
	struct stat machine_stat;   /* of its file; no mode: not known */
	strs plan_kernels;          /* to be changed; none: all */
	strs outputs;     /* where the result goes: one file, or one for each disk */
	const char *undo; /* the undo record */
	struct applied applied;
	bool was_applied;
	struct undone undone;
	bool was_undone;
	const char *platform_dir;
	const struct host *host; /* that the guest is to run on; NULL: none was named */
	const char *host_text;   /* the same for people */
	const char *host_word;   /* the same as it was given */
	VEC(struct asked_platform) platforms;
	strs asked, asked_configs; /* what the reader has to look for */
	struct facts facts;
	bool was_read, was_judged;
	verdict_list verdicts;
	struct platform *chapter; /* judges kernels by name; loaded when first asked */
	worksheet_list kernels;
	host_files module_files; /* to be held against kernels */
	host_files neighbours;   /* modules of the kernel asked about */
	host_files packages;     /* of drivers, for the guest; they stay open */
	struct host_file symvers;
	const char *kernel_release; /* the kernel asked about, or NULL */
	struct loadings loadings;
	bool were_loaded;
	module_verdicts modules;
	unsigned time_limit; /* seconds; 0: the usual one */
	uint64_t memory;     /* of a booted guest, MiB; 0: the usual one */
	int log_dir;         /* where the logs of a boot go, or -1 */
	bool force_xen_lab;  /* also where this machine is a Xen host */
	const char *xen_lab; /* folder of the Xen host that boots are tried on, or NULL */
	paravet_progress *progress;
	void *progress_ctx;
	struct xen_lab xen_host; /* the files of that folder; -1: not opened */
	struct proof proof;
	bool was_proven;
	struct strbuf document; /* the last one given out */
};

/* The negative enum paravet_status for p->error. */
int handle_status(const struct paravet *p);
/* Records ERR_USAGE, and is its status. */
int handle_misuse(struct paravet *p, const char *sentence);
/* Closes the files that were opened for the worker. */
void handle_close_inputs(struct paravet *p);
/* Starts and ends the document that a call gives out; the end is NULL when it failed. */
void handle_start_document(struct paravet *p);
const char *handle_finish_document(struct paravet *p);
/* command.c: how a report is to look, and how the commands that it suggests name this
 * guest. */
int handle_report_options(struct paravet *p, unsigned flags, struct report_options *ret);
/* How the worker is confined. */
enum sandbox_mode handle_sandbox(const struct paravet *p);
/* platforms.c: where platform files are read from, and loading those of a list of names,
 * as paravet_set_platforms() takes it. */
const char *handle_platform_dir(const struct paravet *p);
int handle_load_platforms(struct paravet *p, const char *list);

/* files.c: opening, with the policy for files behind an image. */
int files_open_disk(struct paravet *p, const char *path, const char *format,
		    struct err *e);
int files_open_plain(struct paravet *p, const char *path, struct host_file *ret,
		     struct err *e);
int files_open_record(struct paravet *p, const char *path, struct record_file *ret,
		      struct err *e);
/* A disk that was changed in place. */
int files_open_changed(struct paravet *p, const char *path, bool to_write,
		       struct changed_file *ret, struct err *e);
/* A file to write to in the folder of logs. */
int files_open_log(const struct paravet *p, const char *name);
/* A file, or a pipe: one of the shell's for a command, <(...). */
int files_open_key(const char *path, int *ret_fd, struct err *e);
/* The files of a folder made by tests/lab/xen/build.sh. */
int files_open_xen_lab(const char *dir, struct xen_lab *ret, struct err *e);
int files_open_root(struct paravet *p, const char *dir, struct err *e);
int files_open_machine(struct paravet *p, const char *path, struct err *e);
/* A disk that the description of the machine names: `name` as written, below the folder
 * of the description unless it starts with '/'. ERR_ABSENT: it is not there; ERR_REFUSED
 * by the policy. */
int files_open_found(struct paravet *p, const char *name, const char *format,
		     struct err *e);
/* A disk that is a part of the file of the description. */
int files_open_member(struct paravet *p, const char *name, struct blocks_part part,
		      const char *format, struct err *e);
/* The sandbox's broker: `ctx` is the handle. Files are numbered from 1. */
int files_broker(void *ctx, unsigned from, const char *name, int *ret_fd,
		 unsigned *ret_id, struct err *e);

/* serving.c: the sandbox's broker of disks, which are served by a program that reads
 * their format, and the end of these programs. */
int serving_broker(void *ctx, unsigned from, const char *format, int *ret_fd,
		   unsigned *ret_id, struct err *e);
void serving_end(struct paravet *p);

/* remote_ssh.c: a connection to the SFTP server of that host, which has been greeted and
 * has answered; it leads to that one file, to be read. The ssh that makes it is one of
 * p->servers, and what watches over it one of p->gates. */
int remote_ssh_connect(struct paravet *p, const struct remote *r, int *ret_fd,
		       struct err *e);

/* machine_file.c: in the worker, what the description of the machine says; empty when
 * none was named. */
int machine_file_read(struct paravet *p, struct arena *a, struct arena *scratch,
		      struct machine *ret, struct err *e);

/* All of it, in the arena. */
int machine_file_text(struct blocks *b, struct arena *a, struct slice *ret,
		      struct err *e);

/* Says which of the handle's disks its disks are. */
int machine_file_match(const struct paravet *p, struct machine *m, struct arena *a,
		       struct err *e);
/* The bytes of the description, before the worker gets it. */
int machine_file_keep(struct paravet *p, struct err *e);

/* finding.c: is this, which was named as a disk, the description of a machine? By its
 * name or the stated format: a guest may have written anything into its disk. */
bool finding_is_description(const char *path, const char *format);
/* Takes it as one that finds its disks. */
int finding_set(struct paravet *p, const char *path, const char *form, struct err *e);
/* Opens the disks that the description names, where that is asked for. */
int finding_run(struct paravet *p, struct err *e);

/* domain.c: asks libvirt for the description, and how the domain is. */
int domain_describe(struct paravet *p, struct err *e);
/* The path of a volume of a storage pool, in the arena. */
int domain_volume(struct paravet *p, const char *pool, const char *volume,
		  const char **ret, struct err *e);
/* What is worth telling of its state; NULL: nothing. */
const char *domain_remark(const struct paravet *p);
/* May its disks be changed? */
int domain_check_change(const struct paravet *p, struct err *e);

/* host_auto.c: a machine as a host, by the files below `root` and the word of uname(2)
 * for its architecture. What they do not tell stays NULL. */
int host_auto(const char *root, const char *machine, struct arena *a, struct host *ret,
	      struct err *e);

/* proving.c: keeps the disks open for a boot or a change, if there is to be one; closes
 * them. */
int proving_keep_disks(struct paravet *p, struct err *e);
void proving_close(struct paravet *p);

/* proving_direct.c: chooses what QEMU is to load, and has a worker copy it out of the
 * disks. What cannot be had is no error: `ret` says why. The descriptors are the
 * caller's. */
struct direct;
int proving_load(struct paravet *p, struct direct *ret, struct err *e);

/* planning.c: the plan that is asked for, of these facts and their verdict. */
int planning_make(struct paravet *p, const struct facts *f, const struct verdict *v,
		  struct plan *ret, struct err *e);

/* keys.c: in the worker, the keys for what is put together; and their end. */
int keys_give(struct paravet *p, struct arena *a, struct assembly *to, struct err *e);
/* Whether the processes that are forked from now on have them: not until this says so. */
void keys_pass_on(const struct paravet *p, bool yes);
void keys_wipe(struct paravet *p);

/* reading.c: runs the worker and takes its facts. */
int reading_run(struct paravet *p, struct err *e);
