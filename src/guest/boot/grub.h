/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB 2's configuration is a script, so reading it means running it. This is a small
 * evaluator of that language (GNU GRUB Manual 2.12, chapters "Writing your own
 * configuration file" and "Commands"): text -> commands (grub_lex.c, grub_parse.c), run
 * in an environment (grub_env.c, grub_eval.c, grub_commands.c, grub_test.c) they make a
 * menu, and the menu's entries are run each in a copy of the environment to see what they
 * would start (grub_entries.c). It touches no disk but through struct grub_host.
 *
 * Everything lives in the arena of the evaluator. What cannot be known from the disk (a
 * key held down, the clock) gets the answer of an unattended boot; a command that is not
 * known gets a remark; a syntax that GRUB would refuse is an error.
 */
#pragma once

#include "bls.h"
#include "facts.h"

/* A device as GRUB's scripts name it: "hd0,gpt2", "UUID=..." (what a search found),
 * GRUB_BOOT (where the loader was started from), or GRUB_GUEST: the path is one of the
 * guest's own tree. */
#define GRUB_BOOT  "boot"
#define GRUB_GUEST "guest"
/* A file system inside of GRUB's own image. */
#define GRUB_MEMDISK "memdisk"

struct grub_stat {
	bool is_dir;
	uint64_t size;
};

/* What the evaluator needs of the world. All strings it gets back live as long as the
 * evaluator's arena. */
struct grub_host {
	void *ctx;
	/* ERR_ABSENT when it is not there. */
	int (*read)(void *ctx, const char *device, const char *path, struct slice *ret,
		    const struct source **ret_where, struct err *e);
	int (*stat)(void *ctx, const char *device, const char *path,
		    struct grub_stat *ret, struct err *e);
	/* Names in a directory. */
	int (*list)(void *ctx, const char *device, const char *path, strs *ret,
		    struct err *e);
	/* Is there a file system with this "UUID", "LABEL" or "FILE"? 1 yes, 0 no. */
	int (*search)(void *ctx, const char *kind, const char *value, struct err *e);
	/* The path as the guest sees it; NULL when the guest does not see that file. */
	int (*locate)(void *ctx, const char *device, const char *path, const char **ret,
		      struct err *e);
};

/* --- Words and commands --- */

/* A word is text and variables joined: "vmlinuz-${version}". */
struct grub_part {
	const char *text; /* the text, or the variable's name */
	bool variable;
	bool quoted; /* not split at blanks, and there even when empty */
};

struct grub_word {
	VEC(struct grub_part) parts;
	const char *plain; /* the text of a word without quotes and variables, or NULL */
	bool wild;         /* holds * or ? or [ outside quotes */
};

enum grub_token {
	GRUB_END,
	GRUB_WORD,
	GRUB_NEWLINE,
	GRUB_SEMICOLON,
	GRUB_OPEN,
	GRUB_CLOSE
};

struct grub_lexer {
	struct slice s;
	size_t pos;
	unsigned line;
	struct arena *a;
	enum grub_token token; /* the current one, and where it began */
	unsigned token_line;
	struct grub_word word; /* of GRUB_WORD */
};

/* Moves to the next token. */
int grub_lex_next(struct grub_lexer *l, struct err *e);

enum grub_kind { GRUB_SIMPLE, GRUB_IF, GRUB_FOR, GRUB_WHILE, GRUB_UNTIL, GRUB_FUNCTION };

struct grub_block;

struct grub_command {
	enum grub_kind kind;
	unsigned line;
	const struct source *where; /* of its file */
	VEC(struct grub_word)
	words;                        /* command and arguments; variable and values of a
					 for; name of a function */
	struct grub_block *condition; /* if, while, until */
	struct grub_block *body;  /* then, do, function, and { } after an argument list */
	struct grub_block *other; /* else; an elif is an if in here */
};

struct grub_block {
	VEC(struct grub_command) commands;
};

/* A whole script. Syntax that GRUB would refuse is ERR_CORRUPT with its line. */
int grub_parse(struct slice text, const struct source *where, struct arena *a,
	       struct grub_block **ret, struct err *e);

/* --- Variables --- */

struct grub_variable {
	const char *name, *value; /* value NULL: unset in this layer */
	bool exported;
};

/* One layer of variables over another that is not written to. */
struct grub_env {
	const struct grub_env *below;
	bool exported_only; /* a new menu's layer: sees only what was exported below */
	VEC(struct grub_variable) variables;
};

/* The value, or NULL. */
const char *grub_env_get(const struct grub_env *env, const char *name);
/* `value` NULL unsets. Strings are borrowed. */
int grub_env_set(struct grub_env *env, struct arena *a, const char *name,
		 const char *value, struct err *e);
int grub_env_export(struct grub_env *env, struct arena *a, const char *name,
		    struct err *e);

struct grubenv_pair {
	const char *name, *value;
};
typedef VEC(struct grubenv_pair) grubenv;

/* The environment block of grub-editenv: its signature line, NAME=VALUE lines, padding.
 */
int grubenv_parse(struct slice block, struct arena *a, grubenv *ret, struct err *e);

/* --- Running --- */

/* One line of a menu. */
struct grub_item {
	const char *title, *id; /* id NULL: not given */
	bool submenu;
	strs args; /* $1 and on of its body: the title and what follows it */
	const struct grub_block *body; /* or: */
	const struct bls_entry *bls;
	const char *bls_device;
	const struct source *where;
	unsigned line;
};

struct grub_menu {
	VEC(struct grub_item) items;
	bool from_bls; /* its first items are boot loader specification entries */
};

/* What the commands of one entry load. */
struct grub_loads {
	bool any; /* linux, chainloader, multiboot ... was run */
	bool xen; /* a hypervisor was loaded: the first module is the kernel */
	const char *kernel_device, *kernel; /* NULL: no Linux kernel */
	const char *cmdline;
	const struct source *cmdline_where; /* its file, or NULL */
	unsigned cmdline_line;
	strs initrd_devices, initrds;
};

struct grub_function {
	const char *name;
	const struct grub_block *body;
};

enum grub_flow { GRUB_RUN, GRUB_BREAK, GRUB_CONTINUE, GRUB_RETURN, GRUB_LEAVE };

struct grub_eval {
	const struct grub_host *host;
	struct arena *a;
	struct grub_env *env;
	const strs *args; /* $1 and on */
	struct grub_menu *menu;
	const struct source *config; /* the file that makes the menu */
	struct grub_loads *loads;    /* not NULL while an entry's body runs */
	VEC(struct grub_function) functions;
	grubenv loaded; /* what load_env brought: tells where the default came from */
	unsigned steps, calls, files;
	unsigned status;      /* $?: 0 is true */
	enum grub_flow flow;  /* what the commands after this one do */
	unsigned flow_levels; /* loops left by break and continue */
	strs remarks;
};

/* Runs a block; its status is in g->status. */
int grub_run(struct grub_eval *g, const struct grub_block *block, struct err *e);
/* Runs a block with these as $1, $2 ... */
int grub_call(struct grub_eval *g, const struct grub_block *block, const strs *args,
	      struct err *e);
/* A script that was read. */
struct grub_file {
	const char *path;
	const struct source *where;
	struct grub_block *block;
};
/* Reads a script, "(device)/path": 0 done, 1 not there. */
int grub_load(struct grub_eval *g, const char *name, struct grub_file *ret,
	      struct err *e);
int grub_run_file(struct grub_eval *g, const struct grub_file *file, struct err *e);
/* The words' values, blanks in variables split as GRUB does it. */
int grub_expand(struct grub_eval *g, const struct grub_word *words, size_t n, strs *ret,
		struct err *e);
/* Notes something a person should know, once. */
_printf_(3, 4) int grub_remark(struct grub_eval *g, struct err *e, const char *fmt, ...);

/* "(hd0,1)/boot/x" or "/boot/x" (then on $root) into device and path. */
int grub_split_path(struct grub_eval *g, const char *name, const char **ret_device,
		    const char **ret_path, struct err *e);

/* One command run with its arguments (argv.v[0] is its name). Returns 0 for true, 1 for
 * false, negative for an error that ends the reading. */
struct grub_argv {
	const struct grub_command *command;
	strs argv;
};
int grub_builtin(struct grub_eval *g, const struct grub_argv *c, bool *ret_known,
		 struct err *e);
/* The commands of grub_menu.c. */
int grub_cmd_menuentry(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_blscfg(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_linux(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_initrd(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_multiboot(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_module(struct grub_eval *g, const struct grub_argv *c, struct err *e);
int grub_cmd_chainloader(struct grub_eval *g, const struct grub_argv *c, struct err *e);
/* The `test` command over n arguments: 0 true, 1 false. */
int grub_test(struct grub_eval *g, const char *const *args, size_t n, struct err *e);

/* --- The whole --- */

struct grub_result {
	VEC(struct entry_fact) entries;
	const char *default_how;
	const char *config; /* path of the file the menu came from: a wrapper leads on */
	strs remarks;
};

/* What GRUB begins with. */
struct grub_start {
	const char *path; /* a configuration of the guest, or NULL, and then: */
	const char *prefix, *cmdpath; /* "(boot)/EFI/debian": where it looks for one */
	const char *script;           /* from inside of its image, run before; or NULL */
	const struct source *where;   /* of the image */
	bool efi;                     /* started by UEFI */
};

/* Runs what GRUB begins with, and every entry of its menu. Strings of the result live in
 * `out`. */
int grub_read(const struct grub_host *host, const struct grub_start *start,
	      struct arena *a, struct arena *out, struct grub_result *ret, struct err *e);
