/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host.h"

#include "escape.h"
#include "platform.h"
#include "text.h"

/* RHEL, and what is rebuilt from it under the same numbers; ids as in os-release. Others
 * are like RHEL (Fedora, Amazon Linux), but their numbers mean something else. */
static const struct {
	const char *id, *name;
} systems[] = {
	{"rhel", "RHEL"},           {"centos", "CentOS"},
	{"ol", "Oracle Linux"},     {"rocky", "Rocky Linux"},
	{"almalinux", "AlmaLinux"}, {"scientific", "Scientific Linux"},
};

static const struct {
	const char *word, *arch;
} archs[] = {
	{"x86_64", "x86_64"}, {"amd64", "x86_64"}, {"i686", "i686"}, {"i586", "i686"},
	{"i486", "i686"},     {"i386", "i686"},    {"ia64", "ia64"},
};

static const char *const vendors[] = {"intel", "amd"};

const char *host_arch(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (slice_eq(word, archs[i].word))
			return archs[i].arch;
	return NULL;
}

static const char *vendor_of(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++)
		if (slice_eq(word, vendors[i]))
			return vendors[i];
	return NULL;
}

int host_set_release(struct host *h, const char *id, const char *version, struct arena *a,
		     struct err *e)
{
	if (!id || !platform_version_in(version, "0", NULL))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
		const char *name, *release;

		if (!slice_eq(slice_str(id), systems[i].id))
			continue;
		name = arena_printf(a, "%s %s", systems[i].name, version);
		release = arena_strdup(a, version);
		if (!name || !release)
			return arena_full(a, e);
		h->id = systems[i].id;
		h->name = name;
		h->release = release;
	}
	return 0;
}

/* "rhel5.1": the system's id up to the first digit. */
static int take_release(struct slice part, struct arena *a, struct host *h, struct err *e)
{
	struct slice id = SLICE_NONE, version = SLICE_NONE;
	const char *id_text, *version_text;
	size_t n = 0;

	while (n < part.n && !text_is_digit(slice_at(part, n)))
		n++;
	if (!slice_sub(part, 0, n, &id) || !slice_sub(part, n, part.n - n, &version))
		return err_set(e, ERR_BUG, "a part outside itself");
	id_text = arena_strndup(a, id);
	version_text = arena_strndup(a, version);
	return id_text && version_text ? host_set_release(h, id_text, version_text, a, e)
				       : arena_full(a, e);
}

static int take_part(struct slice part, struct arena *a, struct host *h, struct err *e)
{
	struct host found = {.arch = host_arch(part), .vendor = vendor_of(part)};
	int r = found.arch || found.vendor ? 0 : take_release(part, a, &found, e);

	if (r < 0)
		return r;
	if (!found.arch && !found.vendor && !found.release)
		return err_set(e, ERR_USAGE,
			       "host: '%s' is neither a release, an architecture nor a "
			       "processor vendor: try rhel5.1/x86_64/intel",
			       escape_short(part).text);
	if ((found.arch && h->arch) || (found.vendor && h->vendor) ||
	    (found.release && h->release))
		return err_set(e, ERR_USAGE,
			       "host: '%s' says again what was said before it: try "
			       "rhel5.1/x86_64/intel",
			       escape_short(part).text);
	if (found.arch)
		h->arch = found.arch;
	else if (found.vendor)
		h->vendor = found.vendor;
	else
		*h = (struct host){found.id, found.name, found.release, h->arch,
				   h->vendor};
	return 0;
}

int host_parse(const char *text, struct arena *a, struct host *ret, struct err *e)
{
	struct slice rest = slice_str(text);
	struct host h = {0};

	if (rest.n == 0)
		return err_set(e, ERR_USAGE,
			       "host: nothing is said of it: try rhel5.1/x86_64/intel");
	while (rest.n) {
		struct slice part = rest, right = SLICE_NONE;
		int r;

		text_split(rest, '/', &part, &right);
		rest = right;
		r = take_part(part, a, &h, e);
		if (r < 0)
			return r;
	}
	*ret = h;
	return 0;
}

const char *host_text(const struct host *h, struct arena *a)
{
	return arena_printf(a, "%s%s/%s/%s", h->release ? h->id : "unknown release",
			    h->release ? h->release : "",
			    h->arch ? h->arch : "unknown architecture",
			    h->vendor ? h->vendor : "unknown processor");
}
