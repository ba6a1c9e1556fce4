/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* luks-dump FILE KEY: tells what an encrypted volume is, and when KEY is not empty writes
 * its plain bytes to standard output instead. Used by oracle-luks.py. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "luks.h"
#include "luks_crypto.h"

static int tell(const struct luks *l)
{
	printf("%u %s %s %llu %s\n", l->version, l->uuid, l->cipher ? l->cipher : "-",
	       (unsigned long long)l->key_bytes * 8, l->problem ? l->problem : "");
	return 0;
}

static int copy(struct blocks *plain, struct err *e)
{
	static uint8_t buf[1 << 16];
	int r = 0;

	for (uint64_t at = 0; r >= 0 && at < plain->size; at += sizeof(buf)) {
		uint64_t left = plain->size - at;
		size_t n = left < sizeof(buf) ? (size_t)left : sizeof(buf);

		r = blocks_read(plain, at, buf, n, e);
		if (r >= 0)
			fwrite(buf, 1, n, stdout);
	}
	return r;
}

int main(int argc, char **argv)
{
	struct luks_budget budget = LUKS_BUDGET;
	struct blocks *b = NULL, *plain = NULL;
	struct arena *a = arena_new(1 << 24);
	struct err e = ERR_INIT;
	struct luks l = {0};
	int fd, r;

	if (argc != 3 || !a || (fd = open(argv[1], O_RDONLY | O_CLOEXEC)) < 0)
		return 2;
	r = crypto_start(&e);
	if (r >= 0)
		r = blocks_raw(fd, &b, &e);
	if (r >= 0)
		r = luks_read(b, true, a, &l, &e);
	if (r >= 0)
		r = argv[2][0] ? luks_open(b, &l, slice_str(argv[2]), &budget, NULL,
					   &plain, &e)
			       : tell(&l);
	if (r == 1)
		r = copy(plain, &e);
	else if (r == 0 && argv[2][0])
		r = err_set(&e, ERR_REFUSED, "no key slot opens");
	if (r < 0)
		fprintf(stderr, "%s\n", e.text);
	blocks_free(plain);
	blocks_free(b);
	arena_free(a);
	return r < 0;
}
