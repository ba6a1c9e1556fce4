/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first links: the driver is there, loads, and binds to the platform's device. */
#include "chain.h"

#include <string.h>

#include "text.h"

static enum found found_of(const struct module_fact *m)
{
	static const struct {
		const char *state;
		enum found found;
	} states[] = {{"builtin", FOUND_BUILTIN},
		      {"file", FOUND_FILE},
		      {"broken", FOUND_BROKEN},
		      {"absent", FOUND_NOT}};

	for (size_t i = 0; m && m->state && i < ARRAY_LEN(states); i++)
		if (strcmp(m->state, states[i].state) == 0)
			return states[i].found;
	return FOUND_UNKNOWN;
}

/* The first option that the kernel's configuration speaks of decides. */
static struct driver_found find_option(const struct kernel_fact *k,
				       const struct platform_driver *d,
				       struct driver_found modules)
{
	for (size_t i = 0; i < d->options.n; i++) {
		for (size_t n = 0; n < k->configs.n; n++) {
			struct slice name, value;

			if (!text_split(slice_str(k->configs.v[n]), '=', &name, &value) ||
			    !slice_eq(name, d->options.v[i]))
				continue;
			if (slice_eq(value, "y"))
				return (struct driver_found){FOUND_OPTION,
							     d->options.v[i], NULL};
			return modules;
		}
	}
	if (d->options.n && modules.found == FOUND_NOT && !k->config_read)
		modules.found = FOUND_UNKNOWN;
	return modules;
}

struct driver_found find_driver(const struct kernel_fact *k,
				const struct platform_driver *d)
{
	struct driver_found best = {FOUND_NOT, d->modules.v[0], NULL};
	bool unknown = false;

	for (size_t i = 0; i < d->modules.n; i++) {
		const struct module_fact *m =
			module_by_name(&k->modules, d->modules.v[i]);
		enum found found = found_of(m);

		unknown = unknown || found == FOUND_UNKNOWN;
		if (found > best.found)
			best = (struct driver_found){found, d->modules.v[i], m};
	}
	if (best.found == FOUND_NOT && unknown)
		best.found = FOUND_UNKNOWN;
	if (best.found < FOUND_FILE)
		return find_option(k, d, best);
	return best;
}

static const char *modules_dir(struct judge *j)
{
	return j->kernel->modules_dir ? plain(j, j->kernel->modules_dir)
				      : "a folder of modules (there is none)";
}

static void add_package(struct judge *j, struct link *l, const struct sheet_remedy *sheet)
{
	add_remedy(l, sheet->remedy);
	if (!l)
		return;
	l->package = sheet->package;
	add_cites(j, &l->cites, sheet->cites);
}

/* Published tables name the package that the driver comes in. */
static bool add_missing_package(struct judge *j, struct driver_found f)
{
	struct source source = j->kernel->source;
	struct sheet_remedy sheet;
	struct link *l;

	if (!sheet_remedy(j, &sheet))
		return false;
	source.path = j->kernel->modules_dir;
	source.line = source.offset = 0;
	l = add_link(j, "driver", sheet.state, source,
		     "%s: %s is neither in %s nor built in", sheet.text, f.name,
		     modules_dir(j));
	add_package(j, l, &sheet);
	return true;
}

static void add_missing(struct judge *j, const struct platform_driver *d,
			struct driver_found f)
{
	struct source source = j->kernel->source;
	struct link *l;
	bool ready;
	const char *remedy = remedy_of_platform(j, "driver", d, f.name, &ready);

	if (add_missing_package(j, f))
		return;
	source.path = j->kernel->modules_dir;
	source.line = source.offset = 0;
	l = add_link(j, "driver", ready ? ANSWER_FIXABLE : ANSWER_BLOCKED, source,
		     "%s is neither in %s nor built in", f.name, modules_dir(j));
	add_remedy(l, remedy);
	if (l)
		add_cites(j, &l->cites, &d->cites);
}

/* Is the driver there? */
static void judge_there(struct judge *j, const struct platform_driver *d,
			struct driver_found f)
{
	struct source source = f.m ? f.m->source : j->kernel->source;
	struct link *l = NULL;

	switch (f.found) {
	case FOUND_BUILTIN:
		l = add_link(j, "driver", ANSWER_READY, source,
			     "%s is built into the kernel", f.name);
		break;
	case FOUND_OPTION:
		source.path = j->kernel->config;
		l = add_link(j, "driver", ANSWER_READY, source, "the kernel has %s=y",
			     f.name);
		break;
	case FOUND_FILE:
		l = add_link(j, "driver", ANSWER_READY, source, "%s is there", f.name);
		break;
	case FOUND_BROKEN:
		l = add_link(j, "driver", ANSWER_BLOCKED, source, "%s is damaged: %s",
			     f.name, plain(j, f.m->problem));
		add_remedy(l, "reinstall the kernel's package of modules");
		break;
	case FOUND_NOT:
		add_missing(j, d, f);
		break;
	default:
		l = add_link(j, "driver", ANSWER_UNKNOWN, source,
			     d->options.n ? "neither %s nor the kernel's configuration "
					    "was found"
					  : "%s was not looked for",
			     f.name);
	}
	if (l)
		add_cites(j, &l->cites, &d->cites);
}

/* A module that the kernel refuses is mended by the package that the tables name. */
static void add_fault(struct judge *j, struct fault fault)
{
	struct sheet_remedy sheet;
	bool package = fault.state == ANSWER_BLOCKED && sheet_remedy(j, &sheet);
	struct link *l = add_link(j, "loads", package ? sheet.state : fault.state,
				  fault.source, "%s%s%s", fault.text, package ? "; " : "",
				  package ? sheet.text : "");

	add_fault_remedy(l, &fault);
	if (package)
		add_package(j, l, &sheet);
}

/* The one on the disk is at fault, but a copy of before is what gets loaded. */
static void add_until_rebuild(struct judge *j, struct fault fault)
{
	struct link *l = add_link(j, "loads", ANSWER_READY, fault.source,
				  "%s; the copy in %s is loaded all the same", fault.text,
				  plain(j, j->kernel->initramfs.path));

	add_remedy(l, fault.remedy);
	if (l)
		l->until_rebuild = true;
}

static void judge_loads(struct judge *j, struct driver_found f)
{
	struct fault fault;

	if (f.found != FOUND_FILE)
		return;
	fault = load_fault(j, f.m);
	if (fault.state != ANSWER_READY && loaded_inside(j, f.m)) {
		add_until_rebuild(j, fault);
		return;
	}
	if (fault.state == ANSWER_READY)
		add_link(j, "loads", ANSWER_READY, f.m->source, "%s fits the kernel%s%s",
			 f.name, f.m->closure.n ? ", with " : "",
			 f.m->closure.n ? join(j, &f.m->closure) : "");
	else
		add_fault(j, fault);
}

static const char *covered(const struct module_fact *m, const strs *binds)
{
	for (size_t i = 0; i < binds->n; i++)
		for (size_t n = 0; n < m->aliases.n; n++)
			if (platform_glob(m->aliases.v[n], binds->v[i]))
				return m->aliases.v[n];
	return NULL;
}

static bool is_linux_2_4(const struct kernel_fact *k)
{
	return k->release && strncmp(k->release, "2.4.", 4) == 0;
}

static void judge_binds(struct judge *j, const struct platform_driver *d,
			struct driver_found f)
{
	struct link *l;
	const char *alias;

	if (!f.m || !d->binds.n || (f.found != FOUND_FILE && f.found != FOUND_BUILTIN))
		return;
	alias = covered(f.m, &d->binds);
	if (alias)
		l = add_link(j, "binds", ANSWER_READY, f.m->source, "%s takes %s", f.name,
			     plain(j, alias));
	else if (f.found == FOUND_BUILTIN)
		/* The kernel build keeps no device table of what is built in; the
		 * driver's name stands for the devices the platform file gives it. */
		l = add_link(j, "binds", ANSWER_READY, f.m->source,
			     "%s is built in, and known by its name", f.name);
	else if (!f.m->aliases.n && is_linux_2_4(j->kernel))
		l = add_link(j, "binds", ANSWER_READY, f.m->source,
			     "modules of Linux 2.4 name no devices; %s is known by its "
			     "name",
			     f.name);
	else if (f.m->aliases.n)
		l = add_link(j, "binds", ANSWER_BLOCKED, f.m->source,
			     "%s does not take the %s (%s)", f.name, d->name,
			     d->binds.v[0]);
	else
		l = add_link(j, "binds", ANSWER_UNKNOWN, f.m->source,
			     "%s does not say which devices it takes", f.name);
	if (l)
		add_cites(j, &l->cites, &d->cites);
}

void judge_driver(struct judge *j, const struct platform_driver *d)
{
	struct driver_found f = find_driver(j->kernel, d);

	judge_there(j, d, f);
	judge_loads(j, f);
	judge_binds(j, d, f);
}

void judge_need(struct judge *j, const struct platform_driver *d)
{
	link_list own = {0}, *chain = j->chain;
	uint64_t decides;

	j->chain = &own;
	judge_driver(j, d);
	j->chain = chain;
	if (chain_answer(&own, &decides) == ANSWER_READY)
		decides = 0;
	for (size_t i = 0; i < own.n; i++)
		if ((i == decides || own.v[i].until_rebuild) &&
		    !vec_push(j->arena, chain, own.v[i]))
			j->full = true;
}
