/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of signature.h. Offsets are those of each format's superblock as Linux reads
 * it; names and the form of UUIDs are blkid's, because fstab and the kernel's command
 * line use them.
 */
#include "signature.h"

#include <inttypes.h>

#include "limits.h"

/* All fixed signatures but those of ZFS and VMFS lie in front of this: a swap page of 64
 * KiB, Btrfs and GFS2 at 64 KiB. */
enum { HEAD = 65536 + 4096 };

enum uuid_form {
	UUID_NONE,
	UUID_BYTES, /* 16 bytes */
	UUID_STRING,
	UUID_FAT,
	UUID_NTFS,
	UUID_LVM
};

struct signature {
	const char *name, *what, *magic;
	uint32_t magic_len, off;
	enum uuid_form form;
	uint32_t uuid_off, label_off, label_len;
	enum signature_rank rank;
	bool page_end; /* off is counted back from the end of a memory page */
	bool (*test)(struct slice head);
};

#define NO_READER   "which this program cannot read yet"
#define MAGIC(s)    .magic = (s), .magic_len = sizeof(s) - 1
#define UUID(f, o)  .form = UUID_##f, .uuid_off = (o)
#define LABEL(o, n) .label_off = (o), .label_len = (n)
#define STRONG      .rank = SIGNATURE_STRONG
#define CONTAINER   .rank = SIGNATURE_CONTAINER

#define BCACHE_MAGIC "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81"
#define RAID_MEMBER  "a member of a Linux software RAID, " NO_READER
#define LVM_MEMBER   "a physical volume of LVM2"
#define LUKS         "encrypted with LUKS: its contents cannot be read without the key"
#define SWAP         "swap space, which holds no files"
#define HIBERNATED   "swap space with the memory image of a hibernated system"

static bool has_nsr(struct slice head)
{
	for (uint64_t off = 32768 + 2048; off < 65536; off += 2048)
		if (slice_has(head, off + 1, "NSR02", 5) ||
		    slice_has(head, off + 1, "NSR03", 5))
			return true;
	return false;
}

static bool md_major_1(struct slice head)
{
	return slice_has(head, 4, "\1\0\0\0", 4) || slice_has(head, 4100, "\1\0\0\0", 4);
}

/* bcache and the first bcachefs share a magic number. bcache's superblock says in which
 * sector it lies (8). */
static bool is_bcache(struct slice head)
{
	return slice_has(head, 4096 + 8, "\10\0\0\0\0\0\0\0", 8);
}

static bool is_not_bcache(struct slice head)
{
	return !is_bcache(head);
}

/* Version 4 and later ones have a reader of their own. */
static bool is_old_squashfs(struct slice head)
{
	struct reader rd = reader_of(head);

	rd_seek(&rd, 28);
	return rd_u16le(&rd) < 4;
}

static const struct signature signatures[] = {
	{"linux_raid_member", RAID_MEMBER, MAGIC("\xfc\x4e\x2b\xa9"), 0, UUID(BYTES, 16),
	 LABEL(32, 32), CONTAINER, .test = md_major_1},
	{"linux_raid_member", RAID_MEMBER, MAGIC("\xfc\x4e\x2b\xa9"), 4096,
	 UUID(BYTES, 4112), LABEL(4128, 32), CONTAINER, .test = md_major_1},
	{"crypto_LUKS", LUKS, MAGIC("LUKS\xba\xbe\0\1"), 0, UUID(STRING, 168), CONTAINER},
	{"crypto_LUKS", LUKS, MAGIC("LUKS\xba\xbe\0\2"), 0, UUID(STRING, 168),
	 LABEL(24, 48), CONTAINER},
	{"LVM2_member", LVM_MEMBER, MAGIC("LVM2 001"), 512 + 24, UUID(LVM, 512 + 32),
	 CONTAINER},
	{"LVM2_member", LVM_MEMBER, MAGIC("LVM2 001"), 24, UUID(LVM, 32), CONTAINER},
	{"LVM2_member", LVM_MEMBER, MAGIC("LVM2 001"), 1024 + 24, UUID(LVM, 1024 + 32),
	 CONTAINER},
	{"LVM2_member", LVM_MEMBER, MAGIC("LVM2 001"), 1536 + 24, UUID(LVM, 1536 + 32),
	 CONTAINER},
	{"bcache", "a bcache device, " NO_READER, MAGIC(BCACHE_MAGIC), 4096 + 24,
	 UUID(BYTES, 4096 + 40), CONTAINER, .test = is_bcache},
	{"BitLocker", "encrypted with BitLocker", MAGIC("-FVE-FS-"), 3, CONTAINER},
	{"bcachefs", "bcachefs, " NO_READER, MAGIC(BCACHE_MAGIC), 4096 + 24,
	 UUID(BYTES, 4096 + 56), LABEL(4096 + 72, 32), STRONG, .test = is_not_bcache},
	{"bcachefs", "bcachefs, " NO_READER,
	 MAGIC("\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef"),
	 4096 + 24, UUID(BYTES, 4096 + 56), LABEL(4096 + 72, 32), STRONG},
	{"ntfs", "NTFS, " NO_READER, MAGIC("NTFS    "), 3, UUID(NTFS, 72), STRONG},
	{"exfat", "exFAT, " NO_READER, MAGIC("EXFAT   "), 3, UUID(FAT, 100), STRONG},
	{"swsuspend", HIBERNATED, MAGIC("\xed\xc3\x02\xe9\x98\x56\xe5\x0c"), 0,
	 UUID(BYTES, 1036), LABEL(1052, 16), STRONG},
	{"swap", SWAP, MAGIC("SWAPSPACE2"), 10, UUID(BYTES, 1036), LABEL(1052, 16),
	 STRONG, .page_end = true},
	{"swap", SWAP, MAGIC("SWAP-SPACE"), 10, STRONG, .page_end = true},
	{"swsuspend", HIBERNATED, MAGIC("S1SUSPEND"), 10, UUID(BYTES, 1036),
	 LABEL(1052, 16), STRONG, .page_end = true},
	{"swsuspend", HIBERNATED, MAGIC("S2SUSPEND"), 10, UUID(BYTES, 1036),
	 LABEL(1052, 16), STRONG, .page_end = true},
	{"swsuspend", HIBERNATED, MAGIC("ULSUSPEND"), 10, UUID(BYTES, 1036),
	 LABEL(1052, 16), STRONG, .page_end = true},
	{"swsuspend", HIBERNATED, MAGIC("LINHIB0001"), 10, UUID(BYTES, 1036),
	 LABEL(1052, 16), STRONG, .page_end = true},
	{"udf", "UDF, " NO_READER, MAGIC("BEA01"), 32769, STRONG, .test = has_nsr},
	{"udf", "UDF, " NO_READER, MAGIC("CD001"), 32769, STRONG, .test = has_nsr},
	{"iso9660", "an ISO 9660 image of a CD", MAGIC("CD001"), 32769, LABEL(32808, 32),
	 STRONG},
	{"squashfs3", "SquashFS 3, " NO_READER, MAGIC("hsqs"), 0, STRONG,
	 .test = is_old_squashfs},
	{"squashfs3", "SquashFS 3, " NO_READER, MAGIC("sqsh"), 0, STRONG},
	{"cramfs", "cramfs, " NO_READER, MAGIC("\x45\x3d\xcd\x28"), 0, LABEL(48, 16),
	 STRONG},
	{"cramfs", "cramfs, " NO_READER, MAGIC("\x28\xcd\x3d\x45"), 0, LABEL(48, 16),
	 STRONG},
	{"romfs", "romfs, " NO_READER, MAGIC("-rom1fs-"), 0, LABEL(16, 16), STRONG},
	{"erofs", "EROFS, " NO_READER, MAGIC("\xe2\xe1\xf5\xe0"), 1024,
	 UUID(BYTES, 1024 + 48), LABEL(1024 + 64, 16), STRONG},
	{"f2fs", "F2FS, " NO_READER, MAGIC("\x10\x20\xf5\xf2"), 1024,
	 UUID(BYTES, 1024 + 108), STRONG},
	{"reiserfs", "ReiserFS, " NO_READER, MAGIC("ReIsErFs"), 65536 + 52, STRONG},
	{"reiserfs", "ReiserFS, " NO_READER, MAGIC("ReIsEr2Fs"), 65536 + 52,
	 UUID(BYTES, 65536 + 84), LABEL(65536 + 100, 16), STRONG},
	{"reiserfs", "ReiserFS, " NO_READER, MAGIC("ReIsEr3Fs"), 65536 + 52,
	 UUID(BYTES, 65536 + 84), LABEL(65536 + 100, 16), STRONG},
	{"reiserfs", "ReiserFS, " NO_READER, MAGIC("ReIsErFs"), 8192 + 52, STRONG},
	{"reiserfs", "ReiserFS, " NO_READER, MAGIC("ReIsErFs"), 8192 + 20, STRONG},
	{"reiser4", "Reiser4, " NO_READER, MAGIC("ReIsEr4"), 65536,
	 UUID(BYTES, 65536 + 20), LABEL(65536 + 36, 16), STRONG},
	{"jfs", "JFS, " NO_READER, MAGIC("JFS1"), 32768, UUID(BYTES, 32768 + 136),
	 LABEL(32768 + 152, 16), STRONG},
	{"ocfs2", "OCFS2, " NO_READER, MAGIC("OCFSV2"), 1024, STRONG},
	{"ocfs2", "OCFS2, " NO_READER, MAGIC("OCFSV2"), 2048, STRONG},
	{"ocfs2", "OCFS2, " NO_READER, MAGIC("OCFSV2"), 4096, STRONG},
	{"ocfs2", "OCFS2, " NO_READER, MAGIC("OCFSV2"), 8192, STRONG},
	{"gfs2", "GFS2, " NO_READER, MAGIC("\x01\x16\x19\x70"), 65536, STRONG},
	{"ufs", "UFS, " NO_READER, MAGIC("\x54\x19\x01\x00"), 8192 + 1372, STRONG},
	{"ufs", "UFS, " NO_READER, MAGIC("\x00\x01\x19\x54"), 8192 + 1372, STRONG},
	{"ufs", "UFS, " NO_READER, MAGIC("\x19\x01\x54\x19"), 65536 + 1372, STRONG},
	{"ufs", "UFS, " NO_READER, MAGIC("\x19\x54\x01\x19"), 65536 + 1372, STRONG},
	{"vdo", "a VDO volume, " NO_READER, MAGIC("dmvdo001"), 0, STRONG},
	{"ceph_bluestore", "a BlueStore device of Ceph, " NO_READER,
	 MAGIC("bluestore block device"), 0, STRONG},
	{"mpool", "a device of mpool, " NO_READER, MAGIC("mpoolDev"), 0, STRONG},
	{"drbdmanage_control_volume", "a control volume of drbdmanage, " NO_READER,
	 MAGIC("$DRBDmgr=q"), 0, STRONG},
	{"hpfs", "HPFS, " NO_READER, MAGIC("\x49\xe8\x95\xf9\xc5\xe9\x53\xfa"), 8192,
	 STRONG},
	{"nss", "Novell Storage Services, " NO_READER, MAGIC("SPB5"), 4096, STRONG},
	{"xfs_external_log", "a log of XFS that lies apart, " NO_READER,
	 MAGIC("\xfe\xed\xba\xbe\0\0\0\1\0\0\0"), 0, STRONG},
	{"xfs_external_log", "a log of XFS that lies apart, " NO_READER,
	 MAGIC("\xfe\xed\xba\xbe\0\0\0\2\0\0\0"), 0, STRONG},
	{"scoutfs_meta", "ScoutFS, " NO_READER, MAGIC("\xe4\x77\x41\x3c\x8b\x42\x3c\x10"),
	 65536, STRONG},
	{"scoutfs_data", "ScoutFS, " NO_READER, MAGIC("\x8e\xcd\x64\xb0\x8b\x42\x3c\x10"),
	 65536, STRONG},
	{"ubi", "UBI, " NO_READER, MAGIC("UBI#\1"), 0, STRONG},
	{"ubifs", "UBIFS, " NO_READER, MAGIC("\x31\x18\x10\x06"), 0, STRONG},
	{"vxfs", "VxFS, " NO_READER, MAGIC("\xf5\xfc\x01\xa5"), 1024, STRONG},
	{"vxfs", "VxFS, " NO_READER, MAGIC("\xa5\x01\xfc\xf5"), 8192, STRONG},
	{"bfs", "BFS, " NO_READER, MAGIC("\xce\xfa\xad\x1b"), 0, STRONG},
	{"zonefs", "zonefs, " NO_READER, MAGIC("SFOZ"), 0, STRONG},
	{"befs", "BeFS, " NO_READER, MAGIC("BFS1"), 512 + 32, STRONG},
	{"befs", "BeFS, " NO_READER, MAGIC("1SFB"), 512 + 32, STRONG},
	{"befs", "BeFS, " NO_READER, MAGIC("BFS1"), 32, STRONG},
	{"befs", "BeFS, " NO_READER, MAGIC("1SFB"), 32, STRONG},
	{"apfs", "APFS, " NO_READER, MAGIC("NXSB"), 32, UUID(BYTES, 72), STRONG},
	{"nilfs2", "NILFS2, " NO_READER, MAGIC("\x34\x34"), 1030},
	{"hfsplus", "HFS+, " NO_READER, MAGIC("H+"), 1024},
	{"hfsplus", "HFS+, " NO_READER, MAGIC("HX"), 1024},
	{"hfs", "HFS, " NO_READER, MAGIC("BD"), 1024},
};

static bool is_zero(struct slice s)
{
	size_t i = 0;

	while (i < s.n && slice_at(s, i) == 0)
		i++;
	return i == s.n;
}

const char *uuid_text(struct arena *a, struct slice s)
{
	char hex[37];
	size_t n = 0;

	if (s.n != 16 || is_zero(s))
		return NULL;
	for (size_t i = 0; i < 16; i++) {
		static const char digits[] = "0123456789abcdef";
		unsigned byte = (unsigned)slice_at(s, i);

		if (i == 4 || i == 6 || i == 8 || i == 10)
			hex[n++] = '-';
		hex[n++] = digits[byte >> 4];
		hex[n++] = digits[byte & 15];
	}
	hex[n] = '\0';
	return arena_strdup(a, hex);
}

const char *serial_text(struct arena *a, uint32_t serial)
{
	return serial ? arena_printf(a, "%04X-%04X", (unsigned)(serial >> 16),
				     (unsigned)(serial & 0xffff))
		      : NULL;
}

/* MD 0.90: words 5 and 13 to 15, each in the order of the host that made it. */
static const char *md_old_uuid(struct arena *a, struct slice super)
{
	static const uint8_t words[] = {20, 52, 56, 60};
	uint8_t bytes[16];

	for (size_t i = 0; i < 16; i++)
		bytes[i] = (uint8_t)slice_at(super, words[i / 4] + 3u - i % 4);
	return uuid_text(a, slice_of(bytes, 16));
}

const char *label_text(struct arena *a, struct slice s)
{
	struct slice text = slice_of(s.p, slice_find(s, 0, 0));

	while (text.n && slice_at(text, text.n - 1) == ' ')
		text.n--;
	return text.n ? arena_strndup(a, text) : NULL;
}

static const char *lvm_uuid(struct arena *a, struct slice head, uint64_t off)
{
	static const uint8_t groups[] = {6, 4, 4, 4, 4, 4, 6};
	char text[39];
	size_t n = 0;
	struct slice s;

	if (!slice_sub(head, off, 32, &s))
		return NULL;
	for (size_t g = 0, from = 0; g < sizeof(groups); from += groups[g++]) {
		if (g)
			text[n++] = '-';
		for (size_t i = 0; i < groups[g]; i++)
			text[n++] = (char)slice_at(s, from + i);
	}
	text[n] = '\0';
	return arena_strdup(a, text);
}

static const char *uuid_of(struct arena *a, struct slice head, enum uuid_form form,
			   uint64_t off)
{
	struct reader r = reader_of(head);
	struct slice s = SLICE_NONE;
	uint64_t serial;

	rd_seek(&r, off);
	switch (form) {
	case UUID_BYTES:
		return uuid_text(a, rd_bytes(&r, 16));
	case UUID_STRING:
		s = rd_bytes(&r, 40);
		return label_text(a, s);
	case UUID_FAT:
		return serial_text(a, rd_u32le(&r));
	case UUID_NTFS:
		serial = rd_u64le(&r);
		return serial ? arena_printf(a, "%016" PRIX64, serial) : NULL;
	case UUID_LVM:
		return lvm_uuid(a, head, off);
	case UUID_NONE:
		break;
	}
	return NULL;
}

static bool matches(const struct signature *s, struct slice head)
{
	if (s->test && !s->test(head))
		return false;
	if (!s->page_end)
		return slice_has(head, s->off, s->magic, s->magic_len);
	for (uint64_t page = 4096; page <= 65536; page *= 2)
		if (slice_has(head, page - s->off, s->magic, s->magic_len))
			return true;
	return false;
}

static void fill_match(struct arena *a, const struct signature *s, struct slice head,
		       struct signature_match *ret)
{
	struct slice label;

	*ret = (struct signature_match){.name = s->name,
					.what = s->what,
					.rank = s->rank,
					.identity.name = s->name,
					.identity.uuid =
						uuid_of(a, head, s->form, s->uuid_off)};
	if (s->label_len && slice_sub(head, s->label_off, s->label_len, &label))
		ret->identity.label = label_text(a, label);
}

/* MD superblocks 0.90 and 1.0 lie at the end, so what they hold looks bare from the
 * front: such a member of a mirror begins like its file system. */
static int find_md_at_end(struct blocks *b, struct arena *a, struct signature_match *ret,
			  struct err *e)
{
	const uint64_t sectors = b->size / 512;
	const uint64_t old = sectors < 256 ? 0 : (sectors & ~127ull) - 128;
	const uint64_t v1 = sectors < 24 ? 0 : (sectors - 16) & ~7ull;
	const uint64_t at[] = {old, v1};

	for (size_t i = 0; i < ARRAY_LEN(at); i++) {
		uint8_t sector[512];
		struct slice s = slice_of(sector, sizeof(sector));
		int r = at[i] ? blocks_read(b, at[i] * 512, sector, sizeof(sector), e)
			      : 0;

		if (r < 0)
			return r;
		if (at[i] == 0 || !slice_has(s, 0, "\xfc\x4e\x2b\xa9", 4) ||
		    (at[i] == v1 && !slice_has(s, 4, "\1\0\0\0", 4)))
			continue;
		*ret = (struct signature_match){
			.name = "linux_raid_member",
			.what = RAID_MEMBER,
			.rank = SIGNATURE_CONTAINER,
			.identity.name = "linux_raid_member",
			.identity.uuid = at[i] == v1 ? uuid_of(a, s, UUID_BYTES, 16)
						     : md_old_uuid(a, s)};
		return 1;
	}
	return 0;
}

/* ZFS: an uberblock (0x00bab10c) among the first of its ring at 128 KiB. */
static int find_zfs(struct blocks *b, struct signature_match *ret, struct err *e)
{
	uint8_t ring[32768];
	struct slice s = slice_of(ring, sizeof(ring));
	int r;

	if (b->size < 131072 + sizeof(ring))
		return 0;
	r = blocks_read(b, 131072, ring, sizeof(ring), e);
	if (r < 0)
		return r;
	for (uint64_t off = 0; off < sizeof(ring); off += 1024)
		if (slice_has(s, off, "\x0c\xb1\xba\0\0\0\0\0", 8) ||
		    slice_has(s, off, "\0\0\0\0\0\xba\xb1\x0c", 8)) {
			*ret = (struct signature_match){
				.name = "zfs_member",
				.what = "a member of a ZFS pool, " NO_READER,
				.rank = SIGNATURE_STRONG,
				.identity.name = "zfs_member"};
			return 1;
		}
	return 0;
}

/* VMFS: the device's own header at 1 MiB, the file system's at 2 MiB. */
static int find_vmfs(struct blocks *b, struct signature_match *ret, struct err *e)
{
	static const struct {
		uint64_t off;
		const char *magic, *name, *what;
	} rows[] = {
		{1 << 20, "\x0d\xd0\x01\xc0", "VMFS_volume_member",
		 "a volume of VMware's VMFS, " NO_READER},
		{2 << 20, "\x5e\xf1\xab\x2f", "VMFS", "VMware's VMFS, " NO_READER},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t magic[4];
		int r = b->size < rows[i].off + sizeof(magic)
				? 0
				: blocks_read(b, rows[i].off, magic, sizeof(magic), e);

		if (r < 0)
			return r;
		if (b->size < rows[i].off + sizeof(magic) ||
		    !slice_has(slice_of(magic, sizeof(magic)), 0, rows[i].magic, 4))
			continue;
		*ret = (struct signature_match){.name = rows[i].name,
						.what = rows[i].what,
						.rank = SIGNATURE_STRONG,
						.identity.name = rows[i].name};
		return 1;
	}
	return 0;
}

int signature_find(struct blocks *b, struct arena *a, const char *except,
		   enum signature_rank least, struct signature_match *ret, struct err *e)
{
	uint8_t bytes[HEAD];
	size_t n = b->size < HEAD ? (size_t)b->size : HEAD;
	struct slice head = slice_of(bytes, n);
	int r = blocks_read(b, 0, bytes, n, e);

	if (r >= 0)
		r = find_md_at_end(b, a, ret, e);
	if (r != 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		const struct signature *s = &signatures[i];

		if (s->rank < least || (except && slice_eq(slice_str(s->name), except)))
			continue;
		if (matches(s, head)) {
			fill_match(a, s, head, ret);
			return 1;
		}
	}
	if (least != SIGNATURE_WEAK)
		return 0;
	r = find_zfs(b, ret, e);
	return r == 0 ? find_vmfs(b, ret, e) : r;
}
