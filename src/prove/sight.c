/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sight.h"

#include "text.h"

enum {
	/* The last bytes of a file: its end is read last. */
	TAIL = 4096,
	/* Pieces that init is watched in: a boot loader that reads in its neighbourhood
	 * takes 32 KiB at a time (GRUB's disk cache). */
	CHUNK = 32 * 1024,
	CHUNKS = 64,
	/* No kernel is unpacked and at / so soon after the boot loader's last read. What
	 * that one has read is told again when it is read after this time. */
	SOON = SERVE_AGAIN_MS,
	/* A guest that is gone sooner need not have looked for its disk at all. */
	AT_ONCE = 2000,
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

static int add_tail(const struct boot_file_fact *f, size_t file, enum sight_kind kind,
		    struct arena *a, sight_ranges *to, struct err *e)
{
	const struct piece_fact *last = &f->pieces.v[f->pieces.n - 1];
	uint64_t len = last->length < TAIL ? last->length : TAIL;
	struct sight_range range = {.disk = last->disk,
				    .off = last->offset + last->length - len,
				    .len = len,
				    .kind = kind,
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

/* Firmware looks into the file system before it starts anything from there. */
static int add_esp(const struct facts *f, struct arena *a, sight_ranges *to,
		   struct err *e)
{
	const struct boot_fact *b = &f->boot;

	for (size_t i = 0; b->uefi && !b->bios && i < f->volumes.n; i++) {
		const struct volume_fact *v = &f->volumes.v[i];
		struct sight_range range = {
			.disk = v->disk, .off = v->start, .len = TAIL, .kind = SIGHT_ESP};

		if (v->size >= TAIL && text_same(v->name, b->esp_volume) &&
		    text_same(v->disk, b->esp_disk))
			return add_range(a, to, range, e);
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
			r = add_tail(file, i,
				     strcmp(file->what, "config") == 0 ? SIGHT_MENU
								       : SIGHT_LOADED,
				     a, ret, e);
	}
	if (r >= 0 && !direct)
		r = add_esp(f, a, ret, e);
	return r < 0 ? r : add_root(f, a, ret, e);
}

enum { IDLE_MOST = 60000 };

/* What waits for a disk gives up after 30 seconds (Debian's initramfs), or goes on
 * without it. */
static uint64_t idle_of(uint64_t limit)
{
	return limit * 2 / 3 < IDLE_MOST ? limit * 2 / 3 : IDLE_MOST;
}

struct patience sight_patience(uint64_t limit, uint64_t usual)
{
	return (struct patience){.limit = limit,
				 .settle = limit / 6,
				 .idle = idle_of(limit),
				 .busy = (limit < usual ? limit : usual) / 4};
}

static bool sees(const struct sight *s, enum sight_kind kind)
{
	for (size_t i = 0; i < s->ranges.n; i++)
		if (s->ranges.v[i].kind == kind)
			return true;
	return false;
}

bool sight_sees_kernel(const struct sight *s)
{
	return sees(s, SIGHT_LOADED);
}

bool sight_is_blind(const struct sight *s)
{
	bool blind = !s->kernel && sees(s, SIGHT_ESP);

	for (size_t i = 0; i < s->ranges.n; i++)
		if (s->ranges.v[i].kind == SIGHT_ESP && s->ranges.v[i].seen)
			blind = false;
	return blind;
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

static void read_loaded(struct sight *s, struct sight_range *range, uint64_t ms)
{
	bool was_loaded = all_loaded(s);

	range->seen = true;
	if (!was_loaded && all_loaded(s)) {
		s->kernel = ms;
		s->busy = 0;
	}
}

static void read_init(struct sight *s, uint64_t ms)
{
	if (!kernel_runs(s, ms)) {
		s->stray = ms;
	} else if (!s->init) {
		s->init = ms;
		s->pv_before = s->pv_so_far;
		s->idle = 0;
		if (!s->wants_pv)
			s->root = ms;
	}
}

void sight_read(struct sight *s, unsigned id, uint64_t ms)
{
	struct sight_range *range = id < s->ranges.n ? &s->ranges.v[id] : NULL;

	ms = ms ? ms : 1;
	if (range && range->kind == SIGHT_LOADED)
		read_loaded(s, range, ms);
	else if (range && range->kind == SIGHT_INIT)
		read_init(s, ms);
	else if (range && range->kind == SIGHT_MENU)
		s->menu = ms;
	else if (range && range->kind == SIGHT_ESP)
		range->seen = true;
	else if (range && kernel_runs(s, ms))
		s->used = ms;
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
	if (id >= s->ranges.n || s->ranges.v[id].kind != SIGHT_ROOT ||
	    !kernel_runs(s, ms))
		return;
	s->used = ms ? ms : 1;
	if (!s->wrote)
		s->wrote = s->used;
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

/* Has the guest's kernel run, as far as can be known? */
static bool had_kernel(const struct sight *s)
{
	return s->kernel || s->direct;
}

static const char *waits(const struct sight *s)
{
	return had_kernel(s) || !sight_sees_kernel(s)
		       ? "the guest has nothing to do and has not read its first program"
		       : "the machine has nothing to do and has not loaded the kernel";
}

static const char *late(const struct sight *s)
{
	return had_kernel(s) || !sight_sees_kernel(s)
		       ? "the time was up before the guest had read its first program"
		       : "the time was up before the kernel was loaded";
}

/* What keeps a start that has come to nothing from being the fault of a device; NULL:
 * nothing. */
static const char *excuse(const struct sight *s)
{
	if (sight_is_blind(s))
		return "the firmware here has no driver for this device: it has read "
		       "nothing of the EFI system partition";
	if (s->excused)
		return "the serial console tells of a failure that need not be the "
		       "disk's";
	if (!sees(s, SIGHT_INIT))
		return "where the guest's first program lies is not known, so that "
		       "nothing tells whether it was read";
	if (!had_kernel(s) && sight_sees_kernel(s) && s->stray)
		return "another kernel may have started than the one that was awaited";
	if (!had_kernel(s) && s->menu)
		return "the boot loader has read its configuration and not loaded the "
		       "kernel: its menu may wait for a key";
	return NULL;
}

static enum sight_end failed(const struct sight *s, const char *why, const char **ret_why)
{
	*ret_why = excuse(s);
	if (*ret_why)
		return SIGHT_UNCLEAR;
	*ret_why = why;
	return SIGHT_FAILED;
}

/* A guest that restarts or stops gives up, if it has come to look for its disk. */
static enum sight_end decide_gone(const struct sight *s, const char **ret_why)
{
	if (!had_kernel(s) && s->hidden)
		return failed(s,
			      "the firmware found nothing to start: the boot disk is "
			      "offered as a para-virtualized disk alone",
			      ret_why);
	*ret_why = "the guest restarted or stopped before it had read its first program";
	if (!had_kernel(s))
		return SIGHT_UNCLEAR;
	if (s->hurt || s->now - s->kernel >= AT_ONCE)
		return failed(s, *ret_why, ret_why);
	*ret_why = "the guest restarted or stopped as soon as its kernel was loaded";
	return SIGHT_UNCLEAR;
}

static enum sight_end decide_late(const struct sight *s, const struct patience *p,
				  const char **ret_why)
{
	*ret_why = late(s);
	if (s->hurt)
		return failed(s, *ret_why, ret_why);
	if (s->used && s->now - s->used < p->settle) {
		*ret_why = "the time was up while the guest was reading its disk: "
			   "--timeout gives it more";
		return SIGHT_UNCLEAR;
	}
	/* A machine that got too little of the processor is not judged. */
	return s->busy >= p->busy ? failed(s, *ret_why, ret_why) : SIGHT_UNCLEAR;
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
	if (s->gone)
		return decide_gone(s, ret_why);
	if (s->no_guest && (s->now >= p->limit / 3 || s->idle >= p->idle)) {
		*ret_why = "the Xen host has not made the guest";
		return SIGHT_UNCLEAR;
	}
	if (s->hurt && s->now - s->hurt >= LAST_WORDS)
		return failed(s, "the serial console tells of a failure", ret_why);
	if (went_around(s, p) || (s->init && s->now >= p->limit)) {
		*ret_why = "the guest has read its first program from the emulated disk: "
			   "its para-virtualized driver has not";
		return SIGHT_FAILED;
	}
	if (s->idle >= p->idle)
		return failed(s, waits(s), ret_why);
	return s->now < p->limit ? SIGHT_ON : decide_late(s, p, ret_why);
}
