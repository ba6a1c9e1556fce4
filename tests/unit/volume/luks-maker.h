/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small encrypted volumes in memory: a slot of few stripes and cheap work. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "luks_crypto.h"
#include "luks_parts.h"
#include "put.h"
#include "strbuf.h"

enum { MADE_SIZE = 96 * 1024, MADE_DATA = 64 * 1024, MADE_STRIPES = 5 };
#define MADE_KEY  "the key"
#define MADE_UUID "11111111-2222-3333-4444-555555555555"

static const uint8_t made_salt[32] = "0123456789abcdef0123456789abcde";

/* What a volume is made with; what is left out is as cryptsetup makes it. */
struct made {
	unsigned version;
	const char *cipher; /* "aes-xts-plain64" */
	size_t key_bytes;
	uint32_t sector_size;
	const char *kdf;     /* of version 2: the JSON between { } behind the salt */
	const char *extra;   /* of version 2: JSON that comes before "segments" */
	const char *segment; /* of version 2: more in the segment */
	uint64_t seqid;
};

static void made_volume_key(const struct made *m, struct secret *key)
{
	struct err e = ERR_INIT;

	if (secret_new(m->key_bytes, key, &e) < 0)
		abort();
	for (size_t i = 0; i < key->n; i++)
		key->p[i] = (uint8_t)(i * 11 + 1);
}

/* The plain byte at an offset of the payload. */
static uint8_t made_byte(uint64_t off)
{
	return (uint8_t)(off * 7 + off / 512);
}

static void made_payload(const struct made *m, uint8_t *volume, const struct secret *key)
{
	struct err e = ERR_INIT;
	struct crypto_cipher *c;

	for (size_t i = MADE_DATA; i < MADE_SIZE; i++)
		volume[i] = made_byte(i - MADE_DATA);
	if (crypto_cipher_new(m->cipher, secret_slice(key), &c, &e) < 0 ||
	    crypto_sectors(c, true, 0, m->sector_size, volume + MADE_DATA,
			   MADE_SIZE - MADE_DATA, &e) < 0)
		abort();
	crypto_cipher_free(c);
}

/* Stripes of any bytes, of which the last makes the key of what the others merge to. */
static void made_material(const struct made *m, uint8_t *to, const struct secret *key)
{
	struct secret merged = {0}, derived = {0};
	size_t n = key->n * MADE_STRIPES, whole = (n + 511) / 512 * 512;
	struct crypto_cipher *c;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n; i++)
		to[i] = i < n - key->n ? (uint8_t)(i * 3) : 0;
	if (secret_new(key->n, &merged, &e) < 0 || secret_new(key->n, &derived, &e) < 0 ||
	    luks_merge(to, MADE_STRIPES, "sha256", &merged, &e) < 0 ||
	    crypto_pbkdf2("sha256", slice_str(MADE_KEY), slice_of(made_salt, 32), 1000,
			  &derived, &e) < 0)
		abort();
	for (size_t i = 0; i < key->n; i++)
		to[n - key->n + i] = merged.p[i] ^ key->p[i];
	if (crypto_cipher_new(m->cipher, secret_slice(&derived), &c, &e) < 0 ||
	    crypto_sectors(c, true, 0, 512, to, whole, &e) < 0)
		abort();
	crypto_cipher_free(c);
	secret_wipe(&merged);
	secret_wipe(&derived);
}

static void made_digest(const struct secret *key, size_t n, uint8_t *to)
{
	struct secret digest = {0};
	struct err e = ERR_INIT;

	if (secret_new(n, &digest, &e) < 0 ||
	    crypto_pbkdf2("sha256", secret_slice(key), slice_of(made_salt, 32), 1000,
			  &digest, &e) < 0)
		abort();
	memcpy(to, digest.p, n);
	secret_wipe(&digest);
}

static void made_header1(const struct made *m, uint8_t *h, const struct secret *key)
{
	const char *dash = strchr(m->cipher, '-');

	memcpy(h, "LUKS\xba\xbe\0\1", 8);
	memcpy(h + 8, m->cipher, (size_t)(dash - m->cipher));
	memcpy(h + 40, dash + 1, strlen(dash + 1));
	memcpy(h + 72, "sha256", 6);
	put_be(h + 104, 4, MADE_DATA / 512);
	put_be(h + 108, 4, m->key_bytes);
	made_digest(key, 20, h + 112);
	memcpy(h + 132, made_salt, 32);
	put_be(h + 164, 4, 1000);
	memcpy(h + 168, MADE_UUID, 36);
	for (unsigned i = 0; i < 8; i++) {
		uint8_t *slot = h + 208 + 48 * i;

		put_be(slot, 4, i == 1 ? 0x00ac71f3 : 0x0000dead);
		put_be(slot + 4, 4, 1000);
		memcpy(slot + 8, made_salt, 32);
		put_be(slot + 40, 4, 32768 / 512);
		put_be(slot + 44, 4, MADE_STRIPES);
	}
}

static void made_base64(const uint8_t *p, size_t n, char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
				     "yz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 |
			     (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
			     (i + 2 < n ? p[i + 2] : 0);

		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*to = '\0';
}

static void made_json(const struct made *m, char *to, size_t room,
		      const struct secret *key)
{
	static const char pbkdf2[] = "\"type\":\"pbkdf2\",\"hash\":\"sha256\","
				     "\"iterations\":1000";
	char salt[64], digest[64];
	uint8_t sum[32];

	made_base64(made_salt, 32, salt);
	made_digest(key, 32, sum);
	made_base64(sum, 32, digest);
	snprintf(to, room,
		 "{\"keyslots\":{\"1\":{\"type\":\"luks2\",\"key_size\":%zu,"
		 "\"af\":{\"type\":\"luks1\",\"stripes\":%d,\"hash\":\"sha256\"},"
		 "\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":\"8192\","
		 "\"encryption\":\"%s\",\"key_size\":%zu},"
		 "\"kdf\":{%s,\"salt\":\"%s\"}}},"
		 "\"tokens\":{\"0\":{\"type\":\"clevis\",\"keyslots\":[\"1\"]}},%s"
		 "\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"%d\","
		 "\"size\":\"dynamic\",\"iv_tweak\":\"0\",\"encryption\":\"%s\","
		 "\"sector_size\":%u%s}},"
		 "\"digests\":{\"0\":{\"type\":\"pbkdf2\",\"keyslots\":[\"1\"],"
		 "\"segments\":[\"0\"],\"hash\":\"sha256\",\"iterations\":1000,"
		 "\"salt\":\"%s\",\"digest\":\"%s\"}},"
		 "\"config\":{\"json_size\":\"12288\",\"keyslots_size\":\"32768\"}}",
		 m->key_bytes, MADE_STRIPES, m->cipher, m->key_bytes,
		 m->kdf ? m->kdf : pbkdf2, salt, m->extra ? m->extra : "", MADE_DATA,
		 m->cipher, m->sector_size, m->segment ? m->segment : "", salt, digest);
}

static void made_sum(uint8_t *h)
{
	struct slice whole = slice_of(h, 16384);
	uint8_t sum[CRYPTO_HASH_MAX];
	struct err e = ERR_INIT;

	memset(h + 448, 0, 64);
	if (crypto_hash("sha256", &whole, 1, sum, &e) < 0)
		abort();
	memcpy(h + 448, sum, 32);
}

static void made_header2(const struct made *m, uint8_t *volume, const struct secret *key)
{
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *h = volume + 16384 * i;

		memcpy(h, i ? "SKUL\xba\xbe\0\2" : "LUKS\xba\xbe\0\2", 8);
		put_be(h + 8, 8, 16384);
		put_be(h + 16, 8, m->seqid + 3);
		memcpy(h + 24, "the label", 9);
		memcpy(h + 72, "sha256", 6);
		memcpy(h + 168, MADE_UUID, 36);
		put_be(h + 256, 8, 16384 * i);
		made_json(m, (char *)h + 4096, 12288, key);
		made_sum(h);
	}
}

/* Fills `volume` of MADE_SIZE bytes. */
static void make_luks(const struct made *m, uint8_t *volume)
{
	struct secret key = {0};
	struct err e = ERR_INIT;

	if (crypto_start(&e) < 0)
		abort();
	memset(volume, 0, MADE_SIZE);
	made_volume_key(m, &key);
	made_material(m, volume + 32768, &key);
	made_payload(m, volume, &key);
	if (m->version == 1)
		made_header1(m, volume, &key);
	else
		made_header2(m, volume, &key);
	secret_wipe(&key);
}
