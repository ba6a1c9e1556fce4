/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs a fuzz target without libFuzzer: every seed file of the folder given, then seeded
 * mutations of each (cuts, flipped bytes, overwritten words), always the same ones.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUTATIONS = 300, SEED_MAX = 1 << 20 };

static uint64_t state = 1;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static void mutate_and_run(const uint8_t *seed, size_t n)
{
	static const uint32_t words[] = {0, 0xffffffff, 0x7fffffff, 0x80000000, 1};
	uint8_t *copy = malloc(n ? n : 1);
	size_t len = n;

	if (!copy)
		abort();
	memcpy(copy, seed, n);
	for (unsigned i = 0, count = 1 + (unsigned)(next_random() % 6); n && i < count;
	     i++) {
		size_t at = (size_t)(next_random() % n);
		uint32_t word = words[next_random() % 5];

		switch (next_random() % 4) {
		case 0:
			len = at;
			break;
		case 1:
			copy[at] = (uint8_t)next_random();
			break;
		case 2:
			copy[at] ^= (uint8_t)(1u << (next_random() % 8));
			break;
		default:
			memcpy(copy + at, &word, n - at < 4 ? n - at : 4);
		}
	}
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int run_seed(const char *dir, const char *name)
{
	static uint8_t data[SEED_MAX];
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return 1;
	}
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	for (unsigned i = 0; i < MUTATIONS; i++)
		mutate_and_run(data, n);
	return 0;
}

static int is_seed(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	struct dirent **names;
	int n = argc == 2 ? scandir(argv[1], &names, is_seed, alphasort) : -1;
	int bad = 0;

	if (n <= 0) {
		fprintf(stderr, "usage: %s SEED-FOLDER (with at least one file)\n",
			argv[0]);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		bad |= run_seed(argv[1], names[i]->d_name);
		free(names[i]);
	}
	free(names);
	printf("%d seeds, %d mutations each\n", n, MUTATIONS);
	return bad;
}
