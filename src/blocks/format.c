/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a file is by its first (or last) bytes: which image format, or what else that
 * people take for a disk.
 */
#include <string.h>

#include "checked.h"
#include "image.h"

/* `tail`: the magic is counted from the end of the file. */
struct magic {
	const char *format; /* as qemu-img -f has it */
	const char *name;   /* as people call it */
	bool tail;
	uint32_t off; /* from the start, or back from the end */
	uint8_t len;
	const char *bytes;
};

/* Formats other than qcow2. */
static const struct magic images[] = {
	{"qcow", "qcow version 1", false, 0, 8, "QFI\xfb\0\0\0\1"},
	{"vmdk", "VMDK", false, 0, 4, "KDMV"},
	{"vmdk", "VMDK (ESX sparse)", false, 0, 4, "COWD"},
	{"vmdk", "VMDK descriptor", false, 0, 21, "# Disk DescriptorFile"},
	{"vhdx", "VHDX", false, 0, 8, "vhdxfile"},
	{"vpc", "VHD", false, 0, 8, "conectix"},
	{"vpc", "VHD", true, 512, 8, "conectix"},
	{"vdi", "VDI", false, 64, 4, "\x7f\x10\xda\xbe"},
	{"qed", "QED", false, 0, 4, "QED\0"},
	{"parallels", "Parallels", false, 0, 16, "WithoutFreeSpace"},
	{"parallels", "Parallels", false, 0, 16, "WithouFreSpacExt"},
	{"bochs", "Bochs", false, 0, 22, "Bochs Virtual HD Image"},
	{"cloop", "cloop", false, 0, 21, "#!/bin/sh\n#V2.0 Forma"},
	{"dmg", "DMG", true, 512, 4, "koly"},
};

/* No images of disks; `format` has what to do. */
static const struct magic others[] = {
	{"convert it with `ewfexport` or the like", "an EnCase (E01) image", false, 0, 8,
	 "EVF\x09\x0d\x0a\xff\0"},
	{"convert it with `ewfexport` or the like", "an EnCase (Ex01) image", false, 0, 8,
	 "EVF2\x0d\x0a\x81\0"},
	{"convert it with `affconvert`", "an AFF image", false, 0, 6, "AFF10\r"},
	{"decompress it first", "compressed by gzip", false, 0, 3, "\x1f\x8b\x08"},
	{"decompress it first", "compressed by xz", false, 0, 6,
	 "\xfd"
	 "7zXZ\0"},
	{"decompress it first", "compressed by bzip2", false, 0, 10, "BZh91AY&SY"},
	{"decompress it first", "compressed by zstd", false, 0, 4, "\x28\xb5\x2f\xfd"},
	{"unpack it and name the disks in it", "a ZIP archive", false, 0, 4, "PK\3\4"},
	{"unpack it and name the disks in it", "a 7-Zip archive", false, 0, 6,
	 "7z\xbc\xaf\x27\x1c"},
	{"an OVA is read by -a FILE,format=ova; unpack another one and name the disks in "
	 "it",
	 "a tar archive", false, 257, 5, "ustar"},
};

const char *blocks_served_name(const char *format)
{
	for (size_t i = 0; i < ARRAY_LEN(images); i++)
		if (strcmp(images[i].format, format) == 0)
			return images[i].name;
	return NULL;
}

static int has_magic(struct blocks *file, const struct magic *m, bool *ret, struct err *e)
{
	uint8_t got[32];
	uint64_t off = m->tail ? file->size - m->off : m->off;
	int r;

	*ret = false;
	if (m->tail && file->size < m->off)
		return 0;
	if (!range_fits(off, m->len, file->size))
		return 0;
	r = blocks_read(file, off, got, m->len, e);
	if (r < 0)
		return r;
	*ret = memcmp(got, m->bytes, m->len) == 0;
	return 0;
}

/* "QFI\xfb" and a version; version 1 is another format, an unknown one is refused when
 * the header is decoded. */
static int has_qcow2_magic(struct blocks *file, bool *ret, struct err *e)
{
	uint8_t head[8];
	struct reader rd = reader_of(slice_of(head, sizeof(head)));
	int r;

	*ret = false;
	if (file->size < sizeof(head))
		return 0;
	r = blocks_read(file, 0, head, sizeof(head), e);
	if (r < 0)
		return r;
	*ret = rd_u32be(&rd) == 0x514649fb && rd_u32be(&rd) != 1;
	return 0;
}

/* The row of a table whose magic the file has, or NULL. */
static int find_magic(struct blocks *file, const struct magic *table, size_t n,
		      const struct magic **ret, struct err *e)
{
	*ret = NULL;
	for (size_t i = 0; i < n; i++) {
		bool hit;
		int r = has_magic(file, &table[i], &hit, e);

		if (r < 0)
			return r;
		if (hit) {
			*ret = &table[i];
			return 0;
		}
	}
	return 0;
}

int image_probe(struct blocks *file, const char **ret_format, struct err *e)
{
	const struct magic *m = NULL;
	bool qcow2;
	int r = has_qcow2_magic(file, &qcow2, e);

	if (r >= 0 && !qcow2)
		r = find_magic(file, images, ARRAY_LEN(images), &m, e);
	if (r >= 0)
		*ret_format = qcow2 ? "qcow2" : m ? m->format : NULL;
	return r;
}

int image_refuse_others(struct blocks *file, struct err *e)
{
	const struct magic *m;
	int r = find_magic(file, others, ARRAY_LEN(others), &m, e);

	return r < 0 || !m
		       ? r
		       : err_set(e, ERR_UNSUPPORTED,
				 "is %s, not a disk image: %s. If it is a raw disk that "
				 "starts like that, say so: -a FILE,format=raw",
				 m->name, m->format);
}
