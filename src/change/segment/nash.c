/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The init script of Red Hat's mkinitrd (RHEL 3 to 5), which nash runs line by line: it
 * loads modules by their files, so the lines have to come in the order in which the
 * modules need each other, and before the script makes the nodes of the disks' devices.
 */
#include "adding.h"

#include "escape.h"
#include "limits.h"
#include "text.h"

/* Commands with which the search for / begins: modules have to be there. */
static const char *const search[] = {"lvm",    "mkrootdev", "raidautorun", "dmraid",
				     "resume", "mkdmnod",   "rmparts",     "kpartx"};
/* Those that make the nodes of devices that are there. */
static const char *const nodes[] = {"mkblkdevs", "udevstart", "mkdevices"};

static bool is_one_of(struct slice word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = list[i];
		struct slice left, base = word;

		while (text_split(base, '/', &left, &base))
			;
		if (slice_eq(base, name))
			return true;
	}
	return false;
}

static bool mounts_root(struct slice line)
{
	struct slice word;

	return text_word(&line, &word) && slice_eq(word, "mount") &&
	       slice_search(line, "/sysroot", 8) < line.n;
}

/* Where lines are put into the script, as offsets of lines. */
struct script {
	size_t behind; /* the last insmod line before the search for /; 0: none */
	size_t before; /* the first line that makes nodes; 0: none */
	struct slice node_line;
	size_t end;     /* the search for / begins */
	bool has_nodes; /* a line behind `behind` makes nodes */
};

static void see_line(struct script *s, struct slice line, struct slice word, size_t start,
		     size_t end)
{
	if (slice_eq(word, "insmod")) {
		s->behind = end;
		s->has_nodes = false;
	} else if (is_one_of(word, nodes, ARRAY_LEN(nodes))) {
		s->has_nodes = true;
		s->node_line = line;
		if (!s->before)
			s->before = start;
	}
}

static int read_script(struct slice text, struct script *ret, struct err *e)
{
	struct script s = {.end = text.n};
	struct text t = text_of(text);
	struct slice line, rest, word;

	for (size_t start = 0; text_line(&t, &line); start = t.pos) {
		rest = line;
		if (!text_word(&rest, &word))
			continue;
		if (mounts_root(line) || is_one_of(word, search, ARRAY_LEN(search))) {
			s.end = start;
			break;
		}
		see_line(&s, line, word, start, t.pos);
	}
	if (!s.behind && !s.before)
		return err_set(e, ERR_UNSUPPORTED,
			       "its script has no place at which drivers are loaded");
	*ret = s;
	return 0;
}

/* Is the module loaded by a line before this offset? */
static bool is_loaded(struct adding *g, struct slice text, size_t end, const char *module)
{
	struct text t = text_of(text);
	struct slice line, word;

	while (t.pos < end && text_line(&t, &line)) {
		struct arena_mark mark = arena_mark(g->a);
		const char *name = NULL;
		bool same;

		if (text_word(&line, &word) && slice_eq(word, "insmod") &&
		    text_word(&line, &word))
			name = module_name_of(word, g->a);
		same = text_same(name, module);
		arena_rewind(g->a, mark);
		if (same)
			return true;
	}
	return false;
}

static size_t add_lines(struct adding *g, struct slice text, size_t at,
			struct strbuf *out)
{
	size_t added = 0;

	for (size_t i = 0; i < g->modules.n; i++) {
		const struct chosen *c = &g->modules.v[i];

		if (is_loaded(g, text, at, c->name))
			continue;
		strbuf_printf(out, "echo \"Loading %s module\"\ninsmod /lib/%s\n",
			      c->path, c->path);
		added++;
	}
	return added;
}

/* The name of a file in a script must be one word of it. */
static int check_names(const struct adding *g, struct err *e)
{
	for (size_t i = 0; i < g->modules.n; i++)
		for (const char *c = g->modules.v[i].path; *c; c++)
			if (!text_is_alnum((unsigned char)*c) && *c != '-' && *c != '_' &&
			    *c != '.' && *c != '+')
				return err_set(
					e, ERR_UNSUPPORTED,
					"the file \"%s\" cannot be named in a script",
					escape_short(slice_str(g->modules.v[i].path))
						.text);
	return 0;
}

int add_insmod_lines(struct adding *g, struct err *e)
{
	_cleanup_strbuf_ struct strbuf out = STRBUF_INIT(LIMIT_CONFIG_FILE);
	const char *copy, *name = g->old.image.n ? "linuxrc" : "init";
	struct script s = {0};
	struct slice text;
	size_t at;
	int r;

	if (!old_archive_file(&g->old, name, &text))
		return err_set(e, ERR_UNSUPPORTED, "it has no script /%s", name);
	r = read_script(text, &s, e);
	if (r >= 0)
		r = check_names(g, e);
	if (r < 0)
		return r;
	at = s.behind ? s.behind : s.before;
	strbuf_add(&out, text.p, at);
	if (at && slice_at(text, at - 1) != '\n')
		strbuf_char(&out, '\n');
	if (!add_lines(g, text, at, &out))
		return 0;
	/* the nodes of what has just been found */
	if (s.behind && s.before && !s.has_nodes) {
		strbuf_add(&out, s.node_line.p, s.node_line.n);
		strbuf_char(&out, '\n');
	}
	strbuf_add(&out, text.p + at, text.n - at);
	if (!strbuf_ok(&out))
		return err_set(e, ERR_LIMIT, "its script has more than %zu bytes",
			       LIMIT_CONFIG_FILE);
	copy = arena_memdup(g->a, out.s, out.n);
	return copy ? add_file(g, name, 0755, slice_of(copy, out.n), e)
		    : arena_full(g->a, e);
}
