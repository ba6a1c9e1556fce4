/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Variables of GRUB scripts in layers, and the environment block (grubenv) in which GRUB
 * keeps some of them from one boot to the next.
 */
#include "grub.h"

#include "limits.h"
#include "text.h"

static const struct grub_variable *find(const struct grub_env *env, const char *name)
{
	for (size_t i = 0; i < env->variables.n; i++)
		if (strcmp(env->variables.v[i].name, name) == 0)
			return &env->variables.v[i];
	return NULL;
}

static const struct grub_variable *look_up(const struct grub_env *env, const char *name)
{
	bool exported_only = false;

	for (; env; env = env->below) {
		const struct grub_variable *v = find(env, name);

		if (v)
			return v->value && (v->exported || !exported_only) ? v : NULL;
		exported_only = exported_only || env->exported_only;
	}
	return NULL;
}

const char *grub_env_get(const struct grub_env *env, const char *name)
{
	const struct grub_variable *v = look_up(env, name);

	return v ? v->value : NULL;
}

static int put(struct grub_env *env, struct arena *a, struct grub_variable v,
	       struct err *e)
{
	struct grub_variable *old = (struct grub_variable *)find(env, v.name);

	if (old) {
		*old = v;
		return 0;
	}
	if (env->variables.n == LIMIT_GRUB_VARIABLES)
		return err_set(e, ERR_LIMIT, "more than %d variables",
			       LIMIT_GRUB_VARIABLES);
	return vec_push(a, &env->variables, v) ? 0 : arena_full(a, e);
}

int grub_env_set(struct grub_env *env, struct arena *a, const char *name,
		 const char *value, struct err *e)
{
	const struct grub_variable *old = look_up(env, name);

	return put(env, a, (struct grub_variable){name, value, old && old->exported}, e);
}

int grub_env_export(struct grub_env *env, struct arena *a, const char *name,
		    struct err *e)
{
	const char *value = grub_env_get(env, name);

	return put(env, a, (struct grub_variable){name, value ? value : "", true}, e);
}

#define SIGNATURE "# GRUB Environment Block\n"

/* NAME=VALUE up to the line's end; in the value a backslash quotes the next character,
 * a newline too. */
static int parse_pair(struct slice s, size_t *pos, struct arena *a, grubenv *table,
		      struct err *e)
{
	size_t equals = slice_find(s, *pos, '=');
	struct grubenv_pair pair;
	struct slice name;
	char *value;
	size_t n = 0, at;

	if (equals == s.n || slice_find(s, *pos, '\n') < equals ||
	    !slice_sub(s, *pos, equals - *pos, &name))
		return err_set(e, ERR_CORRUPT, "byte %zu is not NAME=VALUE", *pos);
	for (at = equals + 1; at < s.n && slice_at(s, at) != '\n'; at++)
		if (slice_at(s, at) == '\\')
			at++;
	value = arena_alloc(a, at - equals);
	if (at >= s.n)
		return err_set(e, ERR_CORRUPT, "byte %zu: the value has no end", equals);
	pair.name = arena_strndup(a, name);
	pair.value = value;
	if (!value || !pair.name)
		return arena_full(a, e);
	*pos = at + 1;
	for (at = equals + 1; at + 1 < *pos; at++) {
		if (slice_at(s, at) == '\\')
			at++;
		value[n++] = (char)slice_at(s, at);
	}
	return vec_push(a, table, pair) ? 0 : arena_full(a, e);
}

int grubenv_parse(struct slice block, struct arena *a, grubenv *ret, struct err *e)
{
	grubenv table = {0};
	size_t pos = strlen(SIGNATURE);

	if (!slice_starts(block, SIGNATURE))
		return err_set(e, ERR_CORRUPT, "this is no GRUB environment block");
	if (slice_find(block, 0, 0) < block.n)
		return err_set(e, ERR_CORRUPT,
			       "the GRUB environment block holds a NUL byte");
	while (pos < block.n) {
		int c = slice_at(block, pos), r;

		if (c == '#' || c == '\n') { /* padding, or a comment line */
			size_t end = slice_find(block, pos, '\n');

			pos = end < block.n ? end + 1 : end;
			continue;
		}
		if (table.n == LIMIT_GRUB_VARIABLES)
			return err_set(e, ERR_LIMIT, "more than %d variables",
				       LIMIT_GRUB_VARIABLES);
		r = parse_pair(block, &pos, a, &table, e);
		if (r < 0)
			return r;
	}
	*ret = table;
	return 0;
}
