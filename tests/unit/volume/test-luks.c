/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Encrypted volumes: the cryptography by known answers, both versions of headers, what is
 * refused and by which words, and damage. Expected bytes of ciphers, of the splitter and
 * of PBKDF2 are those of Python's cryptography and hashlib; of Argon2 those of its
 * reference implementation's tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "limits.h"
#include "luks-maker.h"

static struct arena *arena;
static uint8_t volume[MADE_SIZE];
static struct blocks *below;

static const struct made v1 = {1, "aes-xts-plain64", 64, 512};
static const struct made v2 = {2, "aes-xts-plain64", 64, 512};

static int setup(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	arena = arena_new(16 << 20);
	return crypto_start(&e) == 0 &&
			       blocks_buffer(volume, sizeof(volume), &below, &e) == 0
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	(void)state;
	blocks_free(below);
	arena_free(arena);
	return 0;
}

static struct slice from_hex(const char *hex, uint8_t *to)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		to[i] = (uint8_t)byte;
	}
	return slice_of(to, n);
}

static void assert_hex(const uint8_t *have, const char *hex)
{
	uint8_t want[256];
	struct slice s = from_hex(hex, want);

	assert_memory_equal(have, want, s.n);
}

/* --- Known answers --- */

static void splitter(void **state)
{
	static const struct {
		const char *hash, *want;
	} rows[] = {
		{"sha1", "4eefd93dba5bf48a84fdd755fdb977138c7bb85219ec39331bf206fbd2b32c4"
			 "fdae192a1a020ccd449b24bc79ae2921bea41f9e7dc9765ac75b9c99bef9df1"
			 "14"},
		{"sha256", "39b73703cd5301a140379b46031727e20967f49dac6a4cb50349dc59e127"
			   "8a269a43c677b11fb79c2e3a15c7b157c3c310525b0fc03e34c8850b3b90"
			   "fd54f07b"},
	};
	uint8_t data[3 * 64];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_secret_ struct secret s = {0};
		struct err e = ERR_INIT;

		assert_int_equal(secret_new(64, &s, &e), 0);
		assert_int_equal(luks_merge(data, 3, rows[i].hash, &s, &e), 0);
		assert_hex(s.p, rows[i].want);
	}
}

static void pbkdf2(void **state)
{
	static const struct {
		const char *hash;
		size_t n;
		const char *want;
	} rows[] = {
		{"sha1", 20, "8f215e8841cebdd80fade83912ae8ea0ab81f12a"},
		{"sha256", 40,
		 "13ad74ab4b332605dad5c0fb67de2cb30cb073ec3d062474dc6e012960c8816ebd46132"
		 "da5a215f4"},
		{"sha512", 64,
		 "454ea6c5e1326147cd4fc9c8b1d5a2dd6c5427f17cda87e2da3793a73c3d8e107b642af"
		 "80361f389229dabc6ac42cfc7bab2de4d5c0d797863d9abf41f01de9f"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_secret_ struct secret s = {0};
		struct err e = ERR_INIT;

		assert_int_equal(secret_new(rows[i].n, &s, &e), 0);
		assert_int_equal(crypto_pbkdf2(rows[i].hash, slice_str("passwd"),
					       slice_str("salt"), 7, &s, &e),
				 0);
		assert_hex(s.p, rows[i].want);
	}
}

static void argon2(void **state)
{
	static const struct {
		const char *kind;
		uint64_t lanes;
		const char *want;
	} rows[] = {
		{"argon2i", 1,
		 "89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f"},
		{"argon2id", 1,
		 "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		{"argon2id", 2,
		 "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct crypto_argon2 how = {rows[i].kind, 2, 256, rows[i].lanes};
		_cleanup_secret_ struct secret s = {0};
		struct err e = ERR_INIT;

		assert_int_equal(secret_new(32, &s, &e), 0);
		assert_int_equal(crypto_argon2(&how, slice_str("password"),
					       slice_str("somesalt"), &s, &e),
				 0);
		assert_hex(s.p, rows[i].want);
	}
}

static void ciphers(void **state)
{
	static const struct {
		const char *name;
		size_t key;
		uint32_t unit;
		const char *first, *second; /* 16 bytes at 0 and at 512 */
	} rows[] = {
		{"aes-xts-plain64", 64, 512, "1ad4aaecba8050a2cdaaa7327fec9bf4",
		 "56c13f6c5119c220742ce6a129472f9a"},
		{"aes-xts-plain64", 64, 1024, "1ad4aaecba8050a2cdaaa7327fec9bf4",
		 "9cfc2fc06b559210e4189a91c4f6bc86"},
		{"aes-cbc-plain64", 32, 512, "e836cb47c79aa0a6550ea8d2121fc728",
		 "f5f7373face6fc46a4373460d3e66e9c"},
		{"aes-cbc-plain", 32, 512, "86d24c1e594acb6c64d57ae7f4a9d638",
		 "fab785f45428455f89b0637dbfc03fb0"},
		{"aes-cbc-plain64be", 32, 512, "7e43107b1c143cc87d38c117beecc26f",
		 "c3c67ddec460bed5386dd25108559380"},
		{"aes-cbc-essiv:sha256", 32, 512, "97be7e93b5e5a78d4148c8997838ac2c",
		 "248376472d0d74c2680d2de55f357f1f"},
	};
	uint8_t key[64], data[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(crypto_cipher_freep) struct crypto_cipher *c = NULL;
		struct err e = ERR_INIT;

		for (size_t k = 0; k < sizeof(data); k++)
			data[k] = (uint8_t)k;
		assert_int_equal(crypto_cipher_new(rows[i].name,
						   slice_of(key, rows[i].key), &c, &e),
				 0);
		assert_int_equal(crypto_sectors(c, true, 0x123456789a, rows[i].unit, data,
						sizeof(data), &e),
				 0);
		assert_hex(data, rows[i].first);
		assert_hex(data + 512, rows[i].second);
		assert_int_equal(crypto_sectors(c, false, 0x123456789a, rows[i].unit,
						data, sizeof(data), &e),
				 0);
		for (size_t k = 0; k < sizeof(data); k++)
			assert_int_equal(data[k], (uint8_t)k);
	}
}

static void unknown_ciphers(void **state)
{
	static const struct {
		const char *name;
		size_t key;
	} rows[] = {{"aes-xts-plain64", 40},
		    {"aes-lrw-benbi", 48},
		    {"aes-xts", 64},
		    {"aes", 32},
		    {"cipher_null-ecb", 0},
		    {"aes-cbc-essiv:md5", 32},
		    {"aes-cbc-essiv", 32},
		    {"aes-cbc-plain64:sha256", 32},
		    {"xchacha12,aes-adiantum-plain64", 32},
		    {"", 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(crypto_cipher_check(rows[i].name, rows[i].key, &e),
				 -ERR_UNSUPPORTED);
	}
}

/* --- Opening --- */

static int open_with(const char *key, struct blocks **ret, struct err *e)
{
	struct luks_budget budget = LUKS_BUDGET;
	struct luks l = {0};
	int r = luks_read(below, true, arena, &l, e);

	return r < 0 ? r : luks_open(below, &l, slice_str(key), &budget, NULL, ret, e);
}

static void check_plain(struct blocks *plain)
{
	static const struct {
		uint64_t off;
		size_t len;
	} rows[] = {{0, 512},     {0, 1},     {511, 2},   {100, 5000},
		    {4096, 8192}, {32767, 1}, {3, 32765}, {32768, 0}};
	uint8_t buf[MADE_SIZE - MADE_DATA];
	struct err e = ERR_INIT;

	assert_int_equal(plain->size, MADE_SIZE - MADE_DATA);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(blocks_read(plain, rows[i].off, buf, rows[i].len, &e),
				 0);
		for (size_t k = 0; k < rows[i].len; k++)
			assert_int_equal(buf[k], made_byte(rows[i].off + k));
	}
	assert_true(blocks_read(plain, plain->size, buf, 1, &e) < 0);
}

static void opens(void **state)
{
	static const struct made rows[] = {
		{1, "aes-xts-plain64", 64, 512},
		{1, "aes-cbc-essiv:sha256", 32, 512},
		{1, "serpent-xts-plain64", 32, 512},
		{1, "twofish-cbc-plain64", 16, 512},
		{2, "aes-xts-plain64", 64, 512},
		{2, "aes-xts-plain64", 32, 4096},
		{2, "aes-cbc-essiv:sha256", 32, 1024},
		{2, "camellia-xts-plain64", 64, 2048},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blocks *plain = NULL;
		struct err e = ERR_INIT;

		make_luks(&rows[i], volume);
		assert_int_equal(open_with("another key", &plain, &e), 0);
		assert_null(plain);
		assert_int_equal(open_with(MADE_KEY, &plain, &e), 1);
		assert_int_equal(plain->sector_size, rows[i].sector_size);
		check_plain(plain);
		blocks_free(plain);
	}
}

static void writes(void **state)
{
	static const struct made rows[] = {{2, "aes-xts-plain64", 64, 512},
					   {2, "aes-cbc-essiv:sha256", 32, 4096}};
	static uint8_t change[20000];

	(void)state;
	memset(change, 0x5a, sizeof(change));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blocks *plain = NULL;
		struct err e = ERR_INIT;
		uint8_t buf[MADE_SIZE - MADE_DATA];

		make_luks(&rows[i], volume);
		assert_int_equal(open_with(MADE_KEY, &plain, &e), 1);
		assert_int_equal(blocks_write(plain, 4095, change, 3, &e), 0);
		assert_int_equal(blocks_write(plain, 8192, change, 4096, &e), 0);
		assert_int_equal(blocks_write(plain, 12345, change, 20000, &e), 0);
		blocks_free(plain);
		plain = NULL;
		assert_int_equal(open_with(MADE_KEY, &plain, &e), 1);
		assert_int_equal(blocks_read(plain, 0, buf, sizeof(buf), &e), 0);
		for (size_t k = 0; k < sizeof(buf); k++) {
			bool changed = (k >= 4095 && k < 4098) ||
				       (k >= 8192 && k < 12288) ||
				       (k >= 12345 && k < 32345);

			assert_int_equal(buf[k], changed ? 0x5a : made_byte(k));
		}
		blocks_free(plain);
	}
}

/* A key that was found opens the volume again without any work, and no other one. */
static void known_keys(void **state)
{
	struct luks_budget budget = LUKS_BUDGET, little = {2000, 0};
	struct luks_known known = {0};
	struct blocks *plain = NULL;
	struct err e = ERR_INIT;
	struct luks l = {0};

	(void)state;
	make_luks(&v2, volume);
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(luks_open_known(below, &l, &known, &budget, &plain, &e), 0);
	assert_int_equal(
		luks_open(below, &l, slice_str(MADE_KEY), &budget, &known, &plain, &e),
		1);
	blocks_free(plain);
	assert_int_equal(known.n, 1);
	assert_int_equal(luks_open_known(below, &l, &known, &little, &plain, &e), 1);
	check_plain(plain);
	blocks_free(plain);
	known.v[0].key.p[3] ^= 1;
	assert_int_equal(luks_open_known(below, &l, &known, &budget, &plain, &e), 0);
	luks_known_wipe(&known);
	assert_int_equal(known.n, 0);
}

static void header_is_told(void **state)
{
	struct err e = ERR_INIT;
	struct luks l = {0};

	(void)state;
	make_luks(&v2, volume);
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(l.version, 2);
	assert_string_equal(l.uuid, MADE_UUID);
	assert_string_equal(l.label, "the label");
	assert_string_equal(l.cipher, "aes-xts-plain64");
	assert_int_equal(l.key_bytes, 64);
	assert_true(strs_has(&l.tokens, "clevis"));
	assert_int_equal(l.slots.n, 1);
	assert_int_equal(l.remarks.n, 0);
	make_luks(&v1, volume);
	assert_int_equal(luks_read(below, false, arena, &l, &e), 0);
	assert_int_equal(l.version, 1);
	assert_string_equal(l.uuid, MADE_UUID);
	assert_string_equal(l.cipher, "aes-xts-plain64");
	assert_int_equal(l.slots.v[0].number, 1);
}

static void second_header(void **state)
{
	struct made newer = v2;
	struct blocks *plain = NULL;
	struct err e = ERR_INIT;
	struct luks l = {0};
	static uint8_t other[MADE_SIZE];

	(void)state;
	make_luks(&v2, volume);
	volume[5000] ^= 1; /* in the text of the first */
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(l.remarks.n, 1);
	assert_int_equal(open_with(MADE_KEY, &plain, &e), 1);
	check_plain(plain);
	blocks_free(plain);
	volume[8] = 1; /* the first does not tell where the second is */
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	volume[16384 + 5000] ^= 1;
	assert_int_equal(luks_read(below, true, arena, &l, &e), -ERR_CORRUPT);

	/* A newer second one counts. */
	newer.seqid = 4;
	newer.sector_size = 4096;
	make_luks(&newer, other);
	make_luks(&v2, volume);
	memcpy(volume + 16384, other + 16384, 16384);
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(l.sector_size, 4096);
}

/* What is checked is what was read of its length. */
static void each_header_is_read_once(void **state)
{
	uint64_t before = below->bytes;
	struct err e = ERR_INIT;
	struct luks l = {0};

	(void)state;
	make_luks(&v2, volume);
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(below->bytes - before, 8 + 2 * 16384);
	volume[8] = 1; /* its length, without which only its front is read */
	before = below->bytes;
	assert_int_equal(luks_read(below, true, arena, &l, &e), 0);
	assert_int_equal(below->bytes - before, 8 + 4096 + 16384);
}

/* --- What is refused --- */

static void refused(void **state)
{
	static const struct {
		struct made made;
		const char *words;
	} rows[] = {
		{{2, "aes-xts-plain64", 64, 512,
		  .segment = ",\"integrity\":{\"type\":"
			     "\"hmac(sha256)\"}"},
		 "integrity hmac(sha256)"},
		{{2, "aes-xts-plain64", 64, 512,
		  .extra = "\"config\":{\"requirements\":{\"mandatory\":[\"online-"
			   "reencrypt-v2\"]}},"},
		 ""}, /* a key twice is no text that counts */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct blocks *plain = NULL;
		struct err e = ERR_INIT;

		make_luks(&rows[i].made, volume);
		assert_true(open_with(MADE_KEY, &plain, &e) < 0);
		assert_non_null(strstr(e.text, rows[i].words));
	}
}

/* The text of a header with one part of it replaced. */
static const char *edited(const char *from, const char *to)
{
	static char text[12288], out[12288];
	struct secret key = {0};
	const char *at;

	made_volume_key(&v2, &key);
	made_json(&v2, text, sizeof(text), &key);
	secret_wipe(&key);
	at = strstr(text, from);
	assert_non_null(at);
	snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - text), text, to,
		 at + strlen(from));
	return out;
}

static void texts_refused(void **state)
{
	static const struct {
		const char *from, *to, *words;
	} rows[] = {
		{"\"config\":{",
		 "\"config\":{\"requirements\":{\"mandatory\":[\"online-"
		 "reencrypt-v2\"]},",
		 "reencryption has not ended"},
		{"\"config\":{",
		 "\"config\":{\"requirements\":{\"mandatory\":[\"opal\"]},",
		 "it requires opal"},
		{"\"segments\":{", "\"segments\":{\"1\":{\"type\":\"linear\"},",
		 "it has 2 segments"},
		{"\"segments\":{\"0\":{\"type\":\"crypt\"",
		 "\"segments\":{\"0\":{\"type\":\"hw-opal\"", "of the kind hw-opal"},
		{"\"segments\":{\"0\":", "\"segments\":{},\"other\":{\"0\":",
		 "a detached header"},
		{"\"segments\":[\"0\"]", "\"segments\":[]", "no key slot holds its key"},
		{"\"type\":\"luks2\"", "\"type\":\"reencrypt\"",
		 "no key slot holds its key"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct luks l = {.sector_size = 512};
		struct err e = ERR_INIT;
		const char *text = edited(rows[i].from, rows[i].to);

		assert_int_equal(luks2_parse(slice_str(text), arena, &l, &e), 0);
		assert_int_equal(l.code, ERR_UNSUPPORTED);
		assert_non_null(strstr(l.problem, rows[i].words));
	}
}

static void texts_damaged(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"{\"keyslots\"", "[\"keyslots\""},
		{"\"sector_size\":512", "\"sector_size\":768"},
		{"\"sector_size\":512", "\"sector_size\":-512"},
		{"\"offset\":\"32768\"", "\"offset\":\"x\""},
		{"\"size\":\"dynamic\"", "\"size\":\"0\""},
		{"\"stripes\":5", "\"stripes\":\"five\""},
		{"\"kdf\":{\"type\":\"pbkdf2\"", "\"kdf\":{\"type\":7"},
		{"\"digest\":\"", "\"digest\":\"!"},
		{"\"keyslots\":{\"1\"", "\"keyslots\":{\"one\""},
		{"\"type\":\"raw\"", "\"type\":\"none\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct luks l = {.sector_size = 512};
		struct err e = ERR_INIT;
		const char *text = edited(rows[i].from, rows[i].to);
		int r = luks2_parse(slice_str(text), arena, &l, &e);

		assert_true(r == -ERR_CORRUPT || l.code != ERR_NONE);
	}
}

/* Work and memory that a header asks for are bounded, and the bound is named. */
static void work_is_bounded(void **state)
{
	static const struct {
		const char *kdf, *words;
		int code;
	} rows[] = {
		{"\"type\":\"pbkdf2\",\"hash\":\"sha256\",\"iterations\":4000000000",
		 "PBKDF2 asks for more work", -ERR_LIMIT},
		{"\"type\":\"argon2id\",\"time\":4,\"memory\":4194304,\"cpus\":4",
		 "4194304 KiB of memory", -ERR_LIMIT},
		{"\"type\":\"argon2id\",\"time\":4000000000,\"memory\":1024,\"cpus\":4",
		 "argon2id asks for more work", -ERR_LIMIT},
		{"\"type\":\"argon2i\",\"time\":0,\"memory\":1024,\"cpus\":4",
		 "numbers that make no sense", -ERR_CORRUPT},
		{"\"type\":\"argon2i\",\"time\":4,\"memory\":8,\"cpus\":4",
		 "numbers that make no sense", -ERR_CORRUPT},
		{"\"type\":\"scrypt\"", "a key from scrypt", -ERR_UNSUPPORTED},
		{"\"type\":\"pbkdf2\",\"hash\":\"md4\",\"iterations\":1000", "hash md4",
		 -ERR_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct made made = v2;
		struct blocks *plain = NULL;
		struct err e = ERR_INIT;

		made.kdf = rows[i].kdf;
		make_luks(&made, volume);
		assert_int_equal(open_with(MADE_KEY, &plain, &e), rows[i].code);
		assert_non_null(strstr(e.text, rows[i].words));
	}
}

static void first_version_refused(void **state)
{
	struct blocks *plain = NULL;
	struct err e = ERR_INIT;

	(void)state;
	make_luks(&v1, volume);
	put_be(volume + 104, 4, 0);
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "detached header"));
	make_luks(&v1, volume);
	put_be(volume + 104, 4, MADE_SIZE / 512);
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_UNSUPPORTED);
	make_luks(&v1, volume);
	put_be(volume + 208 + 48 + 44, 4, 0xffffffff); /* stripes */
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_LIMIT);
	make_luks(&v1, volume);
	put_be(volume + 208 + 48 + 40, 4, 0xffffff); /* where they are */
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_CORRUPT);
	make_luks(&v1, volume);
	put_be(volume + 208, 4, 7); /* state of a slot */
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_CORRUPT);
	make_luks(&v1, volume);
	volume[7] = 3;
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_UNSUPPORTED);
	make_luks(&v1, volume);
	volume[0] = 'l';
	assert_int_equal(open_with(MADE_KEY, &plain, &e), -ERR_ABSENT);
}

/* A damaged header opens as it was or not at all. */
static void damage(void **state)
{
	static const struct made *const makes[] = {&v1, &v2};
	static uint8_t good[MADE_SIZE];
	static const size_t lengths[] = {
		0,     7,     8,     591,   592,   4095,          4096,
		16383, 16384, 20480, 32768, 33000, MADE_DATA - 1, MADE_DATA};

	(void)state;
	for (size_t m = 0; m < ARRAY_LEN(makes); m++) {
		struct err e = ERR_INIT;

		make_luks(makes[m], good);
		for (size_t i = 0; i < 592; i++) {
			struct blocks *plain = NULL;

			memcpy(volume, good, sizeof(volume));
			volume[i] ^= (uint8_t)(1u << i % 8);
			/* A changed number of iterations may take long. */
			if (m == 0 && i >= 164 && i < 168)
				continue;
			if (m == 0 && i >= 208 + 48 + 4 && i < 208 + 48 + 8)
				continue;
			if (open_with(MADE_KEY, &plain, &e) == 1)
				blocks_free(plain);
		}
		for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
			struct blocks *part, *plain = NULL;
			struct luks_budget budget = LUKS_BUDGET;
			struct luks l = {0};

			assert_int_equal(
				blocks_memory(slice_of(good, lengths[i]), &part, &e), 0);
			if (luks_read(part, true, arena, &l, &e) >= 0)
				assert_true(luks_open(part, &l, slice_str(MADE_KEY),
						      &budget, NULL, &plain, &e) < 0);
			blocks_free(part);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splitter),
		cmocka_unit_test(pbkdf2),
		cmocka_unit_test(argon2),
		cmocka_unit_test(ciphers),
		cmocka_unit_test(unknown_ciphers),
		cmocka_unit_test(opens),
		cmocka_unit_test(writes),
		cmocka_unit_test(known_keys),
		cmocka_unit_test(header_is_told),
		cmocka_unit_test(second_header),
		cmocka_unit_test(each_header_is_read_once),
		cmocka_unit_test(refused),
		cmocka_unit_test(texts_refused),
		cmocka_unit_test(texts_damaged),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(first_version_refused),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
