/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "assembly_systems.h"

#include "assembly_root.h"
#include "escape.h"
#include "limits.h"
#include "text.h"
#include "volumes.h"

/* What one system's own boot menu starts by default. */
enum menu {
	MENU_NONE,    /* it has none */
	MENU_UNKNOWN, /* that cannot be told */
	MENU_KNOWN    /* the system with the number `starts` */
};

struct looked {
	const char *name; /* of the system; NULL: not known */
	enum menu menu;
	size_t starts;
};

/* The word's value on a command line, the last one counting; in the arena. NULL: none. */
static const char *parameter(struct arena *a, const char *cmdline, const char *name)
{
	struct slice rest = slice_str(cmdline ? cmdline : ""), word, value;
	const char *found = NULL;

	while (text_word(&rest, &word))
		if (slice_after(word, name, &value))
			found = arena_strndup(a, text_unquote(value));
	return found;
}

static bool find_root(const struct assembly *as, struct guest *g,
		      const candidate_list *list, const char *cmdline, size_t *ret)
{
	const char *root = parameter(g->arena, cmdline, "root=");
	const char *flags = parameter(g->arena, cmdline, "rootflags=");
	const struct mountable *m;
	struct err ignored = ERR_INIT;
	struct fs *fs;
	size_t volume;

	if (!root || volume_by_spec(g->facts, root, &volume) != SPEC_ONE)
		return false;
	m = assembly_mountable(as, g, volume);
	if (!m || fs_choose(m->fs, flags ? flags : "", &fs, &ignored) < 0)
		return false;
	for (*ret = 0; *ret < list->n; ++*ret)
		if (list->v[*ret].fs == fs)
			return true;
	return false;
}

/* A menu that is not found may be there where something could not be read. */
static bool is_whole(const struct facts *f)
{
	for (size_t i = 0; i < f->problems.n; i++) {
		const struct problem_fact *p = &f->problems.v[i];

		if (text_same(p->code, "remark") ||
		    (text_same(p->code, "absent") &&
		     (text_same(p->about, "bootloader") || text_same(p->about, "os"))))
			continue;
		return false;
	}
	return true;
}

static void look_at_menu(const struct assembly *as, struct guest *g,
			 const candidate_list *list, struct looked *ret)
{
	const struct entry_fact *entry = facts_default_entry(g->facts);

	if (!g->facts->boot.loader && is_whole(g->facts))
		return;
	ret->menu = entry && find_root(as, g, list, entry->cmdline, &ret->starts)
			    ? MENU_KNOWN
			    : MENU_UNKNOWN;
}

/* A volume as every system finds it; where it is mounted and how arrays are called is
 * told by each. */
static int copy_volume(const struct volume_fact *v, struct arena *a, struct facts *to,
		       struct err *e)
{
	struct volume_fact copy = *v;

	copy.mounted_at = (strs){0};
	copy.device_names = (strs){0};
	for (size_t i = 0; i < v->device_names.n; i++)
		if (!vec_push(a, &copy.device_names, v->device_names.v[i]))
			return arena_full(a, e);
	return vec_push(a, &to->volumes, copy) ? 0 : arena_full(a, e);
}

/* Reads a system as if it were the guest, but into facts of its own. */
static int look_at(const struct assembly *as, const struct guest *g,
		   const candidate_list *list, size_t i, struct looked *ret,
		   struct err *e)
{
	_cleanup_arena_ struct arena *own = arena_new(LIMIT_FACTS);
	struct facts facts = {.disks = g->facts->disks};
	struct guest other = *g;
	int r = 0;

	if (!own)
		return err_set(e, ERR_NOMEM, "out of memory");
	other.arena = own;
	other.facts = &facts;
	for (size_t v = 0; r >= 0 && v < g->facts->volumes.n; v++)
		r = copy_volume(&g->facts->volumes.v[v], own, &facts, e);
	if (r >= 0)
		r = assembly_mount(as, &other, &list->v[i], e);
	if (r >= 0)
		r = guest_read_start(&other, e);
	if (r < 0)
		return r;
	look_at_menu(as, &other, list, ret);
	ret->name = facts.os.name ? arena_strdup(g->arena, facts.os.name) : NULL;
	return facts.os.name && !ret->name ? arena_full(g->arena, e) : 0;
}

static int list_systems(struct guest *g, const candidate_list *list,
			const struct looked *looked, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct volume_fact *v = &g->facts->volumes.v[list->v[i].volume];
		struct system_fact s = {.number = i + 1,
					.name = looked[i].name,
					.disk = v->disk,
					.volume = v->name};

		if (list->v[i].fs->subvolume)
			s.subvolume = arena_strdup(g->arena, list->v[i].fs->subvolume);
		if ((list->v[i].fs->subvolume && !s.subvolume) ||
		    !vec_push(g->arena, &g->facts->systems, s))
			return arena_full(g->arena, e);
	}
	return 0;
}

/* "1 Debian 12 (disk.img, partition 1), 2 ..." */
static void describe(struct guest *g, struct strbuf *out)
{
	for (size_t i = 0; i < g->facts->systems.n; i++) {
		const struct system_fact *s = &g->facts->systems.v[i];

		strbuf_printf(out, "%s%llu ", i ? ", " : "",
			      (unsigned long long)s->number);
		escape_text(out, slice_str(s->name ? s->name : "one without a name"));
		strbuf_str(out, " (");
		escape_text(out, slice_str(s->disk ? s->disk : "?"));
		for (unsigned n = 0; n < 2; n++) {
			const char *part = n ? s->subvolume : s->volume;

			strbuf_str(out, part ? ", " : "");
			escape_text(out, slice_str(part ? part : ""));
		}
		strbuf_char(out, ')');
	}
}

static bool is_wanted(const struct guest *g, const struct mountable *m,
		      const struct system_fact *s)
{
	const struct volume_fact *v = &g->facts->volumes.v[m->volume];
	const char *wanted = g->wanted_os;
	uint64_t number;
	size_t volume;

	if (text_u64(slice_str(wanted), UINT64_MAX, &number))
		return number == s->number;
	if (text_same(wanted, s->subvolume) || text_same(wanted, v->name) ||
	    text_same(wanted, volume_title(g->scratch, v)))
		return true;
	return volume_by_spec(g->facts, wanted, &volume) == SPEC_ONE &&
	       (volume == m->volume || volumes_same_fs(&g->facts->volumes.v[volume], v));
}

static int choose_wanted(struct guest *g, const candidate_list *list, size_t *ret,
			 struct err *e)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT(LIMIT_TEXT);
	size_t found = 0;

	for (size_t i = 0; i < list->n; i++)
		if (is_wanted(g, &list->v[i], &g->facts->systems.v[i])) {
			*ret = i;
			found++;
		}
	if (found == 1)
		return 0;
	describe(g, &all);
	return err_set(e, ERR_USAGE, "--os %s means %s of the operating systems: %s",
		       escape_short(slice_str(g->wanted_os)).text,
		       found ? "several" : "none", strbuf_text(&all));
}

/* The one that every boot menu there is starts. */
static int choose_booted(struct guest *g, const candidate_list *list,
			 const struct looked *looked, size_t *ret, struct err *e)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT(LIMIT_TEXT);
	const struct looked *first = NULL;
	bool agree = true;

	for (size_t i = 0; i < list->n; i++) {
		if (looked[i].menu == MENU_NONE)
			continue;
		if (!first)
			first = &looked[i];
		agree = agree && looked[i].menu == MENU_KNOWN &&
			looked[i].starts == first->starts;
	}
	if (first && agree) {
		*ret = first->starts;
		return 0;
	}
	describe(g, &all);
	return err_set(e, ERR_AMBIGUOUS,
		       "%zu operating systems, and %s which one starts: choose with "
		       "--os: %s",
		       list->n,
		       list->n > LIMIT_SYSTEMS ? "so many boot menus are not asked"
					       : "their boot menus do not tell",
		       strbuf_text(&all));
}

int assembly_choose_system(const struct assembly *as, struct guest *g,
			   const candidate_list *list, struct mountable *ret,
			   struct err *e)
{
	struct looked *looked = arena_calloc(g->scratch, list->n, sizeof(*looked));
	size_t chosen = 0;
	int r = looked ? 0 : arena_full(g->scratch, e);
	/* The only one is looked at where it may not be the one that is meant, as the
	 * message names it then. */
	bool compare = (list->n > 1 || g->wanted_os) && list->n <= LIMIT_SYSTEMS;

	for (size_t i = 0; r >= 0 && compare && i < list->n; i++)
		r = look_at(as, g, list, i, &looked[i], e);
	if (r >= 0)
		r = list_systems(g, list, looked, e);
	if (r >= 0 && g->wanted_os)
		r = choose_wanted(g, list, &chosen, e);
	else if (r >= 0 && list->n > 1)
		r = choose_booted(g, list, looked, &chosen, e);
	if (r < 0)
		return r;
	g->facts->systems.v[chosen].chosen = true;
	*ret = list->v[chosen];
	if (list->n == 1) /* the facts are all about it */
		g->facts->systems.n = 0;
	return 0;
}
