/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of LUKS 2's header: key slots, digests, segments, tokens and what a reader has
 * to know (LUKS2 On-Disk Format Specification 1.1.1, 3). Numbers above 2^53 are strings.
 */
#include "luks_parts.h"

#include <jansson.h>
#include <string.h>

#include "escape.h"
#include "limits.h"
#include "text.h"

struct parsing {
	json_t *root;
	struct arena *a;
	struct luks *l;
};

static void cleanup_json(json_t **j)
{
	json_decref(*j);
}

/* --- Values --- */

/* A copy; NULL when it is no string. */
static const char *string_of(struct parsing *p, const json_t *in, const char *key)
{
	const char *s = json_string_value(json_object_get(in, key));

	return s ? arena_strdup(p->a, s) : NULL;
}

static bool number_of(const json_t *in, const char *key, uint64_t *ret)
{
	const json_t *v = json_object_get(in, key);

	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*ret = (uint64_t)json_integer_value(v);
		return true;
	}
	return json_is_string(v) &&
	       text_u64(slice_str(json_string_value(v)), UINT64_MAX, ret);
}

static int digit64(int c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
				     "yz0123456789+/";
	const char *at = c > 0 ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Base64 (RFC 4648, 4); an empty slice when it is none. */
static struct slice bytes_of(struct parsing *p, const json_t *in, const char *key)
{
	const char *s = json_string_value(json_object_get(in, key));
	uint8_t *to = s ? arena_alloc(p->a, strlen(s)) : NULL;
	uint32_t held = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (!to)
		return SLICE_NONE;
	for (; *s && *s != '='; s++) {
		int digit = digit64((unsigned char)*s);

		if (digit < 0)
			return SLICE_NONE;
		held = held << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			to[n++] = (uint8_t)(held >> bits);
		}
	}
	return slice_of(to, n);
}

static bool list_has(const json_t *list, const char *word)
{
	size_t i;
	json_t *v;

	json_array_foreach(list, i,
			   v) if (json_is_string(v) &&
				  strcmp(json_string_value(v), word) == 0) return true;
	return false;
}

static int makes_no_sense(const char *what, const char *name, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "its text: %s %s makes no sense", what,
		       escape_short(slice_str(name)).text);
}

static const char *short_text(const char *s)
{
	return s ? s : "";
}

/* --- What has to be understood --- */

static int read_requirements(struct parsing *p, struct err *e)
{
	const json_t *config = json_object_get(p->root, "config");
	const json_t *list =
		json_object_get(json_object_get(config, "requirements"), "mandatory");
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v)
	{
		const char *word = short_text(json_string_value(v));
		int r = strstr(word, "reencrypt")
				? luks_refuse(p->l, p->a, e,
					      "its reencryption has not ended: let "
					      "cryptsetup reencrypt --resume-only end "
					      "it first")
				: luks_refuse(p->l, p->a, e,
					      "it requires %s, which is not read",
					      escape_short(slice_str(word)).text);

		if (r < 0)
			return r;
	}
	return 0;
}

/* What would open it besides a passphrase. */
static int read_tokens(struct parsing *p, struct err *e)
{
	json_t *tokens = json_object_get(p->root, "tokens"), *v;
	const char *name;

	if (json_object_size(tokens) > LIMIT_LUKS_SLOTS)
		return err_set(e, ERR_LIMIT, "more than %d tokens", LIMIT_LUKS_SLOTS);
	json_object_foreach(tokens, name, v)
	{
		const char *type = string_of(p, v, "type");

		if (!type)
			return makes_no_sense("token", name, e);
		if (!strs_add_once(p->a, &p->l->tokens, type))
			return arena_full(p->a, e);
	}
	return 0;
}

/* --- Segments --- */

static int refuse_segment(struct parsing *p, const json_t *segment, const char *type,
			  struct err *e)
{
	const json_t *integrity = json_object_get(segment, "integrity");
	const char *kind = json_string_value(json_object_get(integrity, "type"));

	if (strcmp(type, "crypt") != 0)
		return luks_refuse(p->l, p->a, e,
				   "its data are of the kind %s, which is "
				   "not read",
				   escape_short(slice_str(type)).text);
	if (integrity)
		return luks_refuse(p->l, p->a, e,
				   "its data are authenticated (integrity %s), which is "
				   "not read",
				   escape_short(slice_str(short_text(kind))).text);
	return 0;
}

static int read_segment(struct parsing *p, const char *name, const json_t *segment,
			struct err *e)
{
	const char *type = string_of(p, segment, "type");
	const char *size = string_of(p, segment, "size");
	struct luks *l = p->l;
	uint64_t unit = 0;
	int r;

	if (!type || !size || !number_of(segment, "offset", &l->off) ||
	    (strcmp(size, "dynamic") != 0 &&
	     (!text_u64(slice_str(size), UINT64_MAX, &l->size) || l->size == 0)))
		return makes_no_sense("segment", name, e);
	r = refuse_segment(p, segment, type, e);
	if (r < 0 || strcmp(type, "crypt") != 0)
		return r;
	l->cipher = string_of(p, segment, "encryption");
	if (!l->cipher || !number_of(segment, "iv_tweak", &l->iv) ||
	    !number_of(segment, "sector_size", &unit) ||
	    (unit != 512 && unit != 1024 && unit != 2048 && unit != 4096))
		return makes_no_sense("segment", name, e);
	l->sector_size = (uint32_t)unit;
	return 0;
}

/* One, that is: more are there while it is encrypted anew, or for a backup of that. */
static int read_segments(struct parsing *p, const char **ret_name, struct err *e)
{
	json_t *segments = json_object_get(p->root, "segments"), *v;
	const char *name;
	size_t n = json_object_size(segments);

	if (n > 1)
		return luks_refuse(p->l, p->a, e,
				   "it has %zu segments: its reencryption has not "
				   "ended, which cryptsetup reencrypt --resume-only does",
				   n);
	json_object_foreach(segments, name, v)
	{
		*ret_name = arena_strdup(p->a, name);
		if (!*ret_name)
			return arena_full(p->a, e);
		return read_segment(p, name, v, e);
	}
	return luks_refuse(p->l, p->a, e,
			   "it has no data: its header lies apart from it "
			   "(a detached header)");
}

/* --- Key slots --- */

static bool read_kdf(struct parsing *p, const json_t *kdf, struct luks_kdf *ret)
{
	ret->kind = string_of(p, kdf, "type");
	ret->salt = bytes_of(p, kdf, "salt");
	if (!ret->kind)
		return false;
	if (strcmp(ret->kind, "pbkdf2") == 0) {
		ret->hash = string_of(p, kdf, "hash");
		return ret->hash && number_of(kdf, "iterations", &ret->iterations);
	}
	if (strcmp(ret->kind, "argon2i") == 0 || strcmp(ret->kind, "argon2id") == 0)
		return number_of(kdf, "time", &ret->iterations) &&
		       number_of(kdf, "memory", &ret->memory) &&
		       number_of(kdf, "cpus", &ret->lanes);
	return true; /* named when it is needed */
}

/* The digest of this slot's key, which is that of the segment. */
static const json_t *digest_of(const struct parsing *p, const char *slot,
			       const char *segment)
{
	json_t *digests = json_object_get(p->root, "digests"), *v;
	const char *name;

	json_object_foreach(
		digests, name,
		v) if (list_has(json_object_get(v, "keyslots"), slot) &&
		       list_has(json_object_get(v, "segments"), segment)) return v;
	return NULL;
}

static bool read_digest(struct parsing *p, const json_t *d, struct luks_digest *ret)
{
	const char *type = json_string_value(json_object_get(d, "type"));

	ret->hash = string_of(p, d, "hash");
	ret->salt = bytes_of(p, d, "salt");
	ret->digest = bytes_of(p, d, "digest");
	return type && strcmp(type, "pbkdf2") == 0 && ret->hash && ret->digest.n &&
	       number_of(d, "iterations", &ret->iterations);
}

static int read_slot(struct parsing *p, const char *name, const json_t *v,
		     const json_t *digest, struct err *e)
{
	const json_t *af = json_object_get(v, "af"), *area = json_object_get(v, "area");
	const char *area_type = json_string_value(json_object_get(area, "type"));
	struct luks_slot s = {.af_hash = string_of(p, af, "hash"),
			      .cipher = string_of(p, area, "encryption")};
	uint64_t number;

	if (!text_u64(slice_str(name), UINT32_MAX, &number) || !s.af_hash || !s.cipher ||
	    !area_type || strcmp(area_type, "raw") != 0 ||
	    !number_of(v, "key_size", &s.key_bytes) ||
	    !number_of(af, "stripes", &s.stripes) || !number_of(area, "offset", &s.off) ||
	    !number_of(area, "size", &s.size) ||
	    !number_of(area, "key_size", &s.kdf_bytes) || s.size == 0 ||
	    !read_kdf(p, json_object_get(v, "kdf"), &s.kdf) ||
	    !read_digest(p, digest, &s.digest))
		return makes_no_sense("key slot", name, e);
	s.number = (unsigned)number;
	if (p->l->key_bytes == 0)
		p->l->key_bytes = s.key_bytes;
	if (p->l->key_bytes != s.key_bytes)
		return makes_no_sense("key slot", name, e);
	return vec_push(p->a, &p->l->slots, s) ? 0 : arena_full(p->a, e);
}

/* Slots of another key, or of one that opens nothing here, are left alone. */
static int read_slots(struct parsing *p, const char *segment, struct err *e)
{
	json_t *slots = json_object_get(p->root, "keyslots"), *v;
	const char *name;
	int r = 0;

	if (json_object_size(slots) > LIMIT_LUKS_SLOTS)
		return err_set(e, ERR_LIMIT, "more than %d key slots", LIMIT_LUKS_SLOTS);
	json_object_foreach(slots, name, v)
	{
		const char *type = json_string_value(json_object_get(v, "type"));
		const json_t *digest = digest_of(p, name, segment);

		if (!type)
			return makes_no_sense("key slot", name, e);
		if (strcmp(type, "luks2") == 0 && digest)
			r = read_slot(p, name, v, digest, e);
		if (r < 0)
			return r;
	}
	return p->l->slots.n ? 0
			     : luks_refuse(p->l, p->a, e, "no key slot holds its key");
}

int luks2_parse(struct slice json, struct arena *a, struct luks *ret, struct err *e)
{
	_cleanup_(cleanup_json) json_t *root = NULL;
	struct parsing p = {.a = a, .l = ret};
	const char *segment = NULL;
	json_error_t why;
	int r;

	root = json_loadb((const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(root))
		return err_set(e, ERR_CORRUPT, "its text is no JSON object");
	p.root = root;
	r = read_requirements(&p, e);
	if (r >= 0)
		r = read_tokens(&p, e);
	if (r >= 0)
		r = read_segments(&p, &segment, e);
	if (r >= 0 && segment && ret->code == ERR_NONE)
		r = read_slots(&p, segment, e);
	return r;
}
