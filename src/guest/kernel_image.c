/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kernel images: the x86 boot protocol (Documentation/arch/x86/boot.rst), the Image of
 * arm64 and riscv (booting.rst, boot-image-header.rst), the compressed EFI image (zboot),
 * and ELF. Only the head of the file is read.
 */
#include "kernel_image.h"

#include "codec.h"
#include "elf.h"
#include "limits.h"
#include "pe.h"
#include "text.h"

/* Enough for the headers, and for a decompressor to give its first bytes. */
enum { HEAD_SIZE = 64 * 1024 };

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

/* The x86 boot protocol: where its setup header has what, from the file's start. */
enum {
	X86_SETUP_SECTORS = 0x1f1,
	X86_SIZE = 0x1f4,
	X86_MAGIC = 0x202,
	X86_VERSION = 0x206,
	X86_RELEASE = 0x20e,
	X86_LOAD_FLAGS = 0x236,
	X86_RELEASE_BASE = 0x200,
	X86_HAS_SIZE = 0x204,  /* protocols since this one */
	X86_HAS_FLAGS = 0x20c, /* have these fields */
	X86_FLAG_64 = 1,
	SECTOR = 512,
	RELEASE_MAX = 256,
};

static int x86_release(const struct file_bytes *b, uint16_t at, uint64_t setup_size,
		       struct arena *a, struct kernel_image *image, struct err *e)
{
	uint64_t off = (uint64_t)at + X86_RELEASE_BASE;
	struct slice text, word;
	int r;

	/* 0, or a place behind the setup code: the image does not say. */
	if (at == 0 || off >= setup_size)
		return 0;
	r = file_bytes_read(b, off,
			    b->size - off < RELEASE_MAX ? b->size - off : RELEASE_MAX, a,
			    &text, e);
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
	struct reader rd = reader_of(head);
	uint64_t setup, size;
	uint16_t version, release, flags;
	int r;

	rd_seek(&rd, X86_SETUP_SECTORS);
	setup = rd_u8(&rd);
	setup = ((setup ? setup : 4) + 1) * SECTOR;
	rd_seek(&rd, X86_SIZE);
	size = (uint64_t)rd_u32le(&rd) * 16;
	rd_seek(&rd, X86_VERSION);
	version = rd_u16le(&rd);
	rd_seek(&rd, X86_RELEASE);
	release = rd_u16le(&rd);
	rd_seek(&rd, X86_LOAD_FLAGS);
	flags = rd_u16le(&rd);
	if (!rd_ok(&rd) || setup > b->size)
		return err_set(e, ERR_CORRUPT, "cut short in its setup code");
	if (version >= X86_HAS_SIZE && setup + size > b->size)
		return err_set(e, ERR_CORRUPT, "cut short: %llu bytes of %llu are there",
			       (unsigned long long)b->size,
			       (unsigned long long)(setup + size));
	if (version >= X86_HAS_FLAGS)
		image.arch = flags & X86_FLAG_64 ? "x86_64" : "i386";
	r = x86_release(b, release, setup, a, &image, e);
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
	if (slice_has(head, X86_MAGIC, "HdrS", 4))
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
	r = file_bytes_head(bytes, HEAD_SIZE + SECTOR * 8, a, &head, e);
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
