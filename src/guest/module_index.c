/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The indexes of a modules directory: modules.dep(5), "kernel/a.ko: kernel/b.ko", with
 * backslashes joining lines in those of modutils; modules.builtin, one path a line; and
 * modules.builtin.modinfo, "name.key=value" strings with a zero byte behind each.
 */
#include "module_index.h"

#include "limits.h"
#include "module_file.h"
#include "strbuf.h"
#include "text.h"

static int refuse_binary(struct slice text, struct err *e)
{
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	return 0;
}

/* The lines that a line ending in a backslash goes on with, as one. */
static int join(struct text *t, struct slice *line, struct arena *a, struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TABLE_FILE);
	struct slice part = *line;
	bool more = true;
	char *copy;

	if (!slice_ends(*line, "\\"))
		return 0;
	while (more) {
		more = slice_ends(part, "\\");
		strbuf_add(&b, part.p, more ? part.n - 1 : part.n);
		if (more && !text_line(t, &part))
			break;
	}
	copy = strbuf_ok(&b) ? arena_strdup(a, strbuf_text(&b)) : NULL;
	if (!copy)
		return arena_full(a, e);
	*line = slice_str(copy);
	return 0;
}

static int add_line(struct module_index *index, struct slice line, unsigned number,
		    struct arena *a, struct err *e)
{
	struct module_line *added;
	struct slice path, depends;

	if (text_trim(line).n == 0)
		return 0;
	if (!text_split(line, ':', &path, &depends))
		return err_set(e, ERR_CORRUPT, "line %u has no colon", number);
	path = text_trim(path);
	added = vec_add(a, &index->lines);
	if (!added)
		return arena_full(a, e);
	*added = (struct module_line){module_name_of(path, a), path, text_trim(depends),
				      number};
	/* A name that is no module's: kept, and found by nobody. */
	if (!added->name)
		added->name = "";
	/* The first line of a name counts, as depmod(8) writes each name once. */
	if (!strmap_get(index->by_name, slice_str(added->name)) &&
	    !strmap_set(index->by_name, slice_str(added->name),
			(void *)(uintptr_t)index->lines.n))
		return arena_full(a, e);
	return 0;
}

int module_index_parse(struct slice dep, struct arena *a, struct module_index *ret,
		       struct err *e)
{
	struct module_index index = {.by_name = strmap_new(a)};
	struct text t = text_of(dep);
	struct slice line;
	int r = refuse_binary(dep, e);

	if (!index.by_name)
		return arena_full(a, e);
	while (r >= 0 && text_line(&t, &line)) {
		unsigned number = t.line;

		r = join(&t, &line, a, e);
		if (r >= 0)
			r = add_line(&index, line, number, a, e);
	}
	if (r >= 0 && dep.n && slice_at(dep, dep.n - 1) != '\n')
		r = err_set(e, ERR_CORRUPT, "cut short in line %u", t.line);
	if (r >= 0)
		*ret = index;
	return r;
}

const struct module_line *module_index_find(const struct module_index *index,
					    const char *name)
{
	uintptr_t at = index->by_name && *name
			       ? (uintptr_t)strmap_get(index->by_name, slice_str(name))
			       : 0;

	return at ? &index->lines.v[at - 1] : NULL;
}

int module_line_names(struct slice depends, struct arena *a, strs *ret, struct err *e)
{
	struct slice word;

	while (text_word(&depends, &word)) {
		const char *name = module_name_of(word, a);

		if (name && !strs_add_once(a, ret, name))
			return arena_full(a, e);
	}
	return 0;
}

int module_builtin_parse(struct slice text, struct arena *a, struct strmap **ret,
			 struct err *e)
{
	struct strmap *map = strmap_new(a);
	struct text t = text_of(text);
	struct slice line;
	int r = refuse_binary(text, e);

	if (r < 0)
		return r;
	if (!map)
		return arena_full(a, e);
	while (text_line(&t, &line)) {
		const char *name = module_name_of(text_trim(line), a);

		if (name && !strmap_set(map, slice_str(name), (void *)(uintptr_t)t.line))
			return arena_full(a, e);
	}
	*ret = map;
	return 0;
}

/* Names in this file have underscores or dashes, as the build had them. */
static bool same_module(struct slice written, const char *name)
{
	struct slice want = slice_str(name);

	if (written.n != want.n)
		return false;
	for (size_t i = 0; i < want.n; i++) {
		int c = slice_at(written, i);

		if ((c == '-' ? '_' : c) != slice_at(want, i))
			return false;
	}
	return true;
}

int module_builtin_aliases(struct slice modinfo, const char *name, struct arena *a,
			   strs *aliases, struct err *e)
{
	struct slice one = SLICE_NONE, module, rest, key, value;

	for (size_t at = 0; at < modinfo.n;) {
		size_t end = slice_find(modinfo, at, '\0');
		const char *copy;

		if (!slice_sub(modinfo, at, end - at, &one))
			break;
		at = end + 1;
		if (!text_split(one, '.', &module, &rest) ||
		    !text_split(rest, '=', &key, &value) || !slice_eq(key, "alias") ||
		    !same_module(module, name))
			continue;
		copy = arena_strndup(a, value);
		if (!copy || !vec_push(a, aliases, copy))
			return arena_full(a, e);
	}
	return 0;
}
