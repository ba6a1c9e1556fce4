/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `paravet inspect` for people: the facts, section by section, with where they were read.
 */
#include "sections.h"
#include "text.h"

/* "label  value", one line; nothing when there is no value. */
static void line(struct strbuf *out, const char *label, const char *value)
{
	if (!value)
		return;
	strbuf_printf(out, "    %-10s ", label);
	put(out, value);
	strbuf_char(out, '\n');
}

/* " (web01.qcow2, partition 2, /etc/fstab:3)" */
static void put_source(struct strbuf *out, const struct source *s)
{
	const char *sep = "";

	if (!s->disk && !s->path)
		return;
	strbuf_str(out, " (");
	for (unsigned i = 0; i < 3; i++) {
		const char *part = i == 0 ? s->disk : i == 1 ? s->volume : s->path;

		if (!part)
			continue;
		strbuf_str(out, sep);
		put(out, part);
		sep = ", ";
	}
	if (s->line)
		strbuf_printf(out, ":%llu", (unsigned long long)s->line);
	strbuf_char(out, ')');
}

static void put_volume(struct strbuf *out, const struct volume_fact *v)
{
	strbuf_str(out, "    ");
	put_padded(out, v->name ? v->name : "whole disk", 14);
	if (v->size) {
		put_size(out, v->size);
		strbuf_str(out, ", ");
	}
	if (v->level) {
		put(out, v->level);
		strbuf_str(out, ", ");
	}
	put(out, v->fs ? v->fs : v->type_name ? v->type_name : "nothing known");
	if (v->cipher) {
		strbuf_str(out, " by ");
		put(out, v->cipher);
	}
	if (v->fs && !v->read)
		strbuf_str(out, v->cipher ? " (not opened)" : " (not read)");
	for (size_t i = 0; i < v->mounted_at.n; i++) {
		strbuf_str(out, i ? ", " : ", mounted at ");
		put(out, v->mounted_at.v[i]);
		if (i < v->subvolumes.n) {
			strbuf_str(out, " (subvolume ");
			put(out, v->subvolumes.v[i]);
			strbuf_char(out, ')');
		}
	}
	if (v->label) {
		strbuf_str(out, ", label ");
		put(out, v->label);
	}
	if (v->uuid) {
		strbuf_str(out, "\n                  UUID ");
		put(out, v->uuid);
	}
	strbuf_char(out, '\n');
}

static void put_disks(struct strbuf *out, const struct facts *f,
		      const struct report_options *o)
{
	heading(out, o, "Disks");
	for (size_t i = 0; i < f->disks.n; i++) {
		const struct disk_fact *d = &f->disks.v[i];

		strbuf_str(out, "  ");
		put(out, d->name);
		strbuf_str(out, ": ");
		put(out, d->format);
		if (d->size) {
			strbuf_str(out, ", ");
			put_size(out, d->size);
		}
		if (d->scheme) {
			strbuf_str(out, ", partition table ");
			put(out, d->scheme);
			strbuf_str(out, ", boot code ");
			put(out, d->boot_code);
		}
		strbuf_char(out, '\n');
		for (size_t j = 0; j < d->chain.n; j++)
			line(out, "file", d->chain.v[j]);
		for (size_t j = 0; j < f->volumes.n; j++)
			if (text_same(f->volumes.v[j].disk, d->name))
				put_volume(out, &f->volumes.v[j]);
	}
}

static void put_boot(struct strbuf *out, const struct facts *f,
		     const struct report_options *o)
{
	const struct boot_fact *b = &f->boot;

	heading(out, o, "Boot");
	strbuf_printf(out, "  by %s%s%s", b->bios ? "BIOS" : "",
		      b->bios && b->uefi ? " or " : "",
		      b->uefi   ? "UEFI"
		      : b->bios ? ""
				: "a way that is not known");
	strbuf_str(out, b->loader ? ", with " : ", boot loader not found");
	if (b->loader)
		put(out, b->loader_name ? b->loader_name : b->loader);
	put_source(out, &b->source);
	strbuf_char(out, '\n');
	line(out, "default", b->default_how);
	for (size_t i = 0; i < b->entries.n; i++) {
		const struct entry_fact *e = &b->entries.v[i];

		strbuf_printf(out, "  %c ", e->is_default ? '*' : '-');
		put(out, e->title);
		strbuf_char(out, '\n');
		if (!o->verbose && !e->is_default)
			continue;
		line(out, "kernel", e->kernel);
		for (size_t j = 0; j < e->initramfs.n; j++)
			line(out, "initramfs", e->initramfs.v[j]);
		line(out, "arguments", e->cmdline);
	}
}

static void put_initramfs(struct strbuf *out, const struct initramfs_fact *i)
{
	strbuf_str(out, "    initramfs  ");
	put(out, i->path ? i->path : "none");
	strbuf_str(out, ": ");
	put(out, i->state ? i->state : "not known");
	if (i->problem) {
		strbuf_str(out, ", ");
		put(out, i->problem);
	}
	if (i->segments.n) {
		strbuf_str(out, "\n               ");
		put(out, i->generator);
		if (i->policy) {
			strbuf_str(out, ", ");
			put(out, i->policy);
		}
		strbuf_printf(out, ", %zu modules, loaded by ", i->modules.n);
		put(out, i->loads ? i->loads : "a way that is not known");
		strbuf_char(out, ';');
		for (size_t j = 0; j < i->segments.n; j++) {
			strbuf_str(out, j ? ", " : " ");
			put(out, i->segments.v[j].codec);
			strbuf_char(out, ' ');
			put(out, i->segments.v[j].kind);
		}
	}
	strbuf_char(out, '\n');
}

static void put_module(struct strbuf *out, const struct kernel_fact *k,
		       const struct module_fact *m)
{
	const struct module_fact *inside =
		m->name ? module_by_name(&k->initramfs.wanted, m->name) : NULL;

	strbuf_str(out, "      ");
	put_padded(out, m->name, 25);
	put(out, m->state ? m->state : "not known");
	if (m->problem) {
		strbuf_str(out, ": ");
		put(out, m->problem);
	}
	if (inside && text_same(inside->state, "file"))
		strbuf_str(out, ", in the initramfs");
	if (m->crc_problem) {
		strbuf_str(out, "; ");
		put(out, m->crc_problem);
	}
	if (m->dep_file_problem) {
		strbuf_str(out, "; modules.dep: ");
		put(out, m->dep_file_problem);
	}
	strbuf_char(out, '\n');
}

static void put_kernels(struct strbuf *out, const struct facts *f,
			const struct report_options *o)
{
	if (f->kernels.n == 0)
		return;
	heading(out, o, "Kernels");
	for (size_t i = 0; i < f->kernels.n; i++) {
		const struct kernel_fact *k = &f->kernels.v[i];

		strbuf_printf(out, "  %c ", k->is_default ? '*' : '-');
		put(out, k->release);
		strbuf_str(out, k->arch ? ", " : "");
		if (k->arch)
			put(out, k->arch);
		if (k->package) {
			strbuf_str(out, ", package ");
			put(out, k->package);
		}
		strbuf_char(out, '\n');
		line(out, "image", k->image ? k->image : "none");
		line(out, "problem", k->image_problem);
		line(out, "modules", k->modules_dir ? k->modules_dir : "none");
		put_initramfs(out, &k->initramfs);
		for (size_t j = 0; j < k->modules.n; j++)
			if (o->verbose || text_same(k->modules.v[j].state, "broken"))
				put_module(out, k, &k->modules.v[j]);
	}
}

static void put_names(struct strbuf *out, const struct facts *f,
		      const struct report_options *o)
{
	if (f->names.n == 0)
		return;
	heading(out, o, "Names of disks");
	for (size_t i = 0; i < f->names.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct name_fact *n = &f->names.v[i];

		put(&text, n->spec);
		strbuf_str(&text, " for ");
		put(&text, n->target ? n->target : n->where);
		put_source(&text, &n->source);
		put_wrapped(out, o, n->stable ? "  safe    " : "  unsafe  ", &text, 10);
	}
}

/* What becomes of a card that nothing of the above names. */
static void put_naming(struct strbuf *out, const struct facts *f,
		       const struct report_options *o)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
	const struct naming_fact *n = &f->naming;

	if (!n->by)
		return;
	strbuf_str(&text, strcmp(n->by, "kernel") == 0
				  ? "other cards are called eth0, eth1, ..."
				  : "other cards are named by their place");
	if (n->policy) {
		strbuf_str(&text, ", NamePolicy=");
		put(&text, n->policy);
	}
	if (n->systemd)
		strbuf_printf(&text, ", systemd %llu", (unsigned long long)n->systemd);
	put_source(&text, &n->source);
	put_wrapped(out, o, "  ", &text, 4);
}

static void put_nics(struct strbuf *out, const struct facts *f,
		     const struct report_options *o)
{
	if (f->nics.n == 0)
		return;
	heading(out, o, "Network cards that the guest configures");
	for (size_t i = 0; i < f->nics.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct nic_fact *n = &f->nics.v[i];

		put(&text, n->device ? n->device : "a card without a name");
		strbuf_str(&text, n->hwaddr ? ", bound to " : "");
		if (n->hwaddr)
			put(&text, n->hwaddr);
		if (n->bound) {
			strbuf_str(&text, ", ");
			put(&text, n->bound);
		}
		strbuf_str(&text, n->driver ? ", driver " : "");
		if (n->driver)
			put(&text, n->driver);
		strbuf_str(&text, n->method ? ", " : "");
		if (n->method)
			put(&text, n->method);
		put_source(&text, &n->source);
		put_wrapped(out, o, "  ", &text, 4);
	}
	put_naming(out, f, o);
}

static void put_modprobe(struct strbuf *out, const struct facts *f,
			 const struct report_options *o)
{
	if (f->modprobe.n == 0 || !o->verbose)
		return;
	heading(out, o, "Rules for loading modules");
	for (size_t i = 0; i < f->modprobe.n; i++) {
		const struct modprobe_fact *m = &f->modprobe.v[i];

		strbuf_str(out, "  ");
		put(out, m->kind);
		strbuf_char(out, ' ');
		put(out, m->module);
		if (m->argument) {
			strbuf_char(out, ' ');
			put(out, m->argument);
		}
		put_source(out, &m->source);
		strbuf_char(out, '\n');
	}
}

static void put_startup(struct strbuf *out, const struct facts *f,
			const struct report_options *o)
{
	if (f->startup.n == 0)
		return;
	heading(out, o, "Modules loaded by name at the start");
	for (size_t i = 0; i < f->startup.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct startup_fact *s = &f->startup.v[i];

		put(&text, s->module);
		strbuf_str(&text, text_same(s->how, "list") ? ", listed" : ", by ");
		if (!text_same(s->how, "list"))
			put(&text, s->how);
		strbuf_str(&text, s->path ? " of " : "");
		if (s->path)
			put(&text, s->path);
		put_source(&text, &s->source);
		put_wrapped(out, o, "  ", &text, 4);
	}
}

static void put_problems(struct strbuf *out, const struct facts *f,
			 const struct report_options *o)
{
	if (f->problems.n == 0)
		return;
	heading(out, o, "Remarks");
	for (size_t i = 0; i < f->problems.n; i++) {
		_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);
		const struct problem_fact *p = &f->problems.v[i];

		put(&text, p->about);
		strbuf_str(&text, ": ");
		put(&text, p->text);
		put_source(&text, &p->source);
		put_wrapped(out, o, "  ", &text, 4);
	}
}

/* The disks and the system on them. */
static void put_title(struct strbuf *out, const struct facts *f,
		      const struct report_options *o)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT(LIMIT_TEXT);

	for (size_t i = 0; i < f->disks.n; i++) {
		strbuf_str(&text, i ? ", " : "");
		put(&text, f->disks.v[i].name);
	}
	strbuf_str(&text, ": ");
	put(&text, f->os.name ? f->os.name : "no operating system known");
	strbuf_str(&text, f->os.arch ? ", " : "");
	if (f->os.arch)
		put(&text, f->os.arch);
	put_source(&text, &f->os.source);
	put_wrapped(out, o, "", &text, 2);
}

void report_facts(const struct facts *f, const struct report_options *o,
		  struct strbuf *out)
{
	if (!f->disks.n && f->machine.source && !f->problems.n) {
		strbuf_str(out, "A machine without its disks\n");
		put_machine(out, f, o);
		return;
	}
	put_title(out, f, o);
	put_machine(out, f, o);
	put_disks(out, f, o);
	put_boot(out, f, o);
	put_kernels(out, f, o);
	put_names(out, f, o);
	put_nics(out, f, o);
	put_modprobe(out, f, o);
	put_startup(out, f, o);
	put_problems(out, f, o);
	strbuf_printf(out, "\n%llu reads, ", (unsigned long long)f->read_calls);
	put_size(out, f->read_bytes);
	strbuf_str(out, o->verbose ? "; confined by:" : "\n");
	for (size_t i = 0; o->verbose && i < f->sandbox.n; i++) {
		strbuf_char(out, ' ');
		put(out, f->sandbox.v[i]);
	}
	strbuf_str(out, o->verbose ? "\n" : "");
}
