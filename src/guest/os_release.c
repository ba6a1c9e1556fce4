/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parsers of the files that name a distribution. They follow os-release(5) and, for the
 * rest, the files as the distributions ship them.
 */
#include "os_release.h"

#include "limits.h"
#include "strbuf.h"
#include "text.h"

static int refuse_binary(struct slice text, struct err *e)
{
	if (slice_find(text, 0, '\0') < text.n)
		return err_set(e, ERR_CORRUPT, "not a text file: it holds a zero byte");
	return 0;
}

static int dup_slice(struct arena *a, struct slice s, const char **ret, struct err *e)
{
	const char *copy = arena_strndup(a, s);

	if (!copy)
		return arena_full(a, e);
	*ret = copy;
	return 0;
}

/* A value as a shell would read it: quotes around parts of it, backslash escapes. */
static int shell_value(struct slice value, struct arena *a, const char **ret,
		       struct err *e)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT(LIMIT_TEXT);
	int quote = 0;

	value = text_trim(value);
	for (size_t i = 0; i < value.n; i++) {
		int c = slice_at(value, i);

		if (quote == 0 && (c == '"' || c == '\'')) {
			quote = c;
		} else if (c == quote) {
			quote = 0;
		} else {
			if (c == '\\' && quote != '\'' && i + 1 < value.n)
				c = slice_at(value, ++i);
			strbuf_char(&b, (char)c);
		}
	}
	if (!strbuf_ok(&b))
		return err_set(e, ERR_LIMIT, "a value is longer than %zu bytes",
			       LIMIT_TEXT);
	return dup_slice(a, slice_str(strbuf_text(&b)), ret, e);
}

struct key {
	const char *name;
	const char **to;
};

static int read_keys(struct slice text, const struct key *keys, size_t n, struct arena *a,
		     struct err *e)
{
	struct text t = text_of(text);
	struct slice line, key, value;
	int r = refuse_binary(text, e);

	while (r >= 0 && text_line(&t, &line)) {
		if (slice_at(text_trim(line), 0) == '#' ||
		    !text_split(line, '=', &key, &value))
			continue;
		for (size_t i = 0; r >= 0 && i < n; i++)
			if (slice_eq(text_trim(key), keys[i].name))
				r = shell_value(value, a, keys[i].to, e);
	}
	return r;
}

static const char *given(const char *s)
{
	return s && *s ? s : NULL;
}

int os_release_parse(struct slice text, _unused_ const char *id, struct arena *a,
		     struct os_fact *ret, struct err *e)
{
	const char *os_id = NULL, *version = NULL, *pretty = NULL, *name = NULL,
		   *like = NULL;
	const struct key keys[] = {{"ID", &os_id},
				   {"VERSION_ID", &version},
				   {"PRETTY_NAME", &pretty},
				   {"NAME", &name},
				   {"ID_LIKE", &like}};
	int r = read_keys(text, keys, ARRAY_LEN(keys), a, e);

	if (r < 0)
		return r;
	if (!given(os_id))
		return err_set(e, ERR_ABSENT, "no ID");
	ret->id = os_id;
	ret->version = given(version);
	ret->name = given(pretty) ? pretty : given(name);
	ret->like = given(like);
	return 0;
}

static int lower(struct arena *a, const char *s, const char **ret, struct err *e)
{
	char *copy = arena_strdup(a, s);

	if (!copy)
		return arena_full(a, e);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	*ret = copy;
	return 0;
}

int lsb_release_parse(struct slice text, _unused_ const char *id, struct arena *a,
		      struct os_fact *ret, struct err *e)
{
	const char *lsb_id = NULL, *version = NULL, *name = NULL;
	const struct key keys[] = {{"DISTRIB_ID", &lsb_id},
				   {"DISTRIB_RELEASE", &version},
				   {"DISTRIB_DESCRIPTION", &name}};
	int r = read_keys(text, keys, ARRAY_LEN(keys), a, e);

	if (r < 0)
		return r;
	if (!given(lsb_id))
		return err_set(e, ERR_ABSENT, "no DISTRIB_ID");
	r = lower(a, lsb_id, &ret->id, e);
	if (r < 0)
		return r;
	ret->version = given(version);
	ret->name = given(name) ? name : lsb_id;
	return 0;
}

/* What the line starts with; ids as those distributions' later os-release have them. */
static const struct {
	const char *start, *id;
} names[] = {
	{"Red Hat Enterprise Linux", "rhel"},
	{"Red Hat Linux Advanced Server", "rhel"},
	{"Red Hat Linux", "redhat"},
	{"CentOS", "centos"},
	{"Rocky Linux", "rocky"},
	{"AlmaLinux", "almalinux"},
	{"Oracle Linux", "ol"},
	{"Oracle VM", "ovs"},
	{"Enterprise Linux Enterprise Linux", "ol"},
	{"Fedora", "fedora"},
	{"Amazon Linux", "amzn"},
	{"Scientific Linux", "scientific"},
	{"CloudLinux", "cloudlinux"},
	{"XenServer", "xenserver"},
	{"XCP-ng", "xcp-ng"},
	{"Virtuozzo", "virtuozzo"},
	{"Asianux", "asianux"},
	{"Mandriva", "mandriva"},
	{"Mandrake", "mandrake"},
	{"Mageia", "mageia"},
	{"ALT", "altlinux"},
	{"SUSE Linux Enterprise Server", "sles"},
	{"SUSE LINUX Enterprise Server", "sles"},
	{"SUSE Linux Enterprise Desktop", "sled"},
	{"SuSE SLES", "sles"},
	{"openSUSE", "opensuse"},
	{"SUSE", "suse"},
	{"SuSE", "suse"},
};

static const char *id_of(struct slice line)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (slice_starts(line, names[i].start))
			return names[i].id;
	return NULL;
}

/* The digits and dots at the front of a word: "2.1" of "2.1AS". */
static struct slice leading_version(struct slice word)
{
	struct slice got = SLICE_NONE;
	size_t n = 0;

	while (text_is_digit(slice_at(word, n)) ||
	       (n && slice_at(word, n) == '.' && text_is_digit(slice_at(word, n + 1))))
		n++;
	return slice_sub(word, 0, n, &got) ? got : SLICE_NONE;
}

/* The slice behind the first occurrence of `what`; false when it does not occur. */
static bool after(struct slice s, const char *what, struct slice *ret)
{
	size_t n = slice_str(what).n, at = slice_search(s, what, n);

	return at < s.n && slice_sub(s, at + n, s.n - at - n, ret);
}

static int join(struct arena *a, const char *left, char between, const char *right,
		const char **ret, struct err *e)
{
	const char *made = arena_printf(a, "%s%c%s", left, between, right);

	if (!made)
		return arena_full(a, e);
	*ret = made;
	return 0;
}

/* Red Hat Enterprise Linux 3 and 4 count updates in the parentheses: release 4 (Nahant
 * Update 6) is what is called 4.6. */
static int redhat_version(struct slice line, struct arena *a, const char **ret,
			  struct err *e)
{
	struct slice rest, word, version, update = SLICE_NONE;
	const char *major = NULL, *minor = NULL;
	int r;

	if (!after(line, " release ", &rest) || !text_word(&rest, &word))
		return 0;
	version = leading_version(word);
	if (version.n == 0)
		return 0;
	if (slice_find(version, 0, '.') == version.n && after(rest, " Update ", &rest))
		update = leading_version(rest);
	if (update.n == 0)
		return dup_slice(a, version, ret, e);
	r = dup_slice(a, version, &major, e);
	if (r >= 0)
		r = dup_slice(a, update, &minor, e);
	return r < 0 ? r : join(a, major, '.', minor, ret, e);
}

static int first_line(struct slice text, struct slice *ret, struct err *e)
{
	struct text t = text_of(text);
	struct slice line;
	int r = refuse_binary(text, e);

	if (r < 0)
		return r;
	while (text_line(&t, &line)) {
		line = text_trim(line);
		if (line.n > LIMIT_TEXT)
			return err_set(e, ERR_LIMIT, "a line is longer than %zu bytes",
				       LIMIT_TEXT);
		if (line.n) {
			*ret = line;
			return 0;
		}
	}
	return err_set(e, ERR_ABSENT, "an empty file");
}

int redhat_release_parse(struct slice text, const char *id, struct arena *a,
			 struct os_fact *ret, struct err *e)
{
	struct os_fact os = *ret;
	struct slice line;
	int r = first_line(text, &line, e);

	if (r < 0)
		return r;
	os.id = id_of(line) ? id_of(line) : id ? id : "unknown";
	r = dup_slice(a, line, &os.name, e);
	if (r >= 0)
		r = redhat_version(line, a, &os.version, e);
	if (r >= 0)
		*ret = os;
	return r;
}

int suse_release_parse(struct slice text, const char *id, struct arena *a,
		       struct os_fact *ret, struct err *e)
{
	const char *version = NULL, *level = NULL;
	const struct key keys[] = {{"VERSION", &version}, {"PATCHLEVEL", &level}};
	struct os_fact os = *ret;
	struct slice line;
	int r = first_line(text, &line, e);

	if (r >= 0)
		r = read_keys(text, keys, ARRAY_LEN(keys), a, e);
	if (r >= 0)
		r = dup_slice(a, line, &os.name, e);
	if (r < 0)
		return r;
	os.id = id_of(line) ? id_of(line) : id;
	os.version = given(version);
	if (os.version && given(level) && !slice_eq(slice_str(level), "0"))
		r = join(a, version, '.', level, &os.version, e);
	if (r >= 0)
		*ret = os;
	return r;
}

int plain_release_parse(struct slice text, const char *id, struct arena *a,
			struct os_fact *ret, struct err *e)
{
	struct os_fact os = *ret;
	struct slice line = SLICE_NONE, word, version = SLICE_NONE;
	const char *whole = NULL;
	int r = first_line(text, &line, e);

	/* arch-release is empty, and says what it says by being there. */
	if (r == -ERR_ABSENT)
		err_clear(e);
	else if (r < 0)
		return r;
	os.id = id;
	os.name = id;
	if (line.n) {
		r = dup_slice(a, line, &whole, e);
		if (r >= 0)
			r = join(a, id, ' ', whole, &os.name, e);
		if (r < 0)
			return r;
	}
	/* The last word that starts with a digit is the version. */
	while (text_word(&line, &word))
		if (leading_version(word).n)
			version = leading_version(word);
	if (version.n) {
		r = dup_slice(a, version, &os.version, e);
		if (r < 0)
			return r;
	}
	*ret = os;
	return 0;
}
