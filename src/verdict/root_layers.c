/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root_layers.h"

#include "text.h"
#include "verdict.h"

/* Longer ways down are made by nobody, and endless ones by a document of facts. */
enum { DEEPEST = 8 };

static const struct root_stack stacks[] = {
	{"lvm", {"dm_mod", NULL}, "lvm", "lvm2"},
	{"mapper", {"dm_mod", NULL}, NULL, NULL}, /* LVM or an encrypted volume */
	{"md", {"md_mod", NULL}, "mdadm", "mdadm"},
	{"luks",
	 {"dm_crypt", NULL},
	 "cryptsetup",
	 "cryptsetup (Debian: cryptsetup-initramfs)"},
};

static const struct cipher_need needs[] = {
	{"aes", {"aes_generic", "aes", "aes_x86_64", "aes_i586", NULL}, false},
	{"serpent", {"serpent_generic", "serpent", NULL}, false},
	{"twofish", {"twofish_generic", "twofish", NULL}, false},
	{"camellia", {"camellia_generic", "camellia", NULL}, false},
	{"xts", {"xts", NULL}, false},
	{"cbc", {"cbc", NULL}, false},
	{"essiv", {"essiv", NULL}, true}, /* Linux 5.4 */
	{"sha256", {"sha256_generic", "sha256", NULL}, true},
};

const struct root_stack *stack_of(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LEN(stacks); i++)
		if (strcmp(stacks[i].kind, kind) == 0)
			return &stacks[i];
	return NULL;
}

int ask_modules(struct arena *a, const char *const *names, strs *ret, struct err *e)
{
	for (; *names; names++)
		if (!strs_add_once(a, ret, *names))
			return arena_full(a, e);
	return 0;
}

/* dm_crypt is asked of those guests only that have a use for it. */
int stack_modules(struct arena *a, strs *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(stacks); i++)
		if (strcmp(stacks[i].kind, "luks") != 0)
			r = ask_modules(a, stacks[i].modules, ret, e);
	return r;
}

/* --- The way down --- */

/* "web01.qcow2, partition 2" */
static bool is_titled(const struct volume_fact *v, const char *title)
{
	struct slice rest;

	if (!v->disk || !slice_after(slice_str(title), v->disk, &rest))
		return false;
	return v->name ? slice_after(rest, ", ", &rest) && slice_eq(rest, v->name)
		       : rest.n == 0;
}

static const struct volume_fact *root_volume(const struct facts *f)
{
	for (size_t i = 0; f->root_disk && i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];
		const char *name = v->name ? v->name : "";

		if (text_same(v->disk, f->root_disk) &&
		    strcmp(name, f->root_volume ? f->root_volume : "") == 0)
			return v;
	}
	return NULL;
}

/* The volumes from that of / down to the disks, each once. */
typedef VEC(const struct volume_fact *) volumes;

static bool has_volume(const volumes *list, const struct volume_fact *v)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == v)
			return true;
	return false;
}

static bool add_below(const struct facts *f, const struct volume_fact *top,
		      struct arena *a, volumes *ret)
{
	for (size_t t = 0; t < top->on.n; t++)
		for (size_t i = 0; i < f->volumes.n; i++) {
			const struct volume_fact *v = &f->volumes.v[i];

			if (is_titled(v, top->on.v[t]) && !has_volume(ret, v) &&
			    !vec_push(a, ret, v))
				return false;
		}
	return true;
}

static bool way_down(const struct facts *f, struct arena *a, volumes *ret)
{
	const struct volume_fact *root = root_volume(f);
	bool whole = !root || vec_push(a, ret, root);
	size_t done = 0;

	for (unsigned level = 0; whole && level < DEEPEST && done < ret->n; level++)
		for (size_t end = ret->n; whole && done < end; done++)
			whole = add_below(f, ret->v[done], a, ret);
	return whole;
}

bool root_stacks_of(const struct facts *f, struct arena *a, root_stacks *ret)
{
	volumes way = {0};
	bool whole = way_down(f, a, &way);

	for (size_t i = 0; whole && i < way.n; i++) {
		const struct root_stack *s = stack_of(way.v[i]->type);
		bool known = !s;

		for (size_t k = 0; k < ret->n; k++)
			known = known || ret->v[k] == s;
		whole = known || vec_push(a, ret, s);
	}
	return whole;
}

/* --- Ciphers --- */

/* Is `word` one of the words of "aes-cbc-essiv:sha256"? */
static bool names_word(const char *cipher, const char *word)
{
	struct slice rest = slice_str(cipher);

	while (rest.n) {
		size_t n = 0;

		while (n < rest.n && slice_at(rest, n) != '-' && slice_at(rest, n) != ':')
			n++;
		if (slice_eq(slice_of(rest.p, n), word))
			return true;
		rest = n < rest.n ? slice_of(rest.p + n + 1, rest.n - n - 1) : SLICE_NONE;
	}
	return false;
}

static bool is_needed(const volumes *way, const struct cipher_need *need)
{
	for (size_t i = 0; i < way->n; i++)
		if (way->v[i]->cipher && names_word(way->v[i]->cipher, need->what))
			return true;
	return false;
}

bool cipher_needs_of(const struct facts *f, struct arena *a, cipher_needs *ret)
{
	volumes way = {0};
	bool whole = way_down(f, a, &way);

	for (size_t i = 0; whole && i < ARRAY_LEN(needs); i++)
		if (is_needed(&way, &needs[i]))
			whole = vec_push(a, ret, &needs[i]);
	return whole;
}

int verdict_asked_of_root(const struct facts *f, struct arena *a, strs *ret,
			  struct err *e)
{
	cipher_needs ciphers = {0};
	root_stacks below = {0};
	int r = 0;

	if (!root_stacks_of(f, a, &below) || !cipher_needs_of(f, a, &ciphers))
		return arena_full(a, e);
	for (size_t i = 0; r == 0 && i < below.n; i++)
		r = ask_modules(a, below.v[i]->modules, ret, e);
	for (size_t i = 0; r == 0 && i < ciphers.n; i++)
		r = ask_modules(a, ciphers.v[i]->names, ret, e);
	return r;
}
