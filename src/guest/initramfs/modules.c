/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel modules inside an initramfs: their names, and the contents of those asked
 * for.
 */
#include "escape.h"
#include "module_file.h"
#include "path.h"
#include "reading.h"
#include "text.h"

static const char prefix[] = "lib/modules/";

/* The release when the path is lib/modules/VER/... */
static struct slice release_of(struct slice path)
{
	struct slice canon = path_without_usr(path), rest, release, below;

	if (!slice_starts(canon, prefix) ||
	    !slice_sub(canon, sizeof(prefix) - 1, canon.n - sizeof(prefix) + 1, &rest) ||
	    !text_split(rest, '/', &release, &below))
		return SLICE_NONE;
	return release;
}

bool modules_is_path(struct slice path)
{
	static const char *const suffixes[] = {".ko",     ".ko.gz", ".ko.xz",
					       ".ko.zst", ".o",     ".o.gz"};
	struct slice canon = path_without_usr(path), dir, name;
	bool is_module = false;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		is_module = is_module || slice_ends(canon, suffixes[i]);
	if (!is_module)
		return false;
	if (slice_starts(canon, prefix) || !text_split(canon, '/', &dir, &name))
		return true; /* the usual place, or at the root (tiny-initramfs) */
	/* Flat in lib (nash of Red Hat's mkinitrd). */
	return slice_eq(dir, "lib") && slice_find(name, 0, '/') == name.n;
}

int modules_start(struct reading *g, const strs *wanted, struct err *e)
{
	for (size_t i = 0; i < wanted->n; i++) {
		char *name = arena_strdup(g->arena, wanted->v[i]);
		struct module_fact *fact;

		for (char *c = name; c && *c; c++)
			if (*c == '-')
				*c = '_';
		if (!name)
			return arena_full(g->arena, e);
		if (strmap_get(g->wanted, slice_str(name)))
			continue;
		fact = vec_add(g->arena, &g->out->wanted);
		if (!fact)
			return arena_full(g->arena, e);
		fact->name = name;
		fact->state = "absent";
		if (!strmap_set(g->wanted, slice_str(name), (void *)g->out->wanted.n))
			return arena_full(g->lasting, e);
	}
	g->wanted_open = g->out->wanted.n;
	return 0;
}

static int release_seen(struct reading *g, struct slice release, uint64_t modules,
			struct err *e)
{
	struct release new = {.modules = modules};

	if (release.n == 0)
		return 0;
	for (size_t i = 0; i < g->releases.n; i++)
		if (slice_eq(release, g->releases.v[i].name)) {
			g->releases.v[i].modules += modules;
			return 0;
		}
	/* More than one is odd; more than a few are not worth telling apart. */
	if (g->releases.n >= 16)
		return 0;
	new.name = arena_strndup(g->arena, release);
	if (!new.name || !vec_push(g->arena, &g->releases, new))
		return arena_full(g->arena, e);
	return 0;
}

int modules_seen(struct reading *g, struct slice path, struct err *e)
{
	struct slice canon = path_without_usr(path);
	const char *name;
	int r;

	r = release_seen(g, release_of(path), modules_is_path(path), e);
	if (r < 0)
		return r;
	if (slice_starts(canon, prefix)) {
		struct slice last = path_last_part(canon);

		/* booster keeps the dependencies in its own settings. */
		if (slice_eq(last, "modules.alias") || slice_eq(last, "booster.alias") ||
		    slice_eq(last, "modules.alias.bin"))
			g->out->alias_index = true;
		if (slice_eq(last, "modules.dep") || slice_eq(last, "modules.dep.bin") ||
		    slice_eq(last, "booster.alias"))
			g->out->dep_index = true;
	}
	if (!modules_is_path(path))
		return 0;
	name = module_name_of(path, g->arena);
	if (!name)
		return 0;
	if (strmap_get(g->names, slice_str(name)))
		return 0;
	if (!vec_push(g->arena, &g->out->modules, name))
		return arena_full(g->arena, e);
	if (!strmap_set(g->names, slice_str(name), (void *)name))
		return arena_full(g->lasting, e);
	return 0;
}

static struct module_fact *wanted_at(const struct reading *g, struct slice path)
{
	struct arena_mark mark = arena_mark(g->scratch);
	const char *name =
		modules_is_path(path) ? module_name_of(path, g->scratch) : NULL;
	size_t at = name ? (size_t)strmap_get(g->wanted, slice_str(name)) : 0;

	arena_rewind(g->scratch, mark);
	return at ? &g->out->wanted.v[at - 1] : NULL;
}

bool modules_is_wanted(const struct reading *g, struct slice path)
{
	return wanted_at(g, path) != NULL;
}

/* Where several files have one module's name, depmod prefers these folders. */
static int rank_of(struct slice path)
{
	static const char *const folders[] = {"/weak-updates/", "/extra/", "/updates/"};
	static const int ranks[] = {-1, 1, 2};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (slice_search(path, folders[i], slice_str(folders[i]).n) < path.n)
			return ranks[i];
	return 0;
}

static int copy_strs(struct arena *a, const strs *from, strs *to, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		const char *s = arena_strdup(a, from->v[i]);

		if (!s || !vec_push(a, to, s))
			return arena_full(a, e);
	}
	return 0;
}

static int copy_text(struct arena *a, const char *from, const char **to, struct err *e)
{
	if (!from)
		return 0;
	*to = arena_strdup(a, from);
	return *to ? 0 : arena_full(a, e);
}

/* Takes `fact` (but for name and path) as what lies at `path`. */
static int module_found(struct reading *g, struct module_fact *at, struct slice path,
			struct module_fact fact, struct err *e)
{
	if (!at->source.path) {
		g->wanted_open--;
	} else if (!slice_eq(path, at->source.path)) {
		struct slice before = slice_str(at->source.path);
		struct slice was = release_of(before), now = release_of(path);

		if (was.n != now.n || !slice_has(was, 0, now.p, now.n))
			return err_set(e, ERR_AMBIGUOUS,
				       "holds %s for more than one kernel: %s and %s",
				       at->name, escape_short(before).text,
				       escape_short(path).text);
		if (rank_of(path) < rank_of(before))
			return 0;
	}
	fact.name = at->name;
	fact.source.path = arena_strndup(g->arena, path);
	if (!fact.source.path)
		return arena_full(g->arena, e);
	*at = fact;
	return 0;
}

int modules_broken(struct reading *g, struct slice path, struct err *e)
{
	struct module_fact fact = {.state = "broken"};
	int r;

	r = copy_text(g->arena, e->text, &fact.problem, e);
	if (r < 0)
		return r;
	err_clear(e);
	return module_found(g, wanted_at(g, path), path, fact, e);
}

/* Does vermagic name another release than the folder? */
static bool is_foreign(struct slice path, const char *vermagic)
{
	struct slice release = release_of(path), text = slice_str(vermagic);
	struct slice built_for;

	return release.n && text_word(&text, &built_for) &&
	       (built_for.n != release.n ||
		!slice_has(built_for, 0, release.p, release.n));
}

static int copy_crcs(struct arena *a, const struct module_info *from,
		     struct module_info *to, struct err *e)
{
	for (size_t i = 0; i < from->crcs.n; i++) {
		struct module_crc crc = {arena_strdup(a, from->crcs.v[i].symbol),
					 from->crcs.v[i].crc};

		if (!crc.symbol || !vec_push(a, &to->crcs, crc))
			return arena_full(a, e);
	}
	return 0;
}

/* Keeps the CRCs of what now counts as that module, when it names another release than
 * its folder; forgets those of what counted before. */
static int note_foreign(struct reading *g, const struct module_fact *fact,
			const struct module_info *info, struct err *e)
{
	struct foreign_copy *copy = NULL;
	size_t wanted = (size_t)(fact - g->out->wanted.v);

	if (!g->foreign)
		return 0;
	for (size_t i = 0; i < g->foreign->list.n && !copy; i++)
		if (g->foreign->list.v[i].wanted == wanted)
			copy = &g->foreign->list.v[i];
	if (copy)
		copy->info = (struct module_info){0};
	if (!info->vermagic || !is_foreign(slice_str(fact->source.path), info->vermagic))
		return 0;
	if (!copy)
		copy = vec_add(g->arena, &g->foreign->list);
	if (!copy)
		return arena_full(g->arena, e);
	copy->wanted = wanted;
	return copy_crcs(g->arena, info, &copy->info, e);
}

/* Copies to the fact what is kept of it; `info` is made in scratch. */
static int read_module(struct reading *g, struct slice body, struct module_info *info,
		       struct module_fact *fact, struct err *e)
{
	struct slice file;
	int r;

	r = module_unpack(body, g->scratch, &file, e);
	if (r >= 0)
		r = module_parse(file, g->scratch, info, e);
	if (r < 0)
		return r == -ERR_NOMEM || r == -ERR_BUG ? r : 1;
	fact->state = "file";
	r = copy_text(g->arena, info->vermagic, &fact->vermagic, e);
	if (r >= 0)
		r = copy_text(g->arena, info->arch, &fact->arch, e);
	if (r >= 0)
		r = copy_strs(g->arena, &info->depends, &fact->depends, e);
	if (r >= 0)
		r = copy_strs(g->arena, &info->aliases, &fact->aliases, e);
	return r;
}

/* A file that was read on the disk, byte for byte? Then so it is known what this copy
 * says, but for its CRCs, which one of another release is asked for. */
static bool is_known(const struct reading *g, struct slice path, struct slice body,
		     struct module_fact *ret)
{
	const struct packed_module *known = NULL;
	uint8_t hash[PACKED_HASH];

	if (g->packed && g->packed->n && packed_module_hash(body, hash))
		known = packed_module_find(g->packed, hash);
	if (!known || !known->vermagic || is_foreign(path, known->vermagic))
		return false;
	*ret = (struct module_fact){.state = "file",
				    .arch = known->arch,
				    .vermagic = known->vermagic,
				    .depends = known->depends,
				    .aliases = known->aliases};
	return true;
}

int modules_body(struct reading *g, struct slice path, struct slice body, struct err *e)
{
	struct arena_mark mark = arena_mark(g->scratch);
	struct module_fact fact = {0}, *at = wanted_at(g, path);
	struct module_info info = {0};
	int r = 0;

	if (!is_known(g, path, body, &fact))
		r = read_module(g, body, &info, &fact, e);
	if (r > 0)
		r = modules_broken(g, path, e);
	else if (r == 0)
		r = module_found(g, at, path, fact, e);
	if (r >= 0 && slice_eq(path, at->source.path))
		r = note_foreign(g, at, &info, e);
	arena_rewind(g->scratch, mark);
	return r;
}

int modules_built_in(struct reading *g, struct slice text, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;

	while (text_line(&t, &line)) {
		struct arena_mark mark = arena_mark(g->scratch);
		const char *name = module_name_of(text_trim(line), g->scratch);
		size_t at = name ? (size_t)strmap_get(g->wanted, slice_str(name)) : 0;

		arena_rewind(g->scratch, mark);
		if (!at ||
		    strmap_get(g->built_in, slice_str(g->out->wanted.v[at - 1].name)))
			continue;
		if (!g->out->wanted.v[at - 1].source.path)
			g->wanted_open--;
		/* The name is that of the element: it lives as long as the map. */
		if (!strmap_set(g->built_in, slice_str(g->out->wanted.v[at - 1].name), g))
			return arena_full(g->lasting, e);
	}
	return 0;
}

int modules_finish(struct reading *g, struct err *e)
{
	const struct release *most = NULL;

	for (size_t i = 0; i < g->out->wanted.n; i++) {
		struct module_fact *fact = &g->out->wanted.v[i];

		if (!fact->source.path && strmap_get(g->built_in, slice_str(fact->name)))
			fact->state = "builtin";
		else if (!fact->source.path &&
			 strmap_get(g->names, slice_str(fact->name))) {
			fact->state = "broken";
			fact->problem = arena_strdup(
				g->arena, "a link whose target is not in the archive");
			if (!fact->problem)
				return arena_full(g->arena, e);
		}
	}
	for (size_t i = 0; i < g->releases.n; i++)
		if (!most || g->releases.v[i].modules > most->modules)
			most = &g->releases.v[i];
	if (most && !g->out->kernel)
		g->out->kernel = most->name;
	return 0;
}
