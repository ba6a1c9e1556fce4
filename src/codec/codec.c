/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of compressions: their names and magics.
 */
#include "codec.h"

static const struct {
	const char *name;
	const char *magic;
	size_t magic_len;
} codecs[CODEC_COUNT] = {
	[CODEC_NONE] = {"none", "", 0},
	[CODEC_GZIP] = {"gzip", "\x1f\x8b", 2},
	[CODEC_BZIP2] = {"bzip2", "BZh", 3},
	[CODEC_XZ] = {"xz",
		      "\xfd"
		      "7zXZ\0",
		      6},
	[CODEC_LZMA] = {"lzma", "\x5d\0\0", 3},
	[CODEC_LZO] = {"lzo", "\x89LZO\0", 5},
	[CODEC_LZ4_LEGACY] = {"lz4-legacy", "\x02\x21\x4c\x18", 4},
	[CODEC_LZ4] = {"lz4", "\x04\x22\x4d\x18", 4},
	[CODEC_ZSTD] = {"zstd", "\x28\xb5\x2f\xfd", 4},
};

const char *codec_name(enum codec c)
{
	return c < CODEC_COUNT ? codecs[c].name : "unknown";
}

enum codec codec_detect(struct slice head)
{
	for (enum codec c = CODEC_NONE + 1; c < CODEC_COUNT; c++)
		if (slice_has(head, 0, codecs[c].magic, codecs[c].magic_len))
			return c;
	return CODEC_NONE;
}
