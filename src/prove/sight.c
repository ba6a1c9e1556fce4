/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sight.h"

enum {
	/* The last bytes of a file: its end is read last. */
	TAIL = 4096,
	/* Pieces that init is watched in: a boot loader that reads in its neighbourhood
	 * takes 32 KiB at a time (GRUB's disk cache), and each range tells one read. */
	CHUNK = 32 * 1024,
	CHUNKS = 64,
	/* No kernel is unpacked and at / so soon after the boot loader's last read. */
	SOON = 100,
	/* A failure on the console is followed by its last words. */
	LAST_WORDS = 3000,
	/* A card that is up says a few things before it asks for an address. */
	FIRST_WORDS = 5000,
	/* And one that is not up when the guest has had nothing to do for so long after
	 * / was there is not configured: a link takes 3 seconds at most. */
	QUIET = 10000,
};

/* Facts may come without a disk's name: then there is nothing to watch. */
static int add_range(struct arena *a, sight_ranges *to, struct sight_range range,
		     struct err *e)
{
	if (!range.disk)
		return 0;
	return vec_push(a, to, range) ? 0 : arena_full(a, e);
}

static int add_tail(const struct boot_file_fact *f, size_t file, struct arena *a,
		    sight_ranges *to, struct err *e)
{
	const struct piece_fact *last = &f->pieces.v[f->pieces.n - 1];
	uint64_t len = last->length < TAIL ? last->length : TAIL;
	struct sight_range range = {.disk = last->disk,
				    .off = last->offset + last->length - len,
				    .len = len,
				    .kind = SIGHT_LOADED,
				    .file = file};

	return add_range(a, to, range, e);
}

static int add_chunks(const struct boot_file_fact *f, struct arena *a, sight_ranges *to,
		      struct err *e)
{
	unsigned chunks = 0;

	for (size_t i = 0; i < f->pieces.n; i++) {
		const struct piece_fact *p = &f->pieces.v[i];

		for (uint64_t at = 0; at < p->length && chunks < CHUNKS; at += CHUNK) {
			uint64_t left = p->length - at;
			struct sight_range range = {.disk = p->disk,
						    .off = p->offset + at,
						    .len = left < CHUNK ? left : CHUNK,
						    .kind = SIGHT_INIT};

			if (add_range(a, to, range, e) < 0)
				return -(int)e->code;
			chunks++;
		}
	}
	return 0;
}

/* Of a logical volume the whole disk that it begins on. */
static int add_root(const struct facts *f, struct arena *a, sight_ranges *to,
		    struct err *e)
{
	struct sight_range range = {.disk = f->root_disk, .kind = SIGHT_ROOT};

	if (!f->root_disk)
		return 0;
	for (size_t i = 0; i < f->disks.n; i++)
		if (f->disks.v[i].name && strcmp(f->disks.v[i].name, f->root_disk) == 0)
			range.len = f->disks.v[i].size;
	for (size_t i = 0; i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];

		if (v->start && v->size && v->name && f->root_volume &&
		    strcmp(v->name, f->root_volume) == 0 && v->disk &&
		    strcmp(v->disk, f->root_disk) == 0) {
			range.off = v->start;
			range.len = v->size;
		}
	}
	return range.len ? add_range(a, to, range, e) : 0;
}

int sight_choose(const struct facts *f, bool direct, struct arena *a, sight_ranges *ret,
		 struct err *e)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < f->boot_files.n; i++) {
		const struct boot_file_fact *file = &f->boot_files.v[i];

		if (!file->what || file->pieces.n == 0)
			continue;
		if (strcmp(file->what, "init") == 0)
			r = add_chunks(file, a, ret, e);
		else if (!direct)
			r = add_tail(file, i, a, ret, e);
	}
	return r < 0 ? r : add_root(f, a, ret, e);
}

struct patience sight_patience(uint64_t limit, uint64_t usual)
{
	return (struct patience){.limit = limit,
				 .settle = limit / 6,
				 .idle = limit / 4,
				 .busy = (limit < usual ? limit : usual) / 4};
}

bool sight_sees_kernel(const struct sight *s)
{
	for (size_t i = 0; i < s->ranges.n; i++)
		if (s->ranges.v[i].kind == SIGHT_LOADED)
			return true;
	return false;
}

static bool all_loaded(const struct sight *s)
{
	for (size_t i = 0; i < s->ranges.n; i++)
		if (s->ranges.v[i].kind == SIGHT_LOADED && !s->ranges.v[i].seen)
			return false;
	return true;
}

/* Nothing counts before the kernel runs: boot loaders read around what they look for. */
static bool kernel_runs(const struct sight *s, uint64_t ms)
{
	return !sight_sees_kernel(s) || (s->kernel && ms >= s->kernel + SOON);
}

void sight_read(struct sight *s, unsigned id, uint64_t ms)
{
	struct sight_range *range = id < s->ranges.n ? &s->ranges.v[id] : NULL;

	if (!range || range->seen)
		return;
	if (range->kind == SIGHT_LOADED) {
		range->seen = true;
		if (all_loaded(s)) {
			s->kernel = ms ? ms : 1;
			s->busy = 0;
		}
	} else if (range->kind == SIGHT_INIT && !s->init && kernel_runs(s, ms)) {
		s->init = ms ? ms : 1;
		s->pv_before = s->pv_so_far;
		if (!s->wants_pv)
			s->root = s->init;
		s->idle = 0;
	}
}

/* Requests that were told of before init was read were made before it. Of those told of
 * after it one at least was made since, as each is told of once; a guest that has read
 * init from the emulated disk has no reason for any. */
void sight_pv(struct sight *s, uint64_t requests, uint64_t ms)
{
	if (!s->pv)
		s->pv = ms ? ms : 1;
	if (requests > s->pv_so_far)
		s->pv_so_far = requests;
	if (s->wants_pv && s->init && !s->root && s->pv_so_far > s->pv_before) {
		s->root = ms ? ms : 1;
		s->idle = 0;
	}
}

void sight_wrote(struct sight *s, unsigned id, uint64_t ms)
{
	if (id < s->ranges.n && s->ranges.v[id].kind == SIGHT_ROOT && !s->wrote &&
	    kernel_runs(s, ms))
		s->wrote = ms ? ms : 1;
}

bool sight_frame(struct sight *s, bool asks, uint64_t ms)
{
	if (!kernel_runs(s, ms))
		return false;
	if (!s->card)
		s->card = ms ? ms : 1;
	if (asks && !s->asked)
		s->asked = ms ? ms : 1;
	return true;
}

static enum sight_end decide_started(const struct sight *s, const struct patience *p)
{
	bool card = s->asked || (s->card && s->now - s->card >= FIRST_WORDS);
	bool enough = card || !s->wants_card || s->gone || s->now >= p->limit ||
		      s->now - s->root >= p->settle || s->idle >= QUIET;

	return enough ? SIGHT_STARTED : SIGHT_ON;
}

/* By another device than the one that is to be proven. */
static bool went_around(const struct sight *s, const struct patience *p)
{
	return s->wants_pv && s->init && s->now - s->init >= p->settle;
}

static const char *waits(const struct sight *s)
{
	return s->kernel || !sight_sees_kernel(s)
		       ? "the guest has nothing to do and has not read its first program"
		       : "the machine has nothing to do and has not loaded the kernel";
}

static const char *late(const struct sight *s)
{
	return s->kernel || !sight_sees_kernel(s)
		       ? "the time was up before the guest had read its first program"
		       : "the time was up before the kernel was loaded";
}

enum sight_end sight_decide(const struct sight *s, const struct patience *p,
			    const char **ret_why)
{
	if (s->root)
		return decide_started(s, p);
	if (s->faulted) {
		*ret_why = "the Xen host's emulated processor failed";
		return SIGHT_UNCLEAR;
	}
	if (s->gone) {
		*ret_why = "the guest restarted or stopped before it had read its first "
			   "program";
		return s->kernel ? SIGHT_FAILED : SIGHT_UNCLEAR;
	}
	if (s->hurt && s->now - s->hurt >= LAST_WORDS) {
		*ret_why = "the serial console tells of a failure";
		return SIGHT_FAILED;
	}
	if (went_around(s, p) || (s->init && s->now >= p->limit)) {
		*ret_why = "the guest has read its first program from the emulated disk: "
			   "its para-virtualized driver has not";
		return SIGHT_FAILED;
	}
	if (s->idle >= p->idle) {
		*ret_why = waits(s);
		return SIGHT_FAILED;
	}
	if (s->now < p->limit)
		return SIGHT_ON;
	*ret_why = late(s);
	/* A machine that got too little of the processor is not judged. */
	return s->hurt || s->busy >= p->busy ? SIGHT_FAILED : SIGHT_UNCLEAR;
}
