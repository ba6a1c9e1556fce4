/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of disks in the smaller configuration files: resume of initramfs-tools, GRUB's
 * device.map, mdadm.conf, and LVM's filters and devices file.
 */
#include "names.h"

#include "name_kind.h"
#include "text.h"

static int add(struct naming *n, const struct names_file *file, unsigned line,
	       const char *where, const char *target, struct slice spec, bool needed,
	       struct err *e)
{
	const char *copy = arena_strndup(n->g->scratch, spec);

	if (!copy)
		return arena_full(n->g->scratch, e);
	return names_add(n,
			 (struct name_fact){
				 .where = where,
				 .spec = copy,
				 .target = target,
				 .needed = needed,
				 .source = guest_source(n->g, &file->file, line, 0),
			 },
			 e);
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

int names_read_resume(struct naming *n, const struct names_file *file, struct err *e)
{
	struct text t = text_of(file->text);
	struct slice line, key, value;
	int r = 0;

	while (r == 0 && next_line(&t, &line))
		if (text_split(line, '=', &key, &value) && slice_eq(key, "RESUME"))
			r = add(n, file, t.line, "resume.conf", "swap",
				text_unquote(text_trim(value)), false, e);
	return r;
}

/* "(hd0)  /dev/sda": used when GRUB is installed again, not when it boots. */
int names_read_device_map(struct naming *n, const struct names_file *file, struct err *e)
{
	struct text t = text_of(file->text);
	struct slice line, drive, device;
	int r = 0;

	while (r == 0 && next_line(&t, &line)) {
		const char *target;

		if (!text_word(&line, &drive) || !text_word(&line, &device))
			continue;
		target = arena_strndup(n->g->scratch, drive);
		if (!target)
			return arena_full(n->g->scratch, e);
		r = add(n, file, t.line, "device.map", target, device, false, e);
	}
	return r;
}

/* DEVICE lists where arrays are looked for ("partitions" is everywhere); old ARRAY lines
 * list their members. */
int names_read_mdadm(struct naming *n, const struct names_file *file, struct err *e)
{
	struct text t = text_of(file->text);
	struct slice line, key, word, left, right;
	int r = 0;

	while (r == 0 && next_line(&t, &line)) {
		if (!text_word(&line, &key))
			continue;
		while (r == 0 && text_word(&line, &word)) {
			if (slice_eq(key, "DEVICE")) {
				r = add(n, file, t.line, "mdadm.conf", "DEVICE", word,
					n->needs_md, e);
				continue;
			}
			if (!slice_eq(key, "ARRAY") || !slice_starts(word, "devices="))
				continue;
			word = slice_of(word.p + 8, word.n - 8);
			while (r == 0 && text_split(word, ',', &left, &right)) {
				r = add(n, file, t.line, "mdadm.conf", "ARRAY", left,
					n->needs_md, e);
				word = right;
			}
			if (r == 0)
				r = add(n, file, t.line, "mdadm.conf", "ARRAY", word,
					n->needs_md, e);
		}
	}
	return r;
}

/* One pattern of a filter, "a|^/dev/sda|": what it accepts by a name that is not stable
 * is recorded; what it accepts by any other, or rejects, is not. */
static int add_pattern(struct naming *n, const struct names_file *file, unsigned line,
		       struct slice pattern, struct err *e)
{
	struct name_fact f = {.where = "lvm.conf filter", .needed = n->needs_lvm};
	char *name = arena_alloc(n->g->scratch, pattern.n + 6);
	struct name_kind kind;
	size_t at = 0;

	if (!name)
		return arena_full(n->g->scratch, e);
	if (slice_at(pattern, 0) != 'a' || pattern.n < 3)
		return 0;
	for (size_t i = 2; i + 1 < pattern.n; i++)
		if (slice_at(pattern, i) != '^' && slice_at(pattern, i) != '(')
			name[at++] = (char)slice_at(pattern, i);
	if (!slice_starts(slice_str(name), "/")) {
		memmove(name + 5, name, at);
		memcpy(name, "/dev/", 5);
	}
	kind = name_kind_of(name);
	if (!kind.kind || kind.stable || strcmp(kind.kind, "other") == 0)
		return 0;
	f.target = arena_strndup(n->g->scratch, pattern);
	if (!f.target)
		return arena_full(n->g->scratch, e);
	f.spec = name;
	f.source = guest_source(n->g, &file->file, line, 0);
	return names_add(n, f, e);
}

/* The strings of a list in brackets that begins on this line; 1 when it ends there. */
static int add_strings(struct naming *n, const struct names_file *file, unsigned line,
		       struct slice s, struct err *e)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t end;
		int r;

		if (slice_at(s, i) == ']')
			return 1;
		if (slice_at(s, i) == '#')
			return 0;
		if (slice_at(s, i) != '"')
			continue;
		end = slice_find(s, i + 1, '"');
		if (end == s.n)
			return 0;
		r = add_pattern(n, file, line, slice_of(s.p + i + 1, end - i - 1), e);
		if (r < 0)
			return r;
		i = end;
	}
	return 0;
}

int names_read_lvm(struct naming *n, const struct names_file *file, struct err *e)
{
	struct text t = text_of(file->text);
	struct slice line, key, value;
	bool inside = false;
	int r = 0;

	while (r >= 0 && next_line(&t, &line)) {
		value = line;
		if (!inside) {
			if (!text_split(line, '=', &key, &value))
				continue;
			key = text_trim(key);
			if (!slice_ends(key, "filter"))
				continue;
			inside = slice_find(value, 0, '[') < value.n;
		}
		r = add_strings(n, file, t.line, value, e);
		if (r == 1)
			inside = false;
	}
	return r < 0 ? r : 0;
}

/* One device of the devices file: how it is found again, by IDTYPE. */
static int add_lvm_device(struct naming *n, const struct names_file *file, unsigned line,
			  struct slice type, struct slice id, struct err *e)
{
	static const struct {
		const char *type, *directory;
	} rows[] = {
		{"devname", ""},
		{"sys_wwid", "/dev/disk/by-id/"},
		{"sys_serial", "/dev/disk/by-id/"},
		{"mpath_uuid", "/dev/disk/by-id/dm-uuid-"},
		{"crypt_uuid", "/dev/disk/by-id/dm-uuid-"},
		{"lvmlv_uuid", "/dev/disk/by-id/dm-uuid-"},
		{"md_uuid", "/dev/disk/by-id/md-uuid-"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *spec;

		if (!slice_eq(type, rows[i].type))
			continue;
		spec = arena_printf(n->g->scratch, "%s%.*s", rows[i].directory, (int)id.n,
				    (const char *)id.p);
		if (!spec)
			return arena_full(n->g->scratch, e);
		return add(n, file, line, "system.devices", rows[i].type, slice_str(spec),
			   n->needs_lvm, e);
	}
	return 0;
}

int names_read_lvm_devices(struct naming *n, const struct names_file *file, struct err *e)
{
	struct text t = text_of(file->text);
	struct slice line, word, key, value;
	int r = 0;

	while (r == 0 && next_line(&t, &line)) {
		struct slice type = SLICE_NONE, id = SLICE_NONE;

		while (text_word(&line, &word)) {
			if (!text_split(word, '=', &key, &value))
				continue;
			if (slice_eq(key, "IDTYPE"))
				type = value;
			else if (slice_eq(key, "IDNAME"))
				id = value;
		}
		if (type.n && id.n)
			r = add_lvm_device(n, file, t.line, type, id, e);
	}
	return r;
}
