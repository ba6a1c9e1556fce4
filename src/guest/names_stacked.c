/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks in the smaller configuration files: resume of initramfs-tools, GRUB's
 * device.map and mdadm.conf.
 */
#include "names.h"

#include "mdadm_conf.h"
#include "shell.h"
#include "text.h"

/* A name at the slice `spec` of a line; `word`: the word that holds it, or none. */
static int add(const struct names_text *t, unsigned line, const char *where,
	       const char *target, struct slice spec, struct slice word, bool needed,
	       struct err *e)
{
	struct name_fact f = {
		.where = where,
		.spec = arena_strndup(t->scratch, spec),
		.word = word.n ? arena_strndup(t->scratch, word) : NULL,
		.target = target,
		.needed = needed,
	};

	return f.spec && (!word.n || f.word) ? names_put(t, line, f, e)
					     : arena_full(t->scratch, e);
}

/* The next line that is neither empty nor a comment. */
static bool next_line(struct text *t, struct slice *ret)
{
	while (text_line(t, ret)) {
		*ret = text_trim(*ret);
		if (ret->n && !slice_starts(*ret, "#"))
			return true;
	}
	return false;
}

/* A variable of a script, and what it names. */
struct assigned {
	const char *name, *where, *target;
};

static int add_assigned(const struct names_text *t, const struct shell_command *c,
			const struct assigned *rows, size_t n, struct err *e)
{
	struct slice key, value;
	int r = 0;

	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; r == 0 && k < n; k++)
			if (text_split(c->words[i], '=', &key, &value) &&
			    slice_eq(key, rows[k].name))
				r = add(t, c->line, rows[k].where, rows[k].target,
					text_unquote(value), c->words[i], false, e);
	return r;
}

static int read_script(const struct names_text *t, const struct assigned *rows, size_t n,
		       struct err *e)
{
	struct shell sh = shell_of(t->text, t->scratch);
	struct shell_command c;
	int r = 0;

	while (r == 0 && shell_next(&sh, &c))
		r = add_assigned(t, &c, rows, n, e);
	return r == 0 && sh.too_many ? arena_full(t->scratch, e) : r;
}

/* mkinitramfs(8) copies it: the last assignment counts. */
int names_of_initramfs_conf(const struct names_text *t, struct err *e)
{
	static const struct assigned rows[] = {
		{"RESUME", "resume.conf", "swap"},
		{"ROOT", "menu setting", "root="},
	};

	return read_script(t, rows, ARRAY_LEN(rows), e);
}

int names_of_init_conf(const struct names_text *t, struct err *e)
{
	static const struct assigned rows[] = {
		{"RESUME", "resume.conf", "swap"},
		{"ROOT", "root=", NULL},
	};

	return read_script(t, rows, ARRAY_LEN(rows), e);
}

/* "(hd0)  /dev/sda": used when GRUB is installed again, not when it boots. */
int names_of_device_map(const struct names_text *t, struct err *e)
{
	struct text lines = text_of(t->text);
	struct slice line, drive, device;
	int r = 0;

	while (r == 0 && next_line(&lines, &line)) {
		const char *target;

		if (!text_word(&line, &drive) || !text_word(&line, &device))
			continue;
		target = arena_strndup(t->scratch, drive);
		if (!target)
			return arena_full(t->scratch, e);
		r = add(t, lines.line, "device.map", target, device, SLICE_NONE, false,
			e);
	}
	return r;
}

/* --- mdadm.conf(5) --- */

/* "devices=/dev/sda1,/dev/sdb1" of an ARRAY line. */
static int add_members(const struct names_text *t, unsigned line, const char *target,
		       struct slice word, struct err *e)
{
	struct slice left, right, rest = slice_of(word.p + 8, word.n - 8);
	bool more = true;
	int r = 0;

	while (r == 0 && more) {
		more = text_split(rest, ',', &left, &right);
		r = add(t, line, "mdadm.conf", target, more ? left : rest, word, true, e);
		rest = right;
	}
	return r;
}

/* What one pass over the file looks for. */
struct mdadm {
	const struct names_text *t;
	bool everywhere; /* a DEVICE line lists "partitions": all that there are */
	bool device, array, has_uuid; /* the line and its continuations */
};

static bool has_uuid(struct slice line)
{
	struct slice word;

	while (text_word(&line, &word))
		if (word.n > 5 &&
		    slice_same_folded(slice_of(word.p, 5), slice_str("uuid=")))
			return true;
	return false;
}

/* The keyword that begins a line; `t` is behind it. */
static void take_keyword(struct mdadm *m, struct slice *line, struct text t)
{
	struct slice key;

	if (mdadm_is_continued(*line) || !text_word(line, &key))
		return;
	m->device = mdadm_is_keyword(key, "DEVICE");
	m->array = mdadm_is_keyword(key, "ARRAY");
	m->has_uuid = m->array && has_uuid(*line);
	while (m->array && text_line(&t, &key) && mdadm_is_continued(key))
		m->has_uuid = m->has_uuid || has_uuid(key);
}

static int read_mdadm_word(struct mdadm *m, unsigned line, struct slice word,
			   struct err *e)
{
	if (m->device)
		return add(m->t, line, "mdadm.conf", "DEVICE", word, SLICE_NONE,
			   !m->everywhere, e);
	if (m->array && slice_starts(word, "devices="))
		return add_members(m->t, line, m->has_uuid ? "ARRAY with UUID" : "ARRAY",
				   word, e);
	return 0;
}

/* Reads every line, or only whether "partitions" is a device. */
static int read_mdadm_lines(struct mdadm *m, bool only_devices, struct err *e)
{
	struct text t = text_of(m->t->text);
	struct slice line, word;
	int r = 0;

	m->device = m->array = false;
	while (r == 0 && text_line(&t, &line)) {
		if (slice_starts(text_trim(line), "#"))
			continue;
		take_keyword(m, &line, t);
		while (r == 0 && text_word(&line, &word)) {
			if (slice_starts(word, "#"))
				break;
			if (!only_devices)
				r = read_mdadm_word(m, t.line, word, e);
			else if (m->device && slice_eq(word, "partitions"))
				m->everywhere = true;
		}
	}
	return r;
}

/* DEVICE lists where arrays are looked for ("partitions" is everywhere); old ARRAY lines
 * list their members. All of it counts only where something needs arrays. */
int names_of_mdadm(const struct names_text *t, struct err *e)
{
	struct mdadm m = {.t = t};
	int r = read_mdadm_lines(&m, true, e);

	return r == 0 ? read_mdadm_lines(&m, false, e) : r;
}
