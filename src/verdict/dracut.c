/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words by which dracut puts the layers below / together, or leaves them alone
 * (dracut.cmdline(7)): when it leaves one alone, there is no /.
 */
#include <string.h>

#include "boot_words.h"

/* Since this version, its manual says, nothing is put together that no word asks for.
 * That is so for arrays; its test of volume groups never holds, and they come up, as
 * booted (debian-lvm-dracut-bare of the lab). */
enum { DRACUT_ASKS = 24 };

/* As getargbool of dracut-lib.sh takes it. */
static bool is_no(const struct boot_word *s)
{
	return slice_eq(s->as.value, "0") || slice_eq(s->as.value, "no") ||
	       slice_eq(s->as.value, "off");
}

static const char *text_of_word(struct judge *j, const struct boot_word *s)
{
	const char *word = arena_strndup(j->arena, s->as.word);

	if (!word)
		j->full = true;
	return plain(j, word);
}

static const char *place_of(struct judge *j, const struct boot_word *s)
{
	return s->inside ? say(j, "%s in the initramfs", plain(j, s->inside->path))
			 : "the command line";
}

static struct source source_of(const struct judge *j, const struct boot_word *s)
{
	return s->inside ? *s->inside : j->kernel->source;
}

/* --- What names a layer --- */

/* Are these the same digits, however they are grouped? */
static bool names_array(struct slice value, const struct volume_fact *v)
{
	const char *digits = v->array_uuid;

	for (size_t i = 0; i < value.n; i++) {
		int c = slice_at(value, i);

		if (c == ':' || c == '-')
			continue;
		digits += strspn(digits, ":");
		if (*digits == '\0' || *digits++ != c)
			return false;
	}
	return *digits == '\0';
}

/* "vg0/root" of "LV vg0/root"; empty for others. */
static struct slice volume_path(const struct volume_fact *v)
{
	struct slice path = SLICE_NONE;

	slice_after(slice_str(v->name ? v->name : ""), "LV ", &path);
	return path;
}

static bool names_group(struct slice value, const struct volume_fact *v)
{
	struct slice group, name;

	return text_split(volume_path(v), '/', &group, &name) && slice_same(group, value);
}

/* lvchange(8) takes a group for all that is in it. */
static bool names_logical(struct slice value, const struct volume_fact *v)
{
	return slice_same(volume_path(v), value) || names_group(value, v);
}

static const struct layer {
	const char *what;       /* "array" */
	const char *word, *old; /* turn it off: "rd.md=0", "rd_NO_MD" */
	struct {
		const char *key; /* "rd.md.uuid" */
		bool (*names)(struct slice value, const struct volume_fact *v);
	} by[4];      /* the first one is the one to write; none: what opens it is judged
			 with the initramfs */
	bool unasked; /* every version takes what no word names */
} layers[] = {
	{"array",
	 "rd.md",
	 "rd_NO_MD",
	 {{"rd.md.uuid", names_array}, {"rd_MD_UUID", names_array}},
	 false},
	{"logical volume",
	 "rd.lvm",
	 "rd_NO_LVM",
	 {{"rd.lvm.lv", names_logical},
	  {"rd_LVM_LV", names_logical},
	  {"rd.lvm.vg", names_group},
	  {"rd_LVM_VG", names_group}},
	 true},
	{"encrypted volume", "rd.luks", "rd_NO_LUKS", .unasked = true},
};

static const struct layer *layer_of(const struct volume_fact *v)
{
	return v->array_uuid               ? &layers[0]
	       : text_same(v->type, "lvm") ? &layers[1]
	       : v->cipher                 ? &layers[2]
					   : NULL;
}

/* --- What becomes of a layer --- */

/* A later "rd.md=1" takes back what is said by the word or by the one of old. */
static bool is_off(struct judge *j, const struct layer *l, struct boot_word *ret)
{
	return boot_last_word(j, l->word, ret) ? is_no(ret)
					       : boot_last_word(j, l->old, ret);
}

static void add_off(struct judge *j, const struct layer *l, const struct boot_word *s)
{
	const char *word = text_of_word(j, s);
	struct link *link = add_link(j, "names", ANSWER_FIXABLE, source_of(j, s),
				     "%s has %s, so dracut leaves the %s of / alone",
				     place_of(j, s), word, l->what);

	if (s->inside) {
		add_remedy(link, say(j, "add %s=1 to the kernel command line", l->word));
		return;
	}
	add_remedy(link, "take it off the kernel command line");
	if (link)
		link->word = word;
}

enum naming { NAMED, NAMED_NONE, NAMED_OTHERS };

/* One whose version is not known may be new. */
static bool is_old(const struct judge *j)
{
	const char *version = j->kernel->initramfs.generator_version;
	size_t digits = version ? strspn(version, "0123456789") : 0;
	uint64_t number;

	return text_u64(slice_of(version, digits), UINT32_MAX, &number) &&
	       number < DRACUT_ASKS;
}

/* Does it take whatever it finds? */
static bool takes_all(struct judge *j, const struct layer *l)
{
	struct boot_word s;

	return l->unasked || is_old(j) ||
	       (boot_last_word(j, "rd.auto", &s) && !is_no(&s));
}

/* Does a word of this key name a volume that is here? */
static bool is_here(const struct judge *j, const struct layer *l, size_t by,
		    struct slice value)
{
	const struct facts *f = j->facts;

	for (size_t i = 0; i < f->volumes.n; i++)
		if (layer_of(&f->volumes.v[i]) == l &&
		    l->by[by].names(value, &f->volumes.v[i]))
			return true;
	return false;
}

/* Which of a layer's keys has this word, with a value? ARRAY_LEN(l->by): none. */
static size_t key_of(const struct layer *l, const struct boot_word *s)
{
	for (size_t i = 0; i < ARRAY_LEN(l->by) && l->by[i].key; i++)
		if (slice_eq(s->as.key, l->by[i].key) && s->as.value.n)
			return i;
	return ARRAY_LEN(l->by);
}

static enum naming naming_of(struct judge *j, const struct layer *l,
			     const struct volume_fact *v, struct boot_word *ret_other)
{
	enum naming naming = NAMED_NONE;
	struct boot_words w = boot_words(j);
	struct boot_word s;

	while (boot_next_word(&w, &s)) {
		size_t by = key_of(l, &s);

		if (by == ARRAY_LEN(l->by))
			continue;
		if (l->by[by].names(s.as.value, v))
			return NAMED;
		naming = NAMED_OTHERS;
		*ret_other = s;
	}
	return naming;
}

/* "rd.lvm.lv=vg0/root". */
static const char *asking_word(struct judge *j, const struct layer *l,
			       const struct volume_fact *v)
{
	struct slice path = volume_path(v);
	const char *name = v->array_uuid ? v->array_uuid : arena_strndup(j->arena, path);

	return say(j, "%s=%s", l->by[0].key, plain(j, name));
}

static void add_others(struct judge *j, const struct layer *l,
		       const struct volume_fact *v, const struct boot_word *other)
{
	const char *word = text_of_word(j, other), *asking = asking_word(j, l, v);
	struct link *link = add_link(
		j, "names", ANSWER_FIXABLE, source_of(j, other),
		"%s names other %ss (%s) than that of /, so dracut leaves it alone",
		place_of(j, other), l->what, word);

	add_remedy(link, say(j, "add %s to the kernel command line", asking));
	if (link && !other->inside) {
		link->word = word;
		link->word_then = is_here(j, l, key_of(l, other), other->as.value)
					  ? say(j, "%s %s", word, asking)
					  : asking;
	}
}

static bool judge_naming(struct judge *j, const struct layer *l,
			 const struct volume_fact *v)
{
	struct boot_word other;

	switch (naming_of(j, l, v, &other)) {
	case NAMED:
		return true;
	case NAMED_OTHERS:
		add_others(j, l, v, &other);
		return false;
	case NAMED_NONE:
		break;
	}
	if (takes_all(j, l))
		return true;
	add_remedy(add_link(j, "names", ANSWER_UNKNOWN, j->kernel->source,
			    "whether dracut takes the %s of / is not known: neither "
			    "%s= nor rd.auto asks for it",
			    l->what, l->by[0].key),
		   say(j, "add %s to the kernel command line", asking_word(j, l, v)));
	return false;
}

/* dracut waits for all that its words name, then gives up. */
static void add_wait(struct judge *j, struct source source, const char *what)
{
	add_remedy(add_link(j, "names", ANSWER_UNKNOWN, source,
			    "dracut waits for what %s names, which is on none of these "
			    "disks",
			    what),
		   "take it off the kernel command line, or name its disk, too");
}

static bool judge_waits(struct judge *j, const struct layer *l)
{
	struct boot_words w = boot_words(j);
	struct boot_word s, off;

	if (is_off(j, l, &off))
		return true;
	while (boot_next_word(&w, &s)) {
		size_t by = key_of(l, &s);

		if (by < ARRAY_LEN(l->by) && !is_here(j, l, by, s.as.value)) {
			add_wait(j, source_of(j, &s), text_of_word(j, &s));
			return false;
		}
	}
	return true;
}

static bool judge_luks_waits(struct judge *j, const name_list *names)
{
	struct boot_word off;

	for (size_t i = 0; i < names->n; i++) {
		const struct name_fact *n = &names->v[i];

		if (!text_same(n->where, "rd.luks.uuid") &&
		    !text_same(n->where, "rd.luks.name"))
			continue;
		if (!n->resolves_to && !is_off(j, &layers[2], &off)) {
			add_wait(j, n->source, plain(j, n->spec));
			return false;
		}
	}
	return true;
}

/* Which disks there are is not seen from a folder. */
static bool judge_all_waits(struct judge *j)
{
	bool whole = true;

	if (is_old(j) || facts_is_folder(j->facts))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(layers); i++)
		whole = judge_waits(j, &layers[i]) && whole;
	whole = judge_luks_waits(j, &j->facts->names) && whole;
	return judge_luks_waits(j, &j->kernel->initramfs.names) && whole;
}

/* Then it drops files of its image that were made for this host: which, is not known, but
 * its words, crypttab, mdadm.conf and LVM's settings may be among them. */
static bool judge_host_only(struct judge *j)
{
	struct boot_word s;

	if (!boot_last_word(j, "rd.hostonly", &s) || !is_no(&s))
		return true;
	add_link(j, "names", ANSWER_UNKNOWN, source_of(j, &s),
		 "%s has %s, so dracut leaves out files by which it finds /",
		 place_of(j, &s), text_of_word(j, &s));
	return false;
}

/* `told`: for which of the layers it was said that they are off, once for all of a kind.
 */
static bool judge_layer(struct judge *j, const struct volume_fact *v, bool *told)
{
	const struct layer *l = layer_of(v);
	struct boot_word s;

	if (!l)
		return true;
	if (!is_off(j, l, &s))
		return !l->by[0].key || judge_naming(j, l, v);
	if (!told[l - layers])
		add_off(j, l, &s);
	told[l - layers] = true;
	return false;
}

bool judge_dracut(struct judge *j)
{
	const struct facts *f = j->facts;
	volume_refs stack;
	bool told[ARRAY_LEN(layers)] = {false}, layered = false, whole = true;

	if (!text_same(j->kernel->initramfs.generator, "dracut"))
		return true;
	if (!facts_stack_of(f, facts_root_volume(f), j->arena, &stack))
		j->full = true;
	for (size_t i = 0; i < stack.n; i++) {
		layered = layered || layer_of(stack.v[i]);
		whole = judge_layer(j, stack.v[i], told) && whole;
	}
	if (layered)
		whole = judge_host_only(j) && whole;
	return whole ? judge_all_waits(j) : false;
}
