/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What gives names to network cards that no rule of their own names. udev does so by
 * place since systemd 197: first by a file of rules, since 209 by what .link files say
 * (systemd.link(5)). A file of the same name in a folder before hides one behind it, and
 * an empty one, or a link to /dev/null, takes it out of force.
 */
#include "guest.h"
#include "limits.h"
#include "network/parts.h"
#include "tolerate.h"

static const char *const rule_dirs[] = {"/etc/udev/rules.d", "/usr/lib/udev/rules.d",
					"/lib/udev/rules.d", NULL};
static const char *const link_dirs[] = {
	"/etc/systemd/network", "/usr/lib/systemd/network", "/lib/systemd/network", NULL};

static int full_path(struct guest *g, const char *dir, const char *name, const char **ret,
		     struct err *e)
{
	*ret = arena_printf(g->scratch, "%s/%s", dir, name);
	return *ret ? 0 : arena_full(g->scratch, e);
}

/* Is a file there that has something in it? Absent: *ret stays as it is. */
static int look(struct guest *g, const char *path, enum known *ret, struct file *ret_file,
		struct err *e)
{
	const char *target = NULL;
	int r = tree_find_link(g->tree, path, ret_file, e);

	if (r >= 0 && ret_file->node.type == NODE_SYMLINK) {
		r = tree_readlink(g->tree, ret_file, &target, e);
		if (r >= 0 && text_same(target, "/dev/null")) {
			*ret = KNOWN_NO;
			return 0;
		}
		if (r >= 0)
			r = tree_find(g->tree, path, ret_file, e);
	}
	if (r < 0)
		return tolerate(g, "network", path, e);
	*ret = ret_file->node.type == NODE_FILE && ret_file->node.size ? KNOWN_YES
								       : KNOWN_NO;
	return 0;
}

/* The file of that name that is in force, in the first folder that has one. */
static int in_force(struct guest *g, const char *const *dirs, const char *name,
		    enum known *ret, struct file *ret_file, struct err *e)
{
	int r = 0;

	*ret = KNOWN_NOT;
	for (; r >= 0 && *ret == KNOWN_NOT && *dirs; dirs++) {
		const char *path;

		r = full_path(g, *dirs, name, &path, e);
		if (r >= 0)
			r = look(g, path, ret, ret_file, e);
	}
	if (r >= 0 && *ret == KNOWN_NOT)
		*ret = KNOWN_NO;
	return r;
}

/* --- .link files --- */

static int add_names(struct guest *g, const char *dir, strs *names, struct err *e)
{
	dir_list found = {0};
	int r = tree_list(g->tree, dir, &found, e);

	if (r < 0)
		return tolerate(g, "network", dir, e);
	for (size_t i = 0; i < found.n; i++)
		if (slice_ends(slice_str(found.v[i].name), ".link") &&
		    !strs_add_once(g->scratch, names, found.v[i].name))
			return arena_full(g->scratch, e);
	return 0;
}

static size_t first_name(const strs *names, const char *behind_name)
{
	size_t first = names->n;

	for (size_t i = 0; i < names->n; i++)
		if ((!behind_name || strcmp(names->v[i], behind_name) > 0) &&
		    (first == names->n || strcmp(names->v[i], names->v[first]) < 0))
			first = i;
	return first;
}

static int read_policy(struct guest *g, const struct file *f, bool *ret_found,
		       struct err *e)
{
	struct naming_fact *naming = &g->facts->naming;
	struct slice text, policy;
	int r = file_read_all(f, LIMIT_CONFIG_FILE, g->scratch, &text, e);

	if (r < 0)
		return tolerate(g, "network", f->path, e);
	*ret_found = link_policy(text, &policy);
	if (!*ret_found)
		return 0;
	naming->source = guest_source(g, f, 0, 0);
	return keep(g->arena, policy, &naming->policy, e);
}

/* The first file for cards of any kind has the policy; the order is that of names. */
static int find_policy(struct guest *g, struct err *e)
{
	const char *name = NULL;
	bool found = false;
	strs names = {0};
	int r = 0;

	for (size_t i = 0; r >= 0 && link_dirs[i]; i++)
		r = add_names(g, link_dirs[i], &names, e);
	for (size_t at; r >= 0 && !found && (at = first_name(&names, name)) < names.n;) {
		enum known there;
		struct file f;

		name = names.v[at];
		r = in_force(g, link_dirs, name, &there, &f, e);
		if (r >= 0 && there == KNOWN_YES)
			r = read_policy(g, &f, &found, e);
	}
	return r;
}

/* Does a policy name cards by anything but their order? */
static bool is_predictable(const char *policy)
{
	static const char *const by_place[] = {"onboard", "slot", "path", "mac", NULL};
	struct slice rest = slice_str(policy ? policy : ""), word;

	while (text_word(&rest, &word))
		if (is_one_of(word, by_place))
			return true;
	return false;
}

/* --- The version of systemd --- */

static int find_version_in(struct guest *g, const char *dir, struct err *e)
{
	static const char prefix[] = "libsystemd-shared-";
	uint64_t *version = &g->facts->naming.systemd;
	dir_list found = {0};
	int r = tree_list(g->tree, dir, &found, e);

	if (r < 0)
		return tolerate(g, "network", dir, e);
	for (size_t i = 0; i < found.n && !*version; i++) {
		struct slice s = slice_str(found.v[i].name);
		size_t n = 0;

		if (!slice_starts(s, prefix))
			continue;
		s = behind(s, strlen(prefix));
		while (text_is_digit(slice_at(s, n)))
			n++;
		(void)text_u64(slice_of(s.p, n), 100000, version);
	}
	return 0;
}

/* The library that its programs share has it in its name. */
static int find_version(struct guest *g, struct err *e)
{
	static const char *const dirs[] = {
		"/usr/lib/systemd",
		"/lib/systemd",
		"/usr/lib64/systemd",
		"/usr/lib/x86_64-linux-gnu/systemd",
		"/usr/lib/i386-linux-gnu/systemd",
		"/usr/lib/aarch64-linux-gnu/systemd",
		"/usr/lib/powerpc64le-linux-gnu/systemd",
		"/usr/lib/riscv64-linux-gnu/systemd",
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && !g->facts->naming.systemd && i < ARRAY_LEN(dirs);
	     i++)
		r = find_version_in(g, dirs[i], e);
	return r;
}

/* --- All --- */

/* 60-net.rules of initscripts asks this program, which looks through ifcfg files. */
static int find_rename_device(struct guest *g, struct err *e)
{
	static const char *const dirs[] = {"/usr/lib/udev", "/lib/udev", NULL};
	struct naming_fact *naming = &g->facts->naming;
	struct file f;
	int r = in_force(g, rule_dirs, "60-net.rules", &naming->by_ifcfg, &f, e);

	if (r >= 0 && naming->by_ifcfg == KNOWN_YES)
		r = in_force(g, dirs, "rename_device", &naming->by_ifcfg, &f, e);
	return r;
}

/* Debian 8 and SUSE's systems, which write rules for every card, have the rules that
 * read .link files as well, but leave names alone. */
static void decide(struct naming_fact *naming, enum known slot_rules)
{
	if (naming->generator == KNOWN_YES)
		naming->by = "kernel";
	else if (naming->link_files == KNOWN_YES)
		naming->by = is_predictable(naming->policy) ? "link" : "kernel";
	else
		naming->by = slot_rules == KNOWN_YES ? "rules" : "kernel";
}

int network_naming(struct guest *g, struct err *e)
{
	struct naming_fact *naming = &g->facts->naming;
	size_t problems = g->facts->problems.n;
	enum known slot_rules = KNOWN_NOT;
	struct file f = {0};
	int r = in_force(g, rule_dirs, "75-persistent-net-generator.rules",
			 &naming->generator, &f, e);

	if (r >= 0)
		r = in_force(g, rule_dirs, "80-net-setup-link.rules", &naming->link_files,
			     &f, e);
	if (r >= 0)
		r = find_rename_device(g, e);
	if (r >= 0 && naming->link_files == KNOWN_YES)
		r = find_policy(g, e);
	if (r >= 0 && naming->link_files == KNOWN_NO)
		r = in_force(g, rule_dirs, "80-net-name-slot.rules", &slot_rules, &f, e);
	if (r >= 0 && slot_rules == KNOWN_YES)
		naming->source = guest_source(g, &f, 0, 0);
	if (r >= 0 && naming->link_files == KNOWN_YES)
		r = find_version(g, e);
	/* What could not be read may be what decides. */
	if (r >= 0 && g->facts->problems.n == problems)
		decide(naming, slot_rules);
	return r;
}
