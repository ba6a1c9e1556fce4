/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel images: the x86 boot protocol (x86_boot.h), the Image of arm64 and riscv
 * (booting.rst, boot-image-header.rst), the compressed EFI image (zboot), and ELF. Only
 * the head of the file is read.
 */
#include "kernel_image.h"

#include "codec.h"
#include "elf.h"
#include "limits.h"
#include "pe.h"
#include "text.h"
#include "x86_boot.h"

/* Enough for the headers, and for a decompressor to give its first bytes. */
enum { HEAD_SIZE = 68 * 1024 };

/* Images known by bytes at a fixed place. */
static const struct {
	uint64_t off;
	const char *magic;
	size_t n;
	const char *kind, *arch;
} magics[] = {
	{0x38, "ARM\x64", 4, "arm64 Image", "aarch64"},
	{0x38, "RSC\x05", 4, "riscv Image", "riscv64"},
	{0x24, "\x18\x28\x6f\x01", 4, "arm zImage", "arm"},
	{0x24, "\x01\x6f\x28\x18", 4, "arm zImage", "armeb"},
	{0x10008, "S390EP", 6, "s390 image", "s390x"},
};

enum { RELEASE_MAX = 256 };

static int x86_release(const struct file_bytes *b, uint64_t at, struct arena *a,
		       struct kernel_image *image, struct err *e)
{
	uint64_t left = b->size - at;
	struct slice text, word;
	int r = file_bytes_read(b, at, left < RELEASE_MAX ? left : RELEASE_MAX, a, &text,
				e);

	if (r < 0)
		return r;
	if (!slice_sub(text, 0, slice_find(text, 0, '\0'), &text) ||
	    !text_word(&text, &word))
		return 0;
	image->release = arena_strndup(a, word);
	return image->release ? 0 : arena_full(a, e);
}

static int read_x86(const struct file_bytes *b, struct slice head, struct arena *a,
		    struct kernel_image *ret, struct err *e)
{
	struct kernel_image image = {.kind = "x86 boot image"};
	struct x86_boot x;
	int r = x86_boot_read(head, &x, e);

	if (r < 0)
		return r;
	if (x.setup > b->size)
		return err_set(e, ERR_CORRUPT, "cut short in its setup code");
	if (x.size > b->size)
		return err_set(e, ERR_CORRUPT, "cut short: %llu bytes of %llu are there",
			       (unsigned long long)b->size, (unsigned long long)x.size);
	image.arch = x.arch;
	r = x.release ? x86_release(b, x.release, a, &image, e) : 0;
	if (r >= 0)
		*ret = image;
	return r;
}

/* A PE file that is no x86 boot image: the EFI stub of another architecture. */
static int read_pe(const struct file_bytes *b, struct arena *a, struct kernel_image *ret,
		   struct err *e)
{
	struct kernel_image image = {.kind = "EFI image"};
	struct pe pe;
	int r = pe_read(b, a, &pe, e);

	if (r < 0)
		return r;
	image.arch = pe.arch;
	*ret = image;
	return 0;
}

static bool read_magic(struct slice head, struct kernel_image *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (slice_has(head, magics[i].off, magics[i].magic, magics[i].n)) {
			*ret = (struct kernel_image){.kind = magics[i].kind,
						     .arch = magics[i].arch};
			return true;
		}
	return false;
}

static bool all_zero(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (slice_at(s, i) != 0)
			return false;
	return true;
}

/* What the bytes at the front say, when they are not compressed. */
static int read_plain(const struct file_bytes *b, struct slice head, struct arena *a,
		      struct kernel_image *ret, struct err *e)
{
	if (x86_boot_is(head))
		return read_x86(b, head, a, ret, e);
	if (read_magic(head, ret))
		return 0;
	if (slice_starts(head, "MZ"))
		return read_pe(b, a, ret, e);
	if (elf_arch(head)) {
		*ret = (struct kernel_image){.kind = "ELF file", .arch = elf_arch(head)};
		return 0;
	}
	if (all_zero(head))
		return err_set(e, ERR_CORRUPT,
			       "it starts with %zu zero bytes, as after a crash", head.n);
	return err_set(e, ERR_CORRUPT, "no kernel image of a kind that is known here");
}

static int no_more(_unused_ void *ctx, struct slice *ret, _unused_ struct err *e)
{
	*ret = SLICE_NONE;
	return 0;
}

/* A compressed kernel: its first bytes, from as much of the file as was read. */
static int unpack_head(enum codec c, struct slice packed, struct arena *a,
		       struct slice *ret, struct err *e)
{
	_cleanup_(decoder_freep) struct decoder *d = NULL;
	struct slice piece;
	void *copy;
	int r = decoder_new(c, (struct codec_input){no_more, NULL}, packed, &d, e);

	if (r >= 0)
		r = decoder_read(d, &piece, e);
	if (r < 0)
		return err_wrap(e, "%s", codec_name(c));
	copy = arena_memdup(a, piece.p, piece.n);
	if (!copy)
		return arena_full(a, e);
	*ret = slice_of(copy, piece.n);
	return 0;
}

int kernel_image_read(const struct file_bytes *bytes, struct arena *a,
		      struct kernel_image *ret, struct err *e)
{
	struct slice head, plain;
	enum codec c;
	int r;

	if (bytes->size == 0)
		return err_set(e, ERR_CORRUPT, "an empty file");
	r = file_bytes_head(bytes, HEAD_SIZE, a, &head, e);
	if (r < 0)
		return r;
	c = codec_detect(head);
	if (c == CODEC_NONE)
		return read_plain(bytes, head, a, ret, e);
	r = unpack_head(c, head, a, &plain, e);
	if (r < 0)
		return r;
	/* Inside, only what the front says is known: the rest was not unpacked. */
	if (read_magic(plain, ret))
		return 0;
	if (elf_arch(plain)) {
		*ret = (struct kernel_image){.kind = "ELF file", .arch = elf_arch(plain)};
		return 0;
	}
	return err_set(e, ERR_CORRUPT, "%s data that is no kernel", codec_name(c));
}
