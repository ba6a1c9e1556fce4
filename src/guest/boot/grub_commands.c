/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GRUB's commands as far as they decide what is booted. Those that only draw, wait or
 * prepare hardware are rows that succeed; those that ask something no disk can answer
 * give the answer of an unattended boot.
 */
#include "grub.h"

#include "escape.h"
#include "limits.h"
#include "strbuf.h"
#include "text.h"

static int succeed(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)g;
	(void)c;
	(void)e;
	return 0;
}

static int fail(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)g;
	(void)c;
	(void)e;
	return 1;
}

static int cmd_test(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	return grub_test(g, c->argv.v + 1, c->argv.n - 1, e);
}

static int cmd_bracket(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	if (strcmp(c->argv.v[c->argv.n - 1], "]") != 0)
		return 1;
	return c->argv.n == 1 ? 1 : grub_test(g, c->argv.v + 1, c->argv.n - 2, e);
}

/* --- Variables --- */

static int cmd_set(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct slice name, value;
	const char *n, *v;

	if (c->argv.n < 2)
		return 0;
	if (!text_split(slice_str(c->argv.v[1]), '=', &name, &value))
		return 1;
	n = arena_strndup(g->a, name);
	v = arena_strndup(g->a, value);
	return n && v ? grub_env_set(g->env, g->a, n, v, e) : arena_full(g->a, e);
}

static int cmd_unset(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	return c->argv.n < 2 ? 1 : grub_env_set(g->env, g->a, c->argv.v[1], NULL, e);
}

static int cmd_export(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	int r = 0;

	for (size_t i = 1; r == 0 && i < c->argv.n; i++)
		r = grub_env_export(g->env, g->a, c->argv.v[i], e);
	return r;
}

static int cmd_shift(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	strs *rest = arena_new_of(g->a, strs);
	uint64_t by = 1;

	if (c->argv.n > 1 && !text_u64(slice_str(c->argv.v[1]), 1000, &by))
		return 1;
	if (!g->args || by > g->args->n)
		return 1;
	if (!rest)
		return arena_full(g->a, e);
	*rest = *g->args;
	rest->v += by;
	rest->n -= by;
	rest->cap = rest->n;
	g->args = rest;
	return 0;
}

static int cmd_setparams(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	strs *args = arena_new_of(g->a, strs);

	if (!args)
		return arena_full(g->a, e);
	*args = c->argv;
	args->v++;
	args->cap = --args->n;
	g->args = args;
	return 0;
}

/* load_env [-f FILE] [NAME...] */
static int cmd_load_env(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	const char *file = NULL, *prefix = grub_env_get(g->env, "prefix"), *device, *path;
	const struct source *where;
	strs only = {0};
	grubenv table;
	struct slice text;
	int r;

	for (size_t i = 1; i < c->argv.n; i++) {
		const char *arg = c->argv.v[i];

		if ((strcmp(arg, "-f") == 0 || strcmp(arg, "--file") == 0) &&
		    i + 1 < c->argv.n)
			file = c->argv.v[++i];
		else if (slice_starts(slice_str(arg), "--file="))
			file = arg + strlen("--file=");
		else if (*arg != '-' && !vec_push(g->a, &only, arg))
			return arena_full(g->a, e);
	}
	if (!file)
		file = arena_printf(g->a, "%s/grubenv", prefix ? prefix : "");
	if (!file)
		return arena_full(g->a, e);
	r = grub_split_path(g, file, &device, &path, e);
	if (r == 0)
		r = g->host->read(g->host->ctx, device, path, &text, &where, e);
	if (r == -ERR_ABSENT) {
		err_clear(e);
		return 1;
	}
	if (r == 0 && (r = grubenv_parse(text, g->a, &table, e)) < 0)
		return err_wrap(e, "%s", escape_short(slice_str(path)).text);
	for (size_t i = 0; r == 0 && i < table.n; i++) {
		if (only.n && !strs_has(&only, table.v[i].name))
			continue;
		if (!vec_push(g->a, &g->loaded, table.v[i]))
			return arena_full(g->a, e);
		r = grub_env_set(g->env, g->a, table.v[i].name, table.v[i].value, e);
	}
	return r;
}

/* --- Flow --- */

static int leave_loops(struct grub_eval *g, const struct grub_argv *c,
		       enum grub_flow flow)
{
	uint64_t levels = 1;

	if (c->argv.n > 1 &&
	    (!text_u64(slice_str(c->argv.v[1]), 1000, &levels) || !levels))
		return 1;
	g->flow = flow;
	g->flow_levels = (unsigned)levels;
	return 0;
}

static int cmd_break(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)e;
	return leave_loops(g, c, GRUB_BREAK);
}

static int cmd_continue(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)e;
	return leave_loops(g, c, GRUB_CONTINUE);
}

static int cmd_return(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	uint64_t status = g->status;

	(void)e;
	if (c->argv.n > 1 && !text_u64(slice_str(c->argv.v[1]), INT32_MAX, &status))
		return 1;
	g->flow = GRUB_RETURN;
	return (int)status;
}

static int cmd_exit(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)c;
	(void)e;
	g->flow = GRUB_LEAVE;
	return 0;
}

static int cmd_eval(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	struct grub_block *block;
	const char *copy;
	int r;

	for (size_t i = 1; i < c->argv.n; i++)
		strbuf_printf(&text, "%s%s", i > 1 ? " " : "", c->argv.v[i]);
	if (!strbuf_ok(&text))
		return err_set(e, ERR_LIMIT, "a text of more than %zu bytes", LIMIT_TEXT);
	copy = arena_strdup(g->a, strbuf_text(&text));
	if (!copy)
		return arena_full(g->a, e);
	r = grub_parse(slice_str(copy), c->command->where, g->a, &block, e);
	if (r == 0)
		r = grub_call(g, block, g->args, e);
	return r < 0 ? r : (int)g->status;
}

static int cmd_source(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct grub_file file;
	int r = c->argv.n < 2 ? 1 : grub_load(g, c->argv.v[1], &file, e);

	if (r == 0)
		r = grub_run_file(g, &file, e);
	return r ? r : (int)g->status;
}

/* configfile FILE shows that file's menu instead of this one, and does not come back. */
static int cmd_configfile(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct grub_env *env = arena_new_of(g->a, struct grub_env);
	struct grub_menu *menu = arena_new_of(g->a, struct grub_menu);
	struct grub_file file;
	int r;

	if (c->argv.n < 2)
		return 1;
	if (g->loads) { /* an entry that leads to another menu starts no kernel itself */
		g->loads->any = true;
		return 0;
	}
	if (!env || !menu)
		return arena_full(g->a, e);
	r = grub_load(g, c->argv.v[1], &file, e);
	if (r < 0)
		return r;
	if (r > 0) {
		r = grub_remark(g, e, "line %u: the configuration %s is not there",
				c->command->line,
				escape_short(slice_str(c->argv.v[1])).text);
		return r < 0 ? r : 1;
	}
	*env = (struct grub_env){.below = g->env, .exported_only = true};
	g->env = env;
	g->menu = menu;
	g->config = file.where;
	r = grub_run_file(g, &file, e);
	g->flow = GRUB_LEAVE;
	return r;
}

/* --- Devices --- */

struct search {
	const char *kind, *value, *variable;
};

/* `search` with its options; the older forms have the kind in the command's name. */
static void parse_search(const struct grub_argv *c, struct search *s)
{
	for (size_t i = 1; i < c->argv.n; i++) {
		const char *arg = c->argv.v[i];
		struct slice text = slice_str(arg);

		if (slice_eq(text, "--file") || slice_eq(text, "-f"))
			s->kind = "FILE";
		else if (slice_eq(text, "--label") || slice_eq(text, "-l"))
			s->kind = "LABEL";
		else if (slice_eq(text, "--fs-uuid") || slice_eq(text, "-u"))
			s->kind = "UUID";
		else if (slice_starts(text, "--set="))
			s->variable = arg + strlen("--set=");
		else if (slice_eq(text, "--set") || slice_eq(text, "-s"))
			s->variable = "root";
		else if (slice_eq(text, "--hint") || slice_eq(text, "-h"))
			i++;
		else if (!slice_starts(text, "-"))
			s->value = arg;
	}
}

static int finish_search(struct grub_eval *g, const struct grub_argv *c,
			 const struct search *s, struct err *e)
{
	const char *device;
	int r;

	if (!s->kind || !s->value)
		return 1;
	r = g->host->search(g->host->ctx, s->kind, s->value, e);
	if (r < 0)
		return r;
	if (r == 0) {
		r = grub_remark(g, e, "line %u: no disk here has the %s %s that GRUB %s",
				c->command->line, s->kind,
				escape_short(slice_str(s->value)).text, "searches");
		return r < 0 ? r : 1;
	}
	if (!s->variable)
		return 0;
	device = arena_printf(g->a, "%s=%s", s->kind, s->value);
	return device ? grub_env_set(g->env, g->a, s->variable, device, e)
		      : arena_full(g->a, e);
}

static int cmd_search(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	struct search s = {0};

	parse_search(c, &s);
	return finish_search(g, c, &s, e);
}

/* search.fs_uuid VALUE [VARIABLE [HINT...]] */
static int cmd_search_kind(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	const char *name = c->argv.v[0];
	struct search s = {.kind = strcmp(name, "search.fs_uuid") == 0    ? "UUID"
				   : strcmp(name, "search.fs_label") == 0 ? "LABEL"
									  : "FILE"};

	if (c->argv.n > 1)
		s.value = c->argv.v[1];
	if (c->argv.n > 2)
		s.variable = c->argv.v[2];
	return finish_search(g, c, &s, e);
}

/* A list of hardware on which graphics fail: a virtual machine's is not on it. */
static int cmd_hwmatch(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	(void)c;
	return grub_env_set(g->env, g->a, "match", "0", e);
}

static int cmd_fwsetup(struct grub_eval *g, const struct grub_argv *c, struct err *e)
{
	const char *platform = grub_env_get(g->env, "grub_platform");

	(void)c;
	(void)e;
	return !(platform && strcmp(platform, "efi") == 0);
}

/* --- The table --- */

struct builtin {
	const char *names; /* apart by blanks */
	int (*run)(struct grub_eval *g, const struct grub_argv *c, struct err *e);
};

static const struct builtin builtins[] = {
	{"menuentry submenu", grub_cmd_menuentry},
	{"linux linux16 linuxefi xen_linux", grub_cmd_linux},
	{"initrd initrd16 initrdefi xen_initrd", grub_cmd_initrd},
	{"multiboot multiboot2 xen_hypervisor", grub_cmd_multiboot},
	{"module module2 xen_module", grub_cmd_module},
	{"chainloader ntldr freedos knetbsd kfreebsd kopenbsd xnu_kernel plan9 efi_chain",
	 grub_cmd_chainloader},
	{"[", cmd_bracket},
	{"test", cmd_test},
	{"set", cmd_set},
	{"unset", cmd_unset},
	{"export", cmd_export},
	{"shift", cmd_shift},
	{"setparams", cmd_setparams},
	{"load_env", cmd_load_env},
	{"search", cmd_search},
	{"search.fs_uuid search.fs_label search.file search_fs_uuid search_label "
	 "search_fs_file",
	 cmd_search_kind},
	{"configfile normal", cmd_configfile},
	{"source . extract_entries_source", cmd_source},
	{"blscfg bls_import", grub_cmd_blscfg},
	{"eval", cmd_eval},
	{"break", cmd_break},
	{"continue", cmd_continue},
	{"return", cmd_return},
	{"exit halt reboot normal_exit", cmd_exit},
	{"hwmatch", cmd_hwmatch},
	{"fwsetup", cmd_fwsetup},
	/* No key is held down, no button was pressed. */
	{"false keystatus cmostest", fail},
	{"true : insmod rmmod loadfont echo sleep terminal_input terminal_output "
	 "terminal "
	 "serial background_image background_color play clear save_env list_env password "
	 "password_pbkdf2 keymap authenticate drivemap parttool devicetree acpi "
	 "cryptomount nativedisk boot cutmem badram gptsync cmosset cmosclean outb outw "
	 "outl write_byte write_word write_dword gdbstub videoinfo videotest vbeinfo "
	 "vbetest lsmod ls cat help initrd_early increment decrement rdmsr wrmsr "
	 "tpm_record_pcrs trust distrust loopback xnu_splash kfreebsd_module "
	 "kfreebsd_loadenv kfreebsd_module_elf knetbsd_module knetbsd_module_elf "
	 "kopenbsd_ramdisk xen_set_option date hdparm efi-watchdog lsefi lsefisystab",
	 succeed},
};

static bool has_name(const char *names, const char *name)
{
	struct slice rest = slice_str(names), word;

	while (text_word(&rest, &word))
		if (slice_eq(word, name))
			return true;
	return false;
}

int grub_builtin(struct grub_eval *g, const struct grub_argv *c, bool *ret_known,
		 struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(builtins); i++) {
		if (!has_name(builtins[i].names, c->argv.v[0]))
			continue;
		*ret_known = true;
		return builtins[i].run(g, c, e);
	}
	return 0;
}
