/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packages of drivers that are given. A package is taken for a kernel when that kernel
 * loads all its modules, as module/module.h judges them; where its files go is where rpm
 * and weak-modules(8) put them: at the package's own paths, with links in weak-updates of
 * a kernel that it was not built for. Linux 2.4 has no such links; the guide has the
 * modules copied.
 */
#include "given.h"

#include "making.h"
#include "module.h"
#include "text.h"

/* A package held against a kernel. */
struct fit {
	const struct given_package_fact *package;
	const char *built; /* release whose folder has the modules to take */
	const char *why;   /* they are not taken; NULL: they are */
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_old(const char *release)
{
	return slice_starts(slice_str(release), "2.4.");
}

/* --- does it fit? --- */

/* Has the package a module of this driver? */
static bool brings(const struct given_package_fact *p, const struct platform_driver *d)
{
	for (size_t i = 0; i < p->files.n; i++)
		for (size_t n = 0; p->files.v[i].module && n < d->modules.n; n++)
			if (module_name_eq(p->files.v[i].module, d->modules.v[n]))
				return true;
	return false;
}

/* A driver that the step is taken for and that is nowhere in the package. */
static const char *missing_driver(const struct maker *m, const struct task *t,
				  const struct given_package_fact *p)
{
	for (size_t i = 0; t->wanted && i < t->wanted->n; i++) {
		const struct platform_choice *c =
			platform_choice_of(m, t->wanted->v[i].device);

		if (c && c->driver->modules.n && !brings(p, c->driver))
			return c->driver->modules.v[0];
	}
	return NULL;
}

static const struct build_fact *build_of(const struct given_package_fact *p,
					 const char *release)
{
	for (size_t i = 0; i < p->kernels.n; i++)
		if (text_same(p->kernels.v[i].release, release))
			return &p->kernels.v[i];
	return NULL;
}

/* The first module of that folder that the kernel does not load; NULL: it loads all. */
static const struct module_verdict *refused(const struct given_package_fact *p,
					    const char *built,
					    const module_verdicts *verdicts)
{
	size_t at = 0;

	for (size_t i = 0; i < p->files.n && at < verdicts->n; i++) {
		const struct given_file_fact *f = &p->files.v[i];

		if (!f->module)
			continue;
		if (text_same(f->kernel, built) && verdicts->v[at].answer != MODULE_LOADS)
			return &verdicts->v[at];
		at++;
	}
	return NULL;
}

static const char *refusal(struct maker *m, const struct given_package_fact *p,
			   const struct plan_kernel *k, const struct module_verdict *v)
{
	return say(
		&m->judge, "%s %s %s: %s: %s%s%s", plain(&m->judge, base_name(p->file)),
		v->answer == MODULE_REFUSED ? "is refused by" : "is not known to load in",
		plain(&m->judge, k->fact->release), v->name, v->reason,
		v->remedy ? ": " : "", v->remedy ? v->remedy : "");
}

/* The folders of the package, the kernel's own first. */
static void built_for(struct maker *m, const struct given_package_fact *p,
		      const char *release, strs *ret)
{
	for (int own = 1; own >= 0; own--)
		for (size_t i = 0; i < p->files.n; i++)
			if (p->files.v[i].kernel &&
			    text_same(p->files.v[i].kernel, release) == (own == 1))
				add_once(m, ret, p->files.v[i].kernel);
}

static void judge_modules(struct maker *m, const struct plan_kernel *k, struct fit *fit)
{
	const struct given_package_fact *p = fit->package;
	const struct build_fact *build = build_of(p, k->fact->release);
	struct loadings one = {0};
	module_verdicts verdicts = {0};
	struct err e = ERR_INIT;
	strs folders = {0};

	if (!build) {
		fit->why = say(&m->judge, "%s was not held against %s",
			       plain(&m->judge, base_name(p->file)),
			       plain(&m->judge, k->fact->release));
		return;
	}
	if (!vec_push(m->judge.arena, &one.kernels, *build) ||
	    module_judge(&one, m->judge.arena, &verdicts, &e) < 0) {
		m->judge.full = true;
		return;
	}
	built_for(m, p, k->fact->release, &folders);
	for (size_t i = 0; i < folders.n; i++) {
		const struct module_verdict *v = refused(p, folders.v[i], &verdicts);

		if (!v) {
			fit->built = folders.v[i];
			fit->why = NULL;
			return;
		}
		if (!fit->why)
			fit->why = refusal(m, p, k, v);
	}
}

static void judge_package(struct maker *m, const struct task *t, struct fit *fit)
{
	const struct given_package_fact *p = fit->package;
	const char *missing = p->problem ? NULL : missing_driver(m, t, p);

	if (p->problem)
		fit->why = say(&m->judge, "%s: %s", plain(&m->judge, p->file),
			       plain(&m->judge, p->problem));
	else if (missing)
		fit->why = say(&m->judge, "%s has no module %s",
			       plain(&m->judge, base_name(p->file)), missing);
	else
		judge_modules(m, t->kernel, fit);
}

/* --- where its files go --- */

/* "/lib/modules/BUILT/extra/xenpv/x.ko" below /lib/modules/`release`/`below`; the first
 * folder is left out when something else takes its place. */
static const char *moved(struct maker *m, const struct given_file_fact *f,
			 const char *folder, const char *below)
{
	struct slice rest = slice_str(f->path), part;

	/* "", lib, modules, BUILT and, maybe, extra */
	for (int i = 0; i < (*below ? 5 : 4); i++)
		if (!text_split(rest, '/', &part, &rest))
			return NULL;
	return say(&m->judge, "%s/%s%.*s", folder, below, (int)rest.n,
		   (const char *)rest.p);
}

static void add_file(struct maker *m, struct plan_install *to,
		     const struct given_file_fact *f, const char *path, bool link)
{
	struct plan_installed_file new = {f->path, path, link, f->module};

	for (size_t i = 0; i < to->files.n; i++)
		if (text_same(to->files.v[i].path, path))
			return;
	if (!vec_push(m->judge.arena, &to->files, new))
		m->judge.full = true;
}

static void add_files(struct maker *m, const struct fit *fit, const struct plan_kernel *k,
		      struct plan_install *to)
{
	const char *folder = k->fact->modules_dir;
	bool own = text_same(fit->built, k->fact->release);

	for (size_t i = 0; i < fit->package->files.n; i++) {
		const struct given_file_fact *f = &fit->package->files.v[i];
		const char *path;

		if (f->kernel && !text_same(f->kernel, fit->built))
			continue;
		add_file(m, to, f, f->path, false);
		if (own || !f->kernel)
			continue;
		path = moved(m, f, folder,
			     is_old(k->fact->release) ? "" : "weak-updates/");
		if (path)
			add_file(m, to, f, path, !is_old(k->fact->release));
	}
}

/* A module of that name that lies elsewhere, and that depmod would prefer. */
static const char *in_the_way(const struct plan_install *to, const struct plan_kernel *k)
{
	const char *folder = k->fact->modules_dir;

	for (size_t i = 0; i < to->files.n; i++) {
		const char *name = to->files.v[i].module;
		const struct module_fact *there =
			name ? module_by_name(&k->fact->modules, name) : NULL;
		bool ours = false;

		if (!there || !there->source.path ||
		    !slice_starts(slice_str(there->source.path), folder) ||
		    there->source.path[strlen(folder)] != '/')
			continue;
		for (size_t n = 0; n < to->files.n; n++)
			ours = ours || text_same(to->files.v[n].path, there->source.path);
		if (!ours)
			return there->source.path;
	}
	return NULL;
}

static void add_indexes(struct maker *m, const struct kernel_fact *k,
			const struct plan_install *from, struct plan_step *s)
{
	struct plan_indexes *x = vec_add(m->judge.arena, &s->indexes);

	if (!x) {
		m->judge.full = true;
		return;
	}
	*x = (struct plan_indexes){.kernel = k->release, .folder = k->modules_dir};
	for (size_t i = 0; i < from->files.n; i++)
		if (from->files.v[i].module)
			add_once(m, &x->modules, from->files.v[i].module);
}

/* The kernel that the modules were built for may be there as well. */
static void add_built_indexes(struct maker *m, const char *built,
			      const struct plan_kernel *k,
			      const struct plan_install *from, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->kernels.n; i++)
		if (&f->kernels.v[i] != k->fact && f->kernels.v[i].image &&
		    f->kernels.v[i].modules_dir &&
		    text_same(f->kernels.v[i].release, built))
			add_indexes(m, &f->kernels.v[i], from, s);
}

/* --- the step --- */

static void add_sentence(struct maker *m, struct plan_step *s, const char *sentence)
{
	s->text = s->text ? say(&m->judge, "%s %s", s->text, sentence) : sentence;
}

static void take(struct maker *m, const struct fit *fit, const struct plan_kernel *k,
		 const struct plan_install *install, struct plan_step *s)
{
	const struct given_package_fact *p = fit->package;

	if (!vec_push(m->judge.arena, &s->installs, *install) ||
	    !vec_push(m->judge.arena, &m->taken, p))
		m->judge.full = true;
	add_indexes(m, k->fact, install, s);
	add_built_indexes(m, fit->built, k, install, s);
	s->commands = (strs){0};
	s->text = NULL;
	add_once(m, &m->plan->package_notes,
		 say(&m->judge,
		     "no scriptlet of %s was run, and rpm -q does not list it: "
		     "rpm -i --justdb %s in the guest does that",
		     install->name, plain(&m->judge, base_name(p->file))));
	if (p->others.n)
		add_once(m, &m->plan->package_notes,
			 say(&m->judge,
			     "%zu %s of it that bring%s no driver %s left out: "
			     "%s%s",
			     p->others.n, p->others.n == 1 ? "file" : "files",
			     p->others.n == 1 ? "s" : "", p->others.n == 1 ? "is" : "are",
			     plain(&m->judge, p->others.v[0]),
			     p->others.n == 1 ? "" : " and others"));
}

/* Does it fit, and is there nothing in its way? */
static bool try_package(struct maker *m, const struct task *t, struct fit *fit,
			struct plan_step *s)
{
	const struct plan_kernel *k = t->kernel;
	const struct given_package_fact *p = fit->package;
	struct plan_install install = {.package = p->file, .kernel = k->fact->release};
	const char *other;

	judge_package(m, t, fit);
	if (fit->why || !fit->built)
		return false;
	install.name = say(&m->judge, "%s-%s%s%s", p->name, p->version,
			   p->arch ? "." : "", p->arch ? p->arch : "");
	add_files(m, fit, k, &install);
	other = in_the_way(&install, k);
	if (other) {
		fit->why = say(&m->judge,
			       "%s is in the way of %s: take it out of the guest first",
			       plain(&m->judge, other),
			       plain(&m->judge, base_name(p->file)));
		return false;
	}
	take(m, fit, k, &install, s);
	return true;
}

void install_given(struct maker *m, const struct task *t, struct plan_step *s)
{
	const struct facts *f = m->judge.facts;
	const char *why = NULL;
	bool is_default = t->kernel == m->kernels.v;

	if (!t->kernel->fact->release || !t->kernel->fact->modules_dir)
		return;
	m->asks_package = true;
	for (size_t i = 0; i < f->given_packages.n; i++) {
		struct fit fit = {.package = &f->given_packages.v[i]};

		if (try_package(m, t, &fit, s))
			return;
		if (!why)
			why = fit.why;
	}
	if (!why)
		return;
	add_sentence(m, s, say(&m->judge, "%s.", why));
	/* The kernel that starts decides; another one may be left as it is. */
	s->aside = !is_default;
	if (is_default)
		add_once(m, &m->plan->refusals, why);
}

const char *given_path(const struct maker *m, const struct plan_kernel *k,
		       const char *module)
{
	const char *folder = k->fact->modules_dir;

	for (size_t i = 0; folder && i < m->plan->steps.n; i++)
		for (size_t n = 0; n < m->plan->steps.v[i].installs.n; n++) {
			const struct plan_install *x = &m->plan->steps.v[i].installs.v[n];

			for (size_t j = 0; j < x->files.n; j++)
				if (x->files.v[j].module &&
				    module_name_eq(x->files.v[j].module, module) &&
				    slice_starts(slice_str(x->files.v[j].path), folder) &&
				    x->files.v[j].path[strlen(folder)] == '/')
					return x->files.v[j].path;
		}
	return NULL;
}

static bool was_taken(const struct maker *m, const struct given_package_fact *p)
{
	for (size_t i = 0; i < m->taken.n; i++)
		if (m->taken.v[i] == p)
			return true;
	return false;
}

/* Why a package that nobody asked about would be refused, by the kernel that starts. */
static void refuse(struct maker *m, const struct given_package_fact *p)
{
	struct fit fit = {.package = p};
	struct task t = {.kernel = m->kernels.n ? &m->kernels.v[0] : NULL};

	if (p->problem || t.kernel)
		judge_package(m, &t, &fit);
	add_once(m, &m->plan->refusals,
		 fit.why ? fit.why
			 : say(&m->judge, "%s is for no kernel that lacks drivers",
			       plain(&m->judge, base_name(p->file))));
}

bool plan_takes_packages(const struct platform *p)
{
	for (size_t i = 0; i < p->steps.n; i++)
		if (text_same(p->steps.v[i].given, "install"))
			return true;
	return false;
}

void tell_given(struct maker *m)
{
	const struct facts *f = m->judge.facts;

	for (size_t i = 0; i < f->given_packages.n; i++) {
		const struct given_package_fact *p = &f->given_packages.v[i];
		const char *name = plain(&m->judge, base_name(p->file));

		if (was_taken(m, p))
			continue;
		if (p->problem || m->asks_package)
			refuse(m, p);
		else
			add_once(m, &m->plan->package_notes,
				 say(&m->judge,
				     "%s is not needed: no step installs a package",
				     name));
	}
}
