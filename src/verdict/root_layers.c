/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "root_layers.h"

#include "chain.h"
#include "text.h"

static const struct root_stack stacks[] = {
	{"lvm", {"dm_mod", NULL}, "lvm", "lvm2", .named = true},
	/* LVM or an encrypted volume */
	{"mapper", {"dm_mod", NULL}, NULL, NULL, .named = true},
	{"md", {"md_mod", "md", NULL}, "mdadm", "mdadm", "raidautorun", .named = true},
	{"linear", {"linear", "md_linear", NULL}, NULL, NULL},
	{"raid0", {"raid0", NULL}, NULL, NULL},
	{"raid1", {"raid1", NULL}, NULL, NULL},
	{"raid10", {"raid10", NULL}, NULL, NULL},
	{"dm-raid", {"dm_raid", NULL}, NULL, NULL},
	{"mirror", {"dm_mirror", NULL}, NULL, NULL},
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

/* Drivers that mount a file system. The newer ext4 module mounts ext2 and ext3. */
static const struct {
	const char *fs;
	const char *const modules[3];
} root_fs[] = {{"ext2", {"ext2", "ext4", NULL}}, {"ext3", {"ext3", "ext4", NULL}},
	       {"ext4", {"ext4", NULL}},         {"xfs", {"xfs", NULL}},
	       {"btrfs", {"btrfs", NULL}},       {"f2fs", {"f2fs", NULL}},
	       {"jfs", {"jfs", NULL}},           {"reiserfs", {"reiserfs", NULL}}};

const char *const *root_fs_modules(const char *fs)
{
	for (size_t i = 0; i < ARRAY_LEN(root_fs); i++)
		if (strcmp(root_fs[i].fs, fs) == 0)
			return root_fs[i].modules;
	return NULL;
}

const struct root_stack *stack_of(const char *kind)
{
	for (size_t i = 0; kind && i < ARRAY_LEN(stacks); i++)
		if (strcmp(stacks[i].kind, kind) == 0)
			return &stacks[i];
	return NULL;
}

struct root_stacks stacks_of_volume(const struct volume_fact *v)
{
	bool logical = text_same(v->type, "lvm");
	const char *kinds[] = {
		v->type,
		v->array_uuid                                           ? "md"
		: logical && v->level && !text_same(v->level, "mirror") ? "dm-raid"
									: NULL,
		v->array_uuid || logical ? v->level : NULL,
	};
	struct root_stacks found = {0};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (stack_of(kinds[i]))
			found.v[n++] = stack_of(kinds[i]);
	return found;
}

int ask_modules(struct arena *a, const char *const *names, strs *ret, struct err *e)
{
	for (; *names; names++)
		if (!strs_add_once(a, ret, *names))
			return arena_full(a, e);
	return 0;
}

int stack_modules(struct arena *a, strs *ret, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(stacks); i++)
		if (stacks[i].named)
			r = ask_modules(a, stacks[i].modules, ret, e);
	return r;
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

static bool is_needed(const volume_refs *way, const struct cipher_need *need)
{
	for (size_t i = 0; i < way->n; i++)
		if (way->v[i]->cipher && names_word(way->v[i]->cipher, need->what))
			return true;
	return false;
}

bool cipher_needs_of(const volume_refs *way, struct arena *a, cipher_needs *ret)
{
	bool whole = true;

	for (size_t i = 0; whole && i < ARRAY_LEN(needs); i++)
		if (is_needed(way, &needs[i]))
			whole = vec_push(a, ret, &needs[i]);
	return whole;
}

bool is_below_root(const struct facts *f, const char *type, struct arena *a)
{
	volume_refs way = {0};

	if (!facts_stack_of(f, facts_root_volume(f), a, &way))
		return false;
	for (size_t i = 0; i < way.n; i++)
		if (text_same(way.v[i]->type, type))
			return true;
	return false;
}

int verdict_asked_of_root(const struct facts *f, struct arena *a, strs *ret,
			  struct err *e)
{
	const char *const *drivers = f->root_fs ? root_fs_modules(f->root_fs) : NULL;
	cipher_needs ciphers = {0};
	volume_refs way = {0};
	int r = 0;

	if (!facts_stack_of(f, facts_root_volume(f), a, &way) ||
	    !cipher_needs_of(&way, a, &ciphers))
		return arena_full(a, e);
	if (f->root_fs && !strs_add_once(a, ret, f->root_fs))
		return arena_full(a, e);
	if (drivers)
		r = ask_modules(a, drivers, ret, e);
	for (size_t i = 0; r == 0 && i < way.n; i++) {
		struct root_stacks needed = stacks_of_volume(way.v[i]);

		for (size_t k = 0; r == 0 && needed.v[k]; k++)
			r = ask_modules(a, needed.v[k]->modules, ret, e);
	}
	for (size_t i = 0; r == 0 && i < ciphers.n; i++)
		r = ask_modules(a, ciphers.v[i]->names, ret, e);
	return r;
}
