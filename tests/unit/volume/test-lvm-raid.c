/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Logical volumes on several images: which of them is read, what is told of the others,
 * when all of them are written, and what is refused. What superblocks and logs hold is as
 * Linux 6.1 wrote them for such volumes (compared by hand). */
#include "lvm-disks.h"

/* A hidden volume of some extents of one disk. */
#define PART(name, flags, count, pv, from) \
	name " {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\"" flags \
	     "]\nsegment_count = 1\n" SEGMENT("1", "0", count, ONE(pv, from)) "}\n"
#define RAID(name, type, flags, count, body) \
	name " {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"" flags \
	     "]\nsegment_count = 1\n" SEGMENT("1", "0", count, \
					      "type = \"" type \
					      "\"\nregion_size = 1\n" body) "}\n"
#define PAIR(i) "\"r_rmeta_" i "\", \"r_rimage_" i "\""
#define TWO     "device_count = 2\nraids = [ " PAIR("0") ", " PAIR("1") " ]\n"

/* Superblocks in extents 0 to 4 of each disk, images from extent 5 on. */
#define IMAGES2(flags0, flags1) \
	PART("r_rmeta_0", "", "5", P0, "0") \
	PART("r_rimage_0", flags0, "4", P0, "5") \
	PART("r_rmeta_1", "", "5", P1, "0") \
	PART("r_rimage_1", flags1, "4", P1, "5")
#define IMAGE2 PART("r_rmeta_2", "", "5", P2, "0") PART("r_rimage_2", "", "4", P2, "5")

static const char two[] = RAID("root", "raid1", "", "4", TWO) IMAGES2("", "");
static const char three[] = RAID(
	"root", "raid1", "", "4",
	"device_count = 3\nraids = [ " PAIR("0") ", " PAIR("1") ", " PAIR("2") " ]\n")
	IMAGES2("", "") IMAGE2;

static struct lvm_super_bytes supers[PVS];

static void put_supers(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lvm_make_super(disks[i] + START, &supers[i]);
}

/* The volume with superblocks that say that all is well. */
static void make_raid(const char *logical, unsigned n)
{
	make(logical);
	for (unsigned i = 0; i < n; i++)
		supers[i] = (struct lvm_super_bytes){.level = 1,
						     .n = n,
						     .place = i,
						     .events = 17,
						     .recovered = UINT64_MAX,
						     .synced = UINT64_MAX,
						     .sectors = 4 * EXTENT / 512};
	put_supers(n);
}

static void check_written(const char *name, enum err_code code, const char *why)
{
	struct err e = ERR_INIT;
	int r = blocks_write(volume(name)->blocks, 700, "written", 7, &e);

	assert_int_equal(r, -(int)code);
	if (why && !strstr(e.text, why))
		fail_msg("%s", e.text);
}

static void check_missing(const char *name, const char *image)
{
	assert_int_equal(volume(name)->missing.n, 1);
	assert_string_equal(volume(name)->missing.v[0], image);
}

struct places {
	char disk[8];
	unsigned n;
};

static int add_place(void *ctx, struct blocks *b, uint64_t off, uint64_t len,
		     struct err *e)
{
	struct places *p = ctx;

	(void)off;
	(void)len;
	(void)e;
	for (unsigned i = 0; i < PVS; i++)
		if (b == blocks[i] && p->n < sizeof(p->disk))
			p->disk[p->n++] = (char)('A' + i);
	return 0;
}

static void in_step(void **state)
{
	struct err e = ERR_INIT;
	struct places p = {0};

	(void)state;
	make_raid(two, 2);
	assemble(PVS);
	assert_int_equal(set.notes.n, 0);
	assert_int_equal(set.volumes.n, 1);
	assert_int_equal(volume("root")->size, 4 * EXTENT);
	assert_string_equal(volume("root")->level, "raid1");
	assert_int_equal(volume("root")->members.n, 2);
	assert_int_equal(volume("root")->missing.n, 0);
	check_at("root", 0, 'A', 5);
	check_at("root", 4 * EXTENT - 2, 'A', 8);
	check_written("root", ERR_NONE, NULL);
	assert_memory_equal(disks[0] + START + 5 * EXTENT + 700, "written", 7);
	assert_memory_equal(disks[1] + START + 5 * EXTENT + 700, "written", 7);
	assert_int_equal(blocks_where(volume("root")->blocks, 0, 9, add_place, &p, &e),
			 0);
	assert_int_equal(p.n, 2);
	assert_memory_equal(p.disk, "AB", 2);
}

/* One that ran without the other says that it failed; by the number of events alone it
 * could not be told. */
static void failed(void **state)
{
	(void)state;
	make_raid(two, 2);
	supers[1].events++;
	supers[1].failed = 1;
	put_supers(2);
	assemble(PVS);
	check_at("root", 0, 'B', 5);
	check_note(ERR_NONE, 0,
		   "LV vg0/root: r_rimage_0 (a.raw) is not read: the others say that it "
		   "failed");
	check_note(ERR_NONE, 1, "without all of its members: image 0 failed before");
	check_written("root", ERR_REFUSED, "LV vg0/root is not written");
	assert_int_equal(volume("root")->members.n, 1);
	assert_int_equal(volume("root")->missing.n, 0);
	supers[0].failed = 2;
	put_supers(2);
	assemble(PVS);
	check_refused("root", ERR_AMBIGUOUS, "each was changed without the other");
	/* more than 64 images have their bits elsewhere */
	make_raid(two, 2);
	lvm_put(disks[0] + START + 120, 8, 2);
	assemble(PVS);
	check_at("root", 0, 'A', 5);
	assert_int_equal(set.notes.n, 0);
}

static void missing(void **state)
{
	(void)state;
	make_raid(two, 2);
	assemble(1);
	check_at("root", 0, 'A', 5);
	check_missing("root", "image 1 (PV pv1, was /dev/sdb1)");
	check_note(ERR_NONE, 0, "image 1 (PV pv1, was /dev/sdb1) is missing");
	check_written("root", ERR_REFUSED, "image 1 (PV pv1, was /dev/sdb1) is missing");
	supers[0].failed = 2;
	put_supers(1);
	assemble(1);
	assert_int_equal(volume("root")->missing.n, 0);
	check_note(ERR_NONE, 0, "image 1 failed before");
	/* an image whose superblock is elsewhere, and not here */
	make_raid(RAID("root", "raid1", "", "4", TWO) PART("r_rmeta_0", "", "5", P0, "0")
			  PART("r_rimage_0", "", "4", P0, "5")
				  PART("r_rmeta_1", "", "5", P2, "0")
					  PART("r_rimage_1", "", "4", P1, "5"),
		  2);
	assemble(2);
	check_at("root", 0, 'A', 5);
	check_missing("root", "image 1 (PV pv2, was /dev/sdc1)");
}

static void none_left(void **state)
{
	(void)state;
	make_raid(three, 3);
	memset(disks[2] + 512, 0, 512);
	supers[0].failed = 1;
	put_supers(1);
	assemble(1);
	check_refused("root", ERR_ABSENT, "image 1 (PV pv1, was /dev/sdb1) is missing");
	assert_int_equal(volume("root")->missing.n, 2);
	make_raid(RAID("root", "raid1", "", "4", TWO) PART("r_rmeta_0", "", "5", P1, "0")
			  PART("r_rimage_0", "", "4", P1, "5")
				  PART("r_rmeta_1", "", "5", P2, "0")
					  PART("r_rimage_1", "", "4", P2, "5"),
		  2);
	assemble(1);
	check_refused("root", ERR_ABSENT, "none of its 2 images is here");
	assert_int_equal(volume("root")->missing.n, 2);
}

static void behind(void **state)
{
	(void)state;
	make_raid(three, 3);
	supers[0].events = 10;
	supers[1].recovered = 5;
	put_supers(3);
	assemble(PVS);
	check_at("root", 0, 'C', 5);
	check_note(ERR_NONE, 0,
		   "it is out of date: it stopped at event 10, the array is at 17");
	check_note(ERR_NONE, 1,
		   "r_rimage_1 (b.raw, partition 2) is not read: it was being rebuilt");
	check_written("root", ERR_REFUSED, "it was being rebuilt");
	make_raid(RAID("root", "raid1", "", "4", TWO) IMAGES2(", \"REBUILD\"", ""), 2);
	memset(disks[0] + START, 0, EXTENT);
	assemble(PVS);
	check_at("root", 0, 'B', 5);
	check_note(ERR_NONE, 0, "it is to be rebuilt");
	check_written("root", ERR_REFUSED, "it is to be rebuilt");
}

/* A first image that Linux reads last, one that is on two disks, and ones that were never
 * made the same. */
static void which_is_read(void **state)
{
	static const char split[] = RAID("root", "raid1", "", "4", TWO) PART(
		"r_rmeta_0", "", "5", P0, "0") PART("r_rmeta_1", "", "5", P1, "0")
		PART("r_rimage_1", "", "4", P1,
		     "5") "r_rimage_0 {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\"]\n"
			  "segment_count = 2\n" SEGMENT("1", "0", "1", ONE(P0, "9"))
				  SEGMENT("2", "1", "3", ONE(P2, "2")) "}\n";

	(void)state;
	make_raid(RAID("root", "raid1", "", "4", TWO) IMAGES2(", \"WRITEMOSTLY\"", ""),
		  2);
	assemble(PVS);
	check_at("root", 0, 'B', 5);
	check_written("root", ERR_NONE, NULL);
	make_raid(split, 2);
	assemble(PVS);
	check_at("root", 0, 'A', 9);
	check_at("root", EXTENT, 'C', 2);
	assert_int_equal(volume("root")->members.n, 3);
	make_raid(two, 2);
	supers[0].synced = supers[1].synced = 1;
	put_supers(2);
	assemble(PVS);
	check_at("root", 0, 'A', 5);
	check_note(ERR_NONE, 0, "its mirrors may differ");
	make_raid(two, 2);
	supers[0].dirty = 0x80; /* of the last region */
	put_supers(2);
	assemble(PVS);
	check_note(ERR_NONE, 0, "its mirrors may differ");
	supers[0].dirty = 0x100;
	put_supers(2);
	assemble(PVS);
	assert_int_equal(set.notes.n, 0);
	make_raid(RAID("root", "raid1", ", \"NOTSYNCED\"", "4", TWO) IMAGES2("", ""), 2);
	supers[0].synced = supers[1].synced = 1;
	put_supers(2);
	assemble(PVS);
	assert_int_equal(set.notes.n, 0);
}

/* Images with something wrong that is not of the other image. */
static void unfit(void **state)
{
	(void)state;
	make_raid(two, 2);
	sizes[0] = START + 7 * EXTENT;
	assemble(PVS);
	check_at("root", 0, 'B', 5);
	check_note(ERR_NONE, 0, "it is truncated");
	check_written("root", ERR_REFUSED, "it is truncated");
	make_raid(RAID("root", "raid1", "", "4", TWO) PART("r_rmeta_0", "", "5", P0, "0")
			  PART("r_rmeta_1", "", "5", P1, "0")
				  PART("r_rimage_0", "", "4", P0,
				       "5") "r_rimage_1 {\nid = \"x\"\nstatus = "
					    "[\"READ\", \"VISIBLE\"]\n"
					    "segment_count = 1\n" SEGMENT(
						    "1", "0", "4", ONE(P1, "5")) "}\n",
		  2);
	assemble(PVS);
	check_at("root", 0, 'A', 5);
	check_at("r_rimage_1", 0, 'B', 5);
	check_note(ERR_NONE, 1, "it was split off");
	make_raid(three, 3);
	memcpy(disks[2], disks[0], SIZE);
	assemble(PVS);
	check_refused("root", ERR_AMBIGUOUS, "PV pv0 is there twice");
}

static void check_super(size_t at, unsigned n, uint64_t value, enum err_code code,
			const char *why)
{
	make_raid(two, 2);
	for (unsigned i = 0; i < 2; i++)
		lvm_put(disks[i] + START + at, n, value);
	assemble(PVS);
	check_refused("root", code, why);
}

static void bad_supers(void **state)
{
	(void)state;
	check_super(0, 4, 0, ERR_CORRUPT, "no superblock of RAID in r_rmeta_0");
	check_super(4, 4, 3, ERR_UNSUPPORTED, "features");
	check_super(8, 4, 3, ERR_UNSUPPORTED, "image 0 of 3 by its superblock");
	check_super(12, 4, 1, ERR_UNSUPPORTED, "image 1 of 2 by its superblock");
	check_super(48, 4, 5, ERR_UNSUPPORTED, "of level 5");
	check_super(60, 4, 1, ERR_UNSUPPORTED, "reshaped");
	check_super(84, 4, 1, ERR_UNSUPPORTED, "reshaped");
	check_super(96, 8, 8, ERR_UNSUPPORTED, "reshaped");
	check_super(104, 8, 8, ERR_UNSUPPORTED, "reshaped");
	check_super(112, 8, 0, ERR_CORRUPT, "image 0 is empty by its superblock");
	check_super(144, 4, 1, ERR_UNSUPPORTED, "features");
	check_super(4096, 4, 0, ERR_CORRUPT, "the bitmap of an image makes no sense");
	check_super(4100, 4, 6, ERR_CORRUPT, "the bitmap of an image makes no sense");
	check_super(4148, 4, 1536, ERR_CORRUPT, "the bitmap of an image makes no sense");
	check_super(4148, 4, 256, ERR_CORRUPT, "the bitmap of an image makes no sense");
	check_super(4152, 4, 0, ERR_CORRUPT, "the bitmap of an image makes no sense");
	check_super(24, 8, 3, ERR_AMBIGUOUS, "each was changed without the other");
	/* superblocks of Linux before 4.12 end before that */
	make_raid(two, 2);
	for (unsigned i = 0; i < 2; i++) {
		lvm_put(disks[i] + START + 4, 4, 0);
		memset(disks[i] + START + 60, 0xff, 100);
	}
	assemble(PVS);
	check_at("root", 0, 'A', 5);
}

/* --- Mirrors of dm-mirror --- */

#define MIRRORS "mirror_count = 2\nmirrors = [ \"m_0\", 0, \"m_1\", 0 ]\n"
#define LEGS    PART("m_0", "", "4", P0, "1") PART("m_1", "", "4", P1, "1")
#define LOG     PART("m_log", "", "2", P2, "0")

static void mirror(void **state)
{
	(void)state;
	make(RAID("root", "mirror", "", "4", MIRRORS) LEGS);
	assemble(2);
	check_at("root", 0, 'A', 1);
	assert_string_equal(volume("root")->level, "mirror");
	check_written("root", ERR_NONE, NULL);
	assert_memory_equal(disks[1] + START + EXTENT + 700, "written", 7);
	/* what a log in memory knew is lost */
	assemble(1);
	check_at("root", 0, 'A', 1);
	check_missing("root", "image 1 (PV pv1, was /dev/sdb1)");
	check_written("root", ERR_REFUSED, "image 1 (PV pv1, was /dev/sdb1) is missing");
	memset(disks[0] + 512, 0, 512);
	assemble(2);
	check_refused("root", ERR_ABSENT, "whether the others are the same as");
	check_missing("root", "image 0 (PV pv0, was /dev/sda2)");
	make(RAID("root", "mirror", ", \"NOTSYNCED\"", "4", MIRRORS) LEGS);
	memset(disks[0] + 512, 0, 512);
	assemble(2);
	check_at("root", 0, 'B', 1);
	/* extents of disks, and not all of them */
	make(RAID("root", "mirror", "", "4",
		  "mirror_count = 2\nmirrors = [ " P2 ", 3, " P1 ", 5 ]\n"));
	assemble(PVS);
	check_at("root", EXTENT, 'C', 4);
	check_written("root", ERR_NONE, NULL);
	assert_memory_equal(disks[1] + START + 5 * EXTENT + 700, "written", 7);
}

static void mirror_log(void **state)
{
	enum { REGIONS = 8 };

	(void)state;
	for (uint64_t clean = 0; clean <= REGIONS; clean++) {
		make(RAID("root", "mirror", "", "4", "mirror_log = \"m_log\"\n" MIRRORS)
			     LEGS LOG);
		lvm_make_log(disks[2] + START, REGIONS, clean);
		assemble(PVS);
		check_at("root", 0, 'A', 1);
		if (clean == REGIONS)
			assert_int_equal(set.notes.n, 0);
		else
			check_note(ERR_NONE, 0, "its mirrors may differ");
		memset(disks[0] + 512, 0, 512);
		assemble(PVS);
		if (clean == REGIONS)
			check_at("root", 0, 'B', 1);
		else
			check_refused("root", ERR_ABSENT, "image 0");
		for (unsigned at = 0; clean == REGIONS && at < 8; at++) {
			disks[2][START + at] ^= 4;
			assemble(PVS);
			check_refused("root", ERR_ABSENT, "image 0");
			disks[2][START + at] ^= 4;
		}
	}
	make(RAID("root", "mirror", "", "4", "mirror_log = \"m_log\"\n" MIRRORS)
		     LEGS LOG);
	assemble(2);
	check_at("root", 0, 'A', 1);
	check_missing("root", "log (PV pv2, was /dev/sdc1)");
	/* a log of a mirror of its own */
	make(RAID("root", "mirror", "", "4", "mirror_log = \"m_log\"\n" MIRRORS) LEGS
	     "m_log {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\"]\n"
	     "segment_count = 1\n" SEGMENT(
		     "1", "0", "2",
		     "type = \"mirror\"\nmirror_count = 2\n"
		     "mirrors = [ \"l_0\", 0, \"l_1\", 0 ]\n") "}\n" PART("l_0", "", "2",
									  P2, "0")
		     PART("l_1", "", "2", P1, "9"));
	lvm_make_log(disks[2] + START, REGIONS, REGIONS);
	memset(disks[0] + 512, 0, 512);
	assemble(PVS);
	check_at("root", 0, 'B', 1);
}

/* --- Striped over images --- */

static void stripes(void **state)
{
	(void)state;
	make(RAID("root", "raid0", "", "8",
		  "stripe_count = 2\nstripe_size = 1\n"
		  "raid0_lvs = [ \"m_0\", \"m_1\" ]\n") LEGS);
	assemble(2);
	check_at("root", 0, 'A', 1);
	check_at("root", 512, 'B', 1);
	check_at("root", 7 * EXTENT + 512, 'B', 4);
	assert_string_equal(volume("root")->level, "raid0");
	assemble(1);
	check_refused("root", ERR_ABSENT, "image 1 (PV pv1, was /dev/sdb1) is missing");
	make(RAID("root", "raid0_meta", "", "8",
		  "stripe_count = 2\nstripe_size = 1\nraids = [ " PAIR("0") ", " PAIR(
			  "1") " ]\n") IMAGES2("", ""));
	assemble(2);
	check_at("root", 512, 'B', 5);
	make_raid(RAID("root", "raid10", "", "6",
		       "device_count = 3\nstripe_size = 1\nraids = [ " PAIR(
			       "0") ", " PAIR("1") ", " PAIR("2") " ]\n") IMAGES2("", "")
			  IMAGE2,
		  3);
	for (unsigned i = 0; i < PVS; i++) {
		supers[i].level = 10;
		supers[i].layout = 0x102;
		supers[i].chunk_sectors = 1;
	}
	put_supers(3);
	assemble(PVS);
	check_at("root", 0, 'A', 5);
	check_at("root", 512, 'C', 5);
	check_at("root", 1024, 'B', 5);
	supers[0].layout = 0x201;
	put_supers(1);
	assemble(PVS);
	check_refused("root", ERR_UNSUPPORTED, "do not lie side by side");
	supers[0].layout = 0x102;
	put_supers(1);
	assemble(2);
	check_at("root", 512, 'A', 5);
	check_missing("root", "image 2 (PV pv2, was /dev/sdc1)");
}

/* --- Volumes in volumes --- */

static void being_moved(void **state)
{
	(void)state;
	make(LINEAR("root", "4", "\"pvmove0\"", "0") LINEAR("part", "2", "\"inner\"", "1")
		     PART("inner", "", "4", P2,
			  "4") "pvmove0 {\nid = \"x\"\nstatus = [\"READ\", \"WRITE\", "
			       "\"PVMOVE\"]\nsegment_count = 1\n" SEGMENT(
				       "1", "0", "4",
				       "type = \"mirror\"\nextents_moved = "
				       "0\n" MIRRORS) "}\n" LEGS);
	assemble(PVS);
	check_refused("root", ERR_UNSUPPORTED, "pvmove0, which is being moved");
	check_at("part", 0, 'C', 5);
}

#define BAD(kind, body) RAID("root", kind, "", "4", body) IMAGES2("", "") LEGS LOG

static void no_sense(void **state)
{
	static const char *const lvs[] = {
		BAD("raid1", ""),
		BAD("raid1", "device_count = 2\n"),
		BAD("raid1",
		    "device_count = 3\nraids = [ " PAIR("0") ", " PAIR("1") " ]\n"),
		BAD("raid1", "device_count = 1\nraids = [ \"r_rmeta_0\" ]\n"),
		BAD("raid1", "device_count = 1\nraids = [ \"r_rmeta_0\", 0 ]\n"),
		BAD("raid1", "device_count = 1\nraids = [ 0, \"r_rimage_0\" ]\n"),
		BAD("raid1", "device_count = 4294967295\nraids = [ " PAIR("0") " ]\n"),
		BAD("raid1",
		    "device_count = 2\nraids = [ " PAIR("0") ", " PAIR("0") " ]\n"),
		BAD("raid1", "device_count = 1\nraids = [ \"root\", \"root\" ]\n"),
		BAD("raid1", "device_count = 1\nraids = [ \"no\", \"none\" ]\n"),
		BAD("mirror", "mirror_count = 2\nmirrors = [ \"m_0\", 0, \"m_1\", 1 ]\n"),
		BAD("mirror", "mirror_count = 2\nmirrors = [ \"m_0\", \"m_1\" ]\n"),
		BAD("mirror", "mirror_count = 1\nmirrors = [ \"root\", 0 ]\n"),
		BAD("mirror", "mirror_log = \"m_0\"\n" MIRRORS),
		BAD("mirror", "mirror_log = \"root\"\n" MIRRORS),
		BAD("raid0", "stripe_count = 2\nraid0_lvs = [ \"m_0\", \"m_1\" ]\n"),
		BAD("raid0",
		    "stripe_count = 1\nstripe_size = 3\nraid0_lvs = [ \"m_0\" ]\n"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lvs); i++) {
		make_raid(lvs[i], 2);
		assemble(PVS);
		check_refused("root", ERR_CORRUPT, "LV vg0/root");
	}
}

/* Each lies on the next, or the last one on the first. */
static void deep(void **state)
{
	char all[2200];
	int n = 0;

	(void)state;
	for (unsigned i = 0; i < 11; i++)
		n += snprintf(all + n, sizeof(all) - (size_t)n,
			      "v%u {\nid = \"x\"\nstatus = [\"READ\"%s]\n"
			      "segment_count = 1\n" SEGMENT(
				      "1", "0", "1",
				      "type = \"striped\"\nstripe_count = 1\n"
				      "stripes = [ \"%s%u\", 0 ]\n") "}\n",
			      i, i == 4 || i == 0 ? ", \"VISIBLE\"" : "",
			      i == 10 ? "pv" : "v", i == 10 ? 0 : i + 1);
	make(all);
	assemble(PVS);
	check_refused("v0", ERR_UNSUPPORTED, "too deep");
	memcpy(strstr(all, "\"pv0\""), "\"v4\" ", 5);
	make(all);
	assemble(PVS);
	check_refused("v4", ERR_CORRUPT, "or of itself");
}

/* A shorter disk, or a changed byte of a superblock, never makes a volume whole. */
static void damage(void **state)
{
	(void)state;
	make_raid(two, 2);
	for (size_t n = 0; n < START + 9 * EXTENT; n += 64) {
		sizes[1] = n;
		assemble(PVS);
		assert_true(set.notes.n > 0);
		if (volume("root")->blocks)
			check_written("root", ERR_REFUSED, NULL);
	}
	for (size_t at = 0; at < 512; at++) {
		make_raid(two, 2);
		supers[0].failed = 2;
		supers[0].events = 20;
		put_supers(2);
		disks[1][START + at] ^= 0x40;
		assemble(PVS);
		if (volume("root")->blocks)
			check_at("root", 0, at >= 16 && at < 24 ? 'B' : 'A', 5);
	}
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(in_step),  CASE(failed),        CASE(missing), CASE(none_left),
		CASE(behind),   CASE(which_is_read), CASE(unfit),   CASE(bad_supers),
		CASE(mirror),   CASE(mirror_log),    CASE(stripes), CASE(being_moved),
		CASE(no_sense), CASE(deep),          CASE(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
