/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Words by which dracut puts the layers below / together, or leaves them alone
 * (dracut.cmdline(7)): when it leaves one alone, there is no /.
 */
#include <string.h>

#include "chain.h"
#include "text.h"

/* Since this version, its manual says, nothing is put together that no word asks for.
 * That is so for arrays; its test of volume groups never holds, and they come up, as
 * booted (debian-lvm-dracut-bare of the lab). */
enum { DRACUT_ASKS = 24 };

/* --- Words --- */

/* A word; of several with one key the last one counts. */
struct said {
	struct slice word, key, value; /* the value: empty where there is none */
	const struct source *inside;   /* of the file in the initramfs, or NULL */
};

/* Those in the initramfs, then those of the boot loader. */
struct words {
	const struct judge *j;
	size_t at;
	struct slice rest;
};

static struct words words_of(const struct judge *j)
{
	return (struct words){j, 0, slice_str(j->cmdline ? j->cmdline : "")};
}

static bool next_word(struct words *w, struct said *ret)
{
	const word_list *inside = &w->j->kernel->initramfs.words;

	*ret = (struct said){0};
	if (w->at < inside->n) {
		ret->inside = &inside->v[w->at].source;
		ret->word = slice_str(inside->v[w->at++].text);
	} else if (!text_argument(&w->rest, &ret->word)) {
		return false;
	}
	if (!text_split(text_unquote(ret->word), '=', &ret->key, &ret->value))
		ret->key = text_unquote(ret->word);
	ret->value = text_unquote(ret->value);
	return true;
}

static bool last_word(const struct judge *j, const char *key, struct said *ret)
{
	struct words w = words_of(j);
	struct said s;
	bool found = false;

	while (next_word(&w, &s))
		if (slice_eq(s.key, key)) {
			*ret = s;
			found = true;
		}
	return found;
}

static bool is_no(const struct said *s)
{
	return slice_eq(s->value, "0") || slice_eq(s->value, "no") ||
	       slice_eq(s->value, "off");
}

static const char *text_of_word(struct judge *j, const struct said *s)
{
	const char *word = arena_strndup(j->arena, s->word);

	if (!word)
		j->full = true;
	return plain(j, word);
}

static const char *place_of(struct judge *j, const struct said *s)
{
	return s->inside ? say(j, "%s in the initramfs", plain(j, s->inside->path))
			 : "the command line";
}

static struct source source_of(const struct judge *j, const struct said *s)
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

static bool is_same(struct slice a, struct slice b)
{
	return a.n == b.n && slice_has(a, 0, b.p, b.n);
}

static bool names_group(struct slice value, const struct volume_fact *v)
{
	struct slice group, name;

	return text_split(volume_path(v), '/', &group, &name) && is_same(group, value);
}

/* lvchange(8) takes a group for all that is in it. */
static bool names_logical(struct slice value, const struct volume_fact *v)
{
	return is_same(volume_path(v), value) || names_group(value, v);
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
static bool is_off(struct judge *j, const struct layer *l, struct said *ret)
{
	return last_word(j, l->word, ret) ? is_no(ret) : last_word(j, l->old, ret);
}

static void add_off(struct judge *j, const struct layer *l, const struct said *s)
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

static enum naming naming_of(struct judge *j, const struct layer *l,
			     const struct volume_fact *v, struct said *ret_other)
{
	enum naming naming = NAMED_NONE;
	struct words w = words_of(j);
	struct said s;

	while (next_word(&w, &s))
		for (size_t i = 0; i < ARRAY_LEN(l->by) && l->by[i].key; i++) {
			if (!slice_eq(s.key, l->by[i].key) || !s.value.n)
				continue;
			if (l->by[i].names(s.value, v))
				return NAMED;
			naming = NAMED_OTHERS;
			*ret_other = s;
		}
	return naming;
}

/* Does this dracut take whatever it finds? One whose version is not known may not. */
static bool takes_all(struct judge *j, const struct layer *l)
{
	const char *version = j->kernel->initramfs.generator_version;
	size_t digits = version ? strspn(version, "0123456789") : 0;
	uint64_t number;
	struct said s;

	return l->unasked || (last_word(j, "rd.auto", &s) && !is_no(&s)) ||
	       (text_u64(slice_of(version, digits), UINT32_MAX, &number) &&
		number < DRACUT_ASKS);
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
		       const struct volume_fact *v, const struct said *other)
{
	const char *word = text_of_word(j, other), *asking = asking_word(j, l, v);
	struct link *link = add_link(
		j, "names", ANSWER_FIXABLE, source_of(j, other),
		"%s names other %ss (%s) than that of /, so dracut leaves it alone",
		place_of(j, other), l->what, word);

	add_remedy(link, say(j, "add %s to the kernel command line", asking));
	if (link && !other->inside) {
		link->word = word;
		link->word_then = say(j, "%s %s", word, asking);
	}
}

static bool judge_naming(struct judge *j, const struct layer *l,
			 const struct volume_fact *v)
{
	struct said other;

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

/* Then it drops files of its image that were made for this host: which, is not known, but
 * its words, crypttab, mdadm.conf and LVM's settings may be among them. */
static bool judge_host_only(struct judge *j)
{
	struct said s;

	if (!last_word(j, "rd.hostonly", &s) || !is_no(&s))
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
	struct said s;

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
	return (!layered || judge_host_only(j)) && whole;
}
