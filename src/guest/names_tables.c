/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of disks in tables with a device a line: fstab and crypttab. */
#include "names.h"

#include "crypttab.h"
#include "fstab.h"
#include "limits.h"
#include "name_kind.h"
#include "text.h"

static const char *keep(const struct names_text *t, const char *s, bool *full)
{
	const char *copy = s ? arena_strdup(t->arena, s) : NULL;

	*full = *full || (s && !copy);
	return copy;
}

int names_put(const struct names_text *t, uint64_t line, struct name_fact f,
	      struct err *e)
{
	bool full = false;

	if (t->to->n == LIMIT_NAMES)
		return err_set(e, ERR_LIMIT, "more than %d names of disks", LIMIT_NAMES);
	f.spec = keep(t, f.spec, &full);
	f.word = keep(t, f.word, &full);
	f.target = keep(t, f.target, &full);
	f.source = t->source;
	f.source.line = line;
	return !full && vec_push(t->arena, t->to, f) ? 0 : arena_full(t->arena, e);
}

static bool is_bind(const struct fstab_entry *entry)
{
	return fstab_has_option(entry, "bind") || fstab_has_option(entry, "rbind");
}

/* Does the boot wait for it, or fail without it? */
static bool is_needed(const struct fstab_entry *entry)
{
	if (strcmp(entry->dir, "/") == 0)
		return true;
	return strcmp(entry->type, "swap") != 0 && strcmp(entry->type, "iso9660") != 0 &&
	       !fstab_has_option(entry, "noauto") && !fstab_has_option(entry, "nofail") &&
	       !fstab_has_option(entry, "_netdev") &&
	       !fstab_has_option(entry, "x-systemd.automount");
}

int names_of_fstab(const struct names_text *t, struct err *e)
{
	fstab table = {0};
	int r = fstab_parse(t->text, t->scratch, &table, e);

	for (size_t i = 0; r == 0 && i < table.n; i++) {
		const struct fstab_entry *entry = &table.v[i];
		struct name_fact f = {.where = "fstab", .spec = entry->spec};

		if (name_is_virtual_fs(entry->type) || is_bind(entry))
			continue;
		f.target = strcmp(entry->type, "swap") == 0 ? "swap" : entry->dir;
		f.needed = is_needed(entry);
		r = names_put(t, entry->line, f, e);
	}
	return r;
}

int names_of_crypttab(const struct names_text *t, struct err *e)
{
	crypttab table = {0};
	int r = crypttab_parse(t->text, t->scratch, &table, e);

	for (size_t i = 0; r == 0 && i < table.n; i++) {
		const struct crypttab_entry *c = &table.v[i];
		const struct fstab_entry entry = {.options = c->options};

		r = names_put(t, c->line,
			      (struct name_fact){
				      .where = "crypttab",
				      .spec = c->device,
				      .target = c->name,
				      .needed = !fstab_has_option(&entry, "noauto") &&
						!fstab_has_option(&entry, "nofail") &&
						!fstab_has_option(&entry, "swap"),
			      },
			      e);
	}
	return r;
}

/* "target=sda3_crypt,source=/dev/sda3,key=none,rootdev": one volume a line. */
int names_of_cryptroot(const struct names_text *t, struct err *e)
{
	struct text lines = text_of(t->text);
	struct slice line, word;
	int r = 0;

	while (r == 0 && text_line(&lines, &line)) {
		struct slice rest, one, value;
		struct name_fact f = {.where = "crypttab", .needed = true};
		bool more = text_word(&line, &word) && !slice_starts(word, "#");

		rest = word;
		while (more) {
			more = text_split(rest, ',', &one, &rest);
			one = more ? one : rest;
			if (slice_after(one, "target=", &value) &&
			    !(f.target = arena_strndup(t->scratch, value)))
				return arena_full(t->scratch, e);
			if (slice_after(one, "source=", &value) &&
			    !(f.spec = arena_strndup(t->scratch, value)))
				return arena_full(t->scratch, e);
		}
		if (!f.spec || !f.target)
			continue;
		f.word = arena_strndup(t->scratch, word);
		r = f.word ? names_put(t, lines.line, f, e) : arena_full(t->scratch, e);
	}
	return r;
}
